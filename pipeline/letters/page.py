"""The page of findings: what was found, by severity and rule and by municipality, for those who must clear it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES, Severity
from pipeline.check.rules import rules
from pipeline.language import alphabetical, brief, number
from pipeline.letters import words
from pipeline.markdown import escape, floated, pipe_table
from pipeline.mask import visible
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.year import Language, Year

FILES: dict[Language, str] = {"sv": "findings.html", "en": "findings.en.html"}
"""The page's file in each language: pages link to each other by it."""
_WIDTHS = [14, 20, 20, 26, 20]
_INDEX_WIDTHS = [24, 10, 66]
_LONGEST_VALUE = 160  # characters; the workbook holds them all


def findings_page(found: Sequence[Finding], year: Year, language: Language, others: Sequence[Language] = ()) -> bytes:
    """Return one HTML file that makes no request. It links to the first page in another language among `others`."""
    return html(_Page(found, year, language).document(others))


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

    def document(self, others: Sequence[Language]) -> Document:
        """Write the page as Markdown."""
        told = {"year": self.year.year, "grant": escape(brief(self.year.grant.name[self.language]))}
        front: dict[str, Any] = {name: self._say(name, **told) for name in ("title", "subtitle", "description", "lang")}
        for other in [language for language in others if language != self.language][:1]:
            name = words.PHRASES.text(other, "page.name")
            front["other-language"] = {"href": FILES[other], "lang": other, "label": name}
        sections = [*self._summary(), *self._next(), *self._found(), *self._index(), *self._passed()]
        return Document(FILES[self.language], front, "\n\n".join(sections) + "\n")

    def _summary(self) -> list[str]:
        heading = f"# {self._say('summary')} {{#summary}}"
        if not self.findings:
            return [heading, self._say("none", rules=len(rules()))]
        concerned = len({finding.municipality_code for finding in self.findings} - {None})
        cards = [(self._level(level), sum(map(len, groups.values()))) for level, groups in self.groups.items()]
        cards.append((self._say("concerned"), concerned))
        listed = "\n".join(f"- **{number(n, self.language)}** {name}" for name, n in cards)
        levels = [f"- **{self._level(level)}.** {self._level(f'{level}_means')}" for level in SEVERITIES]
        sections = [heading, self._say("some"), f"::: {{.key-figures}}\n\n{listed}\n\n:::"]
        if questions := words.made_up(self.findings, self.year):
            made_up = "\n".join(f"- {escape(brief(question.text[self.language]))}" for question in questions)
            note = f'title="{self._say("made_up_title")}"}}\n\n{self._say("made_up")}\n\n{made_up}\n\n:::'
            sections.append(f"::: {{.callout-note {note}")
        return [*sections, f"## {self._say('levels')} {{#levels}}", "\n".join(levels)]

    def _next(self) -> Iterator[str]:
        """Say what to do: what must be cleared up first, where it is corrected, and whom to write to."""
        if any(words.ready(finding, self.year) for finding in self.findings):
            yield f"# {self._say('next')} {{#next}}"
            critical = sum(map(len, self.groups["critical"].values()))
            written = len(words.letters(self.findings, self.year, self.language))
            yield self._say("next_steps", year=self.year.year, critical=critical, letters=written)

    def _found(self) -> Iterator[str]:
        """Write a chapter a severity, and in it a section a rule."""
        known = {one.id for one in rules()}
        head = [self._say(name) for name in ("municipality", "field", "value", "message", "place")]
        for severity, groups in self.groups.items():
            if groups:
                total = sum(map(len, groups.values()))
                yield f"# {self._say('heading', title=self._level(severity), n=total)} {{#{severity}}}"
            for at, (rule, findings) in enumerate(groups.items()):
                said, n = words.of_rule(rule), len(findings)
                title, anchor = escape(said.title[self.language]), f"{severity}-{rule if rule in known else at}"
                table = pipe_table(head, _WIDTHS, [False] * len(head), [self._row(finding) for finding in findings])
                yield f"## {self._say('heading', title=title, n=n)} {{#{anchor}}}"
                yield said.why[self.language]
                floating = floated(f"tbl-{anchor}", table, self._say("caption", title=title, n=n))
                yield f"::::: {{.wide}}\n\n{floating}\n:::::"
                snippets = [text for finding in findings if (text := words.snippet(finding, self.year))]
                if snippets and severity != "info":
                    code = "\n\n".join(snippets).replace("`", "'")
                    fold = f'::: {{.fold title="{self._say("snippets", n=len(snippets))}"}}'
                    yield f"{fold}\n\n{self._say('snippets_intro')}\n\n```\n{code}\n```\n\n:::"

    def _row(self, finding: Finding) -> list[str]:
        shown = visible(words.value(finding, self.year, self.language) or "", _LONGEST_VALUE)
        unit, name = words.of_rule(finding.rule).value_label, words.municipality(finding)
        place = escape(brief(finding.file))
        return [
            f"[{escape(name) if name else self._say('nobody')}]{{#{self.anchors[id(finding)]}}}",
            escape(words.field(finding, self.year, self.language)),
            escape(f"{shown} {unit[self.language]}" if unit else shown) if shown else self._say("nothing"),
            escape(words.message(finding, self.language)),
            self._say("row", file=place, row=finding.row) if finding.row is not None else place,
        ]

    def _index(self) -> list[str]:
        """Write a row a municipality: how many findings, and the first of each rule as a link."""
        of_whom: dict[str, dict[str, list[Finding]]] = defaultdict(dict)
        for finding in chain.from_iterable(chain.from_iterable(groups.values()) for groups in self.groups.values()):
            of_whom[words.municipality(finding) or ""].setdefault(finding.rule, []).append(finding)
        if not of_whom:
            return []
        rows = []
        for name in sorted(of_whom, key=lambda name: (not name, alphabetical(name))):
            links = [
                f"[{escape(words.of_rule(rule).title[self.language])}](#{self.anchors[id(found[0])]})"
                + (f" ({number(len(found), self.language)})" if len(found) > 1 else "")
                for rule, found in of_whom[name].items()
            ]
            count = number(sum(map(len, of_whom[name].values())), self.language)
            rows.append([escape(name) or self._say("nobody"), count, "; ".join(links)])
        head = [self._say(name) for name in ("municipality", "number", "what")]
        table = pipe_table(head, _INDEX_WIDTHS, [False, True, False], rows)
        return [f"# {self._say('index')} {{#index}}", floated("tbl-index", table, self._say("index_caption"))]

    def _passed(self) -> list[str]:
        found = {finding.rule for finding in self.findings}
        listed = "\n".join(f"- {escape(rule.title[self.language])}" for rule in rules() if rule.id not in found)
        intro = f"# {self._say('passed')} {{#passed}}"
        return [intro, self._say("passed_intro"), f"::: {{.names}}\n\n{listed}\n\n:::"] if listed else []

    def _level(self, name: str) -> str:
        return words.PHRASES.text(self.language, f"level.{name}")

    def _say(self, phrase: str, **data: object) -> str:
        return words.PHRASES(self.language, f"page.{phrase}", **data)


def _place(finding: Finding) -> tuple[bool, str, str, int, str, str]:
    name = words.municipality(finding) or ""
    return not name, alphabetical(name), finding.file, finding.row or 0, finding.field, finding.message
