"""The files of a year's folder: each role has its names, whatever their case; what has none of them nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.paths import is_left_lying
from pipeline.year import Language

TEXTS = ("activities", "assessment", "quality")
LANGUAGES: tuple[Language, ...] = ("sv", "en")
_TABLE, _DATA = (".csv", ".xlsx"), (".toml",)
ROLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("allocation", "recipients", "more", "returns", "themes"), _TABLE),
    **dict.fromkeys(("corrections", "decisions"), (*_DATA, *_TABLE)),
    "published": _DATA,
    **{f"{name}.{language}": (".md",) for name in TEXTS for language in LANGUAGES},
}
"""The endings that the file of each role may have."""
_BESIDE = {"year.toml", "sources.md"}


def find_file(folder: Path, role: str, shown_as: str) -> Path | None:
    """Return the file of a role, None when there is none. UnreadableInputError when there are two, or it is no file."""
    names = _names(role)
    there = [path for path in sorted(folder.iterdir()) if path.name.casefold() in names]
    for path in there:
        if not path.is_file():
            problem = "a folder that is called as a file is" if path.is_dir() else "a link to nothing"
            raise UnreadableInputError(
                problem, file=f"{shown_as}/{path.name}", expected="a file", todo="rename or remove it"
            )
    if len(there) > 1:
        found = " and ".join(path.name for path in reversed(there))
        raise UnreadableInputError(
            "the same file twice", file=shown_as, found=found, expected="one of them", todo="remove the other"
        )
    return there[0] if there else None


def is_table(path: Path) -> bool:
    """Return whether a file is a table that somebody put there."""
    return path.is_file() and path.suffix.lower() in _TABLE and not is_left_lying(path)


def not_read(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield what lies in the folder without a role: its name, and the names it should have if it begins like one."""
    known = {name for role in ROLES for name in _names(role)} | _BESIDE
    for path in sorted(folder.iterdir()):
        name = path.name.casefold()
        if path.is_dir() and path.name == "returns":
            others = [inside for inside in sorted(path.iterdir()) if not is_table(inside) and not is_left_lying(inside)]
            yield from ((f"{path.name}/{inside.name}", "…" + " or …".join(_TABLE)) for inside in others)
            continue
        if not (name in known and path.is_file()) and not is_left_lying(path):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            role = next((role for role in ROLES if name.startswith(role) or (near and near[0].startswith(role))), None)
            yield path.name, " or ".join(_names(role)) if role else None


def _names(role: str) -> list[str]:
    return [f"{role}{ending}" for ending in ROLES[role]]
