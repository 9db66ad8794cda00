"""Findings in words, as data: what the review edition of the report shows of them (pipeline/report/review.py)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.check import Finding
from pipeline.check.rules import rules
from pipeline.files import write_text
from pipeline.language import brief
from pipeline.letters import words

_ON_PRINT = "check_published"
"""The view whose findings are about printed figures; their field is an address, or a figure of the text."""


def write_described(findings: Sequence[Finding], path: Path, tables: Path, earlier: Path | None) -> None:
    """Write findings, each with whom it is about, its rule's title and what was found; and what fields are called.

    `tables` is the folder of the year's CSV files, `earlier` that of an earlier build.
    """
    on_print = {rule.id for rule in rules() if rule.view == _ON_PRINT}
    found = [
        {
            "field": finding.field,
            "on_print": finding.rule in on_print,
            "who": words.municipality(finding),
            "title": words.of_rule(finding.rule).title.model_dump(),
            "said": {"sv": words.message(finding, "sv"), "en": words.message(finding, "en")},
            "file": brief(finding.file),
            "row": finding.row,
        }
        for finding in findings
    ]
    content = {
        "findings": found,
        "fields": {name: text.model_dump() for name, text in words.PHRASES.group("field").items()},
        "tables": str(tables.resolve()),
        "earlier": str(earlier.resolve()) if earlier else None,
    }
    write_text(path, json.dumps(content, ensure_ascii=False))
