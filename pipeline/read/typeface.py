"""What can be printed: the characters of the report's typeface."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from struct import iter_unpack, unpack_from

from pipeline.errors import UnreadableInputError
from pipeline.mask import visible
from pipeline.paths import REPORTS

CANNOT = "a character that cannot be printed: U+{:04X}"
IN_TYPEFACE = "letters, digits and signs that the report's typeface has"


def unprintable(text: str) -> str | None:
    """Return the first character of a text that the report cannot print; None when it can print all."""
    return next((one for one in text if one not in _printable() and not _is_mark(one)), None)


def check_printable(path: Path, shown_as: str, values: str) -> None:
    """Raise UnreadableInputError naming the row where a file has a character of its `values` that cannot be printed."""
    letter = unprintable(visible(values))
    if letter:
        rows = path.read_text(encoding="utf-8").split("\n")
        row = next((at for at, line in enumerate(rows, start=1) if letter in line), None)
        raise UnreadableInputError(CANNOT.format(ord(letter)), file=shown_as, row=row, expected=IN_TYPEFACE)


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
