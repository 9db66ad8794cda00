"""`aterrapport settle`: what each recipient is to repay, and why; what is claimed; what goes back to the treasury.

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
from pipeline.files import put_in_place, staged, write_csv, write_text
from pipeline.language import amount, brief
from pipeline.letters import in_language, write_mailing
from pipeline.money.letters import WORDS, letter
from pipeline.money.raw_files import Claim, Decided, name_of, read_decisions
from pipeline.money.screen import say_status_next, told
from pipeline.money.years import open_year
from pipeline.paths import Workspace
from pipeline.steps.engine import progress
from pipeline.workbook import write_workbook
from pipeline.year import Language, Year

# The first day that a return came in: one sent in time and mended later was in time. Nothing when one has no day.
RECIPIENTS = """
    SELECT b.municipality_code, m.municipality, b.region_code, b.recipient, b.requisitioned_kr, b.unused_kr,
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
_TEXT, _KR = pl.String, pl.Int64
_LIST: dict[str, Any] = {
    "municipality_code": _TEXT,
    "municipality": _TEXT,
    "recipient": _TEXT,
    "requisitioned_kr": _KR,
    "unused_kr": _KR,
    "not_in_time_kr": _KR,
    "repayment_kr": _KR,
    "claim_kr": _KR,
    "total_kr": _KR,
    "state": _TEXT,
    "grounds": _TEXT,
    "reasons": _TEXT,
    "returned_on": pl.Date,
    "last_day": pl.Date,
    "made_up_answers": _TEXT,
}
_CLAIMS: dict[str, Any] = {
    "municipality_code": _TEXT,
    "municipality": _TEXT,
    "ground": _TEXT,
    "claim_kr": _KR,
    "reason": _TEXT,
    "who": _TEXT,
    "when": pl.Date,
}
_TREASURY: dict[str, Any] = {"what": _TEXT, "recipients": _KR, "to_treasury_kr": _KR}


@dataclass(frozen=True)
class Settlement:
    """The year's settlement, a row a recipient.

    A row has the columns of settlement.csv, and besides `to_repay_kr` (what is to be repaid because it was not used),
    `repaid_kr` (with what is to be repaid because the return is late), `first_on` (the day the first return came in)
    and `claims`.
    """

    rules: Year
    rows: Sequence[Mapping[str, Any]]

    @property
    def frame(self) -> pl.DataFrame:
        """settlement.csv."""
        return pl.DataFrame(self.rows, _LIST)

    @property
    def asked(self) -> list[Mapping[str, Any]]:
        """Those who are asked for something."""
        return [row for row in self.rows if row["total_kr"] > 0]

    def sum(self, column: str) -> int:
        """Return the sum of a column."""
        return sum(row[column] or 0 for row in self.rows)

    def count(self, column: str) -> int:
        """Return how many have something in a column."""
        return sum(bool(row[column]) for row in self.rows)

    @property
    def whole(self) -> int:
        """How many repay everything."""
        return sum(row["repaid_kr"] == row["requisitioned_kr"] for row in self.rows)

    @property
    def not_requisitioned_kr(self) -> int:
        """What nobody asked for; 0 when more was asked for than there was."""
        return max(0, self.rules.grant.available_kr - self.sum("requisitioned_kr"))

    @property
    def treasury_kr(self) -> int:
        """What goes back to the treasury: not requisitioned, repaid and claimed."""
        return self.not_requisitioned_kr + self.sum("total_kr")


def settle(year: int, languages: Sequence[Language], workspace: Workspace) -> None:
    """Settle a year: write the list, the workbook and the letters, and print the sums.

    Raise UserError with nothing written. With critical findings the findings are written, and nothing else.
    """
    with open_year(year, workspace, "the settlement") as found:
        decided = read_decisions(workspace.raw(year), f"raw/{year}", found.rules) or Decided("", {}, {})
        settlement = settled(found.rules, found.rows(RECIPIENTS).to_dicts(), decided)
        found.findings()
    path, target = workspace.made(year) / "settlement.csv", workspace.out / str(year) / "settlement"
    with progress("letters"), staged(workspace.processed) as stage:
        made, csv = stage / "settlement", stage / "settlement.csv"
        (made / "letters").mkdir(parents=True)
        for language in languages:
            letters = [letter(row, settlement.rules, language) for row in settlement.asked]
            for one in letters:
                write_text(made / "letters" / one.file(language), one.text)
            write_mailing(letters, settlement.rules, language, made / in_language(language, "letters.xlsx"))
            _write_workbook(settlement, language, made / in_language(language, "settlement.xlsx"))
        write_csv(settlement.frame, csv)
        put_in_place({target: made, path: csv})
    print(told("settle", it=settlement, no_days=no_days(settlement.rules)), path, target, sep="\n")
    say_status_next(year, workspace)


