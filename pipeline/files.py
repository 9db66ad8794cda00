"""Files: checksums, writing so that nobody finds half a file, and putting many in place, all of them or none.

Imports nothing slow and knows no room of the package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

if TYPE_CHECKING:
    import polars as pl

STAGE = ".being-made-"
_NEW, _OLD = ".part", ".old"
_FORMULA = r"(^|;)([=+\-@\t\r])"


def checksum(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files(place: Path) -> list[Path]:
    """Return the file, or all files in the folder and the folders in it, without Python's bytecode."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def sum_of(place: Path) -> str:
    """Return one checksum of a file, or of a folder with the names in it. Empty when it is not there."""
    if place.is_file():
        return checksum(place.read_bytes())
    inside = [(path.relative_to(place).as_posix(), checksum(path.read_bytes())) for path in files(place)]
    return checksum(repr(inside).encode()) if inside else ""


def write_bytes(path: Path, content: bytes) -> None:
    """Write beside the target, then rename into place. Make its folder when that is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _hidden(path, _NEW)
    beside.write_bytes(content)
    beside.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8, line ends as they are."""
    write_bytes(path, text.encode())


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write UTF-8 with commas, as `csv_of` has it."""
    write_bytes(path, csv_of(frame).encode())


def csv_of(frame: pl.DataFrame) -> str:
    """Return a frame as CSV. Text that a spreadsheet would take for a formula, also where ";" separates cells, gets an
    apostrophe before it."""
    import polars as pl

    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    harmless = frame.with_columns(pl.col(text).str.replace_all(_FORMULA, "$1'$2")) if text else frame
    return harmless.write_csv()


def keep_newest(folder: Path, most: int) -> None:
    """Remove what a folder holds besides the newest files or folders in it."""
    if folder.is_dir():
        for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)[:-most]:
            _remove(old)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder to make files in, removed at the end. One run at a time works in a folder: others wait.

    The system releases the lock of a run that is killed; what such a run left is removed by the next one. (Windows has
    no such lock: there, runs do not wait, and nothing is cleaned up.)
    """
    was_there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(folder) as is_alone:
            if is_alone:
                for stale in folder.glob(f"{STAGE}*"):
                    shutil.rmtree(stale, ignore_errors=True)
            with TemporaryDirectory(dir=folder, prefix=STAGE) as stage:
                yield Path(stage)
    finally:
        if not was_there:
            with suppress(OSError):  # something was put in place in it
                folder.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    if fcntl is None:
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run is at work in this data folder; waiting for it", file=sys.stderr)  # noqa: T201
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield True
    finally:
        os.close(handle)


def put_in_place(made: Mapping[Path, Path]) -> None:
    """Move files and folders to their targets: `made` maps each target to what was made for it.

    Everything is laid beside its target, then every old one is set aside, and only then are the new ones renamed. A run
    that is killed leaves old files or new ones, some perhaps missing, never some of each. An error restores the old.
    """
    for target, new in made.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(_hidden(target, _NEW))
        shutil.move(new, _hidden(target, _NEW))
    set_aside: list[Path] = []
    placed: list[Path] = []
    try:
        for target in made:
            _remove(_hidden(target, _OLD))  # left by a run that was killed
            with suppress(FileNotFoundError):
                target.rename(_hidden(target, _OLD))
                set_aside.append(target)
        for target in made:
            _hidden(target, _NEW).rename(target)
            placed.append(target)
    except BaseException:
        for target in placed:
            _remove(target)
        for target in set_aside:
            _hidden(target, _OLD).rename(target)
        for target in made:
            _remove(_hidden(target, _NEW))
        raise
    for target in made:
        _remove(_hidden(target, _OLD))


def _hidden(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}{ending}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
