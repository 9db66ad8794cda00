"""Settlement: the printed sums of a real year, and a made-up one worked through by hand."""

import random
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Text
from pipeline.money.settle import Claim, Decided, settled
from pipeline.year import Grant, Ground, Question, Year
from tests import world as made
from tests.world import cases, command, contents, entry, question, read_csv, refused, write_csv

DAYS = "available_kr = 1_000_000\nuse_from = 2031-01-01\nuse_to = 2031-12-31\nrepay_by = 2032-06-30\n"
LAST_DAY = "return_by = 2032-01-31\n"
CASES = cases("settlement")
GROUND: dict[str, str] = CASES["grounds"]
RECIPIENTS, BY_HAND, RETURNS = CASES["recipients"], CASES["by_hand"], CASES["sent"]["returns"]
SUBMITTED_ON = question("submitted_on", "date", "all", "Inskickad")
UNUSED_KR = question("unused_kr", "money", "recipients", "Oanvänt", more="required = true\n")


def decision(**given: Any) -> str:
    usual = {"municipality": "Gotland", "ground": "purpose", "amount_kr": 1, "reason": "r", "who": "Enhetschefen"}
    fields = {"when": date(2032, 4, 1), **usual, **given}
    return entry("decision", **fields)


def extension(**given: Any) -> str:
    return entry("extension", **{"municipality": "Umeå", "until": date(2032, 2, 29), "when": date(2032, 1, 1), **given})


DECISIONS = decision(amount_kr=15_000, reason="Träffpunkt, inte hälsosamtal")
DECISIONS += decision(municipality="0980", ground="evidence", amount_kr=5_000, reason="=1+1", when=date(2032, 4, 2))
DECISIONS += decision(municipality="Ystads kommun", ground="evidence", amount_kr=35_000) + extension()


@pytest.fixture(autouse=True, scope="module")
def _nothing_found() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.money.years.start_check", made.NothingFound)
        yield


def world(
    target: Path, grounds: Collection[str] = GROUND, returns: Sequence[Sequence[Any]] = RETURNS,
    decisions: str = "", days: str = DAYS + LAST_DAY, has_days: bool = True,
) -> Path:  # fmt: skip
    """Write the made-up year, and give its data folder."""
    folder = target / "data" / "raw" / "2031"
    folder.mkdir(parents=True)
    rules = days + (f"ground = [{{ {' }, { '.join(GROUND[one] for one in grounds)} }}]" if grounds else "")
    form = [SUBMITTED_ON, UNUSED_KR] if has_days else [UNUSED_KR]
    (folder / "year.toml").write_text(made.grant_toml(2031, rules, *form), encoding="utf-8")
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), RECIPIENTS.items())
    header = ("Mottagare", "Inskickad", "Oanvänt") if has_days else ("Mottagare", "Oanvänt")
    write_csv(folder / "returns.csv", header, returns if has_days else [(who, kr) for who, _, kr in returns[:7]])
    if decisions:
        (folder / "decisions.toml").write_text(decisions, encoding="utf-8")
    return target / "data"


def listed(data: Path, year: int = 2031) -> dict[str, dict[str, str]]:
    return {row["municipality"]: row for row in read_csv(data / "processed" / str(year) / "settlement.csv")}


