"""Grant year 2026, from its folder as it is to the settlement, by doing what `status` says and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli import main
from pipeline.register import municipalities
from pipeline.year import read_year
from tests.lines import stand_ins_for_slow
from tests.world import CheckedHere, read_csv, real_data, write_csv

NAMES = [one.name for one in list(municipalities().values())[40:80]]
MISSPELT, TWICE, HUGE, MISSING, LATE = NAMES[3], NAMES[5], NAMES[7], NAMES[9:11], NAMES[12]
DAY, LAST_DAY, LATER, TODAY = "2027-01-20", "2027-01-31", "2027-02-10", "2027-02-15"


class Analyst:
    """Somebody who runs what status prints, and does by hand what it says with the files it names."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.out, self.capsys = real_data(folder), folder / "out", capsys
        self.raw = self.data / "raw" / "2026"
        self.ran: list[str] = []
        self.seen: list[str] = []

    def run(self, command: str) -> tuple[int, str]:
        name, *words = shlex.split(command)
        assert name == "aterrapport"
        self.ran.append(" ".join(word for word in words if not word.startswith(("--data", "--out", "/"))))
        status = main(words)
        return status, self.capsys.readouterr().out

    def status(self) -> str:
        """Ask where the year stands, and do what it says; give the command that it names."""
        places = ["--data", str(self.data), "--out", str(self.out)]
        command = ["aterrapport", "status", "2026", "--on", TODAY, *places]
        ended, said = self.run(shlex.join(command))
        assert ended == 0
        self.seen.append(said)
        found = re.search(r"^next: (.*)\n  (aterrapport .*)$", said, re.MULTILINE)
        assert found, said
        what, then = found.groups()
        if "put the requisitions" in what:
            write_csv(
                self.raw / "recipients.csv", ("recipient", "requisitioned_kr"), [(name, 100_000) for name in NAMES]
            )
        elif copied := re.search(r"copy (\S+) to (\S+)$", what):
            shutil.copy(copied[1], copied[2])
            self.announce_the_last_day()
        elif "put the survey tool's export" in what:
            self.send_in([name for name in NAMES if name not in MISSING])
        elif "clear up" in what:
            self.correct()
        return str(then)

    def announce_the_last_day(self) -> None:
        """Put in what the agency has not stated yet, when the form goes out."""
        rules = self.raw / "year.toml"
        text = rules.read_text(encoding="utf-8").replace('"return_by", ', "", 1)
        rules.write_text(text.replace("\nuse_to", f"\nreturn_by = {LAST_DAY}\nuse_to", 1), encoding="utf-8")

    def send_in(self, names: list[str]) -> None:
        form = read_year(self.raw, "raw/2026").question
        rows = []
        for name in [*names, TWICE]:
            answers: dict[str, object] = {"recipient": name, "submitted_on": DAY, "unused_kr": 1_000}
            answers |= {"salary_kr": 90_000, "other_kr": 9_000, "talks_held": "Ja"}
            answers |= {"persons_total": 20, "persons_women": 12, "persons_men": 8}
            for question in form:
                if question.option and question.asked in ("used", "talks_held"):
                    answers.setdefault(question.id, question.option[0].text.sv)
            if name == MISSPELT:
                answers["recipient"] = f"{name}xx"
            if name == HUGE:
                answers["persons_total"] = 20_900
            if name == LATE:
                answers["submitted_on"] = LATER
            rows.append([answers.get(question.id, "") for question in form])
        write_csv(self.raw / "returns.csv", [question.column for question in form], rows)

    def correct(self) -> None:
        """Fill in the workbook that lies beside the page of findings, and put it where status says."""
        book = openpyxl.load_workbook(self.out / "2026" / "corrections.xlsx")
        sheet = book.worksheets[0]
        at = {str(cell.value): cell.column for cell in sheet[1]}
        ignored = False
        for row in range(2, sheet.max_row + 1):
            found = str(sheet.cell(row, at["Stod"]).value)
            said = {"Skäl": "Samtal med kommunen", "Vem": "AA", "Beslutat": "2027-02-20"}
            if found.endswith("xx"):
                said["Rättat till"] = found.removesuffix("xx")
            elif found == "20900":
                said["Rättat till"] = "20"
            elif found == TWICE and not ignored:
                ignored, said["Räknas inte (x)"] = True, "x"
            else:
                continue
            for column, value in said.items():
                sheet.cell(row, at[column]).value = value
        book.save(self.raw / "corrections.xlsx")


def test_2026_is_walked_to_its_settlement_by_what_status_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)
    monkeypatch.setattr("pipeline.money.years.start_check", CheckedHere)
    analyst = Analyst(tmp_path, capsys)
    with stand_ins_for_slow([]):
        while "aterrapport settle" not in (then := analyst.status()):
            assert len(analyst.ran) < 20, analyst.seen[-1]
            if "aterrapport status" not in then:
                analyst.run(then)
        assert analyst.run(then)[0] == 0
        then = analyst.status()
        ended, said = analyst.run(then)
        assert ended == 0
        assert "needs returns" not in said
        analyst.status()
    assert [one for one in analyst.ran if not one.startswith("status 2026")] == [
        "new-year 2026 --from 2024 --form-only",
        "check 2026",
        "check 2026",
        "settle 2026",
        "build 2026",
    ]
    settled = {
        row["municipality"]: row for row in read_csv(tmp_path / "data" / "processed" / "2026" / "settlement.csv")
    }
    assert {settled[name]["repayment_kr"] for name in (MISSPELT, TWICE, HUGE)} == {"1000"}
    assert {settled[name]["unused_kr"] for name in MISSING} == {""}
    assert {settled[name]["repayment_kr"] for name in (LATE, *MISSING)} == {"100000"}
    figures = read_csv(tmp_path / "data" / "processed" / "2026" / "tables" / "key_figures.csv")
    assert next(row["value"] for row in figures if row["figure"] == "persons_total") == str(20 * 38)
    assert "the year is done" not in analyst.seen[-1]
    assert "the year is made, but 2 returns are missing" in analyst.seen[-1]
    assert f"  missing: {MISSING[0]}\n" in analyst.seen[-1]
