"""What the analysts write for a year, as Markdown files in its folder: `texts/background.sv.md`.

They stand in the report as theirs, each where its source has a place for a text of that name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.pandoc import more_than_text
from pipeline.qmd import places, prose
from pipeline.read.roles import LANGUAGES, find_file
from pipeline.read.typeface import CANNOT, IN_TYPEFACE, unprintable
from pipeline.year import Language

_TOP = re.compile(r"#{1,2}\s")
_UNDERLINE = re.compile(r"(=+|-+)\s*")
_HEADING = re.compile(r"(#{3,6})\s+(.*?)\s*#*\s*(?:\{[^}]*\})?\s*$")
_PICTURE = re.compile(r"!\[[^\]]*\]\(")
_REFERENCE = re.compile(r"(?:((?<![\w.\\])@)|\]\(#)([A-Za-z][\w:.-]*)")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_CODE = re.compile(r"`[^`]*`")
_WORD = re.compile(r"[A-Za-z][\w:-]*")


@dataclass(frozen=True)
class OwnText:
    """One text: which, in what language, its Markdown, and its file in the year's folder."""

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

    UnreadableInputError for what is not UTF-8, and, with the line, for what the report could not hold: a heading above
    the third level or one that skips a level, a picture, a reference to nothing, and markup that is more than text,
    which would be run or printed.
    """
    texts = [
        OwnText(name, language, _read(path, f"{shown_as}/{file}", name), file)
        for name in places()
        for language in LANGUAGES
        if (path := find_file(folder, f"{name}.{language}", shown_as))
        for file in [path.relative_to(folder).as_posix()]
    ]
    return [text for text in texts if text.markdown]


def _read(path: Path, shown_as: str, name: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableInputError("not UTF-8 text", file=shown_as, todo="save it as UTF-8") from None
    lines, is_code, began, level, headings = text.split("\n"), False, 0, 2, 0
    for at, line in enumerate(lines):
        is_code ^= line.lstrip().startswith("```")
        place: dict[str, Any] = {"file": shown_as, "row": at + 1, "found": line.strip()}
        if letter := unprintable(line):
            raise UnreadableInputError(CANNOT.format(ord(letter)), **place, expected=IN_TYPEFACE)
        if is_code:
            began = began or at + 1
            continue
        began = 0
        if _TOP.match(line) or (
            _UNDERLINE.fullmatch(line) and at and lines[at - 1].strip() and "|" not in lines[at - 1]
        ):
            expected = "headings from ### on: the text stands inside a chapter"
            raise UnreadableInputError("a heading of the first or second level", **place, expected=expected)
        if heading := _HEADING.match(line):
            if len(heading[1]) > level + 1:
                raise UnreadableInputError("a heading skips a level", **place, expected=f"at most {'#' * (level + 1)}")
            level, headings = len(heading[1]), headings + 1
            # An id of its own: that of its words may be one of the page's.
            lines[at] = f"{heading[1]} {heading[2]} {{#own-{name}-{headings}}}"
        if _PICTURE.search(line):
            raise UnreadableInputError("a picture", **place, expected="text and tables: pictures are not taken along")
        for at_sign, written in _REFERENCE.findall(_CODE.sub("", line)):
            reference = written.rstrip(".:-")
            if reference not in _labels() or (at_sign and "-" not in reference):  # @tbl-…, @fig-…, @bil-…
                expected = "the label of a table, figure or chapter of the report; a sign that is none is written \\@"
                raise UnreadableInputError(f"a reference to nothing: {reference!r}", **place, expected=expected)
        lines[at] = _NOTE.sub(rf"[^{name}-\1]", lines[at])  # a footnote of its own, whatever other texts call theirs
    if is_code:
        raise UnreadableInputError("code that is not ended", file=shown_as, row=began, expected="a line ``` after it")
    as_text = "\n".join(re.sub(r"(^#{3,6} .*) \{#own-.*\}$", r"\1", line) for line in lines)
    if problem := more_than_text(as_text):
        row, found = _where(as_text)
        expected = "text, tables, and links to pages"
        raise UnreadableInputError(problem, file=shown_as, row=row, found=found, expected=expected)
    return mask("\n".join(lines).strip("\n")) if as_text.strip() else ""


def _where(text: str) -> tuple[int | None, str | None]:
    """Return the row and the first line of the paragraph that is more than text by itself; None when none is."""
    row = 1
    for paragraph in re.split(r"\n(?=[^\S\n]*\n)", text):
        lines = paragraph.split("\n")
        written = [line for line in lines if line.strip()]
        if written and more_than_text(paragraph):
            return row + lines.index(written[0]), written[0]
        row += len(lines)
    return None, None


@cache
def _labels() -> set[str]:
    """Every word of the report's sources, the labels among them."""
    return {word for source in prose() for word in _WORD.findall(source.read_text(encoding="utf-8"))}
