"""The commands as a table, and the parser made of it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple


class Option:
    """An argument of a command, as argparse wants it."""

    def __init__(self, *flags: str, **settings: Any) -> None:
        self.flags, self.settings = flags, settings


class Command(NamedTuple):
    """A command: its name, what it makes, where its function is, and the arguments, which that takes by name."""

    name: str
    makes: str
    function: str
    options: tuple[Option, ...]

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

YEAR = Option("year", type=int, metavar="YEAR", help="grant year: a folder in DIR/raw")
PROJECT_DIR = Option(
    "--project", type=Path, default=argparse.SUPPRESS, metavar="DIR",
    help="the folder of a grant: data/, reports/, quarto.yml (default: the working directory)",
)  # fmt: skip
DATA = Option("--data", type=Path, metavar="DIR", help="holds raw/ and processed/ (default: data in the project)")
OUT = Option(
    "--out", dest="reports", type=Path, metavar="DIR",
    help="where reports go (default: reports/_output in the project)",
)  # fmt: skip
LANG = Option("--lang", dest="languages", type=_several("sv", "en"), default=["sv"], help="sv,en (default: sv)")
PLAN_AHEAD = (
    Option("--dry-run", dest="dry_run", action="store_true", help="say what would be done, and why, and do nothing"),
    Option("--force", action="store_true", help="do everything, whatever was done before"),
)
BESIDES = (
    Option("--internal", action="store_true", help="the page with everything besides, single answers too"),
    Option("--review", action="store_true", help="the report as a draft besides, with what a reviewer should look at"),
    Option("--against", type=Path, metavar="FOLDER", help="in it, what changed since a build: its processed/YEAR"),
)  # fmt: skip


def _goal(name: str, makes: str, *options: Option) -> Command:
    return Command(name, makes, _LINE, (YEAR, *options, *PLAN_AHEAD, DATA, OUT, PROJECT_DIR))


def _command(name: str, makes: str, function: str, *options: Option, out: tuple[Option, ...] = (OUT,)) -> Command:
    return Command(name, makes, f"pipeline.{function}", (*options, DATA, *out, PROJECT_DIR))


COMMANDS = (
    _command(
        "new-year", "the folder of a new grant year, with what must be filled in marked", "money.new_year:new_year",
        Option("year", type=int, metavar="YEAR", help="the new year"),
        Option("--from", dest="source", type=int, required=True, metavar="YEAR", help="the year to begin from"),
        Option("--form-only", dest="form_only", action="store_true", help="bring its form into a year that is there"),
    ),
    _command(
        "new-grant", "a project folder of another grant, with an example year, that builds", "cli.beside:new_grant",
        Option("folder", type=Path, metavar="DIR", help="the folder to make"),
        Option("--year", type=int, required=True, metavar="YEAR", help="its first year"),
    ),
    _command(
        "status", "where the year stands, and what to do next", "money.status:status", YEAR,
        Option("--on", type=_day, metavar="DATE", help="seen from this day, YYYY-MM-DD (default: today)"),
        Option("--page", action="store_true", help="as a page too, status.html, with who has sent in a return"),
    ),
    _command("form", "the form of the year to send out, as a workbook and as a page", "cli.beside:form", YEAR, LANG),
    _command("allocate", "the distribution list, and the requisitions set against it", "money.allocate:allocate", YEAR),
    _command(
        "suballocate", "a municipality's grant shared out among its units, by a plan", "money.suballocate:suballocate",
        Option("plan", type=Path, metavar="PLAN", help="a TOML file, such as data/plans/example.toml"),
        Option("--out", type=Path, metavar="FILE", help=".csv to write, outside DIR/raw"),
        Option("--returns", type=Path, metavar="FILE", help="the units' returns, to make one of"),
        Option("--year", type=int, metavar="YEAR", help="the year whose form they have (default: the plan's)"),
        out=(),
    ),
    _goal(
        "check", "findings: on the screen, in findings.csv, as a page, as letters", LANG,
        Option("--on", type=_day, metavar="DATE", help="seen from this day: before the last day, a "
               "return that has not come is waited for, with a reminder (default: the time is out)"),
    ),
    _command(
        "uncoded", "the comments that have no theme in themes.csv yet", "cli.beside:uncoded", YEAR,
        Option("--to", type=Path, metavar="FILE", help=".xlsx to fill in, outside DIR/raw (default: print them)"),
    ),
    _command(
        "review-sample", "whom to check more closely: part by risk, part at random", "money.sample:review_sample", YEAR,
        Option("--seed", type=_whole, required=True, metavar="N", help="the same seed draws the same sample"),
        Option("--size", type=_whole, metavar="N", help="how many municipalities (default: as risks.toml says)"),
    ),
    _command(
        "settle", "what each recipient is to repay: a list, a workbook, letters", "money.settle:settle", YEAR, LANG,
    ),
    _command(
        "sheets", "a page for each municipality and region: HTML and PDF", "cli.beside:sheets", YEAR,
        Option("--only", metavar="WHO", help="of one alone: a municipality's or region's name or code"), LANG,
    ),
    _goal("tables", "the tidy tables in processed/YEAR/tables/"),
    _goal(
        "report", "the report", LANG,
        Option("--to", dest="formats", type=_several("html", "pdf"), default=["html", "pdf"], help="default: html,pdf"),
        Option("--renderer", choices=["builtin", "quarto"], default="builtin", help="default: builtin"),
        *BESIDES,
    ),
    _goal(
        "release", "the public tables as open data: CSV, Excel, Parquet, PX, with what describes them",
        Option("--against", type=Path, metavar="FOLDER", help="say what changed since an earlier release: its folder"),
    ),
    _goal("build", "all of it: store, check, tables, report in HTML and PDF, release", *BESIDES),
    _command(
        "watch", "builds again when a source or a raw file changes, and reloads the open page",
        "steps.watch:watch", YEAR,
    ),
    _command(
        "explain", "what a printed number is, how it is made, and which returns are in it", "cli.beside:explain", YEAR,
        Option("address", metavar="ADDRESS", help="of a cell, a row or a table, such as "
               "collaboration/civil_society/percent (data-n in the report)"),
        Option("--json", dest="as_json", action="store_true", help="as JSON"),
    ),
    _command(
        "synthesize", "a returns file with real amounts and made-up answers that fit what is printed",
        "cli.beside:synthesize", YEAR,
        Option("--seed", type=_whole, default=1, metavar="N", help="another seed makes other answers (default: 1)"),
        Option("--to", type=Path, required=True, metavar="FILE", help=".xlsx or .csv, outside DIR/raw"),
    ),
)  # fmt: skip


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
