"""A sample for the closer check: part by declared risk rules, part at random by a seed, spread over the regions."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, model_validator

from pipeline.check import Finding
from pipeline.language import alphabetical, brief, number
from pipeline.letters.words import of_rule
from pipeline.money.letters import WORDS
from pipeline.money.year_store import OpenYear
from pipeline.paths import REPORTS
from pipeline.workbook import write_workbook
from pipeline.year import Identifier, Model, Point, Text, Year, read_model

_LIST = [
    *("municipality_code", "municipality", "region", "part", "points", "reasons", "why", "made_up_answers"),
    *("evidence", "ask_for", "requisitioned_kr", "used_kr", "seed"),
]
_TEXTS = pl.List(pl.String)


class Risk(Model):
    """A risk rule: a measure at its limit or beyond."""

    id: Identifier
    points: Annotated[int, Field(gt=0)]
    measure: Identifier
    at_least: float | int | None = None
    at_most: float | int | None = None
    rests_on: list[Identifier]
    evidence: list[Identifier]
    text: Text

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"risk {self.id!r}: one of at_least and at_most")
        return self

    def is_met(self, value: float | None) -> bool:
        """Return whether a measure is at the limit or beyond. What is not known meets nothing."""
        if value is None:
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


class Risks(Model):
    """The whole of risks.toml."""

    size: Annotated[int, Field(gt=0)]
    risk_percent: Annotated[int, Field(ge=0, le=100)]
    points_off_a_region: Annotated[int, Field(ge=0)]
    risk: list[Risk]


@cache
def risks() -> Risks:
    """Return the project's risk rules. UserError when reports/risks.toml does not hold."""
    return read_model(REPORTS / "risks.toml", Risks, "reports/risks.toml")


def read_candidates(year: OpenYear, findings: Iterable[Finding]) -> pl.DataFrame:
    """Return those who used money, in the order of the Swedish alphabet: the columns of risks.sql, and reasons.

    `findings` counts critical findings and warnings, `points` are those of all rules that are met, `reasons` their ids,
    `why` the same in Swedish, `made_up` the made-up questions that they rest on.
    """
    of_one: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity != "info" and finding.municipality_code:
            of_one[finding.municipality_code].append(finding)
    rows = year.rows((REPORTS / "risks.sql").read_text(encoding="utf-8"))
    synthetic = set(year.rules.grant.synthetic)
    met = [_reasons(row, of_one[row["municipality_code"]], synthetic) for row in rows.iter_rows(named=True)]
    return rows.with_columns(
        findings=pl.Series([len(of_one[code]) for code in rows["municipality_code"]], dtype=pl.Int64),
        points=pl.Series([sum(risk.points for risk, _, _ in reasons) for reasons in met], dtype=pl.Int64),
        reasons=pl.Series([[risk.id for risk, _, _ in reasons] for reasons in met], dtype=_TEXTS),
        why=pl.Series([[text for _, text, _ in reasons] for reasons in met], dtype=_TEXTS),
        made_up=pl.Series([sorted({one for _, _, ids in reasons for one in ids}) for reasons in met], dtype=_TEXTS),
    )


def draw(candidates: pl.DataFrame, seed: int, size: int, rules: Risks | None = None) -> pl.DataFrame:
    """Draw a sample: rows of the candidates, with `part`: `risk` or `random`. Their order has no say, only the seed.

    By risk: most points first, less what each one chosen already takes off the others of its region. At random: from
    the regions with fewest chosen. Where that is equal, and in the random part, a hash of seed and code decides.
    """
    rules = rules or risks()
    rows = candidates.select("municipality_code", "region_code", "points").iter_rows()
    left = {code: (region, points) for code, region, points in rows}
    lot = {code: hashlib.sha256(f"{seed}/{code}".encode()).hexdigest() for code in left}
    parts: dict[str, str] = {}
    in_region: Counter[str] = Counter()

    def by_risk(code: str) -> tuple[int, str]:
        region, points = left[code]
        return in_region[region] * rules.points_off_a_region - points, lot[code]

    def at_random(code: str) -> tuple[int, str]:
        return in_region[left[code][0]], lot[code]

    while left and len(parts) < size:
        risky = [code for code, (_, points) in left.items() if points]
        is_by_risk = bool(risky) and 100 * len(parts) < size * rules.risk_percent
        code = min(risky, key=by_risk) if is_by_risk else min(left, key=at_random)
        parts[code] = "risk" if is_by_risk else "random"
        in_region[left.pop(code)[0]] += 1
    kinds = {"municipality_code": pl.String, "part": pl.String}
    return pl.DataFrame(list(parts.items()), kinds, orient="row").join(
        candidates, on="municipality_code", maintain_order="left"
    )


