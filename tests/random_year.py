"""Made-up years by the full form: random returns with everything that happens, odd years, and plain counts of both."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.register import municipalities
from pipeline.year import Question, Year
from tests.world import real_data, write_csv

Recipients = list[tuple[str, int]]
Rows = list[dict[str, str]]


def listed(question: Question) -> bool:
    return question.kind in ("choice", "multi")


def random_returns(seed: int, rules: Year) -> tuple[Recipients, Rows]:
    """Returns with everything that happens: blanks, several from one, unknown options, answers nobody asked for."""
    chance = random.Random(seed)
    names = [each.name for each in municipalities().values()]
    recipients = [(name, chance.randint(1, 1_000_000)) for name in chance.sample(names, 200)]
    amounts = dict(recipients)
    senders = [name for name, _ in recipients if chance.random() < 0.8] + chance.sample(
        sorted(set(names) - set(amounts)), 5
    )
    senders += chance.sample(senders, 20)
    chance.shuffle(senders)
    rows = []
    for place, name in enumerate(senders):
        row = {question.column: answer(question, chance) for question in rules.question}
        row[column(rules, "recipient")] = chance.choice([name, f"{name} kommun", name.upper()])
        row[column(rules, "submitted_on")] = f"2025-01-{1 + place // 24:02d} {place % 24:02d}:00:00"
        amount = amounts.get(name, 100)
        row[column(rules, "unused_kr")] = str(chance.choice([0, 0, 0, amount, chance.randint(0, amount)]))
        rows.append(row)
    return recipients, rows


def answer(question: Question, chance: random.Random) -> str:
    if chance.random() < 0.15:
        return ""
    texts = [option.text.sv for option in question.option]
    if question.kind == "choice":
        return chance.choice([*texts, texts[0], "vet inte"])
    if question.kind == "multi":
        chosen = chance.sample(texts, chance.randint(0, len(texts)))
        return chance.choice(["; ", ";", "\n"]).join(chosen + ["något annat"] * (chance.random() < 0.1))
    return str(chance.randint(0, 90)) if question.kind in ("money", "count") else ""


def column(rules: Year, question: str) -> str:
    found = rules.column(question)
    assert found
    return found


@dataclass(frozen=True)
class Scenario:
    """A made-up year: who requisitioned what, and the rows of returns in the order they were sent."""

    recipients: Recipients
    rows: Rows


NAMED = ("nobody repays", "a region without anybody", "a third missing", "all alike", "no talks", "one of each")


def scenario(name: str, rules: Year) -> Scenario:
    """Give a made-up year by its name; a number is the seed of random returns."""
    if name.isdigit():
        return Scenario(*random_returns(int(name), rules))
    recipients, rows = random_returns(7, rules)
    who, unused, held = (column(rules, each) for each in ("recipient", "unused_kr", "talks_held"))
    same = {each.column: alike(each) for each in rules.question}
    known = municipalities().values()
    if name == "nobody repays":
        rows = [{**row, unused: "0"} for row in rows]
    elif name == "a region without anybody":
        gone = {each.name for each in known if each.region_code in ("10", "09")}
        recipients = [each for each in recipients if each[0] not in gone]
    elif name == "a third missing":
        sent = [each for place, each in enumerate(recipients) if place % 3]
        rows = [
            {**rows[place % len(rows)], who: each, unused: str(amount // 3 * (place % 2))}
            for place, (each, amount) in enumerate(sent)
        ]
    elif name == "all alike":
        recipients = [(each.name, 100_000) for each in known]
        rows = [{**same, who: each, unused: "0"} for each, _ in recipients]
    elif name == "no talks":
        rows = [{**row, held: "Nej"} for row in rows]
    else:
        assert name == "one of each"
        recipients = [("Ale", 900_000), ("Malmö", 1_000_000), ("Umeå", 400_000), ("Borås", 500_000)]
        rows = [
            {**same, who: "Ale", unused: "0", column(rules, "persons_total"): "1"},
            {**same, who: "Malmö", unused: "1000000"},
            {**same, who: "Umeå", unused: "0", held: "Nej"},
        ]
    return Scenario(recipients, rows)


def alike(question: Question) -> str:
    """An answer that chooses every option that does not exclude the others, or the first of a choice."""
    texts = [option.text.sv for option in question.option if not option.exclusive]
    if question.kind == "multi":
        return "; ".join(texts)
    return texts[0] if question.kind == "choice" else "10" if question.kind in ("money", "count") else ""


def write(scenario: Scenario, target: Path) -> Path:
    """Write a made-up year in the place of the real one, and give the data folder."""
    data = real_data(target)
    folder = data / "raw" / "2024"
    (folder / "returns.xlsx").unlink()
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), scenario.recipients)
    write_csv(folder / "returns.csv", list(scenario.rows[0]), [list(row.values()) for row in scenario.rows])
    return data


def plain_count(
    recipients: Recipients, rows: Rows, rules: Year
) -> tuple[Counter[tuple[str, str, str]], Counter[tuple[str, str]]]:
    """Counts by question, region and option, and bases by question and region, without the code under test."""
    by_name = {each.name.casefold(): each for each in municipalities().values()}
    latest: dict[str, dict[str, str]] = {}
    for row in rows:  # in the order they were sent
        latest[row[column(rules, "recipient")].casefold().removesuffix(" kommun")] = row
    counts: Counter[tuple[str, str, str]] = Counter()
    bases: Counter[tuple[str, str]] = Counter()
    amounts = {name.casefold(): amount for name, amount in recipients}
    for name, row in latest.items():
        in_base = {"all": True, "recipients": name in amounts, "used": False, "unused": False, "talks_held": False}
        if name in amounts:
            unused = int(row[column(rules, "unused_kr")])
            in_base["used"], in_base["unused"] = unused < amounts[name], unused > 0
            in_base["talks_held"] = in_base["used"] and row[column(rules, "talks_held")] == "Ja"
        for question in filter(listed, rules.question):
            if not in_base[question.asked]:
                continue
            region = by_name[name].region_code
            bases[question.id, region] += 1
            chosen = {part.strip() for part in row[question.column].replace("\n", ";").split(";")}
            for option in question.option:
                counts[question.id, region, option.id] += option.text.sv in chosen
    return counts, bases


def half_up(part: int, whole: int) -> int | None:
    return (2 * part + whole) // (2 * whole) if whole else None


def facts(made: Scenario, rules: Year, printed: dict[str, Any]) -> dict[str, Any]:
    """Every figure of the running text by its address, counted in plain Python; `printed` is what is known of 2023."""
    by_name = {each.name.casefold(): each for each in municipalities().values()}
    amounts = {name.casefold(): amount for name, amount in made.recipients}
    latest: dict[str, dict[str, str]] = {}
    for row in made.rows:  # in the order they were sent
        latest[row[column(rules, "recipient")].casefold().removesuffix(" kommun")] = row
    returns = {name: row for name, row in latest.items() if name in amounts}
    unused = {name: int(row[column(rules, "unused_kr")]) for name, row in returns.items()}
    spent = {name: amounts[name] - kr for name, kr in unused.items() if kr < amounts[name]}
    held = [name for name in spent if returns[name][column(rules, "talks_held")] == "Ja"]
    bases = {"used": list(spent), "talks_held": held, "unused": [name for name, kr in unused.items() if kr]}

    def stated(question: str, base: list[str]) -> dict[str, int]:
        texts = {name: returns[name][column(rules, question)] for name in base}
        return {name: int(text) for name, text in texts.items() if text}

    salary, persons = stated("salary_kr", list(spent)), stated("persons_total", held)
    women, men = stated("persons_women", held), stated("persons_men", held)
    both = set(women) & set(men)
    available, asked_kr = rules.grant.available_kr, sum(amounts.values())
    accounted, people = sum(amounts[name] for name in returns), sum(persons.values())
    figures = {
        "year": 2024,
        "municipalities": 290,
        "available_kr": available,
        "recipients": len(amounts),
        "not_requisitioned": 290 - len(amounts),
        "requisitioned_kr": asked_kr,
        "requisitioned_percent": half_up(100 * asked_kr, available),
        "not_requisitioned_kr": available - asked_kr,
        "returned": len(returns),
        "not_returned": len(amounts) - len(returns),
        "accounted_kr": accounted,
        "used": len(spent),
        "used_kr": sum(spent.values()),
        "used_percent": half_up(100 * sum(spent.values()), accounted),
        "unused_kr": sum(unused.values()),
        "repaying": len(bases["unused"]),
        "repaying_all": len(returns) - len(spent),
        "all_to_the_krona": len(returns) - len(bases["unused"]),
        "part_to_the_krona": len(set(spent) & set(bases["unused"])),
        "to_treasury_kr": available - asked_kr + sum(unused.values()),
        "talks_held": len(held),
        "talks_not_held": len(spent) - len(held),
        "persons_total": people,
        "persons_stated": len(persons),
        "sex_stated": len(both),
        "women_percent": half_up(
            100 * sum(women[name] for name in both), sum(women[name] + men[name] for name in both)
        ),
        "salary_percent": half_up(100 * sum(salary.values()), sum(spent[name] for name in salary)),
        "kr_per_person": half_up(sum(spent[name] for name, count in persons.items() if count), people),
    }
    told: dict[str, Any] = {f"key_figures/{name}/value": value for name, value in figures.items()}
    funds = {**{name: figures[name] for name in ("available_kr", "requisitioned_kr", "recipients", "unused_kr")},
             "unused_percent": half_up(100 * sum(unused.values()), accounted), "year": 2024}  # fmt: skip
    told |= {f"funds_by_year/2024/{name}": value for name, value in funds.items()}
    told |= {f"funds_by_year/2023/{name}": printed["totals"][name] for name in funds}
    told |= {"persons_by_year/2023/persons_total": 23_000, "persons_by_year/2023/year": 2023}
    told |= {f"persons_by_year/2024/{name}": figures[name] for name in ("persons_total", "year")}
    told["usage_degree/base"] = len(amounts)

    def count(table: str, option: str, question: Question, chosen: set[str]) -> None:
        base = bases[question.asked]
        hits = 0
        for name in base:
            cell = returns[name][question.column]
            hits += bool(chosen & {part.strip() for part in cell.replace("\n", ";").split(";")})
        percent = half_up(100 * hits, len(base))
        told.update({f"{table}/base": len(base), f"{table}/{option}/base": len(base)})
        told.update({f"{table}/{option}/count": hits, f"{table}/{option}/percent": percent})
        told[f"{table}_by_year/2024/{option}/percent"] = percent

    questions = {question.id: question for question in rules.question if listed(question)}
    for question in questions.values():
        for option in question.option:
            count(question.id, option.id, question, {option.text.sv})
    derived = {
        "collaboration/any": ("collaboration", {"civil_society", "regional_care", "other_municipality"}),
        "method/any": ("method", {each.id for each in questions["method"].option} - {"none"}),
        "followed_up_and_developed/followed_up": (
            "follow_up",
            {each.id for each in questions["follow_up"].option} - {"none"},
        ),
        "followed_up_and_developed/developed": (
            "development",
            {each.id for each in questions["development"].option} - {"none"},
        ),
        "provider/independent_all_or_part": ("provider", {"partly_independent", "independent"}),
        "purpose_reached/high_or_fairly_high": ("purpose_reached", {"high", "fairly_high"}),
        "results_reached/high_or_fairly_high": ("results_reached", {"high", "fairly_high"}),
    }
    for address, (id_, options) in derived.items():
        question = questions[id_]
        table, option_id = address.split("/")
        count(table, option_id, question, {each.text.sv for each in question.option if each.id in options})
    for figure in printed["row"]:
        told[f"{figure['table']}_by_year/2023/{figure['option']}/percent"] = figure["percent"]
    for code in {each.region_code for each in by_name.values()}:
        here = {name for name, each in by_name.items() if each.region_code == code}
        told[f"region_use/{code}"] = Fraction(len(here & set(spent)), len(here))
        asked = here & set(amounts)
        told[f"returns_by_region/{code}"] = Fraction(len(asked - set(returns)), len(asked)) if asked else None
    return told
