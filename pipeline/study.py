"""A grant year for a notebook: its store, its tables, its drawings, and tables that the notebook declares itself."""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
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
from pipeline.store import open_built_year, query
from pipeline.tabulate import Declarations, tabulate

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pipeline.explain import Explanation
    from pipeline.report import Report

_FONTS = {400: "Regular", 600: "Semibold"}


def open_study(year: int | None, data: str | os.PathLike[str] | None, language: Language) -> Study:
    """Open a year of a built store: see `pipeline.open`."""
    connection, asked, folder, declarations = open_built_year(year, data)
    return Study(connection, asked, folder, language, declarations)


def build_study(year: int, data: str | os.PathLike[str], language: Language) -> Study:
    """Make the store of a data folder anew and open it: see `pipeline.build`."""
    from pipeline.read import read_folder
    from pipeline.store.build import build_store

    folder = Path(data)
    workspace = Workspace(folder, folder)
    years = [read_folder(workspace.raw(each), f"raw/{each}") for each in workspace.years(year)]
    with staged(workspace.processed) as stage:
        build_store(years, stage / workspace.store.name)
        put_in_place({workspace.store: stage / workspace.store.name})
    return open_study(year, folder, language)


@dataclass(repr=False, eq=False)
class Study:
    """One grant year, open to read. It changes nothing, neither in the data nor in the project."""

    connection: duckdb.DuckDBPyConnection
    """The store, read-only: https://duckdb.org/docs. Its views are described in pipeline/store/bases.sql."""
    year: int
    """The grant year."""
    data: Path
    """The data folder, which holds raw/ and processed/."""
    language: Language
    """The language of titles, labels and drawings."""
    declarations: Declarations
    """What reports/tables.toml declares, and what was added to it."""

    def __post_init__(self) -> None:
        """Compute the year's tables."""
        self._tables = tabulate(self.connection, self.year, self.declarations)

    def __repr__(self) -> str:
        made_up = sum(each.has_synthetic for each in self._tables.values())
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
            (id_, each.declared.title[self.language], len(each.tidy), each.declared.base, each.has_synthetic)
            for id_, each in self._tables.items()
        ]
        columns = ["table", "title", "rows", "base", "made_up"]
        return pl.DataFrame(about, columns, orient="row", infer_schema_length=None)

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
        """Return what an address is and who is in it (docs/explain.md). UserError, naming addresses near it."""
        from pipeline.explain import Explainer

        return Explainer(self.connection, self._tables)(address)

    def municipalities(self, address: str) -> pl.DataFrame:
        """Return the municipalities counted at an address, each with the file and row of its return.

        No rows where a number is not counted but put together of several sums: see `explain(address).terms`. UserError
        when there is no such address.
        """
        return pl.DataFrame(self.explain(address).municipalities)

    def report(self) -> Report:
        """Return what a cell of the report may call, in the study's language, with the tables of this study."""
        from pipeline.report.open import report_of

        return report_of(self.connection, self.language, self._tables)

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
            name, added = str(declaration), read_model(declaration, Additions, str(declaration))
        else:
            name, added = "the declaration", parse_model(declaration, Additions, "the declaration")
        with_base = [measure.id for measure in added.measure if measure.base]
        if with_base:
            raise UserError(f"{name}: measure {with_base[0]!r} has a base; here, put it together of others by plus")
        both = _joined(self.declarations, added)
        if isinstance(both, str):
            raise UserError(f"{name}: {both}; choose another id")
        study = Study(self.connection, self.year, self.data, self.language, both)
        for each in added.table:
            if each.id not in study.tables["table"]:
                asked = ", ".join(sorted(each.questions) or each.asked or each.needs)
                raise UserError(f"{name}: {self.year} has no table {each.id!r}, for it does not ask: {asked}")
        return study


def _joined(own: Declarations, added: Additions) -> Declarations | str:
    """Return all declarations, or what is wrong with them together.

    The fault leaves as words: an exception of pydantic holds on to the open store where the collector does not see it.
    """
    try:
        return own.joined(added)
    except ValidationError as error:
        return str(error.errors()[0]["ctx"]["error"])


@dataclass(frozen=True)
class Drawing:
    """A static drawing. A notebook that ends a cell with it shows it; nothing in it runs, and nothing is loaded."""

    html: str
    """An element with the role of an image: its label says in words what the SVG in it shows."""
    key: tuple[str, ...] = ()
    """What letters in it stand for, a line each, to be shown above it."""

    @classmethod
    def of(cls, figure: go.Figure, alt: str, name: str, remark: str | None = None) -> Drawing:
        """Draw a Plotly figure: see `pipeline.drawing`."""
        from pipeline.draw import Figure, to_svg
        from pipeline.draw.marks import add_remark

        if remark:
            layout = figure.layout
            band = Figure(layout.width, layout.height, (0, 1), (0, 1), [], layout.margin.t or 0)
            add_remark(band, remark)
            more = {"shapes": [*layout.shapes, *band.shapes], "annotations": [*layout.annotations, *band.annotations]}
            figure = type(figure)(figure).update_layout(height=band.height, margin_t=band.top, **more)
        return cls(f'<div role="img" aria-label="{escape(alt)}">{to_svg(figure, name=name)}</div>')

    @property
    def svg(self) -> str:
        """The SVG alone. Its letters are set in Source Sans 3 where that is installed."""
        return self.html[self.html.index("<svg") : self.html.rindex("</svg>") + len("</svg>")]

    def _repr_html_(self) -> str:
        """Bring the typeface along: labels are measured in it, and a wider one would run over the edge."""
        weights = [400, 600] if 'font-weight="600"' in self.html else [400]
        key = f"<p>{'<br>'.join(map(escape, self.key))}</p>" if self.key else ""
        return f"<style>{''.join(map(_font_face, weights))}</style>{key}{self.html}"


@cache
def _font_face(weight: int) -> str:
    path = REPORTS / "_extensions" / "aterrapport" / "fonts" / f"SourceSans3-{_FONTS[weight]}.woff2"
    data = b64encode(path.read_bytes()).decode("ascii")
    source = f'url("data:font/woff2;base64,{data}") format("woff2")'
    return f'@font-face {{ font-family: "Source Sans 3"; font-weight: {weight}; src: {source}; }}'
