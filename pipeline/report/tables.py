"""Tables of the report: as they are, by year with the years side by side, by region with the answers side by side."""

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase

from pipeline import language
from pipeline.language import UNKNOWN
from pipeline.markdown import Head, Markdown, escape
from pipeline.report.blocks import Names, TableBlock
from pipeline.report.prose import one_line
from pipeline.report.writer import Writer
from pipeline.store.rows import NOT_ANSWERED
from pipeline.tabulate import COUNTRY, Table

_RIGHT = ("count", "kr", "percent", "unit", "tenths")
_LETTERS_FROM = 4  # from so many answers on that have no short words, the heads of a table by region are letters
_SHORT = 20  # characters of an answer that is short itself
_TURNED_FROM = 6  # from so many answers on, heads in words are turned


def table(
    writer: Writer,
    table_id: str,
    label: str,
    caption: str = "",
    note: str = "",
    total: Mapping[str, str] | None = None,
) -> TableBlock:
    """Show a table. Caption and note are those of its declaration, and what is given.

    `total` makes a last row of sums: the address of each, by column.
    """
    return _plain(writer, writer.display(table_id), label, caption, one_line(note), total)


def _plain(
    writer: Writer, table: Table, label: str, caption: str, note: str = "", total: Mapping[str, str] | None = None
) -> TableBlock:
    """Return a table as it is declared."""
    columns, small = table.declared.printed, writer.declarations.small_base
    rows, marked = [], False
    for key in table.rows:
        row = []
        for at, cell in enumerate(table.cells(key)):
            few = cell.column.bears and key != COUNTRY and cell.value < small
            row.append(writer.addressed(cell, anchor=at == 0) + r"\*" * few)
            marked |= few
        if key in table.derived:
            row[0] = f"*{writer.said('head.derived')}* {row[0]}"
        rows.append(_bold(row) if key == COUNTRY else row)
    if total:
        named = writer.said("head.country" if table.axis else "head.total")
        sums = [writer.addressed(writer.tables.cell(total[one.id])) if one.id in total else "" for one in columns]
        rows.append(_bold([named, *sums[1:]]))
    if marked:
        note = f"{note} {_small(writer)}".strip()
    heads = [
        (escape(column.label[writer.language]), column.width, column.kind in _RIGHT)
        for column in columns
        if column.label
    ]
    return _block(writer, table, label, caption, heads, rows, _note(writer, table, note))


def by_year(writer: Writer, table_id: str, label: str, caption: str = "", note: str = "") -> TableBlock:
    """Show a table with the years side by side: for each, how many chose an option, where known, and their share."""
    table = writer.display(f"{table_id}_by_year")
    id_ = table.declared.id
    years = list(dict.fromkeys(row["year"] for row in table.rows.values()))
    options = list(dict.fromkeys(row["option"] for row in table.rows.values()))
    labelled = next(column for column in table.declared.column if column.of == "option")
    heads, columns = [(escape(labelled.label[writer.language]) if labelled.label else "", 34, False)], []
    for year in years:
        there = [option for option in options if f"{year}/{option}" in table.rows]
        counted = any(table.rows[f"{year}/{option}"]["count"] is not None for option in there)
        for column in ("count", "percent") if counted else ("percent",):
            is_first = column == ("count" if counted else "percent")
            text = writer.said(f"head.{column}", year=writer.n(f"{id_}/{year}/{there[0]}/year"))
            if is_first:
                text = writer.said("head.of_base", head=text, base=writer.n(f"{id_}/{year}/{there[0]}/base"))
            heads.append((text, 14, True))
            columns.append((year, column, is_first))

    def cells(option: str) -> Iterator[str]:
        keys = {year: f"{year}/{option}" for year in years if f"{year}/{option}" in table.rows}
        yield writer.addressed(table.cell(keys[max(keys)], "label"))
        for year, column, is_first in columns:
            there = year in keys
            yield writer.addressed(table.cell(keys[year], column), anchor=is_first) if there else UNKNOWN

    rows = [list(cells(option)) for option in options]
    return _block(writer, table, label, caption, heads, rows, _note(writer, table, one_line(note)))


