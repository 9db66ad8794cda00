"""Make a static SVG of a figure, without a browser: same figure and name, same bytes, on every machine."""

from __future__ import annotations

import json
import os
import re
import threading
from array import array
from base64 import b64decode
from collections.abc import Collection
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pipeline.draw import text
from pipeline.draw.marks import FAMILY, Figure
from pipeline.files import checksum, write_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

SVG = "{http://www.w3.org/2000/svg}"

_DEFAULTS = {
    "opacity": "1",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "vector-effect": "none",
    "font-weight": "normal",
    "text-anchor": "start",
    "font-style": "normal",
    "font-variant": "normal",
    "stroke": "none",
}
_SHARED = ("text-anchor", "font-size", "font-weight", "clip-path", "stroke", "stroke-width")
_DECIMALS = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_MOVED = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_STILL = re.compile(r"(translate|rotate)\(0(,-?[\d.]+,-?[\d.]+|,0)\)|")
_LINES = re.compile(r"(?:[ML]-?[\d.]+,-?[\d.]+|Z)*")
_MANY = 3  # elements from which it is worth while to say once what they share
_FEW = 10  # lines of a path that is written as it is
_TENTHS = 10  # of a pixel: the steps of a path of many


def compact(root: ET.Element, family: str) -> None:
    """Write a drawing tersely, in place. `family` is the typeface of its texts, said once."""
    for element in root.iter():
        _plain(element)
    # What is so anyway need not be said, unless a group says otherwise.
    otherwise = {
        name for group in root.iter(f"{SVG}g") for name, value in group.items() if value != _DEFAULTS.get(name)
    }
    for element in root.iter():
        for name in _DEFAULTS.keys() - otherwise:
            if element.get(name) == _DEFAULTS[name]:
                del element.attrib[name]
    for element in root.iter(f"{SVG}text"):
        if element.get("font-family") == family:
            del element.attrib["font-family"]
    _flatten(root)
    for parent in list(root.iter()):
        _join_outlines(parent)
        _share(parent)
    for element in root.iter(f"{SVG}path"):
        drawn = element.get("d", "")
        if drawn.count("L") > _FEW and _LINES.fullmatch(drawn):
            element.attrib["d"] = "".join(map(_in_steps, re.findall("M[^M]*", drawn)))
    root.attrib |= {"font-family": family, "stroke-miterlimit": "2"}  # as Plotly has it at nearly every line


def _plain(element: ET.Element) -> None:
    """Write a style as attributes, and numbers with at most two decimals."""
    styles = [part.strip().split(": ", 1) for part in element.attrib.pop("style", "").split(";") if part.strip()]
    said = {**element.attrib, **dict(styles)}
    for name in ("white-space", "stroke-miterlimit"):
        said.pop(name, None)
    for kind in ("fill", "stroke"):
        if said.get(f"{kind}-opacity") == "0":
            said |= {kind: "none", f"{kind}-opacity": "1"}
        if rgb := re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", said.get(kind, "")):
            said[kind] = "#" + "".join(f"{int(channel):02X}" for channel in rgb.groups())
    if said.get("stroke") == "none" or said.get("stroke-width") == "0px":
        said = {name: value for name, value in said.items() if not name.startswith("stroke")} | {"stroke": "none"}
    if _STILL.fullmatch(said.get("transform", "")):
        said.pop("transform", None)
    element.attrib = {
        name: value.removesuffix("px") if name in ("stroke-width", "font-size") else _short(value)
        for name, value in said.items()
    }


def _short(value: str) -> str:
    return _DECIMALS.sub(lambda found: f"{round(float(found[0]), 2):.10g}", value)


def _flatten(parent: ET.Element) -> None:
    """Take groups away that say nothing, or that one child can say itself; move texts instead of their groups."""
    children: list[ET.Element] = []
    for child in parent:
        _flatten(child)
        if child.tag == f"{SVG}text":
            _place_lines(child)
        moved = _MOVED.fullmatch(child.get("transform", ""))
        if child.tag == f"{SVG}g" and moved and all(_is_still_text(each) for each in child):
            for text in child.iter():
                if text.tag != f"{SVG}g":
                    _move(text, float(moved[1]), float(moved[2]))
            del child.attrib["transform"]
        only = child[0] if len(child) == 1 else None
        if child.tag == f"{SVG}g" and only is not None and "transform" not in child.attrib:
            is_clipped_before = "transform" in only.attrib and "clip-path" in child.attrib
            if not is_clipped_before and not child.attrib.keys() & only.attrib.keys():
                only.attrib |= child.attrib
                child.attrib = {}
        children += child if child.tag == f"{SVG}g" and not child.attrib else [child]
    parent[:] = children


def _is_still_text(element: ET.Element) -> bool:
    return element.tag == f"{SVG}text" and "transform" not in element.attrib


