"""The command `aterrapport`, and how it ends: the exit status, and one line for everything that went wrong.

0 done; 1 critical findings; 2 wrong usage, input that cannot be read, or a fault of the machine; 70 a fault of the
program; 128 and the number of the signal when it was told to end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import active_count
from typing import Any

FAULT = 70
"""Exit status for a fault of the program, as sysexits.h has it."""
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. A signal ends it within two seconds; what it started ends with it."""
    try:
        with _signals_raise():
            for stream in (sys.stdout, sys.stderr):
                if hasattr(stream, "reconfigure"):
                    stream.reconfigure(encoding="utf-8", errors="replace")
            return _run(arguments)
    except KeyboardInterrupt as stopped:
        _say("stopped; what was made before is as it was")
        status = 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
        if active_count() > 1:  # other threads are at work, and would be waited for
            from pipeline.files import end_at_once

            end_at_once(status)
        return status


def _run(arguments: Sequence[str] | None) -> int:
    from pipeline.errors import UserError, of_the_machine
    from pipeline.files import own_temporary_folder

    try:
        with own_temporary_folder():
            from pipeline.cli.commands import run

            run(arguments)
        if sys.stdout:
            sys.stdout.flush()
    except UserError as error:
        _say(str(error))
        return error.status
    except BrokenPipeError:  # whoever read what is printed, such as `head`, has seen enough
        _print_no_more()
        return 141
    except OSError as error:
        _print_no_more()
        _say(of_the_machine(error))
        return UserError.status
    except MemoryError:
        _say("too little memory; close other programs, and run again")
        return UserError.status
    except Exception as fault:
        _say(_report_of(fault))
        return FAULT
    return 0


def _say(line: str) -> None:
    from pipeline.read.mask import mask

    with suppress(OSError):
        print(f"aterrapport: {mask(line)}", file=sys.stderr, flush=True)


def _print_no_more() -> None:
    """Send what is left to print nowhere: Python would try once more when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_of(fault: Exception) -> str:
    """Write the traceback to a file, and say in one line that it should be reported."""
    from tempfile import NamedTemporaryFile
    from traceback import format_exception

    from pipeline.read.mask import mask

    said = f"a fault of the program ({type(fault).__name__}), not of your files; please report it"
    try:
        with NamedTemporaryFile("w", prefix="aterrapport-", suffix=".txt", encoding="utf-8", delete=False) as file:
            file.write(mask("".join(format_exception(fault))))
    except OSError:
        return f"{said}: {fault}"
    return f"{said} and send {file.name}"


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Have every signal to stop raise KeyboardInterrupt with its number, once: the next ones do not disturb the end."""

    def stop(number: int, _: Any) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    try:
        before = {number: signal.signal(number, stop) for number in _SIGNALS}
    except ValueError:  # not the main thread, which alone may do this
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


__all__ = ["FAULT", "main"]
