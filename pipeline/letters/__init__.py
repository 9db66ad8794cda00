"""Findings for those who must act on them: a page, letters to municipalities, a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES, in_order
from pipeline.files import write_bytes, write_text
from pipeline.language import alphabetical
from pipeline.letters import words
from pipeline.letters.page import FILES, findings_page
from pipeline.letters.plain_text import Letter, letters
from pipeline.letters.ready import write_ready
from pipeline.mask import visible
from pipeline.read.corrections import Correction
from pipeline.register import municipalities
from pipeline.workbook import MOST, write_workbook
from pipeline.year import Language, Year

_MAILING = ("municipality_code", "municipality", "address", "subject", "text", "reply_by", "letter")
_WIDTHS = {"message": 420, "value": 220, "title": 320, "text": 420, "subject": 320}


def in_language(language: Language, name: str) -> str:
    """Name a file in a language: findings.xlsx, findings.en.xlsx."""
    return name if language == "sv" else name.replace(".", f".{language}.", 1)


def write_all(
    findings: Sequence[Finding],
    year: Year,
    out: Path,
    languages: Sequence[Language],
    corrections: Sequence[Correction] = (),
) -> list[Path]:
    """Write a page, letters into `letters/`, and workbooks of findings, of corrections to fill in and of letters.

    Return their paths. `corrections` are those that there are.
    """
    (out / "letters").mkdir(parents=True)
    for language in languages:
        write_bytes(out / FILES[language], findings_page(findings, year, language, languages))
        written = letters(findings, year, language)
        for letter in written:
            write_text(out / "letters" / letter.file(language), letter.text)
        overview(findings, year, language, out / in_language(language, "findings.xlsx"))
        write_ready(findings, corrections, year, language, out / in_language(language, "corrections.xlsx"))
        write_mailing(written, year, language, out / in_language(language, "letters.xlsx"))
    books = ("findings.xlsx", "corrections.xlsx", "letters.xlsx")
    return [out / in_language(language, name) for name in (FILES["sv"], *books) for language in languages]


def write_mailing(letters: Sequence[Letter], year: Year, language: Language, path: Path) -> None:
    """Write .xlsx to send letters with, a row a municipality: its address, to be filled in, subject and text."""
    rows = [
        {
            "municipality_code": one.municipality_code,
            "municipality": municipalities()[one.municipality_code].name,
            "subject": one.subject,
            "text": one.text,
            "letter": one.file(language),
        }
        for one in letters
    ]
    columns: dict[str, Any] = dict.fromkeys(_MAILING, pl.String) | {"reply_by": pl.Date}
    frame = pl.DataFrame([row | {"reply_by": year.letters.reply_by} for row in rows], columns, orient="row")
    title = words.PHRASES(language, "page.mailing", year=year.year)
    write_workbook(path, title, {"letters": frame}, language, widths=_WIDTHS)


def overview(findings: Sequence[Finding], year: Year, language: Language, path: Path) -> None:
    """Write .xlsx with three sheets: findings (as findings.csv, in one language), by municipality, by rule."""
    findings = in_order(findings)
    columns = [each.name for each in fields(Finding) if each.name != "message_sv"]
    rows = [
        [*(_cell(getattr(one, name)) for name in columns if name != "message"), words.message(one, language)]
        for one in findings
    ]
    kinds = {name: pl.Int64 if name == "row" else pl.String for name in columns if name != "message"}
    found = pl.DataFrame(rows, {**kinds, "message": pl.String}, orient="row")
    names = pl.Series([words.municipality(finding) or "" for finding in findings], dtype=pl.String)
    counts = [
        *((pl.col("severity") == severity).sum().cast(pl.Int64).alias(severity) for severity in SEVERITIES),
        pl.len().cast(pl.Int64).alias("findings"),
    ]
    code = pl.col("municipality_code")
    by_municipality = found.with_columns(code.fill_null(""), municipality=names).group_by(code, "municipality")
    by_rule = found.group_by("rule").agg(*counts, municipalities=code.drop_nulls().n_unique().cast(pl.Int64))
    order = {rule: at for at, rule in enumerate(words.rule_order(found["rule"]))}
    title = pl.col("rule").map_elements(lambda rule: words.of_rule(rule).title[language], return_dtype=pl.String)
    swedish = pl.col("municipality").map_elements(alphabetical, return_dtype=pl.String)
    sheets = {
        "findings": found.select(columns),
        "by_municipality": by_municipality.agg(counts).sort(code == "", swedish, code),
        "by_rule": by_rule.sort(pl.col("rule").replace_strict(order, return_dtype=pl.Int64)).select(
            "rule", title.alias("title"), pl.exclude("rule")
        ),
    }
    title_of_all = words.PHRASES(language, "page.title", year=year.year)
    write_workbook(path, title_of_all, sheets, language, widths=_WIDTHS)


def _cell(value: str | int | None) -> str | int | None:
    return visible(value, MOST) if isinstance(value, str) else value
