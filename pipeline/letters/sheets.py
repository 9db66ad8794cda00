"""Sheets: what a municipality or a region got, used and answered, beside its region, its equals and the country."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from pipeline import language
from pipeline.files import write_bytes, write_text
from pipeline.language import brief
from pipeline.letters.words import file_name
from pipeline.model import Language
from pipeline.phrases import Phrases
from pipeline.register import municipalities, regions
from pipeline.render.document import EXTENSION
from pipeline.render.pdf import Documents
from pipeline.store import query
from pipeline.year import Year

_HERE = Path(__file__).parent
_WORDS = Phrases(_HERE / "sheets.toml", "letters/sheets.toml")
_SIZES = {0: 9.0, 37: 8.0, 44: 7.0}
"""Sizes of letters in points, by the number of rows from which they are tried: those that leave a sheet one page."""
_AT_ONCE = 2  # Typst runs beside Python
_PRINTED = ("allocation_kr", "requisitioned_kr", "used_kr", "unused_kr", "unused_percent")
_COUNTRY, _NONE, _REGION = ("country", "00"), "–", "region-"
_MOST_COMMON = 2  # of each question, on the sheet of a region
_ASKED = "kind IN ('choice', 'multi', 'money', 'count') AND question NOT IN ('usage_degree', 'unused_kr')"
_TEXTS = {"amounts": ("what",), "answers": ("question", "answer")}  # the heads of the columns of text, by table
_LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
Group = tuple[str, str]  # an axis and the code of a group on it
Known = Mapping[str, int]
Part = dict[str, Any]
"""What the templates know of a part of a sheet: plain text in lists and under names."""


class Sheets:
    """The sheets of a year, written from a store of it and the years before."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, rules: Year, lang: Language) -> None:
        """Look up at once what all sheets are made of."""
        connection.execute((_HERE / "sheets.sql").read_text(encoding="utf-8"))
        self.rules, self.lang, self.year = rules, lang, rules.year
        self.few = rules.publish.minimum_base

        def rows(sql: str) -> Iterator[Any]:
            return query(connection, sql, year=rules.year).iter_rows()

        ((self.before,),) = rows("SELECT max(year) FROM grant_years WHERE year < $year")
        # The name of each municipality, its region, and its fifth by the key's count where that is known.
        places = rows("SELECT municipality_code, municipality, region_code, size FROM places WHERE year = $year")
        self.places = {code: place for code, *place in places}
        asked = f"SELECT question, kind, text_{lang} FROM counted_questions WHERE year = $year AND {_ASKED}"  # noqa: S608
        self.questions = {question: (kind, brief(text)) for question, kind, text in rows(f"{asked} ORDER BY position")}
        labels = rows(f"SELECT question, option, label_{lang} FROM options WHERE year = $year")  # noqa: S608
        self.labels = {(question, option): brief(text) for question, option, text in labels}
        amounts = rows("SELECT year, municipality_code, amount, value FROM sheet_amounts WHERE year <= $year")
        self.amounts = {tuple(key): value for *key, value in amounts}
        answers = rows("SELECT year, municipality_code, question, options FROM counted_answers WHERE year <= $year")
        self.answers = {tuple(key): chosen for *key, chosen in answers}
        sums = rows("SELECT axis, code, amount, total, n FROM sheet_sums WHERE year = $year")
        self.sums = {(axis, code, amount): (total, n) for axis, code, amount, total, n in sums}
        shares = rows("SELECT axis, code, question, option, count, base, percent FROM sheet_shares WHERE year = $year")
        self.shares = {(axis, code, question, option): share for axis, code, question, option, *share in shares}
        # What the table of amounts has a row for: amounts of every grant, and the form's other numbers.
        self.rows = {amount: self._say(amount) for amount in _PRINTED}
        self.rows |= {id_: text for id_, (kind, text) in self.questions.items() if kind in ("money", "count")}

    def of(self, code: str) -> Part:
        """Write the sheet of one of `all_codes`."""
        region = code.removeprefix(_REGION)
        name, *rest = self._of_municipality(code) if region == code else self._of_region(region)
        told = {name_: self._say(name_, name=name, year=self.year) for name_ in ("title", "internal")}
        told |= {"made_up": self._say("made_up") if self.rules.grant.synthetic else "", "lang": _LANGUAGES[self.lang]}
        return {"code": code, "name": name, **told, **dict(zip(("intro", "tables", "parts"), rest, strict=True))}

    def _say(self, phrase: str, **data: object) -> str:
        return _WORDS(self.lang, f"sheet.{phrase}", **data)

    def _of_municipality(self, code: str) -> tuple[str, list[str], list[Part], list[Part]]:
        """Return the name, the first lines, the tables and the other parts."""
        name, region, size = self.places[code]
        own, before = (
            {amount: value for amount in self.rows if (value := self.amounts.get((year, code, amount))) is not None}
            for year in (self.year, self.before)
        )
        groups = {("region", region): regions()[region].name} | ({("size", size): self._say("size")} if size else {})
        groups |= {_COUNTRY: self._say("country")}
        tables = [self._amounts(name, own, before, groups, but_one=True)]
        if answered := list(self._answers(code, groups)):
            is_dashed = any(_NONE in row for group in answered for row in group["rows"])
            notes = [self._say("few", few=self.few)] if is_dashed else []
            tables.append(self._table("answers", groups.values(), answered, notes, of_region=False))
        parts = [{"title": self._say("then"), "lines": list(self._then(own))}]
        if changed := list(self._changed(code)):
            parts.insert(0, {"title": self._say("changed", before=self.before), "lines": changed})
        intro = [] if own.get("requisitioned_kr") else [self._say("not_requisitioned", name=name)]
        return name, intro, tables, parts

    def _of_region(self, code: str) -> tuple[str, list[str], list[Part], list[Part]]:
        """Return the same of a region: its sums, and its most common answers to each question beside the country's."""
        name, here, country = regions()[code].name, ("region", code), self._say("country")
        members = [one for one, (_, region, _) in self.places.items() if region == code]
        used = sum((self.amounts.get((self.year, one, "used_kr")) or 0) > 0 for one in members)
        own = {amount: total for amount in self.rows if (total := self._sum(*here, amount)) is not None}
        tables, groups = [self._amounts(name, own, {}, {_COUNTRY: country})], []
        for question, (_, text) in self.questions.items():
            chosen = {key[3]: share for key, share in self.shares.items() if key[:3] == (*here, question)}
            common = sorted(chosen, key=lambda option: (-chosen[option][0], self.labels[question, option]))
            if common and chosen[common[0]][1] >= self.few:
                most = common[:_MOST_COMMON]
                rows = [self._answer(question, option, (here, _COUNTRY), but_one=False) for option in most]
                groups.append({"name": text, "rows": rows})
        if groups:
            tables.append(self._table("answers", [name, country], groups, [], of_region=True))
        intro, then = [self._say("region_use", used=used, n=len(members))], [self._say("preliminary")]
        return name, intro, tables, [{"title": self._say("then"), "lines": then}]

    def _sum(self, axis: str, group: str, amount: str, but_one: bool = False) -> int | None:
        """Return a sum; of what only the form tells, none where too few others gave it."""
        total, n = self.sums.get((axis, group, amount), (None, 0))
        return total if amount in _PRINTED or n - but_one >= self.few else None

    def _amounts(
        self, name: str, own: Known, before: Known, groups: Mapping[Group, str], but_one: bool = False
    ) -> Part:
        """Write what one got and used beside the sums of groups, which are given with their heads."""
        columns: list[Mapping[str, int | None]] = [own, *([before] if before else [])]
        columns += [{amount: self._sum(*at, amount, but_one) for amount in self.rows} for at in groups]
        head = [name, *([self._say("before", year=self.before)] if before else []), *groups.values()]
        rows = [
            {"name": text, "rows": [[self._written(amount, column.get(amount)) for column in columns]]}
            for amount, text in self.rows.items()
            if amount in _PRINTED or amount in own
        ]
        equals = [sum(size == its for *_, its in self.places.values()) for axis, size in groups if axis == "size"]
        notes = [self._say("sums"), *(self._say("sizes", name=name, n=n) for n in equals)]
        return self._table("amounts", head, rows, notes)

    def _table(self, kind: str, heads: Iterable[str], groups: list[Part], notes: list[str], **say: bool) -> Part:
        """Return a table: its first columns are text, the others numbers; a group's name stands before it."""
        texts, caption = [self._say(one, **say) for one in _TEXTS[kind]], self._say(f"{kind}_caption", **say)
        told = {"title": self._say(kind), "caption": caption, "head": [*texts, *heads], "texts": len(texts)}
        return told | {"groups": groups, "notes": notes}

    def _answers(self, code: str, groups: Mapping[Group, str]) -> Iterator[Part]:
        for question, (kind, text) in self.questions.items():
            chosen = self.answers.get((self.year, code, question))
            if chosen is not None and kind in ("choice", "multi"):
                rows = [self._answer(question, option, groups, but_one=True) for option in chosen]
                yield {"name": text, "rows": rows or [[self._say("no_answer"), *[""] * len(groups)]]}

    def _answer(self, question: str, option: str, at: Iterable[Group], but_one: bool) -> list[str]:
        """Return an answer and the share of each group that chose it; a dash where too few others were asked."""
        row = [self.labels[question, option]]
        for axis, group in at:
            _, base, percent = self.shares.get((axis, group, question, option), (0, 0, None))
            row.append(self._written("percent", None if base - but_one < self.few else percent))
        return row

    def _changed(self, code: str) -> Iterator[str]:
        for question, (_, text) in self.questions.items():
            now, then = (self.answers.get((year, code, question)) for year in (self.year, self.before))
            if now and then and set(now) != set(then) and all((question, option) in self.labels for option in then):
                yield self._say("was", question=text, answer="; ".join(self.labels[question, one] for one in then))

    def _then(self, own: Mapping[str, int]) -> Iterator[str]:
        grant, contact, unused_kr = self.rules.grant, self.rules.letters.contact, own.get("unused_kr")
        if own.get("requisitioned_kr") and unused_kr is None:
            yield self._say("not_returned")
        elif unused_kr and grant.rests_on("unused"):
            yield self._say("repay", kr=unused_kr, how=grant.repay_how, by=grant.repay_by)
        elif unused_kr == 0:
            yield self._say("all_used")
        yield self._say("preliminary")
        if contact:
            yield self._say("contact", contact=brief(contact))

    def _written(self, amount: str, value: int | None) -> str:
        write = language.percent if amount.endswith("percent") else language.number
        return _NONE if value is None else write(value, self.lang)


