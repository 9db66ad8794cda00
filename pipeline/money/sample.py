"""A sample for the closer check: part by declared risk rules, part at random by a seed, spread over the regions."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from pipeline.check import Finding
from pipeline.errors import UserError
from pipeline.language import number
from pipeline.letters.words import of_rule
from pipeline.money.opened import Opened
from pipeline.paths import REPORTS
from pipeline.year import Identifier, Language, Model, Point, Text, Year, read_model


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
        """Tell whether a measure is at the limit or beyond. What is not known meets nothing."""
        if value is None:
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)


class Risks(Model):
    """The whole of risks.toml."""

    size: Annotated[int, Field(gt=0)]
    risk_percent: Annotated[int, Field(ge=0, le=100)]
    points_off_a_region: Annotated[int, Field(ge=0)]
    risk: list[Risk]


@dataclass(frozen=True)
class Reason:
    """A risk rule that a municipality meets, in words, and the made-up questions that it rests on."""

    risk: Risk
    text: Text
    made_up: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A municipality that used money, with what it is measured by and the reasons to look closer."""

    municipality_code: str
    region_code: str
    row: dict[str, Any]
    reasons: tuple[Reason, ...] = ()

    @property
    def points(self) -> int:
        """Points of all rules that it meets."""
        return sum(reason.risk.points for reason in self.reasons)


@dataclass(frozen=True)
class Chosen:
    """A municipality in the sample: by risk or at random."""

    of: Candidate
    part: Literal["risk", "random"]


@cache
def risks() -> Risks:
    """Return the project's risk rules. UserError when reports/risks.toml does not hold."""
    return read_model(REPORTS / "risks.toml", Risks, "reports/risks.toml")


def read_candidates(year: Opened, findings: Iterable[Finding]) -> list[Candidate]:
    """Give those who used money, each with its reasons, in the order of the Swedish alphabet."""
    of_one: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.severity != "info" and finding.municipality_code:
            of_one[finding.municipality_code].append(finding)
    rows = year.rows((REPORTS / "risks.sql").read_text(encoding="utf-8")).iter_rows(named=True)
    return [_candidate(row, of_one[row["municipality_code"]], year.rules) for row in rows]


def draw(candidates: Sequence[Candidate], seed: int, size: int, rules: Risks | None = None) -> list[Chosen]:
    """Draw a sample. The same seed gives the same one, whatever order the candidates come in.

    By risk: most points first, less what each one chosen already takes off the others of its region. At random: from
    the regions with fewest chosen. Where that is equal, and in the random part, a hash of seed and code decides.
    UserError for a size below 1.
    """
    rules = rules or risks()
    if size < 1:
        raise UserError(f"--size {size}: expected 1 or more")
    left = {each.municipality_code: each for each in candidates}
    lot = {code: hashlib.sha256(f"{seed}/{code}".encode()).hexdigest() for code in left}
    chosen: list[Chosen] = []
    in_region: Counter[str] = Counter()

    def by_risk(each: Candidate) -> tuple[int, str]:
        taken = in_region[each.region_code] * rules.points_off_a_region
        return taken - each.points, lot[each.municipality_code]

    def at_random(each: Candidate) -> tuple[int, str]:
        return in_region[each.region_code], lot[each.municipality_code]

    while left and len(chosen) < size:
        risky = [each for each in left.values() if each.points]
        by_rules = bool(risky) and 100 * len(chosen) < size * rules.risk_percent
        one = min(risky, key=by_risk) if by_rules else min(left.values(), key=at_random)
        chosen.append(Chosen(one, "risk" if by_rules else "random"))
        in_region[one.region_code] += 1
        del left[one.municipality_code]
    return chosen


def evidence(chosen: Chosen, year: Year) -> list[Point]:
    """Give what to ask a municipality for: what its reasons call for, or everything when it was drawn at random."""
    wanted = {each for reason in chosen.of.reasons for each in reason.risk.evidence}
    return [point for point in year.grant.evidence if chosen.part == "random" or point.id in wanted]


def _candidate(row: dict[str, Any], findings: Sequence[Finding], year: Year) -> Candidate:
    synthetic = set(year.grant.synthetic)
    about = dict.fromkeys(finding.rule for finding in findings)
    measured = row | {
        "findings": len(findings),
        "finding_titles_sv": _titles(about, "sv"),
        "finding_titles_en": _titles(about, "en"),
    }
    fields = {finding.field for finding in findings}
    reasons = []
    for risk in risks().risk:
        if risk.is_met(measured[risk.measure]):
            text = Text(sv=_filled(risk.text.sv, measured, "sv"), en=_filled(risk.text.en, measured, "en"))
            rests_on = fields if risk.measure == "findings" else set(risk.rests_on)
            reasons.append(Reason(risk, text, tuple(sorted(rests_on & synthetic))))
    return Candidate(row["municipality_code"], row["region_code"], measured, tuple(reasons))


def _filled(text: str, measured: Mapping[str, Any], language: Language) -> str:
    shown = {name: number(each, language) if isinstance(each, int) else each for name, each in measured.items()}
    return text.format(**shown)


def _titles(rules: Iterable[str], language: Language) -> str:
    return ", ".join(of_rule(rule).title[language] for rule in rules)
