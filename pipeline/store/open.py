"""Open the store to read, and ask it with a file of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline.errors import UserError

if TYPE_CHECKING:
    import polars as pl


def open_store(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the store read-only, so that others can read it at the same time: always the file that is there now.

    UserError when it was never built, when another program holds it, or when it is no store.
    """
    if not path.is_file():
        raise UserError(f"{path}: the store is missing; run `aterrapport build YEAR` first")
    # Attached to an instance of its own: DuckDB keeps one a path, and would give the file that stood there before.
    connection, quoted = duckdb.connect(), str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS store (READ_ONLY)")
        connection.execute("USE store")
    except duckdb.IOException as error:
        connection.close()
        if "lock" in str(error):
            raise UserError(f"{path}: another program holds the store; close it there, and try again") from None
        raise UserError(f"{path}: not a DuckDB file, or a damaged one; run `aterrapport build YEAR`") from None
    return connection


def query(connection: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> pl.DataFrame:
    """Run one query and give its rows as a polars frame."""
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    rows: pl.DataFrame = connection.sql(sql, params=used or None).pl()
    return rows
