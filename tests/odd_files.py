"""The form, the clean returns and the builders of the corpus: cells in, bytes out."""

import csv
import io
import re
import tomllib
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

YEAR_TOML = Path(__file__).with_name("data").joinpath("corpus_year.toml").read_text(encoding="utf-8")
"""The rules of the year and the form."""
FORM = {question["id"]: question for question in tomllib.loads(YEAR_TOML)["question"]}
_LISTED = {id_: its["option"] for id_, its in FORM.items() if "option" in its}
OPTIONS = {id_: {each["id"]: each["text"]["sv"] for each in its} for id_, its in _LISTED.items()}
COLLABORATION, METHOD = OPTIONS["collaboration"], OPTIONS["method"]
MULTI = {"Samverkan": COLLABORATION, "Metod": METHOD}
WHICH = "Metod: Annan metod, ange vilken: (text)"
HEADER = [question["column"] for question in FORM.values()]
HEADER.insert(HEADER.index("Metod") + 1, WHICH)
PLACES: dict[str, int] = {question: HEADER.index(each["column"]) for question, each in FORM.items()}
PLACES["method_text"] = HEADER.index(WHICH)

REQUISITIONED = {"Ale": 100_000, "Aneby": 200_000, "Malmö": 3_000_000, "Åmål": 400_000}
BEGUN_LATE = "Vi började för sent; hela bidraget betalas tillbaka."
SOON = "Vi börjar i höst – äntligen!"
WITH_OTHERS = "Ja, samverkar med civilsamhället;Ja, samverkar med annan kommun"
ALONE = "Nej, kommunen samverkar inte"
TWO_METHODS = "Motiverande samtal;Annan metod, ange vilken:"
ROWS: list[list[Any]] = [
    ["Ale kommun", date(2025, 1, 20), 0, 80_000, "Ja", WITH_OTHERS, TWO_METHODS, "Må bra-samtal", 120, "Tack!"],
    ["Aneby kommun", date(2025, 1, 21), 1500, 150_000, "Ja", ALONE, "FINGER-modellen", None, 40, None],
    ["Malmö stad", date(2025, 1, 22), 3_000_000, *[None] * 6, BEGUN_LATE],
    ["Åmåls kommun", date(2025, 1, 23), 0, 300_000, "Nej", "Ja, samverkar med annan kommun", *[None] * 3, SOON],
]
# What the store must hold of these rows: a number, a day, the options chosen, or a text.
_OF_ALE = (("civil_society", "other_municipality"), ("motivational_interviewing", "other"))
_READ: list[list[Any]] = [
    ["Ale kommun", date(2025, 1, 20), 0, 80_000, ("yes",), *_OF_ALE, "Må bra-samtal", 120, "Tack!"],
    ["Aneby kommun", date(2025, 1, 21), 1500, 150_000, ("yes",), ("none",), ("finger",), None, 40, None],
    ["Malmö stad", date(2025, 1, 22), 3_000_000, None, (), (), (), None, None, BEGUN_LATE],
    ["Åmåls kommun", date(2025, 1, 23), 0, 300_000, ("no",), ("other_municipality",), (), None, None, SOON],
]
CLEAN: dict[tuple[str, str], Any] = {
    (row[0], question): row[place] for row in _READ for question, place in PLACES.items() if row[place] is not None
}

Cells = Sequence[Sequence[Any]]
Finding = tuple[str, str, int | None, str, str | None]
"""rule, severity, row, field, value"""


@dataclass(frozen=True)
class Case:
    """A file, and what must come of it.

    `error`: words of the one line. `clean`: the answers are CLEAN and nothing is found. Else `values` (by row and
    question) and `found`, all of it; `whole` when rules find it that look at more than one cell.
    """

    name: str
    files: Mapping[str, bytes | None]
    error: tuple[str, ...] = ()
    clean: bool = False
    values: Mapping[tuple[int, str], Any] = field(default_factory=dict)
    found: Sequence[Finding] = ()
    whole: bool = False

    def write(self, folder: Path) -> None:
        """Write the year folder."""
        folder.mkdir(parents=True)
        recipients: Cells = [["recipient", "requisitioned_kr"], *REQUISITIONED.items()]
        files: dict[str, bytes | None] = {
            "year.toml": YEAR_TOML.encode(),
            "recipients.csv": csv_file(recipients, ","),
            **self.files,
        }
        for name, content in files.items():
            if content is not None:
                (folder / name).write_bytes(content)


def table(*changes: tuple[int, str, Any]) -> list[list[Any]]:
    """The header and the clean rows, with cells changed: row as a spreadsheet counts, question, what is written."""
    cells = [list(HEADER), *map(list, ROWS)]
    for row, question, written in changes:
        cells[row - 1][PLACES[question]] = written
    return cells


