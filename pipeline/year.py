"""A grant year as data: `year.toml` read into typed, validated models. The format is a contract (docs/year-toml.md)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.declarations import read_declarations
from pipeline.errors import UnreadableInputError, UserError
from pipeline.model import Identifier, Kronor, Language, Model, Text, read_model, told_apart, unique
from pipeline.paths import REPORTS

__all__ = ["Identifier", "Kronor", "Language", "Model", "Text", "read_model"]

Address = Annotated[str, Field(pattern=r"^https?://[^\s<>\"{}|\\^`]+$")]
Kind = Literal["money", "count", "date", "choice", "multi", "text"]

_THEN = {"use_from": ["use_to"], "requisition_by": ["use_to"], "use_to": ["return_by", "repay_by"]}
_THEN |= {"return_by": ["repay_by"]}  # days that are no earlier than the day before them
_LONGEST_SHORT = 40  # characters that the head of a column may have
RESERVED = frozenset({"usage_degree", "requisitioned_kr", "used_kr", "unused_percent", "returned", "dated", "late"})
RESERVED |= {"key_count", "available_kr", "year"}
"""What is counted of every grant (store/bases.sql), and so is no id of a question; `…_themes` is kept too."""


class Key(Model):
    """The key that the money is shared out by: what is counted in each municipality."""

    definition: Text
    """Who is counted, in Swedish and English."""
    counted_on: date | None = None
    """The day that the counts are of. Left out when the documents do not give it."""
    reference: Text | None = None
    """What else is known of the counts' day and source, in Swedish and English."""
    total_count: Annotated[int, Field(gt=0)] | None = None
    """Persons in all municipalities together, where the distribution list is partial."""


class Point(Model):
    """One item of a list in the rules: a purpose, what the money is not for, a kind of evidence."""

    id: Identifier
    """Stable over the years."""
    text: Text
    """What it is, in Swedish and English."""
    ours: bool = False
    """True when the documents of the year do not name it."""


class Ground(Point):
    """A ground for repayment."""

    rests_on: Literal["unused", "return", "agency"]
    """What shows that it holds: the unused amount, the return's day (or its absence), or a decision of the agency."""


class Grant(Model):
    """The rules of the grant. What the documents do not give is left out and listed in `not_stated`."""

    name: Text
    """What the grant is called, in Swedish and English."""
    available_kr: Kronor
    """The amount to hand out to municipalities, in whole kronor."""
    requisition_by: date | None = None
    """Last day to requisition."""
    use_from: date | None = None
    """First day the money may be used."""
    use_to: date | None = None
    """Last day the money may be used."""
    return_by: date | None = None
    """Last day to send in the return."""
    repay_by: date | None = None
    """Last day to repay."""
    repay_how: Literal["invoice", "payment"] | None = None
    """How money comes back: the agency sends an invoice, or the municipality pays of its own accord."""
    minimum_age: int | None = None
    """Lowest age of those the talks are for, in years."""
    redistributes: bool | None = None
    """Whether money nobody asked for went to those who wanted more: then a requisition may exceed the allocation."""
    costs_booked_later: bool | None = None
    """True when costs of the year that are paid in the next one may be booked on it (reservations in the accounts)."""
    key: Key | None = None
    """The key that the money is shared out by."""
    purpose: list[Point] = []
    """What the money may be used for, in order."""
    not_for: list[Point] = []
    """What the money may not be used for."""
    ground: list[Ground] = []
    """Grounds for repayment, in order."""
    evidence: list[Point] = []
    """What a municipality must be able to show at a closer check, in order."""
    not_stated: list[str] = []
    """Keys of this table that the documents do not give. Rules that need them are skipped and say so."""
    synthetic: list[str] = []
    """Ids of questions whose answers are made up. Every output that uses them says so."""

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
    """Stable over the years."""
    text: Text
    """The answer as the form has it, in Swedish and English. No ";" in it: that separates answers in an export."""
    short: Text | None = None
    """The same in a word or two, for the head of a column and for a mark in a drawing. Without it, `text`."""
    in_text: Text | None = None
    """The same as part of a sentence: what can follow "Vanligast är" and "The most common answer is". Without it,
    `text` in quotation marks."""
    exclusive: bool = False
    """True when it excludes every other option."""
    specify: bool = False
    """True when it asks which: a column `<column>: <option text> (text)` may follow in the export."""
    ours: bool = False
    """True when no printed form or report shows this option."""


