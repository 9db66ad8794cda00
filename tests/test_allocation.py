"""The distribution list, the requisitions against it, and what is shared out again."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import money
from pipeline.errors import UserError
from pipeline.money.allocate import allocate
from pipeline.money.redistribute import fill, largest_remainder, redistribute
from pipeline.paths import Workspace
from pipeline.read import read_folder
from pipeline.register import municipalities
from tests.world import RAW, read_csv, real_data, small_data, write_csv

CODES = sorted(municipalities())
STOCKHOLM = "0180"


def listed(year: int) -> list[dict[str, str]]:
    return read_csv(RAW / str(year) / "allocation.csv")


def counts_of(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    return {row["municipality_code"]: int(row["key_count"]) for row in rows}


def amounts_of(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    return {row["municipality_code"]: int(row["amount_kr"]) for row in rows}


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


# The rule on the real lists


def test_the_list_of_2023_comes_out() -> None:
    rows = listed(2023)
    made = allocate(counts_of(rows), 143_500_000)
    assert len(rows) == 290
    assert made.amounts_kr == amounts_of(rows)
    assert made.sum_kr == 143_500_000
    assert (made.rest_to, made.rest_kr) == (STOCKHOLM, -3)
    rounded = {code: half_up(Fraction(count * 143_500_000, 341_591)) for code, count in counts_of(rows).items()}
    assert [code for code, kr in made.amounts_kr.items() if kr != rounded[code]] == [STOCKHOLM]


def test_the_known_amounts_of_2024_come_out() -> None:
    rows = listed(2024)
    made = allocate(counts_of(rows), 95_000_000, total_count=355_469)
    assert len(rows) == 247
    assert made.amounts_kr == amounts_of(rows)
    assert (made.sum_kr, made.rest_kr, made.rest_to) == (85_906_462, 0, None)


def test_a_partial_list_without_its_total_is_another_list() -> None:
    rows = listed(2024)
    assert allocate(counts_of(rows), 95_000_000).amounts_kr[STOCKHOLM] > amounts_of(rows)[STOCKHOLM]


# Worked by hand


def test_half_is_rounded_up_and_the_largest_takes_the_rest() -> None:
    # 15 kr by 5, 3, 2: 7.5, 4.5, 3.0 are 8, 5, 3, one too much.
    made = allocate({"0114": 3, "0115": 5, "0117": 2}, 15)
    assert made.amounts_kr == {"0114": 5, "0115": 7, "0117": 3}
    assert (made.rest_to, made.rest_kr) == ("0115", -1)


def test_of_several_largest_the_lowest_code_takes_the_rest() -> None:
    for order in (["0115", "0114", "0117"], ["0117", "0115", "0114"]):
        made = allocate(dict.fromkeys(order, 7), 100)
        assert made.amounts_kr == {"0114": 34, "0115": 33, "0117": 33}


def test_as_much_for_a_smaller_count_is_no_other_order() -> None:
    # 3 kr by 2, 1 and 1: 1.5, 0.75 and 0.75 are 2, 1 and 1, one too much.
    assert allocate({"0114": 2, "0115": 1, "0117": 1}, 3).amounts_kr == {"0114": 1, "0115": 1, "0117": 1}


def test_nothing_for_nobody() -> None:
    assert allocate({"0114": 0, "0115": 1}, 10).amounts_kr == {"0114": 0, "0115": 10}


WRONG: dict[str, tuple[dict[str, int], int, int | None, list[str]]] = {
    "a count below 0": ({"0114": -1, "0115": 5}, 100, None, ["Upplands Väsby", "-1", "0 or more"]),
    "all counts 0": ({"0114": 0, "0115": 0}, 100, None, ["all are 0"]),
    "no counts": ({}, 100, None, ["all are 0"]),
    "more municipalities than kronor": ({"0114": 3, "0115": 5}, 1, None, ["1 kr", "2 municipalities"]),
    "a total below the sum": ({"0114": 3, "0115": 5}, 100, 7, ["7", "8"]),
    # 15 kr by 10 equal counts: 1.5 is 2, and 5 too much are taken from one that has 2.
    "an amount below 0": (dict.fromkeys(CODES[:10], 1), 15, None, ["-5 kr", "-3 kr", "Upplands Väsby"]),
    # 47 kr by 4 and nine times 3: 6.06 is 6, 4.55 is 5. That is 51, 4 too much: the largest would get 2, the others 5.
    "the order turned round": (
        {"0114": 4} | dict.fromkeys(CODES[1:10], 3),
        47,
        None,
        ["-4 kr", "would get 2 kr", "Vallentuna", "would get 5 kr"],
    ),
    # 5 kr by 4, 3 and 3: 2, 1.5 and 1.5 are 2, 2 and 2, one too much.
    "the order turned round by a krona": ({"0114": 4, "0115": 3, "0117": 3}, 5, None, ["would get 1 kr", "2 kr"]),
    # 8 kr by five times 10 of 51: 1.57 is 2, and five of them are more than there is.
    "a part above the whole": (dict.fromkeys(CODES[:5], 10), 8, 51, ["8 kr", "2 kr more"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_the_rule_cannot_do_it_says(case: str) -> None:
    counts, available_kr, total, parts = WRONG[case]
    with pytest.raises(UserError) as error:
        allocate(counts, available_kr, total)
    assert [part for part in parts if part not in str(error.value)] == []
    assert "\n" not in str(error.value)


# Whatever the numbers

COUNTS = st.dictionaries(st.sampled_from(CODES), st.integers(0, 40) | st.integers(0, 500_000), min_size=1, max_size=40)
KRONOR = st.integers(0, 500) | st.integers(0, 10**9)
SEED = st.integers(0, 10**6)


def shuffled(counts: Mapping[str, Any], seed: int) -> dict[str, Any]:
    order = list(counts)
    Random(seed).shuffle(order)
    return {code: counts[code] for code in order}


def cannot_be(counts: Mapping[str, int], available_kr: int) -> bool:
    """By the letter of the rule, in fractions: is there no list?"""
    total = sum(counts.values())
    if not total or available_kr < sum(count > 0 for count in counts.values()):
        return True
    amounts = {code: half_up(Fraction(count * available_kr, total)) for code, count in counts.items()}
    largest = min(code for code in counts if counts[code] == max(counts.values()))
    amounts[largest] += available_kr - sum(amounts.values())
    others = [kr for code, kr in amounts.items() if counts[code] < counts[largest]]
    return amounts[largest] < max(others, default=0)


@given(COUNTS, KRONOR, SEED)
def test_every_allocation_holds(counts: dict[str, int], available_kr: int, seed: int) -> None:
    if cannot_be(counts, available_kr):
        with pytest.raises(UserError):
            allocate(counts, available_kr)
        return
    made = allocate(counts, available_kr)
    assert made == allocate(shuffled(counts, seed), available_kr)
    assert made.sum_kr == available_kr
    assert min(made.amounts_kr.values()) >= 0
    for code, kr in made.amounts_kr.items():
        rest = made.rest_kr if code == made.rest_to else 0
        assert kr - rest == half_up(Fraction(counts[code] * available_kr, sum(counts.values())))
        assert all(kr >= less for other, less in made.amounts_kr.items() if counts[code] > counts[other])


@given(COUNTS, KRONOR, st.integers(1, 100_000), SEED)
def test_every_part_of_a_list_holds(counts: dict[str, int], available_kr: int, others: int, seed: int) -> None:
    total = sum(counts.values()) + others
    amounts = {code: half_up(Fraction(count * available_kr, total)) for code, count in counts.items()}
    sharing = sum(count > 0 for count in counts.values())
    if not sharing or available_kr < sharing or sum(amounts.values()) > available_kr:
        with pytest.raises(UserError):
            allocate(counts, available_kr, total)
        return
    made = allocate(counts, available_kr, total)
    assert made == allocate(shuffled(counts, seed), available_kr, total)
    assert made.amounts_kr == amounts


@given(COUNTS.filter(lambda counts: any(counts.values())), KRONOR, SEED)
def test_every_sharing_by_largest_remainder_holds(counts: dict[str, int], total_kr: int, seed: int) -> None:
    shares = largest_remainder(total_kr, counts)
    assert shares == largest_remainder(total_kr, shuffled(counts, seed))
    assert sum(shares.values()) == total_kr
    for code, kr in shares.items():
        assert abs(kr - Fraction(total_kr * counts[code], sum(counts.values()))) < 1
        assert all(kr >= less for other, less in shares.items() if counts[code] > counts[other])


@st.composite
def wishes(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, int]]:
    counts = draw(COUNTS)
    wanted = {
        code: draw(st.integers(0, 200) | st.integers(0, 10**8))
        for code in draw(st.sets(st.sampled_from(sorted(counts))))
    }
    return counts, wanted


@given(wishes(), KRONOR, SEED)
def test_every_redistribution_holds(pair: tuple[dict[str, int], dict[str, int]], left_kr: int, seed: int) -> None:
    counts, wanted = pair
    given_kr = redistribute(left_kr, counts, wanted)
    assert given_kr == redistribute(left_kr, shuffled(counts, seed), shuffled(wanted, seed + 1))
    stays_kr = left_kr - sum(given_kr.values())
    assert stays_kr >= 0
    assert all(0 <= given_kr[code] <= wanted[code] for code in wanted)
    open_ = {code for code in wanted if given_kr[code] < wanted[code] and counts[code]}
    assert not (open_ and stays_kr), "money stays while somebody with a count wants more"
    for code in open_:
        assert all(given_kr[code] >= given_kr[other] for other in wanted if counts[code] > counts[other])
    if open_:  # the level that the water reached: the same for each unit of the count, give or take a krona
        full = {code for code in wanted if code not in open_ and counts[code]}
        levels = [Fraction(given_kr[code] + 1, counts[code]) for code in open_]
        assert all(Fraction(wanted[code] - 1, counts[code]) < min(levels) for code in full)
        assert all(Fraction(given_kr[code] - 1, counts[code]) < min(levels) for code in open_)


def test_a_redistribution_worked_by_hand() -> None:
    # 100 kr by 50, 30, 20 would be 50, 30, 20. The first wants only 20: 80 by 30, 20 are 48, 32. The third wants only
    # 25: that leaves 55 to the second, which wants 60.
    counts = {"0114": 50, "0115": 30, "0117": 20, "0120": 900}
    wanted = {"0114": 20, "0115": 60, "0117": 25}
    assert redistribute(100, counts, wanted) == {"0114": 20, "0115": 55, "0117": 25}
    assert redistribute(120, counts, wanted) == wanted  # and 15 kr stay


def test_the_last_krona_goes_to_the_largest_remainder() -> None:
    # 10 kr by 3, 3, 1: 4.29, 4.29, 1.43.
    assert fill(10, {"a": 3, "b": 3, "c": 1}, {"a": 9, "b": 9, "c": 9}) == {"a": 4, "b": 4, "c": 2}
    # 11 kr: 4.71, 4.71, 1.57 are 4, 4, 1, and two more: the two larger remainders.
    assert fill(11, {"a": 3, "b": 3, "c": 1}, {"a": 9, "b": 9, "c": 9}) == {"a": 5, "b": 5, "c": 1}


@pytest.mark.parametrize(
    ("left_kr", "wanted", "part"),
    [(-1, {"0114": 5}, "-1 kr"), (10, {"0114": -5}, "-5 kr"), (10, {"0115": 5}, "count of 0115")],
)
def test_a_redistribution_that_cannot_be(left_kr: int, wanted: dict[str, int], part: str) -> None:
    with pytest.raises(UserError, match=part):
        redistribute(left_kr, {"0114": 3}, wanted)


# The command


def run(data: Path, year: int) -> None:
    money.allocate(year, Workspace(data, data))


def test_the_command_on_2023(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = real_data(tmp_path)
    run(data, 2023)
    made = read_csv(data / "processed" / "2023" / "allocation.csv")
    assert {row["municipality_code"]: int(row["amount_kr"]) for row in made} == amounts_of(listed(2023))
    assert [row["municipality"] for row in made if row["rest_kr"] != "0"] == ["Stockholm"]
    told = capsys.readouterr().out
    assert "sum 143 500 000 kr; Stockholm, with the largest count, gets 3 kr less" in told
    assert "290 of 290 amounts equal" in told
    assert "requisitions: not known" in told


def test_the_command_on_2024(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = real_data(tmp_path)
    run(data, 2024)
    told = capsys.readouterr().out
    assert "247 of 247 amounts equal" in told
    assert "247 of 290 municipalities asked, for 85 906 462 kr; 43 did not; 9 093 538 kr not requisitioned" in told
    assert "redistribution: is off this year" in told
    named = told.split("did not ask, for how much is not known: 43\n")[1].split("\n")[0]
    assert named.count(",") >= 42
    assert "Botkyrka" in named
    made = data / "processed" / "2024"
    assert not (made / "redistribution.csv").exists()
    rows = read_csv(made / "requisitions.csv")
    assert len(rows) == 290
    (botkyrka,) = [row for row in rows if row["municipality"] == "Botkyrka"]
    assert botkyrka == dict.fromkeys(botkyrka, "") | {
        "municipality_code": "0127",
        "municipality": "Botkyrka",
        "state": "not asked, amount not known",
    }


def test_the_amounts_in_the_list_are_never_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = real_data(tmp_path)
    raw = data / "raw" / "2023" / "allocation.csv"
    rows = listed(2023)
    amounts = ["7", "ca 5", *[""] * 288]
    write_csv(
        raw,
        ("municipality_code", "amount_kr", "key_count"),
        [(row["municipality_code"], kr, row["key_count"]) for row, kr in zip(rows, amounts, strict=True)],
    )
    run(data, 2023)
    made = read_csv(data / "processed" / "2023" / "allocation.csv")
    assert {row["municipality_code"]: int(row["amount_kr"]) for row in made} == amounts_of(rows)
    told = capsys.readouterr().out
    assert "0 of 1 amounts equal" in told
    assert "Upplands Väsby: computed 580 989 kr, listed 7 kr" in told
    assert "1 of the amounts of raw/2023/allocation.csv cannot be read" in told


def grant(tmp_path: Path, allocation: Sequence[Sequence[Any]], *, rules: str = "", **options: Any) -> Path:
    """A year with counts: rows of code, amount, count. `rules` are lines more for [grant]."""
    data = small_data(tmp_path, **options)
    folder = data / "raw" / "2024"
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), allocation)
    text = (folder / "year.toml").read_text(encoding="utf-8")
    (folder / "year.toml").write_text(text.replace("[grant]\n", f"[grant]\n{rules}\n"), encoding="utf-8")
    return data


ALE, ANEBY, MALMO, KIRUNA = "1440", "0604", "1280", "2584"
FOUR = [(ALE, "", 10), (ANEBY, "", 20), (MALMO, "", 60), (KIRUNA, "", 10)]


def asked(data: Path, *rows: tuple[str, Any, str]) -> None:
    write_csv(data / "raw" / "2024" / "recipients.csv", ("recipient", "requisitioned_kr", "requisitioned_on"), rows)


def test_requisitions_against_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = grant(tmp_path, FOUR, rules="requisition_by = 2024-06-03")
    asked(
        data, ("Ale", 1000, "2024-06-03"), ("Aneby", 1500, "2024-06-04"), ("Malmö", 6001, ""), ("Umeå", 7, "2024-01-01")
    )
    run(data, 2024)
    rows = {row["municipality"]: row for row in read_csv(data / "processed" / "2024" / "requisitions.csv")}
    columns = ("allocation_kr", "requisitioned_kr", "not_requisitioned_kr", "late", "state")
    assert {
        name: tuple(rows[name][column] for column in columns)
        for name in ("Ale", "Aneby", "Malmö", "Umeå", "Kiruna", "Lund")
    } == {
        "Ale": ("1000", "1000", "0", "false", "asked for all"),
        "Aneby": ("2000", "1500", "500", "true", "asked for less"),
        "Malmö": ("6000", "6001", "0", "", "asked for more"),
        "Umeå": ("", "7", "", "false", "asked, allocation not known"),
        "Kiruna": ("1000", "", "1000", "", "not asked"),
        "Lund": ("", "", "", "", "not asked, amount not known"),
    }
    told = capsys.readouterr().out
    assert "4 of 290 municipalities asked, for 8 508 kr; 286 did not; 1 492 kr not requisitioned" in told
    assert "1 of 3 with a day came after it\n    Aneby: 4" in told
    assert "did not ask: 1, for 1 000 kr together\n    Kiruna: 1 000 kr\n" in told
    assert f"copy it to {data / 'raw' / '2024' / 'allocation.csv'}" in told


def test_more_requisitioned_than_there_is_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = grant(tmp_path, FOUR, redistributes=True)
    asked(data, ("Malmö", 10_001, ""))
    write_csv(data / "raw" / "2024" / "more.csv", ("municipality", "wanted_kr"), [("Ale", 5)])
    run(data, 2024)
    told = capsys.readouterr().out
    assert "1 kr MORE than there is" in told
    assert "redistribution: 0 kr to 0 of 1" in told


@pytest.mark.parametrize("name", ["Kiruna", "Kiruna kommun", "2584"])
def test_what_is_left_goes_to_those_who_want_more(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 10 000 less 1 000 less 8 000: 1 000 left. By 20 and 10: 666.67 and 333.33, but Aneby wants 500 only.
    data = grant(tmp_path, FOUR, redistributes=True)
    asked(data, ("Ale", 1000, ""), ("Malmö", 8000, ""))
    write_csv(data / "raw" / "2024" / "more.csv", ("municipality", "wanted_kr"), [(name, "9 000 kr"), ("604", 500)])
    run(data, 2024)
    assert read_csv(data / "processed" / "2024" / "redistribution.csv") == [
        {"municipality_code": ANEBY, "municipality": "Aneby", "key_count": "20", "wanted_kr": "500", "given_kr": "500"},
        {
            "municipality_code": KIRUNA,
            "municipality": "Kiruna",
            "key_count": "10",
            "wanted_kr": "9000",
            "given_kr": "500",
        },
    ]
    told = capsys.readouterr().out
    assert "redistribution: 1 000 kr to 2 of 2 that want more; 0 kr stays" in told
    assert "is ours" in told


def test_where_the_rule_is_off_nothing_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = grant(tmp_path, FOUR, redistributes=True)
    write_csv(data / "raw" / "2024" / "more.csv", ("municipality", "wanted_kr"), [("Ale", 5)])
    run(data, 2024)
    made = data / "processed" / "2024" / "redistribution.csv"
    assert made.is_file()
    rules = data / "raw" / "2024" / "year.toml"
    rules.write_text(rules.read_text("utf-8").replace("redistributes = true", "redistributes = false"), "utf-8")
    run(data, 2024)
    assert "redistribution: is off this year; nothing is shared out again" in capsys.readouterr().out
    assert not made.exists()


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([("Ale", 5), ("Anneby", 5)], ["more.csv, row 3", "'Anneby'", "Aneby"]),
        ([("Ale", 5), ("Ale kommun", 5)], ["more.csv, row 3", "stands twice"]),
        ([("Ale", "ca 5")], ["more.csv, row 2", "'wanted_kr'", "ca 5"]),
        ([("Ale", "")], ["more.csv, row 2", "'wanted_kr'", "whole kronor"]),
        ([("Lund", 5)], ["more.csv", "Lund", "no count"]),
    ],
)
def test_wishes_that_cannot_be_read(rows: list[tuple[str, Any]], parts: list[str], tmp_path: Path) -> None:
    data = grant(tmp_path, FOUR, redistributes=True)
    write_csv(data / "raw" / "2024" / "more.csv", ("municipality", "wanted_kr"), rows)
    refused(data, parts)


def refused(data: Path, parts: Sequence[str], status: int = 2) -> None:
    with pytest.raises(UserError) as error:
        run(data, 2024)
    assert error.value.status == status
    assert [part for part in parts if part not in str(error.value)] == []
    assert "\n" not in str(error.value)
    assert not (data / "processed").exists()


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([(ALE, 5, 10), (ANEBY, 5, -20)], ["allocation.csv, row 3, column 'key_count'", "Aneby", "'-20'"]),
        ([(ALE, 5, 10), (ANEBY, 5, "")], ["allocation.csv, row 3, column 'key_count'", "Aneby", "found ''"]),
        ([(ALE, 5, 10), (ANEBY, 5, "ca 20")], ["allocation.csv, row 3, column 'key_count'", "'ca 20'"]),
        ([(ALE, 5, ""), (ANEBY, 5, "")], ["allocation.csv, column 'key_count'", "no counts"]),
        ([(ALE, 5, 0), (ANEBY, 5, 0)], ["allocation.csv", "all are 0"]),
        ([(ALE, 5, 10), ("9999", 5, 10)], ["allocation.csv, row 3, column 'municipality_code'", "9999"]),
        ([(ALE, 5, 10), (ALE, 5, 10)], ["allocation.csv, row 3", "stands twice"]),
    ],
)
def test_counts_that_cannot_be_used(rows: list[tuple[str, int, Any]], parts: list[str], tmp_path: Path) -> None:
    refused(grant(tmp_path, rows), parts)


def test_too_few_kronor_are_an_error(tmp_path: Path) -> None:
    many = [(code, "", 1) for code in CODES]
    refused(grant(tmp_path, many, available_kr=289), ["289 kr cannot be split among 290 municipalities"])


def test_a_rule_that_turns_the_order_round_is_an_error(tmp_path: Path) -> None:
    many = [(code, "", 3) for code in CODES]
    many[0] = (CODES[0], "", 4)
    refused(
        grant(tmp_path, many, available_kr=436), ["raw/2024/allocation.csv", "436 kr are too few", "Upplands Väsby"]
    )


def test_without_a_list_there_is_nothing_to_allocate(tmp_path: Path) -> None:
    data = grant(tmp_path, FOUR)
    (data / "raw" / "2024" / "allocation.csv").unlink()
    refused(data, ["raw/2024/allocation.csv", "file is missing"])
    write_csv(data / "raw" / "2024" / "allocation.csv", ("municipality_code", "amount_kr"), [(ALE, 5)])
    refused(data, ["raw/2024/allocation.csv", "'key_count'", "no counts"])


def test_counts_of_all_that_are_not_the_total(tmp_path: Path) -> None:
    rules = '[grant.key]\ndefinition = { sv = "x", en = "x" }\ntotal_count = 291\n[grant]'
    data = grant(tmp_path, [(code, "", 1) for code in CODES])
    path = data / "raw" / "2024" / "year.toml"
    path.write_text(path.read_text("utf-8").replace("[grant]", rules), "utf-8")
    refused(data, ["allocation.csv", "found 290", "291"])


def test_a_recipient_that_cannot_be_counted_is_critical(tmp_path: Path) -> None:
    data = grant(tmp_path, FOUR)
    asked(data, ("Ale", 1000, ""), ("Anneby", 5, ""))
    refused(data, ["recipients.csv, row 3", "'Anneby'"], status=1)
    asked(data, ("Ale", 1000, ""), ("Aneby", "ca 5", ""))
    refused(data, ["recipients.csv, row 3", "'ca 5'"], status=1)


def test_the_list_that_was_made_is_copied_to_be_the_years(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = grant(tmp_path, [])
    raw = data / "raw" / "2024" / "allocation.csv"
    write_csv(raw, ("municipality_code", "key_count"), [(code, count) for code, _, count in FOUR])
    run(data, 2024)
    assert "copy it to" in capsys.readouterr().out
    shutil.copy(data / "processed" / "2024" / "allocation.csv", raw)
    read = read_folder(raw.parent, "raw/2024")
    assert read.frames["problems"].rows() == []  # the columns beside the amounts are known
    amounts = dict(read.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    assert amounts == {ALE: 1000, ANEBY: 2000, MALMO: 6000, KIRUNA: 1000}
    run(data, 2024)
    told = capsys.readouterr().out
    assert "4 of 4 amounts equal those of raw/2024/allocation.csv" in told
    assert "copy it to" not in told


def test_a_list_needs_amounts_or_counts(tmp_path: Path) -> None:
    data = grant(tmp_path, [])
    write_csv(data / "raw" / "2024" / "allocation.csv", ("municipality_code", "municipality"), [(ALE, "Ale")])
    refused(data, ["raw/2024/allocation.csv, row 1", "column 'amount_kr' is missing"])
