"""Numbers and amounts as the commands show them on a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def grouped(value: int) -> str:
    """Write a whole number with its digits in groups of three: 471 968."""
    return f"{value:,}".replace(",", " ")


def amount(value: int) -> str:
    """Write an amount: 471 968 kr."""
    return f"{grouped(value)} kr"


def several(n: int, one: str, more: str) -> str:
    """Write a number of things: 1 return, 24 returns."""
    return f"{grouped(n)} {one if n == 1 else more}"


def first(lines: Sequence[str], indent: str, rest: str = "", shown: int = 10) -> Iterator[str]:
    """Yield the first lines, and how many more there are; `rest` says where."""
    yield from (f"{indent}{line}" for line in lines[:shown])
    if len(lines) > shown:
        yield f"{indent}… and {len(lines) - shown} more{rest}"
