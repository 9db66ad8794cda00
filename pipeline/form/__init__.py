"""The form that a municipality fills in, made from year.toml: a workbook, and a page that asks nobody for anything.

Filled in, the workbook is read as it is (read/returns.py): the column of fields holds the headers of year.toml.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

from pipeline.declarations import UNUSED, Declarations, Sum
from pipeline.errors import UserError
from pipeline.files import write_bytes, write_text
from pipeline.language import day, listed
from pipeline.markdown import with_own_scripts
from pipeline.model import Language
from pipeline.phrases import Phrases
from pipeline.workbook import CREATED
from pipeline.year import Option, Question, Year

__all__ = ["write_form", "write_page"]

_say = Phrases(Path(__file__).with_name("words.toml"), "form/words.toml")
_TEMPLATE = Path(__file__).with_name("page.html.j2")
_USED = "used_kr"
_LINE = 15  # points
_FIRST, _REQUISITIONED = 7, "$C$5"  # the first row of answers, and the cell of the amount that checks compare with
_LISTS = 8  # the first of the hidden columns with the lists to choose from
_OF_ALL = ("all", "recipients")  # bases of which every municipality that gets the form is
_FORMATS = {"money": "#,##0", "count": "0", "date": "yyyy-mm-dd", "choice": "@", "multi": "@", "text": "@"}
_WHOLE = 'AND($C{row}<>"",NOT(IF(ISNUMBER($C{row}),AND($C{row}>=0,$C{row}=INT($C{row})),FALSE)))'
_ABOVE = f'AND(ISNUMBER($C{{row}}),{_REQUISITIONED}<>"",$C{{row}}>{_REQUISITIONED})'

_Checks = list[tuple[str, str]]  # formulas that are true where something is wrong, and what is said then


@dataclass(frozen=True)
class _FormRow:
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

    content, (title, until) = io.BytesIO(), _above(rules, language)
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(content, plain) as book:
        book.set_properties({"created": CREATED, "title": title})
        looks: dict[str, Any] = {"text_wrap": True, "valign": "top"}
        text, bold = book.add_format(looks), book.add_format({**looks, "bold": True})
        answer = {**looks, "locked": False, "bg_color": "#FFF7D6", "border": 1}
        formats = {kind: book.add_format({**answer, "num_format": form}) for kind, form in _FORMATS.items()}
        red = book.add_format({**looks, "font_color": "#A4262C"})
        sheet = book.add_worksheet(_say(language, "form.sheet"))
        sheet.set_column("A:B", 44)
        sheet.set_column("C:E", 34)
        fields = list(_fields(rules, declarations, language))
        sheet.write_string("A1", title, book.add_format({"bold": True}))  # no wrap: the cells to the right are empty
        sheet.write_string("A2", _say(language, "form.how"))
        sheet.write_string("A3", until)
        sheet.write_string("D4", _say(language, "form.left"), bold)
        left, checks = sum(field.is_needed for field in fields), f"E{_FIRST + 1}:E{_FIRST + len(fields)}"
        sheet.write_formula("E4", f"=SUMPRODUCT(--(LEN({checks})>0))", bold, left)
        sheet.write_string("A5", _say(language, "form.requisitioned"), text)
        sheet.write_blank("C5", None, formats["money"])
        sheet.data_validation("C5", _validation("money", language))
        for at, name in enumerate(("question", "field", "answer", "help", "check")):
            sheet.write_string(_FIRST - 1, at, _say(language, f"head.{name}"), bold)
        for row, field in enumerate(fields, start=_FIRST):
            texts = zip((field.question, field.field, field.help), (40, 40, 30), strict=True)
            lines = max(len(wrap(its, width)) for its, width in texts)  # not every spreadsheet finds the height itself
            sheet.set_row(row, _LINE * max(1, lines))
            sheet.write_string(row, 0, field.question, bold)
            sheet.write_string(row, 1, field.field, text)
            sheet.write_blank(row, 2, None, formats[field.kind])
            sheet.write_string(row, 3, field.help, text)
            for at, option in enumerate(field.options if field.kind == "choice" else ()):
                sheet.write_string(row, _LISTS + at, option)  # a list in the rule itself holds 255 characters at most
            if validation := _validation(field.kind, language, row, len(field.options)):
                sheet.data_validation(row, 2, row, 2, validation)
            if field.check:
                shown = _say(language, "check.missing") if field.is_needed else ""
                sheet.write_formula(row, 4, field.check.replace("{row}", str(row + 1)), red, shown)
        sheet.set_column(_LISTS, _LISTS + max(len(field.options) for field in fields), None, None, {"hidden": True})
        sheet.freeze_panes(_FIRST, 0)
        sheet.repeat_rows(_FIRST - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.protect("", {"format_columns": True, "format_rows": True})
    write_bytes(path, content.getvalue())


def write_page(rules: Year, declarations: Declarations, path: Path, language: Language) -> None:
    """Write the form of a year as .html. UserError when the year has no questions."""
    from jinja2 import Environment, StrictUndefined

    title, until = _above(rules, language)
    of_base, words = {"of", "above_zero", "question", "answer"}, ("missing", "whole", "above", "exclusive", "which")
    data = {
        "questions": [_told(question, language) for question in rules.question],
        "bases": {one.id: one.model_dump(include=of_base) for one in declarations.base},
        "sums": [
            {"parts": one.parts, "of": one.of, "atMost": one.at_most, "say": _said_of(one, rules, language)}
            for one in _sums_of(rules, declarations)
        ],
        "say": {name: _say(language, f"check.{name}") for name in words}
        | {name: _say(language, f"page.{name}") for name in ("wrong", "saved")},
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        language=language,
        title=title,
        until=until,
        questions=rules.question,
        needed_of_all={one.id for one in rules.question if _is_asked_of_all(one)},
        say=lambda name: _say(language, name),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
    )
    write_text(path, with_own_scripts(page))


def _told(question: Question, language: Language) -> dict[str, Any]:
    """Return what the page's script knows of a question. Options are saved in Swedish, which is what is read."""
    how = {"exclusive", "specify"}
    options = [{"id": one.id, "text": one.text.sv, **one.model_dump(include=how)} for one in question.option]
    about = question.model_dump(include={"id", "kind", "asked", "required", "column"})
    return {**about, "text": question.text[language], "option": options}


