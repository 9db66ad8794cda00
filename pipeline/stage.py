"""Where a run makes its files, hidden, and how they are put in place: all of them, or none.

Whatever a run that was killed has left is cleaned away by the next one.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

BEING_MADE = ".being-made-"
_NEW, _OLD = ".part", ".old"


@contextmanager
def staged(processed: Path) -> Iterator[Path]:
    """Give a hidden folder to make files in, which goes when the run ends; one run at a time in a data folder.

    A second run waits for the first. The system lets go of the lock when a run is killed, so nobody waits for the dead,
    and what lies in `processed` when the lock is had is nobody's. (Windows has no such lock: there, runs do not wait,
    and nothing is cleaned away.)
    """
    was_there = processed.is_dir()
    processed.mkdir(parents=True, exist_ok=True)
    try:
        with _alone(processed) as is_alone:
            if is_alone:
                for stale in processed.glob(f"{BEING_MADE}*"):
                    shutil.rmtree(stale, ignore_errors=True)
            with TemporaryDirectory(dir=processed, prefix=BEING_MADE) as folder:
                yield Path(folder)
    finally:
        if not was_there:
            with suppress(OSError):  # something was put in place in it
                processed.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
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
    """Move files and folders to their targets: `made` gives for each target what was made for it.

    First everything is laid beside its target, then every old one is set aside, and only then are the new ones named.
    So a run that is killed in between leaves old files or new ones, some perhaps missing, but never old ones beside
    new ones. An error puts everything back as it was.
    """
    for target, new in made.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(_beside(target, _NEW))
        shutil.move(new, _beside(target, _NEW))
    set_aside: list[Path] = []
    placed: list[Path] = []
    try:
        for target in made:
            # Left by a run that was killed: with a target there, it is of no use any more.
            _remove(_beside(target, _OLD))
            with suppress(FileNotFoundError):
                target.rename(_beside(target, _OLD))
                set_aside.append(target)
        for target in made:
            _beside(target, _NEW).rename(target)
            placed.append(target)
    except BaseException:
        for target in placed:
            _remove(target)
        for target in set_aside:
            _beside(target, _OLD).rename(target)
        for target in made:
            _remove(_beside(target, _NEW))
        raise
    for target in made:
        _remove(_beside(target, _OLD))


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f".{target.name}{ending}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
