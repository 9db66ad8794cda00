"""Questions about a number that no measure counts: the measures and tables that follow of the form alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.declarations import ALL, UNUSED, Declarations, Measure
from pipeline.declared_tables import Column, ColumnKind, Declaration
from pipeline.model import Text


def with_numbers(declarations: Declarations, questions: Sequence[Mapping[str, Any]]) -> Declarations:
    """Return what is declared and, for each question about a number that no measure counts, its measures and tables.

    `questions` are rows of the store's table of that name.
    """
    counted = {amount for measure in declarations.measure for amount in (*measure.amounts, *measure.stated)} | {UNUSED}
    left = [one for one in questions if one["kind"] in ("money", "count") and one["question"] not in counted]
    measures = [measure for question in left for measure in _measures(declarations, question)]
    tables = [table for question in left if declarations.number for table in _tables(declarations, question)]
    return declarations.model_copy(
        update={"measure": [*declarations.measure, *measures], "table": [*declarations.table, *tables]}
    )


def _measures(declarations: Declarations, question: Mapping[str, Any]) -> list[Measure]:
    id_, unit = question["question"], "kr" if question["kind"] == "money" else "count"
    words = {one.id: one for one in declarations.number}
    how: dict[str, dict[str, Any]] = {
        "sum": {"base": ALL, "amounts": [id_]},
        "stated": {"base": ALL, "stated": [id_], "unit": "count"},
        "mean": {"plus": [f"{id_}_sum"], "whole": f"{id_}_stated"},
        "median": {"plus": [f"{id_}_sum"], "median": True},
    }
    same = {"unit": unit, "asked": [id_], "figure": False}
    return [
        Measure(**{"id": f"{id_}_{name}", "label": words[name].label, "text": words[name].text, **same, **made})
        for name, made in how.items()
        if name in words
    ]


def _tables(declarations: Declarations, question: Mapping[str, Any]) -> list[Declaration]:
    id_, title = question["question"], Text.of(question, "short") or Text.of(question, "text")
    kind: ColumnKind = "kr" if question["kind"] == "money" else "count"
    figures = [f"{id_}_{one.id}" for one in declarations.number]
    same: dict[str, Any] = {"title": title, "needs": ["recipients", "returns"], "asked": [id_]}
    made = [
        Declaration(
            id=id_, by="figure", figures=figures, key=["figure"], column=declarations.columns_of("figures"), **same
        )
    ]
    numbers = [
        Column(id=one.id, kind="count" if one.id == "stated" else kind, measure=f"{id_}_{one.id}", label=one.label)
        for one in declarations.number
    ]
    for axis in declarations.axis:
        group = [Column(id=axis.code, kind="key"), Column(id=axis.name, kind="text", width=24, label=axis.label)]
        columns: dict[str, Any] = {"key": [axis.code], "column": [*group, *numbers]}
        made.append(Declaration(id=f"{id_}_by_{axis.id}", by=axis.id, **columns, **same))
    return made
