"""Sheets: what a municipality or region is told; one page, valid, and it gives nobody else away."""

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Page as View

from pipeline.letters.sheets import all_codes
from pipeline.register import municipalities
from tests.reading import Element, check_pdf, parsed
from tests.test_letters import faults
from tests.test_render import words
from tests.world import command, read_csv, real_data, small_data

READ = ("0180", "0980", "1440", "1880")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sheets of the real year: of all regions, and of municipalities read below or of the longest names."""
    data = real_data(tmp_path_factory.mktemp("sheets"))
    every = all_codes()
    assert len(every) == len(set(every)) == 290 + 21
    longest = sorted(municipalities(), key=lambda code: -len(municipalities()[code].name))[:8]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.letters.sheets.all_codes", lambda: [*READ, *longest, *every[290:]])
        command(data, "tables", 2024)
        command(data, "sheets", 2024)
    return data.parent / "out" / "2024" / "sheets"


def page(made: Path, name: str) -> Element:
    return parsed(made / f"{name}.html")


def rows(table: Element) -> list[list[str]]:
    return [[words(cell) for cell in row if cell.tag in ("td", "th")] for row in table.all("tr")]


def test_each_is_one_page_and_some_are_valid(made: Path) -> None:
    names = {path.stem for path in made.iterdir()}
    assert len(names) == len(READ) + 8 + 21
    assert {"1440-ale", "0980-gotland", "region-12-region-skane"} <= names
    assert {path.suffix for path in made.iterdir()} == {".html", ".pdf"}
    for path in made.glob("*.pdf"):
        with pikepdf.open(path) as document:
            assert len(document.pages) == 1, path.name
    for name in ("0180-stockholm", "0980-gotland", "1440-ale", "1880-orebro", "region-12-region-skane"):
        assert check_pdf(made / f"{name}.pdf") == [], name


def test_amounts_and_shares_are_those_of_the_tables(made: Path) -> None:
    """Appendix 1, table 1 of the printed report: Örebro requisitioned 1 273 458 kronor and used nothing."""
    amounts = {row[0]: row[1:] for row in rows(page(made, "1880-orebro").all("table")[0])}
    assert amounts["Uppgift"] == ["Örebro", "Bidragsåret 2023", "Region Örebro län", "Lika stora", "Landet"]
    assert amounts["Rekvirerat"][0] == "1 273 458"
    assert amounts["Oanvänt"] == ["1 273 458", "–", amounts["Oanvänt"][2], amounts["Oanvänt"][3], "10 026 518"]
    assert amounts["Andel oanvänt av det rekvirerade"][0] == "100 %"
    assert "1 273 458 kronor är oanvända och ska betalas tillbaka." in words(page(made, "1880-orebro"))
    table = rows(page(made, "region-12-region-skane").all("table")[1])
    asked = next(row for row in table if row[0].startswith("Har kommunen börjat hålla hälsosamtal?"))
    tables = made.parents[2] / "data" / "processed" / "2024" / "tables"
    rows_of = [read_csv(tables / f"{name}.csv") for name in ("talks_held_by_region", "talks_held")]
    told = [
        row for table in rows_of for row in table if row["option"] == "yes" and row.get("region_code", "12") == "12"
    ]
    assert asked[2:] == [f"{row['percent']} %" for row in told]


def test_sheets_are_internal_and_say_what_is_made_up_or_not_there(made: Path) -> None:
    text = words(page(made, "0980-gotland"))
    assert "PÅHITTADE SVAR" in text
    assert "Internt tills det är beslutat. Bladet går till Gotland och till ingen annan." in text
    text = words(page(made, "1440-ale"))
    assert "Ale har inte rekvirerat bidraget det här året." in text
    assert len(page(made, "1440-ale").all("table")) == 1


def test_a_region_of_one_or_two_gives_nobody_away(made: Path) -> None:
    """Gotland is alone in its region; Blekinge has five, of which one is the reader."""
    answers = rows(page(made, "0980-gotland").all("table")[1])[1:]
    assert {row[-3] for row in answers} == {"–"}
    assert {row[-1] for row in answers} & {"–"} == set()
    assert "Ett streck står där färre än tre andra kommuner har fått frågan" in words(page(made, "0980-gotland"))
    assert len(page(made, "region-09-region-gotland").all("table")) == 1


def test_one_alone_by_name_and_what_is_not_known(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    command(data, "sheets", 2024, "--only", "Aneby kommun", "--lang", "sv,en")
    there = sorted(path.name for path in (tmp_path / "out" / "2024" / "sheets").iterdir())
    assert there == ["0604-aneby.en.html", "0604-aneby.en.pdf", "0604-aneby.html", "0604-aneby.pdf"]
    said = command(data, "sheets", 2024, "--only", "Anebyy", status=2)
    assert "no municipality or region; did you mean Aneby or" in said


def test_a_sheet_is_accessible(made: Path, look: Callable[..., View]) -> None:
    view = look(made / "0180-stockholm.html", viewport={"width": 390, "height": 800})
    assert faults(view) == []
    assert view.evaluate("document.documentElement.scrollWidth") <= 390
