"""What is found while reading a file: the frame behind the store's table `problems`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import polars as pl

from pipeline.mask import mask
from pipeline.read.headers import header_key
from pipeline.read.names import PLACE
from pipeline.read.sheets import Sheet

PROBLEMS: dict[str, Any] = {"kind": pl.String, "field": pl.String, "value": pl.String}
PROBLEMS |= {"municipality_code": pl.String, **PLACE}

_NONE: Mapping[str, str] = MappingProxyType({})
Problem = tuple[str, str | None, str | None, int | None]  # kind, field, value with personal data masked, row


def problem_frame(sheet: Sheet, found: Iterable[Problem]) -> pl.DataFrame:
    """Return the problems of a file as a frame, with those that were found on the way to its sheet."""
    of_sheet = [(kind, "sheet", value, row) for kind, value, row in sheet.found]
    rows = [(kind, field, value, None, sheet.file, row) for kind, field, value, row in (*of_sheet, *found)]
    return pl.DataFrame(rows, schema=PROBLEMS, orient="row")


def unread_columns(sheet: Sheet, known: Collection[str], multi: Mapping[str, str] = _NONE) -> Iterator[Problem]:
    """Columns that were not read: headers that are not `known`, and columns that hold something under no header.

    Those that follow a question with several answers (`multi`: its id by its column) hold its options: one problem for
    each question.
    """
    keys, of_options = {header_key(name) for name in known}, {header_key(name): id_ for name, id_ in multi.items()}
    before, told = "", set[str]()
    for place, header in enumerate(sheet.header):
        if header is not None:
            before = header
            if header_key(header) not in keys:
                yield "unknown_column", None, mask(header), None
        elif first := next(((row.number, cell) for row in sheet.rows if (cell := row.cells[place])), None):
            if header_key(before) not in of_options:
                yield "no_header", None, mask(first[1]), first[0]
            elif before not in told:
                told.add(before)
                yield "options_without_header", of_options[header_key(before)], mask(before), first[0]
