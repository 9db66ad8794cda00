"""Every rule: a return that breaks it, and one that just does not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.check import Finding, rules, start_check, views
from pipeline.check.suite import check_store
from pipeline.paths import Workspace
from pipeline.read import read_folder
from pipeline.register import municipalities
from pipeline.store import open_store
from pipeline.store.build import build_store
from tests.corpus import CASES as CORPUS
from tests.world import PROJECT, YEAR_TOML, cases, change, question, write_csv

FORM = (PROJECT / "tests" / "data" / "rules_year.toml").read_text(encoding="utf-8")
_COLUMNS = ("Inskickad", "Oanvänt", "Löner", "Övrigt", "Användning", "Påbörjat", "Metod", "Personer", "Kvinnor", "Män")
_ANSWERS = ("2026-01-20", "0", "800", "200", "Starta; Utöka", "Ja", "MI", "10", "6", "4")
GOOD = dict(zip(_COLUMNS, _ANSWERS, strict=True)) | {"Kommentar": ""}


@dataclass
class Place:
    """One municipality as its files tell of it; a good one until something is changed."""

    name: str
    code: str
    written: str = ""
    requisitioned: str = "1000"
    allocated: str = "1000"
    key_count: str = "100"
    before: str = "10"
    answers: dict[str, str] = field(default_factory=lambda: dict(GOOD))
    requisitions: int = 1
    allocations: int = 1
    returns: list[dict[str, str]] = field(default_factory=list)
    return_from: str | None = None
    has_return: bool = True


_OF_TALKS = ("Metod", "Personer", "Kvinnor", "Män")
BLANK = {"talks": _OF_TALKS, "used": ("Löner", "Övrigt", "Användning", "Påbörjat", *_OF_TALKS)}
CASES = cases("rules")


def told(
    place: Place, answers: dict[str, str] | None = None, blank: str = "", again: dict[str, str] | None = None, **of: Any
) -> Place:
    """A place changed as a case tells."""
    place.answers |= dict.fromkeys(BLANK.get(blank, ()), "") | (answers or {})
    place.returns += [] if again is None else [{**place.answers, **again}]
    vars(place).update(of)
    return place


# Rules on the whole file or year, with tests of their own below.
WHOLE = {"recipient_ambiguous", "allocation_unknown", "column_unknown", "column_missing", "column_without_header"}
WHOLE |= {"requisitioned_above_available", "differs_from_print"}


# Rules on how a file is written: the corpus breaks each (a file of returns one by one: its own tests), and holds all.
OF_READING = {finding[0] for case in CORPUS if case.whole for finding in case.found} | {"file_unreadable"}


HOW = ("breaks", "holds")


def places() -> dict[str, tuple[Place, Place]]:
    """Two municipalities a rule, the first to break it; enough in one region for a usual cost a person."""
    free = [each for each in municipalities().values() if each.region_code == "14"]
    free += [each for each in municipalities().values() if each.region_code == "12"]
    taken = iter(free)
    pairs = {}
    for rule, its in CASES.items():
        pairs[rule] = tuple(told(Place(one.name, one.code), **its[how]) for how, one in zip(HOW, taken, strict=False))
    return pairs  # type: ignore[return-value]


def write_year(folder: Path, everybody: list[Place], available: int) -> None:
    folder.mkdir(parents=True)
    (folder / "year.toml").write_text(FORM.replace("= 1000\n", f"= {available}\n"), encoding="utf-8")
    recipients, allocated, sent = list[tuple[str, ...]](), list[tuple[str, ...]](), list[tuple[str, ...]]()
    for place in everybody:
        recipients += [(place.written.format(name=place.name) or place.name, place.requisitioned)] * place.requisitions
        allocated += [(place.code, place.allocated, place.key_count)] * place.allocations
        sender = (place.return_from or "{name}").format(name=place.name)
        sent += [(sender, *given.values()) for given in [place.answers, *place.returns] if place.has_return]
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), recipients)
    write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr", "key_count"), allocated)
    write_csv(folder / "returns.csv", ("Mottagare", *GOOD), sent)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, set[str]]]:
    """Rules broken by each municipality: rule -> {broken: …, held: …}."""
    raw = tmp_path_factory.mktemp("rules") / "raw"
    pairs = places()
    everybody = [place for pair in pairs.values() for place in pair]
    write_year(raw / "2025", everybody, 10**9)
    alone = {**GOOD, "Kvinnor": "", "Män": ""}
    before = [Place(each.name, each.code, answers=alone | {"Personer": each.before}) for each in everybody]
    write_year(raw / "2024", before, 10**9)
    put("year.toml", "year = 2025", "year = 2024")(raw / "2024")
    put("year.toml", "2026-01-31", "2027-01-31")(raw / "2024")
    store = raw.parent / "store.duckdb"
    build_store([read_folder(raw / year, f"raw/{year}") for year in ("2024", "2025")], store)
    found: dict[str, set[str]] = {}
    for finding in check_store(store, 2025):
        who = (finding.recipient or "").removesuffix("xx").removesuffix(" KOMMUN")
        found.setdefault(who, set()).add(finding.rule)
    told = {rule: [found.get(place.name, set()) for place in pair] for rule, pair in pairs.items()}
    return {rule: dict(zip(("broken", "held"), both, strict=True)) for rule, both in told.items()}


OF_THE_YEAR = {"return_awaited", "value_moves_total", "confirmation_unused"}
"""Rules with tests beside those of corrections (test_corrections.py)."""
ONLY_TOLD = {"return_awaited", "sheet_read", "file_unknown", "text_missing", "column_missing", "differs_from_print"}
"""Rules that ask nobody to do anything."""


def test_every_rule_of_the_suite_has_both() -> None:
    assert {rule.id for rule in rules() if rule.severity == "info"} == ONLY_TOLD
    assert {rule.id for rule in rules()} == set(CASES) | WHOLE | OF_READING | OF_THE_YEAR


@pytest.mark.parametrize("rule", CASES)
def test_what_breaks_a_rule_is_found_and_what_just_holds_is_not(
    rule: str, checked: dict[str, dict[str, set[str]]]
) -> None:
    assert checked[rule]["broken"] == {rule, *CASES[rule].get("also", ())}
    assert checked[rule]["held"] == {*CASES[rule].get("but", ())}


def check_one(folder: Path, changed: Callable[[Path], None], available: int = 1000) -> list[Finding]:
    raw = folder / "raw" / "2025"
    write_year(raw, [Place("Ale", "1440")], available)
    changed(raw)
    build_store([read_folder(raw, "raw/2025")], folder / "store.duckdb")
    return check_store(folder / "store.duckdb", 2025)


def put(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: change(folder / name, {old: new})


def rows(name: str, header: tuple[str, ...], row: tuple[Any, ...]) -> Callable[[Path], None]:
    return lambda folder: write_csv(folder / name, header, [row])


def printed(recipients: int) -> Callable[[Path], None]:
    told = f"[totals]\nyear = 2025\nrecipients = {recipients}\nunused_kr = 0\n"

    def change(folder: Path) -> None:
        (folder / "published.toml").write_text(told, encoding="utf-8")

    return change


NAMED = ("recipient", "requisitioned_kr", "municipality_code")
UNNAMED = ("Mottagare", *GOOD, "", "Slut")
BREAKS = {
    "recipient_ambiguous": (rows("recipients.csv", NAMED, ("Ale", 1000, "0604")), "critical", "recipient", "Ale"),
    "allocation_unknown": (put("allocation.csv", "1440", "9999"), "critical", "municipality_code", "9999"),
    "column_unknown": (put("returns.csv", "Mottagare", "Ny,Mottagare"), "warning", "column", "Ny"),
    "column_without_header": (
        rows("returns.csv", UNNAMED, ("Ale", *GOOD.values(), "?", "")), "warning", "column", "?"
    ),
    "column_missing": (put("returns.csv", "Kommentar", "Komentar"), "info", "comments", "Kommentar"),
    "requisitioned_above_available": (put("year.toml", "= 1000", "= 999"), "warning", "requisitioned_kr", "1000"),
    "differs_from_print": (printed(2), "info", "recipients", "1"),
}  # fmt: skip


@pytest.mark.parametrize("rule", sorted(WHOLE))
def test_what_breaks_a_rule_on_the_whole_file_is_found(rule: str, tmp_path: Path) -> None:
    breaks, *told = BREAKS[rule]
    found = check_one(tmp_path, breaks)
    assert [[one.severity, one.field, one.value] for one in found if one.rule == rule] == [told]


def test_what_just_holds_in_the_whole_file_is_not(tmp_path: Path) -> None:
    def hold(folder: Path) -> None:
        rows("recipients.csv", NAMED, ("Ale", 1000, "1440"))(folder)
        put("allocation.csv", "1440,1000", "0604,1000")(folder)
        rows("returns.csv", (" MOTTAGARE ", *GOOD, ""), ("Ale", *GOOD.values(), ""))(folder)
        printed(1)(folder)

    assert WHOLE & {finding.rule for finding in check_one(tmp_path, hold)} == set()


def test_the_process_checks_a_store_that_comes_later_and_its_findings_say_who_what_and_where(tmp_path: Path) -> None:
    raw = tmp_path / "raw" / "2025"
    with start_check(2025) as checking:
        write_year(raw, [Place("Ale", "1440")], 1000)
        put("returns.csv", ",10,6,4,", ",0,6,4,")(raw)
        build_store([read_folder(raw, "raw/2025")], tmp_path / "store.duckdb")
        found = {finding.rule: finding for finding in checking.findings(tmp_path / "store.duckdb")}
    assert found.keys() == {"no_persons", "persons_by_sex_above_total"}
    finding = found["no_persons"]
    who = (finding.municipality_code, finding.recipient, finding.field, finding.value)
    assert who == ("1440", "Ale", "persons_total", "0")
    assert (finding.file, finding.row, finding.severity) == ("raw/2025/returns.csv", 2, "warning")
    assert finding.message == "Talks were held, but the number of persons is 0"
    assert finding.message_sv == "Hälsosamtal har hållits, men antalet personer är 0"


def test_a_check_that_fails_says_why(tmp_path: Path) -> None:
    with start_check(2025) as checking, pytest.raises(RuntimeError, match=r"checking failed: [\s\S]*missing"):
        checking.findings(tmp_path / "missing.duckdb")


EVERY_KIND = {"money": "500", "count": "5", "date": "2025-05-05", "choice": "Ja", "multi": "Ja", "text": "Ord"}


def test_a_required_answer_left_blank_is_found_whatever_its_kind(tmp_path: Path) -> None:
    form = YEAR_TOML.format(year=2025, available_kr=10_000, redistributes="false")
    for kind in EVERY_KIND:
        options = [("yes", "Ja")] if kind in ("choice", "multi") else []
        form += question(f"of_{kind}", kind, "used", kind, *options, more="required = true\n")
    names, kinds = ("Ale", "Lund", "Ystad"), tuple(EVERY_KIND)
    blank = [""] * len(kinds)
    rows = [("Ale", "0", *EVERY_KIND.values()), ("Lund", "0", *blank), ("Ystad", "1000", *blank)]
    raw = tmp_path / "raw" / "2025"
    raw.mkdir(parents=True)
    (raw / "year.toml").write_text(form, encoding="utf-8")
    write_csv(raw / "recipients.csv", ("recipient", "requisitioned_kr"), [(name, 1000) for name in names])
    write_csv(raw / "returns.csv", ("Mottagare", "Oanvänt belopp (kr)", *kinds), rows)
    build_store([read_folder(raw, "raw/2025")], tmp_path / "store.duckdb")
    found = check_store(tmp_path / "store.duckdb", 2025)
    missing = sorted((one.recipient or "", one.field) for one in found if one.rule == "answer_missing")
    assert missing == sorted(("Lund", f"of_{kind}") for kind in kinds)  # Ystad used nothing, and was not asked


def test_no_rule_is_passed_over_because_nobody_knows_whether_it_holds(real_store: Workspace) -> None:
    """Whatever is true or false in the views that rules look at is made by `truth`, which stops at what is unknown."""
    with open_store(real_store.store) as connection:
        connection.execute(views())
        made = {name for text in views().split("truth(")[2:] for name in re.findall(r"\) AS (\w+)", text)[:1]}
        described = [connection.execute(f"DESCRIBE {view}").fetchall() for view in {rule.view for rule in rules()}]
        assert {name for rows in described for name, kind, *_ in rows if kind == "BOOLEAN"} == made
        for unknown in ("truth(true, NULL)", "truth(NULL, true)"):
            with pytest.raises(duckdb.Error, match=r"truth value|applies"):
                connection.sql(f"SELECT {unknown}").fetchall()
        assert connection.sql("SELECT truth(true, true), truth(true, false), truth(false, NULL)").fetchall() == [
            (True, False, None)
        ]
