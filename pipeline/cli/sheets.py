"""`aterrapport sheets`: writes the page of each municipality and region, as HTML and as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import UserError
from pipeline.paths import Workspace
from pipeline.year import Language


def sheets(year: int, only: str | None, languages: Sequence[Language], workspace: Workspace) -> None:
    """Write the sheets into sheets/ beside the report: those of all, or of one municipality or region.

    Raise UserError, with nothing written, for one that is not known, or a year without recipients or returns.
    """
    from pipeline.files import put_in_place, staged
    from pipeline.letters.sheet_pages import write_sheets
    from pipeline.letters.sheets import Sheets, all_codes
    from pipeline.steps.build import build, make_plan
    from pipeline.steps.engine import progress
    from pipeline.steps.line import Line, Order
    from pipeline.store import open_store
    from pipeline.year import read_year

    order = Order("tables", year)
    if any(make_plan(Line(order, workspace)).why.values()):
        build(order, workspace)
    codes = all_codes() if only is None else [_code(only)]
    target = workspace.out / str(year) / "sheets"
    with open_store(workspace.store) as connection:
        there = connection.execute("SELECT has_requisitions AND has_returns FROM grant_years WHERE year = ?", [year])
        if not there.fetchall()[0][0]:
            raise UserError(f"{workspace.raw(year)}: the sheets need recipients.csv and returns.xlsx or returns.csv")
        with progress("sheets"), staged(workspace.processed) as stage:
            made = list[Path]()
            for language in languages:
                written = Sheets(connection, read_year(workspace.raw(year), f"raw/{year}"), language)
                made += write_sheets(written, codes, language, stage)
            put_in_place({target / path.name: path for path in made})
    print(*([target] if only is None else [target / path.name for path in made]), sep="\n")


def _code(only: str) -> str:
    """Return whose sheet is asked for: a municipality by name or code, a region by its whole name or `region-12`."""
    from pipeline.register import match, of_code, regions

    asked, found = only.casefold(), match(only)
    for region in regions().values():
        names = (region.name, region.short_name, f"{region.short_name} län", f"region-{region.code}", region.code)
        is_whole = asked in (region.name.casefold(), f"region-{region.code}")
        if is_whole or (found.municipality_code is None and asked in map(str.casefold, names)):
            return f"region-{region.code}"
    code = found.municipality_code or (known.code if (known := of_code(only)) else None)
    if code is None:
        near = f"did you mean {' or '.join(found.suggestions)}?" if found.suggestions else "see docs/commands.md"
        raise UserError(f"--only {only}: no municipality or region; {near}")
    return code
