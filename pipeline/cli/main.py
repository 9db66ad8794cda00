"""What the command line understands, and its exit status: 0, 1 (critical findings) or 2 (wrong usage or input)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from pipeline.cli.commands import COMMANDS, Command
from pipeline.errors import UserError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    chosen = vars(_parser().parse_args(arguments))
    try:
        _run(chosen.pop("does"), **chosen)
        sys.stdout.flush()
    except UserError as error:
        print(f"aterrapport: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("aterrapport: stopped; what was made before is as it was", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read what is printed, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _run(command: Command, **chosen: Any) -> None:
    """Import what the command needs, and no more, and run it with its arguments by name."""
    from pipeline.paths import Workspace

    data = chosen.pop("data")
    workspace = Workspace(data, chosen.pop("reports", data))
    run: Callable[..., None] = import_module(f"pipeline.cli.{command.module}").run
    if command.is_goal:
        from pipeline.cli.line import Order

        run(Order(goal=command.name, **chosen), workspace)  # type: ignore[arg-type]
    else:
        run(**chosen, workspace=workspace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aterrapport",
        description="Turn the municipalities' returns on the hälsosamtal grant into the yearly report.",
        epilog="Exit status: 0 done, 1 critical findings (see findings.csv), 2 wrong usage or unreadable input.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        each = commands.add_parser(command.name, help=command.makes, description=command.description)
        each.set_defaults(does=command)
        for option in command.options:
            each.add_argument(*option.flags, **option.settings)
    return parser
