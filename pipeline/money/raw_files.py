"""What only this room reads of a year folder: the key's counts, who wants more, and decisions of the agency.

A claim (återkrav) is decided after the agency's review, on one of the year's grounds that rest on such a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask, unless_personal
from pipeline.model import Identifier, Model, read_model
from pipeline.read import YearData
from pipeline.read.records import read_records
from pipeline.read.roles import find_file
from pipeline.read.sheets import read_sheet
from pipeline.read.values import kronor
from pipeline.register import match, municipalities
from pipeline.year import Year

DECISIONS = "decisions"
DECISION_COLUMNS = ("municipality", "reason", "who", "when")
_MORE = ("municipality", "wanted_kr")
_NOT_KNOWN = "no municipality that we know"
_Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Words = Annotated[_Name, AfterValidator(mask)]


class _Decision(Model):
    municipality: _Name
    """Its name or its code."""
    reason: _Words
    """Why, as the municipality is told."""
    who: _Words
    """Who decided."""
    when: date
    """The day of the decision."""


class Claim(_Decision):
    """A claim on one municipality."""

    ground: Identifier
    """One of the year's grounds that rest on the agency."""
    amount_kr: Annotated[int, Field(gt=0)]
    """What is claimed, in whole kronor: all that was used, or part of it."""


class _Extension(_Decision):
    until: date
    """The last day of the municipality to send in its return."""


class _Decisions(Model):
    decision: list[Claim] = []
    extension: list[_Extension] = []


class DecisionRow(_Decision):
    """A decision as a row of a table: a claim, with ground and amount, or an extension, with its last day."""

    ground: Identifier | None = None
    amount_kr: Annotated[int, Field(gt=0)] | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.until is None) == (self.ground is None) or (self.ground is None) != (self.amount_kr is None):
            raise ValueError("a row says ground and amount_kr of a claim, or until, the last day of a longer time")
        return self


@dataclass(frozen=True)
class Decided:
    """All decisions of a year, by the code of the municipality."""

    file: str
    claims: Mapping[str, Sequence[Claim]]
    last_days: Mapping[str, date]


def read_decisions(folder: Path, shown_as: str, rules: Year) -> Decided | None:
    """Read the decisions of a year folder; None when there is no file. UserError when it does not hold."""
    path, grant = find_file(folder, DECISIONS, shown_as), rules.grant
    if path is None:
        return None
    file = f"{shown_as}/{path.name}"
    read = read_model(path, _Decisions, file) if path.suffix.lower() == ".toml" else _from_table(path, file)
    claims: dict[str, list[Claim]] = defaultdict(list)
    last_days: dict[str, date] = {}

    def refuse(problem: str, found: object, expected: str, todo: str | None = None) -> NoReturn:
        raise UnreadableInputError(f"key {problem}", file=file, found=str(found), expected=expected, todo=todo)

    def concerned(decision: _Decision, key: str) -> str:
        code = code_of(decision.municipality, f"key {key}.municipality: {_NOT_KNOWN}", file=file)
        if grant.use_from and decision.when < grant.use_from:
            refuse(f"{key}.when: decided before the money could be used", decision.when, f"{grant.use_from} or later")
        return code

    for at, claim in enumerate(read.decision, start=1):
        key, code = f"decision.{at}", concerned(claim, f"decision.{at}")
        rests_on = {ground.id: ground.rests_on for ground in grant.ground}
        decided = [ground for ground, what in rests_on.items() if what == "agency"]
        if claim.ground not in decided:
            follows = "a ground that follows from the return and is not decided"
            problem = follows if claim.ground in rests_on else "no ground of this grant year"
            there = " or ".join(decided) or "a ground in year.toml that rests on the agency; there is none"
            refuse(f"{key}.ground: {problem}", claim.ground, there)
        if claim.ground in [other.ground for other in claims[code]]:
            twice = f"{claim.municipality}, {claim.ground}"
            refuse(
                f"{key}: a second claim on the same ground", twice, "one claim a municipality and ground", "add them up"
            )
        claims[code].append(claim)
    for at, extension in enumerate(read.extension, start=1):
        key, code, who = f"extension.{at}", concerned(extension, f"extension.{at}"), extension.municipality
        if code in last_days:
            refuse(f"{key}: longer time for the same municipality twice", who, "one extension a municipality")
        if grant.return_by is None:
            refuse(f"{key}: longer time, but the year has no last day for returns", who, "return_by in year.toml")
        if extension.until <= grant.return_by:
            refuse(f"{key}.until: no longer time", extension.until, f"a day after return_by {grant.return_by}")
        last_days[code] = extension.until
    return Decided(file, claims, last_days)


