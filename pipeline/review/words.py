"""The words of the review edition: words.toml, filled with data. What is put in is Markdown already."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pipeline import language
from pipeline.model import Language, Model, Text

_SHOWN = 6


class Words(Model):
    """The whole of words.toml, by place."""

    edition: dict[str, Text]
    column: dict[str, Text]
    block: dict[str, Text]
    list: dict[str, Text]
    name: dict[str, Text]


@cache
def _words() -> Words:
    return Words.model_validate(tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")))


class Speech:
    """The words in one language: `speech("block", "findings", n=3)`."""

    def __init__(self, spoken: Language) -> None:
        """Hold the language."""
        self.language: Language = spoken

    def __call__(self, group: str, name: str, n: int | None = None, **parts: str) -> str:
        """Give a phrase with its parts put in; of "one|many", the one that `n` asks for."""
        texts: dict[str, Text] = getattr(_words(), group)
        one, _, many = texts[name][self.language].partition("|")
        if n is None:
            return one.format_map(parts)
        return (one if n == 1 or not many else many).format_map({"n": language.number(n, self.language), **parts})

    def name(self, column: str) -> str | None:
        """Say what a column is called that no heading of a table names."""
        known = _words().name.get(column)
        return known[self.language] if known else None

    def some(self, parts: list[str], between: str = "; ") -> str:
        """Join the first few parts, and say how many more there are."""
        shown = between.join(parts[:_SHOWN])
        left = len(parts) - _SHOWN
        return f"{shown} {self('block', 'more', n=left)}" if left > 0 else shown
