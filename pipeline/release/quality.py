"""The quality declaration of the report (reports/quality.<language>.md), as a file of its own in plain Markdown."""

from __future__ import annotations

import re

from pipeline.markdown import MARKDOWN, pandoc
from pipeline.paths import REPORTS
from pipeline.report.report import Report

_REFERENCE = re.compile(r"@(?:tbl|bil[a-z]?|app[a-z]?)-(\w+)")


def declaration(report: Report) -> str:
    """Return the declaration, filled in by the figures of a report; empty where the project has none in its language.

    What it refers to is a table of the release.
    """
    source = f"quality.{report.language}.md"
    if not (REPORTS / source).is_file():
        return ""
    text = report.prose(f'{{% include "{source}" %}}')
    named = _REFERENCE.sub(r"`\1`", text)
    options = {"from": f"{MARKDOWN}-citations", "to": "gfm-raw_html", "wrap": "none"}
    return pandoc(named.encode(), options).decode()
