"""The line of a year: only what changed is done again, whatever is killed, and the bytes are the same by every way.

Each run is on a copy of the package and its sources that a test may change, with a small report. Where it only matters
what is done again, stand-ins take the place of kernel and renderers (tests/lines.py). The engine has tests of its own.
"""

import json
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import grimp
import pytest

from pipeline.errors import UserError
from pipeline.steps import inputs as code_module
from pipeline.steps.inputs import PACKAGE, Code, libraries
from tests.lines import EN, SV, alone, lay_out, line
from tests.world import cases, change, retitled, small_data

RENDERED = [f"{kind} {source}" for source in (SV, EN) for kind in ("html", "pdf")]
REPORT = {source: [f"{kind} {source}" for kind in ("execute", "numbers", "html", "pdf")] for source in (SV, EN)}
CHECKED = ["store", "check", "letters"]
EVERYTHING = [*CHECKED, "tables", "release", *REPORT[SV], *REPORT[EN]]
SLOW = {"polars", "duckdb", "pyarrow", "pandas", "plotly", "great_expectations", "pydantic", "nbformat", "pypandoc"}


def outcome(project: Path, goal: str = "build", stand_ins: bool = True, **order: Any) -> dict[str, Any]:
    """Run the line here, with stand-ins for kernel and renderers."""
    return line(project, {"goal": goal, **order}, stand_ins=stand_ins)


def done(project: Path, goal: str = "build", **order: Any) -> Any:
    return outcome(project, goal, **order)["done"]


def planned(project: Path) -> list[str]:
    """What would be done with each step, and why."""
    said: str = outcome(project, dry_run=True)["said"]
    return said.splitlines()


def whole(project: Path, stand_ins: bool = False) -> dict[str, Any]:
    """Run the line in a process of its own, with the package and the declarations that the project has."""
    finished = alone(project, {}, stand_ins=stand_ins)
    assert finished.returncode == 0, finished.stderr
    told: dict[str, Any] = json.loads(finished.stdout)
    return told


def made(project: Path) -> dict[str, bytes]:
    """Everything that was made, and its record; but not the store, whose bytes DuckDB makes anew each time."""
    found = [path for room in ("data/processed", "out") for path in (project / room).rglob("*") if path.is_file()]
    return {
        path.relative_to(project).as_posix(): path.read_bytes() for path in found if path.parent.name != "processed"
    }


def swedish(files: dict[str, bytes]) -> dict[str, bytes]:
    """The Swedish edition and what else a reader finds; its page without the link to the English one."""
    link = re.compile(rb'<p class="other-language">.*</p>\n')
    return {name: link.sub(b"", each) for name, each in files.items() if "/." not in name and ".en." not in name}


def prose(project: Path) -> None:
    """Change a word of the report."""
    change(project / "reports" / SV, {"Sista": "Allra sista"})


