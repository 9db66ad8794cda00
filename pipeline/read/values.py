"""Text to values. What cannot be read for sure is None, never a guess: the caller keeps the text for the finding."""

from __future__ import annotations

import re
from datetime import date

_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_KRONOR = re.compile(
    rf"(?P<whole>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:[.,]0{{1,2}}|[{_SPACES}]?[:,]-)?[{_SPACES}]*(?:kr\.?|kronor|SEK)?",
    re.IGNORECASE | re.ASCII,
)
_DATE = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_LARGEST_KR = 10**12


def clean(text: str | None) -> str | None:
    """Text without stray white space around it, or None when nothing is left."""
    stripped = (text or "").strip(_SPACES + "\t\r\n\ufeff")
    return stripped or None


def kronor(text: str) -> int | None:
    """Read whole kronor, 0 or more: "471 968", "471968 kr", "471 968,00". None if not sure: "1.234,50", "ca 5"."""
    found = _KRONOR.fullmatch(text)
    if not found:
        return None
    value = int(re.sub(rf"[{_SPACES}]", "", found["whole"]))
    return value if value < _LARGEST_KR else None


def day(text: str) -> date | None:
    """Read a date: 2024-06-03, 2024/06/03, 20240603. None for any other form."""
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
