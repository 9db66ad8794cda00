"""The DuckDB store: what was read, the bases, and what each municipality contributes to every number."""

from __future__ import annotations  # DuckDB reports its types that are held at exit

import os
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.declarations import Declarations, read_declarations
from pipeline.errors import UserError
from pipeline.files import checksum
from pipeline.paths import REPORTS, Workspace

_NEWEST = "SELECT max(year) AS year FROM grant_years WHERE has_returns"
_YEARS = "SELECT year FROM grant_years ORDER BY year"


def open_store(path: Path, year: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open the store read-only, always the file that is there now. UserError when it is missing, held or no such store;
    it says to build the `year`."""
    build = f"run `aterrapport build {year or 'YEAR'}`"
    if not path.is_file():
        raise UserError(f"{path}: the store is missing; {build} first")
    with path.open("rb"):  # DuckDB does not tell a file that may not be read from a damaged one
        pass
    # Attached to an instance of its own: DuckDB keeps one a path, and would give the file that stood there before.
    connection, quoted = duckdb.connect(), str(path).replace("'", "''")
    problem = f"made by another version of aterrapport; {build}"
    try:
        connection.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
        connection.execute("USE store")
        if connection.execute("SELECT version FROM store_version").fetchall() == [(version(),)]:
            return connection
    except duckdb.IOException as error:
        problem = f"not a DuckDB file, or a damaged one; {build}"
        if "lock" in str(error):
            problem = "another program holds the store; close it there, and try again"
    except duckdb.CatalogException:
        pass
    connection.close()
    raise UserError(f"{path}: {problem}")


@cache
def version() -> str:
    """Return a checksum of the statements that make a store: what another version made is built anew, not read."""
    return checksum(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.sql"))))


def query(connection: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> pl.DataFrame:
    """Run one query and give its rows as a polars frame."""
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    rows: pl.DataFrame = connection.sql(sql, params=used or None).pl()
    return rows


def open_built_year(
    year: int | None = None, data: str | os.PathLike[str] | None = None
) -> tuple[duckdb.DuckDBPyConnection, int, Path, Declarations]:
    """Open the store of a data folder, and return it with the year, the folder, and what is declared for the year.

    Not given, year and folder are those of ATERRAPPORT_YEAR and ATERRAPPORT_DATA, else the newest with returns, and the
    project's own. UserError when the store has not the year, or cannot be opened.
    """
    folder = Path(data or os.environ.get("ATERRAPPORT_DATA") or REPORTS.parent / "data")
    workspace, own = Workspace(folder, folder), os.environ.get("ATERRAPPORT_STORE")
    connection = open_store(Path(own) if own and data is None else workspace.store, year)
    there = query(connection, _YEARS)["year"].to_list()
    asked = year or int(os.environ.get("ATERRAPPORT_YEAR") or query(connection, _NEWEST)["year"][0] or 0)
    if asked not in there:
        connection.close()
        years = ", ".join(map(str, there)) or "none"
        todo = f"run `aterrapport build {asked}` first"
        raise UserError(f"{workspace.store}: grant year {asked} is not in the store (there: {years}); {todo}")
    return connection, asked, folder, read_declarations(REPORTS, workspace.raw(asked))
