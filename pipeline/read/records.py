"""Tables that people fill in, row by row held to a model: corrections, decisions, and themes of free text."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.model import Fault, Model
from pipeline.read.sheets import read_sheet
from pipeline.read.values import WORDS, day, kronor
from pipeline.register import match
from pipeline.workbook import BLANK, column_titles
from pipeline.year import Year

SIGNED = ("reason", "who", "when")
"""Columns of a row that somebody decided on."""
ModelT = TypeVar("ModelT", bound=BaseModel)


def read_records(
    path: Path,
    shown_as: str,
    model: type[ModelT],
    required: Collection[str],
    decided: Collection[str] = (),
    blank: Collection[str] = BLANK,
) -> Iterator[tuple[int, ModelT]]:
    """Yield the rows of a table as records of a model, each with its number. One without anything in the columns of
    `decided` is not filled in yet, and passed over; the words of `blank` stand for a value that is to be blank.
    UnreadableInputError, naming row and column, for the first one that does not hold."""
    headers = {name: [name, *column_titles(name)] for name in model.model_fields}
    sheet = read_sheet(path, shown_as, [each for names in headers.values() for each in names])
    places = {name: at for name, names in headers.items() if (at := sheet.at(*names)) is not None}
    for name in required:
        if name not in places:
            sheet.require(name)
    for row in sheet.rows:
        cells = {name: cell for name, at in places.items() if (cell := row.cells[at])}
        if decided and not set(decided) & set(cells):
            if set(SIGNED) & set(cells):
                columns = " or ".join(repr(column_titles(name)[0]) for name in decided)
                expected = f"something in the column {columns}; for a value that is to be blank, {BLANK[0]}"
                raise UnreadableInputError("nothing is decided", file=shown_as, row=row.number, expected=expected)
            continue
        try:
            values = {name: _value(model, name, cell, blank) for name, cell in cells.items()}
            yield row.number, model.model_validate(values)
        except ValidationError as error:
            fault = Fault(model, dict(error.errors(include_url=False)[0]))
            column = sheet.header[places[fault.key]] if fault.key in places else fault.key or None
            raise UnreadableInputError(fault.problem, file=shown_as, row=row.number, column=column) from None


def _value(model: type[BaseModel], name: str, cell: str, blank: Collection[str]) -> Any:
    """Read a cell as a field of a model wants it; what is no such value stays text, which the model refuses."""
    wanted, word = str(model.model_fields[name].annotation), cell.casefold()
    if word in blank:
        return ""
    if "bool" in wanted:
        return word in WORDS["yes"] if word in WORDS["yes"] | WORDS["no"] else cell
    if "date" in wanted or "int" in wanted:
        read = day(cell) if "date" in wanted else kronor(cell)
        return cell if read is None else read
    return cell


class _Coded(Model):
    """Who wrote what about which theme, as a person has read it; who has read it."""

    municipality: str = ""
    question: str = ""
    theme: str = ""
    who: str = ""


def read_themes(path: Path, shown_as: str, rules: Year) -> list[dict[str, Any]]:
    """Read free text coded by hand into rows: municipality_code, question, theme, who, file, row. UnreadableInputError
    for a municipality, question or theme that year.toml does not know, and for a row that stands twice."""
    declared, rows = [f"{theme.question}/{theme.id}" for theme in rules.theme], list[dict[str, Any]]()
    for number, one in read_records(path, shown_as, _Coded, tuple(_Coded.model_fields), ("theme", "who"), ()):
        code, theme, wrong = match(one.municipality).municipality_code, f"{one.question}/{one.theme}", None
        coded = {"municipality_code": code, "question": one.question, "theme": one.theme}
        if code is None:
            wrong = ("municipality", one.municipality, "the name of a municipality")
        elif theme not in declared:
            wrong = ("theme", theme, f"one of {', '.join(declared) or 'none declared in year.toml'}")
        elif any(coded.items() <= earlier.items() for earlier in rows):
            wrong = ("theme", f"{one.municipality}: {theme}", "each theme once")
        if wrong:
            place: dict[str, Any] = {"file": shown_as, "row": number, "column": wrong[0]}
            raise UnreadableInputError("cannot be used", **place, found=wrong[1], expected=wrong[2])
        rows.append({**coded, "who": mask(one.who), "file": shown_as, "row": number})
    return rows
