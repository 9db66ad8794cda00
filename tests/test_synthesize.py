"""Made-up returns: every printed figure is counted again here, in plain Python, from the files as they were written."""

import csv
import datetime
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.check.suite import check_store
from pipeline.errors import UserError
from pipeline.model import read_model
from pipeline.paths import REPORTS
from pipeline.read.folder import Published, published_model
from pipeline.register import match
from pipeline.store import open_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import Year, read_year
from tests.telling import store_of
from tests.world import RAW, cases
from tools.synthesize import Amounts, Returns, synthesize, write_returns

FOLDER = RAW / "2024"
SEEDS = (1, 2)

Line = dict[str, Any]


def half_up(count: int, n: int) -> int:
    return math.floor(100 * count / n + 0.5)


def real_amounts() -> list[Amounts]:
    """The recipients' list and the unused amounts, which are real in whatever returns file the folder has."""
    (path,) = FOLDER.glob("returns.*")
    lines = lines_of(path)
    unused = {line["Mottagare"]: int(line["Oanvänt belopp (kr)"]) for line in lines}
    with (FOLDER / "recipients.csv").open(encoding="utf-8", newline="") as file:
        listed = [(line["recipient"], int(line["requisitioned_kr"])) for line in csv.DictReader(file)]
    return [Amounts(name, match(name).municipality_code or "", kr, unused[name]) for name, kr in listed]


def lines_of(path: Path) -> list[Line]:
    """The rows of a file by header; blank is None, and XLSX keeps its types."""
    if path.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    return [dict(zip(header, (None if cell == "" else cell for cell in row), strict=True)) for row in rows]


PUBLISHED = published_model(read_declarations(REPORTS))


class World:
    """The real year: form and figures as plain TOML, and the made-up files."""

    def __init__(self, target: Path, seeds: Sequence[int] = SEEDS) -> None:
        self.form = tomllib.loads((FOLDER / "year.toml").read_text(encoding="utf-8"))
        self.printed = tomllib.loads((FOLDER / "published.toml").read_text(encoding="utf-8"))
        self.questions = {question["id"]: question for question in self.form["question"]}
        self.rules = read_year(FOLDER, "raw/2024")
        self.published = read_model(FOLDER / "published.toml", PUBLISHED, "raw/2024/published.toml")
        self.amounts = real_amounts()
        self.requisitioned = {each.recipient: each.requisitioned_kr for each in self.amounts}
        self.unused = {each.recipient: each.unused_kr for each in self.amounts}
        self.files = [target / f"returns{seed}.{ending}" for seed in seeds for ending in ("csv", "xlsx")]
        for at, seed in enumerate(seeds):
            returns = synthesize(self.rules, self.published, self.amounts, seed)
            for path in self.files[2 * at :][:2]:
                write_returns(returns, path)


class Counted:
    """One written file, read as a person would: by the words in it."""

    def __init__(self, world: World, path: Path) -> None:
        self.world, self.lines = world, lines_of(path)
        self.used = [line for line in self.lines if self.used_kr(line) > 0]
        self.talks_held = [line for line in self.used if line[self.column("talks_held")] == "Ja"]
        unused = [line for line in self.lines if int(line[self.column("unused_kr")]) > 0]
        self.bases = {"all": self.lines, "recipients": self.lines, "used": self.used, "unused": unused}
        self.bases["talks_held"] = self.talks_held

    def column(self, question: str) -> str:
        return str(self.world.questions[question]["column"])

    def used_kr(self, line: Line) -> int:
        return self.world.requisitioned[line[self.column("recipient")]] - int(line[self.column("unused_kr")])

    def chosen(self, line: Line, question: str) -> set[str]:
        """Ids of the options in a cell; a text that is no option is a KeyError."""
        ids = {option["text"]["sv"]: option["id"] for option in self.world.questions[question].get("option", [])}
        cell = line[self.column(question)]
        texts = cell.split("; ") if cell else []
        assert len(texts) == len(set(texts))
        return {ids[text] for text in texts}

    def count(self, question: str, options: Iterable[str], base: Sequence[Line]) -> int:
        return sum(bool(self.chosen(line, question) & set(options)) for line in base)

    def any_of(self, question: str) -> set[str]:
        return {option["id"] for option in self.world.questions[question]["option"] if not option.get("exclusive")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("returns"))


