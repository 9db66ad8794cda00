"""Drawings: what a reader sees in them, and what may never be in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial, reduce
from itertools import combinations, pairwise
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import plotly.graph_objects as go
import pyproj
import pytest
import shapely
from hypothesis import example as also_given
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from pipeline.draw import Figure, bars, bars_by_year, dots, region_map, region_matrix, text, to_svg
from pipeline.draw.export import compact
from pipeline.draw.marks import INK, class_colours, contrast, ink_on, year_colours
from tests.world import PROJECT, read_csv

FONT = PROJECT / "reports" / "_extensions" / "aterrapport" / "fonts" / "SourceSans3-Regular.ttf"
FONTS = {
    weight: ImageFont.truetype(FONT.with_stem(f"SourceSans3-{style}"), 1000, layout_engine=ImageFont.Layout.BASIC)
    for weight, style in (("400", "Regular"), ("600", "Semibold"))
}
SVG = "{http://www.w3.org/2000/svg}"
FULL = "100\u00a0%"

TOWNS_IN = {row["code"]: row for row in read_csv(PROJECT / "tests" / "data" / "towns.csv")}  # and where on earth
NAMES = {code: row["region"] for code, row in TOWNS_IN.items()}
REGIONS = tuple(NAMES)
TO_SWEREF = pyproj.Transformer.from_crs(4326, 3006, always_xy=True)
WEST, NORTH, PIXELS_A_KM = 182, 7682, 0.575  # of the map: its upper left corner in kilometres, and its scale


def on_map(longitude: float, latitude: float) -> shapely.Point:
    east, north = TO_SWEREF.transform(longitude, latitude)
    return shapely.Point((east / 1000 - WEST) * PIXELS_A_KM, (NORTH - north / 1000) * PIXELS_A_KM)


TOWNS = {code: on_map(float(row["longitude"]), float(row["latitude"])) for code, row in TOWNS_IN.items()}
CLASSES = [(0, 50, "under 50 %"), (50, 75, "50–74 %"), (75, 100, "75–100 %")]
FIFTHS = [(0, 20, "0–19"), (20, 40, "20–39"), (40, 60, "40–59"), (60, 80, "60–79"), (80, 100, "80–100")]
MAIN = "#004A63"
PAPER, BAND = "#FFFFFF", "#FFF0C7"
LONG = "Vid första kontakt med socialtjänsten (biståndshandläggare, hemtjänst, trygghetslarm, färdtjänst eller "
LONG += "försörjningsstöd)"


def draw_map(values: Mapping[str, float | None], **options: Any) -> Figure:
    labels = {code: f"{value:.0f}\u00a0%" for code, value in values.items() if value is not None}
    given: dict[str, Any] = {"missing_label": "Uppgift saknas", "legend_title": "Andel", "names": NAMES} | options
    return region_map(values, labels, CLASSES, **given)


def draw_matrix(values: Mapping[str, Sequence[float | None]], columns: Sequence[str], **options: Any) -> Figure:
    labels = {key: ["–" if value is None else f"{value:.0f}" for value in row] for key, row in values.items()}
    given: dict[str, Any] = {"missing_label": "Ingen kommun", "legend_title": "Procent:", "classes": FIFTHS} | options
    return region_matrix({key: NAMES.get(key, key) for key in values}, columns, values, labels, **given)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own drawings)


def drawn(figure: Figure | go.Figure) -> str:
    return to_svg(figure, name="a")


def texts(svg: str) -> list[str]:
    """Give every text of a drawing, the lines of one joined by a space."""
    return [" ".join(part for part in each.itertext() if part) for each in parse(svg).iter(f"{SVG}text")]


def ids(svg: str) -> set[str]:
    return {each.attrib["id"] for each in parse(svg).iter() if "id" in each.attrib}


def filled(svg: str, colour: str) -> list[str]:
    """Give the paths filled with a colour, #RRGGBB."""
    return [each.attrib["d"] for each, look in looks(parse(svg)) if each.get("d") and look.get("fill") == colour]


def looks(
    element: ET.Element, inherited: Mapping[str, str] | None = None
) -> Iterator[tuple[ET.Element, dict[str, str]]]:
    """Give every element, and its attributes with those that it has from the elements around it."""
    look = {**(inherited or {}), **element.attrib}
    yield element, look
    for child in element:
        yield from looks(child, {name: value for name, value in look.items() if name not in ("d", "transform")})


def bar_lengths(svg: str, colour: str = MAIN) -> list[float]:
    """Give the lengths of the bars in pixels, from the outlines that Plotly writes as M…V…H…V…Z."""
    found = (re.fullmatch(r"M([\d.]+),[\d.]+V[\d.]+H([\d.]+)V[\d.]+Z", path) for path in filled(svg, colour))
    return [float(each[2]) - float(each[1]) for each in found if each]


class Placed(NamedTuple):
    """A text of a drawing: its words, its colour, the box it covers in pixels, from the highest letter to the lowest,
    and the area that its lines cover, before it is turned."""

    words: str
    colour: str
    left: float
    top: float
    right: float
    bottom: float
    area: Any

    @property
    def box(self) -> Any:
        return shapely.box(self.left, self.top, self.right, self.bottom)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def turned(self, x: float, y: float) -> Placed:
        """The text turned to read upwards, about a point."""
        left, right = x + self.top - y, x + self.bottom - y
        return self._replace(left=left, right=right, top=y + x - self.right, bottom=y + x - self.left)


