"""Who did not answer is told: in CSV file, table, note, sentence and explanation. And words of tables."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.explain import Explainer
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store
from pipeline.tabulate import Tables, read_declarations, tabulate, write_tables
from pipeline.year import read_year
from tests.telling import Page, findings, page_of, paragraphs, plain, store_of, told
from tests.world import RAW, read_csv, real_data, write_csv

BLANK = {"equal_offer": 1, "collaboration": 20, "area_of_use": 3, "talks_held": 10, "persons_total": 5}
"""Of which questions the answers were left blank, and in every how many returns."""


def returns_of(folder: Path, change: Callable[[dict[str, str], int], dict[str, str] | None]) -> None:
    """Write the returns of a year's folder changed, without those that the change gives up."""
    head, *rows = load_workbook(RAW / "2024" / "returns.xlsx").worksheets[0].iter_rows(values_only=True)
    changed = [
        change({str(name): "" if cell is None else str(cell) for name, cell in zip(head, row, strict=True)}, at)
        for at, row in enumerate(rows)
    ]
    kept = [row for row in changed if row]
    (folder / "returns.xlsx").unlink(missing_ok=True)
    write_csv(folder / "returns.csv", list(kept[0]), [list(row.values()) for row in kept])


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The real year, some of whose made-up answers were left blank."""
    data = real_data(tmp_path_factory.mktemp("silent"))
    folder = data / "raw" / "2024"
    rules = read_year(folder, "raw/2024")
    every = {str(rules.column(question)): step for question, step in BLANK.items()}
    returns_of(folder, lambda row, at: row | {name: "" for name, step in every.items() if at % step == 0})
    return store_of(data, 2023, 2024)


@pytest.fixture(scope="module")
def tables(silent: Workspace) -> Tables:
    with open_store(silent.store) as connection:
        return tabulate(connection, 2024, read_declarations(REPORTS))


@pytest.fixture(scope="module")
def real(real_store: Workspace) -> Page:
    return page_of(real_store, 2024, "sv")


def test_every_counted_row_and_the_last_chapter_know_how_many_answered(
    tables: Tables, tmp_path: Path, real: Page
) -> None:
    write_tables(tables, tmp_path)
    alike = read_csv(tmp_path / "equal_offer.csv")
    columns = ["region_code", "region", "option", "label", "count", "base", "answered", "percent"]
    assert [[row[name] for name in columns[4:]] for row in alike] == [["0", "235", "0", "0"]] * 2
    assert list(read_csv(tmp_path / "area_of_use_by_region.csv")[0]) == columns
    start = read_csv(tmp_path / "area_of_use.csv")[0]
    assert 140 < int(start["answered"]) < 165 and start["base"] == "235"
    printed, now = (row for row in read_csv(tmp_path / "area_of_use_by_year.csv") if row["option"] == "start")
    assert (printed["answered"], now["answered"]) == ("", start["answered"])
    assert "answered" not in read_csv(tmp_path / "usage_degree.csv")[0]
    rows = tables["non_response"].rows
    assert [rows["equal_offer"][name] for name in ("base", "answered", "percent")] == [235, 0, 100]
    assert rows["persons_total"]["base"] == tables["talks_held"].rows["yes"]["count"]
    assert rows["persons_total"]["answered"] < rows["persons_total"]["base"]
    numbers = dict(real.numbers)
    assert [numbers[f"non_response/persons_women/{name}"] for name in ("base", "answered")] == ["222", "188"]
    assert "Hur många återrapporter som saknas, region för region, visas i" in real.text


def test_the_printed_table_has_a_row_of_the_silent_and_the_note_says_how_many_answered(
    silent: Workspace, tables: Tables
) -> None:
    page = page_of(silent, 2024, "sv")
    numbers = dict(page.numbers)
    for question in ("equal_offer", "area_of_use", "collaboration"):
        row = tables[question].rows["not_answered"]
        assert row["count"] == row["base"] - row["answered"] > 0
        by_year = "_by_year/2024" if question == "area_of_use" else ""
        assert numbers[f"{question}{by_year}/not_answered/count"] == str(row["count"])
    assert "Uppgift saknas" in page.text
    answered = tables["collaboration"].rows["none"]["answered"]
    assert f"(n\u00a0=\u00a0235). Svar finns från {answered}." in page.text.replace("n = 235", "n\u00a0=\u00a0235")
    assert "(n = 235). Ingen har svarat." in page.text.replace("\u00a0", " ")


def test_an_explanation_says_how_many_answered_and_names_the_silent(silent: Workspace, tables: Tables) -> None:
    with open_store(silent.store) as connection:
        explainer = Explainer(connection, tables)
        share = explainer("area_of_use/start/percent")
        answered = tables["area_of_use"].rows["start"]["answered"]
        assert share.base and (share.base.n, share.base.answered) == (235, answered)
        assert f"Av dem har {share.base.answered} svarat." in share.definition.sv
        nobody = explainer("equal_offer/not_answered/count")
        assert len(nobody.municipalities) == nobody.value == 235
        assert "inte har svarat på frågan" in nobody.definition.sv
        of_answered = explainer("area_of_use/start/answered_percent")
        assert connection.sql(of_answered.sql).fetchall() == [(of_answered.value,)]
        assert explainer("area_of_use/start/answered").value == share.base.answered


@pytest.fixture(scope="module")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The form of 2024 in both years; in the first one, some left questions blank and every fifth sent in nothing."""
    data = real_data(tmp_path_factory.mktemp("years"))
    rules, first = read_year(data / "raw" / "2024", "raw/2024"), data / "raw" / "2023"
    for name in ("published.toml", "allocation.csv"):
        (first / name).unlink()
    text = (data / "raw" / "2024" / "year.toml").read_text(encoding="utf-8").replace("2024", "2023")
    (first / "year.toml").write_text(text.replace("2025-", "2024-"), encoding="utf-8")
    (first / "recipients.csv").write_bytes((data / "raw" / "2024" / "recipients.csv").read_bytes())
    blank = {str(rules.column(question)): "" for question in ("area_of_use", "follow_up")}
    returns_of(first, lambda row, at: row | (blank if at % 20 == 1 else {}) if at % 5 else None)
    return store_of(data, 2023, 2024)


