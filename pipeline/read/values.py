"""Text to values. What cannot be read for sure is None, never a guess: the caller keeps the text for the finding."""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.language import MONTHS
from pipeline.register import INVISIBLE

WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words)
    for name, words in tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")).items()
}
_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_KRONOR = re.compile(
    rf"(?P<whole>\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d+)(?:[.,]0{{1,2}}|[{_SPACES}]?[:,]-)?[{_SPACES}]*(?:kr\.?|kronor|SEK)?",
    re.IGNORECASE | re.ASCII,
)
_MOMENT = re.compile(
    r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})(?:[T ]([01]?\d|2[0-3]):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"(?: ?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?))?",
    re.ASCII,
)
_IN_WORDS = re.compile(r"(\d{1,2}) ([a-z]{3,9})\.? (\d{4})", re.ASCII | re.IGNORECASE)
_MOST_DIGITS, _MOST_COUNTED = 12, 10**9
_FIRST_YEAR = 1910  # a time of day without a day is one of 1899 or 1900 in a spreadsheet
# What a text becomes that was read in another encoding than it was written in.
_MISREAD = (*product(("cp1252", "latin-1", "mac_roman"), ("utf-8",)), ("cp1252", "mac_roman"), ("cp1252", "cp850"))


def clean(text: str | None) -> str | None:
    """Text without stray white space around it, or None when nothing is left."""
    return (text or "").strip(_SPACES + "\t\r\n\ufeff") or None


def header_text(header: str | None) -> str:
    """Return the words of a header, without line breaks, doubled spaces, split letters and marks that nobody sees."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", header or "")).split())


def header_key(header: str | None) -> str:
    """Return what headers are compared by: their words, whatever case, spaces or marks that nobody sees."""
    return header_text(header).casefold()


def hits(cells: Sequence[str | None], wanted: Collection[str]) -> int:
    """Return how many of the wanted keys a row has."""
    return len({header_key(cell) for cell in cells} & set(wanted))


def misread(header: str, wanted: Collection[str]) -> str | None:
    """Return the wanted header that this one was before its encoding was lost, its key when letters are gone."""
    if "\ufffd" in header:
        key = header_key(header)
        parts, alike = key.split("\ufffd"), [one for one in wanted if len(one) == len(key)]
        return next((one for one in alike if all(part in one for part in parts)), None)
    for read_as, written_as in _MISREAD if not header.isascii() else ():
        try:
            before = header.encode(read_as).decode(written_as)
        except UnicodeError:
            continue
        if header_key(before) in wanted:
            return before
    return None


def kronor(text: str) -> int | None:
    """Read whole kronor, 0 or more: "471 968", "471968 kr", "471 968,00". None if not sure: "1.234,50", "ca 5"."""
    found = _KRONOR.fullmatch(text)
    digits = re.sub(rf"[{_SPACES}]", "", found["whole"]) if found else ""
    return int(digits) if 0 < len(digits) <= _MOST_DIGITS else None


def count(text: str) -> int | None:
    """Read a count: whole, 0 or more, its digits grouped or not. None for an amount ("12 kr") and what is not sure."""
    return None if re.search(r"[A-Za-z:-]", text) else kronor(text)


def key_count(text: str) -> int | None:
    """Read what a key counts in a municipality. None for more than a billion, which is a number of something else."""
    found = kronor(text)
    return found if found is None or found <= _MOST_COUNTED else None


def day(text: str) -> date | None:
    """Read a date: year-month-day, also with "/" or nothing between, or 3 juni and the year; a time may follow. None
    for any other form."""
    read = moment(text)
    return read and read.date()


def moment(text: str) -> datetime | None:
    """Read a date with its time (midnight when there is none), in Swedish time unless it has an offset, or None."""
    if in_words := _IN_WORDS.fullmatch(" ".join(text.split())):
        begins = in_words[2].casefold()
        month = next((at for at, name in enumerate(MONTHS, start=1) if name.startswith(begins)), 0)  # 0: no date
        written = f"{in_words[3]}-{month:02}-{in_words[1]:0>2}"
    elif (found := _MOMENT.fullmatch(text)) and (found[4] or not found[7]):
        hour, minute, second, offset = found.groups("")[3:]
        written = f"{found[1]}-{found[2]}-{found[3]}T{hour:0>2}:{minute:0>2}:{second:0>2}{offset}"
    else:
        return None
    try:
        read = datetime.fromisoformat(written)
        read = read.astimezone(ZoneInfo("Europe/Stockholm")).replace(tzinfo=None) if read.tzinfo else read
    except (ValueError, OverflowError):
        return None
    return read if read.year >= _FIRST_YEAR else None
