"""Write files so that nobody ever finds half of one, and so that no cell of a CSV file starts a formula."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_FORMULA = r"^([=+\-@\t\r])"


def write_bytes(path: Path, content: bytes) -> None:
    """Write beside and rename into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write UTF-8 with commas. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    import polars as pl

    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    harmless = frame.with_columns(pl.col(text).str.replace(_FORMULA, "'$1")) if text else frame
    write_bytes(path, harmless.write_csv().encode())


def replace_folder(made: Path, target: Path) -> None:
    """Put a finished folder in the place of the one that is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    os.rename(made, target)  # noqa: PTH104  fails across file systems instead of copying
    shutil.rmtree(old, ignore_errors=True)
