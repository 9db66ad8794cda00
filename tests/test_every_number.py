"""Every number of the report has an address that explains it, and every sentence is true, whatever the returns say."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipeline.explain import Explainer
from pipeline.paths import REPORTS, Workspace
from pipeline.register import regions
from pipeline.store import open_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import Year, read_year
from tests.random_year import NAMED, facts, scenario, write
from tests.telling import EDITIONS, Page, page_of, paragraphs, plain, store_of, told
from tests.world import RAW

SEEDS = ("1", "2", "3")
YEARS = (*SEEDS, *NAMED)
WORDS = {
    "sv": ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}
ADDRESS = re.compile(r"‹([^|›]*)\|([^›]*)›")


class Told(NamedTuple):
    """A made-up year as it is told in one language, and the plain count of it."""

    paragraphs: list[str]
    facts: dict[str, Any]
    language: str

    @property
    def text(self) -> str:
        return " ".join(plain(each) for each in self.paragraphs)

    @property
    def sentences(self) -> list[str]:
        return [one for each in self.paragraphs for one in re.split(r"(?<=[.:]) (?=[A-ZÅÄÖ‹])(?![^‹]*›)", each)]


@pytest.fixture(scope="module")
def rules() -> Year:
    return read_year(RAW / "2024", "raw/2024")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, rules: Year) -> Callable[[str], Workspace]:
    """The store of a made-up year, or of the real one, built when it is asked for."""

    @cache
    def build(name: str) -> Workspace:
        folder = tmp_path_factory.mktemp("year")
        if name == "real":
            (folder / "raw").symlink_to(RAW)
            return store_of(folder, 2023, 2024)
        return store_of(write(scenario(name, rules), folder), 2023, 2024)

    return build


@pytest.fixture(scope="module")
def page(store: Callable[[str], Workspace]) -> Callable[[str, str], Page]:
    return cache(lambda name, language: page_of(store(name), 2024, language))


@pytest.fixture(scope="module")
def text(store: Callable[[str], Workspace]) -> Callable[[str, str], list[str]]:
    return cache(lambda name, language: list(paragraphs(told(store(name), 2024, language))))


@pytest.fixture(scope="module")
def counted(rules: Year) -> Callable[[str], dict[str, Any]]:
    printed = tomllib.loads((RAW / "2023" / "published.toml").read_text(encoding="utf-8"))
    return cache(lambda name: facts(scenario(name, rules), rules, printed))


@pytest.fixture(params=YEARS)
def year(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=EDITIONS)
def year_told(
    request: pytest.FixtureRequest,
    year: str,
    text: Callable[[str, str], list[str]],
    counted: Callable[[str], dict[str, Any]],
) -> Told:
    return Told(text(year, request.param), counted(year), request.param)


def test_no_number_is_typed(page: Callable[[str, str], Page]) -> None:
    constants = tomllib.loads((REPORTS / "constants.toml").read_text(encoding="utf-8"))["constant"]
    used: Counter[str] = Counter()
    typed = []
    for language in EDITIONS:
        for piece in page("1", language).pieces:
            if piece.addresses:
                continue
            left = " ".join(piece.text.split())
            for constant in constants:
                if set(constant["within"]) & set(piece.tags):
                    left, times = re.subn(constant["pattern"], "", left)
                    used[constant["pattern"]] += times
            if re.search(r"\d", left):
                typed.append((language, piece.tags[-2:], piece.text))
    assert typed == []
    assert [each["pattern"] for each in constants if not used[each["pattern"]]] == []
    assert all(each["reason"] for each in constants)


@pytest.mark.parametrize("name", ["real", "1"])
def test_every_address_is_explained(
    name: str, store: Callable[[str], Workspace], page: Callable[[str, str], Page]
) -> None:
    """Numbers and the rows' anchors; where municipalities are counted, as many are named as the count says."""
    declarations = read_declarations(REPORTS)
    with open_store(store(name).store) as connection:
        explainer = Explainer(connection, tabulate(connection, 2024, declarations), declarations, 2024)
        tables = explainer.tables
        addresses: dict[str, list[str]] = {}
        for language in EDITIONS:
            told = page(name, language)
            anchors = [each for each in told.ids if each.partition(".")[0] in tables and "." in each]
            assert len(anchors) > 500
            assert len(told.ids) == len(set(told.ids))
            shown = dict(told.numbers)
            assert len(shown) > 2000
            addresses |= dict.fromkeys([*told.addresses, *anchors])  # type: ignore[arg-type]
        named = 0
        for address in addresses:
            explained = explainer(address)
            assert explained.address == address.replace(".", "/")
            assert explained.definition.sv
            assert explained.definition.en
            table = tables[address.replace(".", "/").partition("/")[0]]
            if explained.of != "cell" or explained.printed or explained.value is None:
                continue
            municipalities = [each.municipality_code for each in explained.municipalities]
            counts = table.counted and explained.unit == "count"
            if counts or (explained.unit == "count" and all(each.value == 1 for each in explained.municipalities)):
                terms = {term.role for term in explained.terms}
                if counts or terms == {"plus"}:
                    assert len(municipalities) == len(set(municipalities)) == explained.value, address
                    named += 1
        assert named > 1000


