"""The report in a notebook: `%%prose` and what it shows, in the shell of nbclient, JupyterLab and Quarto alike."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.report.prose import Piece, written

if TYPE_CHECKING:
    from pipeline.report.report import Report
    from pipeline.report.review import Review


def offer(report: Report, review: Review | None, mark: str = "") -> None:
    """Make `%%prose` a cell magic of the shell that this runs in, if there is one. Every page shows the `mark`.

    With a review, a cell shows nothing until `%finish_review`, which writes them all.
    """
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return

    def publish(pieces: Sequence[Piece], place: str = "", update: bool = False) -> None:
        data = {"text/markdown": str(written(pieces, report.writer))}
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

    report.writer.show = lambda block: show([block])
    shell.register_magic_function(prose, "cell", "prose")
    shell.register_magic_function(finish_review, "line", "finish_review")
    if mark:
        publish([f"---\ndraft-mark: {json.dumps(mark, ensure_ascii=False)}\n---"])
    if review is not None:
        publish([], "opening")
