"""Files to rows of text: CSV in any usual encoding and delimiter, and XLSX. Rows keep their numbers."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.values import clean, header_key, hits, misread
from pipeline.read.workbook import WorkbookSheet, read_workbook

PLACE: dict[str, Any] = {"file": pl.String, "row": pl.Int64}  # the columns of every row that was read: where it stands
PROBLEMS: dict[str, Any] = {"kind": pl.String, "field": pl.String, "value": pl.String}
PROBLEMS |= {"municipality_code": pl.String, **PLACE}
"""The columns of the store's table `problems`: what is found while reading."""
Problem = tuple[str, str | None, str | None, int | None]  # kind, field, value with personal data masked, row
Grid = list[tuple[int, Sequence[str | None]]]

_TITLE_ROWS = 10  # the header is in one of the first rows, below titles
_FORM_COLUMNS = 6  # of a form, in one of which its questions stand
_MARK = b"\xef\xbb\xbf"
_LOST = re.compile("[\udc80-\udcff]")  # a byte that is no UTF-8, as Python keeps it
_NO_TEXT = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")  # bytes that Windows-1252 has no letter for
_LETTERS = re.compile("[åäöÅÄÖéÉ]")
_OTHERS = {"mac_roman": "CSV (Macintosh)", "cp850": "CSV (MS-DOS)"}


@dataclass(frozen=True)
class Row:
    """One row under the header: its number in the file, and its cells (None when blank) in the header's order."""

    number: int
    cells: Sequence[str | None]


@dataclass(frozen=True)
class Sheet:
    """A table as it was sent: `file` as messages show it, `known` columns by their keys, `name` of a workbook's sheet,
    and what was `found` on the way to it (kind, value, row)."""

    file: str
    header_row: int
    header: tuple[str | None, ...]
    rows: tuple[Row, ...]
    known: frozenset[str] = frozenset()
    name: str | None = None
    found: tuple[tuple[str, str, int | None], ...] = ()

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, header in enumerate(self.header):
            places.setdefault(header_key(header), []).append(place)
        return places | {"": []}  # a blank name is no column's

    def at(self, *names: str) -> int | None:
        """Return the place of a column, by the first of its names that is there. UnreadableInputError for two."""
        for name in names:
            places = self._places.get(header_key(name), [])
            if len(places) > 1:
                problem = "the column stands twice"
                raise UnreadableInputError(problem, file=self.file, row=self.header_row, column=name, todo="remove one")
            if places:
                return places[0]
        return None

    def require(self, name: str) -> int:
        """Place of a column that must be there. UnreadableInputError, with what it may be called instead, if not."""
        place = self.at(name)
        if place is not None:
            return place
        there = [header for header in self.header if header]
        near = get_close_matches(name, [one for one in there if header_key(one) not in self.known], n=1, cutoff=0.5)
        raise UnreadableInputError(
            f"column {name!r} is missing", file=self.file, row=self.header_row, found=", ".join(there),
            expected="that column", todo=f"rename {near[0]!r} to {name!r}?" if near else "add the column",
        )  # fmt: skip

    def texts(self, place: int | None) -> list[str | None]:
        """Cells of one column, row by row; None throughout when there is no such column."""
        return [None if place is None else row.cells[place] for row in self.rows]

    def cells(self, written: Sequence[str | None]) -> Iterator[tuple[int, str]]:
        """Yield the cells of a column that hold something, with the numbers of their rows."""
        return ((row.number, text) for row, text in zip(self.rows, written, strict=True) if text)

    def problems(self, found: Iterable[Problem]) -> pl.DataFrame:
        """Return problems of the file as a frame, with those that were found on the way to its sheet."""
        of_sheet = [(kind, "sheet", value, row) for kind, value, row in self.found]
        rows = [(kind, field, value, None, self.file, row) for kind, field, value, row in (*of_sheet, *found)]
        return pl.DataFrame(rows, schema=PROBLEMS, orient="row")

    def unread(self, multi: dict[str, str] | None = None) -> Iterator[Problem]:
        """Columns that were not read. Those without a header behind a question with several answers (`multi`: its id by
        its column) hold its options: one problem for each question."""
        of_options = {header_key(name): id_ for name, id_ in (multi or {}).items()}
        before, told = "", set[str]()
        for place, header in enumerate(self.header):
            if header is not None:
                before = header
                if header_key(header) not in self.known:
                    yield "unknown_column", None, mask(header), None
            elif first := next(self.cells(self.texts(place)), None):
                if header_key(before) not in of_options:
                    yield "no_header", None, mask(first[1]), first[0]
                elif before not in told:
                    told.add(before)
                    yield "options_without_header", of_options[header_key(before)], mask(before), first[0]


