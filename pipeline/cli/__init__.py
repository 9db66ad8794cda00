"""The command `aterrapport`, and how it ends: the exit status, and one line for everything that went wrong.

0 done; 1 critical findings; 2 wrong usage, input that cannot be read, or a fault of the machine; 70 a fault of the
program; 128 and the number of the signal when it was told to end.
"""

import atexit
import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Any

FAULT = 70
"""Exit status for a fault of the program, as sysexits.h has it."""
_PAUSE_S = 0.2
_STDERR = 2
_telling = Lock()
"""Held for good by a command that was told to stop: what goes wrong because of it is not said."""
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. A signal ends it within two seconds; what it started ends with it.

    The command runs in a thread: this one hears signals, whatever the libraries of the other do with them.
    """
    ended: list[int | SystemExit] = []
    with _signals_raise():
        try:
            work = Thread(target=_work, args=[arguments, ended], daemon=True)
            work.start()
            while work.is_alive():
                work.join(_PAUSE_S)
        except KeyboardInterrupt as stopped:
            from pipeline.files import end_process

            _telling.acquire()
            end_process(128 + stopped.args[0], lambda: _say("stopped; no file is half-written"))
    if isinstance(ended[0], SystemExit):
        raise ended[0]
    return ended[0]


def _work(arguments: Sequence[str] | None, ended: list[int | SystemExit]) -> None:
    gc.set_threshold(100_000)  # what a run makes it keeps: to look through it often costs a tenth of the time
    try:
        _open_what_is_closed()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="replace")
        from pipeline.cli.commands import read, run

        chosen = read(arguments)
        from pipeline.files import own_temporary_folder

        with own_temporary_folder():
            run(**chosen)
        sys.stdout.flush()
        ended.append(0)
    except SystemExit as status:  # argparse has said what it expects
        ended.append(status)
    except BaseException as error:
        with _telling:
            ended.append(_tell(error))


def _open_what_is_closed() -> None:
    """Send nowhere what is printed to a stream that was closed: the next file opened would get its place."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(opened)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  open to the end


def _tell(error: BaseException) -> int:
    """Say what went wrong in one line, and return the exit status."""
    from pipeline.errors import UserError, system_error_line

    if isinstance(error, UserError):
        _say(str(error))
        return error.status
    if isinstance(error, BrokenPipeError):  # whoever read what is printed, such as `head`, has seen enough
        _print_no_more()
        return 141
    if isinstance(error, OSError):
        _print_no_more()
        _say(system_error_line(error))
        return UserError.status
    if isinstance(error, MemoryError):
        _say("too little memory; close other programs, and run again")
        return UserError.status
    _say(_report_of(error))
    return FAULT


def _say(lines: str) -> None:
    from pipeline.mask import line_of

    with suppress(OSError):
        print("aterrapport:", "\n".join(map(line_of, lines.split("\n"))), file=sys.stderr, flush=True)


def _print_no_more() -> None:
    """Send what is left to print nowhere: Python would try once more when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report_of(fault: BaseException) -> str:
    """Write the traceback to a file, and say in one line that it should be reported."""
    from tempfile import NamedTemporaryFile
    from traceback import format_exception

    from pipeline.mask import mask

    said = f"a fault of the program ({type(fault).__name__}), not of your files; please report it"
    try:
        with NamedTemporaryFile("w", prefix="aterrapport-", suffix=".txt", encoding="utf-8", delete=False) as file:
            file.write(mask("".join(format_exception(fault))))
    except OSError:
        return f"{said}: {fault}"
    return f"{said} and send {file.name}"


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Have every signal to stop raise KeyboardInterrupt with its number, once: the next ones do not disturb the end.

    One that is ignored, as `nohup` has it, stays ignored.
    """

    def stop(number: int, _: Any) -> None:
        for other in heard:  # not SIG_IGN: Python complains of one that has come in already
            signal.signal(other, lambda *_: None)
        raise KeyboardInterrupt(number)

    atexit.unregister(_ignore_signals)
    atexit.register(_ignore_signals)  # all is done by then
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    heard = [number for number, handler in before.items() if handler != signal.SIG_IGN]
    try:
        for number in heard:
            signal.signal(number, stop)
    except ValueError:  # not the main thread, which alone may do this
        heard = []
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


__all__ = ["FAULT", "main"]
