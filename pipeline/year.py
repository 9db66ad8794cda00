"""A grant year as data: `year.toml` read into typed, validated models. The format is a contract (docs/year-toml.md).

What each key means stands in year_keys.toml.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.declarations import additions, read_declarations
from pipeline.errors import UnreadableInputError, UserError
from pipeline.model import Identifier, Kronor, Model, Text, read_model, told_apart, unique
from pipeline.paths import REPORTS

Address = Annotated[str, Field(pattern=r"^https?://[^\s<>\"{}|\\^`]+$")]
Kind = Literal["money", "count", "date", "choice", "multi", "text"]

_THEN = {"use_from": ["use_to"], "requisition_by": ["use_to"], "use_to": ["return_by", "repay_by"]}
_THEN |= {"return_by": ["repay_by"]}  # days that are no earlier than the day before them
_KEYS = Path(__file__).with_name("year_keys.toml")
_LONGEST_SHORT = 40  # characters that the head of a column may have
RESERVED = frozenset({"usage_degree", "requisitioned_kr", "used_kr", "unused_percent", "returned", "dated", "late"})
RESERVED |= {"key_count", "available_kr", "year"}
"""What is counted of every grant (store/bases.sql), and so is no id of a question; `…_themes` is kept too."""


class Key(Model):
    """The key that the money is shared out by: what is counted in each municipality."""

    definition: Text
    counted_on: date | None = None
    reference: Text | None = None
    total_count: Annotated[int, Field(gt=0)] | None = None


class Point(Model):
    """One item of a list in the rules: a purpose, what the money is not for, a kind of evidence."""

    id: Identifier
    text: Text
    ours: bool = False


class Ground(Point):
    """A ground for repayment."""

    rests_on: Literal["unused", "return", "agency"]


class Grant(Model):
    """The rules of the grant. What the documents do not give is left out and listed in `not_stated`."""

    name: Text
    available_kr: Kronor
    requisition_by: date | None = None
    use_from: date | None = None
    use_to: date | None = None
    return_by: date | None = None
    repay_by: date | None = None
    repay_how: Literal["invoice", "payment"] | None = None
    minimum_age: int | None = None
    redistributes: bool | None = None
    costs_booked_later: bool | None = None
    key: Key | None = None
    purpose: list[Point] = []
    not_for: list[Point] = []
    ground: list[Ground] = []
    evidence: list[Point] = []
    not_stated: list[str] = []
    synthetic: list[str] = []

    @model_validator(mode="after")
    def _not_stated_is_left_out(self) -> Self:
        for key in self.not_stated:
            if key not in type(self).model_fields:
                raise ValueError(f"not_stated names {key!r}, which is no key of [grant]")
            if key in self.model_fields_set:
                raise ValueError(f"{key!r} is given and listed in not_stated; keep one of the two")
        return self

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        for first, then in [(first, then) for first, its in _THEN.items() for then in its]:
            early, late = getattr(self, first), getattr(self, then)
            if early and late and late < early:
                raise ValueError(f"{then} {late} is before {first} {early}; expected {then} on that day or later")
        return self

    @model_validator(mode="after")
    def _points_are_told_apart(self) -> Self:
        for name in ("purpose", "not_for", "ground", "evidence"):
            unique([point.id for point in getattr(self, name)], f"ids of {name}")
        unique([ground.rests_on for ground in self.ground if ground.rests_on != "agency"], "rests_on of ground")
        return self

    def rests_on(self, what: Literal["unused", "return"]) -> Ground | None:
        """Return the ground for repayment that rests on the unused amount or on the return, if the year has it."""
        return next((ground for ground in self.ground if ground.rests_on == what), None)


class Option(Model):
    """One answer that can be chosen."""

    id: Identifier
    text: Text
    short: Text | None = None
    in_text: Text | None = None
    exclusive: bool = False
    specify: bool = False
    ours: bool = False


class Question(Model):
    """One question of the form."""

    id: Identifier
    kind: Kind
    asked: Identifier
    column: str
    text: Text
    short: Text | None = None
    required: bool = False
    told: Literal["named", "counted"] = "counted"
    comparable: bool = True
    ours: bool = False
    note: Text | None = None
    option: list[Option] = []

    @model_validator(mode="after")
    def _options_fit_the_kind(self) -> Self:
        me = f"question {self.id!r}"
        if (self.kind in ("choice", "multi")) != bool(self.option):
            raise ValueError(f"{me} of kind {self.kind!r}: options belong to choice and multi, and to no other")
        if not self.column.strip():
            raise ValueError(f"{me}: column is blank; expected the header that the export has")
        unique([option.id for option in self.option], f"option ids of {me}")
        told_apart({option.id: option.text.sv for option in self.option}, f"{me}: option texts")
        shorts = {option.id: option.short for option in self.option if option.short}
        for id_, short in shorts.items():
            if max(len(short.sv), len(short.en)) > _LONGEST_SHORT:
                raise ValueError(f"option {id_!r} of {me}: short is longer than {_LONGEST_SHORT} characters")
        told_apart({id_: short.sv for id_, short in shorts.items()}, f"{me}: short texts")
        told_apart({id_: short.en for id_, short in shorts.items()}, f"{me}: short texts")
        for option in self.option:
            if ";" in option.text.sv or "\n" in option.text.sv:
                raise ValueError(f"option {option.id!r} of {me}: no ';' or line break in its text")
        return self


class Returns(Model):
    """How the export of the returns is read."""

    complete_when: dict[str, int | list[str]] = {}


class Publisher(Model):
    """Who publishes the release."""

    name: Text
    page: Address | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None


class Edition(Model):
    """An edition of the figures that was published."""

    kind: Literal["preliminary", "final", "corrected"]
    published_on: date
    note: Text | None = None


class Letters(Model):
    """What letters to municipalities say of whom they are from."""

    sender: Text | None = None
    contact: str | None = None
    reply_by: date | None = None


class Publication(Model):
    """The report's frame: who publishes it, under which numbers; licence, day and edition are those of `[publish]`."""

    sender: Text | None = None
    article_number: str | None = None
    decision: Text | None = None
    diary_number: str | None = None
    contact: str | None = None
    cite_as: Text | None = None


