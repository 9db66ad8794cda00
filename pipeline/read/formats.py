"""What a spreadsheet shows of a number: "2 tkr", "200 %" or "Ja" may stand for 2, 2 and 1 by the format of the cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<operator><=|>=|<>|<|>|=)(?P<limit>-?[\d.]+)\]|\[[^\]]*\]|[_*].|(?P<section>;)|(?P<other>.)",
    re.DOTALL,
)
_HOLDS = {
    "<=": float.__le__, ">=": float.__ge__, "<>": float.__ne__, "<": float.__lt__, ">": float.__gt__, "=": float.__eq__,
}  # fmt: skip


@dataclass
class _Section:
    """One part of a format: the words beside the number, its place holders, and when it applies."""

    words: str = ""
    number: str = ""
    operator: str | None = None
    limit: float = 0.0

    @property
    def thousands(self) -> int:
        """How many times the number is divided by a thousand: the commas behind its last digit."""
        found = re.search(r"[0#?](,+)[^0#?]*$", self.number)
        return len(found[1]) if found else 0

    @property
    def misleads(self) -> bool:
        """Whether what is shown reads as another value than the number itself."""
        return "%" in self.number + self.words or any(map(str.isalpha, self.words)) or self.thousands > 0


@cache
def _sections(code: str) -> list[_Section]:
    sections = [_Section()]
    for token in _TOKEN.finditer(code):
        if token["section"]:
            sections.append(_Section())
        elif token["operator"]:
            sections[-1].operator, sections[-1].limit = token["operator"], float(token["limit"])
        elif token["other"]:
            sections[-1].number += token["other"]
        else:
            sections[-1].words += token["quoted"] or token["escaped"] or token["currency"] or ""
    return sections


def misleads(code: str) -> bool:
    """Return whether a number format may show a number as something else."""
    return any(section.misleads for section in _sections(code))


def shown(value: float, code: str) -> str:
    """Return the number as text, with what its format makes of it where that is something else.

    A number in thousands without a word for it is given with its format, which nobody takes for an amount.
    """
    plain, section = f"{value:.15g}", _that_applies(float(value), _sections(code))
    words = " ".join(section.words.split()).strip("-– ")
    if not section.misleads:
        return plain
    if not re.search(r"[0#?]|General", section.number):
        return words
    if "%" in section.number:
        return f"{100 * value:.15g} %"
    scaled = f"{value / 1000**section.thousands:.15g}"
    return f"{scaled} {words}" if words else f"{plain} [{code}]"


def _that_applies(value: float, sections: list[_Section]) -> _Section:
    if any(section.operator for section in sections):
        fits = [one for one in sections if not one.operator or _HOLDS[one.operator](value, one.limit)]
        return fits[0] if fits else sections[-1]
    place = 0 if value > 0 else 1 if value < 0 else 2
    return sections[place] if place < len(sections) else sections[0]
