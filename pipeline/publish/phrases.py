"""The words that stand around every table, chart and comparison: reports/phrases.toml."""

from __future__ import annotations

from functools import cache

from pipeline.paths import REPORTS
from pipeline.year import Model, Text, read_model


class Phrases(Model):
    """The whole of phrases.toml, by place."""

    note: dict[str, Text]
    head: dict[str, Text]
    chart: dict[str, Text]
    sentence: dict[str, Text]
    warning: dict[str, Text]


@cache
def phrases() -> Phrases:
    """Read them once. UserError when the file does not hold."""
    return read_model(REPORTS / "phrases.toml", Phrases, "reports/phrases.toml")
