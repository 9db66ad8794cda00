"""Rules as data, checked with Great Expectations; findings that somebody can act on."""

from pipeline.check.beside import Checking, start_check
from pipeline.check.findings import Finding, summary, write_findings

__all__ = ["Checking", "Finding", "start_check", "summary", "write_findings"]
