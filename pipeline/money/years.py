"""What the commands on a grant year share: a store of it to ask, who a municipality is, and how they speak."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
from pipeline.store import open_store, query
from pipeline.store.build import build_store
from pipeline.year import Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "money/words.toml")
Findings = Callable[[], list[Finding]]
_NEEDS = {"requisitions": "recipients.csv", "returns": "returns.xlsx or returns.csv"}


@contextmanager
def open_year(year: int, workspace: Workspace, what: str, sql: str) -> Iterator[tuple[Year, pl.DataFrame, Findings]]:
    """Yield the rules of a year with recipients and returns, the rows of `sql`, and what gives its findings. UserError
    names the file that `what` needs and is not there. The findings are those of the last check, or of one that is made
    when something has changed since; CriticalFindingsError, with findings.csv written, when something must be cleared
    up first."""
    for note in workspace.passed_over(year):
        print(note)
    data = [read_folder(workspace.raw(one), f"raw/{one}") for one in workspace.years(year)]
    if missing := [file for frame, file in _NEEDS.items() if not data[-1].has(frame)]:
        raise UserError(f"{workspace.raw(year)}: {what} needs {' and '.join(missing)}; add the file")
    with in_store(data) as (store, connection):

        def findings() -> list[Finding]:
            path = workspace.made(year) / "findings.csv"
            with progress("check"):
                found = known_findings(year, workspace)
                if found is None:
                    with start_check(year) as checking:
                        found = checking.findings(store)
            if any(finding.severity == "critical" for finding in found):
                write_findings(found, path)
            stop_if_critical(found, path, f"; `aterrapport check {year}` shows them")
            return found

        yield data[-1].rules, query(connection, sql, year=year), findings


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
    return municipalities()[code].name if code in municipalities() else code


def code_of(written: str, where: str = "", **place: Any) -> str:
    """Return the code of who is written by name or code. UnreadableInputError, naming place and near names."""
    found = match(written)
    code = written.zfill(4) if written.zfill(4) in municipalities() else found.municipality_code
    if code is None:
        todo = f"did you mean {' or '.join(found.suggestions)}?" if found.suggestions else None
        problem, expected = f"{where}no municipality that we know", "the name or code of a municipality"
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
    print(f"{when}: {what}\n  {shlex.join(['aterrapport', *command.split(), *workspace.options])}")


def say_status_next(year: int, workspace: Workspace) -> None:
    """Say how to see where the year stands now: the last words of a command that has made something."""
    say_next("see where the year stands", f"status {year}", workspace)
