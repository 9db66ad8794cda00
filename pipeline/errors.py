"""What can go wrong by a user's doing: one clear line each, and the exit status it ends the command with."""

import errno
from pathlib import Path

from pipeline.mask import line_of, mask

_LONGEST = 200  # characters of what was found

TO_FILL_IN = "FILL IN"
"""What stands in a new year's file where a number or a date belongs: the error says what to put there."""


class UserError(Exception):
    """A user's mistake, said in one line. The command line prints it and ends with `status`."""

    status = 2

    def __init__(self, *faults: str) -> None:
        """Build the message: a safe line a fault, without personal data."""
        super().__init__("\n".join(map(line_of, faults)))

    def _render_traceback_(self) -> list[str]:
        """Show the line alone in a notebook."""
        return [f"{type(self).__name__}: {self}"]


class UnreadableInputError(UserError):
    """A file that is missing or cannot be read as what it must be."""

    def __init__(
        self, problem: str, *, file: object, row: int | None = None, column: str | None = None, found: object = None,
        expected: str | None = None, todo: str | None = None,
    ) -> None:  # fmt: skip
        """Build the line from where it happened, what was found, what was expected and what to do."""
        where = str(file) if row is None else f"{file}, row {row}"
        where += "" if column is None else f", column {column!r}"
        if isinstance(found, str) and len(found) > _LONGEST:
            found = f"{mask(found)[:_LONGEST]}…"
        parts = [problem] if found is None else [problem, f"found {found!r}"]
        parts += [f"expected {expected}"] if expected is not None else []
        super().__init__(f"{where}: {'; '.join([*parts, todo] if todo is not None else parts)}")


class CriticalFindingsError(UserError):
    """The input was read, but what it says cannot be published before somebody has looked at it."""

    status = 1


_NO_ROOM = "make room on the disks of the data, of the reports and of temporary files, and run again"
_FILE = "a file stands where a folder belongs; move it away"
_TODO = {
    errno.ENOENT: "see that it is there, and run again",
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EACCES: "close it where it is open, or ask for the right to read and write there, and run again",
    errno.EPERM: "ask for the right to read and write there, and run again",
    errno.EROFS: "choose a folder that can be written (--data, --out)",
    errno.EFBIG: "the system allows no larger file (ulimit -f); allow it, and run again",
    errno.ENOTDIR: _FILE,
    errno.EEXIST: _FILE,
    errno.EISDIR: "a folder stands where a file belongs; move it away",
    errno.ENOMEM: "close other programs, and run again",
}


def system_error_line(error: OSError) -> str:
    """Return in one line what the system refused, of which file, and what to do."""
    what, where = error.strerror or str(error) or type(error).__name__, str(error.filename or "")
    todo = _TODO.get(error.errno or 0, "see to it, and run again")
    if todo == _FILE and where:
        where = str(next((path for path in Path(where).parents if path.is_file()), where))
    where = where or "; ".join(getattr(error, "__notes__", ()))
    return f"{where and where + ': '}{what}; {todo}"
