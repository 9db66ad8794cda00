"""The editions say the same: Swedish and English; and of each the executed notebook, the page and the PDF."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pikepdf
import pytest

from pipeline.register import municipalities, regions
from tests import reading
from tests.reading import OUTSIDE, Report, Tagged, attributes, below, descendants, kind, on_pages, tidy
from tests.telling import WORDS, Page
from tests.world import cases, read_csv

# How each edition's own kinds of floats are called in an id; tbl- and fig- are the same in both.
APPENDICES = {"bil": "app", "bilb": "appb", "bilc": "appc", "bild": "appd"}
MONTHS = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
SWEDISH = re.compile(
    r"\b(?:och|inte|är|för|med|som|av|till|kommun|kommuner|kommunen|kommunernas|samtalen|hälsosamtalen|återrapport\w*"
    r"|mottagare|bilaga|tabell|figur|andel|antal|oanvänt|bidraget|procent|svar|svaren|påhittade|källa|bas"
    r"|innehåll|hela landet|ensamhet|beräknat|kvinnor|personer)\b",
    re.IGNORECASE,
)
# Proper names that the English page quotes as they are: the grant's own word, and the name of a method.
QUOTED = ("hälsosamtal", "Individens behov i centrum", "Känsla av sammanhang")


class Edition:
    """One edition as its reader meets it: addressed values, floats and their kinds, ids, and all that it says."""

    def __init__(self, path: Path, language: str) -> None:
        source = path.read_text(encoding="utf-8")
        page = Page(source)
        told = [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<p>(.*?)</p>", source, re.DOTALL)]
        self.sentences = [sentence for each in told for sentence in re.split(r"(?<=[a-zåäö)][.])\s+", each)]
        self.language, self.text = language, page.text
        self.values = [(address, " ".join(shown.split())) for address, shown in page.numbers if "/" in address]
        self.floats = [(tag, str(name)) for tag, name in page.elements if tag in ("table", "figure")]
        # Headings are named by their words; so are their lines in the contents.
        named = [(tag, name) for tag, name in page.elements if name and not name.startswith("toc-")]
        self.ids = [name for tag, name in named if tag not in ("h2", "h3", "h4", "style", "script")]

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Every addressed value that is a number or a date, written alike in both languages."""
        told = [(address, self._alike(shown)) for address, shown in self.values if not address.endswith("/label")]
        return [(address, shown) for address, shown in told if shown is not None]

    def _alike(self, shown: str) -> str | None:
        words, months = WORDS[self.language], MONTHS[self.language].split()
        if shown.lower() in words:
            return str(words.index(shown.lower()))
        date = re.fullmatch(r"(\d+)\s(\w+) (\d{4})", shown)
        if date and date[2] in months:
            return f"{date[3]}-{months.index(date[2]) + 1}-{date[1]}"
        bare = re.sub(r"\b(?:cirka|about|miljon(?:er)?|million|kronor)\b|[%*]", "", shown)
        thousands, decimal = (r"\s", ",") if self.language == "sv" else (",", r"\.")
        plain = re.sub(rf"(?<=\d){thousands}(?=\d{{3}}\b)", "", bare.strip())
        if re.fullmatch(rf"[−–]?(?:\d+(?:{decimal}\d+)?)?", plain) and plain:
            return plain.replace(",", ".")
        return None


@pytest.fixture(scope="module")
def swedish(real_year: tuple[Path, Path]) -> Edition:
    return Edition(real_year[1] / "uppfoljning.html", "sv")


@pytest.fixture(scope="module")
def english(real_year: tuple[Path, Path]) -> Edition:
    return Edition(real_year[1] / "uppfoljning.en.html", "en")


def in_english(name: str) -> str:
    prefix, dash, rest = name.partition("-")
    return APPENDICES.get(prefix, prefix) + dash + rest


