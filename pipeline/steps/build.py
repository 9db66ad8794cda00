"""Bring a year up to date: plan the line, run what is due, and put all of it in place at once, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import CriticalFindingsError, UserError
from pipeline.files import put_back, put_in_place, staged
from pipeline.paths import Workspace
from pipeline.steps.engine import Plan, Record, different
from pipeline.steps.inputs import SOURCES
from pipeline.steps.line import OUT, Line, Order

if TYPE_CHECKING:
    from pipeline.check import Finding

_NAMED = ("store", "tables", "release", "html", "pdf", "internal", "review")
_TABLE = re.compile(r"[^/.]+\.(csv|xlsx)|returns/.+\.(csv|xlsx)")
_REPORT_NEEDS = {"recipients.csv": "recipients", "returns.xlsx or returns.csv": "returns"}


def build(order: Order, workspace: Workspace) -> list[str]:
    """Bring everything up to the goal up to date, and return the steps that were done.

    Raise UserError with what was made before left as it was. Critical findings are written down and end the run.
    """
    workspace.years(order.year)
    for note in workspace.passed_over(order.year):
        print(note)
    raw = workspace.raw(order.year)
    there = [path.relative_to(raw).as_posix().casefold() for path in workspace.raw_files(order.year).values()]
    tables = {re.split(r"[/.]", name)[0] for name in there if _TABLE.fullmatch(name)}
    missing = [file for file, role in _REPORT_NEEDS.items() if role not in tables]
    if missing and order.goal in ("report", "release"):
        raise UserError(f"{raw}: the {order.goal} needs {' and '.join(missing)}; add the file")
    if order.against and not (order.review or order.goal == "release"):
        raise UserError("--against says what the review edition compares with; give --review too")
    if order.renderer == "quarto":
        from pipeline.render.quarto import executable

        executable()
    editions = {"build": SOURCES, "report": dict.fromkeys(order.languages)}.get(order.goal, {})
    line = Line(order, workspace, [] if missing else list(editions))
    plan, done = make_plan(line), list[str]()
    if order.dry_run:
        print("\n".join(plan.lines()))
    elif not any(plan.why.values()):
        _say(line, (plan.record.steps[name]["said"] for name in plan.steps))
        print("nothing to do: everything is up to date")
    else:
        done = _run(line)
    if order.goal == "tables" and not order.dry_run:
        _name_older_reports(order, workspace)
    if missing and order.goal == "build":
        print(f"no report: {raw} has no {' and no '.join(missing)}")
    return done


def known_findings(year: int, workspace: Workspace) -> list[Finding] | None:
    """Return the findings of the last check, or None when something that they depend on has changed since."""
    from pipeline.check import read_findings

    line = Line(Order("tables", year), workspace)  # which keeps the day that the last check saw the year from
    return None if make_plan(line).why["check"] else read_findings(line.place(line.in_year(".findings.json")))


def make_plan(line: Line) -> Plan:
    """Compare everything that a line is made of with the record of the last time."""

    def file(step: str) -> Path:  # the store is that of all years
        return line.place("processed/.made.json" if step == "store" else line.in_year(".made.json"))

    return Plan(line.steps(), line.place, Record(file, ("store", "check")), line.order.force)


def _run(line: Line) -> list[str]:
    """Do what is due and put it in place; critical findings, and findings when another step fails, alone."""
    with staged(line.workspace.processed) as stage:
        roots = (line.workspace.processed, line.workspace.out)
        put_back(folder for root in roots if root.is_dir() for folder in (root, *root.iterdir()))
        plan = make_plan(line)  # anew: a run that was waited for may have done it, or undone it
        failure = plan.run(stage)
        line.close()
        told = {**{name: entry for name, entry in plan.record.steps.items() if not plan.why.get(name)}, **plan.finished}
        done = [name for name in plan.steps if name in plan.finished]
        checked = [name for name in ("check", "letters") if name in done]
        try:
            line.stop_if_critical(stage)
            _put_in_place(line, plan, checked if failure else done)
        except CriticalFindingsError:
            _put_in_place(line, plan, checked, record=False)
            raise
        finally:  # not before: who reads what is printed may have gone
            _say(line, (told[name]["said"] for name in plan.steps if name in told))
        if failure:
            raise failure
    for name in done:
        if name.partition(" ")[0] in _NAMED:
            made = [line.place(file) for file in plan.steps[name].makes if not file.endswith(".ipynb")]
            print(*made, sep="\n")
    return done


def _put_in_place(line: Line, plan: Plan, names: Sequence[str], record: bool = True) -> None:
    now, before = make_plan(line).inputs, plan.inputs
    changed = sorted({label for name in before for label in different(before[name], now[name])})
    if changed:
        raise UserError(f"{', '.join(changed)}: changed while the run was at work; nothing was changed. Run again")
    if record:
        plan.record.update(dict.fromkeys(names))
    put_in_place({line.place(file): plan.stage / file for name in names for file in plan.steps[name].makes})
    if record:
        plan.record.update({name: plan.finished[name] for name in names})


def _say(line: Line, said: Iterable[Sequence[str]]) -> None:
    """Print what the steps have to tell; what a reader must know is told again when a step is not due."""
    for text in (text for lines in said for text in lines):
        print(text.replace(OUT, str(line.place("reports"))))


def _name_older_reports(order: Order, workspace: Workspace) -> None:
    """Say which finished reports show other numbers than the tables may: made of other data, declarations or code."""
    folder, older = workspace.out / str(order.year), list[str]()
    for language, stem in SOURCES.items():
        made = [str(path) for kind in order.formats if (path := folder / f"{stem}.{kind}").is_file()]
        if made:
            plan = make_plan(Line(replace(order, goal="report", force=False), workspace, [language]))
            entry, step = plan.record.steps.get(f"execute {stem}.qmd"), f"execute {stem}.qmd"
            # The text alone is not what the tables are about.
            if entry is None or set(different(entry["inputs"], plan.inputs[step])) - {f"reports/{stem}.qmd"}:
                older += made
    if older:
        print(f"older than these tables: {', '.join(older)}; `aterrapport build {order.year}` brings them up to date")
