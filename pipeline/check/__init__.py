"""Rules as data, checked with Great Expectations in a second process; findings that somebody can act on."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.check.findings import Finding, as_json, read_findings, stop_if_critical, summary, write_findings
from pipeline.errors import UserError

__all__ = ["Finding", "as_json", "read_findings", "start_check", "stop_if_critical", "summary", "write_findings"]


class Checking:
    """A process that imports what it needs, which takes longest, and waits for a store. Leaving the context ends it."""

    def __init__(self, year: int, on: date | None = None) -> None:
        """Start the process. `on` is the day that the year is seen from; without one all time is out."""
        self._folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self._found = Path(self._folder.name) / "findings.json"
        command = [sys.executable, "-m", "pipeline.check.suite", str(year), str(self._found), str(on or "")]
        # Great Expectations leaves temporary folders behind: they go with ours. Our end of its input stays open as long
        # as it is wanted: it ends when that is closed, also when this process is killed.
        environment = {**os.environ, "TMPDIR": self._folder.name, "TEMP": self._folder.name}
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=nowhere, stderr=pipe, encoding="utf-8", env=environment
        )

    def findings(self, store: Path) -> list[Finding]:
        """Check the store and return its findings, the gravest first."""
        assert self._process.stdin and self._process.stderr  # noqa: S101  both are pipes
        with suppress(BrokenPipeError):  # it has ended, and says why
            self._process.stdin.write(f"{store}\n")
            self._process.stdin.flush()
        errors = self._process.stderr.read()
        if self._process.wait() == UserError.status:
            raise UserError(f"the check stopped: {errors.strip()}")
        if self._process.returncode:
            raise RuntimeError(f"checking failed: {errors.strip()}")
        return read_findings(self._found)

    def __enter__(self) -> Checking:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


def start_check(year: int, on: date | None = None) -> Checking:
    """Start a process to check one year of a store, which need not be there yet, as seen from a day."""
    return Checking(year, on)
