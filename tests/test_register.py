"""Names of municipalities, as people write them, and nothing taken for one that it is not."""

import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.register import Match, match, municipalities, regions
from tests.world import PROJECT, cases, read_csv

CASES = cases("names")
NAMES = {code: municipality.name for code, municipality in municipalities().items()}

# Appendix 2 of the report for 2024: regions from north to south, and how many municipalities each has.
_REGIONS = (
    "14 Region Norrbotten | 15 Region Västerbotten | 8 Region Jämtland Härjedalen | 7 Region Västernorrland | "
    "10 Region Gävleborg | 15 Region Dalarna | 8 Region Uppsala | 16 Region Värmland | 10 Region Västmanland | "
    "26 Region Stockholm | 9 Region Sörmland | 12 Region Örebro län | 13 Region Östergötland | "
    "13 Region Jönköpings län | 8 Region Kronoberg | 12 Region Kalmar län | 1 Region Gotland | "
    "5 Region Blekinge | 33 Region Skåne | 6 Region Halland | 49 Västra Götalandsregionen"
)
PRINTED_REGIONS = {name: int(n) for n, name in (each.split(" ", 1) for each in _REGIONS.split(" | "))}


def printed_names() -> list[tuple[str, str]]:
    """Every name the government's list for 2023 and the report for 2024 printed, with its code."""
    return [(row["name"], row["code"]) for row in read_csv(PROJECT / "tests" / "data" / "printed_names.csv")]


def genitive(name: str) -> str:
    return name if name[-1] in "sxz" else name + "s"


def letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalpha() or unicodedata.combining(letter))


def without_marks(text: str) -> str:
    return text.translate(str.maketrans("åäöÅÄÖéè", "aaoAAOee"))


def assert_not_wrong(written: str) -> None:
    """If it matched, the text spells the name out in full, and nothing else but what may stand around a name."""
    found = match(written)
    if found.outcome != "matched":
        assert found.municipality_code is None
        return
    assert found.municipality_code is not None
    name = NAMES[found.municipality_code]
    spelled = [letters(form) for form in (name, {"Falun": "Falu", "Bengtsfors": "Bengtstors"}.get(name, name))]
    around, _, after = letters(written).partition(next(form for form in spelled if form in letters(written)))
    for word in ("kommunens kommunen kommuns kommun stads stad s" + " region" * (name == "Gotland")).split():
        around, after = around.replace(word, ""), after.replace(word, "")
    assert (around, after) == ("", ""), written


def test_the_register_has_what_the_report_printed() -> None:
    assert [region.name for region in regions().values()] == list(PRINTED_REGIONS)
    assert [region.position for region in regions().values()] == list(range(1, 22))
    in_region = Counter(regions()[municipality.region_code].name for municipality in municipalities().values())
    assert in_region == PRINTED_REGIONS
    assert len(municipalities()) == 290
    assert NAMES["0180"] == "Stockholm"
    assert NAMES["1438"] == "Dals-Ed"
    assert NAMES["0114"] == "Upplands Väsby"
    assert regions()[municipalities()["0980"].region_code].name == "Region Gotland"
    assert regions()[municipalities()["2584"].region_code].name == "Region Norrbotten"


def test_every_printed_name_matches_its_code() -> None:
    names = printed_names()
    assert len(names) == 290 + 247
    wrong = [(name, code, match(name)) for name, code in names if match(name).municipality_code != code]
    assert wrong == []
    assert all(match(name, code).outcome == "matched" for name, code in names)


@pytest.mark.parametrize(("code", "written"), CASES["written"])
def test_names_as_people_write_them(code: str, written: str) -> None:
    assert match(written) == Match(code, "matched", ())


@pytest.mark.parametrize(("written", "first"), CASES["nearly"])
def test_what_is_nearly_a_name_is_unknown_with_the_nearest_suggested(written: str, first: str) -> None:
    found = match(written)
    assert (found.municipality_code, found.outcome) == (None, "unknown")
    assert found.suggestions[0] == first
    assert len(found.suggestions) <= 3


