"""Personal data: none of it is left in any text, and what is none stays."""

import random
import re
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli import main
from pipeline.mask import mask
from tests.lines import cells_here
from tests.world import COLUMNS, cases, command, entry, question, small_data

LINES = 1_000


def digits_and_letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def test_of_a_thousand_lines_with_personal_data_none_is_left() -> None:
    chance, left = random.Random(20), []
    for _ in range(LINES):
        line, written = personal(chance)
        masked = mask(line)
        rest = re.sub(r"\[(personnummer|telefon|e-post)\]", "", masked)
        around = line.replace(written, "")
        if digits_and_letters(rest) != digits_and_letters(around):
            left.append((line, masked))
    assert left == []


def test_of_a_thousand_lines_without_any_fewer_than_one_is_changed() -> None:
    chance = random.Random(20)
    lines = [impersonal(chance) for _ in range(LINES)]
    assert [(line, mask(line)) for line in lines if mask(line) != line] == []


SECRETS = ["811218-9876", "anna.berg@exempel.se", "070.123.45.67", "198 112 189 876", "811218-\n9876"]
SECRETS.append("８１１２１８-９８７６")
COMMENTS = question("comments", "text", "all", "Kommentar")
COMMENTS += question("way", "multi", "all", "Sätt", ("a", "Ett"), ("b", "Två"))
THEME = '[[theme]]\nid = "time"\nquestion = "comments"\ntext = { sv = "Tid", en = "Time" }\n'
GROUND = '[[grant.ground]]\nid = "unused"\ntext = { sv = "Oanvänt", en = "Unused" }\nrests_on = "unused"\n'
PERSON = "Kalle 811218-9876"


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with personal data wherever people can write."""
    recipients = [("Ale", 1000), ("Aneby", 2000), ("Malmö", 3000), ("Habo", 1000)]
    of_person = entry("correction", municipality="Aneby", field="unused_kr", found="0", corrected="1", reason=PERSON)
    files = {
        f"anteckningar {PERSON}.txt": "x",
        "themes.csv": f"municipality,question,theme,who\nAle,comments,time,{PERSON}\n",
        "corrections.toml": of_person.replace("A. Analytiker", PERSON),
        "assessment.sv.md": f"### Om {PERSON}\n\nRing {SECRETS[2]}.",
        "activities.sv.md": f"| A | B |\n|---|---|\n| {PERSON} | {SECRETS[2]} |\n",
    }
    more = COMMENTS + THEME + GROUND
    data = small_data(tmp_path_factory.mktemp("everywhere"), recipients=recipients, more=more, files=files)
    folder = data / "raw" / "2024"
    (folder / "returns.csv").unlink()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = f"Svar {PERSON}"
    sheet.append([*COLUMNS, "Kommentar", "Sätt", f"Kontakt {PERSON}", f"Tel {SECRETS[2]}"])
    book.create_sheet("Mer 8112189876")["A1"] = "x"
    for at, name in enumerate(("Ale", "Aneby", "Malmö")):
        texts = f"Ring {SECRETS[at]} och {SECRETS[-1 - at]}", f"Ett;Annat {SECRETS[-1 - at]}"
        sheet.append([name, 0, *texts, SECRETS[at], "Hej"])
    book.save(folder / "returns.xlsx")
    (folder / "returns").mkdir()
    one = "Mottagare;Oanvänt belopp (kr)\nHabo;0\n"
    for name, who in ((f"{PERSON}.csv", "Habo"), ("Kalle 470713-4708.csv", "Kiruna")):
        (folder / "returns" / name).write_text(one.replace("Habo", who), encoding="utf-8")
    return data


def told(path: Path) -> str:
    """What a file holds: of a workbook, all its parts."""
    content = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            content = [package.read(name) for name in package.namelist()]
    return path.name + "".join(part.decode("utf-8", "replace") for part in content)


def test_no_output_holds_what_stood_anywhere(everywhere: Path) -> None:
    out = everywhere.parent / "out"
    orders = ["check 2024 --lang sv,en", "report 2024 --to html", "status 2024", "uncoded 2024", "settle 2024"]
    with cells_here(drawn=False):
        said = "".join(command(everywhere, *order.split()) for order in [*orders, "review-sample 2024 --seed 1"])
    files = [path for place in (everywhere / "processed", out) for path in place.rglob("*") if path.is_file()]
    wanted = {"findings.csv", "aterrapport.duckdb", "uppfoljning.ipynb", "uppfoljning.html", "settlement.xlsx"}
    assert wanted <= {path.name for path in files}
    for name, content in [("the screen", said), *((path.name, told(path)) for path in files)]:
        for secret in [*SECRETS, "8112189876", "811218", "9876 ", "0701234567", "123.45"]:
            assert secret not in content, (name, secret, content[max(0, content.find(secret) - 80) :][:160])
    assert "[personnummer]" in said


PLAN = 'municipality = "Ale"\nyear = 2024\namount_kr = 1000\nweight_is = "x"\n'
MESSAGES = cases("bad_input")["personal"]


@pytest.mark.parametrize("case", MESSAGES)
def test_no_message_holds_personal_data(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, content = MESSAGES[case]
    data = small_data(tmp_path)
    (data / "raw" / "2024" / name).write_text(content, encoding="utf-8")
    words = ["suballocate", str(data / "raw" / "2024" / name)] if name == "plan.toml" else ["tables", "2024"]
    assert main([*words, "--data", str(data)]) == 2
    said = "".join(capsys.readouterr())
    assert not re.search(r"811218|9876|811 ?2|070-123|exempel", said), said
    assert "[personnummer]" in said or case == "a key twice"


def test_a_unit_of_a_plan_that_is_a_person_is_masked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, plan, out = small_data(tmp_path), tmp_path / "plan.toml", tmp_path / "split.csv"
    plan.write_text(f'{PLAN}[[unit]]\nname = "{PERSON}"\nweight = 1\n', encoding="utf-8")
    assert main(["suballocate", str(plan), "--out", str(out), "--data", str(data)]) == 0
    for text in (capsys.readouterr().out, out.read_text(encoding="utf-8")):
        assert "Kalle [personnummer]" in text and "811218" not in text


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
    forms += ["0880 12 34 56", "0821 0834 0840", "0860, 0861, 0862"]  # codes of municipalities
    forms += [f"tabell {n % 9}.{n % 7}", f"{n % 12 + 1} @ {n % 90 + 1},50 kr", "följ oss @kommunen"]
    forms += ["alternativ (a) och (b)", "look at this", f"åldrarna 65–{70 + n % 20}"]
    forms += [f"{n % 50 + 1} 000 – {n % 50 + 60} 000"]
    return chance.choice([*forms, f"F:{n % 100}-{n:05d}", "+12 345 kr"])


KINDS: list[Callable[[Chance], str]] = [_amount, _day, _hours, _codes, _padded, _organisation, _case, _other]


def impersonal(chance: Chance) -> str:
    """A line with numbers none of which is a person's."""
    line = chance.choice(KINDS)(chance)
    return chance.choice(["{}", "Se {}.", "({})", "{} enligt beslut", "Vi har {} i år", "{};"]).format(line)
