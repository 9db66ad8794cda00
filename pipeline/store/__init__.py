"""The DuckDB store: what was read, and the bases as views, defined once."""

from pipeline.store.build import build_store
from pipeline.store.open import open_store, query

__all__ = ["build_store", "open_store", "query"]
