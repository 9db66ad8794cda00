"""The store, asked who is behind a number: what municipalities contribute, which files say so, what is made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from pipeline.declarations import Declarations, Measure
from pipeline.explain.addresses import Group, Who
from pipeline.explain.explanation import Member, RawFile
from pipeline.model import Text
from pipeline.store import query
from pipeline.store.rows import read_form

_CONTRIBUTED = "SELECT table_id, row, municipality_code, part, whole, answered FROM contributions WHERE year = $year"
_FILES = "SELECT year, role, file, sha256 FROM source_files ORDER BY year, file"
_GRANTS = "SELECT year, has_requisitions AND has_returns AS counted, synthetic FROM grant_years"
_QUESTIONS = """
    SELECT question, kind, asked, synthetic, comparable, note_sv, note_en FROM questions WHERE year = $year
"""
_GROUPS = """
    SELECT axis, code, list(municipality_code) AS members FROM attributes
    WHERE year = $year AND axis <> 'country' GROUP BY ALL
"""
_MEMBERS = Path(__file__).with_name("members.sql")
_WITHOUT_RETURNS = {"year", "available_kr", "requisitioned_kr", "key_count"}
"""Amounts that no return is needed for: made-up returns do not make them so."""


class Contribution(NamedTuple):
    """What a municipality (or the grant itself) contributes to a row."""

    part: int | None
    whole: int | None
    answered: int | None


class Behind:
    """What stands behind the numbers of a store. Each year is read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, declarations: Declarations) -> None:
        """Keep the connection; little is read of a year before it is asked for."""
        self.connection, self.declarations = connection, declarations
        self.questions = cache(lambda year: {one["question"]: one for one in self._rows(_QUESTIONS, year)})
        self.known = cache(lambda year: {one["municipality_code"]: one for one in self._rows(_MEMBERS, year)})
        """The municipalities of a year by code, from north to south."""
        self.form: Any = cache(lambda year: read_form(connection, year))
        self._order = cache(lambda year: {code: at for at, code in enumerate(self.known(year))})
        self._groups = cache(lambda year: {(one["axis"], one["code"]): one for one in self._rows(_GROUPS, year)})
        self._member = cache(lambda year, code, value: Member(value=value, **self.known(year)[code]))
        self.given, self.counted = cache(self._given), cache(self._counted)
        self.files: dict[int, list[RawFile]] = defaultdict(list)
        for year, *file in query(connection, _FILES).iter_rows():
            self.files[year].append(RawFile(*file))
        grants = query(connection, _GRANTS).rows()
        self.counted_years = {year for year, counted, _ in grants if counted}
        self.synthetic = {year: set(questions) for year, _, questions in grants}

    def _rows(self, sql: str | Path, year: int) -> list[dict[str, Any]]:
        statement = sql.read_text("utf-8") if isinstance(sql, Path) else sql
        return query(self.connection, statement, year=year).to_dicts()

    def group(self, year: int, group: Group) -> set[str]:
        """Return the municipalities of a group of an axis, or of several, whose codes are joined by "-"."""
        groups, codes = self._groups(year), group[1].split("-")
        return set[str]().union(*(groups[group[0], code]["members"] for code in codes if (group[0], code) in groups))

    def members(self, year: int, values: Iterable[tuple[str, int | None]]) -> tuple[Member, ...]:
        """Return municipalities by code, with what each contributes, from north to south."""
        order = self._order(year)
        return tuple(self._member(year, code, value) for code, value in sorted(values, key=lambda one: order[one[0]]))

    def _counted(self, year: int, row: tuple[str, str], group: Group | None, who: Who) -> tuple[Member, ...]:
        """Return who is counted in a row of a table of answers, or who is in its base or has answered."""
        given = self.given(year).get(row, {})
        here = self.group(year, group) & given.keys() if group else given.keys()
        return self.members(year, ((code, 1) for code in here if code and getattr(given[code], who)))

    def made_up(self, year: int, questions: Iterable[str]) -> bool:
        """Return whether answers to any of the questions are made up, or those that decide who is in their bases."""
        asked = {one: self.questions(year)[one] for one in questions if one in self.questions(year)}
        behind = set(questions).union(*(self.declarations.deciding(one["asked"]) for one in asked.values()))
        return bool(behind & self.synthetic.get(year, set())) or any(one["synthetic"] for one in asked.values())

    def files_of(self, year: int, roles: Iterable[str]) -> tuple[RawFile, ...]:
        """Return the raw files of a number: the rules always, corrections where what they correct is."""
        wanted = {*roles, "rules"}
        wanted |= {"corrections"} if wanted & {"recipients", "returns"} else set()
        return tuple(file for file in self.files[year] if file.role in wanted)

    def needs_returns(self, measure: Measure) -> bool:
        """Return whether answers of a return are behind a measure."""
        terms = [self.declarations.measure_of(term) for term in (*measure.terms, *measure.minus, measure.whole) if term]
        parts = ([*one.amounts, *one.stated, *one.above_zero, *one.zero, *one.missing] for one in terms)
        bases = {one.base for one in terms if one.base}
        return bool(set[str]().union(*parts) - _WITHOUT_RETURNS or bases - {"grant", "municipalities", "recipients"})

    def remarks(self, year: int, questions: Iterable[str]) -> tuple[list[Text], bool]:
        """Return the notes on questions of a year, and whether all compare with the year before."""
        asked = [self.questions(year)[question] for question in questions if question in self.questions(year)]
        notes = [note for one in asked if (note := Text.of(one, "note"))]
        return notes, all(one["comparable"] for one in asked)

    def _given(self, year: int) -> Mapping[tuple[str, str], Mapping[str | None, Contribution]]:
        """Return by table and row what each municipality contributes, and what the grant itself does (None)."""
        found: dict[tuple[str, str], dict[str | None, Contribution]] = defaultdict(dict)
        for table, row, code, *given in query(self.connection, _CONTRIBUTED, year=year).iter_rows():
            found[table, row][code] = Contribution(*given)
        return found
