"""The reports by a real Quarto, beside those by the built-in renderer: where the environment's QUARTO names one."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser

from pipeline.errors import UserError
from pipeline.render import Format, render
from pipeline.render.document import words
from tests.reading import Element, attributes, check_pdf, descendants, kind, of_page, of_pdf, parsed
from tests.test_editions import NAMES, differing, editions
from tests.test_letters import faults, shorten
from tests.test_render import new_markdown_cell, notebook, saved
from tests.world import PROJECT

if not os.environ.get("QUARTO"):
    pytest.skip("tests with a real Quarto: point QUARTO at one", allow_module_level=True)


@pytest.fixture(scope="module")
def both(real_year: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of the reports by the built-in renderer and by Quarto, which take the same executed notebooks."""
    processed, folder = real_year[0] / "processed" / "2024", tmp_path_factory.mktemp("quarto")
    for name, other in ((NAMES["sv"], NAMES["en"]), (NAMES["en"], NAMES["sv"])):
        numbers = (processed / f".{name}.numbers.json").read_text(encoding="utf-8")
        page = partial(dict[str, str], numbers=numbers, edition=f"{other}.html")
        targets: dict[Format, Path] = {"html": folder / f"{name}.html", "pdf": folder / f"{name}.pdf"}
        render(processed / f"{name}.ipynb", targets, "quarto", page)
    return real_year[1], folder


def same_page(ours: Path, theirs: Path) -> None:
    """Compare headings, tables, captions, alternative texts, addresses, text, contents, links, anchors, headers."""
    assert differing(of_page(ours), of_page(theirs)) == {}
    one, other = parsed(ours), parsed(theirs)
    assert contents(other) == contents(one)
    assert links(other) == links(one)
    assert anchors(one) <= anchors(other)
    for found in ({"scope": "row"}, {"scope": "col"}, {"role": "region"}, {"role": "group"}, {"role": "note"}):
        assert len(other.all(**found)) == len(one.all(**found)) > 1, found
    assert [each.attrib for each in other.all() if each.get("src", "").startswith("http")] == []
    assert [each.get("href") for each in other.all("link")] == ["data:,"]


def anchors(page: Element) -> set[str]:
    return {each.get("id") for each in page.one("main").all("span") if "id" in each.attrib}


def contents(page: Element) -> list[str]:
    return [" ".join(link.said.split()) for link in page.one("nav").all("a")]


def links(page: Element) -> Counter[str]:
    return Counter(link.get("href") for link in page.one("main").all("a"))


@editions
def test_pages_say_the_same(both: tuple[Path, Path], language: str) -> None:
    ours, theirs = (folder / f"{NAMES[language]}.html" for folder in both)
    same_page(ours, theirs)
    one, other = parsed(ours), parsed(theirs)
    said = [json.loads(page.one("script", id="page-words").text) for page in (one, other)]
    assert said[0] | words(str(one.one("html").get("lang")))["charts"] == said[1]
    assert other.one("script", id="page-numbers").text == one.one("script", id="page-numbers").text
    for each in ("h1", "footer", "header"):
        assert other.one(each).said.split() == one.one(each).said.split()
    assert other.one("html").get("lang") == one.one("html").get("lang")


@editions
def test_prints_say_the_same(both: tuple[Path, Path], language: str) -> None:
    ours, theirs = (folder / f"{NAMES[language]}.pdf" for folder in both)
    assert check_pdf(theirs) == []
    assert differing(of_pdf(ours), of_pdf(theirs)) == {}
    assert tags(theirs) == tags(ours)
    with pikepdf.open(ours) as one, pikepdf.open(theirs) as other:
        assert str(other.Root.Lang) == str(one.Root.Lang)
        assert abs(len(other.pages) - len(one.pages)) <= 1


def tags(path: Path) -> Counter[str]:
    """How many elements of each kind a reader meets; of headers, by what they head."""
    found: Counter[str] = Counter()
    with pikepdf.open(path) as document:
        for each in descendants(document.Root.StructTreeRoot):
            scopes = [str(given.Scope) for given in attributes(each) if "/Scope" in given]
            found[" ".join([kind(each), *scopes])] += 1
    wanted = ("H1", "H2", "H3", "Table", "TR", "TH /Row", "TH /Column", "TD", "Figure", "Caption", "Link", "Note")
    return Counter({name: found[name] for name in wanted})


@pytest.mark.parametrize("width", [1280, 360])
def test_page_fits_and_works(browser: Browser, both: tuple[Path, Path], width: int) -> None:
    view = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    wrong: list[str] = []
    view.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    view.on("pageerror", lambda error: wrong.append(str(error)))
    view.goto((both[1] / "uppfoljning.html").as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    outside = "[...document.querySelectorAll('main figure')].filter(f => f.getBoundingClientRect().right > innerWidth)"
    assert view.evaluate(f"{outside}.length") == 0
    assert view.locator(".sort").count() > 10
    if width > 1000:
        shorten(view, 12)
        assert faults(view, contrast=False) == []
    view.locator("main p .n[role=button]").first.click()
    assert view.locator("dialog").inner_text()
    assert (len(asked), wrong) == (1, [])
    view.close()


def test_a_plain_render_makes_the_page(both: tuple[Path, Path], real_year: tuple[Path, Path], tmp_path: Path) -> None:
    """The same page as editors make it, but for the link to the other edition and what explains its numbers."""
    shutil.copytree(PROJECT / "reports", tmp_path / "reports", ignore=shutil.ignore_patterns("_output"))
    for name in ("quarto.yml", "_quarto.yml", ".gitignore"):
        shutil.copy(PROJECT / name, tmp_path)
    told = {"QUARTO_PYTHON": sys.executable, "ATERRAPPORT_DATA": str(real_year[0]), "ATERRAPPORT_YEAR": "2024"}
    command = [os.environ["QUARTO"], "render", "reports/uppfoljning.qmd", "--to", "aterrapport-html"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **told}, capture_output=True, check=True)
    made = tmp_path / "reports" / "_output" / "quarto" / "reports" / "uppfoljning.html"
    same_page(both[0] / "uppfoljning.html", made)
    assert not parsed(made).all("script", id="page-numbers")
    assert (tmp_path / ".gitignore").read_bytes() == (PROJECT / ".gitignore").read_bytes()


def test_a_reference_to_nothing_is_an_error(tmp_path: Path) -> None:
    source = saved(notebook(new_markdown_cell("# A\n\nSe @tbl-nope.")), tmp_path / "fel.ipynb")
    with pytest.raises(UserError, match="unknown reference @tbl-nope"):
        render(source, {"html": tmp_path / "fel.html"}, "quarto")
    assert not (tmp_path / "fel.html").exists()
