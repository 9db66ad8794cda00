"""`aterrapport explain`: what a number is, how it is made, from which files, and which municipalities are in it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import duckdb

from pipeline.errors import UserError
from pipeline.explain import Explainer, Explanation, Member, Term, as_data
from pipeline.language import NBSP, number, visible
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store, query
from pipeline.tabulate import read_declarations, tabulate

_WIDTH = 96
_LABEL = 12
_CELLS = 60
_ROLES = {
    "counted": "counted",
    "plus": "added",
    "minus": "taken away",
    "whole": "divided by",
    "base": "in the base",
    "listed": "in it",
}
_UNITS = {"kr": " kr", "percent": " %"}
_MADE_UP = (
    "MADE-UP ANSWERS / PÅHITTADE SVAR: the answers behind this are made up (year.toml: synthetic). "
    "The municipalities named did not give them."
)
_PRINTED = "FROM PRINT / UR TRYCK: which municipalities are in it is not known."
_CODED = "CODED BY HAND / KODAT FÖR HAND: free text that somebody read and gave themes."
_NOT_COMPARABLE = "NOT COMPARABLE with the year before / INTE JÄMFÖRBART med året före."


def run(year: int, address: str, as_json: bool, workspace: Workspace) -> None:
    """Print what is known about an address, as text or as JSON. Nothing is written.

    UserError when the store was not built for the year, or there is no such address.
    """
    if not workspace.store.is_file():
        raise UserError(f"{workspace.store}: the store is missing; run `aterrapport build {year}` first")
    with open_store(workspace.store) as connection:
        _hold_year(connection, year, workspace)
        declarations = read_declarations(REPORTS)
        explainer = Explainer(connection, tabulate(connection, year, declarations), declarations, year)
        explanation = explainer(address)
    if as_json:
        print(json.dumps(as_data(explanation), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(explanation)).replace(NBSP, " "))


def _hold_year(connection: duckdb.DuckDBPyConnection, year: int, workspace: Workspace) -> None:
    there = query(connection, "SELECT year FROM grant_years ORDER BY year")["year"].to_list()
    if year not in there:
        years = ", ".join(map(str, there)) or "none"
        raise UserError(
            f"{workspace.store}: grant year {year} is not in the store (there: {years}); "
            f"run `aterrapport build {year}` first"
        )


def lines(explanation: Explanation) -> Iterator[str]:
    """Write an explanation as lines of text, no wider than a terminal."""
    it = explanation
    yield it.address + (f": {shown(it.value, it.unit or '')}" if it.of == "cell" else "")
    is_so = {_MADE_UP: it.synthetic, _PRINTED: it.printed, _CODED: it.coded, _NOT_COMPARABLE: not it.comparable}
    for warning, holds in is_so.items():
        if holds:
            yield from textwrap.wrap(warning, _WIDTH)
    yield ""
    for label, text in (("table", it.table), ("row", it.row), ("column", it.column)):
        if text:
            yield from _labelled(label, text.sv if text.sv == text.en else f"{text.sv} / {text.en}")
    yield from _labelled("year", str(it.year))
    yield from _labelled("definition", it.definition.sv)
    yield from _labelled("", it.definition.en)
    if it.base:
        n = "–" if it.base.n is None else number(it.base.n, "sv")
        yield from _labelled("base", f"{it.base.id}: {it.base.label.sv} / {it.base.label.en}: {n}")
    if it.note:
        yield from _labelled("note", it.note.sv)
        yield from _labelled("", it.note.en)
    yield from _cells(it)
    yield from _labelled("computed by", it.sql_file)
    for file in it.files:
        yield from _labelled("file", f"{file.file}  ({file.role})")
        yield " " * _LABEL + f"sha256 {file.sha256}"
    yield from _sql("sql", it.sql)
    if it.sql_municipalities:
        yield from _sql("sql of the municipalities", it.sql_municipalities)
    for term in it.terms:
        yield from _term(term)


def shown(value: Any, unit: str) -> str:
    """Write a value with its unit, on one line."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool) and unit not in ("year", "age"):
        return number(value, "sv") + _UNITS.get(unit, "")
    return visible(str(value))


def _wrapped(text: str, first: str, then: str) -> list[str]:
    wrapper = textwrap.TextWrapper(_WIDTH, first, then, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def _labelled(label: str, text: str) -> list[str]:
    return _wrapped(visible(text), f"{label:<{_LABEL}}", " " * _LABEL)


def _cells(it: Explanation) -> Iterator[str]:
    """The cells of a row or a table, a line each; of a long table the first ones."""
    for at, cell in enumerate(it.cells[:_CELLS]):
        inside = cell.address.removeprefix(f"{it.address}/")
        yield f"{'cells' if at == 0 else '':<{_LABEL}}{inside}: {shown(cell.value, cell.unit)}"
    if len(it.cells) > _CELLS:
        yield " " * _LABEL + f"… {len(it.cells) - _CELLS} more; all with --json"


def _sql(label: str, sql: str) -> Iterator[str]:
    yield ""
    yield f"{label} (runs as it stands in the DuckDB shell on the store):"
    yield from (f"    {line}" for line in sql.splitlines())
    yield "    ;"


def _term(term: Term) -> Iterator[str]:
    """Those behind a term, wrapped, a paragraph a region from north to south."""
    yield ""
    total = "" if term.total is None else f": {shown(term.total, term.unit)}"
    how_many = f"{len(term.municipalities)} {'municipality' if len(term.municipalities) == 1 else 'municipalities'}"
    heading = f"{_ROLES[term.role]}: {term.label.sv} / {term.label.en}{total} ({how_many})"
    yield from textwrap.wrap(visible(heading), _WIDTH, subsequent_indent=" " * 4)
    returns = sorted({each.return_file for each in term.municipalities if each.return_file})
    if returns:
        yield f"  rows of {', '.join(returns)} in brackets"
    for region, of_region in groupby(term.municipalities, key=lambda each: each.region):
        members = list(of_region)
        names = ", ".join(_member(each, term) for each in members)
        yield from _wrapped(f"{visible(region or '–')} ({len(members)}): {names}", "  ", "    ")


def _member(member: Member, term: Term) -> str:
    """A municipality: what it adds where that is not just itself, and the row of its return. Never broken."""
    only_ones = term.unit == "count" and term.total == len(term.municipalities)
    counts_heads = term.role in ("counted", "base") or member.value is None
    adds = "" if counts_heads or only_ones else f" {number(member.value or 0, 'sv')}"
    row = "" if member.return_row is None else f" [{member.return_row}]"
    return f"{visible(member.municipality)}{adds}{row}".replace(" ", NBSP)
