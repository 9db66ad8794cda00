"""The line on a small project that a test may change: here, with stand-ins for what is slow, or in a process alone.

`python -m tests.lines PROJECT ORDER MOVES STAND_INS` is the latter. Nothing slow is imported before the line does it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout
from functools import partial, partialmethod
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import patch

PROJECT = Path(__file__).parent.parent
SV, EN = "uppfoljning.qmd", "uppfoljning.en.qmd"


def lay_out(project: Path) -> None:
    """Put a copy of the package into a folder, and small reports beside it."""
    shutil.copytree(PROJECT / "pipeline", project / "pipeline")
    shutil.copy(PROJECT / "requirements.lock", project)
    small_reports(project)


def small_reports(project: Path) -> Path:
    """Put a copy of the reports' sources into a folder, with small reports in their place, and give where they are."""
    shutil.copytree(PROJECT / "reports", project / "reports", ignore=shutil.ignore_patterns("_output", "*.qmd"))
    for name in ("quarto.yml", "_quarto.yml"):
        shutil.copy(PROJECT / name, project)
    source = (PROJECT / "tests" / "data" / "small.qmd").read_text(encoding="utf-8")
    for name, language in ((SV, "sv-SE"), (EN, "en-GB")):
        (project / "reports" / name).write_text(source.replace("LANG", language), encoding="utf-8")
    return project / "reports"


def line(
    project: Path, order: Mapping[str, Any], moves: Mapping[str, str] | None = None, stand_ins: bool = True
) -> dict[str, Any]:
    """Run the line: what it did, whether cells were run, and what it said. UserError when it stops.

    `moves`: after the step of this name, or at “rename 7”, "kill" this process, or write to the file of this name.
    Nothing is found by the checks: what they find has tests of its own.

    With stand-ins, cells run in this process, and each page is a short text made of what it would be made of: what is
    to be done does not depend on that.
    """
    from pipeline.paths import Workspace
    from pipeline.steps import build, inputs, line

    ran: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(patch.object(line.Line, "_check", partialmethod(_find_nothing, line.Line._check)))
        stack.enter_context(patch.object(line, "Code", partial(inputs.Code, project / "pipeline")))
        stack.enter_context(_moving(project, moves or {}))
        if stand_ins:
            stack.enter_context(stand_ins_for_slow(ran))
        said = stack.enter_context(redirect_stdout(StringIO()))
        wanted = line.Order(**{"goal": "build", "year": 2024, **order})
        done = build.build(wanted, Workspace(project / "data", project / "out", project))
    return {"done": done, "kernel": bool(ran), "said": said.getvalue(), "modules": sorted(sys.modules)}


def alone(
    project: Path, order: Mapping[str, Any], moves: Mapping[str, str] | None = None, stand_ins: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the line in a process of its own, with the project's copy of the package."""
    arguments = [str(project), json.dumps(order), json.dumps(moves or {}), json.dumps(stand_ins)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(project), str(PROJECT)])}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    run = [sys.executable, "-m", "tests.lines", *arguments]
    return subprocess.run(run, env=environment, capture_output=True, encoding="utf-8", check=False)


class NothingFound(nullcontext[Any]):
    """A check without findings."""

    def __init__(self, *_: object) -> None:
        super().__init__(self)

    def findings(self, _: Path) -> list[Any]:
        return []


def _find_nothing(line: Any, check: Callable[..., Any], job: Any) -> Any:
    with patch("pipeline.check.start_check", NothingFound):
        return check(line, job)


@contextmanager
def _moving(project: Path, moves: Mapping[str, str]) -> Iterator[None]:
    """Kill this process, or write to a file, where `moves` says so."""
    from pipeline.files import put_in_place
    from pipeline.steps import build, engine

    def move(at: str) -> None:
        if moves.get(at) == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif at in moves:
            (project / moves[at]).write_bytes((project / moves[at]).read_bytes() + b"\n")

    @contextmanager
    def progress(name: str, *_: int) -> Iterator[None]:
        yield
        move(name)

    rename, count = Path.rename, 0

    def counted(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        move(f"rename {count}")
        return rename(path, target)

    def putting(made: Mapping[Path, Path]) -> None:
        with patch.object(Path, "rename", counted):
            put_in_place(made)

    with patch.object(engine, "progress", progress), patch.object(build, "put_in_place", putting):
        yield


@contextmanager
def cells_here(ran: list[str] | None = None, drawn: bool = True) -> Iterator[None]:
    """Run cells in this process in place of a kernel, and note which sources'."""
    one_at_a_time = Lock()

    def run_cells(kernel: Any, notebook: Any, source: Path, _: Sequence[int]) -> None:
        from tests.telling import run_cells_here

        with one_at_a_time:  # the environment is that of the whole process
            (ran if ran is not None else []).append(source.name)
            run_cells_here(notebook, kernel._environment, drawn)

    with patch("pipeline.execute.Kernel.run_cells", run_cells):
        yield


@contextmanager
def stand_ins_for_slow(ran: list[str] | None = None) -> Iterator[None]:
    """Run cells here, without drawings; write pages that hold what they would be made of."""

    def render(notebook: Path, targets: Mapping[str, Path], _: str, page: Callable[[], Mapping[str, str]]) -> None:
        for kind, target in targets.items():
            beside = page() if kind == "html" else {}
            link = f'<p class="other-language">{beside["edition"]}</p>\n' if "edition" in beside else ""
            content = f"{kind}\n{notebook.read_text(encoding='utf-8')}\n{beside.get('numbers', '')}\n{link}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")

    with (
        cells_here(ran, drawn=False),
        patch("pipeline.render.render", render),
        patch("pipeline.letters.page.html", lambda document: document.markdown.encode()),
    ):
        yield


if __name__ == "__main__":
    from pipeline.errors import UserError

    try:
        sys.stdout.write(json.dumps(line(Path(sys.argv[1]), *map(json.loads, sys.argv[2:]))))
    except UserError as error:
        sys.exit(f"{error.status}: {error}")
