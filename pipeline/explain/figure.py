"""What stands behind a row of a table, or a number of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline import tabulate
from pipeline.explain.addresses import Place
from pipeline.explain.explanation import Base, Member, Role, Term
from pipeline.explain.members import Members
from pipeline.explain.words import same, say, sentences
from pipeline.model import Text
from pipeline.tabulate import Declarations, Table
from pipeline.tabulate.declare import Column

AMOUNTS = ("recipients", "returns")
"""The raw files that every sum of money or people needs."""
_NUMERIC = ("count", "kr", "percent", "tenths", "unit")


@dataclass(frozen=True)
class Source:
    """Where figures are looked up: who is behind them, how they are declared, for which year's report."""

    members: Members
    declarations: Declarations
    year: int


@dataclass(frozen=True)
class Figure:
    """What stands behind a number, or a row of them. `roles` are those of the raw files in its year."""

    row: Text
    definition: Text
    year: int
    sql: str
    sql_file: str
    sql_municipalities: str | None = None
    terms: tuple[Term, ...] = ()
    base: Base | None = None
    roles: frozenset[str] = frozenset()
    printed: bool = False
    synthetic: bool = False
    coded: bool = False
    comparable: bool = True
    note: Text | None = None
    is_one_file: bool = False
    """Whether it is about the one raw file of its role, and no other is behind it."""


def term(role: Role, id_: str, label: Text, unit: str, members: Sequence[Member], total: int | None) -> Term:
    """Make a term, its municipalities in order."""
    return Term(role, id_, label, unit, total, tuple(members))


def number_in(place: Place) -> Column | None:
    """Give the column of a cell that holds a number; None for a row, and for a cell that names it."""
    return place.column if place.column and place.column.kind in _NUMERIC else None


def numbers_of(table: Table) -> list[Column]:
    """Give the columns that hold numbers."""
    return [column for column in table.declared.column if column.kind in _NUMERIC]


def column_label(column: Column) -> Text:
    """What a column is called; one that is not printed has its id."""
    return column.label or same(column.id)


def where(region: str | None, year: int | None) -> Text:
    """Say which region and year a number is of, where it is not the whole country and the report's year."""
    return sentences(
        say("region", region=region) if region else None, say("year", year=str(year)) if year is not None else None
    )


def sql_path(file: str) -> str:
    """Give the path of a file of SQL in the project."""
    return f"pipeline/tabulate/{file}"


@cache
def sql_text(file: str) -> str:
    """Read a file of SQL that computes a table."""
    return (Path(tabulate.__file__).parent / file).read_text(encoding="utf-8")
