"""Tables as Markdown: as they are, by year with the years side by side, by region with the answers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from pipeline.markdown import escape, floated, pipe_table
from pipeline.publish.writer import Writer
from pipeline.tabulate import Table

_RIGHT = ("count", "kr", "percent", "unit", "tenths")
_LETTERS_FROM = 4  # from so many answers on, the heads of a table by region are letters with a key


def plain(writer: Writer, table: Table, label: str, caption: str, note: str) -> str:
    """Write a table as it is declared, as a float with its caption, and the note under it."""
    columns = table.declared.printed
    rows = []
    for key in table.rows:
        anchor = f"{table.declared.id}/{key}".replace("/", ".")
        cells = [cell for _, cell in table.cells(key)]
        rows.append(
            [
                writer.addressed(writer.in_table(cell), cell, anchor if at == 0 else None)
                for at, cell in enumerate(cells)
            ]
        )
    body = pipe_table(
        [escape(column.label[writer.language]) for column in columns if column.label],
        [column.width for column in columns],
        [column.kind in _RIGHT for column in columns],
        rows,
    )
    return floated(label, body, caption) + under(note)


def by_year(writer: Writer, table: Table, label: str, caption: str, note: str) -> str:
    """Write a table by year with a row an option and, for each year, how many (where known) and their share."""
    years = list(dict.fromkeys(row["year"] for row in table.rows.values()))
    options = list(dict.fromkeys(row["option"] for row in table.rows.values()))
    heads, widths, columns = [escape(_words(writer, table, "option"))], [34], []
    for year in years:
        there = [option for option in options if f"{year}/{option}" in table.rows]
        counted = any(table.rows[f"{year}/{option}"]["count"] is not None for option in there)
        for column in ("count", "percent") if counted else ("percent",):
            row = f"{table.declared.id}/{year}/{there[0]}"
            head = writer.said("head", column, year=writer.n(f"{row}/year"))
            if column == ("count" if counted else "percent"):
                head = writer.said("head", "of_base", head=head, n=writer.n(f"{row}/base"))
            heads.append(head)
            widths.append(14)
            columns.append((year, column))
    rows = [
        [f'[{escape(table.declared.words(option)[writer.language])}]{{data-n="{table.declared.id}/{years[-1]}/{option}/label"}}']
        + [_year_cell(writer, table, year, option, column, columns) for year, column in columns]
        for option in options
    ]  # fmt: skip
    body = pipe_table(heads, widths, [False] + [True] * len(columns), rows)
    return floated(label, body, caption) + under(note)


def by_region(writer: Writer, table: Table, label: str, caption: str, note: str) -> str:
    """Write a table by region with a row a region: its base, and how many chose each answer."""
    options = options_of(table)
    heads = [writer.phrase("head", "region"), "n", *_addressed_heads(writer, table, options)]
    wide = 8 if len(options) >= _LETTERS_FROM else 14
    rows = []
    for code, region in regions_of(table).items():
        first = f"{table.declared.id}/{code}/{options[0]}"
        mark = r"\*" if table.rows[f"{code}/{options[0]}"]["base"] < writer.declarations.small_base else ""
        row = [f'[{escape(region)}]{{data-n="{first}/region"}}{mark}', writer.n(f"{first}/base")]
        for option in options:
            address = f"{table.declared.id}/{code}/{option}"
            row.append(writer.n(f"{address}/count", anchor=address.replace("/", ".")))
        rows.append(row)
    body = pipe_table(heads, [30, 6, *[wide] * len(options)], [False, *[True] * (len(options) + 1)], rows)
    return floated(label, body, caption) + under(note)


def key(writer: Writer, table: Table) -> str:
    """Explain the letters that stand for the answers, as a list; nothing when the answers stand there in full."""
    options = options_of(table)
    if len(options) < _LETTERS_FROM:
        return ""
    national = table.declared.id.removesuffix("_by_region")
    lines = [
        f'- **{letter}:** [{escape(writer.option(table, option))}]{{data-n="{national}/{option}/label"}}'
        for letter, option in zip(ascii_uppercase, options, strict=False)
    ]
    return "::: {.names .key}\n" + "\n".join(lines) + "\n:::\n\n"


def heads_of(writer: Writer, table: Table, options: Sequence[str]) -> list[str]:
    """The heads of the answers' columns: their words when they are few, else letters."""
    if len(options) >= _LETTERS_FROM:
        return list(ascii_uppercase[: len(options)])
    return [escape(writer.option(table, option)) for option in options]


def _addressed_heads(writer: Writer, table: Table, options: Sequence[str]) -> list[str]:
    """The same heads; words, which may hold numbers, with their address. Letters have it in their key."""
    heads = heads_of(writer, table, options)
    if len(options) >= _LETTERS_FROM:
        return heads
    national = table.declared.id.removesuffix("_by_region")
    pairs = zip(heads, options, strict=True)
    return [f'[{head}]{{data-n="{national}/{option}/label"}}' for head, option in pairs]


def options_of(table: Table) -> list[str]:
    """The options of a table by region, in order, without the derived ones."""
    derived = {row.option for row in table.counted if row.kind == "derived"}
    chosen = dict.fromkeys(row["option"] for row in table.rows.values() if row["option"] not in derived)
    return list(chosen) or list(dict.fromkeys(row["option"] for row in table.rows.values()))


def regions_of(table: Table) -> dict[str, str]:
    """The regions of a table, by code, north to south."""
    return {row["region_code"]: row["region"] for row in table.rows.values()}


def under(note: str) -> str:
    """Write a note under a table; nothing for no note."""
    return f"\n::: {{.table-note}}\n{note}\n:::\n" if note else ""


def _words(writer: Writer, table: Table, of: str) -> str:
    column = next(column for column in table.declared.column if column.of == of)
    return column.label[writer.language] if column.label else ""


def _year_cell(
    writer: Writer, table: Table, year: int, option: str, column: str, columns: Sequence[tuple[int, str]]
) -> str:
    """One cell; the first of its year and option bears the anchor of the row."""
    row = f"{table.declared.id}/{year}/{option}"
    if f"{year}/{option}" not in table.rows:
        return "–"
    cell = table.cell(f"{year}/{option}", next(each for each in table.declared.column if each.id == column))
    first = column == next(each for of_year, each in columns if of_year == year)
    return writer.addressed(writer.in_table(cell), cell, row.replace("/", ".") if first else None)
