"""Personal data: none of it is left in any text, and what is none stays."""

from __future__ import annotations

import io
import random
import re
import tempfile
import unicodedata
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import openpyxl
import pytest

from pipeline.cli import main
from pipeline.mask import mask
from tests.personal import impersonal, personal
from tests.world import CheckedHere, command, question, small_data, write_csv

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


SECRETS = [
    "811218-9876",
    "anna.berg@exempel.se",
    "070.123.45.67",
    "198 112 189 876",
    "811218-\n9876",
    "８１１２１８-９８７６",
]
COMMENTS = question("comments", "text", "all", "Kommentar") + question(
    "way", "multi", "all", "Sätt", ("a", "Ett"), ("b", "Två")
)
THEME = '[[theme]]\nid = "time"\nquestion = "comments"\ntext = { sv = "Tid", en = "Time" }\n'
GROUND = '[[grant.ground]]\nid = "unused"\ntext = { sv = "Oanvänt", en = "Unused" }\nrests_on = "unused"\n'
PERSON = "Kalle 811218-9876"


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with personal data wherever people can write."""
    header = ("Mottagare", "Oanvänt belopp (kr)", "Kommentar", "Sätt")
    recipients = [("Ale", 1000), ("Aneby", 2000), ("Malmö", 3000), ("Habo", 1000)]
    data = small_data(tmp_path_factory.mktemp("everywhere"), header=header, recipients=recipients)
    folder = data / "raw" / "2024"
    with (folder / "year.toml").open("a", encoding="utf-8") as rules:
        rules.write(COMMENTS + THEME + GROUND)
    (folder / "returns.csv").unlink()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = f"Svar {PERSON}"
    sheet.append([*header, f"Kontakt {PERSON}", f"Tel {SECRETS[2]}"])
    book.create_sheet("Mer 8112189876")["A1"] = "x"
    for at, name in enumerate(("Ale", "Aneby", "Malmö")):
        texts = f"Ring {SECRETS[at]} och {SECRETS[-1 - at]}", f"Ett;Annat {SECRETS[-1 - at]}"
        sheet.append([name, 0, *texts, SECRETS[at], "Hej"])
    book.save(folder / "returns.xlsx")
    (folder / "returns").mkdir()
    one = "Mottagare;Oanvänt belopp (kr)\nHabo;0\n"
    for name, who in ((f"{PERSON}.csv", "Habo"), ("Kalle 470713-4708.csv", "Kiruna")):
        (folder / "returns" / name).write_text(one.replace("Habo", who), encoding="utf-8")
    (folder / f"anteckningar {PERSON}.txt").write_text("x", encoding="utf-8")
    write_csv(
        folder / "themes.csv", ("municipality", "question", "theme", "who"), [("Ale", "comments", "time", PERSON)]
    )
    (folder / "corrections.toml").write_text(
        f"[[correction]]\nmunicipality = 'Aneby'\nfield = 'unused_kr'\nfound = '0'\ncorrected = '1'\n"
        f"reason = '{PERSON}'\nwho = '{PERSON}'\nwhen = 2025-01-01\n",
        encoding="utf-8",
    )
    for name in ("assessment", "activities"):
        text = "### Om {}\n\nRing {}." if name == "assessment" else "| A | B |\n|---|---|\n| {} | {} |\n"
        (folder / f"{name}.sv.md").write_text(text.format(PERSON, SECRETS[2]), encoding="utf-8")
    return data


def told(path: Path) -> str:
    """What a file holds: of a workbook, all its parts."""
    content = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            content = [package.read(name) for name in package.namelist()]
    return path.name + "".join(part.decode("utf-8", "replace") for part in content)


def test_no_output_holds_what_stood_anywhere(everywhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)
    out = everywhere.parent / "out"
    said = command(everywhere, "check", "2024", "--lang", "sv,en")
    said += command(everywhere, "report", "2024", "--to", "html")
    for words in (
        ["status", "2024"],
        ["uncoded", "2024"],
        ["settle", "2024"],
        ["review-sample", "2024", "--seed", "1"],
    ):
        said += command(everywhere, *words)
    files = [path for place in (everywhere / "processed", out) for path in place.rglob("*") if path.is_file()]
    assert {"findings.csv", "aterrapport.duckdb", "uppfoljning.ipynb", "uppfoljning.html", "settlement.xlsx"} <= {
        path.name for path in files
    }
    for name, content in [("the screen", said), *((path.name, told(path)) for path in files)]:
        for secret in [*SECRETS, "8112189876", "811218", "9876 ", "0701234567", "123.45"]:
            assert secret not in content, (name, secret, content[max(0, content.find(secret) - 80) :][:160])
    assert "[personnummer]" in said


ONE = "[[correction]]\nmunicipality = {0}\nfield = 'unused_kr'\nfound = {1}\ncorrected = '2'\nreason = 'x'\nwho = 'y'\n"
PLAN = 'municipality = "Ale"\nyear = 2024\namount_kr = 1000\nweight_is = "x"\n'
MESSAGES = {
    "a value of a wrong type": ("corrections.toml", ONE.format("'Ale'", 8112189876)),
    "a text of a wrong type": ("year.toml", "year = '811218-9876'\n"),
    "a text with a line break": ("year.toml", 'year = "811218-\\n9876"\n'),
    "a text with a mark that nobody sees": ("year.toml", 'year = "811218\\u200b-9876"\n'),
    "a table of a wrong type": ("year.toml", "year = {who = '811218-9876'}\n"),
    "an unknown key": ("year.toml", "'811218-9876' = 1\n"),
    "a key twice": ("year.toml", "'811218-9876' = 1\n'811218-9876' = 1\n"),
    "whom a correction is of": ("corrections.toml", ONE.format("'Kalle 811218-9876'", "'1'") + "when = 2025-01-01\n"),
    "what a correction found": ("corrections.toml", ONE.format("'Ale'", "'811218-9876'") + "when = 2025-01-01\n"),
    "a heading": ("assessment.sv.md", "## Kalle 811218-9876\n"),
    "a table without a header": ("recipients.csv", "Kalle 811218-9876;070-123 45 67\nAle;1\n"),
    "a column that is missing": ("returns.csv", "Mottagare;Kalle 811218-9876\nAle;1\n"),
    "a theme": ("themes.csv", "municipality,question,theme,who\nKalle 811218-9876,comments,time,x\n"),
    "the units of a plan": ("plan.toml", PLAN + "[[unit]]\nname = 'Kalle 811218-9876'\n" * 2),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_no_message_holds_personal_data(case: str, tmp_path: Path) -> None:
    name, content = MESSAGES[case]
    data = small_data(tmp_path)
    (data / "raw" / "2024" / name).write_text(content, encoding="utf-8")
    words = ["suballocate", data / "raw" / "2024" / name] if name == "plan.toml" else ["tables", "2024"]
    places = ["--data", str(data)]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as errors:
        status = main([*map(str, words), *places])
    assert status == 2
    said = out.getvalue() + errors.getvalue()
    assert not re.search(r"811218|9876|811 ?2|070-123|exempel", said), said
    assert "[personnummer]" in said or case == "a key twice"


def test_a_unit_of_a_plan_that_is_a_person_is_masked(tmp_path: Path) -> None:
    data, plan, out = small_data(tmp_path), tmp_path / "plan.toml", tmp_path / "split.csv"
    plan.write_text(f'{PLAN}[[unit]]\nname = "{PERSON}"\nweight = 1\n', encoding="utf-8")
    with redirect_stdout(io.StringIO()) as said:
        assert main(["suballocate", str(plan), "--out", str(out), "--data", str(data)]) == 0
    for text in (said.getvalue(), out.read_text(encoding="utf-8")):
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
