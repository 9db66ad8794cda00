"""The house style of every drawing: one Plotly layout, one set of colours.

Contrast follows WCAG 2.1: text at least 4.5:1 (1.4.3), what carries meaning in a graphic at least 3:1 (1.4.11). The
class colours are one hue in steps of lightness, so they hold in greyscale and for colour-blind readers; where two
neighbours are nearer each other than 3:1, a line in ink or paper parts them and the figure itself is written in them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.draw import text

FAMILY = "'Source Sans 3', 'Source Sans Pro', 'Segoe UI', Arial, sans-serif"
PAPER = "#FFFFFF"
INK = "#1A2429"
MUTED = "#4F5D64"  # secondary text and base lines: 6.8:1 on paper
MAIN = "#004A63"
FRAME = "#C9D3D8"  # hairlines that carry no meaning of their own
NOTE = "#FFF0C7"  # the band of a remark: ink on it 14:1
HATCH = "#838E94"  # lines of the hatching that says "nothing known": 3.3:1 on paper, and ink on it 4.7:1

# Light to dark in even steps of lightness (CIE L* 94, 79, 63, 45, 29).
_SCALE = ("#E4F1F7", "#A6CBDC", "#6BA0B8", "#2F6F8C", "#004A63")
_PICKS = {1: (4,), 2: (1, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}

# Years, newest first: as far apart in lightness as 3:1 against paper allows (CIE L* 29 to 59).
_YEARS = {
    1: ("#004A63",),
    2: ("#004A63", "#6096AF"),
    3: ("#004A63", "#2F6F8C", "#6096AF"),
    4: ("#004A63", "#206380", "#407D99", "#6096AF"),
}

Class = tuple[float, float, str]
"""A class of values: lower bound, upper bound, text of the legend."""

LAYOUT = {
    "font": {"family": FAMILY, "size": text.SIZE, "color": INK},
    "paper_bgcolor": PAPER,
    "plot_bgcolor": PAPER,
    "colorway": [MAIN],
    "showlegend": False,
    "hovermode": False,
    "dragmode": False,
}
AXIS = {"automargin": False, "tickangle": 0, "showgrid": False, "zeroline": False, "fixedrange": True}
# Fixed margins: every drawing works out its own, since automatic ones differ between renderers.
MARGIN = {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0, "autoexpand": False}
TEMPLATE = {"layout": {**LAYOUT, "margin": MARGIN, "xaxis": AXIS, "yaxis": AXIS}}
"""The house style for figures of one's own: `figure.update_layout(template=TEMPLATE)`."""


def class_colours(count: int) -> list[str]:
    """Return the fills of `count` classes, lightest first. Raise ValueError for more than eyes tell apart, five."""
    if count not in _PICKS:
        raise ValueError(f"{count} classes; expected 1 to {len(_SCALE)}")
    return [_SCALE[step] for step in _PICKS[count]]


def class_of(value: float, classes: Sequence[Class], whose: str) -> int:
    """Return the place of the class a value belongs to: lower bound, upper bound, text each, from low to high.

    A bound shared by two belongs to the upper class, and the last holds its upper bound. Raise ValueError, naming
    `whose` value it is, when no class holds it.
    """
    for at, (low, high, _) in enumerate(classes):
        if low <= value < high or (value == high and at == len(classes) - 1):
            return at
    raise ValueError(f"{whose}: {value} is in no class; got: {[(low, high) for low, high, _ in classes]}")


def year_colours(count: int) -> list[str]:
    """Return the colours of `count` years, oldest and lightest first. Raise ValueError for none or more than four."""
    if count not in _YEARS:
        raise ValueError(f"{count} years; expected 1 to {len(_YEARS)}")
    return list(reversed(_YEARS[count]))


def ink_on(fill: str) -> str:
    """Return the colour, ink or paper, that stands out most on a fill: for text and for lines around it."""
    return max(INK, PAPER, key=lambda ink: contrast(ink, fill))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (#RRGGBB), 1 to 21, as WCAG 2.1 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.1, 0 to 1."""
    if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
        raise ValueError(f"a colour is written #RRGGBB; got: {colour!r}")
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
