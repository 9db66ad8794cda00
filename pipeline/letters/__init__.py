"""Findings for those who must act on them: a page, letters to municipalities, workbooks, and the review edition."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.check import SEVERITIES, Finding, as_frame, in_order, rules
from pipeline.files import write_bytes, write_text
from pipeline.language import alphabetical, brief, number
from pipeline.letters import words
from pipeline.letters.words import PHRASES, Letter, of_rule, signature
from pipeline.markdown import escape, floated, pipe_table
from pipeline.mask import mask, visible
from pipeline.model import Language
from pipeline.phrases import filled
from pipeline.read.corrections import Correction
from pipeline.read.roles import LANGUAGES
from pipeline.register import municipalities
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.workbook import BLANK, MOST, write_workbook
from pipeline.year import Year

__all__ = ["Letter", "in_language", "of_rule", "signature", "write_all", "write_described", "write_mailing"]

FILES: dict[Language, str] = {"sv": "findings.html", "en": "findings.en.html"}
"""The page's file in each language: pages link to each other by it."""
_HEAD = {"municipality": 14, "field": 20, "value": 20, "message": 26, "place": 20}  # and how wide each column is
_INDEX = {"municipality": 24, "number": 10, "what": 66}
Found = Sequence[Finding]
Languages = Sequence[Language]
Made = Iterable[Correction]
_LONGEST_VALUE = 160  # characters; the workbook holds them all
_MAILING = ("municipality_code", "municipality", "address", "subject", "text", "reply_by", "letter")
_WIDTHS = {"message": 420, "value": 220, "title": 320, "text": 420, "subject": 320}
_WIDTHS_OF_CORRECTIONS = {"reason": 320, "found": 220, "corrected": 220, "why": 320}
_ON_PRINT = "check_published"
"""The view whose findings are about printed figures; their field is an address, or a figure of the text."""


def in_language(language: Language, name: str) -> str:
    """Name a file in a language: findings.xlsx, findings.en.xlsx."""
    return name if language == "sv" else name.replace(".", f".{language}.", 1)


def write_all(findings: Found, year: Year, out: Path, languages: Languages, made: Made = ()) -> list[Path]:
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


def findings_page(found: Found, year: Year, language: Language, others: Languages = ()) -> bytes:
    """Return one HTML file that makes no request. It links to the first page in another language among `others`."""

    def say(phrase: str, **data: object) -> str:
        return PHRASES(language, f"page.{phrase}", **data)

    def table(name: str, columns: dict[str, int], rows: list[list[str]], caption: str) -> str:
        heads = [(say(one), width, one == "number") for one, width in columns.items()]
        return floated(f"tbl-{name}", pipe_table(heads, rows), caption)

    order, known = words.rule_order(finding.rule for finding in found), {rule.id for rule in rules()}
    findings = sorted(found, key=lambda one: (order.index(one.rule), *_place(one)))
    anchors = {id(finding): f"found-{at}" for at, finding in enumerate(findings, start=1)}
    groups: dict[str, dict[str, list[Finding]]] = {severity: {} for severity in SEVERITIES}
    for finding in findings:
        groups[finding.severity].setdefault(finding.rule, []).append(finding)

    def row(finding: Finding) -> list[str]:
        _, field, value = words.told(finding, year, language)
        shown, place = visible(value or "", _LONGEST_VALUE), escape(brief(finding.file))
        unit, name = of_rule(finding.rule).value_label, words.municipality(finding)
        return [
            f"[{escape(name) if name else say('nobody')}]{{#{anchors[id(finding)]}}}",
            escape(field),
            escape(f"{shown} {unit[language]}" if unit else shown) if shown else say("nothing"),
            escape(words.message(finding, language)),
            say("row", file=place, row=finding.row) if finding.row is not None else place,
        ]

    def section(rule: str, its: list[Finding], anchor: str) -> dict[str, Any]:
        """Return what the template knows of a rule: its words, a table of what was found, corrections to fill in."""
        said, is_open = of_rule(rule), its[0].severity != "info"
        title, n = escape(said.title[language]), len(its)
        found_so = table(anchor, _HEAD, [row(finding) for finding in its], say("caption", title=title, n=n))
        snippets = [text.replace("`", "'") for one in its if is_open and (text := words.snippet(one, year))]
        told = {"title": title, "n": n, "anchor": anchor, "why": said.why[language]}
        return told | {"table": found_so, "snippets": snippets}

    def index() -> str:
        """Write a row a municipality: how many findings, and the first of each rule as a link."""
        of_whom: dict[str, dict[str, list[Finding]]] = defaultdict(dict)
        for finding in (one for its in groups.values() for same in its.values() for one in same):
            of_whom[words.municipality(finding) or ""].setdefault(finding.rule, []).append(finding)
        rows = []
        for name in sorted(of_whom, key=lambda name: (not name, alphabetical(name))):
            links = [
                f"[{escape(of_rule(rule).title[language])}](#{anchors[id(its[0])]})"
                + (f" ({number(len(its), language)})" if len(its) > 1 else "")
                for rule, its in of_whom[name].items()
            ]
            count = number(sum(map(len, of_whom[name].values())), language)
            rows.append([escape(name) or say("nobody"), count, "; ".join(links)])
        return table("index", _INDEX, rows, say("index_caption"))

    is_next = any(words.ready(finding, year) for finding in findings)
    markdown = filled(
        Path(__file__).with_name("findings.md.j2"),
        language,
        {},
        say=say,
        level=lambda name: PHRASES.text(language, f"level.{name}"),
        year=year.year,
        rules=rules(),
        counts={severity: sum(map(len, its.values())) for severity, its in groups.items()},
        concerned=len({finding.municipality_code for finding in findings} - {None}),
        made_up=[escape(brief(one.text[language])) for one in words.made_up(findings, year)],
        letters=len(words.letters(findings, year, language)) if is_next else None,
        groups={
            severity: [
                section(rule, same, f"{severity}-{rule if rule in known else at}")
                for at, (rule, same) in enumerate(its.items())
            ]
            for severity, its in groups.items()
        },
        index=index() if findings else "",
        passed=[escape(rule.title[language]) for rule in rules() if rule.id not in order],
    )
    told = {"year": year.year, "grant": escape(brief(year.grant.name[language]))}
    front: dict[str, Any] = {name: say(name, **told) for name in ("title", "subtitle", "description", "lang")}
    for other in [one for one in others if one != language][:1]:
        front["other-language"] = {"href": FILES[other], "lang": other, "label": PHRASES.text(other, "page.name")}
    return html(Document(FILES[language], front, markdown + "\n"))


def _place(finding: Finding) -> tuple[bool, str, str, int, str, str]:
    name = words.municipality(finding) or ""
    return not name, alphabetical(name), finding.file, finding.row or 0, finding.field, finding.message


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


def overview(findings: Found, year: Year, language: Language, path: Path) -> None:
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


def _write_corrections(findings: Found, made: Made, year: Year, language: Language, path: Path) -> None:
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
