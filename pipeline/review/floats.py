"""Tables and charts in a report's Markdown: where each stands, and which tables of the year it shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_OPENING = re.compile(r"^:{3,}\s*\{(?P<attributes>.+)\}\s*$")
_CLOSING = re.compile(r"^:{3,}\s*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})")
_LABEL = re.compile(r"#([a-z]+-[\w-]+)")
_ADDRESS = re.compile(r'data-n="([^"]+)"')


class Float(NamedTuple):
    """A table or chart with its caption and note: its label, the table it shows (None: none of the year's), and its
    lines in the Markdown (`end` is the first one after it)."""

    label: str
    table: str | None
    start: int
    end: int


class Div(NamedTuple):
    """A div of the Markdown: its attributes, and its lines with the fences that open and close it."""

    attributes: str
    start: int
    end: int


def floats(markdown: str) -> list[Float]:
    """Find the tables and charts of a piece of Markdown, in order."""
    lines = markdown.split("\n")
    divs = sorted(divs_of(lines), key=lambda div: div.start)
    notes = {div.start: div.end for div in divs if ".table-note" in div.attributes}
    found = []
    for div in divs:
        label = _LABEL.search(div.attributes)
        if label:
            after = next((at for at in range(div.end, len(lines)) if lines[at].strip()), len(lines))
            body = "\n".join(lines[div.start + 1 : div.end - 1]).rstrip()
            # The last paragraph is the caption.
            addresses = _ADDRESS.findall(body.rpartition("\n\n")[0])
            shown = Counter(address.partition("/")[0] for address in addresses)
            table = shown.most_common(1)[0][0] if shown else None
            found.append(Float(label[1], table, div.start, notes.get(after, div.end)))
    return found


def divs_of(lines: list[str]) -> Iterator[Div]:
    """Find the divs, those inside before those around them. What stands in a code block is no Markdown."""
    opened: list[tuple[str, int]] = []
    fence = ""
    for at, line in enumerate(lines):
        found = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif found:
            fence = found[1]
        elif _CLOSING.match(line) and opened:
            attributes, start = opened.pop()
            yield Div(attributes, start, at + 1)
        elif opening := _OPENING.match(line):
            opened.append((opening["attributes"], at))


def put_after(markdown: str, blocks: dict[str, str]) -> str:
    """Put a block after each of the floats whose labels are given."""
    lines = markdown.split("\n")
    for each in sorted(floats(markdown), key=lambda each: each.end, reverse=True):
        if each.label in blocks:
            lines[each.end : each.end] = ["", *blocks[each.label].split("\n"), ""]
    return "\n".join(lines)
