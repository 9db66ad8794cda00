"""Files to rows of text: CSV in any usual encoding and delimiter, and XLSX.

Every row keeps the number that a spreadsheet shows.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.read.values import clean

_DELIMITERS = ",;\t"
_TITLE_ROWS = 10
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Cells = Sequence[str | None]


@dataclass(frozen=True)
class Row:
    """One row under the header: its number in the file, and its cells by column name (None when blank)."""

    number: int
    cells: dict[str, str | None]


@dataclass(frozen=True)
class Sheet:
    """A table as it was sent: `file` as messages show it, the names of the known columns it has, and its rows."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def sha256(path: Path) -> str:
    """Checksum of a raw file, by which a number is traced to it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_sheet(path: Path, shown_as: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read the known columns of a CSV or XLSX file as text, wherever the header stands in its first ten rows.

    Headers match by their words, whatever case, spaces or line breaks. Columns not asked for are left out.
    UnreadableInputError when the file is empty, is no table, lacks a required column, or has no row below the header.
    """
    grid = _xlsx(path, shown_as) if path.suffix.lower() == ".xlsx" else _csv(path, shown_as, required)
    grid = [(number, [clean(cell) for cell in cells]) for number, cells in grid]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    if not grid:
        raise UnreadableInputError("the file is empty", file=shown_as, expected=f"the columns {', '.join(required)}")
    place = _header(grid, required, shown_as)
    header_number, header = grid[place]
    positions = _positions(header, [*required, *optional], shown_as, header_number)
    rows = []
    for number, cells in grid[place + 1 :]:
        if any(cells[len(header) :]):
            raise UnreadableInputError(
                "more cells than columns",
                file=shown_as,
                row=number,
                found=len(cells),
                expected=f"{len(header)} as in the header",
                todo="put quotes around a cell that holds the delimiter",
            )
        rows.append(Row(number, {name: cells[at] if at < len(cells) else None for name, at in positions.items()}))
    if not rows:
        raise UnreadableInputError(
            "no row below the header", file=shown_as, row=header_number, expected="one row a recipient"
        )
    return Sheet(shown_as, tuple(positions), tuple(rows))


def _csv(path: Path, shown_as: str, required: Sequence[str]) -> list[tuple[int, Cells]]:
    text = _decode(path.read_bytes(), shown_as)
    delimiter = max(_DELIMITERS, key=lambda mark: _columns_found(text, mark, required))
    rows: list[tuple[int, Cells]] = []
    try:
        rows.extend(enumerate(_records(text, delimiter), start=1))
    except csv.Error as error:
        raise UnreadableInputError(f"not a CSV file: {error}", file=shown_as, row=len(rows) + 1) from None
    return rows


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _columns_found(text: str, delimiter: str, required: Sequence[str]) -> tuple[int, int]:
    """How well a delimiter fits: required columns in the best of the first rows, then cells in a row."""
    wanted = {_key(name) for name in required}
    best = (0, 0)
    with suppress(csv.Error):
        for cells in islice(_records(text, delimiter), _TITLE_ROWS):
            best = max(best, (len(wanted & {_key(cell) for cell in cells}), len(cells)))
    return best


def _decode(content: bytes, shown_as: str) -> str:
    """Decode by byte order mark, else as UTF-8, else as Windows-1252, the three that survey tools and Excel write."""
    encoding = next((name for mark, name in _BOMS.items() if content.startswith(mark)), None)
    for attempt in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableInputError("not a text file", file=shown_as, expected="CSV in UTF-8, UTF-16 or Windows-1252")


def _xlsx(path: Path, shown_as: str) -> list[tuple[int, Cells]]:
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableInputError(f"not a spreadsheet: {reason}", file=shown_as, expected="an XLSX file") from None
    return [(number, list(cells)) for number, cells in enumerate(frame.iter_rows(), start=1)]


def _header(grid: Sequence[tuple[int, Cells]], required: Sequence[str], shown_as: str) -> int:
    """Place of the first row that has the most required columns; it must have them all."""
    wanted = {_key(name) for name in required}
    known = [len(wanted & {_key(cell) for cell in cells}) for _, cells in grid[:_TITLE_ROWS]]
    place = known.index(max(known))
    if known[place] < len(wanted):
        header = [cell for cell in grid[place][1] if cell]
        missing = next(name for name in required if _key(name) not in {_key(cell) for cell in header})
        near = get_close_matches(missing, header, n=1, cutoff=0.5)
        raise UnreadableInputError(
            f"column {missing!r} is missing",
            file=shown_as,
            row=grid[place][0],
            found=mask(", ".join(header)[:200]),
            expected=f"the columns {', '.join(required)}",
            todo=f"rename {mask(near[0])!r} to {missing!r}?" if near else "add the column",
        )
    return place


def _positions(header: Cells, wanted: Sequence[str], shown_as: str, row: int) -> dict[str, int]:
    keys = [_key(cell) for cell in header]
    positions = {}
    for name in wanted:
        if keys.count(_key(name)) > 1:
            raise UnreadableInputError(
                "the column stands twice", file=shown_as, row=row, column=name, todo="remove one"
            )
        if _key(name) in keys:
            positions[name] = keys.index(_key(name))
    return positions


def _key(header: str | None) -> str:
    return " ".join((header or "").split()).casefold()
