"""Numbers that keep their addresses, and the words of the house around them.

A number in a text is a token, one private character, until the text is written: so what is checked and cut into
sentences is the text alone, and Markdown is never read back. Written, it is `[84]{.n data-n="method/any/count"}`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline import language
from pipeline.markdown import Markdown, escape
from pipeline.model import Language, Text
from pipeline.paths import REPORTS
from pipeline.phrases import Phrases
from pipeline.report.blocks import Block
from pipeline.tabulate import COUNTRY, Cell, Table, Tables

PHRASES = Phrases(REPORTS / "phrases.toml", "reports/phrases.toml")
TOKEN = re.compile("[\U000f0000-\U0010fffd]")
_PLANE = 0xFFFE  # the last two of a plane are no characters
_NUMBERS = ("count", "kr", "percent", "year", "tenths")


@dataclass(frozen=True)
class Choice:
    """Where in a text begins, or ends, what was chosen by what some figures show. Unseen."""

    addresses: tuple[str, ...] = ()
    opens: bool = False

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class Declared:
    """Words that a declaration gives, such as a title: their digits are no numbers of the text."""

    text: str

    def __str__(self) -> str:
        return escape(self.text)


@dataclass(frozen=True, eq=False)
class Number:
    """A cell in a text. It compares like its value, and whatever filter writes it, its address stays with it."""

    cell: Cell
    writer: Writer = field(repr=False)
    text: str | None = None
    """What a filter has made of it."""
    noun: str = ""
    addressed: bool = True

    @property
    def value(self) -> Any:
        """The value, to compare and compute with; None when it is not known."""
        return self.cell.value

    @property
    def kind(self) -> str:
        """What it is: count, kr, percent, year …"""
        return self.cell.kind

    @property
    def written(self) -> str:
        """The value as a sentence has it."""
        return self.writer.in_text(self.cell) if self.text is None else self.text

    def as_text(self, text: str) -> Number:
        """Say the value in other words."""
        return replace(self, text=text)

    def followed_by(self, noun: str) -> Number:
        """Put a noun after it, on the same line."""
        return replace(self, noun=noun)

    def without_address(self) -> Number:
        """Leave the address out: for a title, which is plain text."""
        return replace(self, addressed=False)

    def markdown(self) -> str:
        """Return the number with its address and its noun."""
        noun = f"{language.NBSP}{self.noun}" if self.noun else ""
        return (self.writer.addressed(self.cell, self.written) if self.addressed else self.written) + noun

    def __str__(self) -> str:
        return self.written + (f"{language.NBSP}{self.noun}" if self.noun else "")

    def __html__(self) -> str:
        return self.writer.hold(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def __bool__(self) -> bool:
        self.writer.look(self.cell.address)
        return bool(self.value)

    def __eq__(self, other: object) -> bool:
        return self._compare(other, operator.eq)

    def __lt__(self, other: object) -> bool:
        return self._compare(other, operator.lt)

    def __le__(self, other: object) -> bool:
        return self._compare(other, operator.le)

    def __gt__(self, other: object) -> bool:
        return self._compare(other, operator.gt)

    def __ge__(self, other: object) -> bool:
        return self._compare(other, operator.ge)

    def __hash__(self) -> int:
        return hash(self.cell.address)

    def _compare(self, other: object, way: Callable[[Any, Any], bool]) -> bool:
        self.writer.look(self.cell.address)
        if isinstance(other, Number):
            self.writer.look(other.cell.address)
            other = other.value
        is_known = self.value is not None and other is not None
        return way(self.value, other) if is_known or way is operator.eq else False


class Writer:
    """The tables of one year, written in one language."""

    def __init__(self, tables: Tables, language: Language) -> None:
        self.tables, self.declarations = tables, tables.declarations
        self.language: Language = language
        self.environment = PHRASES.environment(language, self.finalize)
        self.environment.filters["plain"] = lambda number: number.without_address()
        self.looked_at: list[str] = []
        """Addresses whose values were compared, and tables that were looked through, since somebody cleared it."""
        self.displayed: set[str] = set()
        """Tables of the whole country that the report has displayed."""
        self.show: Callable[[Block], None] = _show
        """Shows a block in the notebook that it is made in."""
        self._held: list[Number | Block | Choice | Declared] = []
        self._tokens: dict[object, str] = {}

    def display(self, table_id: str) -> Table:
        """Return a table that is about to be displayed, and note that."""
        table = self.tables[table_id]
        self.displayed.add(table.national if table.axis == "year" else table_id)
        return table

    def look(self, address: str) -> None:
        """Note that a value was compared."""
        self.looked_at.append(address)

    def hold(self, thing: Number | Block | Choice | Declared) -> str:
        """Return a token that stands for a number, a block, or anything that is written when the text is."""
        key: object = thing if isinstance(thing, Choice | Declared) else id(thing)
        if isinstance(thing, Number):
            key = (thing.cell.address, thing.text, thing.noun, thing.addressed)
        if key not in self._tokens:
            at = len(self._held)
            self._held.append(thing)
            self._tokens[key] = chr((0xF0000 if at < _PLANE else 0x100000 - _PLANE) + at)
        return self._tokens[key]

    def held(self, token: str) -> Number | Block | Choice | Declared:
        """Return what a token stands for."""
        code = ord(token)
        return self._held[code - 0xF0000 if code < 0x100000 else code - 0x100000 + _PLANE]

    def resolve(self, text: str) -> str:
        """Write the tokens of a text as Markdown."""

        def write(found: re.Match[str]) -> str:
            thing = self.held(found[0])
            return thing.markdown() if isinstance(thing, Number) else str(thing)

        return TOKEN.sub(write, text)

    def finalize(self, value: Any) -> Any:
        """Write what a template puts in: numbers and blocks as tokens, text as text, and nothing for None."""
        if hasattr(value, "__html__"):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Markdown(value)
        return Markdown("") if value is None else escape(str(value))

    def said(self, name: str, **words: object) -> Markdown:
        """Return one of the house phrases filled in, as Markdown."""
        return Markdown(PHRASES.fill(self.environment, name, **words))

    def plainly(self, name: str, **words: object) -> str:
        """Return one of the house phrases filled in, as plain text for drawings and alternative texts."""
        return PHRASES(self.language, name, **words)

    def written(self, value: object, kind: str) -> str:
        """Return a value of a kind (language.written) as plain text."""
        return language.written(value, kind, self.language)

    def n(self, address: str) -> Number:
        """Return the number at an address. UserError when there is none."""
        return Number(self.tables.cell(address), self)

    def addressed(self, cell: Cell, text: str | None = None, *, anchor: bool = False) -> str:
        """Return a cell with its address: written as tables have it, unless its `text` is given.

        With an `anchor` it is the place in the page that the address of its row leads to.
        """
        text = self.in_table(cell) if text is None else text
        classes = ""
        if cell.kind in _NUMBERS and cell.kind != "year":  # a year is none of the numbers that open
            classes = ".n .made-up " if cell.is_synthetic else ".n "
        place = f"#{cell.address.rpartition('/')[0].replace('/', '.')} " if anchor else ""
        return f'[{text}]{{{place}{classes}data-n="{cell.address}"}}'

    def declared(self, text: Text) -> Markdown:
        """Return words that a declaration gives, in the language."""
        return self.quoted(text[self.language])

    def quoted(self, text: str) -> Markdown:
        """Return words whose digits are no numbers of the text."""
        return Markdown(self.hold(Declared(text)))

    def option(self, table: Table, option: str) -> str:
        """Return what an option is called: without the colon that asks for more."""
        return table.declared.words(option)[self.language].rstrip(" :")

    def short(self, table: Table, option: str) -> str:
        """Return what an option is called in the head of a column or at a mark: in brief, where it has that."""
        short = table.declared.named(option).short
        return short[self.language] if short else self.option(table, option)

    def in_sentence(self, table: Table, options: Iterable[str]) -> tuple[Markdown, bool]:
        """Return options as a sentence lists them, and whether in its own words; else, as answers, they are quoted."""
        named = {option: table.declared.named(option).in_text for option in options}
        worded = all(named.values())
        parts = []
        for option, words in named.items():
            cell = table.cell(option, "label")
            quoted = self.said("sentence.quote", text=self.option(table, option))
            parts.append(self.hold(Number(cell, self, escape(words[self.language]) if words and worded else quoted)))
        return Markdown(language.listed(parts, self.language)), worded

    def in_text(self, cell: Cell) -> str:
        """Return a value as a sentence has it: as Markdown, percentages without their sign.

        A share that rounds to 0 or 100 and is neither is called less than 1, or more than 99.
        """
        if cell.kind == "percent" and cell.value is not None:
            exact = cell.share
            if exact is not None and cell.value in (0, 100) and exact not in (0, 1):
                return self.said("share.hardly_any" if cell.value == 0 else "share.nearly_all")
            return language.number(cell.value, self.language)
        return self.in_table(cell)

    def in_table(self, cell: Cell) -> str:
        """Return a value as a table has it, as Markdown."""
        if cell.kind == "checksum" and cell.value is not None:
            return f"`{language.written(cell.value, cell.kind, self.language)}`"
        if cell.kind in _NUMBERS or cell.kind == "date" or cell.value is None:
            return language.written(cell.value, cell.kind, self.language)
        if cell.kind == "label":
            return escape(self.option(cell.table, cell.row[cell.column.of or cell.column.id]))
        return escape(self.place(cell))

    def place(self, cell: Cell) -> str:
        """Return a text as it stands; the whole country, and groups shown together, in the report's language."""
        together = cell.table.together.get(cell.key.partition("/")[0])
        if together and cell.value == together.sv:
            return together[self.language]
        country = cell.table.declared.country
        is_country = (cell.key, cell.column.id) == (COUNTRY, "region")
        return country[self.language] if country and is_country else str(cell.value)


def _show(block: Block) -> None:
    from IPython.display import display

    display({"text/markdown": str(block)}, raw=True)  # type: ignore[no-untyped-call]
