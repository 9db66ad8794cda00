"""The distribution list, the requisitions against it, and what is shared out again."""

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

from pipeline.errors import UserError
from pipeline.money.allocate import fill, largest_remainder, share_out
from pipeline.read import read_folder
from pipeline.register import municipalities
from tests.world import RAW, change, command, read_csv, real_data, refused, small_data, write_csv

CODES = sorted(municipalities())


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


@pytest.mark.parametrize(
    ("counts", "available_kr", "amounts", "rest"),
    [
        # 15 kr by 5, 3, 2: 7.5, 4.5, 3.0 are 8, 5, 3, one too much.
        ({"0114": 3, "0115": 5, "0117": 2}, 15, [5, 7, 3], ("0115", -1)),
        # Of several with the largest count, the lowest code takes the rest.
        ({"0115": 7, "0114": 7, "0117": 7}, 100, [34, 33, 33], ("0114", 1)),
        # 3 kr by 2, 1 and 1: 1.5, 0.75 and 0.75 are 2, 1 and 1, one too much. As much for a smaller count is in order.
        ({"0114": 2, "0115": 1, "0117": 1}, 3, [1, 1, 1], ("0114", -1)),
        ({"0114": 0, "0115": 1}, 10, [0, 10], ("0115", 0)),
    ],
)
def test_the_rule_by_hand(counts: dict[str, int], available_kr: int, amounts: list[int], rest: tuple[str, int]) -> None:
    made = share_out(counts, available_kr)
    assert made.amounts_kr == dict(zip(sorted(counts), amounts, strict=True))
    assert (made.rest_to, made.rest_kr) == rest


TWO = {"0114": 3, "0115": 5}
WRONG: dict[str, tuple[dict[str, int], int, int | None, list[str]]] = {
    "all counts 0": (dict.fromkeys(TWO, 0), 100, None, ["all are 0"]),
    "more municipalities than kronor": (TWO, 1, None, ["1 kr", "2 municipalities"]),
    "a total below the sum": (TWO, 100, 7, ["7", "8"]),
    # 15 kr by 10 equal counts: 1.5 is 2, and 5 too much are taken from one that has 2.
    "an amount below 0": (dict.fromkeys(CODES[:10], 1), 15, None, ["-5 kr", "-3 kr", "Upplands Väsby"]),
    # 5 kr by 4, 3 and 3: 2, 1.5 and 1.5 are 2, 2 and 2, one too much.
    "the order turned round by a krona": ({"0114": 4, "0115": 3, "0117": 3}, 5, None, ["would get 1 kr", "2 kr"]),
    # 8 kr by five times 10 of 51: 1.57 is 2, and five of them are more than there is.
    "a part above the whole": (dict.fromkeys(CODES[:5], 10), 8, 51, ["8 kr", "2 kr more"]),
}
# 47 kr by 4 and nine times 3: 6.06 is 6, 4.55 is 5. That is 51, 4 too much: the largest would get 2, the others 5.
TURNED = ["-4 kr", "would get 2 kr", "Vallentuna", "would get 5 kr"]
WRONG["the order turned round"] = ({"0114": 4} | dict.fromkeys(CODES[1:10], 3), 47, None, TURNED)


@pytest.mark.parametrize("case", WRONG)
def test_what_the_rule_cannot_do_it_says(case: str) -> None:
    counts, available_kr, total, parts = WRONG[case]
    with pytest.raises(UserError) as error:
        share_out(counts, available_kr, total)
    assert [part for part in parts if part not in str(error.value)] == []


@pytest.mark.parametrize(
    ("total_kr", "weights", "caps", "shares"),
    [
        # 100 kr by 50, 30, 20 would be 50, 30, 20. The first wants only 20: 80 by 30, 20 are 48, 32. The third wants
        # only 25: that leaves 55 to the second, which wants 60.
        (100, [50, 30, 20], [20, 60, 25], [20, 55, 25]),
        (120, [50, 30, 20], [20, 60, 25], [20, 60, 25]),  # and 15 kr stay
        (10, [3, 3, 1], [9, 9, 9], [4, 4, 2]),  # 4.29, 4.29, 1.43: the largest remainder
        (11, [3, 3, 1], [9, 9, 9], [5, 5, 1]),  # 4.71, 4.71, 1.57 are 4, 4, 1, and two more
    ],
)
def test_sharing_with_caps_by_hand(total_kr: int, weights: list[int], caps: list[int], shares: list[int]) -> None:
    weighted, capped, shared = (dict(zip("abc", numbers, strict=True)) for numbers in (weights, caps, shares))
    assert fill(total_kr, weighted, capped) == shared


COUNTS = st.dictionaries(st.sampled_from(CODES), st.integers(0, 40) | st.integers(0, 500_000), min_size=1, max_size=40)
KRONOR = st.integers(0, 500) | st.integers(0, 10**9)
SEED = st.integers(0, 10**6)