def _from_table(path: Path, file: str) -> _Decisions:
    claims, extensions = list[Claim](), list[_Extension]()
    for _, row in read_records(path, file, DecisionRow, DECISION_COLUMNS, ("ground", "amount_kr", "until")):
        given = row.model_dump(exclude_none=True)
        if row.until:
            extensions.append(_Extension(**given))
        else:
            claims.append(Claim(**given))
    return _Decisions(decision=claims, extension=extensions)


def read_counts(data: YearData, shown_as: str) -> dict[str, int]:
    """Return the key's counts of a year folder, named `shown_as`, by municipality code. Its amounts are not looked at.

    UnreadableInputError for the first row without a count, of no municipality, or of one that stands twice, and when
    the counts of all municipalities are there but do not add up to the key's `total_count`.
    """
    file, key = f"{shown_as}/allocation.csv", data.rules.grant.key
    if not data.has("allocations"):
        raise UnreadableInputError("file is missing", file=file, todo="add it, with municipality_code and key_count")
    problems = data.frames["problems"].filter(file=file, field="key_count")
    unread: dict[int, str] = dict(problems.select("row", "value").iter_rows())
    rows = data.frames["allocations"].select("row", "written", "municipality_code", "key_count")
    if rows["key_count"].null_count() == len(rows) and not unread:
        expected = "the key's count of each municipality"
        raise UnreadableInputError("there are no counts", file=file, column="key_count", expected=expected)
    counts: dict[str, int] = {}
    for row, written, code, count in rows.iter_rows():
        place: dict[str, Any] = {"file": file, "row": row, "column": "municipality_code", "found": written}
        if code is None:
            raise UnreadableInputError("no municipality code", **place, expected="four digits such as 0114")
        if code in counts:
            raise UnreadableInputError("the municipality stands twice", **place, expected="one row for each")
        if count is None:
            place |= {"column": "key_count", "found": unread.get(row, "")}
            raise UnreadableInputError(f"no count of {name_of(code)}", **place, expected="a whole number, 0 or more")
        counts[code] = count
    if key and key.total_count and len(counts) == len(municipalities()) and sum(counts.values()) != key.total_count:
        place = {"file": file, "column": "key_count", "found": sum(counts.values())}
        expected = f"a sum of {key.total_count}, the total_count in year.toml"
        raise UnreadableInputError("the counts of all municipalities are not the total", **place, expected=expected)
    return counts


def read_wanted(path: Path, shown_as: str) -> dict[str, int]:
    """Read more.csv: `municipality` (name or code) and `wanted_kr`, the most it wants beyond what it got, by code.

    UnreadableInputError for a municipality that is not known or stands twice, and an amount that cannot be read.
    """
    sheet = read_sheet(path, shown_as, _MORE)
    names, amounts = (sheet.texts(sheet.require(column)) for column in _MORE)
    wanted: dict[str, int] = {}
    for row, name, amount in zip(sheet.rows, names, amounts, strict=True):
        place: dict[str, Any] = {"file": sheet.file, "row": row.number}
        code = code_of(name or "", **place, column="municipality")
        if code in wanted:
            place |= {"column": "municipality", "found": name or ""}
            raise UnreadableInputError("the municipality stands twice", **place, todo="keep one row")
        kr = unless_personal(kronor, amount or "")
        if kr is None:
            place |= {"column": "wanted_kr", "found": amount or ""}
            raise UnreadableInputError("cannot be read", **place, expected="whole kronor, 0 or more")
        wanted[code] = kr
    return wanted


def name_of(code: str) -> str:
    """Return the name of a municipality for a message; a code that is none stays as it is."""
    known = municipalities().get(code)
    return known.name if known else code


def code_of(written: str, problem: str = _NOT_KNOWN, **place: Any) -> str:
    """Return the code of a municipality that is written by name or code.

    UnreadableInputError, naming the place (file, row, column) and what it may have meant, when it is neither.
    """
    found = match(written)
    code = written.zfill(4) if written.zfill(4) in municipalities() else found.municipality_code
    if code is None:
        todo = f"did you mean {' or '.join(found.suggestions)}?" if found.suggestions else None
        expected = "the name or code of a municipality"
        raise UnreadableInputError(problem, **place, found=written, expected=expected, todo=todo)
    return code
