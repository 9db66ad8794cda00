"""Draw maps of the 21 regions: areas coloured by class, the figure written in or beside each."""

import csv
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from pipeline.draw import marks, text
from pipeline.draw.marks import HATCH, INK, PAPER, Class, Figure, Ring, class_colours, class_of, ink_on

# The frame, in SWEREF 99 TM kilometres: Sweden, the sea where labels stand, and room for the legend in the north-west.
_WEST, _EAST, _SOUTH, _NORTH = 182.0, 938.0, 6118.0, 7682.0
_PIXELS_A_KM = 0.575
_SIZE = 12.5  # pixels, the labels; 7.5 points when the map prints at 90 mm
_LINE = _SIZE * text.LINE / _PIXELS_A_KM  # kilometres
_GAP = 4.0  # kilometres between a label outside and its line


class _LabelPlace(NamedTuple):
    """Where a region's label stands."""

    east: float  # kilometres; the middle of a label inside, the end next to the map of one outside
    north: float  # kilometres; the middle of the label
    room: float  # pixels for a line
    point: tuple[float, float] | None  # outside only: where in the region the line from the label ends

    @property
    def position(self) -> str:
        """Say on which side of its point Plotly sets the label."""
        if self.point is None:
            return "middle center"
        return "middle left" if self.east < self.point[0] else "middle right"


@cache
def _places() -> dict[str, _LabelPlace]:
    """Return the places of labels.csv, chosen by eye. A test holds that no label meets another or leaves its region."""
    places = {}
    for row in csv.reader(files(__package__).joinpath("labels.csv").read_text(encoding="utf-8").splitlines()[1:]):
        east, north, room, *point = (int(number) for number in row[1:] if number)
        places[row[0]] = _LabelPlace(east, north, room, (point[0], point[1]) if point else None)
    return places


def region_map(
    values: Mapping[str, float | None],
    labels: Mapping[str, str],
    classes: Sequence[Class],
    *,
    missing_label: str | None,
    legend_title: str,
    names: Mapping[str, str] | None = None,
    remark: str | None = None,
) -> Figure:
    """Draw the 21 regions, coloured by the class of their value.

    `values` has a value, or None for nothing known, for each two-digit county code; `labels` the short figure to write
    (for None it may be left out), `names` a short name to write above it. `classes` are one to five, from low to high;
    a bound shared by two belongs to the upper class, and the last holds its upper bound. `missing_label` explains
    hatched regions in the legend; without any None it is not shown. `remark` is written across the top. All texts are
    shown as they are. The figure is about 435 by 900 pixels (and the remark), to be printed 90 to 110 mm wide.

    Raise ValueError when a region is missing or unknown, a value is in no class, or nothing explains a None.
    """
    outlines = _outlines()
    if set(values) != set(outlines):
        differing = sorted(set(values) ^ set(outlines))
        raise ValueError(f"expected a value for each of the 21 regions; differing: {differing}")
    is_missing = None in values.values()
    if is_missing and missing_label is None:
        raise ValueError("a region has no value: expected missing_label, which explains it")

    colours = class_colours(len(classes))
    fills = {
        code: None if value is None else colours[class_of(value, classes, f"region {code}")]
        for code, value in values.items()
    }
    width, height = round((_EAST - _WEST) * _PIXELS_A_KM), round((_NORTH - _SOUTH) * _PIXELS_A_KM)
    figure = Figure(width, height, (_WEST, _EAST), (_SOUTH, _NORTH), [])
    figure.x_axis = {"constrain": "domain"}
    figure.y_axis = {"scaleanchor": "x", "scaleratio": 1, "constrain": "domain"}
    for fill in (None, *colours):  # dark last: their pale borders part them from each other
        rings = [ring for code, part in outlines.items() if fills[code] == fill for ring in part]
        if rings:
            figure.traces.append(_areas(rings, fill))
    entries = [(fill, label) for fill, (_, _, label) in zip(colours, classes, strict=True)][::-1]
    _add_legend(figure, legend_title, [*entries, *([(None, missing_label or "")] if is_missing else [])])
    _add_labels(figure, labels, names or {}, fills)
    marks.add_remark(figure, remark)
    figure.mark([_in_pixels(ring) for ring in outlines[code]] for code in values)
    return figure


