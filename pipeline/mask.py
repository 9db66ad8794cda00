"""What may be shown of a text that is not ours: no personal data, and no marks that nobody sees (docs/data.md)."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

ValueT = TypeVar("ValueT")

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, direction and private characters, and what is no character
_WORTH_A_LOOK = re.compile(r"\d(?:\D*\d){7}|[@\uff20\ufe6b]|\bat\b|\bsnabel|[(\[]a[)\]]", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])")

# An identity number is a date (a coordination number's day is 60 more) and four digits, the first of which may be a
# letter, before there is a number. It may be cut by spaces anywhere, and into thousands as an amount is.
_DATE = r"(?:18|19|20)?\d\d([-./_:\s]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])"
_IDENTITY = re.compile(rf"(?<!\d){_DATE}[\s\-+/._:|~*'\"&]{{0,5}}\d{{4}}(?!\d|([-./])\d\d?\2\d)")
_INTERIM = re.compile(rf"(?<!\d){_DATE}[\s\-+]?[TRSUWXJKLMN]\d{{3}}(?!\w)", re.IGNORECASE)
_SPACED = re.compile(r"(?<!\d)(?<!\d\s)\d(?:\s{0,2}\d){5,7}\s{0,3}[-+]?\s{0,3}\d(?:\s{0,2}\d){3}(?!\s?\d)")
_THOUSANDS = re.compile(r"(?<![\d.,'])(?:\d|\d{3})([.,'])\d{3}\1\d{3}\1\d{3}(?![.,']?\d)")
_DIGITS = re.compile(r"(?:18|19|20)?(\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])\d{4})")
_CASE = re.compile(
    r"\b(?:dnr|d\.nr|(?:diarie|ärende|besluts?|faktura|referens|verifikat)[\s-]?(?:nr|nummer)|ref|ocr)\W{0,3}"
    r"(?:[a-zåäö]{1,5}[\s-]?)?\Z",
    re.IGNORECASE,
)

_NAMES = r"(?:[\w-]+\.)+[a-zåäö]{2,}"
_EMAIL = re.compile(
    r"(?<![^\s@<>;,\"'])[^\s@<>;,\"']++@[^\s@<>;,\"']+\.[^\s@<>;,\"'.]+"
    rf"|(?<![\w.+-])[\w.+-]++(?:\s{{0,2}}@\s{{0,2}}{_NAMES}|\s?[(\[]a[)\]]\s?{_NAMES}"
    r"|(?:\s?[(\[{]\s?(?:at|ät|@|snabel-?a)\s?[)\]}]\s?|\ssnabel-?a\s)[\w-]+"
    r"(?:(?:\.|\s?[(\[{]?\b(?:dot|punkt)\b[)\]}]?\s?)[\w-]+)*"
    rf"|\sat\s[\w-]+\s(?:dot|punkt)\s\w+)|(?<![\w.+-])(?=[\w+-]*\.)[\w.+-]++\sat\s{_NAMES}",
    re.IGNORECASE,
)

# A mobile number however it is cut. Others: an area's code of Sweden's numbering plan, five digits to eight that begin
# with no zero, in twos, threes and fours, cut by spaces or by one mark throughout: opening hours mix their marks.
_CUT = r"[\s./_-]{0,3}"
_HOME = rf"(?:(?:\((?=\d+\)))?0|(?:\+|00)?46{_CUT}(?:\(0\))?{_CUT})"
_MOBILE = re.compile(rf"(?<![\d+])(?<!\d[-.:]){_HOME}7[02369](?:\)?{_CUT}\d){{7}}(?!\d|-\d)")
_ABROAD = re.compile(rf"(?<!\d)(?:\+|00(?=4[4-9]{_CUT}[1-9(]|358)){_CUT}[1-9](?:[\s\-./()]{{0,3}}\d){{8,13}}(?!\d|:\d)")
_THREE = r"01[013689]|02[0136]|03[1356]|04[0246]|054|06[03]|07[02-9]|090"
_FOUR = (
    r"01(?:2[0-5]|4[0-4]|5[0-9]|7[1-6])|02(?:2[0-7]|4[0-8]|5[0138]|7[018]|8[01]|9[0-57])"
    r"|03(?:0[0-4]|2[0125]|4[056]|7[0-2]|8[0-3]|9[0-3])|04(?:1[0-8]|3[0135]|5[14-79]|7[0-46-9]|8[0-156]|9[0-9])"
    r"|05(?:0[0-6]|1[0-5]|2[0-8]|3[0-4]|5[0-5]|6[0-5]|7[013]|8[0-9]|9[01])"
    r"|06(?:1[1-3]|2[0-4]|4[0-57]|5[0-37]|6[0-3]|7[0-2]|8[0-247]|9[0-356])"
    r"|09(?:1[0-68]|2[0-9]|3[0-59]|4[0-4]|5[0-4]|6[01]|7[0135678]|8[01])"
)
_AREA = rf"(?<!\d)(?<!\d[-.:])(?:\((?=\d+\)))?(?P<area>08|{_THREE}|{_FOUR})\)?"
_PHONE = re.compile(
    rf"{_AREA}(?:{_CUT}[1-9]\d{{4,7}}|(?P<gap>{_CUT})(?:[1-9]\d(?:\s{{1,3}}\d{{2,3}}){{1,3}}"
    rf"|[1-9]\d{{2,3}}(?:\s{{1,3}}\d{{2,4}}){{1,2}}|[1-9]\d\d(?P<same>[-._])\d\d(?P=same)\d{{2,3}})"
    rf"|(?P<mark>[-._])(?:[1-9]\d(?:(?P=mark)\d{{2,3}}){{1,3}}|[1-9]\d{{2,3}}(?:(?P=mark)\d{{2,4}}){{1,2}}))"
    r"(?!\d|:\d|[-./_]\d|\s?/\s?(?:19|20)\d\d)"
)


def safe(text: str) -> str:
    """Return text as one line without control and direction marks: nothing that a terminal obeys or hides."""
    if text.isprintable():
        return text
    kinds = [(letter, unicodedata.category(letter)) for letter in text]
    breaks = [" " if letter.isspace() and kind != "Zs" else letter for letter, kind in kinds]
    return "".join(letter for letter in breaks if unicodedata.category(letter) not in _UNSEEN)


def visible(text: str, longest: int | None = None) -> str:
    """Return text as `safe` does, with single spaces, cut with an ellipsis where it is too long."""
    line = " ".join(safe(text).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1].rstrip() + "…"


def escaped(written: str) -> str:
    """Return JSON with control and direction marks as JSON writes them in letters and digits."""
    unseen = {one for one in written if one != "\n" and unicodedata.category(one) in _UNSEEN}
    return "".join(json.dumps(one)[1:-1] if one in unseen else one for one in written)


def line_of(message: str) -> str:
    """Return a message as one safe line without personal data, also where that is cut by what Python wrote as `\\n`."""
    line = safe(message)
    whole = _ESCAPED.sub(" ", line)
    return line if mask(whole) == whole else mask(whole)


@lru_cache(10_000)
def mask(text: str) -> str:
    """Replace identity numbers, e-mail addresses and phone numbers by a word in brackets."""
    if not _WORTH_A_LOOK.search(text):
        return text
    plain, places = _plain(text)
    found: list[tuple[int, int, str]] = []
    for word, pattern, holds in _KINDS:
        for start, end in [each.span() for each in pattern.finditer(plain) if holds(each)]:
            found.append((places[start], places[end - 1] + 1, word))
            plain = plain[:start] + "\0" * (end - start) + plain[end:]
    for start, end, word in sorted(found, reverse=True):
        text = text[:start] + word + text[end:]
    return text


def unless_personal(read: Callable[[str], ValueT | None], text: str) -> ValueT | None:
    """Read a value. None when the text may be personal data: ten digits are an amount and an identity number alike."""
    return read(text) if mask(text) == text else None


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Return the text in plain digits, dashes and spaces, without unseen marks, and the place in it of each letter."""
    if text.isascii() and text.isprintable():
        return text, range(len(text))
    is_mark = [not one.isspace() and unicodedata.category(one) in (*_UNSEEN, "Mn", "Me") for one in text]
    kept = [(at, _simple(letter)) for at, letter in enumerate(text) if not is_mark[at]]
    return "".join(letter for _, letter in kept), [at for at, _ in kept]


