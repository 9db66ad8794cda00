"""The table of commands: each one's arguments are what its `run` takes."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module

import pytest

from pipeline.cli.commands import COMMANDS, DATA, OUT, Command, Option
from pipeline.cli.line import Order
from tests.world import PROJECT


def name_of(option: Option) -> str:
    return str(option.settings.get("dest") or option.flags[0].lstrip("-"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_is_chosen_is_what_its_run_takes(command: Command) -> None:
    chosen = {name_of(option) for option in command.options if option not in (DATA, OUT)}
    run = import_module(f"pipeline.cli.{command.module}").run
    takes = set(inspect.signature(run).parameters)
    if command.is_goal:
        assert takes == {"order", "workspace"}
        assert chosen <= set(inspect.signature(Order).parameters) - {"goal"}
    else:
        assert takes == chosen | {"workspace"}


def test_all_commands_take_the_folders_and_each_says_what_it_makes() -> None:
    assert [command.name for command in COMMANDS if DATA not in command.options] == []
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
