"""Time of a build by what has changed, and of its steps; medians of five: `python -m benchmarks.report [YEAR]`.

Each run is a process of its own, on a copy of the project with bytecode compiled. Steps run side by side, so their
times add up to more than the whole. CPU is that of the run with all its processes. For comparison: Python alone,
`--help`, and importing and running Great Expectations on the same store.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

RUNS = 5
PROJECT = Path(__file__).parent.parent
_RUN = """
import json, sys, time
from contextlib import contextmanager
from pathlib import Path
from pipeline.paths import Workspace
from pipeline.steps import build, engine
from pipeline.steps.line import Order

steps = {}
@contextmanager
def progress(name, *_):
    start = time.perf_counter()
    yield
    steps[name] = time.perf_counter() - start

engine.progress = progress
here = Path(sys.argv[1])
order = Order("build", int(sys.argv[2]), force="force" in sys.argv, review="review" in sys.argv)
build.build(order, Workspace(here / "data", here / "out", here))
print(json.dumps(steps))
"""


class Project:
    """A copy of the project, to build and to change."""

    def __init__(self, folder: Path, year: int) -> None:
        self.folder, self.year = folder, str(year)
        for name in ("pipeline", "reports", "data/raw"):
            shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("_output", "__pycache__"))
        for name in ("quarto.yml", "_quarto.yml", "requirements.lock"):
            shutil.copy(PROJECT / name, folder)
        compileall.compile_dir(folder / "pipeline", quiet=1)

    def python(self, *arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        command = [sys.executable, *arguments]
        # In its own folder: what stands where one is comes before PYTHONPATH.
        run = subprocess.run(
            command, env=environment, cwd=self.folder, check=True, capture_output=True, encoding="utf-8"
        )
        return run.stdout

    def build(self, *how: str) -> dict[str, float]:
        steps: dict[str, float] = json.loads(
            self.python("-c", _RUN, str(self.folder), self.year, *how).splitlines()[-1]
        )
        return steps

    def prose(self) -> None:
        source = self.folder / "reports" / "uppfoljning.qmd"
        source.write_text(source.read_text(encoding="utf-8") + "\nEn mening till.\n", encoding="utf-8")

    def table(self) -> None:
        declared = self.folder / "reports" / "tables.toml"
        text = declared.read_text(encoding="utf-8")
        declared.write_text(text.replace('title = { sv = "', 'title = { sv = "A', 1), encoding="utf-8")

    def data(self) -> None:
        """Another amount in the year's own rules: every step must run."""
        rules = self.folder / "data" / "raw" / self.year / "year.toml"
        text = rules.read_text(encoding="utf-8")
        at = text.index("available_kr = ") + len("available_kr = ")
        end = text.index("\n", at)
        amount = int(text[at:end].split("#")[0].replace("_", "")) + 1
        rules.write_text(f"{text[:at]}{amount}{text[end:]}", encoding="utf-8")

    def forget(self) -> None:
        """What is kept from build to build but is no output: drawings, by the checksum of their figure."""
        shutil.rmtree(self.folder / "data" / "processed" / ".drawings", ignore_errors=True)

    def great_expectations(self) -> dict[str, float]:
        store = self.folder / "data" / "processed" / "aterrapport.duckdb"
        check = [sys.executable, "-m", "pipeline.check.suite", self.year, str(self.folder / "found.json"), ""]
        with subprocess.Popen(check, cwd=self.folder, stdin=subprocess.PIPE, encoding="utf-8") as run:
            assert run.stdin  # which stays open: the process ends when nobody is there any more  # noqa: S101
            print(store, file=run.stdin, flush=True)
            assert run.wait() == 0  # noqa: S101
        return {}

    def nothing(self) -> dict[str, float]:
        self.python("-c", "pass")
        return {}

    def help(self) -> dict[str, float]:
        self.python("-c", "from pipeline.cli import main; main()", "--help")
        return {}


def show(name: str, work: Callable[[], dict[str, float]], before: Callable[[], None] = lambda: None) -> float:
    times, cpu, steps = [], [], defaultdict(list)
    for _ in range(RUNS):
        before()
        start, used = time.perf_counter(), cpu_of_children()
        for step, seconds in work().items():
            steps[step].append(seconds)
        times.append(time.perf_counter() - start)
        cpu.append(cpu_of_children() - used)
    print(f"{name:<44} {statistics.median(times):7.2f} s   CPU {statistics.median(cpu):6.2f} s", flush=True)
    for step, seconds_of_step in steps.items():
        print(f"    {step:<40} {statistics.median(seconds_of_step):7.2f} s", flush=True)
    return statistics.median(times)


def cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    year = int(sys.argv[1]) if len(sys.argv) > 1 else 2024
    with TemporaryDirectory() as folder:
        project = Project(Path(folder), year)
        project.build()
        show("python -c pass", project.nothing)
        show("aterrapport --help", project.help)
        alone = show("Great Expectations alone", project.great_expectations)
        whole = show("full build of both editions (--force)", lambda: project.build("force"), project.forget)
        print(f"    {'times Great Expectations alone':<40} {whole / alone:7.2f}")
        show("the same, drawings kept", lambda: project.build("force"))
        show("the same, with the review edition", lambda: project.build("force", "review"))
        show("nothing changed", project.build)
        show("only prose changed, in one edition", project.build, project.prose)
        show("data changed", project.build, project.data)
        show("one table's declaration changed", project.build, project.table)


if __name__ == "__main__":
    main()