def _move(text: ET.Element, right: float, down: float) -> None:
    for name, by in (("x", right), ("y", down)):
        if name in text.attrib:
            text.attrib[name] = _short(str(float(text.attrib[name]) + by))


def _place_lines(text: ET.Element) -> None:
    """Give each line of a text its own height instead of a distance in letters."""
    lines = [line for line in text if line.get("dy", "").endswith("em") and "y" in line.attrib]
    for line in lines:
        down = float(line.attrib.pop("dy").removesuffix("em")) * float(text.attrib["font-size"])
        _move(line, 0, down)
    if lines and len(lines) == len(text):
        for name in ("x", "y"):
            text.attrib.pop(name, None)


def _join_outlines(parent: ET.Element) -> None:
    """Draw lines of one look as one path, and together with the areas that they are the outlines of."""
    joined: list[ET.Element] = []
    for child in parent:
        before = joined[-1] if joined else child
        if _is_outline(child) and _is_outline(before) and child is not before and _look(child) == _look(before):
            before.attrib["d"] += child.attrib["d"]
        else:
            joined.append(child)
    for area, outline in pairwise(list(joined)):
        is_of = _is_outline(outline) and area.tag == outline.tag and "stroke" not in area.attrib
        if is_of and area.get("clip-path") == outline.get("clip-path") and _rings(area) == _rings(outline):
            area.attrib |= {name: value for name, value in outline.attrib.items() if name.startswith("stroke")}
            joined.remove(outline)
    parent[:] = joined


def _is_outline(element: ET.Element) -> bool:
    is_plain = not element.attrib.keys() & {"transform", "opacity", "stroke-opacity"}
    return element.tag == f"{SVG}path" and is_plain and element.get("fill") == "none" and "stroke" in element.attrib


def _look(element: ET.Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != "d"}


def _rings(path: ET.Element) -> list[str]:
    return path.attrib["d"].replace("Z", "").split("M")


def _share(parent: ET.Element) -> None:
    """Say once what texts or paths that follow each other have in common, and the colour of most of them."""
    children: list[ET.Element] = []
    for key, run in groupby(list(parent), lambda each: (each.tag, *map(each.get, _SHARED))):
        members = list(run)
        colours = [each.get("fill", "") for each in members]
        if len(members) < _MANY or key[0] not in (f"{SVG}text", f"{SVG}path"):
            children += members
            continue
        shared = {name: value for name, value in zip(_SHARED, key[1:], strict=True) if value is not None}
        shared |= {"fill": max(colours, key=colours.count)} if all(colours) else {}
        group = ET.Element(f"{SVG}g", shared)
        for each in members:
            each.attrib = {name: value for name, value in each.attrib.items() if shared.get(name) != value}
        group[:] = members
        children.append(group)
    parent[:] = children


def _in_steps(ring: str) -> str:
    """Write a line with relative steps: those between rounded points, so that none adds to the error of another."""
    points = [[round(float(at) * _TENTHS) for at in pair] for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", ring)]
    by = [end[at] - start[at] for start, end in pairwise(points) for at in (0, 1)]
    steps = "".join(f"{'' if one < 0 else ' '}{one / _TENTHS:g}" for one in by)
    x, y = (at / _TENTHS for at in points[0])
    return f"M{x:g},{y:g}{'l' if steps else ''}{steps.strip()}{'z' if ring.endswith('Z') else ''}"


TRACES = frozenset({"bar", "scatter"})
"""The trace types that may be drawn. Others, maps above all, fetch from the network or come out empty silently."""

KEPT = "ATERRAPPORT_DRAWINGS"
"""Of the environment: a folder, one for each state of the code, that keeps drawings by the checksum of their figure."""

_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset({"svg", "g", "defs", "clipPath", "pattern", "rect", "path", "circle", "text", "tspan"})
_NAME = re.compile("[A-Za-z][A-Za-z0-9_-]*")
_REFERENCE = re.compile(r"url\(\s*['\"]?#([^'\")]+)['\"]?\s*\)")

# Plotly makes its ids from random numbers; the same ones each time keep the bytes the same.
_SEED = "(() => { let s = 1; Math.random = () => (s = (s * 48271) % 2147483647) / 2147483647; })();"

# It warns that "$" between two others is no formula here, which is right, and has no console to warn on.
_SILENT = "globalThis.console = {}; for (const say of ['log', 'trace', 'warn', 'error']) console[say] = () => {};"

_PACKED = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}

_of_thread = threading.local()


