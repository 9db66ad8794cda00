"""A year's returns, made up question by question in the order of the form."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from pipeline.errors import UserError
from pipeline.read.folder import Published
from pipeline.register import match
from pipeline.year import Question, Year
from tools.synthesize.amounts import Amounts, check_amounts, persons, salaries
from tools.synthesize.deal import Draw, Member
from tools.synthesize.figures import FILE, figures_by_question, totals_of
from tools.synthesize.options import Members, choose_many, choose_one

Value = str | int | date | None
Answers = Mapping[Member, Any]  # the chosen options are a set

_SMALLEST, _LARGEST = 0.6, 1.4  # weight in a draw, by rank of requisitioned kronor
_STEEP = 3  # power of that weight in the draw of who held talks: a large city without any is hard to believe
_DAYS = 48  # from the first return to the last day for them; most come late
_WOMEN, _NO_SEX = (0.5, 0.75), 0.15  # share of persons; share of returns that do not count by sex
_COMMENTS = 1 / 3  # share of returns


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

    Amounts are real and stay. The same seed gives the same returns, in whatever order the amounts come. UserError when
    a figure cannot hold on its base, or is of something that the form does not ask.
    """
    year = _Year(rules, published, amounts, seed)
    columns = [column for question in rules.question for column in year.columns(question)]
    rows = [[values.get(member) for _, values in columns] for member in year.bases["all"]]
    return Returns([name for name, _ in columns], rows)


