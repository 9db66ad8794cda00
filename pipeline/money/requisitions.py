"""What was asked for, set against the distribution list: who asked, for how much of it, and when; who did not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import CriticalFindingsError
from pipeline.store import query

if TYPE_CHECKING:
    import duckdb

_SQL = Path(__file__).with_name("requisitions.sql")
_READ = "SELECT * FROM requisitions WHERE year = $year ORDER BY row"


def requisitions(connection: duckdb.DuckDBPyConnection, year: int) -> pl.DataFrame:
    """Return a row a municipality, in the order of the codes, also for those that have not asked.

    Columns: municipality_code, municipality, allocation_kr (null: not known), requisitioned_kr (null: not asked),
    not_requisitioned_kr (null where the allocation is not known), requisitioned_on, late (after the last day; null
    where either day is not known), state (in words: asked for all, less or more, or not asked).
    CriticalFindingsError when a row of recipients.csv cannot be counted.
    """
    _check(query(connection, _READ, year=year))
    return query(connection, _SQL.read_text(encoding="utf-8"), year=year)


def _check(rows: pl.DataFrame) -> None:
    """Raise CriticalFindingsError for rows that no sum may leave out: no municipality, one twice, or no amount."""
    code = pl.col("municipality_code")
    wrong = code.is_null() | pl.col("requisitioned_kr").is_null() | (code.is_not_null() & code.is_duplicated())
    lines = [
        f"{row['file']}, row {row['row']}: cannot be counted; found {row['recipient']!r}, "
        f"{row['requisitioned_text'] or ''!r}; expected a municipality that is known, once, and whole kronor"
        for row in rows.filter(wrong).iter_rows(named=True)
    ]
    if lines:
        raise CriticalFindingsError("\n".join(lines))