@pytest.fixture(scope="module", params=SEEDS)
def counted(request: pytest.FixtureRequest, world: World) -> Counted:
    return Counted(world, world.files[2 * SEEDS.index(request.param)])


def test_a_workbook_holds_what_the_text_file_does_and_keeps_types(world: World) -> None:
    kinds = {question["column"]: question["kind"] for question in world.form["question"]}
    wanted = {"money": int, "count": int, "date": datetime.datetime}
    for csv_file, workbook in zip(world.files[::2], world.files[1::2], strict=True):
        plain, typed = lines_of(csv_file), lines_of(workbook)
        for column in plain[0]:
            cells = [line[column] for line in typed if line[column] is not None]
            assert {type(cell) for cell in cells} == {wanted.get(kinds.get(column, "text"), str)}
        for row, written in zip(typed, plain, strict=True):
            shown = {name: cell.date() if isinstance(cell, datetime.datetime) else cell for name, cell in row.items()}
            assert {name: None if cell is None else str(cell) for name, cell in shown.items()} == written
    book = openpyxl.load_workbook(world.files[1])
    assert book.sheetnames == ["påhittade svar"]
    assert not [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.data_type == "f"]
    with zipfile.ZipFile(world.files[1]) as inside:
        assert str(datetime.date.today().year) not in inside.read("docProps/core.xml").decode()
    assert list(lines_of(world.files[0])[0])[:3] == ["Mottagare", "Inskickad", "Oanvänt belopp (kr)"]


@pytest.mark.parametrize("at", [0, 3])
def test_the_project_reads_what_it_wrote_and_finds_every_printed_figure(world: World, tmp_path: Path, at: int) -> None:
    folder = tmp_path / "raw" / "2024"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("returns.*"))
    shutil.copy(world.files[at], folder / f"returns{world.files[at].suffix}")
    store = store_of(tmp_path, 2024).store
    # Two real amounts are confirmed by hand. No rule finds an answer outside its base, too many, or sums that differ.
    assert {each.rule for each in check_store(store, 2024)} <= {"value_moves_total", "confirmation_unused"}
    with open_store(store) as connection:
        tables = tabulate(connection, 2024, read_declarations(REPORTS))
    rows = [row for row in world.printed["row"] if row["year"] == 2024]
    assert len(rows) == 72
    for printed in rows:
        wanted = {"count": printed.get("count"), "percent": printed["percent"], "base": printed["base_n"] or None}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        made = tables[printed["table"]].rows[printed["option"]]
        assert {name: made[name] for name in wanted} == wanted, printed
    totals = world.printed["totals"]
    figures = {name: its["value"] for name, its in tables["key_figures"].rows.items()}
    told = {name: value for name, value in totals.items() if name in figures}
    assert {
        "requisitioned_kr",
        "used_kr",
        "salary_percent",
        "talks_held",
        "talks_not_held",
        "repaying_all",
    } <= told.keys()
    assert {name: figures[name] for name in told} == told
    assert tables["method"].rows["any"]["count"] == totals["with_established_method"]
    assert tables["provider"].rows["independent_all_or_part"]["count"] == totals["independent_provider_all_or_part"]
    assert 20_500 <= figures["persons_total"] <= 21_499
    assert (figures["returned"], figures["not_returned"]) == (247, 0)


