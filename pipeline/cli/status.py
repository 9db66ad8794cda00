"""`aterrapport status`: where a grant year stands on a day, and what to do next. Nothing is written."""

from __future__ import annotations

import shlex
from datetime import date

from pipeline.cli.commands import DATA, OUT
from pipeline.grant.next_step import also, next_step
from pipeline.grant.standing import standing
from pipeline.grant.status import lines
from pipeline.paths import Workspace


def run(year: int, on: date | None, workspace: Workspace) -> None:
    """Print where a year stands on a day (None: today), and the next step.

    UserError says what in its files is still to be mended.
    """
    found, on = standing(year, workspace), on or date.today()
    for line in lines(found, on):
        print(line)
    step = next_step(found, on)
    print(f"next: {step.what}")
    print(f"  {in_full(step.command, workspace)}")
    for other in also(found):
        print(f"you may also: {other.what}")
        print(f"  {in_full(other.command, workspace)}")


def look_again(year: int, workspace: Workspace) -> None:
    """Say how to see where the year stands now: the last words of a command that made something."""
    print("next: see where the year stands")
    print(f"  {in_full(f'aterrapport status {year}', workspace)}")


def in_full(command: str, workspace: Workspace) -> str:
    """Give a command with the folders that this one was given, so that it can be run as it stands."""
    given = ((DATA, workspace.data), (OUT, workspace.out))
    words = [
        word for option, path in given if path != option.settings["default"] for word in (option.flags[0], str(path))
    ]
    return shlex.join([*shlex.split(command), *words])
