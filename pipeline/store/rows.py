"""The rows of every table, as what they count: of the questions of a year's form, and of the declared measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl
from duckdb import DuckDBPyConnection as Connection

from pipeline.declarations import ALL, UNUSED, Column, ColumnKind, Declaration, Declarations, Measure, RowLabel
from pipeline.errors import UserError
from pipeline.model import Text
from pipeline.store import query

NOT_ANSWERED: Final = "not_answered"
"""The row of those in the base of a question who did not answer it, where there are any. It is in no CSV file."""
USAGE_DEGREE = "usage_degree"  # what is counted as the answers to a question are, and is none
MEASURES = "measures"  # the table_id of declared measures in the view `contributions`
TIMES = {"percent": 100, "tenths": 1000}
"""What a share is multiplied by, by unit, before it is rounded to a whole number."""
_ASKED = "SELECT * FROM counted_questions WHERE year = $year ORDER BY position"
_OPTIONS = """
    SELECT question, option, exclusive, label_sv, label_en, short_sv, short_en, in_text_sv, in_text_en
    FROM options WHERE year = $year ORDER BY question, position
"""
_NUMBERS = "SELECT * FROM questions WHERE year = $year AND answered ORDER BY position"
_CONTRIBUTIONS = Path(__file__).with_name("contributions.sql")


@dataclass(frozen=True)
class CountedRow:
    """A row of a table of answers: its question, and the options any of which is enough (None: no answer at all)."""

    option: str
    label: Text
    question: str
    any_of: tuple[str, ...] | None
    kind: Literal["option", "exclusive", "derived", "not_answered"] = "option"
    only_if_any: bool = False
    short: Text | None = None
    in_text: Text | None = None


@dataclass(frozen=True)
class Form:
    """The questions of a year that can be counted, and the options of each: what it is called, whether exclusive."""

    questions: Mapping[str, Mapping[str, Any]]
    options: Mapping[str, Mapping[str, tuple[RowLabel, bool]]] = field(default_factory=dict)

    def rows(self, declared: Declaration) -> Iterator[CountedRow]:
        """Yield the rows of a table: its question's options (its own words first), the silent, the derived ones."""
        asked = self.options.get(declared.question or "", {})
        own = {option.id: option for option in declared.option}
        for id_ in (asked or own) if declared.question else ():
            one = own[id_] if id_ in own else asked[id_][0]
            kind: Literal["option", "exclusive"] = "exclusive" if id_ in asked and asked[id_][1] else "option"
            named = (one.only_if_any, one.short, one.in_text)
            yield CountedRow(id_, one.label, declared.question or "", (id_,), kind, *named)
        if declared.question and (label := declared.not_answered):
            yield CountedRow(NOT_ANSWERED, label, declared.question, None, NOT_ANSWERED, only_if_any=True)
        for id_, question in self.questions.items() if declared.every_question else ():
            if not question["coded"] and id_ not in (UNUSED, USAGE_DEGREE):
                yield CountedRow(id_, Text(sv=question["text_sv"], en=question["text_en"]), id_, None)
        for row in declared.derived:
            of = row.question or declared.question or ""
            not_exclusive = (id_ for id_, (_, exclusive) in self.options.get(of, {}).items() if not exclusive)
            yield CountedRow(row.id, row.label, of, tuple(row.of or not_exclusive), "derived")

    def check(self, declared: Declaration) -> None:
        """Raise UserError when a derived row names an option that is not there, or an option has an id of ours."""
        if NOT_ANSWERED in self.options.get(declared.question or "", {}):
            raise UserError(f"question {declared.question!r}: {NOT_ANSWERED!r} is kept for those who did not answer")
        for row in declared.derived:
            question = row.question or declared.question or ""
            if unknown := sorted(set(row.of) - set(self.options.get(question, row.of))):
                raise UserError(f"tables.toml: row {row.id!r} of {declared.id!r}: {question!r} has no {unknown[0]!r}")

    def counted(self, declarations: Declarations) -> list[Declaration]:
        """Return the year's tables of answers, declared or not, with what the form says of each: base, remark …"""
        declared = [table for table in declarations.table if table.counts_answers]
        told = {table.id for table in declared}
        undeclared = [
            Declaration(id=id_, question=id_, title=_title(asked))
            for id_, asked in self.questions.items()
            if id_ not in told and asked["kind"] in ("choice", "multi")
        ]
        return [
            self._complete(table, declarations)
            for table in [*declared, *undeclared]
            if table.questions <= set(self.questions) and any(self.rows(table))
        ]

    def _complete(self, declared: Declaration, declarations: Declarations) -> Declaration:
        asked = [self.questions[question] for question in sorted(declared.questions or self.questions)]
        first, is_of_all = asked[0], declared.every_question
        known = {
            "base": declared.base or (None if is_of_all else first["base"]),
            "note": declared.note or Text.of(first, "note"),
            "several": declared.question is not None and first["kind"] == "multi",
            "synthetic": not is_of_all and any(question["synthetic"] for question in asked),
            "coded": any(question["coded"] for question in asked),
            "not_answered": None if declared.question == USAGE_DEGREE else declarations.not_answered,
        }
        return declared.model_copy(update=known)


