"""Printed figures to whole counts: which counts give a figure, and how a total is shared out within bounds.

Nothing here is drawn and nothing is guessed: every function gives counts that hold, or raises CannotHoldError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Bounds = tuple[int, int]
"""Least and most that a count may be, both included."""
OptionSet = frozenset[str]

_FADE = 0.1  # an answer that nothing is printed of gets a tenth of the one before it on the form
_LEAST_WEIGHT = 0.1  # added to counts that are weights: a weight is above 0
_HALVINGS = 200  # of the scale in `apportion`: more than a float has digits


class CannotHoldError(Exception):
    """No counts are within all the bounds at once."""


def percent_bounds(percent: int, n: int) -> Bounds:
    """Give the counts c of n with floor(100 * c / n + 0.5) = percent. The least is above the most if there is none."""
    return max(0, -(-(2 * percent - 1) * n // 200)), min(n, -(-(2 * percent + 1) * n // 200) - 1)


def meet(*bounds: Bounds) -> Bounds:
    """Give the bounds that are within all the bounds."""
    least, most = max(low for low, _ in bounds), min(high for _, high in bounds)
    if least > most:
        raise CannotHoldError
    return least, most


def apportion(total: int, bounds: Sequence[Bounds], weights: Sequence[float]) -> list[int]:
    """Share a total out within bounds, as near to the weights (above 0) as they let it. The sum is exact."""
    if not sum(low for low, _ in bounds) <= total <= sum(high for _, high in bounds):
        raise CannotHoldError

    def scaled(scale: float) -> list[int]:
        return [min(max(int(scale * weight), low), high) for weight, (low, high) in zip(weights, bounds, strict=True)]

    low, high = 0.0, (total + 1) / min(weights, default=1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(scaled(middle)) <= total else (low, middle)
    shares = scaled(low)
    left = total - sum(shares)
    # Ties only: at the next larger scale several shares grow by one at once, and the first of them get what is left.
    for place in sorted(range(len(shares)), key=lambda at: math.modf(low * weights[at])[0], reverse=True) * (left + 1):
        if left and shares[place] < bounds[place][1]:
            shares[place] += 1
            left -= 1
    return shares


def share_multi(
    regular: Mapping[str, Bounds],
    exclusive: Mapping[str, Bounds],
    answering: Bounds,
    n: int,
    wished: Mapping[str, float],
    wished_answering: float,
) -> tuple[dict[str, int], dict[str, int], int]:
    """Give every option of a multi question its count, and how many of n choose any regular one (`answering`).

    Nobody is left without an answer unless the bounds make it so. What the bounds leave open is as near to the wishes
    as can be. The regular counts can always be dealt out so that each of those who answer gets one: their sum is no
    less than these, and none is more.
    """
    must, may = (sum(bound[end] for bound in exclusive.values()) for end in (0, 1))
    largest, together = max((low for low, _ in regular.values()), default=0), sum(high for _, high in regular.values())
    least, most = meet((0, n - must), answering, (largest, together))
    some = max(min(most, max(least, n - may)), min(most, round(wished_answering)))
    alone = apportion(min(n - some, may), list(exclusive.values()), [1.0] * len(exclusive))
    bounds = [(low, min(high, some)) for low, high in regular.values()]
    counts = [min(max(round(wished[each]), low), high) for each, (low, high) in zip(regular, bounds, strict=True)]
    if sum(counts) < some:
        counts = apportion(some, bounds, [count + _LEAST_WEIGHT for count in counts])
    return dict(zip(regular, counts, strict=True)), dict(zip(exclusive, alone, strict=True)), some


def share_choice(
    options: Sequence[str],
    whole: Mapping[OptionSet, Bounds],
    inner: Mapping[OptionSet, Bounds],
    n: int,
    n_inner: int,
) -> dict[str, tuple[int, int]]:
    """Give every option of a choice its counts: among all n of the base, and among the n_inner that are a part of it.

    `whole` and `inner` bound how many choose any of a set of options; two sets are apart, or one is within the other.
    Everybody chooses one, as far as the bounds let them.
    """
    stated = {each for each in (*whole, *inner) if len(each) < len(options)}
    outer = n - n_inner
    limits: dict[OptionSet, tuple[Bounds, Bounds]] = {}
    counts: dict[str, tuple[int, int]] = {}

    def parts(node: OptionSet) -> list[OptionSet]:
        within = [each for each in stated if each < node]
        largest = [each for each in within if not any(each < other for other in within)]
        covered = frozenset().union(*largest)
        if sum(map(len, largest)) > len(covered):
            raise CannotHoldError
        largest += [frozenset({option}) for option in node - covered]
        return sorted(largest, key=lambda part: min(map(options.index, part)))

    def limit(node: OptionSet) -> None:
        in_whole, in_inner = [(0, n), whole.get(node, (0, n))], [(0, n_inner), inner.get(node, (0, n_inner))]
        if len(node) > 1:
            for part in parts(node):
                limit(part)
            within = [limits[part] for part in parts(node)]
            in_whole.append((sum(w[0] for w, _ in within), sum(w[1] for w, _ in within)))
            in_inner.append((sum(i[0] for _, i in within), sum(i[1] for _, i in within)))
        least, most = meet(*in_inner)
        low, high = meet(*in_whole, (least, most + outer))
        limits[node] = (low, high), meet((least, most), (low - outer, high))

    def split(node: OptionSet, in_whole: int, in_inner: int) -> None:
        if len(node) == 1:
            counts[next(iter(node))] = in_whole, in_inner
            return
        within = parts(node)
        weights = [_FADE**place if len(node) == len(options) else 1.0 for place in range(len(within))]
        wholes = apportion(in_whole, [limits[part][0] for part in within], weights)
        room = [meet(limits[part][1], (count - outer, count)) for part, count in zip(within, wholes, strict=True)]
        inners = apportion(in_inner, room, [count + _LEAST_WEIGHT for count in wholes])
        for part, *both in zip(within, wholes, inners, strict=True):
            split(part, *both)

    everything = frozenset(options)
    limit(everything)
    (_, most), inner_bounds = limits[everything]
    split(everything, most, meet(inner_bounds, (most - outer, most))[1])
    return {option: counts[option] for option in options}