def by_region(writer: Writer, table_id: str, label: str, caption: str = "") -> TableBlock:
    """Show a table with a row a region: its base, and how many chose each answer, or the numbers that were answered."""
    table = writer.tables[f"{table_id}_by_region"]
    if not table.counted:
        return _plain(writer, table, label, caption)
    options, small = options_of(table), writer.declarations.small_base
    has_letters = need_letters(table, options)
    heads = heads_of(writer, table, options)
    if any(row["option"] == NOT_ANSWERED for row in table.rows.values()):
        options.append(NOT_ANSWERED)
        heads.append(writer.short(table, NOT_ANSWERED))
    if not has_letters:  # words may hold numbers: with their address. Letters have it in their key
        turned = ".turned " * (len(options) >= _TURNED_FROM)
        pairs = zip(heads, options, strict=True)
        heads = [f'[{escape(head)}]{{{turned}data-n="{table.national}/{option}/label"}}' for head, option in pairs]
    rows = []
    for code in regions_of(writer, table):
        region, base = (table.cell(f"{code}/{options[0]}", column) for column in ("region", "base"))
        counts = [table.cell(f"{code}/{option}", "count") for option in options]
        mark = r"\*" if base.value < small else ""
        row = [writer.addressed(region) + mark, writer.addressed(base)]
        rows.append(row + [writer.addressed(count, anchor=True) for count in counts])
    rows.append(_country(writer, table, options))
    note = _note(writer, table, writer.said("note.region_counts"))
    if any(row["base"] < small for row in table.rows.values()):
        note += f" {_small(writer)}"
    width = 8 if len(options) >= _LETTERS_FROM else 14
    columns = [(writer.said("head.region"), 30, False), ("n", 6, True), *((head, width, True) for head in heads)]
    return _block(writer, table, label, caption, columns, rows, note)


def _block(
    writer: Writer, table: Table, label: str, caption: str, heads: Sequence[Head], rows: Sequence[list[str]], note: str
) -> TableBlock:
    return TableBlock(
        holder=writer, label=label, table_id=table.declared.id, caption=one_line(caption) or caption_of(writer, table),
        heads=heads, rows=rows, note=note,
    )  # fmt: skip


def _country(writer: Writer, table: Table, options: Sequence[str]) -> list[str]:
    """Return the row of the whole country, whose numbers stand in the national table."""
    national = writer.tables[table.national]
    cells = [national.cell(options[0], "base"), *(national.cell(option, "count") for option in options)]
    return _bold([writer.said("head.country"), *map(writer.addressed, cells)])


def _bold(row: Sequence[str]) -> list[str]:
    return [f"**{text}**" if text else "" for text in row]


def key(writer: Writer, table_id: str) -> Names | None:
    """Show what the letters of a table by region stand for; None where it has words."""
    table = writer.tables[f"{table_id}_by_region"]
    options = options_of(table) if table.counted else []  # a table of measures has none
    if not need_letters(table, options):
        return None
    national = writer.tables[table.national]
    labels = [writer.addressed(national.cell(option, "label")) for option in options]
    lines = list(zip(ascii_uppercase, labels, strict=False))
    return Names(holder=writer, lines=lines, classes=".names .key")


def caption_of(writer: Writer, table: Table) -> str:
    """Return a table's own caption: its title and the year, or that it is by year or by region."""
    title = writer.declared(table.declared.title)
    if "year" in table.declared.key:
        return writer.said("head.over_years", title=title)
    if table.axis == "region" and table.declared.counts_answers:
        title = writer.said("head.by_region", title=title)
    return writer.said("head.of_year", title=title)


def need_letters(table: Table, options: Sequence[str]) -> bool:
    """Return whether the answers' columns have letters for heads: many answers, of which one has no short words."""
    named = [table.declared.named(option) for option in options]
    is_short = [bool(one.short) or max(len(text) for _, text in one.label) <= _SHORT for one in named]
    return len(options) >= _LETTERS_FROM and not all(is_short)


def heads_of(writer: Writer, table: Table, options: Sequence[str]) -> list[str]:
    """Return the heads of the answers' columns: words, or letters."""
    if need_letters(table, options):
        return list(ascii_uppercase[: len(options)])
    return [writer.short(table, option) for option in options]


