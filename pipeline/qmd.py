"""A .qmd source in its parts: front matter, code cells and text; and what of it is code. Imports nothing slow."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pipeline.errors import UserError

INLINE = re.compile(r"(?<!`)`\{python\}\s+([^`]+)`(?!`)")
ADDRESS = re.compile(r"""\.n(?:\s[^{}]*?)?\sdata-n=\\?"([^"\\]+)""")
"""The address of a number in Markdown, or in a notebook that holds it."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(.*?)\s*$")
_PYTHON = re.compile(r"^\{python\b[^}]*\}$")


class Part(NamedTuple):
    """A part of a source: what it is, and its text (of code, without the fence)."""

    kind: Literal["front", "code", "text"]
    content: str


def parts(text: str) -> list[Part]:
    """Take a source apart. UserError when a chunk is not closed."""
    found: list[Part] = []
    front = _FRONT_MATTER.match(text)
    if front:
        found.append(Part("front", front[0].rstrip("\n")))
        text = text[front.end() :]
    lines: list[str] = []
    fence: str | None = None
    in_chunk = False

    def flush() -> None:
        content = "\n".join(lines).strip("\n")
        if content:
            found.append(Part("code" if in_chunk else "text", content))
        lines.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence is None and mark and _PYTHON.match(mark[2]):
            flush()
            fence, in_chunk = mark[1], True
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2]:
            if in_chunk:
                flush()
                in_chunk = False
            else:
                lines.append(line)
            fence = None
        else:
            if fence is None and mark:
                fence = mark[1]
            lines.append(line)
    if in_chunk:
        raise UserError("a {python} chunk is not closed")
    flush()
    return found


def code(text: str) -> list[tuple[str, str]]:
    """Give what a kernel would run, in order: ("cell", source) and ("inline", expression)."""
    ran: list[tuple[str, str]] = []
    for part in parts(text):
        if part.kind == "code":
            ran.append(("cell", part.content))
        elif part.kind == "text":
            ran += [("inline", expression) for expression in INLINE.findall(part.content)]
    return ran
