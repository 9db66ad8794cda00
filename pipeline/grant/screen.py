"""Numbers and amounts as the commands show them on a screen."""

from __future__ import annotations


def grouped(value: int) -> str:
    """Write a whole number with its digits in groups of three: 471 968."""
    return f"{value:,}".replace(",", " ")


def amount(value: int) -> str:
    """Write an amount: 471 968 kr."""
    return f"{grouped(value)} kr"


def several(n: int, one: str, more: str) -> str:
    """Write a number of things: 1 return, 24 returns."""
    return f"{grouped(n)} {one if n == 1 else more}"
