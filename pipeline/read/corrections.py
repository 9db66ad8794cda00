"""Corrections as data: put into the cells of a table before they are read, so that no raw file is ever edited.

One whose `found` is no longer there is an error, so that none outlives its cause; a confirmation then confirms nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Self

import polars as pl
from pydantic import PrivateAttr, model_validator

from pipeline.errors import TO_FILL_IN, UnreadableInputError
from pipeline.mask import mask
from pipeline.model import Identifier, Model, read_model
from pipeline.read.answers import Answers, meaning_of
from pipeline.read.records import SIGNED, read_records
from pipeline.read.roles import find_file
from pipeline.read.sheets import PLACE, Row, Sheet
from pipeline.register import match, of_code
from pipeline.year import Year

CORRECTIONS: dict[str, Any] = {
    "number": pl.Int64,
    **dict.fromkeys(("municipality_code", "field", "action", "found", "corrected", "reason", "who"), pl.String),
    "decided_on": pl.Date,
    **PLACE,
}  # the columns of the store's table of corrections that were made
_FILES = dict.fromkeys(("municipality_code", "amount_kr", "key_count"), "allocation")
_FILES |= dict.fromkeys(("requisitioned_kr", "requisitioned_on"), "recipients")
FIELDS = frozenset(_FILES)  # what can be corrected besides answers to questions
NAME = "recipient"
_PARTS = re.compile(r"[;\n]")
_DECIDED = ("corrected", "ignored", "confirmed")  # of a row that is decided on


class Correction(Model):
    """One decision on a value or a row: whose or where, what stood there, what holds, and who decided so, and why."""

    municipality: str | None = None  # its name, as it is written or as the register has it, or its code
    file: str | None = None
    """The file, as findings name it, with `row`: needed where the name itself is wrong, or does not tell rows apart."""
    row: int | None = None
    field: Identifier = NAME  # a question's id, or what a list holds: requisitioned_kr, amount_kr …
    found: str = ""  # what stands there; blank where nothing does
    corrected: str | None = None  # what holds; blank (in TOML "", in a table a cell that says so) where nothing does
    ignored: bool = False  # true when the row does not count
    confirmed: bool = False  # true when the value is right, however much it stands out
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
    def table(self) -> str:
        """The table that it is about: allocation, recipients or returns."""
        named = (self.file or "").removeprefix("raw/").split("/")[-1].partition(".")[0]
        return named if named in _FILES.values() else _FILES.get(self.field, "returns")

    def is_at(self, sheet: Sheet, row: Row, *names: str | None) -> bool:
        """Return whether it is about a row, of one of these names: file and row, and whose, as far as it says."""
        is_file = self.file is None or f"/{sheet.file}".casefold().endswith(f"/{self.file}".casefold())
        if not is_file or self.row not in (None, row.number):
            return False
        if self.municipality is None:
            return True
        code, written = _code(self.municipality), [name or "" for name in names]
        return any(one.casefold() == self.municipality.casefold() or (code and code == _code(one)) for one in written)


class _Corrections(Model):
    correction: list[Correction]


Corrections = Sequence[Correction]


class Correctable(NamedTuple):
    """A column that can be corrected, and what a cell of it means. With `has_parts`, one of several answers can be
    found."""

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
        made = [holds if is_it else part for is_it, part in zip(same, parts, strict=True)]
        return ";".join(made) if any(same) else None


@dataclass
class Made:
    """What became of corrections: those that were made, as rows of the store, and why each of the others was not."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[int, UnreadableInputError] = field(default_factory=dict)

    def extend(self, other: Self) -> None:
        """Add those of another file."""
        self.rows += other.rows
        self.failed = other.failed | self.failed

    def add(self, one: Correction, file: str, row: int, name: str | None) -> None:
        """Add one that was made in a row of a file; `name` is the one written there, corrections included."""
        whose = _code(name or "") or _code(one.municipality or name or "") or mask(one.municipality or name or "")
        action = "ignored" if one.ignored else "confirmed" if one.confirmed else "corrected"
        texts = {"found": one.found, "corrected": one.corrected, "reason": one.reason, "who": one.who}
        what = {"municipality_code": whose, "field": one.field, "action": action, "decided_on": one.when}
        masked = {column: text if text is None else mask(text) for column, text in texts.items()}
        self.rows.append({"correction": one._number, **what, **masked, "file": file, "row": row})

    def unused(self, wanted: Sequence[Correction], file: str) -> Iterator[Correction]:
        """Yield the confirmations that confirm nothing. UnreadableInputError for a correction that was made nowhere."""
        made = {row["correction"] for row in self.rows}
        for correction in wanted:
            if correction._number not in made:
                if not correction.confirmed:
                    raise self.failed.get(correction._number) or _outlived(file, correction, [])
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
    known = {question.id for question in rules.question} | FIELDS
    for number, one in numbered:
        one._number, one._source = number, shown
        if one.field not in known and not one.confirmed:
            expected = "a question of year.toml, or requisitioned_kr"
            raise UnreadableInputError(f"{one} is of no field", file=shown, found=one.field, expected=expected)
    return [correction for _, correction in numbered]


