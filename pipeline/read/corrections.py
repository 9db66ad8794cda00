"""Corrections as data: put into the cells of a table before they are read, so that no raw file is ever edited.

A correction names what it found: a value that is corrected or confirmed, or a row that does not count. One whose
`found` is no longer there is an error, so that none outlives its cause; a confirmation then confirms nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import PrivateAttr, model_validator

from pipeline.errors import TO_FILL_IN, UnreadableInputError
from pipeline.mask import mask
from pipeline.read.answers import Answers
from pipeline.read.records import read_records
from pipeline.read.roles import find_file
from pipeline.read.sheets import Row, Sheet
from pipeline.register import match, municipalities
from pipeline.year import Identifier, Model, Year, read_model

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
    found: str
    corrected: str | None = None
    """What holds; blank (in TOML: "") where nothing does."""
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
        known = self.name if self.name in municipalities() else match(self.name).municipality_code
        return known or match(name).municipality_code or mask(name)


@dataclass(frozen=True)
class Column:
    """A column that can be corrected: its place in a table, and what a cell of it means."""

    place: int
    meaning: Callable[[str], Any]


def read_corrections(folder: Path, shown_as: str, rules: Year) -> list[Correction]:
    """Read the corrections of a year folder; none when there is no file. UserError when it does not hold."""
    path = find_file(folder, "corrections", shown_as)
    if path is None:
        return []
    shown = f"{shown_as}/{path.name}"
    if path.suffix.lower() == ".toml":
        numbered = list(enumerate(read_model(path, _Corrections, shown).correction, start=1))
    else:
        numbered = list(read_records(path, shown, Correction, ("found", "reason", "who", "when"), _DECIDED))
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
) -> tuple[Sheet, list[Applied]]:
    """Put the corrections of a table into its cells, and leave out rows that do not count; names come first.

    `sender` is the column of names. A cell is what was found when both mean the same. UnreadableInputError for a
    correction that finds nothing.
    """
    applied: list[Applied] = []
    rows = list(sheet.rows)
    names = {NAME: Column(sender, lambda text: text.casefold())}
    for correction in sorted(wanted, key=lambda one: (not one.ignored, one.field != NAME)):
        column = {**columns, **names}.get(correction.field)
        mine = [row for row in rows if is_at(sheet, row, row.cells[sender], correction)]
        meant = column.meaning(correction.found) if column else None
        found = [row for row in mine if column and column.meaning(row.cells[column.place] or "") == meant]
        if not found and not correction.confirmed:
            raise outlived(sheet.file, correction, [row.cells[column.place] if column else None for row in mine])
        for row in found:
            assert column  # noqa: S101  it was found there
            at = rows.index(row)
            if correction.ignored:
                del rows[at]
            elif not correction.confirmed:
                cells = [*row.cells[: column.place], correction.corrected or None, *row.cells[column.place + 1 :]]
                rows[at] = Row(row.number, cells)
            name = row.cells[sender] if correction.ignored else rows[at].cells[sender]
            applied.append(Applied(correction, sheet.file, row.number, name or ""))
    return replace(sheet, rows=tuple(rows)), applied


def correct_options(
    sheet: Sheet,
    senders: Sequence[str | None],
    answers: Answers,
    wanted: Sequence[Correction],
    meaning: Callable[[str], Any],
) -> list[Applied]:
    """Put corrections into the answers of a question that has one column an option, as `correct` does into cells.

    What was found is the texts of the options that were chosen, or a mark that could not be read.
    """
    applied: list[Applied] = []
    for correction in wanted:
        (_, _, (found,), _, unread), (_, _, (corrected,), _, wrong) = (
            meaning(text) for text in (correction.found, correction.corrected or "")
        )
        if wrong:
            raise UnreadableInputError(
                f"{correction} gives no options of the question",
                file=correction._source,
                found=correction.corrected,
                expected="texts of its options, separated by ;",
            )
        mine = [at for at, name in enumerate(senders) if is_at(sheet, sheet.rows[at], name, correction)]
        marks = {row for _, value, row in answers.problems if value == mask(correction.found)}
        at_rows = [
            at for at in mine if sheet.rows[at].number in marks or (not unread and answers.options[at] == (found or []))
        ]
        if not at_rows and not correction.confirmed:
            raise outlived(sheet.file, correction, ["; ".join(answers.options[at] or []) for at in mine])
        for at in at_rows:
            row = sheet.rows[at].number
            if not correction.confirmed:
                answers.options[at] = corrected or []
                answers.problems = [problem for problem in answers.problems if problem[2] != row]
            applied.append(Applied(correction, sheet.file, row, senders[at] or ""))
    return applied


def is_about(sheet: Sheet, correction: Correction, senders: Sequence[str | None]) -> bool:
    """Return whether a correction is about a row of this file."""
    return any(is_at(sheet, row, name, correction) for row, name in zip(sheet.rows, senders, strict=True))


def is_at(sheet: Sheet, row: Row, name: str | None, correction: Correction) -> bool:
    """Return whether a correction is about a row, which gives this name."""
    if correction.file is not None:
        place = f"/{correction.file}".casefold()
        return row.number == correction.row and f"/{sheet.file}".casefold().endswith(place)
    whose, written = correction.municipality or "", name or ""
    code = whose if whose in municipalities() else match(whose).municipality_code
    return written.casefold() == whose.casefold() or (code is not None and match(written).municipality_code == code)


def outlived(file: str, correction: Correction, there: Sequence[str | None]) -> UnreadableInputError:
    """Return the error for a correction that finds nothing: what stands in the file instead."""
    nothing = "no row of that municipality" if correction.file is None else "no such row"
    stands = " and ".join(repr(text or "") for text in there) or nothing
    return UnreadableInputError(
        f"{correction} finds nothing to correct",
        file=correction._source,
        found=f"{stands} in {file}".replace("'", ""),
        expected=correction.found,
        todo="remove the correction, or say what stands there now",
    )
