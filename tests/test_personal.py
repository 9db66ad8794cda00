"""Personal data: none of it is left in any text, and what is none stays."""

import random
import re
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli import main
from pipeline.mask import mask
from tests.lines import cells_here
from tests.personal import impersonal, personal
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


@pytest.mark.parametrize("codes", ["0880 12 34 56", "0821 0834 0840", "0860, 0861, 0862"])
def test_codes_of_municipalities_are_no_phone_numbers(codes: str) -> None:
    assert mask(codes) == codes


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
    with cells_here():
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


def test_the_report_of_a_fault_holds_no_personal_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Kalle 811218-9876")

    monkeypatch.setattr("pipeline.money.status.status", fail)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    said = command(small_data(tmp_path), "status", "2024", status=70)
    (written,) = tmp_path.glob("aterrapport-*.txt")
    assert "ValueError" in said and "811218" not in said
    assert "ValueError: Kalle [personnummer]" in written.read_text(encoding="utf-8")
