"""A corpus of bad and odd files, each with what must come of it. `python -m tests.corpus FOLDER` writes them.

Every case is a year folder: the form and the recipients of odd_files.py, and returns that are odd in one way. What is
expected is written by hand, in corpus.toml: an error (exit status 2), or values and findings; of a file that stands not
there, the clean answers.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from tests.odd_files import *

BASE = csv_file(table())
TEXT = BASE.decode()
XLSX = book(table())
KEY = b"municipality_code,amount_kr,key_count\n"
IDENTITY = "19811218-9876"  # the Tax Agency's own example
SHEET = "xl/worksheets/sheet1.xml"
Files = dict[str, bytes | Mapping[str, bytes | None]]
"""By the name of the case, its returns, or several files of the year's folder."""


def replaced(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    return lambda xml: re.sub(pattern, by, xml)


def headed(form: str) -> Cells:
    """One column an option, with headers of another form."""
    header, *rows = option_columns("Ja", None)
    of = {f"{name}: {text}": form.format(name, text) for name, its in MULTI.items() for text in its.values()}
    return [[of.get(name, name) for name in header], *rows]


def own_texts() -> list[list[Any]]:
    """One column an option, where the option's text says that it was chosen."""
    header, *rows = option_columns("x", None)
    texts = [name.partition(": ")[2] for name in header]
    return [header, *[[text if c == "x" else c for text, c in zip(texts, row, strict=True)] for row in rows]]


def two_rows(second: bool) -> Cells:
    """Each option in a column of its own, headed by its question alone and its text in a second row."""
    header, *rows = own_texts()
    split = [name.partition(": ") if name != WHICH else (name, "", "") for name in header]
    names = [name for name, _, _ in split]
    first = [name if names.index(name) == at else None for at, name in enumerate(names)]
    return [first, *[[text or "Open-Ended Response" for _, _, text in split]] * second, *rows]


def dated_by(*numbers: bytes) -> bytes:
    """The clean returns as a workbook in which these numbers stand for days."""
    changes = {rb'(<c r="B%d"[^>]*><v>)[^<]*' % row: rb"\g<1>" + number for row, number in enumerate(numbers, start=2)}

    def change(xml: bytes) -> bytes:
        for old, new in changes.items():
            xml = re.sub(old, new, xml)
        return xml

    return package(XLSX, {SHEET: change})


def far(cell: str) -> bytes:
    """A workbook with something in a cell far away."""

    def then(made: Any) -> None:
        made.active[cell] = "x"

    return book(table()[:2], then=then)


MANY = b"<!-- " + b"<c <row " * 100_000 + b" --><sheetData>"
"""Took minutes to look through, by the square of its length."""


def layouts() -> Files:
    """Every way that survey tools and spreadsheets write the same table; options by other marks, or split by commas."""
    inset: Cells = [[], [], [], *[[None, None, *row] for row in table()]]
    older: Cells = [HEADER, ["Ale kommun", None, 99_999]]
    returned = options(lambda text: text.replace(";", "_x000D_\n"))
    summary: Cells = [["Mottagare", "Antal personer"], ["Alla", 160]]
    title: Cells = [["Återrapporter 2024"], [], ["Uttag 2025-02-01", "", "x"], *table()]
    blank = calculated(dated(), {(4, "salary_kr"): "", (4, "persons_total"): ""})
    stored = calculated(dated(), {(2, "persons_total"): 120, (3, "unused_kr"): 1500})
    spaced = [[f" \u00a0{name.upper().replace(' ', chr(10), 1)}\n" for name in HEADER], *ROWS]
    imported = [f'{{"ImportId":"QID{at}"}}' for at in range(len(HEADER))]
    marks = [("Checked", "Unchecked"), ("y", "n"), ("1.0", "0.0"), ("Selected", "Not selected"), ("Vald", "Ej vald")]
    marks += [("Sant", "Falskt"), ("Markerad", "Inte markerad"), ("Yes", "No"), ("✓", ""), ("on", "off"), ("Ja", "Nej")]
    marks += [("TRUE", "FALSE"), ("SANT", "FALSKT")]
    forms = ("{} [{}]", "{} - {}", "{}/{}", "{} (choice={})")
    return {
        "utf-16 of the other byte order": b"\xfe\xff" + csv_file(table(), ";", "utf-16-be"),
        "no end of the last line": BASE.rstrip(),
        "columns in reverse": csv_file([row[::-1] for row in table()]),
        "header in capitals, with spaces and line breaks": csv_file(spaced),
        "header with split letters": csv_file([[unicodedata.normalize("NFD", name) for name in HEADER], *ROWS]),
        "header with marks that nobody sees": csv_file([[f"\u200e{name}\u200b" for name in HEADER], *ROWS]),
        "a title above": csv_file(title),
        "many blank rows above": b"\r\n" * 30 + BASE,
        "the delimiter in a first line, as Excel wants it": b"sep=;\r\n" + BASE,
        "blank rows in the middle": csv_file([row for line in table() for row in (line, [], [None, "  "])]),
        "rows that end early": csv_file([["" if c is None else c for c in row] for row in short(table())]),
        "delimiters at the end of every row": csv_file([[*row, "", ""] for row in table()]),
        "one column an option, 1 and 0": csv_file(option_columns(1, 0)),
        "one column an option, x and blank": csv_file(option_columns("x", None), ","),
        "xlsx": XLSX,
        "xlsx, every cell as text": book(mapped(table(), as_text)),
        "xlsx, one column an option, truth values": book(option_columns(True, False)),
        "xlsx, empty first sheet": book([], table()),
        "xlsx, a summary on the first sheet": book(summary, table()),
        "xlsx, a template without rows on the first sheet": book([HEADER], table()),
        "xlsx, an older copy on a hidden sheet": book(older, table(), then=hide),
        "xlsx, merged title": book([["Återrapporter 2024"], [], *table()], then=merge),
        "xlsx, table from C4": book(inset),
        "xlsx, formats far below and beside": book(table(), then=format_far),
        "xlsx, formulas with stored values": stored,
        "xlsx, a formula that gives nothing": package(blank, {SHEET: stored_blank}),
        "xlsx, table from C4 and a formula": book(inset, [["=1+1"]]),
        "xlsx, a chart sheet first and a formula": book(table(), [["=1+1"]], then=chart_first),
        "xlsx, days counted from 1904": book(table(), then=count_from_1904),
        "xlsx, elements with a prefix": package(XLSX, {SHEET: prefixed}),
        "xlsx, a remark that looks like many cells": package(XLSX, {SHEET: replaced(b"<sheetData>", MANY)}),
        "xlsx, carriage returns in cells": book(returned),
        "xlsx, carriage returns in cells and a formula": book(returned, [["=1+1"]]),
        **{f"one column an option, {yes} and {no}": csv_file(option_columns(yes, no or None)) for yes, no in marks},
        **{f"one column an option, headed {form}": csv_file(headed(form)) for form in forms},
        "one column an option, the option's own text": csv_file(own_texts()),
        "one column an option, marks that nobody knows": csv_file(option_columns("Oui", "Non")),
        "columns of options without headers": csv_file(two_rows(second=False)),
        "columns of options without headers, marked": csv_file([two_rows(False)[0], *option_columns(1, 0)[1:]]),
        "a second header row with the options": csv_file(two_rows(second=True)),
        "a second header row with the questions, a third with their ids": csv_file([HEADER, HEADER, imported, *ROWS]),
        "options by commas": csv_file(table((2, "collaboration", WITH_OTHERS.replace(";", ", "))), ","),
    }


def in_cells() -> Files:
    """Workbooks whose cells hold something else than a text or a number."""
    error = package(XLSX, {SHEET: replaced(rb'<c r="C3"[^/]*?</v></c>', b'<c r="C3" t="e"><v>#REF!</v></c>')})
    formula = table((3, "unused_kr", "=1+1"))
    stored = calculated(dated(), {(3, "unused_kr"): "#N/A", (2, "comments"): "#REF!"})
    parts = table((2, "unused_kr", True), (3, "unused_kr", date(2025, 1, 5)), (4, "unused_kr", 0.5))
    timed = table((3, "submitted_on", datetime(2025, 1, 21, 9, 30)), (4, "unused_kr", 471_968.0))
    sums = table((3, "unused_kr", "=SUM(A1:A2)"), (2, "persons_total", "=1+1"))
    inset: Cells = [[], [], [], *[[None, None, *row] for row in formula]]
    days = table((3, "submitted_on", 45678), (2, "submitted_on", time(10, 30)))
    prefix = package(book(formula), {SHEET: prefixed})
    return {
        "xlsx, a day with a time": book(timed),
        "xlsx, a formula without a stored value": book(sums),
        "xlsx, a formula without a stored value in a table from C4": book(inset),
        "xlsx, a formula without a stored value in elements with a prefix": prefix,
        "xlsx, formulas with stored errors": stored,
        "xlsx, an error without a formula": error,
        "xlsx, a truth value, a day and a part of a krona as amounts": book(parts),
        "xlsx, a day as a number and a time without a day": book(days),
        "xlsx, days that no calendar has": dated_by(b"1e12", b"-1e300"),
        "xlsx, days after the last of the calendar": dated_by(b"99999999999", b"2958466"),
    }


def answers() -> list[Case]:
    """Choices and options that do not fit the form, and corrections of several answers in every layout."""
    third, marked = option_columns(1, 0), option_columns("x", None)
    at, gone = (third[0].index(name) for name in (f"Samverkan: {ROWS[3][5]}", "Metod: FINGER-modellen"))
    third[2][at] = marked[2][at] = "kanske"
    lacking = [[*row[:gone], *row[gone + 1 :]] for row in option_columns(1, 0)]
    both = [[*row, row[PLACES["collaboration"]]] for row in table()]
    both[0][PLACES["collaboration"]] = f"Samverkan: {ALONE}"
    wide, alone = csv_file(option_columns("x", None)), ("none",)
    read, two = ("civil_society", "other_municipality"), ("civil_society", "regional_care")
    both_chosen = csv_file(table((3, "collaboration", WITH_OTHERS)))
    several = corrected(both_chosen, "JA, samverkar med annan kommun", COLLABORATION[two[1]])
    changed = {(3, "collaboration"): read, (2, "collaboration"): read}
    cases = [
        told("a word of one's own in an option's column", csv_file(third)),
        told("one option's column is missing", csv_file(lacking)),
        told("one column and one column an option", csv_file(both)),
        told("a correction that is no option", corrected(wide, ALONE, "Nja")),
        odd("corrected, one of several, in other letters", several, values={(3, "collaboration"): two}),
        odd("corrected, a mark", corrected(csv_file(marked), "kanske", ALONE), values={(3, "collaboration"): alone}),
    ]
    for layout, content in (("one column", BASE), ("one column an option", wide)):
        cases.append(odd(f"corrected, {layout}", corrected(content, ALONE, WITH_OTHERS), values=changed))
        nothing, said = corrected(content, WITH_OTHERS, ALONE), ("corrections.toml", "finds nothing to correct")
        cases.append(fails(f"a correction that finds nothing, {layout}", nothing, *said))
    return cases


def corrected(content: bytes, found: str, by: str) -> dict[str, bytes]:
    fields = {"municipality": "Aneby", "field": "collaboration", "found": found, "corrected": by, "reason": "E-post"}
    lines = ["[[correction]]", "when = 2025-02-20", *(f'{k} = "{v}"' for k, v in (fields | {"who": "A. A."}).items())]
    return {"returns.csv": content, "corrections.toml": "\n".join(lines).encode()}


def rows() -> Files:
    """Rows that are no return, and returns that are too many, not finished, or only tried out."""
    again = ["Ale", "2025-01-25", 10, 80_000, "Ja", ALONE, "FINGER-modellen", None, 5, None]
    one = ["Ale kommun", date(2025, 1, 20), 0]
    zoned = table((2, "submitted_on", "2025-01-20T10:30:00+01:00"))
    zoned.append(["Ale", "2025-01-20T10:00:00Z", 10, *ROWS[0][3:]])

    def said(header: str, *words: Any) -> bytes:
        return csv_file([[*row, word] for row, word in zip(table(), [header, *words], strict=True)])

    def by(content: bytes, when: str) -> dict[str, bytes]:
        rules = YEAR_TOML.replace("[[question]]", f"[returns]\ncomplete_when = {when}\n[[question]]", 1)
        return {"returns.csv": content, "year.toml": rules.encode()}

    status = said("Status", "Påbörjad", "Slutförd", "Slutförd", "Förhandsgranskning")
    progress = said("Progress", "100", "100 %", "64", "100")
    done, in_lower = '{ Status = ["Slutförd"] }', '{ Status = ["slutförd"] }'
    return {
        "the header once more in the middle": csv_file([*table()[:3], HEADER, *table()[3:]]),
        "sent in twice": csv_file([*table(), again]),
        "sent in twice, once without a day": csv_file([*table(), [again[0], None, *again[2:]]]),
        "no amount and no return": csv_file([HEADER, one[:2], *ROWS[1:3]]),
        "the latest of two returns, by times with different offsets": csv_file(zoned),
        "returns that are begun or tried out, by a column that year.toml does not name": status,
        "a column Finished that says False": said("Finished", "True", "False", "True", "True"),
        "progress below a hundred": progress,
        "returns that are begun or tried out, by a column that year.toml names": by(status, in_lower),
        "progress below a hundred, by a column that year.toml names": by(progress, "{ Progress = 100 }"),
        "the column that year.toml names is missing": by(BASE, done),
        "no return is finished": by(said("Status", *["Utkast"] * 4), done),
    }


def long_and_private() -> Files:
    """Texts that are too long to be written down, and identity numbers in a header. Others stand in corpus.toml."""
    harmful = [["å" * 100_000, None, "=1+1"], ["<b>Ale</b>", None, "{value!r} {recipient}"]]
    needed = [f"Oanvänt belopp (kr) {IDENTITY}" if "belopp" in name else name for name in HEADER]
    return {
        "an identity number in a header": csv_file([[*HEADER, f"Svar {IDENTITY}"], *ROWS]),
        "an identity number in the header of a column that is needed": csv_file([needed, *ROWS]),
        "100 000 letters and html for names, a formula and a template for amounts": csv_file([*table(), *harmful]),
    }


def long() -> list[Case]:
    digits = "9" * 5000
    found = ("unused_unreadable", "critical", 3, "unused_kr", digits)
    texts = {"a word of 100 000 letters": "å" * 100_000, "a text of 100 000 letters without a space": "a." * 50_000}
    written = {**{name: ("comments", text) for name, text in texts.items()}, "an amount of 5000 digits": found[3:]}
    cases = {name: (csv_file(table((3, *its))), {(3, its[0]): its[1]}) for name, its in written.items()}
    return [odd(name, file, *[found] * ("amount" in name), values=values) for name, (file, values) in cases.items()]


def columns() -> Files:
    """Columns too many or too few, names with codes, and codes as spreadsheets and old lists have them."""
    extra = [None, None, "ring dem", None, "x"]
    unnamed = [[*row[:4], more, *row[4:]] for row, more in zip(table(), extra, strict=True)]
    twice = [[*row, more, more] for row, more in zip(table(), ["Svars-id", 1, 2, 3, 4], strict=True)]

    def without(question: str) -> bytes:
        return csv_file([[c for at, c in enumerate(row) if at != PLACES[question]] for row in table()])

    def listed(*codes: str) -> dict[str, bytes]:
        given = [[name, kr, code] for (name, kr), code in zip(REQUISITIONED.items(), codes, strict=True)]
        names = ["recipient", "requisitioned_kr", "municipality_code"]
        return {"returns.csv": BASE, "recipients.csv": csv_file([names, *given], ",")}

    asked: list[list[Any]] = [["recipient", "requisitioned_kr", "requisitoned_on", "requisitioned_on"]]
    asked += [[name, kr, *["", "i maj"] * (name == "Ale")] for name, kr in REQUISITIONED.items()]
    allocated = csv_file([["municipality_code", "amount_kr"], ["604.0", 199_999], ["9999.0", 1]], ",")
    unknown = "columns of recipients.csv that nobody knows, and a day that cannot be read"
    return {
        "columns that the form does not have": csv_file(twice),
        "a column without a header": csv_file(unnamed),
        "xlsx, a note beside the table": book([*table()[:2], [*table()[2], None, "ring dem"], *table()[3:]]),
        "a question without its column": without("collaboration"),
        "a column of free text that was deleted": without("method_text"),
        unknown: {"returns.csv": BASE, "recipients.csv": csv_file(asked, ",")},
        "codes as numbers with decimals": listed("1440.0", "604.0", "1280", "1492,0"),
        "a code of before a county reform": listed("1521", "0604", "1280", "1585"),
        "a count of eight billion": {"returns.csv": BASE, "allocation.csv": KEY + b"1440,1000,8000000000\n"},
        "the distribution list with codes as numbers with decimals": {"returns.csv": BASE, "allocation.csv": allocated},
    }


def broken() -> Files:
    """Files that cannot be read: one line that says what, where and what to do."""
    formula = book(table((3, "persons_total", "=1+1")))
    sheets = package(XLSX, {"xl/workbook.xml": replaced(rb"<sheet .*?/>", b"")})
    renamed = [["Oanvända medel" if name.startswith("Oanvänt") else name for name in HEADER], *ROWS]
    delimited = csv_file([row[:3] for row in table()], ",").replace(b"3000000", b"3,000,000")
    longer = TEXT.replace("Tack!", '"Tack\r\nså mycket"').replace("höst", "h@st")
    macintosh = TEXT.encode("mac_roman", "replace")
    at = XLSX.index(SHEET.encode()) + 40
    page = b"<html><table><tr><td>1</td></tr></table></html>"
    return {
        "a header alone": ";".join(HEADER).encode(),
        "utf-16 without a mark": TEXT.encode("utf-16-le"),
        "half a letter of utf-16": csv_file(table(), "\t", "utf-16")[:-1],
        "an amount that the delimiter splits": delimited,
        "a cell too many": csv_file([*table()[:4], [*table()[4], "x"]]),
        "a column that is needed is missing": csv_file(renamed),
        "no column for the recipient": csv_file([row[1:] for row in table()]),
        "utf-8 read as cp1252 and saved": TEXT.encode().decode("cp1252").encode(),
        "a column twice": csv_file([[*row, row[2]] for row in table()]),
        "a spreadsheet named .csv": {"returns.csv": XLSX},
        "csv named .xlsx": {"returns.xlsx": BASE},
        "a web page named .xlsx": {"returns.xlsx": page},
        "an empty .xlsx": {"returns.xlsx": b""},
        "an old or a locked workbook": {"returns.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000},
        "another archive named .xlsx": archive(BASE),
        "half a workbook": XLSX[: len(XLSX) // 2],
        "a workbook with a broken sheet": package(XLSX, {SHEET: lambda xml: xml[:300]}),
        **{f"a workbook with a day that is {number}": dated_by(number.encode()) for number in ("NaN", "-inf", "abc")},
        **{f"a workbook with something in {cell}": far(cell) for cell in ("XFD1048576", "ABC300000", "ALM1001")},
        "a workbook with broken styles": package(formula, {"xl/styles.xml": lambda _: b"<x"}),
        "a workbook with broken properties and a formula": package(formula, {"docProps/core.xml": lambda _: b"<x"}),
        "a workbook without sheets": sheets,
        "an empty workbook": book([]),
        "a workbook with a header alone": book([HEADER]),
        "a workbook with the table on two sheets": book(table()[:3], [HEADER, *ROWS[2:]]),
        "csv and xlsx": {"returns.csv": BASE, "returns.xlsx": XLSX},
        "xlsx whose packed bytes are damaged": XLSX[:at] + b"\xff" * 40 + XLSX[at + 40 :],
        "the encoding of a Macintosh": macintosh,
        "the encoding of MS-DOS": TEXT.encode("cp850", "replace"),
        "one byte of another encoding in a comment": TEXT.encode().replace(b"Tack!", b"Tack \x96 bra"),
        "one byte of another encoding, below a comment of two lines, after a mark":
            b"\xef\xbb\xbf" + longer.encode().replace(b"@", b"\xf6"),
        "the encoding of a Macintosh read as another and saved": macintosh.decode("cp1252", "replace").encode(),
    }  # fmt: skip


def strict(content: bytes) -> bytes:
    """As Excel saves "Strict Open XML": other namespaces."""
    schemas = b"http://schemas.openxmlformats.org/"
    namespaces = {b"spreadsheetml/2006/main": b"spreadsheetml/main", b"officeDocument/2006/": b"officeDocument/"}

    def part(xml: bytes) -> bytes:
        for old, new in namespaces.items():
            xml = xml.replace(schemas + old, b"http://purl.oclc.org/ooxml/" + new)
        return xml

    names = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", SHEET, "xl/styles.xml"]
    return package(content, dict.fromkeys([*names, "xl/sharedStrings.xml"], part))


def shown_as(question: str, code: str, rows: Sequence[int] = (3,)) -> Callable[[Any], None]:
    def then(made: Any) -> None:
        for row in rows:
            made.worksheets[0].cell(row, PLACES[question] + 1).number_format = code

    return then


def hidden(*rows: int) -> Callable[[Any], None]:
    def then(made: Any) -> None:
        for row in rows:
            made.worksheets[0].row_dimensions[row].hidden = True

    return then


def as_words(made: Any) -> None:
    for row in made.worksheets[0].iter_rows(2, 5, 6, 13):
        for each in row:
            each.number_format = '[=1]"Ja";[=0]"Nej";General'


def filtered(made: Any) -> None:
    made.worksheets[0].auto_filter.ref = "A1:J5"
    made.worksheets[0].auto_filter.add_filter_column(0, ["Ale kommun", "Åmåls kommun"])
    hidden(3, 4)(made)


def very_hidden(made: Any) -> None:
    made.worksheets[0].sheet_state = "veryHidden"
    made.active = 1


def hidden_in_tkr(made: Any) -> None:
    hidden(4)(made)
    shown_as("unused_kr", '0" tkr"')(made)


def workbooks() -> list[Case]:
    """Workbooks that show something else than what their cells hold."""
    visible = [HEADER[:9], *[row[:9] for row in table((3, "unused_kr", 1700))[1:]]]
    summary: Cells = [["Mottagare", "Antal personer"], ["Alla", 160]]
    errors = {(2, "comments"): "#REF!", (3, "persons_total"): "#N/A"}
    in_kronor = ['#,##0 "kr"', "#,##0.00", "#,##0 [$kr-41D]", "[>1000]#,##0;0", "0;-0;;@"]
    in_kronor += ['_-* #,##0\\ "kr"_-;\\-* #,##0\\ "kr"_-;_-* "-"??\\ "kr"_-;_-@_-']
    files: Files = {
        "xlsx, the visible sheet has fewer columns than a hidden one": book(table(), visible, then=hide),
        "xlsx, the other sheet is hidden so that no menu shows it": book(table(), visible, then=very_hidden),
        "xlsx, two visible sheets with what is required, one with more columns": book(table(), visible),
        "xlsx, the table on a hidden sheet, a summary on the one that shows": book(table(), summary, then=hide),
        "xlsx, two returns above the header": book([*table()[1:3], *table()]),
        "xlsx, a row hidden by hand": book(table(), then=hidden(3)),
        "xlsx, rows hidden by a filter": book(table(), then=filtered),
        "xlsx, hidden rows here and there": book([["Titel"], [], *table()], then=hidden(1, 4, 6, 7, 20)),
        "xlsx, an amount shown in thousands without a word": book(table(), then=shown_as("unused_kr", "#,##0,")),
        "xlsx, persons shown in percent": book(table(), then=shown_as("persons_total", "0.0%")),
        "xlsx, one column an option, 1 and 0 shown as Ja and Nej": book(option_columns(1, 0), then=as_words),
        "xlsx of the strict kind, with errors": strict(calculated(dated(), errors)),
        "xlsx of the strict kind, with a hidden row and an amount in tkr": strict(book(table(), then=hidden_in_tkr)),
        "xlsx of the strict kind": strict(book(table())),
    }
    for code in in_kronor:
        files[f"xlsx, amounts in the format {code}"] = book(table(), then=shown_as("unused_kr", code, (2, 3, 4, 5)))
    shown = {'0 "tkr"': "1500 tkr", "0%": "150000 %", '#,##0,"t"': "1.5 t"}
    return [*cases(files), *[
        odd(f"xlsx, an amount shown as {text}", book(table(), then=shown_as("unused_kr", code)),
            ("unused_unreadable", "critical", 3, "unused_kr", text)) for code, text in shown.items()
    ]]  # fmt: skip


def files() -> list[Case]:
    """Files of a year under other names, in other forms, or beside each other."""
    listed: Cells = [["recipient", "requisitioned_kr"], *REQUISITIONED.items()]
    allocated = book([["municipality_code", "amount_kr"], ["1440", 99_999]])
    left = {"anteckningar.docx": b"x", "~$returns.xlsx": b"x", "sources.md": b"x"}
    named = {"Returns.xlsx": XLSX, "RETURNS.CSV": BASE, "returns.XLSX": XLSX}
    lists = {"recipients.xlsx": book(listed), "Recipients.CSV": csv_file(listed, ",")}
    either = ("file_of_other_form", "warning", None, "file", "returns.csv or returns.xlsx")
    found: Files = {f"returns as {name}": {name: content} for name, content in named.items()}
    for name, content in lists.items():
        found[f"recipients as {name}"] = {"returns.csv": BASE, "recipients.csv": None, name: content}
    found |= {
        "returns (1).xlsx beside the returns": {"returns.csv": BASE, "Returns (1).xlsx": XLSX},
        "a file that nobody knows, and what editors leave lying": {"returns.csv": BASE, **left},
        "the distribution list as a workbook": {"returns.csv": BASE, "Allocation.xlsx": allocated},
        "two returns that differ in case": {"returns.csv": BASE, "Returns.xlsx": XLSX},
        "two lists of recipients": {"returns.csv": BASE, "recipients.xlsx": book(listed)},
    }
    beside = ("returns.xls", "returns.csv.txt")
    return [*cases(found), *[
        odd(f"{name} beside the returns", {"returns.csv": BASE, name: b"x"}, either, whole=True) for name in beside
    ]]  # fmt: skip


def cases(found: Files) -> list[Case]:
    return [told(name, content) for name, content in found.items()]


def written(its: Mapping[str, Any]) -> bytes:
    """The file that a case of corpus.toml describes."""
    if "bytes" in its:
        return bytes(its["bytes"], "latin-1")
    if "replaced" in its:
        return TEXT.replace(*its["replaced"]).encode()
    return csv_file([*table(*its.get("cells", ())), *its.get("rows", ())], **its.get("csv", {}))


AS_TOLD = {"cells", "rows", "csv", "bytes", "replaced"}
CASES = [told(name, written(its)) for name, its in TOLD.items() if AS_TOLD & {*its}]
CASES += [*cases(layouts()), *cases(in_cells()), *answers(), *cases(rows()), *long(), *cases(long_and_private())]
CASES += [*cases(columns()), *cases(broken()), *workbooks(), *files()]


def main(target: Path) -> None:
    """Write every case into a folder of its own."""
    for number, case in enumerate(CASES, start=1):
        name = re.sub(r"[^a-zåäö0-9]+", "-", case.name.casefold()).strip("-")
        case.write(target / f"{number:03d}-{name[:60]}")
    sys.stdout.write(f"{len(CASES)} folders in {target}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