def sample_list(chosen: pl.DataFrame, year: Year, seed: int) -> pl.DataFrame:
    """Return review_sample.csv, a row a chosen municipality: in which part it is, why, and what to ask it for.

    `reasons` and `evidence` are ids, `why` and `ask_for` the same in Swedish.
    """
    asked = [_evidence(part, reasons, year) for part, reasons in chosen.select("part", "reasons").iter_rows()]
    at_random = pl.when(pl.col("part") == "random").then(pl.lit([WORDS("sv", "sample.at_random")], _TEXTS))
    return (
        chosen.with_columns(
            reasons=pl.col("reasons").list.join("; "),
            why=pl.concat_list(at_random.otherwise(pl.lit([], _TEXTS)), "why").list.join("; "),
            made_up_answers=pl.col("made_up").list.join("; "),
            evidence=pl.Series(["; ".join(point.id for point in points) for points in asked], dtype=pl.String),
            ask_for=pl.Series(["; ".join(point.text.sv for point in points) for points in asked], dtype=pl.String),
            seed=pl.lit(seed, pl.Int64),
        )
        .select(_LIST)
        .sort(pl.col("municipality").map_elements(alphabetical, return_dtype=pl.String), "municipality_code")
    )


def write_sample_workbook(chosen: pl.DataFrame, candidates: pl.DataFrame, year: Year, seed: int, path: Path) -> None:
    """Write the workbook: the sample, the evidence a row each to tick off, the rules, and how the sample was drawn."""
    sample = sample_list(chosen, year, seed)
    texts = {point.id: point.text.sv for point in year.grant.evidence}
    asked = [
        [code, name, point, texts[point], "", ""]
        for code, name, points in sample.select("municipality_code", "municipality", "evidence").iter_rows()
        for point in points.split("; ")
        if point
    ]
    columns = ("municipality_code", "municipality", "evidence", "ask_for", "received", "comment")
    sheets = {
        "sample": sample,
        "evidence": pl.DataFrame(asked, dict.fromkeys(columns, pl.String), orient="row"),
        "rules": _rules(candidates, chosen),
        "drawn": _drawn(chosen, candidates, year, seed),
    }
    title = f"Review sample {year.year}" + (" – MADE-UP ANSWERS" if chosen["made_up"].list.len().sum() else "")
    write_workbook(path, title, sheets, wide=("why", "ask_for", "text"))


def times_met(candidates: pl.DataFrame, risk: Risk) -> int:
    """Return how many meet a rule."""
    return int(candidates["reasons"].list.contains(risk.id).sum())


def _reasons(
    row: Mapping[str, Any], findings: Sequence[Finding], synthetic: set[str]
) -> list[tuple[Risk, str, set[str]]]:
    """Return the rules that a row meets, each in Swedish and with the made-up questions that it rests on."""
    titles = ", ".join(of_rule(rule).title.sv for rule in dict.fromkeys(finding.rule for finding in findings))
    measured = {**row, "findings": len(findings), "finding_titles_sv": titles}
    shown = {name: number(value, "sv") if isinstance(value, int) else value for name, value in measured.items()}
    reasons = []
    for risk in risks().risk:
        if risk.is_met(measured[risk.measure]):
            fields = {finding.field for finding in findings} if risk.measure == "findings" else set(risk.rests_on)
            text = brief(risk.text.sv.format(**shown))
            made_up = fields & synthetic
            reasons.append((risk, WORDS("sv", "sample.made_up", reason=text) if made_up else text, made_up))
    return reasons


def _evidence(part: str, reasons: Sequence[str], year: Year) -> list[Point]:
    """Return what to ask a municipality for: what its reasons call for, or everything when it was drawn at random."""
    wanted = {point for risk in risks().risk if risk.id in reasons for point in risk.evidence}
    return [point for point in year.grant.evidence if part == "random" or point.id in wanted]


def _rules(candidates: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {
            "rule": risk.id,
            "measure": risk.measure,
            "at_least": risk.at_least,
            "at_most": risk.at_most,
            "points": risk.points,
            "known": candidates[risk.measure].count(),
            "met": times_met(candidates, risk),
            "chosen": times_met(chosen, risk),
            "text": risk.text.sv,
        }
        for risk in risks().risk
    ]
    texts, limits = dict.fromkeys(("rule", "measure"), pl.String), dict.fromkeys(("at_least", "at_most"), pl.Float64)
    counts = dict.fromkeys(("points", "known", "met", "chosen"), pl.Int64)
    kinds: dict[str, Any] = {**texts, **limits, **counts, "text": pl.String}
    return pl.DataFrame(rows, kinds, strict=False)


def _drawn(chosen: pl.DataFrame, candidates: pl.DataFrame, year: Year, seed: int) -> pl.DataFrame:
    rows = [
        ["grant year", year.year],
        ["seed", seed],
        ["municipalities that used money", len(candidates)],
        ["in the sample", len(chosen)],
        ["by risk", len(chosen.filter(part="risk"))],
        ["at random", len(chosen.filter(part="random"))],
        ["regions in the sample", chosen["region_code"].n_unique()],
    ]
    return pl.DataFrame(rows, {"what": pl.String, "number": pl.Int64}, orient="row")
