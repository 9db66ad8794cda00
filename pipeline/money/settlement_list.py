"""The settlement as lists: settlement.csv, a row a recipient, and a workbook with sums and claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from pipeline.language import brief
from pipeline.money.settle import Settled, Settlement
from pipeline.workbook import write_workbook

_COLUMNS: dict[str, Any] = {
    "municipality_code": pl.String,
    "municipality": pl.String,
    "recipient": pl.String,
    "requisitioned_kr": pl.Int64,
    "unused_kr": pl.Int64,
    "not_in_time_kr": pl.Int64,
    "repayment_kr": pl.Int64,
    "claim_kr": pl.Int64,
    "total_kr": pl.Int64,
    "state": pl.String,
    "grounds": pl.String,
    "reasons": pl.String,
    "returned_on": pl.Date,
    "last_day": pl.Date,
    "made_up_answers": pl.String,
}
_CLAIM_COLUMNS: dict[str, Any] = {
    "municipality_code": pl.String,
    "municipality": pl.String,
    "ground": pl.String,
    "claim_kr": pl.Int64,
    "reason": pl.String,
    "who": pl.String,
    "when": pl.Date,
}


def settlement_list(settlement: Settlement) -> pl.DataFrame:
    """Give a row a recipient: what it got, what it is asked for by each ground, and in what state that is.

    State: `nothing` to repay, `part`, `all` of what was requisitioned, or `unknown` (no return, and no ground to ask
    for the money; then `repayment_kr` is empty). `unused_kr` is what the return says. `returned_on` is the first day
    that a return came in, empty where it is not known or made up.
    """
    return pl.DataFrame([_row(each, settlement) for each in settlement.recipients], _COLUMNS, orient="row")


def claim_list(settlement: Settlement) -> pl.DataFrame:
    """Give a row a claim, with who decided it, when and why."""
    rows = [
        [each.of.municipality_code, each.of.name, claim.ground.id, claim.amount_kr, claim.reason, claim.who, claim.when]
        for each in settlement.recipients
        for claim in each.claims
    ]
    return pl.DataFrame(rows, _CLAIM_COLUMNS, orient="row")


def write_settlement_workbook(settlement: Settlement, path: Path) -> None:
    """Write the workbook: all recipients, those who are asked for something, the claims, and the sums."""
    whole = settlement_list(settlement)
    asked = whole.filter(pl.col("total_kr") > 0)
    sheets = {"recipients": whole, "to repay": asked, "claims": claim_list(settlement), "treasury": _sums(settlement)}
    title = f"Settlement {settlement.rules.year}" + (" – MADE-UP ANSWERS" if settlement.made_up else "")
    write_workbook(path, title, sheets, wide=("reasons", "reason", "what"))


def _sums(settlement: Settlement) -> pl.DataFrame:
    rows = [
        ["not requisitioned", None, settlement.not_requisitioned_kr],
        ["repayments", sum(each.repayment_kr > 0 for each in settlement.recipients), settlement.repayment_kr],
        ["claims after review", sum(each.claim_kr > 0 for each in settlement.recipients), settlement.claim_kr],
    ]
    return pl.DataFrame(rows, {"what": pl.String, "recipients": pl.Int64, "to_treasury_kr": pl.Int64}, orient="row")


def _row(each: Settled, settlement: Settlement) -> list[Any]:
    grant = settlement.rules.grant
    unused, late = grant.rests_on("unused"), grant.rests_on("return")
    grounds = [
        *([unused.id] if unused and each.unused_kr else []),
        *([late.id] if late and each.not_in_time_kr else []),
        *(claim.ground.id for claim in each.claims),
    ]
    dated = "submitted_on" not in grant.synthetic
    return [
        each.of.municipality_code,
        each.of.name,
        brief(each.of.recipient),
        each.of.requisitioned_kr,
        each.of.unused_kr,
        each.not_in_time_kr,
        each.repayment_kr if each.is_known else None,
        each.claim_kr,
        each.total_kr,
        _state(each),
        "; ".join(grounds),
        "; ".join(brief(claim.reason) for claim in each.claims),
        each.of.first_on if dated else None,
        each.last_day,
        "; ".join(settlement.made_up),
    ]


def _state(each: Settled) -> str:
    if not each.is_known:
        return "unknown"
    if not each.total_kr:
        return "nothing"
    return "all" if each.total_kr == each.of.requisitioned_kr else "part"
