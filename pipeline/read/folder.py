"""The folder of a grant year, read whole: its rules, and frames of rows for each file it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.declarations import read_declarations
from pipeline.mask import mask, unless_personal
from pipeline.paths import REPORTS
from pipeline.read.corrections import Applied, Column, Correction, Made, correct, read_corrections
from pipeline.read.names import NAMED, PLACE, named
from pipeline.read.one_by_one import read_all
from pipeline.read.problems import PROBLEMS, Problem, problem_frame, unread_columns
from pipeline.read.published import Published, published_model
from pipeline.read.returns import form_frames
from pipeline.read.roles import find_file, not_read
from pipeline.read.sheets import Sheet, read_sheet, sha256
from pipeline.read.texts import read_texts
from pipeline.read.themes import read_themes
from pipeline.read.typeface import check_printable
from pipeline.read.values import day, key_count, kronor
from pipeline.register import of_code
from pipeline.year import Year, read_model, read_year

_ALLOCATIONS: dict[str, Any] = {
    "written": pl.String,
    **NAMED,
    "amount_kr": pl.Int64,
    "amount_text": pl.String,
    "key_count": pl.Int64,
    **PLACE,
}
_REQUISITIONS: dict[str, Any] = {
    "recipient": pl.String,
    **NAMED,
    "written_code": pl.String,
    "requisitioned_kr": pl.Int64,
    "requisitioned_text": pl.String,
    "requisitioned_on": pl.Date,
    **PLACE,
}
_CORRECTIONS: dict[str, Any] = {
    "number": pl.Int64,
    "municipality_code": pl.String,
    "field": pl.String,
    "action": pl.String,
    "found": pl.String,
    "corrected": pl.String,
    "reason": pl.String,
    "who": pl.String,
    "decided_on": pl.Date,
    **PLACE,
}
_LIST = ("municipality_code", "amount_kr", "key_count")
_BESIDE = ("municipality", "rest_kr", "listed_kr")  # in the list that `allocate` makes, which may be copied here
_RECIPIENTS = ("recipient", "requisitioned_kr", "municipality_code", "requisitioned_on")


@dataclass(frozen=True)
class SourceFile:
    """A raw file: what it is, where in the data folder, its SHA-256, and the sheet of a workbook that was read."""

    role: str
    file: str
    sha256: str
    sheet: str | None = None


@dataclass(frozen=True)
class YearData:
    """All that a year folder holds. A file that is not there has no frame."""

    rules: Year
    frames: Mapping[str, pl.DataFrame]
    published: Published | None
    files: tuple[SourceFile, ...] = ()

    def has(self, frame: str) -> bool:
        """Return whether the file behind a frame is there."""
        return frame in self.frames


def read_folder(folder: Path, shown_as: str) -> YearData:
    """Read a year folder, named `shown_as` ("raw/2024") in messages and store. UserError for what cannot be read."""
    rules = read_year(folder, shown_as)
    check_printable(folder / "year.toml", f"{shown_as}/year.toml", rules.model_dump_json(exclude_none=True))
    found: dict[str, Path] = {"rules": folder / "year.toml"}
    for role in ("allocation", "recipients", "returns", "published", "corrections", "themes"):
        if path := find_file(folder, role, shown_as):
            found[role] = path
    shown = {role: f"{shown_as}/{path.name}" for role, path in found.items()}
    corrections = read_corrections(folder, shown_as, rules)
    frames = form_frames(rules, ())
    problems = list(_not_read(folder, shown_as))
    sheets: dict[str, str | None] = {}
    made = Made()
    if "allocation" in found:
        sheet = read_sheet(found["allocation"], shown["allocation"], (*_LIST, *_BESIDE))
        sheets["allocation"] = sheet.name
        sheet, here = _corrected(sheet, _whose(sheet), _LIST, corrections, "allocation")
        made.extend(here)
        frames["allocations"], problem = _allocations(sheet)
        problems.append(problem)
    if "recipients" in found:
        sheet = read_sheet(found["recipients"], shown["recipients"], _RECIPIENTS, _RECIPIENTS[:2])
        sheets["recipients"] = sheet.name
        sheet, here = _corrected(sheet, "recipient", _RECIPIENTS, corrections, "recipients")
        made.extend(here)
        frames["requisitions"], problem = _requisitions(sheet)
        problems.append(problem)
    of_returns = [correction for correction in corrections if correction.table == "returns"]
    returns = read_all(found.pop("returns", None), folder, shown_as, rules, of_returns)
    frames = frames | returns.frames
    made.extend(returns.made)
    there = {"allocation", "recipients"} & set(found) | ({"returns"} if returns.frames else set())
    of_files = [correction for correction in corrections if correction.table in there]
    problems.append(_confirming_nothing(list(made.unused(of_files, shown_as))))
    problems += [returns.frames["problems"]] if returns.frames else []
    if problems:
        frames["problems"] = pl.concat(problems)
    frames["corrections"] = _applied(made.applied)
    if "themes" in found:
        coded = read_themes(found["themes"], shown["themes"], rules)
        frames["coded"] = pl.DataFrame(coded)
        frames |= form_frames(rules, _answered(frames), coded=True)
    own = read_texts(folder, shown_as)
    if own:
        frames["texts"] = pl.DataFrame([text.row for text in own])
    published = None
    if "published" in found:
        published = read_model(found["published"], published_model(read_declarations(REPORTS)), shown["published"])
    files = [SourceFile(role, shown[role], sha256(path), sheets.get(role)) for role, path in found.items()]
    files += [SourceFile("text", f"{shown_as}/{text.file}", sha256(folder / text.file)) for text in own]
    files += [SourceFile("returns", name, sha256(path), sheet) for name, path, sheet in returns.files]
    return YearData(rules, frames, published, tuple(files))


def _corrected(
    sheet: Sheet, sender: str, columns: Sequence[str], corrections: Sequence[Correction], table: str
) -> tuple[Sheet, Made]:
    """Put in the corrections of a list: amounts mean the same however they are written."""
    there = {
        name: Column(at, lambda text: kronor(text) or text) for name in columns if (at := sheet.at(name)) is not None
    }
    return correct(sheet, sheet.require(sender), there, [one for one in corrections if one.table == table])


def _confirming_nothing(confirmations: Sequence[Correction]) -> pl.DataFrame:
    rows = [
        ("confirmation_unused", one.field, mask(one.found), None, one._source, one._number) for one in confirmations
    ]
    return pl.DataFrame(rows, PROBLEMS, orient="row")


def _not_read(folder: Path, shown_as: str) -> Iterator[pl.DataFrame]:
    for name, expected in not_read(folder):
        kind = "file_of_other_form" if expected else "file_unknown"
        yield pl.DataFrame(
            [(kind, "file", expected or mask(name), None, f"{shown_as}/{mask(name)}", None)], PROBLEMS, orient="row"
        )


def _whose(sheet: Sheet) -> str:
    """Return the column of a list that says whose the amount is: by code, or by name where there are no codes."""
    return (
        "municipality" if sheet.at("municipality_code") is None and sheet.at("municipality") is not None else _LIST[0]
    )


def _allocations(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    codes, counted = sheet.texts(sheet.require(_whose(sheet))), sheet.at("key_count")
    # Counts alone are a list whose amounts are still to be computed or decided.
    amounts = sheet.texts(sheet.require("amount_kr") if counted is None else sheet.at("amount_kr"))
    counts = sheet.texts(counted)
    records = []
    for row, code, amount, count in zip(sheet.rows, codes, amounts, counts, strict=True):
        known = of_code(code or "")
        records.append(
            {
                "written": mask(code or ""),
                **(named(code) if known is None else {"municipality_code": known.code, "outcome": "matched"}),
                "amount_kr": unless_personal(kronor, amount or ""),
                "amount_text": amount and mask(amount),
                "key_count": unless_personal(key_count, count or ""),
                "file": sheet.file,
                "row": row.number,
            }
        )
    problems = [*unread_columns(sheet, (*_LIST, *_BESIDE)), *_unreadable(sheet, "key_count", key_count)]
    return pl.DataFrame(records, schema=_ALLOCATIONS, orient="row"), problem_frame(sheet, problems)


def _answered(frames: Mapping[str, pl.DataFrame]) -> list[str]:
    questions = frames["questions"].filter(pl.col("answered"))["question"]
    return questions.to_list()


def _applied(applied: list[Applied]) -> pl.DataFrame:
    """Corrections as they were made, numbered; what was found has its personal data masked."""
    rows = [
        (
            number,
            each.municipality_code,
            each.correction.field,
            each.correction.action,
            mask(each.correction.found),
            None if each.correction.corrected is None else mask(each.correction.corrected),
            mask(each.correction.reason),
            mask(each.correction.who),
            each.correction.when,
            each.file,
            each.row,
        )
        for number, each in enumerate(applied, start=1)
    ]
    return pl.DataFrame(rows, schema=_CORRECTIONS, orient="row")


def _requisitions(sheet: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    recipients, amounts = (sheet.texts(sheet.require(name)) for name in ("recipient", "requisitioned_kr"))
    codes, days = (sheet.texts(sheet.at(name)) for name in ("municipality_code", "requisitioned_on"))
    records = [
        {
            "recipient": mask(recipient or ""),
            **named(recipient, code),
            "written_code": code and mask(code),
            "requisitioned_kr": unless_personal(kronor, amount or ""),
            "requisitioned_text": amount and mask(amount),
            "requisitioned_on": day(on or ""),
            "file": sheet.file,
            "row": row.number,
        }
        for row, recipient, amount, code, on in zip(sheet.rows, recipients, amounts, codes, days, strict=True)
    ]
    problems = [*unread_columns(sheet, _RECIPIENTS), *_unreadable(sheet, "requisitioned_on", day)]
    return pl.DataFrame(records, schema=_REQUISITIONS, orient="row"), problem_frame(sheet, problems)


def _unreadable(sheet: Sheet, column: str, read: Callable[[str], object]) -> Iterator[Problem]:
    """Cells of a column that may be missing, but are there and cannot be read. The columns of amounts have rules."""
    for row, text in zip(sheet.rows, sheet.texts(sheet.at(column)), strict=True):
        if text and unless_personal(read, text) is None:
            yield "unreadable", column, mask(text), row.number
