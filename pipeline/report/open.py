"""Opens the report of a year: what the store holds of it, its tables, protected where the edition is public."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.paths import REPORTS, Workspace
from pipeline.protect import Rules, protect, read_rules
from pipeline.report.report import Report
from pipeline.report.shell import offer
from pipeline.store import open_store, query
from pipeline.tabulate import Declarations, Tables, read_declarations, tabulate
from pipeline.year import Language, read_year

if TYPE_CHECKING:
    import duckdb

    from pipeline.report.review import Review

_NEWEST = "SELECT max(year) AS year FROM grant_years WHERE has_returns"
_PRINTED = "SELECT year FROM funds WHERE NOT computed AND year <= $year ORDER BY year"
_PUBLISH = "SELECT * FROM publish WHERE year = $year"
_POINTS = "SELECT list, text_sv AS sv, text_en AS en FROM grant_points WHERE year = $year ORDER BY position"
_NAME = "SELECT name_sv AS sv, name_en AS en FROM grant_years WHERE year = $year"
_TEXTS = "SELECT name, markdown FROM texts WHERE year = $year AND language = $language"
_ASKED = "SELECT * FROM questions WHERE year = $year AND answered ORDER BY position"


def report_of(
    connection: duckdb.DuckDBPyConnection,
    year: int,
    lang: Language,
    made: Tables,
    declarations: Declarations,
    *,
    rules: Rules | None = None,
    reviewed: bool = False,
) -> Report:
    """Return the report that tells of these tables, with what else the store holds of the year."""
    printed = query(connection, _PRINTED, year=year)["year"].to_list()
    of_year = [query(connection, statement, year=year).to_dicts() for statement in (_ASKED, _POINTS, _PUBLISH)]
    texts = dict(query(connection, _TEXTS, year=year, language=lang).iter_rows())
    grant, (asked, points, (frame,)) = str(query(connection, _NAME, year=year)[lang][0]), of_year
    return Report(
        year, lang, made, declarations, printed, texts, grant, asked,
        frame=frame, points=points, rules=rules, reviewed=reviewed,
    )  # fmt: skip


def open_report(lang: Language) -> Report:
    """Open the report of the year and the data folder that the environment names, and its prose to the cells.

    Unset (ATERRAPPORT_YEAR, ATERRAPPORT_DATA), as in a document opened alone, it is the newest year with returns in the
    project's own data folder. The edition is the public one unless ATERRAPPORT_INTERNAL or ATERRAPPORT_REVIEW is set.
    """
    data = Path(os.environ.get("ATERRAPPORT_DATA") or REPORTS.parent / "data")
    store = Path(os.environ.get("ATERRAPPORT_STORE") or Workspace(data, REPORTS / "_output").store)
    material = os.environ.get("ATERRAPPORT_REVIEW")
    review: Review | None = None
    with open_store(store) as connection:
        year = int(os.environ.get("ATERRAPPORT_YEAR") or query(connection, _NEWEST)["year"][0])
        folder = Workspace(data, data).raw(year)
        declarations = read_declarations(REPORTS, folder)
        made = tabulate(connection, year, declarations)
        is_internal = bool(os.environ.get("ATERRAPPORT_INTERNAL"))
        protection = None if is_internal or material else read_rules(connection, year)
        made = protect(made, protection) if protection else made
        report = report_of(connection, year, lang, made, declarations, rules=protection, reviewed=bool(material))
        if material:
            from pipeline.report.review import Review

            rules = read_year(folder, f"raw/{year}")
            review = Review(Path(material), report.writer, connection, rules)
    offer(report, review, report.writer.plainly("internal.mark") if is_internal else "")
    return report
