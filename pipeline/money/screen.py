"""What the commands on the money say: a template each, and a command to go on with."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.language import amount, first, grouped, several
from pipeline.mask import safe
from pipeline.paths import Workspace
from pipeline.phrases import filled
from pipeline.register import municipalities


def told(template: str, **values: Any) -> str:
    """Return what a command says on the screen, by its template in this folder: nothing that a terminal obeys."""
    return "\n".join(map(safe, written(template, **values).split("\n")))


def written(template: str, filters: Mapping[str, Callable[..., str]] | None = None, **values: Any) -> str:
    """Return what a command writes to a file, by its template in this folder."""
    known: dict[str, Callable[..., str]] = {"kr": amount, "grouped": grouped, "several": several, "left": _left}
    helpers = {"first": first, "everybody": len(municipalities())}
    path = Path(__file__).with_name(f"{template}.txt.j2")
    return filled(path, "en", {**known, **(filters or {})}, **helpers, **values)


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
