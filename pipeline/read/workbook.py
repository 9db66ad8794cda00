"""XLSX to text, cell by cell. A formula without a stored value and an error stay visible as text, never a blank."""

from __future__ import annotations

import re
import warnings
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError

_SUSPECT = re.compile(rb"<(?:\w+:)?f[ >/]|\bt=[\"']e[\"']")
_FILLED = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{1,3})(\d+)[\"'][^>]*(?<!/)>")
_MOST_CELLS = 20_000_000  # a sheet takes memory for all the cells up to its last ones: about a gigabyte for so many
_MOST_BYTES = 1_000_000_000  # of all parts of a workbook, unpacked

Cells = list[str | None]


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet of a workbook, as its user sees it: name, whether it shows, and its rows from the first on."""

    name: str
    visible: bool
    rows: list[Cells]


def read_workbook(path: Path, shown_as: str) -> list[WorkbookSheet]:
    """Read every sheet of a workbook as rows of text. UnreadableInputError when the file is no workbook, or damaged."""
    import fastexcel

    unreadable = UnreadableInputError(
        "not a spreadsheet, or a damaged one",
        file=shown_as,
        expected="an XLSX file without a password",
        todo="open it in a spreadsheet program and save it anew",
    )
    try:
        _refuse_a_huge_one(path, shown_as)
        book = fastexcel.read_excel(path)
        sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
        read = [(sheet, [list(row) for row in sheet.to_polars().iter_rows()]) for sheet in sheets]
    except (fastexcel.FastExcelError, zipfile.BadZipFile):
        raise unreadable from None
    if not sheets:
        raise unreadable
    try:
        anew = _with_formulas_and_errors(path) if _has_formulas_or_errors(path) else {}
    except Exception:  # whatever a damaged file makes the parsers under openpyxl raise
        raise unreadable from None
    return [WorkbookSheet(sheet.name, sheet.visible == "visible", anew.get(sheet.name, rows)) for sheet, rows in read]


def _refuse_a_huge_one(path: Path, shown_as: str) -> None:
    """Stop before the reader runs out of memory, which ends the whole process."""
    with zipfile.ZipFile(path) as package:
        size = sum(part.file_size for part in package.infolist())
        if size > _MOST_BYTES:
            raise UnreadableInputError(
                "the workbook is too large",
                file=shown_as,
                found=f"{size:,} bytes unpacked",
                expected=f"at most {_MOST_BYTES:,}",
                todo="save only the sheet with the returns, in a new file",
            )
        for name in package.namelist():
            if name.startswith("xl/worksheets/"):
                _refuse_a_far_cell(package.read(name), shown_as)


def _refuse_a_far_cell(sheet: bytes, shown_as: str) -> None:
    filled = [(_number(column), int(row), column + row) for column, row in set(_FILLED.findall(sheet))]
    wide, high = (max((cell[side] for cell in filled), default=0) for side in (0, 1))
    if wide * high > _MOST_CELLS:
        farthest = max(filled, key=lambda cell: cell[0] * cell[1])[2].decode()
        raise UnreadableInputError(
            "a sheet reaches too far",
            file=shown_as,
            found=f"something in cell {farthest}",
            expected="a table from the upper left corner on",
            todo="empty the cells far to the right of the table or below it, and save",
        )


def _number(column: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    return sum((letter - 64) * 26**power for power, letter in enumerate(reversed(column)))


def _has_formulas_or_errors(path: Path) -> bool:
    """Return whether a slower look is needed: the fast reader gives both as blank."""
    with zipfile.ZipFile(path) as package:
        return any(_SUSPECT.search(package.read(name)) for name in package.namelist() if name.endswith(".xml"))


def _with_formulas_and_errors(path: Path) -> dict[str, list[Cells]]:
    """Read the sheets with openpyxl, once for what was written and once for the values that were stored with it."""
    import openpyxl

    with warnings.catch_warnings():  # about fonts and drop-down lists, which nobody asked for
        warnings.simplefilter("ignore")
        formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        written.title: [
            [_text(*cells) for cells in zip(*rows, strict=True)]
            for rows in zip(written.iter_rows(), stored.iter_rows(), strict=True)
        ]
        for written, stored in zip(formulas.worksheets, values.worksheets, strict=True)
    }


def _text(written: Any, stored: Any) -> str | None:
    from openpyxl.utils.escape import unescape

    value = stored.value
    if value is None and written.data_type == "f" and stored.data_type != "str":  # "str": the stored value is ""
        return str(getattr(written.value, "text", written.value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return None if value is None else unescape(str(value))
