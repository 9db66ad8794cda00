"""The form that is sent out, a workbook and a page: filled in, it is read; its own checks say what `check` would."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, Page

from pipeline.cli import main
from tests.conftest import looking
from tests.odd_files import FORM, HEADER, METHOD, MULTI, OPTIONS, PLACES, REQUISITIONED, ROWS, WHICH, Case
from tests.test_letters import faults
from tests.test_one_by_one import is_clean
from tests.world import RAW, contents, real_data


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


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year whose form has been made in both languages, in `out`."""
    target = tmp_path_factory.mktemp("form")
    Case("", {}).write(target / "raw" / "2024")
    order = ["form", "2024", "--lang", "sv,en", "--data", str(target), "--out"]
    for out in ("out", "again"):
        assert main([*order, str(target / out)]) == 0
    assert contents(target / "again") == contents(target / "out")  # the same year gives the same bytes
    return target


@pytest.mark.parametrize("name", ["form.xlsx", "form.en.xlsx"])
def test_forms_that_were_filled_in_are_read_without_a_finding(name: str, forms: Path, tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "2024"
    Case("", {}).write(folder)
    for at, row in enumerate(ROWS):
        filled_in(forms / "out" / "2024" / name, row, folder / "returns" / f"{at}.xlsx")
    is_clean(folder)


def answers_of(form: Path) -> tuple[Any, dict[str, Any]]:
    """The sheet of a form, and its rows by what they ask."""
    sheet = openpyxl.load_workbook(form).active
    return sheet, {row[1].value: row for row in sheet.iter_rows(min_row=8) if row[1].value}


def test_the_form_holds_what_may_be_answered(forms: Path) -> None:
    sheet, rows = answers_of(forms / "out" / "2024" / "form.xlsx")
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
    sheet, rows = answers_of(tmp_path / "2024" / "form.xlsx")
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


@pytest.fixture
def page(browser: Browser, forms: Path) -> Iterator[Page]:
    with looking(browser, forms / "out" / "2024" / "form.html", viewport={"width": 1280, "height": 900}) as view:
        yield view


def wanted(row: list[Any]) -> Iterator[tuple[str, str | None]]:
    """Each field of the page that a row answers, in the page's order, and what to type (None: to choose it)."""
    for question in FORM:
        answer = row[PLACES[question]]
        for option, text in OPTIONS.get(question, {}).items():
            if text in str(answer or "").split(";"):
                yield f"q-{question}-{option}", None
            if question == "method" and option == "other" and row[PLACES["method_text"]]:
                yield "q-method-other-which", row[PLACES["method_text"]]
        if question not in OPTIONS and answer is not None:
            yield f"q-{question}", str(answer)


def answer(page: Page, row: list[Any], requisitioned: int) -> None:
    page.fill("#requisitioned", str(requisitioned))
    for field, text in wanted(row):
        if text is None:
            page.check(f"#{field}")
        else:
            page.fill(f"#{field}", text)


@pytest.mark.parametrize("name", ["form.html", "form.en.html"])
def test_what_is_saved_is_read_without_a_finding(
    look: Callable[..., Page], forms: Path, tmp_path: Path, name: str
) -> None:
    year = tmp_path / "raw" / "2024"
    Case("", {}).write(year)
    (year / "returns").mkdir()
    page = look(forms / "out" / "2024" / name)
    assert page.get_attribute("html", "lang") == ("en" if ".en." in name else "sv")
    for row, requisitioned in zip(ROWS, REQUISITIONED.values(), strict=True):
        page.reload()
        answer(page, row, requisitioned)
        with page.expect_download() as saved:
            page.click("button")
        assert saved.value.suggested_filename == f"{row[0]}.csv"
        saved.value.save_as(year / "returns" / saved.value.suggested_filename)
    is_clean(year)


def test_it_is_filled_in_by_keyboard_alone(page: Page) -> None:
    def go_to(field: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == field:
                return
        raise AssertionError(f"the Tab key does not reach {field}")

    go_to("requisitioned")
    page.keyboard.type("100000")
    for field, text in wanted([*ROWS[0][:1], None, *ROWS[0][2:]]):
        go_to(field)
        page.keyboard.type(text) if text is not None else page.keyboard.press("Space")
    page.keyboard.press("Tab")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert "Må bra-samtal" in Path(saved.value.path()).read_text(encoding="utf-8")


def test_what_is_wrong_is_said_and_nothing_is_saved(page: Page) -> None:
    page.click("button")
    problems = "#found li"
    assert page.locator(problems).count() == 2  # the two that every return must answer
    answer(page, [ROWS[0][0], None, 100_001, "12,5", *[None] * 6], 100_000)
    page.check("#q-collaboration-civil_society")
    page.check("#q-collaboration-none")
    page.fill("#q-method-other-which", "Egen")
    page.click("button")
    ids = page.eval_on_selector_all(f"{problems} a", "links => links.map(link => link.getAttribute('href'))")
    assert ids == ["#q-unused_kr", "#q-salary_kr", "#q-collaboration", "#q-method"]
    assert page.get_attribute("#q-unused_kr", "aria-invalid") == "true"
    page.click(f"{problems} a >> nth=1")
    assert page.evaluate("document.activeElement.id") == "q-salary_kr"
    assert page.text_content("#saved") == ""


def test_sums_that_do_not_hold_are_said(browser: Browser, tmp_path: Path) -> None:
    assert main(["form", "2024", "--data", str(RAW.parent), "--out", str(tmp_path)]) == 0
    page = browser.new_page()
    page.goto((tmp_path / "2024" / "form.html").as_uri())
    page.fill("#requisitioned", "1000")
    numbers = {"unused_kr": 100, "salary_kr": 500, "other_kr": 300}
    for name, number in (numbers | {"persons_total": 5, "persons_women": 4, "persons_men": 2}).items():
        page.fill(f"#q-{name}", str(number))
    page.click("button")
    said = {name: page.text_content(f"#q-{name}-error") or "" for name in ("salary_kr", "other_kr", "persons_men")}
    assert said["salary_kr"] == ""
    assert "ska tillsammans vara rekvirerat minus oanvänt belopp" in said["other_kr"]
    assert "kan tillsammans vara högst ”Antal personer”" in said["persons_men"]
    page.fill("#q-other_kr", "400")
    page.fill("#q-persons_men", "1")
    page.click("button")
    assert page.text_content("#q-other_kr-error") == page.text_content("#q-persons_men-error") == ""
    page.close()


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(page: Page) -> None:
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.click("button")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
