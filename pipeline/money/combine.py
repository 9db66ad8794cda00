"""The returns of a municipality's units to one return of the municipality, by the form of the year.

What adds up is added up; what units answer differently is left blank and said, never guessed. The rules are ours
(docs/allocation.md): no document describes this step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.declarations import ALL, RECIPIENTS, UNUSED, read_declarations
from pipeline.errors import UnreadableInputError, UserError
from pipeline.language import listed
from pipeline.paths import REPORTS
from pipeline.read.returns import read_returns
from pipeline.year import Question, Year

_Value = str | int | None
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
    frames = read_returns(path, shown_as, rules)
    faults = [*_unreadable(frames["problems"], rules), *_wrong_senders(frames["returns"], amounts_kr, shown_as)]
    if faults:
        raise UserError(*faults)
    return Combined(frames, rules, amounts_kr, shown_as, municipality)


def name_key(name: str) -> str:
    """What names of units are compared by: their words, whatever case and spaces."""
    return " ".join(name.split()).casefold()


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
        key = name_key(name)
        if key not in known:
            near = get_close_matches(key, known, n=1)
            todo = f"did you mean {known[near[0]]!r}?" if near else None
            yield str(UnreadableInputError("no unit of the plan", **place, todo=todo))
        elif key in there:
            yield str(UnreadableInputError("the unit stands twice", **place, todo="keep the row that holds"))
        there.add(key)
    missing = [name for key, name in known.items() if key not in there]
    if missing:
        yield f"{shown_as}: no return from {listed(missing, 'en')}; expected a row for each that got a part"


class Combined:
    """One return of units whose returns are whole and readable: `row` is it, as the survey tool's export has it.

    `remarks` are what a person has to know or decide, a line each.
    """

    def __init__(
        self,
        frames: Mapping[str, pl.DataFrame],
        rules: Year,
        amounts_kr: Mapping[str, int],
        shown_as: str,
        municipality: str,
    ) -> None:
        """Make it, question by question. UnreadableInputError when a unit's unused amount cannot be."""
        names = {name_key(name): name for name in amounts_kr}
        self._sender = {row: names[name_key(name)] for row, name in frames["returns"]["row", "recipient"].iter_rows()}
        self._answers: dict[tuple[str, str], Any] = {}
        for answer in frames["answers"].iter_rows(named=True):
            given = next((answer[part] for part in _PARTS if answer[part] is not None), None)
            self._answers[answer["question"], self._sender[answer["row"]]] = given
        self._specified = frames["specified"]
        self._bases = self._bases_of(rules, amounts_kr, shown_as)
        self.remarks: list[str] = []
        self.row: dict[str, _Value] = {}
        for question in rules.question:
            if question.id == "recipient":
                self.row[question.column] = municipality
            elif question.id == "submitted_on":
                self.row[question.column] = None  # the municipality's own return has not been sent in yet
            elif question.kind in ("choice", "multi"):
                self.row |= self._chosen(question)
            else:
                self.row[question.column] = self._value(question)
        for kind, value in frames["problems"]["kind", "value"].iter_rows():
            if kind in ("unknown_column", "no_header"):
                self.remarks.append(f"{value}: not in the form of {rules.year}, and left out")

    def _bases_of(self, rules: Year, amounts_kr: Mapping[str, int], shown_as: str) -> dict[str, list[str]]:
        """Return the units in each base, by what they got, what they have left and what they answered."""
        unused_kr: dict[str, int] = {}
        for row, name in self._sender.items():
            unused, most = self._answers.get(("unused_kr", name)), amounts_kr[name]
            if unused is None or unused > most:
                place: dict[str, Any] = {"file": shown_as, "row": row, "column": rules.column("unused_kr")}
                expected = f"whole kronor, at most the {most} that it got"
                found = "" if unused is None else unused
                raise UnreadableInputError(f"unused amount of {name}", **place, found=found, expected=expected)
            unused_kr[name] = unused
        known = {UNUSED: unused_kr, "used_kr": {name: kr - unused_kr[name] for name, kr in amounts_kr.items()}}
        asked = {question.id for question in rules.question}
        bases = {ALL: list(amounts_kr), RECIPIENTS: list(amounts_kr)}
        for base in read_declarations(REPORTS).base:
            if base.of:
                bases[base.id] = [
                    name
                    for name in bases[base.of]
                    if (base.above_zero is None or known.get(base.above_zero, {}).get(name, 0) > 0)
                    and (base.question not in asked or self._answers.get((base.question, name)) == [base.answer])
                ]
        return bases

    def _given(self, question: Question) -> dict[str, Any]:
        """Return the answers of those who are asked, in the plan's order; say whose answer does not count."""
        base = self._bases[question.asked]
        outside = [name for name in self._bases[ALL] if self._answers.get((question.id, name)) and name not in base]
        if outside:
            self._remark(question, f"not asked of {listed(outside, 'en')} by the other answers there, and not counted")
        return {name: self._answers.get((question.id, name)) for name in base}

    def _value(self, question: Question) -> _Value:
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

    def _chosen(self, question: Question) -> dict[str, _Value]:
        given = {name: answer or [] for name, answer in self._given(question).items()}
        labels = {option.id: option.text.sv for option in question.option}
        if question.kind == "choice":
            said = self._alike(question, {name: labels[chosen[0]] if chosen else "" for name, chosen in given.items()})
        else:
            said = "; ".join(labels[option] for option in self._united(question, given)) or None
        row: dict[str, _Value] = {question.column: said}
        for option in question.option:
            if option.specify:
                texts = self._specified.filter(question=question.id, option=option.id)["row", "text"].iter_rows()
                by_name = {self._sender[at]: text for at, text in texts}
                joined = " | ".join(f"{name}: {by_name[name]}" for name in given if name in by_name)
                row[f"{question.column}: {option.text.sv} (text)"] = joined or None
        return row

    def _united(self, question: Question, given: Mapping[str, Sequence[str]]) -> Collection[str]:
        """Return what any unit chose, in the form's order. What excludes the rest only if nobody chose any of it."""
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
        """Return the answer of all; None, and remark who said what, when they differ."""
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

    def _remark(self, question: Question, what: str) -> None:
        self.remarks.append(f"{question.column}: {what}")
