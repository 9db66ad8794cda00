"""What was made of what: SHA-256 checksums, and the record of a year's steps. Imports nothing slow; asks no dates."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.output import write_bytes

Sums = dict[str, str]
"""Checksums by what they are of."""
Entry = dict[str, Any]
"""What is known of a finished step: `inputs` and `made` (checksums), `places`, `said`, and the values it gave."""

PACKAGE = Path(__file__).parent
LOCK = PACKAGE.parent / "requirements.lock"
_FORMAT = 1
_INSTALLED = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")

# Rooms of the package whose code no step of the line runs. Of `cli` only the line itself counts.
_BESIDE_THE_LINE = {"cli", "grant", "picture.py", "study.py"}
_LINE = ("editions.py", "line.py", "plan.py", "run.py", "work.py")
_TO_TABLES = {"tabulate"}
_TO_NOTEBOOKS = {"claims.py", "draw", "execute.py", "markdown.py", "publish", "qmd.py"}
_LATER = {"check", "explain", "letters", "render", "review", *_TO_TABLES, *_TO_NOTEBOOKS}
# What a step does without, and nothing else: a room that nobody has named here counts for every step.
_WITHOUT = {
    "store": _LATER,
    "check": _LATER - {"check"},
    "letters": _LATER - {"check", "letters", "markdown.py", "render"},
    "tables": _LATER - _TO_TABLES,
    "execute": _LATER - _TO_TABLES - _TO_NOTEBOOKS,
    "numbers": _LATER - _TO_TABLES - {"explain", "qmd.py"},
    "render": {"check", "claims.py", "draw", "explain", "letters", "publish", "read", "review", "store", "tabulate"},
    "review": {"draw", "execute.py"},
}


def checksum(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files(place: Path) -> list[Path]:
    """Give the file, or all files in the folder and the folders in it; without Python's own leavings."""
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def sum_of(place: Path) -> str:
    """Give one checksum of a file, or of a folder with the names in it. Empty when it is not there."""
    if place.is_file():
        return checksum(place.read_bytes())
    each = [(path.relative_to(place).as_posix(), checksum(path.read_bytes())) for path in files(place)]
    return checksum(repr(each).encode()) if each else ""


def rooms() -> Sums:
    """Checksums of the rooms of the package that the line goes through, by name."""
    found = [path for path in PACKAGE.iterdir() if path.name not in {"__pycache__", *_BESIDE_THE_LINE}]
    found += [PACKAGE / "cli" / name for name in _LINE]
    return {path.relative_to(PACKAGE).as_posix(): sum_of(path) for path in sorted(found)}


def package(step: str, there: Sums) -> Sums:
    """Choose, of the rooms that are there, those that a kind of step depends on."""
    return {f"pipeline/{room}": checked for room, checked in there.items() if room not in _WITHOUT[step]}


@cache
def libraries() -> str:
    """Checksum of Python's version and those of all libraries that the lock names (without a lock: all there are)."""
    locked = set()
    if LOCK.is_file():
        locked = {_plain(name) for name in re.findall(r"^([\w.-]+)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)}
    there = set()
    for folder in filter(os.path.isdir, sys.path):
        for entry in os.listdir(folder):  # noqa: PTH208  a thousand names, and no need of their paths
            found = _INSTALLED.fullmatch(entry)
            if found and (not locked or _plain(found["name"]) in locked):
                there.add((_plain(found["name"]), found["version"]))
    return checksum(repr((sys.version, sys.platform, sorted(there))).encode())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


class Record:
    """The finished steps of a year, in a small file beside what they made; the store's beside the store.

    The store is shared: what another year put in its place is another store. A file that cannot be read is empty.
    """

    def __init__(self, year: Path, store: Path) -> None:
        """Read both files."""
        self.year, self.store = year, store
        self.steps: dict[str, Entry] = _steps(year) | _steps(store)

    def again(self) -> Record:
        """Read it anew."""
        return Record(self.year, self.store)

    def forget(self, steps: Iterable[str]) -> None:
        """Take steps out, before what they made is touched."""
        self._write({name: entry for name, entry in self.steps.items() if name not in set(steps)})

    def add(self, steps: dict[str, Entry]) -> None:
        """Put steps in, when all that they made is in place."""
        self._write(self.steps | steps)

    def _write(self, steps: dict[str, Entry]) -> None:
        self.steps = steps
        for path, is_store in ((self.store, True), (self.year, False)):
            its = {name: entry for name, entry in steps.items() if (name == "store") == is_store}
            if its != _steps(path):
                content = json.dumps({"format": _FORMAT, "steps": its}, ensure_ascii=False, indent=1, sort_keys=True)
                write_bytes(path, f"{content}\n".encode())


def _steps(path: Path) -> dict[str, Entry]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] == _FORMAT:
            return {name: entry for name, entry in content["steps"].items() if _is_whole(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return {}


def _is_whole(entry: Any) -> bool:
    kinds = {"inputs": dict, "made": dict, "places": list, "said": list, "values": list}
    return all(isinstance(entry[key], kind) for key, kind in kinds.items())
