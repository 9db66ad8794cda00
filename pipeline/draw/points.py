"""Draw dot plots: one figure a region, measured from a reference such as the national value, or from zero."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from pipeline.draw import marks, text
from pipeline.draw.marks import EDGE, NARROW, WIDTH, Figure
from pipeline.draw.template import FRAME, INK, MAIN, MUTED, PAPER

_LINE = text.SIZE * text.LINE
_ROW = 24.0  # pixels from one row of a single line to the next
_GAP = 4  # pixels between texts that stand above each other, and from text to a guide
_RADIUS = 5.5  # pixels
_SPACE = 12  # pixels from the middle of a dot, or from a line, to text
_CATEGORY_SHARE = 0.42  # of the width, at most, for the category labels
_LABEL_SHARE = 0.24  # of the width, at most, for the labels beside the dots


def dots(
    categories: Sequence[str],
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    reference: float | None = None,
    reference_label: str | None = None,
    unit_label: str | None = None,
    small: Collection[str] = frozenset(),
    small_label: str | None = None,
    remark: str | None = None,
    narrow: bool = False,
) -> Figure:
    """Draw one dot a category, top to bottom in the given order, its label beside it.

    `values` are finite and not negative; None (nothing known) draws no dot, its label is still written. Places are
    proportional to the values. With a `reference`, an upright line says where it is, `reference_label` over it what it
    is, and each dot is joined to it, so that the eye measures the difference; without one, dots are joined to zero.
    The categories in `small` get hollow dots, which `small_label` explains below. `unit_label` says above what is
    measured; `remark` is written across the top. A `narrow` drawing is for small screens. All texts are shown as they
    are.

    Raise ValueError when the lengths differ, a value cannot be drawn, or nothing explains a reference or a hollow dot.
    """
    if (reference is not None and reference_label is None) or (small and small_label is None):
        raise ValueError("a reference or a hollow dot is not explained: expected reference_label and small_label")
    marks.largest([*values, reference])
    start = reference or 0.0

    width = NARROW if narrow else WIDTH
    names = [text.wrap(category, width * _CATEGORY_SHARE - _SPACE - EDGE) for category in categories]
    ends = [text.wrap(label, width * _LABEL_SHARE) for label in labels]
    left = EDGE + text.widest(names) + _SPACE
    zero, unit = _scale(values, ends, start, width - EDGE - left)
    line_at = left + zero + unit * start

    behind, top = _heads(unit_label, reference_label, left, line_at, width)
    tallest = [max(len(name), len(end)) for name, end in zip(names, ends, strict=True)]
    edges = list(accumulate((_ROW + (_LINE + 2) * (lines - 1) for lines in tallest), initial=top))
    middles = [(high + low) / 2 for high, low in pairwise(edges)]

    before = [(left - _SPACE, y, name, INK) for y, name in zip(middles, names, strict=True)]
    points: list[tuple[float, float, str]] = []
    guides: list[marks.Segment] = []
    stems: list[marks.Segment] = []
    for category, value, y, end in zip(categories, values, middles, ends, strict=True):
        x = line_at if value is None else left + zero + unit * value
        guide = x
        stems.append((x, y, line_at, y))
        if value is not None and value < start:
            before.append((x - _SPACE, y, end, INK))
            guide -= _SPACE + text.widest([end]) + _GAP
        else:
            behind.append((x + _SPACE, y, end, INK))
        if guide > left + _SPACE:  # a shorter one would look like a minus sign
            guides.append((left, y, guide, y))
        if value is not None:
            points.append((x, y, PAPER if category in small else MAIN))

    bottom = edges[-1]
    if small_label is not None and small:
        lines = text.wrap(small_label, width - left - _RADIUS - _SPACE - EDGE)
        middle = bottom + _SPACE + _LINE * len(lines) / 2
        points.append((left + _RADIUS, middle, PAPER))
        behind.append((left + _RADIUS + _SPACE, middle, lines, INK))
        bottom += _SPACE + _LINE * len(lines) + _GAP
    circles = {
        "type": "scatter",
        "x": [x for x, _, _ in points],
        "y": [y for _, y, _ in points],
        "mode": "markers",
        "marker": {
            "size": 2 * _RADIUS,
            "color": [fill for _, _, fill in points],
            "line": {"color": MAIN, "width": 2},
        },
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    traces = [
        *([marks.lines(guides, FRAME, 1, cliponaxis=False)] if reference is not None else []),
        marks.lines([(line_at, top, line_at, edges[-1])], MUTED, 1, cliponaxis=False),
        marks.lines(stems, MAIN, 1.5, cliponaxis=False),
        circles,
        marks.texts(before, "middle left"),
        marks.texts(behind, "middle right"),
    ]
    high = math.ceil(bottom)
    figure = Figure(width, high, (0, width), (high, 0), traces)
    marks.add_remark(figure, remark)
    figure.mark_boxes((2, upper, width - 2, lower) for upper, lower in pairwise(edges))
    return figure


def _heads(
    unit_label: str | None, reference_label: str | None, left: float, line_at: float, width: float
) -> tuple[list[marks.Item], float]:
    """Set what is measured, and under it the label of the line, as near over the line as there is room."""
    items: list[marks.Item] = []
    top = 0.0
    for label, colour in ((unit_label, MUTED), (reference_label, INK)):
        if label:
            lines = text.wrap(label, width - left - EDGE)
            wide = text.widest([lines])
            x = left if label is unit_label else min(max(left, line_at - wide / 2), width - EDGE - wide)
            items.append((x, top + _LINE * len(lines) / 2, lines, colour))
            top += _LINE * len(lines) + _GAP
    return items, top


def _scale(values: Sequence[float | None], ends: Sequence[list[str]], start: float, room: float) -> tuple[float, float]:
    """Return where zero stands in `room` pixels, and the pixels a unit: the most with which all labels fit.

    Labels stand on the side of their dot that is away from the line at `start`; those without a dot behind the line.
    """
    before: list[tuple[float, float]] = [(0.0, _RADIUS + 1)]  # value, and the pixels it needs towards zero
    behind: list[tuple[float, float]] = [(start, 0.0)]
    for value, lines in zip(values, ends, strict=True):
        needs = _SPACE + text.widest([lines])
        if value is not None and value < start:
            before.append((value, needs))
        else:
            behind.append((start if value is None else value, needs))
    scales = [
        (room - needs - also) / (high - low)
        for low, needs in before
        for high, also in behind
        if high - low > marks.NOTHING
    ]
    unit = min(scales, default=room)
    return max(needs - unit * low for low, needs in before), unit
