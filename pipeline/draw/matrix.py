"""Draw a matrix: a row a region, a column an answer, each cell coloured by class with its figure written in it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from pipeline.draw import marks, text
from pipeline.draw.charts import WIDTH
from pipeline.draw.marks import Figure
from pipeline.draw.template import FRAME, INK, MUTED, PAPER, class_colours, class_of, ink_on

_SIZE = 13.0  # pixels, all letters; 9.2 points in print
_LINE = _SIZE * text.LINE
_ROW = 24.0  # pixels from one row to the next, at least
_WIDEST = 96  # pixels a column takes at most
_CRACK = 1  # pixels of paper around a cell: they part neighbours of one class
_PAD = 6  # pixels of a cell that its text leaves free, both sides together
_STRIP = 4  # pixels: all the colour that a cell with a small base gets
_SPACE = 8  # pixels between texts and cells
_EDGE = 3  # pixels kept free at both sides: another typeface may run a little wider
_NAME_SHARE = 0.3  # of the width, at most, for the names
_BASE_SHARE = 0.1  # of the width, at most, for the bases


class _Cell(NamedTuple):
    """A cell: where it stands, the colour of its class (None for no value), and if its base is small."""

    box: marks.Box
    fill: str | None
    is_weak: bool

    @property
    def ink(self) -> str:
        """Return the colour of the figure in it."""
        return INK if self.fill is None or self.is_weak else ink_on(self.fill)

    def parts(self) -> list[tuple[tuple[str, str | None], marks.Box]]:
        """Return what it is drawn of, each part with its fill and border."""
        if self.fill is None:
            return [((PAPER, FRAME), self.box)]
        if not self.is_weak:
            return [((self.fill, None), self.box)]
        left, _, right, bottom = self.box
        return [((PAPER, FRAME), self.box), ((self.fill, None), (left, bottom - _STRIP, right, bottom))]


def region_matrix(
    rows: Mapping[str, str],
    columns: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    labels: Mapping[str, Sequence[str]],
    *,
    classes: Sequence[tuple[float, float, str]],
    legend_title: str,
    missing_label: str | None = None,
    bases: Mapping[str, str] | None = None,
    base_head: str = "",
    small: Collection[str] = frozenset(),
    small_label: str | None = None,
    remark: str | None = None,
    width: int = WIDTH,
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
    _check(rows, columns, values, labels, bases, small)
    is_missing = any(value is None for key in rows for value in values[key])
    if is_missing and missing_label is None:
        raise ValueError("a cell has no value: expected missing_label, which explains it")
    if small and small_label is None:
        raise ValueError("a base is small: expected small_label, which explains it")

    marked = [f"{name}*" if key in small else name for key, name in rows.items()]
    names = [text.wrap(name, width * _NAME_SHARE, _SIZE) for name in marked]
    counts = [text.wrap(bases[key] if bases else "", width * _BASE_SHARE, _SIZE) for key in rows]
    count_head = text.wrap(base_head, width * _BASE_SHARE, _SIZE)
    before = round(_EDGE + _widest(names) + _SPACE + _widest([count_head, *counts]))
    wide = min(_WIDEST, int((width - before - _SPACE - _EDGE) / len(columns)))
    if wide < 2 * _PAD:
        raise ValueError(f"{len(columns)} columns do not fit in {width} pixels; expected fewer columns or more pixels")
    lefts = [before + _SPACE + wide * at for at in range(len(columns))]

    heads, top = _heads(columns, lefts, wide, (before, count_head))
    figures = [[text.wrap(label, wide - _PAD, _SIZE) for label in labels[key]] for key in rows]
    tallest = [max(map(len, [name, count, *row])) for name, count, row in zip(names, counts, figures, strict=True)]
    heights = [max(_ROW, _LINE * lines + _PAD) for lines in tallest]
    edges = [round(edge) for edge in accumulate(heights, initial=top)]
    middles = [(high + low) / 2 for high, low in pairwise(edges)]

    colours = class_colours(len(classes))
    cells: list[_Cell] = []
    written: list[marks.Item] = []
    for row, key in enumerate(rows):
        for left, value, lines in zip(lefts, values[key], figures[row], strict=True):
            fill = None if value is None else colours[class_of(value, classes, f"row {key}")]
            box = (left + _CRACK, edges[row] + _CRACK, left + wide - _CRACK, edges[row + 1] - _CRACK)
            cells.append(_Cell(box, fill, key in small))
            written.append((left + wide / 2, middles[row], lines, cells[-1].ink))
    names_at = [(_EDGE, middle, lines, INK) for middle, lines in zip(middles, names, strict=True)]
    counts_at = [(before, middle, lines, INK) for middle, lines in zip(middles, counts, strict=True)]

    entries: list[tuple[str | None, bool, str]] = [
        (fill, False, one[2]) for fill, one in zip(colours, classes, strict=True)
    ]
    entries += [(None, False, missing_label)] if is_missing and missing_label else []
    entries += [(colours[-1], True, f"*\u00a0{small_label}")] if small else []
    said = [label for _, _, label in entries]
    corner = (_EDGE, edges[-1] + _SPACE)
    boxes = [cell.box for cell in cells]
    swatches, items, bottom = marks.legend_row(legend_title, said, corner, width - 2 * _EDGE, _SIZE)
    cells += [_Cell(box, fill, is_weak) for box, (fill, is_weak, _) in zip(swatches, entries, strict=True)]
    traces = [
        *heads,
        marks.texts(written, "middle center", _SIZE),
        marks.texts(counts_at, "middle left", _SIZE),
        marks.texts([*names_at, *items], "middle right", _SIZE),
    ]
    high = math.ceil(bottom)
    figure = Figure(width, high, (0, width), (high, 0), traces)
    _add_cells(figure, cells)
    marks.add_remark(figure, remark)
    figure.mark_boxes(boxes)
    return figure


def _check(
    rows: Mapping[str, str],
    columns: Sequence[str],
    values: Mapping[str, Sequence[float | None]],
    labels: Mapping[str, Sequence[str]],
    bases: Mapping[str, str] | None,
    small: Collection[str],
) -> None:
    """Raise ValueError when the data do not fill the matrix."""
    if not rows or not columns:
        raise ValueError(f"expected at least one row and one column; got: {len(rows)} and {len(columns)}")
    for key in rows:
        counts = (len(values.get(key, ())), len(labels.get(key, ())))
        if counts != (len(columns), len(columns)):
            raise ValueError(f"row {key}: expected {len(columns)} values and labels; got: {counts}")
        if bases is not None and key not in bases:
            raise ValueError(f"row {key}: expected a base")
    if not set(small) <= set(rows):
        raise ValueError(f"expected only keys of rows in small; got: {sorted(set(small) - set(rows))}")


def _widest(texts: Sequence[list[str]]) -> float:
    """Return the width of the widest line, in pixels."""
    return max(text.width(line, _SIZE) for lines in texts for line in lines)


def _heads(
    columns: Sequence[str], lefts: Sequence[int], wide: int, base: tuple[float, list[str]]
) -> tuple[list[dict[str, Any]], float]:
    """Return the heads, and how high they are."""
    x, base_head = base
    heads = [text.wrap(column, wide - _PAD, _SIZE) for column in columns]
    top = _LINE * max(map(len, [base_head, *heads])) + _SPACE / 2

    def above(lines: list[str]) -> float:
        return top - _SPACE / 2 - _LINE * len(lines) / 2

    items = [(left + wide / 2, above(head), head, INK) for left, head in zip(lefts, heads, strict=True)]
    of_base = marks.texts([(x, above(base_head), base_head, MUTED)], "middle left", _SIZE)
    return [marks.texts(items, "middle center", _SIZE), of_base], top


def _add_cells(figure: Figure, cells: Sequence[_Cell]) -> None:
    """Draw cells, those that look alike as one path."""
    alike: dict[tuple[str, str | None], list[marks.Box]] = {}
    for cell in cells:
        for style, box in cell.parts():
            alike.setdefault(style, []).append(box)
    for (fill, border), boxes in sorted(alike.items(), key=lambda one: one[0][0] != PAPER):  # paper lowest
        marks.add_boxes(figure, boxes, fill, border)
