"""`aterrapport status`: the steps of a grant year, which are done, and the one thing to do next; status.html."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline import language
from pipeline.check import SEVERITIES, rules
from pipeline.errors import UserError
from pipeline.files import csv_of, sum_of, write_bytes
from pipeline.language import amount, brief, several
from pipeline.markdown import escape, floated, pipe_table
from pipeline.mask import mask, visible
from pipeline.money.allocate import computed
from pipeline.money.settle import DECISIONS, RECIPIENTS, listed, read_decisions, settled
from pipeline.money.years import WORDS, in_store, say_next, told
from pipeline.paths import Workspace
from pipeline.phrases import filled
from pipeline.read import find_file, not_read, read_folder
from pipeline.register import regions
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


class _YearFiles:
    """A year's files, and what was made of them. UserError for files that cannot be read."""

    def __init__(self, year: int, workspace: Workspace, on: date) -> None:
        workspace.years(year)
        self.year, self.folder, self.workspace, self.on = year, workspace.raw(year), workspace, on
        self.out, made = workspace.out / str(year), workspace.made(year)
        data = read_folder(self.folder, f"raw/{year}")
        self.rules, self.is_printed, self.files = data.rules, data.published is not None, data.files
        self.decided = read_decisions(self.folder, f"raw/{year}", data.rules)
        self.is_early = self.rules.grant.return_by is not None and on <= self.rules.grant.return_by
        now: dict[str, str] = {}
        with suppress(UserError):  # without counts there is nothing to compute
            now = {Path(name).stem: csv_of(frame) for name, frame in computed(data, self.folder)[0].items()}
        with in_store([data]) as (_, connection):
            self.facts = query(connection, _SQL.read_text(encoding="utf-8"), year=year).row(0, named=True)
            self.recipients = query(connection, RECIPIENTS, year=year)
        with suppress(UserError):
            now["settlement"] = csv_of(listed(settled(self.rules, self.recipients.to_dicts(), self.decided)))
        makes = {name: made / f"{name}.csv" for name in ("allocation", "requisitions", "findings", "settlement")}
        makes |= {"sample": made / "review_sample.csv", "report": self.out / "uppfoljning.html"}
        self.made = {name: path for name, path in makes.items() if path.is_file()}
        self.stale = {name for name, path in self.made.items() if now.get(name, "") not in ("", _text(path))}
        self.stale |= {name for name in ("findings", "sample", "report") if name in self.made and self._is_stale(name)}
        rows = pl.read_csv(self.made["findings"], infer_schema=False) if "findings" in self.made else None
        self.findings = Counter[str]() if rows is None else Counter(rows["severity"].to_list())
        closed = [rule.id for rule in rules() if rule.fix == "none"]  # nothing of them can be corrected
        self.open = 0 if rows is None else len(rows.filter(~pl.col("rule").is_in(closed), severity="warning"))

    def is_made(self, name: str) -> bool:
        """Return whether something was made of the files as they are now."""
        return name in self.made and name not in self.stale

    def _is_stale(self, name: str) -> bool:
        """Return whether what this was made of has changed, by its step's record, or by dates where it has none."""
        path, raw = self.made[name], self.workspace.raw_files(self.year)
        files = {name: file for name, file in raw.items() if Path(name).stem not in _NOT_OF_RETURNS}
        step = {"findings": "check", "report": "execute uppfoljning.qmd"}.get(name, "")
        entry = read_record(self.workspace.made(self.year) / ".made.json").get(step)
        made = sum_of(path)
        if entry is None or entry["made"].get(f"processed/{self.year}/{path.name}", made) != made:
            return any(file.stat().st_mtime_ns > path.stat().st_mtime_ns for file in files.values())
        inputs: dict[str, str] = entry["inputs"]
        of_year = {raw: of for raw, of in inputs.items() if raw.startswith(f"raw/{self.year}/")}
        before = {raw: of for raw, of in of_year.items() if Path(raw).stem not in _NOT_OF_RETURNS}
        seen_early = bool(inputs.get("the day it is seen from (--on)")) and not self.is_early
        return seen_early or before != {raw: sum_of(file) for raw, file in files.items()}


class _Task(NamedTuple):
    """A step of a year: whether it is done, and what to do when it is not (`waits`: but wait), and the command after
    that."""

    id: str
    done: bool
    todo: str = ""
    command: str = "status {year}"
    waits: bool = False


