"""Findings: what somebody should look at, whom it concerns and where it stands; their file and their summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline.errors import CriticalFindingsError
from pipeline.files import write_csv
from pipeline.mask import visible

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
_SHOWN, _SHOWN_OF_RULE = 10, 3


@dataclass(frozen=True)
class Finding:
    """One thing to look at: the columns of findings.csv, and the message in Swedish for pages and letters."""

    rule: str
    severity: Severity
    municipality_code: str | None
    recipient: str | None
    field: str
    value: str | None
    message: str
    file: str
    row: int | None
    message_sv: str


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sort the findings: the gravest first, then by rule and place."""
    by_place = sorted(findings, key=lambda one: (one.rule, one.file, one.row or 0, one.value or ""))
    return sorted(by_place, key=lambda one: SEVERITIES.index(one.severity))


def as_json(findings: Sequence[Finding]) -> str:
    """Write findings as the checking process hands them over."""
    return json.dumps(list(map(asdict, findings)), ensure_ascii=False)


def read_findings(path: Path) -> list[Finding]:
    """Read what `as_json` has written."""
    return [Finding(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def stop_if_critical(findings: Sequence[Finding], path: Path, todo: str) -> None:
    """Raise CriticalFindingsError when a finding is critical: how many, where they stand, and what to do."""
    critical = sum(finding.severity == "critical" for finding in findings)
    if critical:
        many, ready = "s" if critical > 1 else "", "corrections.xlsx beside findings.html is ready to be filled in"
        todo = f"Correct or confirm what was found ({ready}), or have the file sent anew{todo}"
        raise CriticalFindingsError(
            f"{critical} critical finding{many}, all in {path}; nothing else was changed. {todo}"
        )


def write_findings(findings: Sequence[Finding], path: Path) -> None:
    """Write findings.csv."""
    schema = {one.name: pl.Int64 if one.name == "row" else pl.String for one in fields(Finding)}
    write_csv(pl.DataFrame(list(map(asdict, findings)), schema).drop("message_sv"), path)


def summary(findings: Sequence[Finding]) -> Iterator[str]:
    """Sum the findings up for a screen: how many of each severity, and the gravest rules with their first findings."""
    counted = Counter(finding.severity for finding in findings)
    yield "findings: " + ", ".join(f"{counted[severity]} {severity}" for severity in SEVERITIES)
    left = _SHOWN
    for (severity, rule), group in groupby(findings, lambda one: (one.severity, one.rule)):
        of_rule = list(group)
        shown = of_rule[: min(left, _SHOWN_OF_RULE)]
        left -= len(shown)
        for one in shown:
            place, who = f"{one.file}, row {one.row}" if one.row else one.file, one.recipient and f" {one.recipient}:"
            yield "  " + visible(f"{severity}  {place}:{who or ''} {one.message}  [{rule}]")
        if len(of_rule) > len(shown):
            yield f"  {severity}  … and {len(of_rule) - len(shown)} more  [{rule}]"
