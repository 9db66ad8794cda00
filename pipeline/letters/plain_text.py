"""Letters to municipalities in plain text, to paste into a message: what to look at again, and what they can do."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.check import Finding
from pipeline.check.findings import SEVERITIES
from pipeline.language import brief, number
from pipeline.letters import words
from pipeline.register import municipalities
from pipeline.year import Language, Question, Year


@dataclass(frozen=True)
class Letter:
    """A letter to one municipality."""

    municipality_code: str
    subject: str
    text: str

    def file(self, language: Language) -> str:
        """Name its file: 1440-ale.txt or 1440-ale.en.txt."""
        return file_name(self.municipality_code, municipalities()[self.municipality_code].name, language, "txt")


def file_name(code: str, name: str, language: Language, ending: str) -> str:
    """Return a code and a name as the name of a file, in ASCII."""
    marked = unicodedata.normalize("NFD", name.casefold())
    kept = (letter for letter in marked if not unicodedata.combining(letter))
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in kept)
    return f"{code}-{plain}{'' if language == 'sv' else f'.{language}'}.{ending}"


def letters(findings: Sequence[Finding], year: Year, language: Language) -> list[Letter]:
    """Return a letter to each municipality that can do something, in the order of their codes."""
    of_one: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        rule, known = words.of_rule(finding.rule), finding.municipality_code in municipalities()
        if known and (rule.reminder or finding.severity != "info") and rule.do is not None:
            of_one[finding.municipality_code or ""].append(finding)
    return [_letter(code, of_one[code], year, language) for code in sorted(of_one)]


def signature(year: Year, language: Language) -> str:
    """Return how a letter ends: who writes, and where to ask, as far as year.toml says."""
    sender, contact = year.letters.sender, year.letters.contact
    return words.PHRASES(language, "letter.signature", sender=sender and brief(sender[language]), contact=contact)


def _letter(code: str, findings: Sequence[Finding], year: Year, language: Language) -> Letter:
    """Write to one municipality: findings of the same rule that say the same are one point, the gravest first."""
    order = words.rule_order(finding.rule for finding in findings)

    def gravest_first(one: Finding) -> tuple[int, int, str, int]:
        return SEVERITIES.index(one.severity), order.index(one.rule), one.file, one.row or 0

    alike: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=gravest_first):
        alike[finding.rule, words.message(finding, language)].append(finding)
    is_reminder = all(words.of_rule(finding.rule).reminder for finding in findings)
    of_whom = {"name": words.municipality(findings[0]), "year": year.year}
    kind = "reminder_subject" if is_reminder else "subject"
    subject = words.PHRASES(language, f"letter.{kind}", n=len(alike), **of_whom)
    text = words.PHRASES(
        language,
        "letter.reminder" if is_reminder else "letter.text",
        made_up=bool(words.made_up(findings, year)),
        of_return=any(words.of_rule(finding.rule).of_return for finding in findings),
        grant=brief(year.grant.name[language]),
        points=[_point(rule, message, of_one, year, language) for (rule, message), of_one in alike.items()],
        subject=subject,
        signature=signature(year, language),
        reply_by=year.letters.reply_by,
        return_by=year.grant.return_by,
        **of_whom,
    )
    return Letter(code, subject, f"{text}\n")


def _point(
    rule: str, message: str, findings: Sequence[Finding], year: Year, language: Language
) -> tuple[str, Iterable[str]]:
    """Return a point's title, and its lines: what was asked and stands there, what we saw, and what can be done."""
    said = words.of_rule(rule)

    def say(phrase: str, **data: object) -> str:
        return words.PHRASES(language, f"letter.{phrase}", **data)

    def written(finding: Finding, asked: Question | None) -> str | None:
        value = words.value(finding, year, language)
        is_amount = asked.kind == "money" if asked else finding.field.endswith("_kr")
        is_number = value is not None and value.isascii() and value.isdecimal()
        if value is not None and is_number and is_amount:
            return say("amount", value=int(value))
        if value is not None and is_number and asked and asked.kind == "count":
            return number(int(value), language)
        return None if value is None else say("quoted", value=value)

    lines = []
    for finding in findings:
        if finding.value is not None and finding.value == finding.recipient:
            continue  # a value that only repeats who it is from says nothing
        asked, field = words.question(finding, year), words.field(finding, year, language)
        lines.append(say("question" if asked else "field", field=field))
        if not said.value_label:  # else it is worked out, and the message gives it
            stands, value = "answer" if asked else "value", written(finding, asked)
            lines.append(say(stands, value=value) if value else say(f"no_{stands}"))
    lines.append(say("saw", message=message.rstrip(".")))
    if said.last_day and year.grant.return_by:
        lines.append(say("last_day", day=year.grant.return_by))
    if said.do:
        lines.append(say("do", do=said.do[language]))
    return said.title[language], dict.fromkeys(lines)
