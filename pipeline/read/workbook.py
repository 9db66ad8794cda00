"""XLSX to text, cell by cell. A formula without a stored value and an error stay visible as text, never a blank."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError

_SUSPECT = re.compile(rb"<f[ >/]|\bt=\"e\"")


def read_workbook(path: Path, shown_as: str) -> list[list[list[str | None]]]:
    """Read every sheet of a workbook as rows of text. UnreadableInputError when the file is no workbook."""
    import fastexcel

    try:
        book = fastexcel.read_excel(path)
        sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
        grids = [[list(row) for row in sheet.to_polars().iter_rows()] for sheet in sheets]
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableInputError(f"not a spreadsheet: {reason}", file=shown_as, expected="an XLSX file") from None
    if _has_formulas_or_errors(path):
        _show_what_has_no_value(path, grids)
    return grids


def _has_formulas_or_errors(path: Path) -> bool:
    """Tell whether a slower look is needed: the fast reader gives both as blank."""
    with zipfile.ZipFile(path) as package:
        return any(
            _SUSPECT.search(package.read(name)) for name in package.namelist() if name.startswith("xl/worksheets/")
        )


def _show_what_has_no_value(path: Path, grids: list[list[list[str | None]]]) -> None:
    import openpyxl

    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for grid, written, stored in zip(grids, formulas.worksheets, values.worksheets, strict=True):
        for row in written.iter_rows():
            for cell in row:
                value: Any = stored.cell(cell.row, cell.column).value
                if cell.data_type == "f" and value is None:
                    _put(grid, cell.row, cell.column, str(getattr(cell.value, "text", cell.value)))
                elif cell.data_type == "e" or (isinstance(value, str) and value.startswith("#")):
                    _put(grid, cell.row, cell.column, str(value))


def _put(grid: list[list[str | None]], row: int, column: int, text: str) -> None:
    while len(grid) < row:
        grid.append([])
    cells = grid[row - 1]
    cells.extend([None] * (column - len(cells)))
    cells[column - 1] = text
