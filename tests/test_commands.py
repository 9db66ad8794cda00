"""The table of commands: each one's arguments are what its `run` takes."""

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.cli.commands import COMMANDS, DATA, OUT, PROJECT_DIR, Command, Option
from pipeline.steps.line import Order
from tests.lines import small_reports
from tests.world import PROJECT, aterrapport, small_data


def name_of(option: Option) -> str:
    return str(option.settings.get("dest") or option.flags[0].lstrip("-"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_chosen_is_what_its_function_takes(command: Command) -> None:
    chosen = {name_of(option) for option in command.options if option not in (DATA, OUT, PROJECT_DIR)}
    module, _, name = command.function.partition(":")
    takes = set(inspect.signature(getattr(import_module(module), name)).parameters)
    if command.is_goal:
        assert takes == {"order", "workspace"}
        assert chosen <= set(inspect.signature(Order).parameters) - {"goal"}
    else:
        assert takes == chosen | {"workspace"}


def test_all_commands_take_the_folders_and_each_says_what_it_makes() -> None:
    assert all(one in command.options for command in COMMANDS for one in (DATA, PROJECT_DIR))
    assert [command.name for command in COMMANDS if OUT not in command.options] == [
        "suballocate"
    ]  # its --out is a file
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert [option.flags for command in COMMANDS for option in command.options if not option.settings["help"]] == []


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    nobody, pipe = os.pipe()
    os.close(nobody)
    script = "from pipeline.cli import main; raise SystemExit(main(['status', '2026']))"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(pipe)
    assert run.stderr == ""
    assert run.returncode == 141


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


def test_a_fault_of_the_program_is_one_line_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fails(**_: object) -> None:
        raise KeyError("unused_reason")

    monkeypatch.setattr("pipeline.money.status.status", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["status", "2024"]) == 70
    out, err = capsys.readouterr()
    (file,) = tmp_path.iterdir()
    assert out == ""
    assert err == (
        f"aterrapport: a fault of the program (KeyError), not of your files; please report it and send {file}\n"
    )
    assert "KeyError: 'unused_reason'" in file.read_text(encoding="utf-8")
