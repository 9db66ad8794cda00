"""Letters to municipalities in plain text, to paste into a message: what to look at again, and what they can do."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES
from pipeline.language import brief, number
from pipeline.letters import words
from pipeline.register import municipalities
from pipeline.year import Language, Year

_INDENT = "   "


def letters(findings: Sequence[Finding], year: Year, language: Language) -> dict[str, str]:
    """Return a letter to each municipality that can do something, by file name: 1440-ale.txt, 1440-ale.en.txt."""
    of_one: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        known = finding.municipality_code in municipalities()
        if known and finding.severity != "info" and words.of_rule(finding.rule).do is not None:
            of_one[finding.municipality_code or ""].append(finding)
    return {letter_file(code, language): _Letter(of_one[code], year, language).text() for code in sorted(of_one)}


def letter_file(code: str, language: Language) -> str:
    """Name a letter's file in ASCII: the register's code and name."""
    marked = unicodedata.normalize("NFD", municipalities()[code].name.casefold())
    kept = (letter for letter in marked if not unicodedata.combining(letter))
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in kept)
    return f"{code}-{name}.txt" if language == "sv" else f"{code}-{name}.{language}.txt"


class _Letter:
    """One letter: findings of the same rule that say the same are one point."""

    def __init__(self, findings: Sequence[Finding], year: Year, language: Language) -> None:
        self.findings, self.year, self.language = findings, year, language
        order = words.rule_order(finding.rule for finding in findings)

        def gravest_first(one: Finding) -> tuple[int, int, str, int]:
            return SEVERITIES.index(one.severity), order.index(one.rule), one.file, one.row or 0

        self.points: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in sorted(findings, key=gravest_first):
            self.points[finding.rule, words.message(finding, language)].append(finding)

    def text(self) -> str:
        """Write the whole letter, its paragraphs not wrapped."""
        name = words.municipality(self.findings[0])
        grant = brief(self.year.grant.name[self.language])
        about = "return" if any(words.of_rule(finding.rule).of_return for finding in self.findings) else "grant"
        one = "_one" if len(self.points) == 1 else ""
        return "\n\n".join(
            [
                *([self._say("made_up")] if words.made_up(self.findings, self.year) else []),
                self._say(f"subject{one}", name=name, year=self.year.year),
                self._say("greeting"),
                self._say(f"thanks_{about}", name=name, grant=grant, year=self.year.year),
                self._say(f"ask{one}", count=len(self.points)),
                *(
                    self._point(at, rule, message, findings)
                    for at, ((rule, message), findings) in enumerate(self.points.items(), start=1)
                ),
                self._say(f"reply_{about}"),
                self._say("closing"),
                self._say("signed") + "\n",
            ]
        )

    def _point(self, at: int, rule: str, message: str, findings: Sequence[Finding]) -> str:
        said = words.of_rule(rule)
        lines = [line for finding in findings for line in self._answered(finding)]
        lines.append(self._say("saw", message=message.rstrip(".")))
        if said.last_day and self.year.grant.return_by:
            lines.append(self._say("last_day", day=self.year.grant.return_by))
        if said.do:
            lines.append(self._say("do", do=said.do[self.language]))
        return f"\n{_INDENT}".join([f"{at}. {said.title[self.language]}", *dict.fromkeys(lines)])

    def _answered(self, finding: Finding) -> list[str]:
        """Say what was asked and what stands there. A value that only repeats who it is from says nothing."""
        if finding.value is not None and finding.value == finding.recipient:
            return []
        field = words.field(finding, self.year, self.language)
        is_question = words.question(finding, self.year) is not None
        shown = self._value(finding)
        asked = self._say("question" if is_question else "field", field=field)
        if words.of_rule(finding.rule).value_label:  # worked out: the message gives it
            return [asked]
        stands = "answer" if is_question else "value"
        return [asked, self._say(stands, value=shown) if shown else self._say(f"no_{stands}")]

    def _value(self, finding: Finding) -> str | None:
        value = words.value(finding, self.year, self.language)
        if value is None:
            return None
        asked = words.question(finding, self.year)
        is_amount = asked.kind == "money" if asked else finding.field.endswith("_kr")
        if value.isascii() and value.isdecimal() and (is_amount or (asked and asked.kind == "count")):
            return self._say("amount", value=int(value)) if is_amount else number(int(value), self.language)
        return self._say("quoted", value=value)

    def _say(self, phrase: str, **data: object) -> str:
        return words.PHRASES(self.language, f"letter.{phrase}", **data)
