"""The notebooks run from top to bottom, and the small API that they use says what it should."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import numpy as np
import openpyxl
import pandas as pd
import plotly.graph_objects as go
import polars as pl
import pytest

import pipeline
from pipeline.cli import main
from pipeline.errors import UserError
from pipeline.execute import Kernel
from pipeline.paths import REPORTS
from pipeline.study import Study
from pipeline.tabulate import Tables, read_declarations
from tests.world import PROJECT, RAW, cases, change, contents, real_data, small_data

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))

DECLARATION: str = cases("data/forms")["declared"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real data with its store, built once."""
    folder = real_data(tmp_path_factory.mktemp("notebooks"))
    pipeline.build(2024, folder).close()
    return folder


@pytest.fixture(scope="module")
def study(data: Path) -> Iterator[Study]:
    with pipeline.open(2024, data, language="en") as opened:
        yield opened


class Run:
    """A notebook that was run: everything it printed and showed, as text and as HTML."""

    def __init__(self, path: Path, folder: Path, environment: dict[str, str]) -> None:
        notebook = nbformat.read(path, nbformat.NO_CONVERT)
        with Kernel(environment) as kernel:
            kernel.run_cells(notebook, folder / path.name)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        self.kinds = {output.output_type for output in outputs}
        shown = [output["data"] for output in outputs if "data" in output]
        printed = [output["text"] for output in outputs if output.output_type == "stream"]
        self.errors = [each["text"] for each in outputs if each.get("name") == "stderr"]
        self.text = "\n".join([*printed, *(each.get("text/plain", "") for each in shown)])
        self.html = "\n".join(each["text/html"] for each in shown if "text/html" in each)
        self.images = self.html.count('role="img"')
        self.ran = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def runs(data: Path) -> dict[str, Run]:
    """Every notebook, one after the other; the first of them started from the project's folder."""
    folders = [PROJECT, *[PROJECT / "notebooks"] * (len(NOTEBOOKS) - 1)]
    environment = {"ATERRAPPORT_DATA": str(data), "ATERRAPPORT_YEAR": ""}
    return {path.stem: Run(path, folder, environment) for path, folder in zip(NOTEBOOKS, folders, strict=True)}


def row(text: str, first: str) -> list[str]:
    """Give the cells of a printed frame's row, by its first cell."""
    cells = [[cell.strip() for cell in re.split("[│┆]", line) if cell.strip()] for line in text.splitlines()]
    return next(each for each in cells if each[:1] == [first])


def test_there_are_four_kept_without_anything_of_a_machine_and_they_change_no_data(
    runs: dict[str, Run], data: Path
) -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]
    for path in NOTEBOOKS:
        content = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        assert not any(cell["outputs"] or cell["execution_count"] is not None or cell["metadata"] for cell in code)
        assert content["metadata"]["kernelspec"]["name"] == "python3"
        assert "version" not in content["metadata"]["language_info"]
        assert content["cells"][0]["cell_type"] == "markdown"
        assert "answers of 2024 are made up (påhittade svar)" in "".join(content["cells"][0]["source"])
    assert contents(data / "raw") == contents(RAW)
    with pipeline.open(2024, data) as opened:
        assert "other_languages" not in opened.tables["table"]


def test_every_notebook_runs_to_its_end_and_says_what_it_should(runs: dict[str, Run]) -> None:
    for name, run in runs.items():
        assert run.ran == list(range(1, len(run.ran) + 1)), name
        assert "error" not in run.kinds, name
        assert run.errors == [], name
        assert run.images >= 2, name
        assert "src=" not in run.html.replace('src: url("data:', ""), name
    text = runs["01_store_and_tables"].text
    assert "\n84\n" in text
    assert "[(84,)]" in text
    assert (row(text, "used"), row(text, "unused")) == (["used", "235"], ["unused", "45"])
    assert row(text, "Arvidsjaur")[2:] == ["raw/2024/returns.xlsx", "236"]
    sheet = openpyxl.load_workbook(PROJECT / "data" / "raw" / "2024" / "returns.xlsx").active
    assert sheet["A236"].value == "Arvidsjaurs kommun"
    assert "'Mottagare': 'Arvidsjaurs kommun'" in text
    text = runs["02_regions_compared"].text
    # 9 of 10, one more and one fewer; Wilson's interval as statistical tables have it.
    assert row(text, "Region Gävleborg") == ["Region Gävleborg", "9", "10", "90", "80", "100", "59.6", "98.2"]
    # 6 of 8: 5 of 8 is 62.5, which is 63.
    assert row(text, "Region Uppsala")[4:6] == ["63", "88"]
    assert "outside the 95% lines: Region Östergötland (7 of 13), Region Skåne (33 of 33)" in text
    assert row(text, "Region Blekinge") is not None
    assert "nothing to be seen" in text
    text = runs["03_methods_and_results"].text
    assert "183 of 222 municipalities judge their results" in text
    assert "nothing to be seen" in text
    found = {points: float(row(text, points)[1]) for points in ("0", "10", "20", "30")}
    assert found["0"] <= 0.1
    assert found["30"] >= 0.9


