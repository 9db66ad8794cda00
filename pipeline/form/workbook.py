"""The form for one municipality as a workbook: a question a row, its answer beside, lists to choose from, its checks.

Filled in, it is read as it is (read/one_by_one.py): the column of fields holds the headers of year.toml.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from textwrap import wrap
from typing import Any

from pipeline.declarations import Declarations, Sum
from pipeline.errors import UserError
from pipeline.files import write_bytes
from pipeline.language import day, listed
from pipeline.phrases import Phrases
from pipeline.year import Language, Option, Question, Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "form/words.toml")
UNUSED, USED = "unused_kr", "used_kr"
_CREATED = datetime(1980, 1, 1)  # a file says nothing of today
_WIDTHS = {"A": 44, "B": 44, "C": 34, "D": 34, "E": 34}
_LINE = 15  # points
_FIRST, _REQUISITIONED = 7, "$C$5"  # the first row of answers, and the cell of the amount that checks compare with
_LISTS = 8  # the first of the hidden columns with the lists to choose from
OF_ALL = ("all", "recipients")
"""Bases of which every municipality that gets the form is."""


@dataclass(frozen=True)
class _Field:
    """One row of the form: the question's words (once), the field as it is read, its help, its check as a formula."""

    question: str
    field: str
    help: str
    kind: str
    check: str = ""
    options: tuple[str, ...] = ()
    is_needed: bool = False


