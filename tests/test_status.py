"""Where a year stands, and what comes next: what a person sees at each turn. Nothing is ever written."""

import os
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from tests.odd_files import book
from tests.world import RAW, cases, command, contents, entry, grant_toml, question, read_csv, real_data, write_csv

GRANT: str = cases("data/forms")["status"]
FORM = grant_toml(2031, GRANT, question("unused_kr", "money", "recipients", "Oanvänt"))
CLAIM = entry("decision", municipality="Ale", ground="agency", amount_kr=50, when=date(2032, 3, 1))
ALLOCATED = [("1440", 5000), ("0604", 5000)]
AFTER = "2032-02-01"


@pytest.fixture(autouse=True)
def _no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.letters.page.html", lambda document: document.markdown.encode())  # pandoc is slow


def world(target: Path, steps: int = 0, rules: str = FORM) -> Path:
    """A year with its rules, and so many of: a list, requisitions, returns. Give its folder."""
    folder = target / "data" / "raw" / "2031"
    folder.mkdir(parents=True)
    (folder / "year.toml").write_text(rules, encoding="utf-8")
    for step in (allocated, requisitioned, returned)[:steps]:
        step(folder)
    return folder


def allocated(folder: Path) -> None:
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr"), ALLOCATED)


def requisitioned(folder: Path) -> None:
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), [("Ale", 5000), ("Aneby", 4000)])


def returned(folder: Path, n: int = 2, ale: int = 100) -> None:
    write_csv(folder / "returns.csv", ("Mottagare", "Oanvänt"), [("Ale", ale), ("Aneby", 0)][:n])


def said(folder: Path, on: str = AFTER) -> str:
    before = contents(folder.parents[2])
    text = command(folder.parents[1], "status", folder.name, "--on", on)
    assert contents(folder.parents[2]) == before
    return text


def following(folder: Path, on: str = AFTER) -> tuple[str, str]:
    """What to do next, and the command, without its folders."""
    found = re.search(r"^next: (.*)\n  (.*)$", said(folder, on), re.MULTILINE)
    assert found
    return found[1], re.sub(r" --(data|out) \S+", "", found[2])


def test_the_real_year_is_summed_up(tmp_path: Path) -> None:
    text = said(real_data(tmp_path) / "raw" / "2024", on="2025-01-31")
    assert "grant year 2024: State grant for talks" in text
    assert "allocation: 247 of 290 municipalities, 85 906 462 kr of 95 000 000 kr; the list is partial" in text
    assert "requisitions: 247 municipalities, 85 906 462 kr; 43 have not asked; 9 093 538 kr not requisitioned" in text
    assert "returns: 247 in, 0 missing; MADE-UP ANSWERS" in text
    assert "findings: not checked" in text
    assert "settlement: not made" in text


def test_a_year_known_from_print_and_one_without_requisitions(tmp_path: Path) -> None:
    for year in ("2023", "2026"):
        shutil.copytree(RAW / year, tmp_path / "data" / "raw" / year)
    what, then = following(tmp_path / "data" / "raw" / "2023")
    assert "known from print alone" in what
    assert then == "aterrapport tables 2023"
    what, then = following(tmp_path / "data" / "raw" / "2026")
    assert "put the requisitions (last day 2026-03-16) in" in what
    assert then == "aterrapport status 2026"


def test_dates_are_passed_today_or_to_come(tmp_path: Path) -> None:
    text = said(world(tmp_path), on="2031-03-15")
    assert text.splitlines()[1:7] == [
        "dates, seen from 2031-03-15",
        "  2031-01-01  first day to use the money: passed 73 days ago",
        "  2031-03-15  last day to requisition: today",
        "  2031-12-31  last day to use the money: in 291 days",
        "  2032-01-31  last day for the return: in 322 days",
        "  not stated: last day to repay",
    ]


def test_each_step_is_followed_by_the_next(tmp_path: Path) -> None:
    folder = world(tmp_path)
    what, then = following(folder)
    assert f"put the key's counts in {folder / 'allocation.csv'}" in what
    assert then == "aterrapport status 2031"
    allocated(folder)
    assert f"put the requisitions (last day 2031-03-15) in {folder / 'recipients.csv'}" in following(folder)[0]
    requisitioned(folder)
    assert "put the survey tool's export (last day 2032-01-31)" in following(folder)[0]
    returned(folder, 1)
    assert following(folder)[1] == "aterrapport check 2031"
    command(folder.parents[1], "check", 2031)
    what, then = following(folder, on="2032-01-31")
    assert what.startswith("wait for 1 return (last day 2032-01-31)")
    assert following(folder, on="2032-02-01")[1] == "aterrapport settle 2031"
    returned(folder)
    assert following(folder)[1] == "aterrapport check 2031"
    command(folder.parents[1], "check", 2031)
    command(folder.parents[1], "settle", 2031)
    text = said(folder)
    assert "settlement: 100 kr from 1 municipality, 0 kr of it claims\n" in text
    assert following(folder)[1] == "aterrapport build 2031"
    report = tmp_path / "out" / "2031" / "uppfoljning.html"
    report.write_text("made", encoding="utf-8")
    assert following(folder)[1] == "aterrapport new-year 2032 --from 2031"
    (folder.parent / "2032").mkdir()
    assert following(folder)[1] == "aterrapport status 2032"


