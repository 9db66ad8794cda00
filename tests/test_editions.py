"""The Swedish and the English edition say the same: the same tables, figures and numbers at the same places."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.register import municipalities, regions
from pipeline.render.pdf import check_pdf
from tests.world import read_csv

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
def swedish(real_year: tuple[Path, Path]) -> Edition:
    return Edition(real_year[1] / "uppfoljning.html", "sv")


@pytest.fixture(scope="module")
def english(real_year: tuple[Path, Path]) -> Edition:
    return Edition(real_year[1] / "uppfoljning.en.html", "en")


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


def test_no_swedish_is_left_in_the_english_edition(
    real_year: tuple[Path, Path], swedish: Edition, english: Edition
) -> None:
    recipients = read_csv(real_year[0] / "raw" / "2024" / "recipients.csv")
    names = {row["recipient"] for row in recipients} | {each.name for each in municipalities().values()}
    names |= {each.name for each in regions().values()} | {each.short_name for each in regions().values()}
    with (real_year[0] / "processed" / "2024" / "tables" / "sources.csv").open(encoding="utf-8") as file:
        names |= {row["file"] for row in csv.DictReader(file)}
    names |= set(QUOTED)
    assert left_in_swedish(" ".join(" ".join(english.texts).split()), names) == []
    assert left_in_swedish(" ".join(english.spoken), names) == []
    assert len(left_in_swedish(" ".join(" ".join(swedish.texts).split()), names)) > 500


def test_the_english_edition_says_what_it_is(real_year: tuple[Path, Path], english: Edition) -> None:
    source = (real_year[1] / "uppfoljning.en.html").read_text(encoding="utf-8")
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


def test_no_sentence_of_either_edition_begins_with_a_digit(real_year: tuple[Path, Path]) -> None:
    for name in ("uppfoljning.html", "uppfoljning.en.html"):
        source = (real_year[1] / name).read_text(encoding="utf-8")
        paragraphs = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<p>(.*?)</p>", source, re.DOTALL)]
        assert len(paragraphs) > 30
        sentences = [sentence for each in paragraphs for sentence in re.split(r"(?<=[a-zåäö)][.])\s+", each.strip())]
        assert [sentence for sentence in sentences if sentence[:1].isdigit()] == [], name


def test_both_pdfs_hold_to_both_standards(real_year: tuple[Path, Path]) -> None:
    for name in ("uppfoljning.pdf", "uppfoljning.en.pdf"):
        assert check_pdf(real_year[1] / name) == []