def number(shown: str, language: str) -> Fraction:
    """What a reader takes a number to be: a word, digits in groups, or millions."""
    text = shown.replace("\u00a0", " ").lower().removeprefix("cirka ").removeprefix("about ").removesuffix(" kronor")
    if text in WORDS[language]:
        return Fraction(WORDS[language].index(text))
    times = 1_000_000 if "milj" in text or "million" in text else 1
    text = re.sub(r" (miljon(er)?|million|%)$", "", text)
    text = text.replace(" ", "").replace(",", ".") if language == "sv" else text.replace(",", "")
    return Fraction(text.replace("\u2212", "-").rstrip("%")) * times


def test_every_number_of_the_running_text_is_true(year_told: Told) -> None:
    seen = 0
    for paragraph in year_told.paragraphs:
        for address, shown in ADDRESS.findall(paragraph):
            table, column = address.partition("/")[0], address.rpartition("/")[2]
            if column in ("label", "region") or table == "rules":
                continue
            if table in ("region_use", "returns_by_region"):
                share = year_told.facts[address.removesuffix("/percent")]
                value: Any = int(100 * share + Fraction(1, 2))
            elif column == "base" and address not in year_told.facts:
                value = year_told.facts[f"{table}/base"]
            elif column == "year":
                value = int(address.split("/")[1]) if table != "key_figures" else 2024
            else:
                value = year_told.facts[address]
            assert value is not None, paragraph
            off = abs(number(shown, year_told.language) - value)
            about = "cirka" in shown or "about" in shown
            assert (0 < off <= value / Fraction(20)) if about else off == 0, (address, shown, value)
            seen += 1
    assert seen > 40


def test_the_text_is_whole_and_reads_well(year_told: Told) -> None:
    text = year_told.text
    for wrong in (
        r"\{|\}",
        r"\bnan\b",
        r" [.,:;]",
        r"\.\.",
        r"– (procent|per cent|kronor)",
    ):
        assert not re.search(wrong, text), re.findall(f".{{30}}{wrong}.{{10}}", text)
    # No sentence begins with a digit, or a small letter. Abbreviations within an answer's words are not ends.
    for paragraph in year_told.paragraphs:
        spoken = plain(re.sub(r"‹[^|›]*/label\|[^›]*›", "X", paragraph))
        assert not re.search(r"(?:^|[.!?] )(?:\d|[a-zåäö])", spoken), spoken
    # One has the noun, and in English the verb, of one; any other number those of several.
    followed = 0
    for address, word in re.findall(r"‹([^|›]*)\|[^›]*›\s(\w+)", " ".join(year_told.paragraphs)):
        if word in SINGULAR[year_told.language] | PLURAL[year_told.language]:
            followed += 1
            value = 290 if address.endswith("municipalities/value") else year_told.facts[address]
            assert (word in SINGULAR[year_told.language]) == (value == 1), (address, value, word)
    assert followed > 5


SINGULAR = {"sv": {"kommun", "person"}, "en": {"municipality", "recipient", "person", "has", "states"}}
PLURAL = {"sv": {"kommuner", "personer"}, "en": {"municipalities", "recipients", "people", "have", "state"}}
LEAD = {"sv": "Oftast nämns ", "en": "Named most often "}
THEN = {"sv": "följt av", "en": "followed by"}
EACH = {"sv": "vardera", "en": "each"}


def most_common_sentences(year_told: Told) -> Iterator[str]:
    return (each for each in year_told.sentences if each.startswith(LEAD[year_told.language]))


