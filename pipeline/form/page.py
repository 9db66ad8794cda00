"""The form for one municipality as one page that asks nobody for anything: it checks, and saves a file to send in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.declarations import Declarations
from pipeline.files import write_text
from pipeline.form.workbook import OF_ALL, hold_questions, said_of, say, sums_of
from pipeline.language import day
from pipeline.markdown import with_own_scripts
from pipeline.year import Language, Question, Year

_TEMPLATE = Path(__file__).with_name("page.html.j2")


def write_page(rules: Year, declarations: Declarations, path: Path, language: Language) -> None:
    """Write the form of a year as .html. UserError when the year has no questions."""
    from jinja2 import Environment, StrictUndefined

    hold_questions(rules)
    last = rules.grant.return_by
    data = {
        "questions": [_told(question, language) for question in rules.question],
        "bases": {
            one.id: one.model_dump(include={"of", "above_zero", "question", "answer"}) for one in declarations.base
        },
        "sums": [
            {"parts": one.parts, "of": one.of, "atMost": one.at_most, "say": said_of(one, rules, language)}
            for one in sums_of(rules, declarations)
        ],
        "say": {name: say(language, f"check.{name}") for name in ("missing", "whole", "above", "exclusive", "which")}
        | {name: say(language, f"page.{name}") for name in ("wrong", "saved")},
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        language=language,
        title=say(language, "form.title", grant=rules.grant.name[language], year=rules.year),
        until=say(language, "form.until", day=day(last, language)) if last else "",
        questions=rules.question,
        needed_of_all={one.id for one in rules.question if one.required and one.asked in OF_ALL},
        say=lambda name: say(language, name),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
    )
    write_text(path, with_own_scripts(page))


def _told(question: Question, language: Language) -> dict[str, Any]:
    """Return what the page's script knows of a question. Options are saved in Swedish, which is what is read."""
    return {
        **question.model_dump(include={"id", "kind", "asked", "required", "column"}),
        "text": question.text[language],
        "option": [
            {"id": one.id, "text": one.text.sv, "exclusive": one.exclusive, "specify": one.specify}
            for one in question.option
        ],
    }
