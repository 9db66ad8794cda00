"""`aterrapport suballocate`: a municipality's grant to its own units, by a plan, and their returns as one.

The form of such a plan is that of a city's (docs/allocation.md): a reserve for common work, a base each, the rest by
weight. That the rest is shared out by largest remainder is ours: the city does not say how it rounds. Ours too is how
returns become one: what adds up is added up; what units answer differently is left blank and said, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, StringConstraints, model_validator

from pipeline.declarations import ALL, RECIPIENTS, UNUSED, read_declarations
from pipeline.errors import UnreadableInputError, UserError
from pipeline.files import write_csv
from pipeline.language import grouped, listed
from pipeline.mask import mask, visible
from pipeline.model import Model, read_model
from pipeline.money.allocate import largest_remainder
from pipeline.paths import REPORTS, Workspace, hold_target
from pipeline.read.returns import read_returns
from pipeline.year import Question, Year, read_year

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Whole = Annotated[int, Field(ge=0, lt=10**12)]  # as many digits as an amount in a file may have
_NUMBERS = ("weight", "base_kr", "weighted_kr", "amount_kr")
_SPLIT: dict[str, Any] = {"unit": pl.String, "kind": pl.String, **dict.fromkeys(_NUMBERS, pl.Int64)}
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


class Unit(Model):
    """A unit of the municipality, such as a district."""

    name: _Name  # its return names it so
    weight: _Whole | None = None  # what the rest is shared out by; None until it is known


class SharingPlan(Model):
    """How a municipality shares its grant out among its units."""

    municipality: _Name
    year: int
    amount_kr: _Whole  # what the municipality shares out
    reserve_kr: _Whole = 0  # what it keeps for common work
    reserve_for: _Name | None = None  # what that is, when there is a reserve
    base_kr: _Whole = 0  # what each unit gets first
    weight_is: _Name  # what the weights count, as "residents of 65 and older"
    made_up: bool = False  # the weights are: every output says so
    unit: Annotated[list[Unit], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.reserve_kr and not self.reserve_for:
            raise ValueError("reserve_for: missing; expected what the reserve is for")
        names = [unit.name for unit in self.unit] + ([self.reserve_for or ""] if self.reserve_kr else [])
        keys = [_key(name) for name in names]
        for name, key in zip(names, keys, strict=True):
            if keys.count(key) > 1:
                raise ValueError(f"{name!r} stands twice; expected each unit once")
        return self


def _key(name: str) -> str:
    """What names of units are compared by: their words, whatever case and spaces."""
    return " ".join(name.split()).casefold()


def suballocate(plan: Path, out: Path | None, returns: Path | None, year: int | None, workspace: Workspace) -> None:
    """Share the plan's amount out and show it; `out` gets it as CSV. With `returns`, a file of the units' returns by
    the form of `year` (the plan's, if None), `out` gets them as one return of the municipality instead. Raise UserError
    with nothing written."""
    if out is not None:
        hold_target("--out", out, (".csv",), workspace)
    if returns is not None and out is None:
        raise UserError("--returns: expected --out FILE.csv too, where the return of the municipality is to go")
    if returns is None and year is not None:
        raise UserError("--year: expected --returns FILE too, whose form it is")
    for path in filter(None, (plan, returns)):
        if not path.is_file():
            raise UserError(f"{path}: file is missing")
        if out is not None and out.resolve() == path.resolve():
            raise UserError(f"--out {out}: that is the file to read; expected another")
    read = read_model(plan, SharingPlan, str(plan))
    split = share_among(read, str(plan))
    if returns is None:
        made = pl.DataFrame(split, _SPLIT).with_columns(made_up_weights=pl.lit(read.made_up))
        lines = _lines(read, split)
    else:
        form = read.year if year is None else year
        workspace.years(form)
        rules = read_year(workspace.raw(form), f"raw/{form}")
        one = _Combined(returns, rules, {row["unit"]: row["amount_kr"] for row in split}, read.municipality)
        made, lines = pl.DataFrame([one.row]), one.lines()
    if out is not None:
        write_csv(made.with_columns(pl.col(pl.String).map_elements(mask, pl.String)), out)
    warning = ["MADE-UP WEIGHTS: these amounts are an example"] if read.made_up else []
    print(*warning, *lines, *([_shown(str(out))] if out else []), sep="\n")


def share_among(plan: SharingPlan, shown_as: str) -> list[dict[str, Any]]:
    """Share the plan's amount out: a row a unit, in the plan's order, and a last one for the reserve. `amount_kr` adds
    up to the krona. Equal remainders: the larger weight first, then the name that sorts first. UserError, naming the
    file `shown_as`, when weights are missing or all 0, or the amount is too small."""
    without, units, faults = [unit.name for unit in plan.unit if unit.weight is None], len(plan.unit), list[str]()
    first_kr, left_kr = plan.reserve_kr + plan.base_kr * units, plan.amount_kr - plan.reserve_kr
    if without:
        expected = f"expected {plan.weight_is}, a whole number for each"
        faults.append(f"weight missing for {len(without)} of {units} units: {', '.join(without)}; {expected}")
    elif not any(unit.weight for unit in plan.unit):
        faults.append("weight: all are 0; expected at least one above 0")
    if first_kr > plan.amount_kr:
        expected = f"at least the reserve and {units} times the base, {first_kr}"
        faults.append(f"amount_kr: found {plan.amount_kr}; expected {expected}")
    elif left_kr < units:
        cannot = f"cannot be split among {units} units; expected a krona or more each"
        faults.append(f"amount_kr: {left_kr} kr after the reserve {cannot}")
    if faults:
        raise UserError(*(f"{shown_as}: {fault}" for fault in faults))
    weights, each = {unit.name: unit.weight or 0 for unit in plan.unit}, {"kind": "unit", "base_kr": plan.base_kr}
    split: list[dict[str, Any]] = [
        each | {"unit": name, "weight": weights[name], "weighted_kr": kr, "amount_kr": plan.base_kr + kr}
        for name, kr in largest_remainder(plan.amount_kr - first_kr, weights).items()
    ]
    reserve = {"unit": plan.reserve_for, "kind": "reserve", "amount_kr": plan.reserve_kr}
    return [*split, reserve] if plan.reserve_kr else split


def _shown(text: str) -> str:
    """Return words of others for a screen. Our own numbers, side by side, may look like a person's: they stay."""
    return visible(mask(text))


def _lines(plan: SharingPlan, split: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the split for a screen, columns under each other."""
    numbers = [[row.get(name) for name in _NUMBERS] for row in split]
    written = [["" if number is None else grouped(number) for number in its] for its in numbers]
    sums = [grouped(sum(number or 0 for number in its)) for its in zip(*numbers, strict=True)]
    rows = [[_shown(row["unit"]), *its] for row, its in zip(split, written, strict=True)]
    rows = [["", "weight", "base", "by weight", "kr"], *rows, ["sum", *sums]]
    first, *widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield f"{_shown(plan.municipality)} {plan.year}: {grouped(plan.amount_kr)} kr, weighted by {_shown(plan.weight_is)}"
    for name, *cells in rows:
        yield "  ".join([f"  {name:<{first}}", *map(str.rjust, cells, widths)])


class _Combined:
    """The units' returns as one: `row` is as the survey tool's export has it, `remarks` what a person has to decide.
    Money and counts are added up, options of a multi question united, texts joined with the units' names. A choice that
    differs is left blank. Whom a question is asked follows from each unit's own answers (docs/data.md)."""

    def __init__(self, path: Path, rules: Year, amounts_kr: Mapping[str, int], municipality: str) -> None:
        """Read the returns of those in `amounts_kr` (what each got). UserError, naming each place that is wrong."""
        if rules.column("recipient") is None or rules.column("unused_kr") is None:
            no = "no questions 'recipient' and 'unused_kr', so returns cannot be read"
            todo = "add the form of the year, or choose another with --year"
            raise UserError(f"raw/{rules.year}/year.toml: {no}; {todo}")
        frames = read_returns(path, str(path), rules)
        names, senders = {_key(name): name for name in amounts_kr}, frames["returns"]["row", "recipient"]
        if faults := [*_unreadable(frames["problems"], rules), *_wrong_senders(senders, names, str(path))]:
            raise UserError(*faults)
        self.rules, self.remarks, sender = rules, list[str](), {row: names[_key(name)] for row, name in senders.rows()}
        self.answers, self.specified = dict[str, dict[str, Any]](), dict[tuple[str, str], dict[str, str]]()
        for answer in frames["answers"].iter_rows(named=True):
            given = next((answer[part] for part in _PARTS if answer[part] is not None), None)
            self.answers.setdefault(answer["question"], {})[sender[answer["row"]]] = given
        for row, question_id, option, text in frames["specified"].rows():
            self.specified.setdefault((question_id, option), {})[sender[row]] = text
        self.bases = self._bases(amounts_kr, sender, str(path))
        self.row: dict[str, Any] = {}
        own = {"recipient": municipality, "submitted_on": None}
        for question in rules.question:
            if question.id in own and not question.option:
                self.row[question.column] = own[question.id]  # its own return has not been sent in yet
            else:
                self.row |= self._combined(question)
        for kind, value in frames["problems"]["kind", "value"].iter_rows():
            if kind in ("unknown_column", "no_header"):
                self.remarks.append(f"{value}: not in the form of {rules.year}, and left out")

    def lines(self) -> Iterator[str]:
        """Yield what was added up, and what a person has to decide."""
        yield f"one return of {len(self.bases[ALL])}, by the form of {self.rules.year}:"
        for question in self.rules.question:
            value = self.row.get(question.column)
            if question.kind in ("money", "count") and isinstance(value, int):
                yield f"  {_shown(question.column)}: {grouped(value)}"
        yield f"to look at: {len(self.remarks) or 'nothing'}"
        yield from (f"  {_shown(remark)}" for remark in self.remarks)

    def _bases(self, amounts_kr: Mapping[str, int], sender: Mapping[int, str], shown_as: str) -> dict[str, list[str]]:
        """Return the units in each base, by what they got, what they have left and what they answered."""
        unused_kr = self.answers.get("unused_kr", {})
        for row, name in sender.items():
            unused, most = unused_kr.get(name), amounts_kr[name]
            if unused is None or unused > most:
                place: dict[str, Any] = {"file": shown_as, "row": row, "column": self.rules.column("unused_kr")}
                expected, found = f"whole kronor, at most the {most} that it got", "" if unused is None else unused
                raise UnreadableInputError(f"unused amount of {name}", **place, found=found, expected=expected)
        known = {UNUSED: unused_kr, "used_kr": {name: kr - unused_kr[name] for name, kr in amounts_kr.items()}}
        asked = {question.id for question in self.rules.question}
        bases = {ALL: list(amounts_kr), RECIPIENTS: list(amounts_kr)}
        for base in read_declarations(REPORTS).base:
            if base.of:
                answers = self.answers.get(base.question or "", {})
                bases[base.id] = [
                    name
                    for name in bases[base.of]
                    if (base.above_zero is None or known.get(base.above_zero, {}).get(name, 0) > 0)
                    and (base.question not in asked or answers.get(name) == [base.answer])
                ]
        return bases

    def _combined(self, question: Question) -> dict[str, Any]:
        """Return a question's cells: one, and one for each option with a text. Say whose answer does not count."""
        answers, base = self.answers.get(question.id, {}), self.bases[question.asked]
        if outside := [name for name in self.bases[ALL] if answers.get(name) and name not in base]:
            self._remark(question, f"not asked of {listed(outside, 'en')} by the other answers there, and not counted")
        given = {name: answers.get(name) for name in base}
        there = {name: answer for name, answer in given.items() if answer is not None}
        blank, labels = [name for name in base if name not in there], {one.id: one.text.sv for one in question.option}
        value: str | int | None = None
        if question.kind == "text":
            value = " | ".join(f"{name}: {text}" for name, text in there.items()) or None
        elif question.kind == "choice":
            value = self._alike(question, {name: labels[its[0]] if its else "" for name, its in given.items()})
        elif question.kind == "multi":
            value = "; ".join(labels[one] for one in self._united(question, given)) or None
        elif blank and (there or question.required):
            self._remark(question, f"left blank by {listed(blank, 'en')}, so left blank here")
        elif question.kind == "date":
            value = self._alike(question, {name: str(day) for name, day in there.items()})
        elif there:
            value = sum(there.values())
        cells = {question.column: value}
        for option in (one for one in question.option if one.specify):
            texts = self.specified.get((question.id, option.id), {})
            joined = " | ".join(f"{name}: {texts[name]}" for name in base if name in texts)
            cells[f"{question.column}: {option.text.sv} (text)"] = joined or None
        return cells

    def _united(self, question: Question, given: Mapping[str, Sequence[str] | None]) -> list[str]:
        """Return what any unit chose, in the form's order. What excludes the rest only if nobody chose any of it."""
        silent = [name for name, options in given.items() if not options]
        if silent and question.required:
            self._remark(question, f"not answered by {listed(silent, 'en')}; the others' options stand")
        chosen = {option for options in given.values() for option in options or ()}
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
        elif "" in said and question.required:
            self._remark(question, "answered by none")
        return None if len(said) > 1 else next(iter(said), None) or None

    def _remark(self, question: Question, what: str) -> None:
        self.remarks.append(f"{question.column}: {what}")


def _unreadable(problems: pl.DataFrame, rules: Year) -> Iterator[str]:
    columns = {question.id: question.column for question in rules.question if question.kind != "text"}
    for kind, question, value, file, row in problems.select("kind", "field", "value", "file", "row").iter_rows():
        if kind in _IN_THE_WAY and question in {None, *columns}:
            place: dict[str, Any] = {"file": file, "row": row, "column": columns.get(question)}
            yield str(UnreadableInputError("cannot be added up", **place, found=value, expected=_IN_THE_WAY[kind]))


def _wrong_senders(returns: pl.DataFrame, known: Mapping[str, str], shown_as: str) -> Iterator[str]:
    there = set[str]()
    for row, name in returns.iter_rows():
        key, problem, todo = _key(name), "", None
        if key not in known:
            near, problem = get_close_matches(key, known, n=1), "no unit of the plan"
            todo = f"did you mean {known[near[0]]!r}?" if near else None
        elif key in there:
            problem, todo = "the unit stands twice", "keep the row that holds"
        if problem:
            yield str(UnreadableInputError(problem, file=shown_as, row=row, found=name, todo=todo))
        there.add(key)
    if missing := [name for key, name in known.items() if key not in there]:
        yield f"{shown_as}: no return from {listed(missing, 'en')}; expected a row for each that got a part"
