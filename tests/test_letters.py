"""Findings for those who must act on them: the page, the letters, the workbook. Data is text there and nothing else."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from playwright.sync_api import Page as View

from pipeline.check import Finding, rules
from pipeline.letters import overview, write_all
from pipeline.letters.page import findings_page
from pipeline.letters.words import PHRASES
from pipeline.letters.words import letters as letters_to
from pipeline.model import Language, Text
from pipeline.register import municipalities
from pipeline.year import Grant, Year
from tests.reading import Element, parsed
from tests.test_render import words
from tests.world import PROJECT, cases, contents

YEAR = Year.model_validate(cases("data/letters_year"))
GRANT = YEAR.grant
_EMPTY = dict.fromkeys(("municipality_code", "recipient", "row"))
ALE, OUTSIDE, MISSING, UNKNOWN, PRINTED = (Finding(**{**_EMPTY, **its}) for its in cases("findings").values())
SOME = [ALE, OUTSIDE, MISSING]


def many(count: int) -> list[Finding]:
    """Findings of every rule, all over the country, with long and odd texts among them."""
    codes, every = list(municipalities()), rules()
    long = ["x" * 400, "Ja, med föreningar " * 30, "400", "<b>fet</b>", "=1+1"]
    fields = ("unused_kr", "talks", "requisitioned_kr", "usage_degree/part/count")
    found = []
    for at in range(count):
        rule, code = every[at % len(every)], codes[at * 7 % 290]
        who = {"municipality_code": code, "recipient": municipalities()[code].name}
        given = dict.fromkeys(who) if at % 9 == 0 else who
        given |= {"field": fields[at % 4], "value": long[at % 5] if at % 3 else None}
        found.append(replace(ALE, rule=rule.id, severity=rule.severity, row=at, **given))
    return found


def page_of(findings: Sequence[Finding], language: Language = "sv", others: Sequence[Language] = ()) -> Element:
    return parsed(findings_page(findings, YEAR, language, others))


def letters(findings: Sequence[Finding], year: Year, language: Language) -> dict[str, str]:
    """The letters by the names of their files."""
    return {one.file(language): one.text for one in letters_to(findings, year, language)}


def letter(findings: Sequence[Finding], language: Language = "sv", year: Year = YEAR) -> str:
    """The letter to the one municipality that can do something about these; an empty text when there is none."""
    (text,) = letters(findings, year, language).values() or [""]
    return text


NASTY = [*cases("nasty")["letters"], "\ud800\ue000\ufffe", "x" * 40_000, "ö " * 2_000]
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.lists(st.sampled_from(NASTY), max_size=3).map("".join)
)
maybe = st.one_of(st.none(), texts)
anything = st.builds(
    Finding,
    st.one_of(st.sampled_from([rule.id for rule in rules()]), texts),
    st.sampled_from(["critical", "warning", "info"]),
    st.one_of(st.sampled_from(["1440", "2480", None]), texts),
    maybe,
    st.one_of(st.sampled_from(["unused_kr", "talks", "recipient"]), texts),
    *(maybe, texts, texts, st.one_of(st.none(), st.integers(0, 1_000_000)), texts),
)
# Every text of NASTY in every field, whatever is drawn besides.
EVERYWHERE = [
    Finding(text, "warning", "1440", text, text, text, text, text, at, text) for at, text in enumerate(NASTY, start=1)
] + [Finding("answer_missing", "critical", text, text, text, text, text, text, None, text) for text in NASTY]
slowly = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def visible(text: str) -> str:
    """What a reader sees of a text, up to a length that no page cuts: one line, without what cannot be seen."""
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    return " ".join("".join(each for each in spaced if unicodedata.category(each)[0] != "C").split())[:250]


@slowly
@given(st.lists(anything, max_size=20), st.sampled_from(["sv", "en"]))
@example(EVERYWHERE, "sv")
@example(EVERYWHERE, "en")
def test_any_text_reaches_the_page_as_text_only(findings: list[Finding], language: Language) -> None:
    harmless = page_of([ALE, OUTSIDE], language)
    page = page_of(findings, language)
    for tag in ("script", "style", "link", "meta", "img", "svg", "iframe", "h1", "nav", "main"):
        assert len(page.all(tag)) == len(harmless.all(tag)), tag
    assert {element.tag for element in page.all()} <= {element.tag for element in harmless.all()}
    assert [each.text for each in page.all("script")] == [each.text for each in harmless.all("script")]
    known = {name for element in harmless.all() for name in element.attrib}
    assert {name for element in page.all() for name in element.attrib} <= known
    ids = [element.get("id") for element in page.all() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    links = [link.get("href") for link in page.all("a")]
    assert {link[:1] for link in links} == {"#"}
    assert {link[1:] for link in links} <= set(ids)
    cells = [[words(cell) for cell in row] for table in page.all("table")[:-1] for row in table.all("tr")[1:]]
    assert len(cells) == len(findings)
    seen = sorted(row[3][:250].strip() for row in cells if len(row) == 5)
    said = [finding.message_sv if language == "sv" else finding.message for finding in findings]
    assert seen == sorted(visible(text).strip() for text in said)


@settings(max_examples=200, deadline=None)
@given(st.lists(anything, min_size=1, max_size=6), st.sampled_from(["sv", "en"]))
@example(EVERYWHERE, "sv")
@example(EVERYWHERE, "en")
def test_letters_hold_no_character_that_cannot_be_seen(findings: list[Finding], language: Language) -> None:
    for file, text in letters(findings, YEAR, language).items():
        assert re.fullmatch(r"(1440-ale|2480-umea)(\.en)?\.txt", file)
        assert {each for each in text if unicodedata.category(each)[0] == "C"} <= {"\n"}
        assert "\u2028" not in text
        assert max(map(len, text.splitlines())) < 700


@settings(max_examples=200, deadline=None)
@given(text=texts, language=st.sampled_from(["sv", "en"]))
def test_no_answer_changes_the_layout_of_a_letter(text: str, language: Language) -> None:
    found = replace(ALE, value=text, recipient="Ale", message=f"M {text}", message_sv=f"M {text}")
    usual = letter([ALE], language)
    assert letter([found], language).count("\n") == usual.count("\n")


def test_page_tells_who_what_and_where_or_what_was_checked() -> None:
    page = page_of([*SOME, UNKNOWN, PRINTED])
    assert words(page.one("h1")) == "Kontrollsignaler 2031"
    assert page.one("html").get("lang") == "sv-SE"
    cards = [words(card) for card in page.one("div", **{"class": "key-figures"}).all("li")]
    assert cards == ["2 Kritiska", "2 Varningar", "1 Upplysningar", "2 Kommuner som berörs"]
    headings = ["Sammanfattning", "Så går du vidare", "Kritiska (2)", "Varningar (2)", "Upplysningar (1)", "Per kommun"]
    assert [words(heading) for heading in page.all("h2")] == [*headings, "Kontroller utan kontrollsignal"]
    row = [words(cell) for cell in next(row for row in page.all("tr") if "Hur hålls samtalen?" in row.said)]
    assert row[:3] == ["Ale", "Hur hålls samtalen?", "I hemmet; På telefon"]
    assert row[3:] == [OUTSIDE.message_sv, "raw/2031/returns.xlsx, rad 3"]
    assert "Ankeborg" in words(page.one("table", id="tbl-critical-recipient_unknown"))
    page = page_of([])
    assert "Allt ser bra ut." in words(page.one("main"))
    assert page.all("table") == []
    assert len(page.one("div", **{"class": "names"}).all("li")) == len(rules())


def test_contents_name_every_rule_and_the_index_leads_to_the_rows_in_the_order_of_the_swedish_alphabet() -> None:
    links = [words(link) for link in page_of([*SOME, ALE]).one("nav").all("a")]
    assert "Det oanvända beloppet är större än det rekvirerade (2)" in links
    assert "Återrapporten saknas (1)" in links
    others = {"1480": "Göteborg", "2380": "Östersund", "0765": "Älmhult", "2321": "Åre", "0512": "Ydre"}
    elsewhere = [replace(ALE, municipality_code=code, recipient=name) for code, name in others.items()]
    page = page_of([*SOME, *elsewhere, UNKNOWN, PRINTED])
    index = page.one("table", id="tbl-index")
    rows = {words(row[0]): row for row in index.one("tbody").all("tr")}
    named = ["Ale", "Ankeborg", "Göteborg", "Umeå", "Ydre", "Åre", "Älmhult", "Östersund", "Ingen kommun"]
    assert list(rows) == named
    assert words(rows["Ale"][1]) == "2"
    for link in rows["Ale"].all("a"):
        (target,) = [row for row in page.all("tr") if row.all(id=link.get("href")[1:])]
        assert words(target[0]) == "Ale"
    assert len(rows["Ale"].all("a")) == 2


def test_worked_out_values_and_made_up_answers_are_said_to_be() -> None:
    found = replace(ALE, rule="cost_far_from_region", severity="warning", field="talks", value="9000")
    assert "9000 kronor per person" in words(page_of([found]).one("main"))
    assert "9000" not in letter([found])
    assert "9000 kr per person" in letter([replace(found, message_sv="9000 kr per person")])
    assert "Påhittade svar" in words(page_of([OUTSIDE]).one("main"))
    assert "Påhittade svar" not in words(page_of([ALE]).one("main"))
    assert letter([OUTSIDE]).startswith("EXEMPEL, SKA INTE SKICKAS")
    assert letter([OUTSIDE], "en").startswith("EXAMPLE, NOT TO BE SENT")
    assert letter([ALE]).startswith("Ämne: ")


def test_each_language_is_alone() -> None:
    findings = [
        replace(ALE, rule=rule.id, severity=rule.severity, message=f"Said {at}", message_sv=f"Sagt {at}")
        for at, rule in enumerate(rules())
    ]
    all_words = [phrase for rule in rules() for phrase in (rule.title, rule.why, rule.do) if phrase]
    all_words += [phrase for phrase in PHRASES.group("page").values() if "{{" not in phrase.sv]
    for language, other in (("sv", "en"), ("en", "sv")):
        page = page_of(findings, language)  # type: ignore[arg-type]
        assert page.one("html").get("lang") == {"sv": "sv-SE", "en": "en-GB"}[language]
        shown = words(page.one("main")) + words(page.one("header")) + words(page.one("nav"))
        (written,) = letters(findings, YEAR, language).values()  # type: ignore[arg-type]
        foreign = "Said" if language == "sv" else "Sagt"
        assert foreign not in shown + written
        for phrase in all_words:
            if phrase.sv.casefold() not in phrase.en.casefold() and len(getattr(phrase, other)) > 12:
                assert getattr(phrase, other) not in shown + written


def test_no_phrase_is_the_same_in_both_languages_or_there_in_one_alone() -> None:
    texts = [(rule.id, getattr(rule, name)) for rule in rules() for name in type(rule).model_fields]
    texts += PHRASES.group("level").items()
    pairs = [(name, text.sv, text.en) for name, text in texts if isinstance(text, Text)]
    assert [name for name, sv, en in pairs if not (sv and en and sv != en)] == []
    ours = [path for place in ("pipeline", "reports") for path in (PROJECT / place).rglob("*.toml")]
    lines = [line for path in ours for line in path.read_text(encoding="utf-8").splitlines()]
    empty = [set(re.findall(r'\b(sv|en) = ""(?!")', line)) for line in lines]
    assert {"sv"} not in empty and {"en"} not in empty


@pytest.mark.parametrize(("language", "file"), [("sv", "1440-ale.txt"), ("en", "2480-umea.en.txt")])
def test_letters_as_they_are_read(language: Language, file: str) -> None:
    wanted = (PROJECT / "tests" / "data" / f"letter.{language}.txt").read_text(encoding="utf-8")
    assert letters([MISSING, OUTSIDE, ALE], YEAR, language)[file].replace("\u00a0", " ") == wanted


def test_a_letter_only_for_who_can_do_something() -> None:
    for_others = [UNKNOWN, PRINTED, replace(ALE, severity="info"), replace(ALE, municipality_code=None)]
    for_others += [
        replace(ALE, municipality_code="9999"),
        replace(ALE, rule="allocation_twice"),
    ]  # the agency's own list
    for_others += [replace(MISSING, rule="return_late")]  # nothing can be done about it
    assert letters(for_others, YEAR, "sv") == {}
    assert list(letters([*for_others, *SOME], YEAR, "sv")) == ["1440-ale.txt", "2480-umea.txt"]
    assert "fördelningslistan" not in letters([*for_others, *SOME], YEAR, "sv")["1440-ale.txt"]


def test_what_a_letter_says_once_not_at_all_or_in_common_words() -> None:
    text = letter([OUTSIDE, replace(OUTSIDE, field="comments", value="Hej"), OUTSIDE])
    assert text.count("Det här såg vi:") == 1
    assert "2. " not in text
    assert text.count("Fråga: Hur hålls samtalen?") == 1
    assert "”Hej”" in text
    no_day = YEAR.model_copy(update={"grant": Grant(name=YEAR.grant.name, available_kr=1)})
    assert "2032" not in letter([MISSING], year=no_day)
    assert "31\u00a0januari 2032" in letter([MISSING])
    text = letter([replace(ALE, rule="quite_new")])
    assert ALE.message_sv in text
    assert "Kontrollera uppgiften" in text


def test_file_names_are_safe_and_one_a_municipality() -> None:
    names = list(letters([replace(ALE, municipality_code=code) for code in municipalities()], YEAR, "sv"))
    assert len(names) == len(set(names)) == 290
    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z]+(-[a-z]+)*\.txt", name)] == []
    assert {"1480-goteborg.txt", "0114-upplands-vasby.txt", "2023-malung-salen.txt"} <= set(names)


def test_write_all_says_what_it_wrote_linked_and_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    written = write_all(SOME, YEAR, tmp_path, ["sv", "en"])
    books = [f"{name}{kind}.xlsx" for name in ("findings", "corrections", "letters") for kind in ("", ".en")]
    names = ["findings.html", "findings.en.html", *books]
    assert [path.relative_to(tmp_path).as_posix() for path in written] == names
    sent = [f"letters/{name}.txt" for name in ("1440-ale.en", "1440-ale", "2480-umea.en", "2480-umea")]
    assert sorted(contents(tmp_path)) == [*sorted(names), *sent]
    for file, others in (("findings.html", ["findings.en.html"]), ("findings.en.html", ["findings.html"])):
        assert [link.get("href") for link in parsed(tmp_path / file).one("header").all("a")] == others
    findings = many(40)
    write_all(findings, YEAR, tmp_path / "a", ["sv"])
    write_all(findings[::-1], YEAR, tmp_path / "b", ["sv"])
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert parsed(tmp_path / "a" / "findings.html").one("header").all("a") == []


def test_workbook_has_a_filter_and_a_header_that_stays(tmp_path: Path) -> None:
    overview(SOME, YEAR, "en", tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    sheet = book["Findings"]
    head = ["Rule", "Severity", "Municipality code", "Recipient", "Field", "Value", "Finding", "File", "Row"]
    assert [cell.value for cell in sheet[1]] == head
    assert sheet.freeze_panes == "A2"
    assert [table.autoFilter.ref for table in sheet.tables.values()] == ["A1:I4"]
    assert [cell.value for cell in book["By municipality"][2]] == ["1440", "Ale", 1, 1, 0, 2]
    assert book["By rule"]["A3"].value == "return_missing"
    assert book.properties.created.year == 1980
    overview([*EVERYWHERE, UNKNOWN], YEAR, "en", tmp_path / "every.xlsx")
    every, by_municipality, _ = openpyxl.load_workbook(tmp_path / "every.xlsx")
    values = sorted(visible(str(row[5] or "")) for row in every.iter_rows(min_row=2, values_only=True))
    assert values == sorted(visible(each.value or "") for each in [*EVERYWHERE, UNKNOWN])
    assert sum(row[5] for row in by_municipality.iter_rows(min_row=2, values_only=True)) == len(values)  # nobody's too


AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong leaves the page: to hand over what axe says of 200 rows takes longer than to look at them.
RUN_AXE = """async ([tags, rules]) => {
  const result = await axe.run(document, {runOnly: tags, rules, resultTypes: ["violations"]})
  return result.violations.map(fault => [fault.id, fault.nodes[0].html])
}"""


def faults(view: Any, only: list[str] = STANDARDS, contrast: bool = True) -> list[list[str]]:
    """What axe finds wrong in a page: rule, and the first element it is about."""
    view.evaluate(AXE)
    found: list[list[str]] = view.evaluate(RUN_AXE, [only, {} if contrast else {"color-contrast": {"enabled": False}}])
    return found


def shorten(view: Any, rows: int) -> None:
    """Leave so many rows in each table, and marks on each drawing: axe takes long for hundreds that are alike."""
    view.evaluate(
        """rows => document.querySelectorAll("tbody, [role=listbox]").forEach(
          list => [...list.children].slice(rows).forEach(each => each.remove()))""",
        rows,
    )


PAGES = {"none": [], "three": SOME, "two hundred": many(200)}


@pytest.mark.parametrize("kind", PAGES)
def test_page_is_accessible_makes_no_request_and_fits(look: Callable[..., View], tmp_path: Path, kind: str) -> None:
    (tmp_path / "findings.html").write_bytes(findings_page(PAGES[kind], YEAR, "sv", []))
    view = look(tmp_path / "findings.html")
    for width in (1280, 1024, 320):
        view.set_viewport_size({"width": width, "height": 800})
        assert view.evaluate("document.documentElement.scrollWidth") <= width
    shorten(view, 60)
    # The small screen comes last. Colours are the same at every width, and all else is the same in every colour.
    assert faults(view, contrast=False) == []
    if kind == "three":  # two hundred are laid out and coloured as three are
        view.set_viewport_size({"width": 1280, "height": 800})
        assert faults(view) == []
        view.emulate_media(color_scheme="dark")
        assert faults(view, only=["color-contrast"]) == []


def test_axe_sees_a_page_that_is_not(browser: Browser) -> None:
    view = browser.new_page()
    view.set_content(
        "<html><body><img src='data:,'><p style='color:#ccc;background:#fff'>Some pale words</p></body></html>"
    )
    assert {"image-alt", "html-has-lang", "color-contrast"} <= {fault for fault, _ in faults(view)}
    assert "color-contrast" not in {fault for fault, _ in faults(view, contrast=False)}
    view.close()
