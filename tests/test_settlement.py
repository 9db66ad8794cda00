"""Settlement: the printed sums of a real year, and a made-up one worked through by hand."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.findings import Finding
from pipeline.cli import main
from pipeline.money.decisions import Claim, Decided
from pipeline.money.settle import settle
from pipeline.year import Grant, Ground, Question, Text, Year
from tests.world import CheckedHere, read_csv, real_data, write_csv

RULES = """\
year = 2031
[grant]
name = { sv = "Bidrag mot ensamhet", en = "Grant against loneliness" }
available_kr = 1_000_000
use_from = 2031-01-01
use_to = 2031-12-31
return_by = 2032-01-31
repay_by = 2032-06-30
GROUNDS
[[question]]
id = "recipient"
kind = "text"
asked = "all"
column = "Mottagare"
text = { sv = "Mottagare", en = "Recipient" }
required = true
[[question]]
id = "submitted_on"
kind = "date"
asked = "all"
column = "Inskickad"
text = { sv = "Inskickad", en = "Submitted on" }
[[question]]
id = "unused_kr"
kind = "money"
asked = "recipients"
column = "Oanvänt"
text = { sv = "Oanvänt belopp", en = "Unused amount" }
required = true
"""
UNUSED = (
    'id = "unused", rests_on = "unused", text = { sv = "Bidraget har inte använts", en = "The grant was not used" }'
)
LATE = 'id = "late", rests_on = "return", text = { sv = "Återrapporten är sen", en = "The return is late" }'
PURPOSE = 'id = "purpose", rests_on = "agency", text = { sv = "Fel ändamål", en = "Another purpose" }'
EVIDENCE = 'id = "evidence", rests_on = "agency", text = { sv = "Underlag saknas", en = "No evidence" }'
FOUR = "ground = [{ " + " }, { ".join((UNUSED, LATE, PURPOSE, EVIDENCE)) + " }]"
NOT_LATE = "ground = [{ " + " }, { ".join((UNUSED, PURPOSE)) + " }]"

RECIPIENTS = [
    ("Ale", 100_000),
    ("Aneby", 50_000),
    ("Malmö", 300_000),
    ("Lund", 80_000),
    ("Kiruna", 60_000),
    ("Umeå", 90_000),
    ("Ystad", 40_000),
    ("Gotland", 70_000),
    ("Habo", 30_000),
]
RETURNS = [
    ("Ale", "2032-01-31", 0),  # all used, on the last day
    ("Aneby", "2032-01-15", 12_345),  # part unused
    ("Malmö", "2032-01-15", 300_000),  # nothing used
    ("Lund", "2032-02-01", 10_000),  # a day late
    ("Umeå", "2032-02-20", 0),  # late, but had longer time
    ("Ystad", "2032-03-01", 5_000),  # late, and all that was used is claimed
    ("Gotland", "2032-01-20", 20_000),  # two claims on what was used
    ("Habo", "2032-01-20", 0),  # in time …
    ("Habo", "2032-02-10", 1_000),  # … and mended later: the mended one counts, and it is not late
]  # Kiruna has sent nothing
DECISIONS = """\
[[decision]]
municipality = "Gotland"
ground = "purpose"
amount_kr = 15_000
reason = "Träffpunkt, inte hälsosamtal"
who = "Enhetschefen"
when = 2032-04-01
[[decision]]
municipality = "0980"
ground = "evidence"
amount_kr = 5_000
reason = "=1+1"
who = "Enhetschefen"
when = 2032-04-02
[[decision]]
municipality = "Ystads kommun"
ground = "evidence"
amount_kr = 35_000
reason = "Inga fakturor"
who = "Enhetschefen"
when = 2032-04-02
[[extension]]
municipality = "Umeå"
until = 2032-02-29
reason = "Sjukdom"
who = "Enhetschefen"
when = 2032-01-30
"""
#            unused   not in time  claims   state      grounds
BY_HAND = {
    "Ale": (0, 0, 0, "nothing", ""),
    "Aneby": (12_345, 0, 0, "part", "unused"),
    "Gotland": (20_000, 0, 20_000, "part", "unused; purpose; evidence"),
    "Habo": (1_000, 0, 0, "part", "unused"),
    "Kiruna": (None, 60_000, 0, "all", "late"),
    "Lund": (10_000, 70_000, 0, "all", "unused; late"),
    "Malmö": (300_000, 0, 0, "all", "unused"),
    "Umeå": (0, 0, 0, "nothing", ""),
    "Ystad": (5_000, 0, 35_000, "all", "unused; evidence"),
}
# Requisitioned: 820 000 of 1 000 000. Repaid: 12 345 + 20 000 + 1 000 + 60 000 + 80 000 + 300 000 + 5 000 = 478 345.
# Claimed: 20 000 + 35 000. To the treasury: 180 000 + 478 345 + 55 000 = 713 345.


class NothingFound(CheckedHere):
    """Checking that finds nothing, for what does not depend on it."""

    def findings(self, _: Path) -> list[Finding]:
        return []


@pytest.fixture(autouse=True)
def _nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.money.year_store.start_check", NothingFound)


def world(
    target: Path,
    *,
    grounds: str = FOUR,
    recipients: Sequence[tuple[str, int]] = RECIPIENTS,
    returns: Sequence[tuple[str, str, int]] = RETURNS,
    decisions: str | None = DECISIONS,
) -> Path:
    """Write the made-up year, and give its data folder."""
    folder = target / "data" / "raw" / "2031"
    folder.mkdir(parents=True)
    (folder / "year.toml").write_text(RULES.replace("GROUNDS", grounds), encoding="utf-8")
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), recipients)
    write_csv(folder / "returns.csv", ("Mottagare", "Inskickad", "Oanvänt"), returns)
    if decisions:
        (folder / "decisions.toml").write_text(decisions, encoding="utf-8")
    return target / "data"


def run(data: Path, year: int = 2031, *more: str) -> int:
    return main(["settle", str(year), "--data", str(data), "--out", str(data.parent / "out"), *more])


def listed(data: Path, year: int = 2031) -> dict[str, dict[str, str]]:
    return {row["municipality"]: row for row in read_csv(data / "processed" / str(year) / "settlement.csv")}


def letters(data: Path, year: int = 2031) -> dict[str, str]:
    folder = data.parent / "out" / str(year) / "settlement" / "letters"
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def everything(data: Path) -> dict[str, str]:
    files = [path for path in sorted(data.parent.rglob("*")) if path.is_file()]
    return {str(path.relative_to(data.parent)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The real year settled, and what was printed."""
    data = real_data(tmp_path_factory.mktemp("real"))
    with pytest.MonkeyPatch.context() as patch, pytest.MonkeyPatch.context() as screen:
        patch.setattr("pipeline.money.year_store.start_check", NothingFound)
        printed: list[str] = []
        screen.setattr("builtins.print", lambda *line, **_: printed.append(" ".join(map(str, line))))
        assert run(data, 2024) == 0
    return data, "\n".join(printed)


