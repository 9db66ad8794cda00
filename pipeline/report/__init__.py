"""The report's writer: `open_report` for its first cell, `%%prose` for all others (docs/report-source.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.report.open import open_report
    from pipeline.report.report import Report

__all__ = ["Report", "open_report"]


def __getattr__(name: str) -> Any:
    """Import what is asked for: threads import parts of this room, and would meet in one that imports all others."""
    if name in __all__:
        from pipeline.report import open as opened

        return getattr(opened, name)
    raise AttributeError(name)
