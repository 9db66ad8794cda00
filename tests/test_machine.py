"""Faults of the machine and signals: one line, what was made before as it was, and nothing left lying."""

import errno
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.cli import main
from pipeline.errors import UserError
from pipeline.execute import Kernel, read_qmd
from pipeline.files import own_temporary_folder
from pipeline.render.pdf import compile_typst
from tests.lines import small_reports
from tests.telling import store_of
from tests.world import PROJECT, command, contents, small_data

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are those of POSIX")
COMMAND = [sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main(sys.argv[1:]))"]
SIGHUP, SIGINT, SIGTERM = signal.SIGHUP, signal.SIGINT, signal.SIGTERM


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with small reports and three municipalities. Nothing is made yet."""
    project = tmp_path_factory.mktemp("small")
    small_data(project)
    small_reports(project)
    return project


@pytest.fixture
def project(small: Path, tmp_path: Path) -> Path:
    """A copy of it, and an empty folder for what is temporary."""
    (tmp_path / "temporary").mkdir()
    return Path(shutil.copytree(small, tmp_path / "project"))


def start(project: Path, *words: str, limit: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start a command in the project, whose temporary files have a folder of their own; `limit` is a line of shell."""
    known = {"PYTHONPATH": str(PROJECT), "TMPDIR": str(project.parent / "temporary"), **environment}
    line = ["/bin/sh", "-c", f'{limit}\nexec "$@"', "sh", *COMMAND, *words, "--project", str(project)]
    pipe = subprocess.PIPE
    return subprocess.Popen(line, env={**os.environ, **known}, stdout=pipe, stderr=pipe, encoding="utf-8")


