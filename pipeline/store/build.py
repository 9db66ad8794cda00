"""Build the store from what was read: a new file, in one transaction. The caller renames it into place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.declarations import RECIPIENTS, Base, Declarations, read_declarations
from pipeline.errors import UserError
from pipeline.files import sum_of
from pipeline.model import Model, Text
from pipeline.paths import REPORTS
from pipeline.phrases import Phrases
from pipeline.read.folder import SourceFile, YearData
from pipeline.read.roles import LANGUAGES
from pipeline.register import REGISTER, municipalities, regions
from pipeline.store import version
from pipeline.store.rows import CountedRow, answer_rows, complete, declare_rows, read_form
from pipeline.year import Point

HERE = Path(__file__).parent
_READ_SINCE = "v1.2.0"  # the oldest DuckDB that reads the store's file
_NO_ROOM = (duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException, duckdb.FatalException)
_COMMENTS = Phrases(HERE / "comments.toml", "pipeline/store/comments.toml")
_BASE = "CREATE VIEW base_{0} AS SELECT r.* FROM base_recipients AS r SEMI JOIN bases AS b ON b.base = '{0}' AND {1}"
_THERE = """
    SELECT t.table_name, t.table_type = 'VIEW', list(c.column_name ORDER BY c.ordinal_position)
    FROM information_schema.tables AS t
    JOIN information_schema.columns AS c USING (table_catalog, table_schema, table_name)
    WHERE t.table_catalog = current_database() AND t.table_schema = 'main'
    GROUP BY ALL
"""


def build_store(years: Sequence[YearData], target: Path, declarations: Declarations | None = None) -> None:
    """Write what was read into a new DuckDB file, by the project's declarations or others. UserError without room."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    declared = declarations or read_declarations(REPORTS)
    try:
        with duckdb.connect() as connection:
            quoted = str(target).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS store (STORAGE_VERSION '{_READ_SINCE}')")
            connection.execute("USE store")
            connection.begin()
            for name in ("schema.sql", "bases.sql", "measures.sql"):
                connection.execute((HERE / name).read_text(encoding="utf-8"))
            north_to_south, by_code = (pl.DataFrame(list(one.values())) for one in (regions(), municipalities()))
            _insert(connection, "regions", north_to_south.select("position", region_code="code", region="name"))
            named = by_code.select("region_code", municipality_code="code", municipality="name")
            _insert(connection, "municipalities", named)
            _insert(connection, "store_version", [{"version": version()}])
            for data in years:
                _insert_year(connection, data)
            _declare(connection, declared, [data.rules.year for data in years])
            _add_comments(connection, {f"base_{base.id}": base for base in declared.base if base.of})
            connection.commit()
    except _NO_ROOM as error:
        said = " ".join(str(error).split())
        raise UserError(f"the store cannot be written: {said}; make room there, and run again") from None


def _declare(connection: duckdb.DuckDBPyConnection, declarations: Declarations, years: Sequence[int]) -> None:
    """Put in what the project declares, and the rows of tables; of a row that several years have, that of the last."""
    bases = [base.model_dump(exclude={"id", "label"}) | {"base": base.id} for base in declarations.base if base.of]
    _insert(connection, "declared_bases", bases)
    for base in bases:
        connection.execute(_BASE.format(base["base"], "b.year = r.year AND b.municipality_code = r.municipality_code"))
    fields = {"base", "amounts", "above_zero", "zero", "stated", "missing", "headline"}
    completed = [complete(connection, year, declarations) for year in years]
    known = {measure.id: measure for one in (declarations, *completed) for measure in one.measure}
    measures = [one.model_dump(include=fields) | {"measure": one.id} for one in known.values() if one.base]
    _insert(connection, "declared_measures", measures)
    groups = [
        {"axis": axis.id, "amount": axis.amount, "code": str(at), "name": group.sv, "position": at}
        for axis in declarations.axis
        for at, group in enumerate(axis.group, start=1)
    ]
    _insert(connection, "declared_groups", groups)
    rows: dict[str, dict[str, CountedRow]] = {}
    for year in years:
        for table, its in answer_rows(read_form(connection, year), declarations).items():
            rows.setdefault(table, {}).update({row.option: row for row in its})
    declare_rows(connection, {table: list(its.values()) for table, its in rows.items()}, list(known.values()))


