"""What there is to look at in each table: findings, corrections, small bases, what differs. And a box that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pipeline import language
from pipeline.check import Finding
from pipeline.check.rules import rules
from pipeline.letters import words as of_findings
from pipeline.markdown import escape
from pipeline.review.compare import Difference, Printed
from pipeline.review.rests import AMOUNTS, TEXT, Bearing, Rests, small_bases
from pipeline.review.shown import Shown, cut
from pipeline.review.words import Speech
from pipeline.tabulate import Table, Tables
from pipeline.year import Year

NOTHING = Difference()
_NO_QUOTES = str.maketrans("", "", '"\\')  # in an attribute
_ON_PRINT = "check_published"
"""The view whose findings are about printed figures; their field is an address, or a figure of the text."""


@dataclass(frozen=True)
class Note:
    """What there is to look at in a table. Findings and corrections are named by their place in their lists."""

    counted: Sequence[int] = ()
    """Findings on what the table counts."""
    base: Sequence[int] = ()
    """Findings on who is in its base."""
    corrections: Sequence[int] = ()
    small: Mapping[str, int] = field(default_factory=dict)
    printed: Difference = NOTHING
    earlier: Difference = NOTHING

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """How many findings, corrections, small bases, and differences from print and from the earlier build."""
        findings = len(self.counted) + len(self.base)
        return findings, len(self.corrections), len(self.small), self.printed.count, self.earlier.count


class Notes:
    """The notes on all tables of a year."""

    def __init__(
        self,
        tables: Tables,
        rests: Rests,
        small: int,
        findings: Sequence[Finding],
        corrections: Sequence[Mapping[str, Any]],
        printed: Printed,
        earlier: Mapping[str, Difference] | None,
    ) -> None:
        """Hold all there is to look at."""
        self.tables, self.rests, self.small = tables, rests, small
        self.findings, self.corrections = findings, corrections
        self.printed, self.earlier = printed, earlier

    def of(self, table: str) -> Note:
        """Give what there is to look at in a table."""
        bearing = [self.of_finding(at, table) for at in range(len(self.findings))]
        return Note(
            [at for at, each in enumerate(bearing) if each == "counted"],
            [at for at, each in enumerate(bearing) if each == "base"],
            [at for at in range(len(self.corrections)) if self.of_correction(at, table)],
            small_bases(self.tables[table], self.small),
            self.printed.tables.get(table, NOTHING),
            (self.earlier or {}).get(table, NOTHING),
        )

    def of_finding(self, at: int, table: str) -> Bearing | None:
        """Tell how a finding bears on a table. One on an amount says nothing of who is in a base."""
        finding = self.findings[at]
        if finding.rule in _on_print():
            address = finding.field if "/" in finding.field else f"{TEXT}/{finding.field}"
            return "counted" if address.partition("/")[0] == table else None
        bearing = self.rests.bears(finding.field, table)
        return None if bearing == "base" and finding.field == "unused_kr" else bearing

    def of_correction(self, at: int, table: str) -> Bearing | None:
        """Tell how a correction bears on a table. An amount decides who is in a base when it becomes zero, or was."""
        each = self.corrections[at]
        bearing = self.rests.bears(each["field"], table)
        is_amount = bearing == "base" and each["field"] in AMOUNTS
        return None if is_amount and not {_digits(each["found"]), _digits(each["corrected"])} & {"0"} else bearing


class Boxes:
    """Writes notes as boxes of Markdown."""

    def __init__(self, notes: Notes, shown: Shown, rules: Year) -> None:
        """Hold the notes and the words."""
        self.notes, self.shown, self.rules = notes, shown, rules
        self.say: Speech = shown.speech

    def box(self, table: Table, lines: Sequence[str], also: Sequence[str] = ()) -> str:
        """Put lines into a box; `also` are the labels of what follows and shows the same table."""
        title = table.declared.title[self.say.language]
        label = self.say("block", "label", title=title).translate(_NO_QUOTES)
        name = f"**{self.say('block', 'title')}**"
        if also:
            followers = language.listed([f"@{each}" for each in also], self.say.language)
            name += f" {self.say('block', 'also', places=followers)}"
        listed = "\n".join(f"- {line}" for line in lines)
        return f'::: {{.review role="note" aria-label="{label}"}}\n{name}\n\n{listed}\n:::'

    def leading(self, place: str) -> str:
        """Lead to the box under another table or chart, which shows the same table."""
        return f"::: {{.review}}\n{self.say('block', 'see', place=place)}\n:::"

    def common(self, note: Note) -> list[str]:
        """Say which findings and corrections there are: the same for a table in all its shapes."""
        lines = [self._findings(name, at) for name, at in (("findings", note.counted), ("base", note.base)) if at]
        if note.corrections:
            each = [self.correction(self.notes.corrections[at], at) for at in note.corrections]
            lines.append(f"{self.say('block', 'corrections', n=len(each))}: {self.say.some(each)}")
        return lines

    def own(self, table: Table, note: Note) -> list[str]:
        """Say which bases are small, and what differs."""
        lines = []
        if note.small:
            few = language.words(self.notes.small, self.say.language)
            each = [
                self.say(
                    "block",
                    "small_row",
                    row=self.shown.row(table, table.rows[key], options=False),
                    count=language.number(base, self.say.language),
                )
                for key, base in note.small.items()
            ]
            lines.append(f"{self.say('block', 'small', n=len(each), small=few)}: {self.say.some(each, ', ')}")
        if note.printed.changes:
            lines.append(self._printed(table, note.printed))
        return lines + self.earlier(table, note.earlier)

    def earlier(self, table: Table, difference: Difference) -> list[str]:
        """Say what differs from the earlier build."""
        lines = []
        if difference.changes:
            each = self.shown.changes(table, difference.changes)
            lines.append(f"{self.say('block', 'changed', n=len(difference.changes))}: {self.say.some(each)}")
        for name, rows in (
            ("came", [table.rows[key] for key in difference.came]),
            ("gone", list(difference.gone.values())),
        ):
            if rows:
                names = [self.shown.row(table, row) for row in rows]
                lines.append(f"{self.say('block', name, n=len(names))}: {self.say.some(names)}")
        return lines

    def correction(self, correction: Mapping[str, Any], at: int) -> str:
        """Write a correction in a few words, with a link to it."""
        link = f"[{escape(correction['municipality'])}](#corrected-{at + 1})"
        what = escape(self.field(correction["field"]))
        if is_free_text(correction):
            return self.say("block", "text_corrected", who=link, field=what)
        found, corrected = (escape(cut(correction[each])) or "–" for each in ("found", "corrected"))
        return self.say("block", "correction", who=link, field=what, found=found, corrected=corrected)

    def field(self, field_id: str) -> str:
        """Say what a field is called: a question by its words."""
        asked = next((question for question in self.rules.question if question.id == field_id), None)
        known = asked.text if asked else of_findings.phrases().field.get(field_id)
        return of_findings.plain(known[self.say.language] if known else field_id)

    def _printed(self, table: Table, difference: Difference) -> str:
        same = self.notes.printed.year == self.rules.year
        phrase = "printed_same" if same else "printed_before"
        said = self.say("block", phrase, n=len(difference.changes), year=str(self.notes.printed.year))
        if not same and not all(
            question.comparable for question in self.rules.question if question.id in table.declared.questions
        ):
            said = f"{said} {self.say('block', 'not_comparable')}"
        return f"{said}: {self.say.some(self.shown.changes(table, difference.changes))}"

    def _findings(self, name: str, places: Sequence[int]) -> str:
        by_rule: dict[str, list[str]] = {}
        for at in places:
            finding = self.notes.findings[at]
            who = of_findings.municipality(finding) or self.field(finding.field)
            by_rule.setdefault(finding.rule, []).append(f"[{escape(who)}](#found-{at + 1})")
        each = [
            f"{escape(of_findings.of_rule(rule).title[self.say.language])}: {self.say.some(who, ', ')}"
            for rule, who in by_rule.items()
        ]
        return f"{self.say('block', name, n=len(places))}. {'; '.join(each)}"


@cache
def _on_print() -> frozenset[str]:
    return frozenset(rule.id for rule in rules() if rule.view == _ON_PRINT)


def _digits(text: str) -> str:
    return "".join(letter for letter in text.partition(",")[0] if letter.isdecimal()).lstrip("0") or "0"


def is_free_text(correction: Mapping[str, Any]) -> bool:
    """Tell whether a correction is of an answer in free text, which is not shown."""
    return bool(correction["kind"] == "text")
