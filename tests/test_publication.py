"""The report's frame: who publishes it, under which numbers, and where the analysts' texts stand."""

import html
import re
from pathlib import Path

import pikepdf
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook, new_raw_cell

from pipeline.errors import UnreadableInputError
from pipeline.markdown import places
from pipeline.read import not_read
from pipeline.read.texts import read_texts
from pipeline.render import render
from pipeline.year import Year, read_year
from tests.reading import pieces
from tests.small_years import scenario, write
from tests.telling import store_of, told
from tests.test_render import saved
from tests.world import PROJECT, RAW, cases

FRAME = cases("data/publication")
MADE_UP = FRAME["lines"][0]


@pytest.fixture(scope="module")
def rules() -> Year:
    return read_year(RAW / "2024", "raw/2024")


def framed(rules: Year, folder: Path, publication: str, licence: str, editions: str) -> tuple[str, Path]:
    """Render the title and a line of text of a year that is published so: return its page, and where its PDF is."""
    data = write(scenario("all alike", rules), folder)
    form = data / "raw" / "2024" / "year.toml"
    text = re.sub(r"(?m)^\[publication\]\n.*\n", lambda _: publication, form.read_text(encoding="utf-8"))
    text = text.replace("[publish]\n", f"[publish]\n{licence}").replace("[[question]]", f"{editions}\n[[question]]", 1)
    form.write_text(text, encoding="utf-8")
    document = told(store_of(data, 2024), 2024, "sv", public=True)
    (title,) = re.findall(r"(?s)\A\s*(---\n.*?\n---\n)", document.markdown)
    cells = [
        new_raw_cell(f"---\nlang: {document.language}\ntitle: x\n---"),
        new_markdown_cell(f"{title}\n# Sammanfattning\n\nText."),
    ]
    render(saved(new_notebook(cells=cells), folder / "t.ipynb"), {"html": folder / "t.html", "pdf": folder / "t.pdf"})
    return (folder / "t.html").read_text(encoding="utf-8"), folder / "t.pdf"


def test_what_is_given_is_on_cover_and_colophon_and_in_the_metadata(rules: Year, tmp_path: Path) -> None:
    page, pdf = framed(rules, tmp_path, FRAME["given"], 'licence = "CC0-1.0"\n', FRAME["editions"])
    assert '<meta name="author" content="Myndigheten: för &lt;prov&gt;">' in page
    for part in (r'<header class="cover">(.*?)</header>', r'<footer class="colophon">(.*?)</footer>'):
        (said,) = re.findall(part, page, re.DOTALL)
        assert "Myndigheten: för &lt;prov&gt;" in said
        assert [html.unescape(line) for line in re.findall("<li>(.*?)</li>", said)] == FRAME["lines"]
    with pikepdf.open(pdf) as document:
        assert str(document.docinfo["/Author"]) == "Myndigheten: för <prov>"
        assert str(document.docinfo["/Title"]).endswith(" 2024")
        assert str(document.docinfo["/Keywords"]) == ", ".join(FRAME["lines"])
        cover = " ".join("".join(pieces(document.pages[0]).values()).split())
    assert all(line in cover for line in ["Myndigheten: för <prov>", *FRAME["lines"]])


def test_what_is_not_given_is_not_there(rules: Year, tmp_path: Path) -> None:
    page, pdf = framed(rules, tmp_path, "", "", "")
    assert re.search(r"<title>.* 2024</title>.*<h1>.* 2024</h1>\s*<p class=\"subtitle\">.+?</p>", page, re.DOTALL)
    assert re.findall("<li>(.*?)</li>", page.partition("<main")[0].partition("</header>")[0]) == [MADE_UP]
    assert 'name="author"' not in page and 'class="author"' not in page
    with pikepdf.open(pdf) as document:
        assert "/Author" not in document.docinfo and str(document.docinfo["/Keywords"]) == MADE_UP


@pytest.mark.parametrize("public", [True, False])
def test_where_one_number_is_made_up_the_cover_says_so(public: bool, rules: Year, tmp_path: Path) -> None:
    """Of so few, the public edition withholds every table of made-up answers, but for rows of two others."""
    text = told(store_of(write(scenario("one of each", rules), tmp_path), 2024), 2024, "sv", public=public).markdown
    assert "{.n .made-up " in text
    assert MADE_UP in text and "Rapporten innehåller påhittade svar" in text


def test_a_text_lies_in_texts_or_in_the_folder_of_the_year_and_not_in_both(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "background.sv.md").write_text("Ett.", encoding="utf-8")
    (tmp_path / "views.en.md").write_text("Two.", encoding="utf-8")
    read = {(one.name, one.language): (one.markdown, one.file) for one in read_texts(tmp_path, "raw/2031")}
    assert read == {("background", "sv"): ("Ett.", "texts/background.sv.md"), ("views", "en"): ("Two.", "views.en.md")}
    assert list(not_read(tmp_path)) == []
    (tmp_path / "Background.sv.md").write_text("Två.", encoding="utf-8")
    with pytest.raises(UnreadableInputError, match=r"raw/2031: the same file twice; found (?=.*texts/)(?=.* and ).*"):
        read_texts(tmp_path, "raw/2031")


def test_a_text_that_the_report_has_no_place_for_is_named(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("backgrund.sv.md", "vad-som-helst.sv.md"):
        (tmp_path / "texts" / name).write_text("Text.", encoding="utf-8")
    found = dict(not_read(tmp_path))
    assert found["texts/backgrund.sv.md"] == "background.sv.md"
    assert "assessment, background" in str(found["texts/vad-som-helst.sv.md"])


def test_the_guide_names_every_place_and_2024_has_a_text_for_each_but_the_agencys_own() -> None:
    guide = (PROJECT / "docs" / "data.md").read_text(encoding="utf-8")
    section = guide.partition("## What analysts write")[2].partition("\n## ")[0]
    named = {name for row in re.findall(r"(?m)^\| (`.*?) \|", section) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(places())
    there = {path.name for path in (RAW / "2024" / "texts").iterdir()}
    own = {"assessment", "quality"}
    assert there == {f"{name}.{language}.md" for name in set(places()) - own for language in ("sv", "en")}


def test_every_text_of_2024_has_at_most_eight_sentences_a_place_and_names_its_source() -> None:
    for path in (RAW / "2024" / "texts").iterdir():
        if path.stem.startswith("activities"):
            continue
        *text, source = path.read_text(encoding="utf-8").strip().split("\n\n")
        assert source.startswith(("Källa:", "Source:")), path.name
        assert 2 <= sum(len(re.findall(r"[.:](?:\s|\*|$)", part)) for part in text) <= 16, path.name


@pytest.mark.parametrize(("kind", "is_preliminary"), [("preliminary", True), ("final", False), ("corrected", False)])
def test_only_a_preliminary_edition_says_that_it_is(
    kind: str, is_preliminary: bool, rules: Year, tmp_path: Path
) -> None:
    data = write(scenario("one of each", rules), tmp_path)
    form = data / "raw" / "2024" / "year.toml"
    edition = f'[[publish.edition]]\nkind = "{kind}"\npublished_on = 2025-06-30\n\n[[question]]'
    form.write_text(form.read_text(encoding="utf-8").replace("[[question]]", edition, 1), encoding="utf-8")
    store = store_of(data, 2024)
    for language, word in (("sv", "preliminär"), ("en", "preliminary")):
        text = told(store, 2024, language).markdown.casefold()
        assert (word in text) is is_preliminary
