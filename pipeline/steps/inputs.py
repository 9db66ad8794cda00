"""What steps are made of: code, as checksums of the rooms that it imports, and the sources with the files beside them.

Rooms are found by reading import statements, so none can be forgotten. A room counts as a whole, with its SQL and TOML;
so do Python and the libraries of the lock.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.files import checksum, files, sum_of
from pipeline.markdown import ADDRESS

if TYPE_CHECKING:
    from pipeline.model import Language

Files = Mapping[str, Path]
SOURCES: Mapping[Language, str] = {"sv": "uppfoljning", "en": "uppfoljning.en"}
"""The source of each edition, in the folder of reports: its name without .qmd."""
PACKAGE = Path(__file__).parent.parent
LOCK = PACKAGE.parent / "requirements.lock"
_ALWAYS = ("__init__.py", "files.py", "steps/build.py", "steps/inputs.py", "steps/engine.py", "steps/line.py")
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


def read_by_cells(reports: Path) -> dict[str, Path]:
    """Return every file beside the reports' sources that a cell may read, such as tables.toml and phrases.toml."""
    kinds = (".toml", ".py", ".csv", ".json", ".sql", ".md", ".j2")
    found = [path for path in sorted(reports.iterdir()) if path.is_file() and path.suffix in kinds]
    return {f"reports/{path.name}": path for path in found}


def read_by_renderers(reports: Path) -> dict[str, Path]:
    """Return what the renderers read, and the page of findings."""
    extension = {"reports/_extensions": reports / "_extensions"}
    return extension | {name: reports.parent / name for name in ("_quarto.yml", "quarto.yml")}


def find_source(reports: Path, language: Language) -> Path:
    """Return the source of an edition. UserError when there is none."""
    path = reports / f"{SOURCES[language]}.qmd"
    if not path.is_file():
        raise UserError(f"reports/{path.name}: there is no source for a report in this language (--lang {language})")
    return path


def text_of(source: Path) -> str:
    """Return the text of a source. UserError when it is not UTF-8."""
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"reports/{source.name}: not UTF-8 text; save it as UTF-8") from None


def addresses(notebook: bytes) -> bytes:
    """Return what the explanations of a page's numbers are made of: which numbers these are."""
    return "\n".join(dict.fromkeys(ADDRESS.findall(notebook.decode()))).encode()


def text_gaps(language: Language, source: Path, raw: Files, notebook: str) -> list[str]:
    """Say which of the analysts' texts an edition does not show, and which are not there in its language."""
    files = [path.name.split(".") for path in raw.values()]
    texts = {each: {name[0] for name in files if name[1:] == [each, "md"]} for each in SOURCES}
    told = {
        f"texts that {source.name} has no place for this year": [
            name for name in texts[language] if not re.search(rf"data-text={name}\b", notebook)
        ],
        f"texts that are not there for {source.name}": set().union(*texts.values()) - texts[language],
    }
    return [f"{what}: {', '.join(sorted(names))}" for what, names in told.items() if names]