def status(year: int, on: date | None, page: bool, workspace: Workspace) -> None:
    """Print where a year stands on a day (None: today) and what is next; with `page`, write status.html besides."""
    if page and on is None:
        raise UserError("--page: say with --on which day it is seen from; nothing that is written goes by today's date")
    _begin(year, workspace)
    found = _YearFiles(year, workspace, on or date.today())
    todo = [one._replace(command=one.command.format(year=year)) for one in _tasks(found)]
    following, also = next(task for task in todo if not task.done and task.todo), "you may also"
    next_is = "waiting" if following.waits else "next"
    states = {one.id: "done" if one.done else next_is if one is following else "to do" for one in todo}
    print(_told(found, states))
    say_next(following.todo, following.command, workspace)
    if found.open and following.id != "warnings":
        many, see = several(found.open, "warning", "warnings"), found.out / "findings.html"
        say_next(f"go through {many}, in {see}; corrected or confirmed,", f"check {year}", workspace, also)
    if found.facts["has_returns"] and found.facts["has_requisitions"] and not found.is_made("sample"):
        say_next("look closer at some of them", f"review-sample {year} --seed 1", workspace, also)
    if following.id == "closed":
        say_next("begin the next year", f"new-year {year + 1} --from {year}", workspace, also)
    if page:
        path = found.out / "status.html"
        write_bytes(path, _page(found, states, following))
        print(path)


def _begin(year: int, workspace: Workspace) -> None:
    """Say what to do first, and raise UserError with what is left, when the rules of a year are not filled in."""
    workspace.years(year)
    try:
        read_year(workspace.raw(year), f"raw/{year}")
    except UserError as error:
        if workspace.is_unfilled(year):
            print(f"grant year {year}: begun\nsteps\n  {'next':<8}{WORDS('en', 'task.rules')}")
            what = f"fill in {workspace.raw(year) / 'year.toml'}"
            left = several(str(error).count("\n") + 1, "key", "keys")
            say_next(f"{what}: {left} left, see below", f"status {year}", workspace)
        raise


def _told(found: _YearFiles, states: dict[str, str]) -> str:
    def when(day: date) -> str:
        left = several(abs((day - found.on).days), "day", "days")
        return "today" if day == found.on else f"passed {left} ago" if day < found.on else f"in {left}"

    def state(name: str, made: str | None, not_made: str) -> str:
        old = ", before a raw file changed" if name in found.stale else ""
        return f"{made or found.made[name].name}{old}" if name in found.made else not_made

    days = {name: getattr(found.rules.grant, name) for name in _DAYS}
    facts: dict[str, Any] = {**found.facts, "on": found.on, "when": when, "state": state, "rules": found.rules}
    facts["named"] = [f"missing: {name}" for name in found.facts["missing"]]
    facts["dates"] = sorted((day, _DAYS[name]) for name, day in days.items() if day)
    facts["not_stated"] = [_DAYS[name] for name, day in days.items() if day is None]
    facts["tasks"] = [(WORDS("en", f"task.{id_}"), state) for id_, state in states.items()]
    facts["findings"] = ", ".join(f"{found.findings.get(level, 0)} {level}" for level in SEVERITIES)
    facts["decisions"] = sum(map(len, found.decided.claims.values())) if found.decided.file else None
    facts["settlement"] = _settlement(found.made["settlement"]) if "settlement" in found.made else ""
    facts["sheets"] = [(repr(visible(file.sheet)), file.file) for file in found.files if file.sheet]
    facts["not_read"] = [(mask(visible(name)), expected) for name, expected in not_read(found.folder)]
    return told("status", **facts)


def _settlement(path: Path) -> str:
    rows = pl.read_csv(path, infer_schema=False).with_columns(pl.col("total_kr", "claim_kr").cast(pl.Int64))
    asked, unknown = rows.filter(pl.col("total_kr") > 0), len(rows.filter(state="unknown"))
    total_kr, claim_kr = (amount(int(asked[column].sum())) for column in ("total_kr", "claim_kr"))
    whom = several(len(asked), "municipality", "municipalities")
    return f"{total_kr} from {whom}, {claim_kr} of it claims" + (f"; {unknown} not known" if unknown else "")


def _tasks(year: _YearFiles) -> Iterator[_Task]:
    """Yield the steps of a year in their order."""
    folder, grant, facts = year.folder, year.rules.grant, year.facts
    raw, there = folder / "allocation.csv", facts["has_requisitions"]
    if year.is_printed and not there:
        yield _Task("print", False, "the year is known from print alone; make what can be made of it", "tables {year}")
        return
    if not facts["has_allocations"] and not there:
        decided = "or the amounts of a list that is decided already (municipality_code, amount_kr)"
        yield _Task("list", False, f"put the key's counts in {raw} (municipality_code, key_count), {decided}")
    elif not facts["without_amount"] or there:
        yield _Task("list", True)
    elif year.is_made("allocation"):
        yield _Task("list", False, f"when the list is decided, copy {year.made['allocation']} to {raw}")
    else:
        yield _Task("list", False, "share the money out by the key", "allocate {year}")
    columns = "recipient, requisitioned_kr and, where known, requisitioned_on"
    put = f"put the requisitions{_last(grant.requisition_by)} in {folder / 'recipients.csv'}: {columns}"
    yield _Task("requisitions", there, put)
    if facts["listed"] and not facts["without_count"] and not facts["has_returns"]:
        compare = "set the requisitions against the list"
        yield _Task("compared", year.is_made("requisitions"), compare, "allocate {year}")
    todo, command = _form(year)
    yield _Task("form", bool(year.rules.question), todo, command)
    export = f"put the survey tool's export{_last(grant.return_by)} in {folder} as returns.xlsx or returns.csv"
    yield _Task("returns", facts["has_returns"], export)
    yield from _after_returns(year, folder, len(facts["missing"]))