def settled(rules: Year, recipients: Sequence[Mapping[str, Any]], decided: Decided) -> Settlement:
    """Settle the year. UserError for rules without grounds, and for a decision that its municipality cannot bear."""
    if not rules.grant.ground:
        raise UserError(
            f"raw/{rules.year}/year.toml: key grant.ground: missing; expected the year's grounds for repayment "
            "as [[grant.ground]], for nothing can be settled without"
        )
    by_code = {row["municipality_code"]: row for row in recipients}
    for code in [*decided.claims, *decided.last_days]:
        _check(by_code.get(code), name_of(code), decided.claims.get(code, ()), decided.file)
    return Settlement(rules, [_settled(row, rules, decided) for row in recipients])


def _settled(row: Mapping[str, Any], rules: Year, decided: Decided) -> Mapping[str, Any]:
    """Return what a recipient is asked for: see Settlement.

    State: `nothing` to repay, `part`, `all` of what was requisitioned, or `unknown` (no return, and no ground to ask
    for the money; then `repayment_kr` is empty). `unused_kr` is what the return says. `returned_on` is the first day
    that a return came in, empty where it is not known or made up.
    """
    grant, first_on = rules.grant, row["first_on"]
    code, requisitioned_kr = row["municipality_code"], row["requisitioned_kr"]
    unused, late = grant.rests_on("unused"), grant.rests_on("return")
    claims, last_day = decided.claims.get(code, ()), decided.last_days.get(code, grant.return_by)
    claim_kr = sum(claim.amount_kr for claim in claims)
    to_repay_kr = (row["unused_kr"] or 0) if unused else 0
    is_late = False
    if late and last_day:
        came_late = no_days(rules) is None and first_on is not None and first_on > last_day
        is_late = not row["returned"] or came_late
    not_in_time_kr = requisitioned_kr - to_repay_kr - claim_kr if is_late else 0
    repaid_kr, is_known = to_repay_kr + not_in_time_kr, row["returned"] or is_late
    total_kr = repaid_kr + claim_kr
    grounds = [ground.id for ground, kr in ((unused, to_repay_kr), (late, not_in_time_kr)) if ground and kr > 0]
    if not is_known:
        state = "unknown"
    elif total_kr in (0, requisitioned_kr):
        state = "all" if total_kr else "nothing"
    else:
        state = "part"
    return {
        **row,
        "recipient": brief(row["recipient"]),
        "to_repay_kr": to_repay_kr,
        "not_in_time_kr": not_in_time_kr,
        "repaid_kr": repaid_kr,
        "repayment_kr": repaid_kr if is_known else None,
        "claim_kr": claim_kr,
        "claims": claims,
        "total_kr": total_kr,
        "state": state,
        "grounds": "; ".join([*grounds, *(claim.ground for claim in claims)]),
        "reasons": "; ".join(brief(claim.reason) for claim in claims),
        "returned_on": None if "submitted_on" in grant.synthetic else first_on,
        "last_day": last_day,
        "made_up_answers": "unused_kr" if "unused_kr" in grant.synthetic else "",
    }


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


def _check(row: Mapping[str, Any] | None, name: str, claims: Sequence[Claim], file: str) -> None:
    """Raise UnreadableInputError for a decision on somebody who got no money, and for claims above what was used."""
    if row is None:
        expected, todo = "a municipality in recipients.csv", "remove the decision, or look at the recipients"
        problem = f"a decision on {name}, which got no money this year"
        raise UnreadableInputError(problem, file=file, found=name, expected=expected, todo=todo)
    claimed, most_kr = sum(claim.amount_kr for claim in claims), row["requisitioned_kr"] - (row["unused_kr"] or 0)
    if claimed > most_kr:
        problem = f"more is claimed of {name} than it {'requisitioned' if row['unused_kr'] is None else 'used'}"
        raise UnreadableInputError(problem, file=file, found=amount(claimed), expected=f"at most {amount(most_kr)}")


def _write_workbook(settlement: Settlement, language: Language, path: Path) -> None:
    """Write the workbook: all recipients, those who are asked for something, the claims, and the sums."""
    claims = [
        [row["municipality_code"], row["municipality"], one.ground, one.amount_kr, one.reason, one.who, one.when]
        for row in settlement.rows
        for one in row["claims"]
    ]
    sums = [
        [WORDS(language, "settlement.not_requisitioned"), None, settlement.not_requisitioned_kr],
        [WORDS(language, "settlement.repayments"), settlement.count("repayment_kr"), settlement.sum("repayment_kr")],
        [WORDS(language, "settlement.claims"), settlement.count("claim_kr"), settlement.sum("claim_kr")],
    ]
    sheets = {
        "recipients": settlement.frame,
        "to_repay": pl.DataFrame(settlement.asked, _LIST),
        "claims": pl.DataFrame(claims, _CLAIMS, orient="row"),
        "treasury": pl.DataFrame(sums, _TREASURY, orient="row"),
    }
    is_made_up = "unused_kr" in settlement.rules.grant.synthetic
    title = WORDS(language, "settlement.title", year=settlement.rules.year, made_up=is_made_up)
    write_workbook(path, title, sheets, language, wide=("reasons", "reason", "what"))
