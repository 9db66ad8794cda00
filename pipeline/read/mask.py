"""Personal data in text, masked while reading: neither store nor findings nor messages hold it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

ValueT = TypeVar("ValueT")

_UNSEEN = r"\u00ad\u200b-\u200f\u2060\ufeff"
_DASH = r"\-\u2010-\u2015\u2212"
_GAP = rf"[\s{_UNSEEN}]{{0,2}}"
# Ten digits or twelve: a date (a coordination number's day is 60 more), four digits.
_IDENTITY = re.compile(
    rf"(?<!\d)(?:\d\d)?(\d\d)[{_DASH}./ ]?(0[1-9]|1[0-2])[{_DASH}./ ]?(0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
    rf"{_GAP}[+{_DASH}]?{_GAP}(\d{{4}})(?!\d)"
)
_EMAIL = re.compile(r"(?<![^\s@<>;,\"'])[^\s@<>;,\"']++@[^\s@<>;,\"']+\.[^\s@<>;,\"'.]+")
# With a country's code: nine digits or more. Without: an area's code and five digits or more, in twos and threes.
# Neither begins inside a day (2024-06-03) nor ends before a time (10:30).
_PHONE = re.compile(
    rf"(?<!\d)(?<!\d[-.:])(?:(?:\+|00)[1-9](?:[\s{_DASH}/(){_UNSEEN}]{{0,3}}\d){{8,13}}"
    rf"|\(?0[1-9]\d{{0,2}}\)?{_GAP}[{_DASH}/]?{_GAP}(?:\d{{5,8}}|\d{{3}}(?:[\s{_DASH}]\d{{2,3}}){{1,2}}"
    rf"|\d\d(?:[\s{_DASH}]\d{{2,3}}){{2,3}}))(?!\d|:\d)"
)


def mask(text: str) -> str:
    """Replace identity numbers with a valid check digit, e-mail addresses and phone numbers by a word in brackets."""
    text = _IDENTITY.sub(lambda found: "[personnummer]" if _is_valid("".join(found.groups())) else found[0], text)
    text = _EMAIL.sub("[e-post]", text)
    return _PHONE.sub("[telefon]", text)


def unless_personal(read: Callable[[str], ValueT | None], text: str) -> ValueT | None:
    """Read a value. None when the text may be personal data: ten digits are an amount and an identity number alike."""
    return read(text) if mask(text) == text else None


def _is_valid(ten_digits: str) -> bool:
    """Return whether the last of ten digits is their check digit (Luhn)."""
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(ten_digits)]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
