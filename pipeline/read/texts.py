"""What the analysts write for a year, as Markdown files in its folder: `assessment.sv.md`, `activities.en.md`.

They stand in the report as theirs: `assessment` is their own judgement, `activities` their reading of the free text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.read.roles import LANGUAGES, TEXTS, find_file
from pipeline.year import Language

_HEADING = re.compile(r"^#{1,2}\s")


@dataclass(frozen=True)
class OwnText:
    """One text: which, in what language, its Markdown, and the name of its file."""

    name: str
    language: Language
    markdown: str
    file: str

    @property
    def row(self) -> dict[str, str]:
        """It as a row of the store."""
        return {"name": self.name, "language": self.language, "markdown": self.markdown}


def read_texts(folder: Path, shown_as: str) -> list[OwnText]:
    """Read the texts that are there; personal data in them is masked.

    UnreadableInputError for what is not UTF-8, and for a heading above the third level: it would become a chapter.
    """
    texts = [
        OwnText(name, language, _read(path, f"{shown_as}/{path.name}"), path.name)
        for name in TEXTS
        for language in LANGUAGES
        if (path := find_file(folder, f"{name}.{language}", shown_as))
    ]
    return [text for text in texts if text.markdown]


def _read(path: Path, shown_as: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise UnreadableInputError("not UTF-8 text", file=shown_as, todo="save it as UTF-8") from None
    for row, line in enumerate(text.splitlines(), start=1):
        if _HEADING.match(line):
            raise UnreadableInputError(
                "a heading of the first or second level",
                file=shown_as,
                row=row,
                found=line,
                expected="headings from ### on: the text stands inside a chapter",
            )
    return mask(text) if text else ""