def test_the_same_floats_ids_and_numbers_stand_in_both(swedish: Edition, english: Edition) -> None:
    assert [(kind, in_english(name)) for kind, name in swedish.floats] == english.floats
    assert len([kind for kind, _ in english.floats if kind == "table"]) > 25
    assert len([kind for kind, _ in english.floats if kind == "figure"]) > 10
    assert {name.partition("-")[0] for _, name in english.floats} == {"tbl", "fig", "app", "appb", "appc"}
    assert [in_english(name) for name in swedish.ids] == english.ids
    assert {"region_use.12", "recipients.2080", "method_by_region.12.kasam"} <= set(english.ids)
    assert sorted(address for address, _ in swedish.values) == sorted(address for address, _ in english.values)
    assert sorted(swedish.numbers) == sorted(english.numbers)
    assert len(english.numbers) > 2500
    assert ("collaboration/civil_society/count", "84") in english.numbers
    assert ("funds_by_year/2023/available_kr", "143500000") in english.numbers
    assert ("key_figures/repaying_all/value", "12") in english.numbers
    assert ("rules/return_by/value", "2025-1-31") in english.numbers
    # Sentences may order their numbers as the language does; tables may not.
    of_tables = re.compile("(recipients|region_use|persons_by_region|outreach_by_region)/(?!.*percent)")
    mine, theirs = ([each for each in its.numbers if of_tables.match(each[0])] for its in (swedish, english))
    assert mine == theirs
    assert len(mine) > 500


def left_in_swedish(text: str, names: set[str]) -> list[str]:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return [text[max(0, found.start() - 40) : found.end() + 40] for found in SWEDISH.finditer(text)]


def test_the_english_edition_says_what_it_is_and_no_swedish_is_left(
    real_year: tuple[Path, Path], swedish: Edition, english: Edition
) -> None:
    recipients = read_csv(real_year[0] / "raw" / "2024" / "recipients.csv")
    names = {row["recipient"] for row in recipients} | {each.name for each in municipalities().values()}
    names |= {each.name for each in regions().values()} | {each.short_name for each in regions().values()}
    names |= {row["file"] for row in read_csv(real_year[0] / "processed" / "2024" / "tables" / "sources.csv")}
    names |= set(QUOTED)
    assert left_in_swedish(english.text, names) == []
    assert len(left_in_swedish(swedish.text, names)) > 500
    source = (real_year[1] / "uppfoljning.en.html").read_text(encoding="utf-8")
    assert re.search(r'<html[^>]* lang="en-GB"', source)
    text = english.text
    assert text.count("hälsosamtal (literally “health talks”)") == 1
    for sentence in cases("spoken")["english"]:
        assert sentence in text, sentence


def test_no_sentence_begins_with_a_digit_or_claims_too_much(swedish: Edition, english: Edition) -> None:
    for edition, title in ((swedish, "Tillgänglighetsredogörelse"), (english, "Accessibility statement")):
        assert [each for each in (title, "(2018:1937)") if each not in edition.text] == []
        assert len(edition.sentences) > 60 and not [each for each in edition.sentences if each[:1].isdigit()]
        assert not re.search("ifyllt|filled in|förenlig|compl(y|iant)", edition.text, re.IGNORECASE)


NAMES = {"sv": "uppfoljning", "en": "uppfoljning.en"}
editions = pytest.mark.parametrize("language", NAMES)


@pytest.fixture(scope="module")
def folder(real_year: tuple[Path, Path]) -> Path:
    """Where data and reports of the real year lie."""
    return real_year[0].parent


@pytest.fixture(scope="module")
def read(folder: Path) -> dict[str, tuple[Report, Report, Report]]:
    """Each edition as its executed notebook, its page and its PDF say it."""
    made, executed = folder / "out" / "2024", folder / "data" / "processed" / "2024"
    return {
        language: (
            reading.of_notebook(executed / f"{name}.ipynb"),
            reading.of_page(made / f"{name}.html"),
            reading.of_pdf(made / f"{name}.pdf"),
        )
        for language, name in NAMES.items()
    }


def differing(one: Report, other: Report) -> dict[str, list[Any]]:
    """What two readings of a report do not say alike, by kind."""
    found: dict[str, list[Any]] = {}
    for what in ("headings", "tables", "figures", "on_page_alone", "numbers", "text"):
        mine, theirs = getattr(one, what), getattr(other, what)
        if what == "numbers":  # captions stand over a table on the page, and after it in the notebook
            mine, theirs = sorted(mine), sorted(theirs)
        if what == "text":
            mine, theirs = mine.split(), theirs.split()
        if mine and theirs and mine != theirs:
            pairs = [each for each in zip(mine, theirs, strict=False) if each[0] != each[1]]
            found[what] = [*pairs, *([len(mine), len(theirs)] if len(mine) != len(theirs) else [])]
    return found


