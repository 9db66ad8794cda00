"""The grant's life around the report: allocation and requisitions before it, settlement and review after it."""
