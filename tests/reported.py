"""Cases of the corpus that stand for files people have really sent: survey exports, workbooks, codes and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from tests.odd_files import (
    ALONE,
    COLLABORATION,
    HEADER,
    METHOD,
    PLACES,
    REQUISITIONED,
    ROWS,
    WHICH,
    WITH_OTHERS,
    Case,
    Cells,
    book,
    calculated,
    clean,
    csv_file,
    dated,
    day,
    fails,
    hide,
    no_day,
    odd,
    option_columns,
    package,
    table,
    told,
    year_toml,
)

CRITICAL, WARNING, INFO = "critical", "warning", "info"
MULTI = {"Samverkan": COLLABORATION, "Metod": METHOD}


def _headed(form: str) -> Cells:
    """One column an option, with headers of another form."""
    header, *rows = option_columns("Ja", None)
    of = {f"{name}: {text}": form.format(name, text) for name, its in MULTI.items() for text in its.values()}
    return [[of.get(name, name) for name in header], *rows]


def _own_texts() -> list[list[Any]]:
    """One column an option, where the option's text says that it was chosen."""
    header, *rows = option_columns("x", None)
    return [
        header, *[[c and (header[p].partition(": ")[2] if c == "x" else c) for p, c in enumerate(row)] for row in rows]
    ]  # fmt: skip


def _two_rows(second: bool) -> Cells:
    """Each option in a column of its own, headed by its question alone and its text in a second row."""
    header, *rows = _own_texts()
    split = [name.partition(": ") if name != WHICH else (name, "", "") for name in header]
    names = [name for name, _, _ in split]
    first = [name if names.index(name) == at else None for at, name in enumerate(names)]
    return [first, *[[text or "Open-Ended Response" for _, _, text in split]] * second, *rows]


def _layouts() -> list[Case]:
    """One column an option, as survey tools mark it; and options split by commas."""
    marks = [
        ("Checked", "Unchecked"), ("y", "n"), ("1.0", "0.0"), ("Selected", "Not selected"), ("Vald", "Ej vald"),
        ("Sant", "Falskt"), ("Markerad", "Inte markerad"), ("Yes", "No"), ("✓", None), ("on", "off"),
    ]  # fmt: skip
    forms = ("{} [{}]", "{} - {}", "{}/{}", "{} (choice={})")
    foreign = option_columns("Oui", "Non")
    imported = [f'{{"ImportId":"QID{at}"}}' for at in range(len(HEADER))]
    commas = csv_file(table((2, "collaboration", WITH_OTHERS.replace(";", ", "))), ",")
    return [
        *[clean(f"one column an option, {yes} and {no}", csv_file(option_columns(yes, no))) for yes, no in marks],
        *[clean(f"one column an option, headed {form}", csv_file(_headed(form))) for form in forms],
        clean("one column an option, the option's own text", csv_file(_own_texts())),
        told("one column an option, marks that nobody knows", csv_file(foreign)),
        told("columns of options without headers", csv_file(_two_rows(second=False))),
        told(
            "columns of options without headers, marked",
            csv_file([_two_rows(second=False)[0], *option_columns(1, 0)[1:]]),
        ),
        told("a second header row with the options", csv_file(_two_rows(second=True))),
        told(
            "a second header row with the questions, a third with their ids",
            csv_file([HEADER, HEADER, imported, *ROWS]),
        ),
        told("options by commas", commas),
    ]


def _strict(content: bytes) -> bytes:
    """As Excel saves "Strict Open XML": other namespaces."""

    def part(xml: bytes) -> bytes:
        xml = xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        return xml.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"
        )

    names = (
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "_rels/.rels",
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
    )
    return package(content, dict.fromkeys((*names, "xl/sharedStrings.xml"), part))


def _format(question: str, code: str, rows: Sequence[int] = (3,)) -> Callable[[Any], None]:
    def then(made: Any) -> None:
        for row in rows:
            made.worksheets[0].cell(row, PLACES[question] + 1).number_format = code

    return then


def _hide(*rows: int) -> Callable[[Any], None]:
    def then(made: Any) -> None:
        for row in rows:
            made.worksheets[0].row_dimensions[row].hidden = True

    return then


