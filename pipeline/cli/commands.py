"""The commands, as commands.toml has them, and the parser made of that table."""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class CommandOption(NamedTuple):
    """An argument of a command, as argparse wants it."""

    flags: tuple[str, ...]
    settings: dict[str, Any]


class Command(NamedTuple):
    """A command: its name, what it makes, where its function is, and the arguments, which that takes by name."""

    name: str
    makes: str
    function: str
    options: tuple[CommandOption, ...]

    @property
    def is_goal(self) -> bool:
        """True when it goes along the line, and so brings the steps before it up to date."""
        return self.function == _LINE


def _several(*known: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        chosen = list(dict.fromkeys(part.strip() for part in text.split(",")))
        wrong = [part for part in chosen if part not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(known)}")
        return chosen

    return read


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at most 15 digits")
    return int(text)


_LINE = "pipeline.steps.build:build"
_TYPES: dict[str, Callable[[str], Any]] = {"int": int, "path": Path, "day": _day, "whole": _whole}


def _option(flag: str, type: str = "", several: Sequence[str] = (), **settings: Any) -> CommandOption:  # noqa: A002
    kind = _several(*several) if several else _TYPES.get(type)
    return CommandOption((flag,), settings | ({"type": kind} if kind else {}))


_TABLE = tomllib.loads(Path(__file__).with_name("commands.toml").read_text(encoding="utf-8"))
_ARGUMENTS = {name: _option(**one) for name, one in _TABLE["argument"].items()}
DATA, OUT, PROJECT_DIR = (_ARGUMENTS[name] for name in ("data", "out", "project"))
PROJECT_DIR.settings["default"] = argparse.SUPPRESS


def _command(name: str, makes: str, arguments: Sequence[str], function: str = _LINE) -> Command:
    own = [_ARGUMENTS[one] for one in [*arguments, *(["dry_run", "force"] if function == _LINE else [])]]
    out = [] if any("--out" in option.flags for option in own) else [OUT]
    return Command(name, makes, function, (*own, DATA, *out, PROJECT_DIR))


COMMANDS = [_command(**one) for one in _TABLE["command"]]


class _Version(argparse.Action):
    """Print the version that is installed; it is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(parser.prog, version(parser.prog))
        parser.exit()


def read(arguments: Sequence[str] | None) -> dict[str, Any]:
    """Return the command that is chosen and what it takes by name; `help` is --help. SystemExit as argparse has it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["help"]:
        given = [*given[1:2], "--help"]
    parser, names = _parser(), [command.name for command in COMMANDS]
    first = given[0] if given and not given[0].startswith("-") else ""
    if first and first not in names:
        near = get_close_matches(first, names, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"
        parser.error(f"there is no command {first!r}{meant}")
    return vars(parser.parse_args(given))


def run(command: Command, project: Path | None = None, **chosen: Any) -> None:
    """Import what the command needs, and no more, and call its function with its arguments by name."""
    if project is not None:
        os.environ["ATERRAPPORT_PROJECT"] = str(project)  # before `paths` is imported
    from pipeline.paths import FOLDERS, Workspace, default_project, in_project, require_readable_path

    given = (chosen.pop("data", None), chosen.pop("reports", None))
    data, out = (path or in_project(folder) for path, folder in zip(given, FOLDERS.values(), strict=True))
    workspace = Workspace(data, out, default_project())
    for path in (data, out, workspace.project):
        require_readable_path(path)
    module, _, name = command.function.partition(":")
    function: Callable[..., object] = getattr(import_module(module), name)
    if command.is_goal:
        from pipeline.steps.line import Order

        function(Order(goal=command.name, **chosen), workspace)  # type: ignore[arg-type]
    else:
        function(**chosen, workspace=workspace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aterrapport",
        description="Turn the municipalities' returns on a state grant into the yearly report.",
        epilog="Exit status: 0 done, 1 critical findings (see findings.csv), 2 wrong usage, unreadable input or a "
        "machine that refuses, 70 a fault of the program, 130 and 143 told to stop.",
    )
    parser.add_argument(*PROJECT_DIR.flags, **PROJECT_DIR.settings)
    parser.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="the version")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        before = " Brings the steps before it up to date." if command.is_goal else ""
        description = f"{command.makes[0].upper()}{command.makes[1:]}.{before}"
        subparser = commands.add_parser(command.name, help=command.makes, description=description)
        subparser.set_defaults(command=command)
        for option in command.options:
            subparser.add_argument(*option.flags, **option.settings)
    return parser
