"""The DuckDB store: what was read, the bases, and what each municipality contributes to every number."""

from pipeline.store.build import build_store
from pipeline.store.open import open_store, query

__all__ = ["build_store", "open_store", "query"]
