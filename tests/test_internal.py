"""Two editions of one build: the public one names nobody beside a counted answer; the internal one does, marked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.reading import of_pdf
from tests.world import CheckedHere, command, question, small_data

NAMES = ("Ale", "Aneby", "Malmö", "Umeå")
ASKED = question("method", "choice", "used", "Metod", ("kasam", "KASAM"), ("none", "Ingen"))
MARK = {"": "Internt arbetsmaterial", ".en": "Internal working material"}
CORRECTION = """
[[correction]]
municipality = "Ale"
field = "method"
found = "KASAM"
corrected = "Ingen"
reason = "Ale ringde"
who = "A. Analytiker"
when = 2025-02-20
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All editions of a small year."""
    data = small_data(
        tmp_path_factory.mktemp("internal"),
        recipients=[(name, 1000) for name in NAMES],
        returns=[("Ale", 0, "KASAM"), ("Aneby", 10, "Ingen"), ("Malmö", 0, "KASAM"), ("Umeå", 0, "KASAM")],
        header=("Mottagare", "Oanvänt belopp (kr)", "Metod"),
    )
    rules = data / "raw" / "2024" / "year.toml"
    rules.write_text(rules.read_text(encoding="utf-8") + ASKED, encoding="utf-8")
    (rules.parent / "corrections.toml").write_text(CORRECTION, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.check.start_check", CheckedHere)
        command(data, "report", 2024, "--lang", "sv,en", "--internal", "--review")
    return data.parent / "out" / "2024"


def named(page: Path, row: str) -> set[str]:
    """Which municipalities a page tells are behind a row of `method`."""
    (text,) = re.findall(r'id="page-numbers">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    known = json.loads(text)
    terms = known["rest"][known["numbers"]["method"][row]["count"][0]].get("terms", ())
    members = [at for term in terms for at in known["members"][known["terms"][term]["members"]]]
    return {known["municipalities"][at][0] for at in members}


@pytest.mark.parametrize("language", MARK)
def test_the_internal_page_says_so_on_every_screen_and_printed_page(
    browser: Browser, made: Path, tmp_path: Path, language: str
) -> None:
    view = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    view.goto((made / f"uppfoljning{language}.intern.html").as_uri())
    view.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert view.locator(".draft-mark").inner_text() == MARK[language]
    assert view.locator(".draft-mark").bounding_box()["y"] == 0  # type: ignore[index]  # it stays in sight
    assert view.evaluate("getComputedStyle(document.querySelector('.draft-mark')).position") == "sticky"
    printed = f'@page {{ @top-left {{ content: "{MARK[language]}"'
    assert printed in (made / f"uppfoljning{language}.intern.html").read_text(encoding="utf-8")
    view.close()


@pytest.mark.parametrize("language", MARK)
def test_only_internal_editions_tell_of_single_municipalities(made: Path, language: str) -> None:
    public, internal, review = (made / f"uppfoljning{language}{kind}.html" for kind in ("", ".intern", ".review"))
    assert named(internal, "kasam") == named(review, "kasam") == {"Malmö", "Umeå"}  # and Ale, before it was corrected
    assert named(public, "kasam") == set()
    texts = [page.read_text(encoding="utf-8") for page in (public, internal, review)]
    assert [f'<aside class="draft-mark">{MARK[language]}' in text for text in texts] == [False, True, True]
    assert ["Ale ringde" in text for text in texts] == [False, True, True]
    assert "Ale ringde" not in of_pdf(made / f"uppfoljning{language}.pdf").text