def test_what_is_said_without_a_number_is_so(counted: Counted) -> None:
    """The main reasons are each given by more than any other, some had lower costs, and all offer talks alike."""
    left, used = counted.bases["unused"], counted.used
    reasons = {one: counted.count("unused_reason", {one}, left) for one in counted.any_of("unused_reason")}
    main = {reasons.pop(one) for one in ("time_shortage", "staff_shortage", "priorities")}
    assert min(main) > max(reasons.values()) > 0
    assert 0 < reasons["lower_costs"] <= len(left) / 4
    assert counted.count("equal_offer", {"yes"}, used) == len(used)
    assert {one["question"] for one in counted.world.printed["said"]} == {"unused_reason", "equal_offer"}


def test_money_is_real_and_who_held_no_talks_used_it_only_to_start(counted: Counted) -> None:
    for line in counted.lines:
        assert int(line["Oanvänt belopp (kr)"]) == counted.world.unused[line["Mottagare"]]
    for line in counted.used:
        assert min(int(line[counted.column(each)]) for each in ("salary_kr", "other_kr")) >= 0
    shares = [int(line[counted.column("salary_kr")]) / counted.used_kr(line) for line in counted.used]
    assert statistics.stdev(shares) > 0.1
    assert 15 < shares.count(1) < 125
    wholly = [line for line in counted.used if counted.chosen(line, "provider") == {"independent"}]
    assert sorted(line["Mottagare"] for line in wholly) == ["Lysekils kommun", "Staffanstorps kommun"]
    assert all(int(line[counted.column("salary_kr")]) == 0 for line in wholly)
    assert all(line in counted.talks_held for line in wholly)
    starters = [line for line in counted.used if line not in counted.talks_held]
    assert len(starters) == 13
    assert all(counted.chosen(line, "area_of_use") == {"start"} for line in starters)
    assert max(counted.used_kr(line) for line in starters) < 1_500_000, "a large city without talks is hard to believe"


def test_persons_are_believable(counted: Counted) -> None:
    cost, used, persons, blank = [], [], [], 0
    for line in counted.talks_held:
        total = int(line[counted.column("persons_total")])
        by_sex = [line[counted.column(each)] for each in ("persons_women", "persons_men")]
        blank += by_sex == [None, None]
        cost.append(counted.used_kr(line) / total)
        used.append(counted.used_kr(line))
        persons.append(total)
    low, *_, high = statistics.quantiles(cost, n=10)
    assert 2 < high / low < 10
    assert statistics.correlation(used, persons) > 0.6
    assert 10 <= blank <= 80


def test_returns_come_in_over_the_weeks_before_and_made_up_words_say_so(counted: Counted) -> None:
    days = [datetime.date.fromisoformat(line["Inskickad"]) for line in counted.lines]
    last = counted.world.form["grant"]["return_by"]
    assert last - datetime.timedelta(weeks=8) <= min(days) <= max(days) <= last
    assert len(set(days)) > 15
    assert all(day.weekday() < 5 for day in days)
    comments = [line["Kommentarer"] for line in counted.lines if line["Kommentarer"]]
    assert 0.2 < len(comments) / len(counted.lines) < 0.47
    assert all(comment.endswith("(påhittad kommentar)") for comment in comments)
    which = [line[name] for line in counted.lines for name in line if name.endswith(" (text)") and line[name]]
    assert len(which) > 150
    assert all("påhittat" in each for each in which)


def test_large_municipalities_choose_somewhat_more(world: World) -> None:
    difference = []
    for counted in (Counted(world, path) for path in world.files[::2]):
        lines = sorted(counted.talks_held, key=lambda line: world.requisitioned[line["Mottagare"]])
        for question in ("outreach", "profession", "collaboration"):
            number = [len(counted.chosen(line, question) - {"none"}) for line in lines]
            difference.append(statistics.mean(number[-74:]) / statistics.mean(number[:74]))
    assert 1.05 < statistics.mean(difference) < 2


