"""XLSX to text, cell by cell, as its user sees it: "2 tkr", "200 %" or "Ja" may stand for 2, 2 and 1 by a format.

A formula without a stored value and an error are text, never a blank.
"""

import io
import operator as op
import re
import warnings
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import unescape as unescape_xml
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError

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
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<operator><=|>=|<>|<|>|=)(?P<limit>-?[\d.]+)\]|\[[^\]]*\]|[_*].|(?P<section>;)|(?P<other>.)",
    re.DOTALL,
)
_HOLDS = {"<=": op.le, ">=": op.ge, "<>": op.ne, "<": op.lt, ">": op.gt, "=": op.eq}


@dataclass(frozen=True)
class WorkbookSheet:
    """One sheet of a workbook, as its user sees it: name, whether it shows, its rows from the first on, hidden rows."""

    name: str
    visible: bool
    rows: list[list[str | None]]
    hidden: tuple[int, ...] = ()


def read_workbook(path: Path, shown_as: str) -> list[WorkbookSheet]:
    """Read every sheet of a workbook as rows of text. UnreadableInputError when the file is no workbook, or damaged."""
    try:
        with zipfile.ZipFile(path) as package:
            _refuse_a_huge_one(package, shown_as)
            sheets = _with_all_that_shows(package) if _needs_a_slower_look(package) else _fast(path)
    except (UnreadableInputError, MemoryError):
        raise
    except BaseException as error:  # whatever a damaged file makes the parsers raise, also one of them in Rust
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        sheets = []
    if not sheets:
        problem, todo = "not a spreadsheet, or a damaged one", "open it in a spreadsheet program and save it anew"
        raise UnreadableInputError(problem, file=shown_as, expected="an XLSX file without a password", todo=todo)
    return sheets


def _fast(path: Path) -> list[WorkbookSheet]:
    import fastexcel

    book = fastexcel.read_excel(path)
    sheets = [book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string") for name in book.sheet_names]
    return [WorkbookSheet(one.name, one.visible == "visible", [*map(list, one.to_polars().rows())]) for one in sheets]


def _refuse_a_huge_one(package: zipfile.ZipFile, shown_as: str) -> None:
    """Stop before the reader runs out of memory, which ends the whole process."""
    size = sum(part.file_size for part in package.infolist())
    if size > _MOST_BYTES:
        found, expected = f"{size:,} bytes unpacked", f"at most {_MOST_BYTES:,}"
        todo = "save only the sheet with the returns, in a new file"
        problem = "the workbook is too large"
        raise UnreadableInputError(problem, file=shown_as, found=found, expected=expected, todo=todo)
    for name in package.namelist():
        wide = high = 0
        for cell in _FILLED.finditer(package.read(name)) if name.startswith("xl/worksheets/") else ():
            column = sum((letter - 64) * 26**power for power, letter in enumerate(reversed(cell[1])))  # AA is 27
            wide, high = max(wide, column), max(high, int(cell[2]))
            if wide * high > _MOST_CELLS:
                found = f"something in cell {(cell[1] + cell[2]).decode()}"
                expected = f"a table from the upper left corner on, of at most {_MOST_CELLS:,} cells"
                todo = "empty the cells far to the right of the table or below it, and save"
                problem = "a sheet reaches too far"
                raise UnreadableInputError(problem, file=shown_as, found=found, expected=expected, todo=todo)


def _needs_a_slower_look(package: zipfile.ZipFile) -> bool:
    parts = [name for name in package.namelist() if name.endswith(".xml")]
    styles = "".join(package.read(name).decode(errors="replace") for name in parts if name.endswith("styles.xml"))
    codes = {unescape_xml(one or other) for one, other in _FORMAT.findall(styles)}
    if _PERCENT.search(styles) or any(section.misleads for code in codes for section in _sections(code)):
        return True
    return any(_SUSPECT.search(package.read(name)) for name in parts)


def _with_all_that_shows(package: zipfile.ZipFile) -> list[WorkbookSheet]:
    """Read the sheets with openpyxl, once for what was written and once for the values that were stored with it."""
    import openpyxl

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for part in package.infolist():
            text = package.read(part)
            for strict, usual in _STRICT.items() if part.filename.endswith((".xml", ".rels")) else ():
                text = text.replace(strict, usual)
            made.writestr(part.filename, text)
    with warnings.catch_warnings():  # about fonts and drop-down lists, which nobody asked for
        warnings.simplefilter("ignore")
        formulas, values = openpyxl.load_workbook(content), openpyxl.load_workbook(content, data_only=True)
    sheets = []
    for written, stored in zip(formulas.worksheets, values.worksheets, strict=True):
        pairs = zip(written.iter_rows(), stored.iter_rows(), strict=True)
        rows = [[_text(*cells) for cells in zip(*both, strict=True)] for both in pairs]
        hidden = sorted(row for row, how in written.row_dimensions.items() if how.hidden)
        sheets.append(WorkbookSheet(written.title, written.sheet_state == "visible", rows, tuple(hidden)))
    return sheets


def _text(written: Any, stored: Any) -> str | None:
    from openpyxl.utils.escape import unescape

    value = stored.value
    if value is None and written.data_type == "f" and stored.data_type != "str":  # "str": the stored value is ""
        return str(getattr(written.value, "text", written.value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _shown(value, stored.number_format)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return None if value is None else unescape(str(value))


@dataclass
class _Section:
    """One part of a number format: the words beside the number, its place holders, and when it applies."""

    words: str = ""
    number: str = ""
    operator: str | None = None
    limit: float = 0.0

    @property
    def thousands(self) -> int:
        """How many times the number is divided by a thousand: the commas behind its last digit."""
        found = re.search(r"[0#?](,+)[^0#?]*$", self.number)
        return len(found[1]) if found else 0

    @property
    def misleads(self) -> bool:
        """Whether what is shown reads as another value than the number itself."""
        return "%" in self.number + self.words or any(map(str.isalpha, self.words)) or self.thousands > 0


@cache
def _sections(code: str) -> list[_Section]:
    sections = [_Section()]
    for token in _TOKEN.finditer(code):
        if token["section"]:
            sections.append(_Section())
        elif token["operator"]:
            sections[-1].operator, sections[-1].limit = token["operator"], float(token["limit"])
        elif token["other"]:
            sections[-1].number += token["other"]
        else:
            sections[-1].words += token["quoted"] or token["escaped"] or token["currency"] or ""
    return sections


def _shown(value: float, code: str) -> str:
    """Return a number with what its format makes of it. One in thousands without a word for it has its format
    behind."""
    plain, sections = f"{value:.15g}", _sections(code)
    place = 0 if value > 0 else 1 if value < 0 else 2
    section = sections[place if place < len(sections) else 0]
    if any(one.operator for one in sections):
        fits = (one for one in sections if not one.operator or _HOLDS[one.operator](float(value), one.limit))
        section = next(fits, sections[-1])
    words = " ".join(section.words.split()).strip("-– ")
    if not section.misleads:
        return plain
    if not re.search(r"[0#?]|General", section.number):
        return words
    if "%" in section.number:
        return f"{100 * value:.15g} %"
    return f"{value / 1000**section.thousands:.15g} {words}" if words else f"{plain} [{code}]"
