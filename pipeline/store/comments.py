"""What every table, view, column and macro of the store is, said in its comment: Swedish, then English."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from pipeline.declarations import RECIPIENTS, Base
from pipeline.model import Text
from pipeline.phrases import Phrases

_WORDS = Phrases(Path(__file__).with_name("comments.toml"), "pipeline/store/comments.toml")
_THERE = """
    SELECT t.table_name, t.table_type = 'VIEW', list(c.column_name ORDER BY c.ordinal_position)
    FROM information_schema.tables AS t
    JOIN information_schema.columns AS c USING (table_catalog, table_schema, table_name)
    WHERE t.table_catalog = current_database() AND t.table_schema = 'main'
    GROUP BY ALL
"""


def add_comments(connection: duckdb.DuckDBPyConnection, bases: Mapping[str, Base]) -> None:
    """Comment on everything in the store; `bases` are the declared ones by the names of their views."""
    common = _WORDS.group("columns")
    for table, is_view, columns in connection.execute(_THERE).fetchall():
        own, about = _WORDS.group(f"base_{RECIPIENTS}" if table in bases else table), _of_base(bases.get(table))
        _add(connection, f"{'VIEW' if is_view else 'TABLE'} {table}", about or own["about"])
        for column in columns:
            _add(connection, f'COLUMN {table}."{column}"', own.get(column) or common[column])
    for macro, about in _WORDS.group("macros").items():
        _add(connection, f"MACRO {macro}", about)


def _of_base(base: Base | None) -> Text | None:
    name = "declared_base.about"
    said = {lang: _WORDS(lang, name, base=base.id, label=base.label[lang]) for lang in ("sv", "en")} if base else None
    return Text(**said) if said else None


def _add(connection: duckdb.DuckDBPyConnection, thing: str, about: Text) -> None:
    quoted = f"{about.sv} / {about.en}".replace("'", "''")
    connection.execute(f"COMMENT ON {thing} IS '{quoted}'")
