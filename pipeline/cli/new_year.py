"""`aterrapport new-year`: the folder of a new grant year, with what must be filled in marked."""

from __future__ import annotations

from pipeline.cli.status import in_full
from pipeline.grant.new_year import make_folder
from pipeline.paths import Workspace


def run(year: int, source: int, workspace: Workspace) -> None:
    """Make the folder of a year from an earlier one, and say what comes next. UserError: nothing is made."""
    form_of = make_folder(year, source, workspace)
    folder = workspace.raw(year)
    print(f"{folder}: year.toml and SOURCES.md, begun from {source}")
    if form_of is None:
        print("form: no earlier year has one; add its questions to year.toml")
    elif form_of != source:
        print(f"form: that of {form_of}, for {source} has none; compare it with the real one")
    else:
        print(f"form: that of {source}; compare it with the real one")
    print(f"next: fill in {folder / 'year.toml'}; this says what is left:")
    print(f"  {in_full(f'aterrapport status {year}', workspace)}")
