"""The returns of a year, read by its form as one table: an export, and any number of files in the folder `returns/`."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.declarations import UNUSED
from pipeline.errors import UnreadableInputError
from pipeline.mask import mask
from pipeline.model import Text
from pipeline.paths import shown_names
from pipeline.read.answers import Answers, columns_of, meaning_of, option_columns, read_question
from pipeline.read.corrections import Correctable, Corrections, Made, correct, correct_options, names_in
from pipeline.read.roles import RETURNS, is_table
from pipeline.read.sheets import PLACE, PROBLEMS, Problem, Row, Sheet, read_sheet
from pipeline.read.values import WORDS, header_key, kronor, moment
from pipeline.register import match, municipalities
from pipeline.year import Year

NAMED: dict[str, Any] = dict.fromkeys(("municipality_code", "outcome", "suggestion"), pl.String)
"""The columns of every row with a name: what the register made of it."""
_RETURNS: dict[str, Any] = {"recipient": pl.String, **NAMED, "submitted_on": pl.Datetime, **PLACE}
_RETURNS |= {"file_row": pl.Int64}
_ANSWERS: dict[str, Any] = {"number": pl.Int64, "day": pl.Date, "options": pl.String, "text": pl.String}
_COLUMNS = {"text": "text", "date": "day", "choice": "options", "multi": "options"}  # by kind; others: number
_SPECIFIED: dict[str, Any] = {"row": pl.Int64, **dict.fromkeys(("question", "option", "text"), pl.String)}
_IMPORTED = '{"importid"'  # of a survey tool's third header row

Frames = dict[str, pl.DataFrame]


def named(written: str | None, code: str | None = None) -> dict[str, str | None]:
    """Match a written name: the municipality's code, what came of the match, and the names that it may have meant."""
    found = match(written or "", code)
    names = list(found.suggestions)
    if found.outcome == "wrong_code":  # the name is right: what is asked for is its code
        names = [f"{each.name} ({each.code})" for each in municipalities().values() if each.name in names]
    suggestion = "; ".join(names) or None
    return {"municipality_code": found.municipality_code, "outcome": found.outcome, "suggestion": suggestion}


def read_all(
    export: Path | None, folder: Path, shown_as: str, rules: Year, corrections: Corrections
) -> tuple[Frames, Made, list[tuple[str, Path, str | None]]]:
    """Read the export of a year folder, and the files in its `returns/`: frames, what became of corrections, and each
    file with the sheet read. One there that cannot be read is a problem; UnreadableInputError for the export."""
    parts, made, files = list[Frames](), Made(), list[tuple[str, Path, str | None]]()
    inside = folder / RETURNS
    there = shown_names(folder, filter(is_table, sorted(inside.iterdir()) if inside.is_dir() else []))
    for shown, path in [*there.items(), *([(export.name, export)] if export else [])]:
        name, sheet_name, first = f"{shown_as}/{shown}", None, 0 if path == export else len(parts)
        try:
            sheet = _sheet(path, name, rules, or_form=path != export)
            frames, here = _frames_of(sheet, rules, corrections)
        except UnreadableInputError as error:
            if path == export:
                raise
            said = str(error).removeprefix(name).lstrip(",: ")
            row = ("file_unreadable", "file", said, _municipality_of(path.stem), name, None)
            frames = {"problems": pl.DataFrame([row], PROBLEMS, orient="row")}
        else:
            made.extend(here)
            sheet_name = sheet.name
        parts.insert(first, frames)
        files.insert(first, (name, path, sheet_name))
    return _joined(parts, rules) if parts else {}, made, files


def read_returns(path: Path, shown_as: str, rules: Year) -> Frames:
    """Read one file into frames: returns, answers, specified (texts behind "which?"), questions, options, problems."""
    return _frames_of(_sheet(path, shown_as, rules), rules, ())[0]


def _joined(parts: list[Frames], rules: Year) -> Frames:
    """Put the frames of several files together: `row` numbers all returns, `file_row` those of a file."""
    last, moved = 0, dict[str, list[pl.DataFrame]]()
    for part in parts:
        for name in ("returns", "answers", "specified"):
            if name in part:
                moved.setdefault(name, []).append(part[name].with_columns(pl.col("row") + last))
        last += max(part["returns"]["row"], default=0) if "returns" in part else 0
    frames = {name: pl.concat(each) for name, each in moved.items()}
    answered = set(frames["answers"]["question"]) if "answers" in frames else set()
    missing = (pl.col("kind") == "missing_column") & pl.col("field").is_in(answered)
    frames["problems"] = pl.concat(part["problems"] for part in parts).filter(~missing)
    return frames | form_frames(rules, answered)


