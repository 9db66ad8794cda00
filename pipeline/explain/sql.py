"""SQL that gives a number, or lists who is behind it: it stands alone, to run in the DuckDB shell on the store."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pipeline.declarations import Measure
from pipeline.explain.addresses import Place
from pipeline.explain.explanation import Definition
from pipeline.paths import REPORTS
from pipeline.store.rows import MEASURES, TIMES
from pipeline.tabulate import COUNTRY, Table, sql_file

SUMS = "sums"
"""The statement of every table of answers and of measures."""
Who = Literal["part", "whole", "answered"]
"""Who of those that contribute to a row of answers: those counted in it, its base, those that answered."""
Group = tuple[str, str]
"""An axis and the code of a group on it, or of several, joined by "-"."""
_ANSWERS = {
    "count": "coalesce(sum(part), 0)",
    "base": "count(*)",
    "answered": "coalesce(sum(answered), 0)",
    "percent": "percent(sum(part), count(*))",
    "answered_percent": "percent(sum(part), sum(answered))",
}


_STORE = Path(__file__).parent.parent / "store"
_CREATED = re.compile(r"^CREATE (TABLE|VIEW|MACRO) (\w+)", re.MULTILINE)
_USED = re.compile(r"\b(?:FROM|JOIN) (\w+)|\b(\w+)\(")


def group_of(place: Place) -> Group | None:
    """Return the group that a row is about; None where it is the whole country."""
    axis, code = place.table.axis, place.row[place.table.declared.key[0]]
    return (axis, code) if axis not in ("", "year") and code != COUNTRY else None


@cache
def file_of(table_id: str) -> str:
    """Return the path of the statement that computes a table: in the project, or beside the package."""
    path, package = sql_file(table_id), Path(__file__).parent.parent
    return path.relative_to(REPORTS.parent if path.is_relative_to(REPORTS.parent) else package.parent).as_posix()


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
    for path in sorted(_STORE.glob("*.sql")):
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
    of = f"table_id = {_literal(table.national or MEASURES)} AND axis IN ({_literals(axes)})"
    rows = [row["option"] for row in table.rows.values()] if table.counted else _measures_in(table)
    years = "" if table.axis == "year" else f" AND year = {year}"
    of += f"{years} AND row IN ({_literals(dict.fromkeys(rows))})"
    return f"SELECT *\nFROM (\n{_filled(SUMS, year)}\n)\nWHERE {of}"


def of_row(statement: str, columns: Sequence[str], keys: Mapping[str, Any]) -> str:
    """Return columns (none: all) of the rows of a statement that have these keys."""
    where = " AND ".join(f"CAST({_name(key)} AS VARCHAR) = {_literal(str(value))}" for key, value in keys.items())
    what = ", ".join(f"{_name(column)} AS value" if len(columns) == 1 else _name(column) for column in columns) or "*"
    return f"SELECT {what}\nFROM (\n{statement}\n)\nWHERE {where}"


def of_print(row: tuple[str, str], year: int, columns: Sequence[str]) -> str:
    """Return a row that was printed."""
    printed = (
        "SELECT * REPLACE (nullif(base_n, 0) AS base), NULL AS answered, NULL AS answered_percent FROM published_rows"
    )
    return of_row(
        printed, columns or ["count", "base", "percent"], {"year": year, "table_id": row[0], "option": row[1]}
    )


def of_answers(row: tuple[str, str], year: int, group: Group | None, columns: Sequence[str]) -> str:
    """Count a row of a table of answers: `count`, `base` and `percent`, as far as they are asked for."""
    return (
        f"SELECT {_columns({column: _ANSWERS[column] for column in columns})}\n{_from(row[0], [row[1]], year, group)}"
    )


def members(row: tuple[str, str], year: int, group: Group | None, who: Who) -> str:
    """List who is counted in a row of a table of answers, or who is in its base or has answered."""
    only = "" if who == "whole" else f" AND {who} > 0"
    return (
        "SELECT municipality_code, municipality\n"
        f"{_from(row[0], [row[1]], year, group, ' JOIN municipalities USING (municipality_code)')}{only}\n"
        "ORDER BY municipality_code"
    )


def of_measures(measures: Mapping[str, Measure], decimal: Container[str], year: int, group: Group | None) -> str:
    """Compute measures, each in the column that names it; tenths in `decimal` columns become a decimal number."""
    what = _columns({column: _value(one, column in decimal) for column, one in measures.items()})
    return f"SELECT {what}\n{_from(MEASURES, [one.id for one in measures.values()], year, group)}"


def contributors(measures: Sequence[str], year: int, group: Group | None) -> str:
    """List what each municipality contributes to measures."""
    join = " LEFT JOIN municipalities USING (municipality_code)"
    return (
        "SELECT row AS measure, municipality_code, municipality, part AS value\n"
        f"{_from(MEASURES, measures, year, group, join)}\nORDER BY measure, municipality_code"
    )


def _value(measure: Measure, decimal: bool) -> str:
    of = f"FILTER (WHERE row = {_literal(measure.id)})"
    if measure.median:
        return f"CAST(floor(median(part) {of} + 0.5) AS BIGINT)"
    part = f"coalesce(sum(part) {of}, 0)"
    if measure.whole is None:
        return part
    share = f"half_up({TIMES.get(measure.unit, 1)} * {part}, sum(whole) {of})"
    return f"{share} / 10" if decimal else share


def _from(table: str, rows: Sequence[str], year: int, group: Group | None, join: str = "") -> str:
    where = f"table_id = {_literal(table)} AND row IN ({_literals(rows)}) AND year = {year}"
    if group:
        codes = group[1].split("-")
        these = f"= {_literal(codes[0])}" if len(codes) == 1 else f"IN ({_literals(codes)})"
        at = f"year = {year} AND axis = {_literal(group[0])} AND code {these}"
        where += f"\n  AND municipality_code IN (SELECT municipality_code FROM attributes WHERE {at})"  # noqa: S608  shown, and run by readers
    return f"FROM contributions{join}\nWHERE {where}"


def _measures_in(table: Table) -> list[str]:
    if table.declared.by == "figure":
        return list(table.rows)
    return [column.measure or column.id for column in table.declared.column if column.kind not in ("key", "text")]


def _columns(made: Mapping[str, str]) -> str:
    if len(made) == 1:
        return f"{next(iter(made.values()))} AS value"
    return ",\n       ".join(f"{expression} AS {_name(column)}" for column, expression in made.items())


def _filled(table_id: str, year: int) -> str:
    return sql_file(table_id).read_text("utf-8").strip().replace("$year", str(year))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literals(texts: Iterable[str]) -> str:
    return ", ".join(map(_literal, texts))


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
