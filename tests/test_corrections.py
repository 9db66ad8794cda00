"""Corrections and themes: data that people add to what municipalities sent in."""

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.read import read_folder
from pipeline.register import municipalities
from tests.telling import page_of, store_of
from tests.world import COLUMNS, cases, change, command, entry, question, read_csv, refused, small_data, write_csv

THEME = '[[theme]]\nid = "{}"\nquestion = "comments"\ntext = {{ sv = "{}", en = "{}" }}\n'
OPTIONS = ("Vem: Alfa", "Vem: Annat")
BAD = cases("bad_input")
FORM = question("comments", "text", "used", "Kommentar")
FORM += THEME.format("time", "Ont om tid", "Short of time") + THEME.format("staff", "Ont om personal", "Short of staff")


def put(data: Path, *, mode: str = "w", **fields: Any) -> None:
    """Write a correction, or (mode "a") one more."""
    usual = {"municipality": "Aneby", "field": "unused_kr", "found": "500", "corrected": "50", "reason": "Extra nolla"}
    with (data / "raw" / "2024" / "corrections.toml").open(mode, encoding="utf-8") as file:
        file.write(entry("correction", **{**usual, **fields}))


def findings(data: Path) -> list[dict[str, str]]:
    return read_csv(data / "processed" / "2024" / "findings.csv")


def listed(data: Path) -> list[dict[str, str]]:
    """What the tables say was corrected."""
    return read_csv(data / "processed" / "2024" / "tables" / "corrections.csv")


def unused(data: Path) -> dict[str, str]:
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    return {row["municipality"]: row["unused_kr"] for row in rows}


def test_corrections_hold_before_anything_is_counted_however_they_name_what_they_mean(tmp_path: Path) -> None:
    asked, sent = [("Ale", 1000), ("Aneby", 2000), ("Malmö", 3000)], [("Ale", 7), ("Aneby", 500), ("Malmö", 3000)]
    data = small_data(tmp_path, recipients=asked, returns=sent)
    before = (data / "raw" / "2024" / "returns.csv").read_bytes()
    named = [("Ale", "7"), ("Aneby kommun", "500 kr"), ("1280", "3000,00")]
    for municipality, found in named:
        put(data, mode="a", municipality=municipality, found=found)
    put(data, mode="a", municipality="0604", field="requisitioned_kr", found="2000", corrected="2500")
    command(data, "tables", 2024)
    assert unused(data) == {"Ale": "50", "Aneby": "50", "Malmö": "50"}
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    assert [row["requisitioned_kr"] for row in rows if row["municipality"] == "Aneby"] == ["2500"]
    names = ("municipality", "field", "found", "corrected", "decided_on")
    made = [[row[name] for name in names] for row in listed(data)]
    assert ["Aneby", "unused_kr", "500 kr", "50", "2025-02-20"] in made
    assert len(made) == 4
    assert (data / "raw" / "2024" / "returns.csv").read_bytes() == before


def test_what_could_not_be_read_can_be_corrected_and_not_confirmed(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0), ("Aneby", "ca 500"), ("Malmö", 3000)])
    by_row(data, "returns.csv", 3, "ca 500", field="unused_kr", confirmed=True)
    command(data, "check", 2024, status=1)
    put(data, found="ca 500", corrected="480")
    command(data, "tables", 2024)
    assert unused(data)["Aneby"] == "480"
    assert findings(data) == []


def themed(tmp_path: Path, *coded: tuple[str, str, str]) -> Path:
    returns = [("Ale", 0, "Det tog tid"), ("Aneby", 500, "Vi är få\nsom hinner"), ("Malmö", 3000, "Inget använt")]
    data = small_data(tmp_path, header=["Kommentar"], returns=returns, more=FORM)
    if coded:
        header = ("municipality", "question", "theme", "who")
        write_csv(data / "raw" / "2024" / "themes.csv", header, [(*row, "AA") for row in coded])
    return data


def test_themes_are_counted_like_any_question(tmp_path: Path) -> None:
    data = themed(tmp_path, ("Ale", "comments", "time"), ("Aneby", "comments", "time"), ("Aneby", "comments", "staff"))
    command(data, "tables", 2024)
    folder = data / "processed" / "2024" / "tables"
    assert read_csv(folder / "comments_themes.csv") == [
        {"option": "time", "label": "Ont om tid", "count": "2", "base": "2", "answered": "2", "percent": "100"},
        {"option": "staff", "label": "Ont om personal", "count": "1", "base": "2", "answered": "2", "percent": "50"},
    ]
    assert len(read_csv(folder / "comments_themes_by_region.csv")) == 42
    readme = (folder / "README.txt").read_text("utf-8")
    assert "comments_themes.csv: Kommentar  [CODED BY HAND / KODAT FÖR HAND]" in readme


