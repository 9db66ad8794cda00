"""A year's returns, made up question by question in the order of the form."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from pipeline.errors import UserError
from pipeline.read.published import Published, Totals
from pipeline.register import match
from pipeline.synthesize.amounts import Amounts, check_amounts, persons, salaries
from pipeline.synthesize.counts import Bounds, CannotHoldError, OptionSet, apportion, meet, share_choice
from pipeline.synthesize.deal import Draw, Member
from pipeline.synthesize.figures import FILE, Figure, figures_by_question
from pipeline.year import Option, Question, Year

Value = str | int | date | None
Answers = Mapping[Member, Any]

_SMALLEST, _LARGEST = 0.6, 1.4  # weight in a draw, by rank of requisitioned kronor
_WEEKS = 7  # before the last day for returns, when they come in; most of them late
_SHARE, _SHARE_SPECIFIED = (0.15, 0.5), (0.05, 0.2)  # of those who answer, for an option nothing is printed of
_NOT_EXCLUSIVE = (0.92, 0.98)  # of the base, where print does not say how many chose "none"
_WOMEN, _NO_SEX = (0.5, 0.75), 0.15  # share of persons; share of returns that do not count by sex
_COMMENTS = 1 / 3


@dataclass(frozen=True)
class Returns:
    """A returns file: its header, and one row a recipient in the order of municipality codes. Blank is None."""

    header: list[str]
    rows: list[list[Value]]


@cache
def phrases() -> Mapping[str, Any]:
    """Give the Swedish words of phrases.toml."""
    return tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))


def synthesize(rules: Year, published: Published, amounts: Sequence[Amounts], seed: int) -> Returns:
    """Make up the answers of a year so that every figure in print comes out of them exactly.

    Amounts are real and stay. The same seed gives the same returns, in whatever order the amounts come. UserError when a
    figure cannot hold on its base, or is of something that the form does not ask.
    """
    return _Synthesis(rules, published, amounts, seed).returns()


class _Synthesis:
    """One year being made up. `bases` are lists of members; *talks_held* is known once its question is answered."""

    def __init__(self, rules: Year, published: Published, amounts: Sequence[Amounts], seed: int) -> None:
        self.rules = rules
        self.amounts = sorted(amounts, key=lambda each: (each.municipality_code, each.recipient))
        self.totals = published.totals or Totals(year=rules.year)
        check_amounts(self.amounts, published, rules.year)
        self.figures = figures_by_question(rules, published)
        self.rng = Random(seed)  # noqa: S311  made-up answers must repeat; nothing is kept secret by them
        self.draw = Draw(self.rng, _sizes([each.requisitioned_kr for each in self.amounts]))
        everybody = list(range(len(self.amounts)))
        used = [member for member in everybody if self.amounts[member].used_kr]
        unused = [member for member in everybody if self.amounts[member].unused_kr]
        self.bases = {"all": everybody, "recipients": everybody, "used": used, "unused": unused, "talks_held": used}
        self.independent = self._members(self.totals.independent_provider_all_money or [])
        self.answers: dict[str, Answers] = {}

    def returns(self) -> Returns:
        """Answer every question, and lay the answers out as columns."""
        questions = {question.id: question for question in self.rules.question}
        if "talks_held" in questions:
            held = self._choice(questions["talks_held"])
            self.answers["talks_held"] = held
            self.bases["talks_held"] = [member for member in self.bases["used"] if held.get(member) == "yes"]
        self._figures_of_amounts(questions)
        kinds: Mapping[str, Callable[[Question], Answers]] = {
            "choice": self._choice,
            "multi": self._multi,
            "date": self._date,
            "text": self._comment,
            "money": self._not_known,
            "count": self._not_known,
        }
        for question in self.rules.question:
            if question.id not in self.answers:
                self.answers[question.id] = kinds[question.kind](question)
        columns = [column for question in self.rules.question for column in self._columns(question)]
        rows = [[values.get(member) for _, values in columns] for member in self.bases["all"]]
        return Returns([name for name, _ in columns], rows)

    def _figures_of_amounts(self, questions: Collection[str]) -> None:
        """Answer what is real, and the money and the persons."""
        for figure, question in (("salary_percent", "salary_kr"), ("persons_reached_about", "persons_total")):
            if getattr(self.totals, figure) is not None and question not in questions:
                raise UserError(f"{FILE}: {figure} cannot be reproduced: year.toml has no question {question!r}")
        used = self.bases["used"]
        used_kr = [self.amounts[member].used_kr for member in used]
        without = {used.index(member) for member in self.independent}
        salary = dict(zip(used, salaries(self.rng, used_kr, without, self.totals.salary_percent), strict=True))
        held = self.bases["talks_held"]
        reached = persons(self.rng, [self.amounts[member].used_kr for member in held], self.totals.persons_reached_about)
        total = dict(zip(held, reached, strict=True))
        by_sex = {member: self._by_sex(count) for member, count in total.items()}
        made: dict[str, Answers] = {
            "recipient": {member: self.amounts[member].recipient for member in self.bases["all"]},
            "unused_kr": {member: self.amounts[member].unused_kr for member in self.bases["all"]},
            "salary_kr": salary,
            "other_kr": {member: self.amounts[member].used_kr - kr for member, kr in salary.items()},
            "persons_total": total,
            "persons_women": {member: women for member, (women, _) in by_sex.items()},
            "persons_men": {member: men for member, (_, men) in by_sex.items()},
        }
        self.answers |= {name: answers for name, answers in made.items() if name in questions}

    def _by_sex(self, total: int) -> tuple[int, int] | tuple[None, None]:
        required = any(question.required for question in self.rules.question if question.id.startswith("persons_"))
        if not required and self.rng.random() < _NO_SEX:
            return None, None
        women = round(total * self.rng.uniform(*_WOMEN))
        not_stated = self.rng.choice((0, 0, 0, 1)) if total > women else 0
        return women, total - women - not_stated

    def _choice(self, question: Question) -> Answers:
        """Deal out the options, those who held talks first and then the rest: figures may count on either base."""
        base = self.bases[question.asked]
        split = question.asked == "used" and question.id != "talks_held"
        inner = self.bases["talks_held"] if split else base
        outer = [member for member in base if member not in set(inner)]
        in_whole: dict[OptionSet, Bounds] = {}
        in_inner: dict[OptionSet, Bounds] = {}
        fixed = {"talks_held": "yes", "provider": "independent"}.get(question.id)
        given = {member: fixed for member in self.independent if fixed}
        try:
            for figure in self.figures.get(question.id, []):
                where = self._bases_of(figure, question) if split else {question.asked}
                if question.asked in where:
                    bounds = figure.bounds(question.asked, len(base))
                    in_whole[figure.options] = meet(bounds, in_whole.get(figure.options, bounds))
                if split and "talks_held" in where:
                    bounds = figure.bounds("talks_held", len(inner))
                    in_inner[figure.options] = meet(bounds, in_inner.get(figure.options, bounds))
            options = [option.id for option in question.option]
            counts = share_choice(options, in_whole, in_inner, len(base), len(inner))
            if question.required and sum(whole for whole, _ in counts.values()) < len(base):
                raise CannotHoldError
            left = {option: count - list(given.values()).count(option) for option, (_, count) in counts.items()}
            meet(*((0, count) for count in left.values()))
        except CannotHoldError:
            raise self._cannot_hold(question) from None
        first = self.draw.slices([member for member in inner if member not in given], left)
        rest = self.draw.slices(outer, {option: whole - count for option, (whole, count) in counts.items()})
        return first | rest | given

    def _multi(self, question: Question) -> Answers:
        """Deal out the options, so that everybody has one unless the figures forbid it."""
        base = self.bases[question.asked]
        given: dict[Member, set[str]] = {}
        if question.id == "area_of_use" and "start" in {option.id for option in question.option}:
            starters = set(base) - set(self.bases["talks_held"])  # they used the money only to start
            given = {member: {"start"} for member in base if member in starters}
        free = [member for member in base if member not in given]
        try:
            counts, alone = self._counts(question, len(base), list(given.values()))
        except CannotHoldError:
            raise self._cannot_hold(question) from None
        order = self.draw.order(free)
        answering = len(free) - sum(alone.values())
        rest = iter(reversed(order))  # the smallest more often choose "none"
        excluding = {next(rest): {option} for option, count in alone.items() for _ in range(count)}
        covered = [member for member in order if member not in excluding][: min(answering, sum(counts.values()))]
        return given | excluding | self.draw.cover(covered, counts)

    def _counts(self, question: Question, n: int, given: list[set[str]]) -> tuple[dict[str, int], dict[str, int]]:
        raise NotImplementedError
