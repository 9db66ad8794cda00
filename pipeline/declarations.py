"""What a project counts, as data: the bases, measures, axes and tables of reports/tables.toml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, model_validator

from pipeline.errors import UserError
from pipeline.model import Identifier, Model, Text, read_model
from pipeline.paths import TABLES

Unit = Literal["count", "kr", "percent", "year", "tenths"]
ColumnKind = Literal["key", "label", "text", "year", "count", "kr", "percent", "tenths", "unit", "checksum"]

ALL, RECIPIENTS = "all", "recipients"
"""The bases that every grant has (store/bases.sql): returns that count, and who requisitioned money."""
UNUSED = "unused_kr"  # the question about money left, which every form of a grant asks
_COMMON, _OWN = Path(__file__).with_name("tables.toml"), f"reports/{TABLES}"
_LISTS = ("columns", "number", "base", "measure", "axis", "table")


class Base(Model):
    """Whom something is counted on: of the members of `of`, those whose amount `above_zero` is that, and who answered
    `question` with `answer`. `label` names them in the plural. `all` and `recipients` are of no other."""

    id: Identifier
    label: Text
    of: Identifier | None = None
    above_zero: Identifier | None = None
    question: Identifier | None = None
    answer: Identifier | None = None

    @model_validator(mode="after")
    def _is_part_of_another(self) -> Self:
        if (self.id in (ALL, RECIPIENTS)) == (self.of is not None):
            raise ValueError(f"base {self.id!r}: expected `of`, the base that it is a part of (but all and recipients)")
        if (self.question is None) != (self.answer is None):
            raise ValueError(f"base {self.id!r}: expected both question and answer, or neither")
        return self


class Sum(Model):
    """Numbers of the form that together are another, or at most another: an amount such as used_kr, or an answer."""

    parts: list[Identifier]
    of: Identifier
    at_most: bool = False


class Measure(Model):
    """A number that municipalities contribute to (store/contributions.sql): each member of `base` the sum of its
    `amounts`, or 1 without any, if these and `stated` are stated, `above_zero` and `zero` are so, and none of `missing`
    is. Without a base it is the sum of `plus` less `minus`, as a share of the measure `whole` if given."""

    id: Identifier
    unit: Unit
    label: Text
    in_group: Text | None = None
    """What it is called in a row about a part of the country, where `label` says that it is of the whole."""
    text: Text  # what it is, in a sentence
    base: Literal["municipalities", "grant"] | Identifier | None = None
    """A base; `municipalities`: all in the country; `grant`: a number of the grant itself, which nobody contributes."""
    amounts: list[Identifier] = []
    above_zero: list[Identifier] = []
    zero: list[Identifier] = []
    stated: list[Identifier] = []
    missing: list[Identifier] = []
    plus: list[Identifier] = []
    minus: list[Identifier] = []
    whole: Identifier | None = None
    median: bool = False  # whether it is the middle one of what municipalities contribute, not their sum
    asked: list[Identifier] = []  # the questions without which there is no such number
    files: list[Identifier] = []  # roles of raw files behind it besides those that its tables need
    figure: bool = True  # whether it is a row of key_figures
    headline: bool = False
    """Whether it is one of the report's first figures, which no single value may move unseen. It sums one amount."""

    @model_validator(mode="after")
    def _is_contributed_or_put_together(self) -> Self:
        if (self.base is None) != bool(self.plus):
            raise ValueError(f"measure {self.id!r}: expected either a base, or plus")
        if self.headline and len(self.amounts) != 1:
            raise ValueError(f"measure {self.id!r}: a headline sums one amount")
        if self.unit == "tenths" and self.figure:
            raise ValueError(f"measure {self.id!r}: tenths stand in tables by an axis; set figure = false")
        return self

    @property
    def terms(self) -> list[str]:
        """The measures that are added up."""
        return self.plus or [self.id]


