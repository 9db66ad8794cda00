"""The commands as a table: what each makes, and its arguments, which its `run` takes by name.

A command lives in the module of its name (`review-sample`: review_sample.py), but for those that go along the line.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple


class Option:
    """An argument of a command, as argparse wants it."""

    def __init__(self, *flags: str, **settings: Any) -> None:
        self.flags, self.settings = flags, settings


class Command(NamedTuple):
    """A command: its name, what it makes, and its arguments."""

    name: str
    makes: str
    options: tuple[Option, ...]
    module: str
    is_goal: bool = False
    """True when it goes along the line, and so brings the steps before it up to date."""

    @property
    def description(self) -> str:
        """What it makes, as a sentence."""
        return f"{self.makes[0].upper()}{self.makes[1:]}." + (
            " Brings the steps before it up to date." if self.is_goal else ""
        )


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
        raise argparse.ArgumentTypeError(f"{text!r} is no day; expected year-month-day, as 2027-01-31") from None


YEAR = Option("year", type=int, metavar="YEAR", help="grant year: a folder in DIR/raw")
DATA = Option(
    "--data", type=Path, default=Path("data"), metavar="DIR", help="holds raw/ and processed/ (default: data)"
)
OUT = Option(
    "--out",
    dest="reports",
    type=Path,
    default=Path("reports/_output"),
    metavar="DIR",
    help="where reports go (default: reports/_output)",
)
LANG = Option("--lang", dest="languages", type=_several("sv", "en"), default=["sv"], help="sv,en (default: sv)")

DRY_RUN = Option(
    "--dry-run", dest="dry_run", action="store_true", help="say what would be done, and why, and do nothing"
)
FORCE = Option("--force", action="store_true", help="do everything, whatever was done before")

REVIEW = Option(
    "--review", action="store_true", help="the report once more as a draft, with what a reviewer should look at"
)
AGAINST = Option(
    "--against", type=Path, metavar="FOLDER", help="in it, what changed since an earlier build: its processed/YEAR"
)


def _goal(name: str, makes: str, *options: Option) -> Command:
    return Command(name, makes, (YEAR, *options, DRY_RUN, FORCE, DATA, OUT), "line", is_goal=True)


def _command(name: str, makes: str, *options: Option, module: str | None = None) -> Command:
    return Command(name, makes, (*options, DATA, OUT), module or name.replace("-", "_"))


COMMANDS = (
    _command(
        "new-year",
        "the folder of a new grant year, with what must be filled in marked",
        Option("year", type=int, metavar="YEAR", help="the new year"),
        Option("--from", dest="source", type=int, required=True, metavar="YEAR", help="the year to begin from"),
    ),
    _command(
        "status",
        "where the year stands, and what to do next",
        YEAR,
        Option("--on", type=_day, metavar="DATE", help="seen from this day, as 2027-01-31 (default: today)"),
    ),
    _command("allocate", "the distribution list, and the requisitions set against it", YEAR),
    Command(
        "suballocate",
        "a municipality's grant shared out among its units, by a plan",
        (
            Option("plan", type=Path, metavar="PLAN", help="a TOML file, such as data/plans/example.toml"),
            Option("--out", type=Path, metavar="FILE", help=".csv to write, outside DIR/raw"),
            Option("--returns", type=Path, metavar="FILE", help="the units' returns, to make one of"),
            Option("--year", type=int, metavar="YEAR", help="the year whose form they have (default: the plan's)"),
            DATA,
        ),
        "suballocate",
    ),
    _goal("check", "findings: on the screen, in findings.csv, as a page, as letters", LANG),
    _command("uncoded", "the comments that have no theme in themes.csv yet", YEAR),
    _command(
        "review-sample",
        "whom to check more closely: part by risk, part at random",
        YEAR,
        Option("--seed", type=int, required=True, metavar="N", help="the same seed draws the same sample"),
        Option("--size", type=int, metavar="N", help="how many municipalities (default: as risks.toml says)"),
    ),
    _command("settle", "what each recipient is to repay: a list, a workbook, letters", YEAR, LANG),
    _goal("tables", "the tidy tables in processed/YEAR/tables/"),
    _goal(
        "report",
        "the report",
        LANG,
        Option("--to", dest="formats", type=_several("html", "pdf"), default=["html", "pdf"], help="default: html,pdf"),
        Option("--renderer", choices=["builtin", "quarto"], default="builtin", help="default: builtin"),
        REVIEW,
        AGAINST,
    ),
    _goal("build", "all of it: store, check, tables, report in HTML and PDF", REVIEW, AGAINST),
    _command("watch", "builds again when a source or a raw file changes, and reloads the open page", YEAR),
    _command(
        "explain",
        "what a printed number is, how it is made, and which returns are in it",
        YEAR,
        Option(
            "address",
            metavar="ADDRESS",
            help="of a cell, a row or a table: collaboration/civil_society/percent (data-n in the report)",
        ),
        Option("--json", dest="as_json", action="store_true", help="as JSON"),
    ),
    _command(
        "synthesize",
        "a returns file with real amounts and made-up answers that fit what is printed",
        YEAR,
        Option("--seed", type=int, default=1, metavar="N", help="another seed makes other answers (default: 1)"),
        Option("--to", type=Path, required=True, metavar="FILE", help=".xlsx or .csv, outside DIR/raw"),
        module="made_up",
    ),
)
