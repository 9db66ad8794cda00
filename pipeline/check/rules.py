"""The rules: those of any grant in rules.toml, and those of the project in reports/rules.toml and rules.sql."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline.check.findings import Severity
from pipeline.model import Identifier, Model, Text, read_model
from pipeline.paths import REPORTS

HERE = Path(__file__).parent
PLACES = (HERE / "rules.toml", REPORTS / "rules.toml")
VIEWS = (HERE / "views.sql", REPORTS / "rules.sql")


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


class _Rules(Model):
    rule: list[Rule]


@cache
def rules() -> list[Rule]:
    """Return all rules, those of any grant first. UserError when a file does not hold."""
    return [rule for path in PLACES if path.is_file() for rule in read_model(path, _Rules, path.name).rule]


def views() -> str:
    """Return the SQL that makes the views the rules look at."""
    return "\n".join(path.read_text(encoding="utf-8") for path in VIEWS if path.is_file())
