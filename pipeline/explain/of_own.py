"""Behind tables that have a .sql file of their own: a year, a municipality, a raw file, a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.explain import statements
from pipeline.explain.addresses import Place
from pipeline.explain.explanation import Member
from pipeline.explain.figure import (
    AMOUNTS,
    Figure,
    Source,
    column_label,
    number_in,
    numbers_of,
    sql_path,
    sql_text,
    term,
)
from pipeline.explain.of_measures import of_measure, together
from pipeline.explain.words import quoted, same, say, sentences, words
from pipeline.model import Text
from pipeline.tabulate import Table
from pipeline.tabulate.declare import Column


def of_own(source: Source, place: Place) -> Figure:
    """A row, or a cell of it. Columns of a table by year are the measures of their names."""
    declared, column, row = place.table.declared, place.column, place.row
    at = [f"{declared.id}/{column.id}"] if column else [f"{declared.id}/{each.id}" for each in declared.column]
    label = _label(place.table, row)
    # A label stands in tables.toml, not in the store.
    in_store = [column.id] if column and (column.kind != "label" or column.of is None) else []
    parts = {"row": quoted(label), "table": quoted(declared.title)}
    generic = say("cell", column=quoted(column_label(column)), **parts) if column else say("row", **parts)
    figure = Figure(
        row=label,
        definition=words().column.get(at[0], generic) if column else generic,
        year=int(row["year"]) if "year" in row else source.year,
        sql=statements.of_row(table_sql(source, place.table), in_store, {key: row[key] for key in declared.key}),
        sql_file=sql_path(f"{declared.id}.sql"),
        roles=frozenset(
            {*declared.needs, *(role for each in [declared.id, *at] for role in words().files.get(each, ()))}
        ),
    )
    if declared.key == ["year"]:
        return _of_a_year(source, place, figure)
    if "municipality_code" in row:
        return _of_one(source, place, figure)
    return replace(figure, roles=frozenset({row["role"]}), is_one_file=True) if "sha256" in row else figure


def table_sql(source: Source, table: Table) -> str:
    """Give the statement that computes the whole table."""
    return statements.filled(sql_text(f"{table.declared.id}.sql"), year=source.year)


def is_free_text(source: Source, place: Place, column: Column) -> bool:
    """Tell whether a cell holds an answer in free text, which is not shown: one that was corrected."""
    asked = source.members.questions(source.year).get(place.row.get("field", ""))
    return column.id in ("found", "corrected") and asked is not None and asked["kind"] == "text"


def _of_a_year(source: Source, place: Place, figure: Figure) -> Figure:
    """A row of a table by year: counted, taken from print, or what the rules of the grant say."""
    number = number_in(place)
    each = [
        of_measure(source, source.declarations.measure_of(column.id), figure.row, AMOUNTS, year=figure.year)
        for column in ([number] if number else numbers_of(place.table))
    ]
    all_of_them = each[0] if number else together(each, figure.year, None)
    definition = all_of_them.definition if number else figure.definition
    figure = replace(figure, definition=definition, note=all_of_them.note, comparable=all_of_them.comparable)
    if number and all(one.total and not one.municipalities for one in all_of_them.terms):
        return replace(figure, terms=all_of_them.terms, roles=frozenset())
    if figure.year not in source.members.counted_years:
        definition = sentences(definition, say("printed"))
        return replace(figure, definition=definition, printed=True, roles=frozenset({"published"}))
    return replace(
        figure,
        terms=all_of_them.terms,
        sql_municipalities=all_of_them.sql_municipalities,
        roles=all_of_them.roles,
        synthetic=all_of_them.synthetic,
    )


def _of_one(source: Source, place: Place, figure: Figure) -> Figure:
    """A row about one municipality."""
    code, number = place.row["municipality_code"], number_in(place)
    value = place.row[number.id] if number else None
    known = source.members.is_known(source.year, code)
    found = source.members.members(source.year, [(code, value)]) if known else [Member(code, code, None, None, value)]
    return replace(
        figure,
        terms=(term("listed", code, figure.row, number.kind if number else "count", found, value),),
        synthetic="returns" in figure.roles and source.members.made_up(source.year, ["unused_kr"]),
    )


def _label(table: Table, row: Mapping[str, Any]) -> Text:
    labelled = next((column for column in table.declared.column if column.kind == "label"), None)
    if labelled is not None:
        return table.declared.words(str(row[labelled.of or labelled.id]))
    return same(str(row["municipality"] if "municipality" in row else row[table.declared.key[0]]))
