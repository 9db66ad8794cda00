"""Tables of measures: the figures of the running text, and measures by region."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipeline.store import query
from pipeline.tabulate.declare import Declaration, Declarations, Measure, RowLabel, with_labels
from pipeline.tabulate.table import Table

HERE = Path(__file__).parent
COUNTRY = "00"
"""Code of the whole country, as Statistics Sweden writes it."""


def measure_tables(connection: duckdb.DuckDBPyConnection, year: int, declarations: Declarations) -> Iterator[Table]:
    """Compute every table that is declared by figure or by region, as far as the form asks what it holds."""
    asked = query(connection, "SELECT question, synthetic FROM questions WHERE year = $year AND answered", year=year)
    synthetic = dict(asked.iter_rows())
    measures = [each for each in declarations.measure if set(each.asked) <= set(synthetic)]
    wanted = [
        {
            "measure": each.id,
            "position": at,
            "unit": each.unit,
            "plus": each.terms,
            "minus": each.minus or [""],
            "whole": each.whole,
        }
        for at, each in enumerate(measures)
    ]
    sql = (HERE / "measures.sql").read_text(encoding="utf-8")
    values = query(connection, sql, year=year, wanted=wanted)
    for declared in declarations.table:
        if declared.by == "figure":
            made_up = frozenset(each.id for each in measures if any(synthetic[question] for question in each.asked))
            yield _figures(declared, [each for each in measures if each.figure], values, made_up)
        elif declared.by == "region" and set(declared.asked) <= set(synthetic):
            made_up_too = any(synthetic[question] for question in declared.asked)
            yield _regions(declared.model_copy(update={"synthetic": made_up_too}), values)


def _figures(declared: Declaration, shown: list[Measure], values: pl.DataFrame, made_up: frozenset[str]) -> Table:
    """One row a measure, in the country."""
    each = declared.model_copy(update={"option": [RowLabel(id=one.id, label=one.label) for one in shown]})
    rows = values.filter(pl.col("place") == 0, pl.col("measure").is_in([one.id for one in shown]))
    return Table(each, with_labels(each, rows.rename({"measure": "figure"})), made_up=made_up)


def _regions(declared: Declaration, values: pl.DataFrame) -> Table:
    """One row a region, north to south, one column a measure; the whole country last where that is declared."""
    places = values.filter((pl.col("place") > 0) | declared.whole_country).select("place", "region_code").unique()
    rows = places.sort(pl.col("place") == 0, "place")
    names = values.select("region_code", "region").unique()
    rows = rows.join(names, on="region_code", how="left", nulls_equal=True, maintain_order="left")
    for column in declared.column:
        if column.id not in rows.columns:
            one = values.filter(pl.col("measure") == (column.measure or column.id))
            value = (pl.col("value") / 10).round(1) if column.kind == "tenths" else pl.col("value")
            one = one.select("region_code", value.alias(column.id))
            rows = rows.join(one, on="region_code", how="left", nulls_equal=True, maintain_order="left")
    country = [pl.col("region_code").fill_null(COUNTRY), pl.col("region").fill_null(declared.country_name)]
    return Table(declared, with_labels(declared, rows.with_columns(country)))