def _after_returns(year: _YearFiles, folder: Path, missing: int) -> Iterator[_Task]:
    grant, following, is_checked = year.rules.grant, year.year + 1, year.is_made("findings")
    check = f"check {{year}} --on {year.on}" if year.is_early else "check {year}"
    books = f"{year.out / 'corrections.xlsx'}, filled in, goes to {folder / 'corrections.xlsx'}"
    correct = f"{year.out / 'findings.html'} says what, and {books}"
    yield _Task("check", is_checked, "check the returns", check)
    critical = several(year.findings["critical"], "critical finding", "critical findings")
    yield _Task("critical", is_checked and not year.findings["critical"], f"clear up {critical}: {correct}", check)
    if year.is_early:
        old = find_file(folder, "returns", "")
        new = f"put the new export in {folder}" + (f" in place of {old.name}" if old else "")
        waiting = f"wait for {several(missing, 'return', 'returns')}{_last(grant.return_by)}, and {new}"
        yield _Task("missing", not missing, waiting, waits=True)
    ground = f"add the grounds for repayment to {folder / 'year.toml'}, as [[grant.ground]]"
    yield _Task("ground", bool(grant.ground), ground)
    claims = f"put claims and longer times, if any, in {folder / DECISIONS}.toml (docs/grant-year.md), and settle"
    settle = "settle" if year.decided.file else claims
    yield _Task("settlement", year.is_made("settlement"), settle, "settle {year}")
    yield _Task("report", year.is_made("report"), "make the report", "build {year}")
    warnings = several(year.open, "warning", "warnings")
    through = f"go through {warnings}, and correct or confirm what they are about: {correct}"
    yield _Task("warnings", is_checked and not year.open, through, check)
    if missing and not year.is_early:
        late = f"the year is made, but {several(missing, 'return is', 'returns are')} missing: ask for them, and check"
        yield _Task("closed", False, late, check)
    elif (folder.parent / str(following)).is_dir():
        yield _Task("next_year", False, "the year is done; go on with the next one", f"status {following}")
    else:
        begin = f"new-year {following} --from {{year}}"
        yield _Task("next_year", False, "the year is done; begin the next one", begin)


def _form(year: _YearFiles) -> tuple[str, str]:
    """Return what to do for a form, and by which command: bring it from the nearest year before that has one."""
    made, rules = year.workspace.made(year.year) / "year.toml", year.folder / "year.toml"
    earlier = [one for one in year.workspace.years(year.year) if one < year.year]
    source = max((one for one in earlier if "[[question]]" in _text(year.workspace.raw(one) / "year.toml")), default=0)
    if made.is_file():
        return f"compare the form with the real one, and copy {made} to {rules}", "status {year}"
    if source:
        return f"bring the form of {source}, to go on from", f"new-year {{year}} --from {source} --form-only"
    return f"add the form to {rules}, as [[question]]", "status {year}"


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _last(day: date | None) -> str:
    return f" (last day {day})" if day else ""


def _page(year: _YearFiles, states: dict[str, str], following: _Task) -> bytes:
    """Return the steps, and who has sent in a return, region by region: one HTML file that makes no request."""
    from pipeline.render.builtin import html
    from pipeline.render.document import Document

    say = partial(_say, year=year.year, on=year.on, grant=escape(brief(year.rules.grant.name["sv"])))
    not_there = f"**{say('is_awaited' if year.is_early else 'is_missing')}**"

    def table(label: str, heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
        first, second = map(say, heads)
        return floated(label, pipe_table([(first, 60, False), (second, 40, False)], rows), caption)

    def came(row: dict[str, Any]) -> list[str]:
        day = language.day(row["first_on"], "sv") if row["first_on"] else say("no_day")
        return [escape(row["municipality"]), day if row["returned"] else not_there]

    tasks = [escape(language.sentence_case(WORDS("sv", f"task.{id_}"))) for id_ in states]
    steps = [[task, say(state.replace(" ", "_"))] for task, state in zip(tasks, states.values(), strict=True)]
    of_region = {one: year.recipients.filter(region_code=code).rows(named=True) for code, one in regions().items()}
    filters: dict[str, Callable[..., Any]] = {"escape": escape, "came": came}
    given: dict[str, Any] = {"say": say, "table": table, "year": year, "command": following.command, "steps": steps}
    text = filled(Path(__file__).with_name("status.md.j2"), "sv", filters, of_region=of_region.items(), **given)
    front = {name: say(name) for name in ("title", "subtitle", "description", "lang")}
    return html(Document("status.html", front, text + "\n"))


def _say(phrase: str, **data: object) -> str:
    return WORDS("sv", f"status.{phrase}", **data)