def _all(*changes: Callable[[Any], None]) -> Callable[[Any], None]:
    def then(made: Any) -> None:
        for change in changes:
            change(made)

    return then


def _as_words(made: Any) -> None:
    for row in range(2, 6):
        for at in range(6, 14):
            made.worksheets[0].cell(row, at).number_format = '[=1]"Ja";[=0]"Nej";General'


def _filtered(made: Any) -> None:
    made.worksheets[0].auto_filter.ref = "A1:J5"
    made.worksheets[0].auto_filter.add_filter_column(0, ["Ale kommun", "Åmåls kommun"])
    _hide(3, 4)(made)


def _very_hidden(made: Any) -> None:
    made.worksheets[0].sheet_state = "veryHidden"
    made.active = 1


def _workbooks() -> list[Case]:
    """Workbooks that show something else than what their cells hold."""
    visible = [HEADER[:9], *[row[:9] for row in table((3, "unused_kr", 1700))[1:]]]
    summary: Cells = [["Mottagare", "Antal personer"], ["Alla", 160]]
    errors = {(2, "comments"): "#REF!", (3, "persons_total"): "#N/A"}
    shown = (("unused_kr", '0 "tkr"', "1500 tkr"), ("unused_kr", "0%", "150000 %"), ("unused_kr", '#,##0,"t"', "1.5 t"))
    workbook = book(table())
    at = workbook.index(b"xl/worksheets/sheet1.xml") + 40
    return [
        told(
            "a column of free text that was deleted",
            csv_file([[cell for at, cell in enumerate(row) if at != PLACES["method_text"]] for row in table()]),
        ),
        told("xlsx, the visible sheet has fewer columns than a hidden one", book(table(), visible, then=hide)),
        told("xlsx, the other sheet is hidden so that no menu shows it", book(table(), visible, then=_very_hidden)),
        told(
            "xlsx, two visible sheets with what is required, one with more columns",
            book(table(), visible),
            ending="xlsx",
        ),
        told(
            "xlsx, the table on a hidden sheet, a summary on the one that shows",
            book(table(), summary, then=hide),
            ending="xlsx",
        ),
        told("xlsx, two returns above the header", book([*table()[1:3], *table()])),
        told("xlsx, a row hidden by hand", book(table(), then=_hide(3))),
        told("xlsx, rows hidden by a filter", book(table(), then=_filtered)),
        told("xlsx, hidden rows here and there", book([["Titel"], [], *table()], then=_hide(1, 4, 6, 7, 20))),
        *[
            odd(
                f"xlsx, an amount shown as {text}",
                book(table(), then=_format(question, code)),
                ("unused_unreadable", CRITICAL, 3, "unused_kr", text),
            )
            for question, code, text in shown
        ],
        told("xlsx, an amount shown in thousands without a word", book(table(), then=_format("unused_kr", "#,##0,"))),
        told("xlsx, persons shown in percent", book(table(), then=_format("persons_total", "0.0%"))),
        *[
            clean(f"xlsx, amounts in the format {code}", book(table(), then=_format("unused_kr", code, (2, 3, 4, 5))))
            for code in (
                '#,##0 "kr"',
                "#,##0.00",
                "#,##0 [$kr-41D]",
                '_-* #,##0\\ "kr"_-;\\-* #,##0\\ "kr"_-;_-* "-"??\\ "kr"_-;_-@_-',
                "[>1000]#,##0;0",
                "0;-0;;@",
            )
        ],
        clean(
            "xlsx, one column an option, 1 and 0 shown as Ja and Nej",
            book(option_columns(1, 0), then=_as_words),
        ),
        told("xlsx of the strict kind, with errors", _strict(calculated(dated(), errors))),
        told(
            "xlsx of the strict kind, with a hidden row and an amount in tkr",
            _strict(book(table(), then=_all(_hide(4), _format("unused_kr", '0" tkr"')))),
        ),
        clean("xlsx of the strict kind", _strict(book(table()))),
        told("xlsx whose packed bytes are damaged", workbook[:at] + b"\xff" * 40 + workbook[at + 40 :], ending="xlsx"),
    ]


