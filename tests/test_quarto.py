"""What real Quarto needs of us, as far as it can be held without it; the rest is told in docs/quarto.md.

Pandoc with tests/data/quarto.lua stands in for it: the filter gets the tree that Quarto would hand it. The renderer
that calls it is held by tests/test_render.py, and a real one, where there is one, by tests/test_real_quarto.py.
"""

import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import typst
import yaml
from playwright.sync_api import Page as View

from pipeline.execute import read_qmd
from pipeline.markdown import MARKDOWN, pandoc, parts
from pipeline.paths import FOLDERS
from pipeline.render import render
from pipeline.render.document import EXTENSION, SETTINGS, Document, floats, read_document, words
from pipeline.render.pdf import compile_typst
from pipeline.render.quarto import FORMATS
from tests.reading import Element, descendants, kind, of_page, of_pdf, parsed, pieces
from tests.test_editions import differing
from tests.test_letters import faults
from tests.test_render import USAGE, new_markdown_cell, notebook, saved, whole
from tests.world import PROJECT, cases

REPORTS = PROJECT / "reports"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_quarto_is_led_to_settings_that_cannot_mislead_it() -> None:
    # Quarto reads _quarto.yml only: settings in quarto.yml alone are passed over without a word.
    assert read(PROJECT / "_quarto.yml") == {"metadata-files": [SETTINGS.name]}
    settings = read(SETTINGS)
    known = {"project", "lang", "execute", "crossref", "language", "format"}
    assert set(settings) == known
    assert set(settings["project"]) == {"render", "output-dir", "execute-dir"}
    assert settings["execute"]["echo"] is False  # or the code would stand in the report
    assert settings["lang"] == "sv-SE"  # `sv` would become sv-US in the PDF
    assert set(settings["crossref"]) == {"title-delim", "custom"}
    keys = {"kind", "key", "reference-prefix", "caption-prefix", "caption-location", "space-before-numbering"}
    for custom in settings["crossref"]["custom"]:
        assert (set(custom), custom["kind"]) == (keys, "float")
    emptied = Path(read(SETTINGS)["project"]["output-dir"])
    assert emptied.parent == FOLDERS["--out"]
    assert not emptied.name.isdecimal()  # our folders there are the years
    # Quarto rewrites every text outside `project` that is there as a file or folder: "." is one.
    said = list(texts({name: part for name, part in read(SETTINGS).items() if name != "project"}))
    assert len(said) > 40
    assert [text for text in said if any((folder / text).exists() for folder in (PROJECT, REPORTS, EXTENSION))] == []
    assert (PROJECT / ".").exists()


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from texts(each)


