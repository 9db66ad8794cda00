"""Another grant: made by `new-grant`, given another form and other bases, and built end to end without code."""

import re
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.reading import of_page, of_pdf
from tests.world import PROJECT, aterrapport, read_csv

SUMMER = Path(__file__).parent / "data" / "summer"
QUESTIONS = ("held", "activities", "children", "cost_kr", "again")


@pytest.fixture(scope="module")
def summer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    project = tmp_path_factory.mktemp("grants") / "summer"
    assert aterrapport("new-grant", project, "--year", 2031).returncode == 0
    year = project / "data" / "raw" / "2031"
    for name in ("year.toml", "recipients.csv", "returns.csv"):
        shutil.copyfile(SUMMER / name, year / name)
    shutil.copyfile(SUMMER / "tables.toml", project / "reports" / "tables.toml")
    built = aterrapport("--project", project, "build", 2031)
    assert built.returncode == 0, built.stderr
    yield project


def answers(column: str) -> list[str]:
    return [row[column] for row in read_csv(SUMMER / "returns.csv")]


def table(project: Path, name: str) -> dict[str, dict[str, str]]:
    rows = read_csv(project / "data" / "processed" / "2031" / "tables" / f"{name}.csv")
    return {next(iter(row.values())): row for row in rows}


def test_what_new_grant_makes_builds_as_it_is(tmp_path: Path) -> None:
    made = aterrapport("new-grant", tmp_path / "example", "--year", 2030)
    assert f"aterrapport --project {tmp_path / 'example'} build 2030" in made.stdout
    assert aterrapport("--project", tmp_path / "example", "tables", 2030).returncode == 0
    again = aterrapport("new-grant", tmp_path / "example", "--year", 2030)
    assert (again.returncode, again.stdout) == (2, "") and "exists already" in again.stderr


def test_its_own_bases_are_counted_on(summer: Path) -> None:
    held = [answer == "Ja" for answer in answers("Genomfört")]
    assert table(summer, "held")["yes"]["base"] == str(len(answers("Kommun")) - 1)  # one used nothing
    assert {row["base"] for row in table(summer, "activities").values()} == {str(sum(held))}
    with_children = [int(n) for n in answers("Antal barn") if n and int(n) > 0]
    assert {row["base"] for row in table(summer, "again").values()} == {str(len(with_children))}
    assert table(summer, "again")["yes"]["count"] == str(answers("Nästa år").count("Ja"))
    assert table(summer, "activities")["swimming"]["count"] == str(sum("Simskola" in a for a in answers("Aktiviteter")))


@pytest.mark.parametrize(("question", "column"), [("children", "Antal barn"), ("cost_kr", "Kostnad (kr)")])
def test_a_number_has_its_sum_answers_mean_and_median(summer: Path, question: str, column: str) -> None:
    given = [int(n) for n in answers(column) if n]
    middle = [int(of(given) + 0.5) for of in (statistics.mean, statistics.median)]
    wanted = dict(zip(("sum", "stated", "mean", "median"), (sum(given), len(given), *middle), strict=True))
    found = {key.removeprefix(f"{question}_"): int(row["value"]) for key, row in table(summer, question).items()}
    assert found == wanted
    regional = pl.read_csv(summer / f"data/processed/2031/tables/{question}_by_region.csv")
    assert (regional["sum"].sum(), regional["stated"].sum()) == (wanted["sum"], wanted["stated"])


@pytest.mark.parametrize(("page", "title"), [("uppfoljning", "text_sv"), ("uppfoljning.en", "text_en")])
def test_its_report_is_whole_and_speaks_of_no_other_grant(summer: Path, page: str, title: str) -> None:
    out = summer / "reports" / "_output" / "2031"
    html, pdf = of_page(out / f"{page}.html"), of_pdf(out / f"{page}.pdf")
    for text in (html.text, pdf.text):
        assert not re.search(r"samtal|ensam|lonel|\btalks?\b", text, re.IGNORECASE)
    form = (SUMMER / "year.toml").read_text(encoding="utf-8")
    language = title[-2:]
    for question in QUESTIONS:
        asked = re.search(rf'id = "{question}".*?^text = .*?{language} = "([^"]+)"', form, re.DOTALL | re.MULTILINE)
        assert asked and asked[1] in html.text and asked[1] in pdf.text, question
        assert any(address.startswith(f"{question}/") for address, _ in html.numbers), question
        assert any(address.startswith(f"{question}_by_region/") for address, _ in html.numbers), question
    assert len(html.tables) == len(pdf.tables) > 2 * len(QUESTIONS)


def test_its_numbers_are_explained(summer: Path) -> None:
    told = aterrapport("--project", summer, "explain", 2031, "children/children_median/value")
    assert told.returncode == 0 and "40" in told.stdout and "Malmö 310" in told.stdout
    assert aterrapport("--project", summer, "explain", 2031, "activities_by_region/12/camp").returncode == 0
    assert PROJECT not in summer.parents
