"""Draw charts of a row a category: bars, for one year or several; dots, measured from a reference or from zero."""

import math
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from pipeline.draw import marks, text
from pipeline.draw.marks import EDGE, FRAME, INK, MAIN, MUTED, NARROW, PAPER, WIDTH, Figure, year_colours

Year = tuple[str, Sequence[float | None], Sequence[str]]
"""A year in a chart of several: what it is called, its values, its ready formatted figures."""

_SPACE = 8  # pixels between text and bar
_CATEGORY_SHARE = 0.42  # of the width, at most, for the category labels
_LABEL_SHARE = 0.34  # of the width, at most, for the labels at the bar ends
_YEAR_SHARE = 0.12  # of the width, at most, for the years before the bars
_YEAR_SIZE = 12.0  # pixels
_OVER = 2  # pixels that the base line of a group goes beyond its bars
# Pixels: how thick a bar is, what is free between two of a group, and between two groups.
_ALONE, _IN_GROUPS = (22, 0, 12), (16, 3, 14)
# Of dots:
_LINE = text.SIZE * text.LINE
_ROW = 24.0  # pixels from one row of a single line to the next
_GAP = 4  # pixels between texts that stand above each other, and from text to a guide
_RADIUS = 5.5  # pixels
_FROM_DOT = 12  # pixels from the middle of a dot, or from a line, to text
_BESIDE_SHARE = 0.24  # of the width, at most, for the labels beside the dots


def bars(
    categories: Sequence[str],
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    unit_label: str | None = None,
    axis_max: float | None = None,
    remark: str | None = None,
    narrow: bool = False,
) -> Figure:
    """Draw one horizontal bar a category, top to bottom in the given order.

    `values` are finite and not negative; None (nothing known) draws no bar. `labels` are the ready formatted figures,
    written at the bar ends. `unit_label` says above the bars what is measured. `axis_max` is the whole that fills
    the room (100 for percent), so that a bar looks like its share; without it the largest value does. `remark` is
    written across the top (that the data are made up). A `narrow` drawing is for small screens: categories stand above
    their bars. The height follows from the rows. All texts are shown as they are: nothing in them is read as markup.

    Raise ValueError when the lengths differ, or a value cannot be drawn.
    """
    return _bars(categories, [("", values, labels)], _ALONE, [MAIN], unit_label, axis_max, remark, narrow)


def bars_by_year(
    categories: Sequence[str],
    series: Sequence[Year],
    *,
    unit_label: str | None = None,
    axis_max: float | None = None,
    remark: str | None = None,
    narrow: bool = False,
) -> Figure:
    """Draw a group of horizontal bars a category, in it a bar a year: one to four, each named before its bar.

    `series` are the years, oldest first; the newest gets the main colour, earlier ones lighter steps. Values, labels
    and everything else as in `bars`.
    """
    return _bars(categories, series, _IN_GROUPS, year_colours(len(series)), unit_label, axis_max, remark, narrow)


