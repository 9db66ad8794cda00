"""The editions of one build. The public one names nobody beside a counted answer; the internal one does, marked.

The review edition is a draft that says so on every page, with what there is to look at, and the claims.
"""

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import polars as pl
import pytest
from playwright.sync_api import Page as View

from pipeline.cli import main
from pipeline.declarations import Column, Declaration, RowLabel
from pipeline.model import Text
from pipeline.paths import REPORTS
from pipeline.render.document import read_document
from pipeline.report import Report
from pipeline.report.claims import Claims
from pipeline.report.compare import against_print, find_earlier
from pipeline.store import open_store
from pipeline.tabulate import Declarations, Table, Tables, read_declarations, tabulate
from tests.lines import cells_here
from tests.reading import check_pdf, of_pdf, pieces, tidy
from tests.telling import Page, paragraphs, store_of
from tests.test_letters import faults, shorten
from tests.world import PROJECT, cases, change, contents, entry, question, read_csv, small_data

NBSP = "\u00a0"
MARK = {"sv": "Internt arbetsmaterial. Utkast för granskning", "en": "Internal working material. Draft for review"}
FILES = {"sv": "uppfoljning", "en": "uppfoljning.en"}
CIVIL = "Ja, med <b>civilsamhället</b> | alltid"
CASES = cases("review")
FORM = question("talks_held", "choice", "used", "Samtal", ("yes", "Ja"), ("no", "Nej"))
FORM += question("collaboration", "multi", "used", "Samverkan", ("civil_society", CIVIL), ("none", "Nej", "exclusive"))
FORM += question("method", "multi", "talks_held", "Metod", ("kasam", "KASAM"))
FORM += question("comments", "text", "all", "Kommentarer")
HEADER = ("Samtal", "Samverkan", "Metod", "Kommentarer")
CORRECTIONS = entry(
    "correction", municipality="Malmö", field="unused_kr", found="300", corrected="30", reason="En nolla för *mycket*"
) + entry("correction", municipality="Piteå", field="collaboration", found="Nej", corrected=CIVIL, reason="Nytt besked")
PUBLISHED = (PROJECT / "tests" / "data" / "published.toml").read_text(encoding="utf-8")


def data_of(folder: Path) -> Path:
    """A small year with a finding, corrections, small bases, and printed figures that differ."""
    files = {"corrections.toml": CORRECTIONS, "published.toml": PUBLISHED}
    return small_data(
        folder, recipients=CASES["recipients"], returns=CASES["returns"], header=HEADER, more=FORM, files=files
    )


@dataclass(frozen=True)
class World:
    """A year built, reviewed against an earlier build, and what the normal files were before that."""

    data: Path
    out: Path
    earlier: Path
    before: dict[str, bytes]

    def order(self, *more: str) -> list[str]:
        return ["report", "2024", "--lang", "sv,en", "--data", str(self.data), "--out", str(self.out.parent), *more]

    def findings(self) -> list[dict[str, str]]:
        return read_csv(self.data / "processed" / "2024" / "findings.csv")

    def page(self, language: str) -> Page:
        return Page((self.out / f"{FILES[language]}.review.html").read_text(encoding="utf-8"))

    def source(self, language: str) -> str:
        return read_document(self.data / "processed" / "2024" / f"{FILES[language]}.review.ipynb").markdown


def delivered(out: Path) -> dict[str, bytes]:
    files = [path for path in out.iterdir() if path.is_file() and not re.search(r"\.(review|intern)\.", path.name)]
    return {path.name: path.read_bytes() for path in files}


