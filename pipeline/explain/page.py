"""Explanations to put into a page: all numbers of a report in one compact JSON, what repeats told once."""

import json
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from pipeline import language
from pipeline.explain.explainer import Explainer
from pipeline.explain.explanation import Explanation, Member, Term
from pipeline.markdown import ADDRESS
from pipeline.model import Language, Text
from pipeline.protect import Links, protect, read_rules
from pipeline.store import open_store
from pipeline.tabulate import Tables

_SENTENCES = re.compile(r"(?<=[.:]) (?=[A-ZÅÄÖ])")
_NO_VALUES = ("counted", "base")
"""Roles whose municipalities are told by name alone: each of them counts as one."""


class PageNumbers:
    """Explains the numbers of a year's pages. What editions have in common is looked up once, also from two threads."""

    def __init__(self, store: Path, tables: Tables, *, internal: bool = False) -> None:
        """Keep the place of a store, and its tables. Unless `internal`, tell what the public may see."""
        self.store, self.tables, self.explained = store, tables, dict[str, Explanation]()
        self.links: Links | None = None
        if not internal:
            with open_store(store) as connection:
                rules = read_rules(connection, tables.year)
            self.tables, self.links = protect(tables, rules), Links(tables.declarations, rules)
        self._one_at_a_time = Lock()

    def __call__(self, lang: Language, markdown: str) -> str:
        """Explain every number in a report's Markdown (or in the notebook that holds it), as JSON for its page."""
        addresses = dict.fromkeys(ADDRESS.findall(markdown))
        with self._one_at_a_time:
            self._explain([*addresses, *dict.fromkeys(address.rpartition("/")[0] for address in addresses)])
        content = _Content(self, lang).of(addresses)
        # A page is HTML: nothing in its data may end the element that holds it.
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

    def _explain(self, addresses: Iterable[str]) -> None:
        if missing := [address for address in addresses if address not in self.explained]:
            with open_store(self.store) as connection:
                explainer = Explainer(connection, self.tables)
                self.explained |= {address: explainer(address) for address in missing}


