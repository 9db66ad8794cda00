"""Settlement: what each recipient is to repay, and why; what is claimed after review; what goes back to the treasury.

Repayment (återbetalning) is of unused money, and of the rest where the year's rules say that a return which is missing
or late means so. A claim (återkrav) is what the agency has decided after its review. Claims stand as decided, and
nobody is asked for more than was requisitioned: what is already claimed is not repaid a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import UnreadableInputError, UserError
from pipeline.language import amount, brief
from pipeline.money.decisions import Claim, Decided
from pipeline.register import municipalities
from pipeline.workbook import write_workbook
from pipeline.year import Year

# The first day that a return came in: one sent in time and mended later was in time. Nothing when one has no day.
RECIPIENTS = """
    SELECT b.municipality_code, m.municipality, b.recipient, b.requisitioned_kr, b.unused_kr,
           b.return_row IS NOT NULL AS returned, r.first_on
    FROM base_recipients AS b
    JOIN municipalities AS m USING (municipality_code)
    LEFT JOIN (
        SELECT year, municipality_code,
               CASE WHEN count(*) = count(submitted_on) THEN CAST(min(submitted_on) AS DATE) END AS first_on
        FROM returns
        GROUP BY ALL
    ) AS r ON r.year = b.year AND r.municipality_code = b.municipality_code
    WHERE b.year = $year
    ORDER BY m.municipality COLLATE sv, b.municipality_code
"""
"""The year's recipients. `unused_kr` is null without a return, `first_on` without a known day."""
_LIST = [
    *("municipality_code", "municipality", "recipient", "requisitioned_kr", "unused_kr", "not_in_time_kr"),
    *("repayment_kr", "claim_kr", "total_kr", "state", "grounds", "reasons", "returned_on", "last_day"),
    "made_up_answers",
]
_CLAIM: dict[str, Any] = {
    **dict.fromkeys(("municipality_code", "municipality", "ground"), pl.String),
    "claim_kr": pl.Int64,
    "reason": pl.String,
    "who": pl.String,
    "when": pl.Date,
}


@dataclass(frozen=True)
class Settlement:
    """The year's settlement: a row a recipient, and the claims by municipality code.

    Beside the columns of settlement.csv, `rows` has `to_repay_kr` (what is to be repaid because it was not used),
    `repaid_kr` (with what is to be repaid because the return is late), `first_on` (the day the first return came in)
    and `is_known` (false when there is no return and no ground to ask for the money).
    """

    rules: Year
    rows: pl.DataFrame
    claims: Mapping[str, Sequence[Claim]]

    @property
    def asked(self) -> pl.DataFrame:
        """Those who are asked for something."""
        return self.rows.filter(pl.col("total_kr") > 0)

    @property
    def made_up(self) -> list[str]:
        """Ids of made-up questions that amounts rest on."""
        return made_up(self.rules)

    def sum(self, column: str) -> int:
        """Return the sum of a column."""
        return int(self.rows[column].sum())

    @property
    def not_requisitioned_kr(self) -> int:
        """What nobody asked for; 0 when more was asked for than there was."""
        return max(0, self.rules.grant.available_kr - self.sum("requisitioned_kr"))

    @property
    def treasury_kr(self) -> int:
        """What goes back to the treasury: not requisitioned, repaid and claimed."""
        return self.not_requisitioned_kr + self.sum("total_kr")


