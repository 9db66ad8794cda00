"""Commands on a grant year: begin one, see where it stands, what is not coded yet, made-up answers for one."""

from __future__ import annotations

import csv
import io
import shlex
from datetime import date
from pathlib import Path

from pipeline.cli.main import given
from pipeline.errors import UserError
from pipeline.paths import Workspace

_UNCODED = """
    WITH written AS (
        SELECT a.year, b.municipality_code, a.question, a.text
        FROM answers AS a JOIN base_all AS b ON b.year = a.year AND b.row = a.row
        JOIN questions AS q ON q.year = a.year AND q.question = a.question AND q.kind = 'text'
        WHERE a.text IS NOT NULL
        UNION ALL
        SELECT s.year, b.municipality_code, s.question, s.text
        FROM specified AS s JOIN base_all AS b ON b.year = s.year AND b.row = s.row
    )
    SELECT m.municipality, w.question, w.text
    FROM written AS w
    JOIN municipalities AS m USING (municipality_code)
    ANTI JOIN coded AS c ON c.year = w.year AND c.municipality_code = w.municipality_code AND c.question = w.question
    WHERE w.year = $year AND w.question IN (SELECT unnest($questions))
    ORDER BY w.question, m.municipality COLLATE sv
"""


def new_year(year: int, source: int, workspace: Workspace) -> None:
    """Make the folder of a year from an earlier one, and say what comes next. Raise UserError with nothing made."""
    from pipeline.money.new_year import make_folder

    form_of = make_folder(year, source, workspace)
    folder = workspace.raw(year)
    print(f"{folder}: year.toml and SOURCES.md, begun from {source}")
    if form_of is None:
        print("form: no earlier year has one; add its questions to year.toml")
    else:
        without = "" if form_of == source else f", for {source} has none"
        print(f"form: that of {form_of}{without}; compare it with the real one")
    say_next(f"fill in {folder / 'year.toml'}; this says what is left:", f"aterrapport status {year}", workspace)


def status(year: int, on: date | None, workspace: Workspace) -> None:
    """Print where a year stands on a day (None: today), and the next step. Nothing is written.

    Raise UserError when something in its files is still to be mended.
    """
    from pipeline.language import visible
    from pipeline.money.status import also, lines, look_at, next_step
    from pipeline.read import not_read

    found, on = look_at(year, workspace), on or date.today()
    print("\n".join(lines(found, on)))
    for file in found.files:
        if file.sheet:
            print(f"read: sheet {visible(file.sheet)!r} of {file.file}")
    for name, expected in not_read(found.folder):
        print(
            f"not read: raw/{year}/{visible(name)}: " + (f"only {expected} is" if expected else "no file is called so")
        )
    step = next_step(found, on)
    say_next(step.what, step.command, workspace)
    for other in also(found):
        say_next(other.what, other.command, workspace, "you may also")


def say_next(what: str, command: str, workspace: Workspace, when: str = "next") -> None:
    """Print what to do, and a command with the folders that this one was given, so that it runs as it stands."""
    print(f"{when}: {what}")
    print(f"  {shlex.join([*shlex.split(command), *given(workspace.data, workspace.out)])}")


def say_status_next(year: int, workspace: Workspace) -> None:
    """Say how to see where the year stands now: the last words of a command that has made something."""
    say_next("see where the year stands", f"aterrapport status {year}", workspace)


def uncoded(year: int, workspace: Workspace) -> None:
    """Print each comment that has no theme yet as a row to begin themes.csv with. Nothing is written."""
    from pipeline.language import visible
    from pipeline.money.year_store import in_store
    from pipeline.read import read_folder
    from pipeline.store import query

    workspace.years(year)
    data = read_folder(workspace.raw(year), f"raw/{year}")
    if not data.has("answers"):
        raise UserError(f"raw/{year}: there are no returns, and so no comments")
    themed = sorted({theme.question for theme in data.rules.theme})
    questions = themed or [question.id for question in data.rules.question if question.id == "comments"]
    with in_store([data]) as (_, connection):
        rows = query(connection, _UNCODED, year=year, questions=questions).rows()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("municipality", "question", "text"))
    writer.writerows([visible(str(cell)) for cell in row] for row in rows)
    print(text.getvalue(), end="")


def synthesize(year: int, seed: int, to: Path, workspace: Workspace) -> None:
    """Make up the answers of a year and write them to a file. Raise UserError outside a clone of the project."""
    try:
        from tools.synthesize.command import run
    except ModuleNotFoundError:
        raise UserError("synthesize belongs to the project's own folder; run it from a clone") from None
    run(year, seed, to, workspace)


def hold_target(option: str, path: Path, endings: tuple[str, ...], workspace: Workspace) -> None:
    """Raise UserError when a file to write lies in the raw data or has another ending."""
    if path.resolve().is_relative_to((workspace.data / "raw").resolve()):
        todo = "write it elsewhere, look at it, and move it there by hand"
        raise UserError(f"{option} {path}: not into the raw data; {todo}")
    if path.suffix not in endings:
        found, expected = path.suffix or "no ending", " or ".join(endings)
        raise UserError(f"{option} {path}: found {found!r}, expected a file ending in {expected}")
