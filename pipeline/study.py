"""A grant year for a notebook: its store, its tables, its drawings, and tables that the notebook declares itself."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
from pydantic import ValidationError

from pipeline.declarations import Additions
from pipeline.errors import UserError
from pipeline.files import put_in_place, staged
from pipeline.model import Language, parse_model, read_model
from pipeline.paths import REPORTS, Workspace
from pipeline.picture import Drawing
from pipeline.store import open_store, query
from pipeline.tabulate import Declarations, read_declarations, tabulate

if TYPE_CHECKING:
    from pipeline.explain import Explanation
    from pipeline.report import Report

_NEWEST = "SELECT max(year) AS year FROM grant_years WHERE has_returns"
_YEARS = "SELECT year FROM grant_years ORDER BY year"


def open_study(year: int | None, data: str | os.PathLike[str] | None, language: Language) -> Study:
    """Open a year of a built store: see `pipeline.open`."""
    folder = Path(data or os.environ.get("ATERRAPPORT_DATA") or REPORTS.parent / "data")
    connection = open_store(Workspace(folder, folder).store)
    there = query(connection, _YEARS)["year"].to_list()
    asked = year or int(os.environ.get("ATERRAPPORT_YEAR") or query(connection, _NEWEST)["year"][0] or 0)
    if asked not in there:
        connection.close()
        years = ", ".join(map(str, there)) or "none"
        raise UserError(f"grant year {asked} is not in the store (there: {years}); run `aterrapport build {asked}`")
    declarations = read_declarations(REPORTS, Workspace(folder, folder).raw(asked))
    return Study(connection, asked, folder, language, declarations)


def build_study(year: int, data: str | os.PathLike[str], language: Language) -> Study:
    """Make the store of a data folder anew and open it: see `pipeline.build`."""
    from pipeline.read import read_folder
    from pipeline.store import build_store

    folder = Path(data)
    workspace = Workspace(folder, folder)
    years = [read_folder(workspace.raw(each), f"raw/{each}") for each in workspace.years(year)]
    with staged(workspace.processed) as stage:
        build_store(years, stage / workspace.store.name)
        put_in_place({workspace.store: stage / workspace.store.name})
    return open_study(year, folder, language)


class Study:
    """One grant year, open to read. It changes nothing, neither in the data nor in the project."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        year: int,
        data: Path,
        language: Language,
        declarations: Declarations,
    ) -> None:
        """Compute the year's tables."""
        self.connection = connection
        """The store, read-only: https://duckdb.org/docs. Its views are described in pipeline/store/bases.sql."""
        self.year = year
        """The grant year."""
        self.data = data
        """The data folder, which holds raw/ and processed/."""
        self.language: Language = language
        """The language of titles, labels and drawings."""
        self.declarations = declarations
        """What reports/tables.toml declares, and what was added to it."""
        self._tables = tabulate(connection, year, declarations)

    def __repr__(self) -> str:
        made_up = sum(each.declared.synthetic for each in self._tables.values())
        return f"<grant year {self.year}: {len(self._tables)} tables, {made_up} of them count made-up answers>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.tables._repr_html_()}"

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. Those made of it by `with_table` are closed too."""
        self.connection.close()

    @property
    def tables(self) -> pl.DataFrame:
        """The tables of the year: table, title, rows, base (who is counted; null for sums), made_up."""
        about = [
            {
                "table": id_,
                "title": each.declared.title[self.language],
                "rows": len(each.tidy),
                "base": each.declared.base,
                "made_up": each.declared.synthetic,
            }
            for id_, each in self._tables.items()
        ]
        return pl.DataFrame(about, infer_schema_length=None)

    def table(self, table_id: str) -> pl.DataFrame:
        """Return a table as its CSV file has it, but with labels in the study's language.

        Tidy, amounts in whole kronor, percent whole and half up.
        UserError, naming those there are, when there is none of this name.
        """
        return self._tables[table_id].labelled(self.language)

    def value(self, address: str) -> Any:
        """Return the number at an address, `<table>/<key>/…/<column>`. UserError when there is none."""
        return self._tables.cell(address).value

    def query(self, sql: str, **parameters: Any) -> pl.DataFrame:
        """Ask the store. `$year` is the grant year; `$name` is the parameter of that name."""
        return query(self.connection, sql, **{"year": self.year, **parameters})

    def explain(self, address: str) -> Explanation:
        """Return what a cell, row or table is, how it is made, and who is in it (docs/explain.md).

        UserError, naming addresses near it, when there is no such address.
        """
        from pipeline.explain import Explainer

        return Explainer(self.connection, self._tables, self.declarations, self.year)(address)

    def municipalities(self, address: str) -> pl.DataFrame:
        """Return the municipalities counted at an address, each with the file and row of its return.

        No rows where a number is not counted but put together of several sums: see `explain(address).terms`. UserError
        when there is no such address.
        """
        return pl.DataFrame(self.explain(address).municipalities)

    def report(self) -> Report:
        """Return what a cell of the report may call, in the study's language, with the tables of this study."""
        from pipeline.report import Report

        return Report(self.year, self.language, self._tables, self.declarations)

    def draw(self, table_id: str, column: str = "percent") -> Drawing:
        """Draw a table as the report does, in the house style, with a remark where its answers are made up.

        Answers: bars of the counts; `…_by_year`: bars of the shares; `…_by_region`: a matrix of the shares. A table of
        measures by region: a map of its `column` of percentages, or dots beside the whole country where it has that.

        UserError when there is no such table or column, or the table is none of these.
        """
        from pipeline.report import figures, tables

        table, report = self._tables[table_id], self.report()
        declared, name, key = table.declared, f"{table_id}-{self.year}-{self.language}", list[str]()
        numbers = [each.id for each in declared.column if each.kind not in ("key", "text", "label")]
        if not declared.counts_answers and declared.by != "region":
            raise UserError(f"table {table_id!r} has no drawing; answers and measures by region have one")
        if not declared.counts_answers and column not in numbers:
            raise UserError(f"table {table_id!r} has no column {column!r} to draw; there are {', '.join(numbers)}")
        match declared.key[0] if declared.counts_answers else declared.by:
            case "option":
                drawn = report.bars(table_id, name)
            case "year":
                drawn = report.bars_by_year(table.national, name)
            case "region_code":
                drawn, options = figures.matrix_of(report, table, name), tables.options_of(table)
                if report.key(table.national):
                    heads = zip(tables.heads_of(report, table, options), options, strict=True)
                    key = [f"{letter}: {report.option(table, option)}" for letter, option in heads]
            case _ if declared.country:  # the first column that counts says how many municipalities are behind a row
                base = next(each.id for each in declared.column if each.kind == "count")
                drawn = report.dots(table_id, column, base, name)
            case _:
                drawn = report.region_map(table_id, column, name, classes=figures.CLASSES)
        return Drawing(drawn.image(drawn.svg), tuple(key))

    def with_table(self, declaration: str | Path) -> Study:
        """Add what a TOML file, or a text of TOML, declares: `[[table]]` and, where it needs them, `[[measure]]`.

        It is written as in reports/tables.toml, and can be put there as it stands. The study itself stays as it is.
        UserError, naming key, found and expected, when it does not hold, or the year cannot make the table.
        """
        if isinstance(declaration, Path):
            shown, added = str(declaration), read_model(declaration, Additions, str(declaration))
        else:
            shown, added = "the declaration", parse_model(declaration, Additions, "the declaration")
        with_base = [measure.id for measure in added.measure if measure.base]
        if with_base:
            raise UserError(f"{shown}: measure {with_base[0]!r} has a base; here, put it together of others by plus")
        both = _joined(self.declarations, added)
        if isinstance(both, str):
            raise UserError(f"{shown}: {both}; choose another id")
        study = Study(self.connection, self.year, self.data, self.language, both)
        for each in added.table:
            if each.id not in study.tables["table"]:
                asked = ", ".join(sorted(each.questions) or each.asked or each.needs)
                raise UserError(f"{shown}: {self.year} has no table {each.id!r}, for it does not ask: {asked}")
        return study


def _joined(own: Declarations, added: Additions) -> Declarations | str:
    """Return all declarations, or what is wrong with them together.

    The fault leaves as words: an exception of pydantic holds on to the open store where the collector does not see it.
    """
    try:
        return own.joined(added)
    except ValidationError as error:
        return str(error.errors()[0]["ctx"]["error"])
