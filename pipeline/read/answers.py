"""Columns of an export to answers, by the form (docs/data.md): one a return and question, and what cannot be read."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask, unless_personal
from pipeline.read.sheets import Sheet
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


class Reading(NamedTuple):
    """What a cell says: its value, text that is none, problems (kind, what of it), texts behind "which?" by option."""

    value: Any = None
    unread: str | None = None
    problems: Sequence[tuple[str, str]] = ()
    specified: Sequence[tuple[str, str]] = ()


@dataclass
class Answers:
    """What was read of one question, row by row; `unread` is text that is no value."""

    question: Question
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


def meaning_of(question: Question) -> Callable[[str], Reading]:
    """What a cell of a question means, and the kinds of problems with it: two of the same meaning are read alike."""
    read = _reader(question)

    def meaning(text: str) -> Reading:
        cell = read(text or None)
        problems, specified = [(kind, "") for kind, _ in cell.problems], [(option, "") for option, _ in cell.specified]
        return cell._replace(problems=problems, specified=specified)

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
    """Return the places of the options' columns, where each has one. UnreadableInputError when some are missing."""
    headers = {one.id: [form.format(question.column, one.text.sv) for form in _HEADERS] for one in question.option}
    places = {id_: sheet.at(*its) for id_, its in headers.items()} if question.kind == "multi" else {}
    if all(place is None for place in places.values()):
        return {}
    if sheet.at(question.column) is not None:
        problem = "the question stands twice, as one column and as one column an option"
        at: dict[str, Any] = {"file": sheet.file, "row": sheet.header_row, "column": question.column}
        raise UnreadableInputError(problem, **at, todo="remove one of the two")
    return {id_: sheet.require(headers[id_][0]) if place is None else place for id_, place in places.items()}


def _reader(question: Question) -> Callable[[str | None], Reading]:
    """Return what reads the cells of a question's own column."""
    if question.option:
        return cache(_Options(question).read)

    def read(text: str | None) -> Reading:
        if text is None:
            return Reading()
        if question.kind == "text":
            return Reading(mask(text), problems=[("unreadable", mask(text))] if _NO_VALUE.fullmatch(text) else [])
        value = unless_personal(_READ[question.kind], text)
        return Reading(None, mask(text), [("unreadable", mask(text))]) if value is None else Reading(value)

    return read


def _from_column(sheet: Sheet, question: Question, written: Sequence[str | None]) -> Answers:
    read = _reader(question)
    cells = [(row.number, read(text)) for row, text in zip(sheet.rows, written, strict=True)]
    found = [(kind, what, row) for row, cell in cells for kind, what in cell.problems]
    commas = [one for one in found if one[0] == "split_by_comma"][1:]  # once is enough
    problems: list[Found] = [*_personal(sheet, written), *(one for one in found if one not in commas)]
    answers = Answers(question, [cell.value for _, cell in cells], [cell.unread for _, cell in cells], problems)
    if question.kind == "text":
        return answers
    answers.specified = [(row, *one) for row, cell in cells for one in cell.specified]
    rows_read = [row for row, cell in cells if cell.value]
    return _with_specified(sheet, question, _once_if_most(answers, sum(map(bool, written)), rows_read))


def _personal(sheet: Sheet, written: Sequence[str | None]) -> Iterator[Found]:
    """Cells with personal data, masked. What is masked is always found."""
    return (("personal_data", mask(text), row) for row, text in sheet.cells(written) if mask(text) != text)


def _once_if_most(answers: Answers, given: int, read: Collection[int | None] = ()) -> Answers:
    """Put one problem in the place of many when most answers given cannot be read; `read`: rows read in part. The
    unused amount has a rule of its own, as grave, for every row."""
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
    answers = Answers(question, chosen, [None] * len(chosen), problems)
    given = sum(any(cells) for cells in zip(*columns.values(), strict=True))
    return _with_specified(sheet, question, _once_if_most(answers, given))


def _with_specified(sheet: Sheet, question: Question, answers: Answers) -> Answers:
    for option in question.option:
        header = _TEXT.format(question.column, option.text.sv)
        place = sheet.at(header) if option.specify else None
        if option.specify and place is None and any(option.id in chosen for chosen in answers.values):
            stands_behind_it = any(id_ == option.id for _, id_, _ in answers.specified)
            answers.problems += [] if stands_behind_it else [("missing_text", header, None)]
        written = sheet.texts(place)
        there = list(sheet.cells(written))
        answers.specified += [(row, option.id, mask(text)) for row, text in there]
        answers.problems += _personal(sheet, written)
        answers.problems += [("unreadable", mask(text), row) for row, text in there if _NO_VALUE.fullmatch(text)]
    return answers


class _Options:
    """The options of a question, looked up by what people write."""

    def __init__(self, question: Question) -> None:
        self.is_multi, self.order = question.kind == "multi", [option.id for option in question.option]
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

    def read(self, text: str | None) -> Reading:
        """Read a cell with the texts of options."""
        cell = self._read(text or "")
        # A line break may cut what is personal.
        return self._read(mask(text or "")) if cell.problems or cell.specified else cell

    def _read(self, text: str) -> Reading:
        """Split a cell by ";" or line breaks, or by commas when that is sure."""
        named, unsure, unknown, commas = list[tuple[str, str | None]](), list[str](), list[str](), False
        for piece in text.split(";"):  # a line break separates options, unless it stands inside the text of one
            for part in map(clean, [piece] if _option_key(piece) in self.by_key else piece.splitlines()):
                found, pieces = self.find(part or ""), (part or "").split(",") if self.is_multi else []
                split = self._split(pieces) if not found and 1 < len(pieces) <= _MOST_PIECES else None
                commas |= split is not None
                if part and not found and split is None:
                    (unsure if any(map(self.find, pieces)) else unknown).append(mask(part))
                named += [found] if found else split or []
        chosen = dict.fromkeys(option for option, _ in named)
        is_too_many = not self.is_multi and len(chosen) + len(unknown) > 1
        problems = [("more_than_one", mask(text))] if is_too_many else []
        problems += [("split_by_comma", mask(text))] if commas else []
        problems += [*(("split_unsure", part) for part in unsure), *(("unknown_option", part) for part in unknown)]
        values = [] if is_too_many else sorted(chosen, key=self.order.index)
        return Reading(values, None, problems, [(option, mask(which)) for option, which in named if which and values])

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
    """Return whether a cell in an option's own column says it was chosen; None when not sure. `own`, the option's text,
    means so too; where it reads like a no, only if columns of other options have it (`elsewhere`)."""
    word = header_key(text)
    if _option_key(text) == _option_key(own):
        return True if word not in WORDS["not_chosen"] else (False if elsewhere else None)
    return word in WORDS["chosen"] or (False if word in WORDS["not_chosen"] else None)
