"""The release of a year: its public tables as open data."""

from pipeline.release.release import write_release

__all__ = ["write_release"]
