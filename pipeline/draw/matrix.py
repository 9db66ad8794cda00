"""Draw a matrix: a row a region, a column an answer, each cell coloured by class with its figure written in it."""

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, pairwise

from pipeline.draw import marks, text
from pipeline.draw.marks import EDGE, FRAME, INK, MUTED, PAPER, WIDTH, Class, Figure, class_colours, class_of, ink_on

_SIZE = 13.0  # pixels, all letters; 9.2 points in print
_LINE = _SIZE * text.LINE
_ROW = 24.0  # pixels from one row to the next, at least
_WIDEST = 96  # pixels a column takes at most
_HEAD = 120  # pixels a head takes at most when it is turned, which it is where a word would not fit
_CRACK = 1  # pixels of paper around a cell: they part neighbours of one class
_PAD = 6  # pixels of a cell that its text leaves free, both sides together
_STRIP = 4  # pixels: all the colour that a cell with a small base gets
_SPACE = 8  # pixels between texts and cells
_NAME_SHARE = 0.3  # of the width, at most, for the names
_BASE_SHARE = 0.1  # of the width, at most, for the bases

_Look = tuple[str | None, bool]  # of a cell: the colour of its class (None for no value), and whether its base is small


def region_matrix(
    rows: Mapping[str, str],
    columns: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    labels: Mapping[str, Sequence[str]],
    *,
    classes: Sequence[Class],
    legend_title: str,
    missing_label: str | None = None,
    bases: Mapping[str, str] | None = None,
    base_head: str = "",
    small: Collection[str] = frozenset(),
    small_label: str | None = None,
    remark: str | None = None,
) -> Figure:
    """Draw a row of cells for each key of `rows`, top to bottom in their order, with its short name before it.

    `columns` are the heads, about fifteen at most: letters or short texts. `values` and `labels` have for each key a
    value and a ready formatted figure a column; None (no base) draws an empty cell with its label in it, which
    `missing_label` explains in the legend. `classes` are one to five, as in `region_map`. `bases` are written before
    the cells, under `base_head`.
    The keys in `small` have a base too small to compare: an asterisk stands at their names, only the lower edge of
    their cells is coloured, and `small_label` says why. The legend stands below; `remark` is written across the top.
    All texts are shown as they are. With 21 rows and letters as heads it is about 580 pixels high.

    Raise ValueError when the data do not fill the matrix, a value is in no class, nothing explains an empty cell or a
    small base, or the columns do not fit.
    """
    is_missing = any(value is None for key in rows for value in values[key])
    if is_missing and missing_label is None:
        raise ValueError("a cell has no value: expected missing_label, which explains it")
    if small and small_label is None:
        raise ValueError("a base is small: expected small_label, which explains it")

    names = [text.wrap(f"{name}*" if key in small else name, WIDTH * _NAME_SHARE, _SIZE) for key, name in rows.items()]
    counts = [text.wrap(bases[key] if bases else "", WIDTH * _BASE_SHARE, _SIZE) for key in rows]
    count_head = text.wrap(base_head, WIDTH * _BASE_SHARE, _SIZE)
    before = round(EDGE + text.widest(names, _SIZE) + _SPACE + text.widest([count_head, *counts], _SIZE))
    wide = min(_WIDEST, int((WIDTH - before - _SPACE - EDGE) / len(columns)))
    if wide < 2 * _PAD:
        raise ValueError(f"{len(columns)} columns do not fit in {WIDTH} pixels; expected fewer columns")
    lefts = [before + _SPACE + wide * at for at in range(len(columns))]

    heads, is_turned, high_head = _heads(columns, wide)
    top = max(high_head, _LINE * len(count_head)) + _SPACE / 2
    figures = [[text.wrap(label, wide - _PAD, _SIZE) for label in labels[key]] for key in rows]
    tallest = [max(map(len, [name, count, *row])) for name, count, row in zip(names, counts, figures, strict=True)]
    edges = [round(edge) for edge in accumulate((max(_ROW, _LINE * lines + _PAD) for lines in tallest), initial=top)]
    middles = [(high + low) / 2 for high, low in pairwise(edges)]

    colours = class_colours(len(classes))
    cells: list[tuple[marks.Box, _Look]] = []
    written: list[marks.Item] = []
    for row, key in enumerate(rows):
        for left, value, lines in zip(lefts, values[key], figures[row], strict=True):
            fill = None if value is None else colours[class_of(value, classes, f"row {key}")]
            box = (left + _CRACK, edges[row] + _CRACK, left + wide - _CRACK, edges[row + 1] - _CRACK)
            cells.append((box, (fill, key in small)))
            ink = INK if fill is None or key in small else ink_on(fill)
            written.append((left + wide / 2, middles[row], lines, ink))
    boxes = [box for box, _ in cells]

    legend: list[tuple[_Look, str]] = [
        ((fill, False), label) for fill, (_, _, label) in zip(colours, classes, strict=True)
    ]
    legend += [((None, False), missing_label)] if is_missing and missing_label else []
    legend += [((colours[-1], True), f"*\u00a0{small_label}")] if small else []
    said = [label for _, label in legend]
    corner = (EDGE, edges[-1] + _SPACE)
    swatches, items, bottom = marks.legend_row(legend_title, said, corner, WIDTH - 2 * EDGE, _SIZE)
    cells += zip(swatches, (look for look, _ in legend), strict=True)

    def above(x: float, lines: list[str], colour: str) -> marks.Item:
        return x, top - _SPACE / 2 - _LINE * len(lines) / 2, lines, colour

    names_at = [(EDGE, y, lines, INK) for y, lines in zip(middles, names, strict=True)]
    counts_at = [(before, y, lines, INK) for y, lines in zip(middles, counts, strict=True)]
    heads_at = [above(left + wide / 2, head, INK) for left, head in zip(lefts, heads, strict=True)]
    traces = [
        marks.texts([] if is_turned else heads_at, "middle center", _SIZE),
        marks.texts([above(before, count_head, MUTED)], "middle left", _SIZE),
        marks.texts(written, "middle center", _SIZE),
        marks.texts(counts_at, "middle left", _SIZE),
        marks.texts([*names_at, *items], "middle right", _SIZE),
    ]
    high = math.ceil(bottom)
    figure = Figure(WIDTH, high, (0, WIDTH), (high, 0), traces)
    if is_turned:
        upright = {"y": top - _SPACE / 2, "textangle": -90, "xanchor": "center", "yanchor": "bottom"}
        words = {"color": INK, "size": _SIZE}
        figure.annotations += [marks.annotation(head, words) | {"x": x, **upright} for x, _, head, _ in heads_at]
    _add_cells(figure, cells)
    marks.add_remark(figure, remark)
    figure.mark_boxes(boxes)
    return figure


