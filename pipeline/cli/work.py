"""A run's work in hand: its plan, the hidden folder where files are made, and what each step has finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.cli.plan import Plan
from pipeline.remember import Entry, files, sum_of

OUT = "{out}"
"""Stands in remembered lines for the folder of reports, which another run may call otherwise."""


def say_again(plan: Plan, names: Sequence[str]) -> None:
    """Say what steps said that are not done again: what a reader must know is told each time."""
    for name in names:
        if name in plan.record.steps:
            say(plan, plan.record.steps[name]["said"])


def say(plan: Plan, lines: Sequence[str]) -> None:
    """Print lines, with the folder of reports as this run calls it."""
    for line in lines:
        print(line.replace(OUT, str(plan.place("reports"))))


class Work:
    """The work of a run. Every step makes its files in the stage, under the record's names."""

    def __init__(self, plan: Plan, stage: Path) -> None:
        """Hold what is to be done, and where."""
        self.plan, self.wanted, self.workspace, self.stage = plan, plan.wanted, plan.workspace, stage
        self.store = f"processed/{plan.workspace.store.name}"
        self.finished: dict[str, Entry] = {}

    def in_year(self, name: str) -> str:
        """Name a file of the year."""
        return f"processed/{self.wanted.year}/{name}"

    def where(self, name: str) -> Path:
        """Where a file is now: in the stage when this run made it, else in its place."""
        return self.stage / name if (self.stage / name).exists() else self.plan.place(name)

    def finish(self, name: str, places: Sequence[str], said: Sequence[str] = (), values: Sequence[str] = ()) -> None:
        """Note what a step has made in the stage."""
        made = {
            path.relative_to(self.stage).as_posix(): sum_of(path)
            for place in places
            for path in files(self.stage / place)
        }
        self.finished[name] = {
            "inputs": self.plan.steps[name].inputs,
            "made": made,
            "places": list(places),
            "said": list(said),
            "values": list(values),
        }
