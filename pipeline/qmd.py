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
THEMES = "_themes"
"""How the id of a table ends that counts themes of free text."""
_LABEL = re.compile(r":::+ \{#[a-z]+-([a-z][a-z0-9_]*)[ }]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(.*?)\s*$")
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
    found: list[Part] = []
    front = _FRONT_MATTER.match(text)
    if front:
        found.append(Part("front", front[0].rstrip("\n"), 1))
    lines: list[str] = []
    fence: str | None = None
    in_chunk = False

    def flush() -> None:
        content = "\n".join(lines).rstrip()
        if content:
            found.append(Part("code" if in_chunk else "text", content, start))
        lines.clear()

    skipped = front[0].count("\n") if front else 0
    start = skipped + 1
    for number, line in enumerate(text.split("\n")[skipped:], start=skipped + 1):
        mark = _FENCE.match(line)
        if fence is None and mark and _PYTHON.match(mark[2]):
            flush()
            fence, in_chunk, start = mark[1], True, number + 1
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2]:
            if in_chunk:
                flush()
                in_chunk, start = False, number + 1
            else:
                lines.append(line)
            fence = None
        else:
            if fence is None and mark:
                fence = mark[1]
            if lines or line.strip():
                lines.append(line)
            else:
                start = number + 1
    if in_chunk:
        raise UserError("a {python} chunk is not closed")
    flush()
    return found
