"""The renderers on a notebook that holds every construct a report may use."""

import hashlib
import io
import json
import os
import re
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import nbformat
import nbformat.v4
import pikepdf
import pytest
import typst
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output, new_raw_cell
from playwright.sync_api import Page as View

from pipeline.errors import UserError
from pipeline.render import render
from pipeline.render.document import EXTENSION, read_document
from pipeline.render.pdf import finish
from tests.reading import OUTSIDE, Element, check_pdf, descendants, kind, on_pages, parsed, pieces
from tests.world import PROJECT

NBSP = "\u00a0"

new_markdown_cell: Any = nbformat.v4.new_markdown_cell  # other tests take it from here

SAMPLE = (PROJECT / "tests" / "data" / "sample.md").read_text(encoding="utf-8")
FRONT, TEXT, USAGE, COLLABORATION, REGIONS, MAP, APPENDIX = re.split(r"^<<< \w+\n", SAMPLE, flags=re.MULTILINE)[1:]
FRONT = FRONT.strip()
MUNICIPALITIES = ("Ale", "Alingsås", "Alvesta", "Aneby", "Arboga", "Arjeplog", "Borlänge", "Borås")


def n(shown: str, address: str) -> str:
    """A number as publish writes it."""
    return f'[{shown}]{{.n data-n="{address}"}}'


def long_table(rows: int) -> str:
    lines = ["::: {#bil-recipients}", ""]
    lines += ["| Kommun | Kommunkod | Rekvirerat belopp, kronor | Oanvända medel, kronor | Andel oanvänt |"]
    lines += ["|:------------------|:-----|--------:|--------:|------:|"]
    for i in range(1, rows + 1):
        shown = {"requisitioned_kr": f"{400 + i}{NBSP}000", "unused_kr": f"{i}{NBSP}500"}
        shown["unused_percent"] = f"{i % 100}{NBSP}%"
        numbers = " | ".join(n(text, f"recipients/{i:04}/{name}") for name, text in shown.items())
        lines.append(f"| [{MUNICIPALITIES[i % 8]} {i}]{{#recipients.{i:04}}} | {i:04} | {numbers} |")
    return "\n".join([*lines, "", "Rekvirerade och oanvända medel per kommun", "", ":::"])


def markdown_output(text: str) -> Any:
    return new_output("display_data", data={"text/markdown": text, "text/plain": "…"})


def notebook(*cells: Any, front: str = FRONT) -> Any:
    return new_notebook(cells=[new_raw_cell(front), *cells])


def ran(text: str) -> Any:
    """A cell that has been run, and what it gave."""
    return new_code_cell("table('usage_degree')", outputs=[markdown_output(text)])


def whole(rows: int = 120) -> Any:
    """Every construct: text, tables short and long, chart, map, custom kinds, notes, names."""
    prose = (
        "Kommunerna beskriver samverkan mellan äldreomsorg, hälso- och sjukvård och civilsamhällesorganisationer. " * 6
    )
    warned = ran(COLLABORATION)
    warned.outputs.insert(0, new_output("stream", name="stderr", text="a warning for the analyst"))
    text = f"{prose}\n\n{prose}\n\n### Regionerna\n\nSe @tbl-region och [@fig-map; @bilb-reason]. {prose}"
    cells = [new_markdown_cell(TEXT), ran(USAGE), new_markdown_cell(f"{prose}\n\n## Samverkan\n\n{prose}"), warned]
    cells += [new_markdown_cell(text), ran(REGIONS), ran(MAP)]
    cells += [new_markdown_cell("# Bilaga 1. Mottagare {#sec-bilaga-1}"), ran(long_table(rows))]
    return notebook(*cells, new_markdown_cell("# Bilaga 2. Orsaker"), ran(APPENDIX))


def saved(content: Any, path: Path) -> Path:
    nbformat.write(content, path)
    return path


