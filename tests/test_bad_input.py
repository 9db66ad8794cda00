"""What a user may do wrong: each gets one clear line or a finding, the right exit status, and earlier output stays."""

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.check import Finding, write_findings
from pipeline.cli import main
from pipeline.errors import UserError
from pipeline.model import parse_model
from pipeline.read import read_folder
from pipeline.year import Year
from tests.world import cases, contents, question, read_csv, small_data

OF_WORDS = "[returns]\ncomplete_when = { status = [1] }\n"
IDENTITY = "19811218-9876"  # the Tax Agency's own example number


@pytest.fixture(autouse=True)
def _no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pandoc: a page of findings has tests of its own."""
    monkeypatch.setattr("pipeline.letters.page.html", lambda document: document.markdown.encode())


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good data folder whose tables have been made."""
    folder = small_data(tmp_path_factory.mktemp("good"))
    assert main(["tables", "2024", "--data", str(folder)]) == 0
    return folder


@pytest.fixture
def data(good: Path, tmp_path: Path) -> Path:
    """A copy of the good folder, to spoil."""
    return shutil.copytree(good, tmp_path / "data")


def made(data: Path) -> dict[str, bytes]:
    """Everything that was made, findings aside."""
    return {name: each for name, each in contents(data / "processed").items() if "findings" not in name}


