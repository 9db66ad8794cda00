"""Every sentence of made-up years, small ones with zeros, ones, ties, blanks, all and none, says what plain counts say.

A reader of its own finds of what kind a sentence is, and a kind says when it is true. A sentence of no kind fails: who
writes a new one tells in sentences.toml when it holds.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from jinja2 import Environment

from pipeline.paths import REPORTS
from pipeline.register import regions
from pipeline.report import Report
from pipeline.report.blocks import Div
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import read_year
from tests.plain_counts import DERIVED, Facts, facts
from tests.small_years import small_years
from tests.telling import EDITIONS, SOURCES, WORDS, findings, paragraphs, plain, store_of, told
from tests.world import RAW, cases

SEEDS, YEARS = range(int(os.environ.get("SEEDS", "10"))), range(2031, 2043)
SAID = cases("sentences")
DECLARED = read_declarations(REPORTS)
SMALL = DECLARED.small_base
ASKED = {question.id: question.asked for question in read_year(RAW / "2024", "raw/2024").question}
COMPILE, COMPILED = Environment.compile, dict[Any, Any]()
NUMBER = re.compile(r"‹([^|›]*)\|([^›]*)›")
NOUNS = {
    "sv": {"kommun": "kommuner", "person": "personer", "krona": "kronor"},
    "en": {"krona": "kronor", "municipality": "municipalities", "recipient": "recipients", "person": "people",
           "has begun": "have begun"},
}  # fmt: skip


def change(f: Facts, name: str) -> int | None:
    """1 for more than the year before, -1 for less; None when nobody knows."""
    now, then = (f.values.get(f"funds_by_year/{year}/{name}") for year in (f("year"), f("year") - 1))
    return None if now is None or then is None else (now > then) - (now < then)


def share_bears_a_trend(f: Facts) -> bool:
    """Whether the returns of this year and the one before are of enough recipients, and of nine tenths of them."""
    years = [(f.values.get(f"funds_by_year/{year}/recipients") or 0, f.values.get(f"funds_by_year/{year}/returned") or 0)
             for year in (f("year"), f("year") - 1)]  # fmt: skip
    return all(recipients >= SMALL and returned * 10 >= recipients * 9 for recipients, returned in years)


def unanswered(f: Facts) -> bool:
    """Whether somebody did not answer a question of a base that they are in, and that is shown."""
    rows = [address.rpartition("/")[0] for address in f.values if re.fullmatch(r"\w+/not_answered/count", address)]
    return any(f.row(row) for row in rows if f.row(row, "base") >= f.least)


class Names(dict[str, Any]):
    """What a condition of sentences.toml may speak of: key figures by their names, and more of the facts."""

    def __init__(self, f: Facts) -> None:
        super().__init__(row=f.row, told=f.told, regions=f.regions, shares=f.shares, noted=f.noted, all=all)
        self.update(comparable=f.comparable, change=partial(change, f), unanswered=partial(unanswered, f))
        self.update(share_bears_a_trend=partial(share_bears_a_trend, f), figure=f)

    def __missing__(self, name: str) -> int:
        figure: int = self["figure"](name)
        return figure


RANKED: tuple[str, ...] = ("unused_reason", "target_group", "area_of_use", "outreach", "collaboration", "profession")
RANKED += ("method", "referral", "follow_up", "development")
SILENT = (*RANKED, "talks_held", "provider", "talk_form", "talk_place", "purpose_reached", "results_reached")
SILENT += ("equal_offer",)
TRENDS = {"area_of_use": ("start", "expand", "improve"), "followed_up_and_developed": ("followed_up", "developed")}


def holds(when: str, names: Names) -> bool:
    """Whether a condition of sentences.toml holds."""
    return bool(eval(when, {}, names))  # noqa: S307 (our own conditions)


class Reader:
    """Reads the text of a year in one language against its facts, and counts what kinds of sentences it has read."""

    def __init__(self, f: Facts, language: str) -> None:
        self.f, self.language, self.names, self.patterns = f, language, Names(f), SAID[language]
        self.read: Counter[str] = Counter()
        """How many sentences of each kind it has read."""
        self.seen: Counter[tuple[str, str]] = Counter()

    def paragraph(self, marked: str) -> None:
        """Read the sentences of a paragraph: numbers and quoted answers are marks, which keep their addresses."""
        held: list[tuple[str, str]] = NUMBER.findall(marked)
        bare = NUMBER.sub(lambda found: "\x02" if found[1].endswith("/label") else "\x01", marked)
        bare = bare.replace("\u00a0", " ")
        joined = re.compile("\x02(?:(?:, \x02)* (?:och|and) \x02)")
        start = 0
        for sentence in re.split(r"(?<=[.!?]) (?=[A-ZÅÄÖ*@\x01])", re.sub(r"@[a-z]+-[\w-]+", "@", bare)):
            size = len(re.findall("[\x01\x02]", sentence))
            mine, start = held[start : start + size], start + size
            self.sentence(joined.sub("\x02", sentence), mine)

    def sentence(self, said: str, held: list[tuple[str, str]]) -> None:
        assert not re.match(r"[\x01\da-zåäö]", said), said
        self.numbers(said, held)
        kind = self.kind(said, held)
        assert kind, f"no reader knows: {plain(said)!r} {held}"
        self.read[kind] += 1

    def numbers(self, said: str, held: list[tuple[str, str]]) -> None:
        """Every number is the plain count, and its noun, where it has one, is of one or of several."""
        after = [text.strip(" ") for text in re.split("[\x01\x02]", said)[1:]]
        numbers = [(address, shown) for address, shown in held if not address.endswith("/label")]
        for address, written in numbers:
            if address.startswith("rules/"):
                continue
            assert address in self.f.values, (said, address)
            value, shown = self.f.values[address], written.replace("\u00a0", " ")
            exact = self.f.shares.get(address)
            if shown in ("mindre än 1", "less than 1"):
                assert exact is not None and 0 < exact < 0.005, (said, address)
            elif shown in ("mer än 99", "more than 99", "nästan alla", "nearly all"):
                assert exact is not None and 0.995 <= exact < 1, (said, address)
            else:
                assert exact is None or value not in (0, 100) or exact in (0, 1), (said, address, exact)
                off = abs(number(shown, self.language) - value)
                assert 20 * off <= value if re.match("cirka|about", shown) else off == 0, (said, address, shown, value)
        if len(numbers) == len(held):
            for (address, _), words in zip(held, after, strict=True):
                for one, many in NOUNS[self.language].items():
                    if re.match(rf"({one}|{many})\b", words) and not address.startswith("rules/"):
                        is_one = re.match(rf"{one}\b", words) is not None
                        assert is_one == (self.f.values[address] == 1), (said, address)

    def kind(self, said: str, held: list[tuple[str, str]]) -> str:
        """Find the kind of a sentence, and hold it to the facts; "" when there is none."""
        for pattern, name, when, _ in kinds(self.language):
            if re.fullmatch(pattern, said):
                assert holds(when, self.names), (said, held)
                return name
        for one in SAID["portion"]:
            found = re.fullmatch(re.sub(r"\b[PQ]\b", "(.+?)", re.escape(one[self.language])), said)
            if found:
                put = [shown.replace("\u00a0", " ") for _, shown in held]
                told = [re.sub("\x01", lambda _, put=put: put.pop(0), part) for part in found.groups()]
                named = [whom == "Q" for whom in re.findall(r"\b[PQ]\b", one[self.language])]
                whom = zip(one["rows"], named, strict=True)
                assert told == [portion(self.f, row, self.language, is_named) for row, is_named in whom], (said, held)
                return str(one["sv"])
        known = "still" if said in still(self.language) else ""
        return self.of_answers(said, held) or self.of_regions(said, held) or known

    def of_answers(self, said: str, held: list[tuple[str, str]]) -> str:
        f, patterns = self.f, self.patterns
        question = held[0][0].partition("/")[0] if held else ""
        for name, pattern in patterns["rank"].items():
            found = re.fullmatch(pattern.replace("§", patterns["share"]), said)
            if found:
                self.seen[name if not held else question, "rank"] += 1
                if held:
                    self.rank(name, said, held, question, found.groups())
                return f"rank: {name}"
        for name in ("next", "close"):
            found = re.fullmatch(patterns[name].replace("§", patterns["share"]), said)
            if found:
                places = self.places(question)
                if name == "next":
                    self.second(found[1], found[2], [a for a, _ in held], places)
                else:
                    for column in ("percent", "answered_percent") if f.few(question) else ("percent",):
                        one, other = (f.row(f"{question}/{place[0]}", column) for place in places[:2])
                        assert one == other, said
                return f"rank: {name}"
        if re.fullmatch(patterns["silence"], said):
            self.seen[question, "silence"] += 1
            return "silence"
        found = re.fullmatch(patterns["trend"], said)
        if found and "_by_year" in question:
            now, then = held[1][0], held[-1][0] if len(held) > 2 else held[0][0].replace("/year", "/percent")
            change = f.values[now] - f.values[then]
            assert (change > 0) == (found[1] in ("högre", "higher")), said
            assert (change < 0) == (found[1] in ("lägre", "lower")), said
            self.seen[now.rpartition("/")[0], "trend"] += 1
            return "trend"
        return ""

    def unnumbered(self, question: str) -> str:
        """The kind of what is said of a question without a figure; "" when a figure is given."""
        counts, base = self.f.chosen[question], self.f.row(question, "base")
        everybody = [option for option, count in counts.items() if count == base]
        if self.f.row(question, "answered") == 0:
            return "nobody"
        if base == 1 or len(everybody) <= 1 or (len(everybody) <= 3 and len(everybody) < len(counts)):
            return ""
        return "everything" if len(everybody) == len(counts) else "several"

    def places(self, question: str) -> list[list[str]]:
        """The options of a question, those that as many chose together, most first."""
        counts = self.f.chosen[question]
        return [[one for one in counts if counts[one] == count] for count in sorted(set(counts.values()), reverse=True)]

    def rank(self, name: str, said: str, held: list[tuple[str, str]], question: str, groups: Sequence[Any]) -> None:
        f, places, counts = self.f, self.places(question), self.f.chosen[question]
        base, answered, top = f.row(question, "base"), f.row(question, "answered"), counts[places[0][0]]
        labels = [address.split("/")[1] for address, _ in held if address.endswith("/label")]
        first = labels[: len(places[0])] if len(groups) > 1 else labels
        assert top > 0, said
        assert name in ("alike", "many") or set(first) == set(places[0]), said
        assert name != "many" or (len(places[0]) > 3 and len(places) > 1), said
        assert name != "alike" or (len(places) == 1 and top < base), said
        assert name != "single" or base == 1, said
        assert (name in ("all", "single")) == (top == base), said
        assert name != "tie" or 1 < len(places[0]) <= 3, said
        assert name != "only" or answered == 1 < base, said
        assert name != "answered" or (top == answered > 1 and set(f.chosen[question].values()) == {top, 0}), said
        if name in ("close", "first"):
            assert len(places[0]) == 1, said
            self.second(groups[1], groups[2], [address for address, _ in held][1:], places)
            columns = ("percent", "answered_percent") if f.few(question) else ("percent",)
            rows = [[f.row(f"{question}/{place[0]}", column) for column in columns] for place in places[:2]]
            assert (rows[0] == rows[1]) == (name == "close"), said
        if re.search("procent|per cent|nästan alla|nearly all", said):
            assert bool(re.search("av dem som har svarat|of those that answered", said)) == f.few(question), said

    def second(self, named: str, each: str | None, addresses: list[str], places: list[list[str]]) -> None:
        labels = [address.split("/")[1] for address in addresses if address.endswith("/label")]
        assert set(labels) == set(places[1]) if named == "\x02" else (not labels and len(places[1]) > 3), places
        assert bool(each) == (len(places[1]) > 1), places

    def of_regions(self, said: str, held: list[tuple[str, str]]) -> str:
        if said == self.patterns["compared"]:
            assert any(0 < whole < SMALL for shares in self.f.regions.values() for _, whole in shares.values())
            return "regions compared"
        found = re.fullmatch(self.patterns["regions"], said)
        if not found:
            return ""
        table = "region_use" if found[1] in ("kommuner", "municipalities") else "returns_by_region"
        shares = {code: part / whole for code, (part, whole) in self.f.regions[table].items() if whole >= SMALL}
        assert len(shares) > 1, said
        self.seen[table, "regions"] += 1
        if not found[2]:
            percents = {self.f.values[f"{table}/{code}/percent"] for code in shares}
            assert len(percents) == 1, said
            assert bool(found[4]) == (len(set(shares.values())) > 1), said
            left_out = any(0 < whole < SMALL for _, whole in self.f.regions[table].values())
            assert bool(found[5]) == left_out, said
            return "regions alike"
        for names, pick in ((found[2], max), (found[3], min)):
            extreme = {regions()[code].name for code in shares if shares[code] == pick(shares.values())}
            few, most = self.patterns["many_regions"]
            if len(extreme) <= 3:
                assert set(re.split(", | och | and ", names)) == extreme, said
            elif len(extreme) <= 12:
                assert names == f"{WORDS[self.language][len(extreme)]} {few}", said
            else:
                assert names == most, said
                assert 2 * len(extreme) > len(shares), said
        return "regions"

    def whole(self) -> None:
        """What was to be said was said, once."""
        f = self.f
        owed = [sv for _, sv, when, is_owed in kinds(self.language) if is_owed and holds(when, self.names)]
        assert [sv for sv in owed if sv not in self.read] == []
        told = [question for question in RANKED if f.told(question)]
        ranks = {question: times for (question, what), times in self.seen.items() if what == "rank"}
        assert ranks == Counter(self.unnumbered(question) or question for question in told)
        silent = [one for one in SILENT if f.row(one, "not_answered/count") and f.row(one, "answered")]
        said = Counter({question: times for (question, what), times in self.seen.items() if what == "silence"})
        assert said == Counter(silent)
        comparable = f("used") and f("not_returned") * 10 <= f("recipients")
        assert comparable or ("region_use", "regions") not in self.seen
        trends = set()
        for table, options in TRENDS.items():
            for option in options:
                rows = [f"{table}_by_year/{year}/{option}" for year in (f("year"), f("year") - 1)]
                known = all(f.values.get(f"{row}/percent") is not None for row in rows)
                sizes = [(f.row(row, "base"), f.row(row, "answered")) for row in rows]
                if known and all(base >= SMALL and answered * 10 >= 9 * base for base, answered in sizes):
                    trends.add(rows[0])
        assert {row for row, what in self.seen if what == "trend"} == trends


def number(shown: str, language: str) -> float:
    """What a reader takes a number to be: a word, digits in groups, or millions."""
    text = shown.lower().removeprefix("cirka ").removeprefix("about ").removesuffix(" kronor").removesuffix(" krona")
    if text in WORDS[language]:
        return WORDS[language].index(text)
    times = 1_000_000 if "milj" in text or "million" in text else 1
    text = re.sub(r" (miljon(er)?|million)$", "", text)
    text = text.replace(" ", "").replace(",", ".") if language == "sv" else text.replace(",", "")
    return float(text.replace("\u2212", "-")) * times


def portion(f: Facts, row: str, language: str, named: bool) -> str:
    """Whom of a base, in words: none, one, all but one and all have words of their own."""
    count, base, sv = f.row(row), f.row(row, "base"), language == "sv"
    question = DERIVED[row][0] if row in DERIVED else row.partition("/")[0]

    def word(n: int) -> str:
        return WORDS[language][n] if n <= 12 else str(n)

    many, one = ("kommuner", "kommun") if sv else ("municipalities", "municipality")
    who = DECLARED.base_words(ASKED[question])[language] if named else many  # type: ignore[index]
    of = "av" if sv else "of"
    if count == 0:
        nobody = "ingen kommun", "no municipality"
        none_answered = "ingen av de kommuner som har svarat", "none of the municipalities that answered"
        return (none_answered if f.row(question, "answered") < base else nobody)[not sv]
    if base == 1:
        return "den enda kommunen" if sv else "the only municipality"
    if count == base:
        both = "båda kommunerna" if sv else "both municipalities"
        return both if base == 2 else f"{'alla' if sv else 'all'} {word(base)} {who}"
    if count == 1 and not f.few(question):
        return f"{word(1) if sv else 'one'} {of} {word(base)} {many if base > 1 else one}"
    if count == base - 1 and not f.few(question):
        return f"alla {word(base)} kommuner utom en" if sv else f"all {word(base)} municipalities but one"
    per_cent = "procent" if sv else "per cent"
    percent = f.values[f"{row}/percent"]
    shown = percent or ("mindre än 1" if sv else "less than 1")
    share = f"{shown} {per_cent}" if percent < 100 else ("nästan alla" if sv else "nearly all")
    if f.few(question):
        of_them = ("eller {} procent av dem som har svarat", "or {} per cent of those that answered")[not sv]
        share += f", {of_them.format(f.values[f'{row}/answered_percent'])}"
    the = ("de " if sv else "the ") * named
    return f"{count} {of} {the}{base} {who} ({share})"


@cache
def kinds(language: str) -> list[tuple[str, str, str, bool]]:
    """The kinds as regular expressions (N a number, [a|b] either): Swedish text, when it holds, if it is said then."""
    made = []
    for one in SAID["kind"]:
        text = re.sub(r"\bN\b", "\x01", re.escape(one[language]))
        text = text.replace("\\(S\\)", rf"\({SAID[language]['share']}\)")
        text = re.sub(r"\\\[(.*?)\\\]", lambda found: f"(?:{found[1].replace(chr(92) + '|', '|')})", text)
        made.append((text, one["sv"], one.get("when", "True"), "may" not in one))
    return made


@cache
def still(language: str) -> frozenset[str]:
    """Sentences of the sources that no figure chooses: they stand outside of any condition but that something is asked or there."""
    neutral = re.compile(r"(asks|has|own_text|protection|coded|synthetic|repays|key_counts|persons is not none"
                         r"|persons_by_region|regional|printed_years)\b")  # fmt: skip
    found: set[str] = set()
    for path in (REPORTS / SOURCES[language], *sorted(REPORTS.glob(f"*.{language}.md"))):
        depth: list[bool] = []
        text = ""
        for part in re.split(r"(\{%.*?%\})", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            tag = re.match(r"\{%\s*(\w+)\s*(.*?)\s*%\}", part, flags=re.DOTALL)
            if not tag:
                text += part if not any(depth) else " \n\n"
            elif tag[1] in ("if", "for", "call"):
                depth.append(tag[1] == "if" and not neutral.match(tag[2]))
            elif tag[1] in ("elif", "else") and depth:
                depth[-1] = True
            elif tag[1] in ("endif", "endfor", "endcall"):
                depth.pop()
        text = re.sub(r"\{\{.*?\}\}", "\x01", text, flags=re.DOTALL)
        text = re.sub(r"^(:::|```|%%prose).*$", "", text, flags=re.MULTILINE)
        for paragraph in re.split(r"\n{2,}", text):
            bare = re.sub(r"@[a-z]+-[\w-]+", "@", " ".join(paragraph.split()))
            found |= {one.strip() for one in re.split(r"(?<=[.!?\x01]) +(?=[A-ZÅÄÖ*@\x01])", bare)}
    return frozenset(found)


def sketched(name: str) -> Callable[..., Div | None]:
    """Return what stands for a function that shows a table or figure, which other tests look at: its label alone."""

    def sketch(report: Report, table_id: str, *given: Any, **_: Any) -> Div | None:
        if name in ("table", "by_year"):
            report.display(table_id if name == "table" else f"{table_id}_by_year")
        if name == "matrix" and not report.tables[f"{table_id}_by_region"].counted:
            return None
        label = next(one for one in given if isinstance(one, str) and re.match("(tbl|fig|bil|app)[a-z]?-", one))
        return Div(holder=report, attributes=f"#{label}", text="Här.")

    return sketch


@contextmanager
def text_alone() -> Iterator[None]:
    """Tabulate each year once for both languages, and write neither tables nor figures.

    Each template is compiled once in the whole run.
    """
    tables: dict[int, Any] = {}

    def once(connection: Any, year: int, declarations: Any) -> Any:
        if year not in tables:
            tables[year] = tabulate(connection, year, declarations)
        return tables[year]

    def compile_once(self: Environment, source: Any, name: Any = None, filename: Any = None, *rest: Any) -> Any:
        key = (source, name, filename, self.autoescape, *rest)
        if key not in COMPILED:
            COMPILED[key] = COMPILE(self, source, name, filename, *rest)
        return COMPILED[key]

    with ExitStack() as patched:
        patched.enter_context(patch("pipeline.report.open.tabulate", once))
        patched.enter_context(patch("pipeline.store.read_declarations", lambda *_: DECLARED))
        patched.enter_context(patch.object(Environment, "compile", compile_once))
        for name in ("table", "by_year", "by_region", "bars", "bars_by_year", "matrix", "region_map", "dots"):
            patched.enter_context(patch.object(Report, name, sketched(name)))
        yield


@pytest.mark.parametrize("seed", SEEDS)
def test_every_sentence_is_true(seed: int, tmp_path: Path) -> None:
    """Of the internal edition; in every fifth run of years, of the public one too, which leaves out what tells of few."""
    years = small_years(seed, YEARS, tmp_path)
    workspace = store_of(tmp_path, *YEARS)
    before: dict[str, Any] = {}
    with text_alone():
        for one in years:
            f = facts(one.made, one.rules, before)
            before = f.values
            for public, language in product((False, True)[: 1 + (seed % 5 == 0)], EDITIONS):
                f.least = 3 if public else 0
                document = told(workspace, one.year, language, public=public)
                reader = Reader(f, language)
                for paragraph in [*paragraphs(document), *paragraphs(findings(document))]:
                    if paragraph != "Här.":
                        reader.paragraph(paragraph)
                if not public:
                    reader.whole()
                assert reader.read.total() > (10 if public else 30)
                labels = set(re.findall(r"\{[.\w -]*#([\w-]+)", document.markdown))
                referred = set(re.findall(r"@((?:tbl|fig|bil[bcd]?|app[bcd]?)-\w+)", document.markdown))
                assert referred <= labels, referred - labels
                assert headings_over_nothing(document.markdown) == []


def headings_over_nothing(markdown: str) -> list[str]:
    """Headings with nothing below them but a heading of the same or a higher level."""
    parts = re.split(r"^(#+ .*)$", re.sub(r"::: \{\.new-page\}\n*:::", "", markdown), flags=re.MULTILINE)
    heads = parts[1::2]
    levels = [*(len(head) - len(head.lstrip("#")) for head in heads), 0]
    return [head for at, head in enumerate(heads) if not parts[2 * at + 2].strip() and levels[at + 1] <= levels[at]]