def test_the_printed_sums_of_2024_come_out(real: tuple[Path, str]) -> None:
    data, printed = real
    assert "repayments: 10 026 518 kr from 45 recipients, 12 of them everything" in printed
    assert "claims after review: 0 kr from 0 recipients" in printed
    assert "not requisitioned: 9 093 538 kr" in printed
    assert "to the treasury: 19 120 056 kr" in printed
    rows = listed(data, 2024)
    assert len(rows) == 247
    assert sum(int(row["repayment_kr"]) for row in rows.values()) == 10_026_518
    assert sum(row["state"] == "all" for row in rows.values()) == 12
    assert rows["Värmdö"]["repayment_kr"] == "1194"
    assert rows["Örebro"]["total_kr"] == rows["Örebro"]["requisitioned_kr"] == "1273458"


def test_no_return_of_2024_is_called_late_on_a_made_up_day(real: tuple[Path, str]) -> None:
    data, printed = real
    assert "no return is called late: the days in submitted_on are MADE UP" in printed
    assert {row["not_in_time_kr"] for row in listed(data, 2024).values()} == {"0"}
    assert {row["returned_on"] for row in listed(data, 2024).values()} == {""}


def test_the_letters_of_2024_ask_for_no_payment(real: tuple[Path, str]) -> None:
    written = letters(real[0], 2024)
    assert len(written) == 45
    assert all("Ni behöver inte betala något nu. Vi skickar en faktura" in text for text in written.values())
    assert not any("EXEMPEL" in text or "återkrav" in text.casefold() for text in written.values())
    assert written["1880-orebro.txt"] == (
        "Ämne: Återbetalning av statsbidrag för bidragsåret 2024: Örebro\n\n"
        "Hej!\n\n"
        "Brevet gäller ”Statsbidrag för hälsosamtal mot ofrivillig ensamhet bland äldre”, bidragsåret 2024.\n\n"
        "Örebro rekvirerade 1\u00a0273\u00a0458 kronor. Hela beloppet ska betalas tillbaka.\n\n"
        "Här står varför:\n\n"
        "1. Bidraget har inte använts: 1\u00a0273\u00a0458 kronor\n"
        "   I er återrapport står det att 1\u00a0273\u00a0458 kronor inte har använts.\n\n"
        "Så går det till\n"
        "Ni behöver inte betala något nu. Vi skickar en faktura, och ni betalar när den har kommit.\n\n"
        "Stämmer något inte? Svara på det här meddelandet så snart ni kan och skriv vad som är fel.\n\n"
        "Hör gärna av er om något är oklart.\n\n"
        "Med vänlig hälsning\n"
    )


