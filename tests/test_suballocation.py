"""A municipality's grant to its units by a plan, and the units' returns to one."""

import tomllib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.money.suballocate import SharingPlan, Unit, share_among, suballocate
from pipeline.paths import Workspace
from pipeline.read.returns import read_returns
from pipeline.year import read_year
from tests.world import PROJECT, RAW, cases, read_csv, write_csv

PLANS = PROJECT / "data" / "plans"
STOCKHOLM, EXAMPLE = PLANS / "stockholm-2026.toml", PLANS / "example.toml"
WEIGHTS = [101, 202, 303, 404, 505, 606, 707, 808, 909, 1010, 1111]  # of nobody; 6 666 in all


def run(plan: Path, out: Path | None = None, returns: Path | None = None, year: int | None = None) -> None:
    suballocate(plan, out, returns, year, Workspace(PROJECT / "data", PROJECT / "data"))


def refused(parts: Sequence[str], *arguments: Any) -> None:
    with pytest.raises(UserError) as error:
        run(*arguments)
    assert error.value.status == 2
    assert [part for part in parts if part not in str(error.value)] == []


def test_the_plan_of_stockholm_is_that_of_the_document_without_weights(tmp_path: Path) -> None:
    plan = tomllib.loads(STOCKHOLM.read_text(encoding="utf-8"))
    numbers = ("year", "amount_kr", "reserve_kr", "base_kr")
    assert [plan[name] for name in numbers] == [2026, 5_866_612, 225_000, 200_000]
    assert len({unit["name"] for unit in plan["unit"]}) == 11
    assert [unit for unit in plan["unit"] if set(unit) != {"name"}] == []
    refused(["stockholm-2026.toml", "11 of 11", "Bromma", "Södermalm", "65 and older"], STOCKHOLM, tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def filled_in(tmp_path: Path, weights: Sequence[object]) -> Path:
    """The shipped plan with the comment signs taken away and numbers written behind, as its user would."""
    pieces = STOCKHOLM.read_text(encoding="utf-8").split("# weight =\n")
    assert len(pieces) == 12
    plan = tmp_path / "plan.toml"
    lines = [f"weight = {weight}\n" for weight in weights]
    plan.write_text("".join(piece + line for piece, line in zip(pieces, [*lines, ""], strict=True)), "utf-8")
    return plan


def test_filled_in_it_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "made" / "split.csv"
    run(filled_in(tmp_path, WEIGHTS), out)
    *units, reserve = read_csv(out)
    names = [unit["name"] for unit in tomllib.loads(STOCKHOLM.read_text("utf-8"))["unit"]]
    assert [row["unit"] for row in units] == names
    assert (reserve["kind"], reserve["amount_kr"]) == ("reserve", "225000")
    assert {row["base_kr"] for row in units} == {"200000"}
    # 3 441 612 kr by 1 … 11 of 66: 52 145.64 times 1 … 11. Rounded down that is 5 too few, and they go to the largest
    # remainders: of 3 (.91), 6 (.82), 9 (.73), 1 (.64) and 4 (.55).
    down = [52_145, 104_291, 156_436, 208_582, 260_728, 312_873, 365_019, 417_165, 469_310, 521_456, 573_602]
    one_more = {0, 2, 3, 5, 8}
    assert [int(row["weighted_kr"]) for row in units] == [kr + (at in one_more) for at, kr in enumerate(down)]
    assert sum(int(row["amount_kr"]) for row in [*units, reserve]) == 5_866_612
    assert {row["made_up_weights"] for row in units} == {"false"}
    told = capsys.readouterr().out
    assert "MADE-UP" not in told
    assert "5 866 612" in told.splitlines()[-2]


def test_the_example_says_that_it_is_made_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLE, tmp_path / "split.csv")
    assert "MADE UP" in EXAMPLE.read_text(encoding="utf-8").splitlines()[0]
    told = capsys.readouterr().out
    assert told.startswith("MADE-UP WEIGHTS")
    assert "Norr                  3 101  100 000    155 008    255 008" in told  # and no person's number
    assert {row["made_up_weights"] for row in read_csv(tmp_path / "split.csv")} == {"true"}


