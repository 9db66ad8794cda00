"""Sentences that follow the data say what small tables written by hand say: rise, fall, tie, nobody, not known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from pipeline.declarations import Column, Declaration, RowLabel
from pipeline.report import Report
from pipeline.tabulate import CountedRow, Declarations, Table, Tables
from pipeline.year import Language, Text

Shares = Mapping[str, tuple[int, int]]


def half_up(part: int, whole: int) -> int | None:
    return (200 * part + whole) // (2 * whole) if whole else None


def spoken(report: Report, call: str) -> str:
    """The sentence that a call gives, as it is read: no addresses, plain spaces."""
    return re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", report.prose(f"{{{{ {call} }}}}")).replace("\u00a0", " ")


def table(id_: str, key: Sequence[str], rows: list[dict[str, object]], kinds: Mapping[str, str]) -> Table:
    """A table of answers; `kinds` are those of its options."""
    columns = [
        *(Column(id=name, kind="key") for name in key if name != "region_code"),
        Column(id="label", kind="label", of="option"),
        Column(id="count", kind="count"),
        Column(id="base", kind="count"),
        Column(id="percent", kind="percent"),
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
        option=[RowLabel(id=option, label=label) for option, label in words.items()],
    )
    counted = [CountedRow(option, words[option], "t", (option,), kind) for option, kind in kinds.items()]  # type: ignore[arg-type]
    return Table(declared, pl.DataFrame(rows, infer_schema_length=None), counted)


def report(made: Table, language: Language = "sv", small_base: int = 5) -> Report:
    declarations = Declarations(small_base=small_base, base=[], measure=[], table=[])
    return Report(2024, language, Tables({made.declared.id: made}), declarations)


def answers(counts: Mapping[str, int], base: int, language: Language = "sv", **kinds: str) -> Report:
    rows: list[dict[str, object]] = [
        {"option": option, "label": option, "count": count, "base": base, "percent": half_up(count, base)}
        for option, count in counts.items()
    ]
    return report(table("t", ["option"], rows, {option: kinds.get(option, "option") for option in counts}), language)


@pytest.mark.parametrize(
    ("counts", "base", "sv", "en"),
    [
        (
            {"a": 1, "b": 9, "c": 4},
            10,
            "Oftast nämns ”B” (90 procent), följt av ”C” (40 procent).",
            "Named most often is “B in English” (90 per cent), followed by “C in English” (40 per cent).",
        ),
        (
            {"a": 5, "b": 5, "c": 4},
            10,
            "Oftast nämns ”A” och ”B” (50 procent vardera).",
            "Named most often are “A in English” and “B in English” (50 per cent each).",
        ),
        (
            {"a": 4, "b": 5, "c": 4},
            8,
            "Oftast nämns ”B” (63 procent), följt av ”A” och ”C” (50 procent vardera).",
            "Named most often is “B in English” (63 per cent), followed by “A in English” and “C in English” "
            "(50 per cent each).",
        ),
        (
            {"a": 3, "b": 3, "c": 3},
            3,
            "De namngivna svaren är lika vanliga (100 procent vardera).",
            "The answers named are equally common (100 per cent each).",
        ),
        (
            {"a": 0, "b": 0, "c": 0},
            3,
            "Inget av de namngivna svaren har valts.",
            "None of the answers named was chosen.",
        ),
        (
            {"a": 0, "b": 2, "c": 0},
            3,
            "Av de namngivna svaren har bara ”B” valts (67 procent).",
            "Of the answers named only “B in English” was chosen (67 per cent).",
        ),
        ({"a": 0, "b": 0, "c": 0}, 0, "", ""),
    ],
    ids=["unique", "tie first", "tie second", "all alike", "none chosen", "only one", "base 0"],
)
def test_most_common(counts: dict[str, int], base: int, sv: str, en: str) -> None:
    assert spoken(answers(counts, base), 'most_common("t")') == sv
    assert spoken(answers(counts, base, "en"), 'most_common("t")') == en


def test_most_common_is_no_exclusive_answer_and_no_derived_row() -> None:
    told = answers({"a": 2, "b": 1, "no": 8, "any": 9}, 10, no="exclusive", any="derived")
    assert spoken(told, 'most_common("t")') == "Oftast nämns ”A” (20 procent), följt av ”B” (10 procent)."


def test_options_of_equal_percent_are_ranked_by_their_counts() -> None:
    told = answers({"a": 333, "b": 334, "c": 1}, 1000)
    assert spoken(told, 'most_common("t")') == "Oftast nämns ”B” (33 procent), följt av ”A” (33 procent)."


def by_year(shares: Mapping[int, int | None], language: Language = "sv") -> Report:
    rows: list[dict[str, object]] = [
        {"year": year, "option": "a", "label": "a", "count": None, "base": None, "percent": percent}
        for year, percent in shares.items()
    ]
    return report(table("t_by_year", ["year", "option"], rows, {"a": "option"}), language)


@pytest.mark.parametrize(
    ("shares", "sv", "en"),
    [
        ({2023: 40, 2024: 41}, "Andelen är högre än 2023: 41 procent mot 40 procent.",
         "Andelen is higher than in 2023: 41 per cent against 40 per cent."),
        ({2023: 40, 2024: 0}, "Andelen är lägre än 2023: 0 procent mot 40 procent.",
         "Andelen is lower than in 2023: 0 per cent against 40 per cent."),
        ({2023: 40, 2024: 40}, "Andelen är avrundat densamma som 2023: 40 procent.",
         "Andelen is, rounded, the same as in 2023: 40 per cent."),
        ({2023: 40, 2024: None}, "", ""),
        ({2023: None, 2024: 40}, "", ""),
        ({2024: 40}, "", ""),
        ({2022: 10, 2024: 40}, "", ""),
    ],
    ids=["rise", "fall", "equal", "now not known", "before not known", "first year", "a year between"],
)  # fmt: skip
def test_compared_with_the_year_before(shares: dict[int, int | None], sv: str, en: str) -> None:
    assert spoken(by_year(shares), 'compared("t", "a", "Andelen")') == sv
    assert spoken(by_year(shares, "en"), 'compared("t", "a", "Andelen")') == en


def by_region(shares: Shares, language: Language = "sv") -> Report:
    rows: list[dict[str, object]] = [
        {"region_code": region.lower(), "region": region, "option": option, "label": option,
         "count": count if option == "a" else base, "base": base, "percent": half_up(count, base)}
        for region, (count, base) in shares.items() for option in ("a", "b")
    ]  # fmt: skip
    return report(table("t_by_region", ["region_code", "option"], rows, dict.fromkeys("ab", "option")), language)


FEW = " Jämförelsen gäller regioner med minst fem kommuner i basen."


@pytest.mark.parametrize(
    ("shares", "sv"),
    [
        (
            {"X": (1, 10), "Y": (5, 10), "Z": (3, 10)},
            f"Andelen är högst i Y (50 procent) och lägst i X (10 procent).{FEW}",
        ),
        (
            {"X": (5, 10), "Y": (10, 20), "Z": (3, 10), "W": (3, 10)},
            f"Andelen är högst i X och Y (50 procent) och lägst i Z och W (30 procent).{FEW}",
        ),
        (
            {"X": (4, 4), "Y": (5, 10), "Z": (3, 10), "W": (0, 0)},
            f"Andelen är högst i Y (50 procent) och lägst i Z (30 procent).{FEW}",
        ),
        ({"X": (333, 1000), "Y": (334, 1000)}, f"Andelen är nästan densamma i alla regioner: 33 procent.{FEW}"),
        ({"X": (5, 10), "Y": (10, 20)}, f"Andelen är densamma i alla regioner: 50 procent.{FEW}"),
        ({"X": (5, 10), "Y": (1, 4)}, ""),
        ({"X": (0, 0), "Y": (1, 4)}, ""),
    ],
    ids=["differ", "ties", "small and empty bases", "nearly alike", "alike", "too few", "none large enough"],
)
def test_over_regions(shares: dict[str, tuple[int, int]], sv: str) -> None:
    assert spoken(by_region(shares), 'over_regions("t", "Andelen", option="a")') == sv


def test_over_regions_in_english() -> None:
    told = by_region({"X": (1, 10), "Y": (5, 10)}, "en")
    assert spoken(told, 'over_regions("t", "The share", option="a")') == (
        "The share is highest in Y (50 per cent) and lowest in X (10 per cent). "
        "The comparison is of regions with at least five municipalities in the base."
    )