def _in_pixels(ring: Ring) -> Ring:
    return [((east - _WEST) * _PIXELS_A_KM, (_NORTH - north) * _PIXELS_A_KM) for east, north in ring]


@cache
def _outlines() -> dict[str, list[Ring]]:
    """Read the outlines and holes of each region, in kilometres, by county code."""
    content: dict[str, Any] = json.loads(files(__package__).joinpath("regions.geojson").read_text(encoding="utf-8"))
    return {
        feature["id"]: [ring for part in feature["geometry"]["coordinates"] for ring in part]
        for feature in content["features"]
    }


def _areas(rings: Sequence[Ring], fill: str | None) -> dict[str, Any]:
    """Make one trace of filled rings; hatched without a fill."""
    x, y = ([value for ring in rings for value in (*(point[at] for point in ring), None)] for at in (0, 1))
    hatched = {"shape": "/", "fgcolor": HATCH, "bgcolor": PAPER, "size": 5, "solidity": 0.2}
    style: dict[str, Any] = {"fillpattern": hatched} if fill is None else {"fillcolor": fill}
    line = {"color": ink_on(fill or PAPER), "width": 0.8}
    drawn = {"mode": "lines", "fill": "toself", "line": line, "hoverinfo": "skip"}
    return {"type": "scatter", "x": x, "y": y, **drawn, **style}


def _add_legend(figure: Figure, title: str, entries: Sequence[tuple[str | None, str]]) -> None:
    """Draw the legend in the empty north-west: its title, then a swatch and a text for each entry."""
    west, top = _WEST + 2, _NORTH - 2 - _LINE / 2
    across, down = 24 / _PIXELS_A_KM, 15 / _PIXELS_A_KM
    lines = text.wrap(title, 150, _SIZE)
    texts = [(west, top - _LINE * (len(lines) - 1) / 2, lines, INK)]
    for fill, label in entries:
        top -= _LINE * (len(lines) + 0.25)
        east, low, high = west + across, top - down / 2, top + down / 2
        figure.traces.append(_areas([[(west, low), (east, low), (east, high), (west, high), (west, low)]], fill))
        lines = text.wrap(label, 120, _SIZE)
        texts.append((east + 12, top - _LINE * (len(lines) - 1) / 2, lines, INK))
    figure.traces.append(marks.texts(texts, "middle right", _SIZE))


def _add_labels(
    figure: Figure, labels: Mapping[str, str], names: Mapping[str, str], fills: Mapping[str, str | None]
) -> None:
    """Write each region's name and figure, in the region or beside it at the end of a line."""
    outside = [(place.east, place.north, *place.point) for place in _places().values() if place.point]
    for colour, width in ((PAPER, 3), (INK, 1)):  # a pale edge keeps the line in sight on dark areas
        sizes = [0, 2 + width, 2 + width] * len(outside)
        ends = {"color": colour, "size": sizes, "line": {"width": 0}}
        figure.traces.append(marks.lines(outside, colour, width, mode="lines+markers", marker=ends))

    texts: dict[str, list[marks.Item]] = {}
    for code, place in _places().items():
        said = [names.get(code, ""), labels.get(code, "")]
        lines = [line for part in said if text.clean(part) for line in text.wrap(part, place.room, _SIZE)]
        colour = INK if place.point else ink_on(fills[code] or PAPER)
        gap = {"middle left": -_GAP, "middle right": _GAP}.get(place.position, 0)
        texts.setdefault(place.position, []).append((place.east + gap, place.north, lines, colour))
    for position, items in texts.items():
        figure.traces.append(marks.texts(items, position, _SIZE))
