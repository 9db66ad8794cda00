"""What pages and letters say: phrases.toml, and a finding's parts in words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.check.findings import Finding
from pipeline.check.rules import Words, rules
from pipeline.language import brief
from pipeline.phrases import Phrases
from pipeline.register import municipalities
from pipeline.year import Language, Question, Text, Year

PHRASES = Phrases(Path(__file__).with_name("phrases.toml"), "letters/phrases.toml")


def of_rule(rule: str) -> Words:
    """Return the words of a rule. One not known is called by its id, and anybody can look at what it found."""
    known = next((one for one in rules() if one.id == rule), None)
    name = brief(rule) or "–"
    why, todo = PHRASES.group("page")["some"], PHRASES.group("letter")["check_it"]
    return known or Words(title=Text(sv=name, en=name), why=why, do=todo)


def rule_order(found: Iterable[str]) -> list[str]:
    """Put ids of rules in the order of rules.toml, ids that it does not hold last."""
    known = [rule.id for rule in rules()]
    return sorted(set(found), key=lambda rule: (known.index(rule) if rule in known else len(known), rule))


def message(finding: Finding, language: Language) -> str:
    """Return what was found, in one language."""
    return brief(finding.message_sv if language == "sv" else finding.message)


def municipality(finding: Finding) -> str | None:
    """Name whom a finding concerns: the municipality by the register, else as it was written; None when nobody."""
    known = municipalities().get(finding.municipality_code or "")
    return known.name if known else brief(finding.recipient or finding.municipality_code or "") or None


def question(finding: Finding, year: Year) -> Question | None:
    """Return the question of the form that a finding is about, if it is about one."""
    return next((question for question in year.question if question.id == finding.field), None)


def field(finding: Finding, year: Year, language: Language) -> str:
    """Return what a finding is about: the question, or what the field is called."""
    asked = question(finding, year)
    text = asked.text if asked else PHRASES.group("field").get(finding.field)
    return brief(text[language] if text else finding.field)


def value(finding: Finding, year: Year, language: Language) -> str | None:
    """Return what was found there: as it was written, the ids of options as their texts; None when nothing was."""
    written = finding.value or ""
    asked = question(finding, year)
    texts = {option.id: option.text[language] for option in asked.option} if asked else {}
    chosen = written.split("; ")
    if all(option in texts for option in chosen):
        written = "; ".join(texts[option] for option in chosen)
    return brief(written) or None


def made_up(findings: Iterable[Finding], year: Year) -> list[Question]:
    """Return the questions among those found whose answers are made up, in the order of the form."""
    fields = {finding.field for finding in findings} & set(year.grant.synthetic)
    return [question for question in year.question if question.id in fields]