def csv_file(cells: Cells, delimiter: str = ";", encoding: str = "utf-8", **dialect: Any) -> bytes:
    """The cells as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, **dialect).writerows(cells)
    return text.getvalue().encode(encoding)


def book(*sheets: Cells, then: Callable[[Any], None] | None = None) -> bytes:
    """The cells as a workbook. `then` changes it."""
    made = openpyxl.Workbook()
    made.properties.created = made.properties.modified = datetime(2025, 1, 1)
    for place, cells in enumerate(sheets):
        sheet = made.worksheets[0] if place == 0 else made.create_sheet()
        for row in cells:
            sheet.append(row)
    if then:
        then(made)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def calculated(cells: Cells, formulas: Mapping[tuple[int, str], Any]) -> bytes:
    """The cells as a workbook in which some are formulas with a stored value, by row and question."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as made:
        made.set_properties({"created": datetime(2025, 1, 1)})
        sheet = made.add_worksheet()
        for place, row in enumerate(cells):
            sheet.write_row(place, 0, row)
        for (number, question), value in formulas.items():
            sheet.write_formula(number - 1, PLACES[question], "=Blad2!A1", None, value)
    return content.getvalue()


def package(content: bytes, change: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """A workbook with parts of its package changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, bytes)(old.read(name)))
    return made.getvalue()


def prefixed(xml: bytes) -> bytes:
    """Every element with a namespace prefix, as some report servers write."""
    return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x=", 1)


def option_columns(yes: Any, no: Any) -> list[list[Any]]:
    """The same answers, one column an option."""
    header, *rows = table()
    wide: list[list[Any]] = [[] for _ in range(len(rows) + 1)]
    for place, name in enumerate(header):
        for text in MULTI[name].values() if name in MULTI else [None]:
            wide[0].append(f"{name}: {text}" if text else name)
            for line, row in zip(wide[1:], rows, strict=True):
                chosen = str(row[place]).split(";")
                line.append((yes if text in chosen else no) if text else row[place])
    return wide


def mapped(cells: Cells, change: Callable[[Any], Any]) -> Cells:
    """Every cell changed."""
    return [[change(cell) for cell in row] for row in cells]


def options(change: Callable[[str], str]) -> Cells:
    """The table with the texts of the options chosen changed."""
    places = [PLACES["collaboration"], PLACES["method"]]
    rows = [[change(c) if c and p in places else c for p, c in enumerate(row)] for row in ROWS]
    return [HEADER, *rows]


def as_text(cell: Any) -> Any:
    return None if cell is None else str(cell)


def short(cells: Cells) -> Cells:
    return [row[: max(place for place, cell in enumerate(row, start=1) if cell is not None)] for row in cells]


def dated() -> Cells:
    """The rows with their days as text, which the writer of formulas wants."""
    return mapped(table(), lambda cell: cell.isoformat() if isinstance(cell, date) else cell)


def hide(made: Any) -> None:
    made.worksheets[0].sheet_state = "hidden"
    made.active = 1


def count_from_1904(made: Any) -> None:
    made.epoch = CALENDAR_MAC_1904


def chart_first(made: Any) -> None:
    chart = BarChart()
    chart.add_data(Reference(made.worksheets[0], min_col=3, min_row=2, max_row=5))
    made.create_chartsheet(index=0).add_chart(chart)


def stored_blank(xml: bytes) -> bytes:
    """As Excel stores the result of a formula that gives an empty text."""
    return re.sub(rb'<c r="(\w+)"><f>(.*?)</f><v></v>', rb'<c r="\1" t="str"><f>\2</f><v></v>', xml)


def merge(made: Any) -> None:
    made.worksheets[0].merge_cells("A1:J1")


def format_far(made: Any) -> None:
    for place in ("A400", "Z2", "Z400"):
        made.worksheets[0][place].font = Font(bold=True)


def archive(content: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr("returns.csv", content)
    return whole.getvalue()


def fails(name: str, files: Mapping[str, bytes | None], *words: str) -> Case:
    return Case(name, files, error=words)


def named(content: bytes | Mapping[str, bytes | None]) -> Mapping[str, bytes | None]:
    """Returns alone, under the name that such a file has."""
    return {f"returns.{'xlsx' if content[:2] == b'PK' else 'csv'}": content} if isinstance(content, bytes) else content


def odd(
    name: str,
    content: bytes | Mapping[str, bytes | None],
    *found: Finding,
    values: Mapping[tuple[int, str], Any] | None = None,
    whole: bool = False,
) -> Case:
    """A file that is read, with what is found in it."""
    return Case(name, named(content), values=values or {}, found=found, whole=whole)


TOLD = tomllib.loads(Path(__file__).with_name("corpus.toml").read_text(encoding="utf-8"))


def told(name: str, content: bytes | Mapping[str, bytes | None]) -> Case:
    """A file of which corpus.toml says what must come of it, if not the clean answers."""
    its = TOLD.get(name, {"clean": True})

    def value(it: Any) -> Any:
        return tuple(it) if isinstance(it, list) else None if it is False else it

    read = {(row, asked): value(it) for row, asked, it in its.get("values", ())}
    found = [tuple(map(value, each)) for each in its.get("found", ())]
    error, is_clean, is_whole = tuple(its.get("error", ())), its.get("clean", False), its.get("whole", False)
    return Case(name, named(content), error, is_clean, read, found, is_whole)