def test_the_report_says_what_was_corrected_and_coded_and_that_nothing_was(tmp_path: Path) -> None:
    page = page_of(store_of(small_data(tmp_path / "without"), 2024), 2024, "sv").source
    assert "Inga uppgifter i filerna har rättats." in page
    assert "Teman i fritext" not in page
    data = themed(tmp_path, ("Ale", "comments", "time"))
    put(data)
    page = page_of(store_of(data, 2024), 2024, "sv").source
    assert "Extra nolla" in page
    assert "har rättats innan något räknades. Filerna har kvar det som stod" in page
    assert "Teman i fritext" in page
    assert "Svaren är kodade för hand." in page
    assert 'data-n="comments_themes/time/count"' in page


@pytest.mark.parametrize("said", BAD["themes"])
def test_a_wrong_theme_is_one_line(said: str, tmp_path: Path) -> None:
    data = themed(tmp_path, ("Ale", "comments", "staff"), tuple(BAD["themes"][said]))
    refused(data, ["raw/2024/themes.csv, row 3", said], "check", 2024)


def test_comments_that_nobody_coded_are_listed(tmp_path: Path) -> None:
    data = themed(tmp_path, ("Ale", "comments", "time"))
    left = "municipality,question,text\nAneby,comments,Vi är få som hinner\nMalmö,comments,Inget använt\n"
    assert command(data, "uncoded", 2024) == left


def by_row(data: Path, file: str, row: int, found: str, **decided: Any) -> None:
    with (data / "raw" / "2024" / "corrections.toml").open("a", encoding="utf-8") as corrections:
        corrections.write(entry("correction", file=file, row=row, found=found, **decided))


def test_misspelt_recipients_of_returns_and_list_are_corrected_by_their_rows(tmp_path: Path) -> None:
    asked, sent = [("Ale", 1000), ("Xyz", 2000), ("Aneby", 2000)], [("Ale", 0), ("Anebyy", 500), ("Malmö", 300)]
    data = small_data(tmp_path, recipients=asked, returns=sent)
    command(data, "check", 2024, status=1)
    by_row(data, "raw/2024/returns.csv", 3, "ANEBYY", field="recipient", corrected="Aneby")
    by_row(data, "recipients.csv", 3, "Xyz", field="recipient", corrected="Malmö")
    command(data, "tables", 2024)
    assert unused(data) == {"Ale": "0", "Malmö": "300", "Aneby": "500"}
    made = [(row["municipality"], row["found"], row["corrected"]) for row in listed(data)]
    assert sorted(made) == [("Aneby", "ANEBYY", "Aneby"), ("Malmö", "Xyz", "Malmö")]


def test_of_two_returns_on_one_day_the_row_that_does_not_count_is_ignored(tmp_path: Path) -> None:
    sent = [("Ale", 0, "2025-01-10"), ("Aneby", 500, "2025-01-10"), ("Aneby", 900, "2025-01-10")]
    recipients = [("Ale", 1000), ("Aneby", 2000)]
    data = small_data(tmp_path, recipients=recipients, returns=sent, header=["Inskickad"])
    command(data, "check", 2024, status=1)
    by_row(data, "returns.csv", 4, "Aneby", ignored=True)
    command(data, "tables", 2024)
    assert unused(data) == {"Ale": "0", "Aneby": "500"}
    assert findings(data) == []
    (made,) = listed(data)
    assert (made["municipality"], made["corrected"]) == ("Aneby", "")


@pytest.mark.parametrize("case", BAD["by_row"])
def test_a_correction_by_row_that_does_not_hold_is_one_line(case: str, tmp_path: Path) -> None:
    its, data = BAD["by_row"][case], small_data(tmp_path)
    by_row(data, "returns.csv", its["row"], "Aneby", **its["decided"])
    refused(data, ["raw/2024/corrections.toml", *its["says"]], "check", 2024)


MANY = [one.name for one in list(municipalities().values())[:40]]


def many(tmp_path: Path, first: int) -> Path:
    """Forty that got 10 000 kronor each; the first has `first` left, the others 100."""
    left = [first] + [100] * (len(MANY) - 1)
    got, kept = [(name, 10_000) for name in MANY], list(zip(MANY, left, strict=True))
    return small_data(tmp_path, recipients=got, returns=kept, available_kr=1_000_000)


