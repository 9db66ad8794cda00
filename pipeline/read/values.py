"""Text to values. What cannot be read for sure is None, never a guess: the caller keeps the text for the finding."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_KRONOR = re.compile(
    rf"(?P<whole>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:[.,]0{{1,2}}|[{_SPACES}]?[:,]-)?[{_SPACES}]*(?:kr\.?|kronor|SEK)?",
    re.IGNORECASE | re.ASCII,
)
_MOMENT = re.compile(
    r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"(?: ?(?P<offset>Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?))?",
    re.ASCII,
)
_IN_WORDS = re.compile(r"(\d{1,2}) ([a-z]{3,9})\.? (\d{4})", re.ASCII | re.IGNORECASE)
_MONTHS = "januari februari mars april maj juni juli augusti september oktober november december".split()  # noqa: SIM905
_MOST_DIGITS = 12
_MOST_COUNTED = 10**9
_FIRST_YEAR = 1910  # a time of day without a day is one of 1899 or 1900 in a spreadsheet


def clean(text: str | None) -> str | None:
    """Text without stray white space around it, or None when nothing is left."""
    stripped = (text or "").strip(_SPACES + "\t\r\n\ufeff")
    return stripped or None


def kronor(text: str) -> int | None:
    """Read whole kronor, 0 or more: "471 968", "471968 kr", "471 968,00". None if not sure: "1.234,50", "ca 5"."""
    found = _KRONOR.fullmatch(text)
    if not found:
        return None
    digits = re.sub(rf"[{_SPACES}]", "", found["whole"])
    return int(digits) if len(digits) <= _MOST_DIGITS else None


def count(text: str) -> int | None:
    """Read a count: whole, 0 or more, its digits grouped or not. None for an amount ("12 kr") and what is not sure."""
    return None if re.search(r"[A-Za-z:-]", text) else kronor(text)


def key_count(text: str) -> int | None:
    """Read what a key counts in a municipality. None for more than a billion, which is a number of something else."""
    found = kronor(text)
    return found if found is None or found <= _MOST_COUNTED else None


def day(text: str) -> date | None:
    """Read a date: 2024-06-03, 2024/06/03, 20240603, 3 juni 2024, with or without a time. None for any other form."""
    read = moment(text)
    return read and read.date()


def moment(text: str) -> datetime | None:
    """Read a date with its time of day (midnight when there is none), in Swedish time. None when it is no date.

    An offset (2025-01-31T22:30:00Z) is reckoned with; a time without one is taken to be Swedish.
    """
    offset = None
    if in_words := _IN_WORDS.fullmatch(" ".join(text.split())):
        numbers = [int(in_words[3]), _month(in_words[2].casefold()), int(in_words[1])]
    elif (found := _MOMENT.fullmatch(text)) and (found[4] or not found["offset"]):
        numbers, offset = [int(number or 0) for number in found.groups()[:6]], found["offset"]
    else:
        return None
    try:
        read = datetime(*numbers)  # type: ignore[arg-type]
        read = read if offset is None else _in_sweden(read, offset)
    except (ValueError, OverflowError):
        return None
    return read if read.year >= _FIRST_YEAR else None


def _in_sweden(read: datetime, offset: str) -> datetime:
    sign, digits = (-1 if offset[0] == "-" else 1), offset[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta() if offset == "Z" else sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return (read - ahead).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Stockholm")).replace(tzinfo=None)


def _month(name: str) -> int:
    """Number of a Swedish month, whole or its first letters; 0, which no date has, for any other word."""
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)
