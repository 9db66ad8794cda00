"""The folder of a grant year, read whole: its rules, and frames of rows for each file it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.read.names import NAMED, PLACE, named
from pipeline.read.published import Published
from pipeline.read.returns import form_frames, read_returns
from pipeline.read.sheets import read_sheet, sha256
from pipeline.read.values import day, kronor
from pipeline.register import municipalities
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
    "requisitioned_kr": pl.Int64,
    "requisitioned_text": pl.String,
    "requisitioned_on": pl.Date,
    **PLACE,
}


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
    files: tuple[SourceFile, ...] = ()

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
    frames = form_frames(rules, ())
    if "allocation" in found:
        frames["allocations"] = _allocations(found["allocation"], shown["allocation"])
    if "recipients" in found:
        frames["requisitions"] = _requisitions(found["recipients"], shown["recipients"])
    if "returns" in found:
        frames |= read_returns(found["returns"], shown["returns"], rules)
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


def _allocations(path: Path, shown_as: str) -> pl.DataFrame:
    sheet = read_sheet(path, shown_as, ("municipality_code", "amount_kr", "key_count"))
    codes = sheet.texts(sheet.require("municipality_code"))
    amounts, counts = sheet.texts(sheet.require("amount_kr")), sheet.texts(sheet.at("key_count"))
    records = []
    for row, code, amount, count in zip(sheet.rows, codes, amounts, counts, strict=True):
        known = municipalities().get((code or "").zfill(4))
        records.append(
            {
                "written": mask(code or ""),
                "municipality_code": known and known.code,
                "outcome": "matched" if known else "unknown",
                "amount_kr": kronor(amount or ""),
                "amount_text": amount and mask(amount),
                "key_count": kronor(count or ""),
                "file": sheet.file,
                "row": row.number,
            }
        )
    return pl.DataFrame(records, schema=_ALLOCATIONS, orient="row")


def _requisitions(path: Path, shown_as: str) -> pl.DataFrame:
    sheet = read_sheet(path, shown_as, ("recipient", "requisitioned_kr", "municipality_code", "requisitioned_on"))
    recipients, amounts = (sheet.texts(sheet.require(name)) for name in ("recipient", "requisitioned_kr"))
    codes, days = (sheet.texts(sheet.at(name)) for name in ("municipality_code", "requisitioned_on"))
    records = [
        {
            "recipient": mask(recipient or ""),
            **named(recipient, code),
            "requisitioned_kr": kronor(amount or ""),
            "requisitioned_text": amount and mask(amount),
            "requisitioned_on": day(on or ""),
            "file": sheet.file,
            "row": row.number,
        }
        for row, recipient, amount, code, on in zip(sheet.rows, recipients, amounts, codes, days, strict=True)
    ]
    return pl.DataFrame(records, schema=_REQUISITIONS, orient="row")