class Publish(Model):
    """How the figures are published: what is shown of few, and what the release says of itself."""

    minimum_base: Annotated[int, Field(ge=1)] = 3
    minimum_base_reason: Text | None = None
    minimum_persons: Annotated[int, Field(ge=1)] = 5
    minimum_persons_reason: Text | None = None
    licence: Literal["CC0-1.0", "CC-BY-4.0"] | None = None
    publisher: Publisher | None = None
    address: Address | None = None
    keyword: list[Text] = []
    theme: list[Annotated[str, Field(pattern="^[A-Z]{4}$")]] = []
    edition: list[Edition] = []

    @model_validator(mode="after")
    def _editions_are_in_order(self) -> Self:
        days = [edition.published_on for edition in self.edition]
        if days != sorted(days):
            raise ValueError("the editions are not in the order of their days")
        return self


class Theme(Model):
    """A theme that analysts read out of free text and code by hand, in themes.csv."""

    id: Identifier
    question: Identifier
    text: Text


class Year(Model):
    """One grant year: its number, its grant and its form."""

    year: Annotated[int, Field(ge=1900, le=2999)]
    grant: Grant
    returns: Returns = Returns()
    letters: Letters = Letters()
    publication: Publication = Publication()
    publish: Publish = Publish()
    question: list[Question] = []
    theme: list[Theme] = []

    @model_validator(mode="after")
    def _questions_are_told_apart(self) -> Self:
        ids = [question.id for question in self.question]
        unique(ids, "question ids")
        told_apart({question.id: question.column for question in self.question}, "columns")
        for id_ in ids:
            if id_ in RESERVED or id_.endswith("_themes"):
                raise ValueError(f"question {id_!r} has an id that is counted under already; rename it")
        if unknown := sorted(set(self.grant.synthetic) - set(ids)):
            raise ValueError(f"synthetic names {unknown[0]!r}, which is no question of the form")
        unique([f"{theme.question}/{theme.id}" for theme in self.theme], "themes")
        if stray := sorted({theme.question for theme in self.theme} - set(ids)):
            raise ValueError(f"a theme is of {stray[0]!r}, which is no question of the form")
        return self

    def column(self, question_id: str) -> str | None:
        """Header of a question in the export, or None when the form does not ask it."""
        return next((question.column for question in self.question if question.id == question_id), None)


def meanings(model: type[Model]) -> dict[str, str]:
    """Return what the keys of a model mean: for their reference, and for the year.toml of a new year."""
    told = tomllib.loads(_KEYS.read_text(encoding="utf-8"))
    return {key: text for kind in reversed(model.__mro__) for key, text in told.get(kind.__name__, {}).items()}


def read_year(folder: Path, shown_as: str) -> Year:
    """Read `year.toml` of a year folder, which messages name `shown_as`. UserError when it does not hold."""
    shown = f"{shown_as}/year.toml"
    year = read_model(folder / "year.toml", Year, shown)
    if str(year.year) != folder.name:
        problem, expected = "the year is not the folder's", folder.name
        raise UnreadableInputError(problem, file=shown, column="year", found=year.year, expected=expected)
    bases = read_declarations(REPORTS).bases
    for number, question in enumerate(year.question, start=1):
        if question.asked not in bases:
            expected = f"{', '.join(map(repr, bases[:-1]))} or {bases[-1]!r}"
            key = f"key question.{number}.asked (question {question.id!r})"
            raise UserError(f"{shown}: {key}: found {question.asked!r}, expected {expected}")
    known = RESERVED | {question.id for question in year.question}
    for name, table in ((name, table) for name, added in additions(folder) for table in added.table):
        if unknown := sorted({*table.questions, *table.asked} - known):
            raise UserError(f"{name}: table {table.id!r}: there is no question {unknown[0]!r} in {shown}")
    return year