def _bars(
    categories: Sequence[str],
    series: Sequence[Year],
    look: tuple[int, int, int],
    colours: Sequence[str],
    unit_label: str | None,
    axis_max: float | None,
    remark: str | None,
    narrow: bool,
) -> Figure:
    """Draw a group of bars a category, before it or above it what that is called. A series may be without a name."""
    width = NARROW if narrow else WIDTH
    full = marks.largest([axis_max, *(value for _, values, _ in series for value in values)])
    thick, between, gap = look
    years = [text.wrap(year, width * _YEAR_SHARE - _SPACE, _YEAR_SIZE) for year, _, _ in series]
    has_years = any(year for year, _, _ in series)
    of_years = text.widest(years, _YEAR_SIZE) + _SPACE if has_years else 0
    share = width - EDGE if narrow else width * _CATEGORY_SHARE - _SPACE
    names = [text.wrap(category, share - EDGE) for category in categories]
    left = EDGE + of_years + (0 if narrow else text.widest(names) + _SPACE)

    ends: list[tuple[float, float, list[str]]] = []  # of each bar: how long it is, its middle, its label
    rows: list[tuple[float, float]] = []  # of each mark: its middle and how high it is
    centres: list[float] = []
    spans: list[tuple[float, float]] = []  # of each group of bars: where it begins and ends
    bottom = 0.0
    figures = [list(zip(values, labels, strict=True)) for _, values, labels in series]
    for name, of_category in zip(names, zip(*figures, strict=True), strict=True):
        labels = [text.wrap(label, width * _LABEL_SHARE - _SPACE - EDGE) for _, label in of_category]
        heights = [
            max(thick, _LINE * len(label), _YEAR_SIZE * text.LINE * len(year)) + between
            for label, year in zip(labels, years, strict=True)
        ]
        over = _LINE * len(name) if narrow else 0
        height = max(over + sum(heights), _LINE * len(name)) + gap
        top = bottom + over + (height - over - sum(heights)) / 2
        middles = [top + sum(heights[:row]) + high / 2 for row, high in enumerate(heights)]
        ends += [(of[0] or 0.0, y, label) for of, y, label in zip(of_category, middles, labels, strict=True)]
        rows += zip(middles if has_years else [bottom + height / 2], heights if has_years else [height], strict=True)
        centres.append(bottom + (over + gap / 2) / 2 if narrow else bottom + height / 2)
        spans.append((top - _OVER, top + sum(heights) + _OVER))
        bottom += height

    room = width - left
    # The largest scale at which every label fits behind its own bar.
    needs = [(full, 0.0), *((length, text.widest([label])) for length, _, label in ends)]
    unit = min(
        ((room - _SPACE - EDGE - wide) / length for length, wide in needs if length > marks.NOTHING), default=room
    )
    of_rows = zip(ends, years * len(names), strict=True)
    at = EDGE - left if narrow else -(_SPACE + of_years)
    before = [(at / unit, y, name, INK) for y, name in zip(centres, names, strict=True)]
    columns = {
        "type": "bar",
        "x": [length for length, _, _ in ends],
        "y": [y for _, y, _ in ends],
        "width": [thick] * len(ends),
        "orientation": "h",
        "marker": {"color": [*colours] * len(names)},
        "hoverinfo": "skip",
    }
    written = marks.texts([(-_SPACE / unit, y, year, MUTED) for (_, y, _), year in of_rows], "middle left", _YEAR_SIZE)
    traces = [
        marks.texts(before, "middle right" if narrow else "middle left"),
        *([written] if has_years else []),
        columns,
        marks.texts([(length + _SPACE / unit, y, label, INK) for length, y, label in ends], "middle right"),
    ]
    heading = text.wrap(unit_label, room - EDGE) if unit_label else []
    above = _LINE * len(heading) + _SPACE if heading else 0
    # The category labels stand inside the plotting area: Plotly hides text points outside it.
    figure = Figure(width, round(above + bottom), (-left / unit, room / unit), (bottom, 0), traces, above)
    # The base line is drawn last, so that it is seen where a bar is too short to be; beside the bars alone.
    at_zero = {"type": "line", "x0": 0, "x1": 0, "line": {"color": MUTED, "width": 1}}
    figure.shapes += [{**at_zero, "y0": high, "y1": low} for high, low in (spans if narrow else [(0.0, bottom)])]
    if heading:
        place = {"x": 0, "xref": "x", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom"}
        figure.annotations.append(marks.annotation(heading, {"color": MUTED}) | place)
    marks.add_remark(figure, remark)
    start = max(2, left - _SPACE - of_years) if has_years else 2
    figure.mark_boxes((start, y - high / 2, width - 2, y + high / 2) for y, high in rows)
    return figure


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
    names = [text.wrap(category, width * _CATEGORY_SHARE - _FROM_DOT - EDGE) for category in categories]
    ends = [text.wrap(label, width * _BESIDE_SHARE) for label in labels]
    left = EDGE + text.widest(names) + _FROM_DOT
    zero, unit = _scale(values, ends, start, width - EDGE - left)
    line_at = left + zero + unit * start

    behind, top = _heads(unit_label, reference_label, left, line_at, width)
    tallest = [max(len(name), len(end)) for name, end in zip(names, ends, strict=True)]
    edges = list(accumulate((_ROW + (_LINE + 2) * (lines - 1) for lines in tallest), initial=top))
    middles = [(high + low) / 2 for high, low in pairwise(edges)]

    before = [(left - _FROM_DOT, y, name, INK) for y, name in zip(middles, names, strict=True)]
    points: list[tuple[float, float, str]] = []
    guides: list[marks.Segment] = []
    stems: list[marks.Segment] = []
    for category, value, y, end in zip(categories, values, middles, ends, strict=True):
        x = line_at if value is None else left + zero + unit * value
        guide = x
        stems.append((x, y, line_at, y))
        if value is not None and value < start:
            before.append((x - _FROM_DOT, y, end, INK))
            guide -= _FROM_DOT + text.widest([end]) + _GAP
        else:
            behind.append((x + _FROM_DOT, y, end, INK))
        if guide > left + _FROM_DOT:  # a shorter one would look like a minus sign
            guides.append((left, y, guide, y))
        if value is not None:
            points.append((x, y, PAPER if category in small else MAIN))

    bottom = edges[-1]
    if small_label is not None and small:
        lines = text.wrap(small_label, width - left - _RADIUS - _FROM_DOT - EDGE)
        middle = bottom + _FROM_DOT + _LINE * len(lines) / 2
        points.append((left + _RADIUS, middle, PAPER))
        behind.append((left + _RADIUS + _FROM_DOT, middle, lines, INK))
        bottom += _FROM_DOT + _LINE * len(lines) + _GAP
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
        needs = _FROM_DOT + text.widest([lines])
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