def test_a_value_above_a_tenth_of_all_others_stops_the_report_until_it_is_confirmed(tmp_path: Path) -> None:
    data = many(tmp_path, 390)
    command(data, "check", 2024)
    assert findings(data) == []
    change(data / "raw" / "2024" / "returns.csv", {",390": ",391"})
    by_row(data, "returns.csv", 2, "390", field="unused_kr", confirmed=True)  # another value confirms nothing
    command(data, "check", 2024, status=1)
    told = [(one["rule"], one["severity"], one["row"]) for one in findings(data)]
    assert told == [("value_moves_total", "critical", "2"), ("confirmation_unused", "warning", "1")]
    assert "the sum is 4,291 with it and 3,900 without it" in findings(data)[0]["message"]
    change(data / "raw" / "2024" / "corrections.toml", {"390": "391"})
    command(data, "tables", 2024)
    (found,) = findings(data)
    assert (found["rule"], found["severity"]) == ("value_moves_total", "info")
    assert found["message"].endswith("; confirmed")
    assert unused(data)[MANY[0]] == "391"
    assert listed(data) == []


def test_the_workbook_that_check_makes_is_filled_in_and_read_back(tmp_path: Path) -> None:
    data = many(tmp_path, 5000)
    change(data / "raw" / "2024" / "returns.csv", {MANY[3]: f"{MANY[3]}xyz"})
    out = tmp_path / "out"
    command(data, "check", 2024, status=1)
    shutil.copy(out / "2024" / "corrections.xlsx", data / "raw" / "2024" / "corrections.xlsx")
    command(data, "check", 2024, status=1)  # what nobody has filled in counts for nothing
    book = openpyxl.load_workbook(out / "2024" / "corrections.xlsx")
    sheet = book["Rättelser"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        is_name = sheet.cell(row, at["Uppgift"]).value == "recipient"
        sheet.cell(row, at["Rättat till" if is_name else "Bekräftad (x)"]).value = MANY[3] if is_name else "x"
        for column, value in {"Skäl": "Samtal", "Vem": "AA", "Beslutat": "2025-02-20"}.items():
            sheet.cell(row, at[column]).value = value
    book.save(data / "raw" / "2024" / "corrections.xlsx")
    command(data, "tables", 2024)
    assert {one["severity"] for one in findings(data)} == {"info"}
    assert unused(data)[MANY[3]] == "100"
    kept = openpyxl.load_workbook(out / "2024" / "corrections.xlsx")["Rättelser"]
    assert [row[at["Skäl"] - 1] for row in kept.values][1:] == ["Samtal", "Samtal"]


def test_what_several_rules_find_in_a_cell_is_one_row_to_fill_in(tmp_path: Path) -> None:
    twice = [("Ale", 0, "2025-01-10"), ("Aneby", 500, "2025-01-10"), ("Aneby", 900, "2025-01-11")]
    data = small_data(tmp_path, recipients=[("Ale", 1000)], returns=twice, header=["Inskickad"])
    command(data, "check", 2024)
    rules = [one["rule"] for one in findings(data)]
    assert sorted(rules) == ["return_twice", "return_twice", "return_without_requisition", "return_without_requisition"]
    sheet = openpyxl.load_workbook(tmp_path / "out" / "2024" / "corrections.xlsx")["Rättelser"]
    wanted = [("Aneby", "returns.csv", row, "recipient", "Aneby") for row in (3, 4)]
    assert [row[:5] for row in list(sheet.values)[1:]] == wanted


def fill_in(data: Path, **given: str) -> None:
    """Write corrections.csv with one row, decided by somebody."""
    row = {"field": "unused_kr", "reason": "x", "who": "AA", "when": "2025-02-20", **given}
    write_csv(data / "raw" / "2024" / "corrections.csv", list(row), [list(row.values())])


@pytest.mark.parametrize("said", BAD["in_a_table"])
def test_a_row_of_a_table_of_corrections_that_does_not_hold_is_one_line(said: str, tmp_path: Path) -> None:
    data = small_data(tmp_path)
    fill_in(data, **{"municipality": "Aneby", "found": "500", **BAD["in_a_table"][said]})
    refused(data, ["raw/2024/corrections.csv, row 2", said], "check", 2024)


def test_until_the_last_day_a_return_is_waited_for_and_then_it_is_missing(tmp_path: Path) -> None:
    letters = '[letters]\nsender = { sv = "Enheten", en = "The unit" }\ncontact = "stod@exempel.se"\n'
    returns, by = [("Ale", 0), ("Malmö", 3000)], "return_by = 2025-01-31\n"
    data = small_data(tmp_path, returns=returns, grant=by, more=letters)

    def letter() -> str:
        (path,) = (tmp_path / "out" / "2024" / "letters").glob("*.txt")
        return path.read_text(encoding="utf-8")

    for name, *on in (("check", "--on", "2025-01-10"), ("check", "--on", "2025-01-31"), ("tables",)):
        command(data, name, 2024, *on)  # tables keep the day of the last check
        assert [(one["rule"], one["severity"]) for one in findings(data)] == [("return_awaited", "info")]
    assert letter().startswith("Ämne: Påminnelse om återrapporten för bidragsåret 2024: Aneby\n")
    assert "Sista dagen att skicka in den är den 31 januari 2025." in letter().replace("\u00a0", " ")
    assert letter().endswith("Med vänlig hälsning\nEnheten\nstod@exempel.se\n")
    for options in ((), ("--on", "2025-02-01")):
        command(data, "check", 2024, *options)
        assert [(one["rule"], one["severity"]) for one in findings(data)] == [("return_missing", "warning")]
        assert "Återrapporten saknas" in letter()


def test_a_correction_by_place_holds_for_its_municipality_alone(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    by_row(data, "returns.csv", 3, "500", municipality="Aneby", field="unused_kr", corrected="50")
    command(data, "tables", 2024)
    anew = [("Malmö", 3000), ("Ale", 500), ("Aneby", 500)]  # a new export, its rows in another order
    write_csv(data / "raw" / "2024" / "returns.csv", COLUMNS, anew)
    assert "no such row in raw/2024/returns.csv" in command(data, "tables", 2024, status=2)


def test_an_answer_in_options_columns_is_corrected_to_one_that_asks_which(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0, "x", ""), ("Aneby", 500, "x", "")], header=OPTIONS)
    rules = data / "raw" / "2024" / "year.toml"
    form = question("who", "multi", "all", "Vem", ("a", "Alfa"), ("other", "Annat"))
    rules.write_text(rules.read_text("utf-8") + form.replace('id = "other"', 'id = "other", specify = true'), "utf-8")
    put(data, field="who", found="Alfa", corrected="Annat")
    answers = read_folder(rules.parent, "raw/2024").frames["answers"].filter(question="who")
    assert answers["options"].to_list() == [["a"], ["other"]]


