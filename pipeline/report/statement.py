"""What the authority has filled in for the report's statement on accessibility: reports/accessibility.toml."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pipeline.model import Model, Text, read_model
from pipeline.paths import REPORTS

Name = Literal["authority", "assessment", "contact"]


class Statement(Model):
    """The whole of accessibility.toml. A text is Markdown, and empty until somebody has written it."""

    authority: Text
    """Who publishes the report and answers for it."""
    assessment: Text
    """How far the report meets the law, who assessed that, how and when."""
    contact: Text
    """Where a reader tells of shortcomings."""


@cache
def statement() -> Statement:
    """Read it once. UserError when the file does not hold."""
    return read_model(REPORTS / "accessibility.toml", Statement, "reports/accessibility.toml")
