"""The Markdown document in an executed notebook, and the settings it is rendered with."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from pipeline.errors import UserError
from pipeline.paths import REPORTS

EXTENSION = REPORTS / "_extensions" / "aterrapport"
"""Template, filter, style and fonts of both renderers."""
SETTINGS = REPORTS.parent / "quarto.yml"
"""Settings of both renderers, in Quarto's own words."""


@dataclass(frozen=True)
class Document:
    """A report as pandoc Markdown without its front matter, and the front matter as data."""

    name: str
    front_matter: dict[str, Any]
    markdown: str

    @property
    def language(self) -> str:
        """Language tag of the document: sv-SE, en-GB."""
        return str(self.front_matter["lang"])


def read_document(notebook: Path) -> Document:
    """Put front matter and Markdown of an executed notebook together (pipeline/execute.py holds it to have both)."""
    front, *cells = nbformat.read(notebook, as_version=4).cells
    parts: list[str] = []
    for cell in cells:
        # What a cell wrote on stderr is for the analyst, not for the reader.
        outputs = [output.data["text/markdown"] for output in cell.get("outputs", ()) if "data" in output]
        parts += [cell.source] if cell.cell_type == "markdown" else outputs
    return Document(notebook.name, yaml.safe_load(front.source.strip("-\n")), "\n\n".join(parts) + "\n")


def settings() -> dict[str, Any]:
    """Read quarto.yml."""
    return dict(yaml.safe_load(SETTINGS.read_text(encoding="utf-8")))


def words(language: str) -> dict[str, Any]:
    """Words the renderers add themselves, by Quarto's keys and the page's own.

    In words.json `script` is what page.js says; `charts`, `numbers` and `finder` are what the scripts so called say.
    Raises UserError for a language that quarto.yml has no words for.
    """
    base = language.split("-", maxsplit=1)[0]
    frame = json.loads((EXTENSION / "words.json").read_text(encoding="utf-8"))
    known: dict[str, Any] = settings()["language"]
    if base not in known or base not in frame:
        raise UserError(f"quarto.yml: no words for language {language!r}; expected one of {', '.join(known)}")
    return {**known[base], **frame[base]}


def floats(document: Document) -> dict[str, Any]:
    """Say how floats are numbered and called in this document: kinds by id prefix, delimiter, title of notes.

    The order of what counts is Quarto's: the document's front matter, quarto.yml, the language's words.
    """
    crossref = {**settings()["crossref"], **document.front_matter.get("crossref", {})}
    spoken = words(document.language)

    def kind(key: str, location: str) -> dict[str, str]:
        title = crossref.get(f"{key}-title", spoken[f"crossref-{key}-title"])
        prefix = crossref.get(f"{key}-prefix", spoken.get(f"crossref-{key}-prefix", title))
        return {"key": key, "caption": title, "reference": prefix, "location": location, "space": "true"}

    custom = [
        {
            "key": entry["key"],
            "caption": entry.get("caption-prefix", entry["reference-prefix"]),
            "reference": entry["reference-prefix"],
            "location": entry.get("caption-location", "bottom"),
            "space": "true" if entry.get("space-before-numbering", True) else "false",
        }
        for entry in crossref.get("custom", [])
    ]
    return {
        "kinds": [kind("tbl", "top"), kind("fig", "bottom"), *custom],
        "delimiter": html.unescape(crossref.get("title-delim", ":")),
        "note": spoken["callout-note-title"],
    }
