"""Tables of addressed cells: `<table>/<key>/…/<column>` names every number that is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from pipeline.declarations import Column, Declaration, Declarations
from pipeline.errors import UserError
from pipeline.model import Language, Text
from pipeline.store.rows import NOT_ANSWERED, CountedRow

COUNTRY = "00"
"""Code of the whole country, as Statistics Sweden writes it."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One value of a table: where it stands, and what it is."""

    table: Table = field(repr=False)
    key: str
    column: Column

    @property
    def address(self) -> str:
        """The address, `<table>/<key>/…/<column>`."""
        return f"{self.table.declared.id}/{self.key}/{self.column.id}"

    @property
    def row(self) -> Mapping[str, Any]:
        """The row that it stands in."""
        return self.table.rows[self.key]

    @property
    def value(self) -> Any:
        """The value; None when it is not known."""
        return self.row[self.column.id]

    @property
    def kind(self) -> str:
        """What it is: count, kr, percent, year, text …"""
        return str(self.row["unit"]) if self.column.kind == "unit" else self.column.kind

    @property
    def is_synthetic(self) -> bool:
        """Whether made-up answers are behind it."""
        table = self.table
        if any(self.key.startswith(f"{year}/") for year in table.printed_years):
            return False
        return table.declared.synthetic or self.key.rpartition("/")[2] in table.made_up

    @property
    def share(self) -> Fraction | None:
        """The exact share behind a percentage; None where it is not known, or the cell is no share."""
        part, whole = self.table.shares.get(f"{self.key}/{self.column.id}") or (None, None)
        if self.table.counted:
            wholes = {"percent": "base", "answered_percent": "answered"}
            part, whole = self.row.get("count"), self.row.get(wholes.get(self.column.id, ""))
        return Fraction(part, whole) if whole and part is not None else None


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
    together: Mapping[str, Text] = field(default_factory=dict)
    """Of a protected table by an axis, what rows of several groups are called, by their codes joined by "-"."""
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of a table of measures, what a number is made of, by row and column: part and whole (0 where it is no share)."""

    @property
    def has_synthetic(self) -> bool:
        """Whether made-up answers are behind any row of it."""
        return self.declared.synthetic or bool(self.made_up & self.rows.keys())

    @property
    def derived(self) -> set[str]:
        """Rows of a table of one question that count any of several of its options."""
        return {row.option for row in self.counted if row.kind == "derived"} if self.declared.question else set()

    @property
    def tidy(self) -> pl.DataFrame:
        """The table as its CSV file has it: without the row of those who did not answer."""
        written = self.frame.select(column.id for column in self.declared.column if column.written)
        return written.filter(pl.col("option") != NOT_ANSWERED) if self.counted else written

    def labelled(self, language: Language) -> pl.DataFrame:
        """Return the table as `tidy` has it, with its labels in a language (those of the CSV file are Swedish)."""
        frame, labels = self.tidy, {option.id: option.label[language] for option in self.declared.option}
        known = [one for one in self.declared.column if one.kind == "label" and one.id in frame.columns]
        return frame.with_columns(
            pl.coalesce(
                pl.col(one.of or one.id).replace_strict(labels, default=None, return_dtype=pl.String), one.id
            ).alias(one.id)
            for one in known
        )

    @property
    def is_empty(self) -> bool:
        """Whether it is a table of answers in whose bases nobody is."""
        return bool(self.counted) and not any(row["base"] for row in self.rows.values())

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        """Rows by key ("all"; several keys joined by "/"), in order."""
        return {"/".join(str(row[key]) for key in self.declared.key): row for row in self.frame.iter_rows(named=True)}

    def cell(self, key: str, column: str) -> Cell:
        """Return the cell of a row in a column. UserError when there is none."""
        found = next((one for one in self.declared.column if one.id == column), None)
        if found is None or key not in self.rows:
            rows, columns = ", ".join(list(self.rows)[:8]), ", ".join(one.id for one in self.declared.column)
            address = f"{self.declared.id}/{key}/{column}"
            raise UserError(f"there is no cell {address!r}; rows: {rows} …; columns: {columns}")
        return Cell(self, key, found)

    def cells(self, key: str) -> Iterator[Cell]:
        """Yield the printed cells of a row."""
        return (Cell(self, key, column) for column in self.declared.printed)


class Tables(Mapping[str, Table]):
    """The tables of one year, by id; all that is declared, and follows of the year's form; which are left out.

    Those `left_out` cannot be made: each with the raw files that it misses.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        year: int,
        declarations: Declarations,
        left_out: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.year, self.declarations, self.left_out = year, declarations, left_out or {}
        self._tables = dict(tables)

    def __getitem__(self, table_id: str) -> Table:
        """Return a table. UserError when it is not declared or a raw file that it needs is missing."""
        if table_id not in self._tables:
            near = get_close_matches(table_id, self._tables, n=3)
            meant = f"did you mean {' or '.join(map(repr, near))}?" if near else "study.tables lists them"
            raise UserError(f"there is no table {table_id!r}; {meant}")
        return self._tables[table_id]

    def __contains__(self, table_id: object) -> bool:
        """Return whether there is such a table this year."""
        return table_id in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def find(self, address: str) -> Cell | None:
        """Return the cell at an address; None when there is none."""
        try:
            return self.cell(address)
        except UserError:
            return None

    def cell(self, address: str) -> Cell:
        """Return the cell at an address. UserError when there is none."""
        table_id, _, rest = address.partition("/")
        key, _, column = rest.rpartition("/")
        return self[table_id].cell(key, column)