def write(data: Path, name: str, content: str | bytes) -> None:
    (data / "raw" / "2024" / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def spoil(data: Path, case: Mapping[str, Any]) -> None:
    """Do what a case of bad_input.toml says."""
    path = data / "raw" / "2024" / case["file"]
    path.parent.mkdir(exist_ok=True)
    if case.get("is_gone"):
        path.unlink()
        return
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert case.get("old", "") in text
    text = text.replace(case["old"], case["new"], 1) if "old" in case else case.get("text", text)
    more = "".join(question(*each[:4], *map(tuple, each[4:])) for each in case.get("questions", ()))
    content = f"{text}\n{more}{case.get('add', '')}" if more else text
    path.write_bytes(case["bytes"].encode("latin-1") if "bytes" in case else content.encode())


CASES = cases("bad_input")
HEAD = "recipient,requisitioned_kr\n"
HEADERS = {"recipients": HEAD.strip(), "returns": "Mottagare,Oanvänt belopp (kr)"}
HEADERS["allocation"] = "municipality_code,amount_kr"


def is_refused(data: Path, before: dict[str, bytes], says: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The tables cannot be made: one line says this, and nothing has changed."""
    capsys.readouterr()
    assert main(["tables", "2024", "--data", str(data)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("aterrapport: ")
    assert [part for part in says if part not in err] == []
    assert made(data) == before


@pytest.mark.parametrize("case", CASES["unreadable"])
def test_unreadable_input_is_one_line_and_changes_nothing(
    case: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = made(data)
    spoil(data, CASES["unreadable"][case])
    is_refused(data, before, CASES["unreadable"][case]["says"], capsys)


@pytest.mark.parametrize("folder", CASES["folders"])
def test_a_folder_that_has_no_business_there(folder: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = made(data)
    (data / folder).unlink(missing_ok=True)
    (data / folder).mkdir()
    is_refused(data, before, [CASES["folders"][folder]], capsys)


def test_what_is_missing_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "2031", "--data", str(data)]) == 2
    assert "2031: folder is missing; years there: 2024" in capsys.readouterr().err
    assert main(["build", "2024", "--data", str(data / "nowhere")]) == 2
    assert "folder is missing" in capsys.readouterr().err
    (data / "raw" / "2024" / "returns.csv").unlink()
    assert main(["report", "2024", "--data", str(data)]) == 2
    assert "the report needs returns.xlsx or returns.csv" in capsys.readouterr().err


INTO_RAW = ["check 2024 --out raw", "form 2024 --out raw/2024", "report 2024 --out raw/2024/reports"]
INTO_RAW += ["settle 2024 --out raw/../raw/x", "new-year 2024 --from 2023 --out raw"]
INTO_RAW += ["synthesize 2024 --to raw/2024/more.xlsx", "synthesize 2024 --to raw/2024/../y.csv"]


def test_nothing_that_is_made_goes_into_the_raw_data(data: Path) -> None:
    before = contents(data / "raw")
    for words in INTO_RAW:
        *options, inside = words.split()
        with redirect_stderr(StringIO()) as said:
            assert main([*options, str(data / inside), "--data", str(data)]) == 2
        assert "not into the raw data; " in said.getvalue(), words
    assert contents(data / "raw") == before


USAGE = {"": "", "build": "", "build soon": "", "report 2024 --to docx": "docx", "fly 2024": "'fly'"}
USAGE["status 2031 --on=31.1.2032"] = "'31.1.2032' is not a date; expected YYYY-MM-DD"
USAGE |= {
    f"review-sample 2024 {option}={number}": f"{option[-6:]}: '{number}' is not a whole number"
    for option in ("--seed", "--seed 1 --size")
    for number in ("18446744073709551616", "-9223372036854775809", "1.5")
}


@pytest.mark.parametrize("words", USAGE)
def test_wrong_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words.split())
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert "usage: aterrapport" in error
    assert USAGE[words] in error


@pytest.mark.parametrize("name", CASES["nearly"])
def test_a_file_whose_name_is_nearly_right_is_found_with_the_right_one(name: str, data: Path) -> None:
    write(data, name, "x")
    (found,) = read_folder(data / "raw" / "2024", "raw/2024").frames["problems"].rows()
    assert found[:3] == ("file_of_other_form", "file", CASES["nearly"][name])


def test_what_is_called_as_a_file_and_is_none_is_an_error(data: Path) -> None:
    folder = data / "raw" / "2024"
    (folder / "corrections.toml").mkdir()
    with pytest.raises(UserError, match=r"raw/2024/corrections.toml: a folder that is called as a file is"):
        read_folder(folder, "raw/2024")
    (folder / "corrections.toml").rmdir()
    (folder / "themes.csv").symlink_to(data / "nowhere")
    with pytest.raises(UserError, match=r"raw/2024/themes.csv: a link to nothing"):
        read_folder(folder, "raw/2024")


def test_each_fault_of_a_value_that_may_be_of_several_kinds_has_its_line() -> None:
    with pytest.raises(UserError) as caught:
        parse_model('year = 2024\n[grant]\nname = { sv = "A", en = "A" }\navailable_kr = 1\n' + OF_WORDS, Year, "x")
    assert [line.partition(": ")[2].partition(":")[0] for line in str(caught.value).split("\n")] == [
        "key returns.complete_when.status.int", "key returns.complete_when.status.list[str].1",
    ]  # fmt: skip


@pytest.mark.parametrize(("severity", "status"), [("critical", 1), ("warning", 0)])
def test_what_is_found_is_told_and_a_critical_finding_changes_nothing_else(
    severity: str, status: int, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    its, before = CASES[severity], made(data)
    for name, header in HEADERS.items():
        write(data, f"{name}.csv", f"{header}\n{its[name]}")
    assert main(["tables", "2024", "--data", str(data)]) == status
    found = [each for each in read_csv(data / "processed" / "2024" / "findings.csv") if each["severity"] == severity]
    names = ("rule", "recipient", "value", "file", "row")
    told = sorted([*(each[name] for name in names), each["message"]] for each in found)
    for one, (*at, words) in zip(told, sorted(its["says"]), strict=True):
        assert one[:5] == at
        assert words in one[5]
    assert ("critical finding" in capsys.readouterr().err) == (status == 1)
    assert (made(data) == before) == (status == 1)


def test_each_rule_just_holds_and_above_the_allocation_where_money_is_redistributed(data: Path) -> None:
    write(data, "allocation.csv", "municipality_code,amount_kr\n1440,1000\n0604,2000\n1280,3000\n")
    spoil(data, {"file": "year.toml", "old": "10000", "new": "6000"})
    assert main(["check", "2024", "--data", str(data)]) == 0
    assert read_csv(data / "processed" / "2024" / "findings.csv") == []
    write(data, "allocation.csv", "municipality_code,amount_kr\n1440,1\n")
    spoil(data, {"file": "year.toml", "old": "redistributes = false", "new": "redistributes = true"})
    assert main(["check", "2024", "--data", str(data)]) == 0
    assert read_csv(data / "processed" / "2024" / "findings.csv") == []


def test_personal_data_reaches_no_file_and_no_message(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(data, "recipients.csv", HEAD + f"Ale,1000\nAneby {IDENTITY},2000\nMalmö,{IDENTITY}\n")
    write(data, "returns.csv", f"{HEADERS['returns']}\nAle,0\nKalle {IDENTITY},0\n")
    assert main(["check", "2024", "--data", str(data)]) == 1
    out, err = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in (data / "processed").rglob("*") if path.is_file())
    for digits in (IDENTITY, IDENTITY[2:], IDENTITY.replace("-", "")):
        assert digits not in out + err
        assert digits.encode() not in written
    assert "[personnummer]" in out


ANY_TEXT = st.text(max_size=200) | st.text(alphabet='ab";,\n\r\t å', max_size=80)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | ANY_TEXT.map(str.encode))
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


FORMULAS = st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(st.text(max_size=20) | FORMULAS, min_size=6, max_size=6))
def test_no_text_in_findings_starts_a_formula(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    rule, recipient, field, value, message, file = texts
    path = tmp_path_factory.getbasetemp() / "any-findings.csv"
    write_findings([Finding(rule, "warning", "1440", recipient, field, value, message, file, 2, message)], path)
    (row,) = read_csv(path)
    assert [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    for name, text in (("recipient", recipient), ("message", message)):
        assert without_marks(row[name]) == without_marks(text), name
