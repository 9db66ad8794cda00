"""The record of the steps of a year: what each was made of, and what it made. Imports nothing slow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.files import write_text

Sums = dict[str, str]
"""Checksums by what they are of."""
Entry = dict[str, Any]
"""What is known of a finished step: `inputs` and `made` (checksums), `said` (lines)."""

_FORMAT = 2
_FIELDS = {"inputs": dict, "made": dict, "said": list}


class Record:
    """The finished steps, each in the file that `path` names for it. A file that cannot be read counts as empty."""

    def __init__(self, path: Callable[[str], Path], names: Iterable[str]) -> None:
        """Read the files of these steps, and of others that stand in them."""
        self.path = path
        self.steps: dict[str, Entry] = {}
        for file in dict.fromkeys(map(path, names)):
            self.steps |= read_record(file)

    def update(self, steps: Mapping[str, Entry | None]) -> None:
        """Put steps in when all that they made is in place, or take them out (None) before it is touched."""
        self.steps = {name: entry for name, entry in {**self.steps, **steps}.items() if entry is not None}
        for file in dict.fromkeys(map(self.path, steps)):
            its = {name: entry for name, entry in self.steps.items() if self.path(name) == file}
            content = json.dumps({"format": _FORMAT, "steps": its}, ensure_ascii=False, indent=1, sort_keys=True)
            write_text(file, f"{content}\n")


def read_record(file: Path) -> dict[str, Entry]:
    """Return the entries of a record's file, by step; none when it cannot be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["format"] == _FORMAT:
            return {name: entry for name, entry in content["steps"].items() if _is_whole(entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return {}


def _is_whole(entry: Any) -> bool:
    return all(isinstance(entry[name], kind) for name, kind in _FIELDS.items())
