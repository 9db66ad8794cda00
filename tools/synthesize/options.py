"""Choice and multi questions: the figures on one question become an answer for each member of its base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import UserError
from pipeline.year import Question
from tools.synthesize.counts import Bounds, CannotHoldError, OptionSet, meet, share_choice, share_multi
from tools.synthesize.deal import Draw, Member
from tools.synthesize.figures import FILE, Figure

# What nothing is printed of. Shares of the base: an option, one that asks which, and all who do not choose "none".
_FREE, _FREE_SPECIFIED, _ANSWERING = (0.15, 0.5), (0.05, 0.2), (0.92, 0.98)


@dataclass(frozen=True)
class Members:
    """A base: its name in the form, and its members."""

    name: str
    members: Sequence[Member]


def choose_one(
    question: Question,
    figures: Sequence[Figure],
    base: Members,
    inner: Members,
    given: dict[Member, str],
    draw: Draw,
) -> dict[Member, set[str]]:
    """Answer a choice question. A figure without a printed base holds on the base and on the part of it in `inner`.

    Members in `given`, all of them of `inner`, have their answer. UserError when the figures cannot hold together.
    """
    whole = _bounds([figure for figure in figures if figure.base in {None, base.name}], base)
    unnamed = {None} if inner.members else set()  # nobody is no base to count on
    within = _bounds([figure for figure in figures if figure.base in {inner.name, *unnamed}], inner)
    _on_known_bases(figures, {base.name, inner.name})
    n = len(base.members)
    try:
        counts = share_choice([option.id for option in question.option], whole, within, n, len(inner.members))
        left = {option: count - list(given.values()).count(option) for option, (_, count) in counts.items()}
        if min(left.values()) < 0 or (question.required and sum(count for count, _ in counts.values()) < n):
            raise CannotHoldError
    except CannotHoldError:
        raise _cannot_hold(figures, base) from None
    outer = {option: count - in_inner for option, (count, in_inner) in counts.items()}
    first = draw.slices([member for member in inner.members if member not in given], left)
    rest = draw.slices(sorted(set(base.members) - set(inner.members)), outer)
    return {member: {option} for member, option in (given | first | rest).items()}


def choose_many(
    question: Question,
    figures: Sequence[Figure],
    base: Members,
    given: Mapping[Member, str],
    draw: Draw,
) -> dict[Member, set[str]]:
    """Answer a multi question. Members in `given` choose that option alone.

    Nobody in the base is left without an answer unless the figures make it so; UserError if they do and the question is
    required, or when the figures cannot hold together.
    """
    _on_known_bases(figures, {base.name})
    bounds = _bounds(figures, base)
    regular = frozenset(option.id for option in question.option if not option.exclusive)
    for options in bounds:
        if len(options) > 1 and options != regular:
            raise UserError(f"{FILE}: {_listed(figures)}: only single answers and any answer can be reproduced")
    free = [member for member in base.members if member not in given]
    taken = list(given.values())
    wished: dict[str, float] = {}
    limits: dict[bool, dict[str, Bounds]] = {False: {}, True: {}}
    try:
        for option in question.option:
            alone = frozenset({option.id})
            bound = _less(bounds.get(alone, (0, len(base.members))), taken.count(option.id), len(free))
            limits[option.exclusive][option.id] = bound
            share = _FREE_SPECIFIED if option.specify else _FREE
            low, high = bound if alone in bounds else (share[0] * len(free), share[1] * len(free))
            wished[option.id] = draw.rng.uniform(low, high)
        answering = _less(bounds.get(regular, (0, len(base.members))), len(taken), len(free))
        wish = draw.rng.uniform(*_ANSWERING) * len(free)
        counts, excluding, some = share_multi(limits[False], limits[True], answering, len(free), wished, wish)
        if question.required and some + sum(excluding.values()) < len(free):
            raise CannotHoldError
    except CannotHoldError:
        raise _cannot_hold(figures, base) from None
    order = draw.order(free)
    excluded = iter(order[some:])  # drawn last: the small choose "none" a little more often
    chosen = {next(excluded): {option} for option, count in excluding.items() for _ in range(count)}
    return {member: {option} for member, option in given.items()} | chosen | draw.cover(order[:some], counts)


def _bounds(figures: Iterable[Figure], base: Members) -> dict[OptionSet, Bounds]:
    """Bound how many of the base choose any of each set of options."""
    bounds: dict[OptionSet, Bounds] = {}
    for figure in figures:
        own = figure.bounds(base.name, len(base.members))
        try:
            bounds[figure.options] = meet(own, bounds.get(figure.options, own))
        except CannotHoldError:
            raise _cannot_hold([each for each in figures if each.options == figure.options], base) from None
    return bounds


def _less(bounds: Bounds, taken: int, n: int) -> Bounds:
    return meet((0, n), (bounds[0] - taken, bounds[1] - taken))


def _on_known_bases(figures: Iterable[Figure], names: set[str]) -> None:
    for figure in figures:
        if figure.base not in {None, *names}:
            raise UserError(f"{FILE}: {figure}: base {figure.base} is not the one asked ({' or '.join(sorted(names))})")


def _cannot_hold(figures: Iterable[Figure], base: Members) -> UserError:
    return UserError(f"{FILE}: {_listed(figures)} cannot hold together on base {base.name} ({len(base.members)})")


def _listed(figures: Iterable[Figure]) -> str:
    return ", ".join(map(str, figures))