def _insert_year(connection: duckdb.DuckDBPyConnection, data: YearData) -> None:
    def insert(table: str, *rows: Mapping[str, Any]) -> None:
        _insert(connection, table, [{"year": data.rules.year, **row} for row in rows])

    grant, publish, publication = data.rules.grant, data.rules.publish, data.rules.publication
    columns = {name for name, *_ in connection.execute("DESCRIBE grant_years").fetchall()}
    rules = grant.model_dump(include=columns) | {"name_sv": grant.name.sv, "name_en": grant.name.en}
    there = {f"has_{frame}": data.has(frame) for frame in ("allocations", "requisitions", "returns")}
    insert("grant_years", rules | there)
    key, repays = grant.key, grant.rests_on("unused")
    lists: dict[str, Sequence[Point]] = {"purpose": grant.purpose, "not_for": grant.not_for}
    lists |= {"repays": [repays] if repays else [], "key": [Point(id="key", text=key.definition)] if key else []}
    for name, its in lists.items():
        for at, one in enumerate(its, start=1):
            insert("grant_points", _both(one) | {"point": one.id, "list": name, "position": at})
    told = publish.model_dump(include={"minimum_base", "minimum_persons", "licence"}) | _both(publish)
    told |= publication.model_dump(include={"article_number", "diary_number", "contact"}) | _both(publication)
    if publish.edition:
        first, last = publish.edition[0], publish.edition[-1]
        told |= {"edition": last.kind, "published_on": last.published_on, "first_published_on": first.published_on}
        told |= {f"edition_{name}": text for name, text in _both(last).items()}
    insert("publish", told)
    register = SourceFile("register", f"pipeline/{REGISTER.name}", sum_of(REGISTER))
    insert("source_files", *map(asdict, (*data.files, register)))
    for name, frame in data.frames.items():
        _insert(connection, name, frame.with_columns(pl.lit(data.rules.year).alias("year")))
    if data.published:  # what was printed of this year: what its report printed of others belongs to their folders
        totals = data.published.totals.model_dump(exclude={"year"}) if data.published.totals else {}
        numbers = {name: value for name, value in totals.items() if isinstance(value, int)}
        insert("published_totals", *({"figure": name, "value": value} for name, value in numbers.items()))
        columns = {"available_kr", "requisitioned_kr", "recipients", "unused_kr", "unused_percent"}
        funds = [row.model_dump(include=columns) for row in data.published.funds if row.year == data.rules.year]
        insert("published_funds", *funds)
        rows = [row.model_dump() for row in data.published.row if row.year == data.rules.year]
        insert("published_rows", *(row | {"table_id": row.pop("table")} for row in rows))


def _both(told: Model) -> dict[str, str]:
    """Return what is told in both languages as columns: `text_sv`, `text_en`."""
    return {f"{name}_{lang}": text for name, both in told if isinstance(both, Text) for lang, text in both}


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | list[dict[str, Any]]) -> None:
    frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
    if len(frame):
        connection.register("frame", frame)
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM frame")  # noqa: S608  the names are our own
        connection.unregister("frame")


def _add_comments(connection: duckdb.DuckDBPyConnection, bases: Mapping[str, Base]) -> None:
    """Say in both languages what every table, view, column and macro is; `bases` are by the names of their views."""

    def comment(thing: str, about: Text) -> None:
        quoted = f"{about.sv} / {about.en}".replace("'", "''")
        connection.execute(f"COMMENT ON {thing} IS '{quoted}'")

    common = _COMMENTS.group("columns")
    for table, is_view, columns in connection.execute(_THERE).fetchall():
        own, base = _COMMENTS.group(f"base_{RECIPIENTS}" if table in bases else table), bases.get(table)
        about = own["about"]
        if base:
            said = (_COMMENTS(one, "declared_base.about", base=base.id, label=base.label[one]) for one in LANGUAGES)
            about = Text(**dict(zip(LANGUAGES, said, strict=True)))
        comment(f"{'VIEW' if is_view else 'TABLE'} {table}", about)
        for column in columns:
            comment(f'COLUMN {table}."{column}"', own.get(column) or common[column])
    for macro, about in _COMMENTS.group("macros").items():
        comment(f"MACRO {macro}", about)