def test_what_is_named_most_often_is(year_told: Told, rules: Year, year: str) -> None:
    found = set()
    for sentence in most_common_sentences(year_told):
        first, _, then = sentence.partition(THEN[year_told.language])
        options = [[address.split("/")[1] for address, _ in ADDRESS.findall(part) if address.endswith("/label")]
                   for part in (first, then)]  # fmt: skip
        table = ADDRESS.findall(sentence)[0][0].split("/")[0]
        found.add(table)
        question = next(each for each in rules.question if each.id == table)
        counts = {
            each.id: year_told.facts[f"{table}/{each.id}/count"] for each in question.option if not each.exclusive
        }
        ranks = sorted(set(counts.values()), reverse=True)
        places = [{option for option, count in counts.items() if count == rank} for rank in ranks]
        assert set(options[0]) == places[0], sentence
        assert ranks[0] > 0
        if then:
            assert len(places[0]) == 1, sentence
            assert set(options[1]) == places[1], sentence
            assert ranks[1] > 0
        else:
            assert len(places[0]) > 1, sentence
        for part, names in ((first, options[0]), (then, options[1])):
            assert bool(re.search(rf"\b{EACH[year_told.language]}\)", part)) == (len(names) > 1), sentence
            assert not names or f"{table}/{names[0]}/percent" in part, sentence
        if year_told.language == "en":
            assert sentence.startswith(LEAD["en"] + ("are " if len(options[0]) > 1 else "is ")), sentence
    everywhere = {"unused_reason", "target_group", "area_of_use", "outreach", "collaboration", "profession"}
    everywhere |= {"method", "referral", "follow_up", "development"}
    if year in SEEDS:
        assert found == everywhere


UP = {"sv": r"\b(högre|fler) än\b", "en": r"\b(higher|more) than in\b"}
DOWN = {"sv": r"\b(lägre|färre) än\b", "en": r"\b(lower|fewer) than in\b"}
SAME = {"sv": r"\b(densamma|lika många) som\b", "en": r"\b(the same|as many) as in\b"}


def test_comparisons_with_the_year_before_are_true(year_told: Told) -> None:
    seen = 0
    for sentence in re.findall(r"[^.]*‹[^|]*/2023/(?:\w+/)?year\|[^.]*\.", " ".join(year_told.paragraphs)):
        marks = [bool(re.search(each[year_told.language], sentence)) for each in (UP, DOWN, SAME)]
        if not any(marks):
            continue
        seen += 1
        assert sum(marks) == 1, sentence
        addresses = [address for address, _ in ADDRESS.findall(sentence) if not address.endswith("/year")]
        now = addresses[0]
        then = addresses[-1] if len(addresses) > 1 else now.replace("/2024/", "/2023/")
        if then.startswith("key_figures"):
            then = f"funds_by_year/2023/{now.split('/')[1]}"
        assert "/2023/" in then, sentence
        now_value, then_value = year_told.facts[now], year_told.facts[then]
        assert marks == [now_value > then_value, now_value < then_value, now_value == then_value], sentence
    shares = [f"area_of_use_by_year/2024/{each}/percent" for each in ("start", "expand", "improve")]
    shares += [f"followed_up_and_developed_by_year/2024/{each}/percent" for each in ("followed_up", "developed")]
    known = [each for each in shares if year_told.facts[each] is not None]
    assert seen == 2 + len(known)


EXTREMES = {
    "sv": (re.compile(r"högst i (.*?) \(‹(\w+)/.*? och lägst i (.*?) \(‹"), " och "),
    "en": (re.compile(r"highest in (.*?) \(‹(\w+)/.*? and lowest in (.*?) \(‹"), " and "),
}
ALIKE = {"sv": "densamma i alla regioner", "en": "the same in all regions"}
HALF = {"sv": "I varje region har mer än hälften", "en": "In every region more than half"}


def test_regions_named_highest_and_lowest_are(year_told: Told, year: str) -> None:
    pattern, joined = EXTREMES[year_told.language]
    shares: dict[str, dict[str, Fraction]] = {"region_use": {}, "returns_by_region": {}}
    for address, value in year_told.facts.items():
        if address.partition("/")[0] in shares and value is not None:
            table, code = address.split("/")
            shares[table][regions()[code].name] = value
    seen = set()
    for paragraph in year_told.paragraphs:
        for highest, table, lowest in pattern.findall(paragraph):
            seen.add(table)
            for names, pick in ((highest, max), (lowest, min)):
                extreme = pick(shares[table].values())
                expected = {name for name, share in shares[table].items() if share == extreme}
                assert set(re.split(f", |{joined}", names)) == expected, paragraph
    alike = len(set(shares["region_use"].values())) == 1
    assert (ALIKE[year_told.language] in year_told.text) == alike
    assert ("region_use" in seen) != alike
    assert ("returns_by_region" in seen) == (year_told.facts["key_figures/not_returned/value"] > 0)
    if HALF[year_told.language] in year_told.text:
        assert min(shares["region_use"].values()) > Fraction(1, 2)
    else:
        assert min(shares["region_use"].values()) < Fraction(51, 100)
    assert year != "all alike" or HALF[year_told.language] in year_told.text


def fact(name: str) -> Callable[[dict[str, Any]], int]:
    return lambda facts: int(facts[f"key_figures/{name}/value"])


