"""What the commands on the money say: a template each, and a command to go on with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader

from pipeline.language import amount, first, grouped, several
from pipeline.paths import Workspace
from pipeline.phrases import environment
from pipeline.register import municipalities


def told(template: str, **values: Any) -> str:
    """Return what a command says, by its template beside this module."""
    loader = FileSystemLoader(Path(__file__).parent)
    made = environment("en", loader=loader, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"kr": amount, "grouped": grouped, "several": several, "left": _left}
    return (
        made.get_template(f"{template}.txt.j2")
        .render(values, first=first, everybody=len(municipalities()))
        .rstrip("\n")
    )


def _left(kr: int) -> str:
    """Say what was not requisitioned."""
    return f"{amount(kr)} not requisitioned" if kr >= 0 else f"{amount(-kr)} MORE than there is"


def say_next(what: str, command: str, workspace: Workspace, when: str = "next") -> None:
    """Print what to do, and a command with the folders that this one was given, so that it runs as it stands."""
    print(f"{when}: {what}")
    print(f"  {shlex.join(['aterrapport', *command.split(), *workspace.options])}")


def say_status_next(year: int, workspace: Workspace) -> None:
    """Say how to see where the year stands now: the last words of a command that has made something."""
    say_next("see where the year stands", f"status {year}", workspace)