def read_sheet(
    path: Path, shown_as: str, known: Collection[str], required: Collection[str] = (), *, or_form: bool = False
) -> Sheet:
    """Read a CSV or XLSX file as text. The header is the row, of the first ten, that has most of the `known` columns; a
    sheet with the `required` ones comes first. With `or_form`, columns one below the other, an answer beside each, are
    one row. UnreadableInputError when the file is empty, is no table, or has no row below the header."""

    def refuse(problem: str, row: int | None = None, **told: Any) -> NoReturn:
        raise UnreadableInputError(problem, file=shown_as, row=row, **told)

    wanted, sheet, notes = frozenset(header_key(name) for name in known), None, list[tuple[str, str, int | None]]()
    if path.suffix.lower() == ".xlsx":
        sheet, is_one_of_several = _xlsx(path, shown_as, wanted, {header_key(name) for name in required}, or_form)
        notes += [("sheet_read", mask(sheet.name), None)] if is_one_of_several else []
    numbered = enumerate(sheet.rows, start=1) if sheet else _csv(path, shown_as, wanted)
    grid: Grid = [(number, [clean(cell) for cell in cells]) for number, cells in numbered]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    grid = _laid_down(grid, wanted) if or_form else grid
    expected = f"the columns {', '.join(list(known)[:5])}"
    if not grid:
        refuse("the file is empty", expected=expected)
    found, place = _best_row([cells for _, cells in grid], wanted)
    header_row, header = grid[place]
    for cell in filter(None, header):
        if header_key(cell) not in wanted and (before := misread(cell, wanted)):
            lost, todo = "the encoding of the file was lost when it was saved", "export it anew as XLSX or CSV UTF-8"
            refuse(lost, header_row, found=cell, expected=f"{before!r}", todo=todo)
    if not found and not any(get_close_matches(cell or "", known) for cell in header):
        refuse("no row has the header", header_row, found=", ".join(filter(None, header)), expected=expected)
    width = max(at for at, cell in enumerate(header, start=1) if cell)
    if sheet:  # no delimiter can have split its cells: what stands beside the table is a column without a header
        width = max(len(cells) for _, cells in grid)
        header = [*header, *[None] * (width - len(header))]
    rows = []
    for number, cells in grid[place + 1 :]:
        if any(cells[width:]):
            expected, todo = f"{width} as in the header", "put quotes around a cell that holds the delimiter"
            refuse("more cells than columns", number, found=len(cells), expected=expected, todo=todo)
        rows.append(Row(number, [*cells[:width], *[None] * (width - len(cells))]))
    if not rows:
        refuse("no row below the header", header_row, expected="one row a recipient")
    hidden, filled = [row.number for row in rows if sheet and row.number in sheet.hidden], sum(map(bool, header))
    above = [number for number, cells in grid[:place] if 2 * sum(map(bool, cells)) > filled]  # a title is shorter
    of_rows = {"rows_hidden": hidden, "rows_above_header": above}
    notes += [(kind, _ranges(its), its[0]) for kind, its in of_rows.items() if its]
    name = mask(sheet.name) if sheet else None
    return Sheet(shown_as, header_row, tuple(header[:width]), tuple(rows), wanted, name, tuple(notes))


