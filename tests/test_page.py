"""What the page does for its reader: numbers open, tables sort, filter and download; without script it all reads."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as View

from pipeline.explain import Explainer
from tests.conftest import looking
from tests.telling import marks_in
from tests.test_letters import faults, shorten
from tests.world import PROJECT, read_csv

Real = tuple[Path, Path]
Look = Callable[..., View]
NBSP = "\u00a0"


@pytest.fixture(scope="module")
def real(real_year: tuple[Path, Path]) -> Real:
    """The real year's Swedish page, and its data folder."""
    data, reports = real_year
    return reports / "uppfoljning.html", data


@pytest.fixture(scope="module")
def opened(browser: Browser, real: Real) -> Iterator[View]:
    """The real page, open once for many tests: each begins and ends with the dialog closed."""
    with looking(browser, real[0], viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as view:
        yield view


def number(view: View, address: str) -> Locator:
    return view.locator(f"main [data-n='{address}']").first


def csv_of(real: Real, table: str) -> list[dict[str, str]]:
    return read_csv(real[1] / "processed" / "2024" / "tables" / f"{table}.csv")


def saved(view: View, control: Locator) -> tuple[str, str]:
    with view.expect_download() as download:
        control.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes().decode()


def test_a_number_opens_by_pointer_and_tells_everything(opened: View, real: Real, real_explainer: Explainer) -> None:
    number(opened, "collaboration/civil_society/count").click()
    dialog = opened.get_by_role("dialog", name="Ja, samverkar med civilsamhället")
    expect(dialog).to_be_visible()
    text = dialog.inner_text().replace(NBSP, " ")
    assert "84" in text
    assert real_explainer("collaboration/civil_society/count").definition.sv.replace(NBSP, " ") in text
    assert "Påhittade svar." in text
    assert "Basen är kommuner som har använt bidraget: 235" in text
    assert "Har svarat\n235" in text
    assert dialog.locator(".names-by-region").count() == 0  # of a counted answer nobody is named
    (checksum,) = [row["sha256"] for row in csv_of(real, "sources") if row["file"].startswith("raw/2024/returns")]
    dialog.get_by_text("Råfiler").click()
    expect(dialog.get_by_text(checksum)).to_be_visible()
    rows = csv_of(real, "collaboration_by_region")
    skane = next(row for row in rows if (row["region_code"], row["option"]) == ("12", "civil_society"))
    cells = [row.split("\t") for row in dialog.locator("tbody tr").all_inner_texts()]
    told = {region.rstrip(f"{NBSP}*"): rest[:2] for region, *rest in cells}
    assert len(told) == 20
    assert "Regioner som visas tillsammans: Blekinge, Gotland" in told
    assert told["Region Skåne"] == [f"{skane['count']}/{skane['base']}", f"{skane['percent']}{NBSP}%"]
    dialog.get_by_role("button", name="Stäng").click()
    expect(dialog).to_be_hidden()
    expect(number(opened, "collaboration/civil_society/count")).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_number_opens_by_keyboard_and_escape_gives_focus_back(opened: View, key: str) -> None:
    table = opened.locator("#tbl-collaboration")
    cell = {each: table.locator(f"[data-n='collaboration/civil_society/{each}']") for each in ("count", "percent")}
    stop = table.locator("[role=button][tabindex='0']")
    assert stop.count() == 1
    stop.focus()
    # The first number of the table's body is where Tab stops; the arrow keys lead to all others.
    for _ in range(table.locator("tbody tr").count()):
        if cell["count"].evaluate("each => each === document.activeElement"):
            break
        opened.keyboard.press("ArrowDown")
    expect(cell["count"]).to_be_focused()
    opened.keyboard.press("ArrowRight")
    expect(cell["percent"]).to_be_focused()
    opened.keyboard.press("ArrowDown")
    row, column = opened.evaluate("document.activeElement.dataset.n").rsplit("/", 1)
    assert (row != "collaboration/civil_society", column) == (True, "percent")
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press(key)
    dialog = opened.get_by_role("dialog")
    expect(dialog).to_contain_text(f"36{NBSP}%")
    opened.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(cell["percent"]).to_be_focused()
    assert stop.count() == 1
    assert cell["count"].get_attribute("tabindex") == "-1"
    cell["count"].focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("Enter")
    opened.keyboard.press("Escape")


def test_every_number_has_an_explanation_and_one_from_print_names_nobody(opened: View) -> None:
    assert opened.evaluate("document.querySelectorAll('main .n[data-n]:not([role=button])').length") == 0
    # In every table and paragraph with numbers there is one to stop at, so the arrow keys reach the rest.
    assert opened.evaluate(
        """[...document.querySelectorAll("main .n[role=button]")].map(n =>
             n.closest("table, p, li, figcaption, dd, h2, h3, h4") ?? n.parentElement)
           .filter(group => group.querySelectorAll(".n[tabindex='0']").length != 1).length"""
    ) == 0  # fmt: skip
    number(opened, "funds_by_year/2023/recipients").click()
    dialog = opened.get_by_role("dialog")
    expect(dialog).to_contain_text("Ur tryck.")
    assert dialog.locator(".names-by-region").count() == 0
    # Outside of what it holds, a pointer closes it.
    opened.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


LINKS = {
    "collaboration.civil_society.percent": ("Ja, samverkar med civilsamhället · Andel", f"36{NBSP}%"),
    "recipients.2084": ("Avesta", "284"),  # a row of the long table that is folded away
}


@pytest.mark.parametrize("anchor", LINKS)
def test_a_link_opens_a_row_or_a_number(look: Look, real: Real, anchor: str) -> None:
    view, (name, says) = look(real[0], f"#{anchor}"), LINKS[anchor]
    dialog = view.get_by_role("dialog", name=name)
    expect(dialog).to_contain_text(says)
    assert dialog.get_by_role("link", name="Länk till uppgiften").get_attribute("href") == f"#{anchor}"
    view.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    focused: str = view.evaluate("document.activeElement.dataset.n")
    assert focused.replace("/", ".").startswith(anchor)
    expect(view.locator(":focus")).to_be_in_viewport()


def column(table: Locator, at: int) -> list[str]:
    """A column of the rows that are shown, without the sums below them."""
    rows = table.locator(f"tbody tr:visible:not(:has(th strong)) > :nth-child({at})")
    return [text.strip() for text in rows.all_inner_texts()]


def test_a_long_table_sorts_by_swedish_letters_and_by_numbers(opened: View) -> None:
    table = opened.locator("table", has=opened.locator("[data-n^='recipients/']"))
    original = column(table, 1)
    head = table.get_by_role("columnheader", name="Rekvirerat (kr)")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    amounts = [int(each.replace(NBSP, "")) for each in column(table, 3)]
    assert len(amounts) > 200
    assert amounts == sorted(amounts)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert [int(each.replace(NBSP, "")) for each in column(table, 3)] == amounts[::-1]
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert column(table, 1) == original
    table.get_by_role("button", name="Mottagare").click()
    names = column(table, 1)
    letters = "abcdefghijklmnopqrstuvwxyzåäö"
    initials = [letters.index(each[0].lower()) for each in names]
    assert initials == sorted(initials)
    assert initials[-1] == letters.index("ö")
    table.get_by_role("button", name="Mottagare").click()
    table.get_by_role("button", name="Mottagare").click()


def test_long_tables_filter_and_say_how_many_are_left_and_short_ones_have_no_controls(opened: View) -> None:
    table = opened.locator("table", has=opened.locator("[data-n^='recipients/']"))
    tools = opened.locator(".tools", has=opened.get_by_role("searchbox")).filter(
        has=opened.locator(f"#{table.get_attribute('id')}-filter")
    )
    every = len(column(table, 1))
    field = tools.get_by_role("searchbox", name="Filtrera raderna")
    field.fill("ÄLV")
    shown = column(table, 1)
    assert 0 < len(shown) < 10
    assert all("älv" in each.lower() for each in shown)
    expect(tools.get_by_role("status")).to_have_text(f"{len(shown)} av {every} rader visas")
    # The one stop of the keyboard is among the rows that are left.
    expect(table.locator("[role=button][tabindex='0']")).to_be_visible()
    field.fill("")
    assert len(column(table, 1)) == every
    assert opened.locator("#tbl-usage_degree button").count() == 0


def test_tables_and_drawings_download_as_they_stand(opened: View) -> None:
    tools = opened.locator("#tbl-usage_degree").locator("xpath=following::div[@class='tools'][1]")
    name, content = saved(opened, tools.get_by_role("button", name="Hämta som CSV"))
    assert name == "usage_degree.csv"
    assert content.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(content[1:]), delimiter=";"))
    assert len(rows[0]) == 3
    assert rows[1:] == [
        ["Hela bidraget använt", "205", "83"],
        ["En del av bidraget använt", "30", "12"],
        ["Inget av bidraget använt", "12", "5"],
    ]
    tools = opened.locator("#fig-usage_degree").locator("xpath=following-sibling::*[1]")
    name, content = saved(opened, tools.get_by_role("button", name="Hämta som SVG"))
    assert name == "usage_degree.svg"
    tag = "text => new DOMParser().parseFromString(text, 'image/svg+xml').documentElement.tagName"
    assert opened.evaluate(tag, content) == "svg"
    assert "Hela bidraget använt: 205" in content


