"""Rendering with Quarto, for those who have it: the executed notebook in a staged project, nothing executed again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import UserError
from pipeline.paths import REPORTS
from pipeline.render import Format
from pipeline.render.document import EXTENSION, SETTINGS, read_document, settings

# The extension's formats: what `quarto render --to` is given for each of ours.
FORMATS: dict[Format, str] = {"html": "aterrapport-html", "pdf": "aterrapport-typst"}


def make(notebook: Path, formats: Sequence[Format]) -> dict[Format, bytes]:
    """Render an executed notebook to each format. UserError when Quarto is missing or fails."""
    quarto = executable()
    read_document(notebook)  # the same demands as the built-in renderer's
    with TemporaryDirectory() as folder:
        source = _stage(notebook, Path(folder))
        return {kind: _run(quarto, Path(folder), source, kind) for kind in formats}


def executable() -> str:
    """Find Quarto: the environment's QUARTO, else the one on PATH."""
    named = os.environ.get("QUARTO")
    found = shutil.which(named or "quarto")
    if found is None:
        where = f"QUARTO={named}" if named else "not on PATH"
        raise UserError(
            f"Quarto is missing ({where}): install it from quarto.org, "
            "or leave out --renderer quarto; the built-in renderer needs nothing"
        )
    return found


def _stage(notebook: Path, project: Path) -> Path:
    """Lay out a project as Quarto wants it: a notebook outside `project.render` would lose its settings silently."""
    reports = project / REPORTS.name
    shutil.copytree(EXTENSION, reports / EXTENSION.relative_to(REPORTS))
    for settings_file in (SETTINGS, SETTINGS.with_name("_quarto.yml")):
        shutil.copyfile(settings_file, project / settings_file.name)
    return Path(shutil.copyfile(notebook, reports / notebook.name)).relative_to(project)


def _run(quarto: str, project: Path, source: Path, kind: Format) -> bytes:
    # --quiet, not -q: with -q a failure says nothing.
    command = [quarto, "render", str(source), "--to", FORMATS[kind], "--quiet"]
    run = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    said = " ".join(f"{run.stderr} {run.stdout}".split())
    if run.returncode:
        raise UserError(f"{source.name}: quarto failed: {said or f'exit status {run.returncode}, without a word'}")
    output: str = settings()["project"]["output-dir"]
    made = (project / output / source).with_suffix(f".{kind}")
    if not made.is_file():
        raise UserError(f"{source.name}: quarto made no {kind}; it said: {said or 'nothing'}")
    return made.read_bytes()
