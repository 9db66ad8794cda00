"""Where a grant year stands: its files, what was made of them and is up to date; and the next thing to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipeline.check.findings import SEVERITIES
from pipeline.files import sum_of
from pipeline.language import amount, first, several
from pipeline.money.decisions import FILE as DECISIONS
from pipeline.money.decisions import read_decisions
from pipeline.money.year_store import in_store
from pipeline.paths import Workspace
from pipeline.read import SourceFile, read_folder
from pipeline.record import Entry, read_record
from pipeline.register import municipalities
from pipeline.store import query
from pipeline.year import Year

_RECIPIENTS = """
    SELECT b.municipality_code, m.municipality, b.requisitioned_kr, b.return_row IS NOT NULL AS returned
    FROM base_recipients AS b
    JOIN municipalities AS m USING (municipality_code)
    WHERE b.year = $year
    ORDER BY m.municipality COLLATE sv
"""
_OF_RETURNS = {"findings", "sample", "settlement", "report"}
_OF_ALL = _OF_RETURNS | {"allocation", "requisitions"}
# What is made of a raw file, by its name without ending; what is not here, everything is made of.
_MADE_OF: dict[str, set[str]] = {
    "returns": _OF_RETURNS,
    "themes": _OF_RETURNS,
    "published": _OF_RETURNS,
    "more": {"allocation", "requisitions"},
    "decisions": {"settlement"},
    "SOURCES": set(),
}
_STEPS = {"findings": "check", "report": "execute uppfoljning.qmd"}
"""What is made by steps of the line, with the step whose record tells of what."""
_LISTED = "SELECT municipality_code, amount_kr, key_count FROM allocations WHERE year = $year"


_DAYS = {
    "use_from": "first day to use the money",
    "requisition_by": "last day to requisition",
    "use_to": "last day to use the money",
    "return_by": "last day for the return",
    "repay_by": "last day to repay",
}


@dataclass(frozen=True)
class Status:
    """A year's files and what was made of them. What is None has no file."""

    rules: Year
    folder: Path
    listed: pl.DataFrame | None
    """The distribution list: municipality_code, amount_kr, key_count."""
    recipients: pl.DataFrame | None
    """Who requisitioned: municipality_code, municipality, requisitioned_kr, returned."""
    has_returns: bool
    files: Sequence[SourceFile]
    is_printed: bool
    """Figures of the year are known from print."""
    decisions: int | None
    made: Mapping[str, Path]
    """What was made, by its name in a status; only what is there."""
    stale: frozenset[str]
    """What was made before a raw file of the year changed."""

    def is_made(self, name: str) -> bool:
        """Return whether something was made of the files as they are now."""
        return name in self.made and name not in self.stale

    @property
    def missing(self) -> list[str]:
        """Recipients without a return, by name."""
        if self.recipients is None:
            return []
        names: list[str] = self.recipients.filter(~pl.col("returned"))["municipality"].to_list()
        return names

    def findings(self) -> Counter[str]:
        """Count the findings of the last check by severity."""
        return Counter(read_table(self.made["findings"])["severity"].to_list())

    def is_without_amounts(self) -> bool:
        """Return whether somebody in the distribution list has no amount yet."""
        return self.listed is not None and self.listed["amount_kr"].null_count() > 0

    def has_counts(self) -> bool:
        """Return whether the distribution list has the key's counts of everybody in it."""
        return self.listed is not None and len(self.listed) > 0 and self.listed["key_count"].null_count() == 0


