"""Open the report of the year and the data folder that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.paths import REPORTS, Workspace
from pipeline.publish.report import Report
from pipeline.store import open_store, query
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import Language

_NEWEST = "SELECT max(year) AS year FROM grant_years WHERE has_returns"
_PRINTED = "SELECT year FROM funds WHERE NOT computed AND year <= $year ORDER BY year"
_TEXTS = "SELECT name, markdown FROM texts WHERE year = $year AND language = $language"


def open_report(lang: Language) -> Report:
    """Open the report in one language (environment: ATERRAPPORT_YEAR, ATERRAPPORT_DATA).

    Unset, as in a document opened alone, it is the newest year with returns in the project's own data folder.
    """
    data = Path(os.environ.get("ATERRAPPORT_DATA") or REPORTS.parent / "data")
    store = Path(os.environ.get("ATERRAPPORT_STORE") or Workspace(data, REPORTS / "_output").store)
    with open_store(store) as connection:
        year = int(os.environ.get("ATERRAPPORT_YEAR") or query(connection, _NEWEST)["year"][0])
        declarations = read_declarations(REPORTS)
        tables = tabulate(connection, year, declarations)
        printed = query(connection, _PRINTED, year=year)["year"].to_list()
        texts = dict(query(connection, _TEXTS, year=year, language=lang).iter_rows())
    return Report(year, lang, tables, declarations, printed, texts)
