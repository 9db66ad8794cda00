"""A table as data: the declarations of reports/tables.toml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import polars as pl
from pydantic import model_validator

from pipeline.year import Base, Identifier, Model, Text, read_model

ColumnKind = Literal["key", "label", "text", "year", "count", "kr", "percent", "tenths", "unit", "checksum"]
Unit = Literal["count", "kr", "percent", "year", "tenths"]


class Column(Model):
    """A column: printed when it has a label.

    `label` shows the words for the column `of`; `unit` is a number whose unit stands in the row's column `unit`.
    `measure` is what a column of a table by region holds; without it, the measure of the column's own id.
    """

    id: Identifier
    kind: ColumnKind
    of: Identifier | None = None
    measure: Identifier | None = None
    label: Text | None = None
    width: int = 12


class RowLabel(Model):
    """What a key means in words. A row `only_if_any` stays out when it counts nobody in the country."""

    id: Identifier
    label: Text
    only_if_any: bool = False


@dataclass(frozen=True)
class CountedRow:
    """How a row of a table of answers is counted: its question, and the options any of which is enough."""

    option: str
    label: Text
    question: str
    any_of: tuple[str, ...]
    kind: Literal["option", "exclusive", "derived"] = "option"
    only_if_any: bool = False


class DerivedRow(Model):
    """A row that counts who chose any of several options: those in `of`, or without it any but the exclusive ones.

    `question` is the table's own unless it is given.
    """

    id: Identifier
    label: Text
    question: Identifier | None = None
    of: list[Identifier] = []


class Measure(Model):
    """A figure made of what municipalities add to it (store/measures.sql), or of such figures.

    The sum of the measures `plus` less those in `minus`; as a share of `whole`, in the measure's unit, when that is
    given. Without any of them it is the measure of its own id. `text` says what it is.
    """

    id: Identifier
    unit: Unit
    label: Text
    text: Text
    plus: list[Identifier] = []
    minus: list[Identifier] = []
    whole: Identifier | None = None
    asked: list[Identifier] = []
    """The questions without which there is no such figure."""
    figure: bool = True
    """Whether it is a row of key_figures."""

    @model_validator(mode="after")
    def _tenths_stand_by_region(self) -> Self:
        if self.unit == "tenths" and self.figure:
            raise ValueError(f"measure {self.id!r}: tenths stand in tables by region; set figure = false")
        return self

    @property
    def terms(self) -> list[str]:
        """The measures that are added up."""
        return self.plus or [self.id]


class Declaration(Model):
    """A table: what it is called, what it needs, what tells its rows apart, its columns and the words for its keys.

    How its rows are made: with `question` or `derived` rows, they are counted option by option (and the tables
    `<id>_by_region` and `<id>_by_year` come with it); with `by`, they are measures; else by the .sql file of its name.
    `asked` are the questions without which a table by region stays out; `country` names a last row for the whole
    country there. `several` says that a return can hold several of its answers. `synthetic` marks a table that counts
    made-up answers, `coded` one that counts free text coded by hand.
    """

    id: Identifier
    needs: list[Literal["allocation", "recipients", "returns"]] = []
    question: Identifier | None = None
    derived: list[DerivedRow] = []
    by: Literal["figure", "region"] | None = None
    asked: list[Identifier] = []
    base: Base | None = None
    key: list[Identifier] = []
    title: Text
    note: Text | None = None
    column: list[Column] = []
    option: list[RowLabel] = []
    synthetic: bool = False
    coded: bool = False
    several: bool = False
    country: Text | None = None

    @model_validator(mode="after")
    def _keys_are_columns(self) -> Self:
        columns = [column.id for column in self.column]
        for key in [*self.key, *(column.of for column in self.column if column.of)]:
            if key not in columns:
                raise ValueError(f"table {self.id!r}: {key!r} is none of its columns")
        if not self.counts_answers and not (self.key and self.column):
            raise ValueError(f"table {self.id!r}: expected a question, derived rows, or a key and columns")
        return self

    @property
    def counts_answers(self) -> bool:
        """Whether its rows are counted option by option."""
        return self.question is not None or bool(self.derived)

    @property
    def whole_country(self) -> bool:
        """Whether a table by region ends with the whole country."""
        return self.country is not None

    @property
    def country_name(self) -> str:
        """What the row of the whole country is called in the CSV file."""
        return self.country.sv if self.country else ""

    @property
    def questions(self) -> set[str]:
        """The questions whose answers it counts."""
        asked = {row.question for row in self.derived if row.question}
        return asked | ({self.question} if self.question else set())

    @property
    def printed(self) -> list[Column]:
        """The columns that are printed."""
        return [column for column in self.column if column.label]

    def words(self, option: str) -> Text:
        """What an option, role or figure is called."""
        return next(each.label for each in self.option if each.id == option)


class BaseWords(Model):
    """What a base is called: its members, in the plural."""

    id: Base
    label: Text


class Declarations(Model):
    """The whole of tables.toml. `small_base`: a region with fewer in its base is marked."""

    small_base: int
    base: list[BaseWords]
    measure: list[Measure]
    table: list[Declaration]

    @model_validator(mode="after")
    def _everything_named_is_there(self) -> Self:
        for kind, ids in (("table", [each.id for each in self.table]), ("measure", [each.id for each in self.measure])):
            twice = sorted({each for each in ids if ids.count(each) > 1})
            if twice:
                raise ValueError(f"{kind} {twice[0]!r} is declared twice")
        return self

    def measure_of(self, measure_id: str) -> Measure:
        """Give a measure by its id."""
        return next(each for each in self.measure if each.id == measure_id)

    def base_words(self, base: str) -> Text:
        """What a base is called."""
        return next(each.label for each in self.base if each.id == base)


def with_labels(declared: Declaration, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the Swedish words for keys where a column is declared for them, and put the columns in the declared order."""
    words = {each.id: each.label.sv for each in declared.option}
    labels = [
        column for column in declared.column if column.kind == "label" and column.of and column.id not in rows.columns
    ]
    added = [
        pl.col(column.of).replace_strict(words, return_dtype=pl.String).alias(column.id)
        for column in labels
        if column.of
    ]
    return rows.with_columns(added).select(column.id for column in declared.column)


def read_declarations(reports: Path) -> Declarations:
    """Read tables.toml. UserError when it does not hold."""
    return read_model(reports / "tables.toml", Declarations, "reports/tables.toml")
