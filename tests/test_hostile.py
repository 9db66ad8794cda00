"""Payloads in every text: on no page do they run or ask, in no table are they formulas, no screen obeys them."""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from pipeline import register
from pipeline.cli import main
from tests.conftest import looking
from tests.lines import cells_here
from tests.reading import check_pdf
from tests.telling import Page
from tests.world import cases, change, command, entry, question, read_csv, small_data, write_csv

TAGS, MARKUP = cases("nasty")["tags"], cases("nasty")["markup"]
TEXT = " ".join([*TAGS, *MARKUP])
STARTS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "x;=1+1",
    '=HYPERLINK("http://evil.example")',
    "http://evil.example",
]
NAMES = {"=cmd|' /C calc'!A0 *b* [x](http://y) $1$ `z`": "0604", "<script>alert(1)</script>": "1280"}
"""Names that the register is made to know."""
LOUD = "x\x1b[31m\u202e\u2066\x07y"


def plain(text: str) -> str:
    """What TOML can hold, and what is no separator of options."""
    return text.replace(";", ",").replace("\x7f", "")


def toml(text: str) -> str:
    return json.dumps(plain(text), ensure_ascii=False)


def both(text: str) -> str:
    return f"{{ sv = {toml(text)}, en = {toml(text)} }}"