def _municipality_of(stem: str) -> str | None:
    """Return the municipality that the name of a file tells of, if it tells of one and no other."""
    words = re.split(r"[\s_\-.]+", stem)
    spans = [words[start:end] for start in range(len(words)) for end in range(start + 1, len(words) + 1)]
    found = {match(" ".join(span)).municipality_code for span in spans} - {None}
    return found.pop() if len(found) == 1 else None


def _sheet(path: Path, shown_as: str, rules: Year, *, or_form: bool = False) -> Sheet:
    """Read the file as a table of text, or as one form (`or_form`) that was filled in."""
    if rules.column("recipient") is None:
        raise UnreadableInputError("cannot be read without the question 'recipient' in year.toml", file=shown_as)
    columns = [column for question in rules.question for column in columns_of(question)]
    required = [question.column for question in rules.question if question.required and question.kind != "multi"]
    return read_sheet(path, shown_as, [*columns, *rules.returns.complete_when], required, or_form=or_form)


def _frames_of(sheet: Sheet, rules: Year, corrections: Corrections) -> tuple[Frames, Made]:
    """Read a table of returns, into which corrections are put first."""
    complete_when, sender = rules.returns.complete_when, sheet.require(rules.column("recipient") or "")
    sheet, problems = _without_second_header(sheet, rules, sender)
    sheet, left_out = _finished(sheet, complete_when) if complete_when else (sheet, _looking_unfinished(sheet))
    problems += left_out
    names = names_in(sheet, sender)
    columns = {
        question.id: Correctable(place, meaning_of(question), question.kind == "multi")
        for question in rules.question
        if (place := sheet.at(question.column)) is not None
    }
    in_options = {question.id for question in rules.question if option_columns(sheet, question)}
    sheet, made = correct(sheet, sender, columns, [one for one in corrections if one.field not in in_options])
    read = {question.id: read_question(sheet, question) for question in rules.question}
    for question in rules.question:
        if question.id in in_options and (answers := read[question.id]):
            wanted = [one for one in corrections if one.field == question.id]
            made.extend(correct_options(sheet, sender, names, answers, wanted))
    answered = [answers for answers in read.values() if answers]
    rows = [row.number for row in sheet.rows]
    problems += [(kind, each.question.id, value, row) for each in answered for kind, value, row in each.problems]
    problems += sheet.unread({question.column: question.id for question in rules.question if question.kind == "multi"})
    missing = [question for question in rules.question if read[question.id] is None]
    problems += [("missing_column", question.id, question.column, None) for question in missing]
    texts = [(row, each.question.id, option, text) for each in answered for row, option, text in each.specified]
    frames = {
        "returns": _sent(sheet, sender, rules),
        "answers": pl.concat([_frame(rows, answers) for answers in answered]),
        "specified": pl.DataFrame(texts, schema=_SPECIFIED, orient="row"),
        "problems": sheet.problems(problems),
    }
    return frames | form_frames(rules, {answers.question.id for answers in answered}), made


def _without_second_header(sheet: Sheet, rules: Year, sender: int) -> tuple[Sheet, list[Problem]]:
    """Leave out rows straight under the header that are header too, as survey tools write for options and texts."""
    words = {word for one in rules.question for word in (one.column, one.text.sv, one.text.en)}
    words |= {option.text.sv for question in rules.question for option in question.option}
    keys, headers = {*map(header_key, words), *WORDS["second_header"]}, list[Row]()
    for row in sheet.rows:
        cells = [header_key(cell) for cell in row.cells if cell]
        hits = sum(cell in keys or cell.startswith(_IMPORTED) for cell in cells)
        if 2 * hits < len(cells) or any(map(kronor, cells)) or match(row.cells[sender] or "").municipality_code:
            break
        headers.append(row)
    if not headers or len(headers) == len(sheet.rows):
        return sheet, []
    first = next(cell for cell in headers[0].cells if cell)
    left = replace(sheet, rows=sheet.rows[len(headers) :])
    return left, [("second_header", None, mask(first), headers[0].number)]


def _finished(sheet: Sheet, complete_when: Mapping[str, int | list[str]]) -> tuple[Sheet, list[Problem]]:
    """Leave out the rows that the columns named in year.toml do not call finished. UnreadableInputError without one."""
    rules = {sheet.require(column): wanted for column, wanted in complete_when.items()}
    left, found = list[Row](), list[Problem]()
    for row in sheet.rows:
        missed = next((place for place, wanted in rules.items() if not _meets(row.cells[place] or "", wanted)), None)
        if missed is None:
            left.append(row)
        else:
            found.append(("return_unfinished", None, _said(sheet, row, missed), row.number))
    if not left:
        todo = "correct complete_when, or wait for the first return"
        expected = f"as year.toml has it: {dict(complete_when)}"
        place: dict[str, Any] = {"file": sheet.file, "found": found[0][2]}
        raise UnreadableInputError("no return is finished", **place, expected=expected, todo=todo)
    return replace(sheet, rows=tuple(left)), found


