"""`aterrapport explain`: what a number is, how it is made, from which files, and which municipalities are in it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from pipeline.errors import UserError
from pipeline.explain import Explainer, Explanation, Member, Term, as_data
from pipeline.language import NBSP, number
from pipeline.mask import escaped, visible
from pipeline.paths import REPORTS, Workspace
from pipeline.phrases import filled
from pipeline.store import open_store, query
from pipeline.tabulate import read_declarations, tabulate

_WIDTH = 96
_ROLES = {
    "counted": "counted",
    "plus": "added",
    "minus": "taken away",
    "whole": "divided by",
    "base": "in the base",
    "listed": "in it",
}
_UNITS = {"kr": " kr", "percent": " %"}


def run(year: int, address: str, as_json: bool, workspace: Workspace) -> None:
    """Print what is known about an address, as text or as JSON. Nothing is written.

    UserError when the store was not built for the year, or there is no such address.
    """
    if not workspace.store.is_file():
        raise UserError(f"{workspace.store}: the store is missing; run `aterrapport build {year}` first")
    with open_store(workspace.store) as connection:
        _hold_year(connection, year, workspace)
        declarations = read_declarations(REPORTS, workspace.raw(year))
        explainer = Explainer(connection, tabulate(connection, year, declarations), declarations, year)
        explanation = explainer(address)
    if as_json:
        print(escaped(json.dumps(as_data(explanation), ensure_ascii=False, indent=2)))
    else:
        print(written(explanation).replace(NBSP, " "))


def _hold_year(connection: duckdb.DuckDBPyConnection, year: int, workspace: Workspace) -> None:
    there = query(connection, "SELECT year FROM grant_years ORDER BY year")["year"].to_list()
    if year not in there:
        years = ", ".join(map(str, there)) or "none"
        raise UserError(
            f"{workspace.store}: grant year {year} is not in the store (there: {years}); "
            f"run `aterrapport build {year}` first"
        )


def written(explanation: Explanation) -> str:
    """Write an explanation as text, no wider than a terminal, by the template in this folder."""
    filters: dict[str, Callable[..., str]] = {"wrapped": _wrapped, "labelled": _labelled}
    helpers = {"shown": shown, "visible": visible, "roles": _ROLES, "by_region": _by_region}
    return filled(Path(__file__).with_name("explain.txt.j2"), "sv", filters, it=explanation, **helpers)


def shown(value: Any, unit: str) -> str:
    """Write a value with its unit, on one line."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool) and unit not in ("year", "age"):
        return number(value, "sv") + _UNITS.get(unit, "")
    return visible(str(value))


def _wrapped(text: str, first: str = "", then: str = "", breaks: bool = False) -> str:
    wrapper = textwrap.TextWrapper(_WIDTH, first, then, break_long_words=breaks, break_on_hyphens=breaks)
    return wrapper.fill(text)


def _labelled(text: str, label: str) -> str:
    return _wrapped(visible(text), f"{label:<12}", " " * 12)


def _by_region(term: Term) -> Iterator[tuple[str | None, list[str]]]:
    """Yield those behind a term, region by region from north to south."""
    only_ones = term.unit == "count" and term.total == len(term.municipalities)
    for region, members in groupby(term.municipalities, key=lambda each: each.region):
        yield region, [_member(each, only_ones or term.role in ("counted", "base")) for each in members]


def _member(member: Member, counts_heads: bool) -> str:
    """A municipality: what it adds where that is not just itself, and the row of its return. Never broken."""
    adds = "" if counts_heads or member.value is None else f" {number(member.value, 'sv')}"
    row = "" if member.return_row is None else f" [{member.return_row}]"
    return f"{visible(member.municipality)}{adds}{row}".replace(" ", NBSP)