@editions
def test_notebook_page_and_pdf_say_the_same(read: dict[str, tuple[Report, Report, Report]], language: str) -> None:
    notebook, page, printed = read[language]
    assert differing(notebook, page) == {}
    assert differing(page, printed) == {}
    for each in read[language]:
        assert (len(each.headings), len(each.tables), len(each.figures)) == (50, 34, 9)
        assert sum(len(row) for _, rows in each.tables for row in rows) > 3000
        assert all(caption and alt for caption, alt in each.figures)
    assert len(notebook.on_page_alone) == len(page.on_page_alone) == 7
    assert len(notebook.numbers) == len(page.numbers) > 3000
    assert len(page.text) > 40_000


class Print(NamedTuple):
    """A PDF that is open, with its texts, and the pages by number."""

    document: pikepdf.Pdf
    tagged: Tagged
    numbers: dict[tuple[int, int], int]

    def every(self, what: str) -> list[pikepdf.Object]:
        return [each for each in descendants(self.document.Root.StructTreeRoot) if kind(each) == what]


@pytest.fixture(scope="module")
def prints(folder: Path) -> Iterator[dict[str, Print]]:
    with ExitStack() as stack:
        opened = {}
        for language, name in NAMES.items():
            document = stack.enter_context(pikepdf.open(folder / "out" / "2024" / f"{name}.pdf"))
            numbers = {each.obj.objgen: at for at, each in enumerate(document.pages, start=1)}
            opened[language] = Print(document, Tagged(document), numbers)
        yield opened


@editions
def test_a_reader_of_the_pdf_finds_the_way(
    prints: dict[str, Print], read: dict[str, tuple[Report, Report, Report]], language: str
) -> None:
    """Title, language, bookmarks, contents, running heads, page numbers, links, fonts."""
    _, page, printed = read[language]
    document, tagged, numbers = prints[language]
    assert str(document.Root.Lang) == {"sv": "sv-SE", "en": "en-GB"}[language]
    assert document.Root.ViewerPreferences.DisplayDocTitle
    title = str(document.docinfo.Title)
    bookmarks = list(outline(document, numbers))
    assert [(level, said) for level, said, _ in bookmarks] == [each for each in page.headings if each[0] < 3]
    pages = [tidy(tagged.texts[each.obj.objgen][OUTSIDE]) for each in document.pages]
    for at, outside in enumerate(pages[1:], start=2):
        assert outside.startswith(title)
        assert outside.endswith(f" {at}")
        here = [said for level, said, number in bookmarks if level == 1 and number == at]
        before = [said for level, said, number in bookmarks if level == 1 and number < at][-1:]
        assert at < bookmarks[0][2] or any(outside.startswith(title + each) for each in [*before, *here])
    contents = prints[language].every("TOC")[0]
    lines = [tagged.words(each) for each in descendants(contents) if kind(each) == "TOCI"]
    assert lines == [f"{said} {number}" for level, said, number in bookmarks]
    chapters = {str(key) for key, _ in pikepdf.NameTree(document.Root.Names.Dests).items()}
    captions = [(tagged.words(each), on_pages(each, numbers)[0]) for each in prints[language].every("Caption")]
    within = 0
    for link in prints[language].every("Link"):
        to = next(each.Obj for each in link.K if isinstance(each, pikepdf.Dictionary) and "/Obj" in each)
        if "/Dest" not in to:
            assert str(to.A.URI).startswith("https://")
        elif isinstance(to.Dest, pikepdf.Array):
            # "Tabell 5" leads to the page where the caption "Tabell 5. …" stands.
            where = numbers[to.Dest[0].objgen]
            assert [page for said, page in captions if said.startswith(f"{tagged.words(link)}. ")] == [where]
            within += 1
        else:
            assert str(to.Dest) in chapters
    assert within > 20
    fonts = [font for each in document.pages for font in each.Resources.Font.values()]
    for font in fonts:
        assert "SourceSans3" in str(font.BaseFont)
        assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
    assert printed.text.count(title) == 0  # running heads are not read out


