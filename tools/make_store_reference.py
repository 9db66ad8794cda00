"""Write docs/store.md, the store's tables and columns, from the comments that it is built with."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.store import open_store
from pipeline.store.build import build_store

TARGET = Path(__file__).parent.parent / "docs" / "store.md"
_TABLES = """
    SELECT table_name, comment FROM duckdb_tables() WHERE database_name = current_database()
    UNION ALL
    SELECT view_name, comment FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
    ORDER BY ALL
"""
_COLUMNS = """
    SELECT column_name, lower(data_type), comment FROM duckdb_columns()
    WHERE database_name = current_database() AND table_name = ? ORDER BY column_index
"""
_MACROS = """
    SELECT function_name, parameters, comment FROM duckdb_functions()
    WHERE database_name = current_database() AND NOT internal ORDER BY ALL
"""


def reference() -> str:
    """The whole page, of a store without a year."""
    lines = [
        "# The store: `data/processed/aterrapport.duckdb`",
        "",
        "Made from the store's comments (`pipeline/store/comments.toml`) by `python -m tools.make_store_reference`;",
        "not to be edited. Any tool that opens the file shows the same comments. DuckDB 1.2 and later read it.",
    ]
    with TemporaryDirectory() as folder:
        build_store([], Path(folder) / "store.duckdb")
        with open_store(Path(folder) / "store.duckdb") as store:
            for table, about in store.execute(_TABLES).fetchall():
                columns = store.execute(_COLUMNS, [table]).fetchall()
                lines += ["", f"## {table}", "", about, "", "| column | type | what it holds |", "|---|---|---|"]
                lines += [f"| `{name}` | {kind} | {comment} |" for name, kind, comment in columns]
            lines += ["", "## Macros", ""]
            for name, parameters, about in store.execute(_MACROS).fetchall():
                lines.append(f"- `{name}({', '.join(parameters)})`: {about}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