def test_a_table_of_made_up_answers_says_so_when_it_is_downloaded_copied_and_printed(opened: View) -> None:
    tools = opened.locator("#tbl-collaboration").locator("xpath=following::div[@class='tools'][1]")
    _, content = saved(opened, tools.get_by_role("button", name="Hämta som CSV (påhittade svar)"))
    head, *rows = csv.reader(io.StringIO(content[1:]), delimiter=";")
    assert head[-1] == "made_up"
    assert [row[-1] for row in rows] == ["true"] * len(rows) != []
    copied = """id => { const range = document.createRange(), selection = getSelection()
        range.selectNodeContents(document.querySelector(id)); selection.removeAllRanges(); selection.addRange(range)
        const clipboardData = new DataTransfer()
        document.dispatchEvent(new ClipboardEvent("copy", {clipboardData, cancelable: true}))
        selection.removeAllRanges()
        return ["text/plain", "text/html"].map(kind => clipboardData.getData(kind)) }"""
    for part in ("#tbl-collaboration", "#tbl-collaboration tbody", "#tbl-collaboration tbody tr"):
        plain, markup = opened.evaluate(copied, part)
        assert plain.startswith("Påhittade svar\n") and "36" in plain
        assert markup.startswith("<p><strong>Påhittade svar</strong></p><table>")
        assert ("84</" in markup) and markup.endswith("</table>")
    assert opened.evaluate(copied, "#tbl-usage_degree") == ["", ""]  # as ever: nothing in it is made up
    opened.emulate_media(media="print")
    made_up = opened.locator("table:has(.made-up)")
    for table in made_up.all():
        note = table.locator("xpath=following::div[contains(@class, 'table-note')][1]")
        expect(note.locator(".made-up-mark")).to_have_text("Påhittade svar.")
        first = table.locator(".made-up").first
        assert first.evaluate("each => getComputedStyle(each).textDecorationStyle") == "dotted"
    assert made_up.count() > 20
    opened.emulate_media(media="screen")


