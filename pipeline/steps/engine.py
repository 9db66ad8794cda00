"""Steps: which of them are due and why, running them side by side, and the record of what each was made of.

A step is due when the checksum of anything that it is made of differs from the record, or when what it made is not as
it was made. Dates count for nothing.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.files import checksum, files, sum_of, write_text

Sums = dict[str, str]
"""Checksums by what they are of."""
Entry = dict[str, Any]
"""What is known of a finished step: `inputs` and `made` (checksums), `said` (lines)."""

_FORMAT = 2
_NAMED = 3
_LINE = 60  # what a shorter line is filled to, so that nothing is left of the one before


class Record:
    """The finished steps, each in the file that `path` names for it. A file that cannot be read counts as empty."""

    def __init__(self, path: Callable[[str], Path], names: Iterable[str]) -> None:
        """Read the files of these steps, and of others that stand in them."""
        self.path = path
        self.steps: dict[str, Entry] = {}
        for file in dict.fromkeys(map(path, names)):
            self.steps |= read_record(file)

    def update(self, steps: Mapping[str, Entry | None]) -> None:
        """Put steps in when all that they made is in place, or take them out (None) before it is touched."""
        self.steps = {name: entry for name, entry in {**self.steps, **steps}.items() if entry is not None}
        for file in dict.fromkeys(map(self.path, steps)):
            its = {name: entry for name, entry in self.steps.items() if self.path(name) == file}
            content = json.dumps({"format": _FORMAT, "steps": its}, ensure_ascii=False, indent=1, sort_keys=True)
            write_text(file, f"{content}\n")


def read_record(file: Path) -> dict[str, Entry]:
    """Return the entries of a record's file, by step; none when it cannot be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        steps: dict[str, Entry] = content["steps"] if content["format"] == _FORMAT else {}
        return {name: entry for name, entry in steps.items() if _is_whole(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_whole(entry: Entry) -> bool:
    texts = [*entry["inputs"].values(), *entry["made"].values(), *entry["said"]]
    return isinstance(entry["said"], list) and all(isinstance(text, str) for text in texts)


@dataclass(frozen=True)
class Step:
    """One row of the table of steps."""

    name: str
    needs: Sequence[str]  # steps before it in the table: it is made of what they make
    code: Mapping[str, str]  # checksums of the code that it runs
    files: Mapping[str, Path]  # what it reads besides, by the names that a user knows
    makes: Sequence[str]  # files or folders, by their names in the record
    run: Callable[[Job], Sequence[str] | None]  # makes them in the stage, and returns what to tell the user, each time
    options: Mapping[str, str] = field(default_factory=dict)  # what the command chose
    reads: Callable[[bytes], bytes] = bytes  # what it takes of the files that its needs make
    same_bytes: bool = True  # False: never the same bytes twice; what needs it is made of its inputs instead
    early: bool = False  # starts at once, and calls `Job.wait` when it wants what it needs
    always: str = ""  # why it is done each time


@dataclass(frozen=True)
class Job:
    """A step at work: where to find what it needs, and where to make its files."""

    step: Step
    where: Callable[[str], Path]  # returns a file of the record: in the stage when this run has made it, or its place
    stage: Path
    wait: Callable[[], None]

    def new(self, at: int = 0) -> Path:
        """Return the path in the stage of what the step makes; make the folder around it."""
        path = self.stage / self.step.makes[at]
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class Plan:
    """Which of these steps are due, and why, and the running of them; needs stand before what needs them."""

    def __init__(self, steps: Iterable[Step], place: Callable[[str], Path], record: Record, force: bool = False):
        """Take the checksums of all inputs, and compare them. `place` returns where a file of the record belongs."""
        self.steps = {step.name: step for step in steps}
        self.place, self.record, self.force = place, record, force
        self.stage = Path()  # where files are made before any is put in place
        self.inputs: dict[str, Sums] = {}
        self.why: dict[str, str] = {}
        """Empty for a step that is not due."""
        self.finished: dict[str, Entry] = {}
        self._futures: dict[str, Future[None]] = {}
        for step in self.steps.values():
            inputs: Sums = {}
            for need in step.needs:
                inputs |= {} if self.steps[need].same_bytes else self.inputs[need]
            inputs |= {**step.options, **{label: sum_of(path) for label, path in step.files.items()}, **step.code}
            self.inputs[step.name] = inputs
            self.why[step.name] = self.reason(step, place)

    def lines(self) -> list[str]:
        """Return what would be done with each step, and why."""
        return [f"{name}: {why or 'nothing to do'}" for name, why in self.why.items()]

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
        if changed := different(before, now):
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            return f"changed: {', '.join(changed[:_NAMED])}{more}"
        if damaged := different(entry["made"], _made(step, self.place)):
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

    def run(self, stage: Path) -> Exception | None:
        """Run what is due side by side, each step when what it needs is there, and make its files in the stage.

        Return the first failure, in the order of the table; what needs a failed step is not run.
        """
        self.stage, due = stage, [step for step in self.steps.values() if self.why[step.name]]
        with ThreadPoolExecutor(max(len(due), 1)) as pool:
            for step in due:  # what a step needs stands before it
                self._futures[step.name] = pool.submit(self._do, step)
            failures = [future.exception() for future in self._futures.values()]
        failure = next((failure for failure in failures if failure), None)
        if failure is None or isinstance(failure, Exception):
            return failure
        raise failure

    def _where(self, name: str) -> Path:
        return self.stage / name if (self.stage / name).exists() else self.place(name)

    def _do(self, step: Step) -> None:
        needs = [need for need in step.needs if need in self._futures]

        def wait() -> None:
            for need in needs:
                self._futures[need].result()

        if not step.early:
            wait()
            if not self.reason(step, self._where, frozenset(needs)):
                return
        try:
            with progress(step.name, len(self.finished), len(self._futures)):
                said = step.run(Job(step, self._where, self.stage, wait))
        except OSError as error:
            error.add_note(f"while “{step.name}” was made")
            raise
        made = _made(step, lambda name: self.stage / name)
        self.finished[step.name] = {"inputs": self.made_of(step, self._where), "made": made, "said": list(said or ())}


def _made(step: Step, where: Callable[[str], Path]) -> Sums:
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
def progress(name: str, done: int = 0, of: int = 0) -> Iterator[None]:
    """Say on stderr what was done, a line a step with its time; on a terminal also what is being done, with a bar.

    A pipe stays quiet, for who reads it wants errors alone; a file, such as a log, has the lines, and so has whatever
    there is when ATERRAPPORT_PROGRESS is set.
    """
    is_seen = sys.stderr.isatty()
    if is_seen:
        bar = f"[{'#' * done}{'.' * (of - done)}] " if of else ""
        print(f"  {bar}{name} …".ljust(_LINE), end="\r", flush=True, file=sys.stderr)
    start = time.perf_counter()
    yield
    if is_seen or _is_wanted():
        said = f"  {name:<28} {time.perf_counter() - start:5.1f} s".ljust(_LINE * is_seen)
        print(f"{said}\n", end="", flush=True, file=sys.stderr)  # at once: steps run side by side


def _is_wanted() -> bool:
    if os.environ.get("ATERRAPPORT_PROGRESS"):
        return True
    with suppress(OSError, ValueError):
        return stat.S_ISREG(os.fstat(sys.stderr.fileno()).st_mode)
    return False