def _above(rules: Year, language: Language) -> tuple[str, str]:
    """Return the form's title, and until when it is to be sent in. UserError when the year has no form."""
    if not rules.question:
        raise UserError(f"raw/{rules.year}/year.toml: the form has no questions; add them, as [[question]]")
    last, title = rules.grant.return_by, _say(language, "form.title", grant=rules.grant.name[language], year=rules.year)
    return title, _say(language, "form.until", day=day(last, language)) if last else ""


def _sums_of(rules: Year, declarations: Declarations) -> list[Sum]:
    """Return the sums whose numbers the form of a year asks for."""
    asked = {question.id for question in rules.question} | {_USED}
    return [one for one in declarations.sum if {*one.parts, one.of} <= asked]


def _said_of(one: Sum, rules: Year, language: Language) -> str:
    """Say that a sum does not hold, with what the form calls its numbers."""
    called = {question.id: f"”{question.column}”" for question in rules.question}
    called[_USED] = _say(language, "check.used_kr")
    parts = listed([called[part] for part in one.parts], language)
    return _say(language, "check.sum_at_most" if one.at_most else "check.sum", parts=parts, whole=called[one.of])


def _fields(rules: Year, declarations: Declarations, language: Language) -> Iterator[_FormRow]:
    """Yield the rows: one a question, or one an option of a question of several answers; after it those of texts."""
    rows, row = dict[str, int](), _FIRST + 1
    for question in rules.question:
        rows[question.id] = row
        row += len(question.option) if question.kind == "multi" else 1
        row += sum(option.specify for option in question.option)
    cells = {id_: f"$C${at}" for id_, at in rows.items()}
    cells[_USED] = f"({_REQUISITIONED}-{cells[UNUSED]})" if UNUSED in cells else ""
    for question in rules.question:
        wrong: _Checks = []
        for one in _sums_of(rules, declarations):
            if one.parts[-1] == question.id:  # what does not add up, once all of its numbers are there
                needed = [_REQUISITIONED, cells[UNUSED]] if one.of == _USED else [cells[one.of]]
                known = ",".join(f"ISNUMBER({cell})" for cell in [*(cells[part] for part in one.parts), *needed])
                total, differs = "+".join(cells[part] for part in one.parts), ">" if one.at_most else "<>"
                formula = f"IF(AND({known}),{total}{differs}{cells[one.of]},FALSE)"
                wrong.append((formula, _said_of(one, rules, language)))
        yield from _fields_of(question, language, rows[question.id], wrong)