def words(element: Element) -> str:
    return " ".join(element.said.split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole sample as prov.html and prov.pdf in one folder."""
    folder = tmp_path_factory.mktemp("render")
    source = saved(whole(), folder / "prov.ipynb")
    render(source, {"html": folder / "prov.html", "pdf": folder / "prov.pdf"})
    return folder


@pytest.fixture(scope="module")
def page(made: Path) -> Element:
    return parsed(made / "prov.html")


def test_a_line_in_bold_is_never_the_last_of_a_page(tmp_path: Path) -> None:
    points = ("\n".join("- En punkt." for _ in range(at % 5 + 1)) for at in range(60))
    text = "# Kapitel\n\n" + "\n\n".join(f"**Rubrik**\n\n{listed}" for listed in points)
    render(saved(notebook(new_markdown_cell(text)), tmp_path / "t.ipynb"), {"pdf": tmp_path / "t.pdf"})
    with pikepdf.open(tmp_path / "t.pdf") as document:
        said = [[words for number, words in pieces(page).items() if number != OUTSIDE] for page in document.pages]
    last = [page[-1].strip() for page in said if any("Rubrik" in piece for piece in page)]
    assert len(last) > 4
    assert "Rubrik" not in last


def refused(tmp_path: Path, *cells: Any, front: str = FRONT, to: str = "html") -> str:
    """Render what must be refused; give the message. Nothing may have been written."""
    source = saved(notebook(*cells, front=front), tmp_path / "fel.ipynb")
    target = tmp_path / f"fel.{to}"
    with pytest.raises(UserError) as caught:
        render(source, {"html": target} if to == "html" else {"pdf": target})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fel.ipynb"]
    assert "\n" not in str(caught.value)
    return str(caught.value)


CAPTIONS = """Tabell 1. Användningsgrad bland kommuner som rekvirerat medel
Tabell 2. Kommuner som använde medel, per region
Bilaga 1, tabell 1. Rekvirerade och oanvända medel per kommun
Bilaga 2, tabell 1. Orsaker till oanvända medel
Figur 1. Andel kommuner som samverkar
Figur 2. Andel per region"""


def test_each_kind_of_float_is_counted_on_its_own_and_referred_to(page: Element) -> None:
    assert [words(each) for each in (*page.all("caption"), *page.all("figcaption"))] == CAPTIONS.split("\n")
    links = {link.get("href"): words(link) for link in page.one("main").all("a")}
    named = {"tbl-usage_degree": "Tabell 1", "fig-collaboration": "Figur 1", "bil-recipients": "Bilaga 1, tabell 1"}
    named |= {"fig-map": "Figur 2", "bilb-reason": "Bilaga 2, tabell 1"}
    assert {name: links[f"#{name}"] for name in named} == named
    ids = [element.get("id") for element in page.all() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in links if href.startswith("#")} <= set(ids)


def test_every_cell_knows_its_headers_and_columns_have_their_width(page: Element) -> None:
    assert len(page.all("table")) == 4
    for table in page.all("table"):
        assert {cell.get("scope") for cell in table.one("thead").all("th")} == {"col"}
        for row in table.one("tbody").all("tr"):
            first, *others = row
            assert (first.tag, first.get("scope")) == ("th", "row")
            assert {cell.tag for cell in others} == {"td"}
        frame = table.getparent()
        assert (frame.get("role"), frame.get("tabindex")) == ("region", "0")
        assert words(page.one(id=frame.get("aria-labelledby"))) == words(table.one("caption"))
    widths = [column.get("style") for column in page.one("table", id="tbl-usage_degree").all("col")]
    assert widths == ["width: 60%", "width: 20%", "width: 20%"]


def test_an_address_printed_twice_keeps_its_anchor_at_the_first(tmp_path: Path) -> None:
    again = USAGE.replace("#tbl-usage_degree", "#tbl-again")
    source = saved(
        notebook(new_markdown_cell("# Ett"), new_markdown_cell(USAGE), new_markdown_cell(again)), tmp_path / "t.ipynb"
    )
    render(source, {"html": tmp_path / "t.html"})
    first, second = parsed(tmp_path / "t.html").all("table")
    assert (len(first.all(id="usage_degree.all")), len(second.all(id="usage_degree.all"))) == (1, 0)


CHAPTERS = ["Sammanfattning", "Resultat", "Bilaga 1. Mottagare", "Bilaga 2. Orsaker"]


def test_frame_of_the_page(page: Element) -> None:
    assert page.one("html").get("lang") == "sv-SE"
    assert page.one("title").said == "Uppföljning av statsbidrag till kommuner för hälsosamtal"
    assert page.one("meta", name="description").get("content") == "Ett prov med alla byggstenar."
    assert page.one("meta", name="keywords").get("content") == "hälsosamtal, statsbidrag, äldre"
    assert words(page.one("h1")) == "Uppföljning av statsbidrag till kommuner för hälsosamtal"
    assert [words(each) for each in page.all("h2")] == CHAPTERS
    skip = page.one("a", **{"class": "skip"})
    assert (skip.said, page.one(id=skip.get("href")[1:]).tag) == ("Hoppa till innehållet", "main")
    assert [words(link) for link in page.one("nav").all("a")][:4] == [
        *CHAPTERS[:2],
        "Användning av medlen",
        "Samverkan",
    ]
    other = page.one("a", hreflang="en")
    assert (other.said, other.get("href"), other.get("lang")) == ("In English", "prov.en.html", "en")


def test_text_is_text_code_is_not_shown_and_key_figures_are_large(page: Element) -> None:
    main = page.one("main")
    assert main.all("script") == []
    assert "<script>alert(1)</script> och $x$ och #panic() och \\alpha" in words(main)
    assert "”Citat” får svenska tecken" in words(main)
    assert "a warning for the analyst" not in page.said
    assert "table('usage_degree')" not in page.said
    figures = page.one("div", **{"class": "key-figures"})
    assert [number.said for number in figures.all("span", **{"class": "number"})] == ["247", "86", f"471{NBSP}968"]
    strong = [words(each) for each in figures.all("strong")]
    assert strong == ["247 kommuner", "cirka 86 miljoner kronor", "471 968 kronor"]
    assert figures.one(data_n="key_figures/used/value").said == f"cirka 86{NBSP}miljoner kronor"


def test_english_document_has_english_words(tmp_path: Path) -> None:
    text = new_markdown_cell('# One\n\n"Said"\n\n::: {.callout-note}\n\nText\n\n:::\n\n')
    source = saved(notebook(text, front="---\ntitle: A report\nlang: en-GB\n---"), tmp_path / "t.ipynb")
    render(source, {"html": tmp_path / "t.html"})
    english = parsed(tmp_path / "t.html")
    assert "“Said”" in words(english.one("main"))
    assert english.one("nav").get("aria-label") == "Contents"
    assert english.one(role="note").get("aria-label") == "Note"


def test_pdf_keeps_both_standards_and_a_broken_one_is_seen(made: Path, tmp_path: Path) -> None:
    import page as page_validation

    totals = [page_validation.validate_pdf(str(made / "prov.pdf"), profile=p).rules.total for p in ("ua1", "2a")]
    assert totals == [104, 154]
    assert check_pdf(made / "prov.pdf") == []
    with pikepdf.open(made / "prov.pdf") as document:
        headers = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/TH"]
        scopes = [str(a.Scope) for header in headers for a in header.A if "/Scope" in a]
        # Body rows: 3 + 21 + 120 + 1; header cells: 3 + 4 + 5 + 2.
        assert (scopes.count("/Row"), scopes.count("/Column")) == (145, 14)
        del document.Root["/Lang"], document.Root["/MarkInfo"]
        document.save(tmp_path / "broken.pdf")
    assert any(line.startswith("PDF/UA-1") for line in check_pdf(tmp_path / "broken.pdf"))


def test_a_table_of_few_but_high_rows_goes_on_over_pages(tmp_path: Path) -> None:
    row = "| {} | " + "Beloppet skrevs om efter samtal med kommunen. " * 12 + " |"
    table = "\n".join(["| Kommun | Orsak |", "|:---|:------------|", *(row.format(f"Kommun {at}") for at in range(20))])
    content = f"# Rättelser\n\n::: {{#tbl-corrections}}\n\n{table}\n\nRättelser\n\n:::\n"
    render(saved(notebook(new_markdown_cell(content)), tmp_path / "t.ipynb"), {"pdf": tmp_path / "t.pdf"})
    with pikepdf.open(tmp_path / "t.pdf") as document:
        numbers = {each.obj.objgen: at for at, each in enumerate(document.pages, start=1)}
        rows = [on_pages(each, numbers) for each in descendants(document.Root.StructTreeRoot) if kind(each) == "TR"]
    assert len(rows) == 21
    assert rows[0][0] == rows[1][0] < rows[-1][0]


def test_no_stream_ends_where_a_line_end_might_begin(made: Path) -> None:
    # Validators take a carriage return before the line feed of `endstream` for a part of the line end.
    plain, packed = b"text\r", zlib.compress(b"packed") + b"\r"
    with pikepdf.open(made / "prov.pdf") as document:
        document.docinfo.CreationDate = document.docinfo.ModDate = "D:19700101000000Z"
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key in ("xmp:CreateDate", "xmp:ModifyDate"):
                metadata[key] = "1970-01-01T00:00:00Z"
            metadata["xmpMM:History"] = ["saved"]
        document.Root.Plain = pikepdf.Stream(document, plain)
        document.Root.Packed = pikepdf.Stream(document, b"")
        document.Root.Packed.write(
            packed, filter=pikepdf.Name.FlateDecode, decode_parms=pikepdf.Dictionary(Predictor=1)
        )
        before = io.BytesIO()
        keep = {"compress_streams": False, "stream_decode_level": pikepdf.StreamDecodeLevel.none}
        document.save(before, **keep)
    with pikepdf.open(before) as document:
        assert document.Root.Packed.read_raw_bytes() == packed
    with pikepdf.open(io.BytesIO(finish(before.getvalue()))) as document:
        streams = [stream for stream in document.objects if isinstance(stream, pikepdf.Stream)]
        assert [stream for stream in streams if stream.read_raw_bytes().endswith(b"\r")] == []
        assert (document.Root.Plain.read_bytes(), document.Root.Packed.read_bytes()) == (plain, b"packed")


def test_same_input_same_bytes_no_date_and_nothing_needed_on_path(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    render(made / "prov.ipynb", {"html": tmp_path / "prov.html", "pdf": tmp_path / "prov.pdf"})
    for name in ("prov.html", "prov.pdf"):
        first, second = ((folder / name).read_bytes() for folder in (made, tmp_path))
        assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()
    with pikepdf.open(tmp_path / "prov.pdf") as document:
        assert not {"/CreationDate", "/ModDate"} & set(document.docinfo.keys())
        assert b"1970" not in document.Root.Metadata.read_bytes()


MISLEADING = {
    "Se @tbl-ingen.": "@tbl-ingen",
    "Se [avsnitt](#sec-ingen).": "#sec-ingen",
    "[x](javascript:alert(1))": "javascript:alert(1)",
    "![x](https://example.org/x.png)": "https://example.org/x.png",
    "```{=html}\n<b>x</b>\n```": "raw html",
    "`<b>x</b>`{=html}": "raw html",
    "::: {#tbl-x}\n\n| A | B |\n|:--|--:|\n| x | 1 |\n\n:::\n": "#tbl-x has no caption",
    f"{USAGE}\n\n{USAGE}": "#tbl-usage_degree",
}


@pytest.mark.parametrize("text", MISLEADING)
def test_a_report_that_would_mislead_is_refused(tmp_path: Path, text: str) -> None:
    assert MISLEADING[text] in refused(tmp_path, new_markdown_cell(f"# A\n\n{text}"))


def test_a_language_without_words_is_refused(tmp_path: Path) -> None:
    finnish = "---\ntitle: A\nlang: fi\n---"
    assert "no words for language 'fi'" in refused(tmp_path, new_markdown_cell("# A"), front=finnish)


NO_ALT = COLLABORATION.replace('alt: "Stapeldiagram: 36 procent."', "alt: none")


@pytest.mark.parametrize(
    ("text", "said"), [(NO_ALT, "alt"), ("Utan typsnitt: 漢", "漢"), ("### Hoppad nivå", "heading")]
)
def test_pdf_that_would_break_the_standards_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, new_markdown_cell(f"# A\n\n{text}"), to="pdf")


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    source = saved(notebook(new_markdown_cell("# A\n\n漢")), tmp_path / "fel.ipynb")
    (tmp_path / "old.html").write_text("old")
    with pytest.raises(UserError):
        render(source, {"html": tmp_path / "old.html", "pdf": tmp_path / "new.pdf"})
    assert (tmp_path / "old.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fel.ipynb", "old.html"]


STAND_IN = """#!/bin/sh
echo "$@" >> "{log}"
ls "$PWD" "$PWD/reports" "$PWD/reports/_extensions/aterrapport" >> "{log}"
{then}
"""


def stand_in(folder: Path, then: str) -> Path:
    """An executable that is called as Quarto is, and writes down how."""
    script = folder / "quarto"
    script.write_text(STAND_IN.format(log=folder / "log", then=then))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


# What a real one says when all goes well, and puts where it puts it.
AS_QUARTO = """case "$4" in *html) kind=html;; *) kind=pdf;; esac
mkdir -p reports/_output/quarto/reports; cp {folder}/given.$kind reports/_output/quarto/reports/prov.$kind
cp reports/prov.qmd reports/_extensions/aterrapport/page.json {folder}
printf 'pandoc \\n  to: html\\n  output-file: prov.html\\n\\nmetadata\\n  lang: sv-SE\\n\\n' >&2
printf '{warning}' >&2
printf 'Output created: ../_output/quarto/reports/prov.%s\\n' $kind >&2"""


def by_quarto(folder: Path, *kinds: Literal["html", "pdf"], **more: Any) -> Path:
    """Render the sample with what stands in for Quarto: the folder where it lies as a.html and a.pdf."""
    targets = {kind: folder / "out" / f"a.{kind}" for kind in kinds}
    render(saved(whole(3), folder / "prov.ipynb"), targets, renderer="quarto", **more)
    return folder / "out"


def given(folder: Path, warning: str = "") -> Path:
    """Put a page and a PDF, as Typst alone makes it, where a stand-in takes them from, and return the stand-in."""
    (folder / "given.html").write_text("from quarto")
    source = '#set document(title: "T")\n#title()\n#table(columns: 2, table.header[a][b], [1], [2], [3], [4])'
    (folder / "given.typ").write_text(source)
    fonts = [str(EXTENSION / "fonts")]
    pdf = typst.compile(str(folder / "given.typ"), format="pdf", font_paths=fonts, pdf_standards=["a-2a", "ua-1"])
    (folder / "given.pdf").write_bytes(pdf)
    return stand_in(folder, AS_QUARTO.format(folder=folder, warning=warning))


def test_quarto_renders_one_staged_document_with_nothing_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTO", str(given(tmp_path)))
    out = by_quarto(tmp_path, "html", "pdf", page=lambda: {"edition": "prov.en.html"})
    assert ((out / "a.html").read_text(), (out / "a.pdf").read_bytes()[:5]) == ("from quarto", b"%PDF-")
    log = (tmp_path / "log").read_text().splitlines()
    calls = [line for line in log if line.startswith("render")]
    # Not --quiet, which keeps back that a reference leads nowhere.
    assert calls == [f"render reports/prov.qmd --to aterrapport-{kind}" for kind in ("html", "typst")]
    for staged in ("_quarto.yml", "quarto.yml", "prov.qmd", "_extension.yml", "filter.lua", "fonts"):
        assert staged in log
    assert json.loads((tmp_path / "page.json").read_text()) == {"edition": "prov.en.html"}
    # A cell's own div would keep its headings out of the contents.
    _, front, text = (tmp_path / "prov.qmd").read_text(encoding="utf-8").split("---\n", 2)
    assert yaml.safe_load(front) == {**yaml.safe_load(FRONT.strip("-")), "engine": "markdown"}
    assert text.strip() == read_document(tmp_path / "prov.ipynb").markdown.strip()


def test_pdf_by_quarto_is_finished_as_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typst alone gives no row headers, and the date of today."""
    monkeypatch.setenv("QUARTO", str(given(tmp_path)))
    made = by_quarto(tmp_path, "pdf") / "a.pdf"
    kinds = []
    for path in (tmp_path / "given.pdf", made):
        with pikepdf.open(path) as document:
            cells = [kind(each) for each in descendants(document.Root.StructTreeRoot) if kind(each) in ("TH", "TD")]
            kinds.append((cells, "/CreationDate" in document.docinfo))
    assert kinds[0] == (["TH", "TH", "TD", "TD", "TD", "TD"], True)
    assert kinds[1] == (["TH", "TH", "TH", "TD", "TH", "TD"], False)
    assert check_pdf(made) == []


