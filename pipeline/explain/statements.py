"""SQL that stands alone, its parameters put in, to run in the DuckDB shell on the store."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import Any

from pipeline.tabulate import CountedRow, Measure

ANSWERS = "answers.sql"
MEASURES = "measures.sql"


def literal(value: Any) -> str:
    """Write a value as DuckDB reads it: NULL, a number, 'text', [a list], {a: struct}."""
    if value is None:
        return "NULL::VARCHAR"
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(literal, value)) + "]" if value else "[]::VARCHAR[]"
    return "'" + str(value).replace("'", "''") + "'"


def name(identifier: str) -> str:
    """Write a name so that it is one whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def filled(sql: str, **parameters: Any) -> str:
    """Put values in the place of the parameters of a statement."""
    return re.sub(r"\$(\w+)", lambda found: literal(parameters[found[1]]), sql.strip())


def of_row(sql: str, columns: Sequence[str], keys: Mapping[str, Any]) -> str:
    """Give columns (none: all) of the rows of a statement that have these keys."""
    where = " AND ".join(f"CAST({name(key)} AS VARCHAR) = {literal(str(value))}" for key, value in keys.items())
    what = ", ".join(f"{name(column)} AS value" if len(columns) == 1 else name(column) for column in columns) or "*"
    return f"SELECT {what}\nFROM (\n{sql}\n)" + (f"\nWHERE {where}" if where else "")


def among_answers(row: CountedRow, year: int, region: str | None, columns: Sequence[str]) -> str:
    """Count a row of a table of answers: `count`, `base` and `percent`, as far as they are asked for."""
    chosen = f"count(*) FILTER (WHERE {_chose(row)})"
    made = {"count": chosen, "base": "count(*)", "percent": f"percent({chosen}, count(*))"}
    what = _columns({column: made[column] for column in columns})
    return f"SELECT {what}\nFROM counted_answers\nWHERE {_of(year, row, region)}"


def who_answered(row: CountedRow, year: int, region: str | None, *, base: bool) -> str:
    """List who is counted in a row of a table of answers, or its base."""
    only = "" if base else f" AND {_chose(row)}"
    return (
        "SELECT municipality_code, municipality, return_row\n"
        "FROM counted_answers\nJOIN municipalities USING (municipality_code, region_code)\n"
        f"WHERE {_of(year, row, region)}{only}\nORDER BY municipality_code"
    )


def summed(measures: Mapping[str, Measure], decimal: Container[str], year: int, region: str | None) -> str:
    """Compute measures, each in the column that names it; tenths in `decimal` columns become a decimal number."""
    what = _columns({column: _figure(measure, column in decimal) for column, measure in measures.items()})
    return f"SELECT {what}\nFROM measured\nWHERE {_where(year, region)}"


def who_adds(terms: Sequence[str], year: int, region: str | None) -> str:
    """List what each municipality adds to measures."""
    return (
        "SELECT measure, municipality_code, municipality, value\n"
        "FROM measured\nLEFT JOIN municipalities USING (municipality_code, region_code)\n"
        f"WHERE {_where(year, region)} AND measure IN ({', '.join(map(literal, terms))})\n"
        "ORDER BY measure, municipality_code"
    )


def _columns(made: Mapping[str, str]) -> str:
    if len(made) == 1:
        return f"{next(iter(made.values()))} AS value"
    return ",\n       ".join(f"{expression} AS {name(column)}" for column, expression in made.items())


def _chose(row: CountedRow) -> str:
    return f"list_has_any(options, {literal(row.any_of)})"


def _of(year: int, row: CountedRow, region: str | None) -> str:
    return f"{_where(year, region)} AND question = {literal(row.question)}"


def _where(year: int, region: str | None) -> str:
    return f"year = {year}" + ("" if region is None else f" AND region_code = {literal(region)}")


def _sum(measures: Sequence[str]) -> str:
    return f"coalesce(sum(value) FILTER (WHERE measure IN ({', '.join(map(literal, measures))})), 0)"


def _figure(measure: Measure, decimal: bool) -> str:
    part = _sum(measure.terms) + (f" - {_sum(measure.minus)}" if measure.minus else "")
    if measure.whole is None:
        return part
    whole = _sum([measure.whole])
    if measure.unit == "percent":
        return f"percent({part}, {whole})"
    times = 1000 if measure.unit == "tenths" else 1
    half_up = f"CASE WHEN {whole} > 0 THEN ({2 * times} * ({part}) + {whole}) // (2 * {whole}) END"
    return f"({half_up}) / 10" if decimal else half_up
