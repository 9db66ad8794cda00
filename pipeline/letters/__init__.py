"""Findings for those who must act on them: a page, letters to municipalities, a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.check import Finding
from pipeline.letters.page import FILES, findings_page
from pipeline.letters.plain_text import letter, letters
from pipeline.letters.workbook import overview
from pipeline.output import replace_folder, write_bytes
from pipeline.year import Language, Year

__all__ = ["findings_page", "letter", "letters", "overview", "write_all"]


def write_all(findings: Sequence[Finding], year: Year, out: Path, languages: Sequence[Language]) -> list[Path]:
    """Write a page a language, the folder `letters/` and `findings.xlsx` into `out`, and say what was written.

    The folder is replaced as a whole: no letter of an earlier run stays. Everything is made before the first file is
    put in place.
    """
    pages = {out / FILES[each]: findings_page(findings, year, each, languages) for each in dict.fromkeys(languages)}
    texts = {file: text for each in languages for file, text in letters(findings, year, each).items()}
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".letters-") as folder:
        made = Path(folder) / "letters"
        made.mkdir()
        for file, text in texts.items():
            write_bytes(made / file, text.encode())
        overview(findings, year, Path(folder) / "findings.xlsx")
        for path, content in pages.items():
            write_bytes(path, content)
        replace_folder(made, out / "letters")
        (Path(folder) / "findings.xlsx").replace(out / "findings.xlsx")
    return [*pages, out / "letters", out / "findings.xlsx"]
