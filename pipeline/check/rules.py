"""The rules, read from rules.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field

from pipeline.check.findings import Severity
from pipeline.year import Identifier, Model, Text

RULES = Path(__file__).parent / "rules.toml"


class Rule(Model):
    """One rule: what must hold in which view, how grave it is when it does not, and how to say so."""

    id: Identifier
    severity: Severity
    view: Identifier
    field: str
    value: str
    expect: dict[str, Any] = Field(description="type and arguments of an expectation of Great Expectations")
    message: Text


def rules() -> list[Rule]:
    """Read the rules that hold for all years."""
    content = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return [Rule.model_validate(rule) for rule in content["rule"]]