def reading(view: View, figure: str) -> Locator:
    return view.locator(f"#{figure} .reading")


def pointed_at(view: View, figure: str, words: str) -> str:
    """What is told when the pointer comes to words that stand in a drawing."""
    written = view.locator(f"#{figure} .chart text").filter(has_text=words).first
    written.scroll_into_view_if_needed()
    box = written.bounding_box()
    assert box
    view.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(reading(view, figure).locator("strong")).to_be_visible()
    return reading(view, figure).inner_text().replace(NBSP, " ")


def test_a_drawing_tells_what_the_pointer_is_at(opened: View, real: Real) -> None:
    assert pointed_at(opened, "fig-usage_degree", "En del av bidraget använt") == "En del av bidraget använt 30 (12 %)"
    rows = {row["region_code"]: row for row in csv_of(real, "region_use")}
    for code, written in {"25": "Norrbotten", "12": "Skåne", "14": "Västra", "24": "Västerbotten"}.items():
        told = pointed_at(opened, "fig-region_use", written)
        assert told.startswith(rows[code]["region"])
        assert re.findall(r"\d+", told) == [rows[code][each] for each in ("municipalities", "used", "percent")]
    opened.mouse.move(0, 0)
    expect(reading(opened, "fig-region_use")).to_be_empty()
    left = reading(opened, "fig-usage_degree").inner_text()
    assert opened.locator(".reading:not(:empty)").all_inner_texts() == [left]
    expect(reading(opened, "fig-usage_degree")).to_contain_text("Peka")


