"""Whole kronor in proportion to weights, in exact integers, and what nobody requisitioned shared out so again.

The government's decision for the first grant year lets money that was not requisitioned in time go to municipalities
that have declared that they want a share of it. It gives no formula. This one is ours: in proportion to the key, to
nobody more than it asked for, in whole kronor by largest remainder; what cannot be placed stays (docs/allocation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError, UserError
from pipeline.money.municipality import code_of
from pipeline.read.mask import mask, unless_personal
from pipeline.read.sheets import read_sheet
from pipeline.read.values import kronor

OURS = "the decision gives no formula: in proportion to the key, to nobody more than it asked for, is ours"
COLUMNS = ("municipality", "wanted_kr")


def largest_remainder(total_kr: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share kronor out by weights (0 or more, some above 0): the proportion rounded down, then by largest remainder.

    One krona more each goes to those who lost most by rounding; where that is equal, to the larger weight, then to the
    name or code that sorts first. The sum is exact, and nobody with a larger weight gets less.
    """
    whole = sum(weights.values())
    shares = {name: total_kr * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(total_kr * weights[name] % whole), -weights[name], name))
    for name in order[: total_kr - sum(shares.values())]:
        shares[name] += 1
    return shares


def fill(total_kr: int, weights: Mapping[str, int], caps_kr: Mapping[str, int]) -> dict[str, int]:
    """Share kronor out by weights, to nobody more than its cap; who reaches it leaves what is over to the others.

    As water rises: all get the same for each unit of weight, until they are full. The last level is shared out by
    largest remainder. Less than the total goes out only when everybody with a weight is full. Nobody with a larger
    weight gets less, unless its cap stopped it.
    """
    shares = dict.fromkeys(weights, 0)
    open_, left_kr = {name: weight for name, weight in weights.items() if weight}, total_kr
    while open_:
        whole = sum(open_.values())
        full = [name for name, weight in open_.items() if caps_kr[name] * whole <= left_kr * weight]
        if not full:  # every proportion is below its cap, which is whole: rounded up it is no higher
            return shares | largest_remainder(left_kr, open_)
        for name in full:
            shares[name] = caps_kr[name]
            left_kr -= caps_kr[name]
            del open_[name]
    return shares


def redistribute(left_kr: int, counts: Mapping[str, int], wanted_kr: Mapping[str, int]) -> dict[str, int]:
    """Share what is left among those in `wanted_kr` (the most that each wants), in proportion to their counts.

    Return kronor by code, in the order of the codes. Nobody with a larger count gets less, unless it got all it
    wanted. UserError when an amount or a count is below 0, or a count is missing.
    """
    for code, kr in {"what is left": left_kr, **wanted_kr}.items():
        if kr < 0:
            raise UserError(f"{code}: found {kr} kr, expected 0 or more")
    unknown = [code for code in sorted(wanted_kr) if counts.get(code, -1) < 0]
    if unknown:
        raise UserError(f"count of {unknown[0]}: found {counts.get(unknown[0])}, expected 0 or more")
    return fill(left_kr, {code: counts[code] for code in sorted(wanted_kr)}, wanted_kr)


def read_wanted(path: Path, shown_as: str) -> dict[str, int]:
    """Read more.csv: `municipality` (name or code) and `wanted_kr`, the most it wants beyond what it got, by code.

    UnreadableInputError for a municipality that is not known or stands twice, and an amount that cannot be read.
    """
    sheet = read_sheet(path, shown_as, COLUMNS)
    names, amounts = (sheet.texts(sheet.require(column)) for column in COLUMNS)
    wanted: dict[str, int] = {}
    for row, name, amount in zip(sheet.rows, names, amounts, strict=True):
        place: dict[str, Any] = {"file": sheet.file, "row": row.number}
        code = code_of(name or "", **place, column="municipality")
        if code in wanted:
            place |= {"column": "municipality", "found": mask(name or "")}
            raise UnreadableInputError("the municipality stands twice", **place, todo="keep one row")
        kr = unless_personal(kronor, amount or "")
        if kr is None:
            place |= {"column": "wanted_kr", "found": mask(amount or "")}
            raise UnreadableInputError("cannot be read", **place, expected="whole kronor, 0 or more")
        wanted[code] = kr
    return wanted
