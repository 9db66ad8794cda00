"""What the public may see: a year's tables in, tables out in which no answer of a single municipality can be read."""

from pipeline.protect.tables import Resting, Rules, protect, read_rules

__all__ = ["Resting", "Rules", "protect", "read_rules"]
