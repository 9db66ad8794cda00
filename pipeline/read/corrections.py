"""Corrections as data: put into the cells of a table before they are read, so that no raw file is ever edited.

A correction names what it found: a value that is corrected or confirmed, or a row that does not count. One whose
`found` is no longer there is an error, so that none outlives its cause; a confirmation then confirms nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import PrivateAttr, model_validator

from pipeline.errors import TO_FILL_IN, UnreadableInputError
from pipeline.mask import mask
from pipeline.read.answers import Answers
from pipeline.read.records import SIGNED, read_records
from pipeline.read.roles import find_file
from pipeline.read.sheets import Row, Sheet
from pipeline.register import match, of_code
from pipeline.year import Identifier, Model, Year, read_model

_PARTS = re.compile(r"[;\n]")
_DECIDED = ("corrected", "ignored", "confirmed")
_FILES = {"municipality_code": "allocation", "amount_kr": "allocation", "key_count": "allocation"}
_FILES |= {"requisitioned_kr": "recipients", "requisitioned_on": "recipients"}
FIELDS = frozenset(_FILES)
"""What can be corrected besides answers to questions."""
NAME = "recipient"
Action = Literal["corrected", "ignored", "confirmed"]


class Correction(Model):
    """One decision on a value or a row: whose or where, what stood there, what holds, and who decided so, and why."""

    municipality: str | None = None
    """Its name, as it is written or as the register has it, or its code."""
    file: str | None = None
    """The file, as findings name it, with `row`: needed where the name itself is wrong, or does not tell rows apart."""
    row: int | None = None
    field: Identifier = NAME
    """A question's id, or what a list holds: requisitioned_kr, amount_kr …"""
    found: str = ""
    """What stands there; blank where nothing does."""
    corrected: str | None = None
    """What holds; blank (in TOML "", in a table a cell that says so) where nothing does."""
    ignored: bool = False
    """True when the row does not count."""
    confirmed: bool = False
    """True when the value is right, however much it stands out."""
    reason: str
    who: str
    when: date
    _number: int = PrivateAttr(0)
    _source: str = PrivateAttr("")

    @model_validator(mode="after")
    def _says_one_thing_of_one_place(self) -> Self:
        if TO_FILL_IN in (self.found, self.corrected, self.reason, self.who):
            raise ValueError(f"{TO_FILL_IN!r} is to be filled in")
        if (self.corrected is not None) + self.ignored + self.confirmed != 1:
            raise ValueError("a correction says one of corrected = …, ignored = true, confirmed = true")
        if (self.file is None) != (self.row is None) or (self.file is None and self.municipality is None):
            raise ValueError("a correction names a municipality, or a file and a row")
        if self.ignored and (self.file is None or self.field != NAME):
            raise ValueError("a row that is ignored is named by file and row, and `found` is the name in it")
        return self

    def __str__(self) -> str:
        whom = f"for {self.municipality}" if self.municipality else f"in {self.file}, row {self.row}"
        return f"correction {self._number}, of {self.field} {whom},"

    @property
    def action(self) -> Action:
        """What it does."""
        return "ignored" if self.ignored else "confirmed" if self.confirmed else "corrected"

    @property
    def table(self) -> str:
        """The table that it is about: allocation, recipients or returns."""
        named = (self.file or "").removeprefix("raw/").split("/")[-1].partition(".")[0]
        return named if named in _FILES.values() else _FILES.get(self.field, "returns")


class _Corrections(Model):
    correction: list[Correction]


@dataclass(frozen=True)
class Applied:
    """A correction that was made, and in which row of which file."""

    correction: Correction
    file: str
    row: int
    name: str
    """Whose row it is, as it is written there, corrections included."""

    @property
    def municipality_code(self) -> str:
        """The code of the municipality; the name where it is no municipality's."""
        name = self.correction.municipality or self.name
        return _code(self.name) or _code(name) or mask(name)


@dataclass(frozen=True)
class Column:
    """A column that can be corrected: its place in a table, and what a cell of it means.

    Where a cell may hold several answers, one of them can be what was found.
    """

    place: int
    meaning: Callable[[str], Any]
    has_parts: bool = False

    def corrected(self, cell: str | None, correction: Correction) -> str | None:
        """Return the cell as it holds; None when it is not what was found."""
        found, holds, given = correction.found, correction.corrected or "", cell or ""
        if self.meaning(given) == self.meaning(found):
            return holds
        parts = _PARTS.split(given) if self.has_parts and found else []
        same = [part.strip().casefold() == found.strip().casefold() for part in parts]
        return (
            ";".join(holds if is_it else part for is_it, part in zip(same, parts, strict=True)) if any(same) else None
        )


class OutlivedError(UnreadableInputError):
    """A correction that finds nothing to correct, or cannot be made."""


@dataclass
class Made:
    """What became of corrections: those that were made, and why each of the others was not."""

    applied: list[Applied] = field(default_factory=list)
    failed: dict[int, OutlivedError] = field(default_factory=dict)

    def extend(self, other: Made) -> None:
        """Add those of another file."""
        self.applied += other.applied
        self.failed |= {number: error for number, error in other.failed.items() if number not in self.failed}

    def unused(self, wanted: Sequence[Correction], file: str) -> Iterator[Correction]:
        """Yield the confirmations that confirm nothing. OutlivedError for a correction that was made nowhere."""
        made = {one.correction._number for one in self.applied}
        for correction in wanted:
            if correction._number not in made and not correction.confirmed:
                raise self.failed.get(correction._number) or outlived(file, correction, [])
            if correction._number not in made:
                yield correction