def test_options_nothing_is_printed_of_are_chosen_by_some(counted: Counted) -> None:
    printed = {(row["table"], row["option"]) for row in counted.world.printed["row"]}
    printed |= {("equal_offer", "yes"), ("equal_offer", "no")}
    for question in counted.world.form["question"]:
        for option in question.get("option", []):
            if (question["id"], option["id"]) not in printed and question["id"] != "talks_held":
                base = counted.bases[question["asked"]]
                assert 0 < counted.count(question["id"], {option["id"]}, base) < len(base), option["id"]


def test_same_seed_same_bytes_in_any_order_and_process(world: World, tmp_path: Path) -> None:
    """Neither the order of rows and sets nor the clock of the place shows."""
    shuffled = world.amounts.copy()
    random.Random(7).shuffle(shuffled)
    again = synthesize(world.rules, world.published, shuffled, 1)
    for path in world.files[:2]:
        write_returns(again, tmp_path / path.name)
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
        (tmp_path / path.name).unlink()
    program = "import sys, pathlib, tests.test_synthesize as it; it.World(pathlib.Path(sys.argv[1]), [1])"
    elsewhere = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=elsewhere, cwd=RAW.parent.parent)
    for path in world.files[:2]:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    assert len({path.read_bytes() for path in world.files}) == len(world.files)


def test_other_endings_are_refused_and_text_like_a_formula_is_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"returns\.ods"):
        write_returns(Returns(["a"], [["b"]]), tmp_path / "returns.ods")
    returns = Returns(["a"], [["=1+1"]])
    write_returns(returns, tmp_path / "a.xlsx")
    write_returns(returns, tmp_path / "a.csv")
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "a\n'=1+1\n"


def option(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "text": {"sv": f"Svar {name}", "en": f"Answer {name}"}, **more}


def question(name: str, kind: str = "text", asked: str = "all", options: Sequence[Any] = (), **more: Any) -> Any:
    text = {"sv": name, "en": name}
    return {"id": name, "kind": kind, "asked": asked, "column": name, "text": text, "option": list(options), **more}


BASIC = [
    question("recipient", required=True),
    question("submitted_on", "date"),
    question("unused_kr", "money", "recipients", required=True),
    question("salary_kr", "money", "used"),
    question("other_kr", "money", "used"),
]
HELD = question("talks_held", "choice", "used", [option("yes"), option("no")], required=True)
PERSONS = question("persons_total", "count", "talks_held", required=True)
YEAR = {"year": 2030, "grant": {"name": {"sv": "Bidrag", "en": "Grant"}, "available_kr": 10**6}}


def year_of(*questions: Any) -> Year:
    return Year.model_validate({**YEAR, "question": [*BASIC, *questions]})


def published_of(*rows: Mapping[str, Any], **totals: Any) -> Published:
    printed = [{"year": 2030, **row} for row in rows]
    return PUBLISHED.model_validate({"totals": {"year": 2030, **totals}, "row": printed})


def row(figure: str, **more: Any) -> dict[str, Any]:
    table, name = figure.split("/")
    return {"table": table, "option": name, **more}


def few(*used_and_unused: tuple[int, int]) -> list[Amounts]:
    codes = ("0114", "0115", "0117", "0120", "0123", "0125", "0126", "0127", "0128", "0136", "0138", "0139")
    pairs = zip(codes, used_and_unused, strict=False)
    return [Amounts(f"Kommun {code}", code, used + left, left) for code, (used, left) in pairs]


TEN = few(*[(1000 * place, 0) for place in range(1, 11)])
WAYS = question("ways", "multi", "used", [option("a"), option("b"), option("none", exclusive=True)], required=True)
STEPS = question("steps", "choice", "used", [option("high"), option("fairly_high"), option("low")], required=True)

