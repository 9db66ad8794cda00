"""Who is behind a number: rows of the store's views `counted_answers` and `measured`, read once a year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from pipeline.explain.explanation import File, Member
from pipeline.explain.words import sentences
from pipeline.model import Text
from pipeline.store import query
from pipeline.tabulate import CountedRow
from pipeline.tabulate.answers import Form

_ANSWERED = """
    SELECT question, municipality_code, region_code, options FROM counted_answers WHERE year = $year
"""
_MEASURED = "SELECT measure, municipality_code, region_code, value FROM measured WHERE year = $year"
_FILES = "SELECT year, role, file, sha256 FROM source_files ORDER BY year, file"
_GRANTS = "SELECT year, has_requisitions AND has_returns AS counted, synthetic FROM grant_years"
_QUESTIONS = """
    SELECT question, kind, asked, synthetic, comparable, note_sv, note_en FROM questions WHERE year = $year
"""
RESTS_ON = {"used": {"unused_kr"}, "unused": {"unused_kr"}, "talks_held": {"unused_kr", "talks_held"}}
"""Whose answers decide who is in a base (store/views.sql)."""
_MEMBERS = (Path(__file__).parent / "members.sql").read_text(encoding="utf-8")


class Added(NamedTuple):
    """What somebody adds to a measure; nobody (None) where the rules of the grant do."""

    municipality_code: str | None
    region_code: str | None
    value: int


class Members:
    """The store, asked who is behind a number. Each of its views is read once a year."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Hold a connection to the store; nothing is read before it is asked for."""
        self.connection = connection
        self.form = cache(lambda year: Form(connection, year))
        self.questions = cache(self._questions)
        self.measured = cache(self._measured)
        self._answered = cache(self._answered_in)
        self._known = cache(self._known_in)
        self._member = cache(self._member_of)
        self.files: dict[int, list[File]] = defaultdict(list)
        for year, *file in query(connection, _FILES).iter_rows():
            self.files[year].append(File(*file))
        grants = query(connection, _GRANTS).rows()
        self.counted_years = {year for year, counted, _ in grants if counted}
        self.synthetic = {year: set(questions) for year, _, questions in grants}

    def in_row(self, row: CountedRow, year: int, region: str | None, *, base: bool = False) -> list[Member]:
        """Give who is counted in a row of a table of answers, or its base, from north to south."""
        wanted = set(row.any_of)
        codes = [
            code
            for code, at, options in self._answered(year).get(row.question, ())
            if region in (None, at) and (base or not wanted.isdisjoint(options))
        ]
        return self.members(year, ((code, 1) for code in codes))

    def adding(self, measure: str, year: int, region: str | None) -> tuple[int, list[Member]]:
        """Give the total of a measure that is in no other, and who adds to it."""
        rows = [row for row in self.measured(year).get(measure, ()) if region in (None, row.region_code)]
        found = self.members(year, ((row.municipality_code, row.value) for row in rows if row.municipality_code))
        return sum(row.value for row in rows), found

    def members(self, year: int, values: Iterable[tuple[str, int | None]]) -> list[Member]:
        """Give municipalities by code, with what each adds, from north to south."""
        order = self._known(year)[1]
        found = sorted(values, key=lambda each: order[each[0]])
        return [self._member(year, code, value) for code, value in found]

    def made_up(self, year: int, questions: Iterable[str]) -> bool:
        """Tell whether answers to any of the questions are made up, or those that decide who is in their bases."""
        asked = self.questions(year)
        behind = set(questions)
        for question in questions:
            behind |= RESTS_ON.get(asked[question]["asked"], set()) if question in asked else set()
        return bool(behind & self.synthetic.get(year, set())) or any(
            asked[question]["synthetic"] for question in questions if question in asked
        )

    def remarks(self, year: int, questions: Iterable[str]) -> tuple[Text | None, bool]:
        """Give the notes on questions of a year, and whether all compare with the year before."""
        asked = [self.questions(year)[each] for each in questions if each in self.questions(year)]
        notes = [Text(sv=each["note_sv"], en=each["note_en"]) for each in asked if each["note_sv"]]
        return sentences(*notes) if notes else None, all(each["comparable"] for each in asked)

    def is_known(self, year: int, code: str) -> bool:
        """Tell whether there is a municipality of a code."""
        return code in self._known(year)[1]

    def _member_of(self, year: int, code: str, value: int | None) -> Member:
        return Member(value=value, **self._known(year)[0][code])

    def _known_in(self, year: int) -> tuple[Mapping[str, dict[str, Any]], Mapping[str, int]]:
        rows = query(self.connection, _MEMBERS, year=year).to_dicts()
        return {row["municipality_code"]: row for row in rows}, {
            row["municipality_code"]: at for at, row in enumerate(rows)
        }

    def _answered_in(self, year: int) -> Mapping[str, list[tuple[str, str, list[str]]]]:
        found: dict[str, list[tuple[str, str, list[str]]]] = defaultdict(list)
        for question, code, region, options in query(self.connection, _ANSWERED, year=year).iter_rows():
            found[question].append((code, region, options))
        return found

    def _measured(self, year: int) -> Mapping[str, list[Added]]:
        found: dict[str, list[Added]] = defaultdict(list)
        for measure, *added in query(self.connection, _MEASURED, year=year).iter_rows():
            found[measure].append(Added(*added))
        return found

    def _questions(self, year: int) -> Mapping[str, dict[str, Any]]:
        return {row["question"]: row for row in query(self.connection, _QUESTIONS, year=year).to_dicts()}
