"""Data folders for tests: small ones written by hand, and the real ones copied."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.check import Finding
from pipeline.check.suite import check_store
from pipeline.cli import main

PROJECT = Path(__file__).parent.parent
RAW = PROJECT / "data" / "raw"


def cases(name: str) -> dict[str, Any]:
    """Cases that are written down in a TOML file beside the tests."""
    return tomllib.loads((PROJECT / "tests" / f"{name}.toml").read_text(encoding="utf-8"))


YEAR_TOML: str = cases("data/forms")["year"]


COLUMNS = ("Mottagare", "Oanvänt belopp (kr)")


def real_data(target: Path) -> Path:
    """Copy the project's raw data, and give the data folder."""
    shutil.copytree(RAW, target / "data" / "raw")
    return target / "data"


def small_data(
    target: Path,
    *,
    recipients: Iterable[Sequence[Any]] = (("Ale", 1000), ("Aneby", 2000), ("Malmö", 3000)),
    returns: Iterable[Sequence[Any]] = (("Ale", 0), ("Aneby", 500), ("Malmö", 3000)),
    allocation: Iterable[Sequence[Any]] | None = None,
    year: int = 2024,
    available_kr: int = 10_000,
    redistributes: bool = False,
    header: Sequence[str] = (),
    grant: str = "",
    more: str = "",
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write the folder of one year and give the data folder. `header`: columns besides the two that are always there.

    `grant` are lines more of [grant], `more` is put behind year.toml, and `files` beside it.
    """
    folder = target / "data" / "raw" / str(year)
    folder.mkdir(parents=True)
    rules = YEAR_TOML.format(year=year, available_kr=available_kr, redistributes=str(redistributes).lower())
    rules = rules.replace("[grant]\n", f"[grant]\n{grant}")
    rules += question("submitted_on", "date", "all", "Inskickad") if "Inskickad" in header else ""
    for name, text in {"year.toml": rules + more, **(files or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_csv(folder / "recipients.csv", ("recipient", "requisitioned_kr"), recipients)
    write_csv(folder / "returns.csv", (*COLUMNS, *header), returns)
    if allocation is not None:
        write_csv(folder / "allocation.csv", ("municipality_code", "amount_kr"), allocation)
    return target / "data"


def question(
    id_: str, kind: str, asked: str, column: str, *options: tuple[str, ...], text: Sequence[str] = (), more: str = ""
) -> str:
    """A question of a form as TOML. Options are ids and texts, the same in both languages, and what is so of them.

    `text` is that of the question in Swedish and English; else its column is. `more` are further lines.
    """

    def both(words: Sequence[str]) -> str:
        sv, en = (json.dumps(each, ensure_ascii=False) for each in (words[0], words[-1]))
        return f"text = {{ sv = {sv}, en = {en} }}"

    listed = "".join(
        f'\n    {{ id = "{one}", {both([said])}{"".join(f", {each} = true" for each in flags)} }},'
        for one, said, *flags in options
    )
    said = f"column = {json.dumps(column, ensure_ascii=False)}\n{both(text or [column])}\n"
    chosen = f"option = [{listed}\n]\n" if options else ""
    return f'[[question]]\nid = "{id_}"\nkind = "{kind}"\nasked = "{asked}"\n{said}{more}{chosen}'


def entry(kind: str, **fields: Any) -> str:
    """An entry of a list of decisions or corrections as TOML, by somebody on a day."""
    given = {"reason": "Samtal", "who": "A. Analytiker", "when": date(2025, 2, 20), **fields}
    lines = [
        f"{name} = {value if isinstance(value, date) else json.dumps(value, ensure_ascii=False)}\n"
        for name, value in given.items()
    ]
    return f"[[{kind}]]\n{''.join(lines)}"


def change(path: Path, replaced: Mapping[str, str], more: str = "") -> None:
    """Replace texts that stand in a file, each once, and put more behind it."""
    text = path.read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text + more, encoding="utf-8")


def grant_toml(year: int, grant: str, *questions: str) -> str:
    """A year.toml: `grant` are lines of [grant] besides its name; a return has a recipient, and the questions."""
    head = f'year = {year}\n[grant]\nname = {{ sv = "Bidrag", en = "Grant" }}\n{grant}\n'
    return head + question("recipient", "text", "all", "Mottagare", more="required = true\n") + "".join(questions)


def command(data: Path, *words: object, status: int = 0) -> str:
    """Run a command here, on a data folder with `out` beside it: what it printed, on stderr when it did not succeed."""
    places = ["--data", str(data), "--out", str(data.parent / "out")]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as errors:
        found = main([*map(str, words), *places])
    assert found == status, errors.getvalue()
    return errors.getvalue() if status else out.getvalue()


def refused(data: Path, said: Sequence[str], *words: object, status: int = 2) -> None:
    """Check that a command ends with one line that holds all this, and that nothing is written."""
    before = contents(data.parent)
    error = command(data, *words, status=status)
    assert error.startswith("aterrapport: ")
    assert error.count("\n") == 1
    assert [part for part in said if part not in error] == []
    assert contents(data.parent) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by its path in it."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def retitled(table: str, title: str) -> str:
    """A table that any grant has, as a project declares it in its place: its Swedish title begins with other words."""
    common = (PROJECT / "pipeline" / "tables.toml").read_text(encoding="utf-8")
    start = common.index(f'[[table]]\nid = "{table}"')
    block = common[start : common.find("[[table]]", start + 1)]
    return "\n" + block.replace('title = { sv = "', f'title = {{ sv = "{title} ', 1)


def aterrapport(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in a folder."""
    command = [sys.executable, "-c", "import sys; from pipeline.cli import main; sys.exit(main(sys.argv[1:]))"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    run = [*command, *map(str, arguments)]
    return subprocess.run(run, env=environment, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class CheckedHere:
    """Checking without a second process: importing Great Expectations once is enough for many tests."""

    def __init__(self, year: int, on: date | None = None) -> None:
        self.year, self.on = year, str(on or "")

    def findings(self, store: Path) -> list[Finding]:
        return check_store(store, self.year, self.on)

    def __enter__(self) -> CheckedHere:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class NothingFound(CheckedHere):
    """Checking that finds nothing, for what does not depend on it."""

    def findings(self, _: Path) -> list[Finding]:
        return []