def read_corrections(folder: Path, shown_as: str, rules: Year) -> list[Correction]:
    """Read the corrections of a year folder; none when there is no file. UserError when it does not hold."""
    path = find_file(folder, "corrections", shown_as)
    if path is None:
        return []
    shown = f"{shown_as}/{path.name}"
    if path.suffix.lower() == ".toml":
        numbered = list(enumerate(read_model(path, _Corrections, shown).correction, start=1))
    else:
        numbered = list(read_records(path, shown, Correction, SIGNED, _DECIDED))
    fields = {question.id for question in rules.question}
    for number, correction in numbered:
        correction._number, correction._source = number, shown
        if correction.field not in fields | FIELDS and not correction.confirmed:
            expected = "a question of year.toml, or requisitioned_kr"
            raise UnreadableInputError(
                f"{correction} is of no field", file=shown, found=correction.field, expected=expected
            )
    return [correction for _, correction in numbered]


def correct(
    sheet: Sheet, sender: int, columns: Mapping[str, Column], wanted: Sequence[Correction]
) -> tuple[Sheet, Made]:
    """Put the corrections of a table into its cells, and leave out rows that do not count; names come first.

    `sender` is the column of names. A cell is what was found when both mean the same.
    """
    made, rows, names = Made(), list(sheet.rows), names_in(sheet, sender)
    all_columns = {**columns, NAME: Column(sender, str.casefold)}
    for correction in sorted(wanted, key=lambda one: (not one.ignored, one.field != NAME)):
        column = all_columns.get(correction.field)
        mine = [row for row in rows if is_at(sheet, row, correction, row.cells[sender], names[row.number])]
        holds = {row.number: column.corrected(row.cells[column.place], correction) for row in mine} if column else {}
        if all(cell is None for cell in holds.values()):
            there = [row.cells[column.place] if column else None for row in mine]
            made.failed[correction._number] = outlived(sheet.file, correction, there)
        for at, row in reversed(list(enumerate(rows))):
            if column and (cell := holds.get(row.number)) is not None:
                if not correction.ignored and not correction.confirmed:
                    cells = [*row.cells[: column.place], cell or None, *row.cells[column.place + 1 :]]
                    rows[at] = row = Row(row.number, cells)  # noqa: PLW2901  the same row
                made.applied.append(Applied(correction, sheet.file, row.number, row.cells[sender] or ""))
                if correction.ignored:
                    del rows[at]
    return replace(sheet, rows=tuple(rows)), made


def names_in(sheet: Sheet, sender: int) -> dict[int, str | None]:
    """Return the name in each row, by its number: a correction may call it so after the name has been corrected."""
    return {row.number: row.cells[sender] for row in sheet.rows}


def correct_options(
    sheet: Sheet,
    senders: Sequence[str | None],
    names: Mapping[int, str | None],
    answers: Answers,
    wanted: Sequence[Correction],
    meaning: Callable[[str], Any],
) -> Made:
    """Put corrections into the answers of a question that has one column an option, as `correct` does into cells.

    What was found is the texts of the options that were chosen, or a mark that could not be read.
    """
    made = Made()
    for correction in wanted:
        (_, _, (found,), _, unread), (_, _, (corrected,), _, wrong) = (
            meaning(text) for text in (correction.found, correction.corrected or "")
        )
        mine = [
            at for at, row in enumerate(sheet.rows) if is_at(sheet, row, correction, senders[at], names[row.number])
        ]
        marks = {row for _, value, row in answers.problems if value == mask(correction.found)}
        at_rows = [
            at for at in mine if sheet.rows[at].number in marks or (not unread and answers.options[at] == (found or []))
        ]
        if wrong:
            made.failed[correction._number] = OutlivedError(
                f"{correction} gives no options of the question",
                file=correction._source,
                found=correction.corrected,
                expected="texts of its options, separated by ;",
            )
            continue
        if not at_rows:
            there = ["; ".join(answers.options[at] or []) for at in mine]
            made.failed[correction._number] = outlived(sheet.file, correction, there)
        for at in at_rows:
            row = sheet.rows[at].number
            if not correction.confirmed:
                answers.options[at] = corrected or []
                answers.problems = [problem for problem in answers.problems if problem[2] != row]
            made.applied.append(Applied(correction, sheet.file, row, senders[at] or ""))
    return made


def is_at(sheet: Sheet, row: Row, correction: Correction, *names: str | None) -> bool:
    """Return whether a correction is about a row, of one of these names: file and row, and whose, as far as it says."""
    if correction.file is not None:
        place = f"/{correction.file}".casefold()
        if row.number != correction.row or not f"/{sheet.file}".casefold().endswith(place):
            return False
    return correction.municipality is None or any(_is_same(correction.municipality, name or "") for name in names)


def _is_same(whose: str, written: str) -> bool:
    return written.casefold() == whose.casefold() or (_code(whose) is not None and _code(whose) == _code(written))


def _code(written: str) -> str | None:
    known = of_code(written)
    return known.code if known else match(written).municipality_code


def outlived(file: str, correction: Correction, there: Sequence[str | None]) -> OutlivedError:
    """Return the error for a correction that finds nothing: what stands in the file instead."""
    nothing = "no row of that municipality" if correction.file is None else "no such row"
    stands = " and ".join(repr(text or "") for text in there) or nothing
    return OutlivedError(
        f"{correction} finds nothing to correct",
        file=correction._source,
        found=f"{stands} in {file}".replace("'", ""),
        expected=correction.found,
        todo="remove the correction, or say what stands there now",
    )
