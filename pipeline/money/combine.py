"""The returns of a municipality's units to one return of the municipality, by the form of the year.

What adds up is added up; what units answer differently is left blank and said, never guessed. The rules are ours
(docs/allocation.md): no document describes this step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.declarations import ALL, RECIPIENTS, UNUSED, read_declarations
from pipeline.errors import UnreadableInputError, UserError
from pipeline.language import listed
from pipeline.money.suballocate import name_key
from pipeline.paths import REPORTS
from pipeline.read.returns import read_returns
from pipeline.year import Question, Year

Value = str | int | None
_IN_THE_WAY = {
    "unreadable": "a value that can be read",
    "unknown_option": "an option of the question",
    "more_than_one": "one answer",
    "split_unsure": "options separated by “;”",
    "question_unreadable": "answers that can be read",
    "options_without_header": "a header over every column",
    "second_header": "one header row",
}
_PARTS = ("number", "day", "options", "text")  # of an answer in the store: the one that its kind of question has


@dataclass(frozen=True)
class Combined:
    """One return as a row of the survey tool's export, and what a person has to know or decide, a line each."""

    row: Mapping[str, Value]
    remarks: Sequence[str]


def combine(path: Path, shown_as: str, rules: Year, amounts_kr: Mapping[str, int], municipality: str) -> Combined:
    """Read the returns of the units in `amounts_kr` (what each got, by its name) and make them one.

    Money and counts are added up, options of a multi question united, texts joined with the units' names. A choice that
    differs is left blank. Whom a question is asked follows from each unit's own answers (docs/data.md).
    UserError, naming each place, when a unit is missing, unknown or there twice, or a value cannot be read.
    """
    if rules.column("recipient") is None or rules.column("unused_kr") is None:
        raise UserError(
            f"raw/{rules.year}/year.toml: no questions 'recipient' and 'unused_kr', so returns cannot be read; add the "
            "form of the year, or choose another with --year"
        )
    frames, _ = read_returns(path, shown_as, rules)
    faults = [*_unreadable(frames["problems"], rules), *_wrong_senders(frames["returns"], amounts_kr, shown_as)]
    if faults:
        raise UserError("\n".join(faults))
    return _Returns(frames, rules, amounts_kr, shown_as).combined(municipality)


def _unreadable(problems: pl.DataFrame, rules: Year) -> Iterator[str]:
    columns = {question.id: question.column for question in rules.question if question.kind != "text"}
    for kind, question, value, file, row in problems.select("kind", "field", "value", "file", "row").iter_rows():
        if kind in _IN_THE_WAY and question in {None, *columns}:
            place: dict[str, Any] = {"file": file, "row": row, "column": columns.get(question)}
            yield str(UnreadableInputError("cannot be added up", **place, found=value, expected=_IN_THE_WAY[kind]))


def _wrong_senders(returns: pl.DataFrame, amounts_kr: Mapping[str, int], shown_as: str) -> Iterator[str]:
    known, there = {name_key(name): name for name in amounts_kr}, set()
    for row, name in returns.select("row", "recipient").iter_rows():
        place: dict[str, Any] = {"file": shown_as, "row": row, "found": name}
        if name_key(name) not in known:
            near = get_close_matches(name_key(name), known, n=1)
            todo = f"did you mean {known[near[0]]!r}?" if near else None
            yield str(UnreadableInputError("no unit of the plan", **place, todo=todo))
        elif name_key(name) in there:
            yield str(UnreadableInputError("the unit stands twice", **place, todo="keep the row that holds"))
        there.add(name_key(name))
    missing = [name for key, name in known.items() if key not in there]
    if missing:
        yield f"{shown_as}: no return from {listed(missing, 'en')}; expected a row for each that got a part"


