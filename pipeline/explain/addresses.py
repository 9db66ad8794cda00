"""Find what an address names: a cell, a row or a table, written with "/" or, as an anchor in the report, with "."."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from pipeline.declarations import Column
from pipeline.errors import UserError
from pipeline.tabulate import Table, Tables

_NAMED = 4
_SHAPES = ("_by_region", "_by_year")


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


def find(tables: Tables, left_out: Mapping[str, Sequence[str]], year: int, address: str) -> Place:
    """Give what an address names. UserError, naming addresses near it, when there is no such thing."""
    written = address.strip().lstrip("#").replace(".", "/").strip("/")
    named = dict(tables)
    place = _exact(named, written)
    if place is None:
        table = written.partition("/")[0]
        if table in left_out:
            raise UserError(
                f"{address!r}: table {table!r} is left out, as {year} has no {' and '.join(left_out[table])}"
            )
        near = _near(named, written)
        whole = [each for each in sorted(named) if not each.endswith(_SHAPES)]
        there = f"did you mean {' or '.join(near)}?" if near else f"tables: {', '.join(whole)}"
        raise UserError(f"there is no {address!r} in {year}; {there}")
    return place


def _exact(tables: Mapping[str, Table], written: str) -> Place | None:
    table_id, _, rest = written.partition("/")
    if table_id not in tables:
        return None
    table = tables[table_id]
    if not rest or rest in table.rows:
        return Place(table, rest or None)
    key, _, column_id = rest.rpartition("/")
    column = next((each for each in table.declared.column if each.id == column_id), None)
    return Place(table, key, column) if column and key in table.rows else None


def _near(tables: Mapping[str, Table], written: str) -> list[str]:
    """Addresses like the one written, each of which is there: the table mended first, then the row, then the column."""
    table_id, _, rest = written.partition("/")
    if table_id not in tables:
        close = get_close_matches(table_id, tables, n=_NAMED)
        return [f"{each}/{rest}" if rest and _exact(tables, f"{each}/{rest}") else each for each in close]
    table = tables[table_id]
    columns = [column.id for column in table.declared.column]
    key, _, last = rest.rpartition("/")
    if key in table.rows:
        found: Iterable[str] = (f"{key}/{each}" for each in get_close_matches(last, columns, n=_NAMED) or columns)
    else:
        wanted, column = (key, f"/{last}") if last in columns else (rest, "")
        begun = [each for each in table.rows if each.startswith(f"{wanted}/")]
        close = begun or get_close_matches(wanted, table.rows, n=_NAMED)
        if not close and key:
            # A wrong row and a wrong column: mend the row at least.
            close = get_close_matches(key, table.rows, n=_NAMED)
        found = (f"{each}{column}" for each in close or list(table.rows))
    return [f"{table_id}/{each}" for each in list(found)[:_NAMED]] or [table_id]
