"""What the agency has decided about single municipalities: `decisions.toml`, with claims and longer time to return.

A claim (återkrav) is decided after the agency's review, on one of the year's grounds that rest on such a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from pipeline.errors import UnreadableInputError
from pipeline.money.municipality import NOT_KNOWN, code_of
from pipeline.read.mask import mask
from pipeline.year import Ground, Identifier, Model, Year, read_model

FILE = "decisions.toml"
Said = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Decision(Model):
    municipality: Said
    """Its name or its code."""
    reason: Said
    """Why, as the municipality is told."""
    who: Said
    """Who decided."""
    when: date
    """The day of the decision."""


class ClaimDecision(_Decision):
    """A claim on one municipality."""

    ground: Identifier
    """One of the year's grounds that rest on the agency."""
    amount_kr: Annotated[int, Field(gt=0)]
    """What is claimed, in whole kronor: all that was used, or part of it."""


class ExtensionDecision(_Decision):
    """Longer time for the return of one municipality."""

    until: date
    """Its last day to send in the return."""


class Decisions(Model):
    """The whole of decisions.toml."""

    decision: list[ClaimDecision] = []
    extension: list[ExtensionDecision] = []


@dataclass(frozen=True)
class Claim:
    """A claim that was decided: on which ground, how much, why, by whom and when. Personal data is masked."""

    ground: Ground
    amount_kr: int
    reason: str
    who: str
    when: date


@dataclass(frozen=True)
class Decided:
    """All decisions of a year, by the code of the municipality."""

    file: str
    claims: Mapping[str, tuple[Claim, ...]]
    last_days: Mapping[str, date]


def read_decisions(folder: Path, shown_as: str, rules: Year) -> Decided:
    """Read decisions.toml; none when there is no such file. UserError when it does not hold."""
    file = f"{shown_as}/{FILE}"
    if not (folder / FILE).is_file():
        return Decided(file, {}, {})
    read = read_model(folder / FILE, Decisions, file)
    claims: dict[str, list[Claim]] = defaultdict(list)
    for at, claim in enumerate(read.decision, start=1):
        key = f"decision.{at}"
        code, ground = _municipality(claim, key, rules, file), _ground(claim, key, rules, file)
        if ground in [other.ground for other in claims[code]]:
            found, expected = f"{claim.municipality}, {ground.id}", "one claim a municipality and ground"
            raise _fault(file, f"{key}: a second claim on the same ground", found, expected, "add them up")
        claims[code].append(Claim(ground, claim.amount_kr, mask(claim.reason), mask(claim.who), claim.when))
    last_days: dict[str, date] = {}
    for at, extension in enumerate(read.extension, start=1):
        key, who = f"extension.{at}", extension.municipality
        code, return_by = _municipality(extension, key, rules, file), rules.grant.return_by
        if code in last_days:
            raise _fault(
                file, f"{key}: longer time for the same municipality twice", who, "one extension a municipality"
            )
        if return_by is None:
            problem = f"{key}: longer time, but the year has no last day for returns"
            raise _fault(file, problem, who, "return_by in year.toml")
        if extension.until <= return_by:
            expected = f"a day after return_by {return_by}"
            raise _fault(file, f"{key}.until: no longer time", str(extension.until), expected)
        last_days[code] = extension.until
    return Decided(file, {code: tuple(of_one) for code, of_one in claims.items()}, last_days)


def _fault(file: str, problem: str, found: str, expected: str, todo: str | None = None) -> UnreadableInputError:
    return UnreadableInputError(f"key {problem}", file=file, found=found, expected=expected, todo=todo)


def _municipality(decision: _Decision, key: str, rules: Year, file: str) -> str:
    """Return the code of whom it concerns. An unknown municipality or a day before the year is an error."""
    code = code_of(decision.municipality, f"key {key}.municipality: {NOT_KNOWN}", file=file)
    start = rules.grant.use_from
    if start and decision.when < start:
        problem = f"{key}.when: decided before the money could be used"
        raise _fault(file, problem, str(decision.when), f"{start} or later")
    return code


def _ground(claim: ClaimDecision, key: str, rules: Year, file: str) -> Ground:
    grounds = {ground.id: ground for ground in rules.grant.ground}
    decided = [ground.id for ground in rules.grant.ground if ground.rests_on == "agency"]
    if claim.ground not in decided:
        known = claim.ground in grounds
        problem = (
            "a ground that follows from the return and is not decided" if known else "no ground of this grant year"
        )
        expected = " or ".join(decided) or "a ground in year.toml that rests on the agency; there is none"
        raise _fault(file, f"{key}.ground: {problem}", claim.ground, expected)
    return grounds[claim.ground]
