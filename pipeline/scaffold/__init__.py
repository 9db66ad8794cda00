"""A new grant: a project folder that builds, with an example in it to be replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.errors import UserError
from pipeline.files import put_in_place, staged
from pipeline.paths import Workspace

FILES = Path(__file__).parent / "files"
_ANY_GRANT = (
    "_quarto.yml", "quarto.yml", "reports/_extensions", "reports/phrases.toml", "reports/review.toml",
    "reports/constants.toml", "reports/accessibility.toml", "reports/accessibility.sv.md",
    "reports/accessibility.en.md", "reports/sentences.sv.md.j2", "reports/sentences.en.md.j2",
)  # fmt: skip
"""What the report of any grant is made with: copied from the project that the command works in."""


def new_grant(folder: Path, year: int, workspace: Workspace) -> None:
    """Make a project folder with one example year, and print what to run. UserError when the folder is there."""
    if folder.exists():
        raise UserError(f"{folder}: exists already; nothing was changed. Choose another folder")
    with staged(folder.parent) as stage:
        made = stage / folder.name
        shutil.copytree(FILES, made)
        for name in _ANY_GRANT:
            source, target = workspace.project / name, made / name
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        (made / "data/raw/YEAR").rename(made / f"data/raw/{year}")
        rules = made / f"data/raw/{year}/year.toml"
        rules.write_text(rules.read_text(encoding="utf-8").replace("year = YEAR", f"year = {year}"), encoding="utf-8")
        put_in_place({folder: made})
    print(f"{folder}: a project that builds; all in it is an example")
    print(f"next: aterrapport --project {folder} build {year}; then replace data/raw/{year}, and reports/ as you need")
