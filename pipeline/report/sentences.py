"""What sentences are chosen by: changes, ranks and extremes of the data; and claims, which must hold.

The sentences themselves are macros in reports/sentences.sv.md.j2 and sentences.en.md.j2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pipeline import language
from pipeline.errors import UserError
from pipeline.markdown import Markdown, escape
from pipeline.report.writer import Number, Writer
from pipeline.tabulate import Table

Change = Literal["more", "fewer", "equal", "unknown"]


class FalseClaimError(UserError):
    """The text says what the data does not bear."""


def claim(holds: object, sentence: str) -> Markdown:
    """Return the sentence if it holds. FalseClaimError, naming it, if not."""
    if not holds:
        raise FalseClaimError(f"the data does not bear the sentence: {sentence}")
    return Markdown(sentence)


def change(now: float | None, before: float | None) -> Change:
    """Compare a figure with the year before."""
    if now is None or before is None:
        return "unknown"
    return "equal" if now == before else ("more" if now > before else "fewer")


@dataclass(frozen=True)
class Extreme:
    """The highest or lowest share (0 to 1), and the keys of every row that has it."""

    value: Fraction
    keys: tuple[str, ...]


def extreme(
    rows: Mapping[str, Mapping[str, Any]], part: str, whole: str, pick: Callable[[Iterable[Fraction]], Fraction]
) -> Extreme | None:
    """Find the highest (`max`) or lowest share of two columns, and every row that has it; None when no row has a share.

    Shares are compared exactly: rows that only round to the same percentage are no tie.
    """
    shares = {key: Fraction(row[part], row[whole]) for key, row in rows.items() if row[whole]}
    if not shares:
        return None
    value = pick(shares.values())
    return Extreme(value, tuple(key for key, share in shares.items() if share == value))


@dataclass(frozen=True)
class Rank:
    """Answers that as many chose, best first: how many, their share, their words as a sentence quotes them."""

    count: int
    share: Number
    answers: Sequence[str]
    quoted: Markdown


def ranked(writer: Writer, table: Table) -> list[Rank]:
    """Rank the answers of a question by how many chose them, ties together. Empty when nobody is in the base.

    Answers that exclude the others and derived rows are no candidates.
    """
    options = [row.option for row in table.counted if row.kind == "option" and row.option in table.rows]
    if not options or not table.rows[options[0]]["base"]:
        return []
    places: dict[int, list[str]] = {}
    for option in options:
        places.setdefault(table.rows[option]["count"], []).append(option)
    return [
        Rank(count, writer.n(f"{table.declared.id}/{tied[0]}/percent"), tied, writer.quoted(table, tied))
        for count, tied in sorted(places.items(), reverse=True)
    ]


@dataclass(frozen=True)
class Region:
    """Regions with the same share: their names as a sentence lists them, and the share."""

    names: Markdown
    share: Number


@dataclass(frozen=True)
class Regions:
    """Where a share is highest and lowest. `alike` when it is the same everywhere, `nearly` when it rounds to that."""

    highest: Region
    lowest: Region
    alike: bool
    nearly: bool


def extremes(writer: Writer, table: Table, part: str, whole: str, option: str | None = None) -> Regions | None:
    """Find the regions with the highest and the lowest share, ties together; None when fewer than two have one.

    With an `option`, it is a table of answers, and regions with a small base are left out.
    """
    rows = table.rows
    if option is not None:
        small = writer.declarations.small_base
        rows = {key: row for key, row in rows.items() if key.endswith(f"/{option}") and row[whole] >= small}
    rows = {key: row for key, row in rows.items() if row[whole]}
    high, low = (extreme(rows, part, whole, pick) for pick in (max, min))
    if high is None or low is None or len(rows) < 2:
        return None

    def region(keys: Sequence[str]) -> Region:
        names = language.listed([escape(str(rows[key]["region"])) for key in keys], writer.language)
        return Region(Markdown(names), writer.n(f"{table.declared.id}/{keys[0]}/percent"))

    nearly = rows[high.keys[0]]["percent"] == rows[low.keys[0]]["percent"]
    return Regions(region(high.keys), region(low.keys), high.value == low.value, nearly)