def correct(sheet: Sheet, sender: int, columns: Mapping[str, Correctable], wanted: Corrections) -> tuple[Sheet, Made]:
    """Put corrections into the cells of a table, names in the column `sender` first; rows that do not count go."""
    made, rows, names = Made(), list(sheet.rows), names_in(sheet, sender)
    for one in sorted(wanted, key=lambda one: (not one.ignored, one.field != NAME)):
        column = Correctable(sender, str.casefold) if one.field == NAME else columns.get(one.field)
        mine = [at for at, row in enumerate(rows) if one.is_at(sheet, row, row.cells[sender], names[row.number])]
        cells = {at: rows[at].cells[column.place] if column else None for at in mine}
        holds = {at: column.corrected(cell, one) if column else None for at, cell in cells.items()}
        if all(cell is None for cell in holds.values()):
            made.failed[one._number] = _outlived(sheet.file, one, [*cells.values()])
        for at, cell in reversed(holds.items()):
            if column and cell is not None:
                row = rows[at]
                if not one.ignored and not one.confirmed:
                    corrected = [*row.cells[: column.place], cell or None, *row.cells[column.place + 1 :]]
                    rows[at] = row = Row(row.number, corrected)
                made.add(one, sheet.file, row.number, row.cells[sender])
                if one.ignored:
                    del rows[at]
    return replace(sheet, rows=tuple(rows)), made


def names_in(sheet: Sheet, sender: int) -> Mapping[int, str | None]:
    """Return the name in each row, by its number: a correction may call it so after the name has been corrected."""
    return {row.number: row.cells[sender] for row in sheet.rows}


def correct_options(
    sheet: Sheet, sender: int, names: Mapping[int, str | None], answers: Answers, wanted: Corrections
) -> Made:
    """Put corrections into answers with a column an option: what was found is options' texts, or an unread mark."""
    made, values, meaning = Made(), answers.values, meaning_of(answers.question)
    for one in wanted:
        found, holds = meaning(one.found), meaning(one.corrected or "")
        marks = {row for _, value, row in answers.problems if value == mask(one.found)}
        mine = [at for at, row in enumerate(sheet.rows) if one.is_at(sheet, row, row.cells[sender], names[row.number])]
        found_at = [at for at in mine if not found.problems and values[at] == found.value]
        same = [at for at in mine if at in found_at or sheet.rows[at].number in marks]
        if holds.problems:
            problem, expected = f"{one} gives no options of the question", "texts of its options, separated by ;"
            at_it: dict[str, Any] = {"file": one._source, "found": one.corrected, "expected": expected}
            made.failed[one._number], same = UnreadableInputError(problem, **at_it), []
        elif not same:
            made.failed[one._number] = _outlived(sheet.file, one, ["; ".join(values[at]) for at in mine])
        for at in same:
            row = sheet.rows[at]
            if not one.confirmed:
                values[at] = holds.value
                answers.problems = [problem for problem in answers.problems if problem[2] != row.number]
            made.add(one, sheet.file, row.number, row.cells[sender])
    return made


def _code(written: str) -> str | None:
    known = of_code(written)
    return known.code if known else match(written).municipality_code


def _outlived(file: str, one: Correction, there: Sequence[str | None]) -> UnreadableInputError:
    """Return the error for a correction that finds nothing: what stands in the file instead."""
    nothing = "no row of that municipality" if one.file is None else "no such row"
    found = f"{' and '.join(repr(text or '') for text in there) or nothing} in {file}".replace("'", "")
    place: dict[str, Any] = {"file": one._source, "found": found, "expected": one.found}
    todo = "remove the correction, or say what stands there now"
    return UnreadableInputError(f"{one} finds nothing to correct", **place, todo=todo)
