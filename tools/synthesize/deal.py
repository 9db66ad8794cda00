"""Counts to answers: who chooses what, by a draw in which the large come first a little more often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

Member = int
"""Place of a recipient in the order of municipality codes."""


class Draw:
    """The draw of a year: by lot, weighted by size."""

    def __init__(self, rng: Random, sizes: Sequence[float]) -> None:
        """Take each member's size: its weight in every draw."""
        self.rng, self.sizes = rng, sizes

    def steeper(self, power: float) -> Draw:
        """Give the same draw with more weight to size."""
        return Draw(self.rng, [size**power for size in self.sizes])

    def order(self, members: Sequence[Member]) -> list[Member]:
        """Give the members in the order they are drawn (Efraimidis and Spirakis: an exponential waiting time each)."""
        waits = {member: self.rng.expovariate(self.sizes[member]) for member in members}
        return sorted(members, key=lambda member: (waits[member], member))

    def slices(self, members: Sequence[Member], counts: Mapping[str, int]) -> dict[Member, str]:
        """Give each member one option or none: the first drawn get the first option."""
        order = iter(self.order(members))
        return {next(order): option for option, count in counts.items() for _ in range(count)}

    def cover(self, members: Sequence[Member], counts: Mapping[str, int]) -> dict[Member, set[str]]:
        """Give each option to exactly `count` members, and each member at least one. Needs the counts' sum >= members.

        Each option is drawn by itself. Then who got none takes one from who has the most: while anybody has none,
        somebody has two, and the taker has none that it could get twice. So no count changes and it ends.
        """
        chosen: dict[Member, set[str]] = {member: set() for member in self.order(members)}
        for option, count in counts.items():
            for member in self.order(members)[:count]:
                chosen[member].add(option)
        for options in chosen.values():
            if not options:
                most = max(chosen.values(), key=len)
                moved = self.rng.choice(sorted(most))
                most.remove(moved)
                options.add(moved)
        return chosen
