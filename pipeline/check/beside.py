"""Run the suite in a second process, beside the steps that do not need its answer, and not again on unchanged input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from pipeline.check.findings import Finding
from pipeline.output import write_bytes
from pipeline.remember import checksum, libraries, package, rooms
from pipeline.store import open_store


class Checking:
    """A check on its way. Use it as a context manager: leaving it ends the process, whatever happened."""

    def __init__(self, store: Path, year: int, remembered: Path) -> None:
        """Make ready to check one year of a store, which need not stand yet: the libraries are imported meanwhile."""
        self._store, self._year, self._remembered = store, year, remembered
        self._key = ""
        self._known: list[Finding] | None = None
        self._stack = ExitStack()
        self._folder = ""
        self._process: subprocess.Popen[str] | None = None
        if not remembered.is_file():
            self._start()

    def begin(self) -> None:
        """Check, now that the store stands, unless the findings of the very same input are remembered."""
        self._key = _key(self._store, self._year)
        self._known = _recall(self._remembered, self._key)
        if self._known is None:
            process = self._process or self._start()
            if process.stdin:
                with suppress(BrokenPipeError):  # it has died: findings() says of what
                    process.stdin.write("\n")
                    process.stdin.flush()

    def _start(self) -> subprocess.Popen[str]:
        self._folder = self._stack.enter_context(TemporaryDirectory(prefix="aterrapport-check-"))
        self._process = self._stack.enter_context(_started(self._store, self._year, self._folder))
        return self._process

    def findings(self) -> list[Finding]:
        """Wait for the check and give its findings."""
        if not self._key:
            self.begin()
        if self._known is None and self._process:
            _, errors = self._process.communicate()
            if self._process.returncode:
                raise RuntimeError(f"checking failed: {errors.strip()}")
            content = json.loads((Path(self._folder) / "findings.json").read_text(encoding="utf-8"))
            write_bytes(
                self._remembered, json.dumps({"of": self._key, "findings": content}, ensure_ascii=False).encode()
            )
            self._known = [Finding(**each) for each in content]
        return self._known or []

    def __enter__(self) -> Checking:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.kill()
        self._stack.close()


def start_check(store: Path, year: int, remembered: Path) -> Checking:
    """Make ready to check one year of a store; `remembered` is where the findings of the last check are kept."""
    return Checking(store, year, remembered)


def _started(store: Path, year: int, folder: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline.check.suite", str(store), str(year), f"{folder}/findings.json", "wait"]
    # Great Expectations leaves temporary folders behind: they go with ours.
    environment = {**os.environ, "TMPDIR": folder, "TEMP": folder}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, stdin=pipe, stdout=nowhere, stderr=pipe, text=True, env=environment)


def _key(store: Path, year: int) -> str:
    """What the findings depend on: the year, the raw files, the rules and the code before them, the libraries."""
    with open_store(store) as connection:
        files = connection.sql("SELECT file, sha256 FROM source_files ORDER BY file").fetchall()
    return checksum(repr((year, files, libraries(), package("check", rooms()))).encode())


def _recall(remembered: Path, key: str) -> list[Finding] | None:
    try:
        content: dict[str, Any] = json.loads(remembered.read_text(encoding="utf-8"))
        return [Finding(**each) for each in content["findings"]] if content["of"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
