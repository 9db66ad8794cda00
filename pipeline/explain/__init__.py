"""Explain a number of the report: what it is, how it is made, from which files, and which municipalities are in it."""

from pipeline.explain.explainer import Explainer
from pipeline.explain.explanation import (
    Base,
    Explanation,
    File,
    InconsistentError,
    Member,
    Shown,
    Term,
    as_data,
)
from pipeline.explain.page import PageNumbers

__all__ = [
    "Base",
    "Explainer",
    "Explanation",
    "File",
    "InconsistentError",
    "Member",
    "PageNumbers",
    "Shown",
    "Term",
    "as_data",
]