def test_every_mark_can_be_opened(real: Real) -> None:
    """What it tells is what stands at its address: tests/test_attacker.py."""
    page = real[0].read_text(encoding="utf-8")
    (known,) = re.findall(r'id="page-numbers">(.*?)</script>', page)
    numbers, drawn = json.loads(known)["numbers"], marks_in(page)
    assert len(drawn) == page.count("<figure") > 15
    for table, marks in drawn:
        assert {place.rpartition("/")[0] for place, _, _ in marks} <= numbers[table].keys()


def test_every_mark_lies_over_its_figure(opened: View) -> None:
    """In whatever drawing but the map, the figure of a mark is written where the mark is; on small screens, too."""
    missed, seen = opened.evaluate(MARKS)
    assert missed == []
    assert seen > 1000
    opened.set_viewport_size({"width": 390, "height": 900})
    missed, narrow = opened.evaluate(MARKS)
    assert missed == []
    assert narrow == seen
    opened.set_viewport_size({"width": 1280, "height": 900})


MARKS = (PROJECT / "tests" / "data" / "marks.js").read_text(encoding="utf-8")


def test_a_drawing_is_one_stop_where_the_arrow_keys_lead_on_and_opens_its_numbers(opened: View) -> None:
    figure = opened.locator("#fig-collaboration_by_region")
    assert figure.locator(".figure-frame[tabindex], .figure-frame [tabindex='0']").count() == 1
    across = int(figure.locator("[data-across]").get_attribute("data-across") or 0)
    marks = figure.get_by_role("listbox")
    names = [str(each.get_attribute("aria-label")) for each in marks.get_by_role("option").all()]
    assert len(names) == 20 * across

    def read() -> str:
        chosen = marks.get_attribute("aria-activedescendant")
        assert chosen
        assert opened.locator("[aria-selected=true]").count() == 1
        return str(opened.locator(f"#{chosen}").get_attribute("aria-label"))

    marks.focus()
    opened.keyboard.press("Home")
    assert read() == names[0]
    for key, at in (("Right", 1), ("Down", 1 + across), ("Left", across), ("Up", 0), ("Up", 0)):
        opened.keyboard.press(f"Arrow{key}")
        assert read() == names[at]
    opened.keyboard.press("End")
    assert read() == names[-1]
    told = reading(opened, "fig-collaboration_by_region")
    assert told.inner_text() == "".join(names[-1].rsplit(":", 1))
    opened.keyboard.press("Enter")
    dialog = opened.get_by_role("dialog")
    expect(dialog).to_contain_text("Blekinge, Gotland: Nej, kommunen samverkar inte")  # a mark says it shorter
    opened.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(marks).to_be_focused()
    assert read() == names[-1]
    opened.keyboard.press("Escape")
    assert marks.get_attribute("aria-activedescendant") is None
    expect(told).to_be_empty()
    opened.keyboard.press("Tab")
    expect(marks).not_to_be_focused()
    opened.locator("#fig-collaboration [role=option]").first.click(position={"x": 5, "y": 5})
    dialog = opened.get_by_role("dialog", name="Ja, samverkar med civilsamhället")
    expect(dialog).to_contain_text("84")
    opened.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_contents_follow_the_reader(opened: View) -> None:
    nav = opened.get_by_role("navigation", name="Innehåll")
    for heading in ("Samverkan och utförare", "Sammanfattning"):
        opened.get_by_role("heading", name=heading, exact=True).evaluate("each => each.scrollIntoView()")
        expect(nav.locator("[aria-current]")).to_have_text(heading)


