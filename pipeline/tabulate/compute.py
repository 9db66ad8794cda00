"""Compute the declared tables of a year from the store, and write them as tidy CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from pipeline.output import write_csv
from pipeline.store import query
from pipeline.tabulate.declare import Declaration
from pipeline.tabulate.table import Table, Tables

HERE = Path(__file__).parent


def tabulate(connection: duckdb.DuckDBPyConnection, year: int, declarations: Sequence[Declaration]) -> Tables:
    """Compute every table whose raw files are there; the others stay out (see `left_out`)."""
    stay_out = left_out(connection, year, declarations)
    return Tables({each.id: _compute(connection, year, each) for each in declarations if each.id not in stay_out})


def left_out(
    connection: duckdb.DuckDBPyConnection, year: int, declarations: Sequence[Declaration]
) -> dict[str, list[str]]:
    """Give the tables that cannot be made, each with the raw files that it misses."""
    there = set(query(connection, "SELECT role FROM source_files WHERE year = $year", year=year)["role"])
    missing: dict[str, list[str]] = {
        each.id: [role for role in each.needs if role not in there] for each in declarations
    }
    return {table: roles for table, roles in missing.items() if roles}


def write_tables(tables: Tables, folder: Path) -> None:
    """Write `<table>.csv` for each."""
    for name, table in tables.items():
        write_csv(table.frame, folder / f"{name}.csv")


def _compute(connection: duckdb.DuckDBPyConnection, year: int, declared: Declaration) -> Table:
    rows = query(connection, (HERE / f"{declared.id}.sql").read_text(encoding="utf-8"), year=year)
    if any(column.id == "label" for column in declared.column):
        words = {each.id: each.label.sv for each in declared.option}
        rows = rows.with_columns(pl.col(declared.key[0]).replace_strict(words, return_dtype=pl.String).alias("label"))
    return Table(declared, rows.select(column.id for column in declared.column))
