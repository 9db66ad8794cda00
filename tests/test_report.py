"""The finished report: the real one in full, and made-up years whose every sentence must still be true."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from pipeline.cli import main
from tests.lines import small_reports, stand_ins_for_slow
from tests.reading import check_pdf
from tests.telling import Page
from tests.world import PROJECT, change, command, read_csv, real_data, small_data

NBSP = "\u00a0"


@pytest.fixture(scope="module")
def page(real_year: tuple[Path, Path]) -> Page:
    return Page((real_year[1] / "uppfoljning.html").read_text(encoding="utf-8"))


def tables(data: Path) -> dict[str, list[dict[str, str]]]:
    return {path.stem: read_csv(path) for path in (data / "processed" / "2024" / "tables").glob("*.csv")}


def test_the_report_says_what_the_printed_one_said(page: Page) -> None:
    text = page.text.replace(NBSP, " ")
    for sentence in (
        "Av landets 290 kommuner rekvirerade 247 bidraget, fler än 2023, då antalet var 238.",
        "Tillsammans rekvirerade de 85 906 462 kronor, vilket är 90 procent av det tillgängliga beloppet.",
        "Återstoden, 9 093 538 kronor, rekvirerades inte.",
        "Andelen oanvända medel är 12 procent, lägre än 2023, då den var 32 procent.",
        "Räknat till kronan har 202 mottagare använt hela bidraget, 33 en del och 12 inget.",
        "Andelen kommuner som har använt bidraget är högst i Region Skåne (100 procent) och lägst i "
        "Region Östergötland (54 procent).",
        "tillsammans 19 120 056 kronor, går tillbaka till statskassan.",
        "Sammanlagt finns cirka 10 miljoner kronor kvar hos 45 mottagare, som ska betala tillbaka pengarna.",
        "Av de 45 har tolv inte använt något av bidraget.",
        "Sammanlagt 43 kommuner har inte rekvirerat bidraget.",
        "Uppgifterna för 2023 kommer ur den tryckta redovisningen för året.",
    ):
        assert sentence in text


def test_every_number_is_the_cell_at_its_address(real_year: tuple[Path, Path], page: Page) -> None:
    """In tables and text alike, what is shown is what stands in the CSV file at the address."""
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for name, table in tables(real_year[0]).items():
        width = 2 if name.endswith(("_by_region", "_by_year")) and "option" in table[0] else 1
        rows |= {(name, *list(row.values())[:1], *([row["option"]] if width == 2 else [])): row for row in table}
    assert len(page.numbers) > 3000
    words = {"en": "1", "två": "2", "tre": "3", "fyra": "4", "fem": "5", "sex": "6", "sju": "7", "åtta": "8"}
    words |= {"nio": "9", "tio": "10", "elva": "11", "tolv": "12", "noll": "0", "–": ""}
    compared = 0
    for address, shown in page.numbers:
        if "/" not in address:
            continue  # a drawing: held by tests of its own
        *key, column = address.split("/")
        if key[1] == "09-10":
            continue  # regions that the public sees together: tests/test_attacker.py
        value = rows[tuple(key)][column]
        if not re.fullmatch(r"-?[\d.]*", value) or "miljon" in shown or "cirka" in shown:
            continue  # words and dates; rounded amounts: held by tests of their own
        plain = words.get(shown, shown.replace(NBSP, "").removesuffix("%").replace(",", ".").replace("\u2212", "-"))
        assert plain == value, address
        compared += 1
    assert compared > 2500
    assert {"usage_degree.all", "funds_by_year.2023", "recipients.2080", "region_use.12"} <= set(page.ids)
    assert {"method_by_region.12.kasam", "area_of_use_by_year.2023.start"} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_nothing_made_names_this_machine_and_no_code_is_shown(real_year: tuple[Path, Path], page: Page) -> None:
    notebook = nbformat.read(real_year[0] / "processed" / "2024" / "uppfoljning.ipynb", 4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert {kind for output in outputs for kind in output.data} == {"text/markdown"}
    assert "{python}" not in json.dumps(notebook)
    assert "open_report" not in page.text
    data, reports = real_year
    made = [path for path in (*reports.rglob("*"), *(data / "processed").rglob("*")) if path.is_file()]
    assert made
    here = [str(place).encode() for place in (data.parent, PROJECT)]
    assert [path.name for path in made if any(place in path.read_bytes() for place in here)] == []


@pytest.mark.parametrize("name", ["uppfoljning.pdf", "uppfoljning.en.pdf"])
def test_the_pdf_holds_to_both_standards(real_year: tuple[Path, Path], name: str) -> None:
    assert check_pdf(real_year[1] / name) == []


def test_the_same_input_gives_the_same_bytes(real_year: tuple[Path, Path], tmp_path: Path) -> None:
    """Built with the other edition or alone, in another folder: only the link to the other edition is not there."""
    data, first = real_year
    again, out = real_data(tmp_path), tmp_path / "elsewhere"
    assert main(["report", "2024", "--to", "html", "--data", str(again), "--out", str(out)]) == 0
    link = re.compile(rb'<p class="other-language">.*</p>\n')
    linked, alone = ((folder / "uppfoljning.html").read_bytes() for folder in (first, out / "2024"))
    assert (len(link.findall(linked)), link.findall(alone)) == (1, [])
    assert link.sub(b"", linked) == alone
    # The record of what was made names the editions.
    made = [path for path in sorted((again / "processed" / "2024").rglob("*.*")) if path.name != ".made.json"]
    assert len(made) >= 9
    for path in made:
        assert path.read_bytes() == (data / path.relative_to(again)).read_bytes(), path.name


def test_help_imports_nothing_slow() -> None:
    slow = {"polars", "duckdb", "pyarrow", "pandas", "plotly", "mirage", "great_expectations", "pydantic"}
    slow |= {"nbclient", "nbformat", "pypandoc", "typst", "pikepdf", "jinja2", "IPython"}
    script = "import sys\nfrom pipeline.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "usage: aterrapport" in run.stdout
    assert slow & set(run.stdout.splitlines()[-1].split()) == set()


def test_a_critical_finding_leaves_every_made_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_reports(tmp_path)
    monkeypatch.chdir(tmp_path)  # a project: its own reports are made
    data, out = small_data(tmp_path), tmp_path / "out"
    with stand_ins_for_slow():
        command(data, "report", 2024)

    def made() -> dict[Path, bytes]:
        files = [path for folder in (data / "processed", out) for path in folder.rglob("*") if path.is_file()]
        of_findings = ("findings", "corrections", "letters")  # what is made of findings is made all the same
        named = {path: {path.parent.name, path.name.lstrip(".").partition(".")[0]} for path in files}
        return {path: path.read_bytes() for path in files if not named[path] & set(of_findings)}

    before = made()
    names = {path.name for path in before}
    assert {"uppfoljning.html", "uppfoljning.pdf", "recipients.csv", "aterrapport.duckdb"} <= names
    change(data / "raw" / "2024" / "returns.csv", {"Aneby,500": "Aneby,9999"})
    for goal in ("check", "build"):
        command(data, goal, 2024, status=1)
        assert made() == before, goal
    (finding,) = read_csv(data / "processed" / "2024" / "findings.csv")
    assert (finding["rule"], finding["recipient"]) == ("unused_above_requisitioned", "Aneby")
    (letter,) = (out / "2024" / "letters").iterdir()
    assert "9 999" in letter.read_text(encoding="utf-8").replace(NBSP, " ")
