"""Columns of an export to answers, by the form (docs/data.md): one a return and question, and what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask, unless_personal
from pipeline.read.sheets import Row, Sheet
from pipeline.read.values import WORDS, clean, count, day, header_key, header_text, kronor
from pipeline.year import Question

_READ: dict[str, Callable[[str], int | date | None]] = {"date": day, "money": kronor, "count": count}
_HEADERS = ("{}: {}", "{} [{}]", "{} - {}", "{}/{}", "{} (choice={})")  # the first is the one that messages ask for
_TEXT = "{}: {} (text)"
_NO_VALUE = re.compile(r"=[\w(+\-\"].*|#N/A|#[A-ZÅÄÖ0-9/]+[!?]", re.DOTALL)  # formulas and errors, which nobody wrote
_UNREAD = ("unreadable", "unknown_option", "split_unsure", "more_than_one")
_MANY = 3  # unreadable answers are a matter of the layout, not of some municipalities, from so many on
_MOST_PIECES = 100

Found = tuple[str, str | None, int | None]  # kind, value with personal data masked, row


@dataclass
class Answers:
    """What was read of one question, row by row. `values` go into a `column` of the store; `unread` is text that is
    none."""

    question: Question
    column: Literal["number", "day", "options", "text"]
    values: list[Any]
    unread: list[str | None]
    problems: list[Found]
    specified: list[tuple[int, str, str]] = field(default_factory=list)


def read_question(sheet: Sheet, question: Question) -> Answers | None:
    """Read one question; None when the export has no column for it. UnreadableInputError when it must have one."""
    if places := option_columns(sheet, question):
        return _from_option_columns(sheet, question, places)
    place = sheet.require(question.column) if question.required else sheet.at(question.column)
    return None if place is None else _from_column(sheet, question, sheet.texts(place))


def meaning_of(question: Question) -> Callable[[str], Any]:
    """What a cell of a question means, and the kinds of problems with it: two of the same meaning are read alike."""

    def meaning(text: str) -> Any:
        read = _from_column(Sheet("", 1, (question.column,), (Row(1, [text or None]),)), question, [text or None])
        return read.values, read.unread, [kind for kind, _, _ in read.problems if kind != "personal_data"]

    return meaning


def columns_of(question: Question) -> Iterator[str]:
    """Every header that a question may have in an export."""
    yield question.column
    for option in question.option:
        if question.kind == "multi":
            yield from (form.format(question.column, option.text.sv) for form in _HEADERS)
        if option.specify:
            yield _TEXT.format(question.column, option.text.sv)


def option_columns(sheet: Sheet, question: Question) -> dict[str, int]:
    """Return the places of the options' columns, where a question has one an option. UnreadableInputError when some are
    missing."""
    headers = {one.id: [form.format(question.column, one.text.sv) for form in _HEADERS] for one in question.option}
    places = {id_: sheet.at(*its) for id_, its in headers.items()} if question.kind == "multi" else {}
    if all(place is None for place in places.values()):
        return {}
    if sheet.at(question.column) is not None:
        problem = "the question stands twice, as one column and as one column an option"
        at: dict[str, Any] = {"file": sheet.file, "row": sheet.header_row, "column": question.column}
        raise UnreadableInputError(problem, **at, todo="remove one of the two")
    return {id_: sheet.require(headers[id_][0]) if place is None else place for id_, place in places.items()}


def _from_column(sheet: Sheet, question: Question, written: Sequence[str | None]) -> Answers:
    if question.kind in ("choice", "multi"):
        return _from_texts(sheet, question, written)
    none: list[str | None] = [None] * len(written)
    problems = list(_personal(sheet, written))
    if question.kind == "text":
        texts = [text and mask(text) for text in written]
        return Answers(question, "text", texts, none, [*problems, *_no_value(sheet, written)])
    values = [unless_personal(_READ[question.kind], text) if text else None for text in written]
    unread = [text and mask(text) if value is None else None for text, value in zip(written, values, strict=True)]
    problems += [("unreadable", text, row) for row, text in sheet.cells(unread)]
    column: Literal["day", "number"] = "day" if question.kind == "date" else "number"
    answers = Answers(question, column, values, unread, problems)
    return _once_if_most(answers, sum(map(bool, written)))


def _personal(sheet: Sheet, written: Sequence[str | None]) -> Iterator[Found]:
    """Cells with personal data, masked. What is masked is always found."""
    return (("personal_data", mask(text), row) for row, text in sheet.cells(written) if mask(text) != text)


def _no_value(sheet: Sheet, written: Sequence[str | None]) -> Iterator[Found]:
    return (("unreadable", mask(text), row) for row, text in sheet.cells(written) if _NO_VALUE.fullmatch(text))


def _once_if_most(answers: Answers, given: int, read: Collection[int | None] = ()) -> Answers:
    """Put one problem in the place of many when most of the answers given cannot be read; `read` are rows that were
    read in part. The unused amount has a rule of its own, as grave, for every row."""
    bad = {row for kind, _, row in answers.problems if kind in _UNREAD} - set(read)
    if answers.question.id != "unused_kr" and len(bad) >= _MANY and 2 * len(bad) > given:
        _, value, row = next(problem for problem in answers.problems if problem[0] in _UNREAD)
        left = [problem for problem in answers.problems if problem[0] not in _UNREAD]
        answers.problems = [*left, ("question_unreadable", value, row)]
    return answers


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
            mark = _is_chosen(text, own[option], elsewhere) if text else False
            if mark:
                chosen[at].append(option)
            elif mark is None:
                problems.append(("unreadable", mask(text or ""), sheet.rows[at].number))
    answers = Answers(question, "options", chosen, [None] * len(chosen), problems)
    given = sum(any(cells) for cells in zip(*columns.values(), strict=True))
    return _with_specified(sheet, question, _once_if_most(answers, given))


def _from_texts(sheet: Sheet, question: Question, written: Sequence[str | None]) -> Answers:
    known, order = _Options(question), [option.id for option in question.option]
    read: dict[str, _Parts] = {}
    answers = Answers(question, "options", [], [None] * len(written), list(_personal(sheet, written)))
    problems, commas = answers.problems, False
    for row, text in zip(sheet.rows, written, strict=True):
        if text is None:
            answers.values.append([])
            continue
        if text not in read:
            read[text] = known.read(text)
            if read[text].unknown or read[text].unsure or read[text].specified:  # a line break may cut what is personal
                read[text] = known.read(mask(text))
        parts, chosen = read[text], read[text].chosen
        if question.kind == "choice" and len(chosen) + len(parts.unknown) > 1:
            problems.append(("more_than_one", mask(text), row.number))
            chosen = []
        answers.values.append(sorted(chosen, key=order.index))
        answers.specified += [(row.number, option, mask(which)) for option, which in parts.specified if chosen]
        if parts.commas and not commas:
            commas = True
            problems.append(("split_by_comma", mask(text), row.number))
        problems.extend(("split_unsure", mask(part), row.number) for part in parts.unsure)
        problems.extend(("unknown_option", mask(part), row.number) for part in parts.unknown)
    read_rows = [row.number for row, chosen in zip(sheet.rows, answers.values, strict=True) if chosen]
    return _with_specified(sheet, question, _once_if_most(answers, sum(map(bool, written)), read_rows))


def _with_specified(sheet: Sheet, question: Question, answers: Answers) -> Answers:
    for option in question.option:
        header = _TEXT.format(question.column, option.text.sv)
        place = sheet.at(header) if option.specify else None
        if option.specify and place is None and any(option.id in chosen for chosen in answers.values):
            stands_behind_it = any(id_ == option.id for _, id_, _ in answers.specified)
            answers.problems += [] if stands_behind_it else [("missing_text", header, None)]
        written = sheet.texts(place)
        answers.specified += [(row, option.id, mask(text)) for row, text in sheet.cells(written)]
        answers.problems += [*_personal(sheet, written), *_no_value(sheet, written)]
    return answers


@dataclass
class _Parts:
    """What one cell of a question says: the options chosen, texts behind "which?", and what is no option."""

    chosen: list[str] = field(default_factory=list)
    specified: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)  # parts split by commas, some of which are options, but not all
    commas: bool = False  # true when options were split by commas


class _Options:
    """The options of a question, looked up by what people write."""

    def __init__(self, question: Question) -> None:
        self.is_multi = question.kind == "multi"
        self.by_key = {_option_key(option.text.sv): option.id for option in question.option}
        longest_first = sorted(question.option, key=lambda option: -len(option.text.sv))
        self.asking_which = [(_option_key(one.text.sv), one.id) for one in longest_first if one.specify]

    def find(self, part: str) -> tuple[str, str | None] | None:
        """Return the option that a part names, and the text behind "which?" if it stands there too."""
        if id_ := self.by_key.get(_option_key(part)):
            return id_, None
        tidy = header_text(part)
        for own, id_ in self.asking_which:
            rest = tidy[len(own) :].lstrip()
            if tidy.casefold().startswith(own) and rest[:1] in tuple(":(,–-") and (text := clean(rest.strip(":(),–-"))):
                return id_, text
        return None

    def read(self, text: str) -> _Parts:
        """Read a cell with the texts of options, split by ";" or line breaks, or by commas when that is sure."""
        read = _Parts()
        for piece in text.split(";"):  # a line break separates options, unless it stands inside the text of one
            for part in map(clean, [piece] if _option_key(piece) in self.by_key else piece.splitlines()):
                if part:
                    self._read_part(part, read)
        return read

    def _read_part(self, part: str, read: _Parts) -> None:
        found, pieces = self.find(part), part.split(",") if self.is_multi else []
        split = self._split(pieces) if not found and 1 < len(pieces) <= _MOST_PIECES else None
        read.commas |= split is not None
        if not found and split is None:
            (read.unsure if any(map(self.find, pieces)) else read.unknown).append(part)
        for option, which in [found] if found else split or ():
            read.chosen += [option] if option not in read.chosen else []
            read.specified += [(option, which)] if which else []

    def _split(self, pieces: Sequence[str]) -> list[tuple[str, str | None]] | None:
        """Join pieces between commas to options. None unless there is just one way that leaves nothing over."""
        ways: list[list[list[tuple[str, str | None]]]] = [[[]]]
        for end in range(1, len(pieces) + 1):
            found = [(start, self.find(",".join(pieces[start:end]))) for start in range(end)]
            ways.append([[*way, option] for start, option in found if option for way in ways[start]][:2])
        return ways[-1][0] if len(ways[-1]) == 1 else None


def _option_key(text: str) -> str:
    """Return what option texts are compared by: their words, whatever case, spaces or closing punctuation."""
    return header_key(text).rstrip(" .:")


def _is_chosen(text: str, own: str, elsewhere: bool) -> bool | None:
    """Return whether a cell in an option's own column says that it was chosen; None when it is not sure. `own`, the
    option's text, means so too; where it reads like a no, it is one only if columns of other options have it
    (`elsewhere`)."""
    word = header_key(text)
    if _option_key(text) == _option_key(own):
        return True if word not in WORDS["not_chosen"] else (False if elsewhere else None)
    return word in WORDS["chosen"] or (False if word in WORDS["not_chosen"] else None)
