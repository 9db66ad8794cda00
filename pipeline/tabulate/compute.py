"""Compute the tables of a year from what municipalities contribute, and write them as tidy CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipeline.declarations import Axis, Column, Declaration, Declarations, RowLabel
from pipeline.errors import UserError
from pipeline.files import write_bytes, write_csv
from pipeline.paths import REPORTS
from pipeline.store import query
from pipeline.store.rows import MEASURES, CountedRow, complete, declare_rows, read_form
from pipeline.tabulate.table import Table, Tables

HERE = Path(__file__).parent
MADE_UP = "  [MADE-UP ANSWERS / PÅHITTADE SVAR]"
INTERNAL = (
    "INTERNT ARBETSMATERIAL / INTERNAL WORKING MATERIAL: groups of few are not protected here (docs/protection.md)."
)
CODED = "  [CODED BY HAND / KODAT FÖR HAND]"
_SYNTHETIC = "SELECT question, synthetic FROM questions WHERE year = $year AND answered"
_FILES = "SELECT role FROM source_files WHERE year = $year"
_CELLS = {"row": "option", "part": "count", "whole": "base", "value": "percent", "of_answered": "answered_percent"}
_HELD = ("base_recipients", "amounts", "bases")
"""Views of the store that all others ask, again and again: computed once for a connection, which then asks those."""
_OF_ANSWERED = ("answered", "answered_percent")


def tabulate(connection: duckdb.DuckDBPyConnection, year: int, declarations: Declarations) -> Tables:
    """Compute every table whose raw files are there, and those of each question asked.

    UserError when a question has the id of another table.
    """
    for view in _HELD:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {view} AS FROM {view}")
    declarations, form = complete(connection, year, declarations), read_form(connection, year)
    answers = {table.id: (table, list(form.rows(table))) for table in form.counted(declarations)}
    for table, _ in answers.values():
        form.check(table)
    synthetic = dict(query(connection, _SYNTHETIC, year=year).iter_rows())
    asked = [measure for measure in declarations.measure if set(measure.asked) <= set(synthetic)]
    declare_rows(connection, {id_: rows for id_, (_, rows) in answers.items()}, asked, temporary=True)
    summed = query(connection, sql_file("sums").read_text("utf-8"), year=year)
    sums = summed.partition_by("table_id", as_dict=True)
    there = set(query(connection, _FILES, year=year)["role"])
    missing = {table.id: [role for role in table.needs if role not in there] for table in declarations.table}
    stay_out = {table: roles for table, roles in missing.items() if roles}
    made: list[Table] = []
    for declared in sorted(declarations.table, key=lambda table: table.by is not None):
        if declared.counts_answers or declared.id in stay_out or not set(declared.asked) <= set(synthetic):
            continue
        if declared.by is None:
            made.append(_own(connection, year, declared))
        elif declared.by == "figure":
            wanted = declared.figures or [measure.id for measure in asked if measure.figure]
            figures = [measure for measure in asked if measure.id in wanted]
            made_up = frozenset(one.id for one in figures if any(synthetic[question] for question in one.asked))
            words = [RowLabel(id=one.id, label=one.label) for one in figures]
            units = {one.id: one.unit for one in figures}
            made.append(_figures(declared.model_copy(update={"option": words}), sums[MEASURES,], units, made_up))
        else:
            made_up_too = any(synthetic[question] for question in declared.asked)
            axis = next(axis for axis in declarations.axis if axis.id == declared.by)
            ids = {measure.id for measure in asked}
            columns = [one for one in declared.column if one.kind in ("key", "text") or (one.measure or one.id) in ids]
            update = {"synthetic": made_up_too, "column": columns}
            made.append(_by_axis(declared.model_copy(update=update), axis, sums[MEASURES,]))
    for table, rows in answers.values():
        its = sums.get((table.id,))
        if its is not None and year in its["year"]:  # without recipients nobody is known to be in most bases
            made_up = frozenset(row.option for row in rows if synthetic.get(row.question) and not table.synthetic)
            made += _answers(table, rows, its, declarations, year, made_up)
    tables: dict[str, Table] = {}
    for one in made:
        if one.declared.id in tables:
            raise UserError(f"question {one.declared.id!r} has the id of a table in tables.toml; rename one")
        tables[one.declared.id] = one
    return Tables(tables, year, declarations, stay_out)


def write_tables(tables: Tables, folder: Path) -> None:
    """Write `<table>.csv` for each, and README.txt: that they are internal, what they are, which are made up."""
    about = [INTERNAL]
    for name, table in tables.items():
        write_csv(table.tidy, folder / f"{name}.csv")
        some = f"{MADE_UP} in: {', '.join(sorted(table.made_up & set(table.rows)))}" if table.made_up else ""
        marks = MADE_UP * table.declared.synthetic + some + CODED * table.declared.coded
        about.append(f"{name}.csv: {table.declared.title.sv}{marks}")
    write_bytes(folder / "README.txt", "".join(f"{line}\n" for line in about).encode())


def sql_file(table_id: str) -> Path:
    """Return the .sql file of a table that is neither of answers nor of measures: the project's own, or ours."""
    own = REPORTS / "tables" / f"{table_id}.sql"
    return own if own.is_file() else HERE / own.name


