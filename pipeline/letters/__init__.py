"""Findings for those who must act on them: a page, letters to municipalities, a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import polars as pl

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES, in_order
from pipeline.files import write_bytes, write_text
from pipeline.language import alphabetical
from pipeline.letters import words
from pipeline.letters.page import FILES, findings_page
from pipeline.letters.plain_text import letters
from pipeline.mask import visible
from pipeline.workbook import MOST, write_workbook
from pipeline.year import Language, Year

_WIDTHS = {"message": 420, "message_sv": 420, "value": 220, "title": 320}


def write_all(findings: Sequence[Finding], year: Year, out: Path, languages: Sequence[Language]) -> list[Path]:
    """Write a page a language, the folder `letters/` and `findings.xlsx` into `out`, and return their paths."""
    (out / "letters").mkdir(parents=True)
    for language in languages:
        write_bytes(out / FILES[language], findings_page(findings, year, language, languages))
        for file, text in letters(findings, year, language).items():
            write_text(out / "letters" / file, text)
    overview(findings, year, out / "findings.xlsx")
    return [out / name for name in (*(FILES[language] for language in languages), "letters", "findings.xlsx")]


def overview(findings: Sequence[Finding], year: Year, path: Path) -> None:
    """Write .xlsx with three sheets: `findings` (as findings.csv, with both messages), `by municipality`, `by rule`."""
    findings = in_order(findings)
    rows = [[visible(cell, MOST) if isinstance(cell, str) else cell for cell in astuple(one)] for one in findings]
    kinds = {column.name: pl.Int64 if column.name == "row" else pl.String for column in fields(Finding)}
    found = pl.DataFrame(rows, kinds, orient="row")
    names = pl.Series([words.municipality(finding) or "" for finding in findings], dtype=pl.String)
    counts = [
        *((pl.col("severity") == severity).sum().cast(pl.Int64).alias(severity) for severity in SEVERITIES),
        pl.len().cast(pl.Int64).alias("findings"),
    ]
    code = pl.col("municipality_code")
    by_municipality = found.with_columns(code.fill_null(""), municipality=names).group_by(code, "municipality")
    by_rule = found.group_by("rule").agg(*counts, municipalities=code.drop_nulls().n_unique().cast(pl.Int64))
    order = {rule: at for at, rule in enumerate(words.rule_order(found["rule"]))}
    title = pl.col("rule").map_elements(lambda rule: words.of_rule(rule).title.en, return_dtype=pl.String)
    swedish = pl.col("municipality").map_elements(alphabetical, return_dtype=pl.String)
    sheets = {
        "findings": found,
        "by municipality": by_municipality.agg(counts).sort(code == "", swedish, code),
        "by rule": by_rule.sort(pl.col("rule").replace_strict(order, return_dtype=pl.Int64)).select(
            "rule", title.alias("title"), pl.exclude("rule")
        ),
    }
    write_workbook(path, f"Findings {year.year}", sheets, widths=_WIDTHS)
