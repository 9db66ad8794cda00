"""Build the store from what was read: a new file, in one transaction. The caller renames it into place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipeline.register import municipalities, regions

if TYPE_CHECKING:
    from pipeline.read.folder import YearData
    from pipeline.read.published import Published

HERE = Path(__file__).parent


def build_store(years: Sequence[YearData], target: Path) -> None:
    """Write everything that was read into a new DuckDB file. A file that is there already is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with duckdb.connect(target) as connection:
        connection.begin()
        connection.execute((HERE / "schema.sql").read_text(encoding="utf-8"))
        connection.execute((HERE / "views.sql").read_text(encoding="utf-8"))
        connection.execute((HERE / "measures.sql").read_text(encoding="utf-8"))
        _insert(
            connection,
            "regions",
            [{"region_code": each.code, "region": each.name, "position": each.position} for each in regions().values()],
        )
        _insert(
            connection,
            "municipalities",
            [
                {"municipality_code": each.code, "municipality": each.name, "region_code": each.region_code}
                for each in municipalities().values()
            ],
        )
        for data in years:
            _insert_year(connection, data)
        connection.commit()


def _insert_year(connection: duckdb.DuckDBPyConnection, data: YearData) -> None:
    year = {"year": data.rules.year}
    grant = data.rules.grant
    columns = {name for name, *_ in connection.execute("DESCRIBE grant_years").fetchall()}
    rules = grant.model_dump(include=columns) | {"name_sv": grant.name.sv, "name_en": grant.name.en}
    there = {f"has_{frame}": data.has(frame) for frame in ("allocations", "requisitions", "returns")}
    _insert(connection, "grant_years", [year | rules | there])
    _insert(connection, "source_files", [year | asdict(file) for file in data.files])
    for name, frame in data.frames.items():
        _insert(connection, name, frame.with_columns(pl.lit(data.rules.year).alias("year")))
    if data.published:
        _insert_published(connection, data.rules.year, data.published)


def _insert_published(connection: duckdb.DuckDBPyConnection, year: int, published: Published) -> None:
    """Put in what was printed of this year. What its report printed of other years belongs to their folders."""
    totals = published.totals.model_dump(exclude={"year"}, exclude_none=True) if published.totals else {}
    figures = [
        {"year": year, "figure": name, "value": value} for name, value in totals.items() if isinstance(value, int)
    ]
    _insert(connection, "published_totals", figures)
    left_out = {"persons_reached_about", "comparable"}
    _insert(
        connection, "published_funds", [row.model_dump(exclude=left_out) for row in published.funds if row.year == year]
    )
    rows = [row.model_dump() for row in published.row if row.year == year]
    _insert(connection, "published_rows", [row | {"table_id": row.pop("table")} for row in rows])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | list[dict[str, Any]]) -> None:
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
    if len(frame):
        connection.register("frame", frame)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM frame")  # noqa: S608  the names are our own
        connection.unregister("frame")
