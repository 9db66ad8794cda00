"""`aterrapport status`: where a grant year stands, what of it is made and up to date, and what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.check.findings import SEVERITIES
from pipeline.files import sum_of
from pipeline.language import amount, several
from pipeline.mask import mask, visible
from pipeline.money.raw_files import DECISIONS, read_decisions
from pipeline.money.screen import say_next, told
from pipeline.money.years import in_store
from pipeline.paths import Workspace
from pipeline.read import not_read, read_folder
from pipeline.steps.engine import Entry, read_record
from pipeline.store import query

_SQL = Path(__file__).with_name("status.sql")
_OF_RETURNS = {"findings", "sample", "settlement", "report"}
_OF_LIST = {"allocation", "requisitions"}
# What is made of a raw file, by its name without ending; what is not here, everything is made of.
_MADE_OF: dict[str, set[str]] = {
    "returns": _OF_RETURNS,
    "themes": _OF_RETURNS,
    "published": _OF_RETURNS,
    "more": _OF_LIST,
    "decisions": {"settlement"},
    "SOURCES": set(),
}
_STEPS = {"findings": "check", "report": "execute uppfoljning.qmd"}
"""What is made by steps of the line, with the step whose record tells of what."""
_DAYS = {
    "use_from": "first day to use the money",
    "requisition_by": "last day to requisition",
    "use_to": "last day to use the money",
    "return_by": "last day for the return",
    "repay_by": "last day to repay",
}


class _YearFiles:
    """A year's files, and what was made of them. UserError for files that cannot be read."""

    def __init__(self, year: int, workspace: Workspace) -> None:
        workspace.years(year)
        self.year, self.folder, self.workspace = year, workspace.raw(year), workspace
        data, made = read_folder(self.folder, f"raw/{year}"), workspace.made(year)
        self.rules, self.is_printed, self.files = data.rules, data.published is not None, data.files
        claims = read_decisions(self.folder, f"raw/{year}", data.rules).claims
        self.decisions = sum(map(len, claims.values())) if (self.folder / DECISIONS).is_file() else None
        with in_store([data]) as (_, connection):
            self.facts = query(connection, _SQL.read_text(encoding="utf-8"), year=year).row(0, named=True)
        makes = {
            "allocation": made / "allocation.csv",
            "requisitions": made / "requisitions.csv",
            "findings": made / "findings.csv",
            "sample": made / "review_sample.csv",
            "settlement": made / "settlement.csv",
            "report": workspace.out / str(year) / "uppfoljning.html",
        }
        self.made = {name: path for name, path in makes.items() if path.is_file()}
        record = read_record(made / ".made.json")
        self.stale = {name for name, path in self.made.items() if self._is_stale(name, path, record)}

    def is_made(self, name: str) -> bool:
        """Return whether something was made of the files as they are now."""
        return name in self.made and name not in self.stale

    def rows(self, name: str) -> pl.DataFrame:
        """Return a CSV file that was made, every cell as text."""
        return pl.read_csv(self.made[name], infer_schema=False)

    def findings(self) -> Counter[str]:
        """Count the findings of the last check by severity."""
        return Counter(self.rows("findings")["severity"].to_list())

    def _is_stale(self, name: str, path: Path, record: Mapping[str, Entry]) -> bool:
        """Return whether a raw file that this was made of has changed: by its checksum, where that is recorded.

        What is not made by a step of the line is compared by the time of its file.
        """

        def is_made_of(raw: str) -> bool:
            return name in _MADE_OF.get(Path(raw).stem, _OF_RETURNS | _OF_LIST)

        files = {raw: file for raw, file in self.workspace.raw_files(self.year).items() if is_made_of(raw)}
        entry, made = record.get(_STEPS.get(name, "")), sum_of(path)
        if entry is None or entry["made"].get(f"processed/{self.year}/{path.name}", made) != made:
            return any(file.stat().st_mtime_ns > path.stat().st_mtime_ns for file in files.values())
        inputs: dict[str, str] = entry["inputs"]
        before = {raw: of for raw, of in inputs.items() if raw.startswith(f"raw/{self.year}/") and is_made_of(raw)}
        return before != {raw: sum_of(file) for raw, file in files.items()}


