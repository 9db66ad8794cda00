"""The folder of a grant year, read whole: its rules, and one frame of rows for each file it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.read.published import Published
from pipeline.read.sheets import Row, Sheet, read_sheet, sha256
from pipeline.read.values import day, kronor
from pipeline.register import match, municipalities
from pipeline.year import Year, read_model, read_year

_PLACE = {"file": pl.String, "row": pl.Int64}
_NAMED = {"municipality_code": pl.String, "outcome": pl.String, "suggestion": pl.String}

FRAMES: Mapping[str, Mapping[str, Any]] = {
    "allocations": {
        "written": pl.String,
        **_NAMED,
        "amount_kr": pl.Int64,
        "amount_text": pl.String,
        "key_count": pl.Int64,
        **_PLACE,
    },
    "requisitions": {
        "recipient": pl.String,
        **_NAMED,
        "requisitioned_kr": pl.Int64,
        "requisitioned_text": pl.String,
        "requisitioned_on": pl.Date,
        **_PLACE,
    },
    "returns": {"recipient": pl.String, **_NAMED, "submitted_on": pl.Date, **_PLACE},
    "answers": {"question": pl.String, "amount": pl.Int64, "text": pl.String, "row": pl.Int64},
}
"""Columns of each frame, as the store has them (there with the year before them)."""


@dataclass(frozen=True)
class SourceFile:
    """A raw file: what it is, where in the data folder, and its SHA-256."""

    role: str
    file: str
    sha256: str


@dataclass(frozen=True)
class YearData:
    """All that a year folder holds. A file that is not there has no frame."""

    rules: Year
    frames: Mapping[str, pl.DataFrame]
    published: Published | None
    files: tuple[SourceFile, ...] = field(default=())

    def has(self, frame: str) -> bool:
        """Tell whether the file behind a frame is there."""
        return frame in self.frames


def read_folder(folder: Path, shown_as: str) -> YearData:
    """Read a year folder, named `shown_as` ("raw/2024") in messages and store. UserError for what cannot be read."""
    rules = read_year(folder, shown_as)
    found: dict[str, Path] = {"rules": folder / "year.toml"}
    for role in ("allocation", "recipients", "returns", "published"):
        path = _find(folder, role, shown_as)
        if path:
            found[role] = path
    shown = {role: f"{shown_as}/{path.name}" for role, path in found.items()}
    frames: dict[str, pl.DataFrame] = {}
    if "allocation" in found:
        sheet = read_sheet(
            found["allocation"],
            shown["allocation"],
            required=("municipality_code", "amount_kr"),
            optional=("key_count",),
        )
        frames["allocations"] = _frame("allocations", sheet, _allocation)
    if "recipients" in found:
        optional = ("municipality_code", "requisitioned_on")
        sheet = read_sheet(
            found["recipients"], shown["recipients"], required=("recipient", "requisitioned_kr"), optional=optional
        )
        frames["requisitions"] = _frame("requisitions", sheet, _requisition)
    if "returns" in found:
        frames |= _returns(found["returns"], shown["returns"], rules)
    published = read_model(found["published"], Published, shown["published"]) if "published" in found else None
    files = tuple(SourceFile(role, shown[role], sha256(path)) for role, path in found.items())
    return YearData(rules, frames, published, files)


def _find(folder: Path, role: str, shown_as: str) -> Path | None:
    endings = {"returns": (".xlsx", ".csv"), "published": (".toml",)}.get(role, (".csv",))
    there = [path for ending in endings if (path := folder / f"{role}{ending}").is_file()]
    if len(there) > 1:
        names = " and ".join(path.name for path in there)
        raise UnreadableInputError(
            "the same file twice", file=shown_as, found=names, expected="one of them", todo="remove the other"
        )
    return there[0] if there else None


def _frame(name: str, sheet: Sheet, record: Callable[[Row], dict[str, Any]]) -> pl.DataFrame:
    rows = [record(row) | {"file": sheet.file, "row": row.number} for row in sheet.rows]
    return pl.DataFrame(rows, schema=dict(FRAMES[name]), orient="row")


def _named(written: str | None, code: str | None = None) -> dict[str, Any]:
    found = match(written or "", code)
    return {
        "municipality_code": found.municipality_code,
        "outcome": found.outcome,
        "suggestion": " or ".join(found.suggestions) or None,
    }


def _allocation(row: Row) -> dict[str, Any]:
    code, amount, count = (row.cells.get(name) for name in ("municipality_code", "amount_kr", "key_count"))
    return {
        "written": mask(code or ""),
        **_coded(code),
        "amount_kr": kronor(amount or ""),
        "amount_text": amount and mask(amount),
        "key_count": kronor(count or ""),
    }


def _coded(code: str | None) -> dict[str, Any]:
    """Match by code alone, as the distribution list has it."""
    known = municipalities().get((code or "").zfill(4))
    return {"municipality_code": known and known.code, "outcome": "matched" if known else "unknown", "suggestion": None}


def _requisition(row: Row) -> dict[str, Any]:
    recipient, amount, on = (row.cells.get(name) for name in ("recipient", "requisitioned_kr", "requisitioned_on"))
    return {
        "recipient": mask(recipient or ""),
        **_named(recipient, row.cells.get("municipality_code")),
        "requisitioned_kr": kronor(amount or ""),
        "requisitioned_text": amount and mask(amount),
        "requisitioned_on": day(on or ""),
    }


def _returns(path: Path, shown_as: str, rules: Year) -> dict[str, pl.DataFrame]:
    """Read the returns by the form: who sent, when, and the amounts asked for."""
    sender, sent = rules.column("recipient"), rules.column("submitted_on")
    if sender is None:
        raise UnreadableInputError(
            "returns cannot be read without the question 'recipient' in year.toml", file=shown_as
        )
    asked = [question for question in rules.question if question.kind == "money"]
    required = [sender, *(question.column for question in asked if question.required)]
    optional = [question.column for question in asked if not question.required] + ([sent] if sent else [])
    sheet = read_sheet(path, shown_as, required=required, optional=optional)

    def sent_by(row: Row) -> dict[str, Any]:
        written = row.cells.get(sender)
        on = day(row.cells.get(sent) or "") if sent else None
        return {"recipient": mask(written or ""), **_named(written), "submitted_on": on}

    answers = [
        {"question": question.id, "amount": kronor(text or ""), "text": text and mask(text), "row": row.number}
        for row in sheet.rows
        for question in asked
        for text in [row.cells.get(question.column)]
    ]
    return {
        "returns": _frame("returns", sheet, sent_by),
        "answers": pl.DataFrame(answers, schema=dict(FRAMES["answers"]), orient="row"),
    }