def test_a_made_up_year_worked_through_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = world(tmp_path)
    assert run(data) == 0
    rows = listed(data)
    assert list(rows) == ["Ale", "Aneby", "Gotland", "Habo", "Kiruna", "Lund", "Malmö", "Umeå", "Ystad"]
    for name, (unused_kr, late_kr, claim_kr, state, grounds) in BY_HAND.items():
        row = rows[name]
        assert row["unused_kr"] == ("" if unused_kr is None else str(unused_kr)), name
        assert (row["not_in_time_kr"], row["claim_kr"]) == (str(late_kr), str(claim_kr)), name
        assert row["repayment_kr"] == str((unused_kr or 0) + late_kr), name
        assert row["total_kr"] == str((unused_kr or 0) + late_kr + claim_kr), name
        assert (row["state"], row["grounds"]) == (state, grounds), name
    printed = capsys.readouterr().out
    assert "repayments: 478 345 kr from 7 recipients, 3 of them everything" in printed
    assert "  unused: 348 345 kr from 6" in printed
    assert "  late: 130 000 kr from 2" in printed
    assert "claims after review: 55 000 kr from 2 recipients" in printed
    assert "not requisitioned: 180 000 kr" in printed
    assert "to the treasury: 713 345 kr" in printed


def test_the_workbook_holds_the_same_with_sums_and_nothing_but_text(tmp_path: Path) -> None:
    data = world(tmp_path)
    assert run(data) == 0
    path = tmp_path / "out" / "2031" / "settlement" / "settlement.xlsx"
    book, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == ["recipients", "to repay", "claims", "treasury"]
    header = [cell.value for cell in book["recipients"][1]]
    last, summed = list(book["recipients"].iter_rows(values_only=True))[-1], list(values["recipients"].values)[-1]
    at = {name: header.index(name) for name in ("requisitioned_kr", "repayment_kr", "claim_kr", "total_kr")}
    assert last[0] == "sum"
    assert last[at["repayment_kr"]] == "=SUM(G2:G10)"
    assert [summed[place] for place in at.values()] == [820_000, 478_345, 55_000, 533_345]
    assert [row[1] for row in list(values["to repay"].values)[1:-2]] == [
        "Aneby", "Gotland", "Habo", "Kiruna", "Lund", "Malmö", "Ystad"
    ]  # fmt: skip
    assert [row[-1] for row in values["treasury"].values][1:] == [180_000, 478_345, 55_000, None, 713_345]
    (reason,) = [cell for row in book["claims"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert reason.data_type == "s"
    assert (
        listed(data)["Gotland"]["reasons"] == "Träffpunkt, inte hälsosamtal; =1+1"
    )  # in the middle of text: no formula


def test_a_letter_says_each_ground_and_claims_stand_apart(tmp_path: Path) -> None:
    data = world(tmp_path)
    assert run(data, 2031, "--lang", "sv,en") == 0
    written = letters(data)
    assert len(written) == 2 * 7
    assert "0980-gotland.txt" in written
    assert "1440-ale.txt" not in written
    lund = written["1281-lund.txt"]
    assert "Lund rekvirerade 80\u00a0000 kronor. Hela beloppet ska betalas tillbaka." in lund
    assert "1. Bidraget har inte använts: 10\u00a0000 kronor" in lund
    assert "2. Återrapporten är sen: 70\u00a0000 kronor" in lund
    assert "Sista dag för återrapporten var den 31\u00a0januari 2032. Er kom in den 1\u00a0februari 2032." in lund
    assert "Sista dag att betala är den 30\u00a0juni 2032." in lund
    kiruna = written["2584-kiruna.txt"]
    assert "Vi har inte fått någon återrapport från er." in kiruna
    assert "resten" not in kiruna
    gotland = written["0980-gotland.txt"]
    assert "Ämne: Återbetalning och återkrav av statsbidrag" in gotland
    assert (
        "Av det ska 40\u00a0000 kronor betalas tillbaka. 20\u00a0000 kronor är återbetalning och 20\u00a0000 kronor är "
        "återkrav efter vår granskning."
    ) in gotland
    assert "3. Underlag saknas: 5\u00a0000 kronor\n   Det här är ett återkrav." in gotland
    assert "   Skäl: Träffpunkt, inte hälsosamtal\n   Beslutat den 1\u00a0april 2032 av Enhetschefen." in gotland
    assert "You do not have to pay" not in written["0980-gotland.en.txt"]
    assert "Reason: Träffpunkt" in written["0980-gotland.en.txt"]
    assert "{" not in "".join(written.values())


def test_without_the_ground_a_missing_return_is_unknown_and_a_late_one_costs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = world(tmp_path, grounds=NOT_LATE, decisions=None)
    assert run(data) == 0
    rows = listed(data)
    assert (rows["Kiruna"]["state"], rows["Kiruna"]["repayment_kr"]) == ("unknown", "")
    assert (rows["Lund"]["state"], rows["Lund"]["total_kr"]) == ("part", "10000")
    assert "unknown: Kiruna, 60 000 kr" in capsys.readouterr().out
    assert "2584-kiruna.txt" not in letters(data)


@pytest.mark.parametrize("rule", ["return_by = 2032-01-31\n", "no submitted_on"])
def test_without_a_last_day_or_days_nobody_is_late(
    tmp_path: Path, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = world(tmp_path, decisions=None)
    path = data / "raw" / "2031" / "year.toml"
    rules = path.read_text(encoding="utf-8")
    if rule == "no submitted_on":
        start = rules.index('[[question]]\nid = "submitted_on"')
        end = rules.index("[[question]]", start + 1)
        path.write_text(rules[:start] + rules[end:], encoding="utf-8")
        rows = [(name, unused) for name, _, unused in RETURNS[:7]]
        write_csv(data / "raw" / "2031" / "returns.csv", ("Mottagare", "Oanvänt"), rows)
    else:
        path.write_text(rules.replace(rule, ""), encoding="utf-8")
    assert run(data) == 0
    assert "no return is called late" in capsys.readouterr().out
    assert listed(data)["Lund"]["total_kr"] == "10000"
    # A missing return is asked for where its last day is known.
    assert listed(data)["Kiruna"]["state"] == ("all" if rule == "no submitted_on" else "unknown")


def test_made_up_amounts_make_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = world(tmp_path)
    path = data / "raw" / "2031" / "year.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[grant]", '[grant]\nsynthetic = ["unused_kr"]'), encoding="utf-8"
    )
    assert run(data) == 0
    assert all(text.startswith("EXEMPEL, SKA INTE SKICKAS") for text in letters(data).values())
    assert {row["made_up_answers"] for row in listed(data).values()} == {"unused_kr"}
    assert "MADE-UP ANSWERS: amounts rest on unused_kr" in capsys.readouterr().out


def test_the_same_input_gives_the_same_bytes_and_old_letters_go(tmp_path: Path) -> None:
    data = world(tmp_path)
    assert run(data) == 0
    before = everything(data)
    assert run(data) == 0
    assert everything(data) == before
    (data / "raw" / "2031" / "decisions.toml").unlink()
    write_csv(data / "raw" / "2031" / "returns.csv", ("Mottagare", "Inskickad", "Oanvänt"), RETURNS[:1] + RETURNS[2:])
    assert run(data) == 0
    assert "1281-lund.txt" in letters(data)
    assert {"0643-habo.txt", "0604-aneby.txt"} - set(letters(data)) == set()


DECISION = 'municipality = "{0}"\nground = "{1}"\namount_kr = {2}\nreason = "r"\nwho = "w"\nwhen = {3}\n'


def decision(who: str = "Gotland", ground: str = "purpose", amount: str = "1", when: str = "2032-04-01") -> str:
    return "[[decision]]\n" + DECISION.format(who, ground, amount, when)


def extension(until: str = "2032-02-29", who: str = "Umeå") -> str:
    return f'[[extension]]\nmunicipality = "{who}"\nuntil = {until}\nreason = "r"\nwho = "w"\nwhen = 2032-01-01\n'


BAD = {
    "got nothing": (decision("Eda"), ["a decision on Eda", "got no money", "recipients.csv"]),
    "longer time for one that got nothing": (extension(who="Eda"), ["a decision on Eda", "got no money"]),
    "more than was used": (decision(amount="50_001"), ["more is claimed of Gotland than it used", "50 001", "50 000"]),
    "together more than was used": (
        decision(amount="50_000") + decision(ground="evidence"),
        ["more is claimed of Gotland", "50 001"],
    ),
    "more than was requisitioned": (decision("Kiruna", amount="60_001"), ["than it requisitioned", "60 000"]),
    "unknown ground": (decision(ground="purpos"), ["decision.1.ground", "no ground of this", "purpose or evidence"]),
    "ground of the return": (decision(ground="late"), ["decision.1.ground", "follows from the return", "'late'"]),
    "unknown municipality": (
        decision() + decision("Gotlnad"),
        ["decision.2.municipality", "'Gotlnad'", "did you mean Gotland"],
    ),
    "twice": (decision() + decision(), ["decision.2", "second claim on the same ground", "add them up"]),
    "nothing claimed": (decision(amount="0"), ["decision.1.amount_kr", "found 0", "greater than 0"]),
    "below nothing": (decision(amount="-5"), ["decision.1.amount_kr", "found -5"]),
    "half a krona": (decision(amount="1.5"), ["decision.1.amount_kr", "found 1.5"]),
    "no reason": (decision().replace('reason = "r"\n', ""), ["decision.1.reason: missing"]),
    "an empty reason": (decision().replace('"r"', '" "'), ["decision.1.reason"]),
    "before the year": (decision(when="2030-12-31"), ["decision.1.when", "2030-12-31", "2031-01-01 or later"]),
    "no longer time": (extension("2032-01-31"), ["key extension.1.until: no longer time", "2032-01-31"]),
    "longer time twice": (extension() + extension(), ["key extension.2: ", "twice", "Umeå"]),
    "unknown key": ("[[decison]]\n", ["decison", "unknown key", "'decision'"]),
    "no TOML": ("[[decision]\n", ["not valid TOML"]),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_decision_is_one_clear_line_and_nothing_is_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, said = BAD[name]
    data = world(tmp_path, decisions=content)
    before = everything(data)
    assert run(data) == 2
    error = capsys.readouterr().err
    assert error.startswith("aterrapport: ")
    assert error.count("\n") == 1
    assert [words for words in ["raw/2031/decisions.toml", *said] if words not in error] == []
    assert everything(data) == before


def test_personal_data_in_a_decision_is_masked(tmp_path: Path) -> None:
    data = world(tmp_path, decisions=decision().replace('"r"', '"Ring Eva, eva@example.se"'))
    assert run(data) == 0
    assert "Skäl: Ring Eva, [e-post]" in letters(data)["0980-gotland.txt"]
    assert "example.se" not in listed(data)["Gotland"]["reasons"]


def test_a_formula_in_a_reason_stays_text(tmp_path: Path) -> None:
    data = world(tmp_path, decisions=decision().replace('"r"', """'=HYPERLINK("http://x")'"""))
    assert run(data) == 0
    assert listed(data)["Gotland"]["reasons"] == """'=HYPERLINK("http://x")"""
    book = openpyxl.load_workbook(tmp_path / "out" / "2031" / "settlement" / "settlement.xlsx")
    cells = [cell for name in book.sheetnames for row in book[name].iter_rows() for cell in row]
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]2:[A-Z]\d+\)", formula) for formula in formulas)
    assert sum(cell.value == '=HYPERLINK("http://x")' for cell in cells) == 3  # recipients, to repay, claims


