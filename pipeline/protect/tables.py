"""Protect the tables of a year: groups of few are shown together, and what would tell of few is left out.

A question is `counted` when no single municipality's answer to it may be told (year.toml). Only what counts such
answers is changed; all else stays whole. docs/protection.md says what this keeps secret, and what not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import duckdb
import polars as pl

from pipeline import language
from pipeline.declarations import Axis, Column, Declarations, Measure
from pipeline.model import Text
from pipeline.register import regions
from pipeline.store import query
from pipeline.store.rows import TIMES
from pipeline.tabulate import COUNTRY, Table, Tables

_PUBLISH = "SELECT * FROM publish WHERE year = $year"
_QUESTIONS = """
    SELECT question, asked, told FROM questions WHERE year <= $year
    QUALIFY row_number() OVER (PARTITION BY question ORDER BY year DESC) = 1
"""
_HIDDEN = ["municipality_code", "municipality", "found", "corrected", "reason", "who"]
"""What a correction says of a municipality."""
_SUMMED = ("count", "base", "answered")


@dataclass(frozen=True)
class Rules:
    """What the public may see of a year: the least in a base, the least number of persons, the `counted` questions."""

    minimum_base: int
    minimum_persons: int
    counted: Mapping[str, str]
    """The base of each `counted` question."""
    reasons: Sequence[Text] = ()
    """Why so many municipalities, and why so many persons, where year.toml says it."""
    named: Mapping[str, str] = field(default_factory=dict)
    """The base of each question that is not."""


def read_rules(connection: duckdb.DuckDBPyConnection, year: int) -> Rules:
    """Return the rules of a year as the store has them."""
    row = query(connection, _PUBLISH, year=year).row(0, named=True)
    reasons = [reason for name in ("minimum_base", "minimum_persons") if (reason := Text.of(row, f"{name}_reason"))]
    asked: dict[str, dict[str, str]] = {"counted": {}, "named": {}}
    for question, base, told in query(connection, _QUESTIONS, year=year).iter_rows():
        asked[told][question] = base
    return Rules(row["minimum_base"], row["minimum_persons"], asked["counted"], reasons, asked["named"])


def protect(tables: Tables, rules: Rules) -> Tables:
    """Return the tables that the public may see, those that it may not left out.

    Tables by an axis have groups with too few together in one row; tables of one `counted` question have the same
    groups together, so that none can be subtracted from another. Rows whose base is too small in the whole country
    are left out, and so are columns that add up printed amounts of those who gave a `counted` answer: whoever has
    the amounts could find out which they are.
    """
    work = _Work(tables, rules)
    made = {id_: made for id_, table in tables.items() if (made := work.protected(table)) is not None}
    whole = {id_: table for id_, table in made.items() if not table.national or table.national in made}
    return Tables(whole, tables.year, tables.declarations, tables.left_out)


class Links:
    """Tells which `counted` questions something depends on."""

    def __init__(self, declarations: Declarations, rules: Rules) -> None:
        """Keep what is declared, and the rules."""
        self.declarations, self.rules = declarations, rules

    def questions(self, questions: Iterable[str]) -> set[str]:
        """Return the `counted` questions among these, and those that decide whom they are asked."""
        asked, these = {**self.rules.named, **self.rules.counted}, set(questions)
        deciding = (self.declarations.deciding(asked.get(question)) for question in these)
        return these.union(*deciding) & self.rules.counted.keys()

    def measure(self, measure: Measure) -> set[str]:
        """Return the `counted` questions that a measure depends on."""
        named = {*measure.asked, *measure.amounts, *measure.stated, *measure.missing}
        named |= {*measure.above_zero, *measure.zero, *self.declarations.deciding(measure.base)}
        return self.questions(named).union(*map(self.measure, self.parts(measure)))

    def parts(self, measure: Measure) -> list[Measure]:
        """Return the measures that one is put together of."""
        names = (*measure.plus, *measure.minus, *([measure.whole] if measure.whole else []))
        return [self.declarations.measure_of(name) for name in names]

    def tells_who(self, measure: Measure) -> bool:
        """Return whether a measure adds up amounts that are printed, of those who gave a `counted` answer."""
        is_printed = bool(measure.amounts) and not set(measure.amounts) <= self.rules.counted.keys()
        return (is_printed and bool(self.measure(measure))) or any(map(self.tells_who, self.parts(measure)))


Sizes = tuple[Mapping[str, int], int]
"""How many are in each group of an axis, and the least there may be."""


class _Work:
    """The tables of a year while they are protected."""

    def __init__(self, tables: Tables, rules: Rules) -> None:
        self.tables, self.rules, self.declarations = tables, rules, tables.declarations
        self.links = Links(tables.declarations, rules)
        self.axes = {axis.id: axis for axis in self.declarations.axis}
        self.together = {axis.id: self._together(axis) for axis in self.declarations.axis}
        """Of each axis and `counted` question, the groups shown together; None where there are too few in all."""

    def protected(self, table: Table) -> Table | None:
        """Return what the public may see of a table."""
        declared, frame = table.declared, table.frame
        if {"field", *_HIDDEN} <= set(frame.columns):
            is_told = ~pl.col("field").is_in(list(self.rules.counted))
            return replace(table, frame=frame.with_columns(pl.when(is_told).then(pl.col(_HIDDEN))))
        if table.axis in self.axes:
            return self._answers_by_axis(table) if table.counted else self._measures_by_axis(table)
        if table.counted:
            counted = [row.option for row in table.counted if row.question in self.rules.counted]
            is_small = pl.col("option").is_in(counted) & (pl.col("base") < self.rules.minimum_base).fill_null(False)
            table = replace(table, frame=frame.filter(~is_small))
            return table if len(table.frame) else None
        if declared.by:
            gone = [one.id for one in self.declarations.measure if self.links.measure(one) & self.few]
            return replace(table, frame=frame.filter(~pl.col("figure").is_in(gone)))
        return self._by_year(table) if declared.key == ["year"] else table

    # What depends on which answers ----------------------------------------------------------------------------------

    def _adds_persons(self, measure: Measure) -> bool:
        return measure.unit == "count" and bool(measure.amounts) and set(measure.amounts) <= self.rules.counted.keys()

    @cached_property
    def few(self) -> set[str]:
        """The `counted` questions that too few in the whole country answer, or whose persons are too few there."""
        answering = self._answering("").items()
        found = {question for question, n in answering if sum(n.values()) < self.rules.minimum_base}
        for table in (one for one in self.tables.values() if one.declared.by == "figure"):
            for row in table.rows.values():
                measure = self.declarations.measure_of(row["figure"])
                if self._adds_persons(measure) and row["value"] < self.rules.minimum_persons:
                    found |= set(measure.asked)
        return found & self.rules.counted.keys()

    def _answering(self, axis: str) -> dict[str, dict[str, int]]:
        """Return how many are in the base of each question in each group; of one about a number, how many answered."""
        of_answers = (one for one in self.tables.values() if not one.declared.every_question)
        chosen = {row.question for one in of_answers for row in one.counted}
        found: dict[str, dict[str, int]] = {}
        for table in self.tables.values():
            for row in table.rows.values() if table.declared.every_question and table.axis == axis else ():
                what = "base" if row["option"] in chosen else "answered"
                found.setdefault(row["option"], {})[row[table.declared.key[0]]] = row[what]
        return found

    def _by_year(self, table: Table) -> Table | None:
        """Leave out years in which too few answered what a table by year adds up, or with too few persons."""
        measures, answering = self._held(table), self._answering("year")
        counts = [answering[question] for question in self._of_all(measures) if question in answering]
        small = {year for each in counts for year, n in each.items() if n < self.rules.minimum_base}
        for column in (column.id for column, measure in measures if self._adds_persons(measure)):
            small |= {row["year"] for row in table.rows.values() if (row[column] or 0) < self.rules.minimum_persons}
        frame = table.frame.filter(~pl.col("year").is_in(list(small)))
        return replace(table, frame=frame) if len(frame) else None

    # Groups of few ----------------------------------------------------------------------------------------------------

    def _together(self, axis: Axis) -> dict[str, tuple[str, ...] | None]:
        """Find the groups of an axis that are shown together: the same for all tables of the same answers."""
        families: list[tuple[set[str], list[Sizes]]] = []
        for questions, sizes in self._sizes(axis):
            linked = [one for one in families if one[0] & questions]
            joined = questions.union(*(its for its, _ in linked)), [one for _, its in linked for one in its] + sizes
            families = [*(one for one in families if not one[0] & questions), joined]
        return {question: _lacking(sizes) if sizes else None for questions, sizes in families for question in questions}

    def _sizes(self, axis: Axis) -> Iterator[tuple[set[str], list[Sizes]]]:
        """Yield `counted` questions that must have the same groups together, and how many are in each group."""
        for question, sizes in self._answering(axis.id).items():
            if question not in self.few:
                yield self.links.questions([question]), [(sizes, self.rules.minimum_base)]
        for table in (one for one in self.tables.values() if one.axis == axis.id and not one.declared.every_question):
            if table.counted:
                bases: dict[str, dict[str, int]] = {}
                for row in table.rows.values():
                    bases.setdefault(row["option"], {})[row[axis.code]] = row["base"]
                few = {one.option for one in table.counted if one.question in self.few}
                of = self.links.questions(row.question for row in table.counted)
                yield of, [(n, self.rules.minimum_base) for option, n in bases.items() if option not in few]
                continue
            measures = self._measures(table)
            least = {one.id: self.rules.minimum_base for one, _ in measures if one.bears}
            least |= {one.id: self.rules.minimum_persons for one, of in measures if self._adds_persons(of)}
            groups = [row for row in table.rows.values() if row[axis.code] != COUNTRY]
            sizes_of: list[Sizes] = [({row[axis.code]: row[name] for row in groups}, n) for name, n in least.items()]
            yield self._of_all(measures), sizes_of

    def _measures(self, table: Table) -> list[tuple[Column, Measure]]:
        """Return the columns of a table by an axis that hold measures which the public may see."""
        held, links = self._held(table), self.links
        hidden = [column for column, one in held if links.tells_who(one) or links.measure(one) & self.few]
        return [(column, one) for column, one in held if column not in hidden]

    def _held(self, table: Table) -> list[tuple[Column, Measure]]:
        known = {one.id: one for one in self.declarations.measure}
        held = ((column, known.get(column.measure or column.id)) for column in table.declared.column)
        return [(column, measure) for column, measure in held if measure]

    def _of_all(self, measures: Iterable[tuple[Column, Measure]]) -> set[str]:
        return set[str]().union(*(self.links.measure(measure) for _, measure in measures))

    def _codes(self, axis: Axis, of: set[str]) -> tuple[str, ...] | None:
        """Return the groups shown together in what these questions decide; None where it may not be seen."""
        if of & self.few:
            return None
        return self.together[axis.id][min(of)] if of else ()

    def _answers_by_axis(self, table: Table) -> Table | None:
        """Show groups of few together: in a table with a row for every question, row by row."""
        axis, called, alone, last = self.axes[table.axis], dict[str, Text](), list[pl.DataFrame](), list[pl.DataFrame]()
        schema, code = table.frame.schema, pl.col(axis.code)
        for (option,), rows in table.frame.partition_by("option", maintain_order=True, as_dict=True).items():
            counted = next(one for one in table.counted if one.option == option)
            codes = self._codes(axis, self.links.questions([counted.question]))
            if codes is None:
                continue
            alone.append(rows.filter(~code.is_in(codes)))
            its = rows.filter(code.is_in(codes)).to_dicts()
            if its:
                sums = {name: sum(row[name] or 0 for row in its) for name in _SUMMED if name in schema}
                one = its[0] | self._named(axis, its, called) | sums
                one["percent"] = _half_up(100 * sums["count"], sums["base"])
                if "answered_percent" in schema and counted.any_of is not None:
                    one["answered_percent"] = _half_up(100 * sums["count"], sums["answered"])
                last.append(pl.DataFrame([one], schema=schema))
        if not alone:
            return None
        place = {group: at for at, group in enumerate(table.frame[axis.code].unique(maintain_order=True))}
        ordered = pl.concat(alone).sort(code.replace_strict(place), maintain_order=True)
        return replace(table, frame=pl.concat([ordered, *last]), together=called)

    def _measures_by_axis(self, table: Table) -> Table | None:
        """Show groups of few together, and leave out columns that the public may not see."""
        axis, measures = self.axes[table.axis], self._measures(table)
        codes = self._codes(axis, self._of_all(measures))
        if codes is None or not measures:
            return None
        seen = [column for column, _ in measures]
        kept = [column for column in table.declared.column if column.kind in ("key", "text") or column in seen]
        frame, shares, called = table.frame.select(one.id for one in kept), dict(table.shares), dict[str, Text]()
        if codes:
            is_its, is_country = pl.col(axis.code).is_in(codes), pl.col(axis.code) == COUNTRY
            its = frame.filter(is_its).to_dicts()
            one = its[0] | self._named(axis, its, called)
            for column, measure in measures:
                given = [table.shares[f"{code}/{column.id}"] for code in codes]
                part, whole = (sum(each[at] or 0 for each in given) for at in (0, 1))
                value = _half_up(TIMES.get(measure.unit, 1) * part, whole) if measure.whole else part
                one[column.id] = value / 10 if column.kind == "tenths" and value is not None else value
                if measure.median:  # the middle of several groups is not known from those of each
                    one[column.id] = None
                shares[f"{one[axis.code]}/{column.id}"] = part, whole
            merged = pl.DataFrame([one], schema=frame.schema)
            frame = pl.concat([frame.filter(~is_its, ~is_country), merged, frame.filter(is_country)])
        declared = table.declared.model_copy(update={"column": kept})
        return replace(table, declared=declared, frame=frame, shares=shares, together=called)

    def _named(self, axis: Axis, rows: Sequence[Mapping[str, Any]], called: dict[str, Text]) -> dict[str, str]:
        """Return code and name of groups that are shown together, and keep what they are called in `called`."""
        short = {code: region.short_name for code, region in regions().items()} if axis.id == "region" else {}
        each = [short.get(row[axis.code], row[axis.name]) for row in rows]
        names, frame = ", ".join(sorted(each, key=language.alphabetical)), axis.together
        code, least = "-".join(sorted(row[axis.code] for row in rows)), self.rules.minimum_base
        called[code] = Text.both(
            lambda lang: frame[lang].format(least=language.words(least, lang), names=names) if frame else names
        )
        return {axis.code: code, axis.name: called[code].sv}


def _lacking(sizes: Sequence[Sizes]) -> tuple[str, ...] | None:
    """Return the groups of too few, and the next smallest until all together are enough; None if they never are."""
    codes = sorted({code for each, _ in sizes for code in each})
    smallest = {code: min(each.get(code, 0) for each, _ in sizes) for code in codes}
    found = [code for code in codes if any(each.get(code, 0) < least for each, least in sizes)]
    rest = sorted((code for code in codes if code not in found), key=lambda code: (smallest[code], code))
    while found and any(sum(each.get(code, 0) for code in found) < least for each, least in sizes):
        if not rest:
            return None
        found.append(rest.pop(0))
    return tuple(sorted(found))


def _half_up(part: int, whole: int) -> int | None:
    return (2 * part + whole) // (2 * whole) if whole else None
