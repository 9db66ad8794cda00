"""What pages and letters say: phrases.toml, and a finding's parts in words."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pipeline.check.findings import Finding, Severity
from pipeline.check.rules import Words, rules
from pipeline.register import municipalities
from pipeline.year import Language, Model, Question, Text, Year

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, direction and private characters, and what is no character
_LONGEST = 300
_AFTER_Z = str.maketrans("åäö", "{|}")  # the three characters that come after z


class Level(Model):
    """The words of one severity."""

    name: Text
    means: Text


class Phrases(Model):
    """The file."""

    level: dict[Severity, Level]
    page: dict[str, Text]
    letter: dict[str, Text]
    field: dict[str, Text]


@cache
def phrases() -> Phrases:
    """Read phrases.toml."""
    return Phrases.model_validate(tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8")))


def of_rule(rule: str) -> Words:
    """Return the words of a rule. One not known is called by its id, and anybody can look at what it found."""
    known = next((one for one in rules() if one.id == rule), None)
    name = plain(rule) or "–"
    return known or Words(title=Text(sv=name, en=name), why=phrases().page["some"], do=phrases().letter["check_it"])


def rule_order(found: Iterable[str]) -> list[str]:
    """Put ids of rules in the order of rules.toml, ids that it does not hold last."""
    known = [rule.id for rule in rules()]
    return sorted(set(found), key=lambda rule: (known.index(rule) if rule in known else len(known), rule))


def plain(text: str, longest: int = _LONGEST) -> str:
    """Make text from data one line without control or direction characters, cut with an ellipsis.

    A line break or a mark in one answer must not change how what stands around it is read.
    """
    seen = "".join(letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in _UNSEEN)
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def message(finding: Finding, language: Language) -> str:
    """Give what was found, in one language."""
    return plain(finding.message_sv if language == "sv" else finding.message)


def municipality(finding: Finding) -> str | None:
    """Name whom a finding concerns: the municipality by the register, else as it was written; None when nobody."""
    known = municipalities().get(finding.municipality_code or "")
    return known.name if known else plain(finding.recipient or finding.municipality_code or "") or None


def question(finding: Finding, year: Year) -> Question | None:
    """Give the question of the form that a finding is about, if it is about one."""
    return next((question for question in year.question if question.id == finding.field), None)


def field(finding: Finding, year: Year, language: Language) -> str:
    """Say what a finding is about: the question, or what the field is called."""
    asked = question(finding, year)
    text = asked.text if asked else phrases().field.get(finding.field)
    return plain(text[language] if text else finding.field)


def value(finding: Finding, year: Year, language: Language) -> str | None:
    """Give what was found there: as it was written, the ids of options as their texts; None when nothing was."""
    written = finding.value or ""
    asked = question(finding, year)
    texts = {option.id: option.text[language] for option in asked.option} if asked else {}
    chosen = written.split("; ")
    if all(each in texts for each in chosen):
        written = "; ".join(texts[each] for each in chosen)
    return plain(written) or None


def made_up(findings: Iterable[Finding], year: Year) -> list[Question]:
    """Give the questions among those found whose answers are made up, in the order of the form."""
    fields = {finding.field for finding in findings} & set(year.grant.synthetic)
    return [question for question in year.question if question.id in fields]


def alphabetical(name: str) -> str:
    """Give the key that sorts names by the Swedish alphabet: å, ä, ö last."""
    return unicodedata.normalize("NFC", name).casefold().translate(_AFTER_Z)
