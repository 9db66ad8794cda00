"""Every figure of the running text counted in plain Python, by its address, without the code under test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pipeline.register import municipalities
from pipeline.year import Year
from tests.small_years import Scenario, column, half_up, listed

DERIVED = {
    "collaboration/any": ("collaboration", ("civil_society", "regional_care", "other_municipality")),
    "method/any": ("method", None),
    "followed_up_and_developed/followed_up": ("follow_up", None),
    "followed_up_and_developed/developed": ("development", None),
    "provider/independent_all_or_part": ("provider", ("partly_independent", "independent")),
    "purpose_reached/high_or_fairly_high": ("purpose_reached", ("high", "fairly_high")),
    "results_reached/high_or_fairly_high": ("results_reached", ("high", "fairly_high")),
}
"""Rows that count who chose any of several options; None: any that is not exclusive."""


@dataclass
class Facts:
    """What is so in a year: values by address, exact shares behind percentages, answers and regions to compare."""

    values: dict[str, Any] = field(default_factory=dict)
    shares: dict[str, Fraction] = field(default_factory=dict)
    chosen: dict[str, dict[str, int]] = field(default_factory=dict)
    """By question, how many chose each option."""
    regions: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """By table, part and whole of each region."""
    noted: bool = False
    """Whether the form says something of a question that a reader must know."""
    comparable: bool = True
    """Whether all questions compare with the year before."""
    least: int = 0
    """The least base that is shown."""

    def __call__(self, name: str) -> int:
        """Give a key figure; 0 when it is not asked."""
        return int(self.values.get(f"key_figures/{name}/value") or 0)

    def row(self, row: str, column: str = "count") -> int:
        return int(self.values.get(f"{row}/{column}") or 0)

    def told(self, question: str) -> bool:
        """Whether the year asks a question, of somebody."""
        return bool(self.row(question, "base"))

    def few(self, question: str) -> bool:
        return self.row(question, "answered") * 10 < 9 * self.row(question, "base")

    def put(self, address: str, part: int, whole: int) -> None:
        self.values[address] = half_up(100 * part, whole)
        if whole:
            self.shares[address] = Fraction(part, whole)


def facts(made: Scenario, rules: Year, before: Mapping[str, Any]) -> Facts:
    """Count a year; `before` are the values of the year before it (as far as anybody knows them)."""
    year = rules.year
    by_name = {one.name.casefold(): one for one in municipalities().values()}
    amounts = {name.casefold(): amount for name, amount in made.recipients}
    latest = {row[column(rules, "recipient")].casefold().removesuffix(" kommun"): row for row in made.rows}
    returns = {name: row for name, row in latest.items() if name in amounts}
    unused = {name: int(row[column(rules, "unused_kr")]) for name, row in returns.items()}
    spent = {name: amounts[name] - kr for name, kr in unused.items() if kr < amounts[name]}
    begun = {name: returns[name][column(rules, "talks_held")] for name in spent}
    held = [name for name in spent if begun[name] == "Ja"]
    bases = {"used": list(spent), "talks_held": held, "unused": [name for name, kr in unused.items() if kr]}
    asked = {question.id for question in rules.question}
    f = Facts(
        noted=any(question.note for question in rules.question),
        comparable=all(question.comparable for question in rules.question),
    )

    def stated(question: str, base: list[str]) -> dict[str, int]:
        texts = {name: returns[name][column(rules, question)] for name in base} if question in asked else {}
        return {name: int(text) for name, text in texts.items() if text}

    salary, persons = stated("salary_kr", list(spent)), stated("persons_total", held)
    women, men = stated("persons_women", held), stated("persons_men", held)
    both = set(women) & set(men)
    of_both = {"persons_women": sum(women[name] for name in both), "persons_men": sum(men[name] for name in both)}
    available, asked_kr = rules.grant.available_kr, sum(amounts.values())
    accounted, used_kr, unused_kr = sum(amounts[name] for name in returns), sum(spent.values()), sum(unused.values())
    repaying, all_left = len(bases["unused"]), len(returns) - len(spent)
    figures: dict[str, Any] = {
        "year": year,
        "municipalities": 290,
        "available_kr": available,
        "recipients": len(amounts),
        "not_requisitioned": 290 - len(amounts),
        "requisitioned_kr": asked_kr,
        "not_requisitioned_kr": available - asked_kr,
        "returned": len(returns),
        "not_returned": len(amounts) - len(returns),
        "accounted_kr": accounted,
        "used": len(spent),
        "used_kr": used_kr,
        "unused_kr": unused_kr,
        "repaying": repaying,
        "rounded_to_all": sum(kr > 0 == half_up(100 * kr, amounts[name]) for name, kr in unused.items()),
        "late": sum(row[column(rules, "submitted_on")] > str(rules.grant.return_by) for row in returns.values()),
        "repaying_all": all_left,
        "all_to_the_krona": len(returns) - repaying,
        "part_to_the_krona": repaying - all_left,
        "to_treasury_kr": available - asked_kr + unused_kr,
        "talks_held": len(held),
        "talks_not_held": list(begun.values()).count("Nej"),
        "talks_unanswered": len(spent) - len(held) - list(begun.values()).count("Nej"),
    }
    if "persons_total" in asked:
        people = sum(persons.values())
        figures |= {"persons_total": people, "persons_stated": len(persons)}
        figures["kr_per_person"] = half_up(sum(spent[name] for name in persons), people)
        f.values["non_response/persons_total/count"] = len(held) - len(persons)
    if {"persons_women", "persons_men"} <= asked:
        figures |= {"sex_stated": len(both), **of_both}
        f.put("key_figures/women_percent/value", of_both["persons_women"], sum(of_both.values()))
    if "salary_kr" in asked:
        f.put("key_figures/salary_percent/value", sum(salary.values()), sum(spent[name] for name in salary))
    f.values |= {f"key_figures/{name}/value": value for name, value in figures.items()}
    f.put("key_figures/requisitioned_percent/value", asked_kr, available)
    f.put("key_figures/used_percent/value", used_kr, accounted)
    f.put("key_figures/unused_percent/value", unused_kr, accounted)
    funds = {name: figures[name] for name in ("year", "available_kr", "requisitioned_kr", "recipients", "unused_kr")}
    f.values |= {f"funds_by_year/{year}/{name}": value for name, value in funds.items()}
    f.values[f"funds_by_year/{year}/returned"] = len(returns)
    f.put(f"funds_by_year/{year}/unused_percent", unused_kr, accounted)
    f.values |= {
        f"persons_by_year/{year}/year": year,
        f"persons_by_year/{year}/persons_total": figures.get("persons_total"),
    }

    def count(row: str, id_: str, options: tuple[str, ...] | None) -> None:
        question = next(one for one in rules.question if one.id == id_)
        texts = {one.text.sv for one in question.option if (one.id in options if options else not one.exclusive)}
        known = {one.text.sv for one in question.option}
        cells = [returns[name][question.column].replace("\n", ";").split(";") for name in bases[question.asked]]
        answers = [{part.strip() for part in cell} & known for cell in cells]
        hits, answered = sum(bool(texts & one) for one in answers), sum(bool(one) for one in answers)
        f.put(f"{row}/percent", hits, len(answers))
        f.put(f"{row}/answered_percent", hits, answered)
        for at in (row, row.partition("/")[0]):
            f.values |= {f"{at}/base": len(answers), f"{at}/answered": answered}
        f.values[f"{row}/count"] = hits
        if row.startswith(f"{id_}/") and options and len(options) == 1:
            f.chosen.setdefault(id_, {})[options[0]] = hits
            f.values |= {f"{id_}/not_answered/count": len(answers) - answered, f"{id_}/not_answered/base": len(answers)}
        by_year = f"{row.partition('/')[0]}_by_year/{year}/{row.partition('/')[2]}"
        f.values |= {f"{by_year}/{name}": f.values[f"{row}/{name}"] for name in ("percent", "base", "answered")}
        f.values[f"{by_year}/year"] = year

    for question in rules.question:
        for option in question.option if listed(question) else ():
            count(f"{question.id}/{option.id}", question.id, (option.id,))
    for question in rules.question:
        if question.kind in ("money", "count") and question.asked in bases:
            silent = len(bases[question.asked]) - len(stated(question.id, bases[question.asked]))
            not_answered = f"{question.id}/not_answered"
            f.values |= {f"{not_answered}/count": silent, f"{not_answered}/base": len(bases[question.asked])}
    both_asked = {"follow_up", "development"} <= asked
    for row, (id_, options) in DERIVED.items():
        if id_ in asked and (both_asked or not row.startswith("followed")):
            count(row, id_, options)
    f.regions = {"region_use": {}, "returns_by_region": {}}
    for code in {one.region_code for one in by_name.values()}:
        here = {name for name, one in by_name.items() if one.region_code == code}
        f.regions["region_use"][code] = (len(here & set(spent)), len(here))
        f.regions["returns_by_region"][code] = (len((here & set(amounts)) - set(returns)), len(here & set(amounts)))
    for table, shares in f.regions.items():
        for code, (part, whole) in shares.items():
            f.put(f"{table}/{code}/percent", part, whole)
    f.put("key_figures/used_of_municipalities/value", len(spent), 290)
    f.values |= {address: value for address, value in before.items() if f"_by_year/{year - 1}/" in address}
    return f
