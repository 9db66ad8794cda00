"""Rules as data, checked with Great Expectations; findings that somebody can act on."""

from pipeline.check.findings import Finding, as_json, read_findings, stop_if_critical, summary, write_findings
from pipeline.check.process import Checking, start_check

__all__ = [
    "Checking",
    "Finding",
    "as_json",
    "read_findings",
    "start_check",
    "stop_if_critical",
    "summary",
    "write_findings",
]
