"""The words of explanations: words.toml, and sentences filled with data."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from pipeline import language
from pipeline.model import Language, Model, Text

_QUOTES: dict[Language, str] = {"sv": "”{}”", "en": "“{}”"}


class Words(Model):
    """words.toml: frames by id, meanings of usage degrees, columns by "table/column", more raw files by name."""

    before_returns: list[str]
    files: dict[str, list[str]]
    frame: dict[str, Text]
    usage_degree: dict[str, Text]
    column: dict[str, Text]


@cache
def words() -> Words:
    """Read words.toml."""
    return Words.model_validate(tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")))


def say(frame: str, **parts: Text | int | str) -> Text:
    """Fill a frame in both languages: words in each one's own, numbers as each writes them, the rest as it is."""
    pattern = words().frame[frame]
    return _both(lambda lang: pattern[lang].format(**{name: _in(part, lang) for name, part in parts.items()}))


def sentences(*parts: Text | None) -> Text:
    """Put sentences after each other; those of nothing fall away."""
    return _both(lambda lang: " ".join(each[lang] for each in parts if each and each[lang]))


def quoted(text: Text) -> Text:
    """Give words in quotation marks."""
    return _both(lambda lang: _QUOTES[lang].format(text[lang]))


def listed(texts: Sequence[Text]) -> Text:
    """Join words as a sentence lists them."""
    return _both(lambda lang: language.listed([text[lang] for text in texts], lang))


def same(text: str) -> Text:
    """Give a name, which is the same in both languages."""
    return Text(sv=text, en=text)


def _both(make: Callable[[Language], str]) -> Text:
    return Text(sv=make("sv"), en=make("en"))


def _in(part: Text | int | str, lang: Language) -> str:
    if isinstance(part, Text):
        return part[lang]
    return language.number(part, lang) if isinstance(part, int) else part
