"""The store, asked who is behind a number: what municipalities contribute, which files say so, what is made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import duckdb

from pipeline.declarations import Declarations, Measure
from pipeline.explain.explanation import File, Member
from pipeline.model import Text
from pipeline.store import query
from pipeline.store.rows import read_form


class Contribution(NamedTuple):
    """What a municipality (None: the grant itself) contributes to a row."""

    municipality_code: str | None
    part: int | None
    whole: int | None
    answered: int | None


Given = Mapping[tuple[str, str], Sequence[Contribution]]
"""By table and row, who contributes what."""
_CONTRIBUTED = "SELECT table_id, row, municipality_code, part, whole, answered FROM contributions WHERE year = $year"
_FILES = "SELECT year, role, file, sha256 FROM source_files ORDER BY year, file"
_GRANTS = "SELECT year, has_requisitions AND has_returns AS counted, synthetic FROM grant_years"
_QUESTIONS = """
    SELECT question, kind, asked, synthetic, comparable, note_sv, note_en FROM questions WHERE year = $year
"""
_GROUPS = "SELECT axis, code, municipality_code FROM attributes WHERE year = $year AND axis <> 'country'"
_MEMBERS = """
    SELECT m.municipality_code, m.municipality, m.region_code, g.region,
           r.file AS return_file, r.file_row AS return_row, q.file AS requisition_file, q.row AS requisition_row
    FROM municipalities AS m
    JOIN regions AS g USING (region_code)
    LEFT JOIN base_all AS r ON r.municipality_code = m.municipality_code AND r.year = $year
    LEFT JOIN (
        SELECT municipality_code, any_value(file) AS file, min(row) AS row
        FROM requisitions
        WHERE year = $year
        GROUP BY ALL
    ) AS q ON q.municipality_code = m.municipality_code
    ORDER BY g.position, m.municipality COLLATE sv
"""
_WITHOUT_RETURNS = {"year", "available_kr", "requisitioned_kr", "key_count"}
"""Amounts that no return is needed for: made-up returns do not make them so."""


class Behind:
    """What stands behind the numbers of a store. Each year is read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, declarations: Declarations) -> None:
        """Keep the connection; nothing is read of a year before it is asked for."""
        self.connection, self.declarations = connection, declarations
        self.questions = cache(self._questions)
        self.given = cache(self._given)
        self.groups = cache(self._groups)
        self.known = cache(self._known)
        self.form: Any = cache(lambda year: read_form(connection, year))
        self._member = cache(lambda year, code, value: Member(value=value, **self.known(year)[code][1]))
        self.files: dict[int, list[File]] = defaultdict(list)
        for year, *file in query(connection, _FILES).iter_rows():
            self.files[year].append(File(*file))
        grants = query(connection, _GRANTS).rows()
        self.counted_years = {year for year, counted, _ in grants if counted}
        self.synthetic = {year: set(questions) for year, _, questions in grants}

    def group(self, year: int, group: tuple[str, str]) -> set[str]:
        """Return the municipalities of a group of an axis, or of several, whose codes are joined by "-"."""
        return set[str]().union(*(self.groups(year)[group[0], code] for code in group[1].split("-")))

    def members(self, year: int, values: Iterable[tuple[str, int | None]]) -> tuple[Member, ...]:
        """Return municipalities by code, with what each contributes, from north to south."""
        known = self.known(year)
        return tuple(
            self._member(year, code, value) for code, value in sorted(values, key=lambda one: known[one[0]][0])
        )

    def made_up(self, year: int, questions: Iterable[str]) -> bool:
        """Return whether answers to any of the questions are made up, or those that decide who is in their bases."""
        asked, behind = self.questions(year), set(questions)
        for question in questions:
            behind |= self.declarations.deciding(asked[question]["asked"]) if question in asked else set()
        return bool(behind & self.synthetic.get(year, set())) or any(
            asked[question]["synthetic"] for question in questions if question in asked
        )

    def files_of(self, year: int, roles: Iterable[str]) -> tuple[File, ...]:
        """Return the raw files of a number: the rules always, corrections where what they correct is."""
        wanted = {*roles, "rules"}
        wanted |= {"corrections"} if wanted & {"recipients", "returns"} else set()
        return tuple(file for file in self.files[year] if file.role in wanted)

    def needs_returns(self, measure: Measure) -> bool:
        """Return whether answers of a return are behind a measure."""
        terms = [self.declarations.measure_of(term) for term in (*measure.terms, *measure.minus, measure.whole) if term]
        amounts = {
            name for one in terms for name in (*one.amounts, *one.stated, *one.above_zero, *one.zero, *one.missing)
        }
        bases = {one.base for one in terms if one.base}
        return bool(amounts - _WITHOUT_RETURNS or bases - {"grant", "municipalities", "recipients"})

    def remarks(self, year: int, questions: Iterable[str]) -> tuple[list[Text], bool]:
        """Return the notes on questions of a year, and whether all compare with the year before."""
        asked = [self.questions(year)[question] for question in questions if question in self.questions(year)]
        notes = [Text(sv=one["note_sv"], en=one["note_en"]) for one in asked if one["note_sv"]]
        return notes, all(one["comparable"] for one in asked)

    def _questions(self, year: int) -> Mapping[str, Mapping[str, Any]]:
        return {row["question"]: row for row in query(self.connection, _QUESTIONS, year=year).to_dicts()}

    def _given(self, year: int) -> Given:
        found: dict[tuple[str, str], list[Contribution]] = defaultdict(list)
        for table, row, *given in query(self.connection, _CONTRIBUTED, year=year).iter_rows():
            found[table, row].append(Contribution(*given))
        return found

    def _groups(self, year: int) -> Mapping[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for axis, code, municipality in query(self.connection, _GROUPS, year=year).iter_rows():
            found[axis, code].add(municipality)
        return found

    def _known(self, year: int) -> Mapping[str, tuple[int, dict[str, Any]]]:
        rows = query(self.connection, _MEMBERS, year=year).to_dicts()
        return {row["municipality_code"]: (at, row) for at, row in enumerate(rows)}
