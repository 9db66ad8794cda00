"""What the command line understands, and its exit status: 0, 1 (critical findings) or 2 (wrong usage or input)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.errors import UserError

_COMMANDS = {
    "build": "all of it: store, check, tables, report in HTML and PDF",
    "check": "findings on the screen and in processed/YEAR/findings.csv",
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
    from pipeline.cli.line import Order, run
    from pipeline.paths import Workspace

    options = {name: getattr(chosen, name) for name in ("formats", "languages", "renderer") if name in chosen}
    run(Order(goal=chosen.command, year=chosen.year, **options), Workspace(chosen.data, chosen.out))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aterrapport",
        description="Turn the municipalities' returns on the hälsosamtal grant into the yearly report.",
        epilog="Exit status: 0 done, 1 critical findings (see findings.csv), 2 wrong usage or unreadable input.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, makes in _COMMANDS.items():
        each = commands.add_parser(
            name, help=makes, description=f"Make {makes}. Brings the steps before it up to date."
        )
        each.add_argument("year", type=int, metavar="YEAR", help="grant year: a folder in DIR/raw")
        each.add_argument(
            "--data", type=Path, default=Path("data"), metavar="DIR", help="holds raw/ and processed/ (default: data)"
        )
        each.add_argument(
            "--out",
            type=Path,
            default=Path("reports/_output"),
            metavar="DIR",
            help="where reports go (default: reports/_output)",
        )
        if name == "report":
            each.add_argument(
                "--to",
                dest="formats",
                type=_several("html", "pdf"),
                default=["html", "pdf"],
                help="html,pdf (default: both)",
            )
            each.add_argument(
                "--lang", dest="languages", type=_several("sv", "en"), default=["sv"], help="sv,en (default: sv)"
            )
            each.add_argument("--renderer", choices=["builtin", "quarto"], default="builtin", help="default: builtin")
    return parser


def _several(*known: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        chosen = list(dict.fromkeys(part.strip() for part in text.split(",")))
        wrong = [part for part in chosen if part not in known]
        if wrong:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(known)}")
        return chosen

    return read
