"""Commands on a grant year: the form to send out, which comments are not coded yet, made-up answers for one."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import UserError
from pipeline.paths import Workspace
from pipeline.year import Language

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


def form(year: int, languages: list[Language], workspace: Workspace) -> None:
    """Write the form that municipalities fill in. Raise UserError, with nothing written, when the year has none."""
    from pipeline.declarations import read_declarations
    from pipeline.form import write_form, write_page
    from pipeline.money.screen import say_next
    from pipeline.year import read_year

    workspace.years(year)
    rules = read_year(workspace.raw(year), f"raw/{year}")
    declarations = read_declarations(workspace.reports)
    for language in languages:
        path = workspace.out / str(year) / f"form{'' if language == 'sv' else f'.{language}'}.xlsx"
        write_form(rules, declarations, path, language)
        write_page(rules, declarations, path.with_suffix(".html"), language)
        print(path, path.with_suffix(".html"), sep="\n")
    there = workspace.raw(year) / "returns"
    say_next(f"send it out, and put what comes back in {there}:", f"status {year}", workspace)


_CODED = """
    SELECT m.municipality, c.question, c.theme, c.who, NULL AS text
    FROM coded AS c JOIN municipalities AS m USING (municipality_code)
    WHERE c.year = $year
    ORDER BY c.file, c.row
"""


def uncoded(year: int, to: Path | None, workspace: Workspace) -> None:
    """Print each comment that has no theme yet as a row to begin themes.csv with.

    With `to` they are written as a workbook to fill in instead, below what is coded already.
    """
    import polars as pl

    from pipeline.files import csv_of
    from pipeline.mask import visible
    from pipeline.money.screen import say_next
    from pipeline.money.years import in_store
    from pipeline.paths import hold_target
    from pipeline.read import read_folder
    from pipeline.store import query
    from pipeline.workbook import write_workbook

    workspace.years(year)
    data = read_folder(workspace.raw(year), f"raw/{year}")
    if not data.has("answers"):
        raise UserError(f"raw/{year}: there are no returns, and so no comments")
    themed = sorted({theme.question for theme in data.rules.theme})
    questions = themed or [question.id for question in data.rules.question if question.id == "comments"]
    if to:
        hold_target("--to", to, (".xlsx",), workspace)
    with in_store([data]) as (_, connection):
        rows = query(connection, _UNCODED, year=year, questions=questions)
        coded = query(connection, _CODED, year=year)
    if to:
        blank = pl.lit(None, pl.String)
        to_do = rows.select("municipality", "question", blank.alias("theme"), blank.alias("who"), "text")
        frame = pl.concat([coded.with_columns(pl.col("text").cast(pl.String)), to_do])
        write_workbook(to, f"{data.rules.year}", {"themes": frame}, "sv", wide=("text",))
        say_next(f"fill it in, and put it into {workspace.raw(year)} as themes.xlsx:", f"check {year}", workspace)
        return
    print(csv_of(rows.with_columns(pl.all().map_elements(visible, pl.String))), end="")


def synthesize(year: int, seed: int, to: Path, workspace: Workspace) -> None:
    """Make up the answers of a year and write them to a file. Raise UserError outside a clone of the project."""
    try:
        from tools.synthesize.command import run
    except ModuleNotFoundError:
        raise UserError("synthesize belongs to the project's own folder; run it from a clone") from None
    run(year, seed, to, workspace)
