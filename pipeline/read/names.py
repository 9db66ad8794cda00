"""The columns that every row with a name has: what the register made of it, and where it stands."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.register import match, municipalities

PLACE: dict[str, Any] = {"file": pl.String, "row": pl.Int64}
NAMED: dict[str, Any] = {"municipality_code": pl.String, "outcome": pl.String, "suggestion": pl.String}


def named(written: str | None, code: str | None = None) -> dict[str, str | None]:
    """Match a written name: the municipality's code, what came of the match, and the names that it may have meant."""
    found = match(written or "", code)
    names = list(found.suggestions)
    if found.outcome == "wrong_code":  # the name is right: what is asked for is its code
        names = [f"{each.name} ({each.code})" for each in municipalities().values() if each.name in names]
    return {
        "municipality_code": found.municipality_code,
        "outcome": found.outcome,
        "suggestion": "; ".join(names) or None,
    }