@st.composite
def plans(draw: st.DrawFn) -> SharingPlan:
    weights = draw(st.lists(st.integers(0, 50) | st.integers(0, 10**6), min_size=1, max_size=15))
    money = {name: draw(st.integers(0, 20)) for name in ("reserve_kr", "base_kr")}
    money["amount_kr"] = draw(st.integers(0, 300) | st.integers(0, 10**8))
    told = {"municipality": "X", "year": 2024, "reserve_for": "common work", "weight_is": "residents"}
    units = [Unit(name=f"unit {at}", weight=weight) for at, weight in enumerate(weights)]
    return SharingPlan(**told, **money, unit=units)  # type: ignore[arg-type]


@given(plans(), st.integers(0, 10**6))
def test_every_plan_holds(plan: SharingPlan, seed: int) -> None:
    weights = {unit.name: unit.weight or 0 for unit in plan.unit}
    rest_kr = plan.amount_kr - plan.reserve_kr - plan.base_kr * len(weights)
    if not any(weights.values()) or rest_kr < 0 or plan.amount_kr - plan.reserve_kr < len(weights):
        with pytest.raises(UserError):
            share_among(plan, "plan")
        return
    split = {row["unit"]: row for row in share_among(plan, "plan")}
    assert sum(row["amount_kr"] for row in split.values()) == plan.amount_kr
    for name, weight in weights.items():
        row = split[name]
        assert row["amount_kr"] == plan.base_kr + row["weighted_kr"]
        assert row["weighted_kr"] >= 0
        assert abs(row["weighted_kr"] - Fraction(rest_kr * weight, sum(weights.values()))) < 1
        assert all(row["amount_kr"] >= split[other]["amount_kr"] for other in weights if weights[other] < weight)
    units = list(plan.unit)
    Random(seed).shuffle(units)
    again = share_among(plan.model_copy(update={"unit": units}), "plan")
    assert {row["unit"]: row for row in again} == split


Units = Sequence[Sequence[object]]
"""Of each its name, and its weight if it has one."""

PLAN = """\
municipality = "X"
year = 2024
amount_kr = {amount}
reserve_kr = {reserve}
reserve_for = "Utbildning"
base_kr = {base}
weight_is = "invånare"
{units}
"""


def plan_file(tmp_path: Path, units: Units, amount: int = 1000, reserve: int = 0, base: int = 0) -> Path:
    listed = [
        f'[[unit]]\nname = "{name}"\n' + "".join(f"weight = {each}\n" for each in weight) for name, *weight in units
    ]
    path = tmp_path / "plan.toml"
    told = "\n".join(listed) or "unit = []"
    path.write_text(PLAN.format(amount=amount, reserve=reserve, base=base, units=told), encoding="utf-8")
    return path


CASES = cases("money")


