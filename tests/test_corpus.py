"""Bad and odd files: each gives the values, the findings or the message that the corpus says. No text breaks it."""

import io
import math
import random
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from pipeline.check import summary, write_findings
from pipeline.check.suite import check_store
from pipeline.cli import main
from pipeline.errors import UserError
from pipeline.read import read_folder
from pipeline.register import municipalities
from pipeline.store.build import build_store
from tests.corpus import CASES, XLSX
from tests.odd_files import CLEAN, HEADER, PLACES, ROWS, Case, Cells, Finding, book, csv_file, package, table
from tests.test_personal import digits_and_letters, personal
from tests.world import cases

_KINDS = {
    "critical": ["question_unreadable", "options_without_header", "second_header"],
    "warning": ["split_by_comma", "file_of_other_form", "return_unfinished", "looks_unfinished", "rows_hidden"],
    "info": ["file_unknown", "sheet_read"],
}
_KINDS["warning"] += ["rows_above_header", "split_unsure", "personal_data"]
RULE_OF = {kind: (kind, severity) for severity, kinds in _KINDS.items() for kind in kinds}
"""The rule that tells what reading finds, and how grave it is; most have the name of what is found."""
RULE_OF |= {"unreadable": ("answer_unreadable", "warning"), "unknown_option": ("option_unknown", "warning")}
RULE_OF |= {"more_than_one": ("more_than_one_answer", "warning"), "unknown_column": ("column_unknown", "warning")}
RULE_OF |= {"no_header": ("column_without_header", "warning"), "missing_column": ("column_missing", "info")}
RULE_OF |= {"missing_text": ("text_missing", "info")}
READ = [case for case in CASES if not case.error]
FAILING = [case for case in CASES if case.error]


def name(case: Case) -> str:
    return case.name


def read(case: Case, target: Path) -> Mapping[str, pl.DataFrame]:
    folder = target / "raw" / "2024"
    case.write(folder)
    return read_folder(folder, "raw/2024").frames


def values(frames: Mapping[str, pl.DataFrame]) -> dict[tuple[int, str], Any]:
    """What was read, by row and question: a number, a day, the options, or a text."""
    found: dict[tuple[int, str], Any] = {}
    for row in frames["answers"].iter_rows(named=True):
        given = row["number"] if row["number"] is not None else row["day"]
        given = tuple(row["options"]) if given is None and row["options"] is not None else given
        found[row["row"], row["question"]] = row["text"] if given is None else given
    for row in frames["specified"].iter_rows(named=True):
        found[row["row"], f"{row['question']}_text"] = row["text"]
    return found


def findings_of_reading(frames: Mapping[str, pl.DataFrame]) -> list[Finding]:
    """What reading found, as the rules tell it. That they tell it so, the cases marked `whole` show."""
    found: list[Finding] = []
    for row in frames["problems"].iter_rows(named=True):
        rule, severity = RULE_OF[row["kind"]]
        if rule == "answer_unreadable" and row["field"] == "unused_kr":
            rule, severity = "unused_unreadable", "critical"
        found.append((rule, severity, row["row"], row["field"] or "column", row["value"]))
    for row in frames["returns"].filter(pl.col("outcome") != "matched").iter_rows(named=True):
        found.append(("return_unknown", "critical", row["row"], "recipient", row["recipient"]))
    amounts = frames["answers"].filter(
        pl.col("question") == "unused_kr", pl.col("number").is_null(), pl.col("text").is_null()
    )
    found += [("unused_missing", "critical", row, "unused_kr", None) for row in amounts["row"]]
    return found


def in_order(found: Any) -> list[Finding]:
    return sorted(found, key=repr)


@pytest.mark.parametrize("case", [case for case in READ if case.clean], ids=name)
def test_every_layout_gives_the_clean_answers(case: Case, tmp_path: Path) -> None:
    frames = read(case, tmp_path)
    sender = {row["row"]: row["recipient"] for row in frames["returns"].iter_rows(named=True)}
    got = {(sender[row], question): value for (row, question), value in values(frames).items()}
    assert {place: value for place, value in got.items() if value is not None} == CLEAN
    assert {rule for rule, *_ in findings_of_reading(frames)} <= {"sheet_read"}  # which of several sheets it was
    assert frames["returns"]["municipality_code"].to_list() == ["1440", "0604", "1280", "1492"]


