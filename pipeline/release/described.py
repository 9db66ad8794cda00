"""The public tables as they are released: rows, columns and code lists, each said what it is in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline.declarations import Column, Declarations
from pipeline.model import Text
from pipeline.phrases import Phrases
from pipeline.register import municipalities
from pipeline.tabulate import COUNTRY, Table

WORDS = Phrases(Path(__file__).with_name("words.toml"), "pipeline/release/words.toml")
MADE_UP = "made_up"
"""The last column of every released table: whether made-up answers are behind the row."""
_ENGLISH = "_en"
"""Ends the name of the column that says in English what the one before it says."""
Type = Literal["string", "integer", "number", "boolean"]
CodeLists = dict[str, dict[str, Text]]
"""What each code means, by list."""


@dataclass(frozen=True)
class Field:
    """A column: its type and unit (a word of the group `unit`), what it is called and holds, the list of its codes."""

    id: str
    type: Type
    unit: str
    title: Text
    text: Text
    codes: str | None

    @property
    def unit_words(self) -> Text | None:
        """What its unit is called; None where it has none."""
        return None if self.unit == "none" else both(f"unit.{self.unit}")

    @property
    def is_number(self) -> bool:
        """Whether it holds what is counted or summed."""
        return self.unit not in ("none", "year")


@dataclass(frozen=True)
class Dataset:
    """A public table."""

    id: str
    title: Text
    note: Text | None
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    frame: pl.DataFrame

    @property
    def made_up(self) -> bool:
        """Whether made-up answers are behind any of its rows."""
        return bool(self.frame[MADE_UP].any())


def both(name: str, **words: object) -> Text:
    """Return words of the release in both languages."""
    return Text(sv=WORDS("sv", name, **words), en=WORDS("en", name, **words))


def describe(table: Table, declarations: Declarations, is_made_up: Callable[[str], bool], lists: CodeLists) -> Dataset:
    """Return a table as it is released, and add its codes to the lists. `is_made_up` tells of a row by its key."""
    declared, frame = table.declared, table.tidy
    english = {option.id: option.label.en for option in declared.option}
    for column in declared.column:
        if column.kind == "label":
            words = pl.col(column.of or column.id).replace_strict(english, return_dtype=pl.String)
            told = frame.select(words.alias(f"{column.id}{_ENGLISH}")).to_series()
            frame = frame.insert_column(frame.get_column_index(column.id) + 1, told)
    marks = [is_made_up("/".join(map(str, row))) for row in frame.select(declared.key).iter_rows()]
    frame = frame.with_columns(pl.Series(MADE_UP, marks, pl.Boolean))
    fields = tuple(_field(name, kind, table, declarations) for name, kind in frame.schema.items())
    for field in fields:
        if field.codes:
            there = frame[field.id].unique(maintain_order=True).to_list()
            lists.setdefault(field.codes, {}).update(_meanings(there, field, table, declarations))
    return Dataset(declared.id, declared.title, declared.note, tuple(declared.key), fields, frame)


def _field(name: str, kind: pl.DataType, table: Table, declarations: Declarations) -> Field:
    column = next((one for one in table.declared.column if one.id == name), Column(id=name, kind="text"))
    of_measures = not table.counted and column.kind not in ("key", "label", "text")
    asked = (column.measure or name) if of_measures else None
    measure = next((one for one in declarations.measure if one.id == asked), None)
    axis = next((axis for axis in declarations.axis if axis.code == name), None)
    words = next((one for one in table.declared.column if one.kind == "label" and one.of == name), None)
    known = "label_en" if name.endswith(_ENGLISH) else name
    of_others = [one.label for one in (words, axis, measure) if one]
    titles = (column.label, WORDS.group("title").get(known), *of_others)
    texts = (column.text, measure and measure.text, WORDS.group("column").get(known))
    title = next((text for text in titles if text), Text(sv=name, en=name))
    types: dict[bool, Type] = {kind.is_integer(): "integer", kind.is_float(): "number", kind == pl.Boolean: "boolean"}
    of_list = "municipality" if name == "municipality_code" else axis.id if axis else None
    return Field(
        name,
        types.get(True, "string"),
        column.kind if kind.is_numeric() else "none",
        title,
        next((text for text in texts if text), title),
        (table.national or table.declared.id) if words else of_list,
    )


def _meanings(codes: Iterable[str], field: Field, table: Table, declarations: Declarations) -> Mapping[str, Text]:
    if field.codes == "municipality":
        return {code: Text(sv=one.name, en=one.name) for code, one in municipalities().items()}
    axis = next((axis for axis in declarations.axis if axis.code == field.id), None)
    if axis is None:
        return {code: table.declared.words(code) for code in codes}
    named = dict(table.frame.select(axis.code, axis.name).iter_rows())
    told = {**table.together, **({COUNTRY: table.declared.country} if table.declared.country else {})}
    return {code: told.get(code) or Text(sv=named[code], en=named[code]) for code in codes}
