"""Where things lie: raw data, what is made of it, and the report's sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError

REPORTS = Path(__file__).resolve().parent.parent / "reports"
"""Report sources, tables.toml and the extension: beside the package, in the project."""


@dataclass(frozen=True)
class Workspace:
    """The data folder (raw/ and processed/) and the folder of finished reports."""

    data: Path
    out: Path

    @property
    def processed(self) -> Path:
        """What code makes."""
        return self.data / "processed"

    @property
    def store(self) -> Path:
        """The DuckDB file."""
        return self.processed / "aterrapport.duckdb"

    def raw(self, year: int) -> Path:
        """Folder of one grant year."""
        return self.data / "raw" / str(year)

    def made(self, year: int) -> Path:
        """Tables, findings and executed notebooks of one year."""
        return self.processed / str(year)

    def years(self, upto: int) -> list[int]:
        """Grant years with a folder, up to and with `upto`. UserError when that one is missing."""
        raw = self.data / "raw"
        if not raw.is_dir():
            raise UserError(f"{raw}: folder is missing; expected the raw data of each year in it; check --data")
        years = sorted(int(folder.name) for folder in raw.iterdir() if folder.is_dir() and folder.name.isdecimal())
        if upto not in years:
            there = ", ".join(map(str, years)) or "none"
            raise UserError(
                f"{self.raw(upto)}: folder is missing; years there: {there}; add the folder or choose another year"
            )
        return [year for year in years if year <= upto]
