"""The report's writer: `open_report` for its first cell, `%%prose` for all others (docs/report-source.md)."""

from pipeline.report.open import open_report
from pipeline.report.report import Report

__all__ = ["Report", "open_report"]
