"""Sheets: what a municipality or a region got, used and answered, beside its region, its equals and the country."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from pipeline import language
from pipeline.language import brief
from pipeline.phrases import Phrases
from pipeline.register import municipalities, regions
from pipeline.store import query
from pipeline.year import Language, Year

WORDS = Phrases(Path(__file__).with_name("sheets.toml"), "letters/sheets.toml")
_SQL = Path(__file__).with_name("sheets.sql")
_PRINTED = ("allocation_kr", "requisitioned_kr", "used_kr", "unused_kr", "unused_percent")
_COUNTRY, _NONE, _REGION = "00", "–", "region-"
_MOST_COMMON = 2  # of each question, on the sheet of a region
_ASKED = "kind IN ('choice', 'multi', 'money', 'count') AND question NOT IN ('usage_degree', 'unused_kr')"
_LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
Cells = Sequence[str]


@dataclass(frozen=True)
class Place:
    """A municipality: its code and name, its region, and its fifth by the key's count where that is known."""

    code: str
    name: str
    region_code: str
    size: str | None

    @property
    def groups(self) -> dict[str, str]:
        """The groups that it belongs to, by axis."""
        found = {"region": self.region_code, "size": self.size, "country": _COUNTRY}
        return {axis: group for axis, group in found.items() if group}


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong to one name, which stands before the first."""

    name: str
    rows: Sequence[Cells]


@dataclass(frozen=True)
class SheetTable:
    """A table of a sheet; its first `texts` columns are text, the others numbers."""

    title: str
    caption: str
    head: Cells
    texts: int
    groups: Sequence[Group]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Part:
    """A heading and lines below it."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """What one page says: plain text in all its parts."""

    code: str
    name: str
    lang: str
    title: str
    made_up: str
    internal: str
    intro: Sequence[str] = ()
    tables: Sequence[SheetTable] = ()
    parts: Sequence[Part] = field(default=())


class Sheets:
    """The sheets of a year, written from a store of it and the years before."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rules: Year, lang: Language) -> None:
        """Look up at once what all sheets are made of."""
        connection.execute(_SQL.read_text(encoding="utf-8"))
        self.rules, self.lang, self.year = rules, lang, rules.year
        self.few = rules.publish.minimum_base

        def rows(sql: str) -> Iterator[Any]:
            return query(connection, sql, year=rules.year).iter_rows()

        ((self.before,),) = rows("SELECT max(year) FROM grant_years WHERE year < $year")
        places = rows("SELECT municipality_code, municipality, region_code, size FROM places WHERE year = $year")
        self.places = {code: Place(code, *place) for code, *place in places}
        asked = f"SELECT question, kind, text_{lang} FROM counted_questions WHERE year = $year AND {_ASKED}"  # noqa: S608
        self.questions = {question: (kind, brief(text)) for question, kind, text in rows(f"{asked} ORDER BY position")}
        labels = rows(f"SELECT question, option, label_{lang} FROM options WHERE year = $year")  # noqa: S608
        self.labels = {(question, option): brief(text) for question, option, text in labels}
        amounts = rows("SELECT year, municipality_code, amount, value FROM sheet_amounts WHERE year <= $year")
        self.amounts = {(year, code, amount): value for year, code, amount, value in amounts}
        answers = rows("SELECT year, municipality_code, question, options FROM counted_answers WHERE year <= $year")
        self.answers = {(year, code, question): chosen for year, code, question, chosen in answers}
        sums = rows("SELECT axis, code, amount, total, n FROM sheet_sums WHERE year = $year")
        self.sums = {(axis, code, amount): (total, n) for axis, code, amount, total, n in sums}
        shares = rows("SELECT axis, code, question, option, count, base, percent FROM sheet_shares WHERE year = $year")
        self.shares = {(axis, code, question, option): share for axis, code, question, option, *share in shares}

    def say(self, phrase: str, **data: object) -> str:
        """Return a phrase in the sheets' language."""
        return WORDS(self.lang, f"sheet.{phrase}", **data)

    def of(self, code: str) -> Sheet:
        """Write the sheet of one of `all_codes`."""
        region = code.removeprefix(_REGION)
        return self._of_municipality(code) if region == code else self._of_region(region)

    def _of_municipality(self, code: str) -> Sheet:
        place = self.places[code]
        own, before = (self._known(code, year) for year in (self.year, self.before))
        heads = {"region": regions()[place.region_code].name, "size": self.say("size"), "country": self.say("country")}
        groups = {axis: heads[axis] for axis in place.groups}
        tables = [self._amounts(place.name, own, before, place.groups, groups, but_one=True)]
        answered = list(self._answers(place))
        if answered:
            head = [self.say("question"), self.say("answer", of_region=False), *groups.values()]
            is_dashed = any(_NONE in row for group in answered for row in group.rows)
            notes = [self.say("few", few=self.few)] if is_dashed else []
            caption = self.say("answers_caption", of_region=False)
            tables.append(SheetTable(self.say("answers"), caption, head, 2, answered, notes))
        changed = list(self._changed(code))
        parts = [Part(self.say("changed", before=self.before), changed)] if changed else []
        parts.append(Part(self.say("then"), list(self._then(own))))
        intro = [] if own.get("requisitioned_kr") else [self.say("not_requisitioned", name=place.name)]
        return self._sheet(code, place.name, intro, tables, parts)

    def _of_region(self, code: str) -> Sheet:
        """Write the sums of a region, and the most common answers to each question beside the country's."""
        region, here, country = regions()[code], ("region", code), {"country": _COUNTRY}
        members = [place for place in self.places.values() if place.region_code == code]
        used = sum((self.amounts.get((self.year, one.code, "used_kr")) or 0) > 0 for one in members)
        own = {amount: total for amount in self._rows if (total := self._sum(*here, amount)) is not None}
        tables = [self._amounts(region.name, own, {}, country, {"country": self.say("country")})]
        groups = []
        for question, (_, text) in self.questions.items():
            chosen = {key[3]: share for key, share in self.shares.items() if key[:3] == (*here, question)}
            common = sorted(chosen, key=lambda option: (-chosen[option][0], self.labels[question, option]))
            rows = [
                [
                    self.labels[question, option],
                    *(self._share(question, option, *at) for at in (here, *country.items())),
                ]
                for option in common[:_MOST_COMMON]
            ]
            if rows and chosen[common[0]][1] >= self.few:
                groups.append(Group(text, rows))
        if groups:
            head = [self.say("question"), self.say("answer", of_region=True), region.name, self.say("country")]
            caption = self.say("answers_caption", of_region=True)
            tables.append(SheetTable(self.say("answers"), caption, head, 2, groups))
        intro, then = [self.say("region_use", used=used, n=len(members))], [self.say("preliminary")]
        return self._sheet(f"{_REGION}{code}", region.name, intro, tables, [Part(self.say("then"), then)])

    def _sheet(
        self, code: str, name: str, intro: Sequence[str], tables: Sequence[SheetTable], parts: Sequence[Part]
    ) -> Sheet:
        title = self.say("title", name=name, year=self.year)
        made_up = self.say("made_up") if self.rules.grant.synthetic else ""
        internal = self.say("internal", name=name)
        return Sheet(code, name, _LANGUAGES[self.lang], title, made_up, internal, intro, tables, parts)

    @cached_property
    def _rows(self) -> Mapping[str, str]:
        """What the table of amounts has a row for: amounts of every grant, and the form's other numbers."""
        numbers = {id_: text for id_, (kind, text) in self.questions.items() if kind in ("money", "count")}
        return {**{amount: self.say(amount) for amount in _PRINTED}, **numbers}

    def _sum(self, axis: str, group: str, amount: str, but_one: bool = False) -> int | None:
        """Return a sum; of what only the form tells, none where too few others gave it."""
        total, n = self.sums.get((axis, group, amount), (None, 0))
        return total if amount in _PRINTED or n - but_one >= self.few else None

    def _known(self, code: str, year: int | None) -> dict[str, int]:
        return {amount: value for amount in self._rows if (value := self.amounts.get((year, code, amount))) is not None}

    def _amounts(
        self,
        name: str,
        own: Mapping[str, int],
        before: Mapping[str, int],
        groups: Mapping[str, str],
        heads: Mapping[str, str],
        but_one: bool = False,
    ) -> SheetTable:
        columns: list[Mapping[str, int | None]] = [own, *([before] if before else [])]
        columns += [{amount: self._sum(*at, amount, but_one) for amount in self._rows} for at in groups.items()]
        head = [self.say("what"), name, *([self.say("before", year=self.before)] if before else []), *heads.values()]
        rows = [
            Group(text, [[self._written(amount, column.get(amount)) for column in columns]])
            for amount, text in self._rows.items()
            if amount in _PRINTED or amount in own
        ]
        notes = [self.say("sums")]
        if "size" in groups:
            n = sum(place.size == groups["size"] for place in self.places.values())
            notes.append(self.say("sizes", name=name, n=n))
        return SheetTable(self.say("amounts"), self.say("amounts_caption"), head, 1, rows, notes)

    def _answers(self, place: Place) -> Iterator[Group]:
        for question, (kind, text) in self.questions.items():
            chosen = self.answers.get((self.year, place.code, question))
            if chosen is not None and kind in ("choice", "multi"):
                rows = [
                    [
                        self.labels[question, option],
                        *(self._share(question, option, *at, but_one=True) for at in place.groups.items()),
                    ]
                    for option in chosen
                ]
                yield Group(text, rows or [[self.say("no_answer"), *[""] * len(place.groups)]])

    def _changed(self, code: str) -> Iterator[str]:
        for question, (_, text) in self.questions.items():
            now, then = (self.answers.get((year, code, question)) for year in (self.year, self.before))
            if now and then and set(now) != set(then) and all((question, option) in self.labels for option in then):
                yield self.say("was", question=text, answer="; ".join(self.labels[question, one] for one in then))

    def _then(self, own: Mapping[str, int]) -> Iterator[str]:
        grant, contact, unused_kr = self.rules.grant, self.rules.letters.contact, own.get("unused_kr")
        if own.get("requisitioned_kr") and unused_kr is None:
            yield self.say("not_returned")
        elif unused_kr and grant.rests_on("unused"):
            yield self.say("repay", kr=unused_kr, how=grant.repay_how, by=grant.repay_by)
        elif unused_kr == 0:
            yield self.say("all_used")
        yield self.say("preliminary")
        if contact:
            yield self.say("contact", contact=brief(contact))

    def _share(self, question: str, option: str, axis: str, group: str, but_one: bool = False) -> str:
        """Return the share of a group that chose an option; a dash where too few others were asked."""
        _, base, percent = self.shares.get((axis, group, question, option), (0, 0, None))
        return self._written("percent", None if base - but_one < self.few else percent)

    def _written(self, amount: str, value: int | None) -> str:
        write = language.percent if amount.endswith("percent") else language.number
        return _NONE if value is None else write(value, self.lang)


def all_codes() -> list[str]:
    """Return whom there is a sheet for: the codes of municipalities, and of regions after `region-`."""
    return [*municipalities(), *(f"{_REGION}{code}" for code in regions())]


def as_data(part: Any) -> Any:
    """Return a sheet or a part of it as JSON knows it."""
    if hasattr(part, "__dataclass_fields__"):
        return {name: as_data(getattr(part, name)) for name in part.__dataclass_fields__}
    return [as_data(one) for one in part] if isinstance(part, list | tuple) else part