def letters(data: Path, year: int = 2031) -> dict[str, str]:
    folder = data.parent / "out" / str(year) / "settlement" / "letters"
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_the_real_year_is_settled_as_printed_and_asks_for_no_payment(tmp_path: Path) -> None:
    data = made.real_data(tmp_path)
    printed = command(data, "settle", 2024)
    assert "repayments: 10 026 518 kr from 45 recipients, 12 of them everything" in printed
    assert "claims after review: 0 kr from 0 recipients" in printed
    assert "not requisitioned: 9 093 538 kr" in printed
    assert "to the treasury: 19 120 056 kr" in printed
    assert "no return is called late: the days in submitted_on are MADE UP" in printed
    rows = listed(data, 2024)
    assert len(rows) == 247
    assert sum(int(row["repayment_kr"]) for row in rows.values()) == 10_026_518
    assert sum(row["state"] == "all" for row in rows.values()) == 12
    assert rows["Värmdö"]["repayment_kr"] == "1194"
    assert rows["Örebro"]["total_kr"] == rows["Örebro"]["requisitioned_kr"] == "1273458"
    assert {(row["not_in_time_kr"], row["returned_on"]) for row in rows.values()} == {("0", "")}
    written = letters(data, 2024)
    assert len(written) == 45
    assert all("Ni behöver inte betala något nu. Vi skickar en faktura" in text for text in written.values())
    assert not any("EXEMPEL" in text or "återkrav" in text.casefold() for text in written.values())
    letter = (made.PROJECT / "tests" / "data" / "settlement.sv.txt").read_text(encoding="utf-8")
    assert written["1880-orebro.txt"].replace("\u00a0", " ") == letter


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The made-up year settled, in both languages, and what was printed."""
    data = world(tmp_path_factory.mktemp("by_hand"), decisions=DECISIONS)
    return data, command(data, "settle", 2031, "--lang", "sv,en")


def test_a_made_up_year_worked_through_by_hand_and_its_letters(by_hand: tuple[Path, str]) -> None:
    data, printed = by_hand
    rows = listed(data)
    assert list(rows) == list(BY_HAND)
    for name, (unused_kr, late_kr, claim_kr, state, grounds) in BY_HAND.items():
        row, repaid_kr = rows[name], (unused_kr or 0) + late_kr
        amounts = [unused_kr, late_kr, repaid_kr, claim_kr, repaid_kr + claim_kr]
        names = ("unused_kr", "not_in_time_kr", "repayment_kr", "claim_kr", "total_kr")
        assert [row[column] for column in names] == list(map(str, amounts)), name
        assert (row["state"], row["grounds"]) == (state, grounds), name
    told = ["repayments: 478 345 kr from 7 recipients, 3 of them everything", "  unused: 348 345 kr from 6"]
    told += ["  late: 130 000 kr from 2", "claims after review: 55 000 kr from 2 recipients"]
    told += ["not requisitioned: 180 000 kr", "to the treasury: 713 345 kr"]
    assert set(told) <= set(printed.splitlines())
    written = {name: text.replace("\u00a0", " ") for name, text in letters(by_hand[0]).items()}
    assert len(written) == 2 * 7
    assert "1440-ale.txt" not in written
    for name, parts in CASES["letters"].items():
        assert [part for part in parts if part not in written[name]] == [], name
    assert "resten" not in written["2584-kiruna.txt"]
    assert "You do not have to pay" not in written["0980-gotland.en.txt"]
    assert "{" not in "".join(written.values())


def test_the_workbook_holds_the_same_with_sums_and_nothing_but_text(by_hand: tuple[Path, str]) -> None:
    path = by_hand[0].parent / "out" / "2031" / "settlement" / "settlement.xlsx"
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["Mottagare", "Ska betala", "Återkrav", "Statskassan"]
    header = [cell.value for cell in book["Mottagare"][1]]
    last, summed = list(book["Mottagare"].iter_rows(values_only=True))[-1], list(values["Mottagare"].values)[-1]
    names = ("Rekvirerat (kr)", "Återbetalning (kr)", "Återkrav (kr)", "Att betala (kr)")
    at = {name: header.index(name) for name in names}
    assert last[0] == "summa"
    assert last[at["Återbetalning (kr)"]] == "=SUM(G2:G10)"
    assert [summed[place] for place in at.values()] == [820_000, 478_345, 55_000, 533_345]
    paying = [name for name, row in BY_HAND.items() if row[3] != "nothing"]
    assert [row[1] for row in list(values["Ska betala"].values)[1:-2]] == paying
    assert [row[-1] for row in values["Statskassan"].values][1:] == [180_000, 478_345, 55_000, None, 713_345]
    cells = [cell for name in book.sheetnames for row in book[name].iter_rows() for cell in row]
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]2:[A-Z]\d+\)", formula) for formula in formulas)
    assert [cell.data_type for cell in cells if cell.value == "=1+1"] == ["s"]
    # In the middle of text: no formula.
    assert listed(by_hand[0])["Gotland"]["reasons"] == "Träffpunkt, inte hälsosamtal; =1+1"


def test_without_the_ground_a_missing_return_is_unknown_and_a_late_one_costs_nothing(tmp_path: Path) -> None:
    data = world(tmp_path, grounds=["unused", "purpose"])
    assert "unknown: Kiruna, 60 000 kr" in command(data, "settle", 2031)
    rows = listed(data)
    assert (rows["Kiruna"]["state"], rows["Kiruna"]["repayment_kr"]) == ("unknown", "")
    assert (rows["Lund"]["state"], rows["Lund"]["total_kr"]) == ("part", "10000")
    assert "2584-kiruna.txt" not in letters(data)


# A missing return is asked for where its last day is known.
@pytest.mark.parametrize(("changed", "kiruna"), [({"days": DAYS}, "unknown"), ({"has_days": False}, "all")])
def test_without_a_last_day_or_days_nobody_is_late(tmp_path: Path, changed: dict[str, Any], kiruna: str) -> None:
    data = world(tmp_path, **changed)
    assert "no return is called late" in command(data, "settle", 2031)
    assert (listed(data)["Lund"]["total_kr"], listed(data)["Kiruna"]["state"]) == ("10000", kiruna)


def test_made_up_amounts_make_examples(tmp_path: Path) -> None:
    data = world(tmp_path, days=DAYS + LAST_DAY + 'synthetic = ["unused_kr"]\n')
    assert "MADE-UP ANSWERS: amounts rest on unused_kr" in command(data, "settle", 2031)
    assert all(text.startswith("EXEMPEL, SKA INTE SKICKAS") for text in letters(data).values())
    assert {row["made_up_answers"] for row in listed(data).values()} == {"unused_kr"}


def test_the_same_input_gives_the_same_bytes_and_old_letters_go(tmp_path: Path) -> None:
    data = world(tmp_path, decisions=DECISIONS)
    command(data, "settle", 2031)
    before = contents(tmp_path)
    command(data, "settle", 2031)
    assert contents(tmp_path) == before
    rest = [*RETURNS[:1], ("Aneby", "2032-01-15", 0), *RETURNS[2:]]
    write_csv(data / "raw" / "2031" / "returns.csv", ("Mottagare", "Inskickad", "Oanvänt"), rest)
    command(data, "settle", 2031)
    assert "0604-aneby.txt" in " ".join(before)
    assert "1281-lund.txt" in letters(data)
    assert "0604-aneby.txt" not in letters(data)


BAD = cases("bad_input")["decisions"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_decision_is_one_clear_line_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    its = BAD[name]
    given = [decision(**each) for each in its.get("decision", ())] + [
        extension(**each) for each in its.get("extension", ())
    ]
    decisions = "".join(given) + its.get("text", "")
    refused(world(tmp_path, decisions=decisions), ["raw/2031/decisions.toml", *its["says"]], "settle", 2031)


def test_what_a_decision_says_is_masked_and_stays_text(tmp_path: Path) -> None:
    reason = '=HYPERLINK("http://x") Ring Eva, eva@example.se'
    data = world(tmp_path, decisions=decision(reason=reason))
    command(data, "settle", 2031)
    assert """Skäl: =HYPERLINK("http://x") Ring Eva, [e-post]""" in letters(data)["0980-gotland.txt"]
    assert listed(data)["Gotland"]["reasons"] == """'=HYPERLINK("http://x") Ring Eva, [e-post]"""
    book = openpyxl.load_workbook(tmp_path / "out" / "2031" / "settlement" / "settlement.xlsx")
    cells = [cell for name in book.sheetnames for row in book[name].iter_rows() for cell in row]
    found = [cell.data_type for cell in cells if str(cell.value).startswith("=HYPERLINK")]
    assert found == ["s"] * 3  # recipients, to repay, claims