@pytest.mark.parametrize("case", CASES["plans"])
def test_a_plan_that_does_not_hold_is_a_line(case: str, tmp_path: Path) -> None:
    its = dict(CASES["plans"][case])
    said = its.pop("said")
    plan = plan_file(tmp_path, **its)
    refused(["plan.toml", *said], plan, tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == [plan]


def test_wrong_usage(tmp_path: Path) -> None:
    refused(["--out", ".csv"], EXAMPLE, tmp_path / "x.xlsx")
    refused(["--out", "raw data"], EXAMPLE, RAW / "2024" / "x.csv")
    refused(["missing.toml", "file is missing"], tmp_path / "missing.toml")
    refused(["missing.csv", "file is missing"], EXAMPLE, tmp_path / "x.csv", tmp_path / "missing.csv")
    refused(["--returns", "--out"], EXAMPLE, None, tmp_path / "x.csv")
    refused(["--year", "--returns"], EXAMPLE, None, None, 2024)
    sent = tmp_path / "sent.csv"
    sent.write_text("Mottagare\n", encoding="utf-8")
    refused(["--out", "expected another"], EXAMPLE, sent, sent)
    assert sent.read_text(encoding="utf-8") == "Mottagare\n"


FORM = read_year(RAW / "2024", "raw/2024")
COLUMN = {question.id: question.column for question in FORM.question}
OPTION = {(question.id, option.id): option.text.sv for question in FORM.question for option in question.option}


def answers(unit: str, like: str = "", **fields: Any) -> dict[str, Any]:
    """A row of the export: a return with talks and all that is required, but for the fields given."""
    usual = {"recipient": unit, "submitted_on": "2025-01-10", "unused_kr": 0, "salary_kr": 100, "other_kr": 50}
    listed = [question for question in FORM.question if question.option and question.id != "unused_reason"]
    usual |= {question.id: question.option[0].text.sv for question in listed}
    usual |= {"persons_total": 10, "persons_women": 6, "persons_men": 4}
    gone = {"start": ("talks_held",), "unused": ("used", "talks_held")}.get(like, ())
    usual |= {question.id: "" for question in FORM.question if question.asked in gone}
    usual |= {"talks_held": OPTION["talks_held", "no"]} if like == "start" else {}
    return written({**usual, **fields})


def written(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by the headers of their columns; options of a question, which are told by their ids, by their texts."""
    texts = {id_: "; ".join(OPTION[id_, one] for one in its) for id_, its in fields.items() if isinstance(its, list)}
    return {COLUMN.get(id_, id_): texts.get(id_, its) for id_, its in fields.items()}


def combined(
    tmp_path: Path, rows: Sequence[Mapping[str, Any]], capsys: pytest.CaptureFixture[str], reserve: int = 0
) -> tuple[dict[str, str], str]:
    """Add returns up by a plan of 1 000 kr each to A, B and C, and give the one return and what was said."""
    plan = plan_file(tmp_path, [("A", 1), ("B", 1), ("C", 1)], amount=3000 + reserve, reserve=reserve)
    sent, out = tmp_path / "sent.csv", tmp_path / "one.csv"
    header = list(dict.fromkeys(column for row in rows for column in row))
    write_csv(sent, header, [[row.get(column, "") for column in header] for row in rows])
    run(plan, out, sent, 2024)
    (one,) = read_csv(out)
    return one, capsys.readouterr().out


@pytest.mark.parametrize("case", CASES["one"])
def test_returns_are_made_one(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    its = CASES["one"][case]
    one, told = combined(tmp_path, [answers(**each) for each in its["sent"]], capsys)
    assert {column: one[column] for column in written(its["gives"])} == written(its["gives"])
    assert [line for line in its["said"] if line not in told] == []
    assert f"to look at: {its['look']}\n" in told
    if its["look"] == "nothing":  # and it can be read as the export is
        frames = read_returns(tmp_path / "one.csv", "one.csv", FORM)
        assert frames["problems"].filter(frames["problems"]["kind"] != "missing_column").is_empty()


def test_the_common_work_sends_in_its_own_return(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [answers(name) for name in "ABC"]
    with pytest.raises(UserError, match="no return from Utbildning"):
        combined(tmp_path, rows, capsys, reserve=60)
    one, _ = combined(tmp_path, [*rows, answers("Utbildning", "start", unused_kr=60)], capsys, reserve=60)
    assert one[COLUMN["unused_kr"]] == "60"


@pytest.mark.parametrize("case", CASES["returns"])
def test_returns_that_cannot_be_added_up(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    its = CASES["returns"][case]
    rows = [answers(n, **its.get("of_b", {}) if n == "B" else {}) for n in its.get("senders", "ABC")]
    with pytest.raises(UserError) as error:
        combined(tmp_path, rows, capsys)
    assert [part for part in its["said"] if part not in str(error.value)] == []
    assert "\n" not in str(error.value)
    assert not (tmp_path / "one.csv").exists()


def test_a_year_whose_form_is_not_known(tmp_path: Path) -> None:
    sent = tmp_path / "sent.csv"
    write_csv(sent, list(answers("A")), [list(answers("A").values())])
    plan = filled_in(tmp_path, WEIGHTS)
    refused(["raw/2026/year.toml", "--year"], plan, tmp_path / "x.csv", sent)
    refused(["folder is missing"], plan, tmp_path / "x.csv", sent, 1999)
