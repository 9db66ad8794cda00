"""Returns that are not finished, or only tried out: those that year.toml tells apart, and those that look like it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.headers import header_key
from pipeline.read.sheets import Row, Sheet
from pipeline.read.values import kronor

Unfinished = tuple[str, str | None, str | None, int | None]  # kind, field, value with personal data masked, row

# What survey tools write in a column about the answering itself, whatever it is called.
_NOT_FINISHED = frozenset(
    {
        "påbörjad",
        "påbörjat",
        "pågår",
        "pågående",
        "utkast",
        "förhandsgranskning",
        "testsvar",
        "delvis besvarad",
        "delvis",
    }
    | {
        f"{no} {done}"
        for no in ("ej", "inte", "not")
        for done in ("slutförd", "slutfört", "klar", "inskickad", "avslutad")
    }
    | {
        "ofullständig",
        "ofullständigt",
        "in progress",
        "started",
        "draft",
        "partial",
        "partially completed",
        "incomplete",
    }
    | {"not finished", "not completed", "not complete", "preview", "survey preview", "survey test", "test"}
)
_FINISHED_HEADERS = frozenset({"finished", "complete", "completed", "slutförd", "avslutad", "komplett", "inskickat"})
_NO = frozenset({"0", "false", "falskt", "no", "nej", "n"})
_PROGRESS_HEADERS = frozenset({"progress", "förlopp", "framsteg", "andel besvarat", "percent complete", "progress (%)"})


def finished(sheet: Sheet, complete_when: Mapping[str, int | list[str]]) -> tuple[Sheet, list[Unfinished]]:
    """Leave out the rows that the columns named in year.toml do not call finished. UnreadableInputError without one."""
    rules = {sheet.require(column): wanted for column, wanted in complete_when.items()}
    left, found = list[Row](), list[Unfinished]()
    for row in sheet.rows:
        missed = next((place for place, wanted in rules.items() if not _meets(row.cells[place] or "", wanted)), None)
        if missed is None:
            left.append(row)
        else:
            found.append(("return_unfinished", None, _said(sheet, row, missed), row.number))
    if not left:
        raise UnreadableInputError(
            "no return is finished",
            file=sheet.file,
            found=found[0][2],
            expected=f"as year.toml has it: {dict(complete_when)}",
            todo="correct complete_when, or wait for the first return",
        )
    return replace(sheet, rows=tuple(left)), found


def looking_unfinished(sheet: Sheet, known: Collection[str]) -> list[Unfinished]:
    """Return a problem for each row that a column which is not in the form seems to call unfinished, or a test."""
    keys = {header_key(name) for name in known}
    unread = [
        (place, header_key(header)) for place, header in enumerate(sheet.header) if header_key(header) not in keys
    ]
    tests: list[tuple[int, Callable[[str], bool]]] = []
    for place, key in unread:
        if key in _FINISHED_HEADERS:
            tests.append((place, lambda text: text in _NO | _NOT_FINISHED))
        elif key in _PROGRESS_HEADERS:
            tests.append((place, lambda text: not _meets(text, 100)))
        elif key:
            tests.append((place, _NOT_FINISHED.__contains__))
    return [
        ("looks_unfinished", None, _said(sheet, row, place), row.number)
        for row in sheet.rows
        for place, test in tests
        if (text := row.cells[place]) and test(header_key(text))
    ]


def _meets(text: str, wanted: int | list[str]) -> bool:
    if isinstance(wanted, int):
        reached = kronor(text.removesuffix("%").strip())
        return reached is not None and reached >= wanted
    return header_key(text) in map(header_key, wanted)


def _said(sheet: Sheet, row: Row, place: int) -> str:
    return mask(f"{sheet.header[place]}: {row.cells[place] or ''}".strip())
