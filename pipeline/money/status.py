"""`aterrapport status`: the steps of a grant year, which are done, and the one thing to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.check.findings import SEVERITIES
from pipeline.check.rules import rules
from pipeline.errors import UserError
from pipeline.files import csv_of, sum_of, write_bytes
from pipeline.language import amount, several
from pipeline.mask import mask, visible
from pipeline.money.allocate import computed
from pipeline.money.letters import WORDS
from pipeline.money.raw_files import DECISIONS, Decided, read_decisions
from pipeline.money.screen import say_next, told
from pipeline.money.settle import RECIPIENTS, settled
from pipeline.money.years import in_store
from pipeline.paths import Workspace
from pipeline.read import find_file, not_read, read_folder
from pipeline.steps.engine import read_record
from pipeline.store import query
from pipeline.year import read_year

_SQL = Path(__file__).with_name("status.sql")
_NOT_OF_RETURNS = {"SOURCES", "more", "decisions"}
"""Raw files, by name without ending, that no finding and no report is made of."""
_DAYS = {
    "use_from": "first day to use the money",
    "requisition_by": "last day to requisition",
    "use_to": "last day to use the money",
    "return_by": "last day for the return",
    "repay_by": "last day to repay",
}


class YearFiles:
    """A year's files, and what was made of them. UserError for files that cannot be read."""

    def __init__(self, year: int, workspace: Workspace, on: date) -> None:
        workspace.years(year)
        self.year, self.folder, self.workspace, self.on = year, workspace.raw(year), workspace, on
        data, made = read_folder(self.folder, f"raw/{year}"), workspace.made(year)
        self.rules, self.is_printed, self.files = data.rules, data.published is not None, data.files
        self.decided = read_decisions(self.folder, f"raw/{year}", data.rules)
        now: dict[str, str] = {}
        with suppress(UserError):  # without counts there is nothing to compute
            now = {Path(name).stem: csv_of(frame) for name, frame in computed(data, self.folder).frames.items()}
        with in_store([data]) as (_, connection):
            self.facts = query(connection, _SQL.read_text(encoding="utf-8"), year=year).row(0, named=True)
            self.recipients = query(connection, RECIPIENTS, year=year)
        with suppress(UserError):
            settlement = settled(self.rules, self.recipients.to_dicts(), self.decided or Decided("", {}, {}))
            now["settlement"] = csv_of(settlement.frame)
        makes = {name: made / f"{name}.csv" for name in ("allocation", "requisitions", "findings", "settlement")}
        makes |= {"sample": made / "review_sample.csv", "report": workspace.out / str(year) / "uppfoljning.html"}
        self.made = {name: path for name, path in makes.items() if path.is_file()}
        self.stale = {name for name, path in self.made.items() if now.get(name, "") not in ("", _text(path))}
        self.stale |= {name for name in ("findings", "sample", "report") if name in self.made and self._is_stale(name)}
        rows = pl.read_csv(self.made["findings"], infer_schema=False) if "findings" in self.made else None
        self.findings = Counter[str]() if rows is None else Counter(rows["severity"].to_list())
        closed = [rule.id for rule in rules() if rule.fix == "none"]  # nothing of them can be corrected
        self.open = 0 if rows is None else len(rows.filter(~pl.col("rule").is_in(closed), severity="warning"))

    @property
    def is_early(self) -> bool:
        """Whether there is time left for returns."""
        return self.rules.grant.return_by is not None and self.on <= self.rules.grant.return_by

    def is_made(self, name: str) -> bool:
        """Return whether something was made of the files as they are now."""
        return name in self.made and name not in self.stale

    def _is_stale(self, name: str) -> bool:
        """Return whether what this was made of has changed, by the record of its step.

        The sample has none: it is old when a file is newer.
        """
        path, here = self.made[name], f"raw/{self.year}/"
        files = {
            raw: file
            for raw, file in self.workspace.raw_files(self.year).items()
            if Path(raw).stem not in _NOT_OF_RETURNS
        }
        entry = read_record(self.workspace.made(self.year) / ".made.json").get(
            {"findings": "check", "report": "execute uppfoljning.qmd"}.get(name, "")
        )
        made = sum_of(path)
        if entry is None or entry["made"].get(f"processed/{self.year}/{path.name}", made) != made:
            return any(file.stat().st_mtime_ns > path.stat().st_mtime_ns for file in files.values())
        inputs: dict[str, str] = entry["inputs"]
        of_year = {raw: of for raw, of in inputs.items() if raw.startswith(here)}
        before = {raw: of for raw, of in of_year.items() if Path(raw).stem not in _NOT_OF_RETURNS}
        seen_early = bool(inputs.get("the day it is seen from (--on)")) and not self.is_early
        return seen_early or before != {raw: sum_of(file) for raw, file in files.items()}