def placed_texts(svg: str) -> list[Placed]:
    """Give every text of a drawing that has words, measured in the real typeface."""

    root = parse(svg)
    of = {id(each): look for each, look in looks(root)}

    def visit(element: ET.Element, right: float, down: float) -> Iterator[Placed]:
        for x, y in re.findall(r"translate\(([-\d.]+), ?([-\d.]+)", element.get("transform", "")):
            right, down = right + float(x), down + float(y)
        if element.tag == f"{SVG}text" and "".join(element.itertext()).strip():
            look = of[id(element)]
            size = float(look["font-size"])
            font = FONTS["600" if look.get("font-weight") == "600" else "400"]
            lines = [*element.iter(f"{SVG}tspan")] or [element]
            long = [font.getlength(line.text or "") * size / 1000 for line in lines]
            share = {"start": 0, "middle": 0.5, "end": 1}[look.get("text-anchor", "start")]
            starts = [
                right + float(line.attrib["x"]) - share * length for line, length in zip(lines, long, strict=True)
            ]
            heights = [down + float(line.attrib["y"]) for line in lines]
            words, ends = " ".join(line.text or "" for line in lines), list(map(sum, zip(starts, long, strict=True)))
            sides = zip(starts, heights, ends, strict=True)
            boxes = [shapely.box(start, at - 0.72 * size, end, at + 0.22 * size) for start, at, end in sides]
            area = shapely.union_all(boxes)
            left, top, right, bottom = area.bounds
            yield Placed(words, look["fill"], left, top, right, bottom, area)
        upright = re.match(r"rotate\(-90,([\d.]+),([\d.]+)\)", element.get("transform", ""))
        for each in (placed for child in element for placed in visit(child, right, down)):
            yield each.turned(right + float(upright[1]), down + float(upright[2])) if upright else each

    return [*visit(root, 0, 0)]


def assert_every_text_stands_free(svg: str) -> list[Placed]:
    """Check that no text is cut at an edge of the drawing or meets another one."""
    root = parse(svg)
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    placed = placed_texts(svg)
    for each in placed:
        assert each.left >= -1, each
        assert each.right <= width + 1, each
        assert each.top >= -0.5, each
        assert each.bottom <= height + 0.5, each
    for one, other in combinations(placed, 2):
        across, down = min(one.right, other.right) - max(one.left, other.left), min(one.bottom, other.bottom)
        assert across <= 0 or down <= max(one.top, other.top), (one, other)
    return placed


def test_bars_are_as_long_as_their_values_and_leave_room_for_the_rest_of_a_whole() -> None:
    svg = drawn(bars(["Ja", "Annat", "Annat"], [200, 50, 0], ["200 (80 %)", "50 (20 %)", "0 (0 %)"]))
    long, short = bar_lengths(svg)
    assert long == pytest.approx(4 * short, abs=0.1)
    assert long > 300
    names, figures = placed_texts(svg)[:3], placed_texts(svg)[3:]
    assert [each.words for each in (*names, *figures)] == ["Ja", "Annat", "Annat", "200 (80 %)", "50 (20 %)", "0 (0 %)"]
    heights = [each.middle[1] for each in names]
    assert heights == sorted(heights) == [each.middle[1] for each in figures]
    (alone,) = bar_lengths(drawn(bars(["Ja"], [50], ["50 %"])))
    (half,) = bar_lengths(drawn(bars(["Ja"], [50], ["50 %"], axis_max=100)))
    assert 0.5 * alone <= half <= 0.6 * alone


def test_bars_by_year_are_as_long_as_their_values_or_have_words_alone() -> None:
    series = [("2023", [100, 40], ["100 (45 %)", "40"]), ("2024", [200, 0], ["200 (80 %)", "0"])]
    figure = bars_by_year(["Ja", "Nej"], series, unit_label="Antal")
    svg = drawn(figure)
    older, newer = year_colours(2)
    (longest,) = bar_lengths(svg, newer)
    assert longest > 300
    assert bar_lengths(svg, older) == pytest.approx([longest / 2, longest / 5], abs=0.2)
    assert sorted(texts(svg)) == sorted(
        ["Ja", "Nej", "2023", "2023", "2024", "2024", "100 (45 %)", "40", "200 (80 %)", "0", "Antal"]
    )
    placed = by_words(svg)
    for word, area in zip(("100 (45 %)", "200 (80 %)", "40", "0"), figure.areas, strict=True):
        assert shape_of(area).contains(shapely.Point(placed[word].middle))
    missing: list[Any] = [("2023", [None, None], ["uppgift saknas"] * 2), ("2024", [0, 3], ["0", "3"])]
    svg = drawn(bars_by_year(["Ja", "Nej"], missing))
    assert bar_lengths(svg, year_colours(2)[0]) == []
    assert len(bar_lengths(svg)) == 1
    assert texts(svg).count("uppgift saknas") == texts(svg).count("2023") == 2


