"""Files: checksums, writing so that nobody finds half a file, and putting many in place, all of them or none."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import polars as pl

STAGE = ".being-made-"
_LOCK_OF_STAGE, _LOCK_OF_TEMPORARY = ".being-made.lock", ".aterrapport-work.lock"
_NEW, _OLD, _HALF = ".aterrapport-new", ".aterrapport-old", ".aterrapport-half"
_TEMPORARY, _VARIABLES = "aterrapport-work-", ("TMPDIR", "TEMP", "TMP")
_A_DAY_S, _TRIES = 24 * 60 * 60, 20
_FORMULA = r"(^|;)([=+\-@\t\r])"
_made_to_work_in: list[Path] = []
_locks_held: list[Path] = []
_placing = Lock()


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
    half = _hidden(path, f"{_HALF}-{os.getpid()}")  # kernels that run side by side may write the same drawing
    half.write_bytes(content)
    half.replace(path)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8, line ends as they are."""
    write_bytes(path, text.encode())


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write UTF-8 with commas, as `csv_of` has it."""
    write_bytes(path, csv_of(frame).encode())


def csv_of(frame: pl.DataFrame, separator: str = ",", *, decimal_comma: bool = False) -> str:
    """Return a frame as CSV. Text that a spreadsheet would take for a formula, also behind ";", gets an apostrophe
    before it."""
    import polars as pl

    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    harmless = frame.with_columns(pl.col(text).str.replace_all(_FORMULA, "$1'$2")) if text else frame
    return harmless.write_csv(separator=separator, decimal_comma=decimal_comma)


def keep_newest(folder: Path, most: int) -> None:
    """Remove what a folder holds besides the newest files or folders in it."""
    if folder.is_dir():
        for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)[:-most]:
            _remove(old)


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder to make files in, removed at the end. Other runs wait; what a killed one left the next one
    removes."""
    was_there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(folder / _LOCK_OF_STAGE):
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
    """Have all temporary files of this process, and of those that it starts, in one folder; remove those of killed
    runs."""
    import filelock  # slow: not between making a folder and locking it

    for folder in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*"):
        with suppress(OSError, filelock.Timeout):
            if (folder / _LOCK_OF_TEMPORARY).exists():
                with filelock.FileLock(folder / _LOCK_OF_TEMPORARY, timeout=0):
                    _clear(folder)
            elif time.time() - folder.stat().st_mtime > _A_DAY_S:  # without a lock, it may be a moment old
                _clear(folder)
    before, environment = tempfile.tempdir, {name: os.environ.get(name) for name in _VARIABLES}
    folder = _new_folder(_TEMPORARY)
    try:
        with _locked(folder / _LOCK_OF_TEMPORARY):
            tempfile.tempdir = str(folder)
            os.environ.update(dict.fromkeys(_VARIABLES, str(folder)))
            yield
    finally:
        tempfile.tempdir = before
        for name, value in environment.items():
            os.environ.pop(name, None)
            os.environ.update({name: value} if value is not None else {})
        _clear(folder)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock, and wait for it where another run has it."""
    from filelock import FileLock, Timeout

    lock, timeout = FileLock(path), 0
    while not lock.is_locked:
        try:
            lock.acquire(timeout)
        except Timeout:
            print("another run is at work in this data folder; waiting for it", file=sys.stderr)  # noqa: T201
            timeout = -1
        except FileNotFoundError:  # the run that had it made the folder, and took it away again
            path.parent.mkdir(parents=True, exist_ok=True)
    _locks_held.append(path)
    try:
        yield
    finally:
        _locks_held.remove(path)
        with suppress(OSError):  # Windows removes it when it is released
            path.unlink()
        lock.release()


def end_process(status: int, say: Callable[[], None]) -> NoReturn:
    """End this process and all that it has started. What they work in is removed; files being put in place are put
    there first."""
    _placing.acquire()  # for good: nothing is put in place from now on
    _end_children()
    say()
    _end_children()  # what a thread has started in the meantime
    for _ in range(_TRIES):  # a thread may still write there
        for folder in _made_to_work_in:
            _clear(folder)
    for path in _locks_held:
        with suppress(OSError):
            path.unlink()
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
    _made_to_work_in.append(folder)
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
    """Move files and folders to their targets: `made` maps each target to what was made for it. All is laid beside its
    target, old ones are set aside, then new ones renamed: a run that is killed leaves old files or new ones, never some
    of each."""
    set_aside, placed = list[Path](), list[Path]()
    with _placing:
        put_back(target.parent for target in made)
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
