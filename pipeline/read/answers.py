"""Columns of an export to answers, by the form: one answer a return and question, and what could not be read.

A multi question is one column with the chosen option texts separated by ";" or line breaks, or one column an option,
headed "<column>: <option text>". Behind an option that asks which, "<column>: <option text> (text)" may follow.
(docs/data.md.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask, unless_personal
from pipeline.read.headers import header_key
from pipeline.read.options import Options, Parts, is_chosen, option_headers
from pipeline.read.sheets import Row, Sheet
from pipeline.read.values import count, day, kronor
from pipeline.year import Question

_NO_VALUE = re.compile(r"=[\w(+\-\"].*|#N/A|#[A-ZÅÄÖ0-9/]+[!?]", re.DOTALL)

_UNREAD = ("unreadable", "unknown_option", "split_unsure", "more_than_one")
_MANY = 3  # unreadable answers are a matter of the layout, not of some municipalities, from so many on

Found = tuple[str, str | None, int | None]  # kind, value with personal data masked, row


@dataclass
class Answers:
    """What was read of one question, row by row, and what was found on the way."""

    question: str
    number: list[int | None]
    day: list[date | None]
    options: list[list[str] | None]
    text: list[str | None]
    specified: list[tuple[int, str, str]] = field(default_factory=list)
    problems: list[Found] = field(default_factory=list)


def read_question(sheet: Sheet, question: Question) -> Answers | None:
    """Read one question; None when the export has no column for it. UnreadableInputError when it must have one."""
    if has_option_columns(sheet, question):
        return _from_option_columns(sheet, question, _option_columns(sheet, question))
    place = sheet.require(question.column) if question.required else sheet.at(question.column)
    if place is None:
        return None
    written = sheet.texts(place)
    if question.kind in ("choice", "multi"):
        return _from_texts(sheet, question, written)
    answers = _blank(question, len(written))
    kept = {text: mask(text) for text in set(written) if text}
    answers.problems = list(_personal(sheet, written))
    if question.kind == "text":
        answers.text = [kept[text] if text else None for text in written]
        answers.problems += _no_value(sheet, written)
        return answers
    read: dict[str, Callable[[str], int | date | None]] = {"date": day, "money": kronor, "count": count}
    values: dict[str, Any] = {text: unless_personal(read[question.kind], text) for text in kept}
    target: list[Any] = [values[text] if text else None for text in written]
    answers.text = [kept[text] if text and values[text] is None else None for text in written]
    if question.kind == "date":
        answers.day = target
    else:
        answers.number = target
    answers.problems += [
        ("unreadable", kept[text], row) for row, text in _there(sheet, written) if values[text] is None
    ]
    return _once_if_most(answers, len(list(_there(sheet, written))))


def meaning_of(question: Question) -> Callable[[str], Any]:
    """What a cell of a question means: two cells of the same meaning are read alike."""

    def meaning(text: str) -> Any:
        one = Sheet("", 1, (question.column,), (Row(1, [text or None]),))
        read = read_question(one, question)
        kinds = [kind for kind, _, _ in read.problems if kind != "personal_data"] if read else []
        return read and (read.number, read.day, read.options, read.text, kinds)

    return meaning


def has_option_columns(sheet: Sheet, question: Question) -> bool:
    """Return whether a question with several answers has one column an option."""
    return question.kind == "multi" and bool(_option_columns(sheet, question))


def columns_of(question: Question) -> Iterator[str]:
    """Every header that a question may have in an export."""
    yield question.column
    for option in question.option:
        if question.kind == "multi":
            yield from option_headers(question.column, option.text.sv)
        if option.specify:
            yield f"{question.column}: {option.text.sv} (text)"


def _blank(question: Question, rows: int) -> Answers:
    nothing: list[Any] = [None] * rows
    return Answers(question.id, nothing, nothing, nothing, nothing)


def _there(sheet: Sheet, written: Sequence[str | None]) -> Iterator[tuple[int, str]]:
    return ((row.number, text) for row, text in zip(sheet.rows, written, strict=True) if text)


def _personal(sheet: Sheet, written: Sequence[str | None]) -> Iterator[Found]:
    """Cells with personal data, masked. What is masked is always found."""
    kept = {text: mask(text) for text in set(written) if text}
    return (("personal_data", kept[text], row) for row, text in _there(sheet, written) if kept[text] != text)


def _no_value(sheet: Sheet, written: Sequence[str | None]) -> Iterator[Found]:
    """Texts that nobody wrote: the formulas and errors of a spreadsheet."""
    return (("unreadable", mask(text), row) for row, text in _there(sheet, written) if _NO_VALUE.fullmatch(text))


def _once_if_most(answers: Answers, given: int, read: Collection[int | None] = ()) -> Answers:
    """Put one problem in the place of many when most of the answers given cannot be read.

    `read` are rows of which something could be read. The unused amount has a rule of its own, as grave, for every row.
    """
    bad = {row for kind, _, row in answers.problems if kind in _UNREAD} - set(read)
    if answers.question != "unused_kr" and len(bad) >= _MANY and 2 * len(bad) > given:
        _, value, row = next(problem for problem in answers.problems if problem[0] in _UNREAD)
        left = [problem for problem in answers.problems if problem[0] not in _UNREAD]
        answers.problems = [*left, ("question_unreadable", value, row)]
    return answers


def _option_columns(sheet: Sheet, question: Question) -> dict[str, int]:
    headers = {option.id: option_headers(question.column, option.text.sv) for option in question.option}
    places = {id_: [at for header in its if (at := sheet.at(header)) is not None] for id_, its in headers.items()}
    if not any(places.values()):
        return {}
    if sheet.at(question.column) is not None:
        raise UnreadableInputError(
            "the question stands twice, as one column and as one column an option",
            file=sheet.file,
            row=sheet.header_row,
            column=question.column,
            todo="remove one of the two",
        )
    return {id_: found[0] if (found := places[id_]) else sheet.require(its[0]) for id_, its in headers.items()}


def _from_option_columns(sheet: Sheet, question: Question, places: dict[str, int]) -> Answers:
    chosen: list[list[str]] = [[] for _ in sheet.rows]
    problems: list[Found] = []
    own = {option.id: option.text.sv for option in question.option}
    columns = {id_: sheet.texts(place) for id_, place in places.items()}
    words = {id_: {header_key(text) for text in written if text} for id_, written in columns.items()}
    for option, written in columns.items():
        problems += _personal(sheet, written)
        elsewhere = any(header_key(own[option]) in words[other] for other in columns if other != option)
        for at, text in enumerate(written):
            mark = is_chosen(text, own[option], elsewhere) if text else False
            if mark:
                chosen[at].append(option)
            elif mark is None:
                problems.append(("unreadable", mask(text or ""), sheet.rows[at].number))
    answers = _blank(question, len(sheet.rows))
    answers.options, answers.problems = list(chosen), problems
    given = sum(any(cells) for cells in zip(*columns.values(), strict=True))
    return _with_specified(sheet, question, _once_if_most(answers, given))


def _from_texts(sheet: Sheet, question: Question, written: Sequence[str | None]) -> Answers:
    known, order = Options(question), [option.id for option in question.option]
    read: dict[str, Parts] = {}
    answers = _blank(question, len(written))
    answers.problems = list(_personal(sheet, written))
    options: list[list[str] | None] = []
    commas: str | None = None
    for row, text in zip(sheet.rows, written, strict=True):
        if text is None:
            options.append([])
            continue
        if text not in read:
            read[text] = known.read(text)
            if read[text].unknown or read[text].unsure or read[text].specified:  # a line break may cut what is personal
                read[text] = known.read(mask(text))
        parts, chosen = read[text], read[text].chosen
        if question.kind == "choice" and len(chosen) + len(parts.unknown) > 1:
            answers.problems.append(("more_than_one", mask(text), row.number))
            chosen = []
        options.append(sorted(chosen, key=order.index))
        answers.specified += [(row.number, option, mask(which)) for option, which in parts.specified if chosen]
        if parts.commas and not commas:
            commas = mask(text)
            answers.problems.append(("split_by_comma", commas, row.number))
        answers.problems.extend(("split_unsure", mask(part), row.number) for part in parts.unsure)
        answers.problems.extend(("unknown_option", mask(part), row.number) for part in parts.unknown)
    answers.options = options
    read_rows = [row.number for row, chosen in zip(sheet.rows, options, strict=True) if chosen]
    answers = _once_if_most(answers, len(list(_there(sheet, written))), read_rows)
    return _with_specified(sheet, question, answers)


def _with_specified(sheet: Sheet, question: Question, answers: Answers) -> Answers:
    for option in question.option:
        header = f"{question.column}: {option.text.sv} (text)"
        place = sheet.at(header) if option.specify else None
        is_chosen_by_some = any(option.id in (chosen or ()) for chosen in answers.options)
        stands_behind_it = any(id_ == option.id for _, id_, _ in answers.specified)
        if option.specify and place is None and is_chosen_by_some and not stands_behind_it:
            answers.problems.append(("missing_text", header, None))
        written = sheet.texts(place)
        answers.specified += [(row, option.id, mask(text)) for row, text in _there(sheet, written)]
        answers.problems += [*_personal(sheet, written), *_no_value(sheet, written)]
    return answers
