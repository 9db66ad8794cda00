"""Time each step of a build of both editions, as medians of five: `python -m benchmarks.build [YEAR]`.

A first run compiles bytecode.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

RUNS = 5
PROJECT = Path(__file__).parent.parent


def median(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def process(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def main() -> None:
    year = int(sys.argv[1]) if len(sys.argv) > 1 else 2024
    from pipeline.execute import execute
    from pipeline.paths import REPORTS, Workspace
    from pipeline.read import read_folder
    from pipeline.render.builtin import make
    from pipeline.store import build_store, open_store
    from pipeline.tabulate import read_declarations, tabulate, write_tables

    with TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(PROJECT / "data" / "raw", place / "data" / "raw")
        workspace = Workspace(place / "data", place / "out")
        store, notebook = place / "store.duckdb", place / "report.ipynb"
        data = [read_folder(workspace.raw(each), f"raw/{each}") for each in workspace.years(year)]
        environment = {
            "ATERRAPPORT_YEAR": str(year),
            "ATERRAPPORT_DATA": str(workspace.data),
            "ATERRAPPORT_STORE": str(store),
        }

        def tables() -> None:
            with open_store(store) as connection:
                write_tables(tabulate(connection, year, read_declarations(REPORTS)), place / "tables")

        def build_anew() -> None:
            (workspace.made(year) / ".findings.json").unlink(missing_ok=True)
            process(*command, "build", str(year), *where)()

        command = ["-c", "from pipeline.cli import main; raise SystemExit(main())"]
        where = ["--data", str(workspace.data), "--out", str(workspace.out)]
        steps: dict[str, Callable[[], object]] = {
            "python -c pass": process("-c", "pass"),
            "aterrapport --help": process(*command, "--help"),
            "read": lambda: [read_folder(workspace.raw(each), f"raw/{each}") for each in workspace.years(year)],
            "store": lambda: build_store(data, store),
            "tables": tables,
            "import Great Expectations": process("-c", "import great_expectations"),
            "check (its own process)": process(
                "-m", "pipeline.check.suite", str(store), str(year), str(place / "found.json")
            ),
            "execute one edition": lambda: execute(REPORTS / "uppfoljning.qmd", notebook, environment),
            "HTML": lambda: make(notebook, ["html"]),
            "PDF": lambda: make(notebook, ["pdf"]),
            "aterrapport build": build_anew,
            "… findings remembered": process(*command, "build", str(year), *where),
        }
        for name, work in steps.items():
            print(f"{name:<28} {median(work):7.3f} s", flush=True)


if __name__ == "__main__":
    main()
