"""The marks several drawings share: texts, rectangles, a legend in a row, and the remark across the top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import plotly.graph_objects as go

from pipeline.draw import text
from pipeline.draw.template import INK, NOTE, TEMPLATE

Item = tuple[float, float, list[str], str]
"""A text: where it stands, x and y; its lines; its colour."""

Box = tuple[float, float, float, float]
"""A rectangle: left, top, right, bottom."""

NOTHING = 1e-6
"""Lengths below are drawn as zero: no count or percentage is smaller."""

_RULE = 4  # pixels the dark edge of a remark is wide
_PAD = 10  # pixels from that edge to the text
_AIR = 4  # pixels above and below the text of a remark
_UNDER = 10  # pixels between the remark and the drawing
_SWATCH = (22, 14)  # pixels across and down
_NEAR = 6  # pixels between a swatch and its text
_BETWEEN = 18  # pixels between two entries of a legend


def largest(values: Iterable[float | None]) -> float:
    """Give the largest value, 0 for none. Raise ValueError unless all are finite and not negative."""
    known = [value for value in values if value is not None]
    if not all(math.isfinite(value) and value >= 0 for value in known):
        raise ValueError(f"expected finite values, none negative; got: {known}")
    return max(known, default=0.0)


def texts(items: Sequence[Item], position: str, size: float = text.SIZE) -> go.Scatter:
    """Make one trace of texts, all on the same side of their points."""
    return go.Scatter(
        x=[item[0] for item in items],
        y=[item[1] for item in items],
        text=[text.markup(item[2]) for item in items],
        mode="text",
        textposition=position,
        textfont={"size": size, "color": [item[3] for item in items]},
        cliponaxis=False,
        hoverinfo="skip",
    )


def set_pixels(figure: go.Figure, width: int, height: int) -> None:
    """Make a drawing whose coordinates are pixels from its upper left corner."""
    figure.update_layout(template=TEMPLATE, width=width, height=height)
    figure.update_xaxes(visible=False, range=[0, width])
    figure.update_yaxes(visible=False, range=[height, 0])


def add_boxes(figure: go.Figure, boxes: Iterable[Box], fill: str, border: str | None = None) -> None:
    """Draw rectangles of one kind as a single path, behind all texts; `border` is the colour of a hairline."""
    path = "".join(f"M{left:g},{top:g}H{right:g}V{bottom:g}H{left:g}Z" for left, top, right, bottom in boxes)
    if path:
        line = {"width": 1, "color": border} if border else {"width": 0}
        figure.add_shape(type="path", path=path, fillcolor=fill, line=line, layer="below")


def add_heading(figure: go.Figure, lines: list[str], colour: str, x: float) -> None:
    """Write lines just above the plotting area, starting at `x`."""
    style = {"font_color": colour, "showarrow": False, "borderpad": 0, "align": "left"}
    figure.add_annotation(
        style, text=text.markup(lines), x=x, xref="x", xanchor="left", y=1, yref="paper", yanchor="bottom"
    )


def legend_row(
    title: str, labels: Sequence[str], corner: tuple[float, float], room: float, size: float
) -> tuple[list[Box], list[Item], float]:
    """Set a legend from `corner` on in rows of `room` pixels: give a swatch a label, all texts, and where it ends."""
    across, down = _SWATCH
    line = size * text.LINE
    left, y = corner
    x, height = left, 0.0
    boxes: list[Box] = []
    items: list[Item] = []
    for at, label in enumerate((title, *labels)):
        before = across + _NEAR if at else 0
        lines = text.wrap(label, room - before, size)
        wide = before + max(text.width(each, size) for each in lines)
        if x > left and x + wide > left + room:
            x, y, height = left, y + height, 0.0
        first = y + line * 0.65  # the middle of the first line
        if at:
            boxes.append((x, round(first - down / 2), x + across, round(first + down / 2)))
        items.append((x + before, first + line * (len(lines) - 1) / 2, lines, INK))
        height = max(height, line * (len(lines) + 0.3))
        x = math.ceil(x + wide + _BETWEEN)
    return boxes, items, y + height


def add_remark(figure: go.Figure, remark: str | None) -> None:
    """Write a remark on a pale band across the top, so that it goes wherever the drawing goes; None changes nothing."""
    if remark is None or not text.clean(remark):
        return
    layout = figure.layout
    lines = text.wrap(remark, layout.width - _RULE - 2 * _PAD, weight=600)
    band = math.ceil(text.SIZE * text.LINE * len(lines) + 2 * _AIR)
    below = math.floor((layout.margin.t or 0) + 0.5)  # as Plotly rounds it
    layout.height += band + _UNDER
    layout.margin.t = below + band + _UNDER
    # Measured in pixels upwards from the top of the plotting area.
    bottom = below + _UNDER
    place = {"type": "rect", "xref": "paper", "yref": "paper", "ysizemode": "pixel", "yanchor": 1, "line": {"width": 0}}
    figure.add_shape(place, x0=0, x1=1, y0=bottom, y1=bottom + band, fillcolor=NOTE)
    edge = {"xsizemode": "pixel", "xanchor": 0, "x0": 0, "x1": _RULE}
    figure.add_shape(place | edge, y0=bottom, y1=bottom + band, fillcolor=INK)
    figure.add_annotation(
        text=text.markup(lines),
        font={"color": INK, "weight": 600},
        showarrow=False,
        borderpad=0,
        align="left",
        x=0,
        xref="paper",
        xanchor="left",
        xshift=_RULE + _PAD,
        y=1,
        yref="paper",
        yanchor="middle",
        yshift=bottom + band / 2,
    )
