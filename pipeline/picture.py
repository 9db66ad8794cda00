"""A static drawing that a notebook shows: an SVG with its alternative text and its typeface, loading nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from pipeline.paths import REPORTS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_FONTS = {400: "Regular", 600: "Semibold"}


@dataclass(frozen=True)
class Drawing:
    """A static drawing. A notebook that ends a cell with it shows it; nothing in it runs, and nothing is loaded."""

    html: str
    """An element with the role of an image: its label says in words what the SVG in it shows."""
    key: tuple[str, ...] = ()
    """What letters in it stand for, a line each, to be shown above it."""

    @classmethod
    def of(cls, figure: go.Figure, alt: str, name: str, remark: str | None = None) -> Drawing:
        """Draw a Plotly figure: see `pipeline.drawing`."""
        from pipeline.draw import Figure, to_svg
        from pipeline.draw.marks import add_remark

        if remark:
            layout = figure.layout
            band = Figure(layout.width, layout.height, (0, 1), (0, 1), [], layout.margin.t or 0)
            add_remark(band, remark)
            more = {"shapes": [*layout.shapes, *band.shapes], "annotations": [*layout.annotations, *band.annotations]}
            figure = type(figure)(figure).update_layout(height=band.height, margin_t=band.top, **more)
        return cls(f'<div role="img" aria-label="{escape(alt)}">{to_svg(figure, name=name)}</div>')

    @property
    def svg(self) -> str:
        """The SVG alone. Its letters are set in Source Sans 3 where that is installed."""
        return self.html[self.html.index("<svg") : self.html.rindex("</svg>") + len("</svg>")]

    def _repr_html_(self) -> str:
        """Bring the typeface along: labels are measured in it, and a wider one would run over the edge."""
        weights = [400, 600] if 'font-weight="600"' in self.html else [400]
        key = f"<p>{'<br>'.join(map(escape, self.key))}</p>" if self.key else ""
        return f"<style>{''.join(map(_font_face, weights))}</style>{key}{self.html}"


@cache
def _font_face(weight: int) -> str:
    path = REPORTS / "_extensions" / "aterrapport" / "fonts" / f"SourceSans3-{_FONTS[weight]}.woff2"
    data = b64encode(path.read_bytes()).decode("ascii")
    source = f'url("data:font/woff2;base64,{data}") format("woff2")'
    return f'@font-face {{ font-family: "Source Sans 3"; font-weight: {weight}; src: {source}; }}'