def _times() -> list[Case]:
    """Times with an offset are Swedish time; the day that counts is the Swedish one."""
    days = {
        "2025-01-10T08:30:00.000+01:00": date(2025, 1, 10), "2025-01-14T08:30:00Z": date(2025, 1, 14),
        "2025-01-20T08:30:00+0100": date(2025, 1, 20), "2025-01-31T23:30:00+01:00": date(2025, 1, 31),
        "2025-01-31T23:30:00Z": date(2025, 2, 1), "2024-07-31T22:30:00.123456Z": date(2024, 8, 1),
        "2025-01-31 18:30:00-05:00": date(2025, 2, 1), "2025-01-31T00:30+02": date(2025, 1, 30),
        "2025-01-31T23:30": date(2025, 1, 31),
    }  # fmt: skip
    return [
        *[day(written, value) for written, value in days.items()],
        *[no_day(written) for written in ("2025-01-31Z", "2025-01-31+01:00", "2025-01-31T10:30+25:00", "10:30Z")],
        told(
            "the latest of two returns, by times with different offsets",
            csv_file(
                [
                    *table((2, "submitted_on", "2025-01-20T10:30:00+01:00")),
                    ["Ale", "2025-01-20T10:00:00Z", 10, 80_000, *ROWS[0][4:]],
                ]
            ),
        ),
    ]


def _unfinished() -> list[Case]:
    """Returns that are not finished, or only tried out."""

    def said(header: str, *words: Any) -> bytes:
        return csv_file([[*row, word] for row, word in zip(table(), [header, *words], strict=True)])

    def rules(complete_when: str) -> bytes:
        return (
            year_toml().replace("[[question]]", f"[returns]\ncomplete_when = {complete_when}\n[[question]]", 1).encode()
        )

    status = ("Status", "Påbörjad", "Slutförd", "Slutförd", "Förhandsgranskning")
    finished, progress = ("Finished", "True", "False", "True", "True"), ("Progress", "100", "100 %", "64", "100")
    return [
        told("returns that are begun or tried out, by a column that year.toml does not name", said(*status)),
        told("a column Finished that says False", said(*finished)),
        told("progress below a hundred", said(*progress)),
        told(
            "returns that are begun or tried out, by a column that year.toml names",
            {"returns.csv": said(*status), "year.toml": rules('{ Status = ["slutförd"] }')},
        ),
        told(
            "progress below a hundred, by a column that year.toml names",
            {"returns.csv": said(*progress), "year.toml": rules("{ Progress = 100 }")},
        ),
        told(
            "the column that year.toml names is missing",
            {"returns.csv": csv_file(table()), "year.toml": rules('{ Status = ["Slutförd"] }')},
        ),
        told(
            "no return is finished",
            {"returns.csv": said("Status", *["Utkast"] * 4), "year.toml": rules('{ Status = ["Slutförd"] }')},
        ),
    ]


def _names() -> list[Case]:
    """Names with codes and offices, and codes as spreadsheets and old lists have them."""

    def senders(*names: str) -> bytes:
        return csv_file([HEADER, *[[name, *row[1:]] for name, row in zip(names, ROWS, strict=True)]])

    def listed(*codes: str) -> dict[str, bytes]:
        rows = [[name, kr, code] for (name, kr), code in zip(REQUISITIONED.items(), codes, strict=True)]
        header = ["recipient", "requisitioned_kr", "municipality_code"]
        return {"returns.csv": csv_file(table()), "recipients.csv": csv_file([header, *rows], ",")}

    return [
        Case("codes as numbers with decimals", listed("1440.0", "604.0", "1280", "1492,0"), clean=True),
        told("a code of before a county reform", listed("1521", "0604", "1280", "1585")),
        told(
            "the distribution list with codes as numbers with decimals",
            {
                "returns.csv": csv_file(table()),
                "allocation.csv": csv_file(
                    [["municipality_code", "amount_kr"], ["604.0", 199_999], ["9999.0", 1]], ","
                ),
            },
        ),
    ]


def _corrected(content: bytes, found: str, corrected: str) -> dict[str, bytes]:
    fields = {"municipality": "Aneby", "field": "collaboration", "found": found, "corrected": corrected}
    fields |= {"reason": "E-post", "who": "A. A."}
    lines = ["[[correction]]", "when = 2025-02-20", *(f'{name} = "{value}"' for name, value in fields.items())]
    return {"returns.csv": content, "corrections.toml": "\n".join(lines).encode()}