def _fields_of(question: Question, language: Language, first: int, wrong: _Checks) -> Iterator[_FormRow]:
    """Yield the rows of a question, the first of which is `first`."""
    options, row = question.option, first
    rows = [first + at + sum(one.specify for one in options[:at]) for at in range(len(options))]
    chosen = "+".join(f'($C${at}="x")' for at in rows)
    parts: list[Option | None] = [*options] if question.kind == "multi" else [None]
    for one in parts:
        is_first, is_exclusive = row == first, bool(one and one.exclusive)
        is_needed, checks = is_first and _is_asked_of_all(question), _Checks()
        if is_exclusive:
            checks.append((f'AND($C{{row}}="x",{chosen}>1)', _say(language, "check.exclusive")))
        if is_needed:
            checks.append((f"{chosen}=0" if one else '$C{row}=""', _say(language, "check.missing")))
        if question.kind in ("money", "count"):
            checks.append((_WHOLE, _say(language, "check.whole")))
        if question.id == UNUSED:
            checks.append((_ABOVE, _say(language, "check.above")))
        help_ = _help(question if is_first else None, language, "exclusive" if is_exclusive else question.kind, one)
        words, name = question.text[language] if is_first else "", f"{question.column}: {one.text.sv}" if one else ""
        texts, formula = ("x",) if one else tuple(its.text.sv for its in options), _formula([*checks, *wrong])
        yield _FormRow(words, name or question.column, help_, question.kind, formula, texts, is_needed)
        which = [its for its in ([one] if one else options) if its.specify]
        for its in which:
            is_chosen = f'$C${row}="{"x" if one else its.text.sv}"'
            check = _formula([(f'AND($C{{row}}<>"",NOT({is_chosen}))', _say(language, "check.which"))])
            yield _FormRow("", f"{question.column}: {its.text.sv} (text)", _say(language, "help.which"), "text", check)
        row += 1 + len(which)


def _help(question: Question | None, language: Language, name: str, option: Option | None = None) -> str:
    """Return what helps in a field: how to answer, whether the question, given once, is for some, the English text."""
    some = _say(language, "help.some") if question and question.asked not in _OF_ALL else ""
    in_english = option.text.en if option and language == "en" else ""
    return "; ".join(filter(None, (_say(language, f"help.{name}"), some, in_english)))


def _is_asked_of_all(question: Question) -> bool:
    """Return whether every municipality must answer; whom others are asked, their answers decide."""
    return question.required and question.asked in _OF_ALL


def _formula(checks: Sequence[tuple[str, str]]) -> str:
    """Return one formula: the words of the first check that finds something, else nothing."""
    formula = '""'
    for condition, words in reversed(checks):
        said = words.replace('"', '""')
        formula = f'IF({condition},"{said}",{formula})'
    return f"={formula}" if checks else ""


def _validation(kind: str, language: Language, row: int = 0, options: int = 0) -> dict[str, Any]:
    """Return what a cell takes: an option of the list beside, x, a whole number, a day; a text is free."""
    from xlsxwriter.utility import xl_range_abs

    whole = {"validate": "integer", "criteria": ">=", "value": 0}
    beside = f"={xl_range_abs(row, _LISTS, row, _LISTS + options - 1)}" if kind == "choice" else ""
    taken: dict[str, dict[str, Any]] = {"money": whole, "count": whole}
    taken["date"] = {"validate": "date", "criteria": ">=", "value": datetime(2000, 1, 1)}
    taken |= {"multi": {"validate": "list", "source": ["x"]}, "choice": {"validate": "list", "source": beside}}
    help_ = {"error_title": _say(language, "head.check"), "error_message": _say(language, f"help.{kind}")}
    return taken[kind] | help_ if kind in taken else {}
