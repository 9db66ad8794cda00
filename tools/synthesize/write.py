"""Write made-up returns as the survey tool would export them."""

from __future__ import annotations

import io
from datetime import date, datetime
from pathlib import Path

import polars as pl

from pipeline.errors import UserError
from pipeline.files import write_bytes, write_csv
from tools.synthesize.answers import Returns, phrases

_CREATED = datetime(1980, 1, 1)  # where the clock of ZIP files begins; a file says nothing of today
_WIDTH = 160  # pixels


def write_returns(returns: Returns, path: Path) -> None:
    """Write .xlsx (dates and numbers as such, one sheet whose name says that the answers are made up) or .csv.

    The same returns give the same bytes. UserError for any other ending.
    """
    columns = zip(*returns.rows, strict=True) if returns.rows else ([] for _ in returns.header)
    frame = pl.DataFrame(
        [_series(name, list(values)) for name, values in zip(returns.header, columns, strict=True)],
    )
    if path.suffix.lower() == ".csv":
        write_csv(frame, path)
    elif path.suffix.lower() == ".xlsx":
        write_bytes(path, _xlsx(frame))
    else:
        raise UserError(f"{path.name}: returns are written as .xlsx or .csv")


def _series(name: str, values: list[str | int | date | None]) -> pl.Series:
    kind = next((type(value) for value in values if value is not None), str)
    return pl.Series(name, values, dtype={int: pl.Int64, date: pl.Date}.get(kind, pl.String))


def _xlsx(frame: pl.DataFrame) -> bytes:
    from xlsxwriter import Workbook

    content = io.BytesIO()
    as_they_are = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, as_they_are) as book:
        book.set_properties({"created": _CREATED})
        frame.write_excel(
            book,
            phrases()["sheet"],
            dtype_formats={pl.Date: "yyyy-mm-dd", pl.Int64: "0"},
            column_widths=_WIDTH,
            freeze_panes=(1, 1),
        )
    return content.getvalue()
