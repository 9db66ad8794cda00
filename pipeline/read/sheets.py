"""Files to rows of text: CSV in any usual encoding and delimiter, and XLSX.

Every row keeps the number that a spreadsheet shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.delimited import TITLE_ROWS, read_delimited
from pipeline.read.headers import header_key, hits, misread
from pipeline.read.values import clean

if TYPE_CHECKING:
    from pipeline.read.workbook import WorkbookSheet


_FORM_COLUMNS = 6  # of a form, in one of which its questions stand
Numbered = list[tuple[int, list[str | None]]]


@dataclass(frozen=True)
class Row:
    """One row under the header: its number in the file, and its cells (None when blank) in the header's order."""

    number: int
    cells: Sequence[str | None]


@dataclass(frozen=True)
class Sheet:
    """A table as it was sent: `file` as messages show it, its header and the header's row, and its rows.

    `known` are the columns it may have, by their keys. `name` is the sheet's in a workbook, `found` what was found on
    the way to it: kind, value, row.
    """

    file: str
    header_row: int
    header: tuple[str | None, ...]
    rows: tuple[Row, ...]
    known: frozenset[str] = frozenset()
    name: str | None = None
    found: tuple[tuple[str, str, int | None], ...] = ()

    def at(self, name: str) -> int | None:
        """Place of a column, None when it is not there. UnreadableInputError when it stands twice."""
        places = self._places.get(header_key(name), []) if header_key(name) else []  # a blank name is no column's
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
            found=", ".join(there),
            expected="that column",
            todo=f"rename {near[0]!r} to {name!r}?" if near else "add the column",
        )

    def texts(self, place: int | None) -> list[str | None]:
        """Cells of one column, row by row; None throughout when there is no such column."""
        if place is None:
            return [None] * len(self.rows)
        return [row.cells[place] for row in self.rows]


def sha256(path: Path) -> str:
    """Checksum of a raw file, by which a number is traced to it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_sheet(
    path: Path, shown_as: str, known: Collection[str], required: Collection[str] = (), *, or_form: bool = False
) -> Sheet:
    """Read a CSV or XLSX file as text. The header is the row, of the first ten, that has most of the `known` columns.

    A sheet of a workbook that shows and has the `required` columns comes before others. With `or_form`, a file that has
    the columns one below the other, with an answer beside each, is one row. UnreadableInputError when the file is
    empty, is no table, or has no row below the header.
    """
    wanted = frozenset(header_key(name) for name in known)
    is_workbook, sheet, notes = path.suffix.lower() == ".xlsx", None, list[tuple[str, str, int | None]]()
    if is_workbook:
        sheet, is_one_of_several = _xlsx(path, shown_as, wanted, {header_key(name) for name in required}, or_form)
        notes += [("sheet_read", mask(sheet.name), None)] if is_one_of_several else []
    numbered = enumerate(sheet.rows, start=1) if sheet else read_delimited(path, shown_as, wanted)
    grid = [(number, [clean(cell) for cell in cells]) for number, cells in numbered]
    grid = [(number, cells) for number, cells in grid if any(cells)]
    grid = _laid_down(grid, wanted) if or_form else grid
    expected = f"the columns {', '.join(list(known)[:5])}"
    if not grid:
        raise UnreadableInputError("the file is empty", file=shown_as, expected=expected)
    found = [hits(cells, wanted) for _, cells in grid[:TITLE_ROWS]]
    place = found.index(max(found))
    header_row, header = grid[place]
    for cell in filter(None, header):
        if header_key(cell) not in wanted and (before := misread(cell, wanted)):
            raise UnreadableInputError(
                "the encoding of the file was lost when it was saved",
                file=shown_as,
                row=header_row,
                found=cell,
                expected=f"{before!r}",
                todo="export it anew as XLSX or CSV UTF-8",
            )
    if not found[place] and not any(get_close_matches(cell or "", known) for cell in header):
        first = ", ".join(filter(None, header))
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
    hidden = [row.number for row in rows if row.number in (sheet.hidden if sheet else ())]
    notes += [("rows_hidden", _ranges(hidden), hidden[0])] if hidden else []
    filled = sum(map(bool, header))
    above = [number for number, cells in grid[:place] if 2 * sum(map(bool, cells)) > filled]  # a title is shorter
    notes += [("rows_above_header", _ranges(above), above[0])] if above else []
    name = mask(sheet.name) if sheet else None
    return Sheet(shown_as, header_row, tuple(header[:width]), tuple(rows), wanted, name, tuple(notes))


def _ranges(numbers: Sequence[int]) -> str:
    """Write row numbers as "3, 5–7"."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _laid_down(grid: Numbered, wanted: Collection[str]) -> Numbered:
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
    """Return the sheet that holds the table, of those that the workbook shows, and whether others hold something too.

    UnreadableInputError when two hold it, or only a hidden one does: nobody knows then which one counts.
    """
    from pipeline.read.workbook import read_workbook

    sheets = [(_rank(sheet, wanted, required, or_form), sheet) for sheet in read_workbook(path, shown_as)]
    seen = [(rank, sheet) for rank, sheet in sheets if sheet.visible] or sheets
    highest = max(rank for rank, _ in seen)
    best = [sheet for rank, sheet in seen if rank.holds] or [sheet for rank, sheet in seen if rank == highest]
    unseen = [sheet for rank, sheet in sheets if rank.holds and not sheet.visible]
    if not highest.holds and unseen:
        raise _which(shown_as, unseen, "the table stands on a hidden sheet", "show the sheet that holds")
    if len(best) > 1 and highest.columns and highest.has_rows:
        raise _which(shown_as, best, "more than one sheet holds the table", "remove or hide the others")
    return best[0], sum(any(map(any, sheet.rows)) for _, sheet in sheets) > 1


def _which(shown_as: str, sheets: Sequence[WorkbookSheet], problem: str, todo: str) -> UnreadableInputError:
    names = ", ".join(sheet.name for sheet in sheets)
    return UnreadableInputError(problem, file=shown_as, found=names, expected="one sheet", todo=todo)


class _Rank(NamedTuple):
    """How well a sheet fits: whether it holds the table, wanted columns in its header, whether there are rows below."""

    holds: bool
    columns: int
    has_rows: bool


def _rank(sheet: WorkbookSheet, wanted: Collection[str], required: Collection[str], or_form: bool) -> _Rank:
    rows = [row for row in sheet.rows if any(row)]
    if or_form:
        rows = [[*cells] for _, cells in _laid_down([(0, row) for row in rows], wanted)]
    found = [hits(row, wanted) for row in rows[:TITLE_ROWS]] or [0]
    at, has_rows = found.index(max(found)), len(rows) > found.index(max(found)) + 1
    holds = bool(required and rows and has_rows) and hits(rows[at], required) == len(set(required))
    return _Rank(holds, max(found), has_rows)
