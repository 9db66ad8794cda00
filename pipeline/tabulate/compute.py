"""Compute the declared tables of a year from the store, and write them as tidy CSV."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import duckdb

from pipeline.errors import UserError
from pipeline.output import write_bytes, write_csv
from pipeline.store import query
from pipeline.tabulate.answers import answer_tables
from pipeline.tabulate.declare import Declaration, Declarations, with_labels
from pipeline.tabulate.measures import measure_tables
from pipeline.tabulate.table import Table, Tables

HERE = Path(__file__).parent
MADE_UP = "  [MADE-UP ANSWERS / PÅHITTADE SVAR]"
CODED = "  [CODED BY HAND / KODAT FÖR HAND]"


def tabulate(connection: duckdb.DuckDBPyConnection, year: int, declarations: Declarations) -> Tables:
    """Compute every table whose raw files are there (the others: `left_out`), and three for each question asked.

    UserError when a question has the id of another table.
    """
    stay_out = left_out(connection, year, declarations)
    made = [
        *(_compute(connection, year, each) for each in declarations.table if _has_sql(each, stay_out)),
        *(each for each in measure_tables(connection, year, declarations) if each.declared.id not in stay_out),
        *answer_tables(connection, year, declarations.table),
    ]
    tables: dict[str, Table] = {}
    for table in made:
        if table.declared.id in tables:
            raise UserError(f"question {table.declared.id!r} has the id of a table in tables.toml; rename one")
        tables[table.declared.id] = table
    return Tables(tables)


def left_out(connection: duckdb.DuckDBPyConnection, year: int, declarations: Declarations) -> dict[str, list[str]]:
    """Give the tables that cannot be made, each with the raw files that it misses."""
    there = set(query(connection, "SELECT role FROM source_files WHERE year = $year", year=year)["role"])
    missing: dict[str, list[str]] = {
        each.id: [role for role in each.needs if role not in there] for each in declarations.table
    }
    return {table: roles for table, roles in missing.items() if roles}


def write_tables(tables: Tables, folder: Path) -> None:
    """Write `<table>.csv` for each, and README.txt, which names them and says which count made-up answers."""
    about = []
    for name, table in tables.items():
        write_csv(table.frame, folder / f"{name}.csv")
        some = f"{MADE_UP} in: {', '.join(sorted(table.made_up & set(table.rows)))}" if table.made_up else ""
        marks = MADE_UP * table.declared.synthetic + some + CODED * table.declared.coded
        about.append(f"{name}.csv: {table.declared.title.sv}{marks}")
    write_bytes(folder / "README.txt", "".join(f"{line}\n" for line in about).encode())


def _compute(connection: duckdb.DuckDBPyConnection, year: int, declared: Declaration) -> Table:
    rows = query(connection, (HERE / f"{declared.id}.sql").read_text(encoding="utf-8"), year=year)
    return Table(declared, with_labels(declared, rows))


def _has_sql(declared: Declaration, stay_out: Container[str]) -> bool:
    return not declared.counts_answers and declared.by is None and declared.id not in stay_out