def _title(question: Mapping[str, Any]) -> Text:
    return Text.of(question, "short") or Text.both(lambda lang: question[f"text_{lang}"])


def read_form(connection: Connection, year: int) -> Form:
    """Return the form of a year as the store has it."""
    options: dict[str, dict[str, tuple[RowLabel, bool]]] = {}
    for row in query(connection, _OPTIONS, year=year).iter_rows(named=True):
        words = {name: Text.of(row, name) for name in ("label", "short", "in_text")}
        named = RowLabel.model_validate({"id": row["option"], **words})
        options.setdefault(row["question"], {})[row["option"]] = (named, row["exclusive"])
    return Form({row["question"]: row for row in query(connection, _ASKED, year=year).to_dicts()}, options)


def complete(connection: Connection, year: int, declarations: Declarations) -> Declarations:
    """Return what is declared and, for each question about a number that no measure counts, its measures and tables."""
    counted = {amount for measure in declarations.measure for amount in (*measure.amounts, *measure.stated)} | {UNUSED}
    asked = query(connection, _NUMBERS, year=year).to_dicts()
    left = [one for one in asked if one["kind"] in ("money", "count") and one["question"] not in counted]
    measures = [measure for question in left for measure in _measures(declarations, question)]
    tables = [table for question in left if declarations.number for table in _tables(declarations, question)]
    both = {"measure": [*declarations.measure, *measures], "table": [*declarations.table, *tables]}
    return declarations.model_copy(update=both)


def _measures(declarations: Declarations, question: Mapping[str, Any]) -> list[Measure]:
    id_, unit = question["question"], "kr" if question["kind"] == "money" else "count"
    how: dict[str, dict[str, Any]] = {
        "sum": {"base": ALL, "amounts": [id_]},
        "stated": {"base": ALL, "stated": [id_], "unit": "count"},
        "mean": {"plus": [f"{id_}_sum"], "whole": f"{id_}_stated"},
        "median": {"plus": [f"{id_}_sum"], "median": True},
    }
    words, same = {one.id: one for one in declarations.number}, {"unit": unit, "asked": [id_], "figure": False}
    return [
        Measure(**{"id": f"{id_}_{name}", "label": words[name].label, "text": words[name].text, **same, **made})
        for name, made in how.items()
        if name in words
    ]


def _tables(declarations: Declarations, question: Mapping[str, Any]) -> Iterator[Declaration]:
    id_ = question["question"]
    kind: ColumnKind = "kr" if question["kind"] == "money" else "count"
    same: dict[str, Any] = {"title": _title(question), "needs": ["recipients", "returns"], "asked": [id_]}
    figures = [f"{id_}_{one.id}" for one in declarations.number]
    columns = declarations.columns_of("figures")
    yield Declaration(id=id_, by="figure", figures=figures, key=["figure"], column=columns, **same)
    numbers = [
        Column(id=one.id, kind="count" if one.id == "stated" else kind, measure=f"{id_}_{one.id}", label=one.label)
        for one in declarations.number
    ]
    for axis in declarations.axis:
        group = [Column(id=axis.code, kind="key"), Column(id=axis.name, kind="text", width=24, label=axis.label)]
        yield Declaration(id=f"{id_}_by_{axis.id}", by=axis.id, key=[axis.code], column=[*group, *numbers], **same)


def answer_rows(form: Form, declarations: Declarations) -> dict[str, list[CountedRow]]:
    """Return the rows of every table of answers of a year, by table."""
    return {table.id: list(form.rows(table)) for table in form.counted(declarations)}


def declare_rows(
    connection: Connection,
    answers: Mapping[str, Sequence[CountedRow]],
    measures: Sequence[Measure],
    temporary: bool = False,
) -> None:
    """Make the view `contributions` give what municipalities contribute to these rows; `temporary`: not in the file."""
    none: dict[str, Any] = {"question": None, "any_of": [], "plus": [], "minus": [], "whole": None, "median": False}
    rows = [
        none
        | {"table_id": table, "row": row.option, "position": at, "times": 100, "question": row.question}
        | {"any_of": None if row.any_of is None else list(row.any_of)}
        for table, its in answers.items()
        for at, row in enumerate(its)
    ]
    rows += [
        none
        | {"table_id": MEASURES, "row": one.id, "position": at, "times": TIMES.get(one.unit, 1)}
        | {"plus": one.terms, "minus": one.minus, "whole": one.whole, "median": one.median}
        for at, one in enumerate(measures)
    ]
    schema: dict[str, Any] = dict.fromkeys(("table_id", "row", "question", "whole"), pl.String)
    schema |= dict.fromkeys(("any_of", "plus", "minus"), pl.List(pl.String))
    schema |= {"position": pl.Int64, "times": pl.Int64, "median": pl.Boolean}
    connection.register("frame", pl.DataFrame(rows, schema=schema))
    sql = _CONTRIBUTIONS.read_text(encoding="utf-8")
    if temporary:
        connection.execute("CREATE OR REPLACE TEMP TABLE declared_rows AS FROM frame")
        connection.execute(sql.replace("CREATE VIEW", "CREATE OR REPLACE TEMP VIEW"))
    else:
        connection.execute("INSERT INTO declared_rows BY NAME FROM frame")
        connection.execute(sql)
    connection.unregister("frame")
