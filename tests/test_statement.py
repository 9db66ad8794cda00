"""The statement on accessibility says what the authority has filled in, and says plainly what it has not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.model import Language
from pipeline.paths import REPORTS
from pipeline.publish import Report
from pipeline.publish.statement import statement
from pipeline.tabulate import Tables, read_declarations


@pytest.fixture
def filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that may be written in place of the project's."""
    monkeypatch.setattr("pipeline.publish.statement.REPORTS", tmp_path)
    statement.cache_clear()
    yield tmp_path / "accessibility.toml"
    statement.cache_clear()


@pytest.mark.parametrize(("language", "said"), [("sv", "Skriv till <prov@kommun.se>."), ("en", "Nobody knows.")])
def test_what_is_filled_in_stands_there_and_what_is_not_is_said(filled_in: Path, language: Language, said: str) -> None:
    filled_in.write_text(
        """
        authority = { sv = "", en = "" }
        assessment = { sv = " ", en = "" }
        contact = { sv = "Skriv till <prov@kommun.se>.", en = "" }
        """,
        encoding="utf-8",
    )
    report = Report(2024, language, Tables({}), read_declarations(REPORTS))
    assert report.stated("contact", "Nobody knows.") == said
    assert report.stated("authority", "Nobody knows.") == "Nobody knows."
    assert report.stated("assessment", "Nobody knows.") == "Nobody knows."


def test_a_slip_in_the_file_is_one_clear_line(filled_in: Path) -> None:
    filled_in.write_text('authority = { sv = "", en = "" }\ncontakt = { sv = "", en = "" }\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"reports/accessibility.toml: key contakt: .*did you mean 'contact'"):
        statement()
