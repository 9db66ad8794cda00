"""Two tables for every choice and multi question of the form, national and by region, without declaring them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipeline.store import query
from pipeline.tabulate.declare import Column, Declaration, RowLabel, with_labels
from pipeline.tabulate.table import Table
from pipeline.year import Text

HERE = Path(__file__).parent

_ASKED = """
    SELECT question, text_sv, text_en, synthetic, coded FROM questions
    WHERE year = $year AND answered AND kind IN ('choice', 'multi') ORDER BY position
"""
_OPTIONS = "SELECT question, option, label_sv, label_en FROM options WHERE year = $year ORDER BY question, position"

_REGION = [
    Column(id="region_code", kind="key"),
    Column(id="region", kind="text", width=24, label=Text(sv="Region", en="Region")),
]
_ANSWER = [
    Column(id="option", kind="key"),
    Column(id="label", kind="label", of="option", width=40, label=Text(sv="Svarsalternativ", en="Answer")),
    Column(id="count", kind="count", label=Text(sv="Antal kommuner", en="Municipalities")),
    Column(id="base", kind="count"),
    Column(id="percent", kind="percent", label=Text(sv="Andel kommuner", en="Share")),
]


def question_tables(connection: duckdb.DuckDBPyConnection, year: int) -> Iterator[Table]:
    """Compute `<question>` and `<question>_by_region` of every question that the returns have a column for."""
    words: dict[str, list[RowLabel]] = {}
    for question, option, sv, en in query(connection, _OPTIONS, year=year).iter_rows():
        words.setdefault(question, []).append(RowLabel(id=option, label=Text(sv=sv, en=en)))
    asked = query(connection, _ASKED, year=year).rows()
    for suffix, key, columns in (
        ("", ["option"], _ANSWER),
        ("_by_region", ["region_code", "option"], _REGION + _ANSWER),
    ):
        sql = (HERE / f"questions{suffix}.sql").read_text(encoding="utf-8")
        counts = query(connection, sql, year=year).partition_by("question", as_dict=True, include_key=False)
        for question, sv, en, synthetic, coded in asked:
            title = Text(sv=sv, en=en)
            declared = Declaration(
                id=f"{question}{suffix}",
                key=key,
                title=title,
                column=columns,
                option=words[question],
                synthetic=synthetic,
                coded=coded,
            )
            yield Table(declared, with_labels(declared, counts[question,]))
