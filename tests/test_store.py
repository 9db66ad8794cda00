"""The store as other tools see it, what an explanation needs of it, and a second axis, a declaration alone."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.declarations import read_declarations
from pipeline.errors import UserError
from pipeline.explain import Explainer
from pipeline.paths import REPORTS, Workspace
from pipeline.read import read_folder
from pipeline.store import open_store
from pipeline.store.build import build_store
from pipeline.tabulate import Tables, tabulate
from tests.world import PROJECT, RAW

NEWEST_THAT_DUCKDB_1_READS = 68
"""What DuckDB 1.5 says of a newer file: "we can only read versions between 64 and 68"."""


@pytest.fixture(scope="module")
def store(real_store: Workspace) -> Path:
    return real_store.store


@pytest.fixture(scope="module")
def connection(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_store(store) as opened:
        yield opened


def test_comments_stand_everywhere_and_old_readers_read_the_file(
    connection: duckdb.DuckDBPyConnection, store: Path
) -> None:
    for kind in ("tables", "views", "columns", "functions"):
        ours = "SELECT comment FROM {}() WHERE database_name = current_database() AND NOT internal"
        comments = [comment for (comment,) in connection.execute(ours.format(f"duckdb_{kind}")).fetchall()]
        assert comments and all(comment and len(comment.split(" / ")) == 2 for comment in comments), kind
    (said,) = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'base_talks_held'").fetchall()
    assert said[0].endswith("The base talks_held: municipalities that have begun the talks.")
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


SIZE = (PROJECT / "tests" / "data" / "size.toml").read_text(encoding="utf-8")
Year = tuple[Tables, Explainer]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    folder = tmp_path_factory.mktemp("axes")
    (folder / "tables.toml").write_text((REPORTS / "tables.toml").read_text(encoding="utf-8") + SIZE, encoding="utf-8")
    declared = read_declarations(folder)
    build_store([read_folder(RAW / "2024", "raw/2024")], folder / "store.duckdb", declared)
    with open_store(folder / "store.duckdb") as connection:
        tables = tabulate(connection, 2024, declared)
        yield tables, Explainer(connection, tables)


def fifths() -> dict[str, int]:
    """Which fifth each municipality of the list is in, counted here."""
    with (RAW / "2024" / "allocation.csv").open(encoding="utf-8-sig") as file:
        counts = {row["municipality_code"]: int(row["key_count"]) for row in csv.DictReader(file)}
    order = sorted(counts, key=lambda code: (counts[code], code))
    return {code: at * 5 // len(order) + 1 for at, code in enumerate(order)}


def test_groups_by_size_are_counted_and_add_up(year: Year) -> None:
    tables, _ = year
    by_size = [id_ for id_ in tables if id_.endswith("_by_size")]
    assert len(by_size) == sum(id_.endswith("_by_year") and tables[id_].axis == "year" for id_ in tables) + 1
    bases = {row["size_code"]: row["base"] for row in tables["usage_degree_by_size"].rows.values()}
    assert bases == {str(fifth): n for fifth, n in sorted(Counter(fifths().values()).items())}
    names = [row["size"] for row in tables["usage_degree_by_size"].rows.values() if row["option"] == "all"]
    assert names == ["Minst", "Mindre", "Mellan", "Större", "Störst"]
    for option in ("civil_society", "none", "any"):
        rows = [row for row in tables["collaboration_by_size"].rows.values() if row["option"] == option]
        assert sum(row["count"] for row in rows) == tables.cell(f"collaboration/{option}/count").value
    *groups, country = tables["use_by_size"].rows.values()
    assert sum(row["used_kr"] for row in groups) == country["used_kr"] == 75_879_944
    assert country["used_percent"] == 88 and len(groups) == 5


def test_a_number_by_size_is_explained_by_its_municipalities(year: Year) -> None:
    tables, explain = year
    for key, row in tables["collaboration_by_size"].rows.items():
        told = explain(f"collaboration_by_size/{key}/count")
        assert {fifths()[one.municipality_code] for one in told.municipalities} <= {int(row["size_code"])}
        assert len(told.municipalities) == row["count"]
    largest = explain("use_by_size/5/used_kr")
    assert largest.value == sum(one.value or 0 for one in largest.municipalities) and "Störst" in largest.definition.sv


def test_an_axis_that_is_not_declared_is_named(tmp_path: Path) -> None:
    text = (REPORTS / "tables.toml").read_text(encoding="utf-8") + SIZE[SIZE.index("[[table]]") :]
    (tmp_path / "tables.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"table 'use_by_size': by: there is no 'size'"):
        read_declarations(tmp_path)