def test_a_year_stands_between_its_category_and_its_bar() -> None:
    series: list[Any] = [(str(2021 + at), [5.0 + at, 3.0], [f"a{at}", f"b{at}"]) for at in range(4)]
    placed = assert_every_text_stands_free(drawn(bars_by_year(["Först", "Sist"], series)))
    by_height = sorted(
        (each for each in placed if each.words[0] in "2ab"), key=lambda each: (each.middle[1] // 4, each.left)
    )
    assert [each.words for each in by_height] == [
        word for group in "ab" for at in range(4) for word in (str(2021 + at), f"{group}{at}")
    ]
    categories = {each.words: each for each in placed if each.words in ("Först", "Sist")}
    for category, group in (("Först", by_height[:8]), ("Sist", by_height[8:])):
        assert group[0].top < categories[category].middle[1] < group[-1].bottom
        assert all(categories[category].right < each.left for each in group)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_years_are_told_apart_without_colour(count: int) -> None:
    colours = year_colours(count)
    assert colours[-1] == MAIN
    assert all(contrast(colour, PAPER) >= 3 for colour in colours)
    assert all(contrast(PAPER, newer) > 1.3 * contrast(PAPER, older) for older, newer in pairwise(colours))
    series = [(f"{2021 + at}", [50.0], ["50 %"]) for at in range(count)]
    svg = drawn(bars_by_year(["Ja"], series))
    assert [len(bar_lengths(svg, colour)) for colour in colours] == [1] * count


def by_words(svg: str, free: bool = True) -> dict[str, Placed]:
    """The texts of a drawing by their words; with `free`, all stand free."""
    return {each.words: each for each in (assert_every_text_stands_free(svg) if free else placed_texts(svg))}


def boxes(svg: str, colour: str) -> list[Any]:
    """Give the rectangles of a colour that are drawn as M…H…V…H…Z, many in a path."""
    cell = r"M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+Z"
    found = (each for path in filled(svg, colour) for each in re.findall(cell, path))
    return [shapely.box(*map(float, each)) for each in found]


def fill_at(svg: str, text: Placed) -> set[str]:
    """Give the colours of the cells that a text stands on."""
    return {colour for colour in class_colours(5) for box in boxes(svg, colour) if box.intersects(text.box)}


def spread(columns: int) -> dict[str, list[float | None]]:
    """Give each region a row of percentages of its own, all classes among them."""
    return {key: [float((7 * at + 13 * column) % 101) for column in range(columns)] for at, key in enumerate(REGIONS)}


def test_heads_that_do_not_fit_are_turned_and_stay_whole() -> None:
    heads = ["Brev", "Rundringning på telefon", *(f"Mötesplats {at}" for at in "abcdefghijk")]
    values = {"25": [float(at) for at in range(13)]}
    placed = by_words(drawn(draw_matrix(values, heads)))
    for at, head in enumerate(heads):
        over, figure = placed[head], placed[str(at)]
        assert over.bottom - over.top > 1.2 * (over.right - over.left), head
        assert abs(over.middle[0] - figure.middle[0]) < 5, head
        assert over.bottom < figure.top
    few = by_words(drawn(draw_matrix({"25": [1, 2]}, ["Brev", "Nej"])))
    assert few["Brev"].right - few["Brev"].left > few["Brev"].bottom - few["Brev"].top


def test_every_cell_has_the_colour_of_its_class_and_its_figure_in_ink_that_stands_out() -> None:
    values: dict[str, list[float | None]] = {"25": [0, 19.9, 20], "24": [39, 40, 60], "23": [79, 80, 100]}
    labels = {"25": ["a", "b", "c"], "24": ["d", "e", "f"], "23": ["g", "h", "i"]}
    figure = region_matrix(
        {key: NAMES[key] for key in values}, ["A", "B", "C"], values, labels, classes=FIFTHS, legend_title="Procent"
    )
    svg = drawn(figure)
    placed = by_words(svg)
    one, two, three, four, five = class_colours(5)
    expected = {"a": one, "b": one, "c": two, "d": two, "e": three, "f": four, "g": four, "h": five, "i": five}
    for word, colour in expected.items():
        assert fill_at(svg, placed[word]) == {colour}, word
        assert contrast(placed[word].colour, colour) >= 4.5, word
    # Rows and columns: figures of a row beside its name, those of a column under its head.
    for at, key in enumerate(values):
        assert len({round(placed[word].middle[1]) for word in labels[key]}) == 1
        assert placed["abc"[0]].left > placed[NAMES["25"]].right
        assert placed[labels[key][at]].middle[0] == pytest.approx(placed["ABC"[at]].middle[0], abs=1)
        assert placed[labels[key][0]].middle[1] == pytest.approx(placed[NAMES[key]].middle[1], abs=1)
    assert placed["Västerbotten"].top > placed["Norrbotten"].bottom
    # What can be pointed at: a cell a figure, in the same order.
    for word, area in zip((word for key in values for word in labels[key]), figure.areas, strict=True):
        assert shape_of(area).contains(shapely.Point(placed[word].middle))
    # The legend: every class with its colour before it.
    for colour, (_, _, label) in zip(class_colours(5), FIFTHS, strict=True):
        lowest = max(boxes(svg, colour), key=lambda box: box.bounds[1])
        assert lowest.bounds[1] < placed[label].middle[1] < lowest.bounds[3]
        assert 0 < placed[label].left - lowest.bounds[2] < 10


@pytest.mark.parametrize("columns", [2, 15])
def test_a_matrix_of_all_regions_fits_a_page(columns: int) -> None:
    values = spread(columns) | {"09": [None] * columns}
    heads = ["ABCDEFGHIJKLMNO"[at] for at in range(columns)]
    bases = {key: str(at) for at, key in enumerate(REGIONS)}
    small = {"10": "färre än fem kommuner"}
    figure = draw_matrix(values, heads, bases=bases, base_head="n", small=small, small_label=small["10"])
    assert figure.width == 640
    assert figure.height <= 620
    svg = drawn(figure)
    placed = assert_every_text_stands_free(svg)
    words = [each.words for each in placed]
    assert len(words) == 21 * (2 + columns) + columns + 1 + 1 + 5 + 2
    assert {*heads, "n", "–", "Blekinge*", "Ingen kommun", "*\u00a0färre än fem kommuner"} <= set(words)
    assert len([*parse(svg).iter(f"{SVG}path")]) <= 5 + 2, "cells of one colour are one path"


def test_cells_of_small_bases_or_none_are_marked() -> None:
    values: dict[str, list[float | None]] = {"12": [100, 0], "09": [100, 0]}
    svg = drawn(draw_matrix(values, ["A", "B"], small={"09"}, small_label="få svar"))
    placed = by_words(svg, free=False)
    assert {"Skåne", "Gotland*", "*\u00a0få svar"} <= set(placed)
    full, weak = sorted((each for each in placed_texts(svg) if each.words == "100"), key=lambda each: each.top)
    assert fill_at(svg, full) == {MAIN}
    assert fill_at(svg, weak) == set()
    assert contrast(weak.colour, PAPER) >= 4.5
    large, strip = sorted(boxes(svg, MAIN), key=lambda box: -box.area)[0], boxes(svg, MAIN)
    under = [box for box in strip if box.bounds[0] < weak.middle[0] < box.bounds[2] and box.bounds[1] > weak.bottom - 1]
    assert 0 < under[0].area < large.area / 4
    values = {"12": [50, 50], "09": [None, None]}
    svg = drawn(draw_matrix(values, ["A", "B"], bases={"12": "33", "09": "0"}, base_head="n"))
    dashes = [each for each in placed_texts(svg) if each.words == "–"]
    assert len(dashes) == 2
    assert [fill_at(svg, dash) for dash in dashes] == [set(), set()]
    assert "Ingen kommun" in texts(svg)
    assert "Ingen kommun" not in texts(drawn(draw_matrix({"12": [50]}, ["A"])))


def dot_places(svg: str, colour: str) -> list[tuple[float, float]]:
    """Give the middles of the dots of a colour."""
    places = []
    for each, look in looks(parse(svg)):
        place = re.match(r"translate\(([\d.]+),([\d.]+)\)", each.get("transform", ""))
        if place and each.tag == f"{SVG}path" and look["fill"] == colour:
            places.append((float(place[1]), float(place[2])))
    return places


def test_dots_stand_from_zero_in_proportion_with_their_figures_beside_them() -> None:
    figure = dots(["Skåne", "Halland", "Gotland"], [10.5, 5.25, 0], ["10,5", "5,25", "0,0"])
    svg = drawn(figure)
    (far, _), (half, _), (zero, _) = dot_places(svg, MAIN)
    assert far - zero == pytest.approx(2 * (half - zero), abs=0.1)
    assert far - zero > 300
    placed = by_words(svg)
    for (x, y), name, label in zip(
        dot_places(svg, MAIN), ["Skåne", "Halland", "Gotland"], ["10,5", "5,25", "0,0"], strict=True
    ):
        assert 5 < placed[label].left - x < 20
        assert placed[label].middle[1] == pytest.approx(y, abs=2)
        assert placed[name].middle[1] == pytest.approx(y, abs=2)
        assert placed[name].right < zero - 6
    for place, area in zip(dot_places(svg, MAIN), figure.areas, strict=True):
        assert shape_of(area).contains(shapely.Point(place))


def test_dots_around_a_reference_have_their_figures_on_the_far_side() -> None:
    values = [14.0, 8.0, 10.0, 10.5, None]
    labels = ["14,0", "8,0", "10,0", "10,5", "uppgift saknas"]
    figure = dots(list("abcde"), values, labels, reference=10, reference_label="Riket 10,0", unit_label="Per 100")
    svg = drawn(figure)
    far, near, same, beyond = (x for x, _ in dot_places(svg, MAIN))
    assert far - same == pytest.approx(2 * (same - near), abs=0.1)
    assert beyond - same == pytest.approx((far - same) / 8, abs=0.1)
    placed = by_words(svg)
    assert placed["8,0"].right < near < same < placed["10,0"].left
    assert placed["Riket 10,0"].middle[0] == pytest.approx(same, abs=1)
    assert placed["Per 100"].bottom < placed["Riket 10,0"].bottom < placed["a"].bottom
    assert not [label for label in labels if placed[label].left < same < placed[label].right]


def test_small_bases_are_hollow_dots_and_explained() -> None:
    svg = drawn(dots(["a", "b"], [1, 2], ["1", "2"], small={"b"}, small_label="få svar"))
    ((_, high),) = dot_places(svg, MAIN)
    hollow, legend = (y for _, y in dot_places(svg, PAPER))
    assert high < hollow < legend
    placed = by_words(svg)
    assert placed["få svar"].middle[1] == pytest.approx(legend, abs=2)


PRINTED = "abcdefghijklmnopqrstuvwxyzåäöABCÅÄÖ0123456789 -–/(),.%\u00a0"
# What is drawn at random is seldom the longest there may be, or nothing at all.
SOLID, WORDY = "m" * 130, ("mm " * 44)[:130]
Rows = list[tuple[str, float | None, str]]
ROW = st.tuples(st.text(PRINTED, max_size=130), st.none() | st.floats(0, 100), st.text(PRINTED, max_size=30))
LONGEST: Rows = [(SOLID, 100, SOLID[:30]), (WORDY, None, WORDY[:30]), ("", 0, "")]


def of_rows(kind: str, rows: Rows, said: str, number: int, remark: str | None, cell: str) -> Figure:
    """A drawing of rows, with the same words everywhere else; of so many years or columns, or around this number."""
    categories, values, labels = (list(column) for column in zip(*rows, strict=True))
    small: dict[str, Any] = {"small": categories[:1], "small_label": said, "remark": remark}
    match kind:
        case "bars":
            return bars(categories, values, labels, unit_label=said, remark=remark)
        case "bars_by_year":
            years = [cell, *(f"{2021 + at} (prel.)" for at in range(number % 4))]
            series = [(year, values, labels) for year in years]
            return bars_by_year(categories, series, unit_label=said, remark=remark)
        case "dots":
            over = (number, f"Riket {said}" if len(rows) > 1 else said) if number else (None, None)
            around: dict[str, Any] = {"reference": over[0], "reference_label": over[1], "unit_label": said}
            return dots(categories, values, labels, **around, **small)
        case "region_map":
            filled: dict[str, float | None] = dict.fromkeys(REGIONS, 80.0) | {"09": None}
            shown, classes = dict.fromkeys(REGIONS, said), [(0, 100, said)]
            told: dict[str, Any] = {"missing_label": said, "legend_title": said, "remark": remark}
            return region_map(filled, shown, classes, names=shown, **told)
        case _:
            names = {str(at): name for at, name in enumerate(categories[:6])}
            heads = ([name[:40] for name in categories] * 15)[: 1 + number % 15]
            shares = {key: [None, *range(5, 100, 5)][: len(heads)] for key in names}
            written = {key: [cell] * len(heads) for key in names}
            told = {"classes": [(0, 100, said)], "legend_title": said, "missing_label": said, "base_head": cell}
            bases = dict.fromkeys(names, cell)
            return region_matrix(names, heads, shares, written, bases=bases, **told, **small | {"small": {"0"}})


@pytest.mark.parametrize("kind", ["bars", "bars_by_year", "dots", "region_matrix"])
@settings(max_examples=8, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=21), said=st.text(PRINTED, max_size=150), number=st.integers(0, 100))
@also_given(rows=LONGEST * 7, said=SOLID, number=99)
@also_given(rows=LONGEST[1::-1] * 3, said=WORDY, number=14)
@also_given(rows=[(SOLID, 0, "")], said="", number=0)
@also_given(rows=[("Ja", None, "–"), ("Nej", None, "–")], said="Antal", number=0)
@also_given(rows=[("Ja", 3, "x"), ("Nej", 3, "x"), ("Annat", None, "–")], said="Antal", number=3)
@also_given(rows=[(f"{'0' * at}/. {'bf' * (at // 4)}", None, "") for at in range(9)], said=WORDY, number=0)
def test_no_text_is_cut_and_every_value_is_drawn(kind: str, rows: Rows, said: str, number: int) -> None:
    svg = drawn(of_rows(kind, rows, said, number, said, (said + "100")[:9]))
    assert_every_text_stands_free(svg)
    if kind == "dots":
        known = sum(value is not None for _, value, _ in rows)
        assert len(dot_places(svg, MAIN) + dot_places(svg, PAPER)) == known + 1


