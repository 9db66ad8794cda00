"""Lines with personal data as people write it, and lines with numbers that are none: to measure what is masked.

Written from what numbers are (a person's day of birth and its check digit, Sweden's numbering plan, how offices number
their cases), and not from the patterns of `pipeline/mask.py`.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta

Chance = random.Random
PLACES = ["08", "031", "040", "018", "046", "0920", "0480", "0370", "0243", "0650", "090", "063", "016", "0611"]
GROUPS: dict[int, list[tuple[int, ...]]] = {5: [(3, 2)], 6: [(2, 2, 2), (3, 3)], 7: [(3, 2, 2), (3, 4), (2, 2, 3)]}
GROUPS[8] = [(3, 3, 2), (4, 4), (2, 2, 2, 2)]
MOBILES = ["070", "072", "073", "076", "079"]
FIRST = ["anna", "kalle", "eva.berg", "å.öberg", "per-olof", "m.svensson", "info", "aldre_omsorg", "anna+salt"]
HOSTS = ["exempel.se", "kommun.exempel.se", "exempel.nu", "ale-kommun.example", "exempel.com"]
AROUND = ["Ring {} om det.", "{}", "Vi når henne på {}", "({})", "Kontakt: {}, helst förmiddag", "Hon ({}) kom.", "{}!"]
AROUND += ['="{}"', '=HYPERLINK("x","{}")', "2024: {} och 12 500 kr", "Ale {} retur.xlsx", "3 av {}", "a;{};b"]
AROUND += ["<{}>", "{}\n"]


def check_digit(nine: str) -> str:
    """The digit that makes ten of nine: every second digit counts double, a double of two digits as their sum."""
    total = sum(sum(map(int, str(int(digit) * factor))) for digit, factor in zip(nine, (2, 1) * 5, strict=False))
    return str(-total % 10)


def identity(chance: Chance) -> tuple[str, str]:
    """The day of birth, with its century, and the last four of an identity or a coordination number."""
    born = date(1910, 1, 1) + timedelta(days=chance.randrange(36_000))
    day = born.day + chance.choice([0, 0, 0, 60])
    written = f"{born.year}{born.month:02d}{day:02d}"
    three = f"{chance.randrange(1000):03d}"
    return written, three + check_digit(written[2:] + three)


def unseen(chance: Chance, text: str) -> str:
    """The text with a mark in it that nobody sees."""
    at = chance.randrange(1, len(text))
    return text[:at] + chance.choice("\u200b\u200d\u00ad\u2060\ufeff\u200e\u202c") + text[at:]


def wide(text: str) -> str:
    """The text with digits and signs of full width, as East Asian keyboards write them."""
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isdigit() or letter in "-+." else letter for letter in text)


def number_of_a_person(chance: Chance) -> str:
    born, last = identity(chance)
    born = born[chance.choice([0, 2]) :]
    parts = [born[:-4], born[-4:-2], born[-2:]]
    whole = born + last
    marks = ["-", "", "+", " ", "  ", " - ", "–", "\u2212", "\u2011", " – ", "-\n", "/", ".", "_", ":", "\u00a0", "\n"]
    forms = [born + mark + last for mark in [*marks, "- ", "\r\n", "\t"]]
    forms += ["-".join([*parts, last]), ".".join(parts) + "-" + last, "/".join(parts) + " " + last]
    forms += [" ".join([*parts, last]), " ".join(parts) + "-" + last, born + "-" + last[:2] + " " + last[2:]]
    is_number = whole[0] != "0"
    forms.append(f"{int(whole):,}".replace(",", chance.choice([" ", "\u00a0", ".", "\u202f"])) if is_number else whole)
    forms += [unseen(chance, born + "-" + last), wide(born + "-" + last)]
    return chance.choice([*forms, born + chance.choice(["-T", "T", "-R", "-S"]) + last[1:]])


def phone(chance: Chance) -> str:
    is_mobile = chance.random() < 0.5
    area = chance.choice(MOBILES if is_mobile else PLACES)
    length = 7 if is_mobile else chance.choice([6, 7, 8]) if area == "08" else chance.choice([5, 6])
    digits = str(chance.randrange(2, 10)) + "".join(chance.choice("0123456789") for _ in range(length - 1))
    cut, at = [], 0
    for size in chance.choice([*GROUPS[length], (length,)]):
        cut.append(digits[at : at + size])
        at += size
    between = chance.choice([" ", " ", " ", "  ", "\u00a0"])
    written = chance.choice(["{}-{}", "{}-{}", "{} {}", "{} - {}", "({}) {}", "{}/{}", "{}–{}", "{}  {}"])
    text = written.format(area, between.join(cut))
    other = [area + digits, *[mark.join([area, *cut]) for mark in ("-", ".") if len(cut) > 1]]
    other += [f"+46 {area[1:]} {between.join(cut)}" if len(area + digits) > 9 else text]
    other += [f"+46{area[1:]}{digits}" if len(area + digits) > 9 else text]
    other += [f"+46 (0){area[1:]}-{between.join(cut)}" if len(area + digits) > 9 else text]
    other += [f"0046 {area[1:]} {between.join(cut)}" if len(area + digits) > 9 else text, unseen(chance, text)]
    other += [wide(text)]
    return chance.choice([text] * 8 + other)


def address(chance: Chance) -> str:
    name, host = chance.choice(FIRST), chance.choice(HOSTS)
    at = chance.choice(["@"] * 8 + [" (at) ", "(at)", "[at]", " [at] ", " @ ", " (a) ", " snabel-a ", "＠"])
    written = f"{name}{at}{host}"
    return chance.choice([written, written, written.upper(), unseen(chance, written)]) if at == "@" else written


def personal(chance: Chance) -> tuple[str, str]:
    """A line with personal data, and what of it must not be left."""
    written = chance.choice([number_of_a_person, number_of_a_person, phone, address])(chance)
    return chance.choice(AROUND).format(written), written


def _amount(chance: Chance) -> str:
    value = chance.randrange(10 ** chance.randrange(1, 10))
    grouped = f"{value:,}".replace(",", chance.choice([" ", "\u00a0", "\u202f", "", "."]))
    return grouped + chance.choice(["", " kr", " kronor", ":-", ",00", " SEK", ",50 kr", " tkr"])


def _day(chance: Chance) -> str:
    one = date(2018, 1, 1) + timedelta(days=chance.randrange(3_000))
    clock = f"{chance.randrange(24):02d}{chance.choice(':.')}{chance.randrange(60):02d}"
    forms = [f"{one}", f"{one} {clock}", f"{one}T{clock}:00Z", f"{one:%Y%m%d}", f"{one:%y%m%d}"]
    forms += [f"{one.day}/{one.month}"]
    forms += [f"{one:%d-%m-%Y}", f"{one:%d.%m.%Y}", f"{one} – {one + timedelta(30)}", f"{one:%Y-%m}"]
    forms += [f"{one:%y%m%d} kl {clock}"]
    return chance.choice(forms)


def _hours(chance: Chance) -> str:
    def span() -> str:
        first = chance.randrange(6, 12)
        begins, ends = (f"{hour:02d}" for hour in (first, chance.randrange(first + 1, 24)))
        return chance.choice(["{}-{}", "{}–{}", "{}.00-{}.30", "{}:00-{}:00", "{}.30–{}.00"]).format(begins, ends)

    days = chance.choice(["", "mån–fre ", "kl. ", "öppet "])
    return days + chance.choice([" ", ", ", " och "]).join(span() for _ in range(chance.randrange(1, 4)))


def _codes(chance: Chance) -> str:
    size, many = chance.choice([2, 3, 4]), chance.randrange(1, 7)
    between, many = chance.choice([" ", ", ", "; ", "/"]), many if size > 2 else min(many, 4)
    return between.join(f"{chance.randrange(10**size // 4):0{size}d}" for _ in range(many))


def _padded(chance: Chance) -> str:
    return f"0{chance.randrange(1, 10)}{chance.choice('0')} {chance.choice(['000 000', '000', '012 345', '050 000'])}"


def _organisation(chance: Chance) -> str:
    nine = f"{chance.choice([2, 5, 7, 8, 9])}{chance.randrange(10)}{chance.randrange(2, 10)}"  # no month begins so
    nine += f"{chance.randrange(1_000_000):06d}"
    ten = nine + check_digit(nine)
    return chance.choice(["", "org.nr ", "16"]) + chance.choice([f"{ten[:6]}-{ten[6:]}", ten])


def _case(chance: Chance) -> str:
    """A case's number, half of them with a check digit that holds."""
    year, n = chance.randrange(2018, 2027), chance.randrange(1, 20_000)
    unit = chance.choice(["SN", "KS", "ÄON", "VON", "SoN"])
    nine = f"{year % 100}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}{chance.randrange(1000):03d}"
    ten = nine + (check_digit(nine) if chance.random() < 0.5 else str(chance.randrange(10)))
    said = chance.choice(["dnr ", "Dnr: ", "diarienr ", "diarienummer ", "ärendenummer ", "ärende nr "])
    forms = [f"{unit} {year}/{n}", f"{unit}-{year}-{n:05d}", f"dnr {year}-{n}", f"{year}-{n:06d}", f"{unit} {year}:{n}"]
    forms += [f"dnr 9.2-{n:05d}/{year}", f"{unit}{year}.{n:04d}", f"{n}/{year}", f"Dnr {n:05d}-{year}", f"{said}{ten}"]
    forms += [f"{said}20{ten[:-4]}-{ten[-4:]}", f"{said}{unit} 20{ten}", f"{unit} {year}/{ten[2:6]}-{ten[6:]}"]
    return chance.choice(forms)


