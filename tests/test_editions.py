"""The Swedish and the English edition say the same: the same tables, figures and numbers at the same places."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from pipeline.cli import main
from pipeline.register import municipalities, regions
from pipeline.render.pdf import check_pdf
from tests.test_letters import faults
from tests.world import CheckedHere, read_csv, real_data

# How each edition's own kinds of floats are called in an id; tbl- and fig- are the same in both.
APPENDICES = {"bil": "app", "bilb": "appb", "bilc": "appc", "bild": "appd"}
WORDS = {
    "sv": ["noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"],
    "en": ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
}
MONTHS = {
    "sv": [
        *("januari", "februari", "mars", "april", "maj", "juni"),
        *("juli", "augusti", "september", "oktober", "november", "december"),
    ],
    "en": [
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ],
}
SWEDISH = re.compile(
    r"\b(?:och|inte|är|för|med|som|av|till|kommun|kommuner|kommunen|kommunernas|samtalen|hälsosamtalen|återrapport\w*"
    r"|mottagare|bilaga|tabell|figur|andel|antal|oanvänt|bidraget|procent|kronor per|svar|svaren|påhittade|källa|bas"
    r"|innehåll|hela landet|ensamhet|beräknat|kvinnor|personer)\b",
    re.IGNORECASE,
)
# Proper names that the English page quotes as they are: the grant's own word, and the name of a method.
QUOTED = ("hälsosamtal", "Individens behov i centrum", "Känsla av sammanhang")


class Edition(HTMLParser):
    """One edition as its reader meets it: addressed values, floats and their kinds, ids, and the visible text."""

    def __init__(self, path: Path, language: str) -> None:
        super().__init__()
        self.language = language
        self.values: list[tuple[str, str]] = []
        self.floats: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.texts: list[str] = []
        self.spoken: list[str] = []
        self._hidden = 0
        self._open: list[tuple[str, str | None, list[str]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("id")
        self._hidden += tag in ("style", "script")
        # Headings are named by their words; so are their lines in the contents.
        heading = tag in ("h2", "h3", "h4") or str(name).startswith("toc-")
        if name and not self._hidden and not heading and not self._in("svg"):
            self.ids.append(name)
        if tag in ("table", "figure"):
            self.floats.append((tag, str(name)))
        if given.get("aria-label") and not self._in("svg"):
            self.spoken.append(str(given["aria-label"]))
        if tag not in ("meta", "link", "br", "hr", "img", "col", "input"):
            self._open.append((tag, given.get("data-n"), []))

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script")
        while self._open:
            name, address, words = self._open.pop()
            if address is not None and name != "div":
                self.values.append((address, " ".join("".join(words).split())))
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        for _, _, words in self._open:
            words.append(data)
        self.texts.append(data)

    def _in(self, tag: str) -> bool:
        return any(name == tag for name, _, _ in self._open)

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Every addressed value that is a number or a date, written alike in both languages."""
        told = [(address, self._alike(shown)) for address, shown in self.values if not address.endswith("/label")]
        return [(address, shown) for address, shown in told if shown is not None]

    def _alike(self, shown: str) -> str | None:
        if shown.lower() in WORDS[self.language]:
            return str(WORDS[self.language].index(shown.lower()))
        date = re.fullmatch(r"(\d+)\s(\w+) (\d{4})", shown)
        if date and date[2] in MONTHS[self.language]:
            return f"{date[3]}-{MONTHS[self.language].index(date[2]) + 1}-{date[1]}"
        bare = re.sub(r"\b(?:cirka|about|miljon(?:er)?|million|kronor)\b|[%*]", "", shown)
        thousands, decimal = (r"\s", ",") if self.language == "sv" else (",", r"\.")
        plain = re.sub(rf"(?<=\d){thousands}(?=\d{{3}}\b)", "", bare.strip())
        if re.fullmatch(rf"[−–]?(?:\d+(?:{decimal}\d+)?)?", plain) and plain:
            return plain.replace(",", ".")
        return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Both editions of the real year, built once; the data folder lies beside them."""
    there = tmp_path_factory.mktemp("editions")
    data = real_data(there)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.cli.line.start_check", CheckedHere)
        arguments = ["--lang", "sv,en", "--data", str(data), "--out", str(there / "out")]
        assert main(["report", "2024", *arguments]) == 0
    yield there


@pytest.fixture(scope="module")
def swedish(folder: Path) -> Edition:
    return Edition(folder / "out" / "2024" / "uppfoljning.html", "sv")


@pytest.fixture(scope="module")
def english(folder: Path) -> Edition:
    return Edition(folder / "out" / "2024" / "uppfoljning.en.html", "en")


def in_english(name: str) -> str:
    prefix, dash, rest = name.partition("-")
    return APPENDICES.get(prefix, prefix) + dash + rest


def test_the_same_tables_and_figures_stand_in_the_same_order(swedish: Edition, english: Edition) -> None:
    assert [(kind, in_english(name)) for kind, name in swedish.floats] == english.floats
    assert len([kind for kind, _ in english.floats if kind == "table"]) > 25
    assert len([kind for kind, _ in english.floats if kind == "figure"]) > 10
    assert {name.partition("-")[0] for _, name in english.floats} == {"tbl", "fig", "app", "appb", "appc"}


def test_every_id_is_that_of_the_other_edition_but_for_the_appendices(swedish: Edition, english: Edition) -> None:
    assert [in_english(name) for name in swedish.ids] == english.ids
    assert {"region_use.12", "recipients.2080", "method_by_region.12.kasam"} <= set(english.ids)


def test_the_same_numbers_stand_at_the_same_addresses(swedish: Edition, english: Edition) -> None:
    assert sorted(address for address, _ in swedish.values) == sorted(address for address, _ in english.values)
    assert sorted(swedish.numbers) == sorted(english.numbers)
    assert len(english.numbers) > 2500
    assert ("collaboration/civil_society/count", "84") in english.numbers
    assert ("funds_by_year/2023/available_kr", "143500000") in english.numbers
    assert ("key_figures/repaying_all/value", "12") in english.numbers
    assert ("rules/return_by/value", "2025-1-31") in english.numbers


def test_within_a_table_numbers_stand_in_the_same_order(swedish: Edition, english: Edition) -> None:
    """Sentences may order their numbers as the language does; tables may not."""

    def of_tables(edition: Edition) -> list[tuple[str, str]]:
        return [each for each in edition.numbers if not each[0].startswith(("key_figures/", "rules/"))]

    for name in ("recipients", "region_use", "persons_by_region", "outreach_by_region"):
        mine, theirs = (
            [each for each in of_tables(edition) if each[0].startswith(f"{name}/") and "percent" not in each[0]]
            for edition in (swedish, english)
        )
        assert mine == theirs, name
        assert len(mine) > 40, name


def left_in_swedish(text: str, names: set[str]) -> list[str]:
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return [text[max(0, found.start() - 40) : found.end() + 40] for found in SWEDISH.finditer(text)]


def test_no_swedish_is_left_in_the_english_edition(folder: Path, swedish: Edition, english: Edition) -> None:
    recipients = read_csv(folder / "data" / "raw" / "2024" / "recipients.csv")
    names = {row["recipient"] for row in recipients} | {each.name for each in municipalities().values()}
    names |= {each.name for each in regions().values()} | {each.short_name for each in regions().values()}
    with (folder / "data" / "processed" / "2024" / "tables" / "sources.csv").open(encoding="utf-8") as file:
        names |= {row["file"] for row in csv.DictReader(file)}
    names |= set(QUOTED)
    assert left_in_swedish(" ".join(" ".join(english.texts).split()), names) == []
    assert left_in_swedish(" ".join(english.spoken), names) == []
    assert len(left_in_swedish(" ".join(" ".join(swedish.texts).split()), names)) > 500


def test_the_english_edition_says_what_it_is(folder: Path, english: Edition) -> None:
    source = (folder / "out" / "2024" / "uppfoljning.en.html").read_text(encoding="utf-8")
    assert re.search(r'<html[^>]* lang="en-GB"', source)
    text = " ".join("".join(english.texts).split())
    assert text.count("hälsosamtal (literally health talks)") == 1
    for sentence in (
        "The grant was requisitioned by 247 municipalities, more than in 2023, when there were 238.",
        "Together they requisitioned 85,906,462 kronor, which is 90 per cent of the amount available.",
        "The unused share is 12 per cent, lower than in 2023, when it was 32 per cent.",
        "Altogether about 10 million kronor is unused, by 45 recipients that must repay it.",
        "Of these, twelve used nothing of the grant.",
        "Appendix 1, table 1. Allocation, requisition and unused amount of every recipient, 2024",
    ):
        assert sentence in text, sentence


def test_no_sentence_of_either_edition_begins_with_a_digit(folder: Path) -> None:
    for name in ("uppfoljning.html", "uppfoljning.en.html"):
        source = (folder / "out" / "2024" / name).read_text(encoding="utf-8")
        paragraphs = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<p>(.*?)</p>", source, re.DOTALL)]
        assert len(paragraphs) > 30
        sentences = [sentence for each in paragraphs for sentence in re.split(r"(?<=[a-zåäö)][.])\s+", each.strip())]
        assert [sentence for sentence in sentences if sentence[:1].isdigit()] == [], name


@pytest.mark.parametrize("name", ["uppfoljning.html", "uppfoljning.en.html", "findings.html", "findings.en.html"])
def test_axe_finds_nothing_in_any_page(browser: Browser, folder: Path, name: str) -> None:
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto((folder / "out" / "2024" / name).as_uri())
    assert faults(view, contrast=False) == []
    # Rows of a table are coloured alike, and the colours of drawings are held by their own tests.
    view.evaluate(
        """() => {
          document.querySelectorAll("tbody").forEach(body => [...body.rows].slice(2).forEach(row => row.remove()))
          document.querySelectorAll("figure svg").forEach(drawing => drawing.remove())
        }"""
    )
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        view.emulate_media(color_scheme=scheme)
        assert faults(view, only=["color-contrast"]) == []
    view.close()


@pytest.mark.parametrize("name", ["uppfoljning.html", "findings.html"])
def test_no_page_is_wider_than_the_screen(browser: Browser, folder: Path, name: str) -> None:
    """320 pixels are 1280 at 400 % zoom."""
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto((folder / "out" / "2024" / name).as_uri())
    for width in (320, 480, 768, 1024, 1150, 1280, 1920):
        view.set_viewport_size({"width": width, "height": 900})
        assert view.evaluate("document.documentElement.scrollWidth") <= width, width
    view.close()


def test_the_statement_on_accessibility_claims_no_more_than_is_known(swedish: Edition, english: Edition) -> None:
    for edition, words in (
        (
            swedish,
            ["Tillgänglighetsredogörelse", "(2018:1937)", "Inte ifyllt: om rapporten är helt, delvis eller inte"],
        ),
        (english, ["Accessibility statement", "(2018:1937)", "Not filled in: whether the report meets"]),
    ):
        text = " ".join("".join(edition.texts).split())
        assert [each for each in words if each not in text] == []


def test_both_pdfs_hold_to_both_standards(folder: Path) -> None:
    for name in ("uppfoljning.pdf", "uppfoljning.en.pdf"):
        assert check_pdf(folder / "out" / "2024" / name) == []