def settle(rules: Year, recipients: pl.DataFrame, decided: Decided) -> Settlement:
    """Settle the year. UserError for rules without grounds, and for a decision that its municipality cannot bear."""
    grant = rules.grant
    if not grant.ground:
        raise UserError(
            f"raw/{rules.year}/year.toml: key grant.ground: missing; expected the year's grounds for repayment "
            "as [[grant.ground]], for nothing can be settled without"
        )
    by_code = {row["municipality_code"]: row for row in recipients.iter_rows(named=True)}
    for code in [*decided.claims, *decided.last_days]:
        _check(by_code.get(code), municipalities()[code].name, decided.claims.get(code, ()), decided.file)
    claims = [decided.claims.get(code, ()) for code in by_code]
    claim_grounds = [[claim.ground.id for claim in of_one] for of_one in claims]
    reasons = ["; ".join(brief(claim.reason) for claim in of_one) for of_one in claims]
    last_days = [decided.last_days.get(code, grant.return_by) for code in by_code]
    unused, late = grant.rests_on("unused"), grant.rests_on("return")
    after = pl.col("first_on") > pl.col("last_day") if no_days(rules) is None else pl.lit(value=False)
    missing = ~pl.col("returned")
    zero, rest = pl.lit(0, pl.Int64), pl.col("requisitioned_kr") - pl.col("to_repay_kr") - pl.col("claim_kr")
    rows = (
        recipients.with_columns(
            to_repay_kr=pl.col("unused_kr").fill_null(0) if unused else zero,
            claim_kr=pl.Series([sum(claim.amount_kr for claim in of_one) for of_one in claims], dtype=pl.Int64),
            claim_grounds=pl.Series(claim_grounds, dtype=pl.List(pl.String)),
            reasons=pl.Series(reasons, dtype=pl.String),
            last_day=pl.Series(last_days, dtype=pl.Date),
        )
        .with_columns(
            is_late=(pl.col("last_day").is_not_null() & (missing | after)).fill_null(value=False)
            if late
            else pl.lit(value=False)
        )
        .with_columns(not_in_time_kr=pl.when("is_late").then(rest).otherwise(zero))
        .with_columns(
            repaid_kr=pl.col("to_repay_kr") + pl.col("not_in_time_kr"), is_known=pl.col("returned") | pl.col("is_late")
        )
        .with_columns(total_kr=pl.col("repaid_kr") + pl.col("claim_kr"))
    )
    state = (
        pl.when(~pl.col("is_known"))
        .then(pl.lit("unknown"))
        .when(pl.col("total_kr") == 0)
        .then(pl.lit("nothing"))
        .when(pl.col("total_kr") == pl.col("requisitioned_kr"))
        .then(pl.lit("all"))
        .otherwise(pl.lit("part"))
    )
    repaid_grounds = [
        pl.when(pl.col(column) > 0).then(pl.lit(ground.id if ground else None, pl.String))
        for column, ground in (("to_repay_kr", unused), ("not_in_time_kr", late))
    ]
    grounds = pl.concat_list(pl.concat_list(repaid_grounds).list.drop_nulls(), "claim_grounds")
    rows = rows.with_columns(
        recipient=pl.col("recipient").map_elements(brief, return_dtype=pl.String),
        repayment_kr=pl.when("is_known").then("repaid_kr"),
        state=state,
        grounds=grounds.list.join("; "),
        returned_on=pl.lit(None, pl.Date) if "submitted_on" in grant.synthetic else pl.col("first_on"),
        made_up_answers=pl.lit("; ".join(made_up(rules))),
    )
    return Settlement(rules, rows, decided.claims)


def made_up(rules: Year) -> list[str]:
    """Return the ids of made-up questions that amounts rest on."""
    return [question for question in ("unused_kr",) if question in rules.grant.synthetic]


def no_days(rules: Year) -> str | None:
    """Return why no return can be called late, where the rules have that ground; None when it can be told."""
    grant = rules.grant
    if grant.rests_on("return") is None:
        return None
    if grant.return_by is None:
        return "the year's last day for returns is not stated"
    if rules.column("submitted_on") is None:
        return "the form has no submitted_on"
    return "the days in submitted_on are MADE UP" if "submitted_on" in grant.synthetic else None


def settlement_list(settlement: Settlement) -> pl.DataFrame:
    """Return settlement.csv, a row a recipient: what it got, what it is asked for by which ground, and its state.

    State: `nothing` to repay, `part`, `all` of what was requisitioned, or `unknown` (no return, and no ground to ask
    for the money; then `repayment_kr` is empty). `unused_kr` is what the return says. `returned_on` is the first day
    that a return came in, empty where it is not known or made up.
    """
    return settlement.rows.select(_LIST)


def write_settlement_workbook(settlement: Settlement, path: Path) -> None:
    """Write the workbook: all recipients, those who are asked for something, the claims, and the sums."""
    claims = [
        [code, name, claim.ground.id, claim.amount_kr, claim.reason, claim.who, claim.when]
        for code, name in settlement.rows.select("municipality_code", "municipality").iter_rows()
        for claim in settlement.claims.get(code, ())
    ]
    count = {column: int((settlement.rows[column] > 0).sum()) for column in ("repayment_kr", "claim_kr")}
    sums = [
        ["not requisitioned", None, settlement.not_requisitioned_kr],
        ["repayments", count["repayment_kr"], settlement.sum("repayment_kr")],
        ["claims after review", count["claim_kr"], settlement.sum("claim_kr")],
    ]
    treasury: dict[str, Any] = {"what": pl.String, "recipients": pl.Int64, "to_treasury_kr": pl.Int64}
    sheets = {
        "recipients": settlement_list(settlement),
        "to repay": settlement.asked.select(_LIST),
        "claims": pl.DataFrame(claims, _CLAIM, orient="row"),
        "treasury": pl.DataFrame(sums, treasury, orient="row"),
    }
    title = f"Settlement {settlement.rules.year}" + (" – MADE-UP ANSWERS" if settlement.made_up else "")
    write_workbook(path, title, sheets, wide=("reasons", "reason", "what"))


def _check(row: Mapping[str, Any] | None, name: str, claims: Sequence[Claim], file: str) -> None:
    """Raise UnreadableInputError for a decision on somebody who got no money, and for claims above what was used."""
    if row is None:
        raise UnreadableInputError(
            f"a decision on {name}, which got no money this year",
            file=file,
            found=name,
            expected="a municipality in recipients.csv",
            todo="remove the decision, or look at the recipients",
        )
    claimed = sum(claim.amount_kr for claim in claims)
    most_kr = row["requisitioned_kr"] - (row["unused_kr"] or 0)
    if claimed > most_kr:
        raise UnreadableInputError(
            f"more is claimed of {name} than it {'requisitioned' if row['unused_kr'] is None else 'used'}",
            file=file,
            found=amount(claimed),
            expected=f"at most {amount(most_kr)}",
        )
