"""A .qmd source in its parts: front matter, code cells and text. Imports nothing slow."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pipeline.errors import UserError

ADDRESS = re.compile(r"""\.n(?:\s[^{}]*?)?\sdata-n=\\?"([^"\\]+)""")
"""The address of a number in Markdown, or in a notebook that holds it."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(.*?)\s*$")
_PYTHON = re.compile(r"^\{python\b[^}]*\}$")


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