def test_without_grounds_returns_or_with_critical_findings_nothing_is_settled(tmp_path: Path) -> None:
    data = world(tmp_path, grounds=[])
    refused(data, ["raw/2031/year.toml: key grant.ground: missing"], "settle", 2031)
    (data / "raw" / "2031" / "returns.csv").unlink()
    refused(data, ["the settlement needs returns.xlsx or returns.csv"], "settle", 2031)


def test_critical_findings_end_it_before_any_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.money.years.start_check", made.CheckedHere)
    data = world(tmp_path, returns=[*RETURNS[1:], ("Ale", "2032-01-02", 100_001)])
    assert "1 critical finding, all in" in command(data, "settle", 2031, status=1)
    files = [path for path in contents(tmp_path) if "/raw/" not in path]
    assert files == ["data/processed/2031/findings.csv"]


GROUNDS = [
    Ground(id="unused", rests_on="unused", text=Text(sv="u", en="u")),
    Ground(id="late", rests_on="return", text=Text(sv="l", en="l")),
    Ground(id="purpose", rests_on="agency", text=Text(sv="p", en="p")),
]
FORM = [Question(id="submitted_on", kind="date", asked="all", column="d", text=Text(sv="d", en="d"))]
ON_TIME = date(2032, 1, 31)
TOO_LATE = date(2032, 2, 1)