PROVIDER = question("provider", "choice", "used", [option("own"), option("independent")])
ROOMS = question("rooms", "count", "used", required=True)
ASKED = {each["id"]: each for each in (WAYS, STEPS, HELD, PERSONS, PROVIDER, ROOMS)}
IMPOSSIBLE = cases("bad_input")["synthesize"]


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_what_cannot_hold_is_said_in_one_line(case: str) -> None:
    its = IMPOSSIBLE[case]
    rows = [row(each.pop("of"), **each) for each in map(dict, its.get("row", ()))]
    rules, published = year_of(*map(ASKED.get, its.get("asks", ()))), published_of(*rows, **its.get("totals", {}))
    with pytest.raises(UserError, match=its["says"].replace("(", r"\(").replace(")", r"\)")) as raised:
        synthesize(rules, published, TEN, 1)
    assert "\n" not in str(raised.value)


def test_amounts_that_cannot_hold() -> None:
    published = published_of(salary_percent=100, independent_provider_all_money=["Upplands Väsby"])
    with pytest.raises(UserError, match="salary_percent = 100"):
        synthesize(year_of(PROVIDER), published, few((1000, 0), (1000, 0)), 1)
    with pytest.raises(UserError, match="Kommun"):
        synthesize(year_of(), published_of(), [Amounts("Kommun", "0114", 100, 101)], 1)


def test_without_a_last_day_or_any_figure() -> None:
    days = [line["submitted_on"] for line in as_lines(synthesize(year_of(), published_of(), TEN, 1))]
    assert max(days) <= datetime.date(2030, 12, 31)
    assert min(days) >= datetime.date(2030, 11, 1)
    lines = as_lines(synthesize(year_of(HELD, WAYS, STEPS, PERSONS), Published(), TEN, 1))
    assert {line["talks_held"] for line in lines} == {"Svar yes", "Svar no"}
    assert all(line["ways"] and line["steps"] for line in lines)
    assert all((line["persons_total"] is not None) == (line["talks_held"] == "Svar yes") for line in lines)


def test_an_amount_stays_within_the_base_it_is_asked_of() -> None:
    basic = [{**each, "asked": "unused"} if each["id"] == "unused_kr" else each for each in BASIC]
    rules = Year.model_validate({**YEAR, "question": basic})
    lines = as_lines(synthesize(rules, published_of(), few((1000, 0), (1000, 5)), 1))
    assert [line["unused_kr"] for line in lines] == [None, 5]


def test_an_optional_question_stays_blank_where_print_leaves_nobody() -> None:
    ways = {**WAYS, "required": False}
    published = published_of(row("ways/none", count=1), row("ways/a", count=4), row("ways/b", count=4))
    cells = [line["ways"] for line in as_lines(synthesize(year_of(ways), published, TEN, 1))]
    assert cells.count(None) == 1
    assert (cells.count("Svar a"), cells.count("Svar b"), cells.count("Svar none")) == (4, 4, 1)


def as_lines(returns: Returns) -> list[Line]:
    return [dict(zip(returns.header, cells, strict=True)) for cells in returns.rows]


def texts(line: Line, name: str) -> set[str]:
    return {text.removeprefix("Svar ") for text in (line[name] or "").split("; ") if text}


amount = st.tuples(st.integers(0, 3000), st.integers(0, 3000))


