"""Frames as a workbook whose every cell of text is text, with sums below; the same content gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.files import write_bytes
from pipeline.letters.words import plain

_CREATED = datetime(1980, 1, 1)  # where the clock of ZIP files begins; a file says nothing of today
_MOST = 32_000  # characters; a cell holds 32 767
_WIDTH, _WIDER, _WIDE, _LINE = 130, 260, 420, 20  # pixels
_LETTERS = 55  # on a line of a wide column


def write_workbook(
    path: Path, title: str, sheets: Mapping[str, pl.DataFrame], *, wide: Collection[str] = (), sums: str = "sum"
) -> None:
    """Write .xlsx, a sheet a frame. Columns ending in `_kr` are summed below; running text, in `wide`, is wrapped."""
    from xlsxwriter import Workbook
    from xlsxwriter.utility import xl_col_to_name

    content = io.BytesIO()
    as_they_are = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, as_they_are) as book:
        book.set_properties({"created": _CREATED, "title": title})
        bold, amount = book.add_format({"bold": True}), book.add_format({"bold": True, "num_format": "#,##0"})
        for name, frame in sheets.items():
            text = [column for column, kind in frame.schema.items() if kind == pl.String]
            shown = frame.with_columns(pl.col(text).map_elements(_cell, return_dtype=pl.String)) if text else frame
            running = [column for column in frame.columns if column in wide]
            kronor = [column for column in frame.columns if column.endswith("_kr")]
            widths: dict[Any, int] = {each.name: _WIDE if each.name in running else _width(each) for each in shown}
            formats: dict[Any, Any] = {column: _format(column, kind) for column, kind in frame.schema.items()}
            sheet = book.add_worksheet(name)
            shown.write_excel(
                book,
                sheet,
                column_widths=widths,
                column_formats=formats | {column: {"text_wrap": True, "valign": "top"} for column in running},
                row_heights=_heights(shown.select(running)),
                freeze_panes=(1, 0),
            )
            if kronor and len(frame):
                below = len(frame) + 2  # one row of air: a row straight under a table becomes a part of it
                sheet.write_string(below, 0, sums, bold)
                for at, column in enumerate(frame.columns):
                    if column in kronor:
                        letter = xl_col_to_name(at)
                        sum_kr = int(frame[column].sum() or 0)
                        sheet.write_formula(below, at, f"=SUM({letter}2:{letter}{len(frame) + 1})", amount, sum_kr)
    write_bytes(path, content.getvalue())


def _format(column: str, kind: pl.DataType) -> dict[str, str]:
    """Tell how a column's cells stand: at the top, for a cell beside them may run over several lines."""
    if column.endswith("_kr"):
        return {"valign": "top", "num_format": "#,##0"}
    if kind == pl.Date:
        return {"valign": "top", "num_format": "yyyy-mm-dd"}
    return {"valign": "top", "num_format": "0" if kind.is_integer() else "General"}


def _width(column: pl.Series) -> int:
    """Give a column the width, in pixels, of its longest text, within bounds."""
    longest = max(map(len, column.drop_nulls()), default=0) if column.dtype == pl.String else 0
    return min(_WIDER, max(_WIDTH, 7 * longest + 20))


def _heights(running: pl.DataFrame) -> dict[Any, int]:
    """Give each row the height that its longest running text needs: not every program finds it by itself."""
    lines = [max((-(-len(text or "") // _LETTERS) for text in row), default=1) for row in running.iter_rows()]
    return {at: _LINE * max(1, most) for at, most in enumerate(lines, start=1)}


def _cell(value: str) -> str:
    """Give text on one line that a cell can hold."""
    return plain(value, _MOST)
