"""What describes a release to people and machines: the templates of this room filled in, and the data package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.files import checksum
from pipeline.model import Text
from pipeline.phrases import filled
from pipeline.release.described import MADE_UP, CodeLists, Dataset, Field, both
from pipeline.year import Year

_LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
}


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
            "title": Text(sv=f"{rules.grant.name.sv}, {of_year.sv}", en=f"{rules.grant.name.en}, {of_year.en}"),
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
        rule, reason = (
            both(f"few.{name}", n=getattr(self.rules.publish, name)),
            getattr(self.rules.publish, f"{name}_reason"),
        )
        return Text(sv=f"{rule.sv} {reason.sv}", en=f"{rule.en} {reason.en}") if reason else rule

    def descriptions(self, files: Mapping[str, bytes], changes: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        """Yield the files that describe the others; `changes` are those against an earlier release, if it is given."""
        more = {"declared": "quality.sv.md" in files, "changes": changes}
        quote = {"literal": lambda text: json.dumps(text, ensure_ascii=False)}  # the same in Turtle and in YAML
        for template in sorted(Path(__file__).parent.glob("*.j2")):
            yield template.stem, filled(template, "sv", quote, **self.told, **more) + "\n"
        yield "datapackage.json", json.dumps(self._package(files), ensure_ascii=False, indent=2) + "\n"

    def _package(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        told = self.told
        tables = [_of_table(table, files) for table in self.tables]
        package = {
            "name": f"aterrapport-{self.rules.year}",
            "title": told["title"].sv,
            "title_en": told["title"].en,
            "description": in_both(told["description"]),
            "keywords": [word for text in told["keywords"] for word in (text.sv, text.en)],
            "version": told["edition"] and told["edition"].kind,
            "licenses": [{"name": told["licence"], "path": told["licence_url"]}] if told["licence"] else [],
            "contributors": [{"title": told["publisher"].name.sv, "role": "publisher"}] if told["publisher"] else [],
            "homepage": told["address"],
            "made_up": told["made_up"],
            "resources": tables + [_of_list(name, files) for name in self.lists],
        }
        return {name: value for name, value in package.items() if value not in (None, [])}


def _of_table(table: Dataset, files: Mapping[str, bytes]) -> dict[str, Any]:
    sentences = [
        table.title,
        *([table.note] if table.note else []),
        *([both("made_up.warning")] if table.made_up else []),
    ]
    foreign = [
        {"fields": [one.id], "reference": {"resource": f"codes-{one.codes}", "fields": ["code"]}}
        for one in table.fields
        if one.codes
    ]
    schema = {"fields": [_of_field(one, one.id in table.key) for one in table.fields], "primaryKey": list(table.key)}
    told = {"title": table.title.sv, "description": " ".join(map(in_both, sentences)), "made_up": table.made_up}
    return _file(table.id, f"csv/{table.id}.csv", files) | told | {"schema": schema | {"foreignKeys": foreign}}


def _of_list(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    title = both(f"list.{name}") if name in ("region", "municipality") else both("list.of", table=name)
    words = {one: both(f"list.{one}") for one in ("code", "sv", "en")}
    fields = [{"name": one, "type": "string", "description": in_both(text)} for one, text in words.items()]
    schema = {"fields": fields, "primaryKey": ["code"]}
    return _file(f"codes-{name}", f"codes/{name}.csv", files) | {"title": in_both(title), "schema": schema}


def _of_field(field: Field, is_key: bool) -> dict[str, Any]:
    one: dict[str, Any] = {"name": field.id, "type": field.type, "title": field.title.sv, "title_en": field.title.en}
    one |= {"description": in_both(field.text)} | ({"unit": in_both(field.unit_words)} if field.unit_words else {})
    return one | ({"constraints": {"required": True}} if is_key or field.id == MADE_UP else {})


def _file(name: str, path: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    what = {"name": name, "type": "table", "path": path, "format": "csv", "mediatype": "text/csv"}
    sizes = {"bytes": len(files[path]), "hash": f"sha256:{checksum(files[path])}"}
    return what | {"encoding": "utf-8-sig"} | sizes


def in_both(text: Text) -> str:
    """Return words in both languages as one text."""
    return text.sv if text.sv == text.en else f"{text.sv} / {text.en}"