def _own(connection: duckdb.DuckDBPyConnection, year: int, declared: Declaration) -> Table:
    return Table(
        declared, _with_labels(declared, query(connection, sql_file(declared.id).read_text("utf-8"), year=year))
    )


def _answers(
    declared: Declaration,
    rows: Sequence[CountedRow],
    sums: pl.DataFrame,
    declarations: Declarations,
    year: int,
    made_up: frozenset[str],
) -> Iterator[Table]:
    """Yield the tables of one declaration: of the country, by each axis, by year."""
    now, country = pl.col("year") == year, pl.col("axis") == "country"
    rare, some = [row.option for row in rows if row.only_if_any], country & (pl.col("part") > 0)
    every = sums.filter(~pl.col("row").is_in(rare) | pl.col("row").is_in(sums.filter(some)["row"].to_list()))
    cells = every.filter(~pl.col("row").is_in(rare) | pl.col("row").is_in(sums.filter(some, now)["row"].to_list()))
    every, cells = every.rename(_CELLS), cells.rename(_CELLS)
    printed = frozenset(sums.filter("printed")["year"])
    labels = [RowLabel(id=row.option, label=row.label, short=row.short, in_text=row.in_text) for row in rows]
    columns = declared.column or declarations.columns_of("answers")
    if not declared.not_answered:  # nobody was asked
        columns = [column for column in columns if column.id not in _OF_ANSWERED]
    if declared.head:
        columns = [
            column.model_copy(update={"label": declared.head}) if column.kind == "label" else column
            for column in columns
        ]

    def table(suffix: str, key: list[Column], part: pl.DataFrame, axis: str) -> Table:
        update = {
            "id": declared.id + suffix,
            "key": [key[0].id, "option"] if key else ["option"],
            "column": [*key, *columns],
            "option": labels,
            "needs": ["recipients", "returns"],
        }
        one = declared.model_copy(update=update)
        return Table(one, _with_labels(one, part), rows, printed, made_up, axis, declared.id)

    yield table("", [], cells.filter(now, country), "")
    for axis in declarations.axis:
        key = [Column(id=axis.code, kind="key"), Column(id=axis.name, kind="text", width=24, label=axis.label)]
        part = cells.filter(now, pl.col("axis") == axis.id).sort("place", "position")
        yield table(f"_by_{axis.id}", key, part.rename({"code": axis.code, "name": axis.name}), axis.id)
    yield table("_by_year", declarations.columns_of("year"), every.filter(country).sort("year", "position"), "year")


def _figures(declared: Declaration, sums: pl.DataFrame, units: Mapping[str, str], made_up: frozenset[str]) -> Table:
    """Return a table of one row a measure, in the whole country."""
    rows = sums.filter(pl.col("axis") == "country", pl.col("row").is_in(list(units)))
    shares = {f"{row}/value": (part, whole) for row, part, whole in rows.select("row", "part", "whole").iter_rows()}
    rows = rows.rename({"row": "figure"}).with_columns(unit=pl.col("figure").replace_strict(units))
    return Table(declared, _with_labels(declared, rows), made_up=made_up, shares=shares)


def _by_axis(declared: Declaration, axis: Axis, sums: pl.DataFrame) -> Table:
    """Return a table of one row a group and one column a measure; the whole country last where that is declared.

    A measure of a question that is not asked has no column: not asked is not 0.
    """
    kinds = {column.measure or column.id: column for column in declared.column}
    here = [axis.id, *(["country"] if declared.country else [])]
    part = sums.filter(pl.col("axis").is_in(here), pl.col("row").is_in(list(kinds)))
    part = part.with_columns(place=pl.when(pl.col("axis") == "country").then(1_000_000).otherwise("place"))
    shares = {
        f"{code}/{kinds[row].id}": (share, whole)
        for code, row, share, whole in part.select("code", "row", "part", "whole").iter_rows()
    }
    rows = part.pivot("row", index=["place", "code", "name"], values="value", maintain_order=True).sort("place")
    rows = rows.rename({measure: column.id for measure, column in kinds.items() if measure in rows.columns})
    tenths = [column.id for column in declared.column if column.kind == "tenths"]
    rows = rows.with_columns(
        (pl.col(tenths) / 10).round(1),
        pl.col("name").fill_null(declared.country.sv if declared.country else ""),
    )
    return Table(
        declared,
        _with_labels(declared, rows.rename({"code": axis.code, "name": axis.name})),
        axis=axis.id,
        shares=shares,
    )


def _with_labels(declared: Declaration, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the Swedish words for keys where a column is declared for them, and put the columns in the declared order."""
    words = {option.id: option.label.sv for option in declared.option}
    added = [
        pl.col(column.of).replace_strict(words, return_dtype=pl.String).alias(column.id)
        for column in declared.column
        if column.kind == "label" and column.of and column.id not in rows.columns
    ]
    return rows.with_columns(added).select(column.id for column in declared.column)