def _ranges(numbers: Sequence[int]) -> str:
    """Write row numbers as "3, 5–7"."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _best_row(rows: Sequence[Sequence[str | None]], wanted: Collection[str]) -> tuple[int, int]:
    """Return how many wanted columns that of the first rows has that has most of them, and its place."""
    found = [hits(cells, wanted) for cells in rows[:_TITLE_ROWS]] or [0]
    return max(found), found.index(max(found))


def _laid_down(grid: Grid, wanted: Collection[str]) -> Grid:
    """Return a form, one question a row with its answer beside, as a header and a row; a table as it is."""
    wide = max((len(cells) for _, cells in grid), default=0)
    columns = [[cells[at] if at < len(cells) else None for _, cells in grid] for at in range(min(wide, _FORM_COLUMNS))]
    found = [hits(column, wanted) for column in columns]
    if not found or max(found) <= max(hits(cells, wanted) for _, cells in grid):
        return grid
    at = found.index(max(found))
    first = next(place for place, (_, cells) in enumerate(grid) if hits(cells[at : at + 1], wanted))  # below a title
    asked = [(cells[at], (*cells, None)[at + 1], number) for number, cells in grid[first:] if at < len(cells)]
    kept = [one for one in asked if header_key(one[0]) in wanted or (one[0] and one[1])]
    return [(kept[0][2], [header for header, *_ in kept]), (kept[0][2], [answer for _, answer, _ in kept])]


def _xlsx(
    path: Path, shown_as: str, wanted: Collection[str], required: Collection[str], or_form: bool
) -> tuple[WorkbookSheet, bool]:
    """Return the visible sheet with the table, and whether others hold something. UnreadableInputError unless one."""

    def rank(sheet: WorkbookSheet) -> tuple[bool, int, bool]:
        """Whether it holds the table, how many wanted columns its header has, whether there are rows below."""
        grid: Grid = [(0, row) for row in sheet.rows if any(row)]
        rows = [cells for _, cells in (_laid_down(grid, wanted) if or_form else grid)]
        most, at = _best_row(rows, wanted)
        has_rows = len(rows) > at + 1
        return bool(required) and has_rows and hits(rows[at], required) == len(set(required)), most, has_rows

    sheets = [(rank(sheet), sheet) for sheet in read_workbook(path, shown_as)]
    seen = [(its, sheet) for its, sheet in sheets if sheet.visible] or sheets
    highest = holds, columns, has_rows = max(its for its, _ in seen)
    best = [sheet for its, sheet in seen if (its[0] if holds else its == highest)]
    unseen = [sheet for its, sheet in sheets if its[0] and not sheet.visible]
    if not holds and unseen:
        best, problem, todo = unseen, "the table stands on a hidden sheet", "show the sheet that holds"
    elif len(best) > 1 and columns and has_rows:
        problem, todo = "more than one sheet holds the table", "remove or hide the others"
    else:
        return best[0], sum(any(map(any, sheet.rows)) for _, sheet in sheets) > 1
    names = ", ".join(sheet.name for sheet in best)
    raise UnreadableInputError(problem, file=shown_as, found=names, expected="one sheet", todo=todo)


def _csv(path: Path, shown_as: str, wanted: Collection[str]) -> Grid:
    """Read a CSV file as numbered rows. UnreadableInputError for what is no CSV, or in an encoding that is not read."""
    text = _decode(path.read_bytes(), shown_as, wanted)
    rows: Grid = []
    try:
        rows.extend(enumerate(_records(text, wanted), start=1))
    except csv.Error as error:
        raise UnreadableInputError(f"not a CSV file: {error}", file=shown_as, row=len(rows) + 1) from None
    return rows


def _records(text: str, wanted: Collection[str]) -> Iterator[list[str]]:
    """Split a text by the delimiter that fits best: by wanted columns in one of the first rows, then by cells in it."""

    def split(mark: str) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)

    def fit(mark: str) -> tuple[int, int]:
        best = (0, 0)
        with suppress(csv.Error):
            for cells in islice(filter(any, split(mark)), _TITLE_ROWS):
                best = max(best, (hits(cells, wanted), len(cells)))
        return best

    return split(max(",;\t", key=fit))


def _decode(content: bytes, shown_as: str, wanted: Collection[str]) -> str:
    """Decode by byte order mark, as UTF-8 or Windows-1252. Others are known by å, ä and ö, which only they give."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    with suppress(UnicodeDecodeError):
        text = content.decode(encoding or "utf-8-sig")
        if "\0" not in text:
            return text
    text = content.removeprefix(_MARK).decode("utf-8", "surrogateescape")
    no_text, lost = _NO_TEXT.search(content), _LOST.findall(text)
    read = {name: content.decode(name, "replace") for name in ("cp1252", *_OTHERS)}
    likely = max(read, key=lambda name: len(_LETTERS.findall(read[name])))
    problem, row = "not a text file", None
    if encoding:
        found = f"bytes that are not {encoding}"
    elif b"\0" in content:  # in a workbook that is called .csv, a row says nothing
        found, row = "the byte 0x00", None if content.startswith(b"PK") else _row_of(content, content.index(b"\0"))
    elif content.startswith(_MARK) or sum(not letter.isascii() for letter in text) > 2 * len(lost):
        problem, row = "a byte that is not in the encoding of the file", _row_of_loss(text, wanted)
        found = f"0x{ord(lost[0]) - 0xDC00:02X} in UTF-8 text"
    elif likely != "cp1252":
        problem, row = "the encoding of the file is another one", _row_of_loss(text, wanted)
        found = _OTHERS[likely]
    elif no_text:
        found, row = f"the byte 0x{no_text[0][0]:02X}", _row_of(content, no_text.start())
    else:
        return read["cp1252"]
    expected = "CSV in UTF-8, UTF-16 or Windows-1252 throughout"
    todo = "save it anew as CSV UTF-8, which Excel has among its file types"
    raise UnreadableInputError(problem, file=shown_as, row=row, found=found, expected=expected, todo=todo)


def _row_of(content: bytes, at: int) -> int:
    return len((content[:at] + b"x").splitlines())


def _row_of_loss(text: str, wanted: Collection[str]) -> int:
    number = 0
    with suppress(csv.Error):
        for number, cells in enumerate(_records(text, wanted), start=1):
            if any(map(_LOST.search, cells)):
                return number
    return number + 1
