"""A municipality's grant to its own units, by a plan: a reserve for common work, a base each, the rest by weight.

The form of such a plan is that of the city of Stockholm's for 2026 (docs/allocation.md). That the rest is shared out by
largest remainder is ours: the city does not say how it rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from pipeline.errors import UserError
from pipeline.money.redistribute import largest_remainder
from pipeline.year import Model

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Whole = Annotated[int, Field(ge=0, lt=10**12)]  # as many digits as an amount in a file may have


class Unit(Model):
    """A unit of the municipality, such as a district."""

    name: Name
    """What it is called. Its return names it so."""
    weight: Whole | None = None
    """What the rest is shared out by. It may be left out of the file until it is known."""


class Plan(Model):
    """How a municipality shares its grant out among its units."""

    municipality: Name
    """Whose plan it is."""
    year: int
    """The grant year."""
    amount_kr: Whole
    """What the municipality shares out."""
    reserve_kr: Whole = 0
    """What it keeps for common work."""
    reserve_for: Name | None = None
    """What the reserve is for. Needed when there is one."""
    base_kr: Whole = 0
    """What each unit gets first."""
    weight_is: Name
    """What the weights count, as "residents of 65 and older"."""
    made_up: bool = False
    """True when the weights are made up: every output says so."""
    unit: Annotated[list[Unit], Field(min_length=1)]
    """The units, in order."""

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.reserve_kr and not self.reserve_for:
            raise ValueError("reserve_for: missing; expected what the reserve is for")
        named = Counter(map(name_key, self.senders()))
        for name in self.senders():
            if named[name_key(name)] > 1:
                raise ValueError(f"{name!r} stands twice; expected each unit once")
        return self

    def senders(self) -> list[str]:
        """Whoever gets a part and sends in a return of it: the units, and the common work where there is a reserve."""
        common = [self.reserve_for] if self.reserve_kr and self.reserve_for else []
        return [unit.name for unit in self.unit] + common


@dataclass(frozen=True)
class Share:
    """What a unit gets: its base and its part of the rest, in kronor."""

    unit: str
    weight: int
    base_kr: int
    weighted_kr: int

    @property
    def amount_kr(self) -> int:
        """Base and part of the rest together."""
        return self.base_kr + self.weighted_kr


def suballocate(plan: Plan, shown_as: str) -> list[Share]:
    """Share the plan's amount out, in the plan's order; with the reserve it adds up to the krona.

    Equal remainders: the larger weight first, then the name that sorts first. UserError, naming the file `shown_as`,
    when weights are missing or all 0, or the amount is too small to be split so.
    """
    faults = list(_faults(plan))
    if faults:
        raise UserError("\n".join(f"{shown_as}: {fault}" for fault in faults))
    weights = {unit.name: unit.weight or 0 for unit in plan.unit}
    rest_kr = plan.amount_kr - plan.reserve_kr - plan.base_kr * len(plan.unit)
    weighted = largest_remainder(rest_kr, weights)
    return [Share(name, weight, plan.base_kr, weighted[name]) for name, weight in weights.items()]


def name_key(name: str) -> str:
    """What names of units are compared by: their words, whatever case and spaces."""
    return " ".join(name.split()).casefold()


def _faults(plan: Plan) -> Iterator[str]:
    without = [unit.name for unit in plan.unit if unit.weight is None]
    if without:
        yield (
            f"weight missing for {len(without)} of {len(plan.unit)} units: {', '.join(without)}; "
            f"expected {plan.weight_is}, a whole number for each"
        )
    elif not any(unit.weight for unit in plan.unit):
        yield "weight: all are 0; expected at least one above 0"
    first_kr = plan.reserve_kr + plan.base_kr * len(plan.unit)
    if first_kr > plan.amount_kr:
        yield (
            f"amount_kr: found {plan.amount_kr}; expected at least the reserve and {len(plan.unit)} times the base, "
            f"{first_kr}"
        )
    elif plan.amount_kr - plan.reserve_kr < len(plan.unit):
        yield (
            f"amount_kr: {plan.amount_kr - plan.reserve_kr} kr after the reserve cannot be split among "
            f"{len(plan.unit)} units; expected a krona or more each"
        )
