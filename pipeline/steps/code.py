"""The code that a step depends on, as checksums: the rooms that it imports, Python, the libraries of the lock."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pipeline.files import checksum, files, sum_of

PACKAGE = Path(__file__).parent.parent
LOCK = PACKAGE.parent / "requirements.lock"
_ALWAYS = ("__init__.py", "files.py", "steps/build.py", "steps/code.py", "steps/engine.py", "steps/line.py")
_IMPORT = re.compile(r"^ *(?:from pipeline\.(\w+)|import pipeline\.(\w+)|from pipeline import (.+))", re.MULTILINE)
_INSTALLED = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")


class Code:
    """The package as it is now; each file is read once."""

    def __init__(self, package: Path = PACKAGE) -> None:
        """Read which rooms there are; each imports those of its import statements, wherever they stand."""
        self.package = package
        rooms = {path.stem: path for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
        code = {room: [path for path in files(place) if path.suffix == ".py"] for room, place in rooms.items()}
        self.imports = {
            room: {name for path in paths for name in imported(path.read_text(encoding="utf-8")) if name in rooms}
            for room, paths in code.items()
        }
        data = [path.name for path in package.glob("*.*") if path.suffix != ".py"]  # read by rooms of the ground
        self._always = [*_ALWAYS, *data]
        self._sums: dict[str, str] = {}

    def of(self, *rooms: str) -> dict[str, str]:
        """Return a checksum of each room that these import, directly or through others, of these, and the libraries."""
        found: set[str] = set()
        left = list(rooms)
        while left:
            room = left.pop()
            if room not in found:
                found.add(room)
                left += self.imports[room]
        places = [*self._always, *(f"{each}.py" if (self.package / f"{each}.py").is_file() else each for each in found)]
        for place in places:
            self._sums.setdefault(place, sum_of(self.package / place))
        return {"libraries": libraries()} | {f"pipeline/{place}": self._sums[place] for place in sorted(places)}

    def sum_of(self, *rooms: str) -> str:
        """Return one checksum of what `of` returns."""
        return checksum(repr(sorted(self.of(*rooms).items())).encode())


def imported(text: str) -> Iterable[str]:
    """Yield the rooms of the package that a text imports."""
    for room, module, names in _IMPORT.findall(text):
        yield from [room or module] if room or module else re.findall(r"\w+", names)


@cache
def libraries() -> str:
    """Return a checksum of Python's version and those of all libraries in the lock (without a lock: all there are)."""
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