def test_a_question_of_ones_own_is_counted_and_stands_in_the_report(runs: dict[str, Run]) -> None:
    sheet = openpyxl.load_workbook(PROJECT / "data" / "raw" / "2024" / "returns.xlsx").active
    heads = [cell.value for cell in sheet[1]]
    at, rows = heads.index("Hälsosamtal påbörjade"), enumerate(sheet.iter_rows(min_row=2, values_only=True), start=2)
    begun = [number for number, cells in rows if cells[at] == "Ja"]
    some = [number for number in begun if number % 3 == 0 or number % 4 == 0]
    run = runs["04_your_own_question"]
    assert f"any: {len(some)} of {len(begun)}" in run.text
    assert row(run.text, "interpreter")[2] == str(sum(number % 4 == 0 for number in begun))
    assert "new in the report: other_languages" in run.text
    assert "did you mean 'table.1.derived'?" in run.text
    assert f'data-n="other_languages/any/count">{len(some)}</span>' in re.sub(r"\s+", " ", run.html)


def test_importing_the_package_imports_nothing_slow() -> None:
    script = "import sys, pipeline; print(pipeline.open.__doc__[:4], *sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    slow = {"polars", "duckdb", "plotly", "mirage", "pydantic", "pipeline.study"}
    assert run.stdout.startswith("Open")
    assert slow & set(run.stdout.split()) == set()


def test_tables_are_those_of_the_csv_files_and_say_what_is_made_up(study: Study) -> None:
    about = {each["table"]: each for each in study.tables.to_dicts()}
    assert about["method"]["made_up"]
    assert not about["region_use"]["made_up"]
    assert about["method"]["base"] == "talks_held"
    assert about["method"]["title"] == "Established methods used in the talks"
    assert study.table("method").columns == ["option", "label", "count", "base", "answered", "percent"]
    assert study.value("method/kasam/count") == 68
    assert study.query("SELECT count(*) AS n FROM base_used WHERE year = $year")["n"].to_list() == [235]
    assert study.query("SELECT $word AS word", word="ord")["word"].to_list() == ["ord"]


DRAWN = {
    "collaboration percent": "Yes, with civil society: 84 (36%)",
    "area_of_use_by_year percent": "2024",
    "collaboration_by_region percent": "Made-up answers",
    "non_response percent": "Made-up answers",  # in single rows
    "region_use percent": "Region Östergötland: 54%",
    "persons_by_region kr_per_person": "Region Skåne",
}


@pytest.mark.parametrize("what", DRAWN)
def test_a_table_is_drawn_as_an_image_with_words(study: Study, what: str) -> None:
    (table, column), said = what.split(), DRAWN[what]
    drawing = study.draw(table, column)
    element = ET.fromstring(drawing.html)  # noqa: S314
    assert element.get("role") == "img"
    assert said in element.get("aria-label", "")
    assert ("Made-up answers" in drawing.svg) == study.tables.filter(table=table)["made_up"].item()
    assert "http://" not in drawing._repr_html_().replace("http://www.w3.org/2000/svg", "")


