"""The sample for the closer check as lists: review_sample.csv, and a workbook to tick the evidence off in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.language import alphabetical, brief
from pipeline.money.sample import Candidate, Chosen, evidence, risks
from pipeline.workbook import write_workbook
from pipeline.year import Year

_COLUMNS: dict[str, Any] = {
    "municipality_code": pl.String,
    "municipality": pl.String,
    "region": pl.String,
    "part": pl.String,
    "points": pl.Int64,
    "reasons": pl.String,
    "why": pl.String,
    "made_up_answers": pl.String,
    "evidence": pl.String,
    "ask_for": pl.String,
    "requisitioned_kr": pl.Int64,
    "used_kr": pl.Int64,
    "seed": pl.Int64,
}
_MADE_UP = " (bygger på påhittade svar)"
_AT_RANDOM = "Slumpvis vald"


def sample_list(chosen: Sequence[Chosen], year: Year, seed: int) -> pl.DataFrame:
    """Give a row a chosen municipality: in which part it is, for which reasons, and what to ask it for, in Swedish.

    `reasons` and `evidence` are ids. `made_up_answers` names the made-up questions that the reasons rest on.
    """
    rows = [_row(each, year, seed) for each in _sorted(chosen)]
    return pl.DataFrame(rows, _COLUMNS, orient="row")


def write_sample_workbook(
    chosen: Sequence[Chosen], candidates: Sequence[Candidate], year: Year, seed: int, path: Path
) -> None:
    """Write the workbook: the sample, the evidence a row each to tick off, the rules, and how the sample was drawn."""
    asked = [
        [each.of.municipality_code, each.of.row["municipality"], point.id, point.text.sv, "", ""]
        for each in _sorted(chosen)
        for point in evidence(each, year)
    ]
    columns = ("municipality_code", "municipality", "evidence", "ask_for", "received", "comment")
    made_up = any(reason.made_up for each in chosen for reason in each.of.reasons)
    sheets = {
        "sample": sample_list(chosen, year, seed),
        "evidence": pl.DataFrame(asked, dict.fromkeys(columns, pl.String), orient="row"),
        "rules": _rules(candidates, chosen),
        "drawn": _drawn(chosen, candidates, year, seed),
    }
    title = f"Review sample {year.year}" + (" – MADE-UP ANSWERS" if made_up else "")
    write_workbook(path, title, sheets, wide=("why", "ask_for", "text"))


def _row(each: Chosen, year: Year, seed: int) -> list[Any]:
    points = evidence(each, year)
    why = [brief(reason.text.sv) + (_MADE_UP if reason.made_up else "") for reason in each.of.reasons]
    made_up = sorted({question for reason in each.of.reasons for question in reason.made_up})
    return [
        each.of.municipality_code,
        each.of.row["municipality"],
        each.of.row["region"],
        each.part,
        each.of.points,
        "; ".join(reason.risk.id for reason in each.of.reasons),
        "; ".join([_AT_RANDOM, *why] if each.part == "random" else why),
        "; ".join(made_up),
        "; ".join(point.id for point in points),
        "; ".join(point.text.sv for point in points),
        each.of.row["requisitioned_kr"],
        each.of.row["used_kr"],
        seed,
    ]


def _rules(candidates: Sequence[Candidate], chosen: Sequence[Chosen]) -> pl.DataFrame:
    rows = [
        [
            risk.id,
            risk.measure,
            float(risk.at_least) if risk.at_least is not None else None,
            float(risk.at_most) if risk.at_most is not None else None,
            risk.points,
            sum(each.row[risk.measure] is not None for each in candidates),
            sum(_meets(each, risk.id) for each in candidates),
            sum(_meets(each.of, risk.id) for each in chosen),
            risk.text.sv,
        ]
        for risk in risks().risk
    ]
    limits = {"at_least": pl.Float64, "at_most": pl.Float64}
    counts = dict.fromkeys(("points", "known", "met", "chosen"), pl.Int64)
    columns: dict[str, Any] = {"rule": pl.String, "measure": pl.String, **limits, **counts, "text": pl.String}
    return pl.DataFrame(rows, columns, orient="row")


def _drawn(chosen: Sequence[Chosen], candidates: Sequence[Candidate], year: Year, seed: int) -> pl.DataFrame:
    rows = [
        ["grant year", year.year],
        ["seed", seed],
        ["municipalities that used money", len(candidates)],
        ["in the sample", len(chosen)],
        ["by risk", sum(each.part == "risk" for each in chosen)],
        ["at random", sum(each.part == "random" for each in chosen)],
        ["regions in the sample", len({each.of.region_code for each in chosen})],
    ]
    return pl.DataFrame(rows, {"what": pl.String, "number": pl.Int64}, orient="row")


def _meets(each: Candidate, rule: str) -> bool:
    return any(reason.risk.id == rule for reason in each.reasons)


def _sorted(chosen: Sequence[Chosen]) -> list[Chosen]:
    return sorted(chosen, key=lambda each: (alphabetical(each.of.row["municipality"]), each.of.municipality_code))
