"""What a user may do wrong: each gets one clear line or a finding, the right exit status, and earlier output stays."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.check.findings import Finding, write_findings
from pipeline.cli import main
from pipeline.errors import UserError
from pipeline.read import read_folder
from pipeline.read.values import day
from pipeline.read.workbook import read_workbook
from tests.odd_files import ROWS, book, package, table
from tests.world import CheckedHere, question, read_csv, small_data

IDENTITY = "19811218-9876"  # the Tax Agency's own example number


@pytest.fixture(autouse=True)
def _checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)
    monkeypatch.setattr("pipeline.letters.page.html", lambda document: document.markdown.encode())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good data folder whose tables have been made."""
    folder = small_data(tmp_path_factory.mktemp("good"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.check.start_check", CheckedHere)
        assert main(["tables", "2024", "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def data(good: Path, tmp_path: Path) -> Path:
    """A copy of the good folder, to spoil."""
    return shutil.copytree(good, tmp_path / "data")


def made(data: Path) -> dict[str, str]:
    """Checksums of everything that was made, findings aside."""
    files = [
        path for path in sorted((data / "processed").rglob("*")) if path.is_file() and path.stem[-8:] != "findings"
    ]
    return {str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write(name: str, content: str | bytes, year: int = 2024) -> Callable[[Path], None]:
    def do(data: Path) -> None:
        raw = content if isinstance(content, bytes) else content.encode()
        (data / "raw" / str(year) / name).write_bytes(raw)

    return do


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def do(data: Path) -> None:
        path = data / "raw" / "2024" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return do


def remove(name: str) -> Callable[[Path], None]:
    return lambda data: (data / "raw" / "2024" / name).unlink()


def add(name: str, more: str) -> Callable[[Path], None]:
    def do(data: Path) -> None:
        path = data / "raw" / "2024" / name
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{more}", encoding="utf-8")

    return do


CORRECTION = """
[[correction]]
municipality = "Ale"
field = "unused_kr"
found = "{}"
corrected = "2"
reason = "x"
who = "y"
when = 2025-01-01
"""
HEAD = "recipient,requisitioned_kr\n"
UNREADABLE = {
    "year.toml is missing": (remove("year.toml"), ["raw/2024/year.toml", "file is missing"]),
    "unknown key": (
        replace("year.toml", "available_kr", "availabel_kr"),
        ["grant.availabel_kr", "unknown key", "'grant.available_kr'"],
    ),
    "wrong type": (
        replace("year.toml", "10000", '"10 000 kr"'),
        ["grant.available_kr", "found '10 000 kr'", "expected a valid integer"],
    ),
    "a number as text is no number": (
        replace("year.toml", "year = 2024", 'year = "2024"'),
        ["key year", "found '2024'", "integer"],
    ),
    "a missing key": (replace("year.toml", "available_kr = 10000\n", ""), ["grant.available_kr", "missing"]),
    "no TOML": (replace("year.toml", "[grant]", "[grant"), ["raw/2024/year.toml", "not valid TOML", "line 2"]),
    "year.toml in another encoding": (write("year.toml", "name = 'å'".encode("cp1252")), ["year.toml", "not UTF-8"]),
    "another year than the folder's": (
        replace("year.toml", "year = 2024", "year = 2023"),
        ["year.toml", "found 2023", "expected 2024"],
    ),
    "an unknown kind of question": (
        replace("year.toml", '"money"', '"cash"'),
        ["question.2.kind", "found 'cash'", "'money'"],
    ),
    "options where none belong": (
        replace("year.toml", '"money"', '"choice"'),
        ["unused_kr", "options belong to choice and multi"],
    ),
    "given and not stated": (
        replace("year.toml", "[grant]", '[grant]\nnot_stated = ["available_kr"]'),
        ["available_kr", "keep one of the two"],
    ),
    "synthetic names no question": (
        replace("year.toml", "[grant]", '[grant]\nsynthetic = ["x"]'),
        ["'x'", "no question"],
    ),
    "a number that no amount is": (
        replace("year.toml", "10000", "99999999999999999999"),
        ["key grant.available_kr", "found 99999999999999999999", "at most 1000000000000000"],
    ),
    "a printed number that no count is": (
        write("published.toml", "[[row]]\ntable = 'a'\noption = 'b'\nyear = 2024\ncount = -9223372036854775809\n"),
        ["published.toml: key row.1.count", "found -9223372036854775809"],
    ),
    "a printed row twice": (
        write("published.toml", "[[row]]\ntable = 'a'\noption = 'b'\nyear = 2024\ncount = 1\n" * 2),
        ["published.toml", "'a/b of 2024' stands twice"],
    ),
    "columns that differ in spaces": (
        add("year.toml", question("extra", "text", "all", "Oanvänt  belopp (kr)")),
        ["columns of 'unused_kr' and 'extra' read alike", "'Oanvänt belopp (kr)' and 'Oanvänt  belopp (kr)'"],
    ),
    "options that differ in a full stop": (
        add("year.toml", question("extra", "choice", "all", "Extra", ("a", "Annat"), ("b", "annat."))),
        ["question 'extra': option texts of 'a' and 'b' read alike: 'Annat' and 'annat.'"],
    ),
    "an option with an emoji": (
        add("year.toml", question("extra", "choice", "all", "Extra", ("a", "Bra \U0001f600"), ("b", "Annat"))),
        ["raw/2024/year.toml, row ", "a character that cannot be printed: U+1F600"],
    ),
    "a question called as what is counted": (
        add("year.toml", question("usage_degree", "text", "all", "Extra")),
        ["'usage_degree' has an id that is counted under already"],
    ),
    "a question called as its themes are": (
        add(
            "year.toml",
            question("comments", "text", "all", "Ord")
            + question("comments_themes", "text", "all", "Extra")
            + '[[theme]]\nid = "staff"\nquestion = "comments"\ntext = { sv = "P", en = "S" }\n',
        ),
        ["'comments_themes' has an id that is counted under already"],
    ),
    "a question called as themes are, before there are any": (
        add("year.toml", question("comments_themes", "text", "all", "Ord")),
        ["'comments_themes' has an id that is counted under already"],
    ),
    "a question without a header": (
        add("year.toml", question("extra", "text", "all", " ")),
        ["question 'extra': column is blank"],
    ),
    "a CSV file with a null byte": (
        write("returns.csv", "Mottagare,Oanvänt belopp (kr)\nAle,0\nAneby,5\0\n"),
        ["returns.csv, row 3: not a text file", "0x00"],
    ),
    "a CSV file with a bad byte": (
        write("returns.csv", "Mottagare,Oanvänt belopp (kr)\nÅÄÖ,0\n".encode() + b"An\xe5by,5\n"),
        ["returns.csv, row 3: a byte that is not in the encoding of the file"],
    ),
    "a CSV file with a byte that no encoding has": (
        write("returns.csv", b"Mottagare,Oanv\xe4nt belopp (kr)\nAle,0\nAneby\x81,5\n"),
        ["returns.csv, row 3: not a text file; found 'the byte 0x81'"],
    ),
    "the second correction finds nothing": (
        write("corrections.toml", CORRECTION.format(0) + CORRECTION.format(7)),
        ["corrections.toml: correction 2, of unused_kr for Ale, finds nothing", "found '2 in raw/2024/returns.csv'"],
    ),
    "a correction of no field": (
        write("corrections.toml", CORRECTION.format(0).replace("unused_kr", "unused")),
        ["corrections.toml: correction 1, of unused for Ale, is of no field"],
    ),
    "a folder called year.toml": (
        lambda data: (remove("year.toml")(data), (data / "raw" / "2024" / "year.toml").mkdir())[0],
        ["raw/2024/year.toml: a folder that is called as a file is"],
    ),
    "a year with a zero before": (lambda data: (data / "raw" / "02024").mkdir(), ["raw/02024: no year of four digits"]),
    "a year in other digits": (lambda data: (data / "raw" / "２０２３").mkdir(), ["no year of four digits"]),
    "a year of twenty digits": (lambda data: (data / "raw" / ("9" * 20)).mkdir(), ["no year of four digits"]),
    "a correction of somebody with an identity number": (
        write(
            "corrections.toml",
            "[[correction]]\nmunicipality = 'Kalle 811218-9876'\nfield = 'unused_kr'\nfound = '1'\ncorrected = '2'\n"
            "reason = 'x'\nwho = 'y'\nwhen = 2025-01-01\n",
        ),
        ["corrections.toml", "[personnummer]"],
    ),
    "a column is missing": (
        replace("returns.csv", "Oanvänt belopp (kr)", "Oanvända medel"),
        ["returns.csv, row 1", "'Oanvänt belopp (kr)' is missing", "Oanvända medel"],
    ),
    "a column stands twice": (
        write("recipients.csv", "recipient,requisitioned_kr,Recipient\nAle,1,2\n"),
        ["recipients.csv, row 1", "'recipient'", "twice"],
    ),
    "more cells than columns": (
        write("recipients.csv", HEAD + "Ale,471,968\n"),
        ["recipients.csv, row 2", "found 3", "expected 2"],
    ),
    "an empty file": (write("recipients.csv", ""), ["recipients.csv", "empty", "requisitioned_kr"]),
    "only blank rows": (write("recipients.csv", "\n\n  \n"), ["recipients.csv", "empty"]),
    "returns without rows": (
        write("returns.csv", "Mottagare,Oanvänt belopp (kr)\n"),
        ["returns.csv, row 1", "no row below the header"],
    ),
    "a picture as CSV": (
        write("recipients.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ["recipients.csv", "not a text file"],
    ),
    "an open quote": (write("recipients.csv", HEAD + '"Ale,1\nAneby,2\n'), ["recipients.csv", "not a CSV file"]),
    "the same file twice": (
        write("returns.xlsx", b"x"),
        ["raw/2024", "returns.xlsx and returns.csv", "remove the other"],
    ),
    "an unknown key in published.toml": (
        write("published.toml", "[totals]\nyear = 2024\nrecipient = 3\n"),
        ["published.toml", "totals.recipient", "'totals.recipients'"],
    ),
    "an earlier year is broken": (
        lambda data: (
            (data / "raw" / "2023").mkdir(),
            (data / "raw" / "2023" / "year.toml").write_text("year = 2023\n"),
        )[0],
        ["raw/2023/year.toml", "grant", "missing"],
    ),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_input_is_one_line_and_changes_nothing(
    case: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, parts = UNREADABLE[case]
    before = made(data)
    spoil(data)
    capsys.readouterr()
    status = main(["tables", "2024", "--data", str(data)])
    out, err = capsys.readouterr()
    assert status == 2
    assert out == ""
    assert err.startswith("aterrapport: ")
    assert err.count("\n") == 1
    assert [part for part in parts if part not in err] == []
    assert made(data) == before


@pytest.mark.parametrize("cell", ["XFD1048576", "ABC300000", "ALM1001"])
def test_an_xlsx_with_a_stray_cell_far_away(cell: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "raw" / "2024" / "returns.csv").unlink()
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Mottagare", "Oanvänt belopp (kr)"])
    book.active.append(["Ale", 0])
    book.active[cell] = "x"
    book.save(data / "raw" / "2024" / "returns.xlsx")
    assert main(["check", "2024", "--data", str(data)]) == 2
    said = capsys.readouterr().err
    assert f"raw/2024/returns.xlsx: a sheet reaches too far; found 'something in cell {cell}'" in said
    assert "Traceback" not in said


def date_of(value: bytes) -> bytes:
    """The clean returns as a workbook in which a date is this number."""
    cell = rb'(<c r="B3"[^>]*><v>)[^<]*'
    return package(book(table()), {"xl/worksheets/sheet1.xml": lambda xml: re.sub(cell, rb"\g<1>" + value, xml)})


def squeezed(content: bytes) -> bytes:
    """A workbook whose first packed bytes are others."""
    at = content.index(b"[Content_Types].xml") + 40
    return content[:at] + b"\xff" * 8 + content[at + 8 :]


DAMAGED = {
    "a date that is no number": date_of(b"NaN"),
    "a date without end": date_of(b"-inf"),
    "a value that is a word": date_of(b"abc"),
    "bytes that cannot be unpacked": squeezed(book(table())),
    "half of it": book(table())[:3_000],
    "a sheet cut off": package(book(table()), {"xl/worksheets/sheet1.xml": lambda xml: xml[:900]}),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_xlsx_is_one_line(case: str, tmp_path: Path) -> None:
    path = tmp_path / "returns.xlsx"
    path.write_bytes(DAMAGED[case])
    with pytest.raises(UserError, match=r"^returns: not a spreadsheet, or a damaged one; expected an XLSX file"):
        read_workbook(path, "returns")


@pytest.mark.parametrize("value", [b"1e12", b"-1e300", b"99999999999", b"2958466"])
def test_a_date_that_no_calendar_has_is_not_blank(value: bytes, tmp_path: Path) -> None:
    path = tmp_path / "returns.xlsx"
    path.write_bytes(date_of(value))
    read = read_workbook(path, "returns")[0].rows[2][1]
    assert read and day(read) is None


def test_what_looks_like_many_cells_is_read_as_fast_as_any_text(tmp_path: Path) -> None:
    tags = b"<!-- " + b"<c <row " * 100_000 + b" --><sheetData>"  # took minutes, by the square of its length
    sheet = {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(b"<sheetData>", tags, 1)}
    path = tmp_path / "returns.xlsx"
    path.write_bytes(package(book(table()), sheet))
    assert read_workbook(path, "returns")[0].rows[1][0] == ROWS[0][0]


def test_an_xlsx_that_is_no_spreadsheet(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "raw" / "2024" / "returns.csv").rename(data / "raw" / "2024" / "returns.xlsx")
    assert main(["check", "2024", "--data", str(data)]) == 2
    assert "raw/2024/returns.xlsx: not a spreadsheet" in capsys.readouterr().err


def test_a_missing_year_and_a_missing_folder(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "2031", "--data", str(data)]) == 2
    assert "2031: folder is missing; years there: 2024" in capsys.readouterr().err
    assert main(["build", "2024", "--data", str(data / "nowhere")]) == 2
    assert "folder is missing" in capsys.readouterr().err


def test_a_report_needs_returns(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "raw" / "2024" / "returns.csv").unlink()
    assert main(["report", "2024", "--data", str(data)]) == 2
    assert "the report needs returns.xlsx or returns.csv" in capsys.readouterr().err


@pytest.mark.parametrize("inside", ["raw", "raw/2024", "raw/2024/reports", "raw/../raw/x"])
@pytest.mark.parametrize("command", ["check", "form", "report", "settle", "new-year"])
def test_no_report_goes_into_the_raw_data(
    command: str, inside: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted((data / "raw").rglob("*"))
    more = ["--from", "2023"] if command == "new-year" else []
    assert main([command, "2024", *more, "--data", str(data), "--out", str(data / inside)]) == 2
    assert "not into the raw data; choose another folder" in capsys.readouterr().err
    assert sorted((data / "raw").rglob("*")) == before


@pytest.mark.parametrize(("command", "option"), [("review-sample", "--seed"), ("review-sample", "--size")])
@pytest.mark.parametrize("number", ["18446744073709551616", "-9223372036854775809", "1.5", "ett"])
def test_numbers_of_options_have_a_range(
    command: str, option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "2024", "--seed", "1", f"{option}={number}"])
    assert stop.value.code == 2
    assert f"{option}: '{number}' is not a whole number" in capsys.readouterr().err


NEARLY = {
    "theme.csv": "themes.csv or themes.xlsx",
    "correction.toml": "corrections.toml or corrections.csv or corrections.xlsx",
    "assessment.md": "assessment.sv.md",
    "decision.toml": "decisions.toml or decisions.csv or decisions.xlsx",
}


@pytest.mark.parametrize("name", NEARLY)
def test_a_file_whose_name_is_nearly_right_is_found_with_the_right_one(name: str, data: Path) -> None:
    write(name, "x")(data)
    (found,) = read_folder(data / "raw" / "2024", "raw/2024").frames["problems"].rows()
    assert found[:3] == ("file_of_other_form", "file", NEARLY[name])


def test_what_is_called_as_a_file_and_is_none_is_an_error(data: Path) -> None:
    folder = data / "raw" / "2024"
    (folder / "corrections.toml").mkdir()
    with pytest.raises(UserError, match=r"raw/2024/corrections.toml: a folder that is called as a file is"):
        read_folder(folder, "raw/2024")
    (folder / "corrections.toml").rmdir()
    (folder / "themes.csv").symlink_to(data / "nowhere")
    with pytest.raises(UserError, match=r"raw/2024/themes.csv: a link to nothing"):
        read_folder(folder, "raw/2024")


def test_a_key_count_of_eight_billion_is_none(data: Path) -> None:
    write("allocation.csv", "municipality_code,amount_kr,key_count\n1440,1000,8000000000\n0604,2000,800\n")(data)
    frames = read_folder(data / "raw" / "2024", "raw/2024").frames
    assert frames["allocations"]["key_count"].to_list() == [None, 800]
    assert ("unreadable", "key_count", "8000000000") in [row[:3] for row in frames["problems"].rows()]


@pytest.mark.parametrize(
    "arguments", [[], ["build"], ["build", "soon"], ["report", "2024", "--to", "docx"], ["fly", "2024"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: aterrapport" in capsys.readouterr().err


# spoil, then: rule, recipient, value, file, row, and words of the message
CRITICAL = {
    "an amount that cannot be read": (
        replace("returns.csv", "Aneby,500", "Aneby,ca 500"),
        ("unused_unreadable", "Aneby", "ca 500", "raw/2024/returns.csv", "3", "expected whole kronor"),
    ),
    "no amount": (
        replace("returns.csv", "Aneby,500", "Aneby,"),
        ("unused_missing", "Aneby", "", "raw/2024/returns.csv", "3", "missing"),
    ),
    "a requisition that cannot be read": (
        replace("recipients.csv", "Ale,1000", "Ale,1 tkr"),
        ("requisitioned_unreadable", "Ale", "1 tkr", "raw/2024/recipients.csv", "2", "“1 tkr” cannot be read"),
    ),
    "no requisition": (
        replace("recipients.csv", "Ale,1000", "Ale,"),
        ("requisitioned_missing", "Ale", "", "raw/2024/recipients.csv", "2", "missing"),
    ),
    "more unused than requisitioned": (
        replace("returns.csv", "Aneby,500", "Aneby,2001"),
        ("unused_above_requisitioned", "Aneby", "2001", "raw/2024/returns.csv", "3", "more than the 2,000 kr"),
    ),
    "a name that matches nothing": (
        replace("recipients.csv", "Aneby", "Anneby"),
        ("recipient_unknown", "Anneby", "Anneby", "raw/2024/recipients.csv", "3", "did you mean Aneby"),
    ),
    "a region that is no municipality": (
        replace("recipients.csv", "Malmö", "Region Skåne"),
        (
            "recipient_unknown",
            "Region Skåne",
            "Region Skåne",
            "raw/2024/recipients.csv",
            "4",
            "no municipality that we know",
        ),
    ),
    "a return from nobody": (
        replace("returns.csv", "Aneby", "Anneby"),
        ("return_unknown", "Anneby", "Anneby", "raw/2024/returns.csv", "3", "did you mean Aneby"),
    ),
    "a municipality twice": (
        write("recipients.csv", HEAD + "Ale,1000\nAneby,2000\nMalmö,3000\nAneby kommun,2000\n"),
        ("recipient_twice", "Aneby kommun", "Aneby kommun", "raw/2024/recipients.csv", "5", "keep one row"),
    ),
    "a return twice without a day": (
        write("returns.csv", "Mottagare,Oanvänt belopp (kr)\nAle,0\nAneby,500\nMalmö,3000\nAle kommun,1\n"),
        ("return_order_unclear", "Ale kommun", "1", "raw/2024/returns.csv", "5", "which is the latest"),
    ),
    "the distribution list names no municipality": (
        write("allocation.csv", "municipality_code,amount_kr\n1440,1000\n9999,5\n"),
        ("allocation_unknown", "9999", "9999", "raw/2024/allocation.csv", "3", "four digits"),
    ),
    "the distribution list has one twice": (
        write("allocation.csv", "municipality_code,amount_kr\n1440,1000\n1440,1000\n"),
        ("allocation_twice", "Ale", "1440", "raw/2024/allocation.csv", "3", "more than once"),
    ),
    "the distribution list has an amount that cannot be read": (
        write("allocation.csv", "municipality_code,amount_kr\n1440,mycket\n"),
        ("allocation_unreadable", "Ale", "mycket", "raw/2024/allocation.csv", "2", "cannot be read"),
    ),
    "the distribution list has no amount": (
        write("allocation.csv", "municipality_code,amount_kr\n1440,\n"),
        ("allocation_missing", "Ale", "", "raw/2024/allocation.csv", "2", "missing"),
    ),
}


@pytest.mark.parametrize("case", CRITICAL)
def test_a_critical_finding_stops_and_changes_nothing_else(
    case: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, (rule, recipient, value, file, row, words) = CRITICAL[case]
    before = made(data)
    spoil(data)
    assert main(["tables", "2024", "--data", str(data)]) == 1
    found = [each for each in read_csv(data / "processed" / "2024" / "findings.csv") if each["rule"] == rule]
    assert (recipient, value, file, row) in [
        (each["recipient"], each["value"], each["file"], each["row"]) for each in found
    ]
    assert {each["severity"] for each in found} == {"critical"}
    assert all(words in each["message"] for each in found)
    assert "critical finding" in capsys.readouterr().err
    assert made(data) == before


WARNING = {
    "more requisitioned than allocated": (
        write("allocation.csv", "municipality_code,amount_kr\n1440,999\n0604,2000\n"),
        ("requisitioned_above_allocation", "Ale", "1000"),
    ),
    "more requisitioned than there was": (
        replace("year.toml", "10000", "5999"),
        ("requisitioned_above_available", "", "6000"),
    ),
    "a return from a municipality that got nothing": (
        replace("returns.csv", "Ale,0", "Ale,0\nKiruna,0"),
        ("return_without_requisition", "Kiruna", "Kiruna"),
    ),
    "a return is missing": (replace("returns.csv", "Ale,0\n", ""), ("return_missing", "Ale", "Ale")),
}


@pytest.mark.parametrize("case", WARNING)
def test_a_warning_is_told_and_stops_nothing(case: str, data: Path) -> None:
    spoil, expected = WARNING[case]
    spoil(data)
    assert main(["check", "2024", "--data", str(data)]) == 0
    found = read_csv(data / "processed" / "2024" / "findings.csv")
    assert [(each["rule"], each["recipient"], each["value"]) for each in found] == [expected]
    assert found[0]["severity"] == "warning"


def test_each_rule_just_holds(data: Path) -> None:
    write("allocation.csv", "municipality_code,amount_kr\n1440,1000\n0604,2000\n1280,3000\n")(data)
    replace("year.toml", "10000", "6000")(data)
    assert main(["check", "2024", "--data", str(data)]) == 0
    assert read_csv(data / "processed" / "2024" / "findings.csv") == []


def test_above_the_allocation_is_allowed_where_money_is_redistributed(data: Path) -> None:
    write("allocation.csv", "municipality_code,amount_kr\n1440,1\n")(data)
    replace("year.toml", "redistributes = false", "redistributes = true")(data)
    assert main(["check", "2024", "--data", str(data)]) == 0
    assert read_csv(data / "processed" / "2024" / "findings.csv") == []


AMOUNTS = "Mottagare;Oanvänt belopp (kr)\nAle kommun;0 kr\nAneby kommun;1\u00a0500 kr\nMalmö stad;2 000,00\n"
FORMS = {
    "cp1252 with semicolons": AMOUNTS.encode("cp1252"),
    "UTF-8 with a mark": AMOUNTS.encode("utf-8-sig"),
    "UTF-16": AMOUNTS.encode("utf-16"),
    "tabs": AMOUNTS.replace(";", "\t").encode(),
    "Windows line ends": AMOUNTS.replace("\n", "\r\n").encode(),
    "old Mac line ends": AMOUNTS.replace("\n", "\r").encode(),
    "a title above": ("Återrapporter 2024;\n;\n" + AMOUNTS).encode(),
    "another case, spaces and a line break in the header": AMOUNTS.replace(
        "Mottagare;Oanvänt belopp", ' MOTTAGARE ;"oanvänt\nbelopp'
    )
    .replace("(kr)\n", '(kr)"\n')
    .encode(),
    "more columns, another order": ("Nr;Oanvänt belopp (kr);Mottagare\n1;0;Ale\n2;1500;Aneby\n3;2000;Malmö\n").encode(),
    "decimal comma in commas": '"Mottagare","Oanvänt belopp (kr)"\nAle,0\nAneby,"1 500,00"\nMalmö,2000\n'.encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_returns_as_survey_tools_export_them(form: str, data: Path) -> None:
    (data / "raw" / "2024" / "returns.csv").write_bytes(FORMS[form])
    assert main(["tables", "2024", "--data", str(data)]) == 0
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    assert {row["municipality"]: row["unused_kr"] for row in rows} == {"Ale": "0", "Aneby": "1500", "Malmö": "2000"}


def test_returns_as_a_spreadsheet(data: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Återrapporter"],
        [],
        ["Mottagare", "Oanvänt belopp (kr)"],
        ["Ale", 0],
        ["Aneby", "1 500 kr"],
        [],
        ["Malmö", 2000],
    ):
        sheet.append(row)
    (data / "raw" / "2024" / "returns.csv").unlink()
    book.save(data / "raw" / "2024" / "returns.xlsx")
    assert main(["tables", "2024", "--data", str(data)]) == 0
    rows = read_csv(data / "processed" / "2024" / "tables" / "recipients.csv")
    assert {row["municipality"]: row["unused_kr"] for row in rows} == {"Ale": "0", "Aneby": "1500", "Malmö": "2000"}
    sheet["B7"] = "några tusen"
    book.save(data / "raw" / "2024" / "returns.xlsx")
    assert main(["check", "2024", "--data", str(data)]) == 1
    (finding,) = read_csv(data / "processed" / "2024" / "findings.csv")
    assert (finding["file"], finding["row"]) == ("raw/2024/returns.xlsx", "7")


def test_personal_data_reaches_no_file_and_no_message(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("recipients.csv", HEAD + f"Ale,1000\nAneby {IDENTITY},2000\nMalmö,{IDENTITY}\n")(data)
    assert main(["check", "2024", "--data", str(data)]) == 1
    out, err = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in (data / "processed").rglob("*") if path.is_file())
    for digits in (IDENTITY, IDENTITY[2:], IDENTITY.replace("-", "")):
        assert digits not in out + err
        assert digits.encode() not in written
    assert "[personnummer]" in out


def test_no_cell_we_write_starts_a_formula(data: Path) -> None:
    write("recipients.csv", HEAD + 'Ale,1000\n"=HYPERLINK(""x"")",2000\n@SUM,1\n')(data)
    assert main(["check", "2024", "--data", str(data)]) == 1
    found = read_csv(data / "processed" / "2024" / "findings.csv")
    assert {'\'=HYPERLINK("x")', "'@SUM"} <= {each["value"] for each in found}
    assert not [cell for each in found for cell in each.values() if cell.startswith(("=", "+", "-", "@"))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(str.encode),
        st.text(alphabet='ab";,\n\r\t å', max_size=80).map(str.encode),
    )
)
def test_any_bytes_are_read_or_refused_in_one_line(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = small_data(tmp_path_factory.mktemp("any")) / "raw" / "2024"
    for body in (content, b"recipient,requisitioned_kr\n" + content):
        (folder / "recipients.csv").write_bytes(body)
        try:
            read = read_folder(folder, "raw/2024")
        except UserError as error:
            assert "recipients.csv" in str(error)
            assert "\n" not in str(error)
        else:
            assert len(read.frames["requisitions"])


def without_marks(text: str) -> str:
    """The text without the apostrophes that keep it from being a formula."""
    return re.sub(r"(^|;)'(?=[=+\-@\t\r])", r"\1", text.replace("\r\n", "\n"))


@settings(max_examples=200, deadline=None)
@given(
    texts=st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])),
        min_size=6,
        max_size=6,
    )
)
def test_no_text_in_findings_starts_a_formula(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    rule, recipient, field, value, message, file = texts
    path = tmp_path_factory.getbasetemp() / "any-findings.csv"
    write_findings([Finding(rule, "warning", "1440", recipient, field, value, message, file, 2, message)], path)
    (row,) = read_csv(path)
    assert [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    for name, text in (("recipient", recipient), ("message", message)):
        assert without_marks(row[name]) == without_marks(text), name
