"""The sample for the closer check: its rules, its draw, and what it says of made-up answers."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check import Finding
from pipeline.model import Text
from pipeline.money.sample import Risk, Risks, draw
from tests.world import CheckedHere, cases, command, grant_toml, question, read_csv, real_data, refused, write_csv

HEADER = ("Mottagare", "Oanvänt", "Påbörjat", "Personer", "Utförare")
CASES = cases("sample")
RECIPIENTS, RETURNS = [*CASES["recipients"].items()], CASES["returns"]
FORM = [question(*each[:4], *map(tuple, each[4:])) for each in CASES["form"]]


class OneFinding(CheckedHere):
    """Checking that finds one thing in Perstorp, and tells everybody something."""

    def findings(self, _: Path) -> list[Finding]:
        told = [Finding("differs_from_print", "info", "1280", "Malmö", "x", None, "m", "f", 1, "m")]
        return [Finding("no_persons", "warning", "1275", "Perstorp", "persons_total", "20", "m", "f", 6, "m"), *told]


@pytest.fixture(autouse=True)
def _one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.money.years.start_check", OneFinding)


def world(target: Path) -> Path:
    before = [("Malmö", 100_000), ("Ystad", 10_000)]
    for year, recipients, returns in ((2030, before, CASES["before"]), (2031, RECIPIENTS, RETURNS)):
        folder = target / "data" / "raw" / str(year)
        folder.mkdir(parents=True)
        (folder / "year.toml").write_text(grant_toml(year, CASES["grant"], *FORM), encoding="utf-8")
        write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), recipients)
        write_csv(folder / "returns.csv", HEADER, returns)
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), CASES["key"])
    return target / "data"


def run(data: Path, seed: int, size: int, year: int = 2031) -> str:
    return command(data, "review-sample", year, "--seed", seed, "--size", size)


def sample(data: Path, year: int = 2031) -> dict[str, dict[str, str]]:
    return {row["municipality"]: row for row in read_csv(data / "processed" / str(year) / "review_sample.csv")}


def test_each_rule_is_met_by_the_one_that_breaks_it_and_evidence_follows(tmp_path: Path) -> None:
    data = world(tmp_path)
    printed = run(data, 3, 20)  # all seven that used money
    rows = sample(data)
    reasons = {name: set(its) for name, its in CASES["reasons"].items()}
    assert {name: set(row["reasons"].split("; ")) - {""} for name, row in rows.items()} == reasons
    assert (rows["Lund"]["points"], rows["Ystad"]["points"]) == ("3", "2")
    assert rows["Bjuv"]["why"] == "Slumpvis vald"
    assert "bara 50 har haft hälsosamtal (fördelningen bygger på 5 000 personer)" in rows["Lund"]["why"]
    assert "2 000 kronor per person, mot medianen 1 000 i regionen" in rows["Klippan"]["why"]
    grew = "Antal personer med hälsosamtal: 30, mot 10 året före; 30 000 kronor använda, mot 10 000 året före"
    assert grew in rows["Ystad"]["why"]
    assert "sample: 7 of 7 that used money, by seed 3" in printed
    assert "few_persons: 1 meet it" in printed
    printed = run(data, 3, 7)
    rows = sample(data)
    random_ones = {name for name, row in rows.items() if row["part"] == "random"}
    assert "Bjuv" in random_ones
    assert {rows[name]["evidence"] for name in random_ones} == {"ledger; work_done; invoices; payslips"}
    assert len(rows) - len(random_ones) == 4  # half of seven, rounded up
    assert rows["Lund"]["evidence"] == "ledger; work_done; payslips"
    assert rows["Lund"]["ask_for"] == "Huvudbok; Dokumentation; Lönebesked"
    assert rows["Eslöv"]["made_up_answers"] == "provider"
    assert "(bygger på påhittade svar)" in rows["Eslöv"]["why"]
    assert {row["made_up_answers"] for name, row in rows.items() if name != "Eslöv"} == {""}
    assert "independent_provider: 1 meet it (MADE-UP ANSWERS: provider)" in printed


def test_the_workbook_has_a_row_for_each_piece_of_evidence_and_says_how_it_was_drawn(tmp_path: Path) -> None:
    data = world(tmp_path)
    run(data, 3, 7)
    path = tmp_path / "out" / "2031" / "review_sample.xlsx"
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Urval", "Underlag", "Regler", "Dragning"]
    asked = [row[2] for row in book["Underlag"].values if row[1] == "Lund"]
    assert asked == ["ledger", "work_done", "payslips"]
    drawn = dict(list(book["Dragning"].values)[1:])
    assert (drawn["frö"], drawn["i urvalet"], drawn["valda efter risk"], drawn["valda slumpvis"]) == (3, 7, 4, 3)
    why = next(cell for cell in book["Urval"]["G"] if "Allt är använt" in str(cell.value))
    assert why.alignment.wrap_text
    assert (book["Urval"].row_dimensions[why.row].height or 0) > 2 * 12  # points: room for the second line
    assert not [cell for row in book["Regler"].values for cell in row if "{" in str(cell)]
    before = path.read_bytes()
    run(data, 3, 7)
    assert path.read_bytes() == before


def test_rows_in_another_order_give_the_same_sample_and_another_seed_another(tmp_path: Path) -> None:
    data = world(tmp_path)
    run(data, 3, 3)
    first = sample(data)
    write_csv(data / "raw" / "2031" / "returns.csv", HEADER, RETURNS[::-1])
    write_csv(data / "raw" / "2031" / "recipients.csv", ("recipient", "requisitioned_kr"), RECIPIENTS[::-1])
    run(data, 3, 3)
    assert sample(data) == first
    drawn = set()
    for seed in range(3):
        run(data, seed, 3)
        drawn.add(tuple(sample(data)))
    assert len(drawn) > 1


def test_the_real_year_is_spread_over_the_regions_and_says_what_is_made_up(tmp_path: Path) -> None:
    data = real_data(tmp_path)
    printed = command(data, "review-sample", 2024, "--seed", 1)
    assert "sample: 24 of 235 that used money, by seed 1: 12 by risk, 12 at random" in printed
    assert "more_used_than_last_year: not known of anybody" in printed
    assert "(MADE-UP ANSWERS: persons_total, talks_held)" in printed
    assert "evidence that the year's documents do not name: invoices, payslips" in printed
    rows = sample(data, 2024)
    assert len(rows) == 24
    assert len({row["region"] for row in rows.values()}) >= 18
    assert all("påhittade svar" in row["why"] for row in rows.values() if row["part"] == "risk")


def test_what_cannot_be_drawn_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    data = world(tmp_path)
    for size in (0, -3):
        refused(data, [f"--size {size}: expected 1 or more\n"], "review-sample", 2031, "--seed", 1, "--size", size)
    (data / "raw" / "2031" / "returns.csv").unlink()
    refused(data, ["the sample needs returns.xlsx or returns.csv"], "review-sample", 2031, "--seed", 1)


RISK = Risk(id="risk", points=1, measure="m", at_least=1, rests_on=[], evidence=[], text=Text(sv="s", en="e"))


def drawn_of(them: list[tuple[str, str, int]], seed: int, size: int, rules: Risks) -> list[dict[str, Any]]:
    """Draw among candidates with a code, a region and points."""
    kinds = {"municipality_code": pl.String, "region_code": pl.String, "points": pl.Int64}
    return draw(pl.DataFrame(them, kinds, orient="row"), seed, size, rules).to_dicts()


def test_the_draw_by_hand() -> None:
    """Region A: 5, 4, 3 points; B: 4; C: none. Each one chosen takes two points off the others of its region."""
    rules = Risks(size=4, risk_percent=75, points_off_a_region=2, risk=[])
    them = [("a5", "A", 5), ("a4", "A", 4), ("a3", "A", 3), ("b4", "B", 4), ("c0", "C", 0)]
    chosen = [(row["municipality_code"], row["part"]) for row in drawn_of(them, 1, 4, rules)]
    # 5 first; then B's 4 before A's 4 less 2; then A's 4; at random from the region with fewest, which is C.
    assert chosen == [("a5", "risk"), ("b4", "risk"), ("a4", "risk"), ("c0", "random")]


def test_a_limit_is_met_at_the_limit_and_what_is_not_known_meets_nothing() -> None:
    above = RISK.model_copy(update={"at_least": 2})
    below = RISK.model_copy(update={"at_least": None, "at_most": 0})
    assert [above.is_met(value) for value in (1.99, 2, 3, None)] == [False, True, True, False]
    assert [below.is_met(value) for value in (0, 0.01, None)] == [True, False, False]


DRAWN = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 6)), max_size=25)


@given(DRAWN, st.integers(0, 5), st.integers(1, 30), st.integers(0, 100), st.randoms(use_true_random=False))
def test_any_draw_has_its_size_its_spread_and_no_order(
    drawn: list[tuple[str, int]], seed: int, size: int, risk_percent: int, shuffled: random.Random
) -> None:
    rules = Risks(size=1, risk_percent=risk_percent, points_off_a_region=2, risk=[])
    them = [(f"{at:04}", region, points) for at, (region, points) in enumerate(drawn)]
    chosen = drawn_of(them, seed, size, rules)
    assert len(chosen) == len({row["municipality_code"] for row in chosen}) == min(size, len(them))
    by_risk = [row for row in chosen if row["part"] == "risk"]
    assert all(row["points"] for row in by_risk)
    assert 100 * (len(by_risk) - 1) < size * risk_percent or not by_risk
    if not by_risk:  # at random alone: no region gets a second one before all have one that can
        counted, there = Counter(row["region_code"] for row in chosen), Counter(region for region, _ in drawn)
        fewest = min((counted[region] for region in there if counted[region] < there[region]), default=len(chosen))
        assert all(n <= fewest + 1 for n in counted.values())
    shuffled.shuffle(them)
    assert drawn_of(them, seed, size, rules) == chosen