def test_every_report_belongs_to_the_project_and_no_file_is_changed() -> None:
    """Quarto adds these lines to a .gitignore that has not both, to the letter."""
    lines = (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/.quarto/", "**/*.quarto_ipynb"} <= set(lines)
    # What `project.render` does not match is rendered without the settings, and nothing is said.
    sources = sorted(path.relative_to(PROJECT) for path in REPORTS.glob("*.qmd"))
    assert sources
    patterns = read(SETTINGS)["project"]["render"]
    for source in sources:
        assert any(fnmatch(source.as_posix(), pattern) for pattern in patterns), source


def test_formats_are_those_of_the_extension() -> None:
    extension = read(EXTENSION / "_extension.yml")
    offered = {f"{EXTENSION.name}-{kind}" for kind in extension["contributes"]["formats"] if kind != "common"}
    assert set(read(SETTINGS)["format"]) == offered == set(FORMATS.values())
    common, html = (extension["contributes"]["formats"][kind] for kind in ("common", "html"))
    assert common["callout-icon"] is False  # icons have no text alternative, which PDF/A-2a demands
    assert common["tbl-colwidths"] is True  # else a table with a link in it loses the scopes of its cells
    assert common["format-links"] is False  # else the page links to a PDF that is not beside it
    assert html["embed-resources"] is True
    ours = {name: html[name] for name in ("template", "minimal", "theme", "section-divs")}
    assert ours == {"template": "report.html", "minimal": True, "theme": "none", "section-divs": False}
    typst = extension["contributes"]["formats"]["typst"]
    assert set(typst["pdf-standard"]) == {"ua-1", "a-2a"}
    named = [*common["filters"], html["css"], html["template"], *typst["template-partials"]]
    assert named == ["filter.lua", "style.css", "report.html", "typst-template.typ", "typst-show.typ"]
    assert all((EXTENSION / name).is_file() for name in named)
    assert extension["quarto-required"] == ">=1.9.0"


@pytest.mark.parametrize("source", sorted(REPORTS.glob("*.qmd")), ids=lambda path: path.name)
def test_sources_keep_to_what_both_read(source: Path) -> None:
    notebook = read_qmd(source.read_text(encoding="utf-8"))
    front = yaml.safe_load(notebook.cells[0].source.strip("-\n"))
    assert set(front) <= {"lang", "title", "author", "other-language"}
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert not [part for part in text if "{{<" in part]  # shortcodes: Quarto's alone
    assert not [part for part in text if "```{=" in part]  # raw blocks come from `report`, for both formats


def by_stand_in(document: Document, to: str, folder: Path, page: Mapping[str, Any] | None = None) -> Path:
    """Render with pandoc and tests/data/quarto.lua, by the settings of the extension: a page, or a PDF not finished."""
    extension = folder / "extension"
    shutil.copytree(EXTENSION, extension)
    if page is not None:
        (extension / "page.json").write_text(json.dumps(dict(page)), encoding="utf-8")
    formats = read(extension / "_extension.yml")["contributes"]["formats"]
    wanted = {"html": formats["html"], "pdf": formats["typst"]}[to]
    options: dict[str, Any] = {"standalone": True, "table-of-contents": formats["common"]["toc"], "columns": 72}
    options |= {"toc-depth": wanted["toc-depth"], "wrap": "none", "metadata": {"floats": floats(document)}}
    options["variables"] = {"toc-title": words(document.language)["toc-title-document"]}
    options["filters"] = [{"type": "lua", "path": str(PROJECT / "tests" / "data" / "quarto.lua")}]
    if to == "html":
        options |= {name: wanted[name] for name in ("shift-heading-level-by", "section-divs", "embed-resources")}
        options |= {"to": "html5", "template": str(extension / wanted["template"])}
        options |= {"css": [str(extension / wanted["css"])]}
    else:
        options |= {"to": "typst-smart", "template": str(extension / "report.typ")}
    front = yaml.safe_dump({key: value for key, value in document.front_matter.items() if key != "crossref"})
    text = f"---\n{front}---\n\n{document.markdown}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXTENSION", str(extension))
        made = pandoc(text.encode(), {"from": MARKDOWN, **options})
    if to == "pdf":
        (folder / "by-quarto.typ").write_bytes(made)
        made = compile_typst(made.decode(), EXTENSION / "fonts")
    (folder / f"by-quarto.{to}").write_bytes(made)
    return folder / f"by-quarto.{to}"


SCRIPTS = ("script", "numbers", "charts", "finder")
FRONT = {"lang": "sv-SE", "title": "T", "author": "A"}
OWN = "::: {.own-text}\n\n## Egen text\n\n| a | b |\n|:--|--:|\n| x | 1 |\n\n:::\n"
PAGE = {"numbers": json.dumps({"texts": [], "numbers": {}}), "edition": "prov.en.html"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole sample, by the built-in renderer and by Quarto's stand-in, in one folder."""
    folder = tmp_path_factory.mktemp("both")
    sample = whole()
    sample.cells.append(new_markdown_cell(OWN))
    source = saved(sample, folder / "prov.ipynb")
    render(source, {"html": folder / "builtin.html", "pdf": folder / "builtin.pdf"}, page=lambda: PAGE)
    for to in ("html", "pdf"):
        (folder / to).mkdir()
        by_stand_in(read_document(source), to, folder / to, PAGE).rename(folder / f"by-quarto.{to}")
    return folder


@pytest.fixture(scope="module")
def page(both: Path) -> Element:
    return parsed(both / "by-quarto.html")


def test_both_renderers_say_the_same(both: Path) -> None:
    pages, prints = ([read(both / f"{name}.{to}") for name in ("builtin", "by-quarto")] for read, to in READERS)
    assert differing(*pages) == {}
    assert differing(*prints) == {}
    assert [len(found) for found in (pages[1].headings, pages[1].tables, pages[1].figures)] == [8, 5, 2]
    assert len(pages[1].numbers) > 300


READERS = ((of_page, "html"), (of_pdf, "pdf"))


def test_quarto_makes_our_page_with_floats_framed_as_on_it(page: Element) -> None:
    assert page.one("a", **{"class": "skip"}).said == "Hoppa till innehållet"
    assert page.one("h1").said == "Uppföljning av statsbidrag till kommuner för hälsosamtal"
    assert page.one("header").get("class") == "cover"
    # Its words, its scripts and what our own command puts beside the filter.
    said = json.loads(page.one("script", id="page-words").text)
    assert said == {name: said for part in SCRIPTS for name, said in words("sv")[part].items()}
    assert page.one("script", id="page-numbers").text == PAGE["numbers"]
    script = page.one("script", type="module").text
    for name in ("page.js", "numbers.js", "charts.js", "finder.js"):
        assert (EXTENSION / name).read_text(encoding="utf-8").strip() in script
    assert "Source Sans 3" in page.one("style").text
    policy = next(each for each in page.all("meta") if "http-equiv" in each.attrib).get("content")
    assert "default-src 'none'" in policy
    assert "script-src 'unsafe-inline'" in policy
    frames = {frame.get("aria-labelledby"): frame for frame in page.all("div") if frame.class_names[:1] in FRAMES}
    tables = ("tbl-usage_degree", "tbl-region", "bil-recipients", "bilb-reason")
    assert set(frames) == {f"{name}-caption" for name in (*tables, "fig-collaboration", "fig-map")} | {None}
    for name, frame in frames.items():
        assert frame.get("tabindex") == "0"
        if name:
            assert page.one("span", id=name).said
    frame = frames["tbl-usage_degree-caption"]
    assert frame.get("role") == "region"
    assert [row[0].get("scope") for row in frame.one("tbody").all("tr")] == ["row"] * 3
    assert [cell.get("scope") for cell in frame.one("thead").all("th")] == ["col"] * 3
    assert frames["bil-recipients-caption"].class_names == ["table-frame", "long"]
    assert frames["fig-map-caption"].get("role") == "group"
    # A table stands with its note in one frame, as on our page.
    together = [each for each in page.all("div") if each.class_names[:1] == ["float"]]
    assert len(together) == len(frames) - 1
    noted = [each for each in together if any(one.class_names[:1] == ["table-note"] for one in each.all("div"))]
    assert [len(each.all("table")) for each in noted] == [1] * len(noted) != []
    note = page.one("div", role="note")
    assert (note.class_names, note.get("aria-label")) == (["callout"], "Uppgifterna är preliminära")
    assert note.one("div", **{"class": "callout-title"}).said.strip() == "Uppgifterna är preliminära"


def test_both_editions_have_the_same_cells_in_the_same_order() -> None:
    """Cell by cell, the same kinds with the same tags: only words and labels of appendices differ."""
    in_words = r'(?:(?<=, )|(?<=note=))"[^"]* [^"]*"'
    found = r"\{% *(if|for|call|set|include)\b|\{\{ *(\w+)\(([^)]*)\)"
    skeletons = []
    for source in ("uppfoljning.qmd", "uppfoljning.en.qmd"):
        text = re.sub(r"\bapp([bcd]?)-", r"bil\1-", (REPORTS / source).read_text(encoding="utf-8"))
        skeletons.append([[part.kind, *re.findall(found, re.sub(in_words, "", part.content))] for part in parts(text)])
    assert skeletons[0] == skeletons[1]


def test_a_page_of_plain_quarto_goes_without_explanations_and_the_other_edition_is_linked(tmp_path: Path) -> None:
    source = saved(notebook(new_markdown_cell("# Ett"), front="---\nlang: en-GB\ntitle: T\n---"), tmp_path / "t.ipynb")
    page = parsed(by_stand_in(read_document(source), "html", tmp_path, {"edition": "prov.html"}))
    assert page.one("a", **{"class": "skip"}).said == "Skip to content"
    assert json.loads(page.one("script", id="page-words").text) == {
        name: said for part in SCRIPTS if part != "numbers" for name, said in words("en")[part].items()
    }
    assert not page.all("script", id="page-numbers")
    assert "openNumbers" not in page.one("script", type="module").text
    assert page.one("p", **{"class": "other-language"}).one("a").get("href") == "prov.html"


FRAMES = (["table-frame"], ["figure-frame"], ["own-frame"])


def test_quartos_page_fits_and_works(look: Callable[..., View], both: Path) -> None:
    view = look(both / "by-quarto.html", viewport={"width": 1280, "height": 800})
    assert faults(view, contrast=False) == []
    outside = "[...document.querySelectorAll('main figure')].filter(f => f.getBoundingClientRect().right > innerWidth)"
    for width in (1280, 360):
        view.set_viewport_size({"width": width, "height": 800})
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        assert view.evaluate(f"{outside}.length") == 0
    view.get_by_role("button", name="Kommuner", exact=True).click()
    assert view.locator("#tbl-region th[aria-sort=ascending]").inner_text().startswith("Kommuner")
    assert view.locator("[id=bil-recipients-filter], [id=tbl-region-filter]").count() == 2
    assert view.get_by_role("button", name="Hämta som SVG").count() == 2


CELLS: str = cases("data/forms")["cells"]


def test_headings_of_cells_stand_in_the_contents(tmp_path: Path) -> None:
    """A plain `quarto render` puts divs around what a cell gives; pandoc's contents pass over headings in them."""
    document = Document("t.qmd", FRONT, "# Ett\n\n" + CELLS.format(USAGE))
    page = parsed(by_stand_in(document, "html", tmp_path))
    assert [link.said for link in page.one("nav").all("a")] == ["Ett", "Rubrik ur en cell"]
    assert page.one("div", id="tbl-usage_degree").all("table")


def test_print_has_our_boxes_rows_and_notes(both: Path) -> None:
    with pikepdf.open(both / "builtin.pdf") as ours, pikepdf.open(both / "by-quarto.pdf") as theirs:
        tags = [[kind(each) for each in descendants(document.Root.StructTreeRoot)] for document in (ours, theirs)]
        assert len(ours.pages) == len(theirs.pages)
    for what in ("H1", "H2", "H3", "Table", "TH", "TD", "Figure", "Caption", "Link", "Note"):
        assert tags[0].count(what) == tags[1].count(what), what


def test_a_short_table_is_set_with_its_note(tmp_path: Path) -> None:
    """In print the note comes on the page of its table, however much stands above."""
    text = "# Ett\n\n"
    for lines in range(26, 34):
        named = USAGE.replace("tbl-usage_degree", f"tbl-{lines}").replace("{#usage_degree", f"{{#{lines}")
        text += "::: {.new-page}\n:::\n\n" + "Ett stycke.\n\n" * lines + named
    made = by_stand_in(Document("t.qmd", FRONT, text), "pdf", tmp_path)
    with pikepdf.open(made) as document:
        pages = ["".join(pieces(page).values()) for page in document.pages]
    assert len(pages) > 2 + 8  # some tables stand on the page after
    tables, notes = ([page.count(said) for page in pages] for said in ("Inte använt något av", "Källa: kommun"))
    assert sum(tables) == 8
    assert tables == notes


def test_references_and_code_look_as_ours(both: Path, tmp_path: Path) -> None:
    """References are Quarto's own in print, and its Typst brings a typewriter face."""
    ours, theirs = (colours(both / f"{name}.pdf") for name in ("builtin", "by-quarto"))
    assert ours == theirs
    by_stand_in(Document("t.qmd", FRONT, "# Ett\n\nEtt `ord` i kod."), "pdf", tmp_path)
    made = typst.compile(str(tmp_path / "by-quarto.typ"), format="pdf", font_paths=[str(EXTENSION / "fonts")])
    with pikepdf.open(io.BytesIO(made)) as document:
        faces = {str(font.BaseFont) for page in document.pages for font in page.Resources.Font.values()}
    assert faces
    assert {face for face in faces if "SourceSans3" not in face} == set()


def colours(path: Path) -> Counter[str]:
    """How often each colour is taken to write or draw with."""
    with pikepdf.open(path) as document:
        found = (each for page in document.pages for each in pikepdf.parse_content_stream(page))
        return Counter(str(list(each.operands)) for each in found if str(each.operator) in ("scn", "rg"))