def all_codes() -> list[str]:
    """Return whom there is a sheet for: the codes of municipalities, and of regions after `region-`."""
    return [*municipalities(), *(f"{_REGION}{code}" for code in regions())]


def write_sheets(sheets: Sheets, codes: Sequence[str], folder: Path) -> list[Path]:
    """Write the sheets of these codes into a folder, and return the paths, pages first."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page = environment.from_string((_HERE / "sheet.html.j2").read_text(encoding="utf-8"))
    written = [sheets.of(code) for code in codes]
    pages = [folder / file_name(sheet["code"], sheet["name"], sheets.lang, "html") for sheet in written]
    for sheet, path in zip(written, pages, strict=True):
        write_text(path, page.render(sheet))
    pdfs = [path.with_suffix(".pdf") for path in pages]
    at_once = range(min(_AT_ONCE, len(written)))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(_write_pdfs, (written[at::_AT_ONCE] for at in at_once), (pdfs[at::_AT_ONCE] for at in at_once)))
    return [*pages, *pdfs]


def _write_pdfs(sheets: Sequence[Part], paths: Sequence[Path]) -> None:
    with Documents(_HERE / "sheet.typ", EXTENSION / "fonts") as documents:
        for sheet, path in zip(sheets, paths, strict=True):
            rows = sum(len(group["rows"]) for table in sheet["tables"] for group in table["groups"])
            first = max(n for n in _SIZES if rows >= n)
            for size in (size for n, size in _SIZES.items() if n >= first):
                pdf, pages = documents.compile(sheet=json.dumps({**sheet, "size": size}, ensure_ascii=False))
                if pages == 1:
                    break
            write_bytes(path, pdf)
