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
from tests.world import RAW, cases, change, command, read_csv, real_data, refused, small_data, write_csv

CODES = sorted(municipalities())


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


CASES = cases("money")


@pytest.mark.parametrize("case", CASES["rule"])
def test_the_rule_by_hand(case: str) -> None:
    its = CASES["rule"][case]
    made = share_out(dict(zip(CODES, its["counts"], strict=False)), its["kr"])
    assert [*made.amounts_kr.values()] == its["gets"]
    assert [made.rest_to, made.rest_kr] == its["rest"]


@pytest.mark.parametrize("case", CASES["impossible"])
def test_what_the_rule_cannot_do_it_says(case: str) -> None:
    its = CASES["impossible"][case]
    with pytest.raises(UserError) as error:
        share_out(dict(zip(CODES, its["counts"], strict=False)), its["kr"], its.get("total"))
    assert [part for part in its["said"] if part not in str(error.value)] == []


@pytest.mark.parametrize("case", CASES["caps"])
def test_sharing_with_caps_by_hand(case: str) -> None:
    its = {
        name: dict(zip("abc", numbers, strict=True)) for name, numbers in CASES["caps"][case].items() if name != "kr"
    }
    assert fill(CASES["caps"][case]["kr"], its["by"], its["want"]) == its["get"]


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


@pytest.mark.parametrize("case", CASES["wishes"])
def test_wishes_that_cannot_be_read(case: str, tmp_path: Path) -> None:
    its = CASES["wishes"][case]
    refused(grant(tmp_path, redistributes=True, wanted=its["rows"]), its["said"], "allocate", 2024)


TOTAL = '\n[grant.key]\ndefinition = { sv = "x", en = "x" }\ntotal_count = 291\n'


@pytest.mark.parametrize("case", CASES["counts"])
def test_counts_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    its = CASES["counts"][case]
    data = grant(tmp_path, [(code, "", 1) for code in CODES] if its["rows"] == "all" else its["rows"])
    change(data / "raw" / "2024" / "year.toml", {"[[question]]": f"{TOTAL}[[question]]"})
    refused(data, its["said"], "allocate", 2024)


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