class Column(Model):
    """A column: printed when it has a label. `label` shows the words for the column `of`; the `unit` of a number stands
    in its row. `measure` is what a column of a table by an axis holds, without it that of its id."""

    id: Identifier
    kind: ColumnKind
    of: Identifier | None = None
    measure: Identifier | None = None
    label: Text | None = None
    text: Text | None = None  # what its cells hold, in a sentence, where that is no measure
    files: list[Identifier] = []  # roles of raw files behind it besides those that its table needs
    width: int = 12
    written: bool = True  # whether it stands in the CSV file
    bears: bool = False
    """Whether it counts the municipalities that other columns are of: a small number of them is marked in print."""


class Columns(Model):
    """Columns that several tables have."""

    id: Identifier
    column: list[Column]


class RowLabel(Model):
    """What a key means in words; `text` says it in a sentence, `short` and `in_text` are those of an option
    (pipeline/year.py). A row `only_if_any` stays out when it counts nobody."""

    id: Identifier
    label: Text
    short: Text | None = None
    in_text: Text | None = None
    text: Text | None = None
    only_if_any: bool = False


class DerivedRow(Model):
    """A row that counts who chose any of several options: those in `of`, or all but the exclusive ones, of `question`
    or its table's."""

    id: Identifier
    label: Text
    question: Identifier | None = None
    of: list[Identifier] = []


class Declaration(Model):
    """A table. With `question` or `derived` rows, rows are counted option by option (and tables by axis and year come
    with it); with `by`, they are measures, one a row (`figure`) or one a column (an axis); else by the .sql file of its
    name. `asked` are questions without which it stays out; `country` names a last row; `several`: a return can hold
    several answers; `synthetic` and `coded`: of made-up answers, of text coded by hand."""

    id: Identifier
    needs: list[Literal["allocation", "recipients", "returns"]] = []
    files: list[Identifier] = []  # roles of raw files behind it besides those that it needs
    question: Identifier | None = None
    derived: list[DerivedRow] = []
    by: Identifier | None = None
    figures: list[Identifier] = []  # the measures of a table by figure; without any, all that are figures
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
    public: bool = True  # whether it is published as open data (pipeline/release/), as far as `protect` lets it
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


class Axis(Model):
    """An attribute of a municipality that tables are broken down by: `region`, or as many groups of equal size as
    `group` names, from the lowest to the highest `amount`. `together` names groups shown together, with {least} and
    {names}."""

    id: Identifier
    code: Identifier
    name: Identifier
    label: Text
    together: Text | None = None
    amount: Identifier | None = None
    group: list[Text] = []


class Additions(Model):
    """What may be declared besides: for one year, in tables.toml of its folder, or in a notebook."""

    table: list[Declaration] = []
    measure: list[Measure] = []
    by_region: list[Identifier] = []  # tables of answers that the report shows by region

    @model_validator(mode="after")
    def _needs_no_sql(self) -> Self:
        for table in self.table:
            if not table.counts_answers and table.by is None:
                raise ValueError(f"table {table.id!r} needs a question, derived rows, or by")
        return self


class DeclarationsFile(Model):
    """A file of declarations: pipeline/tables.toml of any grant, or the project's own."""

    small_base: int | None = None  # a group with fewer in its base is marked
    not_answered: Text | None = None  # what those are called who are in the base of a question and did not answer it
    printed_number: list[Identifier] = []  # what published.toml may give in numbers besides the measures
    printed_names: list[Identifier] = []  # what it may give as lists of names
    columns: list[Columns] = []  # the columns of tables that follow of the form: `answers`, `figures`, `year`
    number: list[RowLabel] = []
    """What is told of a question about a number that no measure counts: `sum`, `stated`, `mean` and `median`."""
    sum: list[Sum] = []  # what the form that is sent out adds up and compares
    base: list[Base] = []
    measure: list[Measure] = []
    axis: list[Axis] = []
    table: list[Declaration] = []
    by_region: list[Identifier] = []  # tables of answers that the report shows by region, in this order

    @model_validator(mode="after")
    def _nothing_stands_twice(self) -> Self:
        for kind in _LISTS:
            ids = [one.id for one in getattr(self, kind)]
            if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
                raise ValueError(f"{kind} {twice[0]!r} is declared twice")
        return self