def write_form(rules: Year, declarations: Declarations, path: Path, language: Language) -> None:
    """Write the form of a year as .xlsx, the same bytes each time. UserError when the year has no questions."""
    from xlsxwriter import Workbook

    hold_questions(rules)
    content, title = io.BytesIO(), say(language, "form.title", grant=rules.grant.name[language], year=rules.year)
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(content, plain) as book:
        book.set_properties({"created": _CREATED, "title": title})
        looks: dict[str, Any] = {"text_wrap": True, "valign": "top"}
        text, bold = book.add_format(looks), book.add_format({**looks, "bold": True})
        answer = {**looks, "locked": False, "bg_color": "#FFF7D6", "border": 1}
        formats = {kind: book.add_format({**answer, "num_format": form}) for kind, form in _FORMATS.items()}
        red = book.add_format({**looks, "font_color": "#A4262C"})
        sheet = book.add_worksheet(say(language, "form.sheet"))
        for column, width in _WIDTHS.items():
            sheet.set_column(f"{column}:{column}", width)
        last = rules.grant.return_by
        above = [
            title,
            say(language, "form.how"),
            say(language, "form.until", day=day(last, language)) if last else "",
        ]
        across = book.add_format({"bold": True})  # no wrap: the cells to the right are empty
        for at, line in enumerate(above):
            sheet.write_string(at, 0, line, across if at == 0 else None)
        fields = list(_fields(rules, declarations, language))
        checks = f"E{_FIRST + 1}:E{_FIRST + len(fields)}"
        formula = f"=SUMPRODUCT(--(LEN({checks})>0))"
        sheet.write_string(3, 3, say(language, "form.left"), bold)
        sheet.write_formula(3, 4, formula, bold, sum(field.is_needed for field in fields))
        sheet.write_string(4, 0, say(language, "form.requisitioned"), text)
        sheet.write_blank(4, 2, None, formats["money"])
        sheet.data_validation(4, 2, 4, 2, _validation("money", language))
        for at, name in enumerate(("question", "field", "answer", "help", "check")):
            sheet.write_string(_FIRST - 1, at, say(language, f"head.{name}"), bold)
        for row, field in enumerate(fields, start=_FIRST):
            sheet.set_row(row, _LINE * max(map(_lines, (field.question, field.field, field.help), (40, 40, 30))))
            sheet.write_string(row, 0, field.question, bold)
            sheet.write_string(row, 1, field.field, text)
            sheet.write_blank(row, 2, None, formats[field.kind])
            sheet.write_string(row, 3, field.help, text)
            for at, option in enumerate(field.options if field.kind == "choice" else ()):
                sheet.write_string(row, _LISTS + at, option)  # a list in the rule itself holds 255 characters at most
            if validation := _validation(field.kind, language, row, len(field.options)):
                sheet.data_validation(row, 2, row, 2, validation)
            shown = say(language, "check.missing") if field.is_needed else ""
            if field.check:
                sheet.write_formula(row, 4, field.check.replace("{row}", str(row + 1)), red, shown)
        sheet.set_column(_LISTS, _LISTS + max(len(field.options) for field in fields), None, None, {"hidden": True})
        sheet.freeze_panes(_FIRST, 0)
        sheet.repeat_rows(_FIRST - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.protect("", {"format_columns": True, "format_rows": True})
    write_bytes(path, content.getvalue())


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column: not every spreadsheet finds the height of a row by itself."""
    return max(1, len(wrap(text, width)))


_FORMATS = {"money": "#,##0", "count": "0", "date": "yyyy-mm-dd", "choice": "@", "multi": "@", "text": "@"}


def hold_questions(rules: Year) -> None:
    """Raise UserError when a year has no form."""
    if not rules.question:
        raise UserError(f"raw/{rules.year}/year.toml: the form has no questions; add them, as [[question]]")


def say(language: Language, name: str, **words: object) -> str:
    """Return one of the form's phrases, filled in."""
    return WORDS(language, name, **words)


def sums_of(rules: Year, declarations: Declarations) -> list[Sum]:
    """Return the sums whose numbers the form of a year asks for."""
    asked = {question.id for question in rules.question} | {USED}
    return [one for one in declarations.sum if {*one.parts, one.of} <= asked]


def said_of(one: Sum, rules: Year, language: Language) -> str:
    """Say that a sum does not hold, with what the form calls its numbers."""
    called = {question.id: f"”{question.column}”" for question in rules.question}
    called[USED] = say(language, "check.used_kr")
    parts = listed([called[part] for part in one.parts], language)
    return say(language, "check.sum_at_most" if one.at_most else "check.sum", parts=parts, whole=called[one.of])


def _fields(rules: Year, declarations: Declarations, language: Language) -> Iterator[_Field]:
    sizes = [len(list(_fields_of(question, language, 0))) for question in rules.question]
    rows = dict(zip([question.id for question in rules.question], accumulate(sizes, initial=_FIRST + 1), strict=False))
    cells = {id_: f"$C${row}" for id_, row in rows.items()}
    cells[USED] = f"({_REQUISITIONED}-{cells[UNUSED]})" if UNUSED in cells else ""
    for question in rules.question:
        last = [one for one in sums_of(rules, declarations) if one.parts[-1] == question.id]
        checks = [(_is_wrong(one, cells), said_of(one, rules, language)) for one in last]
        yield from _fields_of(question, language, rows[question.id], checks)


def _is_wrong(one: Sum, cells: Mapping[str, str]) -> str:
    """Return a formula that is true where a sum does not hold, once all of its numbers are there."""
    whole = [_REQUISITIONED, cells[UNUSED]] if one.of == USED else [cells[one.of]]
    known = ",".join(f"ISNUMBER({cell})" for cell in [*(cells[part] for part in one.parts), *whole])
    total = "+".join(cells[part] for part in one.parts)
    return f"IF(AND({known}),{total}{'>' if one.at_most else '<>'}{cells[one.of]},FALSE)"


def _fields_of(
    question: Question, language: Language, row: int, more: Sequence[tuple[str, str]] = ()
) -> Iterator[_Field]:
    """Yield the rows of a question, the first of which is `row`: of several answers, one an option."""
    some = "" if question.asked in OF_ALL else say(language, "help.some")
    of_options = [(one, which) for one in question.option for which in (False, True)[: 1 + one.specify]]
    if question.kind != "multi":
        texts, help_ = tuple(one.text.sv for one in question.option), say(language, f"help.{question.kind}")
        check = _check(question, language, more)
        yield _Field(
            question.text[language], question.column, _listed(help_, some), question.kind, check,
            texts, _is_asked_of_all(question),
        )  # fmt: skip
        yield from (_which(question, one, f'$C${row}="{one.text.sv}"', language) for one, which in of_options if which)
        return
    own = {one.id: row + at for at, (one, which) in enumerate(of_options) if not which}
    chosen = "+".join(f'($C${at}="x")' for at in own.values())
    for at, (one, which) in enumerate(of_options):
        if which:
            yield _which(question, one, f'$C${own[one.id]}="x"', language)
            continue
        is_needed = at == 0 and _is_asked_of_all(question)
        checks = [(f'AND($C{{row}}="x",{chosen}>1)', "check.exclusive")] if one.exclusive else []
        checks += [(f"{chosen}=0", "check.missing")] if is_needed else []
        help_ = say(language, "help.exclusive" if one.exclusive else "help.multi")
        words = question.text[language] if at == 0 else ""
        in_english = "" if language == "sv" else one.text.en
        yield _Field(
            words, f"{question.column}: {one.text.sv}", _listed(help_, some if at == 0 else "", in_english), "multi",
            _formula(checks, language), ("x",), is_needed,
        )  # fmt: skip


def _which(question: Question, option: Option, chosen: str, language: Language) -> _Field:
    check = _formula([(f'AND($C{{row}}<>"",NOT({chosen}))', "check.which")], language)
    return _Field("", f"{question.column}: {option.text.sv} (text)", say(language, "help.which"), "text", check)


def _is_asked_of_all(question: Question) -> bool:
    """Return whether every municipality must answer; whom others are asked, their answers decide."""
    return question.required and question.asked in OF_ALL


def _listed(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _check(question: Question, language: Language, more: Sequence[tuple[str, str]] = ()) -> str:
    checks = []
    if _is_asked_of_all(question):
        checks.append(('$C{row}=""', "check.missing"))
    if question.kind in ("money", "count"):
        is_whole = "IF(ISNUMBER($C{row}),AND($C{row}>=0,$C{row}=INT($C{row})),FALSE)"
        checks.append((f'AND($C{{row}}<>"",NOT({is_whole}))', "check.whole"))
    if question.id == UNUSED:
        checks.append((f'AND(ISNUMBER($C{{row}}),{_REQUISITIONED}<>"",$C{{row}}>{_REQUISITIONED})', "check.above"))
    return _formula(checks, language, more)


def _formula(checks: list[tuple[str, str]], language: Language, more: Sequence[tuple[str, str]] = ()) -> str:
    """Return one formula: the words of the first check that finds something, else nothing. `more` have their words."""
    formula = '""'
    for condition, words in reversed([*((one, say(language, name)) for one, name in checks), *more]):
        said = words.replace('"', '""')
        formula = f'IF({condition},"{said}",{formula})'
    return f"={formula}" if checks or more else ""


def _validation(kind: str, language: Language, row: int = 0, options: int = 0) -> dict[str, Any]:
    """Return what a cell takes: an option of the list beside, x, a whole number, a day; a text is free."""
    from xlsxwriter.utility import xl_range_abs

    help_ = {"error_title": say(language, "head.check"), "error_message": say(language, f"help.{kind}")}
    if kind in ("money", "count"):
        return {"validate": "integer", "criteria": ">=", "value": 0, **help_}
    if kind == "date":
        return {"validate": "date", "criteria": ">=", "value": datetime(2000, 1, 1), **help_}
    if kind == "multi":
        return {"validate": "list", "source": ["x"], **help_}
    if kind == "choice":
        return {"validate": "list", "source": f"={xl_range_abs(row, _LISTS, row, _LISTS + options - 1)}", **help_}
    return {}
