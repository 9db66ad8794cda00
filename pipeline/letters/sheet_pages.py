"""Sheets as files: an HTML page by one template, a PDF by one Typst document that is compiled again and again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.files import write_bytes, write_text
from pipeline.letters.plain_text import file_name
from pipeline.letters.sheets import Sheet, Sheets, as_data
from pipeline.render.document import EXTENSION
from pipeline.render.pdf import Documents
from pipeline.year import Language

HERE = Path(__file__).parent
_SIZES = {0: 9.0, 37: 8.0, 44: 7.0}
"""Sizes of letters in points, by the number of rows from which they are tried: those that leave a sheet one page."""
_AT_ONCE = 2  # Typst runs beside Python


def write_sheets(sheets: Sheets, codes: Sequence[str], language: Language, folder: Path) -> list[Path]:
    """Write the sheets of these codes into a folder, and return the paths, pages first."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string((HERE / "sheet.html.j2").read_text(encoding="utf-8"))
    written = [sheets.of(code) for code in codes]
    pages = [folder / file_name(sheet.code, sheet.name, language, "html") for sheet in written]
    for sheet, path in zip(written, pages, strict=True):
        write_text(path, page.render(as_data(sheet)))
    pdfs = [path.with_suffix(".pdf") for path in pages]
    parts = [(written[at::_AT_ONCE], pdfs[at::_AT_ONCE]) for at in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda part: _write_pdfs(*part), parts))
    return [*pages, *pdfs]


def _write_pdfs(sheets: Sequence[Sheet], paths: Sequence[Path]) -> None:
    if sheets:
        with Documents(HERE / "sheet.typ", EXTENSION / "fonts") as documents:
            for sheet, path in zip(sheets, paths, strict=True):
                write_bytes(path, _one_page(documents, sheet))


def _one_page(documents: Documents, sheet: Sheet) -> bytes:
    rows = sum(len(group.rows) for table in sheet.tables for group in table.groups)
    first = max(n for n in _SIZES if rows >= n)
    for n, size in _SIZES.items():
        if n >= first:
            pdf, pages = documents.compile(sheet=json.dumps({**as_data(sheet), "size": size}, ensure_ascii=False))
            if pages == 1:
                break
    return pdf
