"""`aterrapport synthesize`: a returns file with real amounts and made-up answers. tools/synthesize does the work."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError
from pipeline.paths import Workspace


def run(year: int, seed: int, to: Path, workspace: Workspace) -> None:
    """Make up the answers of a year and write them to a file. UserError when they cannot be, or outside a clone."""
    try:
        from tools.synthesize.command import run as synthesize
    except ModuleNotFoundError:
        raise UserError("synthesize belongs to the project's own folder; run it from a clone") from None
    synthesize(year, seed, to, workspace)