def shuffled(counts: Mapping[str, Any], seed: int) -> dict[str, Any]:
    order = list(counts)
    Random(seed).shuffle(order)
    return {code: counts[code] for code in order}


@given(COUNTS, KRONOR, st.just(0) | st.integers(1, 100_000), SEED)
def test_every_list_holds_whole_or_partial(counts: dict[str, int], available_kr: int, others: int, seed: int) -> None:
    total, sharing = sum(counts.values()) + others, sum(count > 0 for count in counts.values())
    total_count = total if others else None
    largest = min(code for code in counts if counts[code] == max(counts.values()))
    expected: dict[str, int] = {}
    if sharing and available_kr >= sharing:  # by the letter of the rule, in fractions
        expected = {code: half_up(Fraction(count * available_kr, total)) for code, count in counts.items()}
    rest = 0 if others else available_kr - sum(expected.values())
    smaller = [kr for code, kr in expected.items() if counts[code] < counts[largest]]
    is_turned = not others and expected and expected[largest] + rest < max(smaller, default=0)
    if not expected or sum(expected.values()) + rest > available_kr or is_turned:
        with pytest.raises(UserError):
            share_out(counts, available_kr, total_count)
        return
    made = share_out(counts, available_kr, total_count)
    assert made == share_out(shuffled(counts, seed), available_kr, total_count)
    assert made.amounts_kr == {**expected, largest: expected[largest] + rest}
    assert (made.rest_kr, made.rest_to) == (rest, None if others else largest)
    assert others or made.sum_kr == available_kr
    assert min(made.amounts_kr.values()) >= 0


@given(COUNTS.filter(lambda counts: any(counts.values())), KRONOR, SEED)
def test_every_sharing_by_largest_remainder_holds(counts: dict[str, int], total_kr: int, seed: int) -> None:
    shares = largest_remainder(total_kr, counts)
    assert shares == largest_remainder(total_kr, shuffled(counts, seed))
    assert sum(shares.values()) == total_kr
    for code, kr in shares.items():
        assert abs(kr - Fraction(total_kr * counts[code], sum(counts.values()))) < 1
        assert all(kr >= less for other, less in shares.items() if counts[code] > counts[other])


@given(st.data(), COUNTS, KRONOR, SEED)
def test_every_sharing_with_caps_holds(data: st.DataObject, counts: dict[str, int], left_kr: int, seed: int) -> None:
    wanted = {code: data.draw(st.integers(0, 200) | st.integers(0, 10**8)) for code in counts}
    given_kr = fill(left_kr, counts, wanted)
    assert given_kr == fill(left_kr, shuffled(counts, seed), shuffled(wanted, seed + 1))
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


def allocated(data: Path, year: int) -> dict[str, int]:
    rows = read_csv(data / "processed" / str(year) / "allocation.csv")
    return {row["municipality_code"]: int(row["amount_kr"]) for row in rows}


def printed(year: int) -> dict[str, int]:
    return {row["municipality_code"]: int(row["amount_kr"]) for row in read_csv(RAW / str(year) / "allocation.csv")}


def test_the_whole_list_of_2023_comes_out(tmp_path: Path) -> None:
    data = real_data(tmp_path)
    told = command(data, "allocate", 2023)
    assert allocated(data, 2023) == printed(2023)
    assert (len(printed(2023)), sum(printed(2023).values())) == (290, 143_500_000)
    made = read_csv(data / "processed" / "2023" / "allocation.csv")
    assert [(row["municipality"], row["rest_kr"]) for row in made if row["rest_kr"] != "0"] == [("Stockholm", "-3")]
    assert "sum 143 500 000 kr; Stockholm, with the largest count, gets 3 kr less" in told
    assert "290 of 290 amounts equal" in told
    assert "requisitions: not known" in told


def test_the_partial_list_of_2024_comes_out_with_its_requisitions(tmp_path: Path) -> None:
    data = real_data(tmp_path)
    told = command(data, "allocate", 2024)
    assert allocated(data, 2024) == printed(2024)
    assert (len(printed(2024)), sum(printed(2024).values())) == (247, 85_906_462)
    assert "no rest, for the list is partial" in told
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
    assert set(botkyrka.values()) == {"0127", "Botkyrka", "not asked, amount not known", ""}


def test_the_amounts_in_the_list_are_never_read(tmp_path: Path) -> None:
    data = real_data(tmp_path)
    raw = data / "raw" / "2023" / "allocation.csv"
    amounts = ["7", "ca 5", *[""] * 288]
    rows = [(row["municipality_code"], kr, row["key_count"]) for row, kr in zip(read_csv(raw), amounts, strict=True)]
    write_csv(raw, ("municipality_code", "amount_kr", "key_count"), rows)
    told = command(data, "allocate", 2023)
    assert allocated(data, 2023) == printed(2023)
    assert "0 of 1 amounts equal" in told
    assert "Upplands Väsby: computed 580 989 kr, listed 7 kr" in told
    assert "1 of the amounts of raw/2023/allocation.csv cannot be read" in told