def test_without_script_everything_reads_and_nothing_is_dead(look: Look, real: Real) -> None:
    assert real[0].stat().st_size < 2_000_000
    view = look(real[0], java_script_enabled=False, viewport={"width": 1280, "height": 900})
    assert view.locator("button, input, select, dialog, [role=button], [role=listbox], [aria-haspopup]").count() == 0
    expect(view.get_by_role("heading", name="Sammanfattning")).to_be_visible()
    expect(view.get_by_role("img", name="Karta över Sveriges regioner")).to_be_visible()
    expect(number(view, "collaboration/civil_society/count")).to_have_text("84")
    expect(view.get_by_role("rowheader", name="Falu kommun")).to_be_visible()
    assert "Alla tal går att öppna" not in view.locator("body").inner_text()
    # The field to find a municipality is not there, and its list of regions is.
    finder = view.locator(".finder")
    nowhere = {"x": 0, "y": 0, "width": 0, "height": 0}
    assert finder.bounding_box() in (None, nowhere) or finder.inner_text().strip() == ""
    assert view.locator(".ranked li").count() == 21
    view.set_viewport_size({"width": 320, "height": 900})
    expect(view.get_by_role("link", name="Samverkan och utförare", exact=True)).to_be_visible()


def test_a_small_screen_holds_it_with_the_row_names_in_sight(look: Look, real: Real) -> None:
    view = look(real[0], viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    assert view.evaluate("document.documentElement.scrollWidth") <= 320
    frame = view.locator(".table-frame", has=view.locator("[data-n^='recipients/']"))
    expect(frame).to_have_attribute("tabindex", "0")
    view.get_by_role("button", name="Visa alla 247 rader").click()
    frame.evaluate("frame => { frame.scrollIntoView(); frame.scrollBy({left: 9999, top: 400}) }")
    at = "each => { const box = each.getBoundingClientRect(); return [box.left, box.top] }"
    left, top = frame.evaluate(at)
    assert frame.evaluate("frame => frame.scrollLeft") > 0
    assert abs(frame.locator("tbody th").nth(12).evaluate(at)[0] - left) < 2
    assert frame.locator("thead th").first.evaluate(at) == pytest.approx([left, top], abs=2)
    number(view, "collaboration/civil_society/count").click()
    dialog = view.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert view.evaluate("document.documentElement.scrollWidth") <= 320


def test_print_holds_no_controls_and_every_row(opened: View) -> None:
    field = opened.get_by_role("searchbox").first
    field.fill("öckerö")
    opened.emulate_media(media="print", color_scheme="dark")
    controls = opened.locator("button:visible, input:visible, .hint:visible, dialog:visible")
    assert controls.evaluate_all("all => all.filter(each => !each.matches('thead button')).length") == 0
    assert opened.locator("tbody tr[hidden]").count() > 0
    assert opened.locator("tbody tr[hidden]:visible").count() == opened.locator("tbody tr[hidden]").count()
    assert opened.locator(".marks:visible, .reading:visible, nav:visible").count() == 0
    colours = opened.evaluate("(it => [it.backgroundColor, it.color])(getComputedStyle(document.body))")
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    opened.emulate_media(media="screen", color_scheme="light")
    field.fill("")


def test_axe_finds_nothing_on_a_small_screen_and_in_the_dialog(look: Look, real: Real) -> None:
    """A dialog with a warning, regions and shares; the page on a large screen is looked at in tests/test_reader.py."""
    view = look(real[0], viewport={"width": 1280, "height": 900})
    pointed_at(view, "fig-usage_degree", "En del av bidraget använt")
    view.set_viewport_size({"width": 320, "height": 900})
    view.evaluate("document.querySelectorAll('figure svg').forEach(drawing => drawing.replaceChildren())")
    shorten(view, 4)
    assert faults(view, contrast=False) == []
    view.set_viewport_size({"width": 1280, "height": 900})
    number(view, "collaboration/civil_society/percent").click()
    for summary in view.get_by_role("dialog").locator("details:not([open]) summary").all():
        summary.click()
    view.add_style_tag(content=".page, .cover, .colophon { display: none !important }")
    assert faults(view) == []
    view.emulate_media(color_scheme="dark")
    assert faults(view, only=["color-contrast"]) == []
