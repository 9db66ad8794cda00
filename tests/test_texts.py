"""The analysts' own texts: what the report cannot hold is an error that names the file and the line."""

import re
from pathlib import Path

import pytest

from pipeline.errors import UnreadableInputError
from pipeline.read.texts import read_texts
from pipeline.render.builtin import html
from pipeline.render.document import Document
from tests.world import cases

START = "\nFörst ett stycke.\n\n"  # the fourth line is the first after it
WRONG = cases("bad_input")["texts"]
IN_TWO_PLACES = ("a script as a link named elsewhere", "a label of a table of ours")  # have no row


def read(folder: Path, text: str) -> str:
    (folder / "assessment.sv.md").write_text(text, encoding="utf-8")
    (own,) = read_texts(folder, "raw/2024")
    return own.markdown


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_its_line(case: str, tmp_path: Path) -> None:
    text, problem = WRONG[case]
    with pytest.raises(UnreadableInputError) as caught:
        read(tmp_path, START + text + "\n")
    said = re.fullmatch(r"raw/2024/assessment.sv.md(?:, row (\d+))?: (.*)", str(caught.value))
    assert said and said[2].startswith(problem), caught.value
    assert len(said[0]) < 500
    if case in IN_TWO_PLACES:
        return
    assert 4 <= int(said[1]) <= 3 + len(text.splitlines())


def test_what_is_named_elsewhere_or_never_ended_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.markdown._SECONDS", 0.5)
    with pytest.raises(UnreadableInputError, match="row 3: too many brackets or marks one inside the other"):
        read(tmp_path, "Text.\n\n" + "[" * 40)
    with pytest.raises(UnreadableInputError, match=r"assessment.sv.md: a picture"):
        read(tmp_path, "![Karta][här]\n\n[här]: karta.png")
    with pytest.raises(UnreadableInputError, match=r"assessment.sv.md, row 3: code that is not ended"):
        read(tmp_path, "Text.\n\n```\nkod\n")


def test_what_is_right_is_kept(tmp_path: Path) -> None:
    assert read(tmp_path, "\n   # Rubrik\n") == "   # Rubrik"
    text = "ÅÄÖåäö ÆØæø Éé Üü ß Ŋŋ Čč Žž Łł \u2013 \u2014 \u201d \u2019 … % § € × ½ \u2212 \u00a0 \u00ad • \u2192"
    assert read(tmp_path, text) == text
    text = "### Ett ###\n\nSe @tbl-method och [tabellen](#tbl-method).\n\n```\n# kod @nix\n```\n\n"
    text += "#### Två {#main}\n\n`@nix` a\\@b"
    for code in ("- a\n\n\t\t`x`{=html}", "> - a\n>\n>\t\t`x`{=html}", "> \tkod\n### Rubrik"):  # by its tabs
        assert read(tmp_path, code) == code.replace("### Rubrik", "### Rubrik {#own-assessment-1}")
    assert read(tmp_path, text) == text.replace("### Ett ###", "### Ett {#own-assessment-1}").replace(
        "{#main}", "{#own-assessment-2}"
    )


def test_ids_are_unique_and_tables_stand_in_a_frame_that_scrolls(tmp_path: Path) -> None:
    table = "| Område | Antal |\n|:--|--:|\n| Samverkan | 1 |\n"
    own = read(tmp_path, f"{table}\n### Sammanfattning\n\n{table}\n### Main\n\n### Sammanfattning\n")
    markdown = f"# Sammanfattning\n\n::: {{.own-text}}\n{own}\n:::\n"
    page = html(Document("x", {"title": "Prov", "lang": "sv-SE"}, markdown)).decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    frames = re.findall(r'<div class="own-frame" role="region"\s+tabindex="0" aria-label="([^"]*)">\s*<table', page)
    assert frames == ["Område, Antal", "Sammanfattning"]


def test_footnotes_of_two_texts_are_told_apart(tmp_path: Path) -> None:
    for place in ("background", "comments"):
        (tmp_path / f"{place}.sv.md").write_text(f"Text.[^1]\n\n[^1]: Not om {place}.\n", encoding="utf-8")
    markdown = "\n\n".join(one.markdown for one in read_texts(tmp_path, "raw/2024"))
    page = html(Document("prov", {"lang": "sv-SE", "title": "Prov"}, f"# Ett\n\n{markdown}\n")).decode()
    assert "Not om background." in page and "Not om comments." in page
