"""Where a grant year stands, in lines for a screen, and the next thing to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipeline.check.findings import SEVERITIES
from pipeline.language import amount, first, several
from pipeline.money.standing import Standing, read_table
from pipeline.register import municipalities

_DAYS = {
    "use_from": "first day to use the money",
    "requisition_by": "last day to requisition",
    "use_to": "last day to use the money",
    "return_by": "last day for the return",
    "repay_by": "last day to repay",
}


def lines(year: Standing, on: date) -> Iterator[str]:
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


def _allocated(year: Standing) -> Iterator[str]:
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


def _requisitioned(year: Standing) -> Iterator[str]:
    if year.recipients is None:
        yield "requisitions: not known (no recipients.csv)"
        return
    sum_kr, n = int(year.recipients["requisitioned_kr"].sum()), len(year.recipients)
    left = year.rules.grant.available_kr - sum_kr
    over = f"{amount(left)} not requisitioned" if left >= 0 else f"{amount(-left)} MORE than there is"
    yield f"requisitions: {_several(n)}, {amount(sum_kr)}; {len(municipalities()) - n} have not asked; {over}"


def _returned(year: Standing) -> Iterator[str]:
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


def _findings(year: Standing) -> str:
    if "findings" not in year.made:
        return "not checked"
    counted = year.findings()
    return ", ".join(f"{counted[each]} {each}" for each in SEVERITIES) + _old(year, "findings")


def _settlement(year: Standing) -> str:
    if "settlement" not in year.made:
        return "not made"
    table = read_table(year.made["settlement"]).with_columns(pl.col("total_kr", "claim_kr").cast(pl.Int64))
    asked = table.filter(pl.col("total_kr") > 0)
    unknown = len(table.filter(pl.col("state") == "unknown"))
    total_kr, claim_kr = (int(asked[column].sum()) for column in ("total_kr", "claim_kr"))
    not_known = f"; {unknown} not known" if unknown else ""
    old = _old(year, "settlement")
    return f"{amount(total_kr)} from {_several(len(asked))}, {amount(claim_kr)} of it claims{not_known}{old}"


def _state(year: Standing, name: str, not_made: str) -> str:
    return f"{year.made[name].name}{_old(year, name)}" if name in year.made else not_made


def _old(year: Standing, name: str) -> str:
    return ", before a raw file changed" if name in year.stale else ""


def _several(n: int) -> str:
    return several(n, "municipality", "municipalities")
