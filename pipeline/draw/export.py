"""Make a static SVG of a figure, without a browser: same figure and name, same bytes, on every machine."""

from __future__ import annotations

import json
import os
import re
import threading
from array import array
from base64 import b64decode
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pipeline.draw import text
from pipeline.draw.compact import compact
from pipeline.draw.marks import Figure
from pipeline.draw.template import FAMILY
from pipeline.files import checksum, write_text

if TYPE_CHECKING:
    import plotly.graph_objects as go

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
    content = figure.to_plotly_json() if isinstance(figure, Figure) else _plain(json.loads(str(figure.to_json())))
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


def _plain(value: Any) -> Any:
    """Return what Plotly's own encoder made of frames, arrays, days and gaps, with its packed arrays as lists."""
    if isinstance(value, dict) and {"dtype", "bdata"} <= value.keys():
        numbers = array(_PACKED[value["dtype"]], b64decode(value["bdata"])).tolist()
        return [None if number != number else number for number in numbers]  # noqa: PLR0124  NaN
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


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
        tag = element.tag.removeprefix(f"{{{_SVG}}}")
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
        tag = child.tag.removeprefix(f"{{{_SVG}}}")
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
