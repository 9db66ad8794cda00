"""Write an SVG tersely: the same drawing in a quarter of the bytes, its colours where a style sheet may answer them."""

from __future__ import annotations

import re
from itertools import groupby, pairwise
from xml.etree import ElementTree as ET

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