ANY_TEXT = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])
ANY_ROW = st.tuples(st.text(ANY_TEXT, max_size=60), st.none() | st.floats(0, 100), st.text(ANY_TEXT, max_size=20))


@settings(max_examples=12, deadline=None)
@given(st.lists(ANY_ROW, min_size=1, max_size=8))
@also_given([("<b>&amp;</b> $x$", None, "<br>"), ("שלום עולם", 1, "\u202e1"), ("😀 %{x}", 100, "﷽")])
def test_any_text_comes_out_as_it_went_in(rows: Rows) -> None:
    categories, values, labels = (list(column) for column in zip(*rows, strict=True))
    shown = ["".join(each.split()) for each in texts(drawn(bars(categories, values, labels)))]
    for each in (*categories, *labels):
        assert "".join(each.split()) in [*shown, ""]


ALL_80: dict[str, float | None] = dict.fromkeys(REGIONS, 80.0)
A_ROW: dict[str, Any] = {"values": {"12": [50, 60]}, "columns": ["A", "B"]}
REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("zip", lambda: bars(["a"], [1, 2], ["1", "2"])),
    ("zip", lambda: bars(["a"], [1], [])),
    ("none negative", lambda: bars(["a"], [-1], ["-1"])),
    ("finite", lambda: bars(["a"], [float("nan")], ["x"])),
    ("0 years", lambda: bars_by_year(["a"], [])),
    ("5 years", lambda: bars_by_year(["a"], [(str(year), [1], ["1"]) for year in range(2020, 2025)])),
    ("zip", lambda: bars_by_year(["a"], [("2023", [1, 2], ["1", "2"]), ("2024", [1], ["1"])])),
    ("finite", lambda: bars_by_year(["a"], [("2024", [float("inf")], ["x"])])),
    ("zip", lambda: dots(["a"], [1.0], [])),
    ("none negative", lambda: dots(["a"], [-1.0], ["1"])),
    ("finite", lambda: dots(["a"], [1.0], ["1"], reference=float("inf"), reference_label="Riket")),
    ("reference_label", lambda: dots(["a"], [1.0], ["1"], reference=1.0)),
    ("small_label", lambda: dots(["a"], [1.0], ["1"], small={"a"})),
    ("in no class", lambda: draw_matrix(**A_ROW, classes=[(0, 20, "x")])),
    ("missing_label", lambda: draw_matrix({"12": [50, None]}, ["A", "B"], missing_label=None)),
    ("small_label", lambda: draw_matrix(**A_ROW, small={"12"})),
    ("zip", lambda: draw_matrix({"12": [50, 60]}, ["A", "B", "C"])),
    ("do not fit", lambda: draw_matrix({"12": [1.0] * 60}, ["A"] * 60)),
    ("'09'", lambda: draw_map({code: value for code, value in ALL_80.items() if code != "09"})),
    ("'02'", lambda: draw_map(ALL_80 | {"02": 80.0})),
    (r"region 12: 101\.0 is in no class", lambda: draw_map(ALL_80 | {"12": 101.0})),
    ("missing_label", lambda: draw_map(ALL_80 | {"09": None}, missing_label=None)),
    *(("named by", partial(to_svg, bars(["Ja"], [1], ["1"]), name=name)) for name in ("", "1a", "a b", 'a"b', "å")),
    ("'pie'", lambda: drawn(go.Figure([{"type": "pie"}]))),
    ("drawing", lambda: drawn(with_layout(annotations=[{"text": '<a href="https://example.org/">x</a>'}]))),
    ("drawing", lambda: drawn(with_layout(images=[{"source": "https://example.org/x.png", "sizex": 1, "sizey": 1}]))),
    ("6 classes", lambda: region_map(ALL_80, {}, [(0, 100, "x")] * 6, missing_label=None, legend_title="Andel")),
]