def look_at(year: int, workspace: Workspace) -> Status:
    """Look at a year. Raise UserError for files that cannot be read; nothing is written."""
    workspace.years(year)
    folder = workspace.raw(year)
    data = read_folder(folder, f"raw/{year}")
    decided = read_decisions(folder, f"raw/{year}", data.rules)
    with in_store([data]) as (_, connection):
        listed = query(connection, _LISTED, year=year)
        recipients = query(connection, _RECIPIENTS, year=year)
    made = {name: path for name, path in _makes(year, workspace).items() if path.is_file()}
    record = read_record(workspace.made(year) / ".made.json")
    return Status(
        rules=data.rules,
        folder=folder,
        listed=listed if data.has("allocations") else None,
        recipients=recipients if data.has("requisitions") else None,
        has_returns=data.has("returns"),
        files=data.files,
        is_printed=data.published is not None,
        decisions=sum(map(len, decided.claims.values())) if (folder / DECISIONS).is_file() else None,
        made=made,
        stale=frozenset(name for name, path in made.items() if _is_stale(name, path, year, workspace, record)),
    )


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV file that a command has made, every cell as text."""
    return pl.read_csv(path, infer_schema=False)


def _makes(year: int, workspace: Workspace) -> dict[str, Path]:
    made, out = workspace.made(year), workspace.out / str(year)
    return {
        "allocation": made / "allocation.csv",
        "requisitions": made / "requisitions.csv",
        "findings": made / "findings.csv",
        "sample": made / "review_sample.csv",
        "settlement": made / "settlement.csv",
        "report": out / "uppfoljning.html",
    }


def _is_stale(name: str, path: Path, year: int, workspace: Workspace, record: Mapping[str, Entry]) -> bool:
    """Return whether a raw file that this was made of is another one since: by its checksum where the record knows it.

    What is not made by a step of the line is compared by the time of its file.
    """
    files = {raw: file for raw, file in workspace.raw_files(year).items() if _is_made_of(name, raw)}
    entry = record.get(_STEPS.get(name, ""))
    if entry is None or entry["made"].get(f"processed/{year}/{path.name}", sum_of(path)) != sum_of(path):
        return any(file.stat().st_mtime_ns > path.stat().st_mtime_ns for file in files.values())
    before = {
        raw: of for raw, of in entry["inputs"].items() if raw.startswith(f"raw/{year}/") and _is_made_of(name, raw)
    }
    return before != {raw: sum_of(file) for raw, file in files.items()}


def _is_made_of(name: str, raw: str) -> bool:
    return name in _MADE_OF.get(Path(raw).stem, _OF_ALL)


def lines(year: Status, on: date) -> Iterator[str]:
    """Say where the year stands on a day."""
    grant = year.rules.grant
    yield f"grant year {year.rules.year}: {grant.name.en}"
    yield f"dates, seen from {on}"
    days = sorted((day, what) for name, what in _DAYS.items() if (day := getattr(grant, name)))
    yield from (f"  {day}  {what}: {_when(day, on)}" for day, what in days)
    yield from (f"  not stated: {what}" for name, what in _DAYS.items() if getattr(grant, name) is None)
    yield from _allocated(year)
    yield from _requisitioned(year)
    yield from _returned(year)
    yield f"findings: {_findings(year)}"
    yield f"sample for the closer check: {_state(year, 'sample', 'not drawn')}"
    yield "decisions: " + (
        "no decisions.toml" if year.decisions is None else several(year.decisions, "claim", "claims")
    )
    yield f"settlement: {_settlement(year)}"
    yield f"report: {_state(year, 'report', 'not made')}"


def _when(day: date, on: date) -> str:
    if day == on:
        return "today"
    left = several(abs((day - on).days), "day", "days")
    return f"passed {left} ago" if day < on else f"in {left}"


def _allocated(year: Status) -> Iterator[str]:
    available = amount(year.rules.grant.available_kr)
    if year.listed is None:
        yield f"allocation: no list (allocation.csv); {available} to hand out"
        return
    sum_kr, everybody = int(year.listed["amount_kr"].sum()), len(municipalities())
    without = year.listed["amount_kr"].null_count()
    partial = "" if len(year.listed) == everybody else "; the list is partial"
    yield f"allocation: {len(year.listed)} of {everybody} municipalities, {amount(sum_kr)} of {available}{partial}" + (
        f"; {without} without an amount" if without else ""
    )


def _requisitioned(year: Status) -> Iterator[str]:
    if year.recipients is None:
        yield "requisitions: not known (no recipients.csv)"
        return
    sum_kr, n = int(year.recipients["requisitioned_kr"].sum()), len(year.recipients)
    left = year.rules.grant.available_kr - sum_kr
    over = f"{amount(left)} not requisitioned" if left >= 0 else f"{amount(-left)} MORE than there is"
    yield f"requisitions: {_municipalities(n)}, {amount(sum_kr)}; {len(municipalities()) - n} have not asked; {over}"


def _returned(year: Status) -> Iterator[str]:
    if not year.has_returns:
        yield "returns: none (no returns.xlsx or returns.csv)"
        return
    made_up = "; MADE-UP ANSWERS" if year.rules.grant.synthetic else ""
    if year.recipients is None:
        yield f"returns: there, but who requisitioned is not known{made_up}"
        return
    missing = year.missing
    yield f"returns: {len(year.recipients) - len(missing)} in, {len(missing)} missing{made_up}"
    yield from first([f"missing: {name}" for name in missing], "  ")


def _findings(year: Status) -> str:
    if "findings" not in year.made:
        return "not checked"
    counted = year.findings()
    return ", ".join(f"{counted[level]} {level}" for level in SEVERITIES) + _old(year, "findings")


def _settlement(year: Status) -> str:
    if "settlement" not in year.made:
        return "not made"
    table = read_table(year.made["settlement"]).with_columns(pl.col("total_kr", "claim_kr").cast(pl.Int64))
    asked = table.filter(pl.col("total_kr") > 0)
    unknown = len(table.filter(pl.col("state") == "unknown"))
    total_kr, claim_kr = (int(asked[column].sum()) for column in ("total_kr", "claim_kr"))
    not_known = f"; {unknown} not known" if unknown else ""
    old = _old(year, "settlement")
    return f"{amount(total_kr)} from {_municipalities(len(asked))}, {amount(claim_kr)} of it claims{not_known}{old}"


def _state(year: Status, name: str, not_made: str) -> str:
    return f"{year.made[name].name}{_old(year, name)}" if name in year.made else not_made


def _old(year: Status, name: str) -> str:
    return ", before a raw file changed" if name in year.stale else ""


def _municipalities(n: int) -> str:
    return several(n, "municipality", "municipalities")


@dataclass(frozen=True)
class Step:
    """Something to do: what a person does first (or None), and the command after that."""

    what: str
    command: str


def next_step(year: Status, on: date) -> Step:
    """Return the first step that is not done."""
    return next(_steps(year, on))


def also(year: Status) -> Iterator[Step]:
    """Yield what may be done beside the next step: the closer check, when there are returns and no settlement yet."""
    number = year.rules.year
    if year.has_returns and year.recipients is not None and not year.is_made("sample"):
        yield Step("look closer at some of them", f"aterrapport review-sample {number} --seed 1")


def _steps(year: Status, on: date) -> Iterator[Step]:
    number, folder, grant = year.rules.year, year.folder, year.rules.grant
    status = f"aterrapport status {number}"
    if year.recipients is None:
        if year.is_printed:
            yield Step(
                "the year is known from print alone; make what can be made of it", f"aterrapport tables {number}"
            )
        yield from _allocation(year)
        last = f" (last day {grant.requisition_by})" if grant.requisition_by else ""
        columns = "recipient, requisitioned_kr and, where known, requisitioned_on"
        yield Step(f"put the requisitions{last} in {folder / 'recipients.csv'}: {columns}", status)
    if year.has_counts() and not year.is_made("requisitions"):
        yield Step("set the requisitions against the list", f"aterrapport allocate {number}")
    if not year.has_returns:
        if not year.rules.question:
            yield Step(f"add the form to {folder / 'year.toml'}, as [[question]]", status)
        last = f" (last day {grant.return_by})" if grant.return_by else ""
        yield Step(f"put the survey tool's export{last} in {folder} as returns.xlsx or returns.csv", status)
    yield from _after_returns(year, on)


def _allocation(year: Status) -> Iterator[Step]:
    number, raw = year.rules.year, year.folder / "allocation.csv"
    if year.listed is None:
        yield Step(
            f"put the key's counts in {raw} (municipality_code, key_count), or the amounts of a list that is decided "
            "already (municipality_code, amount_kr)",
            f"aterrapport status {number}",
        )
    elif year.is_without_amounts():
        if not year.is_made("allocation"):
            yield Step("share the money out by the key", f"aterrapport allocate {number}")
        made = year.made["allocation"]
        yield Step(f"when the list is decided, copy {made} to {raw}", f"aterrapport status {number}")


def _after_returns(year: Status, on: date) -> Iterator[Step]:
    number, folder, grant = year.rules.year, year.folder, year.rules.grant
    if not year.is_made("findings"):
        yield Step("check the returns", f"aterrapport check {number}")
    if year.findings()["critical"]:
        yield Step(f"mend the raw files: {year.made['findings']} says what is wrong", f"aterrapport check {number}")
    if year.missing and grant.return_by and on <= grant.return_by:
        waiting = f"wait for {several(len(year.missing), 'return', 'returns')} (last day {grant.return_by})"
        yield Step(f"{waiting}, and put the new export in {folder}", f"aterrapport status {number}")
    if not grant.ground:
        yield Step(
            f"add the grounds for repayment to {folder / 'year.toml'}, as [[grant.ground]]",
            f"aterrapport status {number}",
        )
    if not year.is_made("settlement"):
        claims = f"put claims and longer times, if any, in {folder / 'decisions.toml'} (docs/grant-year.md), and settle"
        yield Step("settle" if year.decisions is not None else claims, f"aterrapport settle {number}")
    if not year.is_made("report"):
        yield Step("make the report", f"aterrapport build {number}")
    following = number + 1
    if (folder.parent / str(following)).is_dir():
        yield Step("the year is done; go on with the next one", f"aterrapport status {following}")
    yield Step("the year is done; begin the next one", f"aterrapport new-year {following} --from {number}")
