"""Findings as a workbook, to sort and tick off: one sheet of all, one by municipality, one by rule."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES, in_order
from pipeline.files import write_bytes
from pipeline.letters import words
from pipeline.year import Year

_CREATED = datetime(1980, 1, 1)  # where the clock of ZIP files begins; a file says nothing of today
_MOST = 32_000  # characters; a cell holds 32 767
_WIDTHS = {"message": 420, "message_sv": 420, "value": 220, "title": 320}
_WIDTH = 130  # pixels


def overview(findings: Sequence[Finding], year: Year, path: Path) -> None:
    """Write .xlsx with three sheets: `findings` (as findings.csv, with both messages), `by municipality`, `by rule`.

    Every cell of text is text: none is a formula or a link. The same findings give the same bytes.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    as_they_are = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(content, as_they_are) as book:
        book.set_properties({"created": _CREATED, "title": f"Findings {year.year}"})
        for name, frame in _sheets(in_order(findings)).items():
            widths: dict[Any, int] = {column: _WIDTHS.get(column, _WIDTH) for column in frame.columns}
            frame.write_excel(book, name, column_widths=widths, dtype_formats={pl.Int64: "0"}, freeze_panes=(1, 0))
    write_bytes(path, content.getvalue())


def _sheets(findings: Sequence[Finding]) -> dict[str, pl.DataFrame]:
    columns = [each.name for each in fields(Finding)]
    rows = [[_cell(getattr(finding, column)) for column in columns] for finding in findings]
    schema = {column: pl.Int64 if column == "row" else pl.String for column in columns}
    by_municipality: dict[tuple[str, str], list[Finding]] = {}
    by_rule: dict[str, list[Finding]] = {rule: [] for rule in words.rule_order(each.rule for each in findings)}
    for finding in findings:
        whom = (finding.municipality_code or "", words.municipality(finding) or "")
        by_municipality.setdefault(whom, []).append(finding)
        by_rule[finding.rule].append(finding)
    counts = dict.fromkeys([*SEVERITIES, "findings"], pl.Int64)
    municipalities = [
        [_cell(code), name, *_counts(by_municipality[code, name])]
        for code, name in sorted(by_municipality, key=lambda whom: (not whom[0], words.alphabetical(whom[1]), whom[0]))
    ]
    rules = [
        [
            _cell(rule),
            words.of_rule(rule).title.en,
            *_counts(found),
            len({each.municipality_code for each in found} - {None}),
        ]
        for rule, found in by_rule.items()
    ]
    return {
        "findings": pl.DataFrame(rows, schema, orient="row"),
        "by municipality": pl.DataFrame(
            municipalities, {"municipality_code": pl.String, "municipality": pl.String, **counts}, orient="row"
        ),
        "by rule": pl.DataFrame(
            rules, {"rule": pl.String, "title": pl.String, **counts, "municipalities": pl.Int64}, orient="row"
        ),
    }


def _counts(findings: Sequence[Finding]) -> list[int]:
    return [*(sum(each.severity == severity for each in findings) for severity in SEVERITIES), len(findings)]


def _cell(value: str | int | None) -> str | int | None:
    """Give text on one line that a cell can hold."""
    return words.plain(value, _MOST) if isinstance(value, str) else value
