"""Drawings of the report, with a text alternative made from the data. Plotly is imported when the first one is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline import language
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
    keys = [key for key in table.rows if key not in _derived(table)]
    rows = [table.rows[key] for key in keys]
    names = [writer.option(table, row["option"]) for row in rows]
    shares = [language.written(row["percent"], "percent", writer.language) for row in rows]
    counts = [language.number(row["count"], writer.language) for row in rows]
    labels = [f"{count} ({share})" for count, share in zip(counts, shares, strict=True)]
    counted, unit = [row["count"] for row in rows], writer.plainly("chart.municipalities")
    figure = _twice(draw, names, counted, labels, unit_label=unit, remark=_remark(writer, table))
    said = "; ".join(f"{name}: {shown}" for name, shown in zip(names, labels, strict=True))
    marks = [(f"{key}/count", (name,), shown) for key, name, shown in zip(keys, names, labels, strict=True)]
    return _float(writer, table, figure, label, caption, "bars_alt", said, marks)


def bars_by_year(writer: Writer, table_id: str, label: str, caption: str = "") -> FigureBlock:
    """Draw the shares of a table by year, one bar a year for each option."""
    from pipeline.draw import bars_by_year as draw

    table = writer.tables[f"{table_id}_by_year"]
    years = sorted({row["year"] for row in table.rows.values()})
    options = [one for one in dict.fromkeys(row["option"] for row in table.rows.values()) if one != NOT_ANSWERED]
    names = [writer.option(table, option) for option in options]
    series = []
    for year in years:
        values = [table.rows.get(f"{year}/{option}", {}).get("percent") for option in options]
        unknown = writer.plainly("chart.unknown")
        labels = [unknown if value is None else language.written(value, "percent", writer.language) for value in values]
        series.append((str(year), values, labels))
    unit, remark = writer.plainly("chart.share"), _remark(writer, table)
    figure = _twice(draw, names, series, unit_label=unit, axis_max=100, remark=remark)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{year} {labels[at]}" for year, _, labels in series) for at, name in enumerate(names)
    )
    marks = [
        (f"{year}/{option}/percent" if f"{year}/{option}" in table.rows else "", (f"{names[at]}, {year}",), labels[at])
        for at, option in enumerate(options)
        for year, _, labels in series
    ]
    return _float(writer, table, figure, label, caption, "years_alt", said, marks, len(series))


def matrix(writer: Writer, table_id: str, label: str, caption: str = "") -> FigureBlock | None:
    """Draw the shares of a table by region, regions down and answers across; nothing of answers in numbers."""
    table = writer.tables[f"{table_id}_by_region"]
    return matrix_of(writer, table, label, caption) if table.counted else None


def matrix_of(writer: Writer, table: Table, label: str, caption: str = "") -> FigureBlock:
    """Draw the shares of a table of answers by region."""
    from pipeline.draw import region_matrix

    options = options_of(table)
    codes = list(regions_of(writer, table))
    small = writer.declarations.small_base
    bases = {code: table.rows[f"{code}/{options[0]}"]["base"] for code in codes}
    values = {code: [table.rows[f"{code}/{option}"]["percent"] for option in options] for code in codes}
    figure = region_matrix(
        {code: _short(writer, code) for code in codes},
        heads_of(writer, table, options),
        values,
        {code: [UNKNOWN if value is None else str(value) for value in shares] for code, shares in values.items()},
        classes=_classes(writer, CLASSES),
        legend_title=writer.plainly("chart.share_percent"),
        missing_label=writer.plainly("chart.no_base"),
        bases={code: str(base) for code, base in bases.items()},
        base_head="n",
        small=frozenset(code for code, base in bases.items() if 0 < base < small),
        small_label=writer.plainly("chart.small", small=small),
        remark=_remark(writer, table),
    )
    said = "; ".join(_highest(writer, table, option) for option in options)
    marks = [
        (f"{code}/{option}/percent", (region, writer.short(table, option)), _of_base(writer, table, code, option))
        for code, region in regions_of(writer, table).items()
        for option in options
    ]
    return _float(writer, table, [figure], label, caption, "matrix_alt", said, marks, len(options))


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

    table = writer.tables[table_id]
    values = {key: row[column] for key, row in table.rows.items()}
    shown = {
        key: language.written(value, "percent", writer.language) for key, value in values.items() if value is not None
    }
    figure = draw(
        values,
        shown,
        _classes(writer, classes),
        missing_label=writer.plainly("chart.no_base"),
        legend_title=writer.plainly("chart.share"),
        names={key: regions()[key].short_name for key in values},
        remark=_remark(writer, table),
    )
    said = "; ".join(f"{row['region']}: {shown[key]}" for key, row in table.rows.items() if key in shown)
    marks = [(f"{key}/{column}", (row["region"],), _in_full(writer, table, key)) for key, row in table.rows.items()]
    known = [(row["region"], row[column], shown[key]) for key, row in table.rows.items() if key in shown]
    ranked = [(region, text) for region, _, text in sorted(known, key=lambda one: -one[1])]
    return replace(_float(writer, table, [figure], label, caption, "map_alt", said, marks), ranked=ranked)


def dots(writer: Writer, table_id: str, column: str, base: str, label: str, caption: str = "") -> FigureBlock:
    """Draw one figure of every region, beside that of the whole country; hollow where few municipalities are behind."""
    from pipeline.draw import dots as draw

    table = writer.tables[table_id]
    writer.n(f"{table.declared.id}/{COUNTRY}/{column}")  # which says so where there is none
    declared = next(one for one in table.declared.column if one.id == column)
    *rows, country = table.rows.values()

    def shown(value: float | None) -> str:
        return language.written(value, "tenths" if declared.kind == "tenths" else "count", writer.language)

    names = [_short(writer, row["region_code"]) for row in rows]
    small = writer.declarations.small_base
    few = frozenset(name for name, row in zip(names, rows, strict=True) if row[base] < small)
    whole = country[column]
    figure = _twice(
        draw,
        names,
        [row[column] for row in rows],
        [shown(row[column]) for row in rows],
        reference=whole,
        reference_label=None if whole is None else writer.plainly("chart.country", n=shown(whole)),
        unit_label=declared.label[writer.language] if declared.label else None,
        small=few,
        small_label=writer.plainly("chart.small", small=small),
        remark=_remark(writer, table),
    )
    where = [writer.place(writer.tables.cell(f"{table.declared.id}/{key}/region")) for key in table.rows]
    said = "; ".join(f"{name}: {shown(row[column])}" for name, row in zip(where, table.rows.values(), strict=True))
    marks = [
        (f"{row['region_code']}/{column}", (at,), shown(row[column])) for row, at in zip(rows, where, strict=False)
    ]
    title = f"{table.declared.title[writer.language]}: {declared.label[writer.language]}" if declared.label else ""
    return _float(writer, table, figure, label, caption, "dots_alt", said, marks, title=title)


def _float(
    writer: Writer,
    table: Table,
    figures: Sequence[Figure],
    label: str,
    caption: str,
    alt: str,
    rows: str,
    marks: Sequence[Mark],
    across: int = 1,
    title: str = "",
) -> FigureBlock:
    """Return the float. `figures` are the drawing and, where there is one, the same for small screens; `alt` names the
    text alternative, `rows` is its data; `across` marks stand side by side.
    """
    names = (label, f"{label}-narrow")
    (svg, areas), *narrow = (drawn(figure, name) for figure, name in zip(figures, names, strict=False))
    said = writer.plainly(f"chart.{alt}", title=title or table.declared.title[writer.language], rows=rows)
    if table.declared.synthetic:
        said = f"{writer.plainly('chart.made_up')}. {said}"
    block = FigureBlock(
        holder=writer,
        label=label,
        shows=table.declared.id,
        caption=one_line(caption) or caption_of(writer, table),
        svg=svg,
        said=said,
        areas=areas,
        marks=marks,
        across=across,
        made_up=table.declared.synthetic,
    )
    return replace(block, narrow=narrow[0][0], narrow_areas=narrow[0][1]) if narrow else block


def _twice(draw: Callable[..., Figure], *given: Any, **more: Any) -> list[Figure]:
    """Draw for the page, and once more for small screens."""
    return [draw(*given, **more), draw(*given, **more, narrow=True)]


def drawn(figure: Figure, name: str) -> tuple[str, Sequence[str]]:
    """Return a figure as SVG, and where its marks are. The one place in which the report draws."""
    from pipeline.draw import to_svg

    return to_svg(figure, name=name), figure.areas


def _remark(writer: Writer, table: Table) -> str | None:
    return writer.plainly("chart.made_up") if table.declared.synthetic else None


def _of_base(writer: Writer, table: Table, code: str, option: str) -> str:
    """Write a share with what it is a share of."""
    row = table.rows[f"{code}/{option}"]
    count, base = (language.number(row[name], writer.language) for name in ("count", "base"))
    return writer.plainly(
        "chart.of_base", share=language.written(row["percent"], "percent", writer.language), n=count, base=base
    )


def _in_full(writer: Writer, table: Table, key: str) -> str:
    """Write every number of a row with the head of its column."""
    numbers = [(column, cell) for column, cell in table.cells(key) if cell.kind in ("count", "percent")]
    return "; ".join(
        f"{column.label[writer.language]} {writer.in_table(cell)}" for column, cell in numbers if column.label
    )


def _short(writer: Writer, code: str) -> str:
    """Return the short name of a region, or of several that are shown together."""
    names = sorted((regions()[one].short_name for one in code.split("-")), key=language.alphabetical)
    return ", ".join(names) if len(names) <= _TIES_NAMED else writer.plainly("chart.together", n=len(names))


def _classes(writer: Writer, classes: Sequence[tuple[int, int]]) -> list[tuple[float, float, str]]:
    return [
        (float(low), high + 1.0 if high < 100 else 100.0, f"{low}–{language.percent(high, writer.language)}")
        for low, high in classes
    ]


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
    return f"{name}: {where} ({language.written(rows[best.keys[0]]['percent'], 'percent', writer.language)})"


def _derived(table: Table) -> set[str]:
    return {row.option for row in table.counted if row.kind == "derived"} if table.declared.question else set()
