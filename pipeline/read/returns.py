"""The returns of a year, read by its form: who sent what, every answer, and what could not be read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import UnreadableInputError
from pipeline.read.answers import Answers, columns_of, read_question
from pipeline.read.mask import mask
from pipeline.read.names import NAMED, PLACE, named
from pipeline.read.sheets import Sheet, header_key, read_sheet
from pipeline.read.values import moment
from pipeline.year import Year

_RETURNS: dict[str, Any] = {"recipient": pl.String, **NAMED, "submitted_on": pl.Datetime, **PLACE}
_ANSWERS: dict[str, Any] = {
    "row": pl.Int64,
    "question": pl.String,
    "number": pl.Int64,
    "day": pl.Date,
    "options": pl.List(pl.String),
    "text": pl.String,
}
_SPECIFIED: dict[str, Any] = {"row": pl.Int64, "question": pl.String, "option": pl.String, "text": pl.String}
_PROBLEMS: dict[str, Any] = {"kind": pl.String, "field": pl.String, "value": pl.String, **PLACE}


def read_returns(path: Path, shown_as: str, rules: Year) -> dict[str, pl.DataFrame]:
    """Read the returns into frames: returns, answers, specified (texts behind "which?"), questions, options, problems.

    UnreadableInputError when the file cannot be read or lacks a column that the form requires.
    """
    if rules.column("recipient") is None:
        raise UnreadableInputError("cannot be read without the question 'recipient' in year.toml", file=shown_as)
    sheet = read_sheet(path, shown_as, [column for question in rules.question for column in columns_of(question)])
    read = {question.id: read_question(sheet, question) for question in rules.question}
    answered = [answers for answers in read.values() if answers]
    rows = [row.number for row in sheet.rows]
    problems = [
        {"kind": kind, "field": answers.question, "value": value, "row": row}
        for answers in answered
        for kind, value, row in answers.problems
    ]
    problems += [
        {"kind": "unknown_column", "field": None, "value": name, "row": None} for name in _unknown(sheet, rules)
    ]
    problems += [
        {"kind": "missing_column", "field": question.id, "value": question.column, "row": None}
        for question in rules.question
        if read[question.id] is None
    ]
    return {
        "returns": _sent(sheet, rules),
        "answers": pl.concat([_frame(rows, answers) for answers in answered]),
        "specified": pl.DataFrame(
            [(row, answers.question, option, text) for answers in answered for row, option, text in answers.specified],
            schema=_SPECIFIED,
            orient="row",
        ),
        "problems": pl.DataFrame([each | {"file": sheet.file} for each in problems], schema=_PROBLEMS, orient="row"),
        **form_frames(rules, {answers.question for answers in answered}),
    }


def form_frames(rules: Year, answered: Collection[str]) -> dict[str, pl.DataFrame]:
    """The form as frames: its questions, `answered` when the returns have a column for it, and its options."""
    asked = [
        {
            "question": each.id,
            "position": position,
            "kind": each.kind,
            "asked": each.asked,
            "text_sv": each.text.sv,
            "text_en": each.text.en,
            "note_sv": each.note and each.note.sv,
            "note_en": each.note and each.note.en,
            "comparable": each.comparable,
            "required": each.required,
            "answered": each.id in answered,
            "synthetic": each.id in rules.grant.synthetic,
        }
        for position, each in enumerate(rules.question)
    ]
    options = [
        {
            "question": question.id,
            "option": option.id,
            "position": position,
            "label_sv": option.text.sv,
            "label_en": option.text.en,
            "exclusive": option.exclusive,
        }
        for question in rules.question
        for position, option in enumerate(question.option)
    ]
    return {
        "questions": pl.DataFrame(asked, infer_schema_length=None),
        "options": pl.DataFrame(options, infer_schema_length=None),
    }


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
        }
        for row, name, text in zip(sheet.rows, senders, moments, strict=True)
    ]
    return pl.DataFrame(records, schema=_RETURNS, orient="row")


def _unknown(sheet: Sheet, rules: Year) -> list[str]:
    known = {header_key(column) for question in rules.question for column in columns_of(question)}
    return [mask(header) for header in sheet.header if header and header_key(header) not in known]