def edit(path: Path, how: Any) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows = how(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The earlier build is this one with known differences: two cells, a row that was not there, one that is gone."""
    folder = tmp_path_factory.mktemp("review")
    data = data_of(folder)
    world = World(data, folder / "out" / "2024", folder / "earlier", {})
    with cells_here():
        assert main(world.order()) == 0
    world.before.update(delivered(world.out))
    shutil.copytree(data / "processed" / "2024" / "tables", world.earlier / "tables")

    def other_figures(rows: list[list[str]]) -> list[list[str]]:
        (row,) = [row for row in rows if row[0] == "civil_society"]
        row[rows[0].index("count")], row[rows[0].index("percent")] = "5", "99"
        return rows

    def other_rows(rows: list[list[str]]) -> list[list[str]]:
        return [*(row for row in rows if row[1] != "Kiruna"), ["0114", "Upplands Väsby", "Väsby", "", "7", "", ""]]

    edit(world.earlier / "tables" / "collaboration.csv", other_figures)
    edit(world.earlier / "tables" / "recipients.csv", other_rows)
    with cells_here():
        assert main(world.order("--internal", "--review", "--against", str(world.earlier))) == 0
    return world


def box(world: World, language: str, label: str) -> str:
    """The box under a table, as its words; the figures in it without their addresses."""
    after = world.source(language).split(f"{{#{label}}}")[1]
    found = re.search(r"^::: \{\.review.*?\}\n(.*?)^:::$", after, re.DOTALL | re.MULTILINE)
    assert found
    text = re.sub(r"\[((?:[^][\\]|\\.)*)\](?:\{[^}]*\}|\([^)]*\))", r"\1", found[1])
    return re.sub(r"\\(.)", r"\1", text).replace(NBSP, " ")


def words_on(page: pikepdf.Page) -> str:
    return tidy(" ".join(pieces(page).values()))


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_page_of_the_pdf_says_that_it_is_a_draft_and_so_do_title_and_top_of_the_page(
    world: World, language: str
) -> None:
    path = world.out / f"{FILES[language]}.review.pdf"
    assert check_pdf(path) == []
    with pikepdf.open(path) as review, pikepdf.open(world.out / f"{FILES[language]}.pdf") as normal:
        is_marked = [[MARK[language] in words_on(page) for page in pdf.pages] for pdf in (review, normal)]
    assert (all(is_marked[0]), any(is_marked[1]), len(is_marked[0]) > 5) == (True, False, True)
    html = world.page(language).source
    assert f"<title>{MARK[language]}" in html
    assert html.index(MARK[language], html.index("<body")) < html.index("<h1>")
    other = FILES["en" if language == "sv" else "sv"]
    assert f'href="{other}.review.html"' in html
    assert 'href="uppfoljning.html"' not in html


def test_twice_is_nothing_to_do_and_a_normal_build_is_none_the_wiser(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    reviewed = {path: path.read_bytes() for path in world.out.glob("*.review.*")}
    assert len(reviewed) == 4
    assert main(world.order("--review", "--against", str(world.earlier))) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main(world.order()) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main(world.order("--review", "--dry-run")) == 0
    plan = capsys.readouterr().out
    assert "review uppfoljning.qmd: changed: the earlier build (--against)" in plan
    assert "execute uppfoljning.qmd: nothing to do" in plan
    assert {path: path.read_bytes() for path in world.out.glob("*.review.*")} == reviewed
    assert {"uppfoljning.html", "uppfoljning.pdf", "uppfoljning.en.html", "uppfoljning.en.pdf"} <= world.before.keys()
    assert delivered(world.out) == world.before


def named(page: Path, table: str, row: str) -> set[str]:
    """Which municipalities a page tells are behind a row of a table."""
    (text,) = re.findall(r'id="page-numbers">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    known = json.loads(text)
    terms = known["rest"][known["numbers"][table][row]["count"][0]].get("terms", ())
    members = [at for term in terms for at in known["members"][known["terms"][term]["members"]]]
    return {known["municipalities"][at][0] for at in members}


def test_the_internal_page_says_so_on_every_screen(world: World, look: Callable[..., View]) -> None:
    view = look(world.out / "uppfoljning.intern.html", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    view.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert view.locator(".draft-mark").inner_text() == MARK["sv"].split(".")[0]
    assert view.locator(".draft-mark").bounding_box()["y"] == 0  # type: ignore[index]  # it stays in sight
    assert view.evaluate("getComputedStyle(document.querySelector('.draft-mark')).position") == "sticky"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_only_internal_editions_tell_of_single_municipalities(world: World, language: str) -> None:
    pages = [world.out / f"{FILES[language]}{kind}.html" for kind in ("", ".intern", ".review")]
    chose = [named(page, "collaboration", "civil_society") for page in pages]
    assert chose == [set(), {"Ale", "Piteå"}, {"Ale", "Piteå"}]  # Piteå, since it was corrected
    texts = [page.read_text(encoding="utf-8") for page in pages]
    mark = MARK[language].split(".")[0]
    for said in (f'<aside class="draft-mark">{mark}', f'@page {{ @top-left {{ content: "{mark}', 'class="draft-mark"'):
        assert [said in text for text in texts] == [False, True, True]
    assert ['class="review"' in text for text in texts] == [False, False, True]
    assert ["Nytt besked" in text for text in texts] == [False, True, True]
    assert "Nytt besked" not in of_pdf(world.out / f"{FILES[language]}.pdf").text


def test_a_table_has_its_findings_corrections_small_base_and_differences(world: World) -> None:
    text = box(world, "sv", "tbl-collaboration")
    (finding,) = [each for each in world.findings() if each["rule"] == "option_unknown"]
    assert (finding["municipality_code"], finding["field"]) == ("0604", "collaboration")
    assert "**1 kontrollsignal** på det som räknas här." in text and "Aneby" in text
    assert f"**1 rättelse**: Piteå, Samverkan: Nej → {CIVIL}" in text
    assert "Malmö" not in text.split("rättelse")[1].split("\n")[0]  # its amount is above zero before and after
    # Five used money, and five is not fewer than five.
    assert "små baser" not in text and "liten bas" not in text
    assert "**3 tal** är inte som i den tryckta rapporten för 2024 (tryckt → här)" not in text
    assert f"den tryckta rapporten för 2024 (tryckt → här): {CIVIL}: antal 3 → 2" in text
    assert "**1 tal** är inte som i den tryckta" in text  # 2 of 5 is 40 per cent, as printed; two said no, as printed
    assert f"**2 tal** ändrade mot det tidigare bygget (då → nu): {CIVIL}: antal 5 → 2, andel 99 % → 40 %" in text
    assert "**Att granska** (gäller också @fig-collaboration)" in box(world, "sv", "tbl-collaboration")
    between = world.source("sv").split("{#fig-collaboration}")[1].split("\n::: {#")[0]
    assert ".review" not in between


def test_small_bases_and_rows_that_came_and_went_are_told(world: World) -> None:
    """Four held talks. The finding on an answer of one question says nothing of another question's table."""
    for language, said in (
        ("sv", "**1 liten bas**, färre än fem: hela landet (4)"),
        ("en", "**1 small base**, fewer than five: the whole country (4)"),
    ):
        text = box(world, language, "tbl-method")
        assert said in text
        assert "Aneby" not in text and "Piteå" not in text
    text = box(world, "sv", "bil-recipients")
    assert "**1 ny rad** mot det tidigare bygget: Kiruna" in text
    assert "**1 rad** i det tidigare bygget är borta: Upplands Väsby" in text
    assert "**1 rättelse**: Malmö, Oanvänt belopp" in text and "300 → 30" in text
    english = box(world, "en", "app-recipients")
    assert "**1 row** that the earlier build does not have: Kiruna" in english
    assert "**1 row** of the earlier build is gone: Upplands Väsby" in english


def test_a_finding_that_bears_on_no_table_stands_in_a_section_of_its_own(world: World) -> None:
    source = world.source("sv")
    (broken,) = [each for each in world.findings() if each["rule"] == "text_broken"]
    assert broken["field"] == "comments"
    loose = source.split("{#gra-loose ")[1].split("\n## ")[0]
    borne = source.split("{#gra-findings ")[1].split("\n## ")[0]
    assert "Kommentarer" in loose and "Kommentarer" not in borne
    assert "Kyrkan" in borne and "@tbl-collaboration" in borne and "Kyrkan" not in loose
    # Who used money was printed as four: that is a figure of the text.
    assert "used är 5" in re.sub(r"\\(.)", r"\1", loose)
    assert "använt medel: 4 → [5]" in source.split("{#review-unshown}")[1].split("\n# ")[0].replace(NBSP, " ")


def test_the_first_chapter_counts_them_and_every_box_can_be_followed(world: World) -> None:
    text = world.page("sv").text.replace(NBSP, " ")
    assert f"{len(world.findings())} kontrollsignaler på årets uppgifter" in text
    assert "2 rättelser gjorda innan något räknades" in text
    assert "2 tal som inte är som i den tryckta rapporten för 2024" in text
    # Two cells, a row that came and one that went.
    assert "4 ändringar mot det tidigare bygget" in text
    for language in ("sv", "en"):
        page = world.page(language)
        html = page.source
        assert len(page.ids) == len(set(page.ids))
        assert set(re.findall(r'href="#([^"]+)"', html)) <= set(page.ids)
        assert f'id="found-{len(world.findings())}"' in html
        # What a year's form holds is text, here too.
        assert "<b>" not in html


def test_the_page_is_accessible_and_fits(world: World, look: Callable[..., View]) -> None:
    view = look(world.out / "uppfoljning.review.html", viewport={"width": 1280, "height": 900})
    shorten(view, 12)
    assert faults(view) == []
    view.locator(".review .n[role=button]").first.click()
    assert view.locator("dialog[open]").count() == 1
    view.keyboard.press("Escape")
    view.set_viewport_size({"width": 320, "height": 800})
    assert view.evaluate("document.documentElement.scrollWidth") <= 320


def test_every_claim_is_listed_once_with_its_figures_and_can_be_found(world: World) -> None:
    for language, kind in (("sv", "gra"), ("en", "rev")):
        source = world.source(language)
        table = source.split(f"{{#{kind}-claims ")[1]
        rows = [line for line in table.split("\n") if line.startswith("| [[")]
        text = source.split(f"{{#{kind}-claims ")[0]
        numbers = [int(each) for each in re.findall(r"\^\[(\d+)\]\(#claim-\d+\)\^", text)]
        assert numbers == list(range(1, len(rows) + 1))
        assert len(rows) > 15
        # Plainly counted: every sentence of the normal edition's paragraphs with a figure that is no year has a row.
        normal = read_document(world.data / "processed" / "2024" / f"{FILES[language]}.ipynb")
        told = [each for each in paragraphs(normal) if not re.match(r"(Bas|Base|\*\*[A-Z]:)", each)]
        shown = {address for each in told for address in re.findall(r"‹([^|]+)\|", each)}
        addresses = {each for each in shown if not each.endswith(("/year", "year/value", "/base"))}
        assert len(addresses) > 15
        assert {each for each in addresses if f"`{each}`" not in table} == set()
    table = world.source("sv").split("{#gra-claims ")[1]
    row, _ = [line for line in table.split("\n") if "Alla mottagare har lämnat sin återrapport." in line]
    assert "`key_figures/not_returned/value`" in row
    assert '[0]{.n data-n="key_figures/not_returned/value"}' in row


TEXT = (PROJECT / "tests" / "data" / "claims.md").read_text(encoding="utf-8")


def test_claims_are_sentences_with_figures_or_chosen_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {"key": "key", "label": "label", "count": "count", "base": "count", "year": "year"}
    columns = [Column(id=name, kind=kind, of="key" if kind == "label" else None) for name, kind in kinds.items()]  # type: ignore[arg-type]
    words = [RowLabel(id=key, label=Text(sv=f"{key}. Med punkt", en=key)) for key in "xy"]
    declared = Declaration(id="t", key=["key"], title=Text(sv="T", en="T"), column=columns, option=words)
    rows = pl.DataFrame(
        {"key": ["x", "y"], "label": ["x", "y"], "count": [84, 2], "base": [90, 90], "year": [2024] * 2}
    )
    declarations = Declarations(small_base=5, base=[], measure=[], table=[])
    report = Report("sv", Tables({"t": Table(declared, rows)}, 2024, declarations), reviewed=True)
    claims = Claims(report)
    marked = [
        claims.numbered(each) if isinstance(each, str) else claims.note(getattr(each, "note", ""))
        for each in report.pieces(TEXT.replace('{{ "2" | int }}', ""), {})
    ]
    found = [(plain_text(report.resolve(each.sentence)), each.addresses) for each in claims.found]
    assert [[sentence, *addresses] for sentence, addresses in found] == CASES["claims"]
    assert [int(each) for each in re.findall(r"\^\[(\d+)\]", "".join(marked))] == list(range(1, 10))


def plain_text(markdown: str) -> str:
    return re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", markdown)


def of_another_year(world: World, folder: Path) -> Path:
    shutil.copytree(world.earlier / "tables", folder / "other")
    edit(folder / "other" / "funds_by_year.csv", lambda rows: [rows[0], ["2023", *rows[1][1:]]])
    return folder / "other"


WRONG: dict[str, Callable[[World, Path], Path]] = {
    "no such folder": lambda world, folder: folder / "missing",
    "no tables of an earlier build in it": lambda world, folder: folder,
    "that is where this build puts its own tables": lambda world, folder: world.data / "processed" / "2024",
    "a build of 2023; --against wants one of 2024": of_another_year,
    "give --review too": lambda world, folder: world.earlier,
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_no_earlier_build_or_no_review_is_one_line(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    before, kind = contents(world.out), [] if "--review" in said else ["--review"]
    assert main(world.order(*kind, "--against", str(WRONG[said](world, tmp_path)))) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.count("\n") == 1 and shown.out == ""
    assert contents(world.out) == before


@pytest.mark.parametrize("inside", ["2024/tables", "processed/2024/tables", "."])
def test_an_earlier_build_is_found_in_the_folders_around_it(world: World, tmp_path: Path, inside: str) -> None:
    shutil.copytree(world.earlier / "tables", tmp_path / "build" / inside)
    found = find_earlier(tmp_path / "build", world.data / "processed" / "2024" / "tables", 2024)
    assert found.resolve() == (tmp_path / "build" / inside).resolve()


def test_last_years_print_is_compared_by_shares(tmp_path: Path) -> None:
    """A year that is not printed yet stands against the last that is."""
    data = data_of(tmp_path)
    before = shutil.copytree(data / "raw" / "2024", data / "raw" / "2023", ignore=shutil.ignore_patterns("*.csv", "c*"))
    (data / "raw" / "2024" / "published.toml").unlink()
    change(before / "year.toml", {"year = 2024": "year = 2023"})
    (before / "published.toml").write_text(PUBLISHED.replace("2024", "2023").replace("percent = 40", "percent = 60"))
    workspace, declarations = store_of(data, 2023, 2024), read_declarations(REPORTS)
    with open_store(workspace.store) as connection:
        tables = tabulate(connection, 2024, declarations)
        year, printed = against_print(connection, tables, 2024)
        assert against_print(connection, tables, 2022) == (None, {})
    assert year == 2023
    changes = printed["collaboration"].changes
    assert [(each.key, each.column, each.before) for each in changes] == [("civil_society", "percent", "60")]
