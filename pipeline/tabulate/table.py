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
    together: Mapping[str, Text] = field(default_factory=dict)
    """Of a protected table by an axis, what rows of several groups are called, by their codes joined by "-"."""
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of a table of measures, what a number is made of, by row and column: part and whole (0 where it is no share)."""

    @property
    def derived(self) -> set[str]:
        """Rows of a table of one question that count any of several of its options."""
        return {row.option for row in self.counted if row.kind == "derived"} if self.declared.question else set()

    def is_synthetic(self, key: str) -> bool:
        """Whether a row counts made-up answers."""
        if any(key.startswith(f"{year}/") for year in self.printed_years):
            return False
        return self.declared.synthetic or key.rpartition("/")[2] in self.made_up

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

    def cell(self, key: str, column: Column) -> Cell:
        """Return one cell."""
        row = self.rows[key]
        kind = str(row["unit"]) if column.kind == "unit" else column.kind
        return Cell(f"{self.declared.id}/{key}/{column.id}", row[column.id], kind)

    def share(self, key: str, column: str) -> Fraction | None:
        """Return the exact share behind a percentage; None where it is not known or the cell is no share."""
        row = self.rows[key]
        wholes = {"percent": "base", "answered_percent": "answered"}
        part, whole = (
            (row.get("count"), row.get(wholes.get(column, "")))
            if self.counted
            else self.shares.get(f"{key}/{column}", (0, 0))
        )
        return Fraction(part, whole) if whole and part is not None else None

    def cells(self, key: str) -> Iterator[tuple[Column, Cell]]:
        """Return the printed cells of a row."""
        for column in self.declared.printed:
            yield column, self.cell(key, column)


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
