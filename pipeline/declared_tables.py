"""A table as it is declared in tables.toml: its columns, the words for its rows, and how the rows are made."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from pipeline.model import Identifier, Model, Text

ColumnKind = Literal["key", "label", "text", "year", "count", "kr", "percent", "tenths", "unit", "checksum"]


class Column(Model):
    """A column: printed when it has a label.

    `label` shows the words for the column `of`; `unit` is a number whose unit stands in the row's column `unit`.
    `measure` is what a column of a table by an axis holds; without it, the measure of the column's own id.
    """

    id: Identifier
    kind: ColumnKind
    of: Identifier | None = None
    measure: Identifier | None = None
    label: Text | None = None
    text: Text | None = None
    """What its cells hold, in a sentence, where that is no measure."""
    files: list[Identifier] = []
    """Roles of raw files behind it besides those that its table needs."""
    width: int = 12
    written: bool = True
    """Whether it stands in the CSV file."""
    bears: bool = False
    """Whether it counts the municipalities that other columns are of: a small number of them is marked in print."""


class Columns(Model):
    """Columns that several tables have."""

    id: Identifier
    column: list[Column]


class RowLabel(Model):
    """What a key means in words; `text` says it in a sentence. A row `only_if_any` stays out when it counts nobody.

    `short` and `in_text` are those of an option (pipeline/year.py).
    """

    id: Identifier
    label: Text
    short: Text | None = None
    in_text: Text | None = None
    text: Text | None = None
    only_if_any: bool = False


class DerivedRow(Model):
    """A row that counts who chose any of several options: those in `of`, or without it any but the exclusive ones.

    `question` is the table's own unless it is given.
    """

    id: Identifier
    label: Text
    question: Identifier | None = None
    of: list[Identifier] = []


class Declaration(Model):
    """A table: what it is called, what it needs, what tells its rows apart, its columns and the words for its keys.

    How its rows are made: with `question` or `derived` rows, they are counted option by option (and a table by each
    axis and `<id>_by_year` come with it); with `by`, they are measures, one a row (`figure`) or one a column (an axis);
    else by the .sql file of its name. `asked` are the questions without which a table by an axis stays out; `country`
    names a last row for the whole country there. `several` says that a return can hold several of its answers.
    `synthetic` marks a table that counts made-up answers, `coded` one that counts free text coded by hand.
    """

    id: Identifier
    needs: list[Literal["allocation", "recipients", "returns"]] = []
    files: list[Identifier] = []
    """Roles of raw files behind it besides those that it needs."""
    question: Identifier | None = None
    derived: list[DerivedRow] = []
    by: Identifier | None = None
    figures: list[Identifier] = []
    """The measures of a table by figure; without any, all that are figures."""
    asked: list[Identifier] = []
    base: Identifier | None = None
    key: list[Identifier] = []
    title: Text
    note: Text | None = None
    column: list[Column] = []
    option: list[RowLabel] = []
    synthetic: bool = False
    coded: bool = False
    several: bool = False
    not_answered: Text | None = None
    """What a table of answers calls those who did not answer; of every question of the form."""
    country: Text | None = None
    every_question: bool = False
    """Whether it has a row for each question of the form: how many of its base did not answer."""
    public: bool = True
    """Whether it is published as open data (pipeline/release/), as far as `protect` lets it."""
    head: Text | None = None
    """What stands above the answers of a table of answers, where that is not what all such tables have."""

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
        return self.question is not None or bool(self.derived) or self.every_question

    @property
    def questions(self) -> set[str]:
        """The questions whose answers it counts."""
        asked = {row.question for row in self.derived if row.question}
        return asked | ({self.question} if self.question else set())

    @property
    def printed(self) -> list[Column]:
        """The columns that are printed."""
        return [column for column in self.column if column.label]

    def named(self, option: str) -> RowLabel:
        """Return what an option, role or figure is called, in all its forms."""
        return next(row for row in self.option if row.id == option)

    def words(self, option: str) -> Text:
        """Return what an option, role or figure is called."""
        return self.named(option).label
