"""Pandoc Markdown, written safely: what comes from data is text and nothing else."""

from __future__ import annotations

import re

from pipeline.language import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|@$^~\"'&!=+])|(?<=[-.])([-.])")


class Markdown(str):
    """Text that Jupyter and Quarto show as Markdown: a plain str would be shown as its repr."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)

    def __add__(self, other: str) -> Markdown:
        return Markdown(str(self) + other)


def escape(text: str) -> str:
    """Write text so that Pandoc reads it as itself: one line, no markup, no control or direction marks."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], visible(text))


def span(shown: str, address: str, anchor: str | None = None, *, made_up: bool = False) -> str:
    """Write a number that keeps its address (and, first in its row, the row's anchor)."""
    classes = ".n .made-up" if made_up else ".n"
    return f'[{shown}]{{{f"#{anchor} " if anchor else ""}{classes} data-n="{address}"}}'


def floated(label: str, body: str, caption: str) -> str:
    """Write a float: a table or figure with its caption, which references can name."""
    return f"::: {{#{label}}}\n\n{body}\n\n{caption}\n\n:::\n"


def pipe_table(head: list[str], widths: list[int], right: list[bool], rows: list[list[str]]) -> str:
    """Write a pipe table. Pandoc takes the relative column widths from the dashes, in tables with a long line."""
    rule = [
        "-" * (width - 1) + ":" if is_right else ":" + "-" * (width - 1)
        for width, is_right in zip(widths, right, strict=True)
    ]
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|" + "|".join(rule) + "|", *("| " + " | ".join(row) + " |" for row in rows)]
    )
