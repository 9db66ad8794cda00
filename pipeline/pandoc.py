"""The pandoc that came with the package, run on a text; and what is read of text that is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Text must not bring HTML, TeX or formulas of its own. Raw blocks with a format stay: they hold the figures, and the
# filter refuses them everywhere else.
MARKDOWN = "markdown-raw_html-raw_tex-tex_math_dollars-task_lists"
_MORE_THAN_TEXT = (
    *("raw_attribute", "fenced_divs", "bracketed_spans", "native_divs", "native_spans", "header_attributes"),
    *("link_attributes", "inline_code_attributes", "fenced_code_attributes", "table_attributes", "yaml_metadata_block"),
)
_TEXT_ALONE = "".join([MARKDOWN, *(f"-{name}" for name in _MORE_THAN_TEXT)])
# Pandoc takes paths by the locale; by "C" it finds none with å.
_LOCALE = {"LC_ALL": "C.UTF-8"} if sys.platform == "linux" else {}
_MORE = "markup that is more than text: a raw block, attributes in braces, a div or metadata"
_SECONDS = 10  # that a text may take: a few brackets that are not closed take hours
_TOP = 3  # the level of the first heading of a text that stands inside a chapter
_SCHEMES = ("https://", "http://", "mailto:", "#")


class PandocError(Exception):
    """Pandoc stopped; what it wrote to say why."""


def pandoc(content: bytes, options: Mapping[str, Any], seconds: float | None = None) -> bytes:
    """Run pandoc with options as in its defaults files. Its warnings are errors. PandocError when it stops.

    subprocess.TimeoutExpired when it takes longer than so many seconds.
    """
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "defaults.yaml"
        settings.write_text(json.dumps({**options, "fail-if-warnings": True}), encoding="utf-8")
        run = subprocess.run(
            [str(_executable()), "--defaults", str(settings)],
            input=content,
            capture_output=True,
            cwd=folder,
            env={**os.environ, **_LOCALE},
            check=False,
            timeout=seconds,
        )
    if run.returncode:
        raise PandocError(run.stderr.decode(errors="replace"))
    return run.stdout


def _executable() -> Path:
    """Return the one that came with the package; a newer one on PATH would make other bytes."""
    import pypandoc

    return Path(pypandoc.__file__).parent / "files" / ("pandoc.exe" if sys.platform == "win32" else "pandoc")


@cache
def more_than_text(text: str) -> str:
    """Say what in somebody's Markdown is more than text, tables and links; empty when nothing is.

    Text is more when it reads otherwise inside a div of ours than by itself with nothing but text allowed: raw blocks,
    attributes, divs and metadata do, whatever way they are written.
    """
    try:
        inside = _read(f"::: {{.own-text}}\n\n{text}\n\n:::\n", MARKDOWN)
        alone = _read(text, _TEXT_ALONE)
    except PandocError:  # its warnings: a div that is not closed
        return _MORE
    except (subprocess.TimeoutExpired, RecursionError):
        return "too many brackets or marks one inside the other"
    if inside["meta"] or [block["c"][1] for block in inside["blocks"] if block["t"] == "Div"] != [alone["blocks"]]:
        return _MORE
    return next(_faults(alone["blocks"]), "")


def _faults(blocks: list[dict[str, Any]]) -> Iterator[str]:
    whole = list(map(id, blocks))
    for node in _nodes(blocks):
        if node["t"] == "Image":
            yield "a picture"
        if node["t"] == "Header" and node["c"][0] < _TOP:
            yield "a heading of the first or second level"
        if node["t"] == "Header" and id(node) not in whole:
            yield "a heading inside a list, a quotation or a table"
        if node["t"] == "Link" and not node["c"][2][0].lower().startswith(_SCHEMES):
            yield "a link to something else than a page, an e-mail address or a place in the report"


def _read(text: str, way: str) -> dict[str, Any]:
    return dict(json.loads(pandoc(text.encode(), {"from": way, "to": "json"}, _SECONDS)))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "t" in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