@dataclass(frozen=True)
class Task:
    """A step of a year: whether it is done, and what to do when it is not, with the command after that."""

    id: str
    done: bool
    todo: str = ""
    command: str = ""
    waits: bool = False
    """True when there is nothing to do but wait."""


def status(year: int, on: date | None, page: bool, workspace: Workspace) -> None:
    """Print where a year stands on a day (None: today), and the next step. Write status.html when a `page` is wanted.

    Raise UserError when something in its files is still to be filled in or mended.
    """
    if page and on is None:
        raise UserError("--page: say with --on which day it is seen from; nothing that is written goes by today's date")
    _begin(year, workspace)
    found = YearFiles(year, workspace, on or date.today())
    todo = list(tasks(found))
    following = next(task for task in todo if not task.done and task.todo)
    print(_told(found, todo, following))
    say_next(following.todo, following.command, workspace)
    if found.open and following.id != "warnings":
        many = several(found.open, "warning", "warnings")
        see = workspace.out / str(year) / "findings.html"
        say_next(f"go through {many}, in {see}; corrected or confirmed,", f"check {year}", workspace, "you may also")
    if found.facts["has_returns"] and found.facts["has_requisitions"] and not found.is_made("sample"):
        say_next("look closer at some of them", f"review-sample {year} --seed 1", workspace, "you may also")
    if following.id == "closed":
        say_next("begin the next year", f"new-year {year + 1} --from {year}", workspace, "you may also")
    if page:
        from pipeline.money.status_page import status_page

        path = workspace.out / str(year) / "status.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, status_page(found, todo, following))
        print(path)


def _begin(year: int, workspace: Workspace) -> None:
    """Say what to do first, and raise UserError with what is left, when the rules of a year are not filled in."""
    workspace.years(year)
    try:
        read_year(workspace.raw(year), f"raw/{year}")
    except UserError as error:
        if workspace.is_unfilled(year):
            print(f"grant year {year}: begun\nsteps\n  {'next':<8}{WORDS('en', 'task.rules')}")
            left = several(str(error).count("\n") + 1, "key", "keys")
            say_next(
                f"fill in {workspace.raw(year) / 'year.toml'}: {left} left, see below", f"status {year}", workspace
            )
        raise


def _told(found: YearFiles, todo: list[Task], following: Task) -> str:
    grant = found.rules.grant

    def when(day: date) -> str:
        left = several(abs((day - found.on).days), "day", "days")
        return "today" if day == found.on else f"passed {left} ago" if day < found.on else f"in {left}"

    def state(name: str, made: str | None, not_made: str) -> str:
        old = ", before a raw file changed" if name in found.stale else ""
        return f"{made or found.made[name].name}{old}" if name in found.made else not_made

    return told(
        "status",
        **found.facts,
        rules=found.rules,
        named=[f"missing: {name}" for name in found.facts["missing"]],
        on=found.on,
        dates=sorted((day, what) for name, what in _DAYS.items() if (day := getattr(grant, name))),
        not_stated=[what for name, what in _DAYS.items() if getattr(grant, name) is None],
        when=when,
        state=state,
        task=lambda id_: WORDS("en", f"task.{id_}"),
        tasks=[(task.id, state_of(task, following)) for task in todo],
        findings=", ".join(f"{found.findings.get(level, 0)} {level}" for level in SEVERITIES),
        decisions=None if found.decided is None else sum(map(len, found.decided.claims.values())),
        settlement=_settlement(found),
        sheets=[(repr(visible(file.sheet)), file.file) for file in found.files if file.sheet],
        not_read=[(mask(visible(name)), expected) for name, expected in not_read(found.folder)],
    )


def state_of(task: Task, following: Task) -> str:
    """Return where a step stands: done, next, waiting, or to do."""
    if task.done:
        return "done"
    return ("waiting" if task.waits else "next") if task is following else "to do"


def _settlement(found: YearFiles) -> str:
    if "settlement" not in found.made:
        return ""
    rows = pl.read_csv(found.made["settlement"], infer_schema=False)
    rows = rows.with_columns(pl.col("total_kr", "claim_kr").cast(pl.Int64))
    asked, unknown = rows.filter(pl.col("total_kr") > 0), len(rows.filter(state="unknown"))
    total_kr, claim_kr = (amount(int(asked[column].sum())) for column in ("total_kr", "claim_kr"))
    whom = several(len(asked), "municipality", "municipalities")
    return f"{total_kr} from {whom}, {claim_kr} of it claims" + (f"; {unknown} not known" if unknown else "")


