"""What sentences are chosen by: changes, ranks and extremes of the data; and claims, which must hold.

The sentences themselves are macros in reports/sentences.sv.md.j2 and sentences.en.md.j2.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pipeline import language
from pipeline.errors import UserError
from pipeline.markdown import Markdown, escape
from pipeline.report.writer import Number, Writer
from pipeline.store.rows import NOT_ANSWERED

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
class AnswerCounts:
    """How many answered a question: its base, who answered and who did not (None: nobody is silent)."""

    base: Number
    answered: Number
    silent: Number | None

    @property
    def few(self) -> bool:
        """Whether more than a tenth of the base is silent: then shares are told of those that answered too."""
        return too_few(self.base.value, self.answered.value)


def too_few(base: int | None, answered: int | None) -> bool:
    """Return whether less than nine tenths of a base answered. What print does not tell is taken as enough."""
    return base is not None and answered is not None and answered * 10 < base * 9


def answers(writer: Writer, question: str) -> AnswerCounts | None:
    """Say how many answered a question; None when nobody is in its base, or the year does not ask it."""
    if question not in writer.tables:
        return None
    table = writer.tables[question]
    first = next(iter(table.rows))
    if not table.rows[first]["base"] or "answered" not in table.rows[first]:
        return None
    base, answered = (writer.n(f"{table.declared.id}/{first}/{column}") for column in ("base", "answered"))
    is_silent = NOT_ANSWERED in table.rows
    silent = writer.n(f"{table.declared.id}/{NOT_ANSWERED}/count") if is_silent else None
    return AnswerCounts(base, answered, silent)


def comparable(
    rows: Mapping[str, Mapping[str, Any]], whole: str, small_base: int, together: Collection[str] = ()
) -> dict[str, Mapping[str, Any]]:
    """Return the rows that bear a comparison: no small base, nine tenths of it answered, of one group alone."""
    return {
        key: row
        for key, row in rows.items()
        if row[whole] >= small_base and not too_few(row[whole], row.get("answered"))
        if key.partition("/")[0] not in together
    }


@dataclass(frozen=True)
class Rank:
    """Answers that as many chose: how many, their row in the table, and their words as a sentence has them.

    They are `worded` where each has words for a sentence (`in_text` of year.toml), and otherwise quoted.
    """

    count: Number
    row: str
    answers: Sequence[str]
    words: Markdown
    worded: bool


def ranked(writer: Writer, question: str) -> list[Rank]:
    """Return the answers of a question, most chosen first, ties together; none when nobody is in the base.

    Answers that exclude the others are ranked too; derived rows are no answers.
    """
    table = writer.tables[question]
    options = [row.option for row in table.counted if row.kind in ("option", "exclusive") and row.option in table.rows]
    if not options or not table.rows[options[0]]["base"]:
        return []
    places: dict[int, list[str]] = {}
    for option in options:
        places.setdefault(table.rows[option]["count"], []).append(option)
    rows = [(f"{table.declared.id}/{tied[0]}", tied) for _, tied in sorted(places.items(), reverse=True)]
    return [Rank(writer.n(f"{row}/count"), row, tied, *writer.in_sentence(table, tied)) for row, tied in rows]


@dataclass(frozen=True)
class TiedRegions:
    """Regions with the same share: how many, their names as a sentence lists them, and the share."""

    count: int
    names: Markdown
    share: Number


@dataclass(frozen=True)
class Regions:
    """Where a share is highest and lowest. `alike` when it is the same everywhere, `nearly` when it rounds to that.

    `small` when regions were left out for their small base, or because too few answered there.
    """

    highest: TiedRegions
    lowest: TiedRegions
    alike: bool
    nearly: bool
    small: bool


def extremes(writer: Writer, table_id: str, part: str, whole: str, option: str | None = None) -> Regions | None:
    """Find the regions with the highest and the lowest share, ties together; None when fewer than two have one.

    Regions with a small base are left out. With an `option`, it is where that answer of a question is: then regions
    where less than nine tenths answered are left out too.
    """
    table = writer.tables[f"{table_id}_by_region" if option else table_id]
    there = {key: row for key, row in table.rows.items() if option is None or key.endswith(f"/{option}")}
    rows = comparable(there, whole, writer.declarations.small_base, table.together)
    high, low = (extreme(rows, part, whole, pick) for pick in (max, min))
    if high is None or low is None or len(rows) < 2:
        return None

    def region(keys: Sequence[str]) -> TiedRegions:
        names = language.listed([escape(str(rows[key]["region"])) for key in keys], writer.language)
        return TiedRegions(len(keys), Markdown(names), writer.n(f"{table.declared.id}/{keys[0]}/percent"))

    nearly = rows[high.keys[0]]["percent"] == rows[low.keys[0]]["percent"]
    left_out = any(row[whole] for key, row in there.items() if key not in rows)
    return Regions(region(high.keys), region(low.keys), high.value == low.value, nearly, left_out)
