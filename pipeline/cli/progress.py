"""Say what is being done, on a terminal; stay quiet in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show a step while it runs, and how long it took when it is done."""
    shown = sys.stderr.isatty()
    if shown:
        print(f"  {name} …", end="\r", flush=True, file=sys.stderr)
    start = time.perf_counter()
    yield
    if shown:
        print(f"  {name:<28} {time.perf_counter() - start:5.1f} s", file=sys.stderr)
