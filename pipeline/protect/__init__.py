"""What the public may see: a year's tables in, tables out in which no answer of a single municipality can be read."""

from pipeline.protect.tables import Links, Rules, protect, read_rules

__all__ = ["Links", "Rules", "protect", "read_rules"]