def test_the_heads_of_a_matrix_are_words_or_letters_with_a_key(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing, table = study.draw("collaboration_by_region"), study.report().by_region("collaboration", "bilb-x")
    assert [("Civil society" in drawing.svg, drawing.key), "[Civil society]{" in str(table)] == [(True, ()), True]
    monkeypatch.setattr(study, "_tables", without_short(study._tables, "collaboration_by_region", "none"))
    drawing, table = study.draw("collaboration_by_region"), study.report().by_region("collaboration", "bilb-x")
    assert drawing.key[0] == "A: Yes, with civil society"
    assert drawing._repr_html_().index("A: Yes, with civil society") < drawing._repr_html_().index("<svg")
    assert re.search(r"\|\s*n\s*\|\s*A\s*\|\s*B\s*\|\s*C\s*\|\s*D\s*\|", str(table))


def without_short(tables: Tables, table_id: str, option: str) -> Tables:
    """The tables, in one of which an option has no short words."""
    table = tables[table_id]
    named = [one.model_copy(update={"short": None} if one.id == option else {}) for one in table.declared.option]
    changed = replace(table, declared=table.declared.model_copy(update={"option": named}))
    return Tables({**tables, table_id: changed}, tables.year, tables.declarations)


def test_figures_of_ones_own_become_images() -> None:
    drawing = pipeline.drawing(go.Figure(go.Bar(x=[1], y=[2])), 'a "bar" & more')
    assert ET.fromstring(drawing.html).get("aria-label") == 'a "bar" & more'  # noqa: S314
    assert drawing.svg.startswith("<svg")
    with pytest.raises(ValueError, match="choropleth"):
        pipeline.drawing(go.Figure(go.Choropleth()), "a map")
    figure = go.Figure(go.Bar(x=np.array(["$5 och $10", "b"]), y=np.array([1, 2])), {"title": "Kostnad i $US och $A"})
    svg = pipeline.drawing(figure, "bars").svg
    assert ">$5 och $10<" in svg
    assert ">Kostnad i $US och $A<" in svg


def test_a_declaration_counts_at_once_and_can_be_put_into_the_project(study: Study, tmp_path: Path) -> None:
    own = study.with_table(DECLARATION)
    assert own.value("with_others/any/count") == 131
    assert own.value("with_others_by_region/12/civil_society/base") == 33
    assert "with_others" in own.report().others()
    assert "with_others" not in study.tables["table"]
    other = study.with_table(DECLARATION.replace("with_others", "with_some"))
    assert len(own.municipalities("with_others/any")) == len(other.municipalities("with_some/any")) == 131
    pasted = (REPORTS / "tables.toml").read_text(encoding="utf-8") + DECLARATION
    (tmp_path / "tables.toml").write_text(pasted, encoding="utf-8")
    assert read_declarations(tmp_path) == own.declarations
    file = tmp_path / "own.toml"
    file.write_text(DECLARATION, encoding="utf-8")
    assert study.with_table(file).table("with_others").equals(own.table("with_others"))


BARE = '[[table]]\nid = "x"\nkey = ["a"]\ntitle = { sv = "x", en = "x" }\ncolumn = [{ id = "a", kind = "key" }]'
REFUSED = {
    DECLARATION.replace("title", "titel"): "did you mean 'table.1.title'",
    DECLARATION.replace("with_others", "collaboration"): "'collaboration' is declared twice; choose another id",
    DECLARATION.replace('"collaboration"', '"weather"'): "does not ask: weather",
    "[[table]": "the declaration: not valid TOML",
    BARE: "needs a question, derived rows, or by",
}


@pytest.mark.parametrize("declaration", REFUSED)
def test_a_declaration_that_does_not_hold_is_refused_in_words(study: Study, declaration: str) -> None:
    with pytest.raises(UserError) as caught:
        study.with_table(declaration)
    assert REFUSED[declaration] in str(caught.value)
    assert "with_others" not in study.tables["table"]


def test_what_is_not_there_is_said_and_nothing_can_be_changed(study: Study, data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no table 'weather'"):
        study.table("weather")
    with pytest.raises(UserError, match="has no drawing"):
        study.draw("recipients")
    with pytest.raises(UserError, match="no column 'percent' to draw; there are persons_stated"):
        study.draw("persons_by_region")
    with pytest.raises(UserError, match=r"grant year 2019 is not in the store \(there: 2023, 2024\)"):
        pipeline.open(2019, data)
    with pytest.raises(UserError, match="aterrapport build"):
        pipeline.open(2024, tmp_path)
    with pytest.raises(Exception, match="read-only"):
        study.connection.execute("DELETE FROM answers")
    with pytest.raises(UserError, match="there is no table 'colaboration'; did you mean 'collaboration'"):
        study.table("colaboration")


def test_a_build_that_fails_leaves_the_store(tmp_path: Path) -> None:
    folder = small_data(tmp_path)
    with pipeline.build(2024, folder) as built:
        assert built.value("key_figures/unused_kr/value") == 3500
    (folder / "raw" / "2024" / "returns.csv").write_text("no,rows\n", encoding="utf-8")
    before = (folder / "processed" / "aterrapport.duckdb").read_bytes()
    with pytest.raises(UserError):
        pipeline.build(2024, folder)
    assert (folder / "processed" / "aterrapport.duckdb").read_bytes() == before
    assert [each.name for each in (folder / "processed").iterdir()] == ["aterrapport.duckdb"]


Y = (1.0, float("nan"), 3.0)
DAYS = (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1))
HELD = {
    "lists": (list(DAYS), list(Y)),
    "numpy": (np.array(DAYS, dtype="datetime64[D]"), np.array(Y)),
    "pandas": (pd.Series(pd.to_datetime(list(DAYS))), pd.Series(Y)),
    "polars": (pl.Series(DAYS), pl.Series([1.0, None, 3.0])),
}


@pytest.mark.parametrize("held", HELD)
def test_what_researchers_hold_is_drawn_alike(held: str) -> None:
    x, y = HELD[held]
    plain = go.Scatter(x=["2024-01-01", "2024-02-01", "2024-03-01"], y=[1, None, 3], mode="lines")
    both = (go.Scatter(x=x, y=y, mode="lines"), plain)
    drawn, wanted = (pipeline.drawing(go.Figure(one), "a line", "line").svg for one in both)
    assert drawn == wanted
    (line,) = re.findall(r'<path d="([^"]*)" fill="none" stroke="#', drawn)
    assert line.count("M") == 2
    assert "L" not in line  # a gap: no line from the first point to the last


def test_a_store_made_anew_is_read_anew_while_the_old_one_is_open(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    question = "SELECT max(unused_kr) AS kr FROM base_recipients WHERE year = $year"
    with pipeline.build(2024, data) as before:
        assert before.query(question)["kr"].to_list() == [3000]
        change(data / "raw" / "2024" / "returns.csv", {"3000": "2999"})
        with pipeline.build(2024, data) as after, pipeline.open(2024, data) as opened:
            assert after.query(question)["kr"].to_list() == opened.query(question)["kr"].to_list() == [2999]
        assert before.query(question)["kr"].to_list() == [3000]


def test_a_store_that_another_program_holds_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = small_data(tmp_path)
    pipeline.build(2024, data).close()
    store = data / "processed" / "aterrapport.duckdb"
    script = f"import duckdb; c = duckdb.connect({str(store)!r}); print('open', flush=True); input()"
    run, pipe = [sys.executable, "-c", script], subprocess.PIPE
    with subprocess.Popen(run, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdin and other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(UserError, match="another program holds the store; close it there"):
            pipeline.open(2024, data)
        assert main(["explain", "2024", "usage_degree", "--data", str(data)]) == 2
        other.communicate("\n")
    assert "another program holds the store" in capsys.readouterr().err


def test_a_study_is_of_the_newest_year_with_returns_in_its_language_and_is_shown(
    study: Study, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ATERRAPPORT_YEAR", raising=False)
    monkeypatch.setenv("ATERRAPPORT_DATA", str(data))
    assert study.table("talk_form")["label"].to_list() == ["Individual talks", "Group talks"]
    with pipeline.open() as swedish:
        assert swedish.year == 2024
        assert swedish.table("talk_form")["label"].to_list() == ["Enskilda samtal", "Gruppsamtal"]
        assert swedish.table("talk_form").drop("label").equals(study.table("talk_form").drop("label"))
        assert len({one.tables.filter(table="method")["title"].item() for one in (swedish, study)}) == 2
    assert "recipients" in study._repr_html_()
    shown = study.explain("region_use/12/percent")._repr_html_()
    assert "<dt>region_use/12/percent</dt><dd>100 percent</dd>" in shown
    assert "Malmö" in shown