def test_without_grounds_or_returns_nothing_is_settled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = world(tmp_path, grounds="", decisions=None)
    before = everything(data)
    assert run(data) == 2
    assert "raw/2031/year.toml: key grant.ground: missing" in capsys.readouterr().err
    (data / "raw" / "2031" / "returns.csv").unlink()
    assert run(data) == 2
    assert "the settlement needs returns.xlsx or returns.csv" in capsys.readouterr().err
    assert set(everything(data)) == set(before) - {"data/raw/2031/returns.csv"}


def test_critical_findings_end_it_before_any_letter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.money.year_store.start_check", CheckedHere)
    data = world(tmp_path, returns=[*RETURNS[1:], ("Ale", "2032-01-02", 100_001)], decisions=None)
    assert run(data) == 1
    assert "1 critical finding, all in" in capsys.readouterr().err
    made = [path for path in everything(data) if "/raw/" not in path]
    assert made == ["data/processed/2031/findings.csv"]


GROUNDS = [
    Ground(id="unused", rests_on="unused", text=Text(sv="u", en="u")),
    Ground(id="late", rests_on="return", text=Text(sv="l", en="l")),
    Ground(id="purpose", rests_on="agency", text=Text(sv="p", en="p")),
]
FORM = [Question(id="submitted_on", kind="date", asked="all", column="d", text=Text(sv="d", en="d"))]
LAST_DAY = date(2032, 1, 31)


