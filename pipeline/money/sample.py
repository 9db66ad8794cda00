"""`aterrapport review-sample`: whom to check more closely, part by declared risk rules, part at random by a seed."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

import polars as pl
from pydantic import Field, model_validator

from pipeline.check import Finding
from pipeline.errors import UserError
from pipeline.files import put_in_place, staged, write_csv
from pipeline.language import alphabetical, brief, number
from pipeline.letters import of_rule
from pipeline.model import Identifier, Model, Text, read_model
from pipeline.money.years import WORDS, open_year, say_status_next, told
from pipeline.paths import REPORTS, Workspace
from pipeline.workbook import write_workbook
from pipeline.year import Year

_LIST = """
    municipality_code municipality region part points reasons why made_up_answers evidence ask_for requisitioned_kr
    used_kr seed
"""
_EVIDENCE = "municipality_code municipality evidence ask_for received comment"
_RULES = "rule measure at_least at_most points known met chosen text"
_WHOLE = ("points", "requisitioned_kr", "used_kr", "seed", "known", "met", "chosen", "number")
_PLACEHOLDER = re.compile(r"\{\w+\}")


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

    def times_met(self, rows: pl.DataFrame) -> int:
        """Return how many rows have the rule among their reasons."""
        return int(rows["reasons"].list.contains(self.id).sum())


class Risks(Model):
    """The whole of risks.toml."""

    size: Annotated[int, Field(gt=0)]
    risk_percent: Annotated[int, Field(ge=0, le=100)]
    points_off_a_region: Annotated[int, Field(ge=0)]
    risk: list[Risk]


@cache
def _risks() -> Risks:
    """Return the project's risk rules. UserError when reports/risks.toml does not hold."""
    return read_model(REPORTS / "risks.toml", Risks, "reports/risks.toml")


def review_sample(year: int, seed: int, size: int | None, workspace: Workspace) -> None:
    """Draw the sample of a year: write list and workbook. UserError with nothing but findings written."""
    size = _risks().size if size is None else size
    if size < 1:
        raise UserError(f"--size {size}: expected 1 or more")
    sql = (REPORTS / "risks.sql").read_text(encoding="utf-8")
    with open_year(year, workspace, "the sample", sql) as (rules, used, findings):
        candidates = _candidates(used, findings(), set(rules.grant.synthetic))
    chosen = draw(candidates, seed, size, _risks())
    sample = _list(chosen, rules, seed)
    path, workbook = workspace.made(year) / "review_sample.csv", workspace.out / str(year) / "review_sample.xlsx"
    with staged(workspace.processed) as stage:
        _write_workbook(sample, chosen, candidates, rules, seed, stage / workbook.name)
        write_csv(sample, stage / path.name)
        put_in_place({workbook: stage / workbook.name, path: stage / path.name})
    facts = {"chosen": chosen, "candidates": candidates, "grant": rules.grant, "risks": _risks().risk}
    print(told("sample", seed=seed, **facts), path, workbook, sep="\n")
    say_status_next(year, workspace)


