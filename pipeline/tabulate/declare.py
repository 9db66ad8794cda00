"""A table as data: the declarations of reports/tables.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

import polars as pl
from pydantic import model_validator

from pipeline.year import Identifier, Model, Text, read_model

ColumnKind = Literal["key", "label", "text", "year", "count", "kr", "percent", "unit", "checksum"]


class Column(Model):
    """A column: printed when it has a label.

    `label` shows the words for the column `of`; `unit` is a number whose unit stands in the row's column `unit`.
    """

    id: Identifier
    kind: ColumnKind
    of: Identifier | None = None
    label: Text | None = None
    width: int = 12


class RowLabel(Model):
    """What a key means in words."""

    id: Identifier
    label: Text


class Declaration(Model):
    """A table: what it is called, what it needs, what tells its rows apart, its columns and the words for its keys.

    `synthetic` marks one that counts made-up answers, `coded` one that counts free text coded by hand.
    """

    id: Identifier
    needs: list[Literal["allocation", "recipients", "returns"]] = []
    key: list[Identifier]
    title: Text
    column: list[Column]
    option: list[RowLabel] = []
    synthetic: bool = False
    coded: bool = False

    @model_validator(mode="after")
    def _keys_are_columns(self) -> Self:
        columns = [column.id for column in self.column]
        for key in [*self.key, *(column.of for column in self.column if column.of)]:
            if key not in columns:
                raise ValueError(f"table {self.id!r}: {key!r} is none of its columns")
        return self

    @property
    def printed(self) -> list[Column]:
        """The columns that are printed."""
        return [column for column in self.column if column.label]

    def words(self, option: str) -> Text:
        """What an option, role or figure is called."""
        return next(each.label for each in self.option if each.id == option)


class Declarations(Model):
    """The whole of tables.toml."""

    table: list[Declaration]


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


def read_declarations(reports: Path) -> list[Declaration]:
    """Read tables.toml. UserError when it does not hold."""
    return read_model(reports / "tables.toml", Declarations, "reports/tables.toml").table
