"""Sentences that must be true: chosen by the data, or asserted against it. A false one fails the build by its words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import UserError
from pipeline.tabulate import Table

Change = Literal["more", "fewer", "equal", "unknown"]


class FalseClaimError(UserError):
    """The text says what the data does not bear."""


@dataclass(frozen=True)
class Extreme:
    """The highest or lowest value of a column, and the keys of every row that has it."""

    value: int
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


def highest(table: Table, column: str) -> Extreme | None:
    """Find the highest value of a column and every row that has it; None when no row has a value."""
    return _extreme(table, column, max)


def lowest(table: Table, column: str) -> Extreme | None:
    """Find the lowest value of a column and every row that has it; None when no row has a value."""
    return _extreme(table, column, min)


def _extreme(table: Table, column: str, pick: Callable[[Iterable[int]], int]) -> Extreme | None:
    known: Sequence[tuple[str, int]] = [
        (key, row[column]) for key, row in table.rows.items() if row[column] is not None
    ]
    if not known:
        return None
    value = pick(each for _, each in known)
    return Extreme(value, tuple(key for key, each in known if each == value))
