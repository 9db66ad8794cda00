"""The page of findings, for those who must clear them up; its order and its frame: findings.md.j2."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.check import SEVERITIES, Finding, rules
from pipeline.language import alphabetical, brief, number
from pipeline.letters import words
from pipeline.letters.words import PHRASES, of_rule
from pipeline.markdown import escape, floated, pipe_table
from pipeline.mask import visible
from pipeline.model import Language
from pipeline.phrases import filled
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.year import Year

FILES: dict[Language, str] = {"sv": "findings.html", "en": "findings.en.html"}
"""The page's file in each language: pages link to each other by it."""
_HEAD = {"municipality": 14, "field": 20, "value": 20, "message": 26, "place": 20}  # and how wide each column is
_INDEX = {"municipality": 24, "number": 10, "what": 66}
_LONGEST_VALUE = 160  # characters; the workbook holds them all


def findings_page(found: Sequence[Finding], year: Year, language: Language, others: Sequence[Language] = ()) -> bytes:
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
