"""The table of commands, and what is written down of them, of year.toml and of the store."""

import ast
import inspect
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.cli.commands import COMMANDS, DATA, OUT, PROJECT_DIR, Command
from pipeline.steps.line import Order
from tests.lines import small_reports
from tests.world import PROJECT, aterrapport, small_data
from tools import make_store_reference
from tools.licences import licences
from tools.make_form_reference import TARGET, reference


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_chosen_is_what_its_function_takes(command: Command) -> None:
    assert [option.flags for option in command.options if not option.settings["help"]] == []
    missing = [one for one in (DATA, OUT, PROJECT_DIR) if one not in command.options]
    assert missing == [OUT] * (command.name == "suballocate")  # its --out is a file
    own = [option for option in command.options if option not in (DATA, OUT, PROJECT_DIR)]
    chosen = {str(option.settings.get("dest") or option.flags[0].lstrip("-")) for option in own}
    module, _, name = command.function.partition(":")
    takes = set(inspect.signature(getattr(import_module(module), name)).parameters)
    if command.is_goal:
        assert takes == {"order", "workspace"}
        assert chosen <= set(inspect.signature(Order).parameters) - {"goal"}
    else:
        assert takes == chosen | {"workspace"}


def test_a_reader_that_has_seen_enough_ends_it_quietly_and_costs_no_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = small_data(tmp_path)
    nobody, pipe = os.pipe()
    os.close(nobody)
    with os.fdopen(pipe, "w", encoding="utf-8") as out, redirect_stdout(out):
        assert main(["tables", "2024", "--data", str(data), "--out", str(tmp_path / "out")]) == 141
    assert capsys.readouterr().err == ""
    assert (data / "processed" / "2024" / "tables" / "key_figures.csv").is_file()


def test_a_project_folder_is_one_grant_by_whatever_name(tmp_path: Path) -> None:
    """What it holds is read and what is made lies in it. Its declarations and its report: tests/test_new_grant.py."""
    small_data(tmp_path / "grant")
    small_reports(tmp_path / "grant")
    made = aterrapport("--project", "grant", "new-year", 2025, "--from", 2024, folder=tmp_path)
    assert made.stdout.startswith("grant/data/raw/2025: year.toml and SOURCES.md"), made.stderr
    assert (tmp_path / "grant" / "data" / "raw" / "2025" / "year.toml").is_file()
    said = aterrapport("status", 2024, "--project", "grant", folder=tmp_path)
    assert "  aterrapport review-sample 2024 --seed 1 --project grant\n" in said.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["grant"]


def test_a_fault_of_the_program_is_one_line_and_a_file_without_personal_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(**_: object) -> None:
        raise KeyError("Kalle 811218-9876")

    monkeypatch.setattr("pipeline.money.status.status", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["status", "2024"]) == 70
    out, err = capsys.readouterr()
    (file,) = tmp_path.iterdir()
    assert out == ""
    assert err == (
        f"aterrapport: a fault of the program (KeyError), not of your files; please report it and send {file}\n"
    )
    assert "KeyError: 'Kalle [personnummer]'" in file.read_text(encoding="utf-8")


def test_the_references_are_the_model_and_the_comments() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference()
    assert "| `minimum_age` | whole number |" in reference()
    assert make_store_reference.TARGET.read_text(encoding="utf-8") == make_store_reference.reference()


def test_every_command_and_option_is_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    listed = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    assert {"build", "check", "tables", "report", "synthesize"} <= set(commands)
    assert [command for command in commands if f"aterrapport {command} " not in listed] == []
    for command in commands:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
        assert [option for option in sorted(options) if option not in listed] == [], command


def test_the_code_in_the_readme_runs_and_every_package_has_a_licence() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    compile(code, "README.md", "exec")
    assert "data/processed/aterrapport.duckdb" in code
    found = licences(PROJECT / "requirements-dev.lock")
    assert found["pikepdf " + version("pikepdf")] == "MPL-2.0"
    assert [package for package, its in found.items() if not its] == []


def said_by(path: Path) -> Iterator[tuple[int, str]]:
    """What a file of the package does or says, line by line: without comments and docstrings, which give examples."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for part in [] if is_docstring else ast.iter_child_nodes(node):
                if isinstance(part, ast.Constant):
                    yield part.lineno, str(part.value)
    else:
        mark = "--" if path.suffix == ".sql" else "#"
        yield from ((at, line) for at, line in enumerate(text.splitlines(), 1) if not line.lstrip().startswith(mark))


# A whole day is an example of how one is written.
DIFFERS = {
    "a grant year": r"(?<![\d.])20(?:2\d|3[0-5])(?!-\d\d-\d\d)(?!\d)",
    "a grant": r"hälsosamtal|ofrivillig|lonel",
}


@pytest.mark.parametrize("what", DIFFERS)
def test_what_differs_between_years_and_grants_is_no_part_of_the_package(what: str) -> None:
    kinds = {".py", ".sql", ".toml", ".qmd"}
    paths = [path for path in (PROJECT / "pipeline").rglob("*.*") if path.suffix in kinds]
    said = [(path, line, text) for path in paths for line, text in said_by(path)]
    found = [each for each in said if re.search(DIFFERS[what], each[2], re.IGNORECASE)]
    assert found == [], what
    assert len(paths) > 80