@settings(max_examples=120, deadline=None)
@given(data=st.data(), amounts=st.lists(amount, min_size=1, max_size=12), seed=st.integers(0, 99))
def test_small_multi_forms_come_out_exactly(data: st.DataObject, amounts: list[tuple[int, int]], seed: int) -> None:
    regular = data.draw(st.sampled_from([["a"], ["a", "b"], ["a", "b", "c", "d"]]))
    exclusive = data.draw(st.sampled_from([[], ["none"], ["none", "unknown"]]))
    asked = data.draw(st.sampled_from(["all", "used", "unused"]))
    required = data.draw(st.booleans())
    inside = [place for place, (used, left) in enumerate(amounts) if {"all": 1, "used": used, "unused": left}[asked]]
    sets = [{each} for each in exclusive] + [set(regular[:place]) for place in range(1, len(regular) + 1)]
    one = st.sampled_from(sets) | st.sets(st.sampled_from(regular), min_size=1 if required else 0)
    truth = [data.draw(one) for _ in inside]
    rows = []
    for name in data.draw(st.sets(st.sampled_from([*regular, *exclusive]))):
        count = sum(name in chosen for chosen in truth)
        percent = half_up(count, len(inside)) if inside else None
        exact = data.draw(st.booleans()) or percent is None
        rows.append(row(f"method/{name}", count=count if exact else None, percent=percent))
    number = sum(bool(chosen & set(regular)) for chosen in truth)
    totals = {"with_established_method": number} if data.draw(st.booleans()) else {}
    options = [option(name, exclusive=name in exclusive, specify=name == "b") for name in [*regular, *exclusive]]
    rules = year_of(question("method", "multi", asked, options, required=required))
    lines = as_lines(synthesize(rules, published_of(*rows, **totals), few(*amounts), seed))

    made = [texts(line, "method") for line in lines]
    assert not any(chosen for place, chosen in enumerate(made) if place not in inside)
    answers = [made[place] for place in inside]
    for figure in rows:
        count = sum(figure["option"] in chosen for chosen in answers)
        assert figure["count"] in {None, count}
        assert figure["percent"] is None or half_up(count, len(inside)) == figure["percent"]
    if totals:
        assert sum(bool(chosen & set(regular)) for chosen in answers) == number
    assert all(len(chosen) == 1 or not chosen & set(exclusive) for chosen in answers)
    if all(truth):
        assert all(answers), "somebody has no answer though everybody could have one"
    if "b" in regular:
        assert [bool(line["method: Svar b (text)"]) for line in lines] == ["b" in chosen for chosen in made]


@settings(max_examples=120, deadline=None)
@given(data=st.data(), amounts=st.lists(amount, min_size=1, max_size=12), seed=st.integers(0, 99))
def test_small_choice_forms_come_out_exactly(data: st.DataObject, amounts: list[tuple[int, int]], seed: int) -> None:
    names = ["high", "fairly_high", "fairly_low", "low"]
    used = [place for place, (kr, _) in enumerate(amounts) if kr]
    held = [data.draw(st.booleans()) for _ in used]
    truth = [data.draw(st.sampled_from(names)) for _ in used]
    both = [[each for each, yes in zip(truth, held, strict=True) if yes], truth]
    rows = []
    for name in data.draw(st.sets(st.sampled_from([*names, "high_or_fairly_high", "fairly_low_or_low"]))):
        counts = [sum(each in name.split("_or_") for each in base) for base in both]
        percents = {half_up(count, len(base)) for count, base in zip(counts, both, strict=True) if base}
        if len(percents) == 1 and data.draw(st.booleans()):
            rows.append(row(f"steps/{name}", percent=percents.pop()))
        else:
            rows.append(row(f"steps/{name}", count=counts[1], base="used", base_n=len(used)))
    steps = question("steps", "choice", "used", [option(name) for name in names], required=True)
    published = published_of(*rows, talks_held=sum(held))
    lines = as_lines(synthesize(year_of(HELD, steps), published, few(*amounts), seed))

    answers = [next(iter(texts(lines[place], "steps"))) for place in used]
    yes = [texts(lines[place], "talks_held") == {"yes"} for place in used]
    assert sum(yes) == sum(held)
    for figure in rows:
        wanted = figure["option"].split("_or_")
        begun = [answer for answer, has_begun in zip(answers, yes, strict=True) if has_begun]
        counts = [sum(each in wanted for each in base) for base in (begun, answers)]
        if "count" in figure:
            assert counts[1] == figure["count"]
        else:
            for count, n in zip(counts, (sum(yes), len(used)), strict=True):
                assert not n or half_up(count, n) == figure["percent"]
