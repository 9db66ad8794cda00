"""Headers of columns, compared as people write them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from pipeline.register import INVISIBLE

# What a text becomes that was read in another encoding than it was written in.
_MISREAD = (
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("mac_roman", "utf-8"),
    ("cp1252", "mac_roman"),
    ("cp1252", "cp850"),
)


def header_text(header: str | None) -> str:
    """Return the words of a header, without line breaks, doubled spaces, split letters and marks that nobody sees."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", header or "")).split())


def header_key(header: str | None) -> str:
    """Return what headers are compared by: their words, whatever case, spaces or marks that nobody sees."""
    return header_text(header).casefold()


def hits(cells: Sequence[str | None], wanted: Collection[str]) -> int:
    """Return how many of the wanted keys a row has."""
    return len({header_key(cell) for cell in cells} & set(wanted))


def misread(header: str, wanted: Collection[str]) -> str | None:
    """Return the wanted header that this one was before its encoding was lost, its key when letters are gone."""
    if "\ufffd" in header:
        parts = header_key(header).split("\ufffd")
        return next(
            (key for key in wanted if len(key) == len(header_key(header)) and all(map(key.__contains__, parts))), None
        )
    for read_as, written_as in _MISREAD if not header.isascii() else ():
        try:
            before = header.encode(read_as).decode(written_as)
        except UnicodeError:
            continue
        if header_key(before) in wanted:
            return before
    return None