def test_a_page_by_quarto_runs_its_own_scripts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTO", str(given(tmp_path)))
    policy = "<meta content=\"default-src 'none'; style-src 'unsafe-inline'; script-src {}; img-src data:\">"
    page = f'{policy}\n<script type="module">go()</script>'
    (tmp_path / "given.html").write_text(page.format("'unsafe-inline'"))
    checksum = "5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw="
    assert (by_quarto(tmp_path, "html") / "a.html").read_text() == page.format(f"'sha256-{checksum}'")


def test_a_reference_that_quarto_cannot_resolve_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warning = "WARNING (/opt/quarto/share/filters/main.lua:14000) Unable to resolve crossref @"
    warnings = "".join(f"{warning}{name}\\n" for name in ("tbl-nope", "bil-gone", "tbl-nope"))
    monkeypatch.setenv("QUARTO", str(given(tmp_path, warnings)))
    with pytest.raises(UserError, match=r"^prov\.qmd: unknown reference @tbl-nope, @bil-gone$"):
        by_quarto(tmp_path, "pdf")
    assert not (tmp_path / "out" / "a.pdf").exists()


def test_quarto_is_found_or_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "mkdir -p reports/_output/quarto/reports; echo x > reports/_output/quarto/reports/prov.html")
    monkeypatch.delenv("QUARTO", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (by_quarto(tmp_path, "html") / "a.html").read_text() == "x\n"
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"Quarto is missing .*quarto\.org.*built-in renderer needs nothing"):
        by_quarto(tmp_path, "html")


