"""All public tables in one workbook, by the conventions for accessible spreadsheets.

A cover, contents with links, notes, what the columns hold, and one table a sheet, whose header names the columns as the
other files do. No cells are merged, and the same tables give the same bytes.
"""

import io
from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook

from pipeline.mask import visible
from pipeline.model import Text
from pipeline.release.described import Dataset, both
from pipeline.workbook import CREATED, MOST

_LONGEST_NAME = 31
_WIDEST, _PAGE, _SPARE = 60, 110, 8  # letters
_LINE = 15  # points


def workbook_of(title: Text, cover: Sequence[str], tables: Sequence[Dataset]) -> bytes:
    """Return the workbook. `cover` are the lines below the title of its first sheet."""
    content = io.BytesIO()
    as_they_are = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, as_they_are) as book:
        book.set_properties({"created": CREATED, "title": title.sv})
        names = _names(tables)
        lines = [*cover, *_lines([both("sheet.files"), both("sheet.empty")])]
        _TitledSheet(book, both("sheet.cover").sv, title, lines, _PAGE)
        contents = [(name, one.title.sv, one.title.en, one.made_up) for name, one in zip(names, tables, strict=True)]
        notes = [(one.id, one.note.sv, one.note.en) for one in tables if one.note]
        told = dict.fromkeys(
            (one.id, *_lines([one.unit_words or Text.same(""), one.text])) for table in tables for one in table.fields
        )
        _front(book, "contents", ("sheet", "title_sv", "title_en", "made_up"), contents, names)
        _front(book, "notes", ("table", "note_sv", "note_en"), notes)
        _front(book, "columns", ("column", "unit_sv", "unit_en", "text_sv", "text_en"), sorted(told))
        for name, one in zip(names, tables, strict=True):
            lines = _lines([*([both("made_up.warning")] if one.made_up else []), *([one.note] if one.note else [])])
            sheet = _TitledSheet(book, name, one.title, lines)
            back = both("sheet.back")
            sheet.link(both("sheet.contents").sv, f"{back.sv} / {back.en}")
            sheet.table(f"t_{one.id}", one.frame.columns, one.frame.rows())
    return content.getvalue()


def _front(
    book: Workbook, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], links: Sequence[str] = ()
) -> None:
    title = both(f"sheet.{name}")
    _TitledSheet(book, title.sv, title, []).table(name, heads, rows, links)


class _TitledSheet:
    """A sheet that is written from the top: its title in both languages, lines, and one table below them."""

    def __init__(self, book: Workbook, name: str, title: Text, lines: Sequence[str], width: int = 0) -> None:
        """Write titles and lines; over several lines each where a `width` in letters is given."""
        self.sheet, self.row = book.add_worksheet(name), 0
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(1, 0)
        self.linked, self.top = book.get_default_url_format(), book.add_format({"valign": "top"})
        self.wrapped = book.add_format({"valign": "top", "text_wrap": True})
        large, self.bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True})
        for text, form in [(title.sv, large), (title.en, self.bold), *((line, None) for line in lines)]:
            if width:
                self._make_high(self.row, text, width)
            self.sheet.write_string(self.row, 0, visible(text, MOST), form)
            self.row += 1
        if width:
            self.sheet.set_column(0, 0, width, self.wrapped)

    def link(self, sheet: str, text: str) -> None:
        """Write a line that leads to another sheet."""
        self.sheet.write_url(self.row, 0, f"internal:'{sheet}'!A1", self.linked, text)
        self.row += 1

    def table(self, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], links: Sequence[str] = ()) -> None:
        """Write a table; `links` are the sheets that its first column leads to."""
        cells = [[visible(value, MOST) if isinstance(value, str) else value for value in row] for row in rows]
        columns = [{"header": head, "header_format": self.bold} for head in heads]
        settings = {"name": name, "style": None, "data": cells, "columns": columns}
        start, last = self.row, self.row + max(len(rows), 1)
        self.sheet.add_table(start, 0, last, len(heads) - 1, settings)
        for at, head in enumerate(heads):
            longest = max((len(str(row[at])) for row in rows), default=0)
            width = min(_WIDEST, max(longest, len(head) + 3) + 1)
            self.sheet.set_column(at, at, width, self.wrapped if longest > _WIDEST else self.top)
        for at, row in enumerate(cells, start=start + 1):
            self._make_high(at, max((str(value) for value in row), key=len), _WIDEST)
        self.sheet.repeat_rows(0, start)  # a printed page says what it is, and what is made up
        self.row += 1
        for target in links:
            self.link(target, target)

    def _make_high(self, row: int, text: str, width: int) -> None:
        """Give a row the height that its longest text needs: not every program finds it itself."""
        if len(text) > width:
            self.sheet.set_row(row, _LINE * -(-len(text) // (width - _SPARE)))


def _lines(texts: Sequence[Text]) -> list[str]:
    return [line for text in texts for line in (text.sv, text.en)]


def _names(tables: Sequence[Dataset]) -> list[str]:
    """Return the names of the sheets: the table's id, or as much of it as a sheet's name may hold."""
    short = [one.id[:_LONGEST_NAME] for one in tables]
    return [name if short.count(name) == 1 else f"{name[: _LONGEST_NAME - 4]}_{at}" for at, name in enumerate(short)]
