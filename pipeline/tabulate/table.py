"""Tables of addressed cells: `<table>/<key>/…/<column>` names every number that is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from pipeline.declarations import Column, Declaration, Declarations
from pipeline.errors import UserError
from pipeline.store.rows import CountedRow

COUNTRY = "00"
"""Code of the whole country, as Statistics Sweden writes it."""


@dataclass(frozen=True)
class Cell:
    """One value with its address and what it is: count, kr, percent, year, text …"""

    address: str
    value: Any
    kind: str


@dataclass(frozen=True)
class Table:
    """A declaration and its rows, one column each in the declared order."""

    declared: Declaration
    frame: pl.DataFrame
    counted: Sequence[CountedRow] = ()
    """How each row of a table of answers is counted."""
    printed_years: frozenset[int] = frozenset()
    """Years whose rows are taken from print."""
    made_up: frozenset[str] = frozenset()
    """Rows of made-up answers in a table that is not made of them wholly."""
    axis: str = ""
    """What its rows are broken down by: an axis, or `year`; empty where it is of the whole country."""
    national: str = ""
    """Of a table of answers, the id of the table of the whole country."""

    def is_synthetic(self, key: str) -> bool:
        """Whether a row counts made-up answers."""
        if any(key.startswith(f"{year}/") for year in self.printed_years):
            return False
        return self.declared.synthetic or key in self.made_up

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        """Rows by key ("all"; several keys joined by "/"), in order."""
        return {"/".join(str(row[key]) for key in self.declared.key): row for row in self.frame.iter_rows(named=True)}

    def cell(self, key: str, column: Column) -> Cell:
        """Return one cell."""
        row = self.rows[key]
        kind = str(row["unit"]) if column.kind == "unit" else column.kind
        return Cell(f"{self.declared.id}/{key}/{column.id}", row[column.id], kind)

    def cells(self, key: str) -> Iterator[tuple[Column, Cell]]:
        """Return the printed cells of a row."""
        for column in self.declared.printed:
            yield column, self.cell(key, column)


class Tables(Mapping[str, Table]):
    """The tables of one year, by id."""

    def __init__(self, tables: Mapping[str, Table], declarations: Declarations | None = None) -> None:
        """Keep the tables, and what was declared of them and follows of the year's form."""
        self.declarations = declarations
        self._tables = dict(tables)

    def __getitem__(self, table_id: str) -> Table:
        """Return a table. UserError when it is not declared or a raw file that it needs is missing."""
        if table_id not in self._tables:
            raise UserError(f"there is no table {table_id!r}; there are {', '.join(sorted(self._tables))}")
        return self._tables[table_id]

    def __contains__(self, table_id: object) -> bool:
        """Return whether there is such a table this year."""
        return table_id in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def cell(self, address: str) -> Cell:
        """Return the cell at an address. UserError when there is none."""
        table_id, _, rest = address.partition("/")
        key, _, column_id = rest.rpartition("/")
        table = self[table_id]
        column = next((column for column in table.declared.column if column.id == column_id), None)
        if column is None or key not in table.rows:
            columns = ", ".join(column.id for column in table.declared.column)
            raise UserError(
                f"there is no cell {address!r}; rows: {', '.join(list(table.rows)[:8])} …; columns: {columns}"
            )
        return table.cell(key, column)