class _Content:
    """What a page knows of its numbers: lists of what repeats, each thing there once and named by its place in them.

    `numbers[table][row][column]` is [rest, value, *sentences of its definition]; column "" is the row.
    """

    def __init__(self, page: PageNumbers, lang: Language) -> None:
        self.explained, self.tables, self.links, self.language = page.explained, page.tables, page.links, lang
        self.measures = {one.id: one for one in page.tables.declarations.measure}
        names = ("texts", "regions", "municipalities", "members", "files", "terms", "shares", "sources", "rest")
        self.lists: dict[str, dict[Hashable, int]] = {name: {} for name in names}
        self.shares_of = cache(self._shares_of)
        self.members_of: dict[int, int] = {}

    def of(self, addresses: Iterable[str]) -> dict[str, Any]:
        """Return the content for some cells, and for the rows they stand in, which links name."""
        numbers: dict[str, dict[str, dict[str, list[int]]]] = defaultdict(lambda: defaultdict(dict))
        columns: dict[str, dict[str, int]] = defaultdict(dict)
        for address in addresses:
            table, _, rest = address.partition("/")
            row, _, column = rest.rpartition("/")
            if not numbers[table][row]:
                numbers[table][row][""] = self._told(self.explained[f"{table}/{row}"])
            told = self.explained[address]
            numbers[table][row][column] = self._told(told)
            columns[table][column] = self._text(told.column)
        lists = {
            name: [dict(thing) if name in ("terms", "sources", "rest") else thing for thing in things]  # type: ignore[call-overload]
            for name, things in self.lists.items()
        }
        return {**lists, "small": self.tables.declarations.small_base, "columns": columns, "numbers": numbers}

    def _told(self, it: Explanation) -> list[int]:
        flags = [flag for flag in ("synthetic", "printed", "coded") if getattr(it, flag)]
        source = {
            "table": self._text(it.table),
            "year": it.year,
            "note": self._text(it.note) if it.note else None,
            "flags": (*flags, *["not_comparable"] * (not it.comparable)),
            "sql": self._text(it.sql_file),
            "files": tuple(self._shared("files", (file.file, file.sha256)) for file in it.files),
        }
        rest = {
            "row": self._text(it.row),
            "base": (self._text(it.base.label), it.base.n, it.base.answered) if it.base else None,
            "terms": tuple(self._terms(it)),
            "shares": self._shares(it),
            "source": self._shared("sources", _known(source)),
        }
        value = self._written(it.value if it.of == "cell" else None, it.unit or "")
        # Most sentences of a definition are those of others too.
        sentences = [self._text(sentence) for sentence in _SENTENCES.split(it.definition[self.language])]
        return [self._shared("rest", _known(rest)), self._text(value), *sentences]

    def _written(self, value: Any, unit: str) -> str:
        """Return a value in full, with its unit; nothing for none."""
        if value is None:
            return ""
        if unit in ("tenths", "percent"):
            return {"tenths": language.tenths, "percent": language.percent}[unit](value, self.language)
        number = str(value) if unit == "year" or not isinstance(value, int) else language.number(value, self.language)
        return f"{number}{language.NBSP}kr" if unit == "kr" else number

    def _shared(self, name: str, thing: Hashable) -> int:
        return self.lists[name].setdefault(thing, len(self.lists[name]))

    def _text(self, text: Text | str | None) -> int:
        return self._shared("texts", text[self.language] if isinstance(text, Text) else text or "")

    def _terms(self, it: Explanation) -> Iterator[int]:
        """Yield what a number is made of. Who that is is left out where it may not be told."""
        parts = it.address.split("/")
        asked = [row.question for row in self.tables[parts[0]].counted if row.option in parts]
        for term in it.terms:
            measure, links = self.measures.get(term.id), self.links
            if links is None or not (links.measure(measure) if measure else links.questions(asked)):
                yield self._term(term)
            elif measure:
                total = None if links.tells_who(measure) else term.total
                yield self._term(replace(term, municipalities=(), total=total), len(term.municipalities))

    def _term(self, term: Term, unnamed: int | None = None) -> int:
        values, has_values = tuple(member.value for member in term.municipalities), term.role not in _NO_VALUES
        of_one: dict[str, Any] = {"role": term.role, "label": self._text(term.label)}
        of_one |= {"unit": "kr"} if term.unit == "kr" else {}
        of_one |= {"unnamed": unnamed} if unnamed else {}
        of_one |= {"total": term.total} if has_values else {}
        of_one |= {"members": self._members(term.municipalities)}
        of_one |= {"values": values} if has_values and set(values) - {None, 1} else {}
        return self._shared("terms", tuple(of_one.items()))

    def _members(self, members: tuple[Member, ...]) -> int:
        if id(members) not in self.members_of:  # explanations share their lists, and outlive this
            places = [(one.municipality, self._shared("regions", one.region or "")) for one in members]
            named = tuple(self._shared("municipalities", place) for place in places)
            self.members_of[id(members)] = self._shared("members", named)
        return self.members_of[id(members)]

    def _shares(self, it: Explanation) -> int | None:
        """Return how many chose the same answer in each region, and their share; None where no table tells."""
        table_id, row = it.address.split("/", maxsplit=1)
        table = self.tables[table_id]
        regional = f"{table.national}_by_region"
        if not table.counted or regional not in self.tables or it.year != self.tables.year or it.printed:
            return None
        key = row if it.of == "row" else row.rpartition("/")[0]
        return self.shares_of(regional, table.rows[key]["option"])

    def _shares_of(self, table_id: str, option: str) -> int | None:
        table, found = self.tables[table_id], list[tuple[Any, ...]]()
        for row in table.rows.values():
            if row.get("option") == option:
                together = table.together.get(row["region_code"])
                name = together[self.language] if together else row["region"]
                found.append((self._shared("regions", name), row["count"], row["base"], row["percent"]))
        return self._shared("shares", tuple(found)) if found else None


def _known(fields: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, value) for name, value in fields.items() if value not in (None, ()))
