"""`watch`: what counts as a change, and the page that loads itself again."""

import http.client
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pipeline.paths import Workspace
from pipeline.steps.watch import changes, serving, watched
from tests.world import small_data


class DoneError(Exception):
    pass


def seen(files: list[Path], *moves: object) -> list[list[str]]:
    """What is told of, when between the looks these moves are made (callables; anything else is a rest)."""
    left: Iterator[object] = iter(moves)

    def wait() -> None:
        try:
            move = next(left)
        except StopIteration:
            raise DoneError from None
        if callable(move):
            move()

    told: list[list[str]] = []
    with pytest.raises(DoneError):
        for changed in changes(lambda: files, wait):
            told.append(changed)
    return told


def test_a_change_is_one_of_content_and_counts_when_it_is_over(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("1")
    rest = None
    assert seen([one, two], rest, rest) == [[]]
    assert seen([one], lambda: os.utime(one, (0, 0)), rest, rest) == [[]]
    assert seen([one], lambda: one.write_text("12"), rest, rest) == [[], ["one.csv"]]
    # Written in two goes, then taken back before anybody could act on it.
    assert seen([one], lambda: one.write_text("123"), lambda: one.write_text("1234"), rest) == [[], ["one.csv"]]
    assert seen([one], lambda: one.write_text("x"), lambda: one.write_text("1234"), rest, rest) == [[]]
    assert seen([one, two], lambda: two.write_text("2"), rest, one.unlink, rest) == [
        [], ["two.csv"], ["one.csv"],
    ]  # fmt: skip


def test_everything_a_build_depends_on_is_watched(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    small_data(tmp_path, year=2023)
    (data / "raw" / "2024" / "~$returns.xlsx").touch()
    found = watched(2024, Workspace(data, tmp_path / "out"))
    names = {"/".join(path.parts[-2:]) for path in found}
    assert {"2024/returns.csv", "2023/year.toml", "reports/uppfoljning.qmd", "reports/tables.toml"} <= names
    assert {"aterrapport/filter.lua", "store/bases.sql"} <= names
    assert {path.name for path in found if path.name in ("quarto.yml", "~$returns.xlsx")} == {"quarto.yml"}


PAGE = """<!doctype html><html><head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'none'">
<title>Prov</title></head><body><p>först</p></body></html>"""


def test_an_open_page_loads_itself_again_and_the_file_stays_as_it_is(tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "uppfoljning.html"
    file.write_text(PAGE, encoding="utf-8")
    with serving(tmp_path) as server:
        page = browser.new_page()
        page.goto(f"{server.address}/uppfoljning.html")
        for said in ("sedan", "till sist"):
            file.write_text(PAGE.replace("först", said), encoding="utf-8")
            server.reload()
            page.get_by_text(said).wait_for()
        page.close()
    assert file.read_text(encoding="utf-8") == PAGE.replace("först", "till sist")


def test_only_the_folder_is_served_and_only_to_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / "2024"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "secret.txt").write_text("x")
    with serving(folder) as server:
        assert server.server_address[0] == "127.0.0.1"
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        connection.request("GET", "/a.pdf")
        answer = connection.getresponse()
        assert (answer.headers["Content-Type"], answer.read()) == ("application/pdf", b"%PDF")
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "//etc/passwd", "/missing.html"):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 404, path
        connection.request("GET", "/a.pdf", headers={"Host": "example.org"})
        assert connection.getresponse().status == 403
