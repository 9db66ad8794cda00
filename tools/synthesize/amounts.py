"""Real amounts, checked against print, and what is made up beside them: salaries and persons."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from pipeline.errors import UserError
from pipeline.read.folder import Published
from tools.synthesize.counts import apportion, percent_bounds
from tools.synthesize.figures import FILE, OF_AMOUNTS, totals_of

_ALL_SALARY = 0.25  # of the recipients pay nothing but salaries
_ABOVE_ALL = 10.0  # share wished for them: scaled to the printed percent, it is still all of their money
_PERSON_KR, _SPREAD = 3500, 0.45  # cost a person: median in kronor, spread (log-normal)


@dataclass(frozen=True)
class Amounts:
    """What is public of one return. `recipient` as its list of recipients spells it; amounts in kronor."""

    recipient: str
    municipality_code: str
    requisitioned_kr: int
    unused_kr: int

    @property
    def used_kr(self) -> int:
        """Kronor used: requisitioned less unused."""
        return self.requisitioned_kr - self.unused_kr


def check_amounts(amounts: Sequence[Amounts], published: Published, year: int) -> None:
    """Raise UserError when a printed figure does not follow from the amounts."""
    for each in amounts:
        if not 0 <= each.unused_kr <= each.requisitioned_kr:
            raise UserError(f"{each.recipient}: unused {each.unused_kr} kr of {each.requisitioned_kr} kr requisitioned")
    totals = totals_of(published, year)
    used = [each for each in amounts if each.used_kr]
    whole = [each for each in used if percent_bounds(0, each.requisitioned_kr)[1] >= each.unused_kr]
    found = {
        "recipients": len(amounts),
        "used": len(used),
        "repaying": sum(each.unused_kr > 0 for each in amounts),
        "repaying_all": sum(not each.used_kr and each.unused_kr > 0 for each in amounts),
        "requisitioned_kr": sum(each.requisitioned_kr for each in amounts),
        "used_kr": sum(each.used_kr for each in amounts),
        "unused_kr": sum(each.unused_kr for each in amounts),
    }
    printed = {name: getattr(totals, name) for name in found}
    degrees = {"all": len(whole), "part": len(used) - len(whole), "none": len(amounts) - len(used)}
    for row in published.row:
        if row.table in OF_AMOUNTS and row.year == year:
            name = f"{row.table}/{row.option}"
            printed[name], found[name] = row.count, degrees.get(row.option, 0)
    for name, value in printed.items():
        if value not in {None, found[name]}:
            raise UserError(f"{FILE}: {name} = {value} cannot hold: the amounts give {found[name]}")


def salaries(rng: Random, used: Sequence[int], without: Collection[int], percent: int | None) -> list[int]:
    """Make up salaries in kronor, at most `used` each and 0 at the places `without`; their sum is `percent` of all."""
    caps = [0 if place in without else kr for place, kr in enumerate(used)]
    shares = [_ABOVE_ALL if rng.random() < _ALL_SALARY else rng.betavariate(5, 2) for _ in used]
    wished = [max(1.0, share * kr) for share, kr in zip(shares, caps, strict=True)]
    if percent is None:
        return [min(cap, int(wish)) for cap, wish in zip(caps, wished, strict=True)]
    least, most = percent_bounds(percent, sum(used))
    total = min((least + most) // 2, sum(caps))
    if total < least:
        raise UserError(f"{FILE}: salary_percent = {percent} cannot hold: {sum(used) - sum(caps)} kr has no salaries")
    return apportion(total, [(0, cap) for cap in caps], wished)


def persons(rng: Random, used: Sequence[int], about: int | None) -> list[int]:
    """Make up persons reached, 1 or more each. Their sum rounds to `about` (to the thousand, if that is whole)."""
    weights = [kr / (_PERSON_KR * math.exp(rng.gauss(0, _SPREAD))) for kr in used]
    if about is None:
        return [max(1, round(weight)) for weight in weights]
    unit = next(unit for unit in (1000, 100, 10, 1) if about % unit == 0)
    least, most = max(len(used), about - unit // 2), about + (unit - 1) // 2
    if least > most or (about and not used):
        raise UserError(f"{FILE}: persons_reached_about = {about} cannot hold on {len(used)} that held talks")
    total = rng.randint(least, most) if used else 0
    return apportion(total, [(1, total)] * len(used), weights)
