"""What a table is made of: whose answers and amounts are counted in it, and whose decide who is in its base."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import duckdb

from pipeline.store import query
from pipeline.tabulate import COUNTRY, Declarations, Table, Tables

AMOUNTS = frozenset({"requisitioned_kr", "unused_kr", "recipient"})
"""Fields that say who requisitioned, who sent in a return, and who used money."""
TEXT = "key_figures"
"""The table of the figures that stand in the text alone."""
_FILES = {"recipients": {"requisitioned_kr", "recipient"}, "returns": {"unused_kr", "recipient"}}
_OF_SOMEBODY = (["year"], ["municipality_code"])
"""Keys of tables that have a .sql file of their own and count or list recipients; others are about rules and files."""
_ASKED = "SELECT question, asked FROM questions WHERE year = $year"

Bearing = Literal["counted", "base"]


class Bearings:
    """Finds of which fields of the raw files a table is made. A field is a question's id, or an amount's."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, tables: Tables, declarations: Declarations, year: int
    ) -> None:
        self._asked: dict[str, str] = dict(query(connection, _ASKED, year=year).iter_rows())
        self._declarations = declarations
        self._measures = {measure.id for measure in declarations.measure}
        self._counted = {name: self._fields(table) for name, table in tables.items()}

    def bears(self, field: str, table: str) -> Bearing | None:
        """Return whether a table counts a field, or has it decide who is in its base."""
        counted = self._counted[table]
        if field in counted:
            return "counted"
        return "base" if field in self._behind(counted) else None

    def _fields(self, table: Table) -> frozenset[str]:
        declared = table.declared
        if table.counted:
            asked = {row.question for row in table.counted}
            return frozenset(asked if asked <= set(self._asked) else AMOUNTS)
        if declared.by == "figure":
            return self._of_measures(measure.id for measure in self._declarations.measure if measure.figure)
        if declared.by is None and declared.key not in _OF_SOMEBODY:
            return frozenset()
        of_columns = self._of_measures(column.measure or column.id for column in declared.column)
        files = {field for need in declared.needs for field in _FILES.get(need, ())}
        # What is asked of somebody is made of amounts through its base alone.
        return of_columns or frozenset(files)

    def _of_measures(self, measures: Iterable[str]) -> frozenset[str]:
        fields: set[str] = set()
        for measure in self._measures & set(measures):
            fields |= set(self._declarations.measure_of(measure).asked) or AMOUNTS
        return frozenset(fields)

    def _behind(self, counted: frozenset[str]) -> set[str]:
        bases = {self._asked[field] for field in counted if field in self._asked}
        behind = {field for base in bases for field in self._declarations.deciding(base)}
        return behind | ({"recipient"} if bases - {"all"} else set())


def small_bases(table: Table, small: int) -> dict[str, int]:
    """Return the rows with fewer than `small` in their base, by key: one for each group of an axis, or for the table.

    In a table of answers the base is the column of that name. In another by an axis it is the first count: of
    municipalities. Other tables have none.
    """
    declared = table.declared
    if declared.counts_answers:
        column = "base"
    elif table.axis:
        column = next(one.id for one in declared.column if one.kind == "count")
    else:
        return {}
    found: dict[str, int] = {}
    groups = set()
    for key, row in table.rows.items():
        group = tuple(row[name] for name in declared.key if name != "option")
        base = row.get(column)
        if group in groups or group == (COUNTRY,) or base is None or base >= small:
            continue
        groups.add(group)
        found[key] = base
    return found