def with_layout(**parts: Any) -> go.Figure:
    return go.Figure(bars(["Ja"], [1], ["1"]).to_plotly_json()).update_layout(parts)


@pytest.mark.parametrize(("message", "draw"), REFUSED)
def test_what_cannot_be_shown_truly_is_refused(message: str, draw: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=message):
        draw()


def drawings(said: str, remark: str | None = None) -> dict[str, Figure]:
    """Make one of each kind, every text the same."""
    numbers = dict.fromkeys(KINDS, 0) | {"dots": 1}
    return {kind: of_rows(kind, [(said, 1, said)], said, number, remark, said) for kind, number in numbers.items()}


KINDS = ["bars", "bars_by_year", "region_map", "region_matrix", "dots"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_remark_stands_over_the_drawing_and_changes_nothing_in_it(kind: str) -> None:
    remark = "Påhittade svar: " + LONG
    plain, said = drawings("Ja")[kind], drawings("Ja", remark)[kind]
    bare, svg, more = drawn(plain), drawn(said), said.height - plain.height
    # Names in the map are all the same here, so one may stand on another's line; its own test looks at real ones.
    placed = placed_texts(svg) if kind == "region_map" else assert_every_text_stands_free(svg)
    *others, last = sorted(placed, key=lambda each: -each.top)
    assert last.words == remark
    assert contrast(last.colour, BAND) >= 7
    (band,) = (box for box in boxes(svg, BAND) if box.bounds[2] == said.width)
    assert band.bounds[:2] == (0, 0)
    assert band.contains(last.box)
    assert band.bounds[3] <= more
    before = sorted(placed_texts(bare), key=lambda each: (each.top, each.left))
    after = sorted(others, key=lambda each: (each.top, each.left))
    for one, other in zip(before, after, strict=True):
        assert (one.words, one.colour) == (other.words, other.colour)
        assert (other.left, other.top - more) == pytest.approx((one.left, one.top), abs=0.6)
    assert not boxes(bare, BAND)
    assert drawn(drawings("Ja", " ")[kind]) == bare


TWO_YEARS: Any = [("2023", [72, 1], ["72 %", "1 %"]), ("2024", [46, 9], ["46 %", "9 %"])]
ON_BARS: dict[str, Any] = {"unit_label": LONG, "remark": "Påhittade svar", "narrow": True}
ON_DOTS: dict[str, Any] = {"reference": 6, "reference_label": "Riket", "narrow": True}
NARROW: dict[str, Callable[[], Figure]] = {
    "bars": lambda: bars([LONG, "Nej"], [72, 36], ["72 %", "36 %"], **ON_BARS),
    "bars_by_year": lambda: bars_by_year([LONG, "Nej"], TWO_YEARS, narrow=True),
    "dots": lambda: dots([*NAMES.values()], [*range(21)], [f"{at},0" for at in range(21)], **ON_DOTS),
}


@pytest.mark.parametrize("kind", NARROW)
def test_a_narrow_drawing_holds_its_words(kind: str) -> None:
    figure = NARROW[kind]()
    assert figure.width == 320
    placed = assert_every_text_stands_free(drawn(figure))
    assert len(placed) > 3
    assert all(shapely.box(0, 0, 320, figure.height + 1).covers(shape_of(area)) for area in figure.areas)


def test_lines_without_length_end_no_other_line() -> None:
    """A dot at the reference has no line to it: what is drawn after that is there all the same."""
    svg = drawn(NARROW["dots"]())
    paths = [each.attrib["d"] for each in parse(svg).iter(f"{SVG}path")]
    assert [path for path in paths if re.search(r"l(?=[Mz]|$)", path)] == []
    stems = max((path for path in paths if path.count("M") == 21), key=len)
    assert sum("l" in each for each in stems.split("M")[1:]) == 20


# Texts


HOSTILE = ["<script>alert(1)</script>", '<b>x</b> & "quotes" %{x}', "<a href='https://example.org/'>x</a>"]
HOSTILE += ["&lt;i&gt; &#60;i&#62;", "$x^2$", "a<br>b ]]><!--"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_in_a_label_is_only_text(hostile: str) -> None:
    allowed = {"svg", "g", "defs", "clipPath", "pattern", "rect", "path", "text", "tspan"}
    times = {"bars": 4, "bars_by_year": 5, "region_map": 1 + 3 + 21 * 2, "region_matrix": 10, "dots": 6}
    for kind, figure in drawings(hostile, hostile).items():
        svg = drawn(figure)
        root = parse(svg)
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
        assert not [key for each in root.iter() for key in each.attrib if "href" in key or key.startswith("on")]
        assert "".join("".join(texts(svg)).split()).count("".join(hostile.split())) == times[kind], kind


def test_control_characters_are_left_out_and_long_labels_break_at_spaces() -> None:
    assert texts(drawn(bars(["a\x00b\x1b\ud800c\ufffe"], [1], ["1\n2"]))) == ["abc", "1 2"]
    lines = text.wrap("Ja, samverkar med regional primär- eller specialistvård", 190)
    assert lines == ["Ja, samverkar med regional", "primär- eller specialistvård"]
    assert text.wrap("Nej", 190) == ["Nej"]
    assert text.wrap("471\u00a0968 kronor", 60) == ["471\u00a0968", "kronor"]


def points_of(path: str) -> list[tuple[float, float]]:
    """Give the points of a path with absolute points or relative steps."""
    points: list[tuple[float, float]] = []
    for letter, numbers in re.findall(r"([MLlhv])([^A-Za-z]*)", path):
        values = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        values = {"h": [*values, 0.0], "v": [0.0, *values]}.get(letter, values)
        for x, y in zip(values[::2], values[1::2], strict=True):
            before = points[-1] if letter in "lhv" else (0.0, 0.0)
            points.append((before[0] + x, before[1] + y))
    return points


def shape_of(path: str) -> Any:
    """Give what a path encloses, less its holes."""
    rings = [shapely.Polygon(points_of(ring)).buffer(0) for ring in re.findall("M[^M]*", path)]
    return reduce(shapely.symmetric_difference, rings, shapely.Polygon())


def land(svg: str, colour: str) -> Any:
    """Give what a map fills with a colour, without the swatch of its legend."""
    return max(map(shape_of, filled(svg, colour)), key=lambda shape: shape.area)


def towns_in(shape: Any) -> set[str]:
    return {code for code, town in TOWNS.items() if shape.contains(town)}


def test_regions_lakes_and_islands_are_where_they_are() -> None:
    pale, _, dark = class_colours(3)
    for digit in range(5):  # the place of a region, in binary: any two differ in one of the maps at least
        chosen = {code for place, code in enumerate(REGIONS) if place >> digit & 1}
        svg = drawn(draw_map({code: 90.0 if code in chosen else 10.0 for code in REGIONS}))
        assert towns_in(land(svg, dark)) == chosen
        assert towns_in(land(svg, pale)) == set(REGIONS) - chosen
    sweden = land(drawn(draw_map(dict.fromkeys(REGIONS, 90.0))), dark)
    siljan, oland, tjorn = ((14.80, 60.86), (16.65, 56.75), (11.66, 58.01))
    for place, is_land in ((siljan, False), (oland, True), (tjorn, True)):
        assert sweden.contains(on_map(*place)) is is_land
    # Square kilometres: land with lakes, less Vänern, Vättern, Mälaren, Hjälmaren, Siljan, Storsjön, Hornavan.
    wanted = 447_430 - 5_650 - 1_890 - 1_120 - 480 - 290 - 460 - 770
    assert sweden.area / PIXELS_A_KM**2 == pytest.approx(wanted, rel=0.002)


def test_classes_hold_their_lower_bound_and_the_last_its_upper() -> None:
    chosen: dict[str, float | None] = {"25": 100, "12": 75, "01": 74.9, "14": 50, "09": None, "10": None, "20": 0}
    svg = drawn(draw_map({**dict.fromkeys(REGIONS, 49.9), **chosen}))
    expected = [{"01", "14"}, {"25", "12"}, {"09", "10"}]
    pale, *others = class_colours(3)
    assert [towns_in(land(svg, colour)) for colour in (*others, "url(#a-2)")] == expected  # the last is hatched
    assert towns_in(land(svg, pale)) == set(REGIONS).difference(*expected)


def test_every_figure_and_name_is_written_and_missing_is_explained_only_where_there_is_some() -> None:
    values: dict[str, float | None] = {code: 79.0 + at for at, code in enumerate(REGIONS)} | {"09": None}
    written = set(texts(drawn(draw_map(values))))
    assert {f"{NAMES[code]} {79 + at}\u00a0%" for at, code in enumerate(REGIONS) if code != "09"} <= written
    assert {NAMES["09"], "Andel", "Uppgift saknas", *(label for _, _, label in CLASSES)} <= written
    assert "Uppgift saknas" not in texts(drawn(draw_map(ALL_80)))


@pytest.mark.parametrize("names", [NAMES, {}])
def test_labels_of_the_map_stand_in_their_regions_or_at_sea_with_lines_that_lead_into_them(
    names: dict[str, str],
) -> None:
    figure = draw_map(dict.fromkeys(REGIONS, 100.0), names=names, legend_title="Andel kommuner som använt bidraget")
    svg = drawn(figure)
    placed = assert_every_text_stands_free(svg)
    assert len(placed) == 21 + 1 + len(CLASSES)
    regions = dict(zip(REGIONS, map(shape_of, figure.areas), strict=True))
    sweden = shapely.union_all([*regions.values()])
    codes = {f"{name} {FULL}": code for code, name in names.items()}
    for each in placed:
        inside = [regions[codes[each.words]]] if each.words in codes else [*regions.values()]
        assert not each.area.intersects(sweden) or any(region.contains(each.area) for region in inside), each
    is_line = {"fill": "none", "stroke": INK, "stroke-width": "1"}.items()
    (drawn_lines,) = [each.attrib["d"] for each, look in looks(parse(svg)) if is_line <= look.items() and each.get("d")]
    lines = [shapely.LineString(points_of(line)) for line in re.findall("M[^M]*", drawn_lines)]
    assert len(lines) == 12
    for line in lines:
        start, end = map(shapely.Point, line.coords)
        label = min(placed, key=lambda each: each.box.distance(start))
        led_to = regions[codes[label.words]] if names else sweden
        assert led_to.contains(end.buffer(2)), label
        assert not [each for each in placed if each.box.intersects(line)], label


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_figures_can_be_read_on_every_class(count: int) -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)  # WCAG's usual example of just enough
    fills = class_colours(count)
    assert len(set(fills)) == count
    assert all(contrast(ink_on(fill), fill) >= 4.5 for fill in fills)
    assert sorted(fills, key=lambda fill: -contrast(fill, "#000000")) == fills


def example() -> Figure:
    return draw_map({code: 40.0 + 2 * at for at, code in enumerate(REGIONS)} | {"09": None})


def examples() -> list[Figure]:
    return [example(), *drawings("Ja", "Påhittade svar").values()]


def test_same_figure_same_bytes_whatever_was_drawn_before() -> None:
    program = "import sys; from tests.test_draw import examples; from pipeline.draw import to_svg; "
    program += "assert 'mirage' not in sys.modules, 'mirage is imported too early'; "
    program += "sys.stdout.buffer.write(''.join(to_svg(each, name='karta') for each in examples()).encode())"
    elsewhere = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, check=True).stdout
    drawn(bars(["Ja"], [1], ["1"]))
    for _ in range(2):
        assert "".join(to_svg(each, name="karta") for each in examples()).encode() == elsewhere


