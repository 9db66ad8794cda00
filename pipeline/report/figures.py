"""Drawings of the report, with a text alternative made from the data. Plotly is imported when the first one is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline import language
from pipeline.errors import UserError
from pipeline.language import UNKNOWN
from pipeline.register import regions
from pipeline.report.blocks import FigureBlock, Mark
from pipeline.report.prose import one_line
from pipeline.report.sentences import comparable, extreme
from pipeline.report.tables import caption_of, heads_of, options_of, regions_of
from pipeline.report.writer import Writer
from pipeline.store.rows import NOT_ANSWERED
from pipeline.tabulate import COUNTRY, Table

if TYPE_CHECKING:
    from pipeline.draw import Figure

CLASSES = [(0, 19), (20, 39), (40, 59), (60, 79), (80, 100)]
_REGION_CLASSES = ((0, 49), (50, 69), (70, 79), (80, 89), (90, 100))
_TIES_NAMED = 4


def bars(writer: Writer, table_id: str, label: str, caption: str = "") -> FigureBlock:
    """Draw the counts of a table, each bar with its number and share."""
    from pipeline.draw import bars as draw

    table = writer.tables[table_id]
    rows = {key: row for key, row in table.rows.items() if key not in table.derived}
    names = [writer.option(table, row["option"]) for row in rows.values()]
    labels = [
        f"{writer.written(row['count'], 'count')} ({writer.written(row['percent'], 'percent')})"
        for row in rows.values()
    ]
    said = "; ".join(f"{name}: {text}" for name, text in zip(names, labels, strict=True))
    marks = [(f"{key}/count", (name,), text) for key, name, text in zip(rows, names, labels, strict=True)]
    counts, unit = [row["count"] for row in rows.values()], writer.plainly("chart.municipalities")
    chart = partial(draw, names, counts, labels, unit_label=unit)
    return _float(writer, table, label, caption, chart, alt="bars_alt", rows=said, marks=marks)


def bars_by_year(writer: Writer, table_id: str, label: str, caption: str = "") -> FigureBlock:
    """Draw the shares of a table by year, one bar a year for each option."""
    from pipeline.draw import bars_by_year as draw

    table, unknown = writer.tables[f"{table_id}_by_year"], writer.plainly("chart.unknown")
    years = sorted({row["year"] for row in table.rows.values()})
    options = [one for one in dict.fromkeys(row["option"] for row in table.rows.values()) if one != NOT_ANSWERED]
    names = [writer.option(table, option) for option in options]
    series = []
    for year in years:
        values = [table.rows.get(f"{year}/{option}", {}).get("percent") for option in options]
        labels = [unknown if value is None else writer.written(value, "percent") for value in values]
        series.append((str(year), values, labels))
    said = "; ".join(
        f"{name}: " + ", ".join(f"{year} {labels[at]}" for year, _, labels in series) for at, name in enumerate(names)
    )
    marks = [
        (f"{year}/{option}/percent" if f"{year}/{option}" in table.rows else "", (f"{names[at]}, {year}",), labels[at])
        for at, option in enumerate(options)
        for year, _, labels in series
    ]
    chart = partial(draw, names, series, unit_label=writer.plainly("chart.share"), axis_max=100)
    return _float(writer, table, label, caption, chart, alt="years_alt", rows=said, marks=marks, across=len(series))


def matrix(writer: Writer, table_id: str, label: str, caption: str = "") -> FigureBlock | None:
    """Draw the shares of a table by region, regions down and answers across; nothing of answers in numbers."""
    table = writer.tables[f"{table_id}_by_region"]
    return matrix_of(writer, table, label, caption) if table.counted else None


def matrix_of(writer: Writer, table: Table, label: str, caption: str = "") -> FigureBlock:
    """Draw the shares of a table of answers by region."""
    from pipeline.draw import region_matrix

    options, named, small = options_of(table), regions_of(writer, table), writer.declarations.small_base
    bases = {code: table.rows[f"{code}/{options[0]}"]["base"] for code in named}
    values = {code: [table.rows[f"{code}/{option}"]["percent"] for option in options] for code in named}
    labels = {code: [UNKNOWN if value is None else str(value) for value in shares] for code, shares in values.items()}
    said = "; ".join(_highest(writer, table, option) for option in options)
    marks = [
        (f"{code}/{option}/percent", (region, writer.short(table, option)), _of_base(writer, table, code, option))
        for code, region in named.items()
        for option in options
    ]
    chart = partial(
        region_matrix, {code: _short(writer, code) for code in named}, heads_of(writer, table, options), values, labels,
        classes=_classes(writer, CLASSES),
        legend_title=writer.plainly("chart.share_percent"),
        missing_label=writer.plainly("chart.no_base"),
        bases={code: str(base) for code, base in bases.items()},
        base_head="n",
        small=frozenset(code for code, base in bases.items() if 0 < base < small),
        small_label=writer.plainly("chart.small", small=small),
    )  # fmt: skip
    return _float(
        writer, table, label, caption, chart, alt="matrix_alt", rows=said, marks=marks, across=len(options),
        has_narrow=False,
    )  # fmt: skip


def region_map(
    writer: Writer,
    table_id: str,
    column: str,
    label: str,
    caption: str = "",
    classes: Sequence[tuple[int, int]] = _REGION_CLASSES,
) -> FigureBlock:
    """Draw a map of the regions by one percentage in classes."""
    from pipeline.draw import region_map as draw

    table = _of_regions(writer, table_id)
    values = {key: row[column] for key, row in table.rows.items()}
    labels = {key: writer.written(value, "percent") for key, value in values.items() if value is not None}
    said = "; ".join(f"{table.rows[key]['region']}: {text}" for key, text in labels.items())
    marks = [(f"{key}/{column}", (row["region"],), _in_full(writer, table, key)) for key, row in table.rows.items()]
    highest = sorted(labels, key=lambda key: -values[key])
    chart = partial(
        draw, values, labels, _classes(writer, classes),
        missing_label=writer.plainly("chart.no_base"),
        legend_title=writer.plainly("chart.share"),
        names={key: regions()[key].short_name for key in values},
    )  # fmt: skip
    drawing = _float(writer, table, label, caption, chart, alt="map_alt", rows=said, marks=marks, has_narrow=False)
    return replace(drawing, ranked=[(table.rows[key]["region"], labels[key]) for key in highest])


def dots(writer: Writer, table_id: str, column: str, base: str, label: str, caption: str = "") -> FigureBlock:
    """Draw one figure of every region, beside that of the whole country; hollow where few municipalities are behind."""
    from pipeline.draw import dots as draw

    table = _of_regions(writer, table_id)
    writer.n(f"{table.declared.id}/{COUNTRY}/{column}")  # which says so where there is none
    declared = next(one for one in table.declared.column if one.id == column)
    *rows, country = table.rows.values()
    kind = "tenths" if declared.kind == "tenths" else "count"
    *labels, of_country = (writer.written(row[column], kind) for row in table.rows.values())
    names, small = [_short(writer, row["region_code"]) for row in rows], writer.declarations.small_base
    where = [writer.place(table.cell(key, "region")) for key in table.rows]
    said = "; ".join(f"{name}: {text}" for name, text in zip(where, [*labels, of_country], strict=True))
    marks = [
        (f"{row['region_code']}/{column}", (at,), text) for row, at, text in zip(rows, where[:-1], labels, strict=True)
    ]
    unit = declared.label[writer.language] if declared.label else None
    title = f"{table.declared.title[writer.language]}: {unit}" if unit else ""
    chart = partial(
        draw, names, [row[column] for row in rows], labels,
        reference=country[column],
        reference_label=None if country[column] is None else writer.plainly("chart.country", n=of_country),
        unit_label=unit,
        small=frozenset(name for name, row in zip(names, rows, strict=True) if row[base] < small),
        small_label=writer.plainly("chart.small", small=small),
    )  # fmt: skip
    return _float(writer, table, label, caption, chart, alt="dots_alt", rows=said, marks=marks, title=title)


def _float(
    writer: Writer,
    table: Table,
    label: str,
    caption: str,
    draw: Callable[..., Figure],
    *,
    alt: str,
    rows: str,
    marks: Sequence[Mark],
    across: int = 1,
    title: str = "",
    has_narrow: bool = True,
) -> FigureBlock:
    """Draw, with a remark where answers are made up, and once more for small screens; return the float.

    `alt` names its text alternative, `rows` are the data in that, under a `title` of its own or the table's.
    """
    remark = writer.plainly("chart.made_up") if table.has_synthetic else None
    svg, areas = drawn(draw(remark=remark), label)
    narrow: tuple[str, Sequence[str]] = ("", ())
    if has_narrow:
        narrow = drawn(draw(remark=remark, narrow=True), f"{label}-narrow")
    said = writer.plainly(f"chart.{alt}", title=title or table.declared.title[writer.language], rows=rows)
    return FigureBlock(
        holder=writer, label=label, table_id=table.declared.id, caption=one_line(caption) or caption_of(writer, table),
        svg=svg, said=f"{remark}. {said}" if remark else said, areas=areas, marks=marks, across=across,
        narrow=narrow[0], narrow_areas=narrow[1], made_up=table.has_synthetic,
    )  # fmt: skip


def drawn(figure: Figure, name: str) -> tuple[str, Sequence[str]]:
    """Return a figure as SVG, and where its marks are. The one place in which the report draws."""
    from pipeline.draw import to_svg

    return to_svg(figure, name=name), figure.areas


def _of_regions(writer: Writer, table_id: str) -> Table:
    """Return a table with a row a region. UserError when it is none."""
    table = writer.tables[table_id]
    if table.declared.key != ["region_code"]:
        raise UserError(f"table {table_id!r} has no row a region to draw; its key is not region_code alone")
    return table


def _of_base(writer: Writer, table: Table, code: str, option: str) -> str:
    """Write a share with what it is a share of."""
    row = table.rows[f"{code}/{option}"]
    n, base = (writer.written(row[name], "count") for name in ("count", "base"))
    return writer.plainly("chart.of_base", share=writer.written(row["percent"], "percent"), n=n, base=base)


def _in_full(writer: Writer, table: Table, key: str) -> str:
    """Write every number of a row with the head of its column."""
    cells = [cell for cell in table.cells(key) if cell.kind in ("count", "percent")]
    heads = (cell.column.label[writer.language] if cell.column.label else "" for cell in cells)
    return "; ".join(f"{head} {writer.in_table(cell)}" for head, cell in zip(heads, cells, strict=True))


def _short(writer: Writer, code: str) -> str:
    """Return the short name of a region, or of several that are shown together."""
    names = sorted((regions()[one].short_name for one in code.split("-")), key=language.alphabetical)
    return ", ".join(names) if len(names) <= _TIES_NAMED else writer.plainly("chart.together", n=len(names))


def _classes(writer: Writer, classes: Sequence[tuple[int, int]]) -> list[tuple[float, float, str]]:
    ends = [(low, high, f"{low}–{writer.written(high, 'percent')}") for low, high in classes]
    return [(float(low), high + 1.0 if high < 100 else 100.0, text) for low, high, text in ends]


def _highest(writer: Writer, table: Table, option: str) -> str:
    """In which region an answer has its highest share, of regions that bear a comparison; or that nobody chose it."""
    rows: Mapping[str, Mapping[str, int]] = table.rows
    mine = {key: row for key, row in rows.items() if key.endswith(f"/{option}")}
    name = writer.short(table, option)
    if not any(row["count"] for row in mine.values()):
        return f"{name}: {writer.plainly('chart.nobody')}"
    there = comparable(mine, "base", writer.declarations.small_base, table.together)
    best = extreme(there, "count", "base", max)
    if best is None or best.value == 0 or len(best.keys) > _TIES_NAMED:
        return f"{name}: {UNKNOWN}"
    where = language.listed([str(rows[key]["region"]) for key in best.keys], writer.language)
    return f"{name}: {where} ({writer.written(rows[best.keys[0]]['percent'], 'percent')})"
