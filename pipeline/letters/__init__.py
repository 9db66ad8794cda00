"""Findings for those who must act on them: a page, letters to municipalities, a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.check import Finding
from pipeline.files import put_in_place, write_bytes, write_text
from pipeline.letters.page import FILES, findings_page
from pipeline.letters.plain_text import letter, letters
from pipeline.letters.workbook import overview
from pipeline.year import Language, Year

__all__ = ["findings_page", "letter", "letters", "overview", "write_all"]


def write_all(findings: Sequence[Finding], year: Year, out: Path, languages: Sequence[Language]) -> list[Path]:
    """Write a page a language, the folder `letters/` and `findings.xlsx` into `out`, and say what was written.

    The folder is replaced as a whole: no letter of an earlier run stays. Everything is made before the first file is
    put in place.
    """
    pages = {FILES[language]: findings_page(findings, year, language, languages) for language in languages}
    texts = {file: text for language in languages for file, text in letters(findings, year, language).items()}
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".letters-") as folder:
        made = Path(folder)
        (made / "letters").mkdir()
        for file, text in texts.items():
            write_text(made / "letters" / file, text)
        for file, content in pages.items():
            write_bytes(made / file, content)
        overview(findings, year, made / "findings.xlsx")
        written = [*pages, "letters", "findings.xlsx"]
        put_in_place({out / name: made / name for name in written})
    return [out / name for name in written]
