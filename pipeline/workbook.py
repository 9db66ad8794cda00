"""Frames as a workbook: every text in it is text, no formula and no link, and the same frames give the same bytes."""

import io
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.files import write_bytes
from pipeline.mask import visible
from pipeline.model import Language
from pipeline.phrases import Phrases

MOST = 32_000  # characters; a cell holds 32 767
CREATED = datetime(1980, 1, 1)  # where the clock of ZIP files begins; a file says nothing of today
BLANK = ("(tomt)", "(blank)")
"""What stands in a cell of a table to be read back that is blank on purpose, in Swedish and in English."""
_WIDTH, _WIDER, _WIDE, _LINE = 130, 260, 420, 20  # pixels
_LETTERS = 55  # on a line of a wide column
_WORDS = Phrases(Path(__file__).with_name("columns.toml"), "columns.toml")


def column_titles(name: str) -> tuple[str, str]:
    """Return what a column is called in Swedish and in English: its id where it has no other name."""
    return _WORDS.word("sv", f"column.{name}") or name, _WORDS.word("en", f"column.{name}") or name


def write_workbook(
    path: Path,
    title: str,
    sheets: Mapping[str, pl.DataFrame],
    language: Language,
    *,
    wide: Collection[str] = (),
    widths: Mapping[str, int] | None = None,
) -> None:
    """Write .xlsx, a sheet a frame, with a filter and a header that stays, in the words of columns.toml. Columns ending
    in `_kr` are summed below. Running text, in `wide`, is wrapped; `widths` are in pixels."""
    from xlsxwriter import Workbook
    from xlsxwriter.utility import xl_col_to_name

    content = io.BytesIO()
    as_they_are = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, as_they_are) as book:
        book.set_properties({"created": CREATED, "title": title})
        bold, kronor = book.add_format({"bold": True}), book.add_format({"bold": True, "num_format": "#,##0"})
        for name, frame in sheets.items():
            text = pl.col(pl.String).map_elements(lambda value: visible(value, MOST), return_dtype=pl.String)
            shown = frame.with_columns(text)
            running = [column for column in frame.columns if column in wide]
            fixed = dict.fromkeys(running, _WIDE) | dict(widths or {})
            sheet = book.add_worksheet(_WORDS.word(language, f"sheet.{name}") or name)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)  # all columns on a page
            titles = {column: column_titles(column)[language == "en"] for column in frame.columns}
            shown.rename(titles).write_excel(
                book,
                sheet,
                column_widths={titles[one.name]: fixed.get(one.name, _width(one, titles[one.name])) for one in shown},
                column_formats={titles[column.name]: _format(column, running) for column in shown},
                row_heights=_heights(shown.select(running)) if running else None,
                freeze_panes=(1, 0),
            )
            summed = [at for at, column in enumerate(frame.columns) if column.endswith("_kr")]
            below = len(frame) + 2  # one row of air: a row straight under a table becomes a part of it
            if summed and len(frame):
                sheet.write_string(below, 0, _WORDS.text(language, "word.sum"), bold)
                for at in summed:
                    letter, sum_kr = xl_col_to_name(at), int(frame[frame.columns[at]].sum() or 0)
                    sheet.write_formula(below, at, f"=SUM({letter}2:{letter}{len(frame) + 1})", kronor, sum_kr)
    write_bytes(path, content.getvalue())


def _format(column: pl.Series, running: Collection[str]) -> dict[str, Any]:
    """Return how a column's cells stand: at the top, for a cell beside them may run over several lines."""
    if column.name in running:
        return {"text_wrap": True, "valign": "top"}
    form = "#,##0" if column.name.endswith("_kr") else "yyyy-mm-dd" if column.dtype == pl.Date else None
    return {"valign": "top", "num_format": form or ("0" if column.dtype.is_integer() else "General")}


def _width(column: pl.Series, title: str) -> int:
    """Return the width, in pixels, of a column's longest text, within bounds; a title has the filter's arrow beside."""
    longest = max(map(len, column.drop_nulls()), default=0) if column.dtype == pl.String else 0
    return min(_WIDER, max(_WIDTH, 7 * longest + 20, 8 * len(title) + 30))


def _heights(running: pl.DataFrame) -> dict[Any, int]:
    """Return the height, in pixels, that the longest running text of a row needs: not every program finds it itself."""
    lines = [max((-(-len(text or "") // _LETTERS) for text in row), default=1) for row in running.iter_rows()]
    return {at: _LINE * max(1, most) for at, most in enumerate(lines, start=1)}
