"""Find what an address names: a cell, a row or a table, written with "/" or, as an anchor in the report, with "."."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from pipeline.declarations import Column
from pipeline.errors import UserError
from pipeline.model import Text
from pipeline.tabulate import Table, Tables

_NUMERIC = ("count", "kr", "percent", "tenths", "unit")


class Place(NamedTuple):
    """What an address names: a table, in it a row, in it a column."""

    table: Table
    key: str | None = None
    column: Column | None = None

    @property
    def address(self) -> str:
        """The address with "/"."""
        parts = (self.table.declared.id, self.key, self.column and self.column.id)
        return "/".join(part for part in parts if part)

    @property
    def row(self) -> Mapping[str, Any]:
        """The row, its columns by name."""
        return self.table.rows[self.key or ""]

    @property
    def numbers(self) -> list[Column]:
        """The columns of the table that hold numbers."""
        return [column for column in self.table.declared.column if column.kind in _NUMERIC]

    @property
    def number(self) -> Column | None:
        """The column of a cell that holds a number; None for a row, and for a cell that names it."""
        return self.column if self.column in self.numbers else None

    @property
    def group_name(self) -> Text | None:
        """What the group of a row of a table by an axis is called: such tables have its code, then its name."""
        if self.table.axis in ("", "year"):
            return None
        code, name = (str(self.row[column.id]) for column in self.table.declared.column[:2])
        return self.table.together.get(code) or Text(sv=name, en=name)


def find(tables: Tables, left_out: Mapping[str, Sequence[str]], year: int, address: str) -> Place:
    """Return what an address names. UserError, naming addresses near it, when there is no such thing."""
    written = address.strip().lstrip("#").replace(".", "/").strip("/")
    place = _exact(tables, written)
    if place:
        return place
    table = written.partition("/")[0]
    if table in left_out:
        raise UserError(f"{address!r}: table {table!r} is left out, as {year} has no {' and '.join(left_out[table])}")
    near = _near(tables, written)
    there = ", ".join(sorted(id_ for id_, one in tables.items() if not one.axis))
    raise UserError(f"there is no {address!r} in {year}; " + (f"did you mean {near}?" if near else f"tables: {there}"))


def _exact(tables: Mapping[str, Table], written: str) -> Place | None:
    table_id, _, rest = written.partition("/")
    if table_id not in tables:
        return None
    table = tables[table_id]
    if not rest or rest in table.rows:
        return Place(table, rest or None)
    key, _, column_id = rest.rpartition("/")
    column = next((column for column in table.declared.column if column.id == column_id), None)
    return Place(table, key, column) if column and key in table.rows else None


def _near(tables: Mapping[str, Table], written: str) -> str:
    """Return addresses like the one written, each of which is there: the table is mended first, then what is in it."""
    table_id, _, rest = written.partition("/")
    if table_id not in tables:
        close = get_close_matches(table_id, tables, n=4)
        found = [f"{one}/{rest}" if rest and _exact(tables, f"{one}/{rest}") else one for one in close]
        return " or ".join(found)
    rows, columns = tables[table_id].rows, [column.id for column in tables[table_id].declared.column]
    key, _, last = rest.rpartition("/")
    if key in rows:
        found = [f"{key}/{column}" for column in get_close_matches(last, columns) or columns]
    else:
        # With a column at its end, or without; what begins like it first.
        wanted, column = (key, f"/{last}") if last in columns else (rest, "")
        close = [row for row in rows if row.startswith(f"{wanted}/")] or get_close_matches(wanted, rows)
        found = [f"{row}{column}" for row in close or get_close_matches(key, rows) or rows]
    return " or ".join(f"{table_id}/{one}" for one in found[:4])
