"""The marks several drawings share: texts, rectangles, a legend in a row, and the remark across the top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pipeline.draw import text
from pipeline.draw.template import AXIS, INK, LAYOUT, MARGIN, NOTE

Item = tuple[float, float, list[str], str]
"""A text: where it stands, x and y; its lines; its colour."""

Box = tuple[float, float, float, float]
"""A rectangle: left, top, right, bottom."""

Ring = Sequence[tuple[float, float]]
"""A closed line, in pixels from the upper left corner of the plotting area."""

Segment = tuple[float, float, float, float]
"""A line: from x, y to x, y."""

WIDTH = 640
"""Pixels of a drawing: prints at 160 mm, the text width of an A4 page, with letters of ten points."""

NARROW = 320
"""Pixels of a drawing for a small screen, where names stand above what is drawn."""

EDGE = 3
"""Pixels kept free at both sides: another typeface may run a little wider."""

NOTHING = 1e-6
"""Lengths below are drawn as zero: no count or percentage is smaller."""

_RULE = 4  # pixels the dark edge of a remark is wide
_PAD = 10  # pixels from that edge to the text
_AIR = 4  # pixels above and below the text of a remark
_UNDER = 10  # pixels between the remark and the drawing
_SWATCH = (22, 14)  # pixels across and down
_NEAR = 6  # pixels between a swatch and its text
_BETWEEN = 18  # pixels between two entries of a legend


@dataclass
class Figure:
    """A drawing as Plotly's JSON has it, without its classes: they cost as much time as drawing it.

    Sizes are in pixels. `top` is the margin above the plotting area; margins at the other sides are 0, and none is
    automatic, since those differ between renderers. The marks named by `areas` can be pointed at on a page.
    """

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    traces: list[dict[str, Any]]
    top: float = 0
    x_axis: dict[str, Any] = field(default_factory=dict)
    y_axis: dict[str, Any] = field(default_factory=dict)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)
    """The outline of each mark as an SVG path in whole pixels, in the order of the marks."""

    def to_plotly_json(self) -> dict[str, Any]:
        """Return the figure as `plotly.graph_objects.Figure` takes it."""
        x_axis = {**AXIS, "visible": False, "range": list(self.x_range), **self.x_axis}
        y_axis = {**AXIS, "visible": False, "range": list(self.y_range), **self.y_axis}
        size: dict[str, Any] = {"width": self.width, "height": self.height, "margin": MARGIN | {"t": self.top}}
        size |= {"xaxis": x_axis, "yaxis": y_axis}
        return {
            "data": self.traces,
            "layout": {**LAYOUT, **size, "shapes": self.shapes, "annotations": self.annotations},
        }

    def mark(self, shapes: Iterable[Sequence[Ring]]) -> None:
        """Keep the outlines of each mark. Height and margin must be final."""
        self.areas = ["".join(_path(ring, self.top) for ring in rings) for rings in shapes]

    def mark_boxes(self, boxes: Iterable[Box]) -> None:
        """Keep marks that are rectangles."""
        self.mark([[(left, top), (right, top), (right, low), (left, low)]] for left, top, right, low in boxes)


def _path(ring: Ring, top: float) -> str:
    """Return a ring as a path with relative steps; nothing for one that is smaller than a pixel."""
    points = [(round(x), round(y + top)) for x, y in ring]
    steps = [(x - before_x, y - before_y) for (before_x, before_y), (x, y) in pairwise(points)]
    if any(x and y for x, y in steps):
        written = "l" + " ".join(f"{x},{y}" for x, y in steps if x or y)
    else:
        written = "".join(f"h{x}" if x else f"v{y}" for x, y in steps if x or y)
    return f"M{points[0][0]},{points[0][1]}{written}z" if len(set(points)) > 2 else ""


def largest(values: Iterable[float | None]) -> float:
    """Return the largest value, 0 for none. Raise ValueError unless all are finite and not negative."""
    known = [value for value in values if value is not None]
    if not all(math.isfinite(value) and value >= 0 for value in known):
        raise ValueError(f"expected finite values, none negative; got: {known}")
    return max(known, default=0.0)


def texts(items: Sequence[Item], position: str, size: float = text.SIZE) -> dict[str, Any]:
    """Return one trace of texts, all on the same side of their points."""
    return {
        "type": "scatter",
        "x": [item[0] for item in items],
        "y": [item[1] for item in items],
        "text": [text.markup(item[2]) for item in items],
        "mode": "text",
        "textposition": position,
        "textfont": {"size": size, "color": [item[3] for item in items]},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def lines(segments: Sequence[Segment], colour: str, thick: float, **more: Any) -> dict[str, Any]:
    """Return one trace of lines."""
    return {
        "type": "scatter",
        "x": [x for start, _, end, _ in segments for x in (start, end, None)],
        "y": [y for _, start, _, end in segments for y in (start, end, None)],
        "mode": "lines",
        "line": {"color": colour, "width": thick},
        "hoverinfo": "skip",
        **more,
    }


def annotation(lines: list[str], font: dict[str, Any]) -> dict[str, Any]:
    """Return lines of text whose place is still to be said."""
    return {"text": text.markup(lines), "font": font, "showarrow": False, "borderpad": 0, "align": "left"}


def legend_row(
    title: str, labels: Sequence[str], corner: tuple[float, float], room: float, size: float
) -> tuple[list[Box], list[Item], float]:
    """Set a legend from `corner` on in rows of `room` pixels; return a swatch a label, all texts, and where it ends."""
    across, down = _SWATCH
    line = size * text.LINE
    left, y = corner
    x, height = left, 0.0
    boxes: list[Box] = []
    items: list[Item] = []
    for at, label in enumerate((title, *labels)):
        before = across + _NEAR if at else 0
        lines = text.wrap(label, room - before, size)
        wide = before + max(text.width(one, size) for one in lines)
        if x > left and x + wide > left + room:
            x, y, height = left, y + height, 0.0
        first = y + line * 0.65  # the middle of the first line
        if at:
            boxes.append((x, round(first - down / 2), x + across, round(first + down / 2)))
        items.append((x + before, first + line * (len(lines) - 1) / 2, lines, INK))
        height = max(height, line * (len(lines) + 0.3))
        x = math.ceil(x + wide + _BETWEEN)
    return boxes, items, y + height


def add_remark(figure: Figure, remark: str | None) -> None:
    """Write a remark on a pale band across the top, so that it goes wherever the drawing goes; None changes nothing."""
    if remark is None or not text.clean(remark):
        return
    lines = text.wrap(remark, figure.width - _RULE - 2 * _PAD, weight=600)
    band = math.ceil(text.SIZE * text.LINE * len(lines) + 2 * _AIR)
    below = math.floor(figure.top + 0.5)  # as Plotly rounds it
    figure.height += band + _UNDER
    figure.top = below + band + _UNDER
    # Measured in pixels upwards from the top of the plotting area.
    bottom = below + _UNDER
    place = {"type": "rect", "xref": "paper", "yref": "paper", "ysizemode": "pixel", "yanchor": 1, "line": {"width": 0}}
    high = {"y0": bottom, "y1": bottom + band}
    figure.shapes.append({**place, **high, "x0": 0, "x1": 1, "fillcolor": NOTE})
    edge = {"xsizemode": "pixel", "xanchor": 0, "x0": 0, "x1": _RULE}
    figure.shapes.append({**place, **high, **edge, "fillcolor": INK})
    across = {"x": 0, "xref": "paper", "xanchor": "left", "xshift": _RULE + _PAD}
    up = {"y": 1, "yref": "paper", "yanchor": "middle", "yshift": bottom + band / 2}
    figure.annotations.append(annotation(lines, {"color": INK, "weight": 600}) | across | up)
