"""Builds that are killed at random moments: `python -m tests.kill [KILLS] [SEED]`, or `make kill`.

A small project has two inputs by turns. Each build of the other one is killed at a random moment of the time that a
build takes; then everything that can be seen must be of one input or the other, never some of each; and the next
build must give, byte for byte, what a build in a clean place gives, and leave nothing in the temporary folder.
"""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lines import small_reports
from tests.test_machine import left, start
from tests.world import contents, small_data

INPUTS = ([("Ale", 0), ("Aneby", 500), ("Malmö", 3000)], [("Ale", 10), ("Aneby", 900), ("Malmö", 3000)])


def lay_out(project: Path, at: int) -> None:
    """Put one of the two inputs into the project."""
    shutil.rmtree(project / "data" / "raw", ignore_errors=True)
    small_data(project, returns=INPUTS[at])


def built(project: Path) -> float:
    """Build, and return how many seconds it took. AssertionError when it did not succeed in silence."""
    begun = time.perf_counter()
    run = start(project, "build", "2024")
    errors = run.communicate()[1]
    assert run.returncode == 0 and not errors, errors
    return time.perf_counter() - begun


def seen(project: Path) -> dict[str, bytes]:
    """Return what a reader finds: tables and reports, without what is hidden."""
    found = {**contents(project / "data" / "processed"), **contents(project / "reports" / "_output")}
    return {name: content for name, content in found.items() if name.startswith("2024/") and "/." not in name}


def main(kills: int, seed: int) -> int:
    """Kill, look, build; print the counts, and return 1 when anything was torn, left or wrong."""
    chance, counts = random.Random(seed), Counter[str]()
    with TemporaryDirectory() as folder:
        project, temporary = Path(folder) / "project", Path(folder) / "temporary"
        temporary.mkdir()
        small_reports(project)
        whole, longest = [], 0.0
        for at in (0, 1):
            lay_out(project, at)
            longest = max(longest, built(project))
            whole.append(seen(project))
        for number in range(kills):
            now = number % 2
            lay_out(project, now)
            run = start(project, "build", "2024")
            try:
                run.wait(chance.uniform(0, longest))
                counts["had ended before"] += 1
            except subprocess.TimeoutExpired:
                run.kill()
            run.communicate()
            found = seen(project)
            same = [all(one.get(name) == content for name, content in found.items()) for one in whole]
            counts["old files or none"] += same[1 - now]
            counts["new files"] += same[now] and not same[1 - now]
            counts["torn"] += not any(same)
            counts["left in the temporary folder by the kill"] += any(temporary.iterdir())
            built(project)
            counts["left after the next build"] += bool(left(project))
            counts["next build wrong"] += seen(project) != whole[now]
            print(f"\r{number + 1} of {kills}", end="", file=sys.stderr, flush=True)  # noqa: T201
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    print(f"\n{kills} kills, seed {seed}: {told}")  # noqa: T201
    return int(any(counts[name] for name in ("torn", "left after the next build", "next build wrong")))


if __name__ == "__main__":
    sys.exit(main(*[*map(int, sys.argv[1:]), *(200, 1)[len(sys.argv) - 1 :]]))
