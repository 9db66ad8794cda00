"""What the public may see: a year's tables in, tables out in which no answer of a single municipality can be read."""

from pipeline.protect.protect import Rules, protect, read_rules

__all__ = ["Rules", "protect", "read_rules"]