def test_fonts_of_the_machine_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = bars(["Ja, med en lång text som bryts på två rader"], [1], ["1"], unit_label="Antal mottagare")
    before = drawn(figure)
    monkeypatch.setattr("mirage.fonts.FontManager.measure", lambda *_: (1000.0, 90.0, 80.0, 10.0))
    with ThreadPoolExecutor(1) as another:  # a thread starts an engine of its own
        assert another.submit(to_svg, figure, name="a").result() == before


def test_drawings_share_no_id_and_each_holds_its_own() -> None:
    one, other = drawn(example()), to_svg(example(), name="a-1")
    assert ids(one)
    assert ids(one).isdisjoint(ids(other))
    assert set(re.findall(r"url\(#([^)]+)\)", one)) == ids(one)
    svg = drawn(bars(["Ja"], [1], ["1"]))
    root = parse(svg)
    assert (root.tag, root.attrib["class"]) == (f"{SVG}svg", "chart")
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert svg.startswith("<svg ")
    assert re.findall(r"https?://[^\s\"']+", svg) == ["http://www.w3.org/2000/svg"]
    assert "@font-face" not in svg
    assert "data:" not in svg


def test_what_a_group_says_otherwise_is_said_of_what_is_in_it() -> None:
    root = parse(
        '<svg xmlns="http://www.w3.org/2000/svg"><g style="text-anchor: end; stroke: rgb(1, 2, 255)">'
        '<text x="1" y="2" style="text-anchor: start; stroke: none; font-size: 12px">a</text>'
        '<path d="M0,0L1.2345,2" style="stroke-width: 3px; opacity: 1" /></g></svg>'
    )
    compact(root, "Serif")
    text, path = root[0]
    assert root[0].attrib == {"text-anchor": "end", "stroke": "#0102FF"}
    assert text.attrib == {"x": "1", "y": "2", "text-anchor": "start", "stroke": "none", "font-size": "12"}
    assert path.attrib == {"d": "M0,0L1.23,2", "stroke-width": "3"}


def test_the_outlines_say_where_they_come_from() -> None:
    content = json.loads((PROJECT / "pipeline" / "draw" / "regions.geojson").read_text(encoding="utf-8"))
    assert "SCB" in content["source"]
    assert content["licence"]
    assert [feature["id"] for feature in content["features"]] == list(REGIONS)


@pytest.mark.parametrize("code", ["09", "14"])
def test_the_area_of_a_region_is_where_it_is_drawn(code: str) -> None:
    values = {each: 100 if each == code else 0 for each in REGIONS}
    figure, below = draw_map(values), draw_map(values, remark="Påhittade svar")
    area, moved = (shape_of(each.areas[REGIONS.index(code)]) for each in (figure, below))
    outline = land(drawn(figure), MAIN)
    assert area.symmetric_difference(outline).area < 0.1 * outline.area
    # A remark stands above the drawing, and moves it down by its own height.
    down = moved.centroid.y - area.centroid.y
    assert (moved.centroid.x - area.centroid.x, down) == pytest.approx((0, below.height - figure.height), abs=1)
