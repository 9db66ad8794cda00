"""Every page that is made of the real year, by axe (WCAG 2.2 AA and best practice) in light and dark, and its width."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.test_letters import faults, shorten


@pytest.mark.parametrize("name", ["uppfoljning.html", "uppfoljning.en.html", "findings.html"])
def test_axe_finds_nothing_in_any_page(browser: Browser, real_year: tuple[Path, Path], name: str) -> None:
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto((real_year[1] / name).as_uri())
    shorten(view, 12)
    assert faults(view, contrast=False) == []
    # Rows of a table are coloured alike, and the colours of drawings are held by their own tests.
    shorten(view, 2)
    view.evaluate("document.querySelectorAll('figure svg').forEach(drawing => drawing.remove())")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        view.emulate_media(color_scheme=scheme)
        assert faults(view, only=["color-contrast"]) == []
    view.close()


@pytest.mark.parametrize("name", ["uppfoljning.html", "findings.html"])
def test_no_page_is_wider_than_the_screen(browser: Browser, real_year: tuple[Path, Path], name: str) -> None:
    """320 pixels are 1280 at 400 % zoom."""
    view = browser.new_page(viewport={"width": 1280, "height": 900})
    view.goto((real_year[1] / name).as_uri())
    for width in (320, 480, 768, 1024, 1150, 1280, 1920):
        view.set_viewport_size({"width": width, "height": 900})
        assert view.evaluate("document.documentElement.scrollWidth") <= width, width
    view.close()
