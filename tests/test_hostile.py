"""Payloads in every text: on no page do they run or ask, in no table are they formulas, no screen obeys them."""

from __future__ import annotations

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
from playwright.sync_api import Browser, Dialog
from playwright.sync_api import Page as View

from pipeline.cli import main
from tests.world import CheckedHere, command, small_data, write_csv

TAGS = [
    *["<script>window.PWN=1</script>", "<img src=x onerror=window.PWN=2>", '"><svg onload=window.PWN=3>'],
    *["</script><script>window.PWN=4</script><!--", "<iframe src=//evil.example>", "<base href=//evil.example>"],
    *["<style>@import '//evil.example'</style>", "&lt;script&gt;window.PWN=5&lt;/script&gt;", "'-(window.PWN=6)-'"],
    *["<meta http-equiv=refresh content=0,url=//evil.example>", "{{ 7*7 }}{% x %}", "$x$ ${1} \\newpage", "]]> --> `"],
]
MARKUP = [
    *["[x](javascript:window.PWN=7)", '[x]{onclick="window.PWN=8"}', "![x](http://evil.example/x.png)", "javascript:1"],
    *["`<script>window.PWN=9</script>`{=html}", "::: {#fig-x}", "\u202e\x1b[31m\x07\u2066"],
]
TEXT = " ".join([*TAGS, *MARKUP])
STARTS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "x;=1+1", '=HYPERLINK("http://evil.example")']
LOUD = "x\x1b[31m\u202e\u2066\x07y"


def toml(text: str) -> str:
    return json.dumps(text.replace(";", ","), ensure_ascii=False).replace("\x7f", "")


def both(text: str) -> str:
    return f"{{ sv = {toml(text)}, en = {toml(text)} }}"


def asked(id_: str, kind: str, column: str, *options: str) -> str:
    """A question whose texts are payloads."""
    listed = ", ".join(
        f'{{ id = "o{at}", text = {both(text)}, specify = {str(kind == "multi").lower()} }}'
        for at, text in enumerate(options)
    )
    chosen = f"option = [{listed}]\n" if options else ""
    head = f'[[question]]\nid = "{id_}"\nkind = "{kind}"\nasked = "all"\ncolumn = {toml(column)}\n'
    return f"{head}text = {both(f'{id_} {TEXT}')}\nnote = {both(TEXT)}\n{chosen}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with payloads in everything that people write, and all that is made of it, in `out` beside it."""
    data = small_data(tmp_path_factory.mktemp("hostile"), redistributes=True)
    folder = data / "raw" / "2024"
    options = {"single": [f"A {TEXT}", "=1+1 Ja"], "several": [f"B {TAGS[4]}", "@SUM(A1)"]}
    rules = (folder / "year.toml").read_text(encoding="utf-8")
    rules = rules.replace('name = { sv = "Bidrag", en = "Grant" }', f"name = {both(f'Bidrag {TEXT}')}")
    rules += asked("single", "choice", "Val", *options["single"]) + asked(
        "several", "multi", "Fler", *options["several"]
    )
    rules += asked("comments", "text", "Ord")
    rules += f'[[theme]]\nid = "staff"\nquestion = "comments"\ntext = {both(TEXT)}\n'
    rules += f"[[grant.purpose]]\nid = 'p'\ntext = {both(TEXT)}\n[grant.key]\ndefinition = {both(TEXT)}\n"
    rules += f"[[grant.ground]]\nid = 'unused'\nrests_on = 'unused'\ntext = {both(TEXT)}\n"
    rules += f"[[grant.ground]]\nid = 'wrong'\nrests_on = 'agency'\ntext = {both(TEXT)}\n"
    (folder / "year.toml").write_text(rules, encoding="utf-8")
    (folder / "returns.csv").unlink()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "<svg onload=window.PWN=3>"
    book.create_sheet("=1+1 <b>")["A1"] = "x"
    plain = re.sub(r"[\x00-\x08\x0b-\x1f]", "", TEXT)
    extra = [f"Mer {plain}", *STARTS]
    sheet.append(["Mottagare", "Oanvänt belopp (kr)", "Val", "Fler", "Ord", "Fler: @SUM(A1) (text)", *extra])
    for at, name in enumerate(("Ale", "Aneby")):
        chosen = re.sub(r"[\x00-\x08\x0b-\x1f]", "", options["single"][at].replace(";", ","))
        sheet.append([name, 100, chosen, f"@SUM(A1);{plain}", STARTS[at] + plain, STARTS[at], *STARTS, plain])
    for row in sheet.iter_rows():
        for cell in row:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(folder / "returns.xlsx")
    (folder / "returns").mkdir()
    one = folder / "returns" / "=1+1 <img src=x onerror=window.PWN=2>.csv"
    write_csv(one, ("Mottagare", "Oanvänt belopp (kr)", "Ord"), [("Malmö", 3000, TEXT)])
    (folder / "<img src=x onerror=window.PWN=2>.txt").write_text("x", encoding="utf-8")
    write_csv(folder / "themes.csv", ("municipality", "question", "theme", "who"), [("Ale", "comments", "staff", TEXT)])
    write_csv(
        folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), [("1440", 1000, 10), ("0604", 1, 1)]
    )
    by = f"reason = {toml(TEXT)}\nwho = {toml(TEXT)}\nwhen = 2025-01-01\n"
    (folder / "corrections.toml").write_text(
        f"[[correction]]\nmunicipality = 'Ale'\nfield = 'unused_kr'\nfound = '100'\ncorrected = '101'\n{by}", "utf-8"
    )
    claim = f"[[decision]]\nmunicipality = 'Aneby'\nground = 'wrong'\namount_kr = 100\n{by}"
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
        patch.setattr("pipeline.check.start_check", CheckedHere)
        patch.setattr("pipeline.money.years.start_check", CheckedHere)
        told = [command(data, "check", "2024", "--lang", "sv,en")]
        told.append(command(data, "report", "2024", "--to", "html", "--review"))
        told += [command(data, *words.split(), "--lang", "sv,en") for words in ("form 2024", "settle 2024")]
        told += [command(data, *words.split()) for words in ("status 2024", "allocate 2024", "uncoded 2024")]
        told.append(command(data, *["review-sample", "2024", "--seed", "1"]))
        told += [command(data, "explain", "2024", "single/o0/count", *more) for more in ([], ["--json"])]
    return "\n".join(told)


