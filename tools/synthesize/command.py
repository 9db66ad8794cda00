"""`aterrapport synthesize`: a returns file with real amounts and made-up answers."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError
from pipeline.money.years import in_store
from pipeline.paths import Workspace, hold_target
from pipeline.read import read_folder
from pipeline.steps.engine import progress
from pipeline.store import query
from tools.synthesize.amounts import Amounts
from tools.synthesize.answers import synthesize
from tools.synthesize.write import write_returns

_AMOUNTS = """
    SELECT recipient, municipality_code, requisitioned_kr, unused_kr FROM base_recipients
    WHERE year = $year ORDER BY municipality_code
"""


def run(year: int, seed: int, to: Path, workspace: Workspace) -> None:
    """Make up the answers of a year and write them to a file outside the raw data. UserError when they cannot be."""
    workspace.years(year)
    hold_target("--to", to, (".xlsx", ".csv"), workspace)
    data = read_folder(workspace.raw(year), f"raw/{year}")
    if data.published is None:
        raise UserError(f"raw/{year}/published.toml: file is missing; expected the printed figures to reproduce")
    with in_store([data]) as (_, connection):
        rows = query(connection, _AMOUNTS, year=year).rows()
    unknown = [recipient for recipient, _, _, unused in rows if unused is None]
    if not rows or unknown:
        who = f"{unknown[0]} has no return" if unknown else "there are no recipients"
        raise UserError(f"raw/{year}: {who}; expected the unused amount of every recipient")
    with progress("make up answers"):
        write_returns(synthesize(data.rules, data.published, [Amounts(*row) for row in rows], seed), to)
    print(f"{to}: {len(rows)} returns with real amounts and MADE-UP answers (seed {seed})")
