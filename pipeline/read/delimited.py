"""CSV to rows of text: its encoding and its delimiter. An encoding that was lost is said to be one, never guessed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.read.headers import hits

TITLE_ROWS = 10
"""The header is in one of the first rows, below titles."""
_DELIMITERS = ",;\t"
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_MARK = b"\xef\xbb\xbf"
_LOST = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as Python keeps it
_NO_TEXT = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes that Windows-1252 has no letter for
_LETTERS = re.compile("[åäöÅÄÖéÉ]")
_OTHERS = {"mac_roman": "CSV (Macintosh)", "cp850": "CSV (MS-DOS)"}
_SAVE_ANEW = "save it anew as CSV UTF-8, which Excel has among its file types"

Grid = list[tuple[int, Sequence[str | None]]]


def read_delimited(path: Path, shown_as: str, wanted: Collection[str]) -> Grid:
    """Read a CSV file as numbered rows. UnreadableInputError for what is no CSV, or in an encoding that is not read."""
    text = _decode(path.read_bytes(), shown_as, wanted)
    rows: Grid = []
    try:
        rows.extend(enumerate(_records(text, _delimiter(text, wanted)), start=1))
    except csv.Error as error:
        raise UnreadableInputError(f"not a CSV file: {error}", file=shown_as, row=len(rows) + 1) from None
    return rows


def _delimiter(text: str, wanted: Collection[str]) -> str:
    return max(_DELIMITERS, key=lambda mark: _best(_records(text, mark), wanted))


def _best(grid: Iterator[Sequence[str | None]], wanted: Collection[str]) -> tuple[int, int]:
    """How well the first rows fit: wanted columns in the best of them, then cells in a row."""
    best = (0, 0)
    with suppress(csv.Error):
        for cells in islice(filter(any, grid), TITLE_ROWS):
            best = max(best, (hits(cells, wanted), len(cells)))
    return best


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _decode(content: bytes, shown_as: str, wanted: Collection[str]) -> str:
    """Decode by byte order mark, else as UTF-8, else as Windows-1252, the three that survey tools and Excel write.

    Other encodings give other letters and no error: they are known by å, ä and ö, which only the right one gives.
    """
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), None)
    with suppress(UnicodeDecodeError):
        text = content.decode(encoding or "utf-8-sig")
        if "\0" not in text:
            return text
    row: int | None = None
    lost = _NO_TEXT.search(content)
    text = content.removeprefix(_MARK).decode("utf-8", "surrogateescape")
    bytes_lost = _LOST.findall(text)
    beyond = sum(not letter.isascii() for letter in text) - len(bytes_lost)
    read = {name: content.decode(name, "replace") for name in ("cp1252", *_OTHERS)}
    likely = max(read, key=lambda name: len(_LETTERS.findall(read[name])))
    if encoding:
        problem, found = "not a text file", f"bytes that are not {encoding}"
    elif b"\0" in content:
        row = None if content.startswith(b"PK") else _row_of(content, content.index(b"\0"))  # of a workbook, nothing
        problem, found = "not a text file", "the byte 0x00"
    elif content.startswith(_MARK) or beyond > len(bytes_lost):
        problem = "a byte that is not in the encoding of the file"
        found, row = f"0x{ord(bytes_lost[0]) - 0xDC00:02X} in UTF-8 text", _row_of_loss(text, wanted)
    elif likely != "cp1252":
        problem, found, row = "the encoding of the file is another one", _OTHERS[likely], _row_of_loss(text, wanted)
    elif lost:
        problem, found, row = "not a text file", f"the byte 0x{lost[0][0]:02X}", _row_of(content, lost.start())
    else:
        return read["cp1252"]
    raise UnreadableInputError(
        problem,
        file=shown_as,
        row=row,
        found=found,
        expected="CSV in UTF-8, UTF-16 or Windows-1252 throughout",
        todo=_SAVE_ANEW,
    )


def _row_of(content: bytes, at: int) -> int:
    return len((content[:at] + b"x").splitlines())


def _row_of_loss(text: str, wanted: Collection[str]) -> int:
    number = 0
    with suppress(csv.Error):
        for number, cells in enumerate(_records(text, _delimiter(text, wanted)), start=1):
            if any(map(_LOST.search, cells)):
                return number
    return number + 1
