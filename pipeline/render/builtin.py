"""The built-in renderer: pandoc with one Lua filter for HTML, Typst for PDF. It needs nothing outside the package."""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import UserError
from pipeline.markdown import MARKDOWN, PandocError, pandoc, with_own_scripts
from pipeline.render import Format
from pipeline.render.document import EXTENSION, Document, floats, read_document, words

# Pipe tables whose lines are longer than this get relative widths by the dashes under their header.
COLUMNS = 72


def make(
    notebook: Path, formats: Sequence[Format], page: Callable[[], Mapping[str, Any]] = dict
) -> dict[Format, bytes]:
    """Render an executed notebook to each format; `page` gives what the HTML holds beside it.

    Raises UserError for what its author must mend.
    """
    document = read_document(notebook)
    _parse(document)  # once, before both want it
    makers: dict[Format, Callable[[], bytes]] = {
        "html": lambda: html(document, page()),
        "pdf": lambda: _pdf(document),
    }
    # Side by side: pandoc is another process, and Typst lets others run while it sets the pages.
    with ThreadPoolExecutor(len(formats)) as pool:
        made = {kind: pool.submit(makers[kind]) for kind in formats}
    return {kind: content.result() for kind, content in made.items()}


def html(document: Document, page: Mapping[str, Any] | None = None) -> bytes:
    """Return one HTML file that makes no request: style, fonts and script are in it.

    `page` may hold `numbers`, the explanations of its numbers as JSON without "<" (explain.page), and `edition`,
    the file of the edition in the other language.
    """
    spoken, extra = words(document.language), dict(page or {})
    parts = {"page.js": "script"}
    parts |= {"numbers.js": "numbers"} if extra.get("numbers") else {}
    parts |= {"charts.js": "charts"} if "data-marks=" in document.markdown else {}
    parts |= {"finder.js": "finder"} if "::: {.finder data-" in document.markdown else {}
    script = "\n".join((EXTENSION / file).read_text(encoding="utf-8") for file in parts)
    said = {name: text for part in parts.values() for name, text in spoken[part].items()}
    # As in the numbers, nothing in a word may end the element that holds it.
    words_of_script = json.dumps(said, ensure_ascii=False).replace("<", "\\u003c")
    variables = {"style": _style(), "words": spoken, "said": words_of_script, "script": script, **extra}
    defaults = {
        "to": "html5",
        "template": str(EXTENSION / "report.html"),
        # The title is the page's only first heading, so chapters come second.
        "shift-heading-level-by": 1,
        "toc-depth": 3,
        "variables": variables,
    }
    return with_own_scripts(_write(document, defaults).decode()).encode()


def _pdf(document: Document) -> bytes:
    """Return one PDF: tagged, PDF/UA-1 and PDF/A-2a."""
    from pipeline.render.pdf import compile_typst

    # Characters stand as they are: Typst must not make quotation marks of its own.
    settings = {"to": "typst-smart", "template": str(EXTENSION / "report.typ"), "toc-depth": 2}
    return compile_typst(_write(document, settings).decode(), EXTENSION / "fonts")


def _style() -> str:
    """Return the style sheet with its fonts inside."""

    def embedded(match: re.Match[str]) -> str:
        font = base64.b64encode((EXTENSION / match[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return re.sub(r'url\("([^"]+)"\)', embedded, (EXTENSION / "style.css").read_text(encoding="utf-8"))


def _parse(document: Document) -> bytes:
    """Let pandoc read the document: its own tree as JSON, which every format is written from."""
    front = {key: value for key, value in document.front_matter.items() if key != "crossref"}
    # The front matter is written anew: a YAML block in JSON is read alike and cannot end early.
    text = f"---\n{json.dumps(front, ensure_ascii=False, default=str)}\n---\n\n{document.markdown}"
    return _parsed(document.name, text)


@lru_cache(maxsize=4)
def _parsed(name: str, text: str) -> bytes:
    """Parse a document once for its page and its PDF, which two steps make."""
    return _pandoc(name, text.encode(), {"from": MARKDOWN, "to": "json", "columns": COLUMNS})


def _write(document: Document, settings: Mapping[str, Any]) -> bytes:
    """Let pandoc write what it has read, through the filter of both renderers."""
    options = {
        "from": "json",
        "standalone": True,
        "table-of-contents": True,
        "columns": COLUMNS,
        "wrap": "none",
        "filters": [{"type": "lua", "path": str(EXTENSION / "filter.lua")}],
        "metadata": {"floats": floats(document)},
        **settings,
    }
    spoken = {"toc-title": words(document.language)["toc-title-document"], **options.get("variables", {})}
    return _pandoc(document.name, _parse(document), options | {"variables": spoken})


def _pandoc(name: str, content: bytes, options: Mapping[str, Any]) -> bytes:
    """Run pandoc. UserError when it stops: a report is whole or not there."""
    try:
        return pandoc(content, options)
    except PandocError as error:
        # The filter's own words where it stopped the run, else pandoc's.
        own = re.search(r"aterrapport: (.*)", str(error))
        raise UserError(f"{name}: {own[1] if own else ' '.join(str(error).split())}") from None
