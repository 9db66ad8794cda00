"""Putting files in place: a run that dies at any moment leaves old files or new ones, never some of each."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.files import STAGE, put_back, put_in_place, staged
from tests.world import PROJECT

NAMES = ("store", "tables", "page", "added")
DIES = """
import os, signal, sys
from pathlib import Path
from pipeline.files import put_in_place
here, at, left = Path(sys.argv[1]), int(sys.argv[2]), [0]
rename = Path.rename
def counted(path, target):
    if left[0] == at:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] += 1
    return rename(path, target)
Path.rename = counted
put_in_place({here / "place" / name: here / "new" / name for name in sys.argv[3:]})
"""


def lay_out(folder: Path) -> None:
    """Old ones of all but one, one of them a folder; new ones of all."""
    for room, names in (("place", NAMES[:3]), ("new", NAMES)):
        (folder / room / "tables").mkdir(parents=True)
        for name in names:
            path = folder / room / name
            (path / "a.csv" if path.is_dir() else path).write_text(room, encoding="utf-8")
    (folder / "place" / "tables" / "old.csv").write_text("place", encoding="utf-8")


def content(folder: Path) -> dict[str, str]:
    found = [path for path in (folder / "place").rglob("*") if path.is_file()]
    return {path.relative_to(folder / "place").as_posix(): path.read_text(encoding="utf-8") for path in found}


NEW = {"store": "new", "tables/a.csv": "new", "page": "new", "added": "new"}


def new_again(folder: Path) -> None:
    shutil.rmtree(folder / "new", ignore_errors=True)
    (folder / "new" / "tables").mkdir(parents=True)
    for name in NEW:
        (folder / "new" / name).write_text("new", encoding="utf-8")
    put_in_place({folder / "place" / name: folder / "new" / name for name in NAMES})


def die_placing(folder: Path, at: int) -> int:
    """Put the new ones in place in a process that dies before this rename. Return its exit status."""
    run = [sys.executable, "-c", DIES, str(folder), str(at), *NAMES]
    return subprocess.run(run, env={"PYTHONPATH": str(PROJECT)}, check=False).returncode


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("at", range(9))
def test_killed_at_any_rename(at: int, tmp_path: Path) -> None:
    lay_out(tmp_path)
    before, status = content(tmp_path), die_placing(tmp_path, at)
    assert status == (-signal.SIGKILL if at < 8 else 0)  # four looks for an old one, four new ones
    seen = {value for name, value in content(tmp_path).items() if not name.startswith(".")}
    assert len(seen) <= 1
    shutil.copytree(tmp_path, tmp_path / "copy")
    put_back([tmp_path / "copy" / "place"])
    assert content(tmp_path / "copy") == (NEW if at == 8 else before)  # so begins the next run
    new_again(tmp_path)
    assert content(tmp_path) == NEW


OF: dict[str, Any] = {"rename": Path, "move": shutil}
FAULTS = [("rename", at) for at in range(8)] + [("move", at) for at in range(4)]


@pytest.mark.parametrize(("call", "at"), FAULTS)
def test_an_error_puts_everything_back(call: str, at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path)
    before, succeed, calls = content(tmp_path), getattr(OF[call], call), iter(range(99))

    def failing(source: Path, target: Path) -> Any:
        if next(calls) != at:
            return succeed(source, target)
        if call == "move":  # the disk fills up while files are laid out
            target.write_text("the first half", encoding="utf-8")
        raise OSError("no space left")

    monkeypatch.setattr(OF[call], call, failing)
    with pytest.raises(OSError, match="no space left"):
        put_in_place({tmp_path / "place" / name: tmp_path / "new" / name for name in NAMES})
    assert content(tmp_path) == before


def test_what_the_dead_left_is_cleaned_away_and_what_lives_is_not(tmp_path: Path) -> None:
    (tmp_path / f"{STAGE}dead" / "tables").mkdir(parents=True)
    (tmp_path / "2024").mkdir()
    with staged(tmp_path) as stage:
        assert {path.name for path in tmp_path.iterdir()} == {"2024", ".being-made.lock", stage.name}
        waiting = "from pathlib import Path\nimport sys\nfrom pipeline.files import staged\n"
        run = [sys.executable, "-c", f"{waiting}with staged(Path(sys.argv[1])): print('in')", str(tmp_path)]
        pipe = subprocess.PIPE
        second = subprocess.Popen(run, cwd=PROJECT, stdout=pipe, stderr=pipe, text=True)
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        assert stage.is_dir()
    assert second.communicate()[0] == "in\n"
    assert [path.name for path in tmp_path.iterdir()] == ["2024"]
