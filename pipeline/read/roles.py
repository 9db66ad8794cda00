"""The files of a year's folder: each role has its names, whatever their case; what has none of them nobody reads."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import UnreadableInputError
from pipeline.markdown import places
from pipeline.model import Language
from pipeline.paths import is_left_lying

RETURNS, TEXTS = "returns", "texts"
"""Folders in a year's folder: of returns that come one by one, and of what analysts write, which may lie beside it."""
LANGUAGES: tuple[Language, ...] = ("sv", "en")
_TABLE, _DATA = (".csv", ".xlsx"), (".toml",)
_ROLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("allocation", "recipients", "more", "returns", "themes"), _TABLE),
    **dict.fromkeys(("corrections", "decisions"), (*_DATA, *_TABLE)),
    "published": _DATA,
}  # the endings that the file of each may have
_BESIDE = {"year.toml", "tables.toml", "sources.md"}


def find_file(folder: Path, role: str, shown_as: str) -> Path | None:
    """Return the file of a role (`returns`, or a text such as `background.sv`), None without one. UnreadableInputError
    when there are two, or it is no file."""
    folders = [folder] if role in _ROLES else [folder, folder / TEXTS]
    inside = (path for one in folders if one.is_dir() for path in sorted(one.iterdir()))
    there = {path.relative_to(folder).as_posix(): path for path in inside if path.name.casefold() in _names(role)}
    for name, path in there.items():
        if not path.is_file():
            problem = "a folder that is called as a file is" if path.is_dir() else "a link to nothing"
            file, todo = f"{shown_as}/{name}", "rename or remove it"
            raise UnreadableInputError(problem, file=file, expected="a file", todo=todo)
    if len(there) > 1:
        found, expected = " and ".join(reversed(there)), "one of them"
        problem, todo = "the same file twice", "remove the other"
        raise UnreadableInputError(problem, file=shown_as, found=found, expected=expected, todo=todo)
    return next(iter(there.values()), None)


def is_table(path: Path) -> bool:
    """Return whether a file is a table that somebody put there."""
    return path.is_file() and path.suffix.lower() in _TABLE and not is_left_lying(path)


def not_read(folder: Path) -> Iterator[tuple[str, str | None]]:
    """Yield what lies in the folder without a role: its name, and the names it should have if it begins like one."""
    texts = sorted({f"{place}.{language}" for place in places() for language in LANGUAGES})
    of_texts = {name for role in texts for name in _names(role)}
    known = {name for role in _ROLES for name in _names(role)} | of_texts | _BESIDE
    for path in sorted(folder.iterdir()):
        name = path.name.casefold()
        if path.is_dir() and path.name in (RETURNS, TEXTS):
            for inside in sorted(path.iterdir()):
                is_read = is_table(inside) if path.name == RETURNS else inside.name.casefold() in of_texts
                if not is_read and not is_left_lying(inside):
                    near = get_close_matches(inside.name.casefold(), of_texts, n=1, cutoff=0.7)
                    of_text = near[0] if near else f"{', '.join(places())}, with .sv.md or .en.md"
                    yield f"{path.name}/{inside.name}", "….csv or ….xlsx" if path.name == RETURNS else of_text
        elif not (name in known and path.is_file()) and not is_left_lying(path):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            like = (name, *near)
            role = next((one for one in (*_ROLES, *texts) if any(each.startswith(one) for each in like)), None)
            yield path.name, " or ".join(_names(role)) if role else None


def _names(role: str) -> list[str]:
    return [f"{role}{ending}" for ending in _ROLES.get(role, (".md",))]
