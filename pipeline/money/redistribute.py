"""What nobody requisitioned, to those who want more.

The government's decision for the first grant year lets money that was not requisitioned in time go to municipalities
that have declared that they want a share of it. It gives no formula. This one is ours: in proportion to the key, to
nobody more than it asked for, in whole kronor by largest remainder; what cannot be placed stays (docs/allocation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError, UserError
from pipeline.money.apportion import fill
from pipeline.money.municipality import code_of
from pipeline.read.mask import mask, unless_personal
from pipeline.read.sheets import read_sheet
from pipeline.read.values import kronor

OURS = "the decision gives no formula: in proportion to the key, to nobody more than it asked for, is ours"
COLUMNS = ("municipality", "wanted_kr")


@dataclass(frozen=True)
class Redistribution:
    """Kronor given by municipality code, in the order of the codes, and the kronor that stay."""

    given_kr: Mapping[str, int]
    stays_kr: int


def redistribute(left_kr: int, counts: Mapping[str, int], wanted_kr: Mapping[str, int]) -> Redistribution:
    """Share what is left among those in `wanted_kr` (the most that each wants), in proportion to their counts.

    The sum of what is given and what stays is `left_kr`. Nobody with a larger count gets less, unless it got all it
    wanted. UserError when an amount or a count is below 0, or a count is missing.
    """
    for code, kr in {"what is left": left_kr, **wanted_kr}.items():
        if kr < 0:
            raise UserError(f"{code}: found {kr} kr, expected 0 or more")
    unknown = [code for code in sorted(wanted_kr) if counts.get(code, -1) < 0]
    if unknown:
        raise UserError(f"count of {unknown[0]}: found {counts.get(unknown[0])}, expected 0 or more")
    given = fill(left_kr, {code: counts[code] for code in sorted(wanted_kr)}, wanted_kr)
    return Redistribution(given, left_kr - sum(given.values()))


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
