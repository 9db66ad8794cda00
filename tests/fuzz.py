"""Thousands of files that went wrong on their way, read: `python -m tests.fuzz SEED [FILES]`, or `make fuzz`.

Each begins as the clean returns of the corpus. Some are laid out anew (columns, titles, delimiters, workbooks, one file
a municipality), with some cells written over; some have bytes damaged. No traceback, no hang, and no value changed in
silence: what was not touched is read as it was, unless an error, a critical finding or one on its question says
otherwise; what was touched is found, or read as the digits and options that stand there.
"""

import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from pipeline.errors import UserError
from pipeline.read import read_folder
from tests.corpus import CASES
from tests.odd_files import CLEAN, HEADER, OPTIONS, PLACES, ROWS, book, csv_file, option_columns
from tests.test_corpus import NASTY, findings_of_reading, values
from tests.world import cases

SECONDS = 10  # for one file
ODD = [*NASTY, *cases("nasty")["answers"]]
DAYS = {"2025-01-20T23:30:00Z": date(2025, 1, 21), "20 januari 2025": date(2025, 1, 20)}
DAYS |= {"0001-01-01": date(1, 1, 1), "9999-12-31": date(9999, 12, 31)}
CRITICAL_OF_FILE = {"options_without_header", "second_header"}


class SilentChangeError(AssertionError):
    """A value that was read is not what stands in the file, and nothing says so."""


def laid_out(chance: random.Random) -> tuple[dict[str, bytes], dict[tuple[str, str], str]]:
    """Return files by name, and what was written over which cell, by sender and question."""
    written: dict[tuple[str, str], str] = {}
    is_wide = chance.random() < 0.3
    marks = [("x", None), (1, 0), ("Ja", "Nej"), ("Checked", "Unchecked")]
    cells = [list(row) for row in (option_columns(*chance.choice(marks)) if is_wide else [HEADER, *ROWS])]
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        row, at = chance.randrange(1, len(cells)), chance.randrange(len(cells[0]))
        text = chance.choice(ODD) + (chance.choice(ODD) if chance.random() < 0.2 else "")
        question = question_of(cells[0][at])
        written[ROWS[row - 1][0], question] = written.get((ROWS[row - 1][0], question), "") + "\n" + text
        cells[row][at] = text
    order = list(range(len(cells[0])))
    if chance.random() < 0.3:
        chance.shuffle(order)
    cells = [[row[at] for at in order] for row in cells]
    if chance.random() < 0.2:
        cells[0] = [chance.choice([str.upper, str.lower, "  {} ".format])(name) for name in cells[0]]
    if chance.random() < 0.2:
        cells = [["Återrapporter"], [], *cells]
    if chance.random() < 0.15:
        at = chance.randrange(len(cells) - 1) + 1
        cells = [*cells[:at], [], [None] * 3, *cells[at:]]
    if chance.random() < 0.15 and len(cells) == 5:
        parts = {f"returns/{at}.csv": csv_file([cells[0], row]) for at, row in enumerate(cells[1:])}
        return parts, written
    if chance.random() < 0.3:
        plain = [
            [re.sub(r"[\x00-\x08\x0b-\x1f]", "", c)[:32_000] if isinstance(c, str) else c for c in row] for row in cells
        ]
        return {"returns.xlsx": book(plain, *([[["x"]]] if chance.random() < 0.2 else []))}, written
    encoding = chance.choice(["utf-8", "utf-8-sig", "utf-16", "utf-8"])
    return {"returns.csv": csv_file(cells, chance.choice(",;\t"), encoding, quoting=chance.choice([0, 1]))}, written


def question_of(header: str) -> str:
    """The question that a header belongs to; the text behind which has its own name."""
    column = header.partition(": ")[0]
    if header.endswith("(text)"):
        return "method_text"
    return next(question for question, at in PLACES.items() if HEADER[at] == column)


def damaged(chance: random.Random) -> dict[str, bytes]:
    """Return a file some of whose bytes are gone, doubled, or others."""
    name, content = chance.choice([("returns.csv", csv_file([HEADER, *ROWS])), ("returns.xlsx", book([HEADER, *ROWS]))])
    if name.endswith("csv"):
        content = content.decode().encode(chance.choice(["utf-8", "cp1252", "mac_roman"]), "replace")
    for _ in range(chance.choice([1, 1, 3, 20])):
        at, size = chance.randrange(len(content)), chance.choice([0, 1, 2, 40])
        put = chance.choice(
            [b"", bytes([chance.randrange(256)]), b'"', b";", b"\n", content[at : at + size], b"\x00", b"\xe5"]
        )
        content = content[:at] + put + content[at + size :]
    return {name: content}


