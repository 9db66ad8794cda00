"""Made-up years: by the full form, random or odd, with plain counts; and small ones, each answered its own way."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.register import municipalities
from pipeline.year import Question, Year, read_year
from tests.world import RAW, real_data, write_csv

ALWAYS = ("recipient", "submitted_on", "unused_kr", "talks_held")
SIZES = (1, 2, 3, 4, 6, 10, 24, 60) * 2 + (290,)
WAYS = "same same blank all exclusive random random few_blank many_blank one all_but_one"


@dataclass(frozen=True)
class SmallYear:
    """A made-up year: what it asks, and what was sent in."""

    year: int
    rules: Year
    made: Scenario


def small_years(seed: int, years: Sequence[int], folder: Path) -> list[SmallYear]:
    """Make up years one after the other and write them as a data folder."""
    chance = random.Random(seed)
    made = []
    for year in years:
        raw = folder / "raw" / str(year)
        raw.mkdir(parents=True)
        (raw / "year.toml").write_text(_form(chance, year), encoding="utf-8")
        rules = read_year(raw, f"raw/{year}")
        scenario = _scenario(chance, rules, year)
        write_csv(raw / "recipients.csv", ("recipient", "requisitioned_kr"), scenario.recipients)
        write_csv(raw / "returns.csv", list(scenario.rows[0]), [list(row.values()) for row in scenario.rows])
        made.append(SmallYear(year, rules, scenario))
    return made


def _form(chance: random.Random, year: int) -> str:
    """The real form of 2024 with some of its questions, and money enough for everybody."""
    text = (RAW / "2024" / "year.toml").read_text(encoding="utf-8")
    head, *questions = re.split(r"(?=^\[\[question\]\])", text, flags=re.MULTILINE)
    ids = [re.findall(r'^id = "(\w+)"', question, flags=re.MULTILINE)[0] for question in questions]
    others = [id_ for id_ in ids if id_ not in ALWAYS]
    kept = {*ALWAYS, *chance.sample(others, chance.choice((0, 3, 6, 8, 10)))}
    if kept & {"persons_women", "persons_men"}:
        kept |= {"persons_total", "persons_women", "persons_men"}
    for old, new in {"= 2025-": f"= {year + 1}-", "= 2024-": f"= {year}-", "year = 2024": f"year = {year}"}.items():
        head = head.replace(old, new)
    head = re.sub(r"^synthetic = \[.*?^\]\n", "", head, flags=re.MULTILINE | re.DOTALL)
    head = re.sub(r"^\[grant\.key\]\n(?:.+\n)*", "", head, flags=re.MULTILINE)
    available_kr = chance.choice((500_000, 95_000_000, 400_000_000))
    head = head.replace("available_kr = 95_000_000", f"available_kr = {available_kr}")
    return head + "".join(question for id_, question in zip(ids, questions, strict=True) if id_ in kept)


def _scenario(chance: random.Random, rules: Year, year: int) -> Scenario:
    known = list(municipalities().values())
    region = chance.choice([None, None, None, chance.choice(known).region_code])
    names = [one.name for one in known if region in (None, one.region_code)]
    names = chance.sample(names, min(len(names), chance.choice(SIZES)))
    recipients = [(name, chance.choice((1_000_000, 1_000_000, chance.randint(1, 1_000_000)))) for name in names]
    missing = chance.choice((0, 0, 0, 0.1, 0.5))
    senders = [one for one in recipients if chance.random() >= missing] or recipients[:1]
    ways = {question.id: chance.choice(WAYS.split()) for question in rules.question}
    options = {question.id: _options(chance, question) for question in rules.question}
    left = chance.choice(("nothing", "nothing", "all", "mixed", "mixed", "one krona", "all but one krona"))
    rows = []
    for at, (name, amount) in enumerate(senders):
        row = {one.column: _answer(chance, one, ways[one.id], options[one.id], at) for one in rules.question}
        unused = {"nothing": 0, "all": amount, "one krona": 1, "all but one krona": amount - 1}
        mixed = chance.choice((0, 0, amount, chance.randint(0, amount)))
        row[column(rules, "unused_kr")] = str(unused.get(left, mixed))
        day = "02-01" if year % 2 and at % 7 == 3 else "01-15"  # the last day is 31 January
        row |= {column(rules, "recipient"): name, column(rules, "submitted_on"): f"{year + 1}-{day}"}
        rows.append(row)
    if chance.random() < 0.3:
        rows = _astray(chance, rules, year, recipients, rows)
    return Scenario(recipients, rows)


def _astray(
    chance: random.Random, rules: Year, year: int, recipients: list[tuple[str, int]], rows: list[dict[str, str]]
) -> list[dict[str, str]]:
    """What is found and not counted: earlier returns of some, returns of others, options that nobody knows."""
    who, day = column(rules, "recipient"), column(rules, "submitted_on")
    others = [one.name for one in municipalities().values() if one.name not in dict(recipients)][:3]
    before = [{**chance.choice(rows), who: row[who], day: f"{year + 1}-01-10"} for row in rows if chance.random() < 0.2]
    strange = [{**chance.choice(rows), who: name, day: f"{year + 1}-01-12"} for name in others]
    for row in rows:
        if chance.random() < 0.3:
            row[who] = chance.choice((f"{row[who]} kommun", row[who].upper()))
        for question in rules.question:
            if question.kind == "multi" and chance.random() < 0.2:
                row[question.column] = "; ".join(filter(None, ["något annat", row[question.column]]))
    return [*before, *strange, *rows]


def _options(chance: random.Random, question: Question) -> list[str]:
    """What everybody answers who answers the same: one option of a choice, some of a multi question."""
    texts = [option.text.sv for option in question.option if not option.exclusive] or [""]
    return [chance.choice(texts)] if question.kind == "choice" else chance.sample(texts, chance.randint(1, len(texts)))


def _answer(chance: random.Random, question: Question, way: str, same: list[str], at: int) -> str:
    if not listed(question):
        numbers = {"same": 1, "all": 12_345, "exclusive": 0, "one": int(at == 0), "all_but_one": int(at > 0)}
        number = numbers.get(way, chance.randint(0, 40))
        is_blank = way == "blank" or chance.random() < {"few_blank": 0.05, "many_blank": 0.4}.get(way, 0)
        return "" if is_blank or question.kind not in ("money", "count") else str(number)
    texts = [option.text.sv for option in question.option]
    alone = [option.text.sv for option in question.option if option.exclusive] or texts[-1:]
    several = chance.sample(texts[: len(texts) - 1] or texts, chance.randint(1, max(1, len(texts) - 1)))
    some = alone if chance.random() < 0.3 else several
    one = [chance.choice(texts)] if question.kind == "choice" else some
    everything = texts[:1] if question.kind == "choice" else [text for text in texts if text not in alone] or texts
    chosen = {
        "blank": [], "same": same, "all": everything, "exclusive": alone, "one": same if at == 0 else alone,
        "all_but_one": alone if at == 0 else same, "few_blank": one if chance.random() > 0.05 else [],
        "many_blank": one if chance.random() > 0.4 else [],
    }  # fmt: skip
    return "; ".join(chosen.get(way, one))


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