class Question(Model):
    """One question of the form."""

    id: Identifier
    """Stable over the years."""
    kind: Kind
    """What an answer is."""
    asked: Identifier
    """The base: whom the question is asked, one of those in reports/tables.toml. Answers of others do not count."""
    column: str
    """Header in the export."""
    text: Text
    """The question, in Swedish and English."""
    short: Text | None = None
    """What its table is called where tables.toml does not say so. Without it, `text`."""
    required: bool = False
    """True when the export must have its column, and every return in the base must answer it."""
    told: Literal["named", "counted"] = "counted"
    """What the public may see of a single municipality: its answer beside its name, or only how many answered so.
    `recipient` and `unused_kr` are printed, and so `named`, whatever stands here."""
    comparable: bool = True
    """False when it cannot be compared with the year before; `note` says why."""
    ours: bool = False
    """True when no printed form or report shows this question, or the base it is asked."""
    note: Text | None = None
    """What a reader must know about the answers, in Swedish and English."""
    option: list[Option] = []
    """The options of a choice or multi question, in order. Only those kinds have them."""

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
    """Columns of the export that say whether a return is finished, each with the texts that say so, or with the whole
    number that it must reach: `{ Status = ["Slutförd"] }`, `{ Progress = 100 }`. Returns of which one says otherwise do
    not count."""


class Publisher(Model):
    """Who publishes the release."""

    name: Text
    """What it is called, in Swedish and English."""
    page: Address | None = None
    """Its page on the web."""
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    """Where questions on the data are answered."""


class Edition(Model):
    """An edition of the figures that was published."""

    kind: Literal["preliminary", "final", "corrected"]
    """What it is: before the agency's review is done, after it, or one that puts a published figure right."""
    published_on: date
    """The day it was published."""
    note: Text | None = None
    """What is new in it, in Swedish and English."""


class Letters(Model):
    """What letters to municipalities say of whom they are from."""

    sender: Text | None = None
    """Who writes, in Swedish and English: the last line of each letter."""
    contact: str | None = None
    """Where to ask: an e-mail address or a phone number."""
    reply_by: date | None = None
    """The day by which to answer what is to be checked."""


class Publication(Model):
    """The report's frame: who publishes it, under which numbers; licence, day and edition are those of `[publish]`."""

    sender: Text | None = None
    """Who publishes the report, in Swedish and English: on its cover, and the author of page and PDF."""
    article_number: str | None = None
    """The report's number among the agency's publications."""
    decision: Text | None = None
    """The decision by which the agency was asked for the report, in Swedish and English."""
    diary_number: str | None = None
    """The agency's number of the case."""
    contact: str | None = None
    """Where to ask: an e-mail address or a phone number."""
    cite_as: Text | None = None
    """How to cite the report, in Swedish and English."""


class Publish(Model):
    """How the figures are published: what is shown of few, and what the release says of itself."""

    minimum_base: Annotated[int, Field(ge=1)] = 3
    """A group with fewer municipalities in the base of a `counted` question is shown together with others."""
    minimum_base_reason: Text | None = None
    """Why not fewer, in Swedish and English. The report says it."""
    minimum_persons: Annotated[int, Field(ge=1)] = 5
    """A group with fewer persons, such as women, is shown together with others."""
    minimum_persons_reason: Text | None = None
    """Why not fewer, in Swedish and English. The report says it."""
    licence: Literal["CC0-1.0", "CC-BY-4.0"] | None = None
    """The licence of the data."""
    publisher: Publisher | None = None
    """Who publishes the release."""
    address: Address | None = None
    """Where on the web the folder of the release will lie."""
    keyword: list[Text] = []
    """Words that the data is found by, in Swedish and English."""
    theme: list[Annotated[str, Field(pattern="^[A-Z]{4}$")]] = []
    """Codes of the EU's vocabulary of data themes, such as SOCI."""
    edition: list[Edition] = []
    """The editions that were published, in order; the release is the last one."""

    @model_validator(mode="after")
    def _editions_are_in_order(self) -> Self:
        days = [edition.published_on for edition in self.edition]
        if days != sorted(days):
            raise ValueError("the editions are not in the order of their days")
        return self


class Theme(Model):
    """A theme that analysts read out of free text and code by hand, in themes.csv."""

    id: Identifier
    """Stable over the years."""
    question: Identifier
    """The question whose free text is coded: of kind text, or one with options that ask which."""
    text: Text
    """What the theme is, in Swedish and English."""


class Year(Model):
    """One grant year: its number, its grant and its form."""

    year: Annotated[int, Field(ge=1900, le=2999)]
    """The grant year, the same as the folder's name."""
    grant: Grant
    """The rules of the grant."""
    returns: Returns = Returns()
    """How the export of the returns is read."""
    letters: Letters = Letters()
    """What letters say of whom they are from."""
    publication: Publication = Publication()
    """The report's frame."""
    publish: Publish = Publish()
    """How the figures are published."""
    question: list[Question] = []
    """The form, in its order."""
    theme: list[Theme] = []
    """Themes that free text is coded by, in order."""

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
            raise UserError(f"{shown}: key question.{number}.asked: found {question.asked!r}, expected {expected}")
    return year
