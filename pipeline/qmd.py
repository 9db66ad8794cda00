"""The sources of the reports: which there are, and a .qmd in its parts. Imports nothing slow."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from pipeline.errors import UserError
from pipeline.paths import REPORTS

ADDRESS = re.compile(r"""\.n(?:\s[^{}]*?)?\sdata-n=\\?"([^"\\]+)""")
"""The address of a number in Markdown, or in a notebook that holds it."""
THEMES = "_themes"  # how the id of a table ends that counts themes of free text
_LABEL = re.compile(r":::+ \{#[a-z]+-([a-z][a-z0-9_]*)[ }]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_BLOCK = re.compile(
    r"^(?P<fence>(?P<mark>[`~])(?P=mark){2,})[ \t]*(?P<info>[^\n]*?)[ \t]*(?:\n|\Z)"
    r"(?P<body>.*?)(?:(?P<end>^(?P=fence)(?P=mark)*[ \t]*$\n?)|\Z)",
    re.DOTALL | re.MULTILINE,
)
_PYTHON = re.compile(r"^\{python\b[^}]*\}$")
_PLACE = re.compile(r'\bown_(?:text|table)\("([a-z][a-z0-9_]*)"')


def prose(reports: Path = REPORTS) -> list[Path]:
    """Return the sources of the report's prose: its documents, and what they include."""
    return [path for path in sorted(reports.iterdir()) if path.suffix in (".qmd", ".md") and path.is_file()]


def places(reports: Path = REPORTS) -> list[str]:
    """Return the names of the analysts' texts that the report has a place for (`own_text`, `own_table`)."""
    found = (_PLACE.findall(path.read_text(encoding="utf-8", errors="replace")) for path in prose(reports))
    return sorted(set(chain.from_iterable(found)))


def names(cells: str, table: str) -> bool:
    """Return whether cells name a table, in an address, a label or a call."""
    return re.search(rf"""(?<=["'@/-]){table}\b""", cells) is not None


def unnamed(cells: str, notebook: str) -> list[str]:
    """Return the tables of answers that an executed notebook shows, and its cells do not name."""
    cells += "".join(path.read_text(encoding="utf-8") for path in prose() if path.suffix == ".md")
    labels = dict.fromkeys(_LABEL.findall(notebook))
    shown = dict.fromkeys(label.removesuffix("_by_region") for label in labels if not names(cells, label))
    return [name for name in shown if not names(cells, name) and not name.endswith(THEMES)]


class Part(NamedTuple):
    """A part of a source: what it is, its text (of code, without the fence), and the line on which that begins."""

    kind: Literal["front", "code", "text"]
    content: str
    line: int


def parts(text: str) -> list[Part]:
    """Take a source apart. UserError when a chunk is not closed."""
    front = _FRONT_MATTER.match(text)
    found, at = [Part("front", front[0].rstrip("\n"), 1)] if front else [], front.end() if front else 0

    def add(kind: Literal["code", "text"], start: int, end: int) -> None:
        content = text[start:end]
        begins = text.rfind("\n", start, end - len(content.lstrip())) + 1 or start  # the line of the first letter
        if content.strip():
            found.append(Part(kind, text[begins:end].rstrip(), text.count("\n", 0, begins) + 1))

    for block in _BLOCK.finditer(text, at):
        if _PYTHON.match(block["info"]):
            if block["end"] is None:
                raise UserError("a {python} chunk is not closed")
            add("text", at, block.start())
            add("code", *block.span("body"))
            at = block.end()
    add("text", at, len(text))
    return found