def options_of(table: Table) -> list[str]:
    """Return the options of a table by region, in order, without rows that are derived or count the silent."""
    derived = {row.option for row in table.counted if row.kind in ("derived", NOT_ANSWERED)}
    chosen = dict.fromkeys(row["option"] for row in table.rows.values() if row["option"] not in derived)
    return list(chosen) or list(dict.fromkeys(row["option"] for row in table.rows.values()))


def regions_of(writer: Writer, table: Table) -> dict[str, str]:
    """Return the regions of a table, by code, north to south; those that are shown together last."""
    together = {code: name[writer.language] for code, name in table.together.items()}
    return {row["region_code"]: row["region"] for row in table.rows.values()} | together


def _note(writer: Writer, table: Table, note: str) -> str:
    """Return base, remarks and source of a table of answers around what is given."""
    said, declared = writer.said, table.declared
    made_up = [said("note.made_up")] * table.has_synthetic
    together = [said("note.together")] * bool(table.together)
    if not declared.counts_answers:
        return " ".join([*filter(None, [note]), *together, *made_up])
    parts = (
        [*_base(writer, table), note]
        if table.axis in ("", "year")
        else [note, _answered(writer, writer.tables[table.national])]
    )
    parts += [said("note.several")] * declared.several
    parts += [writer.declared(declared.note)] if declared.note else []
    parts += together + [said("note.coded")] * declared.coded + made_up
    if table.axis == "year" and table.printed_years:
        first = _first_of_year(table)
        years = [writer.hold(writer.n(f"{declared.id}/{first[year]}/year")) for year in sorted(table.printed_years)]
        parts.append(said("note.printed", years=Markdown(language.listed(years, writer.language))))
    return " ".join([*filter(None, parts), said("note.source")])


def _base(writer: Writer, table: Table) -> Iterator[str]:
    """Say whom a table counts and how many answered, in a table by year for each year; print does not say whom."""
    declared = table.declared
    if declared.every_question or not table.rows:
        return
    who = writer.declared(writer.declarations.base_words(declared.base or "all"))
    if table.axis != "year":
        yield writer.said("note.base", base=writer.n(f"{declared.id}/{next(iter(table.rows))}/base"), who=who)
        yield _answered(writer, table)
        return
    for year, key in sorted(_first_of_year(table).items()):
        name = "base_printed" if year in table.printed_years else "base_of_year"
        row = f"{declared.id}/{key}"
        yield writer.said(f"note.{name}", base=writer.n(f"{row}/base"), who=who, year=writer.n(f"{row}/year"))
        for option, one in {row["option"]: row for row in table.rows.values() if row["year"] == year}.items():
            if one["answered"] in (None, one["base"]) or (declared.question and f"{year}/{option}" != key):
                continue
            yield _one_answered(writer, table, f"{year}/{option}", option)


def _first_of_year(table: Table) -> dict[int, str]:
    """Return the first row of each year of a table by year."""
    return {row["year"]: key for key, row in reversed(list(table.rows.items()))}


def _small(writer: Writer) -> str:
    return writer.said("note.small", small=writer.declarations.small_base).replace("*", r"\*")


def _answered(writer: Writer, table: Table) -> str:
    """Say how many of the base answered; of a table of several questions, of each of its rows."""
    rows = {key: row for key, row in table.rows.items() if row.get("answered") is not None and row["base"]}
    if not rows:
        return ""
    if all(row["answered"] == row["base"] for row in rows.values()):
        return writer.said("note.all_answered")
    keys = list(rows)[:1] if table.declared.question else list(rows)
    if not any(rows[key]["answered"] for key in keys):
        return writer.said("note.none_answered")
    return " ".join(_one_answered(writer, table, key, key) for key in keys)


def _one_answered(writer: Writer, table: Table, key: str, option: str) -> str:
    """Say how many answered what a row counts, which is named where a table is of several questions."""
    answered = writer.n(f"{table.declared.id}/{key}/answered")
    if table.declared.question:
        return writer.said("note.answered", answered=answered)
    return writer.said("note.answered_of", answered=answered, row=writer.declared(table.declared.words(option)))
