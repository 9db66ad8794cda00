"""Returns that come one by one: any number of files in a year's folder `returns/`, read as one table.

Each file holds one row or more, as an export does, or a form that was filled in: a question a row, its answer beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import UnreadableInputError
from pipeline.paths import shown_names
from pipeline.read.corrections import Correction, Made
from pipeline.read.problems import PROBLEMS
from pipeline.read.returns import form_frames, frames_of, returns_sheet
from pipeline.read.roles import is_table
from pipeline.register import match
from pipeline.year import Year

FOLDER = "returns"
Frames = dict[str, pl.DataFrame]


@dataclass
class AllReturns:
    """What a year's returns gave: their frames, what became of corrections, and each file with the sheet read."""

    frames: Frames
    made: Made
    files: list[tuple[str, Path, str | None]]


def read_all(
    export: Path | None, folder: Path, shown_as: str, rules: Year, corrections: Sequence[Correction]
) -> AllReturns:
    """Read the export of a year folder, and the files in its folder `returns/`, as one table.

    One of these that cannot be read is a problem of its municipality, and the others go on. UnreadableInputError for
    the export.
    """
    parts, read = list[Frames](), AllReturns({}, Made(), [])
    inside = folder / FOLDER
    there = filter(is_table, sorted(inside.iterdir())) if inside.is_dir() else []
    for name, path in shown_names(folder, there).items():
        part, sheet = _read_one(path, f"{shown_as}/{name}", rules, corrections, read.made)
        parts.append(part)
        read.files.append((f"{shown_as}/{name}", path, sheet))
    if export:
        name = f"{shown_as}/{export.name}"
        sheet_of_all = returns_sheet(export, name, rules)
        frames, made = frames_of(sheet_of_all, rules, corrections)
        parts = [frames, *parts]
        read.made.extend(made)
        read.files.insert(0, (name, export, sheet_of_all.name))
    read.frames = joined(parts, rules) if parts else {}
    return read


def _read_one(
    path: Path, shown_as: str, rules: Year, corrections: Sequence[Correction], made: Made
) -> tuple[Frames, str | None]:
    """Read one file, and add what became of the corrections in it to those `made`."""
    try:
        sheet = returns_sheet(path, shown_as, rules, or_form=True)
        frames, here = frames_of(sheet, rules, corrections)
    except UnreadableInputError as error:
        return {"problems": _unreadable(path, shown_as, str(error))}, None
    made.extend(here)
    return frames, sheet.name


def joined(parts: Sequence[Frames], rules: Year) -> Frames:
    """Put the frames of several files together: `row` numbers all returns, `file_row` those of a file."""
    last, moved = 0, dict[str, list[pl.DataFrame]]()
    for part in parts:
        for name in ("returns", "answers", "specified"):
            if name in part:
                moved.setdefault(name, []).append(part[name].with_columns(pl.col("row") + last))
        last += max(part["returns"]["row"], default=0) if "returns" in part else 0
    frames = {name: pl.concat(each) for name, each in moved.items()}
    answered = set(frames["answers"]["question"]) if "answers" in frames else set()
    missing = (pl.col("kind") == "missing_column") & pl.col("field").is_in(answered)
    frames["problems"] = pl.concat(part["problems"] for part in parts).filter(~missing)
    return frames | form_frames(rules, answered)


def _unreadable(path: Path, shown_as: str, message: str) -> pl.DataFrame:
    said, code = message.removeprefix(shown_as).lstrip(",: "), _municipality_of(path.stem)
    return pl.DataFrame([("file_unreadable", "file", said, code, shown_as, None)], PROBLEMS, orient="row")


def _municipality_of(stem: str) -> str | None:
    """Return the municipality that the name of a file tells of, if it tells of one and no other."""
    found = {match(name).municipality_code for name in _names(stem)} - {None}
    return found.pop() if len(found) == 1 else None


def _names(stem: str) -> Iterator[str]:
    words = re.split(r"[\s_\-.]+", stem)
    yield from (" ".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
