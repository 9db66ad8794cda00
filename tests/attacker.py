"""Whoever wants to know what a single municipality answered, and has all that is published.

What is published are facts: values by address. Counts by region that no fact gives are unknowns between which the facts
are linear equations; the programme finds between which bounds each must lie.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linprog

from pipeline.protect import Rules
from pipeline.tabulate import Tables
from tests.telling import Page, marks_in

Facts = Mapping[str, Any]
"""Published values by address, keys of rows included."""
Unknown = tuple[str, str]
"""What is counted, and the region."""
Equation = tuple[dict[int, float], float]
"""How often each unknown counts, and what they give together, or at most."""
NEAR = 1e-6
MOST_SUBSETS = 16  # municipalities whose amounts are tried in every combination


def of_tables(tables: Tables) -> dict[str, Any]:
    """All that tables say."""
    return {
        f"{table.declared.id}/{key}/{column}": value
        for table in tables.values()
        for key, row in table.rows.items()
        for column, value in row.items()
    }


def of_page(path: Path, codes: Mapping[str, str]) -> dict[str, Any]:
    """All that a page says: its numbers, what they open, and what its drawings tell. `codes` are those of regions."""
    text = path.read_text(encoding="utf-8")
    shown = [(address, _number(said)) for address, said in Page(text).numbers]
    known = json.loads(re.findall(r'id="page-numbers">(.*?)</script>', text, re.DOTALL)[0])
    for table, rows in known["numbers"].items():
        for row, columns in rows.items():
            shown += [(f"{table}/{row}/{column}", _number(known["texts"][told[1]])) for column, told in columns.items()]
            rest = known["rest"][columns[""][0]]
            option, national = row.rpartition("/")[2], re.sub("_by_(region|year)$", "", table)
            for at, count, base, percent in known["shares"][rest["shares"]] if "shares" in rest else ():
                place = f"{national}_by_region/{codes[known['regions'][at]]}/{option}"
                shown += [(f"{place}/count", count), (f"{place}/base", base), (f"{place}/percent", percent)]
    for table, marks in marks_in(text):
        for place, _, said in marks:
            shown.append((f"{table}/{place}", _number(said.partition(" (")[0])))
            parts = re.fullmatch(r"(\d+)\s?% \((\d+) (?:av|of) (\d+)\)", said)
            if parts:
                row, columns = f"{table}/{place.rpartition('/')[0]}", ("percent", "count", "base")
                shown += [(f"{row}/{name}", int(n)) for name, n in zip(columns, parts.groups(), strict=True)]
    return {address: value for address, value in shown if value is not None}


def _number(said: str) -> int | float | None:
    """The number that is said exactly; None for text and what is rounded."""
    plain = re.sub(r"[\s\u00a0]|kr$|%$", "", said).replace("\u2212", "-")
    return int(plain) if re.fullmatch(r"-?\d+", plain) else None


@dataclass
class Form:
    """What anybody knows of the form: what each row of a table counts, and which rows exclude each other."""

    counts: dict[str, str] = field(default_factory=dict)
    """By table and row, the question and the options any of which is enough."""
    base: dict[str, str] = field(default_factory=dict)
    """By table and row, the question whose base it has."""
    at_most: set[tuple[str, str]] = field(default_factory=set)
    """Of two counts, the first is at most the second."""
    together: dict[str, list[str]] = field(default_factory=dict)
    """Of a question with one answer, the counts of all answers."""

    @classmethod
    def of(cls, tables: Tables, rules: Rules) -> Form:
        form = cls()
        for table in (one for one in tables.values() if one.counted and not one.axis and not one.declared.coded):
            for row in table.counted:
                if row.question not in rules.counted:
                    continue
                address = f"{table.declared.id}/{row.option}"
                form.base[address] = row.question
                silent = f"{row.question}:silent"
                form.counts[address] = f"{row.question}:{'+'.join(sorted(row.any_of))}" if row.any_of else silent
        of_one = {one.declared.question: one for one in tables.values() if one.declared.question and not one.axis}
        for question in sorted(set(form.base.values())):
            mine = {of for of in form.counts.values() if of.startswith(f"{question}:") and not of.endswith(":silent")}
            answered, its = f"{question}:answered", of_one.get(question)
            form.at_most |= {(one, answered) for one in mine}
            form.at_most |= {(a, b) for a in mine for b in mine if a != b and options(a) < options(b)}
            if its and not its.declared.several:
                form.together[question] = [one for one in sorted(mine) if "+" not in one]
            alone = [f"{question}:{row.option}" for row in its.counted if row.kind == "exclusive"] if its else []
            form.at_most |= {(f"{one}&{other}", answered) for one in alone for other in mine if other != one}
        return form


def options(of: str) -> frozenset[str]:
    return frozenset(of.partition(":")[2].split("+"))


class Attack:
    """An attack on the facts of a year. `open_bases` are those that are no secret: how many in each region."""

    def __init__(self, facts: Facts, form: Form, rules: Rules, open_bases: Mapping[str, Mapping[str, int]]) -> None:
        self.facts, self.form, self.rules, self.open_bases = facts, form, rules, open_bases
        self.regions = sorted(set[str]().union(*open_bases.values()))
        self.unknowns: dict[Unknown, int] = {}
        self.equal: list[Equation] = []
        self.below: list[Equation] = []
        self.known: dict[int, float] = {}
        self.systems: dict[int, tuple[list[Equation], list[Equation]]] = defaultdict(lambda: ([], []))
        self.possible: dict[int, list[dict[int, float]]] = defaultdict(list)
        self.blocks: dict[Unknown, tuple[tuple[str, ...], int, int]] = {}
        """Of a count in a region, the smallest published row that it is in: its regions, the count and the base."""
        for base, sizes in open_bases.items():
            self.equal += [(self.at(base, region), n) for region, n in sizes.items()]
        self._read()
        for region in self.regions:
            self._between(region)
        self._solve()

    def base(self, question: str) -> str:
        """What a base is counted as: one that an answer decides is the count of that answer."""
        base = self.rules.counted[question]
        return {"talks_held": "talks_held:yes"}.get(base, base)

    def at(self, of: str, *regions: str, by: float = 1.0) -> dict[int, float]:
        """The unknowns of a count in regions; of a pair of which at most one is chosen, of both."""
        unknown = ((one, region) for region in regions for one in of.split("&"))
        return {self.unknowns.setdefault(one, len(self.unknowns)): by for one in unknown}

    def _read(self) -> None:
        published: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for address in self.facts:
            table, *keys, column = address.split("/")
            if column == "count" and len(keys) == 1:
                published[f"{table}/{keys[0]}"].append(())
            elif column == "count" and table.endswith("_by_region"):
                published[f"{table.removesuffix('_by_region')}/{keys[1]}"].append(tuple(keys[0].split("-")))
        for address, of in self.form.counts.items():
            table, option = address.split("/")
            question = self.form.base[address]
            for codes in published[address]:
                row = f"{table}_by_region/{'-'.join(codes)}/{option}" if codes else address
                said = {"count": of, "base": self.base(question), "answered": f"{question}:answered"}
                for column, what in said.items():
                    if self.facts.get(f"{row}/{column}") is not None:
                        self.equal.append((self.at(what, *(codes or self.regions)), self.facts[f"{row}/{column}"]))
                for region in codes:
                    if (of, region) not in self.blocks or len(self.blocks[of, region][0]) > len(codes):
                        self.blocks[of, region] = codes, self.facts[f"{row}/count"], self.facts[f"{row}/base"]

    def _between(self, region: str) -> None:
        """What holds in every region, whatever was answered."""
        for question in set(self.form.base.values()):
            answered = self.at(f"{question}:answered", region)
            base, silent = self.at(self.base(question), region, by=-1), self.at(f"{question}:silent", region)
            self.equal.append((answered | silent | base, 0))
            if question in self.form.together:
                chosen = [self.at(of, region) for of in self.form.together[question]]
                all_of = {at: by for each in chosen for at, by in each.items()}
                self.equal.append((all_of | self.at(f"{question}:answered", region, by=-1), 0))
        self.below += [(self.at(less, region) | self.at(more, region, by=-1), 0) for less, more in self.form.at_most]

    def _solve(self) -> None:
        """Find what the equations give at once, and part the rest into systems that have no unknown in common."""
        equal, found = self.equal, {-1: 0.0}
        while found:
            equal = [self._without_known(each) for each in equal]
            found = {at: to / by for row, to in equal if len(row) == 1 for at, by in row.items()}
            self.known |= found
        below = [self._without_known(each) for each in self.below]
        linked = {at: at for at in self.unknowns.values()}

        def first(at: int) -> int:
            while linked[at] != at:
                linked[at] = at = linked[linked[at]]
            return at

        for row, _ in (*equal, *below):
            for at in row:
                linked[first(at)] = first(next(iter(row)))
        for place, rows in enumerate((equal, below)):
            for row, to in rows:
                if row:
                    self.systems[first(next(iter(row)))][place].append((row, to))
        self.system = {at: first(at) for at in linked}

    def _without_known(self, equation: Equation) -> Equation:
        row, to = equation
        left = {at: by for at, by in row.items() if at not in self.known}
        return left, to - sum(self.known[at] * by for at, by in row.items() if at in self.known)

    def is_narrower(self, of: str, region: str, low: float, high: float) -> bool:
        """Whether a count must lie between narrower bounds than these."""
        wanted = self.unknowns[of, region]
        if wanted in self.known:
            return low + NEAR < self.known[wanted] or self.known[wanted] < high - NEAR
        ends = (1, low), (-1, -high)
        return any(sign * self._least(wanted, sign, enough) > enough + NEAR for sign, enough in ends)

    def _least(self, wanted: int, sign: int, enough: float) -> float:
        """Return the least that an unknown (with sign -1: its negative) can be, or a value that is little enough.

        What an earlier search has found possible is possible, for all unknowns of a system at once.
        """
        system = self.system[wanted]
        possible = self.possible[system]
        found = next((one[wanted] for one in possible if sign * one[wanted] <= enough + NEAR), None)
        if found is None:
            possible.append(_solution(*self.systems[system], wanted, sign))
            found = possible[-1][wanted]
        return found

    def found_out(self, truth: Facts) -> list[str]:
        """What the facts tell of fewer than they may: rows of few, and counts that rows together bound more narrowly.

        `truth` are the complete tables: they say which regions have few.
        """
        rows, least = self.blocks.items(), self.rules.minimum_base
        found = [f"{of} in {region} of {base}" for (of, region), (_, _, base) in rows if 0 < base < least]
        for address, of in self.form.counts.items():
            table, option = address.split("/")
            for region in self.regions:
                mine = truth.get(f"{table}_by_region/{region}/{option}/base")
                if not mine or mine >= least or (of, region) not in self.blocks:
                    continue
                _, count, base = self.blocks[of, region]
                if self.is_narrower(of, region, max(0, count - (base - mine)), min(mine, count)):
                    found.append(f"{of} in {region} of {mine}: narrower than the row with {count} of {base} tells")
        return found


def _solution(equal: list[Equation], below: list[Equation], wanted: int, sign: int) -> dict[int, float]:
    """Return the values of the unknowns of a system where one (with sign -1: its negative) is the least it can be."""
    columns = {at: n for n, at in enumerate(dict.fromkeys(at for row, _ in (*equal, *below) for at in row))}

    def matrix(some: list[Equation]) -> tuple[Any, Any]:
        made = np.zeros((len(some), len(columns)))
        for n, (row, _) in enumerate(some):
            made[n, [columns[at] for at in row]] = list(row.values())
        return (made, np.array([to for _, to in some])) if some else (None, None)

    costs = [sign if at == wanted else 0 for at in columns]
    found = linprog(costs, *matrix(below), *matrix(equal), bounds=(0, None), method="highs")
    assert found.status == 0, found.message
    return dict(zip(columns, found.x, strict=True))


def few_persons(facts: Facts, rules: Rules) -> list[str]:
    """Published numbers of persons below the least there may be, of groups in which somebody told them."""
    kinds = ("persons_total", "persons_women", "persons_men")
    shown = [(address, value) for address, value in facts.items() if address.split("/")[-1] in kinds]
    shown += [(address, facts[address]) for kind in kinds if (address := f"key_figures/{kind}/value") in facts]
    return [address for address, value in shown if value is not None and value < rules.minimum_persons]


def few_in_base(facts: Facts, form: Form, rules: Rules) -> list[str]:
    """Published bases, of the whole country or another year, that are below the least there may be."""
    counted = {(address.split("/")[0], address.split("/")[1]) for address in form.counts}
    few = [each for each, n in facts.items() if each.endswith("/base") and n is not None and n < rules.minimum_base]
    return [each for each in few if (each.split("/")[0].partition("_by_")[0], each.split("/")[-2]) in counted]


def recognised(facts: Facts, amounts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Regions in which a published sum of amounts is that of one set of municipalities alone: it says who they are.

    `amounts` are the printed ones, by region and municipality.
    """
    found = []
    for region, of in amounts.items():
        total, n = (facts.get(f"persons_by_region/{region}/{column}") for column in ("used_kr", "persons_stated"))
        is_tried = total and n and len(of) <= MOST_SUBSETS
        if is_tried and sum(sum(each) == total for each in combinations(of.values(), int(n or 0))) == 1:
            found.append(region)
    return found


def by_region(facts: Facts, column: str) -> dict[str, dict[str, int]]:
    """A column of `recipients` by the region that a municipality's code begins with."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for address, value in facts.items():
        table, *keys, name = address.split("/")
        if table == "recipients" and name == column and value is not None:
            found[keys[0][:2]][keys[0]] = value
    return found
