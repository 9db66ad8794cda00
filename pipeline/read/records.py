"""Tables that people fill in by hand, read into models: a row a record, its columns in Swedish or by their ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.errors import UnreadableInputError
from pipeline.model import Fault
from pipeline.read.sheets import Sheet, read_sheet
from pipeline.read.values import day, kronor
from pipeline.workbook import BLANK, column_titles

ModelT = TypeVar("ModelT", bound=BaseModel)

SIGNED = ("reason", "who", "when")
"""What stands in a row that somebody has decided."""
_YES, _NO = ("x", "1", "ja", "yes", "true", "sant"), ("0", "nej", "no", "false", "falskt")
_MARKS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


def read_records(
    path: Path, shown_as: str, model: type[ModelT], required: Collection[str], decided: Collection[str] = ()
) -> Iterator[tuple[int, ModelT]]:
    """Yield the rows of a table as records of a model, each with its number in the file.

    A row in which all columns of `decided` are blank has not been filled in yet, and is passed over; one that is signed
    says nothing. UnreadableInputError for such a row, and naming row and column for the first one that does not hold.
    """
    headers = {name: [name, *column_titles(name)] for name in model.model_fields}
    sheet = read_sheet(path, shown_as, [each for names in headers.values() for each in names])
    places = {name: at for name, names in headers.items() if (at := _place(sheet, names)) is not None}
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
            yield row.number, model.model_validate({name: _value(model, name, cell) for name, cell in cells.items()})
        except ValidationError as error:
            fault = Fault(model, dict(error.errors(include_url=False)[0]))
            column = sheet.header[places[fault.key]] if fault.key in places else fault.key or None
            raise UnreadableInputError(fault.problem, file=shown_as, row=row.number, column=column) from None


def _place(sheet: Sheet, names: list[str]) -> int | None:
    return next((at for name in names if (at := sheet.at(name)) is not None), None)


def _value(model: type[BaseModel], name: str, cell: str) -> Any:
    """Read a cell as a field of a model wants it; what is no such value stays text, which the model refuses."""
    wanted = str(model.model_fields[name].annotation)
    if "bool" in wanted:
        return _MARKS.get(cell.casefold(), cell)
    if "date" in wanted:
        return _or_text(day(cell), cell)
    if "int" in wanted:
        return _or_text(kronor(cell), cell)
    return "" if cell.casefold() in BLANK else cell


def _or_text(value: date | int | None, cell: str) -> Any:
    return cell if value is None else value
