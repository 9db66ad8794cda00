"""A new grant year: its folder, and a whole made-up year run from beginning to end by what the commands say."""

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.errors import TO_FILL_IN, UserError
from pipeline.model import Text
from pipeline.money.new_year import NEW, year_toml
from pipeline.year import Edition, Grant, Publish, Publisher, Question, Year, read_year
from tests.lines import stand_ins_for_slow
from tests.world import PROJECT, RAW, cases, change, command, contents, entry, read_csv, real_data, refused, write_csv

FILLED_IN = {"available_kr": "1_000_000", "requisition_by": "2027-03-15", "use_from": "2027-01-01"}
FILLED_IN |= {"use_to": "2027-12-31", "return_by": "2028-01-31", "repay_by": "2028-06-30"}
COUNTS = {"1440": 600, "1480": 5000, "1280": 2500, "0980": 900, "2480": 900, "1281": 100}
ALLOCATED = {"1440": 60_000, "1480": 500_000, "1280": 250_000, "0980": 90_000, "2480": 90_000, "1281": 10_000}
# Recipient, asked for, unused, sent in. Lund does not ask; Umeå is late; Gotland sends in after a reminder.
RECIPIENTS = {"Ale": 60_000, "Göteborgs stad": 500_000, "Malmö": 250_000, "Region Gotland": 90_000, "Umeå": 90_000}
RETURNS = [("Alexx", 12_000, "2028-01-20"), ("Göteborgs stad", 0, "2028-01-10"), ("Malmö", 250_000, "2028-01-31")]
RETURNS += [("Umeå", 0, "2028-02-01"), ("Malmö", 0, "2028-01-31")]  # a slip of the pen, and two of a day
LAST_RETURN = [("Region Gotland", 0, "2028-01-30")]