def asked(id_: str, kind: str, column: str, *options: str) -> str:
    """A question whose texts are payloads."""
    flags = ["specify"] * (kind == "multi")
    listed = [(f"o{at}", plain(text), *flags) for at, text in enumerate(options)]
    return question(
        id_, kind, "all", column, *listed, text=[plain(f"{id_} {TEXT}")], more=f'told = "named"\nnote = {both(TEXT)}\n'
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with payloads in everything that people write, and all that is made of it, in `out` beside it."""
    recipients = zip(("Ale", *NAMES), (1000, 2000, 3000), strict=True)
    data = small_data(tmp_path_factory.mktemp("hostile"), recipients=recipients, redistributes=True)
    folder = data / "raw" / "2024"
    options = {"talk_form": [f"A {TEXT}", "=1+1 Ja"], "target_group": [f"B '{TAGS[2]}", "@SUM(A1)"]}
    more = asked("talk_form", "choice", "Val", *options["talk_form"])
    more += asked("target_group", "multi", "Fler", *options["target_group"])
    more += asked("comments", "text", "Ord")
    more += f'[[theme]]\nid = "staff"\nquestion = "comments"\ntext = {both(TEXT)}\n'
    more += f"[[grant.purpose]]\nid = 'p'\ntext = {both(TEXT)}\n[grant.key]\ndefinition = {both(TEXT)}\n"
    for id_, rests_on in (("unused", "unused"), ("wrong", "agency")):
        more += f"[[grant.ground]]\nid = '{id_}'\nrests_on = '{rests_on}'\ntext = {both(TEXT)}\n"
    change(folder / "year.toml", {'{ sv = "Bidrag", en = "Grant" }': both(f"Bidrag {TEXT}")}, more)
    (folder / "returns.csv").unlink()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "<svg onload=window.PWN=3>"
    book.create_sheet("=1+1 <b>")["A1"] = "x"
    shown = re.sub(r"[\x00-\x08\x0b-\x1f]", "", TEXT)
    extra = [f"Mer {shown}", *STARTS]
    sheet.append(["Mottagare", "Oanvänt belopp (kr)", "Val", "Fler", "Ord", "Fler: @SUM(A1) (text)", *extra])
    for at, name in enumerate(("Ale", "Aneby")):
        chosen = re.sub(r"[\x00-\x08\x0b-\x1f]", "", options["talk_form"][at].replace(";", ","))
        sheet.append([name, 100, chosen, f"@SUM(A1);{shown}", STARTS[at] + shown, STARTS[at], *STARTS, shown])
    for row in sheet.iter_rows():
        for cell in row:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(folder / "returns.xlsx")
    (folder / "returns").mkdir()
    one = folder / "returns" / "=1+1 <img src=x onerror=window.PWN=2>.csv"
    write_csv(one, ("Mottagare", "Oanvänt belopp (kr)", "Ord"), [("Malmö", 3000, TEXT)])
    (folder / "<img src=x onerror=window.PWN=2>.txt").write_text("x", encoding="utf-8")
    write_csv(folder / "themes.csv", ("municipality", "question", "theme", "who"), [("Ale", "comments", "staff", TEXT)])
    counts = [("1440", 1000, 10), ("0604", 1, 1)]
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), counts)
    by = {"reason": plain(TEXT), "who": plain(TEXT)}
    wrong = entry("correction", municipality="Ale", field="unused_kr", found="100", corrected="101", **by)
    (folder / "corrections.toml").write_text(wrong, encoding="utf-8")
    claim = entry("decision", municipality="Aneby", ground="wrong", amount_kr=100, **by)
    (folder / "decisions.toml").write_text(claim, encoding="utf-8")
    for language in ("sv", "en"):
        words = "\n\n".join(tag.replace("`", "").replace("@", "\\@") for tag in TAGS)
        (folder / f"assessment.{language}.md").write_text(f"### Om {TAGS[0]}\n\n{words}\n", encoding="utf-8")
        (folder / f"activities.{language}.md").write_text(f"| A | B |\n|---|---|\n| {TAGS[1]} | {TAGS[0]} |\n", "utf-8")
    return data


@pytest.fixture(scope="module")
def said(data: Path) -> str:
    """What the commands say on the screen; what they make lies in `processed` and `out`."""
    with pytest.MonkeyPatch.context() as patch:
        forms = register._forms()
        known = {register._normal(name): register.municipalities()[code] for name, code in NAMES.items()}
        patch.setattr(register, "_forms", lambda: forms | known)
        orders = "check --lang sv,en|report --review|form --lang sv,en|settle --lang sv,en|status|allocate|uncoded"
        orders += "|review-sample --seed 1|explain talk_form/o0/count|explain talk_form/o0/count --json"
        words = [order.split() for order in orders.split("|")]
        with cells_here():
            return "\n".join(command(data, name, 2024, *more) for name, *more in words)


def test_names_and_payloads_are_text_on_page_and_in_print(data: Path, said: str) -> None:
    out, tables = data.parent / "out" / "2024", data / "processed" / "2024" / "tables"
    source = (out / "uppfoljning.html").read_text(encoding="utf-8")
    assert "<script>alert" not in source
    for name in NAMES:
        assert name in Page(source).text
    assert check_pdf(out / "uppfoljning.pdf") == []
    (cell,) = [row["recipient"] for row in read_csv(tables / "recipients.csv") if row["municipality_code"] == "0604"]
    assert cell.startswith("'=cmd")


def made(data: Path, ending: str) -> Iterator[Path]:
    for folder in (data / "processed", data.parent / "out"):
        yield from sorted(folder.rglob(f"*{ending}"))


def test_what_a_page_does_is_seen(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    for does in ("<script>alert(2)</script>", "<img src='file:///nowhere.png'>", "<script>nothing.there()</script>"):
        page.write_text(does, encoding="utf-8")
        with pytest.raises(AssertionError), looking(browser, page):
            pass


def test_on_no_page_a_payload_runs_or_asks(browser: Browser, data: Path, said: str) -> None:
    pages = list(made(data, ".html"))
    assert {"uppfoljning.html", "form.html", "form.en.html"} <= {page.name for page in pages}
    assert len(pages) >= 6
    for page in pages:
        with looking(browser, page) as view:
            view.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            for number in view.locator("main .n[role=button]").all()[:5]:
                number.click()
                view.keyboard.press("Escape")
            view.evaluate("document.querySelectorAll('svg [data-at], [role=option]').forEach(one => one.focus?.())")
            if page.name == "uppfoljning.html":
                marks = view.locator("#fig-target_group [role=option]")
                labels = marks.evaluate_all("all => all.map(each => each.getAttribute('aria-label'))")
                assert [label for label in labels if f"B '{TAGS[2]}" in label] != []
                view.locator("[data-n='talk_form/o0/count'][role=button]").first.click()
                assert TAGS[0] in view.get_by_role("dialog").inner_text()
                view.keyboard.press("Escape")
                frame = view.locator(".table-frame", has=view.locator("[data-n='talk_form/o0/count']")).first
                with view.expect_download() as saved:
                    frame.locator("xpath=following::div[@class='tools'][1]/button").click()
                content = Path(saved.value.path()).read_text(encoding="utf-8-sig")
                assert formulas(content, ";") == []
                assert "'=1+1 Ja" in content
            assert "window.PWN" in view.locator("body").inner_text() or page.name.startswith("review"), page.name
            assert view.evaluate("typeof window.PWN") == "undefined", page.name
            foreign = "iframe, base, img[src='x'], meta[http-equiv=refresh], [onclick], [onload]"
            assert view.locator(foreign).count() == 0, page.name


def formulas(content: str, delimiter: str = ",") -> list[str]:
    """What a spreadsheet would take for formulas in a CSV file, whichever separator it goes by."""
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    parts = [part for row in rows for cell in row for part in cell.split(";")]
    return [part for part in parts if re.match(r"[=+\-@\t\r]", part) and not re.fullmatch(r"-?\d+(\.\d+)?", part)]


def test_no_table_starts_a_formula(data: Path, said: str) -> None:
    tables, books = list(made(data, ".csv")), list(made(data, ".xlsx"))
    assert len(tables) > 20 and len(books) > 3
    loud = [(path.name, found) for path in tables for found in formulas(path.read_text(encoding="utf-8-sig"))]
    for path in books:
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                text = package.read(name).decode("utf-8", "replace")
                loud += [
                    (path.name, found)
                    for found in re.findall(r"<f>([^<]*)", text)
                    if "SUM(A1)" in found or "HYPER" in found
                ]
                loud += [(path.name, name)] if "hyperlink" in text.casefold() and "<hyperlink" in text else []
    assert loud == []


def test_no_screen_is_told_what_to_do(data: Path, said: str, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    unit = f"[[unit]]\nname = {toml(LOUD)}\nweight = 1\n"
    plan.write_text(f'municipality = {toml(LOUD)}\nyear = 2024\namount_kr = 10\nweight_is = "x"\n{unit}', "utf-8")
    with redirect_stdout(io.StringIO()) as shared:
        assert main(["suballocate", str(plan), "--data", str(data)]) == 0
    told = said + shared.getvalue()
    wrong = tmp_path / "data" / "raw" / "2024"
    wrong.mkdir(parents=True)
    for content in (f"{toml(LOUD)} = 1", f"year = {toml(LOUD)}", f"[grant]\n{toml(LOUD)} = {{ {toml(LOUD)} = 2 }}"):
        (wrong / "year.toml").write_text(content, encoding="utf-8")
        told += command(tmp_path / "data", "status", "2024", status=2)
    marks = {letter for letter in told if unicodedata.category(letter) in ("Cc", "Cf") and letter != "\n"}
    assert marks == set()
    assert "[31m" in told
