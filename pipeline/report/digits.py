"""Digits that somebody typed into the text: every number has an address, but for what reports/constants.toml names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipeline.model import Model, read_model
from pipeline.paths import REPORTS

_NOT_TEXT = re.compile(r"\{[^{}\n]*\}|\]\([^()\s]*\)|<[a-z]+:[^<>\s]*>|@[a-z]+-[\w-]+")
"""Attributes of Markdown, the targets of links, addresses of pages, references: no reader sees their digits."""
_LEADING = re.compile(r"^\s*(?P<mark>#{1,6}\s|[-*]\s|\d+\.\s|\|)?")
_ELEMENTS = {"#": ("h2", "h3", "a"), "-": ("li",), "*": ("li",), "|": ("td",)}


class Constant(Model):
    """Digits that may stand in the text: a regular expression, in which elements of the page, and why."""

    pattern: str
    within: list[str]
    reason: str


class _Constants(Model):
    constant: list[Constant] = []


@cache
def constants(reports: Path) -> tuple[Constant, ...]:
    """Read constants.toml; there are none without the file. UserError when it does not hold."""
    if not (reports / "constants.toml").is_file():
        return ()
    return tuple(read_model(reports / "constants.toml", _Constants, "reports/constants.toml").constant)


def typed(text: str, reports: Path = REPORTS) -> Iterator[str]:
    """Return each line of a text that has a digit of its own, whose numbers with addresses are tokens."""
    for line in text.split("\n"):
        if not re.search(r"\d", line):
            continue
        mark = _LEADING.match(line)
        kind = (mark["mark"] or "")[:1] if mark else ""
        left = _NOT_TEXT.sub("", line[mark.end() if mark else 0 :])
        for constant in constants(reports):
            if set(constant.within) & set(_ELEMENTS.get(kind, ("p", "caption"))):
                left = re.sub(constant.pattern, "", left)
        if re.search(r"\d", left):
            yield line.strip()


class Typed(NamedTuple):
    """A digit without an address: the line of the source, and what is wrong."""

    line: int
    problem: str


def first_typed(text: str, source: str, reports: Path = REPORTS) -> Typed | None:
    """Return the first digit of a text that somebody typed, with its line in the source."""
    line = next(typed(text, reports), None)
    if line is None:
        return None
    shown = re.sub("[\U000f0000-\U0010fffd]", "…", line)
    return Typed(
        _line_of(line, source),
        f"a digit has no address: “{shown}”; take the number from a table, as in "
        '{{ n("key_figures/recipients/value") }}, or give reports/constants.toml the reason why it is no number',
    )


def _line_of(line: str, source: str) -> int:
    """Find the line of a source that a line of text comes from: the one that has its digits, outside of {{ … }}."""
    blank = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<#.*?#>", lambda tag: re.sub(r"[^\n]", " ", tag[0]), source, flags=re.DOTALL)
    digits = re.findall(r"\d+", _NOT_TEXT.sub("", line))
    for number, content in enumerate(blank.split("\n"), start=1):
        if any(re.search(rf"(?<!\d){run}(?!\d)", content) for run in digits):
            return number
    return 1
