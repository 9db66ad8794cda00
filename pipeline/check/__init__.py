"""Rules as data, and what they find: what somebody should look at, whom it concerns and where it stands.

The rules of any grant are in rules.toml and views.sql, those of the project in reports/. Checking is a process of its
own: Great Expectations takes seconds to import, and as much memory as the rest.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import polars as pl
from pydantic import Field

from pipeline.errors import CriticalFindingsError, UserError
from pipeline.files import write_csv
from pipeline.mask import visible
from pipeline.model import Identifier, Model, Text, read_model
from pipeline.paths import REPORTS

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
_SHOWN, _SHOWN_OF_RULE = 10, 3
_HERE = Path(__file__).parent
PLACES = (_HERE / "rules.toml", REPORTS / "rules.toml")
VIEWS = (_HERE / "views.sql", REPORTS / "rules.sql")


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


class Words(Model):
    """What a rule is called and how it is explained, for those who never saw it."""

    title: Text
    why: Text
    do: Text | None = None
    """What a municipality can do; None when the finding is for those who keep the files, and no letter names it."""
    value_label: Text | None = None  # what the value is when it is worked out and is no answer
    of_return: bool = True  # false when the municipality may not have sent in any return
    fix: Literal["value", "row", "none"] = "value"
    """What a correction changes: the value that was found, or whether its row counts; `none` when it is no value."""
    confirmable: bool = False  # true when a critical value may be right all the same: confirmed, it is critical no more
    reminder: bool = False  # true when it is nothing but what is waited for: its letter is a reminder
    last_day: bool = False  # true when the last day for returns belongs to it


class Rule(Words):
    """One rule: what must hold in which view, how grave it is when it does not, and how to say so."""

    id: Identifier
    severity: Severity
    view: Identifier
    field: str
    value: str
    expect: dict[str, Any] = Field(description="type and arguments of an expectation of Great Expectations")
    message: Text


class _RulesFile(Model):
    rule: list[Rule]


@cache
def rules() -> list[Rule]:
    """Return all rules, those of any grant first. UserError when a file does not hold."""
    return [rule for path in PLACES if path.is_file() for rule in read_model(path, _RulesFile, path.name).rule]


def views() -> str:
    """Return the SQL that makes the views the rules look at."""
    return "\n".join(path.read_text(encoding="utf-8") for path in VIEWS if path.is_file())


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
    if critical := sum(finding.severity == "critical" for finding in findings):
        many, ready = "s" if critical > 1 else "", "corrections.xlsx beside findings.html is ready to be filled in"
        todo = f"Correct or confirm what was found ({ready}), or have the file sent anew{todo}"
        said = f"{critical} critical finding{many}, all in {path}; nothing else was changed. {todo}"
        raise CriticalFindingsError(said)


def as_frame(findings: Sequence[Finding]) -> pl.DataFrame:
    """Return findings as findings.csv has them."""
    schema = {one.name: pl.Int64 if one.name == "row" else pl.String for one in fields(Finding)}
    return pl.DataFrame(list(map(asdict, findings)), schema).drop("message_sv")


def write_findings(findings: Sequence[Finding], path: Path) -> None:
    """Write findings.csv."""
    write_csv(as_frame(findings), path)


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


@dataclass(frozen=True)
class Checking:
    """A process that has imported what it needs, or is about to, and waits for a store."""

    process: subprocess.Popen[str]
    found: Path

    def findings(self, store: Path) -> list[Finding]:
        """Check the store and return its findings, the gravest first."""
        assert self.process.stdin and self.process.stderr  # noqa: S101  both are pipes
        with suppress(BrokenPipeError):  # it has ended, and says why
            self.process.stdin.write(f"{store}\n")
            self.process.stdin.flush()
        errors = self.process.stderr.read()
        if self.process.wait() == UserError.status:
            raise UserError(f"the check stopped: {errors.strip()}")
        if self.process.returncode:
            raise RuntimeError(f"checking failed: {errors.strip()}")
        return read_findings(self.found)


@contextmanager
def start_check(year: int, on: date | None = None) -> Iterator[Checking]:
    """Start a process to check a year of a store, which need not be there yet, as seen from a day (None: all time is
    out)."""
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = Path(folder) / "findings.json"
        command = [sys.executable, "-m", "pipeline.check.suite", str(year), str(found), str(on or "")]
        # Great Expectations leaves temporary folders behind: they go with ours. Our end of its input stays open as long
        # as it is wanted: it ends when that is closed, also when this process is killed.
        how: dict[str, Any] = {"encoding": "utf-8", "env": {**os.environ, "TMPDIR": folder, "TEMP": folder}}
        process = subprocess.Popen(command, stdin=pipe, stdout=nowhere, stderr=pipe, **how)
        try:
            yield Checking(process, found)
        finally:
            process.kill()
            process.communicate()
