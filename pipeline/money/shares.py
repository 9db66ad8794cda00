"""Whole kronor in exact integers: the distribution list by the key, and sharing by weight, with caps or without.

The rule of the list is read off the government's for the first grant year, which it gives to the krona. Largest
remainder and the caps, for money that nobody requisitioned and for a municipality's units, are ours
(docs/allocation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import UserError
from pipeline.money.raw_files import name_of


@dataclass(frozen=True)
class Allocation:
    """A distribution list: kronor by municipality code, in the order of the codes.

    `rest_kr` is what rounding left over, below 0 when it gave out too much; it is within the amount of `rest_to`. Both
    are 0 and None when the list is partial: then nobody takes a rest.
    """

    amounts_kr: Mapping[str, int]
    rest_kr: int
    rest_to: str | None

    @property
    def sum_kr(self) -> int:
        """Kronor of all together: the whole amount, unless the list is partial."""
        return sum(self.amounts_kr.values())


def share_out(counts: Mapping[str, int], available_kr: int, total_count: int | None = None) -> Allocation:
    """Share the amount out: `round(count × available / sum of counts)`, half up; the largest count takes the rest.

    Of several with the largest count, the lowest municipality code takes it. With a `total_count` above the sum of the
    counts the list is partial: each gets its share of the total, and there is no rest.

    UserError when all counts are 0, when there are fewer kronor than municipalities, or when the rule gives no list: an
    amount below 0, or more to one with a smaller count than to the one that takes the rest.
    """
    counts = dict(sorted(counts.items()))
    counted, sharing = sum(counts.values()), sum(count > 0 for count in counts.values())
    total = counted if total_count is None else total_count
    if not counted:
        raise UserError("counts: all are 0; expected at least one above 0")
    if total < counted:
        raise UserError(f"total_count: found {total}, expected at least the sum of the counts, {counted}")
    if available_kr < sharing:
        whom = f"{sharing} municipalities; expected a krona or more each"
        raise UserError(f"{available_kr} kr cannot be split among {whom}")
    too_few = f"{available_kr} kr are too few for {sharing} municipalities under this rule"
    amounts = {code: (2 * count * available_kr + total) // (2 * total) for code, count in counts.items()}
    rest_kr = available_kr - sum(amounts.values())
    if total > counted:
        if rest_kr < 0:
            raise UserError(f"{too_few}: rounded amounts come to {-rest_kr} kr more than there is")
        return Allocation(amounts, 0, None)
    largest = max(counts, key=lambda code: counts[code])  # the first of several: the codes are in order
    amounts[largest] += rest_kr
    why = f"{too_few}: rounding leaves {rest_kr} kr to {name_of(largest)}, the largest count"
    if amounts[largest] < 0:
        raise UserError(f"{why}, and its amount would be {amounts[largest]} kr")
    passed = [code for code in counts if counts[code] < counts[largest] and amounts[code] > amounts[largest]]
    if passed:
        other = f"{name_of(passed[0])}, with a smaller count, would get {amounts[passed[0]]} kr"
        raise UserError(f"{why}, which would get {amounts[largest]} kr; {other}")
    return Allocation(amounts, rest_kr, largest)


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