@dataclass
class _Returns:
    """Returns that are whole and readable: each unit's answers, and what comes of them question by question."""

    frames: Mapping[str, pl.DataFrame]
    rules: Year
    amounts_kr: Mapping[str, int]
    shown_as: str
    remarks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = {name_key(name): name for name in self.amounts_kr}
        self.sender = {
            row: names[name_key(name)] for row, name in self.frames["returns"].select("row", "recipient").iter_rows()
        }
        self.answers = {
            (answer["question"], self.sender[answer["row"]]): answer
            for answer in self.frames["answers"].iter_rows(named=True)
        }
        unused_kr = {name: self._unused_kr(row, name) for row, name in self.sender.items()}
        known = {UNUSED: unused_kr, "used_kr": {name: kr - unused_kr[name] for name, kr in self.amounts_kr.items()}}
        asked = {question.id for question in self.rules.question}
        self.bases: dict[str, Collection[str]] = {ALL: list(self.amounts_kr), RECIPIENTS: list(self.amounts_kr)}
        for base in read_declarations(REPORTS).base:
            if base.of:
                amounts, question = (
                    known.get(base.above_zero or "", {}),
                    base.question if base.question in asked else None,
                )
                self.bases[base.id] = [
                    name
                    for name in self.bases[base.of]
                    if (base.above_zero is None or amounts.get(name, 0) > 0)
                    and (question is None or self._answer(question, name) == [base.answer])
                ]

    def combined(self, municipality: str) -> Combined:
        row: dict[str, Value] = {}
        for question in self.rules.question:
            if question.id == "recipient":
                row[question.column] = municipality
            elif question.id == "submitted_on":
                row[question.column] = None  # the municipality's own return has not been sent in yet
            elif question.kind in ("choice", "multi"):
                row |= self._chosen(question)
            else:
                row[question.column] = self._value(question)
        for kind, value in self.frames["problems"].select("kind", "value").iter_rows():
            if kind in ("unknown_column", "no_header"):
                self.remarks.append(f"{value}: not in the form of {self.rules.year}, and left out")
        return Combined(row, self.remarks)

    def _unused_kr(self, row: int, name: str) -> int:
        unused_kr, most = self._answer("unused_kr", name), self.amounts_kr[name]
        if unused_kr is None or unused_kr > most:
            raise UnreadableInputError(
                f"unused amount of {name}",
                file=self.shown_as,
                row=row,
                column=self.rules.column("unused_kr"),
                found="" if unused_kr is None else unused_kr,
                expected=f"whole kronor, at most the {most} that it got",
            )
        return int(unused_kr)

    def _answer(self, question: str, name: str) -> Any:
        """A unit's answer: a number, a day, options or a text. None when it left the question blank."""
        answer = self.answers.get((question, name), {})
        return next((answer[part] for part in _PARTS if answer.get(part) is not None), None)

    def _given(self, question: Question) -> dict[str, Any]:
        """The answers of those who are asked, in the plan's order; says whose answer is wanting or does not count."""
        answers = {name: self._answer(question.id, name) for name in self.amounts_kr}
        base = self.bases[question.asked]
        outside = [name for name, answer in answers.items() if answer and name not in base]
        if outside:
            self._remark(question, f"not asked of {listed(outside, 'en')} by the other answers there, and not counted")
        return {name: answers[name] for name in self.amounts_kr if name in base}

    def _value(self, question: Question) -> Value:
        given = self._given(question)
        there = {name: answer for name, answer in given.items() if answer is not None}
        blank = [name for name in given if name not in there]
        if question.kind == "text":
            return " | ".join(f"{name}: {text}" for name, text in there.items()) or None
        if blank and (there or question.required):
            self._remark(question, f"left blank by {listed(blank, 'en')}, so left blank here")
            return None
        if question.kind == "date":
            return self._alike(question, {name: str(day) for name, day in there.items()})
        return sum(there.values()) if there else None

    def _chosen(self, question: Question) -> dict[str, Value]:
        given = {name: answer or [] for name, answer in self._given(question).items()}
        labels = {option.id: option.text.sv for option in question.option}
        if question.kind == "choice":
            one = self._alike(question, {name: labels[chosen[0]] if chosen else "" for name, chosen in given.items()})
            chosen = [option for option, label in labels.items() if label == one]
        else:
            chosen = self._united(question, given)
        row: dict[str, Value] = {question.column: "; ".join(labels[option] for option in chosen) or None}
        for option in question.option:
            if option.specify:
                row[f"{question.column}: {option.text.sv} (text)"] = self._specified(question.id, option.id, given)
        return row

    def _united(self, question: Question, given: Mapping[str, Sequence[str]]) -> list[str]:
        """Options that any unit chose, in the form's order. One that excludes the others only if nobody chose any."""
        silent = [name for name, options in given.items() if not options]
        if silent and question.required:
            self._remark(question, f"not answered by {listed(silent, 'en')}; the others' options stand")
        chosen = {option for options in given.values() for option in options}
        alone = {option.id for option in question.option if option.exclusive}
        if len(chosen) > 1 and chosen <= alone:
            self._remark(question, "units chose different answers that exclude all others; left blank, to be decided")
            return []
        return [option.id for option in question.option if option.id in (chosen - alone or chosen)]

    def _alike(self, question: Question, given: Mapping[str, str]) -> str | None:
        """The answer of all; None, and a remark of who said what, when they differ."""
        said: dict[str, list[str]] = {}
        for name, answer in given.items():
            said.setdefault(answer, []).append(name)
        if len(said) > 1:
            told = "; ".join(f"{answer or 'no answer'} ({', '.join(names)})" for answer, names in said.items())
            self._remark(question, f"differs, so left blank, to be decided: {told}")
            return None
        if "" in said and question.required:
            self._remark(question, "answered by none")
        return next(iter(said), None) or None

    def _specified(self, question: str, option: str, given: Collection[str]) -> str | None:
        texts = self.frames["specified"].filter((pl.col("question") == question) & (pl.col("option") == option))
        by_name = {self.sender[row]: text for row, text in texts.select("row", "text").iter_rows()}
        return " | ".join(f"{name}: {by_name[name]}" for name in given if name in by_name) or None

    def _remark(self, question: Question, what: str) -> None:
        self.remarks.append(f"{question.column}: {what}")
