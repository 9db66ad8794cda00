"""Drawings: what a reader sees in them, and what may never be in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import plotly.graph_objects as go
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from pipeline.draw import bars, region_map, text, to_svg
from pipeline.draw.template import class_colours, contrast, ink_on

ROOT = Path(__file__).parents[1]
FONT = ROOT / "reports" / "_extensions" / "aterrapport" / "fonts" / "SourceSans3-Regular.ttf"
SVG = "{http://www.w3.org/2000/svg}"
FULL = "100\u00a0%"

# County code, short name, a town in it, latitude and longitude.
REGIONS = {
    "01": ("Stockholm", "Norrtälje", 59.76, 18.70),
    "03": ("Uppsala", "Uppsala", 59.86, 17.64),
    "04": ("Sörmland", "Katrineholm", 59.00, 16.21),
    "05": ("Östergötland", "Linköping", 58.41, 15.62),
    "06": ("Jönköpings län", "Värnamo", 57.19, 14.05),
    "07": ("Kronoberg", "Växjö", 56.88, 14.81),
    "08": ("Kalmar län", "Vimmerby", 57.67, 15.86),
    "09": ("Gotland", "Hemse", 57.24, 18.37),
    "10": ("Blekinge", "Ronneby", 56.21, 15.28),
    "12": ("Skåne", "Lund", 55.70, 13.19),
    "13": ("Halland", "Hyltebruk", 57.00, 13.24),
    "14": ("Västra Götaland", "Borås", 57.72, 12.94),
    "17": ("Värmland", "Sunne", 59.84, 13.14),
    "18": ("Örebro län", "Örebro", 59.27, 15.21),
    "19": ("Västmanland", "Sala", 59.92, 16.61),
    "20": ("Dalarna", "Falun", 60.61, 15.63),
    "21": ("Gävleborg", "Bollnäs", 61.35, 16.39),
    "22": ("Västernorrland", "Sollefteå", 63.17, 17.27),
    "23": ("Jämtland Härjedalen", "Sveg", 62.03, 14.36),
    "24": ("Västerbotten", "Lycksele", 64.60, 18.68),
    "25": ("Norrbotten", "Kiruna", 67.86, 20.23),
}
NAMES = {code: region[0] for code, region in REGIONS.items()}
TO_SWEREF = pyproj.Transformer.from_crs(4326, 3006, always_xy=True)
TOWNS = {
    code: shapely.Point(*(metres / 1000 for metres in TO_SWEREF.transform(longitude, latitude)))
    for code, (_, _, latitude, longitude) in REGIONS.items()
}
CLASSES = [(0, 50, "under 50 %"), (50, 75, "50–74 %"), (75, 100, "75–100 %")]


def draw_map(values: Mapping[str, float | None], **options: Any) -> go.Figure:
    labels = {code: f"{value:.0f}\u00a0%" for code, value in values.items() if value is not None}
    given: dict[str, Any] = {"missing_label": "Uppgift saknas", "legend_title": "Andel", "names": NAMES} | options
    return region_map(values, labels, CLASSES, **given)


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own drawings)


def texts(svg: str) -> list[str]:
    """Give every text of a drawing, the lines of one joined by a space."""
    return [" ".join(part for part in each.itertext() if part) for each in parse(svg).iter(f"{SVG}text")]


def ids(svg: str) -> set[str]:
    return {each.attrib["id"] for each in parse(svg).iter() if "id" in each.attrib}


def filled(svg: str, colour: str) -> list[str]:
    """Give the paths filled with a colour, #RRGGBB."""
    rgb = f"fill: rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"
    return [each.attrib["d"] for each in parse(svg).iter(f"{SVG}path") if rgb in each.get("style", "")]


def bar_lengths(svg: str) -> list[float]:
    """Give the lengths of the bars in pixels, from the outlines that Plotly writes as M…V…H…V…Z."""
    found = (re.fullmatch(r"M([\d.]+),[\d.]+V[\d.]+H([\d.]+)V[\d.]+Z", path) for path in filled(svg, "#004A63"))
    return [float(each[2]) - float(each[1]) for each in found if each]


def placed_texts(element: ET.Element, right: float = 0) -> Iterator[tuple[ET.Element, float]]:
    """Give every text of a drawing, with how far the groups around it are moved to the right."""
    right += sum(float(x) for x in re.findall(r"translate\(([-\d.]+)", element.get("transform", "")))
    if element.tag == f"{SVG}text":
        yield element, right
    for child in element:
        yield from placed_texts(child, right)


# Bars


