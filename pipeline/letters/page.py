"""The page of findings, for those who must clear them up; its order and its frame: findings.md.j2."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES, Severity
from pipeline.check.rules import rules
from pipeline.language import alphabetical, brief, number
from pipeline.letters import words
from pipeline.markdown import escape, floated, pipe_table
from pipeline.mask import visible
from pipeline.model import Language
from pipeline.phrases import filled
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.year import Year

FILES: dict[Language, str] = {"sv": "findings.html", "en": "findings.en.html"}
"""The page's file in each language: pages link to each other by it."""
_WIDTHS, _HEAD = [14, 20, 20, 26, 20], ("municipality", "field", "value", "message", "place")
_LONGEST_VALUE = 160  # characters; the workbook holds them all


def findings_page(found: Sequence[Finding], year: Year, language: Language, others: Sequence[Language] = ()) -> bytes:
    """Return one HTML file that makes no request. It links to the first page in another language among `others`."""
    page = _Page(found, year, language)
    told = {"year": year.year, "grant": escape(brief(year.grant.name[language]))}
    front: dict[str, Any] = {name: page.say(name, **told) for name in ("title", "subtitle", "description", "lang")}
    for other in [one for one in others if one != language][:1]:
        front["other-language"] = {"href": FILES[other], "lang": other, "label": words.PHRASES.text(other, "page.name")}
    return html(Document(FILES[language], front, page.markdown() + "\n"))


class _Page:
    """The page being written: findings in the order they stand in, each with its anchor."""

    def __init__(self, findings: Sequence[Finding], year: Year, language: Language) -> None:
        self.year, self.language = year, language
        order = words.rule_order(finding.rule for finding in findings)
        self.findings = sorted(findings, key=lambda one: (order.index(one.rule), *_place(one)))
        self.anchors = {id(finding): f"found-{at}" for at, finding in enumerate(self.findings, start=1)}
        self.groups: dict[Severity, dict[str, list[Finding]]] = {severity: {} for severity in SEVERITIES}
        for finding in self.findings:
            self.groups[finding.severity].setdefault(finding.rule, []).append(finding)

    def markdown(self) -> str:
        """Write the page as Markdown."""
        year, language, known = self.year, self.language, {rule.id for rule in rules()}
        is_next = any(words.ready(finding, year) for finding in self.findings)
        passed = [rule.title[language] for rule in rules() if rule.id not in {one.rule for one in self.findings}]
        made_up = [escape(brief(one.text[language])) for one in words.made_up(self.findings, year)]
        return filled(
            Path(__file__).with_name("findings.md.j2"),
            language,
            {},
            say=self.say,
            level=lambda name: words.PHRASES.text(language, f"level.{name}"),
            year=year.year,
            rules=rules(),
            counts={severity: sum(map(len, groups.values())) for severity, groups in self.groups.items()},
            concerned=len({finding.municipality_code for finding in self.findings} - {None}),
            made_up=made_up,
            letters=len(words.letters(self.findings, year, language)) if is_next else None,
            groups={
                severity: [
                    self._section(rule, found, f"{severity}-{rule if rule in known else at}", severity != "info")
                    for at, (rule, found) in enumerate(groups.items())
                ]
                for severity, groups in self.groups.items()
            },
            index=self._index() if self.findings else "",
            passed=[escape(title) for title in passed],
        )

    def _section(self, rule: str, findings: Sequence[Finding], anchor: str, is_open: bool) -> dict[str, Any]:
        """Return what the template knows of a rule: its words, a table of what was found, corrections to fill in."""
        said, n = words.of_rule(rule), len(findings)
        title, head = escape(said.title[self.language]), [self.say(name) for name in _HEAD]
        table = pipe_table(head, _WIDTHS, [False] * len(head), [self._row(finding) for finding in findings])
        floating = floated(f"tbl-{anchor}", table, self.say("caption", title=title, n=n))
        snippets = [text.replace("`", "'") for one in findings if is_open and (text := words.snippet(one, self.year))]
        why = said.why[self.language]
        return {"title": title, "n": n, "anchor": anchor, "why": why, "table": floating, "snippets": snippets}

    def _row(self, finding: Finding) -> list[str]:
        shown = visible(words.value(finding, self.year, self.language) or "", _LONGEST_VALUE)
        unit, name = words.of_rule(finding.rule).value_label, words.municipality(finding)
        place = escape(brief(finding.file))
        return [
            f"[{escape(name) if name else self.say('nobody')}]{{#{self.anchors[id(finding)]}}}",
            escape(words.field(finding, self.year, self.language)),
            escape(f"{shown} {unit[self.language]}" if unit else shown) if shown else self.say("nothing"),
            escape(words.message(finding, self.language)),
            self.say("row", file=place, row=finding.row) if finding.row is not None else place,
        ]

    def _index(self) -> str:
        """Write a row a municipality: how many findings, and the first of each rule as a link."""
        of_whom: dict[str, dict[str, list[Finding]]] = defaultdict(dict)
        for finding in chain.from_iterable(chain.from_iterable(groups.values()) for groups in self.groups.values()):
            of_whom[words.municipality(finding) or ""].setdefault(finding.rule, []).append(finding)
        rows = []
        for name in sorted(of_whom, key=lambda name: (not name, alphabetical(name))):
            links = [
                f"[{escape(words.of_rule(rule).title[self.language])}](#{self.anchors[id(found[0])]})"
                + (f" ({number(len(found), self.language)})" if len(found) > 1 else "")
                for rule, found in of_whom[name].items()
            ]
            count = number(sum(map(len, of_whom[name].values())), self.language)
            rows.append([escape(name) or self.say("nobody"), count, "; ".join(links)])
        head = [self.say(name) for name in ("municipality", "number", "what")]
        return floated(
            "tbl-index", pipe_table(head, [24, 10, 66], [False, True, False], rows), self.say("index_caption")
        )

    def say(self, phrase: str, **data: object) -> str:
        """Return a phrase of the page."""
        return words.PHRASES(self.language, f"page.{phrase}", **data)


def _place(finding: Finding) -> tuple[bool, str, str, int, str, str]:
    name = words.municipality(finding) or ""
    return not name, alphabetical(name), finding.file, finding.row or 0, finding.field, finding.message