def to_svg(figure: Figure | go.Figure, *, name: str) -> str:
    """Draw a figure as an SVG element, class `chart`, its texts kept as text.

    `name` (a letter, then letters, digits, `_`, `-`) begins every id in the drawing, so that drawings of different
    names can stand in one HTML page. Width, height and viewBox are in pixels; a style sheet may scale it. Nothing in it
    runs, loads or refers to anything outside.

    Raise ValueError for another trace type, for a name of another form, and for a figure that needs an image or a link.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a drawing is named by a letter, then letters, digits, _ and -; got: {name!r}")
    content = figure.to_plotly_json() if isinstance(figure, Figure) else _unpacked(json.loads(str(figure.to_json())))
    for trace in content["data"]:
        if trace["type"] not in TRACES:
            raise ValueError(
                f"a trace of type {trace['type']!r} cannot be drawn; expected: {', '.join(sorted(TRACES))}"
            )
    folder = os.environ.get(KEPT)
    kept = Path(folder) / f"{checksum(json.dumps([content, name]).encode())}.svg" if folder else None
    if kept and kept.is_file():
        kept.touch()
        return kept.read_text(encoding="utf-8")
    svg = _drawn(content, name)
    if kept:
        write_text(kept, svg)
    return svg


def _unpacked(value: Any) -> Any:
    """Return what Plotly's own encoder made of frames, arrays, days and gaps, with its packed arrays as lists."""
    if isinstance(value, dict) and {"dtype", "bdata"} <= value.keys():
        numbers = array(_PACKED[value["dtype"]], b64decode(value["bdata"])).tolist()
        return [None if number != number else number for number in numbers]  # noqa: PLR0124  NaN
    if isinstance(value, dict):
        return {key: _unpacked(each) for key, each in value.items()}
    return [_unpacked(each) for each in value] if isinstance(value, list) else value


def _drawn(content: dict[str, Any], name: str) -> str:
    engine = _engine()
    engine.context.eval(_SEED)
    drawn = ET.fromstring(engine.render_svg(content["data"], content["layout"]))  # noqa: S314 (our own text)
    _refuse_foreign(drawn)
    used = {found for one in drawn.iter() for value in one.attrib.values() for found in _REFERENCE.findall(value)}
    _prune(drawn, used)
    _number_ids(drawn, name)
    width, height = drawn.get("width", ""), drawn.get("height", "")
    drawn.attrib = {"class": "chart", "viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    compact(drawn, FAMILY)
    ET.register_namespace("", _SVG)
    return ET.tostring(drawn, encoding="unicode")


def _engine() -> Any:
    """Start the drawing engine, once a thread: QuickJS may not be shared between threads."""
    if not hasattr(_of_thread, "engine"):
        from mirage.engine import MirageEngine  # here, because it takes half a second

        engine = MirageEngine()
        engine.context.eval(_SILENT)
        # Its own measure takes whatever font the machine has.
        engine.context.add_callable("_measureTextRaw", _measure)
        _of_thread.engine = engine
    return _of_thread.engine


def _measure(line: str, _family: str, size: str, weight: str = "") -> str:
    """Answer the engine's question: width, height, ascent, descent of a line in pixels."""
    pixels = float(size)
    bold = {"bold": 700, "normal": 400, "": 400}.get(weight) or int(weight)
    up, high = text.ascent(pixels), text.height(pixels)
    return f"{text.width(line, pixels, bold):.2f},{high:.2f},{up:.2f},{high - up:.2f}"


def _refuse_foreign(root: ET.Element) -> None:
    """Let only plain drawing through: no script, image, link, style sheet or handler."""
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        if tag not in _ELEMENTS:
            raise ValueError(f"a drawing holds shapes and text only; got: <{tag}>")
        for key, value in element.attrib.items():
            if "url(" in _REFERENCE.sub("", value) or key.startswith("on") or key.endswith("href"):
                raise ValueError(f"a drawing refers to nothing outside itself; got: {key}={value!r}")


def _prune(parent: ET.Element, used: Collection[str]) -> None:
    """Drop what draws nothing (empty groups, unused clip paths) and what only scripts ask for (classes)."""
    for child in list(parent):
        _prune(child, used)
        for key in ("class", "pointer-events", "data-index"):
            child.attrib.pop(key, None)
        if child.get("id") not in used:
            child.attrib.pop("id", None)
        tag = child.tag.removeprefix(SVG)
        is_empty = {
            **dict.fromkeys(("g", "defs"), len(child) == 0),
            "path": child.get("d", "") in {"", "M0,0", "M0,0Z"} or child.get("d", "").startswith("M0,0A0,0"),
            **dict.fromkeys(("clipPath", "pattern"), "id" not in child.attrib),
            "rect": "fill-opacity: 0" in child.get("style", ""),
        }
        if child.get("display") == "none" or is_empty.get(tag, False):
            parent.remove(child)


def _number_ids(root: ET.Element, name: str) -> None:
    """Number the ids in their order, behind the drawing's name."""
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    new = {old: f"{name}-{number}" for number, old in enumerate(ids, start=1)}
    for element in root.iter():
        for key, value in element.attrib.items():
            element.attrib[key] = new[value] if key == "id" else _REFERENCE.sub(lambda m: f"url(#{new[m[1]]})", value)