def test_bars_are_as_long_as_their_values_and_say_them() -> None:
    svg = to_svg(bars(["Ja", "Delvis", "Nej"], [200, 50, 0], ["200 (80 %)", "50 (20 %)", "0 (0 %)"]), name="a")
    long, short = bar_lengths(svg)
    assert long == pytest.approx(4 * short, abs=0.1)
    assert long > 300
    assert texts(svg) == ["Ja", "Delvis", "Nej", "200 (80 %)", "50 (20 %)", "0 (0 %)"]


def test_bars_stand_in_the_given_order() -> None:
    root = parse(to_svg(bars(["Först", "Sedan", "Sist"], [1, 3, 2], ["a", "b", "c"]), name="a"))
    heights = {"".join(each.itertext()): float(each.attrib["y"]) for each in root.iter(f"{SVG}text")}
    assert heights["Först"] < heights["Sedan"] < heights["Sist"]
    assert heights["Först"] == heights["a"]


def test_bars_of_one_category_twice_are_two_bars() -> None:
    assert len(bar_lengths(to_svg(bars(["Annat", "Annat"], [3, 2], ["3", "2"]), name="a"))) == 2


@pytest.mark.parametrize("values", [[0.0, 0.0], [None, None], [0.0, None]])
def test_bars_of_nothing_still_say_so(values: list[float | None]) -> None:
    svg = to_svg(bars(["Ja", "Nej"], values, ["0 (0 %)", "–"], unit_label="Antal"), name="a")
    assert bar_lengths(svg) == []
    assert texts(svg) == ["Ja", "Nej", "0 (0 %)", "–", "Antal"]


def test_bars_against_a_whole_leave_room_for_the_rest() -> None:
    (alone,) = bar_lengths(to_svg(bars(["Ja"], [50], ["50 %"]), name="a"))
    (half,) = bar_lengths(to_svg(bars(["Ja"], [50], ["50 %"], axis_max=100), name="a"))
    assert 0.5 * alone <= half <= 0.6 * alone


@pytest.mark.parametrize(
    ("categories", "values", "labels"),
    [
        ([], [], []),
        (["a"], [1, 2], ["1", "2"]),
        (["a"], [1], []),
        (["a"], [-1], ["-1"]),
        (["a"], [float("nan")], ["x"]),
    ],
)
def test_bars_refuse_what_cannot_be_drawn(categories: list[str], values: list[float | None], labels: list[str]) -> None:
    with pytest.raises(ValueError, match="expected"):
        bars(categories, values, labels)


PRINTED = "abcdefghijklmnopqrstuvwxyzåäöABCÅÄÖ0123456789 -–/(),.%\u00a0"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(PRINTED, max_size=120), st.floats(0, 100), st.text(PRINTED, max_size=30)),
        min_size=1,
        max_size=20,
    )
)
def test_no_text_of_a_bar_chart_is_cut(rows: list[tuple[str, float, str]]) -> None:
    categories, values, labels = (list(column) for column in zip(*rows, strict=True))
    heading = " ".join(categories)[:200]
    root = parse(to_svg(bars(categories, values, labels, unit_label=heading), name="a"))
    font = ImageFont.truetype(FONT, 1000, layout_engine=ImageFont.Layout.BASIC)
    for each, right in placed_texts(root):
        for line in [*each.iter(f"{SVG}tspan")] or [each]:
            anchor, length = each.attrib["text-anchor"], font.getlength(line.text or "") * 14 / 1000
            start = right + float(line.attrib["x"]) - {"start": 0, "middle": length / 2, "end": length}[anchor]
            assert start >= -1
            assert start + length <= 640 + 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=60),
            st.one_of(st.none(), st.floats(0, 100)),
            st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=20),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_text_comes_out_as_it_went_in(rows: list[tuple[str, float | None, str]]) -> None:
    categories, values, labels = (list(column) for column in zip(*rows, strict=True))
    drawn = ["".join(each.split()) for each in texts(to_svg(bars(categories, values, labels), name="a"))]
    for each in (*categories, *labels):
        assert "".join(each.split()) in [*drawn, ""]


# Texts


