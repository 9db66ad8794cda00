"""Drawn without a browser as plotly's own Kaleido draws with one: the same figures both ways, pixel by pixel.

Both pictures are made by Chromium with the project's own typeface and no other, so that only the drawing can differ.
"""

import asyncio
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import kaleido
import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from pipeline.draw import Figure, bars, bars_by_year, dots, region_map, region_matrix, to_svg
from pipeline.draw.marks import MAIN, MUTED, TEMPLATE
from pipeline.paths import REPORTS
from pipeline.register import regions
from tests.conftest import ARGUMENTS, chromium

FONTS = REPORTS / "_extensions" / "aterrapport" / "fonts"
FONT_SETTINGS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
# Of all pixels of the picture. One in a hundred would do for the eye; but what is drawn is nearly the same to the pixel
# (one in ten thousand differs), so that a bar a tenth too long is found as well.
LIMIT = 0.002
# The two ways to a picture smooth the edges of letters and lines a little differently. What a reader could see as
# another shape, place or colour differs by more than an eighth of the scale in one channel at least.
TOLERANCE = 32

WORDS = ["Ja, samverkar med civilsamhället", "Ja, samverkar med regional primär- eller specialistvård", "Nej"]
COUNTS: list[float | None] = [84, 73, 104]
LABELS = ["84 (36 %)", "73 (31 %)", "104 (44 %)"]
CODES = [region.code for region in regions().values()]
SHARES: dict[str, float | None] = {code: (37 * at) % 101 for at, code in enumerate(CODES)}
CLASSES = [(0, 39, "0–39 %"), (40, 69, "40–69 %"), (70, 100, "70–100 %")]


def lines(values: list[float], colour: str = MAIN) -> go.Figure:
    """Draw a share over the years. The reports have no such chart yet; researchers draw them in this template."""
    years = list(range(2020, 2020 + len(values)))
    drawn = go.Scatter(x=years, y=values, mode="lines+markers", line={"color": colour, "width": 3})
    half = {"y": [50] * len(years), "mode": "lines", "line": {"color": MUTED, "width": 1, "dash": "dot"}}
    figure = go.Figure([drawn, go.Scatter(x=years, **half)])
    figure.update_layout(template=TEMPLATE, width=640, height=320, margin={"l": 50, "r": 20, "t": 20, "b": 40})
    figure.update_xaxes(tickvals=years)
    figure.update_yaxes(range=[0, 100], showgrid=True)
    return figure


def a_map(shares: dict[str, float | None]) -> Figure:
    labels = {code: f"{share}\u00a0%" for code, share in shares.items()}
    classes: list[tuple[float, float, str]] = [*CLASSES]
    return region_map(shares, labels, classes, missing_label=None, legend_title="Andel kommuner")


def a_matrix() -> Figure:
    names = {code: regions()[code].short_name for code in CODES}
    shares = {code: [share, 50] for code, share in SHARES.items()}
    labels = {code: [f"{share}", "50"] for code, share in SHARES.items()}
    told: dict[str, Any] = {"legend_title": "Andel", "missing_label": "Uppgift saknas"}
    return region_matrix(names, ["A", "B"], shares, labels, classes=[*CLASSES], **told)


FIGURES: dict[str, Figure | go.Figure] = {
    "bars": bars(WORDS, COUNTS, LABELS, unit_label="Antal kommuner", remark="Påhittade svar"),
    "bars_by_year": bars_by_year(
        WORDS, [("2023", [72, 28, 33], ["72 %", "28 %", "33 %"]), ("2024", [46, 57, 63], ["46 %", "57 %", "63 %"])]
    ),
    "lines": lines([32, 12, 44, 71, 68]),
    "region_map": a_map(SHARES),
    "region_matrix": a_matrix(),
    "dots": dots(WORDS, [6.9, 3.3, 9.8], ["6,9", "3,3", "9,8"], reference=6, reference_label="Hela landet: 6,0"),
}


@pytest.fixture(scope="module")
def pictures(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Image.Image, Image.Image]]]:
    """Every figure drawn by Kaleido, and without it."""
    folder = tmp_path_factory.mktemp("fonts")
    settings = folder / "fonts.conf"
    settings.write_text(FONT_SETTINGS.format(fonts=FONTS, cache=folder / "cache"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FONTCONFIG_FILE", str(settings))
        # In a thread of its own, since the browser of the other tests has the event loop of this one.
        with ThreadPoolExecutor(1) as pool:
            theirs = pool.submit(asyncio.run, by_kaleido(FIGURES)).result()
        started = browser.browser_type.launch(executable_path=chromium(), args=ARGUMENTS, env=dict(os.environ))
    yield {name: (theirs[name], by_us(started, figure)) for name, figure in FIGURES.items()}
    started.close()


def plain(figure: Figure | go.Figure) -> go.Figure:
    """Return a figure of Plotly's, without the template that it gives to what has none."""
    content = figure.to_plotly_json()
    return go.Figure({**content, "layout": {"template": "none", **content["layout"]}})


async def by_kaleido(figures: dict[str, Figure | go.Figure]) -> dict[str, Image.Image]:
    # No MathJax: it would be fetched from the net.
    async with kaleido.Kaleido(path=chromium(), mathjax=False) as drawing:
        return {name: opened(await drawing.calc_fig(plain(each), {"format": "png"})) for name, each in figures.items()}


def by_us(browser: Browser, figure: Figure | go.Figure) -> Image.Image:
    layout = figure.to_plotly_json()["layout"]
    page = browser.new_page(viewport={"width": layout["width"], "height": layout["height"]})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{to_svg(figure, name='a')}")
    picture = opened(page.screenshot())
    page.close()
    return picture


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def differing(one: Image.Image, other: Image.Image) -> float:
    """Give the share of all pixels that differ in any channel by more than smoothing does."""
    assert one.size == other.size
    return float((np.asarray(ImageChops.difference(one, other)).max(axis=2) > TOLERANCE).mean())


def inked(picture: Image.Image) -> float:
    return float((np.asarray(picture).min(axis=2) < 255 - TOLERANCE).mean())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_as_kaleido_draws_it(pictures: dict[str, tuple[Image.Image, Image.Image]], name: str) -> None:
    theirs, ours = pictures[name]
    assert min(inked(theirs), inked(ours)) > 0.01
    assert differing(theirs, ours) < LIMIT
