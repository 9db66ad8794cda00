"""Personal data in text, masked while reading: neither store nor findings nor messages hold it."""

from __future__ import annotations

import re

_IDENTITY = re.compile(r"(?<!\d)(?:\d{2})?(\d{6})[-+\s]?(\d{4})(?!\d)")
_EMAIL = re.compile(r"[^\s@<>;,\"']+@[^\s@<>;,\"']+\.[^\s@<>;,\"'.]+")
_PHONE = re.compile(r"(?<!\d)(?:\+46\s?(?:\(0\))?|0046\s?|0)\d{1,3}[-\s/]?\d{2,3}(?:[-\s]?\d{2,3}){1,2}(?!\d)")


def mask(text: str) -> str:
    """Replace identity numbers with a valid check digit, e-mail addresses and phone numbers by a word in brackets."""
    text = _IDENTITY.sub(lambda found: "[personnummer]" if _is_identity(found[1], found[2]) else found[0], text)
    text = _EMAIL.sub("[e-post]", text)
    return _PHONE.sub("[telefon]", text)


def _is_identity(birth: str, serial: str) -> bool:
    """Tell whether ten digits are a personal or coordination number (day + 60): a date, and the check digit (Luhn)."""
    month, day = int(birth[2:4]), int(birth[4:6])
    if not (1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)):
        return False
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(birth + serial)]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