HOSTILE = [
    "<script>alert(1)</script>",
    '<b>x</b> & "quotes"',
    "<a href='https://example.org/'>x</a>",
    "&lt;i&gt; &#60;i&#62;",
    "$x^2$",
    "%{x}",
    "a<br>b",
    "]]><!--",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_markup_in_a_label_is_only_text(hostile: str) -> None:
    values = dict.fromkeys(REGIONS, 80.0)
    drawings = [
        to_svg(bars([hostile], [1], [hostile], unit_label=hostile), name="a"),
        to_svg(
            region_map(
                values | {"09": None},
                dict.fromkeys(REGIONS, hostile),
                [(0, 100, hostile)],
                missing_label=hostile,
                legend_title=hostile,
                names=dict.fromkeys(REGIONS, hostile),
            ),
            name="b",
        ),
    ]
    allowed = {"svg", "g", "defs", "clipPath", "pattern", "rect", "path", "text", "tspan"}
    for svg, times in zip(drawings, (3, 3 + 21 * 2), strict=True):
        root = parse(svg)
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= allowed
        assert not [key for each in root.iter() for key in each.attrib if "href" in key or key.startswith("on")]
        assert "".join("".join(texts(svg)).split()).count("".join(hostile.split())) == times


def test_control_characters_are_left_out() -> None:
    assert texts(to_svg(bars(["a\x00b\x1b\ud800c\ufffe"], [1], ["1\n2"]), name="a")) == ["abc", "1 2"]


def test_width_is_that_of_the_typeface() -> None:
    font = ImageFont.truetype(FONT, 1000, layout_engine=ImageFont.Layout.BASIC)
    for line in ("Ja, samverkar med civilsamhället", "205 (83 %)", "ÅÄÖ – −12\u00a0345"):
        assert text.width(line, 20) == pytest.approx(font.getlength(line) / 50, rel=0.03)


def test_long_labels_break_at_spaces_and_short_ones_do_not() -> None:
    lines = text.wrap("Ja, samverkar med regional primär- eller specialistvård", 190)
    assert lines == ["Ja, samverkar med regional", "primär- eller specialistvård"]
    assert text.wrap("Nej", 190) == ["Nej"]
    assert text.wrap("471\u00a0968 kronor", 60) == ["471\u00a0968", "kronor"]


# Map


def shapes(figure: go.Figure, colour: str | None) -> Any:
    """Give what a map fills with a colour (hatches, for None), as one shape in kilometres, without the legend."""
    rings: list[Any] = []
    for trace in figure.data:
        is_hatched = trace.fill == "toself" and trace.fillpattern.shape == "/"
        if is_hatched if colour is None else trace.fillcolor == colour and not is_hatched:
            points: list[tuple[float, float]] = []
            for x, y in zip(trace.x, trace.y, strict=True):
                if x is None:
                    rings.append(shapely.Polygon(points))
                    points = []
                else:
                    points.append((x, y))
    legend = [ring for ring in rings if len(ring.exterior.coords) == 5 and ring.minimum_rotated_rectangle.equals(ring)]
    shape = shapely.Polygon()
    for ring in rings:
        if ring not in legend:
            shape = shape.symmetric_difference(ring)
    return shape


def towns_in(shape: Any) -> set[str]:
    return {code for code, town in TOWNS.items() if shape.contains(town)}


@pytest.mark.parametrize("code", REGIONS)
def test_each_region_is_drawn_once_in_the_colour_of_its_class(code: str) -> None:
    figure = draw_map(dict.fromkeys(REGIONS, 10.0) | {code: 90.0})
    pale, _, dark = class_colours(3)
    assert towns_in(shapes(figure, dark)) == {code}
    assert towns_in(shapes(figure, pale)) == set(REGIONS) - {code}


def test_classes_hold_their_lower_bound_and_the_last_its_upper() -> None:
    chosen: dict[str, float | None] = {"25": 100, "12": 75, "01": 74.9, "14": 50, "09": None, "10": None, "20": 0}
    figure = draw_map({**dict.fromkeys(REGIONS, 49.9), **chosen})
    pale, middle, dark = class_colours(3)
    assert towns_in(shapes(figure, dark)) == {"25", "12"}
    assert towns_in(shapes(figure, middle)) == {"01", "14"}
    assert towns_in(shapes(figure, None)) == {"09", "10"}
    assert towns_in(shapes(figure, pale)) == set(REGIONS) - {"25", "12", "01", "14", "09", "10"}


def test_lakes_and_islands_are_right() -> None:
    sweden = shapes(draw_map(dict.fromkeys(REGIONS, 90.0)), class_colours(3)[2])
    siljan, oland, tjorn = ((14.80, 60.86), (16.65, 56.75), (11.66, 58.01))
    for place, is_land in ((siljan, False), (oland, True), (tjorn, True)):
        east, north = TO_SWEREF.transform(*place)
        assert sweden.contains(shapely.Point(east / 1000, north / 1000)) is is_land
    # Square kilometres: land with lakes, less Vänern, Vättern, Mälaren, Hjälmaren, Siljan, Storsjön, Hornavan.
    assert sweden.area == pytest.approx(447_430 - 5_650 - 1_890 - 1_120 - 480 - 290 - 460 - 770, rel=0.002)


def test_the_drawing_fills_what_the_figure_says() -> None:
    figure = draw_map(dict.fromkeys(REGIONS, 10.0) | {"09": 90.0})
    (gotland,) = [path for path in filled(to_svg(figure, name="a"), class_colours(3)[2]) if path.count("L") > 10]
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", gotland)]
    west, east = figure.layout.xaxis.range
    pixels = figure.layout.width / (east - west)
    assert shapely.Polygon(points).area / pixels**2 == pytest.approx(3_110, rel=0.01)


def test_every_figure_and_name_is_written() -> None:
    values: dict[str, float | None] = {code: 79.0 + at for at, code in enumerate(REGIONS)} | {"09": None}
    written = texts(to_svg(draw_map(values), name="a"))
    for at, (code, name) in enumerate(NAMES.items()):
        assert (name if code == "09" else f"{name} {79 + at}\u00a0%") in written
    assert {"Andel", "Uppgift saknas", *(label for _, _, label in CLASSES)} <= set(written)


def test_missing_is_explained_only_where_there_is_some() -> None:
    assert "Uppgift saknas" not in texts(to_svg(draw_map(dict.fromkeys(REGIONS, 80.0)), name="a"))


def label_boxes(figure: go.Figure) -> Iterator[tuple[str, bool, Any]]:
    """Give each text of a map: its words, if it stands centred (in a region), and the area it covers in kilometres."""
    west, east = figure.layout.xaxis.range
    km = (east - west) / figure.layout.width
    for trace in figure.data:
        if trace.mode != "text":
            continue
        for x, y, label in zip(trace.x, trace.y, trace.text, strict=True):
            lines = label.split("<br>")
            line = trace.textfont.size * 1.3 * km
            boxes = []
            for at, each in enumerate(lines):
                wide = text.width(each, trace.textfont.size) * km
                start = x - {"middle center": wide / 2, "middle left": wide, "middle right": 0}[trace.textposition]
                top = y + line * (len(lines) / 2 - at)
                boxes.append(shapely.box(start, top - line, start + wide, top))
            yield " ".join(lines), trace.textposition == "middle center", shapely.union_all(boxes)


@pytest.mark.parametrize("names", [NAMES, {}])
def test_no_label_of_the_map_meets_another_or_leaves_its_region(names: dict[str, str]) -> None:
    figure = draw_map(dict.fromkeys(REGIONS, 100.0), names=names, legend_title="Andel kommuner som använt bidraget")
    boxes = list(label_boxes(figure))
    assert len(boxes) == 21 + 1 + len(CLASSES)
    (west, east), (south, north) = figure.layout.xaxis.range, figure.layout.yaxis.range
    frame = shapely.box(west, south, east, north)
    sweden = shapes(figure, class_colours(3)[2])
    for at, (label, is_inside, box) in enumerate(boxes):
        assert frame.contains(box), label
        assert not [other for other, _, there in boxes[at + 1 :] if box.intersects(there)], label
        if not is_inside:
            assert not box.intersects(sweden), label
        elif names:
            code = next(code for code, name in names.items() if label == f"{name} {FULL}")
            alone = draw_map(dict.fromkeys(REGIONS, 10.0) | {code: 100.0})
            assert shapes(alone, class_colours(3)[2]).contains(box), label


def test_lines_lead_from_labels_into_their_regions() -> None:
    figure = draw_map(dict.fromkeys(REGIONS, 100.0))
    boxes = {label: box for label, _, box in label_boxes(figure)}
    line = next(trace for trace in figure.data if trace.mode == "lines+markers")
    led = set()
    for at in range(0, len(line.x), 3):
        start, end = (shapely.Point(line.x[each], line.y[each]) for each in (at, at + 1))
        label = min(boxes, key=lambda each: boxes[each].distance(start))
        code = next(code for code, name in NAMES.items() if label == f"{name} {FULL}")
        region = shapes(draw_map(dict.fromkeys(REGIONS, 10.0) | {code: 100.0}), class_colours(3)[2])
        assert region.contains(end.buffer(5)), label
        whole = shapely.LineString([start, end])
        assert not [other for other, box in boxes.items() if box.intersects(whole)], label
        led.add(code)
    assert led >= {"01", "03", "04", "10", "13", "09"}


def test_map_refuses_what_it_cannot_show_truly() -> None:
    values: dict[str, float | None] = dict.fromkeys(REGIONS, 80.0)
    with pytest.raises(ValueError, match="'09'"):
        draw_map({code: value for code, value in values.items() if code != "09"})
    with pytest.raises(ValueError, match="'02'"):
        draw_map(values | {"02": 80.0})
    with pytest.raises(ValueError, match=r"region 12: 101\.0 is in no class"):
        draw_map(values | {"12": 101.0})
    with pytest.raises(ValueError, match="missing_label"):
        draw_map(values | {"09": None}, missing_label=None)
    with pytest.raises(ValueError, match="label for every value"):
        region_map(values, {}, CLASSES, missing_label=None, legend_title="Andel")
    with pytest.raises(ValueError, match="6 classes"):
        region_map(values, NAMES, [(0, 100, "x")] * 6, missing_label=None, legend_title="Andel")


# Colours


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)  # the usual example of just enough


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_figures_can_be_read_on_every_class(count: int) -> None:
    fills = class_colours(count)
    assert len(set(fills)) == count
    assert all(contrast(ink_on(fill), fill) >= 4.5 for fill in fills)
    assert sorted(fills, key=lambda fill: -contrast(fill, "#000000")) == fills


