"""Draw bar charts: a few categories, each figure written at the end of its bar, for one year or several."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.draw import marks, text
from pipeline.draw.marks import EDGE, NARROW, WIDTH, Figure
from pipeline.draw.template import INK, MAIN, MUTED, year_colours

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
    line = text.SIZE * text.LINE

    ends: list[tuple[float, float, list[str]]] = []  # of each bar: how long it is, its middle, its label
    rows: list[tuple[float, float]] = []  # of each mark: its middle and how high it is
    centres: list[float] = []
    spans: list[tuple[float, float]] = []  # of each group of bars: where it begins and ends
    bottom = 0.0
    figures = [list(zip(values, labels, strict=True)) for _, values, labels in series]
    for name, of_category in zip(names, zip(*figures, strict=True), strict=True):
        labels = [text.wrap(label, width * _LABEL_SHARE - _SPACE - EDGE) for _, label in of_category]
        heights = [
            max(thick, line * len(label), _YEAR_SIZE * text.LINE * len(year)) + between
            for label, year in zip(labels, years, strict=True)
        ]
        over = line * len(name) if narrow else 0
        height = max(over + sum(heights), line * len(name)) + gap
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
    above = line * len(heading) + _SPACE if heading else 0
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
