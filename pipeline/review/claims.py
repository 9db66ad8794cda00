"""The claims of a report's text: sentences that state figures, and sentences that were chosen by what figures show.

A sentence with figures has their addresses in it. For one without, the cell's code tells: the addresses in the
conditions by which `r.say` chose it, or, of a sentence that a comparing call made, the tables that the call names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.review.floats import divs_of
from pipeline.review.source import Source
from pipeline.tabulate import Tables

_SPAN = re.compile(r'\[(?P<shown>(?:[^][\\]|\\.)*)\]\{(?P<attributes>[^{}]*data-n="(?P<address>[^"]+)"[^{}]*)\}')
# An abbreviation, "t.ex." or "e.g.", has a full stop shortly before its last.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\.\w\.)(?<!\.\w\w\.)\s+(?=[A-ZÅÄÖ\[”“\x00])")
_SIGNPOST = re.compile(rf"@[a-z]+-|{_SPAN.pattern}")
"""In a sentence whose figures need not be looked for: a reference to a table, or figures themselves."""
_ITEM = re.compile(r"^(?:[-*]|\d+\.)\s+", re.MULTILINE)
_NOT_TOLD = re.compile(r"#[a-z]+-|\.names")
"""Divs that hold a table or chart, or a list of names."""
_NO_TEXT = ("#", "|", ":::", "```", "---")
_ASIDE = ("base", "year")
"""Columns of a note that say whom a table is about, and claim nothing."""


@dataclass(frozen=True)
class Claim:
    """A sentence as Markdown, and the addresses of the figures that bear it: cells, or a table as a whole."""

    sentence: str
    addresses: tuple[str, ...]


def claims_of(cells: Sequence[Any], source: Source, tables: Tables) -> dict[int, list[Claim]]:
    """Find the claims of an executed notebook, in order, by the number of their cell."""
    found: dict[int, list[Claim]] = {}
    for at, cell in enumerate(cells):
        for text, is_note in texts(markdown_of(cell)):
            for sentence in sentences(text):
                addresses = _figures(sentence, tables, is_note)
                if cell.cell_type == "code" and not is_note and not _SIGNPOST.search(sentence):
                    addresses = source.behind(at, plain(sentence))
                if addresses:
                    found.setdefault(at, []).append(Claim(sentence, tuple(dict.fromkeys(addresses))))
    return found


def markdown_of(cell: Any) -> str:
    """Give what a cell contributes to the report."""
    if cell.cell_type != "code":
        return str(cell.source) if cell.cell_type == "markdown" else ""
    return "\n\n".join(
        output.data["text/markdown"] for output in cell.outputs if "text/markdown" in output.get("data", {})
    )


def texts(markdown: str) -> Iterator[tuple[str, bool]]:
    """Give the running text, a paragraph or list item at a time, and whether it is a note under a table."""
    lines = markdown.split("\n")
    divs = list(divs_of(lines))
    shown = {at for div in divs if _NOT_TOLD.search(div.attributes) for at in range(div.start, div.end)}
    notes = {at for div in divs if ".table-note" in div.attributes for at in range(div.start, div.end)}
    paragraph: list[str] = []
    is_front = False
    for at, line in enumerate([*lines, ""]):
        if line.strip() == "---":
            is_front = not is_front
        is_text = at not in shown and not is_front and line.strip() and not line.lstrip().startswith(_NO_TEXT)
        starts = bool(_ITEM.match(line))
        if paragraph and (not is_text or starts):
            yield " ".join(paragraph), at - 1 in notes
            paragraph = []
        if is_text:
            paragraph.append(_ITEM.sub("", line).strip())


def sentences(text: str) -> list[str]:
    """Split a paragraph into sentences. What is quoted with an address is one word, whatever stands in it."""
    spans = [found[0] for found in _SPAN.finditer(text)]
    left = iter(spans)
    parts = _SENTENCE_END.split(_SPAN.sub("\x00", text))
    return [re.sub("\x00", lambda _: next(left), part) for part in parts if part.strip()]


def plain(sentence: str) -> str:
    """Give a sentence as a reader reads it, on one line."""
    return " ".join(re.sub(r"\\(.)", r"\1", _SPAN.sub(lambda found: found["shown"], sentence)).split())


def _figures(sentence: str, tables: Tables, is_note: bool) -> list[str]:
    """The addresses in a sentence; none when all it names is a year, or in a note a base."""
    addresses = [found["address"] for found in _SPAN.finditer(sentence)]
    aside = _ASIDE if is_note else ("year",)
    said = [each for each in addresses if _column(each, tables) not in aside]
    return addresses if said else []


def _column(address: str, tables: Tables) -> str:
    """The column at an address; of a figure of the text that is a year, "year"."""
    if "/" not in address:
        return ""
    return "year" if tables.cell(address).kind == "year" else address.rpartition("/")[2]
