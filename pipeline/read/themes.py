"""Free text coded by hand: `themes.csv` as answers to a question of its own, counted like any multi question.

The themes are declared in year.toml. `<question>_themes` is asked of whom the question is asked; who wrote nothing that
was coded stays in the base with no theme.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.read.sheets import Sheet, read_sheet
from pipeline.register import match
from pipeline.workbook import column_titles
from pipeline.year import Year

COLUMNS = ("municipality", "question", "theme", "who")


def read_themes(path: Path, shown_as: str, rules: Year) -> list[dict[str, Any]]:
    """Read themes.csv into rows: municipality_code, question, theme, who, file, row.

    UnreadableInputError for a municipality, question or theme that is not known, and for a row that stands twice.
    """
    titles = {name: (name, *column_titles(name)) for name in COLUMNS}
    sheet = read_sheet(path, shown_as, [title for each in titles.values() for title in each])
    places = [
        sheet.require(next((title for title in titles[name] if sheet.at(title) is not None), name)) for name in COLUMNS
    ]
    declared = {(theme.question, theme.id) for theme in rules.theme}
    rows: list[dict[str, Any]] = []
    for row in sheet.rows:
        municipality, question, theme, who = (row.cells[place] or "" for place in places)
        if not theme and not who:
            continue  # nobody has coded it yet
        code = match(municipality).municipality_code
        if code is None:
            raise _wrong(sheet, row.number, "municipality", municipality, "the name of a municipality")
        if (question, theme) not in declared:
            known = ", ".join(f"{each.question}/{each.id}" for each in rules.theme) or "none declared in year.toml"
            raise _wrong(sheet, row.number, "theme", f"{question}/{theme}", f"one of {known}")
        coded = {"municipality_code": code, "question": question, "theme": theme}
        if any(coded.items() <= earlier.items() for earlier in rows):
            raise _wrong(sheet, row.number, "theme", f"{municipality}: {question}/{theme}", "each theme once")
        rows.append({**coded, "who": mask(who), "file": sheet.file, "row": row.number})
    return rows


def _wrong(sheet: Sheet, row: int, column: str, found: str, expected: str) -> UnreadableInputError:
    return UnreadableInputError(
        "cannot be used", file=sheet.file, row=row, column=column, found=found, expected=expected
    )
