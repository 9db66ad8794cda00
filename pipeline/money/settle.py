"""Settlement: what each recipient is to repay, and why; what is claimed after review; what goes back to the treasury.

Repayment (återbetalning) is of unused money, and of the rest where the year's rules say that a return which is missing
or late means so. A claim (återkrav) is what the agency has decided after its review. Claims stand as decided, and
nobody is asked for more than was requisitioned: what is already claimed is not repaid a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pipeline.errors import UnreadableInputError, UserError
from pipeline.language import amount
from pipeline.money.decisions import Claim, Decided
from pipeline.money.opened import Opened
from pipeline.register import municipalities
from pipeline.year import Year

# The first day that a return came in: one sent in time and mended later was in time. Nothing when one has no day.
_RECIPIENTS = """
    SELECT b.municipality_code, b.recipient, b.requisitioned_kr, b.unused_kr, b.return_row IS NOT NULL AS returned,
           r.first_on
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


@dataclass(frozen=True)
class Recipient:
    """A recipient as the year's files have it. `unused_kr` is None without a return, `first_on` without a known day."""

    municipality_code: str
    recipient: str
    requisitioned_kr: int
    unused_kr: int | None
    returned: bool
    first_on: date | None

    @property
    def used_kr(self) -> int | None:
        """What was used, by the return; None without one."""
        return None if self.unused_kr is None else self.requisitioned_kr - self.unused_kr

    @property
    def name(self) -> str:
        """Name of the municipality, by the register."""
        return municipalities()[self.municipality_code].name


@dataclass(frozen=True)
class Settled:
    """What one recipient is asked for, in whole kronor, and what that rests on."""

    of: Recipient
    unused_kr: int
    """To be repaid because it was not used."""
    not_in_time_kr: int
    """To be repaid because the return did not come in on time."""
    claims: tuple[Claim, ...]
    """Decided after review."""
    last_day: date | None
    """The recipient's last day for the return: the year's, or a later one that it was given."""
    is_known: bool = True
    """False when there is no return and no ground to ask for the money: what is to be repaid is not known."""

    @property
    def repayment_kr(self) -> int:
        """To be repaid without any decision."""
        return self.unused_kr + self.not_in_time_kr

    @property
    def claim_kr(self) -> int:
        """Claimed after review."""
        return sum(claim.amount_kr for claim in self.claims)

    @property
    def total_kr(self) -> int:
        """Everything that the recipient is asked for."""
        return self.repayment_kr + self.claim_kr


@dataclass(frozen=True)
class Settlement:
    """The year's settlement: every recipient, in the order of the Swedish alphabet."""

    rules: Year
    recipients: tuple[Settled, ...]

    @property
    def asked(self) -> list[Settled]:
        """Those who are asked for something."""
        return [each for each in self.recipients if each.total_kr]

    @property
    def unknown(self) -> list[Settled]:
        """Those of whom nobody knows what is to be repaid."""
        return [each for each in self.recipients if not each.is_known]

    @cached_property
    def made_up(self) -> list[str]:
        """Ids of made-up questions that amounts rest on."""
        return [question for question in ("unused_kr",) if question in self.rules.grant.synthetic]

    @property
    def requisitioned_kr(self) -> int:
        """What was paid out in all."""
        return sum(each.of.requisitioned_kr for each in self.recipients)

    @property
    def not_requisitioned_kr(self) -> int:
        """What nobody asked for; 0 when more was asked for than there was."""
        return max(0, self.rules.grant.available_kr - self.requisitioned_kr)

    @property
    def repayment_kr(self) -> int:
        """Repayments in all."""
        return sum(each.repayment_kr for each in self.recipients)

    @property
    def claim_kr(self) -> int:
        """Claims in all."""
        return sum(each.claim_kr for each in self.recipients)

    @property
    def treasury_kr(self) -> int:
        """What goes back to the treasury: not requisitioned, repaid and claimed."""
        return self.not_requisitioned_kr + self.repayment_kr + self.claim_kr


def read_recipients(year: Opened) -> list[Recipient]:
    """Give the year's recipients, in the order of the Swedish alphabet."""
    return [Recipient(**row) for row in year.rows(_RECIPIENTS).iter_rows(named=True)]


def settle(rules: Year, recipients: Sequence[Recipient], decided: Decided) -> Settlement:
    """Settle the year. UserError for rules without grounds, and for a decision that its municipality cannot bear."""
    if not rules.grant.ground:
        raise UserError(
            f"raw/{rules.year}/year.toml: key grant.ground: missing; expected the year's grounds for repayment "
            "as [[grant.ground]], for nothing can be settled without"
        )
    by_code = {each.municipality_code: each for each in recipients}
    for code in [*decided.claims, *decided.last_days]:
        _can_bear(by_code.get(code), municipalities()[code].name, decided.claims.get(code, ()), decided.file)
    return Settlement(rules, tuple(_settled(rules, each, decided) for each in recipients))


def no_days(rules: Year) -> str | None:
    """Say why no return can be called late, where the rules have that ground; None when it can be told."""
    grant = rules.grant
    if grant.rests_on("return") is None:
        return None
    if grant.return_by is None:
        return "the year's last day for returns is not stated"
    if rules.column("submitted_on") is None:
        return "the form has no submitted_on"
    return "the days in submitted_on are MADE UP" if "submitted_on" in grant.synthetic else None


def _settled(rules: Year, each: Recipient, decided: Decided) -> Settled:
    grant = rules.grant
    claims = decided.claims.get(each.municipality_code, ())
    last_day = decided.last_days.get(each.municipality_code, grant.return_by)
    unused_kr = (each.unused_kr or 0) if grant.rests_on("unused") else 0
    late = _is_late(each, last_day, rules) if grant.rests_on("return") else None
    rest_kr = each.requisitioned_kr - unused_kr - sum(claim.amount_kr for claim in claims)
    return Settled(each, unused_kr, rest_kr if late else 0, claims, last_day, each.returned or bool(late))


def _is_late(each: Recipient, last_day: date | None, rules: Year) -> bool:
    """Tell whether the return is missing or came after its last day. Without a last day or a known day: no."""
    if last_day is None:
        return False
    if not each.returned:
        return True
    return no_days(rules) is None and each.first_on is not None and each.first_on > last_day


def _can_bear(found: Recipient | None, name: str, claims: Sequence[Claim], file: str) -> None:
    if found is None:
        raise UnreadableInputError(
            f"a decision on {name}, which got no money this year",
            file=file,
            found=name,
            expected="a municipality in recipients.csv",
            todo="remove the decision, or look at the recipients",
        )
    claimed = sum(claim.amount_kr for claim in claims)
    most = found.requisitioned_kr if found.used_kr is None else found.used_kr
    if claimed > most:
        what = "requisitioned" if found.used_kr is None else "used"
        raise UnreadableInputError(
            f"more is claimed of {name} than it {what}",
            file=file,
            found=amount(claimed),
            expected=f"at most {amount(most)}",
        )
