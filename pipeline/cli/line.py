"""The line: read, store, check, tabulate, execute, render; then everything is put in place at once, or nothing is.

Only what needs it is done (plan.py). What is slow to import is imported by the step that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.cli.plan import Wanted, make_plan
from pipeline.cli.run import Run
from pipeline.cli.work import say_again
from pipeline.errors import UserError
from pipeline.paths import REPORTS, Workspace

if TYPE_CHECKING:
    from pipeline.check.beside import Checking
    from pipeline.render import Format, Renderer
    from pipeline.year import Language

LANGUAGES: Sequence[Language] = ("sv", "en")
Goal = Literal["check", "tables", "report", "build"]
_REPORT_NEEDS = {"recipients.csv": ("recipients.csv",), "returns.xlsx or returns.csv": ("returns.xlsx", "returns.csv")}


@dataclass(frozen=True)
class Order:
    """What a command asks for: how far to go, and in which formats, languages and by which renderer."""

    goal: Goal
    year: int
    formats: Sequence[Format] = ("html", "pdf")
    languages: Sequence[Language] = ("sv",)
    renderer: Renderer = "builtin"
    dry_run: bool = False
    """Say what would be done, and why, and do nothing."""
    force: bool = False
    """Do everything, whatever was done before."""
    review: bool = False
    """Make the review edition besides."""
    against: Path | None = None
    """The folder of an earlier build, which the review edition compares with."""

    @property
    def editions(self) -> Sequence[Language]:
        """The languages that the report is made in: all of them in a whole build."""
        return LANGUAGES if self.goal == "build" else self.languages


def run(order: Order, workspace: Workspace) -> list[str]:
    """Bring everything up to the goal up to date, and give the steps that were done.

    UserError leaves what was made before as it was. Great Expectations runs beside the steps after the store. Its
    answer is awaited before anything is put in place: critical findings are written down and end the run.
    """
    years = workspace.years(order.year)
    reporting = order.goal in ("report", "build")
    sources = [_source(language) for language in order.editions] if reporting else []
    earlier = _earlier(order, workspace)
    missing = [
        shown
        for shown, names in _REPORT_NEEDS.items()
        if not any((workspace.raw(order.year) / n).is_file() for n in names)
    ]
    if missing and order.goal == "report":
        raise UserError(f"{workspace.raw(order.year)}: the report needs {' and '.join(missing)}; add the file")
    if order.renderer == "quarto":
        from pipeline.render import executable

        executable()
    wanted = Wanted(
        order.year,
        tuple(years),
        languages=tuple(dict.fromkeys(order.languages)),
        tables=order.goal != "check",
        sources=() if missing else tuple(sources),
        editions=tuple(order.editions),
        pages=tuple(_pages(order, sources, workspace)),
        formats=tuple(order.formats),
        renderer=order.renderer,
        force=order.force,
        review=order.review,
        earlier=earlier,
    )
    plan = make_plan(wanted, workspace, REPORTS)
    done: list[str] = []
    if order.dry_run:
        print("\n".join(plan.lines()))
    elif plan.nothing_to_do:
        say_again(plan, list(plan.steps))
        print("nothing to do: everything is up to date")
    else:
        done = Run(plan, start_check).go()
    if order.goal == "tables" and not order.dry_run:
        _name_older_reports(wanted, workspace)
    if missing and order.goal == "build":
        print(f"no report: {workspace.raw(order.year)} has no {' and no '.join(missing)}")
    return done


def _name_older_reports(wanted: Wanted, workspace: Workspace) -> None:
    """Say which finished reports show other numbers than the tables may: made of other data, declarations or code."""
    made = {source: [workspace.out / str(wanted.year) / f"{source.stem}.{kind}" for kind in wanted.formats]
            for source in map(_source, LANGUAGES)}  # fmt: skip
    there = {source: [path for path in paths if path.is_file()] for source, paths in made.items()}
    sources = tuple(source for source, paths in there.items() if paths)
    if not sources:
        return
    plan = make_plan(replace(wanted, sources=sources, force=False), workspace, REPORTS)
    steps = {source: plan.steps[f"execute {source.name}"] for source in sources}
    older = [str(path) for source, step in steps.items() if step.why and not step.text_only for path in there[source]]
    if older:
        print(f"older than these tables: {', '.join(older)}; `aterrapport build {wanted.year}` brings them up to date")


def start_check(store: Path, year: int, remembered: Path) -> Checking:
    """Begin to check the store, beside the other steps (pipeline/check/beside.py)."""
    from pipeline.check import start_check as start

    return start(store, year, remembered)


def _earlier(order: Order, workspace: Workspace) -> Path | None:
    """Find the tables of the build that --against names, before any work is done. UserError when it is none."""
    if order.against is None:
        return None
    if not order.review:
        raise UserError("--against says what the review edition compares with; give --review too")
    from pipeline.review import find_earlier

    return find_earlier(order.against, workspace, order.year)


def _pages(order: Order, sources: Sequence[Path], workspace: Workspace) -> Iterator[str]:
    """Name the pages of the report that this run makes, and those that another has made before."""
    for source in map(_source, LANGUAGES):
        page = f"{source.stem}.html"
        is_made = source in sources and "html" in order.formats
        if is_made or (workspace.out / str(order.year) / page).is_file():
            yield page


def _source(language: Language) -> Path:
    path = REPORTS / ("uppfoljning.qmd" if language == "sv" else f"uppfoljning.{language}.qmd")
    if not path.is_file():
        raise UserError(f"reports/{path.name}: there is no source for a report in this language (--lang {language})")
    return path
