"""What is known of a grant year: its files, who is in them, and what was made of them and is still of today's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.files import sum_of
from pipeline.money.decisions import FILE as DECISIONS
from pipeline.money.decisions import read_decisions
from pipeline.money.opened import stored
from pipeline.paths import Workspace
from pipeline.read import read_folder
from pipeline.record import Entry, read_record
from pipeline.store import query
from pipeline.year import Year

_RECIPIENTS = """
    SELECT b.municipality_code, m.municipality, b.requisitioned_kr, b.return_row IS NOT NULL AS returned
    FROM base_recipients AS b
    JOIN municipalities AS m USING (municipality_code)
    WHERE b.year = $year
    ORDER BY m.municipality COLLATE sv
"""
_OF_RETURNS = {"findings", "sample", "settlement", "report"}
_OF_ALL = _OF_RETURNS | {"allocation", "requisitions"}
# What is made of a raw file, by its name without ending; what is not here, everything is made of.
_MADE_OF: dict[str, set[str]] = {
    "returns": _OF_RETURNS,
    "themes": _OF_RETURNS,
    "published": _OF_RETURNS,
    "more": {"allocation", "requisitions"},
    "decisions": {"settlement"},
    "SOURCES": set(),
}
_STEPS = {"findings": "check", "report": "execute uppfoljning.qmd"}
"""What is made by steps of the line, with the step whose record tells of what."""
_LISTED = "SELECT municipality_code, amount_kr, key_count FROM allocations WHERE year = $year"


@dataclass(frozen=True)
class Standing:
    """A year's files and what was made of them. What is None has no file."""

    rules: Year
    folder: Path
    listed: pl.DataFrame | None
    """The distribution list: municipality_code, amount_kr, key_count."""
    recipients: pl.DataFrame | None
    """Who requisitioned: municipality_code, municipality, requisitioned_kr, returned."""
    has_returns: bool
    is_printed: bool
    """Figures of the year are known from print."""
    decisions: int | None
    made: Mapping[str, Path]
    """What was made, by its name in a status; only what is there."""
    stale: frozenset[str]
    """What was made before a raw file of the year changed."""

    def is_made(self, name: str) -> bool:
        """Tell whether something was made of the files as they are now."""
        return name in self.made and name not in self.stale

    @property
    def missing(self) -> list[str]:
        """Recipients without a return, by name."""
        if self.recipients is None:
            return []
        names: list[str] = self.recipients.filter(~pl.col("returned"))["municipality"].to_list()
        return names

    def findings(self) -> Counter[str]:
        """Count the findings of the last check by severity."""
        return Counter(read_table(self.made["findings"])["severity"].to_list())

    def is_without_amounts(self) -> bool:
        """Tell whether somebody in the distribution list has no amount yet."""
        return self.listed is not None and self.listed["amount_kr"].null_count() > 0

    def has_counts(self) -> bool:
        """Tell whether the distribution list has the key's counts of everybody in it."""
        return self.listed is not None and len(self.listed) > 0 and self.listed["key_count"].null_count() == 0


def standing(year: int, workspace: Workspace) -> Standing:
    """Look at a year. UserError for files that cannot be read; nothing is written."""
    workspace.years(year)
    folder = workspace.raw(year)
    data = read_folder(folder, f"raw/{year}")
    decided = read_decisions(folder, f"raw/{year}", data.rules)
    with stored([data]) as (_, connection):
        listed = query(connection, _LISTED, year=year)
        recipients = query(connection, _RECIPIENTS, year=year)
    made = {name: path for name, path in _makes(year, workspace).items() if path.is_file()}
    record = read_record(workspace.made(year) / ".made.json")
    return Standing(
        rules=data.rules,
        folder=folder,
        listed=listed if data.has("allocations") else None,
        recipients=recipients if data.has("requisitions") else None,
        has_returns=data.has("returns"),
        is_printed=data.published is not None,
        decisions=sum(map(len, decided.claims.values())) if (folder / DECISIONS).is_file() else None,
        made=made,
        stale=frozenset(name for name, path in made.items() if _is_stale(name, path, year, workspace, record)),
    )


def read_table(path: Path) -> pl.DataFrame:
    """Read a CSV file that a command has made, every cell as text."""
    return pl.read_csv(path, infer_schema=False)


def _makes(year: int, workspace: Workspace) -> dict[str, Path]:
    made, out = workspace.made(year), workspace.out / str(year)
    return {
        "allocation": made / "allocation.csv",
        "requisitions": made / "requisitions.csv",
        "findings": made / "findings.csv",
        "sample": made / "review_sample.csv",
        "settlement": made / "settlement.csv",
        "report": out / "uppfoljning.html",
    }


def _is_stale(name: str, path: Path, year: int, workspace: Workspace, record: Mapping[str, Entry]) -> bool:
    """Return whether a raw file that this was made of is another one since: by its checksum where the record knows it.

    What is not made by a step of the line is compared by the time of its file.
    """
    files = {raw: file for raw, file in workspace.raw_files(year).items() if _is_made_of(name, raw)}
    entry = record.get(_STEPS.get(name, ""))
    if entry is None or entry["made"].get(f"processed/{year}/{path.name}", sum_of(path)) != sum_of(path):
        return any(file.stat().st_mtime_ns > path.stat().st_mtime_ns for file in files.values())
    before = {
        raw: of for raw, of in entry["inputs"].items() if raw.startswith(f"raw/{year}/") and _is_made_of(name, raw)
    }
    return before != {raw: sum_of(file) for raw, file in files.items()}


def _is_made_of(name: str, raw: str) -> bool:
    return name in _MADE_OF.get(Path(raw).stem, _OF_ALL)
