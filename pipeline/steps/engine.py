"""Steps: which of them are due and why, running them side by side, and the record of what each was made of.

A step is due when the checksum of anything that it is made of differs from the record, or when what it made is not as
it was made. Dates count for nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.files import checksum, files, sum_of
from pipeline.record import Entry, Record, Sums

_NAMED = 3


@dataclass(frozen=True)
class Step:
    """One row of the table of steps."""

    name: str
    needs: Sequence[str]
    """Steps before it in the table. It is made of what they make."""
    code: Mapping[str, str]
    """Checksums of the code that it runs."""
    files: Mapping[str, Path]
    """What it reads besides, by the names that a user knows."""
    makes: Sequence[str]
    """Files or folders, by their names in the record."""
    run: Callable[[Job], Sequence[str] | None]
    """Makes them in the stage, and returns what to tell the user, each time."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What the command chose."""
    reads: Callable[[bytes], bytes] = bytes
    """What it takes of the files that its needs make; all of it unless given."""
    same_bytes: bool = True
    """False: it never makes the same bytes twice. What needs it is made of its inputs instead."""
    early: bool = False
    """Starts at once, and calls `Job.wait` when it wants what it needs."""
    always: str = ""
    """Why it is done each time."""


class Plan:
    """Which of these steps are due, and why; needs stand before what needs them."""

    def __init__(self, steps: Iterable[Step], place: Callable[[str], Path], record: Record, force: bool = False):
        """Take the checksums of all inputs, and compare them. `place` returns where a file of the record belongs."""
        self.steps = {step.name: step for step in steps}
        self.place, self.record, self.force = place, record, force
        self.inputs: dict[str, Sums] = {}
        self.why: dict[str, str] = {}
        """Empty for a step that is not due."""
        for step in self.steps.values():
            own = {label: sum_of(path) for label, path in step.files.items()}
            known = dict(step.options) | own | dict(step.code)
            for need in step.needs:
                known = known if self.steps[need].same_bytes else self.inputs[need] | known
            self.inputs[step.name] = known
            self.why[step.name] = self.reason(step, place)

    def lines(self) -> Iterator[str]:
        """Yield what would be done with each step, and why."""
        for name, why in self.why.items():
            yield f"{name}: {why or 'nothing to do'}"

    def reason(self, step: Step, where: Callable[[str], Path], done: frozenset[str] = frozenset()) -> str:
        """Return why a step is due, when these are done and their files are to be found there."""
        entry = self.record.steps.get(step.name)
        if self.force:
            return "everything is to be made again (--force)"
        if entry is None:
            return "not made yet, or not to the end"
        waits = [need for need in step.needs if self.steps[need].same_bytes and self.why[need] and need not in done]
        now = self.made_of(step, where, waits)
        before = {label: value for label, value in entry["inputs"].items() if label not in map(_label, waits)}
        changed = different(before, now)
        if changed:
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            return f"changed: {', '.join(changed[:_NAMED])}{more}"
        damaged = different(entry["made"], made(step, self.place))
        if damaged:
            return f"no longer as it was made: {damaged[0]}"
        return step.always or (f"after “{waits[0]}”, if that changes anything" if waits else "")

    def made_of(self, step: Step, where: Callable[[str], Path], leave_out: Sequence[str] = ()) -> Sums:
        """Return the checksums of everything that a step is made of, with what its needs have made."""
        found = dict(self.inputs[step.name])
        for need in step.needs:
            if self.steps[need].same_bytes and need not in leave_out:
                read = [step.reads(path.read_bytes()) for name in self.steps[need].makes for path in files(where(name))]
                found[_label(need)] = checksum(b"\0".join(read))
        return found


class Job:
    """A step at work: where to find what it needs, and where to make its files."""

    def __init__(self, step: Step, where: Callable[[str], Path], stage: Path, wait: Callable[[], None]) -> None:
        """`where` returns a file of the record: in the stage when this run has made it, else in its place."""
        self.step, self.where, self.stage, self.wait = step, where, stage, wait

    def new(self, at: int = 0) -> Path:
        """Return the path in the stage of what the step makes; make the folder around it."""
        path = self.stage / self.step.makes[at]
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class Run:
    """The steps of a plan that are due, run side by side, each when what it needs is there."""

    def __init__(self, plan: Plan, stage: Path) -> None:
        """`stage` is where files are made before any is put in place."""
        self.plan, self.stage = plan, stage
        self.finished: dict[str, Entry] = {}
        self._futures: dict[str, Future[None]] = {}
        self._stopped = False

    def go(self) -> Exception | None:
        """Run what is due. Return the first failure, in the order of the table; what needs a failed step is not run."""
        due = [step for step in self.plan.steps.values() if self.plan.why[step.name]]
        with ThreadPoolExecutor(max(len(due), 1)) as pool:
            for step in due:  # what a step needs stands before it
                self._futures[step.name] = pool.submit(self._do, step)
            try:
                failures = [future.exception() for future in self._futures.values()]
            except BaseException:
                self._stopped = True
                raise
        for failure in failures:
            if isinstance(failure, Exception):
                return failure
            if failure:
                raise failure
        return None

    def where(self, name: str) -> Path:
        """Return where a file is: in the stage when this run has made it, else in its place."""
        return self.stage / name if (self.stage / name).exists() else self.plan.place(name)

    def _do(self, step: Step) -> None:
        def wait() -> None:
            for need in step.needs:
                if need in self._futures:
                    self._futures[need].result()

        if not step.early:
            wait()
        done = frozenset(need for need in step.needs if need in self._futures)
        if self._stopped or not (step.early or self.plan.reason(step, self.where, done)):
            return
        job = Job(step, self.where, self.stage, wait)
        with progress(step.name):
            said = step.run(job)
        self.finished[step.name] = {
            "inputs": self.plan.made_of(step, self.where),
            "made": made(step, lambda name: self.stage / name),
            "said": list(said or ()),
        }


def made(step: Step, where: Callable[[str], Path]) -> Sums:
    """Return the checksum of each file that a step has made, or that lies in a folder that it has made."""
    return {
        name if path == where(name) else f"{name}/{path.relative_to(where(name)).as_posix()}": sum_of(path)
        for name in step.makes
        for path in files(where(name))
    }


def different(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names whose checksums are not the same."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _label(need: str) -> str:
    return f"what “{need}” makes"


@contextmanager
def progress(name: str) -> Iterator[None]:
    """Show on a terminal what is being done, and how long it took; stay quiet in a pipe."""
    shown = sys.stderr.isatty()
    if shown:
        print(f"  {name} …", end="\r", flush=True, file=sys.stderr)
    start = time.perf_counter()
    yield
    if shown:
        print(f"  {name:<28} {time.perf_counter() - start:5.1f} s", file=sys.stderr)
