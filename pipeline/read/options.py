"""What a cell says of options: a mark in an option's own column, or the texts of those that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.read.headers import header_key, header_text
from pipeline.read.values import clean
from pipeline.year import Question

# As survey tools and spreadsheets write them, in Swedish and English.
_DONE = "checked selected chosen ticked vald valt markerad markerat ikryssad ikryssat kryssad ibockad".split()  # noqa: SIM905
_CHOSEN = frozenset({*_DONE, "1", "1.0", "1,0", "x", "ja", "j", "yes", "y", "true", "sant", "on", "✓", "✔", "☑"})
_NOT_CHOSEN = frozenset(
    {f"{no} {done}" for no in ("not", "ej", "inte") for done in _DONE}
    | {"unchecked", "unselected", "unticked", "omarkerad", "omarkerat", "avmarkerad", "okryssad"}
    | {"0", "0.0", "0,0", "nej", "n", "no", "false", "falskt", "off", "☐"}
)
_HEADERS = ("{}: {}", "{} [{}]", "{} - {}", "{}/{}", "{} (choice={})")
_CLOSING = " .:"
_MOST_PIECES = 100


@dataclass
class Parts:
    """What one cell of a question says: the options chosen, texts behind "which?", and what is no option."""

    chosen: list[str]
    specified: list[tuple[str, str]]
    unknown: list[str]
    unsure: list[str]
    """Parts split by commas, some of which are options, but not all."""
    commas: bool = False
    """True when options were split by commas."""


class Options:
    """The options of a question, looked up by what people write."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.by_key = {option_key(option.text.sv): option.id for option in question.option}

    @cached_property
    def _asking_which(self) -> list[tuple[str, str]]:
        return [
            (option_key(option.text.sv), option.id)
            for option in sorted(self.question.option, key=lambda option: -len(option.text.sv))
            if option.specify
        ]

    def find(self, part: str) -> tuple[str, str | None] | None:
        """Return the option that a part names, and the text behind "which?" if it stands there too."""
        key = option_key(part)
        if key in self.by_key:
            return self.by_key[key], None
        tidy = header_text(part)
        for own, id_ in self._asking_which:
            rest = tidy[len(own) :].lstrip()
            if tidy.casefold().startswith(own) and rest[:1] in tuple(":(,–-") and (text := clean(rest.strip(":(),–-"))):
                return id_, text
        return None

    def read(self, text: str) -> Parts:
        """Read a cell with the texts of options, split by ";" or line breaks, or by commas when that is sure."""
        read = Parts([], [], [], [])
        for piece in text.split(";"):  # a line break separates options, unless it stands inside the text of one
            for part in [piece] if option_key(piece) in self.by_key else piece.splitlines():
                if named := clean(part):
                    self._read_part(named, read)
        return read

    def _read_part(self, part: str, read: Parts) -> None:
        found, pieces = self.find(part), part.split(",") if self.question.kind == "multi" else []
        options = [found] if found else None
        if not options and 1 < len(pieces) <= _MOST_PIECES:
            options = self._split(pieces)
            read.commas |= options is not None
        if options is None:
            (read.unsure if any(map(self.find, pieces)) else read.unknown).append(part)
        for option, which in options or ():
            read.chosen += [option] if option not in read.chosen else []
            read.specified += [(option, which)] if which else []

    def _split(self, pieces: Sequence[str]) -> list[tuple[str, str | None]] | None:
        """Join pieces between commas to options. None unless there is just one way that leaves nothing over."""
        ways: list[list[list[tuple[str, str | None]]]] = [[[]]]
        for end in range(1, len(pieces) + 1):
            found = [(start, self.find(",".join(pieces[start:end]))) for start in range(end)]
            ways.append([[*way, option] for start, option in found if option for way in ways[start]][:2])
        return ways[-1][0] if len(ways[-1]) == 1 else None


def option_key(text: str) -> str:
    """Return what option texts are compared by: their words, whatever case, spaces or closing punctuation."""
    return header_key(text).rstrip(_CLOSING)


def option_headers(column: str, option: str) -> list[str]:
    """Return the headers that an option's own column may have; the first is the one that messages ask for."""
    return [form.format(column, option) for form in _HEADERS]


def is_chosen(text: str, own: str, elsewhere: bool) -> bool | None:
    """Return whether a cell in an option's own column says that it was chosen; None when it is not sure.

    `own` is the option's text, which means chosen too. Where that reads like a no, it is one only if the same word
    stands in columns of other options (`elsewhere`).
    """
    word = header_key(text)
    if option_key(text) == option_key(own):
        return True if word not in _NOT_CHOSEN else (False if elsewhere else None)
    return word in _CHOSEN or (False if word in _NOT_CHOSEN else None)
