"""Commands with no steps: what goes out to municipalities, comments to code, a number explained, a new grant."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.files import csv_of, put_in_place, staged
from pipeline.language import NBSP, number
from pipeline.mask import escaped, visible
from pipeline.model import Language
from pipeline.paths import Workspace, hold_target
from pipeline.year import read_year

if TYPE_CHECKING:
    from pipeline.explain import Explanation, Term

_ANY_GRANT = (
    *("_quarto.yml", "quarto.yml", "reports/_extensions", "reports/phrases.toml", "reports/review.toml"),
    *("reports/constants.toml", "reports/accessibility.toml", "reports/accessibility.sv.md"),
    *("reports/accessibility.en.md", "reports/sentences.sv.md.j2", "reports/sentences.en.md.j2"),
)
"""What the report of any grant is made with: copied from the project that the command works in."""
_HERE = Path(__file__).parent
_WIDTH = 96
_ROLES = {"plus": "added", "minus": "taken away", "whole": "divided by", "base": "in the base", "listed": "in it"}
_UNITS = {"kr": " kr", "percent": " %"}


def form(year: int, languages: list[Language], workspace: Workspace) -> None:
    """Write the form that municipalities fill in. Raise UserError, with nothing written, when the year has none."""
    from pipeline.declarations import read_declarations
    from pipeline.form import write_form, write_page
    from pipeline.money.years import say_next

    workspace.years(year)
    rules, declarations = read_year(workspace.raw(year), f"raw/{year}"), read_declarations(workspace.reports)
    for language in languages:
        path = workspace.out / str(year) / f"form{'' if language == 'sv' else f'.{language}'}.xlsx"
        write_form(rules, declarations, path, language)
        write_page(rules, declarations, path.with_suffix(".html"), language)
        print(path, path.with_suffix(".html"), sep="\n")
    there = workspace.raw(year) / "returns"
    say_next(f"send it out, and put what comes back in {there}:", f"status {year}", workspace)


def uncoded(year: int, to: Path | None, workspace: Workspace) -> None:
    """Print each comment without a theme as a row of themes.csv; with `to`, write them as a workbook to fill in."""
    import polars as pl

    from pipeline.money.years import in_store, say_next
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
        rows = query(connection, (_HERE / "uncoded.sql").read_text("utf-8"), year=year, questions=questions)
        coded = query(connection, (_HERE / "coded.sql").read_text("utf-8"), year=year)
    if to:
        blank = pl.lit(None, pl.String)
        to_do = rows.select("municipality", "question", blank.alias("theme"), blank.alias("who"), "text")
        frame = pl.concat([coded.with_columns(pl.col("text").cast(pl.String)), to_do])
        write_workbook(to, f"{data.rules.year}", {"themes": frame}, "sv", wide=("text",))
        say_next(f"fill it in, and put it into {workspace.raw(year)} as themes.xlsx:", f"check {year}", workspace)
    else:
        print(csv_of(rows.with_columns(pl.all().map_elements(visible, pl.String))), end="")


def synthesize(year: int, seed: int, to: Path, workspace: Workspace) -> None:
    """Make up the answers of a year and write them to a file. Raise UserError outside a clone of the project."""
    try:
        from tools.synthesize.command import run
    except ModuleNotFoundError:
        raise UserError("synthesize belongs to the project's own folder; run it from a clone") from None
    run(year, seed, to, workspace)


def sheets(year: int, only: str | None, languages: Sequence[Language], workspace: Workspace) -> None:
    """Write the sheets of all, or of one municipality or region. UserError, with nothing written, for one not known."""
    from pipeline.letters.sheets import Sheets, all_codes, write_sheets
    from pipeline.steps.build import build, make_plan
    from pipeline.steps.engine import progress
    from pipeline.steps.line import Line, Order
    from pipeline.store import open_store

    order = Order("tables", year)
    if any(make_plan(Line(order, workspace)).why.values()):
        build(order, workspace)
    codes = all_codes() if only is None else [_code(only)]
    target = workspace.out / str(year) / "sheets"
    with open_store(workspace.store) as connection:
        there = connection.execute("SELECT has_requisitions AND has_returns FROM grant_years WHERE year = ?", [year])
        if not there.fetchall()[0][0]:
            raise UserError(f"{workspace.raw(year)}: the sheets need recipients.csv and returns.xlsx or returns.csv")
        rules, made = read_year(workspace.raw(year), f"raw/{year}"), list[Path]()
        with progress("sheets"), staged(workspace.processed) as stage:
            for language in languages:
                made += write_sheets(Sheets(connection, rules, language), codes, stage)
            put_in_place({target / path.name: path for path in made})
    print(*([target] if only is None else [target / path.name for path in made]), sep="\n")


def _code(only: str) -> str:
    """Return whose sheet is asked for: a municipality by name or code, a region by its whole name or `region-12`."""
    from pipeline.register import match, of_code, regions

    asked, found = only.casefold(), match(only)
    for region in regions().values():
        names = (region.name, region.short_name, f"{region.short_name} län", f"region-{region.code}", region.code)
        is_whole = asked in (region.name.casefold(), f"region-{region.code}")
        if is_whole or (found.municipality_code is None and asked in map(str.casefold, names)):
            return f"region-{region.code}"
    code = found.municipality_code or (known.code if (known := of_code(only)) else None)
    if code is None:
        near = f"did you mean {' or '.join(found.suggestions)}?" if found.suggestions else "see docs/commands.md"
        raise UserError(f"--only {only}: no municipality or region; {near}")
    return code


def explain(year: int, address: str, as_json: bool, workspace: Workspace) -> None:
    """Print what is known about an address. UserError when the store has not the year, or there is no such address."""
    from pipeline.explain import as_data
    from pipeline.study import open_study

    with open_study(year, workspace.data, "sv") as study:
        explained = study.explain(address)
    if as_json:
        print(escaped(json.dumps(as_data(explained), ensure_ascii=False, indent=2)))
    else:
        print(_as_text(explained).replace(NBSP, " "))


def _as_text(explanation: Explanation) -> str:
    """Write an explanation as text, no wider than a terminal, by the template in this folder."""
    from pipeline.phrases import filled

    filters: dict[str, Callable[..., str]] = {"wrapped": _wrapped, "labelled": _labelled}
    helpers = {"shown": _shown, "visible": visible, "roles": {"counted": "counted", **_ROLES}, "by_region": _by_region}
    return filled(_HERE / "explain.txt.j2", "sv", filters, it=explanation, **helpers)


def _shown(value: Any, unit: str) -> str:
    """Write a value with its unit, on one line."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}".replace(".", ",")
    if isinstance(value, int) and not isinstance(value, bool) and unit not in ("year", "age"):
        return number(value, "sv") + _UNITS.get(unit, "")
    return visible(str(value))


