"""The next thing to do in a grant year: the first step whose result is not there yet, with its command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.language import several
from pipeline.money.standing import Standing


@dataclass(frozen=True)
class Step:
    """Something to do: what a person does first (or None), and the command after that."""

    what: str
    command: str


def next_step(year: Standing, on: date) -> Step:
    """Give the first step that is not done."""
    return next(_steps(year, on))


def also(year: Standing) -> Iterator[Step]:
    """Give what may be done beside the next step: the closer check, when there are returns and no settlement yet."""
    number = year.rules.year
    if year.has_returns and year.recipients is not None and not year.is_made("sample"):
        yield Step("look closer at some of them", f"aterrapport review-sample {number} --seed 1")


def _steps(year: Standing, on: date) -> Iterator[Step]:
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


def _allocation(year: Standing) -> Iterator[Step]:
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


def _after_returns(year: Standing, on: date) -> Iterator[Step]:
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