def hold(frames: Mapping[str, pl.DataFrame], written: Mapping[tuple[str, str], str]) -> None:
    """Raise SilentChangeError for a value that is neither the clean one, nor found, nor what was written."""
    found = findings_of_reading(frames)
    if CRITICAL_OF_FILE & {rule for rule, *_ in found}:
        return
    rows = {(row, field) for _, _, row, field, _ in found} | {(row, f"{field}_text") for _, _, row, field, _ in found}
    whole = {field for rule, _, _, field, _ in found if rule == "question_unreadable"}
    sender = {row["row"]: row["recipient"] for row in frames["returns"].iter_rows(named=True)}
    touched = {who for who, question in written if question == "recipient"}
    touched |= {who for who, times in Counter(sender.values()).items() if times > 1}
    for (row, question), value in values(frames).items():
        who, base = sender[row], question.removesuffix("_text")
        if who not in {name for name, _ in CLEAN} or who in touched or (row, question) in rows or base in whole:
            continue
        text, clean = written.get((who, question)) or written.get((who, base)), CLEAN.get((who, question))
        is_clean = value == clean or (value in (None, ()) and clean in (None, ()))
        if not is_clean and not (text and stands(value, text, question)):
            raise SilentChangeError(f"{who}, {question}: {value!r}; clean {clean!r}, written {text!r}")


def stands(value: Any, text: str, question: str) -> bool:
    """Whether a value is what was written: its digits, its options, or the text itself."""
    if isinstance(value, date):
        return any(written in text for written, day in DAYS.items() if day == value)
    if isinstance(value, int):
        return str(value) in {
            re.sub(r"\D", "", part).lstrip("0") or "0" for part in (*text.split("\n"), re.sub(r"[.,]0+\b", "", text))
        }
    if isinstance(value, tuple):
        said = OPTIONS[question]
        if not text.strip("\n\ufeff\u200f\u2028\x85 "):
            return True
        mark = any(word in text.casefold() for word in ("x", "1", "ja", "y", "checked", "vald", "sant", "0", "nej"))
        return all(said[option].rstrip(":").casefold() in " ".join(text.casefold().split()) or mark for option in value)
    return value is None or " ".join(str(value).split()) in " ".join(text.split()) or "[" in str(value)


def hold_numbers(frames: Mapping[str, pl.DataFrame], content: bytes) -> None:
    """Raise SilentChangeError for a number that stands nowhere in a damaged file."""
    digits = re.sub(rb"\D", b"", content).decode()
    for number in frames["answers"]["number"].drop_nulls():
        if str(number) not in digits:
            raise SilentChangeError(f"{number} stands nowhere in the file")


def one(chance: random.Random, folder: Path) -> str:
    """Read one file, and say what came of it."""
    written: dict[tuple[str, str], str] | None = None
    if chance.random() < 0.7:
        files, written = laid_out(chance)
    else:
        files = damaged(chance)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    try:
        frames = read_folder(folder, "raw/2024").frames
    except UserError as error:
        if "\n" in str(error) or len(str(error)) > 2_000:
            raise AssertionError(f"no single line: {error}") from None
        return "stopped by one line"
    finally:
        for name in files:
            (folder / name).unlink()
        if (folder / "returns").is_dir():
            (folder / "returns").rmdir()
    if "answers" not in frames:
        return "no file could be read"
    if written is not None:
        hold(frames, written)
    elif "returns.csv" in files:
        hold_numbers(frames, files["returns.csv"])
    return "read, with findings" if findings_of_reading(frames) else "read as clean"


def main(seed: int, files: int) -> int:
    """Read so many files, and give how many of them failed."""
    began, counted, failed = time.monotonic(), Counter[str](), 0
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError(f"{SECONDS} seconds")))
    with TemporaryDirectory() as target:
        folder = Path(target) / "2024"
        CASES[0].write(folder)
        (folder / "returns.csv").unlink()
        for number in range(files):
            signal.alarm(SECONDS)
            try:
                counted[one(random.Random(f"{seed}/{number}"), folder)] += 1
            except Exception as fault:  # whatever it is, it is what is looked for
                failed += 1
                sys.stdout.write(f"file {number} of seed {seed}: {type(fault).__name__}: {str(fault)[:400]}\n")
            finally:
                signal.alarm(0)
    told = ", ".join(f"{many} {what}" for what, many in sorted(counted.items()))
    sys.stdout.write(f"seed {seed}: {files} files in {time.monotonic() - began:.0f} s: {told}, {failed} FAILED\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2_000) > 0)