def more(project: Path) -> None:
    """Change an amount of a return."""
    change(project / "data" / "raw" / "2024" / "returns.csv", {"Aneby,500": "Aneby,600"})


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and a small report, with the data of three municipalities; nothing is made yet."""
    project = tmp_path_factory.mktemp("sources")
    lay_out(project)
    small_data(project)
    return project


@pytest.fixture(scope="module")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, built."""
    project = Path(shutil.copytree(sources, tmp_path_factory.mktemp("built") / "project"))
    assert done(project) == EVERYTHING
    return project


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of what was built, in another place, to change."""
    return Path(shutil.copytree(built, tmp_path / "project"))


def test_nothing_changed_nothing_done(project: Path) -> None:
    before = made(project)
    for path in project.rglob("*"):
        os.utime(path, (0, 0))
    ran = whole(project)
    assert ran["done"] == []
    assert SLOW & set(ran["modules"]) == set()
    assert "nothing to do: everything is up to date" in ran["said"]
    assert made(project) == before
    for goal in ("check", "tables", "report"):
        assert done(project, goal) == [], goal
    assert done(project, force=True) == EVERYTHING


def test_a_page_by_quarto_holds_what_ours_holds(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTO", sys.executable)
    pages = [project / "out" / "2024" / f"uppfoljning{ending}.html" for ending in ("", ".en")]
    before = [page.read_bytes() for page in pages]
    assert b"uppfoljning.en.html" in before[0]
    for page in pages:
        page.unlink()
    assert set(done(project, "report", languages=("sv", "en"), renderer="quarto")) >= set(RENDERED)
    assert [page.read_bytes() for page in pages] == before


CASES = cases("incremental")


@pytest.mark.parametrize("case", CASES)
def test_only_what_depends_on_a_change_is_done_again(case: str, project: Path) -> None:
    its = CASES[case]
    for name in its.get("spoil", ()):
        with (project / name).open("ab") as file:
            file.write(b" ")
    for name in its.get("remove", ()):
        (project / name).unlink()
    for name in its.get("touch", ()):
        (project / name).touch()
    if "edit" in its:
        name, old, new = its["edit"]
        change(project / name, {old: new})
    ran = outcome(project)
    # A notebook that runs again and comes out the same is not rendered again.
    assert (ran["done"], ran["kernel"]) == (its["done"], its.get("kernel", False))
    assert not outcome(project, dry_run=True)["said"].replace(": nothing to do\n", "\n").count(":")


def test_a_declaration_reaches_what_shows_it(project: Path) -> None:
    with (project / "reports" / "tables.toml").open("a", encoding="utf-8") as file:
        file.write(retitled("usage_degree", "Nytt namn:"))
    # Page and PDF of the English edition, which has its own title, stay as they are.
    expected = ["store", "check", "tables", "release", *REPORT[SV], f"execute {EN}", f"numbers {EN}"]
    assert whole(project, stand_ins=True)["done"] == expected
    assert b"Nytt namn: " in made(project)["out/2024/uppfoljning.html"]


def test_an_earlier_year_is_an_input_and_a_later_one_is_not(project: Path) -> None:
    small_data(project, year=2025)
    assert done(project, "tables") == []
    small_data(project, year=2023)
    assert done(project, "tables") == [*CHECKED, "tables"]


def test_the_store_is_that_of_the_year_built_last(project: Path) -> None:
    small_data(project, year=2023)
    before = made(project)
    assert outcome(project, "tables", year=2023)["done"] == [*CHECKED, "tables"]
    shutil.rmtree(project / "data" / "raw" / "2023")
    assert done(project) == ["store"]
    after = made(project)
    assert {name: after[name] for name in before} == before


def test_another_folder_of_reports_gets_its_own(project: Path) -> None:
    shutil.move(project / "out", project / "elsewhere")
    assert done(project, "report") == ["letters", f"html {SV}", f"pdf {SV}"]


def test_step_by_step_gives_what_one_build_gives(sources: Path, project: Path, tmp_path: Path) -> None:
    more(project)
    assert done(project) == EVERYTHING
    changed = made(project)
    project = Path(shutil.copytree(sources, tmp_path / "step_by_step"))
    more(project)
    assert done(project, "check") == CHECKED
    assert done(project, "tables") == ["tables"]
    assert done(project, "report", formats=["html"]) == [f"execute {SV}", f"numbers {SV}", f"html {SV}"]
    assert done(project, "report") == [f"pdf {SV}"]
    assert done(project, "release") == ["release"]
    assert swedish(made(project)) == swedish(changed)
    assert done(project) == [f"html {SV}", *REPORT[EN]]  # the Swedish page gets its link to the English one
    assert made(project) == changed


def test_by_every_way_the_real_bytes_are_the_same(sources: Path, tmp_path: Path) -> None:
    """With kernel, pandoc and Typst: built at once; and step by step, changed, and killed."""
    at_once = Path(shutil.copytree(sources, tmp_path / "at_once"))
    step_by_step = Path(shutil.copytree(sources, tmp_path / "step_by_step"))
    more(at_once)
    prose(at_once)
    assert done(at_once, stand_ins=False) == EVERYTHING
    assert done(step_by_step, "tables") == [*CHECKED, "tables"]
    more(step_by_step)
    if sys.platform != "win32":
        killed = alone(step_by_step, {"goal": "tables"}, {"rename 3": "kill"})
        assert killed.returncode == -signal.SIGKILL
    swedish_steps = [step for step in EVERYTHING if EN not in step and step != "release"]
    assert done(step_by_step, "report", stand_ins=False) == swedish_steps
    prose(step_by_step)
    assert done(step_by_step, stand_ins=False) == ["release", f"execute {SV}", *RENDERED[:2], *REPORT[EN]]
    one, other = made(at_once), made(step_by_step)
    assert {Path(name).suffix for name in one} >= {".html", ".pdf", ".csv", ".ipynb", ".xlsx"}
    assert b"Allra sista stycket." in one["out/2024/uppfoljning.html"]
    assert one["out/2024/uppfoljning.pdf"].startswith(b"%PDF")
    assert [name for name in one if one[name] != other.get(name)] == []
    assert one.keys() == other.keys()


def test_tables_alone_name_the_reports_that_are_older(project: Path) -> None:
    pages = [f"{project}/out/2024/uppfoljning{each}" for each in (".html", ".pdf", ".en.html", ".en.pdf")]
    assert "older than" not in outcome(project, "tables")["said"]
    prose(project)  # other words, the same numbers
    assert "older than" not in outcome(project, "tables", force=True)["said"]
    more(project)
    said = f"older than these tables: {', '.join(pages)}; `aterrapport build 2024` brings them up to date"
    assert said in outcome(project, "tables")["said"]
    assert said in outcome(project, "tables")["said"]
    for page in pages[2:]:
        Path(page).unlink()
    assert f"older than these tables: {pages[0]}, {pages[1]}; " in outcome(project, "tables")["said"]
    assert "older than" not in outcome(project)["said"]


def test_dry_run_says_what_and_why_and_does_nothing(project: Path) -> None:
    prose(project)
    (project / "out/2024/uppfoljning.en.html").unlink()
    before = made(project)
    said = planned(project)
    assert [line.split(": ")[0] for line in said] == EVERYTHING
    assert f"execute {SV}: changed: reports/{SV}" in said
    assert f"pdf {SV}: after “execute {SV}”, if that changes anything" in said
    assert f"html {EN}: no longer as it was made: reports/uppfoljning.en.html" in said
    assert sum(line.endswith(": nothing to do") for line in said) == 8
    assert made(project) == before
    more(project)
    assert "store: changed: raw/2024/returns.csv" in outcome(project, dry_run=True)["said"]


def test_a_table_of_one_year_makes_no_other_year_stale(project: Path) -> None:
    raw = project / "data" / "raw"
    shutil.copytree(raw / "2024", raw / "2023")
    change(raw / "2023" / "year.toml", {"year = 2024": "year = 2023"})
    outcome(project, "tables")
    kinds = {"region_code": "key", "region": "text", "used_kr": "kr"}
    columns = ", ".join(f'{{ id = "{name}", kind = "{kind}" }}' for name, kind in kinds.items())
    table = f'by = "region"\nkey = ["region_code"]\ntitle = {{ sv = "E", en = "O" }}\ncolumn = [{columns}]\n'
    for year, is_due in (("2023", False), ("2024", True)):
        (raw / year / "tables.toml").write_text(f'[[table]]\nid = "own"\n{table}', encoding="utf-8")
        said = outcome(project, "tables", dry_run=True)["said"]
        assert (f"store: changed: raw/{year}/tables.toml" in said) == is_due
        assert (said.replace(": nothing to do\n", "\n").count(":") == 0) != is_due
    outcome(project, "tables")
    assert (project / "data/processed/2024/tables/own.csv").is_file()


def test_input_that_changes_meanwhile_is_not_reported(project: Path) -> None:
    before = made(project)
    more(project)
    with pytest.raises(UserError) as stopped:
        line(project, {"goal": "tables"}, {"tables": "data/raw/2024/returns.csv"})
    assert "raw/2024/returns.csv: changed while the run was at work; nothing was changed" in str(stopped.value)
    assert made(project) == before


def test_the_rooms_of_a_step_are_those_that_it_imports() -> None:
    graph = grimp.build_graph("pipeline", exclude_type_checking_imports=True, cache_dir=None)
    code = Code()
    for room in ("store", "check", "letters", "tabulate", "execute", "report", "explain", "render"):
        upstream = graph.find_upstream_modules(f"pipeline.{room}", as_package=True)
        used = {room, *(name.split(".")[1] for name in upstream)}
        counted = {Path(name).stem for name in code.of(room)}
        assert used <= counted, room
        assert {path.stem for path in PACKAGE.glob("*.csv")} | {"files", "engine", "line"} <= counted
    assert {"tabulate", "explain"} & {Path(name).stem for name in code.of("render")} == set()


def test_libraries_are_told_apart_by_name_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("one_thing==1.0 \\\n    --hash=sha256:00\n", encoding="utf-8")
    monkeypatch.setattr(code_module, "LOCK", lock)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def with_installed(*folders: str) -> str:
        for folder in folders:
            (tmp_path / folder).mkdir()
        found = libraries.__wrapped__()
        for folder in folders:
            (tmp_path / folder).rmdir()
        return found

    one = with_installed("One.Thing-1.0.dist-info")
    assert with_installed("One.Thing-1.0.dist-info", "unrelated-3.dist-info") == one
    assert with_installed("One.Thing-1.1.dist-info") != one
    assert with_installed() != one