def status(year: int, on: date | None, workspace: Workspace) -> None:
    """Print where a year stands on a day (None: today), and the next step. Nothing is written.

    Raise UserError when something in its files is still to be mended.
    """
    found, on = _YearFiles(year, workspace), on or date.today()
    grant, settlement = found.rules.grant, ""
    if "settlement" in found.made:
        rows = found.rows("settlement").with_columns(pl.col("total_kr", "claim_kr").cast(pl.Int64))
        asked, unknown = rows.filter(pl.col("total_kr") > 0), len(rows.filter(state="unknown"))
        total_kr, claim_kr = (amount(int(asked[column].sum())) for column in ("total_kr", "claim_kr"))
        whom = several(len(asked), "municipality", "municipalities")
        settlement = f"{total_kr} from {whom}, {claim_kr} of it claims" + (f"; {unknown} not known" if unknown else "")
    counted = found.findings() if "findings" in found.made else {}

    def when(day: date) -> str:
        left = several(abs((day - on).days), "day", "days")
        return "today" if day == on else f"passed {left} ago" if day < on else f"in {left}"

    def state(name: str, made: str | None, not_made: str) -> str:
        old = ", before a raw file changed" if name in found.stale else ""
        return f"{made or found.made[name].name}{old}" if name in found.made else not_made

    print(
        told(
            "status",
            **found.facts,
            rules=found.rules,
            named=[f"missing: {name}" for name in found.facts["missing"]],
            on=on,
            dates=sorted((day, what) for name, what in _DAYS.items() if (day := getattr(grant, name))),
            not_stated=[what for name, what in _DAYS.items() if getattr(grant, name) is None],
            when=when,
            state=state,
            findings=", ".join(f"{counted.get(level, 0)} {level}" for level in SEVERITIES),
            decisions=found.decisions,
            settlement=settlement,
            sheets=[(repr(visible(file.sheet)), file.file) for file in found.files if file.sheet],
            not_read=[(mask(visible(name)), expected) for name, expected in not_read(found.folder)],
        )
    )
    say_next(*next(_steps(found, on)), workspace)
    if found.facts["has_returns"] and found.facts["has_requisitions"] and not found.is_made("sample"):
        say_next("look closer at some of them", f"review-sample {year} --seed 1", workspace, "you may also")


def _steps(year: _YearFiles, on: date) -> Iterator[tuple[str, str]]:
    """Yield what is not done, in order: what a person does first, and the command after that."""
    number, folder, grant, facts = year.rules.year, year.folder, year.rules.grant, year.facts
    status, raw = f"status {number}", folder / "allocation.csv"

    if not facts["has_requisitions"]:
        if year.is_printed:
            yield "the year is known from print alone; make what can be made of it", f"tables {number}"
        if not facts["has_allocations"]:
            counts, amounts = "(municipality_code, key_count)", "(municipality_code, amount_kr)"
            decided = f"or the amounts of a list that is decided already {amounts}"
            yield f"put the key's counts in {raw} {counts}, {decided}", status
        elif facts["without_amount"]:
            if not year.is_made("allocation"):
                yield "share the money out by the key", f"allocate {number}"
            yield f"when the list is decided, copy {year.made['allocation']} to {raw}", status
        columns = "recipient, requisitioned_kr and, where known, requisitioned_on"
        yield f"put the requisitions{_last(grant.requisition_by)} in {folder / 'recipients.csv'}: {columns}", status
    if facts["listed"] and not facts["without_count"] and not year.is_made("requisitions"):
        yield "set the requisitions against the list", f"allocate {number}"
    if not facts["has_returns"]:
        if not year.rules.question:
            yield f"add the form to {folder / 'year.toml'}, as [[question]]", status
        export = f"put the survey tool's export{_last(grant.return_by)} in {folder} as returns.xlsx or returns.csv"
        yield export, status
    yield from _after_returns(year, on, number, folder)


def _after_returns(year: _YearFiles, on: date, number: int, folder: Path) -> Iterator[tuple[str, str]]:
    grant, missing, following = year.rules.grant, len(year.facts["missing"]), number + 1
    if not year.is_made("findings"):
        yield "check the returns", f"check {number}"
    if year.findings()["critical"]:
        yield f"mend the raw files: {year.made['findings']} says what is wrong", f"check {number}"
    if missing and grant.return_by and on <= grant.return_by:
        waiting = f"wait for {several(missing, 'return', 'returns')}{_last(grant.return_by)}"
        yield f"{waiting}, and put the new export in {folder}", f"status {number}"
    if not grant.ground:
        yield f"add the grounds for repayment to {folder / 'year.toml'}, as [[grant.ground]]", f"status {number}"
    if not year.is_made("settlement"):
        claims = f"put claims and longer times, if any, in {folder / DECISIONS} (docs/grant-year.md), and settle"
        yield "settle" if year.decisions is not None else claims, f"settle {number}"
    if not year.is_made("report"):
        yield "make the report", f"build {number}"
    if (folder.parent / str(following)).is_dir():
        yield "the year is done; go on with the next one", f"status {following}"
    yield "the year is done; begin the next one", f"new-year {following} --from {number}"


def _last(day: date | None) -> str:
    return f" (last day {day})" if day else ""
