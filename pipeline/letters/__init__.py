"""Findings for those who must act on them: a page, letters to municipalities, workbooks, and the review edition."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import SEVERITIES, Finding, as_frame, in_order, rules
from pipeline.files import write_bytes, write_text
from pipeline.language import alphabetical, brief
from pipeline.letters import words
from pipeline.letters.page import FILES, findings_page
from pipeline.letters.words import PHRASES, Letter, of_rule, signature
from pipeline.mask import mask, visible
from pipeline.model import Language
from pipeline.read.corrections import Correction
from pipeline.read.roles import LANGUAGES
from pipeline.register import municipalities
from pipeline.workbook import BLANK, MOST, write_workbook
from pipeline.year import Year

__all__ = ["Letter", "in_language", "of_rule", "signature", "write_all", "write_described", "write_mailing"]

_MAILING = ("municipality_code", "municipality", "address", "subject", "text", "reply_by", "letter")
_WIDTHS = {"message": 420, "value": 220, "title": 320, "text": 420, "subject": 320}
_WIDTHS_OF_CORRECTIONS = {"reason": 320, "found": 220, "corrected": 220, "why": 320}
_ON_PRINT = "check_published"
"""The view whose findings are about printed figures; their field is an address, or a figure of the text."""


def in_language(language: Language, name: str) -> str:
    """Name a file in a language: findings.xlsx, findings.en.xlsx."""
    return name if language == "sv" else name.replace(".", f".{language}.", 1)


def write_all(
    findings: Sequence[Finding], year: Year, out: Path, languages: Sequence[Language], made: Iterable[Correction] = ()
) -> list[Path]:
    """Write page, letters and workbooks; return the paths of page and workbooks. `made`: the corrections."""
    (out / "letters").mkdir(parents=True)
    for language in languages:
        write_bytes(out / FILES[language], findings_page(findings, year, language, languages))
        written = words.letters(findings, year, language)
        for letter in written:
            write_text(out / "letters" / letter.file(language), letter.text)
        overview(findings, year, language, out / in_language(language, "findings.xlsx"))
        _write_corrections(findings, made, year, language, out / in_language(language, "corrections.xlsx"))
        write_mailing(written, year, language, out / in_language(language, "letters.xlsx"))
    books = ("findings.xlsx", "corrections.xlsx", "letters.xlsx")
    return [out / in_language(language, name) for name in (FILES["sv"], *books) for language in languages]


def write_mailing(letters: Sequence[Letter], year: Year, language: Language, path: Path) -> None:
    """Write .xlsx to send letters with, a row a municipality: its address, to be filled in, subject and text."""
    names, reply_by = municipalities(), year.letters.reply_by
    rows = [
        (code, names[code].name, None, subject, text, reply_by, Letter(code, subject, text).file(language))
        for code, subject, text in letters
    ]
    columns: dict[str, Any] = dict.fromkeys(_MAILING, pl.String) | {"reply_by": pl.Date}
    sheets = {"letters": pl.DataFrame(rows, columns, orient="row")}
    write_workbook(path, PHRASES(language, "page.mailing", year=year.year), sheets, language, widths=_WIDTHS)


def overview(findings: Sequence[Finding], year: Year, language: Language, path: Path) -> None:
    """Write .xlsx with three sheets: findings (as findings.csv, in one language), by municipality, by rule."""
    findings = in_order(findings)
    said = pl.Series([words.message(finding, language) for finding in findings], dtype=pl.String)
    names = pl.Series([words.municipality(finding) or "" for finding in findings], dtype=pl.String)
    found = as_frame(list(map(_shown, findings))).with_columns(message=said)
    counts = [
        *((pl.col("severity") == severity).sum().cast(pl.Int64).alias(severity) for severity in SEVERITIES),
        pl.len().cast(pl.Int64).alias("findings"),
    ]
    code = pl.col("municipality_code")
    by_municipality = found.with_columns(code.fill_null(""), municipality=names).group_by(code, "municipality")
    by_rule = found.group_by("rule").agg(*counts, municipalities=code.drop_nulls().n_unique().cast(pl.Int64))
    order = {rule: at for at, rule in enumerate(words.rule_order(found["rule"]))}
    title = pl.col("rule").map_elements(lambda rule: of_rule(rule).title[language], return_dtype=pl.String)
    swedish = pl.col("municipality").map_elements(alphabetical, return_dtype=pl.String)
    sheets = {
        "findings": found,
        "by_municipality": by_municipality.agg(counts).sort(code == "", swedish, code),
        "by_rule": by_rule.sort(pl.col("rule").replace_strict(order, return_dtype=pl.Int64)).select(
            "rule", title.alias("title"), pl.exclude("rule")
        ),
    }
    write_workbook(path, PHRASES(language, "page.title", year=year.year), sheets, language, widths=_WIDTHS)


def _shown(finding: Finding) -> Finding:
    texts = {name: text for name, text in asdict(finding).items() if isinstance(text, str)}
    return replace(finding, **{name: visible(text, MOST) for name, text in texts.items()})  # type: ignore[arg-type]


def _write_corrections(
    findings: Sequence[Finding], made: Iterable[Correction], year: Year, language: Language, path: Path
) -> None:
    """Write the corrections that there are, and a row for each finding to be filled in: corrections.xlsx."""
    rows, blank = list[dict[str, Any]](), BLANK[language == "en"]
    for correction in made:
        given = correction.model_dump()
        given |= {name: blank for name in ("found", "corrected") if given[name] == ""}
        rows.append({name: mask(value) if isinstance(value, str) else value for name, value in given.items()})
    of_cell: dict[tuple[object, ...], dict[str, Any]] = {}
    for finding in in_order(findings):
        if finding.severity != "info" and (named := words.ready(finding, year)):
            named.pop("ignored", None)
            named["found"] = blank if named["found"] == "" else named["found"]
            row = of_cell.setdefault(tuple(named.values()), {**named, "municipality": words.municipality(finding)})
            row["why"] = "; ".join(filter(None, [row.get("why"), words.message(finding, language)]))
    rows += of_cell.values()
    columns = dict.fromkeys((*Correction.model_fields, "why"), pl.String) | {"row": pl.Int64, "when": pl.Date}
    marked = [row | {mark: "x" if row.get(mark) else None for mark in ("ignored", "confirmed")} for row in rows]
    sheets = {"corrections": pl.DataFrame(marked, columns, orient="row")}
    title = PHRASES(language, "page.corrections", year=year.year)
    write_workbook(path, title, sheets, language, widths=_WIDTHS_OF_CORRECTIONS)


def write_described(findings: Sequence[Finding], path: Path, tables: Path, earlier: Path | None) -> None:
    """Write findings in words as JSON, for the review edition; `tables` and `earlier` are folders of CSV files."""
    on_print = {rule.id for rule in rules() if rule.view == _ON_PRINT}
    found = [
        {"field": one.field, "on_print": one.rule in on_print, "who": words.municipality(one)}
        | {"title": of_rule(one.rule).title.model_dump()}
        | {"said": {language: words.message(one, language) for language in LANGUAGES}}
        | {"file": brief(one.file), "row": one.row}
        for one in findings
    ]
    called = {name: text.model_dump() for name, text in PHRASES.group("field").items()}
    folders = {"tables": str(tables.resolve()), "earlier": str(earlier.resolve()) if earlier else None}
    write_text(path, json.dumps({"findings": found, "fields": called, **folders}, ensure_ascii=False))
