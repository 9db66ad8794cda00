"""A grant year to work on: read, in a store of its own for the while, and checked when that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from pipeline.check import Finding, start_check, stop_if_critical, write_findings
from pipeline.errors import UserError
from pipeline.paths import Workspace
from pipeline.read import YearData, read_folder
from pipeline.steps.build import known_findings
from pipeline.steps.engine import progress
from pipeline.store import build_store, open_store, query
from pipeline.year import Year

_NEEDS = {"requisitions": "recipients.csv", "returns": "returns.xlsx or returns.csv"}


@dataclass(frozen=True)
class OpenYear:
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
