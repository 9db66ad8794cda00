"""Run the suite in a second process, beside the steps that do not need its answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.check.findings import Finding


@dataclass(frozen=True)
class Checking:
    """A check on its way. Use it as a context manager: leaving it ends the process, whatever happened."""

    process: subprocess.Popen[str]
    folder: TemporaryDirectory[str]

    def findings(self) -> list[Finding]:
        """Wait for the check and give its findings."""
        _, errors = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError(f"checking failed: {errors.strip()}")
        content = (Path(self.folder.name) / "findings.json").read_text(encoding="utf-8")
        return [Finding(**finding) for finding in json.loads(content)]

    def __enter__(self) -> Checking:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        self.folder.cleanup()


def start_check(store: Path, year: int) -> Checking:
    """Begin to check one year of the store."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="aterrapport-check-")
    command = [sys.executable, "-m", "pipeline.check.suite", str(store), str(year), f"{folder.name}/findings.json"]
    # Great Expectations leaves temporary folders behind: they go with ours.
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": folder.name, "TEMP": folder.name},
    )
    return Checking(process, folder)
