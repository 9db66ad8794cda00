"""What a cell of a report may call. Everything it gives is Markdown."""

from pipeline.publish.opening import open_report
from pipeline.publish.report import Report

__all__ = ["Report", "open_report"]
