"""Corrections and themes: data that people add to what municipalities sent in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli import main
from tests.telling import page_of, store_of
from tests.world import CheckedHere, read_csv, small_data

CORRECTION = """
[[correction]]
municipality = "{municipality}"
field = "{field}"
found = "{found}"
corrected = "{corrected}"
reason = "Extra nolla"
who = "A. Analytiker"
when = 2025-02-20
"""
FORM = """
[[question]]
id = "comments"
kind = "text"
asked = "used"
column = "Kommentar"
text = { sv = "Kommentar", en = "Comment" }
[[theme]]
id = "time"
question = "comments"
text = { sv = "Ont om tid", en = "Short of time" }
[[theme]]
id = "staff"
question = "comments"
text = { sv = "Ont om personal", en = "Short of staff" }
"""


@pytest.fixture(autouse=True)
def _checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)


def put(data: Path, **fields: str) -> None:
    text = CORRECTION.format(
        **{"municipality": "Aneby", "field": "unused_kr", "found": "500", "corrected": "50", **fields}
    )
    (data / "raw" / "2024" / "corrections.toml").write_text(text, encoding="utf-8")


def unused(data: Path) -> dict[str, str]:
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    return {row["municipality"]: row["unused_kr"] for row in rows}


@pytest.mark.parametrize(
    ("found", "municipality"), [("500", "Aneby"), ("500 kr", "Aneby kommun"), ("500,00", "0604"), ("500", "0604")]
)
def test_a_correction_holds_before_anything_is_counted(found: str, municipality: str, tmp_path: Path) -> None:
    data = small_data(tmp_path)
    before = (data / "raw" / "2024" / "returns.csv").read_bytes()
    put(data, found=found, municipality=municipality)
    assert main(["tables", "2024", "--data", str(data)]) == 0
    assert unused(data) == {"Ale": "0", "Aneby": "50", "Malmö": "3000"}
    (listed,) = read_csv(data / "processed" / "2024" / "tables" / "corrections.csv")
    assert [listed[name] for name in ("municipality", "field", "found", "corrected", "decided_on")] == [
        "Aneby",
        "unused_kr",
        found,
        "50",
        "2025-02-20",
    ]
    assert (data / "raw" / "2024" / "returns.csv").read_bytes() == before


def test_what_could_not_be_read_can_be_corrected(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0), ("Aneby", "ca 500"), ("Malmö", 3000)])
    assert main(["check", "2024", "--data", str(data)]) == 1
    put(data, found="ca 500", corrected="480")
    assert main(["tables", "2024", "--data", str(data)]) == 0
    assert unused(data)["Aneby"] == "480"
    assert read_csv(data / "processed" / "2024" / "findings.csv") == []


def test_a_requisition_can_be_corrected(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    put(data, field="requisitioned_kr", found="2000", corrected="2500")
    assert main(["tables", "2024", "--data", str(data)]) == 0
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    assert {row["municipality"]: row["requisitioned_kr"] for row in rows}["Aneby"] == "2500"


WRONG = {
    "another value": ({"found": "600"}, ["corrections.toml", "500 in raw/2024/returns.csv", "expected 600"]),
    "another municipality": ({"municipality": "Kiruna"}, ["corrections.toml", "Kiruna", "no row of that municipality"]),
    "an unknown field": ({"field": "unused"}, ["corrections.toml", "found 'unused'", "a question of year.toml"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_correction_that_finds_nothing_is_an_error(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields, parts = WRONG[case]
    data = small_data(tmp_path)
    put(data, **fields)
    assert main(["check", "2024", "--data", str(data)]) == 2
    message = capsys.readouterr().err
    assert [part for part in parts if part not in message] == []
    assert message.count("\n") == 1
    assert not (data / "processed").exists()


def themed(tmp_path: Path, *coded: tuple[str, str, str]) -> Path:
    header = ("Mottagare", "Oanvänt belopp (kr)", "Kommentar")
    returns = [("Ale", 0, "Det tog tid"), ("Aneby", 500, "Vi är få\nsom hinner"), ("Malmö", 3000, "Inget använt")]
    data = small_data(tmp_path, header=header, returns=returns)
    rules = data / "raw" / "2024" / "year.toml"
    rules.write_text(rules.read_text(encoding="utf-8") + FORM, encoding="utf-8")
    if coded:
        rows = "".join(f"{municipality},{question},{theme},AA\n" for municipality, question, theme in coded)
        (data / "raw" / "2024" / "themes.csv").write_text("municipality,question,theme,who\n" + rows, encoding="utf-8")
    return data


def test_themes_are_counted_like_any_question(tmp_path: Path) -> None:
    data = themed(tmp_path, ("Ale", "comments", "time"), ("Aneby", "comments", "time"), ("Aneby", "comments", "staff"))
    assert main(["tables", "2024", "--data", str(data)]) == 0
    folder = data / "processed" / "2024" / "tables"
    assert read_csv(folder / "comments_themes.csv") == [
        {"option": "time", "label": "Ont om tid", "count": "2", "base": "2", "answered": "2", "percent": "100"},
        {"option": "staff", "label": "Ont om personal", "count": "1", "base": "2", "answered": "2", "percent": "50"},
    ]
    assert len(read_csv(folder / "comments_themes_by_region.csv")) == 42
    assert "comments_themes.csv: Kommentar  [CODED BY HAND / KODAT FÖR HAND]" in (folder / "README.txt").read_text(
        "utf-8"
    )


def test_the_report_says_what_was_corrected_and_coded(tmp_path: Path) -> None:
    data = themed(tmp_path, ("Ale", "comments", "time"))
    put(data)
    page = page_of(store_of(data, 2024), 2024, "sv").source
    assert "Extra nolla" in page
    assert "Innan något räknades rättades de uppgifter som står i" in page
    assert "Bilaga 4. Teman i fritext" in page
    assert "Kodat för hand." in page
    assert 'data-n="comments_themes/time/count"' in page


def test_without_them_the_report_says_so(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    page = page_of(store_of(data, 2024), 2024, "sv").source
    assert "Inga uppgifter i filerna har rättats." in page
    assert "Bilaga 4" not in page


@pytest.mark.parametrize(
    ("row", "part"),
    [
        (("Anneby", "comments", "time"), "column 'municipality'"),
        (("Ale", "comments", "money"), "found 'comments/money'"),
        (("Ale", "comment", "time"), "expected one of comments/time"),
    ],
)
def test_a_wrong_theme_is_one_line(
    row: tuple[str, str, str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = themed(tmp_path, ("Ale", "comments", "staff"), row)
    assert main(["check", "2024", "--data", str(data)]) == 2
    message = capsys.readouterr().err
    assert "raw/2024/themes.csv, row 3" in message
    assert part in message
    assert message.count("\n") == 1


def test_comments_that_nobody_coded_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = themed(tmp_path, ("Ale", "comments", "time"))
    assert main(["uncoded", "2024", "--data", str(data)]) == 0
    assert (
        capsys.readouterr().out
        == "municipality,question,text\nAneby,comments,Vi är få som hinner\nMalmö,comments,Inget använt\n"
    )
