"""What differs from the last printed report, and from an earlier build. Values are text, as CSV files hold them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.errors import UserError
from pipeline.store import query
from pipeline.tabulate import Table, Tables

Row = Mapping[str, str]

_LAST = """
    SELECT max(year) AS year
    FROM (SELECT year FROM published_rows UNION ALL SELECT year FROM published_totals)
    WHERE year <= $year
"""
_ROWS = "SELECT table_id, option, count, percent FROM published_rows WHERE year = $year"
_FUNDS = "SELECT * EXCLUDE (year) FROM published_funds WHERE year = $year"
_TOTALS = "SELECT figure, value FROM published_totals WHERE year = $year"


@dataclass(frozen=True)
class Change:
    """A cell that differs: in which row and column, and what stood there before and stands there now, as text."""

    key: str
    column: str
    before: str
    now: str = ""


@dataclass(frozen=True)
class Difference:
    """What differs in a table: cells, rows that came, and rows that went (as they were, by key)."""

    changes: Sequence[Change] = ()
    came: Sequence[str] = ()
    gone: Mapping[str, Row] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many cells and rows differ."""
        return len(self.changes) + len(self.came) + len(self.gone)


def find_earlier(folder: Path, own: Path, year: int) -> Path:
    """Find the tables of an earlier build or release of a year: in the folder, or inside it as `own` lies.

    UserError when there are none, when they are of another year, or when they are `own`, those that this run replaces.
    """
    names = own.parts[-3:]
    wanted = "/".join(names[:-1])
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; --against wants the {wanted} of an earlier build")
    inside = (folder.joinpath(*names[at:]) for at in range(len(names), -1, -1))
    found = next((place for place in inside if (place / "funds_by_year.csv").is_file()), None)
    if found is None:
        raise UserError(
            f"{folder}: no tables of an earlier build in it; --against wants one such as {wanted}, with {own.name}/"
        )
    if found.resolve() == own.resolve():
        raise UserError(
            f"{folder}: that is where this build puts its own tables; copy {wanted} before you build, "
            "and give --against the copy"
        )
    newest = max((row.get("year", "") for row in _read(found / "funds_by_year.csv")), default="")
    if newest != str(year):
        raise UserError(f"{folder}: a build of {newest or 'no year'}; --against wants one of {year}")
    for path in found.glob("*.csv"):
        _read(path)
    return found


def against_earlier(earlier: Path, folder: Path, tables: Mapping[str, Table]) -> dict[str, Difference]:
    """Compare the tables in a folder, which are this build's, with an earlier build's. Equal ones are left out."""
    found = {}
    for name, table in tables.items():
        if not (earlier / f"{name}.csv").is_file():
            continue
        before, now = (_by_key(_read(place / f"{name}.csv"), table.declared.key) for place in (earlier, folder))
        changes = [
            Change(key, column, before[key][column], value)
            for key, row in now.items()
            for column, value in row.items()
            if key in before and before[key].get(column, value) != value
        ]
        came = [key for key in now if key not in before]
        difference = Difference(changes, came, {key: row for key, row in before.items() if key not in now})
        if difference.count:
            found[name] = difference
    return found


def against_print(
    connection: duckdb.DuckDBPyConnection, tables: Tables, year: int
) -> tuple[int | None, dict[str, Difference]]:
    """Compare tables with the newest printed report up to their year: its year (None: there is none), what differs.

    With the year's own report, every printed figure is compared; with an earlier one, shares and the text's figures.
    """
    last = query(connection, _LAST, year=year)["year"][0]
    found: dict[str, list[Change]] = {}
    for table, key, column, printed in _printed(connection, last, year) if last is not None else ():
        row = tables[table].rows.get(key, {}) if table in tables else {}
        if column in row and row[column] != printed:
            found.setdefault(table, []).append(Change(key, column, str(printed)))
    return last, {table: Difference(changes) for table, changes in found.items()}


def _printed(connection: duckdb.DuckDBPyConnection, last: int, year: int) -> Iterator[tuple[str, str, str, int]]:
    """Return what a year's report printed: table, row, column and value."""
    for row in query(connection, _ROWS, year=last).to_dicts():
        for column in ("count", "percent") if last == year else ("percent",):  # counts of two years have two bases
            if row[column] is not None:
                yield row["table_id"], row["option"], column, row[column]
    for row in query(connection, _FUNDS, year=last).to_dicts():
        yield from (("funds_by_year", str(year), column, value) for column, value in row.items() if value is not None)
    for figure, value in query(connection, _TOTALS, year=last).iter_rows():
        yield "key_figures", figure, "value", value


def _by_key(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, Row]:
    return {"/".join(row.get(key, "") for key in keys): row for row in rows}


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{str(name): value or "" for name, value in row.items()} for row in csv.DictReader(file)]
    except (UnicodeDecodeError, csv.Error):
        raise UserError(f"{path}: not a table in UTF-8 as a build writes it") from None
