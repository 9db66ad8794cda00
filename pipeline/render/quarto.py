"""Rendering with Quarto, for those who have it: the executed notebook as one document in a staged project."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from pipeline.errors import UserError
from pipeline.markdown import with_own_scripts
from pipeline.paths import REPORTS
from pipeline.render import Format
from pipeline.render.document import EXTENSION, SETTINGS, Document, read_document, settings

# The extension's formats: what `quarto render --to` is given for each of ours.
FORMATS: dict[Format, str] = {"html": "aterrapport-html", "pdf": "aterrapport-typst"}


def make(
    notebook: Path, formats: Sequence[Format], page: Callable[[], Mapping[str, Any]] = dict
) -> dict[Format, bytes]:
    """Render an executed notebook to each format; `page` is as for the built-in renderer.

    Raises UserError when Quarto is missing, fails or finds a reference to nothing.
    """
    quarto = executable()
    document = read_document(notebook)
    with TemporaryDirectory() as folder:
        source = _stage(document, Path(folder), page() if "html" in formats else {})
        made = {kind: _run(quarto, Path(folder), source, kind) for kind in formats}
    if "html" in made:  # Quarto writes the page last: only now are its scripts known
        written = made["html"].decode().replace("script-src 'unsafe-inline'", "script-src 'none'", 1)
        made["html"] = with_own_scripts(written).encode()
    if "pdf" in made:
        from pipeline.render.pdf import finish

        made["pdf"] = finish(made["pdf"])
    return made


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


def _stage(document: Document, project: Path, page: Mapping[str, Any]) -> Path:
    """Lay out a project whose only report is the document, with nothing left to execute, and return its path there."""
    reports = project / REPORTS.name
    extension = reports / EXTENSION.relative_to(REPORTS)
    shutil.copytree(EXTENSION, extension)
    (extension / "page.json").write_text(json.dumps(dict(page)), encoding="utf-8")
    for settings_file in (SETTINGS, SETTINGS.with_name("_quarto.yml")):
        shutil.copyfile(settings_file, project / settings_file.name)
    source = (reports / document.name).with_suffix(".qmd")
    front = yaml.safe_dump({**document.front_matter, "engine": "markdown"}, allow_unicode=True)
    source.write_text(f"---\n{front}---\n\n{document.markdown}", encoding="utf-8")
    return source.relative_to(project)


def _run(quarto: str, project: Path, source: Path, kind: Format) -> bytes:
    # Not --quiet, which keeps warnings back too.
    command = [quarto, "render", str(source), "--to", FORMATS[kind]]
    environment = {**os.environ, "NO_COLOR": "1"}
    run = subprocess.run(command, cwd=project, env=environment, capture_output=True, encoding="utf-8", check=False)
    said = " ".join(f"{run.stdout} {run.stderr}".split())
    if run.returncode:
        why = said[max(said.find("ERROR"), 0) :] or f"exit status {run.returncode}, without a word"
        raise UserError(f"{source.name}: quarto failed: {why}")
    unknown = dict.fromkeys(re.findall(r"Unable to resolve crossref (@[\w-]+)", said))
    if unknown:
        raise UserError(f"{source.name}: unknown reference {', '.join(unknown)}")
    output: str = settings()["project"]["output-dir"]
    made = (project / output / source).with_suffix(f".{kind}")
    if not made.is_file():
        raise UserError(f"{source.name}: quarto made no {kind}; it said: {said or 'nothing'}")
    return made.read_bytes()