@pytest.mark.parametrize("written", ["", " ", "\u00a0", "kommun", "Kommun: ", "-", "\ufeff"])
def test_an_empty_name_is_unknown_without_suggestions(written: str) -> None:
    assert match(written) == Match(None, "unknown", ())
    assert match(written, "0114") == Match(None, "unknown", ())


@pytest.mark.parametrize("name", [name for name in PRINTED_REGIONS if name != "Region Gotland"])
def test_a_region_is_not_the_municipality_of_its_name(name: str) -> None:
    bare = name.removeprefix("Region ").removesuffix(" län")
    for written in (name, f"Region {bare}", f"{genitive(bare)} län", f"{bare} län", f"{genitive(bare)} region"):
        assert match(written).outcome == "unknown", written


@pytest.mark.parametrize(
    "written", ["Hаbо", "Ale och Kil", "Ale/Kil", "Stockholms kommunalförbund", "1440", "x" * 100_000]
)
def test_other_text_is_unknown(written: str) -> None:
    assert match(written).outcome == "unknown"


def test_a_name_without_its_marks_is_never_taken_for_it_but_suggests_it() -> None:
    marked = {name for name in NAMES.values() if without_marks(name) != name}
    assert len(marked) > 100
    for name in marked - {"Håbo"}:  # Håbo without its ring is another municipality's name
        found = match(without_marks(name))
        assert found.outcome == "unknown", name
        assert name in found.suggestions, found


@pytest.mark.parametrize(("written", "code", "expected", "outcome", "suggested"), CASES["with_code"])
def test_name_and_code_must_agree(written: str, code: str, expected: str, outcome: Any, suggested: list[str]) -> None:
    assert match(written, code) == Match(expected or None, outcome, tuple(suggested))


@given(data=st.data())
def test_a_decorated_name_is_still_the_same_municipality(data: st.DataObject) -> None:
    code, written = data.draw(st.sampled_from(sorted(NAMES.items())))
    if data.draw(st.booleans()):
        written = genitive(written)
    gap = data.draw(st.sampled_from([" ", "-", "\u2010", "\u2011", "–", "\u00a0", "\u202f", "  ", " - ", "\n"]))
    written = written.replace("-", " ").replace(" ", gap)
    written = data.draw(st.sampled_from(["", "kommun ", "Kommun: ", "Kommunen\u00a0", "  "])) + written
    written += data.draw(st.sampled_from(["", " kommun", " Kommun.", "\u00a0stad", " stads", " kommuns", ",", " "]))
    written = data.draw(
        st.sampled_from([written, written.upper(), written.lower(), written.title(), written.swapcase()])
    )
    written = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), written)
    assert match(written) == Match(code, "matched", ())
    assert match(written, code.lstrip("0")) == Match(code, "matched", ())


@given(written=st.text(), code=st.none() | st.text(max_size=5) | st.sampled_from(sorted(NAMES)))
def test_any_text_gets_an_answer_and_never_a_wrong_one(written: str, code: str | None) -> None:
    assert_not_wrong(written)
    found = match(written, code)
    assert (found.outcome == "matched") == (found.municipality_code is not None)
    assert set(found.suggestions) <= set(NAMES.values())
    assert len(found.suggestions) == len(set(found.suggestions)) <= 3


@given(data=st.data())
def test_a_name_with_a_slip_of_the_pen_is_never_taken_for_another(data: st.DataObject) -> None:
    written = data.draw(st.sampled_from([name for name, _ in printed_names()]))
    at = data.draw(st.integers(0, len(written) - 1))
    slip = data.draw(
        st.sampled_from("abcdefghijklmnopqrstuvwxyzåäö -?/") | st.just("") | st.characters(categories=["L", "P", "Z"])
    )
    assert_not_wrong(written[:at] + slip + written[at + data.draw(st.integers(0, 1)) :])