@pytest.mark.parametrize("case", [case for case in READ if not case.clean], ids=name)
def test_every_odd_file_gives_its_values_and_findings(case: Case, tmp_path: Path) -> None:
    frames = read(case, tmp_path)
    got = values(frames)
    assert {place: got.get(place) for place in case.values} == case.values
    if not case.whole:
        assert in_order(findings_of_reading(frames)) == in_order(case.found)


@pytest.mark.parametrize("case", [case for case in READ if case.whole or case is READ[0]], ids=name)
def test_every_rule_finds_what_it_must(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "2024"
    case.write(folder)
    build_store([read_folder(folder, "raw/2024")], tmp_path / "store.duckdb")
    found = check_store(tmp_path / "store.duckdb", 2024)
    got = [(each.rule, each.severity, each.row, each.field, each.value) for each in found]
    assert in_order(got) == in_order(case.found)
    for each in found:
        assert "\n" not in each.message
        assert len(each.message) < 500
        if each.rule == "answer_unreadable" and each.file.endswith("recipients.csv"):
            assert each.recipient is None  # not that of the same row of the returns


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_every_broken_file_is_one_line(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write(tmp_path / "raw" / "2024")
    assert main(["check", "2024", "--data", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert [word for word in case.error if word not in err] == []
    assert "9876" not in err
    assert not list(tmp_path.rglob("*.duckdb"))


NASTY = [*cases("nasty")["returns"], "0" * 5000, "x" * 40_000]
MANY_NASTY = st.lists(st.sampled_from(NASTY), max_size=3).map("".join)
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(NASTY), MANY_NASTY)
FILES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year folder whose returns are written anew again and again."""
    target = tmp_path_factory.mktemp("any") / "2024"
    CASES[0].write(target)
    (target / "returns.csv").unlink()
    return target


def returns(folder: Path, content: bytes, ending: str = "csv") -> Mapping[str, pl.DataFrame]:
    path = folder / f"returns.{ending}"
    path.write_bytes(content)
    try:
        return read_folder(folder, "raw/2024").frames
    except UserError as error:
        assert f"returns.{ending}" in str(error)
        assert "\n" not in str(error)
        raise
    finally:
        path.unlink()


def check_rows(frames: Mapping[str, pl.DataFrame], cells: Cells) -> None:
    """Every row number points at the row where the value stands."""
    header = frames["returns"]["row"].min()
    written = {number: row for number, row in enumerate(cells, start=1) if any(as_written(cell) for cell in row)}
    assert isinstance(header, int)
    assert frames["returns"]["row"].to_list() == [number for number in written if number >= header]
    for number, name in frames["returns"].select("row", "recipient").iter_rows():
        if "[" not in name:
            assert name == as_written(written[number][PLACES["recipient"]])
    for frame in ("answers", "problems", "specified"):
        assert set(frames[frame].filter(pl.col("row").is_not_null())["row"]) <= set(frames["returns"]["row"])


def as_written(cell: Any) -> str:
    return "" if cell is None else str(cell).strip(" \u00a0\u2007\u2009\u202f\t\r\n\ufeff")


PLACE = st.tuples(st.integers(0, 4), st.integers(0, 9), TEXTS)


@FILES
@given(
    st.lists(PLACE, min_size=1, max_size=4), st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])
)
def test_any_text_in_any_cell_of_a_csv_file(folder: Path, places: Any, delimiter: str, encoding: str) -> None:
    cells = table()
    for row, column, text in places:
        cells[row][column] = text
    try:
        frames = returns(folder, csv_file(cells, delimiter, encoding, quoting=1))
    except UserError:  # a column that is needed is gone, or there is a NUL
        assert any(row == 0 or "\0" in text for row, _, text in places)
    else:
        check_rows(frames, cells)


def in_xml(text: str) -> str:
    """What a cell of a workbook can hold of a text."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))[:32_767]


CELLS = st.one_of(TEXTS, st.integers(-(10**15), 10**15), st.floats(), st.booleans(), st.dates(), st.none())


@FILES
@given(places=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9), CELLS), min_size=1, max_size=4))
def test_any_value_in_any_cell_of_a_workbook(places: list[tuple[int, int, Any]], folder: Path) -> None:
    cells = table()
    for row, column, value in places:
        assume(not isinstance(value, date) or value.year >= 1900)
        assume(not isinstance(value, float) or math.isfinite(value))
        cells[row][column] = in_xml(value) if isinstance(value, str) else value
    assume("Mottagare" not in [cell for row in cells[1:] for cell in row])
    frames = returns(folder, book(cells), "xlsx")
    names = [row[0] for row in cells]
    told = [number for number, row in enumerate(cells[1:], start=2) if any(as_written(cell) for cell in row)]
    assert frames["returns"]["row"].to_list() == told
    for number, name in frames["returns"].select("row", "recipient").iter_rows():
        if isinstance(names[number - 1], str) and "[" not in name and "_x" not in names[number - 1]:
            assert name == as_written(names[number - 1])