def _other(chance: Chance) -> str:
    n = chance.randrange(10_000)
    forms = [f"bankgiro {chance.randrange(100, 10_000)}-{n:04d}", f"plusgiro {n % 90 + 10} {n:04d}-{n % 10}"]
    forms += [f"{n % 300} personer, {n % 200} kvinnor och {n % 100} män", f"{n % 100},{n % 10} %", f"rum {n}, plan 3"]
    forms += [f"123 {n % 90 + 10} Ort", f"kap. {n % 30} § {n % 20}", f"ISBN 978-91-{n:04d}-12-3"]
    forms += [f"tabell {n % 9}.{n % 7}", f"{n % 12 + 1} @ {n % 90 + 1},50 kr", "följ oss @kommunen"]
    forms += [
        "alternativ (a) och (b)",
        "look at this",
        f"åldrarna 65–{70 + n % 20}",
        f"{n % 50 + 1} 000 – {n % 50 + 60} 000",
    ]
    return chance.choice([*forms, f"F:{n % 100}-{n:05d}", "+12 345 kr"])


KINDS: list[Callable[[Chance], str]] = [_amount, _day, _hours, _codes, _padded, _organisation, _case, _other]


def impersonal(chance: Chance) -> str:
    """A line with numbers none of which is a person's."""
    line = chance.choice(KINDS)(chance)
    return chance.choice(["{}", "Se {}.", "({})", "{} enligt beslut", "Vi har {} i år", "{};"]).format(line)
