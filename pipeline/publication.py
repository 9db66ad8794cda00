"""What year.toml says of how a year is told to others: its letters, its report, and how its figures are published."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.model import Model, Text

Address = Annotated[str, Field(pattern=r"^https?://[^\s<>\"{}|\\^`]+$")]


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
