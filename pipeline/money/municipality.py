"""A municipality as people write it in the files of the grant: by its name or its code."""

from __future__ import annotations

from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.read.mask import mask
from pipeline.register import match, municipalities

NOT_KNOWN = "no municipality that we know"


def code_of(written: str, problem: str = NOT_KNOWN, **place: Any) -> str:
    """Return the code of a municipality that is written by name or code.

    UnreadableInputError, naming the place (file, row, column) and what it may have meant, when it is neither.
    """
    if written.zfill(4) in municipalities():
        return written.zfill(4)
    found = match(written)
    if found.municipality_code is None:
        near = " or ".join(found.suggestions)
        raise UnreadableInputError(
            problem,
            **place,
            found=mask(written),
            expected="the name or code of a municipality",
            todo=f"did you mean {near}?" if near else None,
        )
    return found.municipality_code
