"""Numbers and sentences with addresses: what everything else in this room is written with.

A number is written with its address, `[84]{.n data-n="collaboration/civil_society/count"}`. In sentences it stands as
`{address}`, `{address:words}` (up to twelve as a word), `{address:Words}` (with a capital), `{address:about}`
("cirka 86 miljoner kronor"), and with a noun as `{address:words:kommun|kommuner}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from pipeline import language
from pipeline.errors import UserError
from pipeline.markdown import escape, span
from pipeline.publish.phrases import phrases
from pipeline.tabulate import COUNTRY, Cell, Declarations, Table, Tables
from pipeline.year import Language

UNKNOWN = "–"
_PLACEHOLDER = re.compile(r"\{(?P<name>\w[\w/-]*)(?::(?P<style>\w*))?(?::(?P<one>[^{}|]*)\|(?P<many>[^{}|]*))?\}")
_NUMBERS = ("count", "kr", "percent", "year", "tenths")
_CHECKSUM_SHOWN = 12


class Writer:
    """The tables of one year, written in one language."""

    def __init__(self, tables: Tables, declarations: Declarations, language: Language) -> None:
        """Hold what is written, and the words for it."""
        self.tables = tables
        self.declarations = declarations
        self.language: Language = language

    def phrase(self, group: str, name: str) -> str:
        """Give one of the house phrases, its placeholders still in it."""
        found: Mapping[str, Any] = getattr(phrases(), group)
        return str(found[name][self.language])

    def said(self, group: str, name: str, **words: str) -> str:
        """Give one of the house phrases filled in, as Markdown."""
        return self.fill(self.phrase(group, name), words)

    def plainly(self, group: str, name: str, **words: str) -> str:
        """Give one of the house phrases filled in, as plain text for drawings and alternative texts."""
        return self.plain(self.phrase(group, name), words)

    def n(self, address: str, style: str = "", anchor: str | None = None) -> str:
        """Write the value at an address, with its address."""
        cell = self.tables.cell(address)
        return self.addressed(self.shown(cell, style), cell, anchor)

    def addressed(self, shown: str, cell: Cell, anchor: str | None = None) -> str:
        """Give what is shown of a cell its address; numbers are kept on one line, made-up ones are marked."""
        if cell.kind in _NUMBERS:
            return span(shown, cell.address, anchor, made_up=self.is_synthetic(cell.address))
        return f'[{shown}]{{{f"#{anchor} " if anchor else ""}data-n="{cell.address}"}}'

    def is_synthetic(self, address: str) -> bool:
        """Whether made-up answers are behind an address."""
        table_id, _, rest = address.partition("/")
        return self.tables[table_id].is_synthetic(rest.rpartition("/")[0])

    def fill(self, sentence: str, words: Mapping[str, str]) -> str:
        """Fill in a sentence as Markdown."""
        return self._replace(sentence, words, self._addressed_once)

    def plain(self, sentence: str, words: Mapping[str, str]) -> str:
        """Fill in a sentence as plain text."""
        return self._replace(sentence, words, lambda _, shown: shown)

    def option(self, table: Table, option: str) -> str:
        """What an option is called, in a drawing or a sentence: without the colon that asks for more."""
        return table.declared.words(option)[self.language].rstrip(" :")

    def quoted(self, table: Table, options: Iterable[str]) -> str:
        """Write the words of options as a sentence quotes and lists them."""
        parts = []
        for option in options:
            address = f"{table.declared.id}/{option}/label"
            text = self.phrase("sentence", "quote").replace("{text}", escape(self.option(table, option)))
            parts.append(f'[{text}]{{data-n="{address}"}}')
        return language.listed(parts, self.language)

    def _addressed_once(self, cell: Cell, shown: str) -> str:
        return self.addressed(shown, cell)

    def _replace(self, sentence: str, words: Mapping[str, str], write: Callable[[Cell, str], str]) -> str:
        def put(found: re.Match[str]) -> str:
            name, style, one, many = found["name"], found["style"] or "", found["one"], found["many"]
            if "/" not in name:
                if name not in words:
                    raise UserError(f"{{{name}}} is neither an address nor a word given to the sentence: {sentence}")
                return words[name]
            cell = self.tables.cell(name)
            noun = "" if one is None else language.NBSP + (one if cell.value == 1 else many)
            return write(cell, self.shown(cell, style)) + noun

        return _PLACEHOLDER.sub(put, sentence)

    def shown(self, cell: Cell, style: str = "") -> str:
        """Write a value as a sentence has it."""
        if cell.value is None:
            return UNKNOWN
        if cell.kind == "date":
            return language.day(date.fromisoformat(cell.value), self.language)
        if cell.kind == "label":
            table = self.tables[cell.address.partition("/")[0]]
            return escape(self._words(table, cell))
        if cell.kind == "checksum":
            return f"`{str(cell.value)[:_CHECKSUM_SHOWN]}`"
        if cell.kind not in _NUMBERS:
            return escape(self.place(cell))
        if style.lower() == "words":
            written = language.words(cell.value, self.language)
        elif style.lower() == "about":
            about = language.about if cell.kind == "kr" else language.about_count
            written = about(cell.value, self.language)
        elif style:
            raise UserError(f"there is no way to write a number called {style!r}; there are words, Words, about, About")
        elif cell.kind == "tenths":
            written = language.tenths(cell.value, self.language)
        else:
            written = str(cell.value) if cell.kind == "year" else language.number(cell.value, self.language)
        return language.sentence_case(written) if style[:1].isupper() else written

    def place(self, cell: Cell) -> str:
        """Give a text as it stands; the row of the whole country is called so in the report's language."""
        table_id, _, rest = cell.address.partition("/")
        country = self.tables[table_id].declared.country
        whole = country and rest == f"{COUNTRY}/region"
        return country[self.language] if country and whole else str(cell.value)

    def in_table(self, cell: Cell) -> str:
        """Write a value as a table has it: percentages with their sign."""
        if cell.kind == "percent" and cell.value is not None:
            return language.percent(cell.value, self.language)
        return self.shown(cell)

    def _words(self, table: Table, cell: Cell) -> str:
        key = cell.address.partition("/")[2].rpartition("/")[0]
        labelled = next(column for column in table.declared.column if column.kind == "label")
        return table.declared.words(table.rows[key][labelled.of or labelled.id])[self.language]