def made(data: Path, ending: str) -> Iterator[Path]:
    for folder in (data / "processed", data.parent / "out"):
        yield from sorted(folder.rglob(f"*{ending}"))


def watched(view: View) -> list[str]:
    """What a page does that it should not, as it happens; its own address is the first request."""
    wrong: list[str] = []

    def close(dialog: Dialog) -> None:
        wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    view.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation', e => broken.push(e.violatedDirective))"
    )
    view.on("dialog", close)
    view.on("pageerror", lambda error: wrong.append(f"error {error}"))
    view.on("console", lambda one: wrong.append(one.text) if one.type == "error" else None)
    view.on("request", lambda one: None if one.url.startswith("data:") else wrong.append(one.url))
    return wrong


def test_what_a_page_does_is_seen(browser: Browser) -> None:
    view = browser.new_page()
    wrong = watched(view)
    view.goto("data:text/html,<script>window.PWN=1;alert(2)</script><img src='file:///nowhere.png'>")
    assert "dialog 2" in wrong and view.evaluate("window.PWN") == 1
    assert any("nowhere.png" in one for one in wrong)
    view.close()


def test_on_no_page_a_payload_runs_or_asks(browser: Browser, data: Path, said: str) -> None:
    pages = list(made(data, ".html"))
    assert {"uppfoljning.html", "form.html", "form.en.html"} <= {page.name for page in pages}
    assert len(pages) >= 6
    for page in pages:
        view = browser.new_page()
        wrong = watched(view)
        view.goto(page.as_uri())
        view.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for number in view.locator("main .n[role=button]").all()[:5]:
            number.click()
            view.keyboard.press("Escape")
        view.evaluate("document.querySelectorAll('svg [data-at], [role=option]').forEach(one => one.focus?.())")
        assert wrong == [page.as_uri()], page.name
        assert "window.PWN" in view.locator("body").inner_text() or page.name.startswith("review"), page.name
        assert view.evaluate("[typeof window.PWN, broken]") == ["undefined", []], page.name
        assert view.locator("iframe, base, img[src='x'], meta[http-equiv=refresh], [onclick], [onload]").count() == 0
        view.close()


def test_no_table_starts_a_formula(data: Path, said: str) -> None:
    tables, books = list(made(data, ".csv")), list(made(data, ".xlsx"))
    assert len(tables) > 20 and len(books) > 3
    loud: list[tuple[str, str]] = []
    for path in tables:
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")):
            for part in (part for cell in row for part in cell.split(";")):
                if re.match(r"[=+\-@\t\r]", part) and not re.fullmatch(r"-?\d+(\.\d+)?", part):
                    loud.append((path.name, part))
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
