"""XLSX to text, cell by cell, as its user sees it.

A formula without a stored value and an error are text, never a blank; so is a number with what its format shows beside.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from datetime import datetime
from html import unescape as unescape_xml
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.read.formats import misleads, shown

# What the fast reader passes over: formulas, errors and numbers that no date has, which it gives as blank, and rows
# that are hidden.
_SUSPECT = re.compile(
    rb"<(?:\w+:)?f[ >/]|<(?:\w+:)?v>(?:-?\d{8}|[^<]{0,40}[eE]\+?\d|-?[NnIi][Nn]?[AaFf])"
    rb"|\bt=[\"']e[\"']|<(?:\w+:)?row\s[^<>]{0,999}?\bhidden=[\"'](?:1|true)[\"']",
    re.IGNORECASE,
)
_FORMAT = re.compile(r"formatCode=(?:\"([^\"]*)\"|'([^']*)')")
_PERCENT = re.compile(r"numFmtId=[\"'](?:9|10)[\"']")
_STRICT = {  # the namespaces of Strict Open XML, and those of the usual kind, which the slower reader knows
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
}
# A tag's length is bounded, so that what is none, such as "<c <c <c", takes no longer than as many letters of a table.
_FILLED = re.compile(rb"<(?:\w+:)?c\s[^<>]{0,999}?\br=[\"']([A-Z]{1,3})(\d+)[\"'][^<>]{0,999}(?<!/)>")
_MOST_CELLS = 1_000_000  # a sheet takes memory for all the cells up to its last ones: about a gigabyte for so many
_MOST_BYTES = 200_000_000  # of all parts of a workbook, unpacked

Cells = list[str | None]


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet of a workbook, as its user sees it: name, whether it shows, its rows from the first on, hidden rows."""

    name: str
    visible: bool
    rows: list[Cells]
    hidden: tuple[int, ...] = ()


def read_workbook(path: Path, shown_as: str) -> list[WorkbookSheet]:
    """Read every sheet of a workbook as rows of text. UnreadableInputError when the file is no workbook, or damaged."""
    try:
        _refuse_a_huge_one(path, shown_as)
        sheets = _with_all_that_shows(path) if _needs_a_slower_look(path) else _fast(path)
    except (UnreadableInputError, MemoryError):
        raise
    except BaseException as error:  # whatever a damaged file makes the parsers raise, also one of them in Rust
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        sheets = []
    if not sheets:
        raise UnreadableInputError(
            "not a spreadsheet, or a damaged one",
            file=shown_as,
            expected="an XLSX file without a password",
            todo="open it in a spreadsheet program and save it anew",
        )
    return sheets


def _fast(path: Path) -> list[WorkbookSheet]:
    import fastexcel

    book = fastexcel.read_excel(path)
    sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
    return [
        WorkbookSheet(sheet.name, sheet.visible == "visible", [list(row) for row in sheet.to_polars().iter_rows()])
        for sheet in sheets
    ]


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
    wide = high = 0
    for found in _FILLED.finditer(sheet):
        wide, high = max(wide, _number(found[1])), max(high, int(found[2]))
        if wide * high > _MOST_CELLS:
            raise UnreadableInputError(
                "a sheet reaches too far",
                file=shown_as,
                found=f"something in cell {(found[1] + found[2]).decode()}",
                expected=f"a table from the upper left corner on, of at most {_MOST_CELLS:,} cells",
                todo="empty the cells far to the right of the table or below it, and save",
            )


def _number(column: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    return sum((letter - 64) * 26**power for power, letter in enumerate(reversed(column)))


def _needs_a_slower_look(path: Path) -> bool:
    with zipfile.ZipFile(path) as package:
        parts = [name for name in package.namelist() if name.endswith(".xml")]
        styles = "".join(package.read(name).decode(errors="replace") for name in parts if name.endswith("styles.xml"))
        codes = {unescape_xml(one or other) for one, other in _FORMAT.findall(styles)}
        if _PERCENT.search(styles) or any(map(misleads, codes)):
            return True
        return any(_SUSPECT.search(package.read(name)) for name in parts)


def _with_all_that_shows(path: Path) -> list[WorkbookSheet]:
    """Read the sheets with openpyxl, once for what was written and once for the values that were stored with it."""
    import openpyxl

    content = _usual_namespaces(path)
    with warnings.catch_warnings():  # about fonts and drop-down lists, which nobody asked for
        warnings.simplefilter("ignore")
        formulas, values = openpyxl.load_workbook(content), openpyxl.load_workbook(content, data_only=True)
    return [
        WorkbookSheet(
            written.title,
            written.sheet_state == "visible",
            [
                [_text(*cells) for cells in zip(*rows, strict=True)]
                for rows in zip(written.iter_rows(), stored.iter_rows(), strict=True)
            ],
            tuple(sorted(row for row, how in written.row_dimensions.items() if how.hidden)),
        )
        for written, stored in zip(formulas.worksheets, values.worksheets, strict=True)
    ]


def _usual_namespaces(path: Path) -> io.BytesIO:
    """Return the workbook, one of Strict Open XML with the namespaces of the usual kind."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(content, "w") as made:
        for part in package.infolist():
            text = package.read(part)
            for strict, usual in _STRICT.items() if part.filename.endswith((".xml", ".rels")) else ():
                text = text.replace(strict, usual)
            made.writestr(part.filename, text)
    return content


def _text(written: Any, stored: Any) -> str | None:
    from openpyxl.utils.escape import unescape

    value = stored.value
    if value is None and written.data_type == "f" and stored.data_type != "str":  # "str": the stored value is ""
        return str(getattr(written.value, "text", written.value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return shown(value, stored.number_format)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return None if value is None else unescape(str(value))
