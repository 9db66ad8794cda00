"""The store as other tools see it: its comments, its file, and the definitions that an explanation names."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.explain import Explainer
from pipeline.paths import Workspace
from pipeline.store import open_store
from tests.world import PROJECT

NEWEST_THAT_DUCKDB_1_READS = 68
"""What DuckDB 1.5 says of a newer file: "we can only read versions between 64 and 68"."""


@pytest.fixture(scope="module")
def store(real_store: Workspace) -> Path:
    return real_store.store


@pytest.fixture(scope="module")
def connection(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(store) as opened:
        yield opened


def test_every_table_view_column_and_macro_has_a_comment_in_both_languages(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for kind in ("tables", "views", "columns", "functions"):
        ours = "SELECT comment FROM {}() WHERE database_name = current_database() AND NOT internal"
        comments = [comment for (comment,) in connection.execute(ours.format(f"duckdb_{kind}")).fetchall()]
        assert comments and all(comment and len(comment.split(" / ")) == 2 for comment in comments), kind
    (said,) = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'base_talks_held'").fetchall()
    assert said[0].endswith("The base talks_held: municipalities that have begun the talks.")


def test_the_file_is_of_a_version_that_duckdb_1_reads(store: Path) -> None:
    header = store.read_bytes()[:20]
    assert header[8:12] == b"DUCK" and int.from_bytes(header[12:20], "little") <= NEWEST_THAT_DUCKDB_1_READS


ADDRESSES = ("collaboration/civil_society/percent", "method_by_region/12/kasam/count", "key_figures/used_kr/value")


@pytest.mark.parametrize("address", [*ADDRESSES, "recipients"])
def test_what_an_explanation_says_its_sql_uses_is_enough_to_run_it(
    real_explainer: Explainer, connection: duckdb.DuckDBPyConnection, address: str
) -> None:
    """A database that holds the named tables, views and macros, and nothing else, gives the same rows."""
    it = real_explainer(address)
    assert {one.kind for one in it.sql_uses} >= {"table", "view"}
    with duckdb.connect() as bare:
        left = list(it.sql_uses)
        while left:
            one = left.pop()
            text = re.sub("--.*", "", (PROJECT / one.file).read_text(encoding="utf-8"))
            (statement,) = re.findall(rf"^CREATE {one.kind.upper()} {one.name}\b.*?;$", text, re.MULTILINE | re.DOTALL)
            try:
                bare.execute(statement)
            except duckdb.CatalogException:  # what it is made of comes first
                left.insert(0, one)
                continue
            if one.kind == "table":
                rows = connection.table(one.name).pl()
                bare.register("rows", rows)
                bare.execute(f"INSERT INTO {one.name} FROM rows")
        assert bare.execute(it.sql).fetchall() == connection.execute(it.sql).fetchall() != []
