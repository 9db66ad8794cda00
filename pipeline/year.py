"""A grant year as data: `year.toml` read into typed, validated models.

The format is a contract. A key that is unknown, missing or of the wrong type is an error that names file, key, what
was found and what was expected.
"""

from __future__ import annotations

import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from pipeline.errors import UnreadableInputError, UserError

Language = Literal["sv", "en"]
Kind = Literal["money", "count", "date", "choice", "multi", "text"]
Base = Literal["all", "recipients", "used", "unused", "talks_held"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Kronor = Annotated[int, Field(ge=0)]

ModelT = TypeVar("ModelT", bound=BaseModel)


class Model(BaseModel):
    """Strict: nothing is converted, nothing unknown is let through, nothing changes after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)


class Text(Model):
    """The same words in both languages."""

    sv: str
    en: str

    def __getitem__(self, language: Language) -> str:
        """Give the words in one language."""
        return self.sv if language == "sv" else self.en


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
    minimum_age: int | None = None
    """Lowest age of those the talks are for, in years."""
    redistributes: bool = False
    """True when money nobody asked for went to those who wanted more: then a requisition may exceed the allocation."""
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


class Option(Model):
    """One answer that can be chosen."""

    id: Identifier
    """Stable over the years."""
    text: Text
    """The answer as the form has it, in Swedish and English. No ";" in it: that separates answers in an export."""
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
    asked: Base
    """The base: whom the question is asked (docs/data.md). Answers of others do not count."""
    column: str
    """Header in the export."""
    text: Text
    """The question, in Swedish and English."""
    required: bool = False
    """True when the export must have its column, and every return in the base must answer it."""
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
        if (self.kind in ("choice", "multi")) != bool(self.option):
            raise ValueError(
                f"question {self.id!r} of kind {self.kind!r}: options belong to choice and multi, and to no other"
            )
        _unique([option.id for option in self.option], f"option ids of question {self.id!r}")
        _unique([option.text.sv.casefold() for option in self.option], f"option texts of question {self.id!r}")
        for option in self.option:
            if ";" in option.text.sv or "\n" in option.text.sv:
                raise ValueError(f"option {option.id!r} of question {self.id!r}: no ';' or line break in its text")
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
    question: list[Question] = []
    """The form, in its order."""
    theme: list[Theme] = []
    """Themes that free text is coded by, in order."""

    @model_validator(mode="after")
    def _questions_are_told_apart(self) -> Self:
        _unique([question.id for question in self.question], "question ids")
        _unique([question.column.casefold() for question in self.question], "question columns")
        unknown = sorted(set(self.grant.synthetic) - {question.id for question in self.question})
        if unknown:
            raise ValueError(f"synthetic names {unknown[0]!r}, which is no question of the form")
        _unique([f"{theme.question}/{theme.id}" for theme in self.theme], "themes")
        stray = sorted({theme.question for theme in self.theme} - {question.id for question in self.question})
        if stray:
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
        raise UnreadableInputError(
            "the year is not the folder's", file=shown, column="year", found=year.year, expected=folder.name
        )
    return year


def read_model(path: Path, model: type[ModelT], shown_as: str) -> ModelT:
    """Read a TOML file into a model. UserError with one line a fault when it does not hold."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise UnreadableInputError("file is missing", file=shown_as, todo="add it") from None
    except UnicodeDecodeError:
        raise UnreadableInputError("not UTF-8 text", file=shown_as, todo="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UnreadableInputError(f"not valid TOML: {error}", file=shown_as) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [_Fault(model, dict(fault)) for fault in error.errors(include_url=False)]
        meant = {fault.meant for fault in faults}
        lines = [f"{shown_as}: key {fault}" for fault in faults if not (fault.is_missing and fault.key in meant)]
        raise UserError("\n".join(lines)) from None


class _Fault:
    """One fault of a file, as a line: key, found, expected. A misspelt key knows the key that it may have meant."""

    def __init__(self, model: type[BaseModel], fault: dict[str, Any]) -> None:
        self.fault = fault
        self.key = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"]) or "(whole file)"
        self.is_missing = fault["type"] == "missing"
        self.meant = None
        if fault["type"] == "extra_forbidden":
            parent, _, misspelt = self.key.rpartition(".")
            near = get_close_matches(misspelt, _keys(model), n=1)
            self.meant = ".".join(part for part in (parent, *near) if part) if near else None

    def __str__(self) -> str:
        if self.is_missing:
            return f"{self.key}: missing; expected a value"
        if self.fault["type"] == "extra_forbidden":
            return f"{self.key}: unknown key" + (f"; did you mean {self.meant!r}?" if self.meant else "; remove it")
        if self.fault["type"] == "value_error":
            return f"{self.key}: {self.fault['ctx']['error']}"
        return (
            f"{self.key}: found {self.fault['input']!r}, expected {self.fault['msg'].removeprefix('Input should be ')}"
        )


def _keys(model: type[BaseModel]) -> list[str]:
    """Every key that the model or a model inside it knows: what a misspelt key may have meant."""
    keys: set[str] = set()
    for name, field in model.model_fields.items():
        keys.add(name)
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for kind in inner:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                keys.update(_keys(kind))
    return sorted(keys)


def _unique(values: list[str], what: str) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{what}: {twice[0]!r} stands twice")
