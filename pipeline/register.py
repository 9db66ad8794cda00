"""Sweden's municipalities and regions, and their names as people write them.

Sources: SOURCES.md, beside the CSV files.

Matching never guesses: what is no name, genitive or alias, give or take case, spaces, dashes, the words around it, an
office behind it and a code that says the same, is left to a person, with suggestions.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pipeline.errors import UnreadableInputError

HERE = Path(__file__).parent
REGISTER, ALIASES = HERE / "municipalities.csv", "municipality_aliases.csv"

# Said of the municipality itself. Not "region" and "län": those name another body (Gotland's is an alias).
AROUND = frozenset({"kommun", "kommuns", "kommunen", "kommunens", "stad", "stads"})
# White space, hyphens, dashes, the minus sign and the punctuation that sets a label off. Not "?", not "/":
# who writes those says something else than one name.
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.,:;()\"']+")
# What a municipality's committees and offices are called: "Habo kommun, socialnämnden", "Falu kommun/omvårdnad".
OFFICE = re.compile(
    r"och|för|samt|vård|omvårdnad|välfärd|hälsa|hälso|äldre|social|stöd|service"
    r"|\w*(?:nämnd|förvaltning|kontor|avdelning|enhet|omsorg|socialtjänst|sektor)(?:e?n|et|s)?"
)
CODE = re.compile(r"(\d{3,4})(?:[.,]0+)?", re.ASCII)
WITH_CODE = re.compile(r"\s*(?:(\d{4})[\s\-–:,.]+(\D.*)|(.*\D)[\s\-–:,.(]+(\d{4})\)?)\s*", re.ASCII | re.DOTALL)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
MOST_SUGGESTIONS = 3
_MOST_WORDS = 12  # of a name with an office behind it


class Municipality(NamedTuple):
    """A municipality: SCB's code (four digits), its name without "kommun", its region's code (two digits)."""

    code: str
    name: str
    region_code: str


class Region(NamedTuple):
    """A region: SCB's county code (two digits), its name in full and short, its place from north (1) to south (21)."""

    code: str
    name: str
    short_name: str
    position: int


class Match(NamedTuple):
    """What a written name was found to be: a code if, and only if, "matched"; at most three names suggested, best
    first."""

    municipality_code: str | None
    outcome: Literal["matched", "unknown", "ambiguous", "wrong_code"]
    suggestions: tuple[str, ...] = ()


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Return the 290 municipalities by code, in the order of the codes."""
    return {row["code"]: Municipality(row["code"], row["name"], row["region_code"]) for row in _rows(REGISTER.name)}


@cache
def regions() -> Mapping[str, Region]:
    """Return the 21 regions by code, from north to south."""
    rows = (Region(row["code"], row["name"], row["short_name"], int(row["position"])) for row in _rows("regions.csv"))
    return {each.code: each for each in sorted(rows, key=lambda region: region.position)}


def match(written: str, code: str | None = None) -> Match:
    """Find the municipality that `written` names; `code`, if given, must say the same, and so must one in the name. It
    may have lost its leading zero or have decimals. A name not known is "unknown" whatever the code says; one known is
    "ambiguous" with another municipality's code, "wrong_code" with one that is none's."""
    split = WITH_CODE.fullmatch(written)
    name, inside = (split[2] or split[3], split[1] or split[4]) if split else (written, None)
    given = [one for one in ((code or "").strip(), inside) if one]
    by_code = list(dict.fromkeys(of_code(one) for one in given))
    form = _normal(name)
    if not form:
        return Match(None, "unknown")
    by_name, begins = _named(form)
    if by_name is None:
        first = [*(one.name for one in by_code if one), *([begins.name] if begins else [])]
        suggested = dict.fromkeys([*first, *_nearest(form)])
        return Match(None, "unknown", tuple(suggested)[:MOST_SUGGESTIONS])
    if by_code in ([], [by_name]):
        return Match(by_name.code, "matched")
    if None in by_code:
        return Match(None, "wrong_code", (by_name.name,))
    suggested = dict.fromkeys(one.name for one in (*by_code, by_name) if one)
    return Match(None, "ambiguous", tuple(suggested))


def of_code(written: str) -> Municipality | None:
    """Return the municipality of a code, which may have lost its leading zero or got decimals; None for any other."""
    found = CODE.fullmatch(written.strip())
    return municipalities().get(found[1].zfill(4)) if found else None


def _named(form: str) -> tuple[Municipality | None, Municipality | None]:
    """Return the municipality that a normal form names, perhaps with an office behind, and the one it begins with."""
    if form in _forms():
        return _forms()[form], None
    words = form.replace("/", " / ").split()[:_MOST_WORDS]
    for end in range(len(words) - 1, 0, -1):
        head = _forms().get(_normal(" ".join(words[:end])))
        if head:
            is_office = all(OFFICE.fullmatch(word) for word in words[end:] if word not in AROUND and word not in "/&")
            return (head if is_office and len(form.split()) <= _MOST_WORDS else None), head
    return None, None


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _normal(written: str) -> str:
    """Return the form that names are compared in. Letters keep their marks: Habo and Håbo are two municipalities."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", written)).casefold()
    words = [word for word in SEPARATORS.split(text) if word]
    own = [at for at, word in enumerate(words) if word not in AROUND]
    return " ".join(words[own[0] : own[-1] + 1]) if own else ""


@cache
def _forms() -> dict[str, Municipality]:
    """Return the municipality of every normal form: name, genitive, alias. UnreadableInputError for one of nobody."""
    forms: dict[str, Municipality] = {}
    for each in municipalities().values():
        form = _normal(each.name)
        forms[form] = each
        if not form.endswith(("s", "x", "z")):  # Borås kommun, Kalix kommun
            forms[form + "s"] = each
    for number, row in enumerate(_rows(ALIASES), start=2):
        named = municipalities().get(row["code"])
        if named is None or forms.setdefault(_normal(row["written"]), named) != named:
            problem, found = "an alias must lead to one municipality", f"{row['written']}, {row['code']}"
            raise UnreadableInputError(problem, file=ALIASES, row=number, found=found)
    return forms


def _nearest(form: str) -> list[str]:
    """Return the names most like a normal form, best first. Marks do not count here, so "amal" finds Åmål."""
    from difflib import get_close_matches  # only a name that did not match needs it

    names = {each.name: _unmarked(_normal(each.name)) for each in municipalities().values()}
    near = get_close_matches(_unmarked(form), dict.fromkeys(names.values()), n=MOST_SUGGESTIONS)
    return [name for key in near for name, unmarked in names.items() if unmarked == key]


@cache
def _unmarked(form: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", form) if not unicodedata.combining(letter))
