"""Made-up years by the full form: random returns with everything that happens, odd years, and plain counts of both."""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

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


def scenario(name: str, rules: Year) -> Scenario:
    """Give a made-up year by its name; a number is the seed of random returns."""
    if name.isdigit():
        return Scenario(*random_returns(int(name), rules))
    same = {each.column: alike(each) for each in rules.question}
    who, unused, held = (column(rules, each) for each in ("recipient", "unused_kr", "talks_held"))
    if name == "all alike":
        recipients = [(each.name, 100_000) for each in municipalities().values()]
        return Scenario(recipients, [{**same, who: each, unused: "0"} for each, _ in recipients])
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