def at_work(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes that a build has started as soon as its kernel and its check are among them."""
    while run.poll() is None:
        with suppress(psutil.NoSuchProcess):  # one that has just ended, such as pandoc
            started: list[psutil.Process] = psutil.Process(run.pid).children(recursive=True)
            lines = [" ".join(one.cmdline()) for one in started if one.is_running() and one.status() != "zombie"]
            if any("ipykernel" in line for line in lines) and any("pipeline.check.suite" in line for line in lines):
                return started
    raise AssertionError(run.communicate())


def left(project: Path) -> list[str]:
    """Name what should not be there when a run has ended: temporary files, stages, half-placed files, locks."""
    hidden = [path.name for path in project.rglob(".*") if ".aterrapport" in path.name or ".being" in path.name]
    return hidden + [path.name for path in (project.parent / "temporary").iterdir()]


SIGNALS: dict[str, tuple[Sequence[signal.Signals], signal.Signals, str]] = {
    "one": ([SIGINT], SIGINT, ""),
    "several": ([SIGHUP, SIGINT, SIGTERM], SIGHUP, ""),  # the next ones do not disturb the end
    "the first two are ignored": ([SIGHUP, SIGINT, SIGTERM], SIGTERM, "trap '' HUP INT"),  # as by nohup
}
"""What is sent one after the other, which of them is heard, and a line of shell before."""


@pytest.mark.parametrize("case", SIGNALS)
def test_signals_end_a_build_in_one_line_and_leave_nothing(case: str, project: Path) -> None:
    sent, heard, limit = SIGNALS[case]
    run = start(project, "build", "2024", limit=limit)
    started = at_work(run)
    for number in sent:
        run.send_signal(number)
    out, errors = run.communicate()
    assert (run.returncode, out) == (128 + heard, "")
    assert errors == "aterrapport: stopped; no file is half-written\n"
    assert left(project) == []
    assert [one for one in started if one.is_running() and one.status() != "zombie"] == []
    assert list((project / "data" / "processed").glob("*")) == []


def test_what_a_kill_leaves_is_gone_with_the_next_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = start(project, "build", "2024")
    started = at_work(run)
    run.kill()
    run.communicate()
    _, alive = psutil.wait_procs(started, timeout=60)  # they see by themselves that nobody is there any more
    assert alive == []
    assert left(project) != []
    monkeypatch.setattr("tempfile.tempdir", str(project.parent / "temporary"))
    command(project / "data", "check", 2024)
    assert left(project) == []


def test_what_is_cleared_away_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage's lock in somebody's folder makes it no temporary folder of ours; one without a lock may be new."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("aterrapport-demo", "aterrapport-work-new", "aterrapport-work-left", "aterrapport-work-old"):
        (tmp_path / name).mkdir()
    (tmp_path / "aterrapport-demo" / ".being-made.lock").touch()
    (tmp_path / "aterrapport-work-left" / ".aterrapport-work.lock").touch()
    os.utime(tmp_path / "aterrapport-work-old", (0, 0))
    with own_temporary_folder():
        assert {"aterrapport-demo", "aterrapport-work-new"} < {path.name for path in tmp_path.iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == {"aterrapport-demo", "aterrapport-work-new"}


def test_a_check_that_cannot_write_says_so_in_one_line(tmp_path: Path) -> None:
    store, pipe = store_of(small_data(tmp_path), 2024).store, subprocess.PIPE
    suite = [sys.executable, "-m", "pipeline.check.suite", "2024", str(tmp_path / "no" / "findings.json"), ""]
    with subprocess.Popen(suite, cwd=PROJECT, stdin=pipe, stderr=pipe, encoding="utf-8") as run:
        assert run.stdin and run.stderr
        run.stdin.write(f"{store}\n")
        run.stdin.flush()
        errors = run.stderr.read()
    assert run.returncode == 2
    assert errors.endswith("findings.json: No such file or directory; see that it is there, and run again\n")


def test_runs_that_wait_each_say_what_is_wrong(project: Path) -> None:
    """The one that fails first takes the folder away that it has made, with the lock the others wait for."""
    (project / "data" / "raw" / "2024" / "recipients.csv").write_text("x\n", encoding="utf-8")
    runs = [start(project, "tables", "2024") for _ in range(3)]
    for run in runs:
        *waited, said = run.communicate()[1].splitlines()
        assert (run.returncode, said[:36]) == (2, "aterrapport: raw/2024/recipients.csv")
        assert set(waited) <= {"another run is at work in this data folder; waiting for it"}


@pytest.mark.parametrize("kib", [4, 300])
def test_where_files_may_not_grow_a_run_ends_in_one_line(kib: int, project: Path) -> None:
    made = project / "data" / "processed" / "2024" / "tables" / "key_figures.csv"
    made.parent.mkdir(parents=True)
    made.write_text("of before\n", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kib * 1024, before[1]))
    try:
        errors = command(project / "data", "tables", 2024, "--force", status=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert errors.startswith("aterrapport: ")
    assert errors.count("\n") == 1
    assert "File too large" in errors
    assert made.read_text(encoding="utf-8") == "of before\n"
    assert [path.name for path in (project / "data" / "processed").rglob("*.duckdb")] == []
    assert left(project) == []


@pytest.mark.parametrize("place", ["data/processed", "out", "data/processed/2024"])
def test_a_file_where_a_folder_belongs(place: str, tmp_path: Path) -> None:
    data = small_data(tmp_path)
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("", encoding="utf-8")
    error = command(data, "check", 2024, status=2)
    assert error.count("\n") == 1
    assert "a file stands where a folder belongs; move it away" in error
    assert (tmp_path / place).is_file()


REFUSALS = {errno.ENOSPC: "make room on the disks", errno.EROFS: "choose a folder that can be written"}
REFUSALS |= {errno.EACCES: "close it where it is open", errno.EIO: "see to it"}


def refuse(patch: pytest.MonkeyPatch, pattern: str, code: int) -> None:
    """Have the system refuse to open files of this pattern."""
    plain = Path.open

    def opened(path: Path, *how: Any, **more: Any) -> Any:
        if path.match(pattern):
            raise OSError(code, os.strerror(code), str(path))
        return plain(path, *how, **more)

    patch.setattr(Path, "open", opened)


@pytest.mark.parametrize("code", REFUSALS)
def test_what_the_system_refuses_is_one_line_with_the_file(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_data(tmp_path)
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        refuse(patch, "raw/2024/*", code)
        error = command(data, "tables", 2024, status=2)
    assert error.startswith(f"aterrapport: {data}/raw/2024/")
    assert f"{os.strerror(code)}; {REFUSALS[code]}" in error
    assert error.count("\n") == 1
    assert contents(tmp_path) == before


def test_a_store_that_may_not_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = small_data(tmp_path)
    (data / "processed").mkdir()
    (data / "processed" / "aterrapport.duckdb").touch()
    refuse(monkeypatch, "*.duckdb", errno.EACCES)
    assert "aterrapport.duckdb: Permission denied; " in command(data, "explain", 2024, "key_figures", status=2)


def test_too_little_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.money.status.status", fails)
    error = command(small_data(tmp_path), "status", 2024, status=2)
    assert error == "aterrapport: too little memory; close other programs, and run again\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [("vad?", "a ? or a \\"), ("a\\b", "a ? or a \\"), (os.fsdecode(b"b\xe5d"), "is not UTF-8; rename it")],
)
def test_a_path_that_a_library_would_read_otherwise_is_refused(name: str, said: str, tmp_path: Path) -> None:
    assert said in command(small_data(tmp_path / name), "tables", 2024, status=2)


def test_a_file_whose_name_is_not_utf8_is_named(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    (data / "raw" / "2024" / os.fsdecode(b"b\xe5d.csv")).write_text("x\n", encoding="utf-8")
    assert "d.csv: the name of this file is not UTF-8; rename it" in command(data, "check", 2024, status=2)


def test_two_runs_at_once_each_find_the_whole(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    script = "import pipeline, sys; print(pipeline.build(2024, sys.argv[1]).table('key_figures')['value'].to_list())"
    pipe, run = subprocess.PIPE, [sys.executable, "-c", script, str(data)]
    runs = [subprocess.Popen(run, cwd=PROJECT, stdout=pipe, stderr=pipe, encoding="utf-8") for _ in range(2)]
    said = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert said[0][0] == said[1][0]
    assert said[0][0].startswith("[")
    assert {errors for _, errors in said} <= {"", "another run is at work in this data folder; waiting for it\n"}
    assert [path.name for path in (data / "processed").iterdir()] == ["aterrapport.duckdb"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
@pytest.mark.parametrize(("how", "status"), [(">/dev/full", 2), (">&- 2>&- <&-", 0)])
def test_output_that_cannot_be_printed(how: str, status: int, tmp_path: Path) -> None:
    line = " ".join(f"'{word}'" for word in [*COMMAND, "status", "2024", "--data", str(small_data(tmp_path))])
    shell = ["/bin/sh", "-c", f"{line} {how}"]
    run = subprocess.run(shell, cwd=PROJECT, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == status
    assert run.stderr.count("\n") == (1 if status else 0)
    assert "Traceback" not in run.stderr


def test_a_temporary_folder_too_long_for_a_socket_still_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ("l" * 100)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    notebook = read_qmd("```{python}\nprint(6 * 7)\n```\n")
    with Kernel({}) as kernel:
        kernel.run_cells(notebook, tmp_path / "a.qmd")
    assert notebook.cells[0].outputs[0].text == "42\n"


def test_what_no_library_reads_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text("811218-9876", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for path in ("secret.txt", str(tmp_path / "secret.txt"), f"../{tmp_path.name}/secret.txt"):
        with pytest.raises(UserError, match="PDF: "):
            compile_typst(f'#read("{path}")', PROJECT / "reports/_extensions/aterrapport/fonts")


def test_a_command_here_leaves_the_temporary_folder_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert main(["status", "2024", "--data", str(small_data(tmp_path / "project"))]) == 0
    assert os.environ["TMPDIR"] == str(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_where_when_and_in_what_language_it_runs_changes_no_byte(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a link, with letters, a space and a # in the path, by LC_ALL=C; and far west, in the past, with files of
    the future."""
    (tmp_path / "temporary").mkdir()
    one, other = (Path(shutil.copytree(small, tmp_path / name)) for name in ("å b#c", "other"))
    (tmp_path / "link").symlink_to(one, target_is_directory=True)
    far = {"LC_ALL": "C", "TZ": "Pacific/Kiritimati"}
    assert start(tmp_path / "link", "tables", "2024", **far).communicate()[1] == ""
    monkeypatch.setenv("TZ", "Etc/GMT+12")
    time.tzset()
    monkeypatch.setattr("time.time", lambda: 0.0)
    for path in (other / "data" / "raw" / "2024").iterdir():
        os.utime(path, (0, 4_102_444_800))  # the year 2100
    monkeypatch.chdir(other)
    said = []
    for _ in range(2):
        with redirect_stdout(io.StringIO()) as out:
            assert main(["tables", "2024"]) == 0
        said.append(out.getvalue())
    monkeypatch.undo()
    time.tzset()
    assert "nothing to do: everything is up to date" in said[1]
    made = [contents(at / "data" / "processed" / "2024") | contents(at / "reports" / "_output") for at in (one, other)]
    assert {"tables/key_figures.csv", "2024/findings.html", "2024/findings.xlsx"} <= made[0].keys()
    assert made[0] == made[1]