class Declarations(DeclarationsFile):
    """All that is declared: of any grant, and by the project."""

    small_base: int

    @model_validator(mode="after")
    def _everything_named_is_there(self) -> Self:
        bases, measures = [base.id for base in self.base], [one.id for one in self.measure if one.base]
        for at, base in enumerate(self.base):
            _known(base.of, bases[:at], f"base {base.id!r}: of")
        for measure in self.measure:
            if measure.base not in ("municipalities", "grant"):
                _known(measure.base, bases, f"measure {measure.id!r}: base")
            for named in (*measure.plus, *measure.minus, measure.whole):
                _known(named, measures, f"measure {measure.id!r}")
        for table in self.table:
            _known(table.by, ["figure", *(axis.id for axis in self.axis)], f"table {table.id!r}: by")
        for name in self.by_region:
            _known(name, [table.id for table in self.table if table.counts_answers], "by_region")
        return self

    def joined(self, added: Additions) -> Declarations:
        """Return all that is declared, with what is added. ValidationError when it does not hold together."""
        more = {name: [*getattr(self, name), *getattr(added, name)] for name in type(added).model_fields}
        more["by_region"] = list(dict.fromkeys(more["by_region"]))
        return Declarations(**{**dict(self), **more})

    @property
    def bases(self) -> list[str]:
        """The ids of the bases."""
        return [base.id for base in self.base]

    def columns_of(self, kind: str) -> list[Column]:
        """Return the columns of tables of a kind."""
        return next(one.column for one in self.columns if one.id == kind)

    def measure_of(self, measure_id: str) -> Measure:
        """Return a measure by its id."""
        return next(measure for measure in self.measure if measure.id == measure_id)

    def deciding(self, base_id: str | None) -> set[str]:
        """Return the questions whose answers decide who is in a base."""
        base = next((one for one in self.base if one.id == base_id and one.of), None)
        if base is None:
            return set()
        amount = UNUSED if base.above_zero == "used_kr" else base.above_zero  # what is used is what is not unused
        return {question for question in (amount, base.question) if question} | self.deciding(base.of)

    def base_words(self, base: str) -> Text:
        """Return what a base is called."""
        return next(one.label for one in self.base if one.id == base)


def _known(named: str | None, known: Sequence[str], what: str) -> None:
    if named is not None and named not in known:
        raise ValueError(f"{what}: there is no {named!r}")


def read_declarations(reports: Path, year: Path | None = None) -> Declarations:
    """Return what is declared of any grant, by a project's tables.toml, and by that of a year's folder. UserError if it
    does not hold."""
    common = read_model(_COMMON, DeclarationsFile, "pipeline/tables.toml")
    own = read_model(reports / "tables.toml", DeclarationsFile, _OWN)
    both: dict[str, Any] = dict(own) | {"sum": [*common.sum, *own.sum]}
    both["not_answered"] = own.not_answered or common.not_answered
    both["small_base"] = common.small_base if own.small_base is None else own.small_base
    for kind in _LISTS:
        ids = {one.id for one in both[kind]}
        both[kind] = [one for one in getattr(common, kind) if one.id not in ids] + both[kind]
    name = _OWN
    try:
        declared = Declarations(**both)
        for name, added in additions(year):  # noqa: B007  the message wants it
            declared = declared.joined(added)
    except ValidationError as error:
        raise UserError(f"{name}: {error.errors()[0]['ctx']['error']}") from None
    return declared


def additions(year: Path | None) -> Iterator[tuple[str, Additions]]:
    """Yield what the folder of a year declares besides, and the name of the file. UserError if it does not hold."""
    for path in sorted(year.iterdir()) if year is not None and year.is_dir() else ():
        if path.name.casefold() == TABLES:
            name = f"raw/{path.parent.name}/{path.name}"
            yield name, read_model(path, Additions, name)
