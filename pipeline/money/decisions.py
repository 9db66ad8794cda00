"""What the agency has decided about single municipalities: `decisions.toml`, with claims and longer time to return.

A claim (återkrav) is decided after the agency's review, on one of the year's grounds that rest on such a decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

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


DecisionT = TypeVar("DecisionT", bound=_Decision)


def read_decisions(folder: Path, shown_as: str, rules: Year) -> Decided:
    """Read decisions.toml; none when there is no such file. UserError when it does not hold."""
    file = f"{shown_as}/{FILE}"
    if not (folder / FILE).is_file():
        return Decided(file, {}, {})
    read = read_model(folder / FILE, Decisions, file)
    claims: dict[str, list[Claim]] = defaultdict(list)
    for code, claim, at in _placed(read.decision, "decision", rules, file):
        ground = _ground(claim, f"{at}.ground", rules, file)
        if ground in [other.ground for other in claims[code]]:
            raise UnreadableInputError(
                f"key {at}: a second claim on the same ground",
                file=file,
                found=f"{claim.municipality}, {ground.id}",
                expected="one claim a municipality and ground",
                todo="add them up",
            )
        claims[code].append(Claim(ground, claim.amount_kr, mask(claim.reason), mask(claim.who), claim.when))
    last_days: dict[str, date] = {}
    for code, extension, at in _placed(read.extension, "extension", rules, file):
        if code in last_days:
            raise UnreadableInputError(
                f"key {at}: longer time for the same municipality twice",
                file=file,
                found=extension.municipality,
                expected="one extension a municipality",
            )
        last_days[code] = _last_day(extension, at, rules, file)
    return Decided(file, {code: tuple(each) for code, each in claims.items()}, last_days)


def _placed(decisions: Sequence[DecisionT], name: str, rules: Year, file: str) -> list[tuple[str, DecisionT, str]]:
    """Return each decision with its municipality's code and its key. An unknown municipality or day is an error."""
    placed = []
    for number, each in enumerate(decisions, start=1):
        at = f"{name}.{number}"
        code = code_of(each.municipality, f"key {at}.municipality: {NOT_KNOWN}", file=file)
        start = rules.grant.use_from
        if start and each.when < start:
            raise UnreadableInputError(
                f"key {at}.when: decided before the money could be used",
                file=file,
                found=str(each.when),
                expected=f"{start} or later",
            )
        placed.append((code, each, at))
    return placed


def _last_day(extension: ExtensionDecision, at: str, rules: Year, file: str) -> date:
    """Return the later last day. One that is not later, and a year without a last day, are errors."""
    return_by = rules.grant.return_by
    if return_by is None:
        raise UnreadableInputError(
            f"key {at}: longer time, but the year has no last day for returns",
            file=file,
            found=extension.municipality,
            expected="return_by in year.toml",
        )
    if extension.until <= return_by:
        raise UnreadableInputError(
            f"key {at}.until: no longer time",
            file=file,
            found=str(extension.until),
            expected=f"a day after return_by {return_by}",
        )
    return extension.until


def _ground(claim: ClaimDecision, at: str, rules: Year, file: str) -> Ground:
    decided = {ground.id: ground for ground in rules.grant.ground if ground.rests_on == "agency"}
    if claim.ground not in decided:
        known = any(ground.id == claim.ground for ground in rules.grant.ground)
        problem = (
            "a ground that follows from the return and is not decided" if known else "no ground of this grant year"
        )
        raise UnreadableInputError(
            f"key {at}: {problem}",
            file=file,
            found=claim.ground,
            expected=" or ".join(decided) or "a ground in year.toml that rests on the agency; there is none",
        )
    return decided[claim.ground]
