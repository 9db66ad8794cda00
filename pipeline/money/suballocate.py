"""`aterrapport suballocate`: a municipality's grant to its own units, by a plan, and their returns as one.

The form of such a plan is that of a city's (docs/allocation.md): a reserve for common work, a
base each, the rest by weight. That the rest is shared out by largest remainder is ours: the city does not say how it
rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, StringConstraints, model_validator

from pipeline.errors import UserError
from pipeline.files import write_csv
from pipeline.language import grouped
from pipeline.mask import mask, visible
from pipeline.model import Model, read_model
from pipeline.money.combine import Combined, combine, name_key
from pipeline.money.shares import largest_remainder
from pipeline.paths import Workspace, hold_target
from pipeline.year import Year, read_year

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Whole = Annotated[int, Field(ge=0, lt=10**12)]  # as many digits as an amount in a file may have
_NUMBERS = ("weight", "base_kr", "weighted_kr", "amount_kr")
_SPLIT: dict[str, Any] = {"unit": pl.String, "kind": pl.String, **dict.fromkeys(_NUMBERS, pl.Int64)}


class Unit(Model):
    """A unit of the municipality, such as a district."""

    name: _Name
    """What it is called. Its return names it so."""
    weight: _Whole | None = None
    """What the rest is shared out by. It may be left out of the file until it is known."""


class Plan(Model):
    """How a municipality shares its grant out among its units."""

    municipality: _Name
    """Whose plan it is."""
    year: int
    """The grant year."""
    amount_kr: _Whole
    """What the municipality shares out."""
    reserve_kr: _Whole = 0
    """What it keeps for common work."""
    reserve_for: _Name | None = None
    """What the reserve is for. Needed when there is one."""
    base_kr: _Whole = 0
    """What each unit gets first."""
    weight_is: _Name
    """What the weights count, as "residents of 65 and older"."""
    made_up: bool = False
    """True when the weights are made up: every output says so."""
    unit: Annotated[list[Unit], Field(min_length=1)]
    """The units, in order."""

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.reserve_kr and not self.reserve_for:
            raise ValueError("reserve_for: missing; expected what the reserve is for")
        common = [self.reserve_for] if self.reserve_kr and self.reserve_for else []
        names = [unit.name for unit in self.unit] + common
        keys = [name_key(name) for name in names]
        for name, key in zip(names, keys, strict=True):
            if keys.count(key) > 1:
                raise ValueError(f"{name!r} stands twice; expected each unit once")
        return self


def suballocate(plan: Path, out: Path | None, returns: Path | None, year: int | None, workspace: Workspace) -> None:
    """Share the plan's amount out and show it; `out` gets it as CSV.

    With `returns`, a file of the units' returns by the form of `year` (the plan's, if None), `out` gets them as one
    return of the municipality instead. Raise UserError with nothing written.
    """
    if out is not None:
        hold_target("--out", out, (".csv",), workspace)
    if returns is not None and out is None:
        raise UserError("--returns: expected --out FILE.csv too, where the return of the municipality is to go")
    if returns is None and year is not None:
        raise UserError("--year: expected --returns FILE too, whose form it is")
    for path in filter(None, (plan, returns)):
        if not path.is_file():
            raise UserError(f"{path}: file is missing")
        if out is not None and out.resolve() == path.resolve():
            raise UserError(f"--out {out}: that is the file to read; expected another")
    read = read_model(plan, Plan, str(plan))
    split = share_among(read, str(plan))
    if returns is None:
        made = pl.DataFrame(split, _SPLIT).with_columns(made_up_weights=pl.lit(read.made_up))
        lines = list(_lines(read, split))
    else:
        form = read.year if year is None else year
        workspace.years(form)
        rules = read_year(workspace.raw(form), f"raw/{form}")
        amounts_kr = {row["unit"]: row["amount_kr"] for row in split}
        one = combine(returns, str(returns), rules, amounts_kr, read.municipality)
        made = pl.DataFrame([one.row])
        lines = list(_combined_lines(one, rules, len(amounts_kr)))
    if out is not None:
        write_csv(made.with_columns(pl.col(pl.String).map_elements(mask, pl.String)), out)
        lines.append(str(out))
    print("\n".join(map(mask, [*(["MADE-UP WEIGHTS: these amounts are an example"] if read.made_up else []), *lines])))


def share_among(plan: Plan, shown_as: str) -> list[dict[str, Any]]:
    """Share the plan's amount out: a row a unit, in the plan's order, and a last one for the reserve.

    `amount_kr` adds up to the krona. Equal remainders: the larger weight first, then the name that sorts first.
    UserError, naming the file `shown_as`, when weights are missing or all 0, or the amount is too small.
    """
    faults = [f"{shown_as}: {fault}" for fault in _faults(plan)]
    if faults:
        raise UserError(*faults)
    weights = {unit.name: unit.weight or 0 for unit in plan.unit}
    weighted = largest_remainder(plan.amount_kr - plan.reserve_kr - plan.base_kr * len(plan.unit), weights)
    rows: list[dict[str, Any]] = [
        {
            "unit": name,
            "kind": "unit",
            "weight": weight,
            "base_kr": plan.base_kr,
            "weighted_kr": weighted[name],
            "amount_kr": plan.base_kr + weighted[name],
        }
        for name, weight in weights.items()
    ]
    reserve = {"unit": plan.reserve_for, "kind": "reserve", "amount_kr": plan.reserve_kr}
    return [*rows, reserve] if plan.reserve_kr else rows


def _faults(plan: Plan) -> Iterator[str]:
    without = [unit.name for unit in plan.unit if unit.weight is None]
    first_kr, units = plan.reserve_kr + plan.base_kr * len(plan.unit), len(plan.unit)
    if without:
        expected = f"expected {plan.weight_is}, a whole number for each"
        yield f"weight missing for {len(without)} of {units} units: {', '.join(without)}; {expected}"
    elif not any(unit.weight for unit in plan.unit):
        yield "weight: all are 0; expected at least one above 0"
    if first_kr > plan.amount_kr:
        expected = f"at least the reserve and {units} times the base, {first_kr}"
        yield f"amount_kr: found {plan.amount_kr}; expected {expected}"
    elif plan.amount_kr - plan.reserve_kr < units:
        left = f"{plan.amount_kr - plan.reserve_kr} kr after the reserve"
        yield f"amount_kr: {left} cannot be split among {units} units; expected a krona or more each"


def _lines(plan: Plan, split: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the split for a screen, columns under each other."""
    sums = [sum(row.get(name) or 0 for row in split) for name in _NUMBERS]
    rows = [["", "weight", "base", "by weight", "kr"]]
    for row in split:
        numbers = [row.get(name) for name in _NUMBERS]
        rows.append([visible(row["unit"]), *("" if number is None else grouped(number) for number in numbers)])
    rows.append(["sum", *map(grouped, sums)])
    first, *widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield visible(f"{plan.municipality} {plan.year}: {grouped(plan.amount_kr)} kr, weighted by {plan.weight_is}")
    for name, *cells in rows:
        aligned = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
        yield "  ".join([f"  {name:<{first}}", *aligned])


def _combined_lines(one: Combined, rules: Year, units: int) -> Iterator[str]:
    """Yield what was added up, and what a person has to decide."""
    yield f"one return of {units}, by the form of {rules.year}:"
    for question in rules.question:
        value = one.row.get(question.column)
        if question.kind in ("money", "count") and isinstance(value, int):
            yield f"  {visible(question.column)}: {grouped(value)}"
    yield f"to look at: {len(one.remarks) or 'nothing'}"
    yield from (f"  {visible(remark)}" for remark in one.remarks)
