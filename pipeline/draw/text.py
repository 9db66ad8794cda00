"""Measure, wrap and make harmless the text that goes into a drawing."""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

SIZE = 14.0
"""Font size of the house style in pixels."""

LINE = 1.3
"""Height of a line as a multiple of the font size: what Plotly uses."""

_UNKNOWN = 0.6  # of the font size: a middling letter, for characters outside the measured ones
_WIDE = 1.0  # the same for the scripts from U+1100 up, whose characters fill a square

# What XML 1.0 cannot hold at all: control characters, lone surrogates and two noncharacters.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKABLE = re.compile("[ \t\r\n\u2028\u2029]+")
# Plotly reads a little HTML in every text, and TeX between dollar signs where MathJax is at hand.
_HARMLESS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})


@cache
def _metrics() -> dict[str, Any]:
    """Read the letter widths once."""
    content: dict[str, Any] = json.loads(files(__package__).joinpath("widths.json").read_text(encoding="utf-8"))
    return content


def width(text: str, size: float = SIZE, weight: int = 400) -> float:
    """Return the width of one line in pixels, set in the house typeface at `size` pixels; weights from 600 are bold."""
    table = _metrics()["weights"]["600" if weight >= 600 else "400"]
    thousandths = sum(table.get(c, 1000 * (_WIDE if c >= "\u1100" else _UNKNOWN)) for c in text)
    return float(thousandths) * size / 1000


def widest(texts: Iterable[list[str]], size: float = SIZE) -> float:
    """Return the width of the widest line of several texts, in pixels."""
    return max(width(line, size) for lines in texts for line in lines)


def ascent(size: float = SIZE) -> float:
    """Return how far the line reaches above the base line, in pixels."""
    return float(_metrics()["ascent"]) * size / 1000


def height(size: float = SIZE) -> float:
    """Return the height from the highest ascender to the lowest descender, in pixels."""
    return float(_metrics()["ascent"] + _metrics()["descent"]) * size / 1000


def clean(text: str) -> str:
    """Drop what XML cannot hold and make every run of breakable white space one space; no-break spaces stay."""
    return _BREAKABLE.sub(" ", _NOT_XML.sub("", text)).strip(" ")


def wrap(text: str, room: float, size: float = SIZE, weight: int = 400) -> list[str]:
    """Break clean text into lines of at most `room` pixels, at spaces, and within words only where one alone is wider.

    Lines are filled in order, then evened out: the narrowest setting with the same number of lines reads best.
    """
    words = [piece for word in clean(text).split(" ") for piece in _pieces(word, room, size, weight)]
    lines = _fill(words, room, size, weight)
    if len(lines) > 1:
        narrowest = max(width(word, size, weight) for word in words)
        low, high = narrowest, room
        while high - low > 1:
            middle = (low + high) / 2
            low, high = (low, middle) if len(_fill(words, middle, size, weight)) == len(lines) else (middle, high)
        lines = _fill(words, high, size, weight)
    return lines


def _fill(words: list[str], room: float, size: float, weight: int) -> list[str]:
    """Put as many words as fit on each line."""
    lines = words[:1]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if width(longer, size, weight) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(word: str, room: float, size: float, weight: int) -> list[str]:
    """Cut a word that is wider than a line into pieces that are not; at hyphens and slashes if that helps."""
    if width(word, size, weight) <= room:
        return [word]
    pieces = [""]
    for part in re.split(r"(?<=[-/–])", word):
        for character in [part] if width(part, size, weight) <= room else part:
            if pieces[-1] and width(pieces[-1] + character, size, weight) > room:
                pieces.append("")
            pieces[-1] += character
    return pieces


def markup(lines: list[str]) -> str:
    """Join lines as Plotly wants them, with everything Plotly or XML would act upon made inert."""
    return "<br>".join(clean(line).translate(_HARMLESS) for line in lines)
