"""Corrections as data: `corrections.toml`, put into a sheet's cells before they are read.

Each names what it found. One whose `found` is no longer there is an error, so that none outlives its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import PrivateAttr

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.answers import Answers
from pipeline.read.roles import find_file
from pipeline.read.sheets import Row, Sheet
from pipeline.register import match, municipalities
from pipeline.year import Identifier, Model, read_model


class Correction(Model):
    """One value that was wrong: whose, in which field, what stood there, what holds, and who decided so, and why."""

    municipality: str
    field: Identifier
    found: str
    corrected: str
    reason: str
    who: str
    when: date
    _number: int = PrivateAttr(0)

    def __str__(self) -> str:
        return f"correction {self._number}, of {self.field} for {self.municipality},"


class Corrections(Model):
    """The whole of corrections.toml."""

    correction: list[Correction]


@dataclass(frozen=True)
class Applied:
    """A correction that was made, and in which row of which file."""

    correction: Correction
    file: str
    row: int


def read_corrections(folder: Path, shown_as: str) -> list[Correction]:
    """Read corrections.toml; none when there is no such file. UserError when it does not hold."""
    path = find_file(folder, "corrections", shown_as)
    read = read_model(path, Corrections, f"{shown_as}/{path.name}").correction if path else []
    for number, correction in enumerate(read, start=1):
        correction._number = number
    return read


def correct(
    sheet: Sheet, place: int, sender: int, wanted: Sequence[Correction], meaning: Callable[[str], Any]
) -> tuple[Sheet, list[Applied]]:
    """Put corrections of one column into its cells. `sender` is the column of names; `meaning` reads a cell.

    A cell is what was found when both mean the same. UnreadableInputError for a correction that finds nothing.
    """
    applied: list[Applied] = []
    rows = list(sheet.rows)
    for correction in wanted:
        at = [
            index
            for index, row in enumerate(rows)
            if is_of(row.cells[sender] or "", correction)
            and meaning(row.cells[place] or "") == meaning(correction.found)
        ]
        if not at:
            raise outlived(
                sheet.file, correction, [row.cells[place] for row in rows if is_of(row.cells[sender] or "", correction)]
            )
        for index in at:
            cells = [*rows[index].cells[:place], correction.corrected or None, *rows[index].cells[place + 1 :]]
            rows[index] = Row(rows[index].number, cells)
            applied.append(Applied(correction, sheet.file, rows[index].number))
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
            meaning(text) for text in (correction.found, correction.corrected)
        )
        if wrong:
            raise UnreadableInputError(
                f"{correction} gives no options of the question",
                file=f"{sheet.file.rpartition('/')[0]}/corrections.toml",
                found=correction.corrected,
                expected="texts of its options, separated by ;",
            )
        of_sender = [at for at, sender in enumerate(senders) if is_of(sender or "", correction)]
        marks = {row for _, value, row in answers.problems if value == mask(correction.found)}
        at_rows = [
            at
            for at in of_sender
            if sheet.rows[at].number in marks or (not unread and answers.options[at] == (found or []))
        ]
        if not at_rows:
            raise outlived(sheet.file, correction, ["; ".join(answers.options[at] or []) for at in of_sender])
        for at in at_rows:
            answers.options[at], row = corrected or [], sheet.rows[at].number
            answers.problems = [problem for problem in answers.problems if problem[2] != row]
            applied.append(Applied(correction, sheet.file, row))
    return applied


def is_of(written: str, correction: Correction) -> bool:
    """Return whether a correction is of the municipality that a name says."""
    code = match(correction.municipality).municipality_code
    if correction.municipality in municipalities():
        code = correction.municipality
    same_name = written.casefold() == correction.municipality.casefold()
    return same_name or (code is not None and match(written).municipality_code == code)


def outlived(file: str, correction: Correction, there: Sequence[str | None]) -> UnreadableInputError:
    """Return the error for a correction that finds nothing: what stands in the file instead."""
    stands = " and ".join(repr(text or "") for text in there) or "no row of that municipality"
    return UnreadableInputError(
        f"{correction} finds nothing to correct",
        file=f"{file.rpartition('/')[0]}/corrections.toml",
        found=f"{stands} in {file}".replace("'", ""),
        expected=correction.found,
        todo="remove the correction, or say what stands there now",
    )
