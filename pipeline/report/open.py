"""Opens the report of a year: its tables, protected where the edition is public, and what else the store holds of it.

`%%prose` shows it in the shell of nbclient, JupyterLab and Quarto alike.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.model import Language
from pipeline.paths import Workspace
from pipeline.protect import Rules, protect, read_rules
from pipeline.report.prose import Piece, written
from pipeline.report.report import Report
from pipeline.store import open_built_year, query
from pipeline.tabulate import Tables, tabulate
from pipeline.year import read_year

if TYPE_CHECKING:
    import duckdb

    from pipeline.report.review import Review

_ROWS = {
    "printed_years": "SELECT year FROM funds WHERE NOT computed AND year <= $year ORDER BY year",
    "publish": "SELECT * FROM publish WHERE year = $year",
    "points": "SELECT list, text_sv AS sv, text_en AS en FROM grant_points WHERE year = $year ORDER BY position",
    "grant": "SELECT name_sv AS sv, name_en AS en FROM grant_years WHERE year = $year",
    "texts": "SELECT language, name, markdown FROM texts WHERE year = $year",
    "questions": "SELECT * FROM questions WHERE year = $year AND answered ORDER BY position",
}
"""What a report tells besides its tables: years whose funds come from print, for want of returns; how it is published;
what the grant is for and not for; what it is called; the analysts' texts; the form."""


def report_of(
    connection: duckdb.DuckDBPyConnection,
    lang: Language,
    tables: Tables,
    rules: Rules | None = None,
    *,
    reviewed: bool = False,
) -> Report:
    """Return the report that tells of these tables, with what else the store holds of the year."""
    rows = {name: query(connection, sql, year=tables.year).to_dicts() for name, sql in _ROWS.items()}
    return Report(lang, tables, rows, rules=rules, reviewed=reviewed)


def open_report(lang: Language) -> Report:
    """Open the report of the year and data folder that the environment names (`open_built_year`), and its prose to the
    cells. The edition is the public one unless ATERRAPPORT_INTERNAL or ATERRAPPORT_REVIEW is set."""
    material = os.environ.get("ATERRAPPORT_REVIEW")
    review: Review | None = None
    connection, year, data, declarations = open_built_year()
    with connection:
        tables = tabulate(connection, year, declarations)
        is_internal = bool(os.environ.get("ATERRAPPORT_INTERNAL"))
        protection = None if is_internal or material else read_rules(connection, year)
        tables = protect(tables, protection) if protection else tables
        report = report_of(connection, lang, tables, protection, reviewed=bool(material))
        if material:
            from pipeline.report.review import Review

            rules = read_year(Workspace(data, data).raw(year), f"raw/{year}")
            review = Review(Path(material), report, connection, rules)
    _offer(report, review, report.plainly("internal.mark") if is_internal else "")
    return report


def _offer(report: Report, review: Review | None, mark: str = "") -> None:
    """Make `%%prose` a cell magic of the shell that this runs in, if there is one. Every page shows the `mark`.

    With a review, a cell shows nothing until `%finish_review`, which writes them all.
    """
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return

    def publish(pieces: Sequence[Piece], place: str = "", update: bool = False) -> None:
        data = {"text/markdown": str(written(pieces, report))}
        shell.display_pub.publish(data, transient={"display_id": place} if place else None, update=update)

    def show(pieces: Sequence[Piece]) -> None:
        if review is None:
            publish(pieces)
        else:
            publish([], f"cell-{len(review.cells)}")
            review.cells.append(list(pieces))

    def prose(_: str, body: str) -> None:
        """Fill in the prose of a cell and show it, as Markdown and nothing else."""
        hidden = shell.user_ns_hidden
        show(report.pieces(body, {name: value for name, value in shell.user_ns.items() if name not in hidden}))

    def finish_review(_: str) -> None:
        """Write the review edition."""
        if review is not None:
            opening, cells, last = review.finish()
            publish(opening, "opening", update=True)
            for at, pieces in enumerate(cells):
                publish(pieces, f"cell-{at}", update=True)
            publish(last)

    report.show = lambda block: show([block])
    shell.register_magic_function(prose, "cell", "prose")
    shell.register_magic_function(finish_review, "line", "finish_review")
    if mark:
        publish([f"---\ndraft-mark: {json.dumps(mark, ensure_ascii=False)}\n---"])
    if review is not None:
        publish([], "opening")