SAID_WHEN: list[tuple[str, str, Callable[[dict[str, Any]], bool]]] = [
    (
        "Alla mottagare har lämnat sin återrapport.",
        "All recipients have sent in their return.",
        lambda facts: fact("not_returned")(facts) == 0,
    ),
    (
        "Återrapporten saknas från",
        "The return is missing from",
        lambda facts: fact("not_returned")(facts) > 0,
    ),
    (
        "Alla kommuner har rekvirerat bidraget.",
        "All municipalities requisitioned the grant.",
        lambda facts: fact("not_requisitioned")(facts) == 0,
    ),
    (
        "har medel kvar att betala tillbaka.",
        "has money left to repay.",
        lambda facts: fact("repaying")(facts) == 0,
    ),
    (
        "Alla kommuner som har använt bidraget har kommit i gång med samtalen.",
        "All municipalities that used the grant have begun the talks.",
        lambda facts: fact("talks_not_held")(facts) == 0,
    ),
    (
        "Ingen kommun har kommit i gång med samtalen.",
        "No municipality has begun the talks.",
        lambda facts: fact("talks_held")(facts) == 0,
    ),
    (
        "mer än det tillgängliga beloppet.",
        "more than the amount available.",
        lambda facts: fact("not_requisitioned_kr")(facts) < 0,
    ),
    (
        "enligt sin återrapport",
        "by their returns",
        lambda facts: fact("not_returned")(facts) > 0,
    ),
    (
        "Ingen kommun har uppgett hur många personer den har haft samtal med.",
        "No municipality has stated how many people it had talks with.",
        lambda facts: fact("persons_stated")(facts) == 0,
    ),
    (
        "Ingen har lagt ansvaret på en fristående aktör.",
        "None has given the responsibility to an independent provider.",
        lambda facts: facts["provider/independent_all_or_part/count"] == 0,
    ),
    (
        "De flesta kommuner håller samtalen i egen regi:",
        "Most municipalities hold the talks themselves:",
        lambda facts: 2 * facts["provider/own/count"] > facts["provider/own/base"],
    ),
]


@pytest.mark.parametrize("language", EDITIONS)
def test_all_and_none_are_said_when_they_hold(
    language: str, text: Callable[[str, str], list[str]], counted: Callable[[str], dict[str, Any]]
) -> None:
    for sv, en, holds in SAID_WHEN:
        said = sv if language == "sv" else en
        expected = {name: holds(counted(name)) for name in YEARS}
        assert set(expected.values()) == {True, False}, said
        assert {name: said in Told(text(name, language), {}, language).text for name in YEARS} == expected, said


@pytest.mark.parametrize(
    ("before", "comparable", "sv", "en"),
    [
        (
            "printed",
            False,
            "Antalet går inte att jämföra med 2023, då det angavs till cirka 23 000",
            "The number cannot be compared with 2023, when it was given as about 23,000",
        ),
        (
            "printed",
            True,
            "Året före, 2023, var antalet cirka 23 000.",
            "The year before, 2023, the number was about 23,000.",
        ),
        (
            "returned",
            True,
            "Året före, 2023, var antalet 1.",
            "The year before, 2023, the number was 1.",
        ),
        (
            "returned",
            False,
            "Antalet går inte att jämföra med 2023, då det angavs till 1,",
            "The number cannot be compared with 2023, when it was given as 1,",
        ),
        ("nothing", True, "", ""),
    ],
)
def test_people_are_compared_with_the_year_before_as_far_as_they_can_be(
    before: str, comparable: bool, sv: str, en: str, tmp_path: Path, rules: Year
) -> None:
    data = write(scenario("all alike", rules), tmp_path)
    form = data / "raw" / "2024" / "year.toml"
    text = form.read_text(encoding="utf-8")
    assert text.count("comparable = false") == 1
    form.write_text(text.replace("comparable = false", f"comparable = {str(comparable).lower()}"), encoding="utf-8")
    if before == "returned":
        write(scenario("one of each", rules), tmp_path / "before")
        folder = tmp_path / "before" / "data" / "raw" / "2024"
        earlier = text.replace("year = 2024", "year = 2023").replace("= 2024-", "= 2023-").replace("= 2025-", "= 2024-")
        (folder / "year.toml").write_text(earlier, encoding="utf-8")
        shutil.rmtree(data / "raw" / "2023")
        shutil.copytree(folder, data / "raw" / "2023")
        (data / "raw" / "2023" / "published.toml").unlink()
    workspace = store_of(data, *([2024] if before == "nothing" else [2023, 2024]))
    for language, said in zip(EDITIONS, (sv, en), strict=False):
        spoken = " ".join(plain(each) for each in paragraphs(told(workspace, 2024, language)))
        assert said in spoken
        if before == "nothing":
            assert "2023" not in spoken
