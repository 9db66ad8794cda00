"""Explain any address of a year's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from pipeline.explain import of_answers, of_measures, of_own
from pipeline.explain.addresses import Place, find
from pipeline.explain.explanation import Base, Explanation, File, Shown, Term, check_value
from pipeline.explain.figure import AMOUNTS, Figure, Source, column_label, number_in, sql_path, term
from pipeline.explain.members import Members
from pipeline.explain.words import say, sentences, words
from pipeline.tabulate import Declarations, Tables, left_out
from pipeline.tabulate.declare import Column


class Explainer:
    """Explains a year's numbers: `explainer("collaboration/civil_society/count")`. One open store serves thousands."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, tables: Tables, declarations: Declarations, year: int
    ) -> None:
        """Hold the open store, and the tables of the year as they were computed from it."""
        self.tables = tables
        self.year = year
        self.left_out = left_out(connection, year, declarations)
        self.source = Source(Members(connection), declarations, year)

    def __call__(self, address: str) -> Explanation:
        """Explain a cell, a row or a table.

        UserError, naming addresses near it, when there is no such address. InconsistentError when the municipalities do
        not give the number: that is never the user's fault.
        """
        place = find(self.tables, self.left_out, self.year, address)
        if place.key is None:
            return self._table(place)
        return self._cell(place, place.column) if place.column else self._row(place)

    def _cell(self, place: Place, column: Column) -> Explanation:
        cell = place.table.cell(place.key or "", column)
        figure = self._behind(place)
        free_text = of_own.is_free_text(self.source, place, column)
        if number_in(place):
            _check(place, figure, cell.value, cell.kind)
            definition = figure.definition
        elif place.table.counted or place.table.declared.by:
            definition = say("named", column=column_label(column), definition=figure.definition)
        else:
            definition = figure.definition
        return Explanation(
            address=cell.address,
            of="cell",
            column=column_label(column),
            value=None if free_text else cell.value,
            unit=cell.kind,
            definition=sentences(definition, words().frame["free_text"]) if free_text else definition,
            **self._rest(place, figure),
        )

    def _row(self, place: Place) -> Explanation:
        figure = self._behind(place)
        return Explanation(
            address=place.address,
            of="row",
            column=None,
            value=None,
            unit=None,
            definition=figure.definition,
            cells=tuple(self._shown(place)),
            **self._rest(place, figure),
        )

    def _table(self, place: Place) -> Explanation:
        """A table: all of its rows; who is in its base, or, where each row is about one municipality, all of those."""
        table = place.table
        rows = [Place(table, key) for key in table.rows]
        each = [self._behind(row) for row in rows]
        base = self._base(place)
        notes = [one.note for one in each if one.note]
        files = dict.fromkeys(file for one in each for file in self._files(one))
        own = of_answers if table.counted else of_measures if table.declared.by else of_own
        return Explanation(
            address=place.address,
            of="table",
            year=self.year,
            table=table.declared.title,
            row=None,
            column=None,
            value=None,
            unit=None,
            definition=say("table", title=table.declared.title, n=len(rows)),
            base=base,
            synthetic=any(one.synthetic for one in each),
            printed=bool(each) and all(one.printed for one in each),
            coded=any(one.coded for one in each),
            comparable=all(one.comparable for one in each),
            note=sentences(*dict.fromkeys(notes)) if notes else None,
            sql=own.table_sql(self.source, table),
            sql_municipalities=None,
            sql_file=each[0].sql_file if each else sql_path(f"{table.declared.id}.sql"),
            files=tuple(files),
            terms=self._listed(place, base),
            cells=tuple(cell for row in rows for cell in self._shown(row)),
        )

    def _behind(self, place: Place) -> Figure:
        if place.table.counted:
            return of_answers.of_answers(self.source, place)
        if place.table.declared.by:
            return of_measures.of_measures(self.source, place)
        return of_own.of_own(self.source, place)

    def _rest(self, place: Place, figure: Figure) -> dict[str, Any]:
        """What a cell and its row have in common."""
        return {
            "table": place.table.declared.title,
            "row": figure.row,
            "year": figure.year,
            "base": figure.base,
            "synthetic": figure.synthetic,
            "printed": figure.printed,
            "coded": figure.coded,
            "comparable": figure.comparable,
            "note": figure.note,
            "sql": figure.sql,
            "sql_municipalities": figure.sql_municipalities,
            "sql_file": figure.sql_file,
            "files": tuple(self._files(figure)),
            "terms": figure.terms,
        }

    def _files(self, figure: Figure) -> Iterator[File]:
        """The raw files of a figure: the rules always, corrections where what they correct is."""
        wanted = figure.roles | {"rules"} | ({"corrections"} if figure.roles & set(AMOUNTS) else set())
        if figure.is_one_file:
            wanted = figure.roles
        return (file for file in self.source.members.files[figure.year] if file.role in wanted)

    def _shown(self, place: Place) -> Iterator[Shown]:
        """The cells of a row, but for what tells it apart and answers in free text."""
        for column in place.table.declared.column:
            cell = place.table.cell(place.key or "", column)
            if column.kind not in ("key", "label"):
                free_text = of_own.is_free_text(self.source, place, column)
                yield Shown(cell.address, column_label(column), None if free_text else cell.value, cell.kind)

    def _base(self, place: Place) -> Base | None:
        declared = place.table.declared
        if not place.table.counted or declared.base is None or "year" in declared.key:
            return None
        n = len(self.source.members.in_row(place.table.counted[0], self.year, None, base=True))
        return Base(declared.base, self.source.declarations.base_words(declared.base), n)

    def _listed(self, place: Place, base: Base | None) -> tuple[Term, ...]:
        table = place.table
        if base:
            found = self.source.members.in_row(table.counted[0], self.year, None, base=True)
            return (term("base", base.id, base.label, "count", found, base.n),)
        codes = dict.fromkeys(row["municipality_code"] for row in table.rows.values() if "municipality_code" in row)
        known = [(code, None) for code in codes if self.source.members.is_known(self.year, code)]
        found = self.source.members.members(self.year, known)
        return (term("listed", table.declared.id, table.declared.title, "count", found, None),) if codes else ()


def _check(place: Place, figure: Figure, value: Any, unit: str) -> None:
    """Hold that a number is what the terms behind it give."""
    if any(term.role in ("counted", "plus") for term in figure.terms):
        one_decimal = place.column is not None and place.column.kind == "tenths" and value is not None
        base_n = figure.base.n if figure.base else None
        check_value(round(value * 10) if one_decimal else value, unit, figure.terms, base_n, place.address)