ALE, ANEBY, MALMO, KIRUNA = "1440", "0604", "1280", "2584"
FOUR = [(ALE, "", 10), (ANEBY, "", 20), (MALMO, "", 60), (KIRUNA, "", 10)]


Rows = Sequence[Sequence[Any]]


def grant(tmp_path: Path, allocation: Rows = FOUR, asked: Rows = (), wanted: Rows = (), **options: Any) -> Path:
    """A year with counts: rows of code, amount, count."""
    data = small_data(tmp_path, **options)
    folder = data / "raw" / "2024"
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), allocation)
    if asked:
        write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr", "requisitioned_on"), asked)
    if wanted:
        write_csv(folder / "more.csv", ("municipality", "wanted_kr"), wanted)
    return data


def test_requisitions_against_the_list(tmp_path: Path) -> None:
    days = [("Ale", 1000, "2024-06-03"), ("Aneby", 1500, "2024-06-04"), ("Malmö", 6001, ""), ("Umeå", 7, "2024-01-01")]
    data = grant(tmp_path, grant="requisition_by = 2024-06-03\n", asked=days)
    told = command(data, "allocate", 2024)
    rows = {row["municipality"]: row for row in read_csv(data / "processed" / "2024" / "requisitions.csv")}
    columns = ("allocation_kr", "requisitioned_kr", "not_requisitioned_kr", "late", "state")
    expected = {
        "Ale": ("1000", "1000", "0", "false", "asked for all"),
        "Aneby": ("2000", "1500", "500", "true", "asked for less"),
        "Malmö": ("6000", "6001", "0", "", "asked for more"),
        "Umeå": ("", "7", "", "false", "asked, allocation not known"),
        "Kiruna": ("1000", "", "1000", "", "not asked"),
        "Lund": ("", "", "", "", "not asked, amount not known"),
    }
    assert {name: tuple(rows[name][column] for column in columns) for name in expected} == expected
    assert "4 of 290 municipalities asked, for 8 508 kr; 286 did not; 1 492 kr not requisitioned" in told
    assert "1 of 3 with a day came after it\n    Aneby: 4" in told
    assert "did not ask: 1, for 1 000 kr together\n    Kiruna: 1 000 kr\n" in told
    assert f"copy it to {data / 'raw' / '2024' / 'allocation.csv'}" in told


def test_more_requisitioned_than_there_is_is_said(tmp_path: Path) -> None:
    data = grant(tmp_path, redistributes=True, asked=[("Malmö", 10_001, "")], wanted=[("Ale", 5)])
    told = command(data, "allocate", 2024)
    assert "1 kr MORE than there is" in told
    assert "redistribution: 0 kr to 0 of 1" in told


@pytest.mark.parametrize("name", ["Kiruna", "Kiruna kommun", "2584"])
def test_what_is_left_goes_to_those_who_want_more_and_no_longer_where_the_rule_is_off(
    name: str, tmp_path: Path
) -> None:
    # 10 000 less 1 000 less 8 000: 1 000 left. By 20 and 10: 666.67 and 333.33, but Aneby wants 500 only.
    asked, more = [("Ale", 1000, ""), ("Malmö", 8000, "")], [(name, "9 000 kr"), ("604", 500)]
    data = grant(tmp_path, redistributes=True, asked=asked, wanted=more)
    told = command(data, "allocate", 2024)
    made = data / "processed" / "2024" / "redistribution.csv"
    assert [list(row.values()) for row in read_csv(made)] == [
        [ANEBY, "Aneby", "20", "500", "500"],
        [KIRUNA, "Kiruna", "10", "9000", "500"],
    ]
    assert list(read_csv(made)[0]) == ["municipality_code", "municipality", "key_count", "wanted_kr", "given_kr"]
    assert "redistribution: 1 000 kr to 2 of 2 that want more; 0 kr stays" in told
    assert "is ours" in told
    change(data / "raw" / "2024" / "year.toml", {"redistributes = true": "redistributes = false"})
    told = command(data, "allocate", 2024)
    assert "redistribution: is off this year; nothing is shared out again" in told
    assert not made.exists()


WISHES: list[tuple[list[tuple[str, Any]], list[str]]] = [
    ([("Ale", 5), ("Anneby", 5)], ["more.csv, row 3", "'Anneby'", "Aneby"]),
    ([("Ale", 5), ("Ale kommun", 5)], ["more.csv, row 3", "stands twice"]),
    ([("Ale", "ca 5")], ["more.csv, row 2", "'wanted_kr'", "ca 5"]),
    ([("Ale", "")], ["more.csv, row 2", "'wanted_kr'", "whole kronor"]),
    ([("Lund", 5)], ["more.csv", "Lund", "no count"]),
]