def test_years_without_answers_are_told_and_not_compared(two_years: Workspace) -> None:
    with open_store(two_years.store) as connection:
        rows = tabulate(connection, 2024, read_declarations(REPORTS))["area_of_use_by_year"].rows
    silent = rows["2023/not_answered"]
    assert silent["count"] == silent["base"] - silent["answered"] > 0 == rows["2024/not_answered"]["count"]
    page = page_of(two_years, 2024, "sv")
    assert dict(page.numbers)["area_of_use_by_year/2023/not_answered/count"] == str(silent["count"])
    assert re.search(r"Har följt upp verksamheten: svar finns från \d+\. Bas 2024", page.text.replace("\u00a0", " "))
    text = " ".join(map(plain, paragraphs(findings(told(two_years, 2024, "sv")))))
    assert "Sammanlagt finns cirka 10 miljoner kronor kvar" in text and "Andelen oanvända medel" not in text


def test_every_section_with_made_up_answers_says_so_whatever_the_form_asks(tmp_path: Path) -> None:
    data, gone = real_data(tmp_path), ("collaboration", "method", "follow_up")
    form = data / "raw" / "2024" / "year.toml"
    rules = read_year(form.parent, "raw/2024")
    head, *questions = re.split(r"(?=^\[\[question\]\])", form.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for question in gone:
        head = head.replace(f'"{question}",', "")
    kept = [one for one in questions if not any(f'id = "{question}"\n' in one for question in gone)]
    form.write_text(head + "".join(kept), encoding="utf-8")
    columns = tuple(str(rules.column(question)) for question in gone)
    returns_of(form.parent, lambda row, _: {name: text for name, text in row.items() if not name.startswith(columns)})
    chapters = told(store_of(data, 2023, 2024), 2024, "sv").markdown.split("\n# ")
    for title in ("Samverkan och utförare", "Så går samtalen till", "Uppföljning och resultat"):
        (chapter,) = [one for one in chapters if one.startswith(title)]
        assert "Påhittade svar" in chapter.split("kommuner (")[0], title


def test_alternative_texts_of_regions(tmp_path: Path) -> None:
    data = real_data(tmp_path)
    method = str(read_year(data / "raw" / "2024", "raw/2024").column("method"))
    returns_of(data / "raw" / "2024", lambda row, at: row | ({method: ""} if at % 2 else {}))
    text = told(store_of(data, 2023, 2024), 2024, "en").markdown.replace("\u00a0", " ")
    said = re.findall(r'aria-label="([^"]*)"', text)
    assert sum("by region from north to south: Kronor per person. Region Norrbotten" in one for one in said) == 1
    assert sum("by region from north to south: Per hundred in the key. Region Norrbotten" in one for one in said) == 1
    (methods,) = [one for one in said if "Grid" in one and "Established methods" in one]
    assert "FINGER: –" in methods and ": none" not in methods and "%" not in methods


def test_words_of_tables(real: Page) -> None:
    text = real.text.replace("\u00a0", " ")
    assert "Sammantaget: Någon etablerad metod" in text
    assert re.search(r"Användning Antal kommuner Andel kommuner Hela bidraget använt", text)
    assert "Bas 2023: enligt den tryckta redovisningen (n = 209)." in text
    assert "Summa 85 906 462 10 026 518 12 %" in text
    assert "Riket 290 235 81 %" in text and "Riket 222 21 076 188" in text
    assert "I hela landet har 235 av 290 kommuner (81 procent) använt bidraget." in text
    assert "register över alla kommuner" in text
    numbers = dict(real.numbers)
    assert numbers["persons_by_region/09/sex_stated"] == "1"
    assert "Region Gotland 1* 108 1* " in text or re.search(r"Region Gotland 1\* \d+ 1\* ", text)