class _Year:
    """The year being made up: who is in each base, and the answers that others hang on."""

    def __init__(self, rules: Year, published: Published, amounts: Sequence[Amounts], seed: int) -> None:
        self.rules = rules
        self.amounts = sorted(amounts, key=lambda each: (each.municipality_code, each.recipient))
        self.totals = totals_of(published, rules.year)
        check_amounts(self.amounts, published, rules.year)
        self.figures = figures_by_question(rules, published)
        self.rng = Random(seed)  # noqa: S311  made-up answers must repeat; nothing is kept secret by them
        self.draw = Draw(self.rng, _sizes([each.requisitioned_kr for each in self.amounts]))
        everybody = list(range(len(self.amounts)))
        used = [member for member in everybody if self.amounts[member].used_kr]
        unused = [member for member in everybody if self.amounts[member].unused_kr]
        self.bases = {"all": everybody, "recipients": everybody, "used": used, "unused": unused, "talks_held": used}
        self.independent = self._independent()
        questions = {question.id: question for question in rules.question}
        self.made: dict[str, Answers] = {}
        if "talks_held" in questions:
            self.made["talks_held"] = held = self._choice(questions["talks_held"])
            self.bases["talks_held"] = [member for member in used if "yes" in held.get(member, ())]
        self.made |= self._money(questions) | self._persons(questions)

    def columns(self, question: Question) -> Iterator[tuple[str, Mapping[Member, Value]]]:
        """Give the column of a question, and one for each option that asks which; values by member of its base."""
        answers = self.made[question.id] if question.id in self.made else self._answers(question)
        base = set(self.bases[question.asked])
        answers = {member: value for member, value in answers.items() if member in base}
        texts = {option.id: option.text["sv"] for option in question.option}
        if not texts:
            yield question.column, answers
            return
        said = {member: [texts[each] for each in texts if each in chosen] for member, chosen in answers.items()}
        yield question.column, {member: "; ".join(words) or None for member, words in said.items()}
        for option in question.option:
            if option.specify:
                chose = [member for member in sorted(answers) if option.id in answers[member]]
                which = {member: self.rng.choice(phrases()["specified"]) for member in chose}
                yield f"{question.column}: {texts[option.id]} (text)", which

    def _answers(self, question: Question) -> Answers:
        if question.kind == "choice":
            return self._choice(question)
        if question.kind == "multi":
            return self._multi(question)
        base = self.bases[question.asked]
        if question.kind == "date":
            return {member: self._day() for member in base}
        if question.kind == "text":
            said = [member for member in base if question.required or self.rng.random() < _COMMENTS]
            return {member: self.rng.choice(phrases()["comments"]) for member in said}
        if question.required:
            raise UserError(f"year.toml: {question.id}: nothing is known to make up a required {question.kind} from")
        return {}

    def _choice(self, question: Question) -> Answers:
        base = Members(question.asked, self.bases[question.asked])
        is_split = question.asked == "used" and question.id != "talks_held"
        inner = Members("talks_held", self.bases["talks_held"]) if is_split else base
        fixed = {"talks_held": "yes", "provider": "independent"}.get(question.id)
        given = dict.fromkeys(self.independent, fixed) if fixed else {}
        draw = self.draw if question.id != "talks_held" else self.draw.steeper(_STEEP)
        return choose_one(question, self.figures.get(question.id, []), base, inner, given, draw)

    def _multi(self, question: Question) -> Answers:
        base = Members(question.asked, self.bases[question.asked])
        given: dict[Member, str] = {}
        if question.id == "area_of_use" and any(option.id == "start" for option in question.option):
            # Without talks, the money was used only to start.
            given = dict.fromkeys(sorted(set(base.members) - set(self.bases["talks_held"])), "start")
        return choose_many(question, self.figures.get(question.id, []), base, given, self.draw)

    def _money(self, questions: Collection[str]) -> dict[str, Answers]:
        """Give the real amounts, and the used money as salaries and other costs."""
        used, percent = self.bases["used"], self.totals.salary_percent
        _asked("salary_percent", percent, "salary_kr", questions)
        used_kr = {member: self.amounts[member].used_kr for member in used}
        without = {used.index(member) for member in self.independent}  # all their money went to the provider
        salary = dict(zip(used, salaries(self.rng, list(used_kr.values()), without, percent), strict=True))
        return {
            "recipient": {member: self.amounts[member].recipient for member in self.bases["all"]},
            "unused_kr": {member: self.amounts[member].unused_kr for member in self.bases["all"]},
            "salary_kr": salary,
            "other_kr": {member: kr - salary[member] for member, kr in used_kr.items()},
        }

    def _persons(self, questions: Collection[str]) -> dict[str, Answers]:
        """Give the persons reached, more of them for more money, and the women and men among them."""
        held, about = self.bases["talks_held"], self.totals.persons_reached_about
        _asked("persons_reached_about", about, "persons_total", questions)
        total = dict(zip(held, persons(self.rng, [self.amounts[each].used_kr for each in held], about), strict=True))
        by_sex = {"persons_women", "persons_men"}
        required = any(question.required for question in self.rules.question if question.id in by_sex)
        women, men = {}, {}
        for member, count in total.items():
            if required or self.rng.random() >= _NO_SEX:
                women[member] = round(count * self.rng.uniform(*_WOMEN))
                not_stated = self.rng.choice((0, 0, 0, 1))
                men[member] = max(0, count - women[member] - not_stated)
        return {"persons_total": total, "persons_women": women, "persons_men": men}

    def _independent(self) -> list[Member]:
        """Find those who gave all their money to an independent provider."""
        used = {self.amounts[member].municipality_code: member for member in self.bases["used"]}
        found = []
        for name in self.totals.independent_provider_all_money or []:
            code = match(name).municipality_code
            if code not in used:
                raise UserError(f"{FILE}: independent_provider_all_money: {name!r} is not among those that used money")
            found.append(used[code])
        return found

    def _day(self) -> date:
        """Draw a working day before the last day for returns, late ones more often."""
        last = self.rules.grant.return_by or date(self.rules.year, 12, 31)
        day = last - timedelta(days=round(self.rng.triangular(0, _DAYS, 4)))
        return day - timedelta(days=max(0, day.weekday() - 4))


def _sizes(requisitioned_kr: Sequence[int]) -> list[float]:
    """Give each recipient its weight in a draw: from the smallest to the largest by rank."""
    ranked = sorted(range(len(requisitioned_kr)), key=lambda member: (requisitioned_kr[member], member))
    step = (_LARGEST - _SMALLEST) / max(1, len(ranked) - 1)
    weights = {member: _SMALLEST + step * rank for rank, member in enumerate(ranked)}
    return [weights[member] for member in range(len(ranked))]


def _asked(figure: str, printed: int | None, question: str, questions: Collection[str]) -> None:
    if printed is not None and question not in questions:
        raise UserError(f"{FILE}: {figure} cannot be reproduced: year.toml has no question {question!r}")
