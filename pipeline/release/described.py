"""What describes a release to people and machines: its tables, columns and code lists, templates and data package."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from pipeline.declarations import Column, Declarations
from pipeline.files import checksum
from pipeline.model import Text
from pipeline.phrases import Phrases, filled
from pipeline.register import municipalities
from pipeline.tabulate import COUNTRY, Table
from pipeline.year import Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "pipeline/release/words.toml")
MADE_UP = "made_up"
"""The last column of every released table: whether made-up answers are behind the row."""
_ENGLISH = "_en"
"""Ends the name of the column that says in English what the one before it says."""
Type = Literal["string", "integer", "number", "boolean"]
CodeLists = dict[str, dict[str, Text]]
"""What each code means, by list."""
_LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
}


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
    return Text.both(lambda lang: WORDS(lang, name, **words))


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
            lists.setdefault(field.codes, {}).update(_meanings(frame[field.id], field, table, declarations))
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
    title = next((text for text in titles if text), Text.same(name))
    text = next((text for text in texts if text), title)
    types: dict[bool, Type] = {kind.is_integer(): "integer", kind.is_float(): "number", kind == pl.Boolean: "boolean"}
    of_axis = "municipality" if name == "municipality_code" else axis.id if axis else None
    codes = (table.national or table.declared.id) if words else of_axis
    return Field(name, types.get(True, "string"), column.kind if kind.is_numeric() else "none", title, text, codes)


def _meanings(codes: pl.Series, field: Field, table: Table, declarations: Declarations) -> Mapping[str, Text]:
    if field.codes == "municipality":
        return {code: Text.same(one.name) for code, one in municipalities().items()}
    axis = next((axis for axis in declarations.axis if axis.code == field.id), None)
    there = codes.unique(maintain_order=True)
    if axis is None:
        return {code: table.declared.words(code) for code in there}
    named = dict(table.frame.select(axis.code, axis.name).iter_rows())
    told = {**table.together, **({COUNTRY: table.declared.country} if table.declared.country else {})}
    return {code: told.get(code) or Text.same(named[code]) for code in there}


@dataclass(frozen=True)
class About:
    """What a release is about: the rules of its year, its tables, and the lists of their codes."""

    rules: Year
    tables: Sequence[Dataset]
    lists: CodeLists

    @property
    def told(self) -> dict[str, Any]:
        """What can be told of the release, by name; None for what the year does not give."""
        rules, publish = self.rules, self.rules.publish
        edition, of_year = publish.edition[-1] if publish.edition else None, both("package.title", year=rules.year)
        return {
            "year": rules.year,
            "title": Text.both(lambda lang: f"{rules.grant.name[lang]}, {of_year[lang]}"),
            "description": both("package.description"),
            "tables": self.tables,
            "made_up": any(table.made_up for table in self.tables),
            "warning": both("made_up.warning"),
            "of_few": [self._of_few(name) for name in ("minimum_base", "minimum_persons")],
            "begins": rules.grant.use_from or date(rules.year, 1, 1),
            "ends": rules.grant.use_to or date(rules.year, 12, 31),
            "publisher": publish.publisher,
            "address": f"{publish.address.rstrip('/')}/" if publish.address else None,
            "licence": publish.licence,
            "licence_url": _LICENCES.get(publish.licence or ""),
            "licence_words": both(f"licence.{publish.licence}") if publish.licence else None,
            "keywords": publish.keyword,
            "themes": publish.theme,
            "editions": publish.edition,
            "edition": edition,
            "editions_called": {kind: both(f"edition.{kind}") for kind in ("preliminary", "final", "corrected")},
        }

    def _of_few(self, name: str) -> Text:
        publish = self.rules.publish
        rule, reason = both(f"few.{name}", n=getattr(publish, name)), getattr(publish, f"{name}_reason")
        return Text.both(lambda lang: f"{rule[lang]} {reason[lang]}") if reason else rule

    def descriptions(self, files: Mapping[str, bytes], changes: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        """Yield the files that describe the others; `changes` are those against an earlier release, if it is given."""
        more = {"declared": "quality.sv.md" in files, "changes": changes}
        quote = {"literal": lambda text: json.dumps(text, ensure_ascii=False)}  # the same in Turtle and in YAML
        for template in sorted(Path(__file__).parent.glob("*.j2")):
            yield template.stem, filled(template, "sv", quote, **self.told, **more) + "\n"
        yield "datapackage.json", json.dumps(self._package(files), ensure_ascii=False, indent=2) + "\n"

    def _package(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        told, publisher = self.told, self.told["publisher"]
        package = {
            "name": f"aterrapport-{self.rules.year}",
            "title": told["title"].sv,
            "title_en": told["title"].en,
            "description": _in_both(told["description"]),
            "keywords": [word for text in told["keywords"] for word in (text.sv, text.en)],
            "version": told["edition"] and told["edition"].kind,
            "licenses": [{"name": told["licence"], "path": told["licence_url"]}] if told["licence"] else [],
            "contributors": [{"title": publisher.name.sv, "role": "publisher"}] if publisher else [],
            "homepage": told["address"],
            "made_up": told["made_up"],
            "resources": [_of_table(table, files) for table in self.tables]
            + [_of_list(name, files) for name in self.lists],
        }
        return {name: value for name, value in package.items() if value not in (None, [])}


def _of_table(table: Dataset, files: Mapping[str, bytes]) -> dict[str, Any]:
    sentences = [table.title, table.note, both("made_up.warning") if table.made_up else None]
    foreign = [
        {"fields": [one.id], "reference": {"resource": f"codes-{one.codes}", "fields": ["code"]}}
        for one in table.fields
        if one.codes
    ]
    schema = {"fields": [_of_field(one, one.id in table.key) for one in table.fields], "primaryKey": list(table.key)}
    told = {
        "title": table.title.sv,
        "description": " ".join(_in_both(one) for one in sentences if one),
        "made_up": table.made_up,
    }
    return _file(table.id, f"csv/{table.id}.csv", files) | told | {"schema": schema | {"foreignKeys": foreign}}


def _of_list(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    title = both(f"list.{name}") if name in ("region", "municipality") else both("list.of", table=name)
    words = {one: both(f"list.{one}") for one in ("code", "sv", "en")}
    fields = [{"name": one, "type": "string", "description": _in_both(text)} for one, text in words.items()]
    schema = {"fields": fields, "primaryKey": ["code"]}
    return _file(f"codes-{name}", f"codes/{name}.csv", files) | {"title": _in_both(title), "schema": schema}


def _of_field(field: Field, is_key: bool) -> dict[str, Any]:
    one: dict[str, Any] = {"name": field.id, "type": field.type, "title": field.title.sv, "title_en": field.title.en}
    one |= {"description": _in_both(field.text)} | ({"unit": _in_both(field.unit_words)} if field.unit_words else {})
    return one | ({"constraints": {"required": True}} if is_key or field.id == MADE_UP else {})


def _file(name: str, path: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    what = {"name": name, "type": "table", "path": path, "format": "csv", "mediatype": "text/csv"}
    sizes = {"bytes": len(files[path]), "hash": f"sha256:{checksum(files[path])}"}
    return what | {"encoding": "utf-8-sig"} | sizes


def _in_both(text: Text) -> str:
    return text.sv if text.sv == text.en else f"{text.sv} / {text.en}"
