"""The folder of a grant year, read whole: its rules, and frames of rows for each file it has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import polars as pl
from pydantic import create_model, model_validator

from pipeline.declarations import Declarations, read_declarations
from pipeline.files import sum_of
from pipeline.mask import mask, unless_personal
from pipeline.model import Identifier, Kronor, Model, read_model, unique
from pipeline.paths import REPORTS
from pipeline.read.corrections import CORRECTIONS, FIELDS, Correctable, Made, correct, read_corrections
from pipeline.read.records import read_themes
from pipeline.read.returns import NAMED, form_frames, named, read_all
from pipeline.read.roles import find_file, not_read
from pipeline.read.sheets import PLACE, PROBLEMS, Problem, Sheet, read_sheet
from pipeline.read.texts import check_printable, read_texts
from pipeline.read.values import day, key_count, kronor
from pipeline.register import of_code
from pipeline.year import Year, read_year

_ALLOCATIONS: dict[str, Any] = {"written": pl.String, **NAMED, "amount_kr": pl.Int64, "amount_text": pl.String}
_ALLOCATIONS |= {"key_count": pl.Int64, **PLACE}
_REQUISITIONS: dict[str, Any] = {"recipient": pl.String, **NAMED, "written_code": pl.String}
_REQUISITIONS |= {"requisitioned_kr": pl.Int64, "requisitioned_text": pl.String, "requisitioned_on": pl.Date, **PLACE}
_BESIDE = ("municipality", "rest_kr", "listed_kr")  # in the list that `allocate` makes, which may be copied here
_RECIPIENTS = ("recipient", "requisitioned_kr", "municipality_code", "requisitioned_on")


class PrintedTable(Model):
    """A table as print numbered and named it."""

    id: Identifier
    printed_as: str | None = None
    title: str | None = None
    note: str | None = None


class PrintedRow(Model):
    """One printed count or percentage."""

    table: Identifier
    option: Identifier
    year: int
    base: str | None = None
    base_n: int | None = None
    count: int | None = None
    percent: int | None = None
    label: str | None = None


class PrintedStatement(Model):
    """What print says without a number: how many chose each of `options`. `mainly`: over a third, and more than any
    other option; `some`: a quarter at most; `all`: everybody."""

    question: Identifier
    options: list[Identifier]
    says: Literal["mainly", "some", "all"]
    source: str


class PrintedRegion(Model):
    """One region as print named it."""

    code: str
    name: str
    municipalities: int | None = None


class Published(Model):
    """`published.toml`: what the year's report printed. Any figure may be missing; which there are:
    `published_model`."""

    totals: Any = None
    funds: list[Any] = []
    table: list[PrintedTable] = []
    row: list[PrintedRow] = []
    region: list[PrintedRegion] = []
    said: list[PrintedStatement] = []

    @model_validator(mode="after")
    def _each_stands_once(self) -> Self:
        unique([f"{row.table}/{row.option} of {row.year}" for row in self.row], "row")
        unique([str(funds.year) for funds in self.funds], "funds of a year")
        unique([region.code for region in self.region], "region")
        return self


def published_model(declarations: Declarations) -> type[Published]:
    """Return the model of the file: `[totals]` and `[[funds]]` know the declared measures and what else is printed."""
    kronor_, number, names = ((kind | None, None) for kind in (Kronor, int, list[str]))
    known: dict[str, Any] = {one.id: kronor_ if one.unit == "kr" else number for one in declarations.measure}
    known |= dict.fromkeys(declarations.printed_number, number) | {"year": (int, ...)}
    of_totals: dict[str, Any] = known | dict.fromkeys(declarations.printed_names, names)
    totals: Any = create_model("Totals", __base__=Model, **of_totals)
    funds: Any = create_model("Funds", __base__=Model, **known, comparable=(bool | None, None))
    return create_model("Published", __base__=Published, totals=(totals | None, None), funds=(list[funds], []))


@dataclass(frozen=True)
class SourceFile:
    """A raw file: what it is, where in the data folder, its SHA-256, and the sheet of a workbook that was read."""

    role: str
    file: str
    sha256: str
    sheet: str | None = None


@dataclass(frozen=True)
class YearData:
    """All that a year folder holds. A file that is not there has no frame."""

    rules: Year
    frames: Mapping[str, pl.DataFrame]
    published: Published | None
    files: tuple[SourceFile, ...] = ()

    def has(self, frame: str) -> bool:
        """Return whether the file behind a frame is there."""
        return frame in self.frames


def read_folder(folder: Path, shown_as: str) -> YearData:
    """Read a year folder, named `shown_as` ("raw/<year>") in messages and store. UserError for what cannot be read."""
    rules = read_year(folder, shown_as)
    check_printable(folder / "year.toml", f"{shown_as}/year.toml", rules.model_dump_json(exclude_none=True))
    found: dict[str, Path] = {"rules": folder / "year.toml"}
    for role in ("allocation", "recipients", "returns", "published", "corrections", "themes"):
        if path := find_file(folder, role, shown_as):
            found[role] = path
    shown = {role: f"{shown_as}/{path.name}" for role, path in found.items()}
    corrections = read_corrections(folder, shown_as, rules)
    rows: list[tuple[Any, ...]] = []
    for name, expected in not_read(folder):
        kind = "file_of_other_form" if expected else "file_unknown"
        rows.append((kind, "file", expected or mask(name), None, f"{shown_as}/{mask(name)}", None))
    problems = [pl.DataFrame(rows, PROBLEMS, orient="row")]
    frames, made, sheets = form_frames(rules, ()), Made(), dict[str, str | None]()
    for role, columns, required, read in _LISTS:
        if role in found:
            sheet = read_sheet(found[role], shown[role], columns, required)
            sender, sheets[role] = _whose(sheet) if role == "allocation" else "recipient", sheet.name
            of_list = [one for one in corrections if one.table == role]
            there = {
                name: Correctable(at, lambda text: kronor(text) or text)
                for name in columns
                if name in FIELDS and (at := sheet.at(name)) is not None
            }
            sheet, here = correct(sheet, sheet.require(sender), there, of_list)
            made.extend(here)
            name, frame, its_problems = read(sheet)
            frames[name] = frame
            problems.append(sheet.problems([*sheet.unread(), *its_problems]))
    of_returns = [one for one in corrections if one.table == "returns"]
    returns, here, files = read_all(found.pop("returns", None), folder, shown_as, rules, of_returns)
    made.extend(here)
    there_is = {"allocation", "recipients"} & set(found) | ({"returns"} if returns else set())
    unused = made.unused([one for one in corrections if one.table in there_is], shown_as)
    rows = [("confirmation_unused", one.field, mask(one.found), None, one._source, one._number) for one in unused]
    problems += [pl.DataFrame(rows, PROBLEMS, orient="row"), *([returns["problems"]] if returns else [])]
    numbered = [{"number": number, **row} for number, row in enumerate(made.rows, start=1)]
    frames |= {**returns, "problems": pl.concat(problems), "corrections": pl.DataFrame(numbered, schema=CORRECTIONS)}
    if "themes" in found:
        frames["coded"] = pl.DataFrame(read_themes(found["themes"], shown["themes"], rules))
        frames |= form_frames(rules, frames["questions"].filter("answered")["question"].to_list(), coded=True)
    own = read_texts(folder, shown_as)
    if own:
        frames["texts"] = pl.DataFrame([text._asdict() for text in own]).drop("file")
    published = None
    if "published" in found:
        published = read_model(found["published"], published_model(read_declarations(REPORTS)), shown["published"])
    sources = [SourceFile(role, shown[role], sum_of(path), sheets.get(role)) for role, path in found.items()]
    sources += [SourceFile("text", f"{shown_as}/{text.file}", sum_of(folder / text.file)) for text in own]
    sources += [SourceFile("returns", name, sum_of(path), sheet_name) for name, path, sheet_name in files]
    return YearData(rules, frames, published, tuple(sources))


def _whose(sheet: Sheet) -> str:
    """Return the column of a list that says whose the amount is: by code, or by name where there are no codes."""
    has_names_alone = sheet.at("municipality_code") is None and sheet.at("municipality") is not None
    return "municipality" if has_names_alone else "municipality_code"


def _allocations(sheet: Sheet) -> tuple[str, pl.DataFrame, Iterator[Problem]]:
    codes, counted = sheet.texts(sheet.require(_whose(sheet))), sheet.at("key_count")
    # Counts alone are a list whose amounts are still to be computed or decided.
    amounts = sheet.texts(sheet.require("amount_kr") if counted is None else sheet.at("amount_kr"))
    records = []
    for row, code, amount, count in zip(sheet.rows, codes, amounts, sheet.texts(counted), strict=True):
        known = of_code(code or "")
        whose = named(code) if known is None else {"municipality_code": known.code, "outcome": "matched"}
        read = {"amount_kr": unless_personal(kronor, amount or ""), "amount_text": amount and mask(amount)}
        read |= {"key_count": unless_personal(key_count, count or ""), "file": sheet.file, "row": row.number}
        records.append({"written": mask(code or ""), **whose, **read})
    frame = pl.DataFrame(records, schema=_ALLOCATIONS, orient="row")
    return "allocations", frame, _unreadable(sheet, "key_count", key_count)


def _requisitions(sheet: Sheet) -> tuple[str, pl.DataFrame, Iterator[Problem]]:
    recipients, amounts = (sheet.texts(sheet.require(name)) for name in ("recipient", "requisitioned_kr"))
    codes, days = (sheet.texts(sheet.at(name)) for name in ("municipality_code", "requisitioned_on"))
    records: list[dict[str, Any]] = [
        {"recipient": mask(recipient or ""), **named(recipient, code), "written_code": code and mask(code)}
        | {"requisitioned_kr": unless_personal(kronor, amount or ""), "requisitioned_text": amount and mask(amount)}
        | {"requisitioned_on": day(on or ""), "file": sheet.file, "row": row.number}
        for row, recipient, amount, code, on in zip(sheet.rows, recipients, amounts, codes, days, strict=True)
    ]
    frame = pl.DataFrame(records, schema=_REQUISITIONS, orient="row")
    return "requisitions", frame, _unreadable(sheet, "requisitioned_on", day)


def _unreadable(sheet: Sheet, column: str, read: Callable[[str], object]) -> Iterator[Problem]:
    """Cells of a column that may be missing, but are there and cannot be read. The columns of amounts have rules."""
    for row, text in sheet.cells(sheet.texts(sheet.at(column))):
        if unless_personal(read, text) is None:
            yield "unreadable", column, mask(text), row


_LISTS = (
    ("allocation", ("municipality_code", "amount_kr", "key_count", *_BESIDE), (), _allocations),
    ("recipients", _RECIPIENTS, _RECIPIENTS[:2], _requisitions),
)
