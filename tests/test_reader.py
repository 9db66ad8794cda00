"""What the page does for one who looks for a municipality, reads a long table, has a small or dark screen, or none."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as View

from pipeline.draw import marks
from pipeline.draw.marks import contrast
from pipeline.register import municipalities
from tests.conftest import looking
from tests.test_letters import faults, shorten
from tests.world import PROJECT, read_csv

NBSP = "\u00a0"
STYLE = (PROJECT / "reports" / "_extensions" / "aterrapport" / "style.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def view(browser: Browser, real_year: tuple[Path, Path]) -> Iterator[View]:
    """The Swedish page of the real year, open for all tests: each leaves it wide, light, and its long table folded."""
    wide = {"width": 1280, "height": 900}
    with looking(browser, real_year[1] / "uppfoljning.html", viewport=wide, reduced_motion="reduce") as opened:
        yield opened


def pairs(told: Locator) -> dict[str, str]:
    """The first list of terms, by term."""
    terms = told.locator("dl").first
    names = terms.locator("dt").all_inner_texts()
    return dict(zip(names, terms.locator("dd").all_inner_texts(), strict=True))


def test_in_english_each_municipality_is_found_and_the_other_edition_and_tables_have_commas(
    look: Callable[..., View], real_year: tuple[Path, Path]
) -> None:
    view = look(real_year[1] / "uppfoljning.en.html")
    expect(view.get_by_role("combobox", name="Find your municipality")).to_be_visible()
    expect(view.get_by_role("link", name="På svenska")).to_have_attribute("href", "uppfoljning.html")
    offered = view.locator("#finder-names option").evaluate_all("all => all.map(each => each.value)")
    assert sorted(offered) == sorted(each.name for each in municipalities().values())
    with view.expect_download() as saved:
        view.locator(".tools button").first.click()
    head = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]
    assert '","' in head and ";" not in head


def test_a_recipient_has_its_amounts_and_its_region(view: View, real_year: tuple[Path, Path]) -> None:
    tables = real_year[0] / "processed" / "2024" / "tables"
    (falun,) = [row for row in read_csv(tables / "recipients.csv") if row["municipality"] == "Falun"]
    (dalarna,) = [row for row in read_csv(tables / "region_use.csv") if row["region_code"] == "20"]
    field = view.get_by_role("combobox", name="Hitta din kommun")
    field.press_sequentially("falu")
    field.press("Enter")
    told = view.locator(".finder .told")
    expect(told.get_by_role("heading", name="Falun", exact=True)).to_be_visible()
    amounts = [re.sub(r"\D", "", text) for text in pairs(told).values()]
    assert amounts == [falun[name] for name in ("allocation_kr", "requisitioned_kr", "unused_kr", "unused_percent")]
    region = told.locator("dl").nth(1).locator("dd").all_inner_texts()
    assert [re.sub(r"\D", "", text) for text in region] == [
        dalarna[name] for name in ("municipalities", "used", "percent")
    ]
    assert told.get_by_role("link").first.get_attribute("href") == "#recipients.2080"
    expect(view.get_by_role("link", name="In English")).to_have_attribute("href", "uppfoljning.en.html")
    # A number opens here as in its table.
    told.locator("[data-n='recipients/2080/allocation_kr']").press("Enter")
    expect(view.get_by_role("dialog")).to_contain_text("Falun")
    view.keyboard.press("Escape")


def test_the_answers_of_its_region_are_those_of_the_drawings_and_say_what_is_made_up(view: View) -> None:
    view.get_by_role("combobox").fill("Gotland")  # told together with another, for it has too few
    told = view.locator(".finder .told")
    told.get_by_text("Svaren i regionen").click()
    made_up = told.locator("h4:has-text('riktat')")
    expect(made_up.locator("xpath=following-sibling::p[1]")).to_have_text("Påhittade svar")
    expect(made_up.locator("xpath=following-sibling::p[2]")).to_contain_text("Blekinge, Gotland")
    shown = made_up.locator("xpath=following-sibling::dl[1]").locator("dd").all_inner_texts()
    figures = view.locator("#fig-target_group_by_region [role=option]").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label')).filter(each => each.includes('Gotland'))"
    )
    assert [each.rpartition(": ")[2] for each in figures] == shown != []
    assert told.locator(".made-up-mark").count() == told.locator("h4").count() - 1  # amounts are real


def test_who_did_not_requisition_is_said_not_to(view: View) -> None:
    field = view.get_by_role("combobox")
    field.fill("Arjeplog")
    told = view.locator(".finder .told")
    expect(told).to_contain_text("Arjeplog har inte rekvirerat bidraget.")
    told.get_by_role("link", name="Till listan").click()
    assert view.evaluate("document.querySelector(':target').textContent") == "Arjeplog"
    said = {"Ar": "Flera kommuner börjar så: Arboga, Arjeplog", "Oslo": "Hittar ingen kommun med det namnet."}
    for text, says in said.items():
        field.fill(text)
        field.press("Enter")
        expect(told).to_contain_text(says)
    named = {"stockholms kommun": "Stockholm", "Malmo": "Malmö", "Region Gotland": "Gotland"}
    for text, name in (named | {"Malung Sälen": "Malung-Sälen"}).items():
        field.fill(text)
        field.press("Enter")
        expect(told.get_by_role("heading", name=name, exact=True).first).to_be_visible()


def in_sight(view: View) -> int:
    """How many rows of the long table are in its frame."""
    counted: int = view.evaluate("""() => {
      const frame = document.querySelector("#bil-recipients").closest(".table-frame")
      return [...frame.querySelectorAll("tbody tr:not([hidden])")].filter(row =>
        row.getBoundingClientRect().bottom <= frame.getBoundingClientRect().bottom + 1).length }""")
    return counted


def test_the_long_table_is_folded_until_it_is_asked_for(view: View) -> None:
    assert in_sight(view) == 10
    view.get_by_role("button", name="Visa alla 247 rader").press("Enter")
    assert in_sight(view) == 248  # and their sum
    view.get_by_role("button", name="Visa färre rader").click()
    assert in_sight(view) == 10
    # The filter looks through all rows.
    view.locator("#bil-recipients-filter").fill("östersund")
    assert in_sight(view) == 1
    view.locator("#bil-recipients-filter").fill("")
    view.emulate_media(media="print")
    assert in_sight(view) == 248
    view.emulate_media(media="screen")


@pytest.mark.parametrize("way", ["link", "search", "keys"])
def test_what_leads_to_a_row_unfolds_the_table(view: View, way: str) -> None:
    row = view.locator("#recipients\\.1438")  # Dals-Ed: below the tenth
    if way == "link":
        view.evaluate("location.hash = 'recipients.1438'")
    elif way == "search":
        assert view.evaluate("find('Dals-Eds kommun')")  # what is hidden is not found
        view.evaluate("getSelection().anchorNode.parentElement.scrollIntoView()")  # as a browser goes to what it finds
    else:
        view.locator("#bil-recipients [role=button][tabindex='0']").focus()
        for _ in range(30):
            view.keyboard.press("ArrowDown")
    expect(view.locator("#bil-recipients").locator("xpath=following::button[1]")).to_have_text("Visa färre rader")
    assert in_sight(view) == 248
    if way == "link":
        view.keyboard.press("Escape")
    if way != "keys":
        expect(row).to_be_in_viewport()
    view.get_by_role("button", name="Visa färre rader").click()


def test_sums_look_like_sums_and_stay_below(view: View) -> None:
    """In weight, with a line above; no order moves them."""
    for name in ("#bilb-region_use", "#bilb-method"):
        table = view.locator(name)
        last = table.locator("tbody tr:last-child th")
        expect(last).to_have_text("Riket")
        look = "each => { const it = getComputedStyle(each); return [it.fontWeight, it.borderTopWidth] }"
        assert last.evaluate(look) == ["600", "2px"]
        assert table.locator("tbody tr:first-child th").evaluate(look) == ["400", "0px"]
        table.get_by_role("button", name="Region", exact=True).click()
        table.get_by_role("button", name="Region", exact=True).click()
        expect(last).to_have_text("Riket")


def test_a_line_under_words_is_a_link_or_says_that_they_are_made_up_and_no_year_opens(view: View) -> None:
    lines = view.evaluate(
        """() => [...document.querySelectorAll("main *")].filter(each =>
          getComputedStyle(each).textDecorationLine === "underline").map(each =>
          [each.tagName === "A", each.matches(".made-up"), getComputedStyle(each).textDecorationStyle].join(" "))"""
    )
    assert set(lines) == {"true false solid", "false true dotted"}
    assert view.locator("[role=button][data-n$='/year'], [role=button][data-n='key_figures/year/value']").count() == 0
    assert view.locator("[data-n='key_figures/year/value']").count() > 20


def test_bars_on_a_small_screen_are_as_long_as_their_shares_and_whole(view: View) -> None:
    view.set_viewport_size({"width": 320, "height": 800})
    figure = view.locator("#fig-area_of_use")
    assert figure.locator(".chart:visible").count() == 1
    assert figure.locator(".figure-frame").evaluate("each => each.scrollWidth <= each.clientWidth")
    labels = "all => all.map(each => each.getAttribute('aria-label'))"
    boxes = """all => all.map(each => each.getBoundingClientRect()).filter(({height}) => height > 8 && height < 20)
      .map(({width}) => width)"""
    bars = figure.locator(".chart:visible path[d*='V'][d*='H']").evaluate_all(boxes)
    said = figure.locator(".marks:visible [role=option]").evaluate_all(labels)
    told = [int(re.findall(r"(\d+)\s%$", each)[0]) for each in said]
    assert [bar / bars[0] for bar in bars] == pytest.approx([share / told[0] for share in told], abs=0.02)
    assert len(set(told)) > 3
    for text in figure.locator(".chart:visible text").all():
        box = text.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    view.set_viewport_size({"width": 1280, "height": 900})


def test_what_scrolls_has_a_shadow_and_is_a_stop_of_the_keyboard(view: View) -> None:
    view.set_viewport_size({"width": 320, "height": 800})
    frame = view.locator(".table-frame", has=view.locator("#tbl-funds_by_year"))
    expect(frame).to_have_attribute("tabindex", "0")
    shade = "each => getComputedStyle(each).backgroundImage"
    assert frame.evaluate(shade).count("linear-gradient") == 4
    view.set_viewport_size({"width": 1280, "height": 900})
    expect(frame).not_to_have_attribute("tabindex", "0")
    assert frame.evaluate(shade) == "none"


def dark() -> dict[str, str]:
    """What the style sheet makes of each colour of a drawing on dark paper."""
    (declared,) = re.findall(r"@media \(prefers-color-scheme: dark\) \{\n  :root \{(.*?)\}", STYLE, re.DOTALL)
    variables = dict(re.findall(r"(--[\w-]+): (#\w+)", declared))
    found = re.findall(r'\.chart \[(?:fill|stroke)="(#\w+)"\] \{ (?:fill|stroke): (?:var\((--[\w-]+)\)|(#\w+));', STYLE)
    return {colour.upper(): variables[name] if name else own for colour, name, own in found}


def test_every_colour_of_a_drawing_has_one_on_dark_paper_and_stands_out_as_much() -> None:
    on_dark = dark()
    house = {value.upper() for value in vars(marks).values() if isinstance(value, str) and value.startswith("#")}
    years = {colour for colours in marks._YEARS.values() for colour in colours}
    assert house | years | set(marks._SCALE) == set(on_dark)
    paper = on_dark[marks.PAPER]
    for colour in (marks.INK, marks.MUTED):
        assert contrast(on_dark[colour], paper) >= 4.5
    assert contrast(on_dark[marks.INK], on_dark[marks.NOTE]) >= 4.5
    for fill in marks._SCALE:
        assert contrast(on_dark[marks.ink_on(fill)], on_dark[fill]) >= 4.5, fill
    for colours in marks._YEARS.values():
        newest_first = [contrast(on_dark[colour], paper) for colour in colours]
        assert min(newest_first) >= 3
        assert newest_first == sorted(newest_first, reverse=True)
    classes = [contrast(on_dark[fill], paper) for fill in marks._SCALE]
    assert classes == sorted(classes)


def test_no_slab_of_white_is_left_on_a_dark_screen(view: View) -> None:
    view.emulate_media(color_scheme="dark")
    for name in ("#fig-region_use", "#fig-collaboration_by_region", "#fig-area_of_use"):
        light = view.locator(f"{name} .chart:visible").evaluate(
            """chart => [...chart.querySelectorAll("rect, path, text")].filter(each => each.closest("defs") === null)
              .map(each => getComputedStyle(each)).filter(({fill}) => fill === "rgb(255, 255, 255)").length"""
        )
        assert light == 0, name
    view.emulate_media(color_scheme="light")
    ink = view.locator("#fig-area_of_use .chart:visible [fill='#1A2429']").first
    assert ink.evaluate("each => getComputedStyle(each).fill") == "rgb(26, 36, 41)"


@pytest.mark.parametrize("name", ["uppfoljning.html", "uppfoljning.en.html", "findings.html"])
def test_no_page_is_wider_than_the_screen_and_axe_finds_nothing(
    browser: Browser, real_year: tuple[Path, Path], name: str
) -> None:
    """320 pixels are 1280 at 400 % zoom."""
    view = browser.new_page()
    view.goto((real_year[1] / name).as_uri())
    for width in (320, 480, 768, 1024, 1150, 1920, 1280):
        view.set_viewport_size({"width": width, "height": 900})
        assert view.evaluate("document.documentElement.scrollWidth") <= width, width
    # What is in a drawing is held by tests of its own, and all rows of a table are alike.
    view.evaluate("document.querySelectorAll('figure svg').forEach(drawing => drawing.replaceChildren())")
    shorten(view, 4)
    assert faults(view, contrast=False) == []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        view.emulate_media(color_scheme=scheme)
        assert faults(view, only=["color-contrast"]) == []
    view.close()
