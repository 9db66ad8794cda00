"""Figures in print, each as a statement on one question: so many in its base chose one of these options."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.declarations import read_declarations
from pipeline.errors import UserError
from pipeline.paths import REPORTS
from pipeline.read.folder import PrintedRow, PrintedStatement, Published, published_model
from pipeline.year import Question, Year
from tools.synthesize.counts import Bounds, CannotHoldError, meet, percent_bounds

FILE = "published.toml"

# Rows that follow from the amounts: nothing to make up.
OF_AMOUNTS = frozenset({"usage_degree"})
# Derived rows and totals: the question they count, and the options (None: any but the exclusive ones).
DERIVED_ROWS: Mapping[tuple[str, str], str] = {
    ("followed_up_and_developed", "followed_up"): "follow_up",
    ("followed_up_and_developed", "developed"): "development",
}
DERIVED_TOTALS: Mapping[str, tuple[str, tuple[str, ...] | None]] = {
    "talks_held": ("talks_held", ("yes",)),
    "talks_not_held": ("talks_held", ("no",)),
    "with_established_method": ("method", None),
    "independent_provider_all_or_part": ("provider", ("partly_independent", "independent")),
    "independent_provider_all_money": ("provider", ("independent",)),
}


@dataclass(frozen=True)
class Figure:
    """A printed count or percent of those who chose any of `options`, or what print says of them without a number.

    `base` is None when print does not name it.
    """

    name: str
    question: str
    options: frozenset[str]
    count: int | None = None
    percent: int | None = None
    base: str | None = None
    base_n: int | None = None
    says: str | None = None

    def __str__(self) -> str:
        if self.says:
            return f"{self.name} ({self.says})"
        said = [str(self.count)] if self.count is not None else []
        return f"{self.name} = {' and '.join([*said, *([f'{self.percent} %'] if self.percent is not None else [])])}"

    def bounds(self, base: str, n: int) -> Bounds:
        """Give the counts that are the figure on a base of n. UserError when there is none."""
        if self.base_n and self.base_n != n:
            raise UserError(f"{FILE}: {self} of {self.base_n} cannot hold: base {base} has {n}")
        if self.says:
            third, quarter = n // 3, n // 4
            mainly, fewer = (min(third + 1, n), max(third + 1, 2 * third)), (min(1, third), third)
            return {"mainly": mainly, "fewer": fewer, "some": (min(1, quarter), quarter), "all": (n, n)}[self.says]
        exact = (0, n) if self.count is None else (self.count, self.count)
        try:
            return meet((0, n), exact, (0, n) if self.percent is None else percent_bounds(self.percent, n))
        except CannotHoldError:
            raise UserError(f"{FILE}: {self} cannot hold on base {base} ({n})") from None


def totals_of(published: Published, year: int) -> Any:
    """Return the single figures that were printed, all None where there are none."""
    if published.totals:
        return published.totals
    return published_model(read_declarations(REPORTS)).model_validate({"totals": {"year": year}}).totals


def figures_by_question(rules: Year, published: Published) -> dict[str, list[Figure]]:
    """Give the year's figures on answers, by question id. UserError for one whose question or option is not asked."""
    questions = {question.id: question for question in rules.question}
    totals = totals_of(published, rules.year)
    if totals.year != rules.year:
        raise UserError(f"{FILE}: [totals] are of {totals.year}, the form is of {rules.year}")
    rows = [row for row in published.row if row.year == rules.year and row.table not in OF_AMOUNTS]
    figures = defaultdict(list)
    said = (figure for one in published.said for figure in _of_statement(one, questions))
    for figure in (*_of_totals(totals, questions), *(_of_row(row, questions) for row in rows), *said):
        figures[figure.question].append(figure)
    if "talks_held" in questions:  # every row on the base says how large it is
        for n in sorted({row.base_n for row in rows if row.base == "talks_held" and row.base_n}):
            figures["talks_held"].append(Figure("base talks_held", "talks_held", frozenset({"yes"}), n))
    return dict(figures)


def _of_totals(totals: Any, questions: Mapping[str, Question]) -> Iterator[Figure]:
    for name, (about, options) in DERIVED_TOTALS.items():
        printed = getattr(totals, name)
        if printed is not None:
            question = _asked(about, name, questions)
            chosen = frozenset(options) if options else _regular(question)
            count = len(printed) if isinstance(printed, list) else printed
            yield Figure(name, about, _known(chosen, name, question), count)


def _of_row(row: PrintedRow, questions: Mapping[str, Question]) -> Figure:
    name = f"{row.table}/{row.option}"
    derived = DERIVED_ROWS.get((row.table, row.option))
    question = _asked(derived or row.table, name, questions)
    ids = {option.id for option in question.option}
    if derived:
        options = _regular(question)
    elif row.option in ids:
        options = frozenset({row.option})
    else:  # "high_or_fairly_high" counts two options together
        options = _known(frozenset(row.option.split("_or_")), name, question)
    base = row.base if row.base in read_declarations(REPORTS).bases else None
    return Figure(name, question.id, options, row.count, row.percent, base, row.base_n)


def _of_statement(said: PrintedStatement, questions: Mapping[str, Question]) -> Iterator[Figure]:
    """Yield what a statement says of each option: when some are the main ones, none of the others is."""
    name = f"said of {said.question}"
    question = _asked(said.question, name, questions)
    named = _known(frozenset(said.options), name, question)
    for option in question.option:
        says = said.says if option.id in named else "fewer" if said.says == "mainly" else None
        if says:
            yield Figure(f"{name}/{option.id}", question.id, frozenset({option.id}), says=says)


def _asked(question: str, figure: str, questions: Mapping[str, Question]) -> Question:
    if question not in questions:
        raise UserError(f"{FILE}: {figure} cannot be reproduced: year.toml has no question {question!r}")
    return questions[question]


def _known(options: frozenset[str], figure: str, question: Question) -> frozenset[str]:
    unknown = sorted(options - {option.id for option in question.option})
    if unknown:
        raise UserError(f"{FILE}: {figure} cannot be reproduced: {question.id!r} has no option {unknown[0]!r}")
    return options


def _regular(question: Question) -> frozenset[str]:
    return frozenset(option.id for option in question.option if not option.exclusive)