# Export


def example() -> go.Figure:
    return draw_map({code: 40.0 + 2 * at for at, code in enumerate(REGIONS)} | {"09": None})


def test_same_figure_same_bytes_whatever_was_drawn_before() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests'); import test_draw; from pipeline.draw import to_svg; "
        "assert 'mirage' not in sys.modules, 'mirage is imported too early'; "
        "sys.stdout.buffer.write(to_svg(test_draw.example(), name='karta').encode())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout
    to_svg(bars(["Ja"], [1], ["1"]), name="a")
    assert to_svg(example(), name="karta").encode() == elsewhere
    assert to_svg(example(), name="karta").encode() == elsewhere


def test_fonts_of_the_machine_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = bars(["Ja, med en lång text som bryts på två rader"], [1], ["1"], unit_label="Antal mottagare")
    before = to_svg(figure, name="a")
    monkeypatch.setattr("mirage.fonts.FontManager.measure", lambda *_: (1000.0, 90.0, 80.0, 10.0))
    with ThreadPoolExecutor(1) as another:  # a thread starts an engine of its own
        assert another.submit(to_svg, figure, name="a").result() == before


def test_two_drawings_share_no_id() -> None:
    one, other = to_svg(example(), name="a"), to_svg(example(), name="a-1")
    assert ids(one)
    assert ids(one).isdisjoint(ids(other))
    assert set(re.findall(r"url\(#([^)]+)\)", one)) == ids(one)


