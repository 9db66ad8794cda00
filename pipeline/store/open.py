"""Open the store to read, and ask it with a file of SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline.errors import UserError

if TYPE_CHECKING:
    import polars as pl


def open_store(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the store read-only, so that others can read it at the same time. UserError when it was never built."""
    if not path.is_file():
        raise UserError(f"{path}: the store is missing; run `aterrapport build YEAR` first")
    return duckdb.connect(path, read_only=True)


def query(connection: duckdb.DuckDBPyConnection, sql: str, **parameters: Any) -> pl.DataFrame:
    """Run one query and give its rows as a polars frame."""
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    rows: pl.DataFrame = connection.sql(sql, params=used or None).pl()
    return rows
