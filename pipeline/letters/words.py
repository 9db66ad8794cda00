"""What pages and letters say: a finding's parts in words, letters in plain text, corrections to fill in."""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.check import SEVERITIES, Finding, Words, rules
from pipeline.errors import TO_FILL_IN
from pipeline.language import brief, number
from pipeline.mask import visible
from pipeline.model import Language, Text
from pipeline.phrases import Phrases
from pipeline.read.corrections import FIELDS, NAME
from pipeline.register import municipalities
from pipeline.year import Question, Year

PHRASES = Phrases(Path(__file__).with_name("phrases.toml"), "letters/phrases.toml")


def of_rule(rule: str) -> Words:
    """Return the words of a rule. One not known is called by its id, and anybody can look at what it found."""
    known = next((one for one in rules() if one.id == rule), None)
    name = brief(rule) or "–"
    why, todo = PHRASES.group("page")["some"], PHRASES.group("letter")["check_it"]
    return known or Words(title=Text.same(name), why=why, do=todo)


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


class Told(NamedTuple):
    """What a finding is about: a question of the form, if it is one, what it is called, and what was found."""

    question: Question | None
    field: str
    value: str | None


def told(finding: Finding, year: Year, language: Language) -> Told:
    """Return what a finding is about; the value as it was written, the ids of options as their texts."""
    asked = next((question for question in year.question if question.id == finding.field), None)
    called = asked.text if asked else PHRASES.group("field").get(finding.field)
    texts = {option.id: option.text[language] for option in asked.option} if asked else {}
    chosen = (finding.value or "").split("; ")
    written = "; ".join(texts[option] for option in chosen) if set(chosen) <= set(texts) else finding.value or ""
    return Told(asked, brief(called[language] if called else finding.field), brief(written) or None)


def made_up(findings: Iterable[Finding], year: Year) -> list[Question]:
    """Return the questions among those found whose answers are made up, in the order of the form."""
    fields = {finding.field for finding in findings} & set(year.grant.synthetic)
    return [question for question in year.question if question.id in fields]


class Letter(NamedTuple):
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
        rule, known = of_rule(finding.rule), finding.municipality_code in municipalities()
        if known and (rule.reminder or finding.severity != "info") and rule.do is not None:
            of_one[finding.municipality_code or ""].append(finding)
    return [_letter(code, of_one[code], year, language) for code in sorted(of_one)]


def signature(year: Year, language: Language) -> str:
    """Return how a letter ends: who writes, and where to ask, as far as year.toml says."""
    sender, contact = year.letters.sender, year.letters.contact
    return PHRASES(language, "letter.signature", sender=sender and brief(sender[language]), contact=contact)


def _letter(code: str, findings: Sequence[Finding], year: Year, language: Language) -> Letter:
    """Write to one municipality: findings of the same rule that say the same are one point, the gravest first."""
    order = rule_order(finding.rule for finding in findings)

    def gravest_first(one: Finding) -> tuple[int, int, str, int]:
        return SEVERITIES.index(one.severity), order.index(one.rule), one.file, one.row or 0

    alike: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=gravest_first):
        alike[finding.rule, message(finding, language)].append(finding)
    of_rules = [of_rule(finding.rule) for finding in findings]
    is_reminder = all(rule.reminder for rule in of_rules)
    subject_of, text_of = ("reminder_subject", "reminder") if is_reminder else ("subject", "text")
    of_whom = {"name": municipality(findings[0]), "year": year.year}
    subject = PHRASES(language, f"letter.{subject_of}", n=len(alike), **of_whom)
    points = [_point(rule, said, of_one, year, language) for (rule, said), of_one in alike.items()]
    told: dict[str, Any] = {
        "subject": subject,
        "signature": signature(year, language),
        "grant": brief(year.grant.name[language]),
    }
    told |= {"made_up": bool(made_up(findings, year)), "of_return": any(rule.of_return for rule in of_rules)}
    told |= {"reply_by": year.letters.reply_by, "return_by": year.grant.return_by}
    text = PHRASES(language, f"letter.{text_of}", points=points, **of_whom, **told)
    return Letter(code, subject, f"{text}\n")


def _point(
    rule: str, message: str, findings: Sequence[Finding], year: Year, language: Language
) -> tuple[str, Iterable[str]]:
    """Return a point's title, and its lines: what was asked and stands there, what we saw, and what can be done."""
    rule_says, lines = of_rule(rule), list[str]()

    def say(phrase: str, **data: object) -> str:
        return PHRASES(language, f"letter.{phrase}", **data)

    def written(found: str, finding: Finding, asked: Question | None) -> str:
        if found.isascii() and found.isdecimal():
            if asked.kind == "money" if asked else finding.field.endswith("_kr"):
                return say("amount", value=int(found))
            if asked and asked.kind == "count":
                return number(int(found), language)
        return say("quoted", value=found)

    for finding in findings:
        if finding.value is not None and finding.value == finding.recipient:
            continue  # a value that only repeats who it is from says nothing
        asked, field, found = told(finding, year, language)
        lines.append(say("question" if asked else "field", field=field))
        if not rule_says.value_label:  # else it is worked out, and the message gives it
            stands = "answer" if asked else "value"
            lines.append(say(stands, value=written(found, finding, asked)) if found else say(f"no_{stands}"))
    lines.append(say("saw", message=message.rstrip(".")))
    if rule_says.last_day and year.grant.return_by:
        lines.append(say("last_day", day=year.grant.return_by))
    if rule_says.do:
        lines.append(say("do", do=rule_says.do[language]))
    return rule_says.title[language], dict.fromkeys(lines)


def ready(finding: Finding, year: Year) -> dict[str, Any] | None:
    """Return what a correction of a finding names; `ignored` when its row is to be judged. None: nothing to correct."""
    rule, known = of_rule(finding.rule), {question.id for question in year.question} | FIELDS | {NAME}
    if finding.row is None or finding.field not in known or rule.fix == "none" or rule.reminder:
        return None
    place = {"file": finding.file.removeprefix(f"raw/{year.year}/"), "row": finding.row}
    if rule.fix == "row":
        return {**place, "field": NAME, "found": brief(finding.recipient or ""), "ignored": True}
    # A value that was worked out does not stand in any cell: what does is to be filled in.
    found = None if rule.value_label else told(finding, year, "sv").value or ""
    return {**place, "field": finding.field, "found": found}


def snippet(finding: Finding, year: Year) -> str | None:
    """Return the lines of corrections.toml to fill in; None when nothing of the finding can be corrected."""
    correction = ready(finding, year)
    if correction is None:
        return None
    decided = {} if "ignored" in correction else {"corrected": TO_FILL_IN}
    correction["found"] = TO_FILL_IN if correction["found"] is None else correction["found"]
    given = {**correction, **decided, "reason": TO_FILL_IN, "who": TO_FILL_IN, "when": TO_FILL_IN}
    lines = (visible(f"{name} = {json.dumps(value, ensure_ascii=False)}") for name, value in given.items())
    return "\n".join(["[[correction]]", *lines])
