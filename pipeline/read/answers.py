"""Columns of an export to answers, by the form: one answer a return and question, and what could not be read.

A multi question is one column with the chosen option texts separated by ";" or line breaks, or one column an option,
headed "<column>: <option text>". Behind an option that asks which, "<column>: <option text> (text)" may follow.
(docs/data.md.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask, unless_personal
from pipeline.read.sheets import Row, Sheet, header_key
from pipeline.read.values import clean, count, day, kronor
from pipeline.year import Option, Question

_YES = frozenset({"1", "x", "ja", "j", "yes", "true", "sant"})
_NO = frozenset({"0", "nej", "n", "no", "false", "falskt"})
_NO_VALUE = re.compile(r"=[\w(+\-\"].*|#N/A|#[A-ZÅÄÖ0-9/]+[!?]", re.DOTALL)

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
    if question.kind == "multi" and (of_options := _option_columns(sheet, question)):
        return _from_option_columns(sheet, question, of_options)
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
    return answers


def meaning_of(question: Question) -> Callable[[str], Any]:
    """What a cell of a question means: two cells of the same meaning are read alike."""

    def meaning(text: str) -> Any:
        one = Sheet("", 1, (question.column,), (Row(1, [text or None]),))
        read = read_question(one, question)
        return read and (read.number, read.day, read.options, read.text, [kind for kind, _, _ in read.problems])

    return meaning


def columns_of(question: Question) -> Iterator[str]:
    """Every header that a question may have in an export."""
    yield question.column
    for option in question.option:
        if question.kind == "multi":
            yield f"{question.column}: {option.text.sv}"
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


def _option_columns(sheet: Sheet, question: Question) -> dict[str, int]:
    places = {option.id: sheet.at(f"{question.column}: {option.text.sv}") for option in question.option}
    found = {option: place for option, place in places.items() if place is not None}
    if not found:
        return {}
    if sheet.at(question.column) is not None:
        raise UnreadableInputError(
            "the question stands twice, as one column and as one column an option",
            file=sheet.file,
            row=sheet.header_row,
            column=question.column,
            todo="remove one of the two",
        )
    for option in question.option:
        sheet.require(f"{question.column}: {option.text.sv}")
    return found


def _from_option_columns(sheet: Sheet, question: Question, places: dict[str, int]) -> Answers:
    chosen: list[list[str]] = [[] for _ in sheet.rows]
    problems: list[Found] = []
    for option, place in places.items():
        written = sheet.texts(place)
        problems += _personal(sheet, written)
        for at, text in enumerate(written):
            if text and text.casefold() in _YES:
                chosen[at].append(option)
            elif text and text.casefold() not in _NO:
                problems.append(("unreadable", mask(text), sheet.rows[at].number))
    answers = _blank(question, len(sheet.rows))
    answers.options, answers.problems = list(chosen), problems
    return _with_specified(sheet, question, answers)


def _from_texts(sheet: Sheet, question: Question, written: Sequence[str | None]) -> Answers:
    known = {_option_key(option.text.sv): option for option in question.option}
    order = [option.id for option in question.option]
    read: dict[str, tuple[list[str], list[str]]] = {}
    answers = _blank(question, len(written))
    answers.problems = list(_personal(sheet, written))
    options: list[list[str] | None] = []
    for row, text in zip(sheet.rows, written, strict=True):
        if text is None:
            options.append([])
            continue
        if text not in read:
            read[text] = _parts(text, known)
        chosen, unknown = read[text]
        if question.kind == "choice" and len(chosen) + len(unknown) > 1:
            answers.problems.append(("more_than_one", mask(text), row.number))
            chosen = []
        options.append(sorted(chosen, key=order.index))
        answers.problems.extend(("unknown_option", mask(part), row.number) for part in unknown)
    answers.options = options
    return _with_specified(sheet, question, answers)


def _parts(text: str, known: dict[str, Option]) -> tuple[list[str], list[str]]:
    parts = []
    for piece in text.split(";"):  # a line break separates options, unless it stands inside the text of one
        lines = [piece] if _option_key(piece) in known else piece.splitlines()
        parts += [part for part in map(clean, lines) if part]
    chosen = dict.fromkeys(known[_option_key(part)].id for part in parts if _option_key(part) in known)
    return list(chosen), [part for part in parts if _option_key(part) not in known]


def _option_key(text: str) -> str:
    """What option texts are compared by: their words, whatever case, spaces or closing punctuation."""
    return header_key(text).rstrip(" .:")


def _with_specified(sheet: Sheet, question: Question, answers: Answers) -> Answers:
    for option in question.option:
        place = sheet.at(f"{question.column}: {option.text.sv} (text)") if option.specify else None
        written = sheet.texts(place)
        answers.specified += [(row, option.id, mask(text)) for row, text in _there(sheet, written)]
        answers.problems += [*_personal(sheet, written), *_no_value(sheet, written)]
    return answers
