"""Draw bar charts: a few categories, each figure written at the end of its bar, for one year or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.draw import marks, text
from pipeline.draw.marks import Figure
from pipeline.draw.template import INK, MAIN, MUTED, year_colours

WIDTH = 640
"""Pixels: prints at 160 mm, the text width of an A4 page, with letters of ten points."""

Year = tuple[str, Sequence[float | None], Sequence[str]]
"""A year in a chart of several: what it is called, its values, its ready formatted figures."""

_SPACE = 8  # pixels between text and bar
_EDGE = 3  # pixels kept free at both sides: another typeface may run a little wider
_CATEGORY_SHARE = 0.42  # of the width, at most, for the category labels
_LABEL_SHARE = 0.34  # of the width, at most, for the labels at the bar ends
_YEAR_SIZE = 12.0  # pixels, the years before the bars
_YEAR_SHARE = 0.12  # of the width, at most, for them


class _Look(NamedTuple):
    """Pixels: how thick a bar is, what is free between two of a group, and between two groups."""

    bar: int
    between: int
    gap: int


_ALONE, _IN_GROUPS = _Look(22, 0, 12), _Look(16, 3, 14)


def bars(
    categories: Sequence[str],
    values: Sequence[float | None],
    labels: Sequence[str],
    *,
    unit_label: str | None = None,
    axis_max: float | None = None,
    remark: str | None = None,
    width: int = WIDTH,
) -> Figure:
    """Draw one horizontal bar a category, top to bottom in the given order.

    `values` are finite and not negative; None (nothing known) draws no bar. `labels` are the ready formatted figures,
    written at the bar ends. `unit_label` says above the bars what is measured. `axis_max` is the whole that fills
    the room (100 for percent), so that a bar looks like its share; without it the largest value does. `remark` is
    written across the top (that the data are made up). `width` is in pixels, the height follows from the rows. All
    texts are shown as they are: nothing in them is read as markup.

    Raise ValueError when the lengths differ, nothing is given, or a value cannot be drawn.
    """
    return _bars(categories, [("", values, labels)], _ALONE, [MAIN], unit_label, axis_max, remark, width)


def bars_by_year(
    categories: Sequence[str],
    series: Sequence[Year],
    *,
    unit_label: str | None = None,
    axis_max: float | None = None,
    remark: str | None = None,
    width: int = WIDTH,
) -> Figure:
    """Draw a group of horizontal bars a category, in it a bar a year: one to four, each named before its bar.

    `series` are the years, oldest first; the newest gets the main colour, earlier ones lighter steps. Values, labels
    and everything else as in `bars`.

    Raise ValueError when lengths differ, nothing is given, a year is given twice, or a value cannot be drawn.
    """
    colours = year_colours(len(series))
    if len({year for year, _, _ in series}) < len(series):
        raise ValueError(f"expected every year once; got: {[year for year, _, _ in series]}")
    return _bars(categories, series, _IN_GROUPS, colours, unit_label, axis_max, remark, width)


def _bars(
    categories: Sequence[str],
    series: Sequence[Year],
    look: _Look,
    colours: Sequence[str],
    unit_label: str | None,
    axis_max: float | None,
    remark: str | None,
    width: int,
) -> Figure:
    """Draw a group of bars a category. A series without a name is drawn without one."""
    counts = [len(categories), *(len(part) for _, *pair in series for part in pair)]
    if len(set(counts)) > 1 or not categories:
        raise ValueError(f"expected as many categories as values and labels, and at least one; got: {counts}")
    full = marks.largest([axis_max, *(value for _, values, _ in series for value in values)])

    years = [text.wrap(year, width * _YEAR_SHARE - _SPACE, _YEAR_SIZE) for year, _, _ in series]
    has_years = any(year for year, _, _ in series)
    of_years = max(text.width(line, _YEAR_SIZE) for lines in years for line in lines) + _SPACE if has_years else 0
    names = [text.wrap(category, width * _CATEGORY_SHARE - _SPACE - _EDGE) for category in categories]
    left = max(text.width(line) for lines in names for line in lines) + _SPACE + of_years + _EDGE

    line = text.SIZE * text.LINE
    lengths: list[float] = []
    ends: list[list[str]] = []
    middles: list[float] = []
    rows: list[tuple[float, float]] = []
    centres: list[float] = []
    bottom = 0.0
    for at, name in enumerate(names):
        labels = [text.wrap(one[at], width * _LABEL_SHARE - _SPACE - _EDGE) for _, _, one in series]
        heights = [
            max(look.bar, line * len(label), _YEAR_SIZE * text.LINE * len(year)) + look.between
            for label, year in zip(labels, years, strict=True)
        ]
        height = max(sum(heights), line * len(name)) + look.gap
        top = bottom + (height - sum(heights)) / 2
        middles += [top + sum(heights[:row]) + high / 2 for row, high in enumerate(heights)]
        rows += zip(middles[-len(series) :], heights if has_years else [height], strict=True)
        lengths += [values[at] or 0.0 for _, values, _ in series]
        ends += labels
        centres.append(bottom + height / 2)
        bottom += height

    unit = _pixels_a_unit([full, *lengths], [[""], *ends], width - left)
    before = -(_SPACE + of_years) / unit
    written = [(-_SPACE / unit, y, year, MUTED) for y, year in zip(middles, years * len(names), strict=True)]
    traces = [
        marks.texts([(before, y, name, INK) for y, name in zip(centres, names, strict=True)], "middle left"),
        *([marks.texts(written, "middle left", _YEAR_SIZE)] if has_years else []),
        _columns(lengths, middles, look.bar, [*colours] * len(names)),
        _ends(lengths, middles, ends, unit),
    ]
    figure = _framed(traces, unit, left, width, bottom, unit_label)
    marks.add_remark(figure, remark)
    start = left - _SPACE - of_years if has_years else 2
    figure.mark_boxes((start, y - high / 2, width - 2, y + high / 2) for y, high in rows)
    return figure


def _pixels_a_unit(lengths: Sequence[float], ends: Sequence[list[str]], room: float) -> float:
    """Return the largest scale at which every label fits in `room` pixels behind its own bar."""
    return min(
        (
            (room - _SPACE - _EDGE - max(map(text.width, lines))) / length
            for length, lines in zip(lengths, ends, strict=True)
            if length > marks.NOTHING
        ),
        default=room,
    )


def _columns(
    lengths: Sequence[float], middles: Sequence[float], thick: float, colours: Sequence[str]
) -> dict[str, Any]:
    """Return the bars, one trace."""
    return {
        "type": "bar",
        "x": list(lengths),
        "y": list(middles),
        "width": [thick] * len(lengths),
        "orientation": "h",
        "marker": {"color": list(colours)},
        "hoverinfo": "skip",
    }


def _ends(lengths: Sequence[float], middles: Sequence[float], ends: Sequence[list[str]], unit: float) -> dict[str, Any]:
    """Return the labels behind the bars."""
    items = [(x + _SPACE / unit, y, lines, INK) for x, y, lines in zip(lengths, middles, ends, strict=True)]
    return marks.texts(items, "middle right")


def _framed(
    traces: list[dict[str, Any]], unit: float, left: float, width: int, bottom: float, unit_label: str | None
) -> Figure:
    """Return a figure with its axes and size, a base line, and above the bars what they measure."""
    room = width - left
    heading = text.wrap(unit_label, room - _EDGE) if unit_label else []
    top = text.SIZE * text.LINE * len(heading) + _SPACE if heading else 0
    # The category labels stand inside the plotting area, left of zero: Plotly hides text points outside it.
    figure = Figure(width, round(top + bottom), (-left / unit, room / unit), (bottom, 0), traces, top)
    # The base line is drawn last, so that it is seen where a bar is too short to be.
    line = {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": bottom, "line": {"color": MUTED, "width": 1}}
    figure.shapes.append(line)
    if heading:
        marks.add_heading(figure, heading, MUTED, 0)
    return figure
