"""`aterrapport suballocate`: a municipality's grant shared out among its units, and their returns as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.cli.year import hold_target
from pipeline.errors import UserError
from pipeline.files import write_csv
from pipeline.language import grouped, visible
from pipeline.money.combine import Combined, combine
from pipeline.money.suballocate import Plan, Share
from pipeline.money.suballocate import suballocate as share_among
from pipeline.paths import Workspace
from pipeline.year import Year, read_model, read_year

# The distribution list -----------------------------------------------------------------------------------------------


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
    for path in (plan, returns):
        if path is not None and not path.is_file():
            raise UserError(f"{path}: file is missing")
        if path is not None and out is not None and out.resolve() == path.resolve():
            raise UserError(f"--out {out}: that is the file to read; expected another")
    read = read_model(plan, Plan, str(plan))
    shares = share_among(read, str(plan))
    if returns is None:
        made, lines = _shares(read, shares), list(_share_lines(read, shares))
    else:
        amounts_kr = {share.unit: share.amount_kr for share in shares}
        if read.reserve_kr and read.reserve_for:
            amounts_kr[read.reserve_for] = read.reserve_kr
        form = read.year if year is None else year
        workspace.years(form)
        rules = read_year(workspace.raw(form), f"raw/{form}")
        one = combine(returns, str(returns), rules, amounts_kr, read.municipality)
        made = pl.DataFrame({name: [value] for name, value in one.row.items()})
        lines = list(_combined_lines(one, rules, len(amounts_kr)))
    if out is not None:
        write_csv(made, out)
        lines.append(str(out))
    print("\n".join([*(["MADE-UP WEIGHTS: these amounts are an example"] if read.made_up else []), *lines]))


def _shares(plan: Plan, shares: Sequence[Share]) -> pl.DataFrame:
    """Return the split as a frame, the reserve last: `amount_kr` adds up to the plan's amount."""
    rows: list[list[str | int | None]] = [
        [share.unit, "unit", share.weight, share.base_kr, share.weighted_kr, share.amount_kr] for share in shares
    ]
    if plan.reserve_kr:
        rows.append([plan.reserve_for, "reserve", None, None, None, plan.reserve_kr])
    text: dict[str, Any] = {"unit": pl.String, "kind": pl.String}
    numbers = dict.fromkeys(("weight", "base_kr", "weighted_kr", "amount_kr"), pl.Int64)
    return pl.DataFrame(rows, text | numbers, orient="row").with_columns(made_up_weights=pl.lit(plan.made_up))


def _share_lines(plan: Plan, shares: Sequence[Share]) -> Iterator[str]:
    """Yield the split for a screen, columns under each other."""
    parts = [(share.weight, share.base_kr, share.weighted_kr, share.amount_kr) for share in shares]
    rows = [["", "weight", "base", "by weight", "kr"]]
    rows += [[visible(share.unit), *map(grouped, part)] for share, part in zip(shares, parts, strict=True)]
    if plan.reserve_kr:
        rows.append([visible(plan.reserve_for or ""), "", "", "", grouped(plan.reserve_kr)])
    weights, bases, weighted, _ = map(sum, zip(*parts, strict=True))
    rows.append(["sum", *map(grouped, (weights, bases, weighted, plan.amount_kr))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield visible(f"{plan.municipality} {plan.year}: {grouped(plan.amount_kr)} kr, weighted by {plan.weight_is}")
    for name, *cells in rows:
        aligned = [f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True)]
        yield "  ".join([f"  {name:<{widths[0]}}", *aligned])


def _combined_lines(one: Combined, rules: Year, units: int) -> Iterator[str]:
    """Yield what was added up, and what a person has to decide."""
    yield f"one return of {units}, by the form of {rules.year}:"
    for question in rules.question:
        value = one.row.get(question.column)
        if question.kind in ("money", "count") and isinstance(value, int):
            yield f"  {visible(question.column)}: {grouped(value)}"
    yield f"to look at: {len(one.remarks) or 'nothing'}"
    yield from (f"  {visible(remark)}" for remark in one.remarks)


# The closer check ----------------------------------------------------------------------------------------------------
