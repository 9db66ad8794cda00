"""Sentences that follow the data say what small tables written by hand say: rise, fall, tie, nobody, not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from pipeline.declarations import Column, Declaration, RowLabel
from pipeline.model import Language, Text
from pipeline.report import Report
from pipeline.tabulate import CountedRow, Declarations, Table, Tables

Shares = Mapping[str, tuple[int, int]]


def half_up(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None


def spoken(report: Report, call: str) -> str:
    """The sentence that a call gives, as it is read: no addresses, plain spaces."""
    return re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", report.prose(f"{{{{ {call} }}}}")).replace("\u00a0", " ")


InText = Mapping[str, Text]


def table(
    id_: str, key: Sequence[str], rows: list[dict[str, object]], kinds: Mapping[str, str], forms: InText | None = None
) -> Table:
    """A table of answers; `kinds` are those of its options, `forms` what a sentence calls them."""
    forms = forms or {}
    columns = [
        *(Column(id=name, kind="key") for name in key if name != "region_code"),
        Column(id="label", kind="label", of="option"),
        Column(id="count", kind="count"),
        Column(id="base", kind="count"),
        Column(id="answered", kind="count"),
        Column(id="percent", kind="percent"),
        Column(id="answered_percent", kind="percent"),
    ]
    if "year" in key:
        columns[0] = Column(id="year", kind="year")
    if "region_code" in key:
        columns[:0] = [Column(id="region_code", kind="key"), Column(id="region", kind="text")]
    words = {option: Text(sv=option.upper(), en=f"{option.upper()} in English") for option in kinds}
    declared = Declaration(
        id=id_,
        question="t",
        key=list(key),
        title=Text(sv="T", en="T"),
        column=columns,
        option=[RowLabel(id=option, label=label, in_text=forms.get(option)) for option, label in words.items()],
    )
    counted = [CountedRow(option, words[option], "t", (option,), kind) for option, kind in kinds.items()]  # type: ignore[arg-type]
    return Table(declared, pl.DataFrame(rows, infer_schema_length=None), counted)


def report(made: Table, language: Language = "sv", small_base: int = 5) -> Report:
    declarations = Declarations(small_base=small_base, base=[], measure=[], table=[])
    return Report(language, Tables({made.declared.id: made}, 2024, declarations))


def answers(
    counts: Mapping[str, int],
    base: int,
    language: Language = "sv",
    silent: int = 0,
    forms: InText | None = None,
    **kinds: str,
) -> Report:
    kind = {option: kinds.get(option, "option") for option in counts}
    if silent:
        counts, kind = {**counts, "not_answered": silent}, {**kind, "not_answered": "not_answered"}
    rows: list[dict[str, object]] = [
        {"option": option, "label": option, "count": count, "base": base, "answered": base - silent,
         "percent": half_up(count, base), "answered_percent": half_up(count, base - silent)}
        for option, count in counts.items()
    ]  # fmt: skip
    return report(table("t", ["option"], rows, kind, forms), language)


CARE = " Det är mer än en tiondel, så svaren ska tolkas med försiktighet."


@pytest.mark.parametrize(
    ("counts", "base", "silent", "sv"),
    [
        ({"a": 1, "b": 9, "c": 4}, 11, 0, "Vanligast är svaret ”B” (82 procent), följt av ”C” (36 procent)."),
        ({"a": 5, "b": 5, "c": 4}, 10, 0, "Vanligast är svaren ”A” och ”B” (vardera 50 procent)."),
        ({"a": 4, "b": 5, "c": 4}, 8, 0, "Vanligast är svaret ”B” (63 procent), följt av ”A” och ”C” (vardera 50 procent)."),
        ({"a": 3, "b": 3, "c": 3}, 3, 0, "Alla har valt vart och ett av svaren."),
        ({"a": 3, "b": 3, "c": 3}, 9, 0, "Alla svar är lika vanliga (vardera 33 procent)."),
        ({"a": 0, "b": 0, "c": 0}, 3, 3, "Ingen har svarat på frågan."),
        ({"a": 0, "b": 3, "c": 0}, 3, 0, "Alla har svarat ”B”."),
        ({"a": 2, "b": 3, "c": 1}, 3, 0, "Alla har svarat ”B”. Därefter följer ”A” (67 procent)."),
        ({"a": 1, "b": 1, "c": 0}, 1, 0, "Frågan gäller en enda kommun, som har svarat ”A” och ”B”."),
        ({"a": 0, "b": 29, "c": 0}, 30, 1,
         "Alla som har svarat har valt ”B” (97 procent). Uppgift saknas från en av 30 kommuner."),
        ({"a": 0, "b": 1, "c": 0}, 3, 2,
         f"Den enda som har svarat har valt ”B”. Uppgift saknas från två av tre kommuner.{CARE}"),
        ({"a": 2, "b": 1, "c": 0}, 10, 4,
         "Vanligast är svaret ”A” (20 procent, eller 33 procent av dem som har svarat), följt av ”B” (10 procent, eller 17 procent "
         f"av dem som har svarat). Uppgift saknas från fyra av tio kommuner.{CARE}"),
        ({"a": 333, "b": 334, "c": 1}, 1000, 0,
         "Vanligast är svaret ”B” (334 kommuner), tätt följt av ”A” (333 kommuner). I hela procent är andelarna lika stora: 33 procent."),
        ({"a": 30, "b": 29, "c": 1}, 290, 190,
         "Vanligast är svaret ”A” (10 procent, eller 30 procent av dem som har svarat), följt av ”B” (10 procent, eller 29 procent "
         f"av dem som har svarat). Uppgift saknas från 190 av 290 kommuner.{CARE}"),
        ({"a": 1, "b": 999, "c": 0}, 1000, 0, "Vanligast är svaret ”B” (nästan alla), följt av ”A” (mindre än 1 procent)."),
        ({"a": 5, "b": 5, "c": 5, "d": 5, "e": 1}, 10, 0, "Flera svar är lika vanliga och vanligare än de övriga (vardera 50 procent)."),
        ({"a": 9, "b": 5, "c": 5, "d": 5, "e": 5}, 10, 0,
         "Vanligast är svaret ”A” (90 procent), följt av flera svar som är lika vanliga (vardera 50 procent)."),
        ({"a": 0, "b": 0, "c": 0}, 0, 0, ""),
    ],
)  # fmt: skip
def test_most_common(counts: dict[str, int], base: int, silent: int, sv: str) -> None:
    assert spoken(answers(counts, base, silent=silent), 'most_common("t")') == sv


WORDS: InText = {
    "a": Text(sv="samverkan", en="working together"),
    "b": Text(sv="att ringa_runt", en="phoning round"),
}


@pytest.mark.parametrize(
    ("counts", "base", "silent", "sv", "en"),
    [
        ({"a": 1, "b": 9}, 11, 0, "Vanligast är att ringa_runt (82 procent), följt av samverkan (9 procent).",
         "The most common answer is phoning round (82 per cent), followed by working together (9 per cent)."),
        ({"a": 5, "b": 5, "c": 4}, 10, 0, "Vanligast är samverkan och att ringa_runt (vardera 50 procent).",
         "The most common answers are working together and phoning round (each 50 per cent)."),
        ({"a": 4, "b": 5, "c": 4}, 8, 0, "Vanligast är att ringa_runt (63 procent), följt av ”A” och ”C” (vardera 50 procent).",
         "The most common answer is phoning round (63 per cent), followed by “A in English” and “C in English” (each 50 per cent)."),
        ({"a": 0, "b": 3}, 3, 0, "Alla har valt svaret att ringa_runt.", "All of them chose the answer phoning round."),
        ({"a": 1, "b": 1, "c": 0}, 1, 0, "Frågan gäller en enda kommun, som har valt svaren samverkan och att ringa_runt.",
         "The question concerns a single municipality, which chose the answers working together and phoning round."),
        ({"a": 0, "b": 1, "c": 0}, 3, 2,
         f"Den enda som har svarat har valt svaret att ringa_runt. Uppgift saknas från två av tre kommuner.{CARE}", None),
    ],
)  # fmt: skip
def test_answers_have_words_for_sentences(
    counts: dict[str, int], base: int, silent: int, sv: str, en: str | None
) -> None:
    said = spoken(answers(counts, base, silent=silent, forms=WORDS), 'most_common("t")')
    assert said.replace("\\_", "_") == sv
    if en:
        said = spoken(answers(counts, base, "en", silent, WORDS), 'most_common("t")')
        assert said.replace("\\_", "_") == en


def test_an_answer_that_excludes_the_others_is_ranked_and_a_derived_row_is_not() -> None:
    told = answers({"a": 2, "b": 1, "no": 8, "any": 9}, 10, no="exclusive", any="derived")
    assert spoken(told, 'most_common("t")') == "Vanligast är svaret ”NO” (80 procent), följt av ”A” (20 procent)."


@pytest.mark.parametrize(
    ("count", "base", "sv", "en"),
    [
        (0, 9, "ingen kommun", "no municipality"),
        (1, 1, "den enda kommunen", "the only municipality"),
        (2, 2, "båda kommunerna", "both municipalities"),
        (9, 9, "alla nio kommuner", "all nine municipalities"),
        (1, 9, "en av nio kommuner", "one of nine municipalities"),
        (8, 9, "alla nio kommuner utom en", "all nine municipalities but one"),
        (4, 9, "4 av 9 kommuner (44 procent)", "4 of 9 municipalities (44 per cent)"),
        (498, 500, "498 av 500 kommuner (nästan alla)", "498 of 500 municipalities (nearly all)"),
        (2, 500, "2 av 500 kommuner (mindre än 1 procent)", "2 of 500 municipalities (less than 1 per cent)"),
    ],
)
def test_none_one_all_but_one_and_all_have_words_of_their_own(count: int, base: int, sv: str, en: str) -> None:
    assert spoken(answers({"a": count}, base), 'portion("t/a")') == sv
    assert spoken(answers({"a": count}, base, "en"), 'portion("t/a")') == en


@pytest.mark.parametrize(
    ("count", "silent", "sv"),
    [
        (0, 1, "ingen av de kommuner som har svarat"),
        (1, 1, "en av 20 kommuner"),
        (1, 10, "1 av 20 kommuner (5 procent, eller 10 procent av dem som har svarat)"),
    ],
)
def test_of_the_silent_nothing_is_said(count: int, silent: int, sv: str) -> None:
    assert spoken(answers({"a": count}, 20, silent=silent), 'portion("t/a")') == sv


def by_year(shares: Mapping[int, int | None], base: int | None, answered: int | None) -> Report:
    rows: list[dict[str, object]] = [
        {"year": year, "option": "a", "label": "a", "count": None, "base": base, "answered": answered, "percent": percent,
         "answered_percent": None}
        for year, percent in shares.items()
    ]  # fmt: skip
    return report(table("t_by_year", ["year", "option"], rows, {"a": "option"}))


@pytest.mark.parametrize(
    ("shares", "base", "answered", "sv"),
    [
        ({2023: 40, 2024: 41}, 100, 100, "Andelen är högre än 2023: 41 procent mot 40 procent."),
        ({2023: 40, 2024: 0}, 100, 100, "Andelen är lägre än 2023: 0 procent mot 40 procent."),
        ({2023: 40, 2024: 40}, 100, 100, "Andelen är i hela procent lika stor som 2023: 40 procent."),
        ({2023: 40, 2024: 41}, 100, 90, "Andelen är högre än 2023: 41 procent mot 40 procent."),
        ({2023: 40, 2024: 41}, 100, 89, ""),
        ({2023: 40, 2024: 41}, 4, 4, ""),
        ({2023: 40, 2024: 41}, None, None, "Andelen är högre än 2023: 41 procent mot 40 procent."),
        ({2023: 40, 2024: None}, 100, 100, ""),
        ({2024: 40}, 100, 100, ""),
        ({2022: 10, 2024: 40}, 100, 100, ""),
    ],
    ids=["rise", "fall", "equal", "enough answered", "too few answered", "small base", "as printed", "not known",
         "first year", "a year between"],
)  # fmt: skip
def test_compared_with_the_year_before(
    shares: dict[int, int | None], base: int | None, answered: int | None, sv: str
) -> None:
    assert spoken(by_year(shares, base, answered), 'compared("t", "a", "Andelen")') == sv


def by_region(shares: Shares, language: Language = "sv") -> Report:
    rows: list[dict[str, object]] = [
        {"region_code": region.lower(), "region": region, "option": option, "label": option,
         "count": count if option == "a" else base, "base": base, "answered": base, "percent": half_up(count, base),
         "answered_percent": None}
        for region, (count, base) in shares.items() for option in ("a", "b")
    ]  # fmt: skip
    return report(table("t_by_region", ["region_code", "option"], rows, dict.fromkeys("ab", "option")), language)


FEW = " Jämförelsen gäller regioner med minst fem kommuner i basen där de flesta har svarat."


@pytest.mark.parametrize(
    ("shares", "sv"),
    [
        ({"X": (1, 10), "Y": (5, 10), "Z": (3, 10)}, "Andelen är högst i Y (50 procent) och lägst i X (10 procent)."),
        ({"X": (5, 10), "Y": (10, 20), "Z": (3, 10), "W": (3, 10)},
         "Andelen är högst i X och Y (50 procent) och lägst i Z och W (30 procent)."),
        ({"X": (9, 10), **dict.fromkeys("ABCD", (3, 10))},
         "Andelen är högst i X (90 procent) och lägst i fyra regioner (30 procent)."),
        ({"X": (9, 10), **dict.fromkeys("ABCDEFGHIJKLM", (0, 10))},
         "Andelen är högst i X (90 procent) och lägst i de flesta regioner (0 procent)."),
        ({"X": (4, 4), "Y": (5, 10), "Z": (3, 10), "W": (0, 0)},
         f"Andelen är högst i Y (50 procent) och lägst i Z (30 procent).{FEW}"),
        ({"X": (333, 1000), "Y": (334, 1000)}, "Andelen är nästan densamma i alla regioner: 33 procent."),
        ({"X": (5, 10), "Y": (10, 20)}, "Andelen är densamma i alla regioner: 50 procent."),
        ({"X": (5, 10), "Y": (10, 20), "Z": (1, 1)}, f"Andelen är densamma i alla regioner som jämförs: 50 procent.{FEW}"),
        ({"X": (5, 10), "Y": (1, 4)}, ""),
        ({"X": (0, 0), "Y": (1, 4)}, ""),
    ],
    ids=["differ", "ties", "four lowest", "most are lowest", "small and empty bases", "nearly alike", "alike",
         "alike but for a small one", "too few", "none large enough"],
)  # fmt: skip
def test_over_regions(shares: dict[str, tuple[int, int]], sv: str) -> None:
    assert spoken(by_region(shares), 'over_regions("t", "Andelen", option="a")') == sv