def outline(document: pikepdf.Pdf, numbers: dict[tuple[int, int], int]) -> Iterator[tuple[int, str, int]]:
    def items(given: list[pikepdf.OutlineItem], level: int) -> Iterator[tuple[int, str, int]]:
        for each in given:
            assert isinstance(each.destination, pikepdf.Array)
            yield level, tidy(each.title), numbers[each.destination[0].objgen]
            yield from items(each.children, level + 1)

    with document.open_outline() as opened:
        yield from items(opened.root, 1)


@editions
def test_every_cell_of_the_pdf_has_its_headers(prints: dict[str, Print], language: str) -> None:
    tables = prints[language].every("Table")
    assert len(tables) == 34
    for table in tables:
        head, *rows = [each for each in descendants(table) if kind(each) == "TR"]
        assert {(kind(cell), scope(cell)) for cell in below(head)} == {("TH", "/Column")}
        for row in rows:
            first, *others = below(row)
            assert (kind(first), scope(first)) == ("TH", "/Row")
            assert {kind(cell) for cell in others} == {"TD"}
            assert all(any(each.get("/Headers") for each in attributes(cell)) for cell in others)


def scope(cell: pikepdf.Object) -> str:
    return str(next(each.Scope for each in attributes(cell) if "/Scope" in each))


@editions
def test_pages_break_where_a_typographer_would(prints: dict[str, Print], language: str) -> None:
    document, tagged, numbers = prints[language]
    (root,) = below(document.Root.StructTreeRoot)
    blocks = [(each, on_pages(each, numbers)) for each in below(root) if on_pages(each, numbers)]
    headings = [(mine, after) for (each, mine), (_, after) in pairwise(blocks) if kind(each)[1:].isdigit()]
    assert len(headings) > 28
    assert [mine for mine, after in headings if mine[-1] != after[0]] == []
    long = 0
    for block, _ in blocks:
        inside = list(descendants(block))
        captions = [on_pages(each, numbers)[0] for each in inside if kind(each) == "Caption"]
        for figure in (each for each in inside if kind(each) == "Figure"):
            assert captions == on_pages(figure, numbers)
        for table in (each for each in inside if kind(each) == "Table"):
            rows = [on_pages(each, numbers) for each in descendants(table) if kind(each) == "TR"]
            assert all(len(row) == 1 for row in rows), "a row is torn"
            assert captions == rows[0] == rows[1]
            note = [on_pages(each, numbers)[0] for each in below(block) if kind(each) == "P"]
            assert set(note) <= set(rows[-1])
            over = sorted({page for (page,) in rows})
            assert len(rows) > 25 or len(over) == 1
            head = tagged.words(next(each for each in descendants(table) if kind(each) == "THead"))
            for page in over[1:]:
                outside = tidy(tagged.texts[document.pages[page - 1].obj.objgen][OUTSIDE])
                assert head.split() == outside.split()[-len(head.split()) - 1 : -1], "the head is not repeated"
                assert sum(row == [page] for row in rows) > 1, "one row alone"
            long += len(over) > 1
    assert long == 1


@editions
def test_lines_break_where_a_typographer_would(prints: dict[str, Print], language: str) -> None:
    """No word of a table is parted, hardly one elsewhere, and no number stands apart from what it counts."""
    document, tagged, _ = prints[language]
    parted: list[tuple[str, str]] = []
    apart: list[tuple[str, str]] = []
    for element in descendants(document.Root.StructTreeRoot):
        own = tagged.own(element)
        parted += [(kind(element), line) for line in own if line.rstrip().endswith("\u00ad")]
        apart += [each for each in pairwise(own) if re.search(r"\d\s*$", each[0]) and re.match(UNITS, each[1])]
        apart += [each for each in pairwise(own) if re.search(r"\d–$|\b\w-$", each[0])]
        apart += [each for each in pairwise(own) if (each[0][-4:], each[1][:4]) == ("per ", "cent")]
    assert [line for what, line in parted if what in ("TH", "TD", "LBody")] == []
    assert len(parted) < 5
    assert apart == []


UNITS = r"(?:procent|per cent|kronor|%|kommuner|municipalities|mottagare|recipients)\b"