KINDS: dict[str, Any] = {
    "municipality_code": pl.String,
    "municipality": pl.String,
    "recipient": pl.String,
    "requisitioned_kr": pl.Int64,
    "unused_kr": pl.Int64,
    "returned": pl.Boolean,
    "first_on": pl.Date,
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[tuple[Any, ...]], Decided, set[str]]:
    """Recipients with returns or none, and claims that they can bear; which grounds the year has."""
    recipients, claims = [], {}
    for code in draw(st.lists(st.sampled_from(["1440", "1480", "1280", "0980", "2584"]), unique=True, min_size=1)):
        requisitioned = draw(st.integers(1, 1000))
        returned = draw(st.booleans())
        unused = draw(st.integers(0, requisitioned)) if returned else None
        first_on = draw(st.none() | st.sampled_from([date(2032, 1, 1), LAST_DAY, date(2032, 2, 1)]))
        recipients.append((code, code, code, requisitioned, unused, returned, first_on if returned else None))
        claimed = draw(st.integers(0, requisitioned - (unused or 0)))
        if claimed:
            claims[code] = (Claim(GROUNDS[2], claimed, "r", "w", date(2032, 4, 1)),)
    return recipients, Decided("d", claims, {}), draw(st.sets(st.sampled_from(["unused", "late"])))