FAILS = {
    "printf 'pandoc\\n  to: html\\nERROR: no such\\n  format\\n' >&2; exit 1": "quarto failed: ERROR: no such format",
    "exit 1": "quarto failed: exit status 1, without a word",
    "exit 0": "quarto made no html",
}


@pytest.mark.parametrize("then", FAILS)
def test_what_quarto_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    monkeypatch.setenv("QUARTO", str(stand_in(tmp_path, then)))
    with pytest.raises(UserError, match=FAILS[then]):
        by_quarto(tmp_path, "html")
    assert not (tmp_path / "out" / "a.html").exists()


def test_page_makes_no_request_and_fits(look: Callable[..., View], made: Path) -> None:
    view = look(made / "prov.html")
    view.evaluate("document.fonts.ready")
    assert view.evaluate("document.fonts.check('16px \"Source Sans 3\"')")
    assert view.evaluate("[...document.fonts].filter(f => f.status == 'loaded').length") >= 2
    for width in (1280, 768, 320):
        view.set_viewport_size({"width": width, "height": 800})
        view.reload()
        assert view.evaluate("document.documentElement.scrollWidth") <= width
        # The contents are at hand on a wide screen and out of the way on a small one.
        assert view.get_by_role("link", name="Bilaga 2. Orsaker").is_visible() == (width >= 1024)


def test_the_row_one_came_for_stands_out_below_the_header(look: Callable[..., View], made: Path) -> None:
    options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
    view = look(made / "prov.html", "#recipients.0060", **options)
    styles = "document.getElementById('recipients.%s').closest('th').computedStyleMap()"
    colours = [view.evaluate(f"{styles % row}.get('background-color').toString()") for row in ("0060", "0061")]
    assert colours[0] != colours[1]
    top = "document.querySelector('#bil-recipients %s').getBoundingClientRect()"
    row = view.evaluate("document.getElementById('recipients.0060').getBoundingClientRect().top")
    assert view.evaluate(top % "thead th" + ".top") == 0
    assert view.evaluate(top % "thead th" + ".bottom") <= row < 800
