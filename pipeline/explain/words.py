"""Sentences in both languages: those of words.toml, filled in, and how they are put together."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from pipeline import language
from pipeline.declarations import Column
from pipeline.model import Language, Text

_QUOTES: dict[Language, str] = {"sv": "”{}”", "en": "“{}”"}


@cache
def _frames() -> dict[str, Text]:
    content = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {name: Text.model_validate(text) for name, text in content.items()}


def _both(make: Callable[[Language], str]) -> Text:
    return Text(sv=make("sv"), en=make("en"))


def say(name: str, **parts: Text | int | str) -> Text:
    """Return a sentence of words.toml with its parts put in: numbers as each language writes them."""

    def put(part: Text | int | str, lang: Language) -> str:
        if isinstance(part, Text):
            return part[lang]
        return language.number(part, lang) if isinstance(part, int) else part

    return _both(lambda lang: _frames()[name][lang].format(**{place: put(part, lang) for place, part in parts.items()}))


def joined(*parts: Text | None) -> Text:
    """Return sentences after each other; those of nothing fall away."""
    return _both(lambda lang: " ".join(part[lang] for part in parts if part and part[lang]))


def listed(texts: Sequence[Text]) -> Text:
    """Return words as a sentence lists them."""
    return _both(lambda lang: language.listed([text[lang] for text in texts], lang))


def quoted(text: Text) -> Text:
    """Return words in quotation marks."""
    return _both(lambda lang: _QUOTES[lang].format(text[lang]))


def same(text: str) -> Text:
    """Return a name, which is the same in both languages."""
    return Text(sv=text, en=text)


def noted(notes: Iterable[Text]) -> Text | None:
    """Return notes as one; None without any."""
    note = joined(*notes)
    return note if note.sv else None


def label_of(column: Column) -> Text:
    """Return what a column is called: one that is not printed, by its id."""
    return column.label or same(column.id)


def where(group: Text | None, year: int | None) -> Text:
    """Return in words which group and year a number is of, where it is not the whole country and the report's year."""
    return joined(say("region", region=group) if group else None, say("year", year=str(year)) if year else None)
