"""From the municipalities' returns to the yearly report.

For notebooks: `pipeline.open()` gives a grant year as a `Study`, `pipeline.build()` makes the store of a data folder
anew, `pipeline.drawing()` shows a Plotly figure of one's own. All else is imported when one of them is called.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pipeline.model import Language
    from pipeline.study import Drawing, Study

__all__ = ["build", "drawing", "open"]


def open(year: int | None = None, data: str | PathLike[str] | None = None, language: Language = "sv") -> Study:  # noqa: A001
    """Open a grant year of a built store, to read.

    `year` is the newest with returns unless it is given; `data` is the folder that holds raw/ and processed/, that of
    the project unless it is given (environment: ATERRAPPORT_YEAR, ATERRAPPORT_DATA). `language` is that of drawings,
    titles and labels, sv or en; in their CSV files the labels are Swedish.

    UserError when the store was never built, or does not hold the year.
    """
    from pipeline.study import open_study

    return open_study(year, data, language)


def build(year: int, data: str | PathLike[str], language: Language = "sv") -> Study:
    """Read the raw files of a data folder, put its store in place, and open it.

    For a folder of one's own, a copy above all: only the store is made, and nothing is checked, as `aterrapport build`
    does. UserError, and the store left as it was, when a file cannot be read.
    """
    from pipeline.study import build_study

    return build_study(year, data, language)


def drawing(figure: go.Figure, alt: str, name: str = "drawing", remark: str | None = None) -> Drawing:
    """Make a static drawing of a Plotly figure (bar and scatter only), for a notebook to show.

    `alt` says in words what is to be seen, for those who do not see it. `name`, a letter and then letters, digits, `_`
    or `-`, tells the drawings of a notebook apart. `remark` is written across the top: that the data are made up.
    ValueError for another name or kind of trace.
    """
    from pipeline.study import Drawing

    return Drawing.of(figure, alt, name, remark)