def test_a_critical_finding_comes_before_everything_after_it(tmp_path: Path) -> None:
    folder = world(tmp_path, 3)
    command(folder.parents[1], "check", 2031)
    returned(folder, ale=5001)
    command(folder.parents[1], "check", 2031, status=1)
    assert "findings: 1 critical, 0 warning, 0 info" in said(folder)
    what, then = following(folder)
    assert what.startswith("clear up 1 critical finding: ")
    assert "corrections.xlsx" in what
    assert then == "aterrapport check 2031"


def test_what_was_made_before_a_change_is_said_to_be_old(tmp_path: Path) -> None:
    folder = world(tmp_path, 3)
    command(folder.parents[1], "check", 2031)
    command(folder.parents[1], "settle", 2031)
    settlement = folder.parent.parent / "processed" / "2031" / "settlement.csv"
    later = settlement.stat().st_mtime_ns + 1_000_000_000
    (folder / "decisions.toml").write_text("", encoding="utf-8")
    os.utime(folder / "decisions.toml", ns=(later, later))
    assert "0 kr of it claims\n" in said(folder)  # nothing is decided: the settlement would be the same
    (folder / "decisions.toml").write_text(CLAIM, encoding="utf-8")
    os.utime(folder / "decisions.toml", ns=(later, later))
    text = said(folder)
    assert "claims, before a raw file changed" in text  # the settlement
    assert "findings: 0 critical, 0 warning, 0 info\n" in text  # decisions are no matter of theirs
    assert following(folder)[1] == "aterrapport settle 2031"
    os.utime(folder / "returns.csv", ns=(later, later))
    assert "findings: 0 critical, 0 warning, 0 info\n" in said(folder)  # not another file, whatever its date
    returned(folder, ale=99)
    os.utime(folder / "returns.csv", (0, 0))
    assert "findings: 0 critical, 0 warning, 0 info, before a raw file changed\n" in said(folder)
    assert following(folder)[1] == "aterrapport check 2031"


def test_missing_returns_are_named_and_unknown_repayments_counted(tmp_path: Path) -> None:
    folder = world(tmp_path)
    requisitioned(folder)
    returned(folder, 1)
    assert "returns: 1 in, 1 missing\n  missing: Aneby\n" in said(folder)
    command(folder.parents[1], "settle", 2031)
    text = said(folder)
    assert "settlement: 100 kr from 1 municipality, 0 kr of it claims; 1 not known\n" in text
    command(folder.parents[1], "check", 2031)
    (tmp_path / "out" / "2031" / "uppfoljning.html").write_text("made", encoding="utf-8")
    what, then = following(folder)
    assert what == "the year is made, but 1 return is missing: ask for them, and check"
    assert then == "aterrapport check 2031"


def test_a_year_without_a_form_says_so(tmp_path: Path) -> None:
    folder = world(tmp_path, rules=grant_toml(2031, GRANT).partition("[[question]]")[0])
    requisitioned(folder)
    what, then = following(folder)
    assert f"add the form to {folder / 'year.toml'}" in what
    assert then == "aterrapport status 2031"


def test_a_list_without_amounts_is_shared_out_and_then_decided(tmp_path: Path) -> None:
    folder = world(tmp_path)
    header, made = ("municipality_code", "amount_kr"), folder.parents[1] / "processed" / "2031" / "allocation.csv"
    write_csv(folder / "allocation.csv", header, [("1440", ""), ("0604", "")])
    assert "2 without an amount" in said(folder)
    assert following(folder)[1] == "aterrapport allocate 2031"
    made.parent.mkdir(parents=True)
    write_csv(made, header, ALLOCATED)
    what, then = following(folder)
    assert what == f"when the list is decided, copy {made} to {folder / 'allocation.csv'}"
    assert then == "aterrapport status 2031"


def test_a_command_can_be_run_as_it_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world(tmp_path / "a b", 3)
    arguments = ["status", "2031", "--on", "2032-02-01"]
    assert main([*arguments, "--data", str(tmp_path / "a b" / "data"), "--out", str(tmp_path / "out")]) == 0
    shown = f"  aterrapport check 2031 --data '{tmp_path}/a b/data' --out {tmp_path}/out\n"
    assert shown in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "a b")
    assert main(arguments) == 0
    assert "  aterrapport check 2031\n" in capsys.readouterr().out


def test_the_sheet_that_was_read_and_files_that_were_not_are_named(tmp_path: Path) -> None:
    folder = world(tmp_path)
    requisitioned(folder)
    returned(folder)
    (folder / "returns.csv").rename(folder / "returns.csv.txt")
    (folder / "Bilagor").mkdir()
    lines = said(folder).splitlines()
    assert "not read: raw/2031/returns.csv.txt: only returns.csv or returns.xlsx is" in lines
    assert "not read: raw/2031/Bilagor: no file is called so" in lines
    assert "returns: none (no returns.xlsx or returns.csv)" in lines
    rows = [("Mottagare", "Oanvänt"), ("Ale", 100), ("Aneby", 0)]
    (folder / "Returns.XLSX").write_bytes(book(rows, [("x",)], then=_named))
    assert "read: sheet 'Svar 2031' of raw/2031/Returns.XLSX" in said(folder)
    command(folder.parents[1], "tables", 2031)
    sources = read_csv(tmp_path / "data" / "processed" / "2031" / "tables" / "sources.csv")
    assert {row["role"]: row["sheet"] for row in sources if row["sheet"]} == {"returns": "Svar 2031"}


def _named(made: Any) -> None:
    made.worksheets[0].title = "Svar 2031"
