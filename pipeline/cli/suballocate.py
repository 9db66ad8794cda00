"""`aterrapport suballocate`: a municipality's grant to its units by a plan, and the units' returns to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import UserError
from pipeline.grant.combine import Combined, combine
from pipeline.grant.screen import grouped
from pipeline.grant.suballocate import Plan, Share, suballocate
from pipeline.language import visible
from pipeline.output import write_csv
from pipeline.paths import Workspace
from pipeline.year import Year, read_model, read_year

_MADE_UP = "MADE-UP WEIGHTS: these amounts are an example"


def run(plan: Path, out: Path | None, returns: Path | None, year: int | None, workspace: Workspace) -> None:
    """Share the plan's amount out and show it; `out` gets it as CSV.

    With `returns`, a file of the units' returns by the form of `year` (the plan's, if None), `out` gets them as one
    return of the municipality instead. UserError with nothing written.
    """
    if out is not None:
        _check(out, workspace)
    if returns is not None and out is None:
        raise UserError("--returns: expected --out FILE.csv too, where the return of the municipality is to go")
    if returns is None and year is not None:
        raise UserError("--year: expected --returns FILE too, whose form it is")
    for path in (plan, returns):
        if path is not None and not path.is_file():
            raise UserError(f"{path}: file is missing")
        if path is not None and out is not None and out.resolve() == path.resolve():
            raise UserError(f"--out {out}: that is the file to read; expected another")
    read = read_model(plan, Plan, str(plan))
    shares = suballocate(read, str(plan))
    if returns is None:
        made = _shares(read, shares)
        lines = list(_table(read, shares))
    else:
        amounts_kr = {share.unit: share.amount_kr for share in shares}
        if read.reserve_kr and read.reserve_for:
            amounts_kr[read.reserve_for] = read.reserve_kr
        form = read.year if year is None else year
        workspace.years(form)
        rules = read_year(workspace.raw(form), f"raw/{form}")
        one = combine(returns, str(returns), rules, amounts_kr, read.municipality)
        made = pl.DataFrame({name: [value] for name, value in one.row.items()})
        lines = list(_told(one, rules, len(amounts_kr)))
    if out is not None:
        write_csv(made, out)
        lines.append(str(out))
    print("\n".join([_MADE_UP, *lines] if read.made_up else lines))


def _check(out: Path, workspace: Workspace) -> None:
    if out.suffix != ".csv":
        raise UserError(f"--out {out}: found {out.suffix or 'no ending'!r}, expected a file ending in .csv")
    if out.resolve().is_relative_to((workspace.data / "raw").resolve()):
        raise UserError(
            f"--out {out}: not into the raw data; write it elsewhere, look at it, and move it there by hand"
        )


def _shares(plan: Plan, shares: Sequence[Share]) -> pl.DataFrame:
    """The split as a frame, the reserve last: `amount_kr` adds up to the plan's amount."""
    rows: list[list[str | int | None]] = [
        [each.unit, "unit", each.weight, each.base_kr, each.weighted_kr, each.amount_kr] for each in shares
    ]
    if plan.reserve_kr:
        rows.append([plan.reserve_for, "reserve", None, None, None, plan.reserve_kr])
    text: dict[str, Any] = {"unit": pl.String, "kind": pl.String}
    numbers = dict.fromkeys(("weight", "base_kr", "weighted_kr", "amount_kr"), pl.Int64)
    return pl.DataFrame(rows, text | numbers, orient="row").with_columns(made_up_weights=pl.lit(plan.made_up))


def _table(plan: Plan, shares: Sequence[Share]) -> Iterator[str]:
    """The split for a screen, columns under each other."""
    rows = [["", "weight", "base", "by weight", "kr"]]
    rows += [
        [visible(each.unit), *map(grouped, (each.weight, each.base_kr, each.weighted_kr, each.amount_kr))]
        for each in shares
    ]
    if plan.reserve_kr:
        rows.append([visible(plan.reserve_for or ""), "", "", "", grouped(plan.reserve_kr)])
    sums = [sum(each.weight for each in shares), sum(each.base_kr for each in shares)]
    rows.append(["sum", *map(grouped, [*sums, sum(each.weighted_kr for each in shares), plan.amount_kr])])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield visible(f"{plan.municipality} {plan.year}: {grouped(plan.amount_kr)} kr, weighted by {plan.weight_is}")
    for name, *cells in rows:
        yield "  ".join(
            [f"  {name:<{widths[0]}}", *(f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))]
        )


def _told(one: Combined, rules: Year, units: int) -> Iterator[str]:
    """What was added up, and what a person has to decide."""
    yield f"one return of {units}, by the form of {rules.year}:"
    for question in rules.question:
        value = one.row.get(question.column)
        if question.kind in ("money", "count") and isinstance(value, int):
            yield f"  {visible(question.column)}: {grouped(value)}"
    yield f"to look at: {len(one.remarks) or 'nothing'}"
    yield from (f"  {visible(remark)}" for remark in one.remarks)