def tasks(year: YearFiles) -> Iterator[Task]:
    """Yield the steps of a year in their order."""
    number, folder, grant, facts = year.year, year.folder, year.rules.grant, year.facts
    status, raw = f"status {number}", folder / "allocation.csv"
    if year.is_printed and not facts["has_requisitions"]:
        yield Task(
            "print", False, "the year is known from print alone; make what can be made of it", f"tables {number}"
        )
        return
    if not facts["has_allocations"] and not facts["has_requisitions"]:
        counts, amounts = "(municipality_code, key_count)", "(municipality_code, amount_kr)"
        decided = f"or the amounts of a list that is decided already {amounts}"
        yield Task("list", False, f"put the key's counts in {raw} {counts}, {decided}", status)
    elif facts["without_amount"] and not facts["has_requisitions"] and not year.is_made("allocation"):
        yield Task("list", False, "share the money out by the key", f"allocate {number}")
    elif facts["without_amount"] and not facts["has_requisitions"]:
        yield Task("list", False, f"when the list is decided, copy {year.made['allocation']} to {raw}", status)
    else:
        yield Task("list", True)
    columns = "recipient, requisitioned_kr and, where known, requisitioned_on"
    put = f"put the requisitions{_last(grant.requisition_by)} in {folder / 'recipients.csv'}: {columns}"
    yield Task("requisitions", facts["has_requisitions"], put, status)
    if facts["listed"] and not facts["without_count"] and not facts["has_returns"]:
        compare = "set the requisitions against the list"
        yield Task("compared", year.is_made("requisitions"), compare, f"allocate {number}")
    yield _form(year, folder / "year.toml")
    export = f"put the survey tool's export{_last(grant.return_by)} in {folder} as returns.xlsx or returns.csv"
    yield Task("returns", facts["has_returns"], export, status)
    yield from _after_returns(year, number, folder)


def _after_returns(year: YearFiles, number: int, folder: Path) -> Iterator[Task]:
    grant, missing, following = year.rules.grant, len(year.facts["missing"]), number + 1
    check = f"check {number} --on {year.on}" if year.is_early else f"check {number}"
    is_checked, out = year.is_made("findings"), year.workspace.out / str(number)
    page, file = out / "findings.html", folder / "corrections.xlsx"
    correct = f"{page} says what, and {out / 'corrections.xlsx'}, filled in, goes to {file}"
    yield Task("check", is_checked, "check the returns", check)
    critical = several(year.findings["critical"], "critical finding", "critical findings")
    yield Task("critical", is_checked and not year.findings["critical"], f"clear up {critical}: {correct}", check)
    warnings = several(year.open, "warning", "warnings")
    through = f"go through {warnings}, and correct or confirm what they are about: {correct}"
    if year.is_early:
        export = find_file(folder, "returns", "")
        new = f"put the new export in {folder}" + (f" in place of {export.name}" if export else "")
        waiting = f"wait for {several(missing, 'return', 'returns')}{_last(grant.return_by)}, and {new}"
        yield Task("missing", not missing, waiting, f"status {number}", waits=True)
    ground = f"add the grounds for repayment to {folder / 'year.toml'}, as [[grant.ground]]"
    yield Task("ground", bool(grant.ground), ground, f"status {number}")
    claims = f"put claims and longer times, if any, in {folder / DECISIONS}.toml (docs/grant-year.md), and settle"
    settle = "settle" if year.decided is not None else claims
    yield Task("settlement", year.is_made("settlement"), settle, f"settle {number}")
    yield Task("report", year.is_made("report"), "make the report", f"build {number}")
    yield Task("warnings", is_checked and not year.open, through, check)
    if missing and not year.is_early:
        late = f"the year is made, but {several(missing, 'return is', 'returns are')} missing: ask for them, and check"
        yield Task("closed", False, late, check)
    elif (folder.parent / str(following)).is_dir():
        yield Task("next_year", False, "the year is done; go on with the next one", f"status {following}")
    else:
        yield Task("next_year", False, "the year is done; begin the next one", f"new-year {following} --from {number}")


def _form(year: YearFiles, rules: Path) -> Task:
    """Return the step of the form: brought from the nearest year before that has one, where there is one."""
    made, done = year.workspace.made(year.year) / "year.toml", bool(year.rules.question)
    earlier = [one for one in year.workspace.years(year.year) if one < year.year]
    source = max((one for one in earlier if "[[question]]" in _text(year.workspace.raw(one) / "year.toml")), default=0)
    if made.is_file():
        compare = f"compare the form with the real one, and copy {made} to {rules}"
        return Task("form", done, compare, f"status {year.year}")
    if source:
        bring = f"new-year {year.year} --from {source} --form-only"
        return Task("form", done, f"bring the form of {source}, to go on from", bring)
    return Task("form", done, f"add the form to {rules}, as [[question]]", f"status {year.year}")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _last(day: date | None) -> str:
    return f" (last day {day})" if day else ""