@pytest.mark.parametrize("name", ["", "1a", "a b", 'a"b', "å"])
def test_a_name_that_cannot_begin_an_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="named by"):
        to_svg(bars(["Ja"], [1], ["1"]), name=name)


@pytest.mark.parametrize("kind", ["choropleth", "pie", "scattergl"])
def test_other_traces_are_refused_by_name(kind: str) -> None:
    with pytest.raises(ValueError, match=f"'{kind}'"):
        to_svg(go.Figure([{"type": kind}]), name="a")


def test_images_and_links_are_refused() -> None:
    figure = bars(["Ja"], [1], ["1"])
    linked = go.Figure(figure).add_annotation(text='<a href="https://example.org/">x</a>', x=0, y=0)
    with pytest.raises(ValueError, match="drawing"):
        to_svg(linked, name="a")
    pictured = go.Figure(figure).add_layout_image(source="https://example.org/x.png", x=0, y=1, sizex=1, sizey=1)
    with pytest.raises(ValueError, match="drawing"):
        to_svg(pictured, name="a")


def test_a_drawing_can_be_scaled_and_styled_and_holds_its_own() -> None:
    svg = to_svg(bars(["Ja"], [1], ["1"]), name="a")
    root = parse(svg)
    assert (root.tag, root.attrib["class"]) == (f"{SVG}svg", "chart")
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    assert svg.startswith("<svg ")
    assert re.findall(r"https?://[^\s\"']+", svg) == ["http://www.w3.org/2000/svg"]
    assert "@font-face" not in svg
    assert "data:" not in svg


def test_the_outlines_say_where_they_come_from() -> None:
    content = json.loads((ROOT / "pipeline" / "draw" / "regions.geojson").read_text(encoding="utf-8"))
    assert "SCB" in content["source"]
    assert content["licence"]
    assert [feature["id"] for feature in content["features"]] == list(REGIONS)
