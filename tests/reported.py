"""Cases of the corpus that stand for files people have really sent: survey exports, workbooks, codes and names."""

from __future__ import annotations

from typing import Any

from tests.odd_files import (
    COLLABORATION,
    HEADER,
    METHOD,
    ROWS,
    WHICH,
    WITH_OTHERS,
    Case,
    Cells,
    cell,
    clean,
    csv_file,
    odd,
    option_columns,
    options,
    table,
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
    numbered = options(lambda text: "2" if "Nej" in text else "1;3")
    imported = [f'{{"ImportId":"QID{at}"}}' for at in range(len(HEADER))]
    commas = csv_file(table((2, "collaboration", WITH_OTHERS.replace(";", ", "))), ",")
    both = "Motiverande samtal, Annan metod, ange vilken: Må bra"
    unsure = "Motiverande samtal, Egen modell"
    return [
        *[clean(f"one column an option, {yes} and {no}", csv_file(option_columns(yes, no))) for yes, no in marks],
        *[clean(f"one column an option, headed {form}", csv_file(_headed(form))) for form in forms],
        clean("one column an option, the option's own text", csv_file(_own_texts())),
        odd(
            "one column an option, marks that nobody knows",
            csv_file(foreign),
            ("question_unreadable", CRITICAL, 2, "collaboration", "Oui"),
            ("question_unreadable", CRITICAL, 2, "method", "Oui"),
            values={(2, "collaboration"): (), (3, "unused_kr"): 1500},
            whole=True,
        ),
        odd(
            "options by their numbers",
            csv_file(numbered),
            ("question_unreadable", CRITICAL, 2, "collaboration", "1"),
            ("option_unknown", WARNING, 2, "method", "1"),
            ("option_unknown", WARNING, 2, "method", "3"),
            ("option_unknown", WARNING, 3, "method", "1"),
            ("option_unknown", WARNING, 3, "method", "3"),
        ),
        odd(
            "counts in words throughout",
            csv_file([HEADER, *[[*row[:8], "många", row[9]] for row in ROWS]]),
            ("question_unreadable", CRITICAL, 2, "persons_total", "många"),
            ("answer_outside_base", WARNING, 4, "persons_total", "många"),
            ("answer_outside_base", WARNING, 5, "persons_total", "många"),
            whole=True,
        ),
        odd(
            "columns of options without headers",
            csv_file(_two_rows(second=False)),
            ("options_without_header", CRITICAL, 3, "column", "Metod"),
            ("options_without_header", CRITICAL, 2, "column", "Samverkan"),
            whole=True,
        ),
        odd(
            "columns of options without headers, marked",
            csv_file([_two_rows(second=False)[0], *option_columns(1, 0)[1:]]),
            ("options_without_header", CRITICAL, 2, "column", "Metod"),
            ("options_without_header", CRITICAL, 2, "column", "Samverkan"),
            ("question_unreadable", CRITICAL, 2, "collaboration", "1"),
            ("question_unreadable", CRITICAL, 2, "method", "1"),
        ),
        odd(
            "a second header row with the options",
            csv_file(_two_rows(second=True)),
            ("second_header", CRITICAL, 2, "column", "Open-Ended Response"),
            ("options_without_header", CRITICAL, 4, "column", "Metod"),
            ("options_without_header", CRITICAL, 3, "column", "Samverkan"),
        ),
        odd(
            "a second header row with the questions, a third with their ids",
            csv_file([HEADER, HEADER, imported, *ROWS]),
            ("second_header", CRITICAL, 2, "column", "Mottagare"),
            values={(4, "unused_kr"): 0, (5, "collaboration"): ("none",)},
            whole=True,
        ),
        odd(
            "options by commas",
            commas,
            ("split_by_comma", WARNING, 2, "collaboration", WITH_OTHERS.replace(";", ", ")),
            values={(2, "collaboration"): ("civil_society", "other_municipality")},
            whole=True,
        ),
        odd(
            "options by commas, the last with its text",
            csv_file(table((3, "method", both))),
            ("split_by_comma", WARNING, 3, "method", both),
            values={(3, "method"): ("motivational_interviewing", "other"), (3, "method_text"): "Må bra"},
        ),
        odd(
            "options by commas, not all of them known",
            csv_file(table((3, "method", unsure))),
            ("split_unsure", WARNING, 3, "method", unsure),
            values={(3, "method"): ()},
            whole=True,
        ),
        cell(
            "options by commas, where one may end in two places",
            "method",
            f"{both}, FINGER-modellen",
            (),
            "split_unsure",
        ),
        odd(
            "the answer to which behind its option",
            csv_file(table((3, "method", "Annan metod, ange vilken: Må bra"))),
            values={(3, "method"): ("other",), (3, "method_text"): "Må bra"},
        ),
        cell("a word of one's own in place of an option", "method", "Egen modell", (), "option_unknown"),
    ]  # fmt: skip


def reported() -> list[Case]:
    """Return all of them."""
    return _layouts()
