"""What all drawings share: the house style, one Plotly layout and one set of colours; texts, legend, remark.

Contrast follows WCAG 2.1: text at least 4.5:1 (1.4.3), what carries meaning in a graphic at least 3:1 (1.4.11). The
class colours are one hue in steps of lightness, so they hold in greyscale and for colour-blind readers; where two
neighbours are nearer each other than 3:1, a line in ink or paper parts them and the figure itself is written in them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pipeline.draw import text

FAMILY = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Arial, sans-serif"
PAPER = "#FFFFFF"
INK = "#1A2429"
MUTED = "#4F5D64"  # secondary text and base lines: 6.8:1 on paper
MAIN = "#004A63"
FRAME = "#C9D3D8"  # hairlines that carry no meaning of their own
NOTE = "#FFF0C7"  # the band of a remark: ink on it 14:1
HATCH = "#838E94"  # lines of the hatching that says "nothing known": 3.3:1 on paper, and ink on it 4.7:1

# Light to dark in even steps of lightness (CIE L* 94, 79, 63, 45, 29).
_SCALE = ("#E4F1F7", "#A6CBDC", "#6BA0B8", "#2F6F8C", "#004A63")
_PICKS = {1: (4,), 2: (1, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}

# Years, newest first: as far apart in lightness as 3:1 against paper allows (CIE L* 29 to 59).
_YEARS = {
    1: ("#004A63",),
    2: ("#004A63", "#6096AF"),
    3: ("#004A63", "#2F6F8C", "#6096AF"),
    4: ("#004A63", "#206380", "#407D99", "#6096AF"),
}

Class = tuple[float, float, str]
"""A class of values: lower bound, upper bound, text of the legend."""

LAYOUT = {
    "font": {"family": FAMILY, "size": text.SIZE, "color": INK},
    "paper_bgcolor": PAPER,
    "plot_bgcolor": PAPER,
    "colorway": [MAIN],
    "showlegend": False,
    "hovermode": False,
    "dragmode": False,
}
AXIS = {"automargin": False, "tickangle": 0, "showgrid": False, "zeroline": False, "fixedrange": True}
# Fixed margins: every drawing works out its own, since automatic ones differ between renderers.
MARGIN = {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0, "autoexpand": False}
TEMPLATE = {"layout": {**LAYOUT, "margin": MARGIN, "xaxis": AXIS, "yaxis": AXIS}}
"""The house style for figures of one's own: `figure.update_layout(template=TEMPLATE)`."""


def class_colours(count: int) -> list[str]:
    """Return the fills of `count` classes, lightest first. Raise ValueError for more than eyes tell apart, five."""
    if count not in _PICKS:
        raise ValueError(f"{count} classes; expected 1 to {len(_SCALE)}")
    return [_SCALE[step] for step in _PICKS[count]]


def class_of(value: float, classes: Sequence[Class], whose: str) -> int:
    """Return the place of the class a value belongs to: lower bound, upper bound, text each, from low to high.

    A bound shared by two belongs to the upper class, and the last holds its upper bound. Raise ValueError, naming
    `whose` value it is, when no class holds it.
    """
    for at, (low, high, _) in enumerate(classes):
        if low <= value < high or (value == high and at == len(classes) - 1):
            return at
    raise ValueError(f"{whose}: {value} is in no class; got: {[(low, high) for low, high, _ in classes]}")


def year_colours(count: int) -> list[str]:
    """Return the colours of `count` years, oldest and lightest first. Raise ValueError for none or more than four."""
    if count not in _YEARS:
        raise ValueError(f"{count} years; expected 1 to {len(_YEARS)}")
    return list(reversed(_YEARS[count]))


def ink_on(fill: str) -> str:
    """Return the colour, ink or paper, that stands out most on a fill: for text and for lines around it."""
    return max(INK, PAPER, key=lambda ink: contrast(ink, fill))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (#RRGGBB), 1 to 21, as WCAG 2.1 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1, 0 to 1."""
    if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        raise ValueError(f"a colour is written #RRGGBB; got: {colour!r}")
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