@FILES
@given(seed=st.integers(0, 2**32), part=st.integers(0, 20), formula=st.booleans())
def test_no_damage_to_a_workbook_gives_a_traceback(seed: int, part: int, formula: bool, folder: Path) -> None:
    chance = random.Random(seed)

    def damaged(content: bytes) -> bytes:
        at = chance.randrange(len(content))
        put = chance.choice([b"", b"<", b'"', b">", b"-1", b"99999999999", b"\xff", b"xml", b"<c/>"])
        return content[:at] + put + content[at + chance.choice([0, 1, 5, 50]) :]

    whole = book(table((3, "persons_total", "=1+1"))) if formula else XLSX
    names = zipfile.ZipFile(io.BytesIO(whole)).namelist()
    with suppress(UserError):
        returns(folder, package(whole, {names[part % len(names)]: damaged}), "xlsx")


@FILES
@given(seed=st.integers(0, 2**32), place=st.integers(0, 9), row=st.integers(0, 4))
def test_no_personal_data_is_in_what_was_read(seed: int, place: int, row: int, folder: Path) -> None:
    line, written = personal(random.Random(seed))
    cells = table()
    if row == 0:
        cells = [[*each, line if at == 0 else None] for at, each in enumerate(cells)]
    else:
        cells[row][place] = line
    frames = returns(folder, csv_file(cells))
    kept = digits_and_letters(
        " ".join(str(value) for frame in frames.values() for each in frame.rows() for value in each)
    )
    assert digits_and_letters(written) not in kept
    assert len(frames["problems"].filter(pl.col("value").str.contains(r"\[(personnummer|telefon|e-post)\]"))) >= 1


SPACES = ["", " ", "\u00a0", "\u2009", "\u202f"]
ENDS = ["", " kr", "kr", " KR.", " kronor", ",00", ",0", ".00", ",00 kr", ":-", " SEK", "\u00a0kr"]


@FILES
@given(value=st.integers(0, 999_999_999), space=st.sampled_from(SPACES), end=st.sampled_from(ENDS), xlsx=st.booleans())
def test_an_amount_in_any_accepted_form_comes_back_exact(
    value: int, space: str, end: str, xlsx: bool, folder: Path
) -> None:
    cells = table((4, "unused_kr", f" {value:,}{end}\u00a0".replace(",", space, f"{value:,}".count(","))))
    frames = returns(folder, book(cells), "xlsx") if xlsx else returns(folder, csv_file(cells))
    (read,) = frames["answers"].filter((pl.col("row") == 4) & (pl.col("question") == "unused_kr")).rows(named=True)
    assert (read["number"], read["text"]) == (value, None)
    assert frames["problems"].is_empty()


def test_hostile_texts_go_through_every_rule_and_onto_the_screen(folder: Path, tmp_path: Path) -> None:
    names = [each.name for each in list(municipalities().values())[: len(NASTY)]]
    rows = [[name, *[text] * (len(HEADER) - 1)] for name, text in zip(names, NASTY, strict=True)]
    rows += [[text, *ROWS[0][1:]] for text in NASTY if text != "Mottagare"]
    (folder / "returns.csv").write_bytes(csv_file([HEADER, *rows], quoting=1))
    try:
        build_store([read_folder(folder, "raw/2024")], tmp_path / "store.duckdb")
    finally:
        (folder / "returns.csv").unlink()
    found = check_store(tmp_path / "store.duckdb", 2024)
    write_findings(found, tmp_path / "findings.csv")
    unknown = [each for each in found if each.rule == "return_unknown"]
    assert len(unknown) >= len(NASTY) - 5
    assert all(len(each.message) < 600 and "\n" not in each.message for each in found)
    assert len("\n".join(summary(found))) > 100