def _wrapped(text: str, first: str = "", then: str = "", breaks: bool = False) -> str:
    wrapper = textwrap.TextWrapper(_WIDTH, first, then, break_long_words=breaks, break_on_hyphens=breaks)
    return wrapper.fill(text)


def _labelled(text: str, label: str) -> str:
    return _wrapped(visible(text), f"{label:<12}", " " * 12)


def _by_region(term: Term) -> Iterator[tuple[str | None, list[str]]]:
    """Yield those behind a term, region by region from north to south: each with what it adds, where that is not just
    itself, and the row of its return. A name is never broken."""
    counts_heads = term.role in ("counted", "base") or (term.unit == "count" and term.total == len(term.municipalities))
    for region, members in groupby(term.municipalities, key=lambda each: each.region):
        told = []
        for member in members:
            adds = "" if counts_heads or member.value is None else f" {number(member.value, 'sv')}"
            row = "" if member.return_row is None else f" [{member.return_row}]"
            told.append(f"{visible(member.municipality)}{adds}{row}".replace(" ", NBSP))
        yield region, told


def new_grant(folder: Path, year: int, workspace: Workspace) -> None:
    """Make a project folder with one example year, and print what to run. UserError when the folder is there."""
    if folder.exists():
        raise UserError(f"{folder}: exists already; nothing was changed. Choose another folder")
    with staged(folder.parent) as stage:
        made = stage / folder.name
        shutil.copytree(_HERE.parent / "scaffold" / "files", made)
        for name in _ANY_GRANT:
            source, target = workspace.project / name, made / name
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        (made / "data/raw/YEAR").rename(made / f"data/raw/{year}")
        rules = made / f"data/raw/{year}/year.toml"
        rules.write_text(rules.read_text(encoding="utf-8").replace("year = YEAR", f"year = {year}"), encoding="utf-8")
        put_in_place({folder: made})
    print(f"{folder}: a project that builds; all in it is an example")
    print(f"next: aterrapport --project {folder} build {year}; then replace data/raw/{year}, and reports/ as you need")
