"""A corpus of bad and odd files, each with what must come of it. `python -m tests.corpus FOLDER` writes them.

Every case is a year folder: the form and the recipients of odd_files.py, and returns that are odd in one way. What is
expected is written by hand. A case gives either an error (exit status 2), or the clean answers, or values and findings
of its own.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from datetime import date, datetime, time
from pathlib import Path

from tests.odd_files import (
    HEADER,
    PLACES,
    REQUISITIONED,
    ROWS,
    TOLD,
    Case,
    Cells,
    amount,
    archive,
    as_text,
    book,
    calculated,
    cell,
    chart_first,
    clean,
    count_from_1904,
    csv_file,
    dated,
    day,
    format_far,
    hide,
    mapped,
    merge,
    no_day,
    option_columns,
    options,
    package,
    prefixed,
    short,
    stored_blank,
    table,
    told,
    unsure,
)
from tests.reported import reported

BASE = csv_file(table())
TEXT = BASE.decode()
XLSX = book(table())
IDENTITY = "19811218-9876"  # the Tax Agency's own example


def _layouts() -> list[Case]:
    """Every way that survey tools and spreadsheets write the same table. All give the clean answers."""
    inset: Cells = [[], [], [], *[[None, None, *row] for row in table()]]
    older: Cells = [HEADER, ["Ale kommun", None, 99_999]]
    returned = options(lambda text: text.replace(";", "_x000D_\n"))
    summary: Cells = [["Mottagare", "Antal personer"], ["Alla", 160]]
    blank = calculated(dated(), {(4, "salary_kr"): "", (4, "persons_total"): ""})
    spaced = [[f" \u00a0{name.upper().replace(' ', chr(10), 1)}\n" for name in HEADER], *ROWS]
    return [
        clean("utf-8 with a mark, semicolons", csv_file(table(), encoding="utf-8-sig")),
        clean("utf-8, commas", csv_file(table(), ",")),
        clean("utf-8, tabs", csv_file(table(), "\t")),
        clean("cp1252, semicolons", csv_file(table(), encoding="cp1252")),
        clean("cp1252, tabs", csv_file(table(), "\t", "cp1252")),
        clean("utf-16, tabs", csv_file(table(), "\t", "utf-16")),
        clean("utf-16 of the other byte order", b"\xfe\xff" + csv_file(table(), ";", "utf-16-be")),
        clean("every cell in quotes", csv_file(table(), ",", quoting=csv.QUOTE_ALL)),
        clean("line feeds alone", csv_file(table(), lineterminator="\n")),
        clean("carriage returns alone", csv_file(table(), lineterminator="\r")),
        clean("no end of the last line", BASE.rstrip()),
        clean("columns in reverse", csv_file([row[::-1] for row in table()])),
        clean("header in capitals, with spaces and line breaks", csv_file(spaced)),
        clean(
            "header with letters split from their marks",
            csv_file([[unicodedata.normalize("NFD", n) for n in HEADER], *ROWS]),
        ),
        clean("header with marks that nobody sees", csv_file([[f"\u200e{name}\u200b" for name in HEADER], *ROWS])),
        clean("a title above", csv_file([["Återrapporter 2024"], [], ["Uttag 2025-02-01", "", "x"], *table()])),
        clean("many blank rows above", b"\r\n" * 30 + BASE),
        clean("the delimiter in a first line, as Excel wants it", b"sep=;\r\n" + BASE),
        clean("blank rows in the middle", csv_file([row for line in table() for row in (line, [], [None, "  "])])),
        clean("rows that end early", csv_file([["" if c is None else c for c in row] for row in short(table())])),
        clean("delimiters at the end of every row", csv_file([[*row, "", ""] for row in table()])),
        clean("one column an option, 1 and 0", csv_file(option_columns(1, 0))),
        clean("one column an option, x and blank", csv_file(option_columns("x", None), ",")),
        clean("one column an option, Ja and Nej", csv_file(option_columns("Ja", "Nej"))),
        clean("one column an option, TRUE and FALSE", csv_file(option_columns("TRUE", "FALSE"))),
        clean("one column an option, SANT and FALSKT", csv_file(option_columns("SANT", "FALSKT"))),
        clean("xlsx", XLSX),
        clean("xlsx, every cell as text", book(mapped(table(), as_text))),
        clean("xlsx, one column an option, truth values", book(option_columns(True, False))),
        clean("xlsx, empty first sheet", book([], table())),
        clean("xlsx, a summary on the first sheet", book(summary, table())),
        clean("xlsx, a template without rows on the first sheet", book([HEADER], table())),
        clean("xlsx, an older copy on a hidden sheet", book(older, table(), then=hide)),
        clean("xlsx, merged title", book([["Återrapporter 2024"], [], *table()], then=merge)),
        clean("xlsx, table from C4", book(inset)),
        clean("xlsx, formats far below and beside", book(table(), then=format_far)),
        clean(
            "xlsx, formulas with stored values",
            calculated(dated(), {(2, "persons_total"): 120, (3, "unused_kr"): 1500}),
        ),
        clean("xlsx, a formula that gives nothing", package(blank, {"xl/worksheets/sheet1.xml": stored_blank})),
        clean("xlsx, table from C4 and a formula", book(inset, [["=1+1"]])),
        clean("xlsx, a chart sheet first and a formula", book(table(), [["=1+1"]], then=chart_first)),
        clean("xlsx, days counted from 1904", book(table(), then=count_from_1904)),
        clean("xlsx, elements with a prefix", package(XLSX, {"xl/worksheets/sheet1.xml": prefixed})),
        clean("xlsx, carriage returns in cells", book(returned)),
        clean("xlsx, carriage returns in cells and a formula", book(returned, [["=1+1"]])),
    ]


def _values() -> list[Case]:
    """Amounts and days in every form that is sure."""
    return [
        amount("471968", 471_968),
        amount("471 968", 471_968),
        amount("471\u00a0968 kr", 471_968),
        amount("1\u2009471\u2009968 kronor", 1_471_968),
        amount("1\u202f471\u202f968", 1_471_968),
        amount("471 968,00", 471_968),
        amount("471968.00 SEK", 471_968),
        amount("471 968:-", 471_968),
        amount("471968,-", 471_968),
        amount("0", 0),
        day("2024-12-31 23:59:59", date(2024, 12, 31)),
        day("2025-01-20T08:30", date(2025, 1, 20)),
        day("20250120", date(2025, 1, 20)),
        day("2025/01/20", date(2025, 1, 20)),
        day("20 januari 2025", date(2025, 1, 20)),
        day("3 Jan. 2025", date(2025, 1, 3)),
        told(
            "xlsx, a day with a time",
            book(table((3, "submitted_on", datetime(2025, 1, 21, 9, 30)), (4, "unused_kr", 471_968.0))),
        ),
    ]


def _unsure() -> list[Case]:
    """What may mean more than one thing, or nothing: a finding with the text, and no value."""
    error = b'<c r="C3" t="e"><v>#REF!</v></c>'
    replaced = package(XLSX, {"xl/worksheets/sheet1.xml": lambda xml: re.sub(rb'<c r="C3"[^/]*?</v></c>', error, xml)})
    amounts = ["250 tkr", "ca 50000", "1.234,50", "1.500", "1,500", "1'500", "1_500", "1 5000", "-1500", "\u22121500"]
    amounts += [
        "(1500)",
        "5 %",
        "1e5",
        "12,5",
        "0,4 mkr",
        "noll",
        "1500?",
        "½",
        "1500\u200e",
        "１５００",
        "#N/A",
        "=C2+C4",
    ]
    days = ["2025-02-31", "2025-13-01", "21/1 2025", "01-02-2025", "1/2/25", "45678", "i januari", "June 3, 2024"]
    return [
        *[unsure(text) for text in amounts],
        unsure("9" * 5000),
        *[no_day(text) for text in days],
        told(
            "xlsx, a formula without a stored value",
            book(table((3, "unused_kr", "=SUM(A1:A2)"), (2, "persons_total", "=1+1"))),
        ),
        told(
            "xlsx, a formula without a stored value in a table from C4",
            book([[], [], [], *[[None, None, *row] for row in table((3, "unused_kr", "=1+1"))]]),
        ),
        told(
            "xlsx, a formula without a stored value in elements with a prefix",
            package(book(table((3, "unused_kr", "=1+1"))), {"xl/worksheets/sheet1.xml": prefixed}),
        ),
        told(
            "xlsx, formulas with stored errors",
            calculated(dated(), {(3, "unused_kr"): "#N/A", (2, "comments"): "#REF!"}),
        ),
        told("xlsx, an error without a formula", replaced),
        told(
            "xlsx, a truth value, a day and a part of a krona as amounts",
            book(table((2, "unused_kr", True), (3, "unused_kr", date(2025, 1, 5)), (4, "unused_kr", 0.5))),
        ),
        told(
            "xlsx, a day as a number and a time without a day",
            book(table((3, "submitted_on", 45678), (2, "submitted_on", time(10, 30)))),
        ),
    ]


def _answers() -> list[Case]:
    """Choices and options that do not fit the form."""
    third = option_columns(1, 0)
    third[2][third[0].index("Samverkan: Ja, samverkar med annan kommun")] = "kanske"
    lacking = [
        [c for c, name in zip(row, third[0], strict=True) if name != "Metod: FINGER-modellen"]
        for row in option_columns(1, 0)
    ]
    both = [[*row, row[PLACES["collaboration"]]] for row in table()]
    both[0][PLACES["collaboration"]] = "Samverkan: Nej, kommunen samverkar inte"
    return [
        told("a word of one's own in an option's column", csv_file(third)),
        told("one option's column is missing", csv_file(lacking)),
        told("one column and one column an option", csv_file(both)),
    ]


def _rows() -> list[Case]:
    """Rows that are no return, and returns that are too many."""
    again = [["Ale", "2025-01-25", 10, 80_000, "Ja", "Nej, kommunen samverkar inte", "FINGER-modellen", None, 5, None]]
    undated = [["Ale", None, *again[0][2:]]]
    one = ["Ale kommun", date(2025, 1, 20), 0]
    return [
        told("a row of totals", csv_file([*table(), ["Summa", None, 3_001_500, 530_000]])),
        told("a note below the table", csv_file([*table(), [], ["Källa: enkätverktyget, 2025-02-01"]])),
        told("the header once more in the middle", csv_file([*table()[:3], HEADER, *table()[3:]])),
        told("a row without a name", csv_file([*table(), [None, "2025-01-24", 5]])),
        told("a region", csv_file([*table(), ["Region Skåne", "2025-01-24", 5]])),
        told("a municipality that got nothing", csv_file([*table(), ["Kiruna", "2025-01-24", 5]])),
        told("sent in twice", csv_file([*table(), *again])),
        told("sent in twice, once without a day", csv_file([*table(), *undated])),
        told("no amount and no return", csv_file([HEADER, one[:2], *ROWS[1:3]])),
    ]


def _personal() -> list[Case]:
    """Personal data, which is masked and found wherever it stands."""
    numbers = [IDENTITY, "811218-9876", "198112189876", "811218+9876", "19811218 9876", "811218 – 9876"]
    numbers += ["1981-12-18-9876"]
    numbers += ["811278-9873"]  # a coordination number
    phones = ["070-123 45 67", "0701234567", "+46 70 123 45 67", "+46 (0)70-123 45 67", "08-123 456 78"]
    phones += ["(0920) 123 45"]
    mails = ["anna.berg@exempel.se", "ANNA+1@mejl.exempel.se"]
    masks = {"[personnummer]": numbers, "[telefon]": phones, "[e-post]": mails}
    shown = "Ring {} i morgon."
    return [
        *[
            cell(
                f"in a comment: {written}",
                "comments",
                shown.format(written),
                shown.format(word),
                "personal_data",
                shown=shown.format(word),
            )
            for word, forms in masks.items()
            for written in forms
        ],
        told("an identity number in a header", csv_file([[*HEADER, f"Svar {IDENTITY}"], *ROWS])),
        told(
            "an identity number in the header of a column that is needed",
            csv_file([[f"Oanvänt belopp (kr) {IDENTITY}" if "belopp" in n else n for n in HEADER], *ROWS]),
        ),
    ]


def _texts() -> list[Case]:
    """Texts that would harm who trusted them. They are kept as they are."""
    kept = {
        "html": '<script>alert("Ale")</script><b>&amp;</b>',
        "an emoji and a flag": "Bra 👍🏽 🇸🇪",
        "marks that turn the writing": "\u202eeksnevs\u202c \u05d0\u05d1 \u200f!",
        "quotes, delimiters and line breaks": 'Hon sa: "ja; nej",\r\nsedan\tinget',
        "control letters": "a\x01b\x1b[31mröd\x1b[0m\x7f",
        "line ends of other kinds": "a\u2028b\x0bc\x85d",
        "100 000 letters": "å" * 100_000,
        "100 000 letters without a space": "a." * 50_000,
        "sql": "'; DROP TABLE returns; --",
        "a template": "{value} %s ${x} {{y}} \\n",
        "markdown": "# Rubrik\n|a|b|\n[x](http://x.se) *stort*",
        "typst": '#read("year.toml") $x$ @tbl-x',
        "math and old letters": "𝒜𝓁𝑒 ǅ ﬁ \u0301a",
    }
    return [
        *[cell(f"text: {name}", "comments", text, text) for name, text in kept.items()],
        told(
            "100 000 letters and html for names, a formula and a template for amounts",
            csv_file([*table(), ["å" * 100_000, None, "=1+1"], ["<b>Ale</b>", None, "{value!r} {recipient}"]]),
        ),
    ]


def _columns() -> list[Case]:
    """Columns too many or too few."""
    without = [[c for c, name in zip(row, HEADER, strict=True) if name != "Samverkan"] for row in table()]
    unnamed = [
        [*row[:4], extra, *row[4:]] for row, extra in zip(table(), [None, None, "ring dem", None, "x"], strict=True)
    ]
    return [
        told(
            "columns that the form does not have",
            csv_file([[*row, extra, extra] for row, extra in zip(table(), ["Svars-id", 1, 2, 3, 4], strict=True)]),
        ),
        told("a column without a header", csv_file(unnamed)),
        told("xlsx, a note beside the table", book([*table()[:2], [*table()[2], None, "ring dem"], *table()[3:]])),
        told("a question without its column", csv_file(without)),
        told(
            "columns of recipients.csv that nobody knows, and a day that cannot be read",
            {
                "returns.csv": BASE,
                "recipients.csv": csv_file(
                    [["recipient", "requisitioned_kr", "requisitoned_on", "requisitioned_on"]]
                    + [
                        [name, amount, None, "i maj"] if name == "Ale" else [name, amount]
                        for name, amount in REQUISITIONED.items()
                    ],
                    ",",
                ),
            },
        ),
    ]


def _broken() -> list[Case]:
    """Files that cannot be read: one line that says what, where and what to do."""
    header = ";".join(HEADER)
    misread = TEXT.encode().decode("cp1252").encode()
    part = "xl/worksheets/sheet1.xml"
    formula = book(table((3, "persons_total", "=1+1")))
    return [
        told("empty", b""),
        told("a mark alone", b"\xef\xbb\xbf"),
        told("blank rows alone", b";;;\r\n\r\n \t;\xc2\xa0\r\n"),
        told("a header alone", header.encode()),
        told("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        told("utf-16 without a mark", TEXT.encode("utf-16-le")),
        told("half a letter of utf-16", csv_file(table(), "\t", "utf-16")[:-1]),
        told("a quote that never ends", TEXT.replace("Vi börjar", '"Vi börjar').encode()),
        told("a letter after a quote", TEXT.replace("2025-01-21", '"2025"-01-21').encode()),
        told(
            "an amount that the delimiter splits",
            csv_file([row[:3] for row in table()], ",").replace(b"3000000", b"3,000,000"),
        ),
        told("a cell too many", csv_file([*table()[:4], [*table()[4], "x"]])),
        told(
            "a column that is needed is missing",
            csv_file([["Oanvända medel" if name.startswith("Oanvänt") else name for name in HEADER], *ROWS]),
        ),
        told("no column for the recipient", csv_file([row[1:] for row in table()])),
        told("upright strokes as delimiter", csv_file(table(), "|")),
        told("a list of names", b"Ale\nAneby\n"),
        told("utf-8 read as cp1252 and saved", misread),
        told("a column twice", csv_file([[*row, row[2]] for row in table()])),
        told("a web page", b"<!DOCTYPE html><html><body><table><tr><td>Ale</td></tr></table>"),
        told("a spreadsheet named .csv", XLSX),
        told("csv named .xlsx", BASE, ending="xlsx"),
        told("a web page named .xlsx", b"<html><table><tr><td>1</td></tr></table></html>", ending="xlsx"),
        told("an empty .xlsx", b"", ending="xlsx"),
        told("an old or a locked workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, ending="xlsx"),
        told("another archive named .xlsx", archive(BASE), ending="xlsx"),
        told("half a workbook", XLSX[: len(XLSX) // 2], ending="xlsx"),
        told("a workbook with a broken sheet", package(XLSX, {part: lambda xml: xml[:300]}), ending="xlsx"),
        told("a workbook with broken styles", package(formula, {"xl/styles.xml": lambda _: b"<x"}), ending="xlsx"),
        told(
            "a workbook with broken properties and a formula",
            package(formula, {"docProps/core.xml": lambda _: b"<x"}),
            ending="xlsx",
        ),
        told(
            "a workbook without sheets",
            package(XLSX, {"xl/workbook.xml": lambda xml: re.sub(rb"<sheet .*?/>", b"", xml)}),
            ending="xlsx",
        ),
        told("an empty workbook", book([]), ending="xlsx"),
        told("a workbook with a header alone", book([HEADER]), ending="xlsx"),
        told("a workbook with the table on two sheets", book(table()[:3], [HEADER, *ROWS[2:]]), ending="xlsx"),
        told("csv and xlsx", {"returns.csv": BASE, "returns.xlsx": XLSX}),
    ]


CASES = [*_layouts(), *_values(), *_unsure(), *_answers(), *_rows(), *_personal(), *_texts(), *_columns(), *_broken()]
CASES += [told(name, csv_file(table(*its["cells"]))) for name, its in TOLD.items() if "cells" in its]
CASES += reported()


def main(target: Path) -> None:
    """Write every case into a folder of its own."""
    for number, case in enumerate(CASES, start=1):
        name = re.sub(r"[^a-zåäö0-9]+", "-", case.name.casefold()).strip("-")
        case.write(target / f"{number:03d}-{name[:60]}")
    sys.stdout.write(f"{len(CASES)} folders in {target}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
