"""The returns of a year, read by its form: who sent what, every answer, and what could not be read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.declarations import UNUSED
from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.answers import Answers, columns_of, has_option_columns, meaning_of, read_question
from pipeline.read.corrections import Column, Correction, Made, correct, correct_options, names_in
from pipeline.read.headers import header_key
from pipeline.read.names import NAMED, PLACE, named
from pipeline.read.problems import Problem, problem_frame, unread_columns
from pipeline.read.sheets import Row, Sheet, read_sheet
from pipeline.read.unfinished import finished, looking_unfinished
from pipeline.read.values import kronor, moment
from pipeline.register import match
from pipeline.year import Text, Year

_RETURNS: dict[str, Any] = {"recipient": pl.String, **NAMED, "submitted_on": pl.Datetime, **PLACE}
_RETURNS |= {"file_row": pl.Int64}
_ANSWERS: dict[str, Any] = {
    "row": pl.Int64,
    "question": pl.String,
    "number": pl.Int64,
    "day": pl.Date,
    "options": pl.List(pl.String),
    "text": pl.String,
}
_HEADER_WORDS = frozenset({"response", "open-ended response", "svar", "öppet svar", "fritextsvar"})
_IMPORTED = '{"importid"'  # of a survey tool's third header row
_SPECIFIED: dict[str, Any] = {"row": pl.Int64, "question": pl.String, "option": pl.String, "text": pl.String}


def read_returns(
    path: Path, shown_as: str, rules: Year, corrections: Sequence[Correction] = ()
) -> tuple[dict[str, pl.DataFrame], Made]:
    """Read the returns into frames: returns, answers, specified (texts behind "which?"), questions, options, problems.

    Corrections are put in before anything is read; what became of them is given back. UnreadableInputError when the
    file cannot be read, or lacks a column that the form requires.
    """
    return frames_of(returns_sheet(path, shown_as, rules), rules, corrections)


def returns_sheet(path: Path, shown_as: str, rules: Year, *, or_form: bool = False) -> Sheet:
    """Read the file as a table of text, or as one form (`or_form`) that was filled in.

    UnreadableInputError when it has no header of the form, or nothing below.
    """
    if rules.column("recipient") is None:
        raise UnreadableInputError("cannot be read without the question 'recipient' in year.toml", file=shown_as)
    required = [question.column for question in rules.question if question.required and question.kind != "multi"]
    return read_sheet(path, shown_as, _columns(rules), required, or_form=or_form)


def frames_of(
    sheet: Sheet, rules: Year, corrections: Sequence[Correction] = ()
) -> tuple[dict[str, pl.DataFrame], Made]:
    """Read a table of returns as `read_returns` does."""
    columns, complete_when = _columns(rules), rules.returns.complete_when
    sheet, problems = _without_second_header(sheet, rules)
    if complete_when:
        sheet, left_out = finished(sheet, complete_when)
        problems += left_out
    else:
        problems += looking_unfinished(sheet, columns)
    names = names_in(sheet, sheet.require(rules.column("recipient") or ""))
    sheet, made = _corrected(sheet, rules, corrections)
    read = {question.id: read_question(sheet, question) for question in rules.question}
    sender = sheet.texts(sheet.require(rules.column("recipient") or ""))
    for question in rules.question:
        if has_option_columns(sheet, question) and (answers := read[question.id]):
            wanted = [correction for correction in corrections if correction.field == question.id]
            made.extend(correct_options(sheet, sender, names, answers, wanted, meaning_of(question)))
    answered = [answers for answers in read.values() if answers]
    rows = [row.number for row in sheet.rows]
    problems += [(kind, answers.question, value, row) for answers in answered for kind, value, row in answers.problems]
    several = {question.column: question.id for question in rules.question if question.kind == "multi"}
    problems += unread_columns(sheet, columns, several)
    problems += [
        ("missing_column", question.id, question.column, None)
        for question in rules.question
        if read[question.id] is None
    ]
    frames = {
        "returns": _sent(sheet, rules),
        "answers": pl.concat([_frame(rows, answers) for answers in answered]),
        "specified": pl.DataFrame(
            [(row, answers.question, option, text) for answers in answered for row, option, text in answers.specified],
            schema=_SPECIFIED,
            orient="row",
        ),
        "problems": problem_frame(sheet, problems),
        **form_frames(rules, {answers.question for answers in answered}),
    }
    return frames, made


def _columns(rules: Year) -> list[str]:
    asked = [column for question in rules.question for column in columns_of(question)]
    return [*asked, *rules.returns.complete_when]


def _without_second_header(sheet: Sheet, rules: Year) -> tuple[Sheet, list[Problem]]:
    """Leave out rows straight under the header that are header too, as survey tools write for options and texts."""
    words = {
        header_key(word)
        for question in rules.question
        for word in (question.column, question.text.sv, question.text.en)
    }
    words |= {header_key(option.text.sv) for question in rules.question for option in question.option} | _HEADER_WORDS
    sender, headers = sheet.require(rules.column("recipient") or ""), list[Row]()
    for row in sheet.rows:
        cells = [header_key(cell) for cell in row.cells if cell]
        hits = sum(cell in words or cell.startswith(_IMPORTED) for cell in cells)
        if 2 * hits < len(cells) or any(map(kronor, cells)) or match(row.cells[sender] or "").municipality_code:
            break
        headers.append(row)
    if not headers or len(headers) == len(sheet.rows):
        return sheet, []
    first = next(cell for cell in headers[0].cells if cell)
    left = replace(sheet, rows=sheet.rows[len(headers) :])
    return left, [("second_header", None, mask(first), headers[0].number)]


def _corrected(sheet: Sheet, rules: Year, corrections: Sequence[Correction]) -> tuple[Sheet, Made]:
    columns = {
        question.id: Column(place, meaning_of(question), question.kind == "multi")
        for question in rules.question
        if (place := sheet.at(question.column)) is not None
    }
    of_options = {question.id for question in rules.question if has_option_columns(sheet, question)}
    wanted = [one for one in corrections if one.field not in of_options]
    return correct(sheet, sheet.require(rules.column("recipient") or ""), columns, wanted)


def form_frames(rules: Year, answered: Collection[str], coded: bool = False) -> dict[str, pl.DataFrame]:
    """The form as frames: its questions, `answered` when the returns have a column for it, and its options.

    Free text that is coded by hand is a question more, `<question>_themes`, answered when there is a themes.csv.
    """
    asked = [
        {
            "question": each.id,
            "kind": each.kind,
            "asked": each.asked,
            "text_sv": each.text.sv,
            "text_en": each.text.en,
            **_both("short", each.short),
            **_both("note", each.note),
            "told": "named" if each.id in ("recipient", UNUSED) else each.told,
            "comparable": each.comparable,
            "required": each.required,
            "answered": each.id in answered,
            "synthetic": each.id in rules.grant.synthetic,
            "coded": False,
        }
        for each in rules.question
    ]
    themed = {theme.question for theme in rules.theme}
    asked += [
        each
        | {
            "question": f"{each['question']}_themes",
            "kind": "multi",
            "answered": coded,
            "required": False,
            "coded": True,
        }
        for each in asked
        if each["question"] in themed
    ]
    options = [
        {
            "question": question.id,
            "option": option.id,
            **_both("label", option.text),
            **_both("short", option.short),
            **_both("in_text", option.in_text),
            "exclusive": option.exclusive,
        }
        for question in rules.question
        for option in question.option
    ]
    options += [
        {
            "question": f"{theme.question}_themes",
            "option": theme.id,
            **_both("label", theme.text),
            **_both("short", None),
            **_both("in_text", None),
            "exclusive": False,
        }
        for theme in rules.theme
    ]
    return {
        "questions": pl.DataFrame(asked, infer_schema_length=None).with_row_index("position"),
        "options": pl.DataFrame(options, infer_schema_length=None).with_row_index("position"),
    }


def _both(name: str, text: Text | None) -> dict[str, str | None]:
    """Return words as two columns."""
    return {f"{name}_sv": text.sv if text else None, f"{name}_en": text.en if text else None}


def _frame(rows: list[int], answers: Answers) -> pl.DataFrame:
    # Lists go in as joined text and are split by polars: a list for each row, made one by one, takes most of the time.
    joined = [None if chosen is None else ";".join(chosen) for chosen in answers.options]
    columns = {"row": rows, "number": answers.number, "day": answers.day, "options": joined, "text": answers.text}
    schema = {name: kind for name, kind in _ANSWERS.items() if name != "question"} | {"options": pl.String}
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return (
        pl.DataFrame(columns, schema=schema)
        .with_columns(
            options=pl.when(pl.col("options") == "").then(nothing).otherwise(pl.col("options").str.split(";"))
        )
        .select("row", pl.lit(answers.question).alias("question"), "number", "day", "options", "text")
    )


def _sent(sheet: Sheet, rules: Year) -> pl.DataFrame:
    senders = sheet.texts(sheet.require(rules.column("recipient") or ""))
    sent = rules.column("submitted_on")
    moments = sheet.texts(sheet.at(sent)) if sent else [None] * len(sheet.rows)
    known: dict[str | None, dict[str, Any]] = {name: named(name) for name in set(senders)}
    records = [
        {
            "recipient": mask(name or ""),
            **known[name],
            "submitted_on": moment(text or ""),
            "file": sheet.file,
            "row": row.number,
            "file_row": row.number,
        }
        for row, name, text in zip(sheet.rows, senders, moments, strict=True)
    ]
    return pl.DataFrame(records, schema=_RETURNS, orient="row")