@given(cases(), st.randoms(use_true_random=False))
def test_nobody_is_asked_for_more_than_it_got_whatever_the_order(
    case: tuple[list[tuple[Any, ...]], Decided, set[str]], shuffled: random.Random
) -> None:
    recipients, decided, grounds = case
    grant = Grant(
        name=Text(sv="b", en="g"),
        available_kr=5000,
        return_by=LAST_DAY,
        ground=[ground for ground in GROUNDS if ground.id in grounds or ground.id == "purpose"],
    )
    rules = Year(year=2031, grant=grant, question=FORM)
    settlement = settle(rules, pl.DataFrame(recipients, KINDS, orient="row"), decided)
    for row in settlement.rows.iter_rows(named=True):
        assert 0 <= row["total_kr"] <= row["requisitioned_kr"]
        assert min(row["to_repay_kr"], row["not_in_time_kr"]) >= 0
        assert row["claim_kr"] == sum(claim.amount_kr for claim in decided.claims.get(row["municipality_code"], ()))
        missing, late = not row["returned"], row["first_on"] == date(2032, 2, 1)
        if "late" in grounds and (missing or late):
            assert row["total_kr"] == row["requisitioned_kr"] or "unused" not in grounds
        else:
            assert row["repaid_kr"] == ((row["unused_kr"] or 0) if "unused" in grounds else 0)
            assert row["is_known"] != missing
    shuffled.shuffle(recipients)
    again = settle(rules, pl.DataFrame(recipients, KINDS, orient="row"), decided)
    assert again.rows.sort("municipality_code").equals(settlement.rows.sort("municipality_code"))
    assert again.treasury_kr == settlement.treasury_kr
