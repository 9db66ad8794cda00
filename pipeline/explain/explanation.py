"""What an explanation holds, checked when it is made, and its sentences: those of words.toml, filled in."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from pipeline import language
from pipeline.declarations import Column
from pipeline.model import Language, Text

Role = Literal["counted", "plus", "minus", "whole", "base", "listed"]
"""What a term is to a number: counted; added, taken away, divided by; the base of a table; whom a row is about."""


class InconsistentError(AssertionError):
    """An explanation that does not give its number: a fault of this program, never of a user."""


@dataclass(frozen=True)
class Member:
    """A municipality, what it adds to a number, and where its return and requisition stand (None: there is none)."""

    municipality_code: str
    municipality: str
    region_code: str | None
    region: str | None
    value: int | None
    return_file: str | None = None
    return_row: int | None = None
    requisition_file: str | None = None
    requisition_row: int | None = None


@dataclass(frozen=True)
class Term:
    """A part of a number: its total and the municipalities behind it (nobody where a rule or print says it)."""

    role: Role
    id: str
    label: Text
    unit: str
    total: int | None
    municipalities: tuple[Member, ...]

    def __post_init__(self) -> None:
        """Raise InconsistentError when the municipalities do not give the total, or one is there twice."""
        codes = [one.municipality_code for one in self.municipalities]
        _hold(len(codes) == len(set(codes)), f"{self.id}: a municipality is there twice")
        if codes and self.total is not None:
            _hold(sum(one.value or 0 for one in self.municipalities) == self.total, f"{self.id}: not the sum")


@dataclass(frozen=True)
class BaseCount:
    """The base: its id, what it is called, how many are in it, and of them have answered (None: not told)."""

    id: str
    label: Text
    n: int | None
    answered: int | None = None


@dataclass(frozen=True)
class RawFile:
    """A raw file: what it is, where in the data folder, and its SHA-256."""

    role: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Definition:
    """What an explanation's SQL uses of the store: a table, view or macro, and the file that defines it."""

    kind: str
    name: str
    file: str


@dataclass(frozen=True)
class RowCell:
    """A cell of a row or table that is explained as a whole."""

    address: str
    column: Text
    value: Any
    unit: str


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that is known about a number (`of` cell), a row or a table. docs/explain.md describes each field."""

    address: str
    of: Literal["cell", "row", "table"] = "row"
    year: int
    """The grant year that the number is about: in a table by year, not always that of the report."""
    table: Text
    row: Text | None = None
    column: Text | None = None
    value: Any = None
    unit: str | None = None
    definition: Text
    base: BaseCount | None = None
    synthetic: bool = False
    printed: bool = False
    coded: bool = False
    comparable: bool = True
    note: Text | None = None
    sql: str
    sql_municipalities: str | None = None
    sql_file: str
    sql_uses: tuple[Definition, ...] = ()
    files: tuple[RawFile, ...] = ()
    terms: tuple[Term, ...] = ()
    cells: tuple[RowCell, ...] = ()

    @property
    def municipalities(self) -> tuple[Member, ...]:
        """Those counted, or listed; of a share, those in its part; none where several terms are added up."""
        parts = [term for term in self.terms if term.role != "whole"]
        return parts[0].municipalities if len(parts) == 1 else ()

    def _repr_html_(self) -> str:
        """Show it in a notebook: what the number is in both languages, who is in it, and where it is made."""
        told = {
            self.address: "" if self.value is None else f"{self.value} {self.unit or ''}",
            "sv": self.definition.sv,
            "en": self.definition.en,
            "base": f"{self.base.label.en} ({self.base.n})" if self.base else None,
            "made up": "yes" if self.synthetic else None,
            "municipalities": ", ".join(one.municipality for one in self.municipalities) or None,
            "made in": self.sql_file,
        }
        rows = (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told.items() if text is not None)
        return f"<dl>{''.join(rows)}</dl>"


def check_value(value: Any, unit: str, terms: Sequence[Term], base_n: int | None, address: str) -> None:
    """Raise InconsistentError, naming the address, when a number is not what its terms give."""
    part = sum(term.total or 0 for term in terms if term.role in ("counted", "plus"))
    part -= sum(term.total or 0 for term in terms if term.role == "minus")
    wholes = [term.total or 0 for term in terms if term.role == "whole"]
    whole = wholes[0] if wholes else base_n if unit == "percent" else None
    times = {"percent": 100, "tenths": 1000}.get(unit, 1)
    share = (2 * times * part + whole) // (2 * whole) if whole and whole > 0 else None
    expected = part if whole is None else share
    _hold(value == expected, f"{address} is {value!r}, and its municipalities give {expected!r}")


def as_data(it: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON knows it: the names of the fields are the keys, words are {"sv": …, "en": …}."""
    return dict(TypeAdapter(Explanation).dump_python(it))


def _hold(holds: bool, what: str) -> None:
    if not holds:
        raise InconsistentError(what)


@cache
def _frames() -> dict[str, Text]:
    content = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {name: Text.model_validate(text) for name, text in content.items()}


def say(name: str, **parts: Text | int | str) -> Text:
    """Return a sentence of words.toml with its parts put in: numbers as each language writes them."""

    def put(part: Text | int | str, lang: Language) -> str:
        if isinstance(part, Text):
            return part[lang]
        return language.number(part, lang) if isinstance(part, int) else part

    frame = _frames()[name]
    return Text.both(lambda lang: frame[lang].format(**{place: put(part, lang) for place, part in parts.items()}))


def joined(*parts: Text | None) -> Text:
    """Return sentences after each other; those of nothing fall away."""
    return Text.both(lambda lang: " ".join(part[lang] for part in parts if part and part[lang]))


def listed(texts: Sequence[Text]) -> Text:
    """Return words as a sentence lists them."""
    return Text.both(lambda lang: language.listed([text[lang] for text in texts], lang))


def quoted(text: Text) -> Text:
    """Return words in quotation marks."""
    return Text(sv=f"”{text.sv}”", en=f"“{text.en}”")


def noted(notes: Iterable[Text]) -> Text | None:
    """Return notes as one; None without any."""
    note = joined(*notes)
    return note if note.sv else None


def label_of(column: Column) -> Text:
    """Return what a column is called: one that is not printed, by its id."""
    return column.label or Text.same(column.id)


def where(group: Text | None, year: int | None) -> Text:
    """Return in words which group and year a number is of, where it is not the whole country and the report's year."""
    return joined(say("region", region=group) if group else None, say("year", year=str(year)) if year else None)
