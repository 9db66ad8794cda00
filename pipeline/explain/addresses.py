"""Find what an address names, a cell, a row or a table, written with "/" or, as an anchor, with "."; and its SQL.

The SQL gives a number, or lists who is behind it: it stands alone, to run in the DuckDB shell on the store.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jinja2 import Environment, StrictUndefined

from pipeline.declarations import Column
from pipeline.errors import UserError
from pipeline.explain.explanation import Definition
from pipeline.model import Text
from pipeline.paths import REPORTS
from pipeline.store.rows import MEASURES, TIMES
from pipeline.tabulate import COUNTRY, Table, Tables, sql_file

_NUMERIC = ("count", "kr", "percent", "tenths", "unit")
SUMS = "sums"
"""The statement of every table of answers and of measures."""
Who = Literal["part", "whole", "answered"]
"""Who of those that contribute to a row of answers: those counted in it, its base, those that answered."""
Group = tuple[str, str]
"""An axis and the code of a group on it, or of several, joined by "-"."""
_PACKAGE = Path(__file__).parent.parent
_CREATED = re.compile(r"^CREATE (TABLE|VIEW|MACRO) (\w+)", re.MULTILINE)
_USED = re.compile(r"\b(?:FROM|JOIN) (\w+)|\b(\w+)\(")


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
    def group(self) -> Group | None:
        """The group that a row is about; None where it is the whole country."""
        axis, code = self.table.axis, self.row[self.table.declared.key[0]]
        return (axis, code) if axis not in ("", "year") and code != COUNTRY else None

    @property
    def group_name(self) -> Text | None:
        """What the group of a row of a table by an axis is called: such tables have its code, then its name."""
        if self.table.axis in ("", "year"):
            return None
        code, name = (str(self.row[column.id]) for column in self.table.declared.column[:2])
        return self.table.together.get(code) or Text.same(name)


def find(tables: Tables, address: str) -> Place:
    """Return what an address names. UserError, naming addresses near it, when there is no such thing."""
    written = address.strip().lstrip("#").replace(".", "/").strip("/")
    if place := _exact(tables, written):
        return place
    table, year = written.partition("/")[0], tables.year
    if missing := tables.left_out.get(table):
        raise UserError(f"{address!r}: table {table!r} is left out, as {year} has no {' and '.join(missing)}")
    near = _near(tables, written)
    there = ", ".join(sorted(id_ for id_, one in tables.items() if not one.axis))
    raise UserError(f"there is no {address!r} in {year}; " + (f"did you mean {near}?" if near else f"tables: {there}"))


def _exact(tables: Tables, written: str) -> Place | None:
    table_id, _, rest = written.partition("/")
    if table_id not in tables:
        return None
    table = tables[table_id]
    if not rest or rest in table.rows:
        return Place(table, rest or None)
    cell = tables.find(written)
    return Place(table, cell.key, cell.column) if cell else None


def _near(tables: Tables, written: str) -> str:
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


@cache
def file_of(table_id: str) -> str:
    """Return the path of the statement that computes a table: in the project, or beside the package."""
    path, project = sql_file(table_id), REPORTS.parent
    return path.relative_to(project if path.is_relative_to(project) else _PACKAGE.parent).as_posix()


def uses(statement: str) -> tuple[Definition, ...]:
    """Return the tables, views and macros of the store that a statement uses, and those that they use, down to what
    was read, each with the file that defines it."""
    return _uses(frozenset(name for pair in _USED.findall(statement) for name in pair if name in _defined()))


@cache
def _uses(names: frozenset[str]) -> tuple[Definition, ...]:
    found: dict[str, Definition] = {}
    left = sorted(names)
    for name in left:
        if name not in found:
            found[name], body = _defined()[name]
            left += sorted({word for pair in _USED.findall(body) for word in pair} & _defined().keys())
    return tuple(found.values())


@cache
def _defined() -> dict[str, tuple[Definition, str]]:
    """Return what the store's SQL files define: each with its file, and the statement."""
    made = {}
    for path in sorted((_PACKAGE / "store").glob("*.sql")):
        text = re.sub("--.*", "", path.read_text(encoding="utf-8"))
        starts = [*_CREATED.finditer(text)]
        for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(text)], strict=True):
            kind, name = start[1].lower(), start[2]
            made[name] = (Definition(kind, name, f"pipeline/store/{path.name}"), text[start.end() : end])
    return made


def whole_table(table: Table, year: int) -> str:
    """Compute a whole table."""
    if not (table.counted or table.declared.by):
        return _filled(table.declared.id, year)
    axes = [table.axis] if table.axis not in ("", "year") else ["country"]
    axes += ["country"] if table.declared.country else []
    if table.counted:
        rows = [row["option"] for row in table.rows.values()]
    elif table.declared.by == "figure":
        rows = list(table.rows)
    else:
        rows = [one.measure or one.id for one in table.declared.column if one.kind not in ("key", "text")]
    of = (table.national or MEASURES, axes, "" if table.axis == "year" else f" AND year = {year}", dict.fromkeys(rows))
    return str(statements().whole_table(_filled(SUMS, year), *of))


def _filled(table_id: str, year: int) -> str:
    return sql_file(table_id).read_text("utf-8").strip().replace("$year", str(year))


@cache
def statements() -> Any:
    """Return the macros of statements.sql.j2, to be called by name."""
    environment = Environment(undefined=StrictUndefined)  # noqa: S701  no HTML: filters write literals and names
    environment.globals["times"] = TIMES
    environment.filters["literal"] = literal = lambda text: "'" + text.replace("'", "''") + "'"
    environment.filters["literals"] = lambda texts: ", ".join(map(literal, texts))
    environment.filters["name"] = lambda identifier: '"' + identifier.replace('"', '""') + '"'
    return environment.from_string(Path(__file__).with_name("statements.sql.j2").read_text(encoding="utf-8")).module