def _answers() -> list[Case]:
    """Answers that hang together, and corrections of several answers in every layout."""
    marked = option_columns("x", None)
    marked[2][marked[0].index("Samverkan: Ja, samverkar med annan kommun")] = "kanske"
    layouts = {"one column": csv_file(table()), "one column an option": csv_file(option_columns("x", None))}
    return [
        *[
            Case(
                f"corrected, {layout}",
                _corrected(content, ALONE, WITH_OTHERS),
                values={
                    (3, "collaboration"): ("civil_society", "other_municipality"),
                    (2, "collaboration"): ("civil_society", "other_municipality"),
                },
            )
            for layout, content in layouts.items()
        ],
        Case(
            "corrected, a mark that could not be read",
            _corrected(csv_file(marked), "kanske", ALONE),
            values={(3, "collaboration"): ("none",)},
        ),
        *[
            fails(
                f"a correction that finds nothing, {layout}",
                _corrected(content, WITH_OTHERS, ALONE),
                "corrections.toml",
                "finds nothing to correct",
            )
            for layout, content in layouts.items()
        ],
        told("a correction that is no option", _corrected(layouts["one column an option"], ALONE, "Nja")),
    ]


def _files() -> list[Case]:
    """Files of a year under other names, in other forms, or beside each other."""
    base, workbook = csv_file(table()), book(table())
    listed: Cells = [["recipient", "requisitioned_kr"], *REQUISITIONED.items()]
    other, either = "file_of_other_form", "returns.csv or returns.xlsx"
    allocated: Cells = [["municipality_code", "amount_kr"], ["1440", 99_999]]
    return [
        *[
            Case(f"returns as {name}", {name: content}, clean=True)
            for name, content in (
                ("Returns.xlsx", workbook),
                ("RETURNS.CSV", base),
                ("returns.XLSX", workbook),
            )
        ],
        *[
            Case(f"recipients as {name}", {"returns.csv": base, "recipients.csv": None, name: content}, clean=True)
            for name, content in (("recipients.xlsx", book(listed)), ("Recipients.CSV", csv_file(listed, ",")))
        ],
        *[
            odd(
                f"{name} beside the returns",
                {"returns.csv": base, name: b"x"},
                (other, WARNING, None, "file", either),
                whole=True,
            )
            for name in ("returns.xls", "returns.csv.txt")
        ],
        told("returns (1).xlsx beside the returns", {"returns.csv": base, "Returns (1).xlsx": workbook}),
        told(
            "a file that nobody knows, and what editors leave lying",
            {"returns.csv": base, "anteckningar.docx": b"x", "~$returns.xlsx": b"x", "sources.md": b"x"},
        ),
        told("the distribution list as a workbook", {"returns.csv": base, "Allocation.xlsx": book(allocated)}),
        told("two returns that differ in case", {"returns.csv": base, "Returns.xlsx": workbook}),
        told("two lists of recipients", {"returns.csv": base, "recipients.xlsx": book(listed)}),
    ]


def _encodings() -> list[Case]:
    """Encodings that are not read: the message says so, and where."""
    text = csv_file(table()).decode()
    longer = text.replace("Tack!", '"Tack\r\nså mycket"').replace("höst", "h@st")
    return [
        told("the encoding of a Macintosh", text.encode("mac_roman", "replace")),
        told("the encoding of MS-DOS", text.encode("cp850", "replace")),
        told(
            "one byte of another encoding in a comment",
            text.replace("Tack!", "Tack @ bra").encode().replace(b"@", b"\x96"),
        ),
        told(
            "one byte of another encoding, below a comment of two lines, after a mark",
            b"\xef\xbb\xbf" + longer.encode().replace(b"@", b"\xf6"),
        ),
        told("letters lost for good in the header", text.replace("Oanvänt", "Oanv\ufffdnt").encode()),
        told(
            "the encoding of a Macintosh read as another and saved",
            text.encode("mac_roman", "replace").decode("cp1252", "replace").encode(),
        ),
    ]


def reported() -> list[Case]:
    """Return all of them."""
    return [*_layouts(), *_workbooks(), *_times(), *_unfinished(), *_names(), *_answers(), *_files(), *_encodings()]
