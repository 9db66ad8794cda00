"""Pandoc Markdown and pages, written safely: what comes from data is text and nothing else."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from pipeline.mask import visible

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|@$^~\"'&!=+])|(?<=[-.])([-.])")


class Markdown(str):
    """Text that is Markdown already: Jinja2 puts it in as it is, and Jupyter and Quarto show it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


def escape(text: str) -> Markdown:
    """Write text so that Pandoc reads it as itself: one line, no markup, no control or direction marks."""
    return Markdown(_SPECIAL.sub(lambda found: "\\" + found[0], visible(text)))


def with_own_scripts(page: str) -> str:
    """Return a page whose content security policy lets the scripts that stand in it now run, and none that comes later.

    They are known by their checksums.
    """
    scripts = re.findall(r'<script(?: type="module")?>(.*?)</script>', page, re.DOTALL)
    sums = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = "".join(f" 'sha256-{checksum}'" for checksum in dict.fromkeys(sums))
    return page.replace("script-src 'none'", f"script-src{allowed}", 1) if allowed else page


def floated(label: str, body: str, caption: str, classes: str = "") -> str:
    """Write a float: a table or figure with its caption, which references can name."""
    return f"::: {{#{label}{classes and ' .' + classes}}}\n\n{body}\n\n{caption}\n\n:::\n"


def pipe_table(head: Sequence[str], widths: Sequence[int], right: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    """Write a pipe table. Pandoc takes the relative column widths from the dashes, in tables with a long line."""
    rule = ["-" * (w - 1) + ":" if is_right else ":" + "-" * (w - 1) for w, is_right in zip(widths, right, strict=True)]
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|" + "|".join(rule) + "|", *("| " + " | ".join(row) + " |" for row in rows)]
    )
