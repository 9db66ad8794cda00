"""What the commands on a grant year share: a store of it to ask, who a municipality is, and how they speak."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import polars as pl

from pipeline.check import Finding, start_check, stop_if_critical, write_findings
from pipeline.errors import UnreadableInputError, UserError
from pipeline.language import amount, first, grouped, several
from pipeline.mask import safe
from pipeline.paths import Workspace
from pipeline.phrases import Phrases, filled
from pipeline.read import YearData, read_folder
from pipeline.register import match, municipalities
from pipeline.steps.build import known_findings
from pipeline.steps.engine import progress
from pipeline.store import build_store, open_store, query
from pipeline.year import Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "money/words.toml")
NOT_KNOWN = "no municipality that we know"
_NEEDS = {"requisitions": "recipients.csv", "returns": "returns.xlsx or returns.csv"}


class OpenYear(NamedTuple):
    """A year and those before it, readable by SQL. The store lasts as long as the context."""

    rules: Year
    workspace: Workspace
    store: Path
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> pl.DataFrame:
        """Ask the store about the year, which the query knows as $year."""
        return query(self.connection, sql, year=self.rules.year)

    def findings(self) -> list[Finding]:
        """Return the findings of the last check, or check the year when something has changed since.

        Raise CriticalFindingsError, with findings.csv written, when something must be cleared up first.
        """
        year, path = self.rules.year, self.workspace.made(self.rules.year) / "findings.csv"
        with progress("check"):
            found = known_findings(year, self.workspace)
            if found is None:
                with start_check(year) as checking:
                    found = checking.findings(self.store)
        if any(finding.severity == "critical" for finding in found):
            write_findings(found, path)
        stop_if_critical(found, path, f"; `aterrapport check {year}` shows them")
        return found


@contextmanager
def open_year(year: int, workspace: Workspace, what: str) -> Iterator[OpenYear]:
    """Open a year that has recipients and returns. UserError names the file that `what` needs and is not there."""
    for note in workspace.passed_over(year):
        print(note)
    data = [read_folder(workspace.raw(one), f"raw/{one}") for one in workspace.years(year)]
    missing = [file for frame, file in _NEEDS.items() if not data[-1].has(frame)]
    if missing:
        raise UserError(f"{workspace.raw(year)}: {what} needs {' and '.join(missing)}; add the file")
    with in_store(data) as (store, connection):
        yield OpenYear(data[-1].rules, workspace, store, connection)


@contextmanager
def in_store(data: Sequence[YearData]) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
    """Put what was read into a store of its own, and yield its file and a connection; both go with the context."""
    with TemporaryDirectory() as folder:
        store = Path(folder) / "store.duckdb"
        build_store(data, store)
        with open_store(store) as connection:
            yield store, connection


def name_of(code: str) -> str:
    """Return the name of a municipality for a message; a code that is none stays as it is."""
    known = municipalities().get(code)
    return known.name if known else code


def code_of(written: str, problem: str = NOT_KNOWN, **place: Any) -> str:
    """Return the code of who is written by name or code. UnreadableInputError, naming place and near names."""
    found = match(written)
    code = written.zfill(4) if written.zfill(4) in municipalities() else found.municipality_code
    if code is None:
        todo = f"did you mean {' or '.join(found.suggestions)}?" if found.suggestions else None
        expected = "the name or code of a municipality"
        raise UnreadableInputError(problem, **place, found=written, expected=expected, todo=todo)
    return code


def told(template: str, **values: Any) -> str:
    """Return what a command says on the screen, by its template in this folder: nothing that a terminal obeys."""
    return "\n".join(map(safe, written(template, **values).split("\n")))


def written(template: str, filters: Mapping[str, Callable[..., str]] | None = None, **values: Any) -> str:
    """Return what a command writes to a file, by its template in this folder."""
    known: dict[str, Callable[..., str]] = {"kr": amount, "grouped": grouped, "several": several, "left": _left}
    path = Path(__file__).with_name(f"{template}.txt.j2")
    return filled(path, "en", {**known, **(filters or {})}, first=first, everybody=len(municipalities()), **values)


def _left(kr: int) -> str:
    return f"{amount(kr)} not requisitioned" if kr >= 0 else f"{amount(-kr)} MORE than there is"


def say_next(what: str, command: str, workspace: Workspace, when: str = "next") -> None:
    """Print what to do, and a command with the folders that this one was given, so that it runs as it stands."""
    print(f"{when}: {what}")
    print(f"  {shlex.join(['aterrapport', *command.split(), *workspace.options])}")


def say_status_next(year: int, workspace: Workspace) -> None:
    """Say how to see where the year stands now: the last words of a command that has made something."""
    say_next("see where the year stands", f"status {year}", workspace)
