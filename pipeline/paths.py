"""Where things lie: a project folder is one grant, with data/, reports/ and quarto.yml."""

import os
import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import TO_FILL_IN, UserError
from pipeline.mask import mask

TABLES = "tables.toml"  # what declares tables: in reports/, and in the folder of a year
PROJECT_VARIABLE = "ATERRAPPORT_PROJECT"
FOLDERS = {"--data": Path("data"), "--out": Path("reports/_output")}
"""The folders that a command works in, by their options: in the project, unless they are given."""


def default_project() -> Path:
    """Return the folder of ATERRAPPORT_PROJECT, else the working directory if it has a report's declarations, else the
    checkout."""
    if named := os.environ.get(PROJECT_VARIABLE):
        return Path(named).resolve()
    return Path.cwd() if Path("reports", TABLES).is_file() else Path(__file__).resolve().parent.parent


def in_project(folder: Path) -> Path:
    """Return a folder of the project, from the working directory when no project is named."""
    return Path(os.environ.get(PROJECT_VARIABLE, "")) / folder


def is_left_lying(path: Path) -> bool:
    """Return whether a file is what editors and file managers leave lying, which nobody put there."""
    return path.name.startswith((".", "~$")) or path.name.endswith("~") or path.name in ("Thumbs.db", "desktop.ini")


def shown_names(folder: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Return files by their names in a folder, as these may be shown; names that are masked alike are numbered."""
    shown: dict[str, Path] = {}
    for path in paths:
        name = masked = mask(path.relative_to(folder).as_posix())
        while name in shown:
            name = f"{masked} ({len(shown) + 1})"
        shown[name] = path
    return shown


REPORTS = default_project() / "reports"
"""For rooms that are not told the project yet: the report's sources, tables.toml and the extension."""


@dataclass(frozen=True)
class Workspace:
    """The folders that a command works in: data (raw/ and processed/), finished reports, and the project."""

    data: Path
    out: Path
    project: Path = REPORTS.parent

    def __post_init__(self) -> None:
        """Raise UserError when reports would go into the raw data."""
        if _is_raw(self.out, self.data):
            raise UserError(f"--out {self.out}: not into the raw data; choose another folder")

    @property
    def reports(self) -> Path:
        """The report's sources, tables.toml and the extension."""
        return self.project / "reports"

    @property
    def processed(self) -> Path:
        """What code makes."""
        return self.data / "processed"

    @property
    def store(self) -> Path:
        """The DuckDB file."""
        return self.processed / "aterrapport.duckdb"

    @property
    def options(self) -> list[str]:
        """The options that lead another command to the same folders, as far as they are not the defaults."""
        project = os.environ.get(PROJECT_VARIABLE)
        given = ["--project", project] if project else []
        for (option, folder), path in zip(FOLDERS.items(), (self.data, self.out), strict=True):
            given += [option, str(path)] if path != in_project(folder) else []
        return given

    def raw(self, year: int) -> Path:
        """Folder of one grant year."""
        return self.data / "raw" / str(year)

    def made(self, year: int) -> Path:
        """Tables, findings and executed notebooks of one year."""
        return self.processed / str(year)

    def raw_files(self, year: int) -> dict[str, Path]:
        """Return the raw files of a year by their names in the data folder, without what editors leave lying."""
        raw = self.raw(year)
        there = sorted([*raw.iterdir(), *raw.glob("returns/*"), *raw.glob("texts/*")])
        found = shown_names(self.data, (path for path in there if path.is_file() and not is_left_lying(path)))
        if wrong := next((name for name in found if not _is_utf8(name)), None):
            raise UserError(f"{wrong}: the name of this file is not UTF-8; rename it")
        return found

    def years(self, upto: int) -> list[int]:
        """Return the grant years with a folder that is filled in, up to and with `upto`, whose folder must be there:
        UserError."""
        raw = self.data / "raw"
        if not raw.is_dir():
            raise UserError(f"{raw}: folder is missing; expected the raw data of each year in it; check --data")
        years = self._begun()
        if upto not in years:
            there, todo = ", ".join(map(str, years)) or "none", "add the folder or choose another year"
            raise UserError(f"{self.raw(upto)}: folder is missing; years there: {there}; {todo}")
        return [year for year in years if year == upto or (year < upto and not self.is_unfilled(year))]

    def _begun(self) -> list[int]:
        folders = [folder for folder in (self.data / "raw").iterdir() if folder.is_dir() and folder.name.isdecimal()]
        for folder in folders:
            if not re.fullmatch(r"[1-9][0-9]{3}", folder.name):
                raise UserError(f"{folder}: no year of four digits; rename the folder")
        return sorted(int(folder.name) for folder in folders)

    def is_unfilled(self, year: int) -> bool:
        """Return whether a year.toml says of a key that it is still to be filled in."""
        rules = self.raw(year) / "year.toml"
        text = rules.read_text(encoding="utf-8", errors="replace") if rules.is_file() else ""
        try:
            return TO_FILL_IN in text and _holds(tomllib.loads(text), TO_FILL_IN)
        except tomllib.TOMLDecodeError:
            return False

    def passed_over(self, upto: int) -> list[str]:
        """Return a line for each earlier year that is not read, for nobody has filled it in."""
        unfilled = [year for year in self._begun() if year < upto and self.is_unfilled(year)]
        todo = "is not filled in yet; `aterrapport status {0}` says what is left"
        return [f"{year} is passed over: raw/{year}/year.toml {todo.format(year)}" for year in unfilled]


def _holds(part: Any, value: str) -> bool:
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return part == value or any(_holds(each, value) for each in inner)


def require_readable_path(path: Path) -> None:
    """Raise UserError when DuckDB or another library would look for a path elsewhere than the system does."""
    whole, read_as, problem = os.path.realpath(path), sys.getfilesystemencoding(), ""
    if not whole.isascii() and read_as != "utf-8":
        problem = f"the system's names are read as {read_as} here; set PYTHONUTF8=1, and run again"
    elif not _is_utf8(whole):
        problem = "a name in this path is not UTF-8; rename it"
    elif os.sep == "/" and any(sign in whole for sign in "?\\"):
        problem = "a name in this path has a ? or a \\, which DuckDB takes for something else; rename it"
    if problem:
        raise UserError(f"{whole}: {problem}")


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _is_raw(path: Path, data: Path) -> bool:
    """Return whether a path leads into the raw data of a data folder."""
    return path.resolve().is_relative_to((data / "raw").resolve())


def hold_target(option: str, path: Path, endings: tuple[str, ...], workspace: Workspace) -> None:
    """Raise UserError when a file to write lies in the raw data or has another ending."""
    if _is_raw(path, workspace.data):
        todo = "write it elsewhere, look at it, and move it there by hand"
        raise UserError(f"{option} {path}: not into the raw data; {todo}")
    if path.suffix not in endings:
        found, expected = path.suffix or "no ending", " or ".join(endings)
        raise UserError(f"{option} {path}: found {found!r}, expected a file ending in {expected}")
