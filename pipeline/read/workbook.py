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
        book = fastexcel.read_excel(path)
        sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
        read = [(sheet, [list(row) for row in sheet.to_polars().iter_rows()]) for sheet in sheets]
    except fastexcel.FastExcelError:
        raise unreadable from None
    if not sheets:
        raise unreadable
    try:
        anew = _with_formulas_and_errors(path) if _has_formulas_or_errors(path) else {}
    except Exception:  # whatever a damaged file makes the parsers under openpyxl raise
        raise unreadable from None
    return [WorkbookSheet(sheet.name, sheet.visible == "visible", anew.get(sheet.name, rows)) for sheet, rows in read]


def _has_formulas_or_errors(path: Path) -> bool:
    """Tell whether a slower look is needed: the fast reader gives both as blank."""
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