@st.composite
def some_year(draw: st.DrawFn) -> tuple[list[dict[str, Any]], Decided, set[str]]:
    """Recipients with returns or none, and claims that they can bear; which grounds the year has."""
    recipients, claims = [], {}
    for code in draw(st.lists(st.sampled_from(["1440", "1480", "1280", "0980", "2584"]), unique=True, min_size=1)):
        requisitioned, returned = draw(st.integers(1, 1000)), draw(st.booleans())
        unused = draw(st.integers(0, requisitioned)) if returned else None
        first_on = draw(st.none() | st.sampled_from([date(2032, 1, 1), ON_TIME, TOO_LATE]))
        row = {"municipality_code": code, "municipality": code, "recipient": code, "requisitioned_kr": requisitioned}
        recipients.append(row | {"unused_kr": unused, "returned": returned, "first_on": first_on if returned else None})
        claimed = draw(st.integers(0, requisitioned - (unused or 0)))
        if claimed:
            when = date(2032, 4, 1)
            claim = Claim(municipality=code, ground="purpose", amount_kr=claimed, reason="r", who="w", when=when)
            claims[code] = [claim]
    return recipients, Decided("d", claims, {}), draw(st.sets(st.sampled_from(["unused", "late"])))


@given(some_year(), st.randoms(use_true_random=False))
def test_nobody_is_asked_for_more_than_it_got_whatever_the_order(
    case: tuple[list[dict[str, Any]], Decided, set[str]], shuffled: random.Random
) -> None:
    recipients, decided, grounds = case
    asked = [ground for ground in GROUNDS if ground.id in {*grounds, "purpose"}]
    grant = Grant(name=Text(sv="b", en="g"), available_kr=5000, return_by=ON_TIME, ground=asked)
    rules = Year(year=2031, grant=grant, question=FORM)
    settlement = settled(rules, recipients, decided)
    for row in settlement:
        assert 0 <= row["total_kr"] <= row["requisitioned_kr"]
        assert min(row["to_repay_kr"], row["not_in_time_kr"]) >= 0
        assert row["claim_kr"] == sum(claim.amount_kr for claim in decided.claims.get(row["municipality_code"], ()))
        missing = not row["returned"]
        if "late" in grounds and (missing or row["first_on"] == TOO_LATE):
            assert row["total_kr"] == row["requisitioned_kr"] or "unused" not in grounds
        else:
            assert row["repaid_kr"] == ((row["unused_kr"] or 0) if "unused" in grounds else 0)
            assert (row["state"] == "unknown") == missing
    shuffled.shuffle(recipients)
    again = settled(rules, recipients, decided)
    by_code = {row["municipality_code"]: row for row in settlement}
    assert {row["municipality_code"]: row for row in again} == by_code
