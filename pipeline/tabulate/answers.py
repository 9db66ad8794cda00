"""Tables that count answers: nationally, by region and by year, of declared and undeclared questions alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl

from pipeline.errors import UserError
from pipeline.store import query
from pipeline.tabulate.declare import Column, CountedRow, Declaration, RowLabel, with_labels
from pipeline.tabulate.table import Table
from pipeline.year import Text

HERE = Path(__file__).parent

_ASKED = "SELECT * FROM counted_questions WHERE year = $year ORDER BY position"
_OPTIONS = """
    SELECT question, option, exclusive, label_sv, label_en FROM options WHERE year = $year ORDER BY question, position
"""
_NEEDS: list[Any] = ["recipients", "returns"]
_REGION = [
    Column(id="region_code", kind="key"),
    Column(id="region", kind="text", width=24, label=Text(sv="Region", en="Region")),
]
_YEAR = [Column(id="year", kind="year", label=Text(sv="Bidragsår", en="Grant year"))]
_ANSWER = [
    Column(id="option", kind="key"),
    Column(id="label", kind="label", of="option", width=40, label=Text(sv="Svarsalternativ", en="Answer")),
    Column(id="count", kind="count", label=Text(sv="Antal kommuner", en="Municipalities")),
    Column(id="base", kind="count"),
    Column(id="percent", kind="percent", label=Text(sv="Andel kommuner", en="Share")),
]
_SHAPES = {
    "": (["option"], _ANSWER),
    "_by_region": (["region_code", "option"], _REGION + _ANSWER),
    "_by_year": (["year", "option"], _YEAR + _ANSWER),
}


class Form:
    """The questions of a year that can be counted, and their options."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, year: int) -> None:
        """Read them from the store."""
        self.questions = {row["question"]: row for row in query(connection, _ASKED, year=year).to_dicts()}
        self.options: dict[str, dict[str, tuple[Text, bool]]] = {}
        for question, option, exclusive, sv, en in query(connection, _OPTIONS, year=year).iter_rows():
            self.options.setdefault(question, {})[option] = (Text(sv=sv, en=en), exclusive)

    def rows(self, declared: Declaration) -> list[CountedRow]:
        """Give the rows of a table: the options of its question (its own words first), then the derived ones."""
        asked = self.options.get(declared.question or "", {})
        own = {each.id: each for each in declared.option}
        rows = []
        for id_ in (asked or own) if declared.question else ():
            label = own[id_].label if id_ in own else asked[id_][0]
            only_if_any = id_ in own and own[id_].only_if_any
            kind: Literal["option", "exclusive"] = "exclusive" if id_ in asked and asked[id_][1] else "option"
            rows.append(CountedRow(id_, label, declared.question or "", (id_,), kind, only_if_any))
        for row in declared.derived:
            question = row.question or declared.question or ""
            options = self.options.get(question, {})
            unknown = sorted(set(row.of) - set(options)) if options else []
            if unknown:
                raise UserError(f"tables.toml: row {row.id!r} of {declared.id!r}: {question!r} has no {unknown[0]!r}")
            any_of = tuple(row.of or (id_ for id_, (_, exclusive) in options.items() if not exclusive))
            rows.append(CountedRow(row.id, row.label, question, any_of, "derived"))
        return rows

    def has(self, declared: Declaration) -> bool:
        """Whether the year asks every question of a table."""
        return declared.questions <= set(self.questions)

    def complete(self, declared: Declaration) -> Declaration:
        """Say what the form knows about a declared table: base, remark, whether answers are made up."""
        asked = [self.questions[question] for question in sorted(declared.questions)]
        first = asked[0]
        note = declared.note or (Text(sv=first["note_sv"], en=first["note_en"]) if first["note_sv"] else None)
        return declared.model_copy(
            update={
                "base": declared.base or first["base"],
                "note": note,
                "several": declared.question is not None and first["kind"] == "multi",
                "synthetic": any(each["synthetic"] for each in asked),
                "coded": any(each["coded"] for each in asked),
            }
        )


def answer_tables(
    connection: duckdb.DuckDBPyConnection, year: int, declarations: Sequence[Declaration]
) -> Iterator[Table]:
    """Compute `<id>`, `<id>_by_region` and `<id>_by_year` of every declared table and of every other question asked."""
    form = Form(connection, year)
    chosen = [each for each in declarations if each.counts_answers and form.has(each)]
    told = {each.id for each in declarations if each.counts_answers}
    chosen += [
        Declaration(id=id_, question=id_, title=Text(sv=asked["text_sv"], en=asked["text_en"]))
        for id_, asked in form.questions.items()
        if id_ not in told
    ]
    if not chosen:
        return
    rows = {each.id: form.rows(each) for each in chosen}
    wanted = [
        {"table_id": table, "position": at, "option": row.option, "question": row.question, "any_of": list(row.any_of)}
        for table, each in rows.items()
        for at, row in enumerate(each)
    ]
    sql = (HERE / "answers.sql").read_text(encoding="utf-8")
    counts = query(connection, sql, year=year, wanted=wanted).partition_by("table_id", as_dict=True)
    for each in chosen:
        yield from _shapes(form.complete(each), rows[each.id], counts[each.id,], year)


def _shapes(declared: Declaration, rows: list[CountedRow], counts: pl.DataFrame, year: int) -> Iterator[Table]:
    """The three tables of one declaration."""
    empty = {row.option for row in rows if row.only_if_any}
    if empty:
        total = counts.filter(pl.col("year") == year, pl.col("place") == 0, pl.col("option").is_in(empty))
        left_out = total.filter(pl.col("count") == 0)["option"].to_list()
        counts = counts.filter(~pl.col("option").is_in(left_out))
    now, country = pl.col("year") == year, pl.col("place") == 0
    parts = {
        "": counts.filter(now, country),
        "_by_region": counts.filter(now, ~country).sort("place", "position"),
        "_by_year": counts.filter(country).sort("year", "position"),
    }
    printed = frozenset(counts.filter("printed")["year"])
    labels = [RowLabel(id=row.option, label=row.label) for row in rows]
    for suffix, (key, columns) in _SHAPES.items():
        each = declared.model_copy(
            update={"id": declared.id + suffix, "key": key, "column": columns, "option": labels, "needs": _NEEDS}
        )
        yield Table(each, with_labels(each, parts[suffix]), rows, printed_years=printed)
