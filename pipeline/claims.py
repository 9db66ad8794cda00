"""Sentences that must be true: chosen by the data, or asserted against it. A false one fails the build by its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pipeline.errors import UserError

Change = Literal["more", "fewer", "equal", "unknown"]


class FalseClaimError(UserError):
    """The text says what the data does not bear."""


@dataclass(frozen=True)
class Extreme:
    """The highest or lowest share (0 to 1), and the keys of every row that has it."""

    value: Fraction
    keys: tuple[str, ...]


def claim(holds: bool, sentence: str) -> str:
    """Give the sentence if it holds. FalseClaimError, naming it, if not."""
    if not holds:
        raise FalseClaimError(f"the data does not bear the sentence: {sentence}")
    return sentence


def choose(*variants: tuple[bool, str]) -> str:
    """Give the first sentence that holds. FalseClaimError, naming the last, when none does."""
    for holds, sentence in variants:
        if holds:
            return sentence
    return claim(False, variants[-1][1])


def change(now: int | None, before: int | None) -> Change:
    """Compare a figure with the year before."""
    if now is None or before is None:
        return "unknown"
    return "equal" if now == before else ("more" if now > before else "fewer")


def ranked(counts: Mapping[str, int]) -> list[tuple[int, list[str]]]:
    """Rank options by how many chose them, most first; those that tie stand together, in their order."""
    places: dict[int, list[str]] = {}
    for option, count in counts.items():
        places.setdefault(count, []).append(option)
    return sorted(places.items(), reverse=True)


def highest(rows: Mapping[str, Mapping[str, Any]], part: str, whole: str) -> Extreme | None:
    """Find the highest share of two columns and every row that has it; None when no row has a share.

    Shares are compared exactly: rows that only round to the same percentage are no tie.
    """
    return _extreme(rows, part, whole, max)


def lowest(rows: Mapping[str, Mapping[str, Any]], part: str, whole: str) -> Extreme | None:
    """Find the lowest share of two columns and every row that has it; None when no row has a share."""
    return _extreme(rows, part, whole, min)


def _extreme(
    rows: Mapping[str, Mapping[str, Any]], part: str, whole: str, pick: Callable[[Iterable[Fraction]], Fraction]
) -> Extreme | None:
    shares = {key: Fraction(row[part], row[whole]) for key, row in rows.items() if row[whole]}
    if not shares:
        return None
    value = pick(shares.values())
    return Extreme(value, tuple(key for key, share in shares.items() if share == value))
