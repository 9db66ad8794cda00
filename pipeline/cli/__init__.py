"""The command `aterrapport`. Each command brings the steps before it up to date; slow imports are made inside them."""

from pipeline.cli.main import main

__all__ = ["main"]
