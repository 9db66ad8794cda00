"""Rows, cells and changes in words, as Markdown; what is there now can be opened in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline import language
from pipeline.declarations import Column
from pipeline.markdown import escape
from pipeline.publish.writer import UNKNOWN, Writer
from pipeline.review.compare import Change
from pipeline.review.words import Speech
from pipeline.tabulate import COUNTRY, Table

_LONGEST = 80
_CHECKSUM_SHOWN = 12
_DEFUSED = ("'=", "'+", "'-", "'@")


class Shown:
    """Writes what stands in tables in one language."""

    def __init__(self, writer: Writer, speech: Speech) -> None:
        """Hold the tables and the words."""
        self.writer, self.speech = writer, speech

    def row(self, table: Table, row: Mapping[str, Any], *, options: bool = True) -> str:
        """Name a row by what tells it apart, in words where it has some; on wish without the answer it counts."""
        parts = [self._key(table, row, key) for key in table.declared.key if options or key != "option"]
        return escape(cut(", ".join(parts))) or self.speech("block", "whole")

    def cell(self, table: Table, address: str) -> str:
        """Write what stands at an address now."""
        cell = self.writer.tables.cell(address)
        return self.writer.addressed(self.writer.in_table(cell), cell)

    def changes(self, table: Table, changes: Sequence[Change]) -> list[str]:
        """Write changes, a part a row."""
        columns = {column.id: column for column in table.declared.column}
        parts = []
        for key, each in groupby(changes, lambda change: change.key):
            cells = [
                self.speech(
                    "block",
                    "only_cell" if columns[change.column].kind == "unit" else "cell",
                    column=escape(self._column(columns[change.column])),
                    before=self._then(table, columns[change.column], key, change.before),
                    now=self.cell(table, f"{table.declared.id}/{key}/{change.column}"),
                )
                for change in each
            ]
            parts.append(self.speech("block", "row", row=self.row(table, table.rows[key]), cells=", ".join(cells)))
        return parts

    def _then(self, table: Table, column: Column, key: str, text: str) -> str:
        """Write a value that a CSV file held or print had, as tables write it."""
        kind = str(table.rows[key]["unit"]) if column.kind == "unit" else column.kind
        if not text:
            return UNKNOWN
        try:
            if kind == "percent":
                return language.percent(int(text), self.speech.language)
            if kind in ("count", "kr"):
                return language.number(int(text), self.speech.language)
            if kind == "tenths":
                return language.tenths(float(text), self.speech.language)
            if kind == "checksum":
                return f"`{text[:_CHECKSUM_SHOWN]}`"
        except ValueError:
            pass
        return escape(cut(text[1:] if text.startswith(_DEFUSED) else text))

    def _column(self, column: Column) -> str:
        """What a column is called: in a word, by its heading, or by the measure that it holds."""
        short = self.speech.name(column.id)
        measure = next((m for m in self.writer.declarations.measure if m.id == (column.measure or column.id)), None)
        label = column.label or (measure.label if measure else None)
        return short or (label[self.speech.language] if label else column.id)

    def _key(self, table: Table, row: Mapping[str, Any], key: str) -> str:
        value = str(row[key])
        if any(column.kind == "label" and column.of == key for column in table.declared.column):
            known = {each.id for each in table.declared.option}
            return self.writer.option(table, value) if value in known else str(row.get("label") or value)
        if value == COUNTRY and table.declared.country:
            return table.declared.country[self.speech.language]
        return str(row.get(key.removesuffix("_code")) or value)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Cut a long text with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