class Person:
    """Somebody who does what the commands say next, and nothing else."""

    def __init__(self, data: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.out, self.capsys = data, out, capsys
        self.folder = data / "raw" / "2027"
        self.status = shlex.join(["aterrapport", "status", "2027", "--data", str(data), "--out", str(out)])
        self.day = "2027-01-10"
        self.ran: list[str] = []
        hands = {"wait for": self.wait, "when the list is decided": self.decide_the_list, "allocation.csv": self.count}
        hands |= {"recipients.csv": self.requisition, "returns.csv": self.send_in, "decisions.toml": self.decide}
        self.hands: dict[str, Callable[[], None]] = {"clear up": self.correct, **hands}

    def run(self, command: str) -> str:
        """Run a command as it was printed, on the day that it is; give what it says next."""
        name, *words = shlex.split(command)
        assert name == "aterrapport"
        folders = ("--data", "--out", str(self.data.parent))
        self.ran.append(" ".join(word for word in words if not word.startswith(folders)))
        seen_from = ["--on", self.day] if words[0] == "status" else []
        status = main([*words, *seen_from])
        said = self.capsys.readouterr()
        if status == 2:
            return self.fill_in(said.err)
        assert status == (1 if words[0] == "check" and "critical finding" in said.err else 0), said.err
        following = re.search(r"^next: (.*)\n  (aterrapport .*)$", said.out, re.MULTILINE)
        if not following:  # a command that made something: look again where the year stands
            return self.status
        what, then = following.groups()
        for words_of_it, do in self.hands.items():
            if words_of_it in what:
                do()
                break
        return str(then)

    def fill_in(self, errors: str) -> str:
        """Fill in what the error says, key by key."""
        keys = re.findall(r"^.*year\.toml: key grant\.(\w+): to be filled in; expected", errors, re.MULTILINE)
        assert keys, errors
        text = (self.folder / "year.toml").read_text(encoding="utf-8")
        for key in keys:
            text, n = re.subn(rf'^{key} = "{TO_FILL_IN}"', f"{key} = {FILLED_IN[key]}", text, flags=re.MULTILINE)
            assert n == 1, key
        (self.folder / "year.toml").write_text(text, encoding="utf-8")
        return self.status

    def count(self) -> None:
        write_csv(self.folder / "allocation.csv", ("municipality_code", "key_count"), COUNTS.items())

    def decide_the_list(self) -> None:
        shutil.copy(self.data / "processed" / "2027" / "allocation.csv", self.folder / "allocation.csv")
        self.day = "2027-03-16"

    def requisition(self) -> None:
        write_csv(self.folder / "recipients.csv", ("recipient", "requisitioned_kr"), RECIPIENTS.items())

    def correct(self) -> None:
        """Fill in the workbook that lies beside the page of findings, and put it where status says."""
        book = openpyxl.load_workbook(self.out / "2027" / "corrections.xlsx")
        sheet = book.worksheets[0]
        at = {str(cell.value): cell.column for cell in sheet[1]}
        found = {row: str(sheet.cell(row, at["Stod"]).value) for row in range(2, sheet.max_row + 1)}
        second = max(row for row, text in found.items() if text == "Malmö")
        for row, text in found.items():
            said = {"Skäl": "Samtal", "Vem": "AA", "Beslutat": "2028-01-26"}
            decided = {"Rättat till": "Ale"} if text == "Alexx" else {"Räknas inte (x)": "x"} if row == second else {}
            for column, value in (said | decided if decided else {}).items():
                sheet.cell(row, at[column]).value = value
        book.save(self.folder / "corrections.xlsx")

    def send_in(self, more: Sequence[tuple[str, int, str]] = ()) -> None:
        form = read_year(self.folder, "raw/2027").question
        rows = []
        for name, unused_kr, day in [*RETURNS, *more]:
            used_kr = RECIPIENTS[name.removesuffix("xx")] - unused_kr
            answers = {"recipient": name, "submitted_on": day, "unused_kr": unused_kr}
            if used_kr:
                answers |= {"salary_kr": used_kr, "other_kr": 0, "persons_total": 20, "talks_held": "Ja"}
                answers |= {"persons_women": 12, "persons_men": 8}
                for question in form:
                    if question.option and question.asked in ("used", "talks_held"):
                        answers.setdefault(question.id, question.option[0].text.sv)
            rows.append([answers.get(question.id, "") for question in form])
        write_csv(self.folder / "returns.csv", [question.column for question in form], rows)
        self.day = "2028-01-25"

    def wait(self) -> None:
        self.send_in(LAST_RETURN)
        self.day = "2028-02-02"

    def decide(self) -> None:
        claim = {"municipality": "Göteborg", "ground": "no_evidence", "amount_kr": 40_000, "when": date(2028, 3, 1)}
        (self.folder / "decisions.toml").write_text(entry("decision", **claim), encoding="utf-8")


def test_a_whole_year_is_run_by_what_the_commands_say_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = Person(real_data(tmp_path), tmp_path / "out", capsys)
    then = shlex.join(["aterrapport", "new-year", "2027", "--from", "2026", "--data", str(person.data)])
    with stand_ins_for_slow():
        while not then.startswith("aterrapport new-year 2028 --from 2027"):
            assert len(person.ran) < 40, person.ran
            then = person.run(then)
    steps = ["new-year 2027 --from 2026", "allocate 2027", "allocate 2027", *["check 2027 --on 2028-01-25"] * 2]
    steps += ["check 2027", "settle 2027", "build 2027"]
    assert [each for each in person.ran if each != "status 2027"] == steps
    page = (PROJECT / "docs" / "grant-year.md").read_text(encoding="utf-8")
    assert [each for each in person.ran if f"aterrapport {each}" not in page] == []
    made = person.data / "processed" / "2027"
    amounts = {row["municipality_code"]: int(row["amount_kr"]) for row in read_csv(made / "allocation.csv")}
    assert amounts == ALLOCATED
    settled = {row["municipality"]: row for row in read_csv(made / "settlement.csv")}
    asked = {name: (int(row["repayment_kr"]), int(row["claim_kr"]), row["grounds"]) for name, row in settled.items()}
    assert asked.pop("Göteborg") == (0, 40_000, "no_evidence")
    assert asked.pop("Umeå") == (90_000, 0, "not_returned_in_time")
    assert asked == {"Ale": (12_000, 0, "unused"), "Gotland": (0, 0, ""), "Malmö": (250_000, 0, "unused")}
    report = (person.out / "2027" / "uppfoljning.html").read_text(encoding="utf-8")
    assert "2027" in report
    letters = sorted(path.name for path in (person.out / "2027" / "settlement" / "letters").iterdir())
    assert letters == ["1280-malmo.txt", "1440-ale.txt", "1480-goteborg.txt", "2480-umea.txt"]


def copied(target: Path) -> Path:
    """The real rules alone, in a data folder."""
    for year in (2023, 2024, 2026):
        folder = target / "data" / "raw" / str(year)
        folder.mkdir(parents=True)
        shutil.copy(RAW / str(year) / "year.toml", folder)
    return target / "data"


def test_the_folder_holds_what_stays_and_marks_what_is_new(tmp_path: Path) -> None:
    data = copied(tmp_path)
    before = contents(data)
    assert "form: that of 2024, for 2026 has none" in command(data, "new-year", 2027, "--from", 2026)
    made = contents(data)
    assert made.keys() - before.keys() == {"raw/2027/year.toml", "raw/2027/SOURCES.md"}
    assert before.items() <= made.items()
    text = made["raw/2027/year.toml"].decode()
    grant = tomllib.loads(text)["grant"]
    assert {key for key, value in grant.items() if value == TO_FILL_IN} == set(FILLED_IN) == set(NEW)
    assert grant["minimum_age"] == 65
    assert grant["not_stated"] == ["repay_how", "redistributes", "key"]
    assert [ground["id"] for ground in grant["ground"]] == GROUNDS[2026]
    assert "2026-" not in text  # no day of the year before


def test_the_form_is_brought_into_a_year_that_is_there(tmp_path: Path) -> None:
    data = copied(tmp_path)
    rules, made = data / "raw" / "2026" / "year.toml", data / "processed" / "2026" / "year.toml"
    before = rules.read_text(encoding="utf-8")
    said = command(data, "new-year", 2026, "--from", 2024, "--form-only")
    assert f"{made}: {rules} with the form of 2024 below\nnext: compare the form with the real one, and copy" in said
    assert rules.read_text(encoding="utf-8") == before
    shutil.copy(made, rules)
    brought = read_year(rules.parent, "raw/2026")
    asked = len(read_year(RAW / "2024", "raw/2024").question)
    assert (brought.grant.available_kr, len(brought.question)) == (90_000_000, asked)
    refused(data, ["--form-only", "has a form already"], "new-year", 2026, "--from", 2024, "--form-only")


def test_the_error_of_every_command_says_what_to_fill_in(tmp_path: Path) -> None:
    data = copied(tmp_path)
    command(data, "new-year", 2027, "--from", 2024)
    for name in ("status", "tables", "settle"):
        lines = command(data, name, 2027, status=2).removeprefix("aterrapport: ").splitlines()
        assert lines[0] == "raw/2027/year.toml: key grant.available_kr: to be filled in; expected a whole number"
        assert [line.split(":")[1].removeprefix(" key grant.") for line in lines] == list(FILLED_IN)
        assert all("expected a date as year-month-day" in line for line in lines[1:])


def test_a_year_that_nobody_has_filled_in_stops_no_other(tmp_path: Path) -> None:
    data = copied(tmp_path)
    command(data, "new-year", 2025, "--from", 2024)
    unfilled = "raw/2025/year.toml is not filled in yet; `aterrapport status 2025` says what is left"
    passed_over = f"2025 is passed over: {unfilled}\n"
    assert command(data, "tables", 2026).startswith(passed_over)
    begun = command(data, "new-year", 2027, "--from", 2026)
    assert begun.startswith(f"{passed_over}{data}/raw/2027: year.toml and SOURCES.md, begun from 2026\n")
    assert "form: that of 2024, for 2026 has none" in begun
    rules = data / "raw" / "2025" / "year.toml"
    shutil.copy(data / "raw" / "2024" / "year.toml", rules)
    change(rules, {"\nyear = 2024\n": "\n# FILL IN is gone\nyear = 2025\n"})
    assert "passed over" not in command(data, "tables", 2026)
    rules.rename(rules.with_name("Year.toml"))
    assert "raw/2025/year.toml: file is missing" in command(data, "tables", 2026, status=2)


BAD = cases("bad_input")


@pytest.mark.parametrize("name", BAD["new_year"])
def test_what_cannot_be_made_is_one_line_and_nothing_is_made(name: str, tmp_path: Path) -> None:
    data = copied(tmp_path)
    refused(data, BAD["new_year"][name]["says"], "new-year", *BAD["new_year"][name]["arguments"])
    assert sorted(path.name for path in (data / "raw").iterdir()) == ["2023", "2024", "2026"]


def filled(text: str) -> dict[str, Any]:
    for key, value in FILLED_IN.items():
        text = text.replace(f'{key} = "{TO_FILL_IN}"', f"{key} = {value}", 1)
    return tomllib.loads(text)


@pytest.mark.parametrize("source", [2023, 2024, 2026])
def test_the_form_and_the_rules_are_copied_whole(source: int) -> None:
    rules = read_year(RAW / str(source), f"raw/{source}")
    made = Year.model_validate(filled(year_toml(2027, rules, rules.question, source)))
    asked = [question.model_dump(exclude={"comparable", "note"}) for question in rules.question]
    assert [question.model_dump(exclude={"comparable", "note"}) for question in made.question] == asked
    for name in ("name", "purpose", "not_for", "ground", "evidence", "redistributes", "minimum_age", "repay_how"):
        assert getattr(made.grant, name) == getattr(rules.grant, name), name
    assert made.grant.synthetic == []
    assert all(question.comparable and question.note is None for question in made.question)


@given(st.text(), st.text().filter(str.strip), st.text().map(lambda text: text.replace(";", "").replace("\n", "")))
def test_any_text_comes_through(name: str, column: str, option: str) -> None:
    grant = Grant(name=Text(sv=name, en=column), available_kr=1)
    words = {"text": Text(sv=option, en=name), "short": Text(sv=name[:40], en=column[:40])}
    one = {"id": "a", **words, "in_text": Text(sv=column, en=option)}
    asked = {"id": "q", "kind": "choice", "asked": "all", "column": column, "text": Text(sv=name, en=option)}
    question = Question.model_validate({**asked, "short": Text(sv=column, en=name), "option": [one]})
    source = Year(year=2026, grant=grant, question=[question])
    made = Year.model_validate(filled(year_toml(2027, source, source.question, 2026)))
    assert made.grant.name == grant.name
    assert made.question == source.question


GROUNDS = {int(year): grounds for year, grounds in cases("data/forms")["grounds"].items()}


def test_how_figures_are_published_stays_but_for_editions_and_address() -> None:
    rules = read_year(RAW / "2024", "raw/2024")
    publisher = Publisher(name=Text(sv="Prov", en="Test"), email="a@prov.se")
    more = {"licence": "CC0-1.0", "publisher": publisher, "keyword": [Text(sv="bidrag", en="grants")]}
    more |= {"address": "https://prov.se/2024/", "edition": [Edition(kind="final", published_on=date(2025, 9, 1))]}
    rules = rules.model_copy(update={"publish": Publish(**{**dict(rules.publish), **more})})
    made = tomllib.loads(year_toml(2027, rules, rules.question, 2024))["publish"]
    assert (made["minimum_base"], made["licence"]) == (3, "CC0-1.0")
    assert made["keyword"] == [{"sv": "bidrag", "en": "grants"}]
    assert made["publisher"] == {"name": {"sv": "Prov", "en": "Test"}, "email": "a@prov.se"}
    assert not {"address", "edition"} & made.keys()


def test_the_rules_of_each_year_are_those_of_its_documents() -> None:
    grants = {year: read_year(RAW / str(year), f"raw/{year}").grant for year in GROUNDS}
    told = [(it.available_kr, str(it.requisition_by), len(it.purpose), len(it.evidence)) for it in grants.values()]
    assert told[:2] == [(143_500_000, "2023-06-01", 1, 0), (95_000_000, "2024-06-03", 4, 4)]
    assert told[2:] == [(90_000_000, "2026-03-16", 2, 4)]
    assert {year: [ground.id for ground in grant.ground] for year, grant in grants.items()} == GROUNDS
    assert (grants[2023].use_from, grants[2023].use_to) == (date(2023, 2, 1), date(2023, 12, 31))
    assert (grants[2023].repay_by, grants[2023].redistributes) == (date(2024, 6, 30), True)
    assert (grants[2024].repay_how, grants[2024].redistributes) == ("invoice", False)
    assert (grants[2026].minimum_age, grants[2026].costs_booked_later) == (65, True)
    assert [point.id for point in grants[2026].not_for] == ["general_activities"]
    assert {"return_by", "repay_by", "key"} <= set(grants[2026].not_stated)
    key = grants[2024].key
    assert key is not None
    assert (key.total_count, key.counted_on) == (355_469, None)


@pytest.mark.parametrize("case", BAD["order"])
def test_dates_in_the_wrong_order_are_one_line(case: str, tmp_path: Path) -> None:
    first, day, then, before = BAD["order"][case].values()
    folder = tmp_path / "2027"
    folder.mkdir()
    name = 'year = 2027\n[grant]\nname = { sv = "b", en = "g" }\navailable_kr = 1\n'
    (folder / "year.toml").write_text(f"{name}{first} = {day}\n{then} = {day}\n", encoding="utf-8")
    read_year(folder, "raw/2027")  # the same day is no fault
    (folder / "year.toml").write_text(f"{name}{first} = {day}\n{then} = {before}\n", encoding="utf-8")
    said = f"key grant: {then} {before} is before {first} {day}; expected {then} on that day or later"
    with pytest.raises(UserError, match=f"^raw/2027/year.toml: {said}$"):
        read_year(folder, "raw/2027")


def test_a_year_without_returns_is_built_as_far_as_it_goes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(RAW / "2026", data / "raw" / "2026")
    for name in ("check", "tables", "build"):
        said = command(data, name, 2026)
        assert "findings: 0 critical" in said
        assert ("no report: " in said) == (name == "build")
        assert ("left out: usage_degree, which needs recipients and returns" in said) == (name != "check")
    assert not list((tmp_path / "out").rglob("uppfoljning*"))


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_takes_the_newest_year_with_returns() -> None:
    run = subprocess.run(["make", "-n", "report"], cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S607
    assert "aterrapport build 2024" in run.stdout
