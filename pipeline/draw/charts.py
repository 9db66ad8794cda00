"""Draw bar charts: a few categories, each with its figure written at the end of its bar."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from pipeline.draw import text
from pipeline.draw.template import INK, MAIN, MUTED, TEMPLATE

WIDTH = 640
"""Pixels: prints at 160 mm, the text width of an A4 page, with letters of ten points."""

_BAR = 22  # pixels a bar is thick
_GAP = 12  # pixels between two rows
_SPACE = 8  # pixels between text and bar
_EDGE = 3  # pixels kept free at both sides: another typeface may run a little wider
_CATEGORY_SHARE = 0.42  # of the width, at most, for the category labels
_LABEL_SHARE = 0.34  # of the width, at most, for the labels at the bar ends
_NOTHING = 1e-6  # lengths below are drawn as zero: no count or percentage is smaller


def bars(
    categories: Sequence[str],
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    unit_label: str | None = None,
    axis_max: float | None = None,
    width: int = WIDTH,
) -> go.Figure:
    """Draw one horizontal bar a category, top to bottom in the given order.

    `values` are finite and not negative; None (nothing known) draws no bar. `labels` are the ready formatted figures,
    written at the bar ends. `unit_label` says above the bars what is measured. `axis_max` is the whole that fills
    the room (100 for percent), so that a bar looks like its share; without it the largest value does. `width` is
    in pixels, the height follows from the rows. All texts are shown as they are: nothing in them is read as markup.

    Raise ValueError when the lengths differ, nothing is given, or a value cannot be drawn.
    """
    counts = (len(categories), len(values), len(labels))
    if len(set(counts)) > 1 or not categories:
        raise ValueError(f"expected as many categories as values and labels, and at least one; got: {counts}")
    lengths = [value or 0.0 for value in values]
    full = max(*lengths, axis_max or 0.0)
    if not all(math.isfinite(length) and length >= 0 for length in (*lengths, full)):
        raise ValueError(f"expected finite values, none negative; got: {list(values)}, axis_max={axis_max}")

    names = [text.wrap(category, width * _CATEGORY_SHARE - _SPACE - _EDGE) for category in categories]
    ends = [text.wrap(label, width * _LABEL_SHARE - _SPACE - _EDGE) for label in labels]
    left = max(text.width(line) for lines in names for line in lines) + _SPACE + _EDGE
    room = width - left
    unit = _pixels_a_unit([full, *lengths], [[""], *ends], room)

    line = text.SIZE * text.LINE
    heights = [max(_BAR, line * max(len(name), len(end))) + _GAP for name, end in zip(names, ends, strict=True)]
    bottom = sum(heights)
    middles = [sum(heights[:row]) + height / 2 for row, height in enumerate(heights)]
    heading = text.wrap(unit_label, room - _EDGE) if unit_label else []
    top = line * len(heading) + _SPACE if heading else 0

    columns = go.Bar(
        x=lengths, y=middles, width=[_BAR] * len(lengths), orientation="h", marker_color=MAIN, hoverinfo="skip"
    )
    figure = go.Figure(
        [
            _texts([-_SPACE / unit] * len(names), middles, names, "middle left"),
            columns,
            _texts([length + _SPACE / unit for length in lengths], middles, ends, "middle right"),
        ]
    )
    figure.update_layout(template=TEMPLATE, width=width, height=round(top + bottom), margin={"t": top})
    # The category labels stand inside the plotting area, left of zero: Plotly hides text points outside it.
    figure.update_xaxes(visible=False, range=[-left / unit, room / unit])
    figure.update_yaxes(visible=False, range=[bottom, 0])
    # The base line is drawn last, so that it is seen where a bar is too short to be.
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=bottom, line={"color": MUTED, "width": 1})
    if heading:
        style = {"font_color": MUTED, "showarrow": False, "borderpad": 0, "align": "left"}
        figure.add_annotation(
            style, text=text.markup(heading), x=0, xref="x", xanchor="left", y=1, yref="paper", yanchor="bottom"
        )
    return figure


def _pixels_a_unit(lengths: Sequence[float], ends: Sequence[list[str]], room: float) -> float:
    """Give the largest scale at which every label fits in `room` pixels behind its own bar."""
    return min(
        (
            (room - _SPACE - _EDGE - max(map(text.width, lines))) / length
            for length, lines in zip(lengths, ends, strict=True)
            if length > _NOTHING
        ),
        default=room,
    )


def _texts(x: Sequence[float], y: Sequence[float], lines: Sequence[list[str]], position: str) -> go.Scatter:
    """Make a trace of texts beside points."""
    return go.Scatter(
        x=list(x),
        y=list(y),
        text=[text.markup(each) for each in lines],
        mode="text",
        textposition=position,
        textfont={"color": INK},
        cliponaxis=False,
        hoverinfo="skip",
    )
