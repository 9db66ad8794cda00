"""Swedish (Myndigheternas skrivregler) and English as reports write them: numbers, words and short phrases."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from pipeline.mask import visible
from pipeline.model import Language

NBSP = "\u00a0"
MINUS = "\u2212"
UNKNOWN = "–"

_WORDS: dict[Language, list[str]] = {
    "sv": "noll en två tre fyra fem sex sju åtta nio tio elva tolv".split(),  # noqa: SIM905
    "en": "no one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
}
MONTHS = "januari februari mars april maj juni juli augusti september oktober november december".split()  # noqa: SIM905
_IN_ENGLISH = "January February March April May June July August September October November December".split()  # noqa: SIM905
_MONTHS: dict[Language, list[str]] = {"sv": MONTHS, "en": _IN_ENGLISH}
_ONE_MILLION = 1_000_000
_AFTER_Z = str.maketrans("åäö", "{|}")  # the three characters that come after z
_CHECKSUM_SHOWN = 12


def number(value: int, language: Language) -> str:
    """Write a whole number with its digits in groups of three: 471 968."""
    return (MINUS if value < 0 else "") + f"{abs(value):,}".replace(",", NBSP if language == "sv" else ",")


def percent(value: int, language: Language) -> str:
    """Write a whole percentage as in tables and charts: 83 %."""
    return number(value, language) + (f"{NBSP}%" if language == "sv" else "%")


def tenths(value: float, language: Language) -> str:
    """Write a number with one decimal: 5,9."""
    whole, tenth = divmod(round(abs(value) * 10), 10)
    minus = MINUS if value < 0 else ""
    return f"{minus}{number(whole, language)}{',' if language == 'sv' else '.'}{tenth}"


def words(value: int, language: Language) -> str:
    """Write a number as in running text: a word up to twelve, digits above."""
    return _WORDS[language][value] if 0 <= value <= 12 else number(value, language)


def about(value_kr: int, language: Language) -> str:
    """Write an amount as in running text: "cirka 86 miljoner kronor", half up; exact below one million or when nothing
    is lost."""
    if abs(value_kr) < _ONE_MILLION:
        return f"{number(value_kr, language)}{NBSP}{'krona' if abs(value_kr) == 1 else 'kronor'}"
    exact, in_tenths = value_kr % 100_000 == 0, (abs(value_kr) + 50_000) // 100_000
    if in_tenths >= 100 and not exact:
        in_tenths = (abs(value_kr) + 500_000) // _ONE_MILLION * 10
    amount = tenths(in_tenths / 10, language) if in_tenths % 10 else number(in_tenths // 10, language)
    millions = "million" if language == "en" else ("miljon" if in_tenths == 10 else "miljoner")
    roughly = "" if exact else ("cirka " if language == "sv" else "about ")
    return f"{roughly}{MINUS if value_kr < 0 else ''}{amount}{NBSP}{millions} kronor"


def about_count(value: int, language: Language) -> str:
    """Write a number of people or things as in running text: "cirka 21 000", half up; exact below one thousand."""
    step = 1000 if value >= 10_000 else 100
    if value < 1000 or value % step == 0:
        return words(value, language)
    return ("cirka " if language == "sv" else "about ") + number((value + step // 2) // step * step, language)


def day(value: date, language: Language) -> str:
    """Write a date as in running text: day, month in words, year."""
    return f"{value.day}{NBSP}{_MONTHS[language][value.month - 1]} {value.year}"


def listed(names: Sequence[str], language: Language) -> str:
    """Join names as a sentence does: "A, B och C"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {'och' if language == 'sv' else 'and'} {names[-1]}"


def sentence_case(text: str) -> str:
    """Begin with a capital letter, leaving the rest."""
    return text[:1].upper() + text[1:]


def brief(text: str) -> str:
    """Return text from data as letters and lists have it: visible, and at most 300 characters."""
    return visible(text, 300)


def alphabetical(name: str) -> str:
    """Return the key that sorts names by the Swedish alphabet: å, ä, ö last."""
    return unicodedata.normalize("NFC", name).casefold().translate(_AFTER_Z)


def grouped(value: int) -> str:
    """Write a whole number for a screen, with its digits in groups of three: 471 968."""
    return f"{value:,}".replace(",", " ")


def amount(value_kr: int) -> str:
    """Write an amount for a screen: 471 968 kr."""
    return f"{grouped(value_kr)} kr"


def several(n: int, one: str, many: str) -> str:
    """Write a number of things for a screen: 1 return, 24 returns."""
    return f"{grouped(n)} {one if n == 1 else many}"


def first(lines: Sequence[str], indent: str, rest: str = "", most: int = 10) -> Iterator[str]:
    """Yield the first lines, indented, and how many more there are; `rest` says where."""
    yield from (f"{indent}{line}" for line in lines[:most])
    if len(lines) > most:
        yield f"{indent}… and {len(lines) - most} more{rest}"


def written(value: object, kind: str, language: Language) -> str:
    """Write a value of a kind as tables and charts have it: `count`, `kr`, `percent`, `tenths`, `date`, `checksum`, or
    as it stands."""
    match kind, value:
        case "percent", int():
            return percent(value, language)
        case (("count" | "kr"), int()):
            return number(value, language)
        case "tenths", int() | float():
            return tenths(value, language)
        case "date", str() | date():
            return day(date.fromisoformat(str(value)), language)
    text = UNKNOWN if value is None else str(value)
    return text[:_CHECKSUM_SHOWN] if kind == "checksum" else text
