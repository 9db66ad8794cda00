"""What the command line understands, and its exit status: 0, 1 (critical findings) or 2 (wrong usage or input)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from pipeline.errors import UserError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_COMMANDS = {
    "build": "all of it: store, check, tables, report in HTML and PDF",
    "check": "findings: on the screen, in findings.csv, as a page, as letters",
    "tables": "the tidy tables in processed/YEAR/tables/",
    "report": "the report",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    chosen = _parser().parse_args(arguments)
    try:
        _run(chosen)
    except UserError as error:
        print(f"aterrapport: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("aterrapport: stopped; what was made before is as it was", file=sys.stderr)
        return 130
    return 0


def _run(chosen: argparse.Namespace) -> None:
    from pipeline.paths import Workspace

    workspace = Workspace(chosen.data, getattr(chosen, "out", chosen.data))
    if chosen.command == "synthesize":
        from pipeline.cli import made_up

        made_up.run(chosen.year, chosen.seed, chosen.to, workspace)
    elif chosen.command == "uncoded":
        from pipeline.cli import uncoded

        uncoded.run(chosen.year, workspace)
    else:
        from pipeline.cli.line import Order, run

        options = {name: getattr(chosen, name) for name in ("formats", "languages", "renderer") if name in chosen}
        run(Order(goal=chosen.command, year=chosen.year, **options), workspace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aterrapport",
        description="Turn the municipalities' returns on the hälsosamtal grant into the yearly report.",
        epilog="Exit status: 0 done, 1 critical findings (see findings.csv), 2 wrong usage or unreadable input.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, makes in _COMMANDS.items():
        each = _command(commands, name, f"{makes}. Brings the steps before it up to date")
        each.add_argument(
            "--out",
            type=Path,
            default=Path("reports/_output"),
            metavar="DIR",
            help="where reports go (default: reports/_output)",
        )
        if name in ("check", "report"):
            languages = _several("sv", "en")
            each.add_argument("--lang", dest="languages", type=languages, default=["sv"], help="sv,en (default: sv)")
        if name == "report":
            formats = _several("html", "pdf")
            each.add_argument("--to", dest="formats", type=formats, default=["html", "pdf"], help="default: html,pdf")
            each.add_argument("--renderer", choices=["builtin", "quarto"], default="builtin", help="default: builtin")
    each = _command(
        commands, "synthesize", "a returns file with real amounts and made-up answers that fit what is printed"
    )
    each.add_argument("--seed", type=int, default=1, help="another seed makes other answers (default: 1)")
    each.add_argument("--to", type=Path, required=True, metavar="FILE", help=".xlsx or .csv, outside DIR/raw")
    _command(commands, "uncoded", "a list of the comments that have no theme in themes.csv yet")
    return parser


def _command(commands: Commands, name: str, makes: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=makes.split(". ", maxsplit=1)[0], description=f"Make {makes}.")
    command.add_argument("year", type=int, metavar="YEAR", help="grant year: a folder in DIR/raw")
    command.add_argument(
        "--data", type=Path, default=Path("data"), metavar="DIR", help="holds raw/ and processed/ (default: data)"
    )
    return command


def _several(*known: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        chosen = list(dict.fromkeys(part.strip() for part in text.split(",")))
        wrong = [part for part in chosen if part not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(known)}")
        return chosen

    return read