@pytest.mark.parametrize(("more", "parts"), WISHES)
def test_wishes_that_cannot_be_read(more: list[tuple[str, Any]], parts: list[str], tmp_path: Path) -> None:
    refused(grant(tmp_path, redistributes=True, wanted=more), parts, "allocate", 2024)


TOTAL = '\n[grant.key]\ndefinition = { sv = "x", en = "x" }\ntotal_count = 291\n'


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([(ALE, 5, 10), (ANEBY, 5, -20)], ["allocation.csv, row 3, column 'key_count'", "Aneby", "'-20'"]),
        ([(ALE, 5, 10), (ANEBY, 5, "")], ["allocation.csv, row 3, column 'key_count'", "Aneby", "found ''"]),
        ([(ALE, 5, 10), (ANEBY, 5, "ca 20")], ["allocation.csv, row 3, column 'key_count'", "'ca 20'"]),
        ([(ALE, 5, ""), (ANEBY, 5, "")], ["allocation.csv, column 'key_count'", "no counts"]),
        ([(ALE, 5, 10), ("9999", 5, 10)], ["allocation.csv, row 3, column 'municipality_code'", "9999"]),
        ([(ALE, 5, 10), (ALE, 5, 10)], ["allocation.csv, row 3", "stands twice"]),
        ([(code, "", 1) for code in CODES], ["allocation.csv", "found 290", "291"]),
        ([(ALE, 5, 292)], ["raw/2024/allocation.csv: total_count: found 291", "292"]),
    ],
)
def test_counts_that_cannot_be_used(rows: list[tuple[str, Any, Any]], parts: list[str], tmp_path: Path) -> None:
    data = grant(tmp_path, rows)
    change(data / "raw" / "2024" / "year.toml", {"[[question]]": f"{TOTAL}[[question]]"})
    refused(data, parts, "allocate", 2024)


def test_without_a_list_of_amounts_or_counts_there_is_nothing_to_allocate(tmp_path: Path) -> None:
    data = grant(tmp_path)
    raw = data / "raw" / "2024" / "allocation.csv"
    raw.unlink()
    refused(data, ["raw/2024/allocation.csv", "file is missing"], "allocate", 2024)
    write_csv(raw, ("municipality_code", "amount_kr"), [(ALE, 5)])
    refused(data, ["raw/2024/allocation.csv", "'key_count'", "no counts"], "allocate", 2024)
    write_csv(raw, ("municipality_code", "municipality"), [(ALE, "Ale")])
    refused(data, ["raw/2024/allocation.csv, row 1", "column 'amount_kr' is missing"], "allocate", 2024)


@pytest.mark.parametrize(("name", "kr", "found"), [("Anneby", 5, "'Anneby'"), ("Aneby", "ca 5", "'ca 5'")])
def test_a_recipient_that_cannot_be_counted_is_critical(name: str, kr: Any, found: str, tmp_path: Path) -> None:
    data = grant(tmp_path, asked=[("Ale", 1000, ""), (name, kr, "")])
    refused(data, ["recipients.csv, row 3", found], "allocate", 2024, status=1)


def test_the_list_that_was_made_is_copied_to_be_the_years(tmp_path: Path) -> None:
    data = grant(tmp_path)
    raw = data / "raw" / "2024" / "allocation.csv"
    write_csv(raw, ("municipality_code", "key_count"), [(code, count) for code, _, count in FOUR])
    assert "copy it to" in command(data, "allocate", 2024)
    shutil.copy(data / "processed" / "2024" / "allocation.csv", raw)
    read = read_folder(raw.parent, "raw/2024")
    assert read.frames["problems"].rows() == []  # the columns beside the amounts are known
    amounts = dict(read.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    assert amounts == {ALE: 1000, ANEBY: 2000, MALMO: 6000, KIRUNA: 1000}
    told = command(data, "allocate", 2024)
    assert "4 of 4 amounts equal those of raw/2024/allocation.csv" in told
    assert "copy it to" not in told


@pytest.mark.parametrize("header", ["municipality_code", "municipality"])
def test_a_list_may_name_municipalities(header: str, tmp_path: Path) -> None:
    data = small_data(tmp_path, allocation=[("Upplands-Väsby kommun", 1), ("1440", 2), ("Xyz", 3)])
    path = data / "raw" / "2024" / "allocation.csv"
    change(path, {"municipality_code": header})
    rows = read_folder(path.parent, "raw/2024").frames["allocations"].select("municipality_code", "outcome").rows()
    assert rows == [("0114", "matched"), ("1440", "matched"), (None, "unknown")]