def _simple(letter: str) -> str:
    if unicodedata.category(letter) == "Pd" or letter == "\u2212":
        return "-"
    same = unicodedata.normalize("NFKC", letter)
    return str(unicodedata.decimal(letter, same if len(same) == 1 else letter))


def _is_identity(found: re.Match[str]) -> bool:
    """Return whether the digits are a date and four digits, the last their check digit (Luhn). What is called a case
    number is none without its hyphen, or with a year of this century."""
    digits = re.sub(r"\D", "", found[0])
    ten = _DIGITS.fullmatch(digits)
    if not ten or (_is_case(found) and (digits[:-10] == "20" or not re.search(r"\d[-+]\d{4}$", found[0]))):
        return False
    doubled = [int(digit) * (2 - position % 2) for position, digit in enumerate(ten[1])]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _is_case(found: re.Match[str]) -> bool:
    return bool(_CASE.search(found.string, max(0, found.start() - 40), found.start()))


_CODE_IN_08 = re.compile(r"08(?:21|34|40|6[0-2]|8[0-5])\D")


def _is_phone(found: re.Match[str]) -> bool:
    """Return whether as many digits stand behind the area's code as belong there. Municipalities' codes that begin as
    Stockholm's area does (0880), and codes of three digits (010 163 020 188), stand in lists."""
    area, written, around = found["area"], found[0], found.string
    digits = len(re.sub(r"\D", "", written)) - len(area)
    least, most = {"08": (6, 8), "010": (7, 7)}.get(area, (5, 7))
    fours = found["gap"] == "" and _CODE_IN_08.match(written)
    threes = re.fullmatch(r"\d{3}(\s\d{3})+", written) and (
        re.search(r"\b\d{3}\s$", around[: found.start()][-5:]) or re.match(r"\s\d{3}\b", around[found.end() :][:5])
    )
    return least <= digits <= most and not (fours or threes or _is_case(found))


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    *(("[personnummer]", pattern, _is_identity) for pattern in (_IDENTITY, _SPACED, _THOUSANDS)),
    ("[personnummer]", _INTERIM, bool),  # whatever matches: a match is true
    ("[e-post]", _EMAIL, bool),
    *(("[telefon]", pattern, bool) for pattern in (_MOBILE, _ABROAD)),
    ("[telefon]", _PHONE, _is_phone),
)
