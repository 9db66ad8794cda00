"""Explain a number of the report: what it is, how it is made, from which files, and which municipalities are in it."""

from pipeline.explain.explainer import Explainer
from pipeline.explain.explanation import Explanation, InconsistentError, Member, Term, as_data
from pipeline.explain.page import PageNumbers

__all__ = ["Explainer", "Explanation", "InconsistentError", "Member", "PageNumbers", "Term", "as_data"]
