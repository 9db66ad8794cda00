"""Corrections that are ready to be filled in: of each finding its snippet of TOML, and of all of them a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import Finding
from pipeline.check.findings import in_order
from pipeline.errors import TO_FILL_IN
from pipeline.language import brief
from pipeline.letters import words
from pipeline.mask import mask, visible
from pipeline.read.corrections import FIELDS, NAME, Correction
from pipeline.workbook import BLANK, write_workbook
from pipeline.year import Language, Year

_WIDTHS = {"reason": 320, "found": 220, "corrected": 220, "why": 320}
_WHY = "why"
_MARKS = ("ignored", "confirmed")


def ready(finding: Finding, year: Year) -> dict[str, Any] | None:
    """Return what a correction of a finding names: file, row, field, found; None when nothing of it can be corrected.

    `ignored` is true when what is to be decided is whether the row counts.
    """
    rule, known = words.of_rule(finding.rule), {question.id for question in year.question} | FIELDS | {NAME}
    if finding.row is None or finding.field not in known or rule.fix == "none" or rule.reminder:
        return None
    place = {"file": finding.file.removeprefix(f"raw/{year.year}/"), "row": finding.row}
    if rule.fix == "row":
        return {**place, "field": NAME, "found": brief(finding.recipient or ""), "ignored": True}
    # A value that was worked out does not stand in any cell: what does is to be filled in.
    return {
        **place,
        "field": finding.field,
        "found": None if rule.value_label else words.value(finding, year, "sv") or "",
    }


def snippet(finding: Finding, year: Year) -> str | None:
    """Return the lines of corrections.toml to fill in; None when nothing of the finding can be corrected."""
    correction = ready(finding, year)
    if correction is None:
        return None
    decided = {} if "ignored" in correction else {"corrected": TO_FILL_IN}
    correction["found"] = TO_FILL_IN if correction["found"] is None else correction["found"]
    given = {**correction, **decided, "reason": TO_FILL_IN, "who": TO_FILL_IN, "when": TO_FILL_IN}
    lines = (visible(f"{name} = {json.dumps(value, ensure_ascii=False)}") for name, value in given.items())
    return "\n".join(["[[correction]]", *lines])


def write_ready(
    findings: Sequence[Finding], made: Iterable[Correction], year: Year, language: Language, path: Path
) -> None:
    """Write the workbook: the corrections that there are, and below a row for each finding, to be filled in.

    It is read as corrections.xlsx in the folder of the year; a row that nobody fills in counts for nothing.
    """
    rows, blank = list[dict[str, Any]](), BLANK[language == "en"]
    for correction in made:
        given = correction.model_dump()
        given |= {name: blank for name in ("found", "corrected") if given[name] == ""}
        rows.append({name: mask(value) if isinstance(value, str) else value for name, value in given.items()})
    of_cell: dict[tuple[object, ...], dict[str, Any]] = {}
    for finding in in_order(findings):
        if finding.severity != "info" and (named := ready(finding, year)):
            named.pop("ignored", None)
            named["found"] = blank if named["found"] == "" else named["found"]
            row = of_cell.setdefault(tuple(named.values()), {**named, "municipality": words.municipality(finding)})
            row[_WHY] = "; ".join(filter(None, [row.get(_WHY), words.message(finding, language)]))
    rows += of_cell.values()
    columns = dict.fromkeys((*Correction.model_fields, _WHY), pl.String) | {"row": pl.Int64, "when": pl.Date}
    marked = [row | {mark: "x" if row.get(mark) else None for mark in _MARKS} for row in rows]
    frame = pl.DataFrame(marked, columns, orient="row")
    title = words.PHRASES(language, "page.corrections", year=year.year)
    write_workbook(path, title, {"corrections": frame}, language, widths=_WIDTHS)
