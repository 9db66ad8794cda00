"""Files to rows of text: CSV in any usual encoding and delimiter, and XLSX.

Every row keeps the number that a spreadsheet shows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.read.values import clean
from pipeline.register import INVISIBLE

if TYPE_CHECKING:
    from pipeline.read.workbook import WorkbookSheet

_DELIMITERS = ",;\t"
_TITLE_ROWS = 10
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Grid = list[tuple[int, Sequence[str | None]]]


@dataclass(frozen=True)
class Row:
    """One row under the header: its number in the file, and its cells (None when blank) in the header's order."""

    number: int
    cells: Sequence[str | None]


@dataclass(frozen=True)
class Sheet:
    """A table as it was sent: `file` as messages show it, its header and the header's row, and its rows.

    `known` are the columns it may have, by their keys.
    """

    file: str
    header_row: int
    header: tuple[str | None, ...]
    rows: tuple[Row, ...]
    known: frozenset[str] = frozenset()

    def at(self, name: str) -> int | None:
        """Place of a column, None when it is not there. UnreadableInputError when it stands twice."""
        places = self._places.get(header_key(name), [])
        if len(places) > 1:
            raise UnreadableInputError(
                "the column stands twice", file=self.file, row=self.header_row, column=name, todo="remove one"
            )
        return places[0] if places else None

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, header in enumerate(self.header):
            places.setdefault(header_key(header), []).append(place)
        return places

    def require(self, name: str) -> int:
        """Place of a column that must be there. UnreadableInputError, with what it may be called instead, if not."""
        place = self.at(name)
        if place is not None:
            return place
        there = [header for header in self.header if header]
        free = [header for header in there if header_key(header) not in self.known]
        near = get_close_matches(name, free, n=1, cutoff=0.5)
        raise UnreadableInputError(
            f"column {name!r} is missing",
            file=self.file,
            row=self.header_row,
            found=mask(", ".join(there))[:200],
            expected="that column",
            todo=f"rename {mask(near[0])!r} to {name!r}?" if near else "add the column",
        )

    def texts(self, place: int | None) -> list[str | None]:
        """Cells of one column, row by row; None throughout when there is no such column."""
        if place is None:
            return [None] * len(self.rows)
        return [row.cells[place] for row in self.rows]


def header_text(header: str | None) -> str:
    """Return the words of a header, without line breaks, doubled spaces, split letters and marks that nobody sees."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", header or "")).split())


def header_key(header: str | None) -> str:
    """Return what headers are compared by: their words, whatever case, spaces or marks that nobody sees."""
    return header_text(header).casefold()


def sha256(path: Path) -> str:
    """Checksum of a raw file, by which a number is traced to it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_sheet(path: Path, shown_as: str, known: Collection[str]) -> Sheet:
    """Read a CSV or XLSX file as text. The header is the row, of the first ten, that has most of the `known` columns.

    UnreadableInputError when the file is empty, is no table, or has no row below the header.
    """
    wanted = frozenset(header_key(name) for name in known)
    is_workbook = path.suffix.lower() == ".xlsx"
    read = _xlsx if is_workbook else _csv
    grid = [(number, [clean(cell) for cell in cells]) for number, cells in read(path, shown_as, wanted)]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    expected = f"the columns {', '.join(list(known)[:5])}"
    if not grid:
        raise UnreadableInputError("the file is empty", file=shown_as, expected=expected)
    found = [_hits(cells, wanted) for _, cells in grid[:_TITLE_ROWS]]
    place = found.index(max(found))
    header_row, header = grid[place]
    if not found[place] and not any(get_close_matches(cell or "", known) for cell in header):
        first = mask(", ".join(cell for cell in header if cell))[:200]
        raise UnreadableInputError(
            "no row has the header", file=shown_as, row=header_row, found=first, expected=expected
        )
    width = max(at for at, cell in enumerate(header, start=1) if cell)
    if is_workbook:  # no delimiter can have split its cells: what stands beside the table is a column without a header
        width = max(len(cells) for _, cells in grid)
        header = [*header, *[None] * (width - len(header))]
    rows = []
    for number, cells in grid[place + 1 :]:
        if any(cells[width:]):
            raise UnreadableInputError(
                "more cells than columns",
                file=shown_as,
                row=number,
                found=len(cells),
                expected=f"{width} as in the header",
                todo="put quotes around a cell that holds the delimiter",
            )
        rows.append(Row(number, [*cells[:width], *[None] * (width - len(cells))]))
    if not rows:
        raise UnreadableInputError(
            "no row below the header", file=shown_as, row=header_row, expected="one row a recipient"
        )
    return Sheet(shown_as, header_row, tuple(header[:width]), tuple(rows), wanted)


def _hits(cells: Sequence[str | None], wanted: Collection[str]) -> int:
    return len({header_key(cell) for cell in cells} & set(wanted))


def _best(grid: Iterator[Sequence[str | None]], wanted: Collection[str]) -> tuple[int, int]:
    """How well the first rows fit: wanted columns in the best of them, then cells in a row."""
    best = (0, 0)
    with suppress(csv.Error):
        for cells in islice(filter(any, grid), _TITLE_ROWS):
            best = max(best, (_hits(cells, wanted), len(cells)))
    return best


def _csv(path: Path, shown_as: str, wanted: Collection[str]) -> Grid:
    text = _decode(path.read_bytes(), shown_as)
    delimiter = max(_DELIMITERS, key=lambda mark: _best(_records(text, mark), wanted))
    rows: Grid = []
    try:
        rows.extend(enumerate(_records(text, delimiter), start=1))
    except csv.Error as error:
        raise UnreadableInputError(f"not a CSV file: {error}", file=shown_as, row=len(rows) + 1) from None
    return rows


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


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


def _xlsx(path: Path, shown_as: str, wanted: Collection[str]) -> Grid:
    """Rows of the sheet that fits best. UnreadableInputError when two fit as well: nobody knows which one holds."""
    from pipeline.read.workbook import read_workbook

    sheets = [(_rank(sheet, wanted), sheet) for sheet in read_workbook(path, shown_as)]
    highest = max(rank for rank, _ in sheets)
    best = [sheet for rank, sheet in sheets if rank == highest]
    if len(best) > 1 and highest.columns and highest.has_rows:
        raise UnreadableInputError(
            "more than one sheet holds the table",
            file=shown_as,
            found=mask(", ".join(sheet.name for sheet in best)),
            expected="one sheet",
            todo="remove or hide the others",
        )
    return list(enumerate(best[0].rows, start=1))


class _Rank(NamedTuple):
    """How well a sheet fits: wanted columns in its header, whether anything stands below, whether its user sees it."""

    columns: int
    has_rows: bool
    visible: bool


def _rank(sheet: WorkbookSheet, wanted: Collection[str]) -> _Rank:
    rows = [row for row in sheet.rows if any(row)]
    hits = [_hits(row, wanted) for row in rows[:_TITLE_ROWS]] or [0]
    return _Rank(max(hits), len(rows) > hits.index(max(hits)) + 1, sheet.visible)
