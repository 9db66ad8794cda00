"""Data folders for tests: small ones written by hand, and the real ones copied."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.check.findings import Finding
from pipeline.check.suite import check_store

PROJECT = Path(__file__).parent.parent
RAW = PROJECT / "data" / "raw"

SUBMITTED_ON = """\
[[question]]
id = "submitted_on"
kind = "date"
asked = "all"
column = "Inskickad"
text = { sv = "Inskickad", en = "Submitted on" }
"""

YEAR_TOML = """\
year = {year}
[grant]
name = {{ sv = "Bidrag", en = "Grant" }}
available_kr = {available_kr}
redistributes = {redistributes}
[[question]]
id = "recipient"
kind = "text"
asked = "all"
column = "Mottagare"
text = {{ sv = "Mottagare", en = "Recipient" }}
required = true
[[question]]
id = "unused_kr"
kind = "money"
asked = "recipients"
column = "Oanvänt belopp (kr)"
text = {{ sv = "Oanvänt belopp", en = "Unused amount" }}
required = true
"""


def real_data(target: Path) -> Path:
    """Copy the project's raw data, and give the data folder."""
    shutil.copytree(RAW, target / "data" / "raw")
    return target / "data"


def small_data(
    target: Path,
    *,
    recipients: Iterable[Sequence[Any]] = (("Ale", 1000), ("Aneby", 2000), ("Malmö", 3000)),
    returns: Iterable[Sequence[Any]] = (("Ale", 0), ("Aneby", 500), ("Malmö", 3000)),
    allocation: Iterable[Sequence[Any]] | None = None,
    year: int = 2024,
    available_kr: int = 10_000,
    redistributes: bool = False,
    header: Sequence[str] = ("Mottagare", "Oanvänt belopp (kr)"),
) -> Path:
    """Write the folder of one year and give the data folder."""
    folder = target / "data" / "raw" / str(year)
    folder.mkdir(parents=True)
    rules = YEAR_TOML.format(year=year, available_kr=available_kr, redistributes=str(redistributes).lower())
    rules += SUBMITTED_ON if "Inskickad" in header else ""
    (folder / "year.toml").write_text(rules, encoding="utf-8")
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), recipients)
    write_csv(folder / "returns.csv", header, returns)
    if allocation is not None:
        write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr"), allocation)
    return target / "data"


def retitled(table: str, title: str) -> str:
    """A table that any grant has, as a project declares it in its place: its Swedish title begins with other words."""
    common = (PROJECT / "pipeline" / "tables.toml").read_text(encoding="utf-8")
    start = common.index(f'[[table]]\nid = "{table}"')
    block = common[start : common.find("[[table]]", start + 1)]
    return "\n" + block.replace('title = { sv = "', f'title = {{ sv = "{title} ', 1)


def aterrapport(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main(sys.argv[1:]))"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    run = [*command, *map(str, arguments)]
    return subprocess.run(run, env=environment, capture_output=True, encoding="utf-8", check=False)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class CheckedHere:
    """Checking without a second process: importing Great Expectations once is enough for many tests."""

    def __init__(self, year: int) -> None:
        self.year = year

    def findings(self, store: Path) -> list[Finding]:
        return check_store(store, self.year)

    def __enter__(self) -> CheckedHere:
        return self

    def __exit__(self, *_: object) -> None:
        pass
