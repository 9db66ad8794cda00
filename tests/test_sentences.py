"""Sentences that follow the data say what small tables written by hand say: rise, fall, tie, nobody, not known."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from pipeline.declarations import Column, Declaration, RowLabel
from pipeline.model import Language, Text
from pipeline.report import Report
from pipeline.tabulate import CountedRow, Declarations, Table, Tables
from tests.small_years import half_up
from tests.world import cases


def spoken(report: Report, call: str) -> str:
    """The sentence that a call gives, as it is read: no addresses, plain spaces."""
    return re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", report.prose(f"{{{{ {call} }}}}")).replace("\u00a0", " ")


InText = Mapping[str, Text]


def table(
    id_: str, key: Sequence[str], rows: list[dict[str, object]], kinds: Mapping[str, str], forms: InText | None = None
) -> Table:
    """A table of answers; `kinds` are those of its options, `forms` what a sentence calls them."""
    named: dict[str, list[tuple[str, Any]]] = {"year": [("year", "year")], "region_code": [("region_code", "key")]}
    named["region_code"].append(("region", "text"))
    columns = [Column(id=one, kind=kind) for name in key for one, kind in named.get(name, [(name, "key")])]
    columns.append(Column(id="label", kind="label", of="option"))
    columns += [Column(id=name, kind="count") for name in ("count", "base", "answered")]
    columns += [Column(id=name, kind="percent") for name in ("percent", "answered_percent")]
    words = {option: Text(sv=option.upper(), en=f"{option.upper()} in English") for option in kinds}
    labels = [RowLabel(id=option, label=label, in_text=(forms or {}).get(option)) for option, label in words.items()]
    title = Text(sv="T", en="T")
    declared = Declaration(id=id_, question="t", key=list(key), title=title, column=columns, option=labels)
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
         "percent": half_up(100 * count, base), "answered_percent": half_up(100 * count, base - silent)}
        for option, count in counts.items()
    ]  # fmt: skip
    return report(table("t", ["option"], rows, kind, forms), language)


WORDS: InText = {"a": Text(sv="samverkan", en="working together"), "b": Text(sv="att ringa_runt", en="phoning round")}
SAID = cases("spoken")
TOLD: list[tuple[str, Any, InText | None]] = [("most_common", each, None) for each in SAID["most_common"]]
TOLD += [("most_common", each, WORDS) for each in SAID["in_words"]] + [
    ("portion", each, None) for each in SAID["portion"]
]


@pytest.mark.parametrize(("call", "case", "forms"), TOLD)
def test_answers_are_ranked_and_portions_told(call: str, case: dict[str, Any], forms: InText | None) -> None:
    for language in ("sv", "en"):
        if language in case:
            told = answers(case["counts"], case["base"], language, case.get("silent", 0), forms)
            said = spoken(told, 'most_common("t")' if call == "most_common" else 'portion("t/a")')
            assert said.replace("\\_", "_") == case[language]


def test_an_answer_that_excludes_the_others_is_ranked_and_a_derived_row_is_not() -> None:
    told = answers({"a": 2, "b": 1, "no": 8, "any": 9}, 10, no="exclusive", any="derived")
    assert spoken(told, 'most_common("t")') == "Vanligast är svaret ”NO” (80 procent), följt av ”A” (20 procent)."


@pytest.mark.parametrize("case", SAID["compared"])
def test_compared_with_the_year_before(case: str) -> None:
    its = SAID["compared"][case]
    shares = {int(year): share for year, share in its["shares"].items()} | dict.fromkeys(its.get("unknown", ()))
    rows: list[dict[str, object]] = [
        {"year": year, "option": "a", "label": "a", "count": None, "base": its.get("base"),
         "answered": its.get("answered"), "percent": percent, "answered_percent": None}
        for year, percent in sorted(shares.items())
    ]  # fmt: skip
    told = report(table("t_by_year", ["year", "option"], rows, {"a": "option"}))
    assert spoken(told, 'compared("t", "a", "Andelen")') == its["sv"]


@pytest.mark.parametrize("case", SAID["regions"])
def test_over_regions(case: str) -> None:
    shares = SAID["regions"][case]["shares"]
    rows: list[dict[str, object]] = [
        {"region_code": region.lower(), "region": region, "option": option, "label": option,
         "count": count if option == "a" else base, "base": base, "answered": base, "percent": half_up(100 * count, base),
         "answered_percent": None}
        for region, (count, base) in shares.items() for option in ("a", "b")
    ]  # fmt: skip
    told = report(table("t_by_region", ["region_code", "option"], rows, dict.fromkeys("ab", "option")))
    assert spoken(told, 'over_regions("t", "Andelen", option="a")') == SAID["regions"][case]["sv"]
