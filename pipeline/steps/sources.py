"""The sources of a report: where each edition's is, and the files beside it that cells and renderers read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.markdown import ADDRESS

if TYPE_CHECKING:
    from pipeline.year import Language

SOURCES: Mapping[Language, str] = {"sv": "uppfoljning", "en": "uppfoljning.en"}
Files = Mapping[str, Path]


def read_by_cells(reports: Path) -> dict[str, Path]:
    """Return every file beside the reports' sources that a cell may read, such as tables.toml and phrases.toml."""
    kinds = (".toml", ".py", ".csv", ".json", ".sql", ".md", ".j2")
    found = [path for path in sorted(reports.iterdir()) if path.is_file() and path.suffix in kinds]
    return {f"reports/{path.name}": path for path in found}


def read_by_renderers(reports: Path) -> dict[str, Path]:
    """Return what the renderers read, and the page of findings."""
    extension = {"reports/_extensions": reports / "_extensions"}
    return extension | {name: reports.parent / name for name in ("_quarto.yml", "quarto.yml")}


def find_source(reports: Path, language: Language) -> Path:
    """Return the source of an edition. UserError when there is none."""
    path = reports / f"{SOURCES[language]}.qmd"
    if not path.is_file():
        raise UserError(f"reports/{path.name}: there is no source for a report in this language (--lang {language})")
    return path


def text_of(source: Path) -> str:
    """Return the text of a source. UserError when it is not UTF-8."""
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"reports/{source.name}: not UTF-8 text; save it as UTF-8") from None


def addresses(notebook: bytes) -> bytes:
    """Return what the explanations of a page's numbers are made of: which numbers these are."""
    return "\n".join(dict.fromkeys(ADDRESS.findall(notebook.decode()))).encode()


def text_gaps(language: Language, source: Path, raw: Files, notebook: str) -> list[str]:
    """Say which of the analysts' texts an edition does not show, and which are not there in its language."""
    files = [path.name.split(".") for path in raw.values()]
    texts = {each: {name[0] for name in files if name[1:] == [each, "md"]} for each in SOURCES}
    told = {
        f"texts that {source.name} has no place for this year": [
            name for name in texts[language] if not re.search(rf"data-text={name}\b", notebook)
        ],
        f"texts that are not there for {source.name}": set().union(*texts.values()) - texts[language],
    }
    return [f"{what}: {', '.join(sorted(names))}" for what, names in told.items() if names]
