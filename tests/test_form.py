"""The form that is sent out: filled in, it is read as it is; its own checks say what `check` would."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.cli import main
from tests.odd_files import COLLABORATION, HEADER, METHOD, ROWS, WHICH, Case
from tests.test_one_by_one import is_clean
from tests.world import RAW, real_data

MULTI = {"Samverkan": COLLABORATION, "Metod": METHOD}


def filled_in(form: Path, row: list[Any], target: Path) -> None:
    """Answer the form as a municipality does, in the cells that are not locked."""
    book = openpyxl.load_workbook(form)
    sheet = book.active
    wanted: dict[str, Any] = {}
    for name, answer in zip(HEADER, row, strict=True):
        if name in MULTI:
            wanted |= {f"{name}: {text}": "x" for text in (answer or "").split(";") if text}
        elif answer is not None:
            wanted[name] = answer
    for line in sheet.iter_rows(min_row=8):
        if line[1].value in wanted:
            assert not line[2].protection.locked
            line[2].value = wanted.pop(line[1].value)
    assert wanted == {}
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A year whose form has been made in both languages."""
    target = tmp_path / "raw" / "2024"
    Case("", {}).write(target)
    assert main(["form", "2024", "--lang", "sv,en", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    return target


@pytest.mark.parametrize("name", ["form.xlsx", "form.en.xlsx"])
def test_forms_that_were_filled_in_are_read_without_a_finding(name: str, folder: Path, tmp_path: Path) -> None:
    for at, row in enumerate(ROWS):
        filled_in(tmp_path / "out" / "2024" / name, row, folder / "returns" / f"{at}.xlsx")
    is_clean(folder)


def test_the_form_holds_what_may_be_answered(folder: Path, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(tmp_path / "out" / "2024" / "form.xlsx").active
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=8) if row[1].value}
    assert set(rows) >= {*set(HEADER) - set(MULTI), WHICH, "Metod: FINGER-modellen"}
    assert sheet.protection.sheet
    unlocked = {cell.coordinate for line in sheet.iter_rows() for cell in line if not cell.protection.locked}
    assert unlocked == {"C5", *(row[2].coordinate for row in rows.values())}
    rules = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    assert rules[rows["Oanvänt belopp (kr)"][2].coordinate].type == "whole"
    choice = rules[rows["Hälsosamtal påbörjade"][2].coordinate]
    listed = sheet[str(choice.formula1).lstrip("=").replace("$", "")]
    assert [cell.value for cell in listed[0]] == ["Ja", "Nej"]
    unused = str(rows["Oanvänt belopp (kr)"][4].value)
    assert "Svar saknas" in unused
    assert "$C$5" in unused
    assert "Utesluter de andra svaren" in str(rows[f"Metod: {METHOD['none']}"][4].value)


def test_the_form_adds_up_what_the_rules_do(tmp_path: Path) -> None:
    assert main(["form", "2024", "--data", str(RAW.parent), "--out", str(tmp_path)]) == 0
    sheet = openpyxl.load_workbook(tmp_path / "2024" / "form.xlsx").active
    rows = {row[1].value: row for row in sheet.iter_rows(min_row=8) if row[1].value}
    cells = {name: f"$C${row[0].row}" for name, row in rows.items()}
    salary, other, unused = (
        cells[name] for name in ("Lönekostnader (kr)", "Övriga kostnader (kr)", "Oanvänt belopp (kr)")
    )
    assert f"{salary}+{other}<>($C$5-{unused})" in rows["Övriga kostnader (kr)"][4].value
    women, men, persons = (cells[name] for name in ("Antal kvinnor", "Antal män", "Antal personer"))
    assert f"{women}+{men}>{persons}" in rows["Antal män"][4].value
    long = next(row for name, row in rows.items() if len(name) > 80)
    assert sheet.row_dimensions[long[0].row].height >= 30


def test_a_year_without_questions_has_no_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = real_data(tmp_path)
    rules = data / "raw" / "2024" / "year.toml"
    text = rules.read_text(encoding="utf-8").partition("[[question]]")[0]
    rules.write_text(
        "\n".join(line for line in text.splitlines() if not line.startswith("synthetic")), encoding="utf-8"
    )
    assert main(["form", "2024", "--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert "year.toml" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_same_year_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = (tmp_path / "out" / "2024" / "form.xlsx").read_bytes()
    assert main(["form", "2024", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "2024" / "form.xlsx").read_bytes() == first