def test_returns_in_files_of_their_own_are_corrected_alone_and_can_be_ignored(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0), ("Malmö", 3000)])
    folder = data / "raw" / "2024" / "returns"
    folder.mkdir()
    for name, row in {"aneby": ("Aneby", 500), "kiruna": ("Kiruna", 7), "ale": ("Ale", 900)}.items():
        write_csv(folder / f"{name}.csv", COLUMNS, [row])
    by_row(data, "returns/aneby.csv", 2, "500", field="unused_kr", corrected="50")
    by_row(data, "returns/ale.csv", 2, "Ale", ignored=True)
    command(data, "tables", 2024)
    assert unused(data) == {"Ale": "0", "Aneby": "50", "Malmö": "3000"}


def test_a_value_is_made_blank_from_a_table_and_stays_so_in_the_workbook(tmp_path: Path) -> None:
    data, out = themed(tmp_path), tmp_path / "out"
    fill_in(data, municipality="Ale", found="Det tog tid", field="comments", corrected="(tomt)")
    command(data, "check", 2024)
    (data / "raw" / "2024" / "corrections.csv").unlink()
    shutil.copy(out / "2024" / "corrections.xlsx", data / "raw" / "2024" / "corrections.xlsx")
    command(data, "tables", 2024)
    (made,) = listed(data)
    assert (made["found"], made["corrected"]) == ("Det tog tid", "")


def test_the_workbook_of_comments_is_filled_in_and_read_back(tmp_path: Path) -> None:
    data, path = themed(tmp_path, ("Ale", "comments", "time")), tmp_path / "themes.xlsx"
    command(data, "uncoded", 2024, "--to", path)
    book = openpyxl.load_workbook(path)
    names = [row[:2] for row in list(book["Teman"].values)[1:]]
    assert names == [(name, "comments") for name in ("Ale", "Aneby", "Malmö")]
    at = {cell.value: cell.column for cell in book["Teman"][1]}
    for column, value in {"Tema": "staff", "Vem": "AA"}.items():  # Malmö's is left for another day
        book["Teman"].cell(3, at[column]).value = value
    (data / "raw" / "2024" / "themes.csv").unlink()
    book.save(data / "raw" / "2024" / "themes.xlsx")
    command(data, "tables", 2024)
    counted = read_csv(data / "processed" / "2024" / "tables" / "comments_themes.csv")
    assert {row["option"]: row["count"] for row in counted} == {"time": "1", "staff": "1"}
