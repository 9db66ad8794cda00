"""Keep where the marks of a drawing are: a page lets its reader point at them, without a change to the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import plotly.graph_objects as go

from pipeline.draw.marks import Box

Ring = Sequence[tuple[float, float]]
"""A closed line, in pixels from the upper left corner of the plotting area."""


def keep(figure: go.Figure, shapes: Iterable[Sequence[Ring]]) -> None:
    """Note the outlines of each mark in the figure itself. Its height and margins must be final."""
    top = figure.layout.margin.t or 0
    paths = ["".join(_path(ring, top) for ring in rings) for rings in shapes]
    figure.update_layout(meta={"areas": paths})


def keep_boxes(figure: go.Figure, boxes: Iterable[Box]) -> None:
    """Note marks that are rectangles."""
    keep(figure, ([[(left, top), (right, top), (right, low), (left, low)]] for left, top, right, low in boxes))


def areas(figure: go.Figure) -> list[str]:
    """Give the outline of each mark as an SVG path in whole pixels, in the order in which the marks were given."""
    return list(figure.layout.meta["areas"])


def _path(ring: Ring, top: float) -> str:
    """Write a ring with relative steps; nothing for one that is smaller than a pixel."""
    points = [(round(x), round(y + top)) for x, y in ring]
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(points)]
    written = " ".join(f"{x},{y}" for x, y in steps if x or y)
    return f"M{points[0][0]},{points[0][1]}l{written}z" if len(set(points)) > 2 else ""
