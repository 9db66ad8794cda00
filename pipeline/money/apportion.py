"""Whole kronor in proportion to weights, in exact integers, whatever order the weights come in."""

from __future__ import annotations

from collections.abc import Mapping


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