def _looking_unfinished(sheet: Sheet) -> list[Problem]:
    """Return a problem for each row that a column which is not in the form seems to call unfinished, or a test."""
    tests: list[tuple[int, Callable[[str], bool]]] = []
    for place, key in enumerate(map(header_key, sheet.header)):
        if key in WORDS["finished_headers"] - sheet.known:
            tests.append((place, (WORDS["not_finished"] | WORDS["unfinished"]).__contains__))
        elif key in WORDS["progress_headers"] - sheet.known:
            tests.append((place, lambda text: not _meets(text, 100)))
        elif key and key not in sheet.known:
            tests.append((place, WORDS["unfinished"].__contains__))
    return [
        ("looks_unfinished", None, _said(sheet, row, place), row.number)
        for row in sheet.rows
        for place, test in tests
        if (text := row.cells[place]) and test(header_key(text))
    ]


def _meets(text: str, wanted: int | list[str]) -> bool:
    if isinstance(wanted, int):
        reached = kronor(text.removesuffix("%").strip())
        return reached is not None and reached >= wanted
    return header_key(text) in map(header_key, wanted)


def _said(sheet: Sheet, row: Row, place: int) -> str:
    return mask(f"{sheet.header[place]}: {row.cells[place] or ''}".strip())


def form_frames(rules: Year, answered: Collection[str], coded: bool = False) -> Frames:
    """The form as frames: its questions, `answered` when the returns have a column for it, and its options. Free text
    that is coded by hand is a question more, `<question>_themes`, answered when there is a themes.csv."""
    asked = [
        each.model_dump(include={"kind", "asked", "comparable", "required"})
        | {"question": each.id, "told": "named" if each.id in ("recipient", UNUSED) else each.told}
        | _both(text=each.text, short=each.short, note=each.note)
        | {"answered": each.id in answered, "synthetic": each.id in rules.grant.synthetic, "coded": False}
        for each in rules.question
    ]
    themed, more = {theme.question for theme in rules.theme}, {"kind": "multi", "required": False, "coded": True}
    more |= {"answered": coded}
    asked += [each | more | {"question": f"{each['question']}_themes"} for each in asked if each["question"] in themed]
    options = [
        {"question": question.id, "option": one.id, "exclusive": one.exclusive}
        | _both(label=one.text, short=one.short, in_text=one.in_text)
        for question in rules.question
        for one in question.option
    ]
    options += [
        {"question": f"{theme.question}_themes", "option": theme.id, "exclusive": False}
        | _both(label=theme.text, short=None, in_text=None)
        for theme in rules.theme
    ]
    lists = {"questions": asked, "options": options}
    return {name: pl.DataFrame(its, infer_schema_length=None).with_row_index("position") for name, its in lists.items()}


def _both(**texts: Text | None) -> dict[str, str | None]:
    """Return words as two columns each."""
    return {f"{name}_{lang}": text[lang] if text else None for name, text in texts.items() for lang in ("sv", "en")}


def _frame(rows: list[int], answers: Answers) -> pl.DataFrame:
    own = _COLUMNS.get(answers.question.kind, "number")
    columns: dict[str, Any] = {"text": answers.unread, own: answers.values}
    if own == "options":  # a list for each row, made one by one, takes most of the time: polars splits text
        columns["options"] = [";".join(chosen) for chosen in answers.values]
    frame = pl.DataFrame({name: columns.get(name, [None] * len(rows)) for name in _ANSWERS}, schema=_ANSWERS)
    nothing, options = pl.lit([], dtype=pl.List(pl.String)), pl.col("options")
    split = pl.when(options == "").then(nothing).otherwise(options.str.split(";"))
    question, row = pl.lit(answers.question.id).alias("question"), pl.Series("row", rows, dtype=pl.Int64)
    return frame.select(row, question, "number", "day", split.alias("options"), "text")


def _sent(sheet: Sheet, sender: int, rules: Year) -> pl.DataFrame:
    senders, sent = sheet.texts(sender), rules.column("submitted_on")
    known = {name: named(name) for name in set(senders)}
    records = [
        {"recipient": mask(name or ""), **known[name], "submitted_on": moment(text or ""), "file": sheet.file}
        | {"row": row.number, "file_row": row.number}
        for row, name, text in zip(sheet.rows, senders, sheet.texts(sheet.at(sent) if sent else None), strict=True)
    ]
    return pl.DataFrame(records, schema=_RETURNS, orient="row")
