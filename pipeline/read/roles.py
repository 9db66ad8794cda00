"""The files of a year's folder: each role has its names, whatever their case; what has none of them nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.paths import is_left_lying
from pipeline.qmd import places
from pipeline.year import Language

TEXTS = "texts"
"""The folder of what analysts write, in a year's folder; a text may lie in the year's folder itself, too."""
LANGUAGES: tuple[Language, ...] = ("sv", "en")
_TABLE, _DATA = (".csv", ".xlsx"), (".toml",)
ROLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("allocation", "recipients", "more", "returns", "themes"), _TABLE),
    **dict.fromkeys(("corrections", "decisions"), (*_DATA, *_TABLE)),
    "published": _DATA,
}
"""The endings that the file of each role may have."""
_BESIDE = {"year.toml", "tables.toml", "sources.md"}


def find_file(folder: Path, role: str, shown_as: str) -> Path | None:
    """Return the file of a role, None when there is none. UnreadableInputError when there are two, or it is no file.

    A role is a key of ROLES, or a text by name and language, such as `background.sv`.
    """
    names, folders = _names(role), [folder] if role in ROLES else [folder, folder / TEXTS]
    inside = (path for one in folders if one.is_dir() for path in sorted(one.iterdir()))
    there = [path for path in inside if path.name.casefold() in names]
    for path in there:
        if not path.is_file():
            problem = "a folder that is called as a file is" if path.is_dir() else "a link to nothing"
            file = f"{shown_as}/{path.relative_to(folder).as_posix()}"
            raise UnreadableInputError(problem, file=file, expected="a file", todo="rename or remove it")
    if len(there) > 1:
        found = " and ".join(path.relative_to(folder).as_posix() for path in reversed(there))
        raise UnreadableInputError(
            "the same file twice", file=shown_as, found=found, expected="one of them", todo="remove the other"
        )
    return there[0] if there else None


def is_table(path: Path) -> bool:
    """Return whether a file is a table that somebody put there."""
    return path.is_file() and path.suffix.lower() in _TABLE and not is_left_lying(path)


def not_read(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield what lies in the folder without a role: its name, and the names it should have if it begins like one."""
    texts = {f"{place}.{language}" for place in places() for language in LANGUAGES}
    of_texts = {name for role in texts for name in _names(role)}
    known = {name for role in ROLES for name in _names(role)} | of_texts | _BESIDE
    for path in sorted(folder.iterdir()):
        name = path.name.casefold()
        if path.is_dir() and path.name in ("returns", TEXTS):
            for inside in sorted(path.iterdir()):
                is_read = is_table(inside) if path.name == "returns" else inside.name.casefold() in of_texts
                if not is_read and not is_left_lying(inside):
                    near = get_close_matches(inside.name.casefold(), of_texts, n=1, cutoff=0.7)
                    others = near or [f"{', '.join(places())}, with .sv.md or .en.md"]
                    expected = "…" + " or …".join(_TABLE) if path.name == "returns" else others[0]
                    yield f"{path.name}/{inside.name}", expected
        elif not (name in known and path.is_file()) and not is_left_lying(path):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            roles = (*ROLES, *sorted(texts))
            role = next((role for role in roles if name.startswith(role) or (near and near[0].startswith(role))), None)
            yield path.name, " or ".join(_names(role)) if role else None


def _names(role: str) -> list[str]:
    return [f"{role}{ending}" for ending in ROLES.get(role, (".md",))]
