"""Files: checksums, writing so that nobody finds half a file, and putting many in place, all of them or none.

Imports nothing slow and knows no room of the package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import polars as pl

STAGE = ".being-made-"
_NEW, _OLD = ".aterrapport-new", ".aterrapport-old"
_OWN, _LOCK = "aterrapport-", ".being-made.lock"
_FOLDERS: list[Path] = []
"""Those that this process has made to work in."""
_HELD: list[Path] = []
"""The locks that it holds."""
_TRIES = 20
_PLACING = Lock()
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
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

    The system releases the lock of a run that is killed; what such a run left is removed by the next one.
    """
    was_there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(folder, wait=True):
            for stale in folder.glob(f"{STAGE}*"):
                _clear(stale)
            stage = _new_folder(STAGE, folder)
            try:
                yield stage
            finally:
                _clear(stage)
    finally:
        if not was_there:
            with suppress(OSError):  # something was put in place in it
                folder.rmdir()


@contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Have all temporary files of this process, and of those that it starts, made in one folder, removed at the end.

    Those of runs that were killed are removed first: nobody holds their lock.
    """
    for stale in Path(tempfile.gettempdir()).glob(f"{_OWN}*/{_LOCK}"):
        with suppress(OSError), _locked(stale.parent) as is_mine:
            if is_mine:
                _clear(stale.parent)
    before, environment = tempfile.tempdir, {name: os.environ.get(name) for name in _TEMPORARY}
    folder = _new_folder(_OWN)
    try:
        with _locked(folder):
            tempfile.tempdir = str(folder)
            os.environ.update(dict.fromkeys(_TEMPORARY, str(folder)))
            yield
    finally:
        tempfile.tempdir = before
        for name, value in environment.items():
            os.environ.pop(name)
            os.environ.update({name: value} if value is not None else {})
        _clear(folder)


@contextmanager
def _locked(folder: Path, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of a folder, and yield whether it could be had."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if not wait:
            yield False
            return
        print("another run is at work in this data folder; waiting for it", file=sys.stderr)  # noqa: T201
        lock.acquire()
    _HELD.append(folder / _LOCK)
    try:
        yield True
    finally:
        _HELD.remove(folder / _LOCK)
        with suppress(OSError):  # Windows removes it when it is released
            (folder / _LOCK).unlink()
        lock.release()


def end_at_once(status: int, say: Callable[[], None]) -> NoReturn:
    """End this process, whatever its threads are doing, with every process that they have started.

    What they have made to work in is removed; files that are being put in place are put there first.
    """
    _PLACING.acquire()
    _end_children()
    say()
    _end_children()  # what a thread has started in the meantime
    for folder in _FOLDERS * _TRIES:  # its threads may still write there
        _clear(folder)
    for lock in _HELD:
        lock.unlink(missing_ok=True)
    os._exit(status)


def _end_children() -> None:
    import psutil

    children = psutil.Process().children(recursive=True)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for child in children:
            with suppress(psutil.NoSuchProcess):
                end(child)
        _, children = psutil.wait_procs(children, timeout=1)


def _new_folder(prefix: str, parent: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    _FOLDERS.append(folder)
    return folder


def _clear(folder: Path) -> None:
    """Remove a folder of ours, as far as the system lets us."""
    shutil.rmtree(folder, ignore_errors=True)


def put_back(folders: Iterable[Path]) -> None:
    """Clear away what a run that was killed left in these folders. Set the old files back if it was not done."""
    hidden = [path for folder in set(folders) if folder.is_dir() for path in folder.glob(".*")]
    new = [path for path in hidden if path.name.endswith(_NEW)]
    for old in hidden:
        if old.name.endswith(_OLD):
            target = old.with_name(old.name.removeprefix(".").removesuffix(_OLD))
            if new:
                _remove(target)
                old.rename(target)
            _remove(old)
    for path in new:
        _remove(path)


def put_in_place(made: Mapping[Path, Path]) -> None:
    """Move files and folders to their targets: `made` maps each target to what was made for it.

    Everything is laid beside its target, then every old one is set aside, and only then are the new ones renamed. A run
    that is killed leaves old files or new ones, some perhaps missing, never some of each. An error restores the old.
    """
    with _PLACING:
        _put_in_place(made)


def _put_in_place(made: Mapping[Path, Path]) -> None:
    put_back(target.parent for target in made)
    set_aside: list[Path] = []
    placed: list[Path] = []
    try:
        for target, new in made.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(new, _hidden(target, _NEW))
        for target in made:
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