def _candidates(used: pl.DataFrame, findings: Iterable[Finding], synthetic: set[str]) -> pl.DataFrame:
    """Return those who used money, in the order of the Swedish alphabet: the columns of risks.sql, and reasons.
    `findings` counts critical findings and warnings, `points` are those of all rules that are met, `reasons` their ids,
    `why` the same in Swedish, `made_up` the made-up questions that they rest on."""
    of_one: dict[str | None, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity != "info":
            of_one[finding.municipality_code].append(finding)
    met = [_reasons(row, of_one[row["municipality_code"]], synthetic) for row in used.iter_rows(named=True)]
    kinds = dict.fromkeys(("findings", "points"), pl.Int64)
    texts = dict.fromkeys(("reasons", "why", "made_up"), pl.List(pl.String))
    return used.hstack(pl.DataFrame(met, {**kinds, **texts}))


def _reasons(row: Mapping[str, Any], findings: Sequence[Finding], synthetic: set[str]) -> dict[str, Any]:
    """Return the rules that a row meets: see `_candidates`."""
    titles = ", ".join(of_rule(rule).title.sv for rule in dict.fromkeys(finding.rule for finding in findings))
    measured = {**row, "findings": len(findings), "finding_titles_sv": titles}
    shown = {name: number(value, "sv") if isinstance(value, int) else value for name, value in measured.items()}
    met = [risk for risk in _risks().risk if risk.is_met(measured[risk.measure])]
    why, made_up = list[str](), set[str]()
    for risk in met:
        fields = {finding.field for finding in findings} if risk.measure == "findings" else set(risk.rests_on)
        text = brief(risk.text.sv.format(**shown))
        why.append(WORDS("sv", "sample.made_up", reason=text) if fields & synthetic else text)
        made_up |= fields & synthetic
    points, ids = sum(risk.points for risk in met), [risk.id for risk in met]
    return {"findings": len(findings), "points": points, "reasons": ids, "why": why, "made_up": sorted(made_up)}


def draw(candidates: pl.DataFrame, seed: int, size: int, rules: Risks) -> pl.DataFrame:
    """Draw a sample: rows of the candidates, with `part`: `risk` or `random`. Their order has no say, only the seed. By
    risk: most points first, less what each one chosen already takes off the others of its region. At random: from the
    regions with fewest chosen. Where that is equal, and in the random part, a hash of seed and code decides."""
    rows = candidates.select("municipality_code", "region_code", "points").iter_rows()
    left = {code: (region, points) for code, region, points in rows}
    parts: dict[str, str] = {}
    in_region: Counter[str] = Counter()

    def rank(code: str, by_risk: bool) -> tuple[int, str]:
        region, points = left[code]
        first = in_region[region] * rules.points_off_a_region - points if by_risk else in_region[region]
        return first, hashlib.sha256(f"{seed}/{code}".encode()).hexdigest()

    while left and len(parts) < size:
        risky = [code for code, (_, points) in left.items() if points]
        by_risk = bool(risky) and 100 * len(parts) < size * rules.risk_percent
        code = min(risky if by_risk else left, key=lambda one: rank(one, by_risk))
        parts[code] = "risk" if by_risk else "random"
        in_region[left.pop(code)[0]] += 1
    drawn = pl.DataFrame(list(parts.items()), _kinds("municipality_code part"), orient="row")
    return drawn.join(candidates, on="municipality_code", maintain_order="left")


def _kinds(columns: str) -> dict[str, Any]:
    known = dict.fromkeys(_WHOLE, pl.Int64) | dict.fromkeys(("at_least", "at_most"), pl.Float64)
    return {name: known.get(name, pl.String) for name in columns.split()}


def _list(chosen: pl.DataFrame, year: Year, seed: int) -> pl.DataFrame:
    """Return review_sample.csv, a row a chosen municipality: in which part it is, why, and what to ask it for.
    `reasons` and `evidence` are ids, `why` and `ask_for` the same in Swedish. Who was drawn at random is asked for
    everything, others for what their reasons call for."""
    calls_for = {risk.id: set(risk.evidence) for risk in _risks().risk}
    rows = []
    for row in chosen.iter_rows(named=True):
        at_random, wanted = row["part"] == "random", set[str]().union(*(calls_for[reason] for reason in row["reasons"]))
        points = [point for point in year.grant.evidence if at_random or point.id in wanted]
        listed = {
            "reasons": row["reasons"],
            "why": [*([WORDS("sv", "sample.at_random")] if at_random else []), *row["why"]],
            "made_up_answers": row["made_up"],
            "evidence": [point.id for point in points],
            "ask_for": [point.text.sv for point in points],
        }
        rows.append({**row, **{name: "; ".join(texts) for name, texts in listed.items()}, "seed": seed})
    rows.sort(key=lambda row: (alphabetical(row["municipality"]), row["municipality_code"]))
    return pl.DataFrame(rows, _kinds(_LIST))


def _write_workbook(
    sample: pl.DataFrame, chosen: pl.DataFrame, candidates: pl.DataFrame, year: Year, seed: int, path: Path
) -> None:
    """Write the workbook: the sample, the evidence a row each to tick off, the rules, and how the sample was drawn."""
    texts = {point.id: point.text.sv for point in year.grant.evidence}
    asked = [
        [code, name, point, texts[point], "", ""]
        for code, name, points in sample["municipality_code", "municipality", "evidence"].iter_rows()
        for point in filter(None, points.split("; "))
    ]
    rules = [
        (
            *(risk.id, risk.measure, risk.at_least, risk.at_most, risk.points, candidates[risk.measure].count()),
            *(risk.times_met(candidates), risk.times_met(chosen), _PLACEHOLDER.sub("N", risk.text.sv)),
        )
        for risk in _risks().risk
    ]
    drawn = {"grant_year": year.year, "seed": seed, "candidates": len(candidates), "chosen": len(chosen)}
    drawn |= {"by_risk": len(chosen.filter(part="risk")), "by_lot": len(chosen.filter(part="random"))}
    drawn["regions"] = chosen["region_code"].n_unique()
    said = [(WORDS("sv", f"sample.{name}"), number) for name, number in drawn.items()]
    sheets = {
        "sample": sample,
        "evidence": pl.DataFrame(asked, _kinds(_EVIDENCE), orient="row"),
        "rules": pl.DataFrame(rules, _kinds(_RULES), strict=False, orient="row"),
        "drawn": pl.DataFrame(said, _kinds("what number"), orient="row"),
    }
    title = WORDS("sv", "sample.title", year=year.year, made_up=chosen["made_up"].list.len().sum() > 0)
    write_workbook(path, title, sheets, "sv", wide=("why", "ask_for", "text"))