def _heads(columns: Sequence[str], wide: int) -> tuple[list[list[str]], bool, float]:
    """Wrap the heads of columns so wide; return whether they are turned, as where only so words fit, and how high."""
    turned = [text.wrap(column, _HEAD, _SIZE) for column in columns]
    words = [text.clean(column).split(" ") for column in columns]
    if text.widest(words, _SIZE) > wide - _PAD and max(map(len, turned)) * _LINE <= wide:
        return turned, True, text.widest(turned, _SIZE) + EDGE
    heads = [text.wrap(column, wide - _PAD, _SIZE) for column in columns]
    return heads, False, _LINE * max(map(len, heads))


def _add_cells(figure: Figure, cells: Sequence[tuple[marks.Box, _Look]]) -> None:
    """Draw cells, those that look alike as one path: their fill and border."""
    alike: dict[tuple[str, str | None], list[marks.Box]] = {}
    for box, (fill, is_weak) in cells:
        left, _, right, bottom = box
        if fill is None or is_weak:
            alike.setdefault((PAPER, FRAME), []).append(box)
        if fill is not None:
            coloured = (left, bottom - _STRIP, right, bottom) if is_weak else box
            alike.setdefault((fill, None), []).append(coloured)
    for (fill, border), boxes in sorted(alike.items(), key=lambda one: one[0][0] != PAPER):  # paper lowest
        path = "".join(f"M{left:g},{top:g}H{right:g}V{bottom:g}H{left:g}Z" for left, top, right, bottom in boxes)
        line = {"width": 1, "color": border} if border else {"width": 0}
        figure.shapes.append({"type": "path", "path": path, "fillcolor": fill, "line": line, "layer": "below"})
