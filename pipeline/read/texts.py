"""What the analysts write for a year, as Markdown files in its folder: `texts/background.sv.md`.

They stand in the report as theirs, each where its source has a place for a text of that name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.pandoc import more_than_text
from pipeline.paths import REPORTS
from pipeline.qmd import places, prose
from pipeline.read.roles import LANGUAGES, find_file
from pipeline.year import Language

_TOP = re.compile(r"#{1,2}\s")
_UNDERLINE = re.compile(r"(=+|-+)\s*")
_HEADING = re.compile(r"(#{3,6})\s+(.*?)\s*#*\s*(?:\{[^}]*\})?\s*$")
_PICTURE = re.compile(r"!\[[^\]]*\]\(")
_REFERENCE = re.compile(r"(?:((?<![\w.\\])@)|\]\(#)([A-Za-z][\w:.-]*)")
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
    lines, is_code, level, headings = text.split("\n"), False, 2, 0
    for at, line in enumerate(lines):
        is_code ^= line.lstrip().startswith("```")
        place: dict[str, Any] = {"file": shown_as, "row": at + 1, "found": line.strip()}
        if letter := next((one for one in line if one not in _printable() and not _is_mark(one)), None):
            expected = "letters, digits and signs that the report's typeface has"
            raise UnreadableInputError(
                f"a character that cannot be printed: U+{ord(letter):04X}", **place, expected=expected
            )
        if is_code:
            continue
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


def _is_mark(letter: str) -> bool:
    """Return whether a character is a tab, or one that joins or divides words and is not printed."""
    return letter == "\t" or (unicodedata.category(letter) == "Cf" and unicodedata.bidirectional(letter) == "BN")


@cache
def _printable() -> frozenset[str]:
    """Every character that all fonts of the report hold: groups of characters in their table `cmap`, of format 12."""
    held = [_held(font.read_bytes()) for font in (REPORTS / "_extensions" / "aterrapport" / "fonts").glob("*.ttf")]
    return frozenset[str]().union(*held[:1]).intersection(*held)


def _held(font: bytes) -> frozenset[str]:
    tables = {font[at : at + 4]: unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * font[5], 16)}
    start = tables[b"cmap"]
    maps = [start + unpack_from(">I", font, at + 4)[0] for at in range(start + 4, start + 4 + 8 * font[start + 3], 8)]
    whole = next(at for at in maps if unpack_from(">H", font, at)[0] == 12)
    groups = iter_unpack(">III", font[whole + 16 : whole + 16 + 12 * unpack_from(">I", font, whole + 12)[0]])
    return frozenset(chr(code) for first, last, _ in groups for code in range(first, last + 1))
