"""Prose with Jinja2 in it to pieces: text whose numbers are tokens, and the blocks between.

Lines that hold nothing but tags fall away, and so do paragraphs in which nothing is said: only a blank line of the
source parts two paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.markdown import Markdown
from pipeline.model import Model, read_model
from pipeline.paths import REPORTS
from pipeline.report.blocks import Block
from pipeline.report.sentences import FalseClaimError
from pipeline.report.writer import TOKEN, Choice, Writer

if TYPE_CHECKING:
    from types import TracebackType

_NOT_TEXT = re.compile(r"\{[^{}\n]*\}|\]\([^()\s]*\)|<[a-z]+:[^<>\s]*>|@[a-z]+-[\w-]+")
"""Attributes of Markdown, the targets of links, addresses of pages, references: no reader sees their digits."""
_LEADING = re.compile(r"^\s*(?P<mark>#{1,6}\s|[-*]\s|\d+\.\s|\|)?")
_ELEMENTS = {"#": ("h2", "h3", "a"), "-": ("li",), "*": ("li",), "|": ("td",)}


class Constant(Model):
    """Digits that may stand in the text: a regular expression, in which elements of the page, and why."""

    pattern: str
    within: list[str]
    reason: str


class _Constants(Model):
    constant: list[Constant] = []


@cache
def constants(reports: Path) -> tuple[Constant, ...]:
    """Read constants.toml; there are none without the file. UserError when it does not hold."""
    if not (reports / "constants.toml").is_file():
        return ()
    return tuple(read_model(reports / "constants.toml", _Constants, "reports/constants.toml").constant)


def typed(text: str, reports: Path = REPORTS) -> Iterator[str]:
    """Return each line of a text that has a digit of its own, whose numbers with addresses are tokens."""
    for line in text.split("\n"):
        if not re.search(r"\d", line):
            continue
        mark = _LEADING.match(line)
        kind = (mark["mark"] or "")[:1] if mark else ""
        left = _NOT_TEXT.sub("", line[mark.end() if mark else 0 :])
        for constant in constants(reports):
            if set(constant.within) & set(_ELEMENTS.get(kind, ("p", "caption"))):
                left = re.sub(constant.pattern, "", left)
        if re.search(r"\d", left):
            yield line.strip()


def first_typed(text: str, source: str, reports: Path = REPORTS) -> tuple[int, str] | None:
    """Return the line in the source of the first digit of a text that somebody typed, and what is wrong with it."""
    line = next(typed(text, reports), None)
    if line is None:
        return None
    found = re.sub("[\U000f0000-\U0010fffd]", "…", line)
    return (
        _line_of(line, source),
        f"a digit has no address: “{found}”; take the number from a table, as in "
        '{{ n("key_figures/recipients/value") }}, or give reports/constants.toml the reason why it is no number',
    )


def _line_of(line: str, source: str) -> int:
    """Find the line of a source that a line of text comes from: the one that has its digits, outside of {{ … }}."""
    blank = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|<#.*?#>", lambda tag: re.sub(r"[^\n]", " ", tag[0]), source, flags=re.DOTALL)
    digits = re.findall(r"\d+", _NOT_TEXT.sub("", line))
    for number, content in enumerate(blank.split("\n"), start=1):
        if any(re.search(rf"(?<!\d){run}(?!\d)", content) for run in digits):
            return number
    return 1


Piece = str | Block
_PARAGRAPH = "\ue000"
_ENDS = re.compile(r"[ \t]+$", re.MULTILINE)
_CELL = "<template>"  # what Jinja2 calls a template that came as a text


def pieces_of(body: str, writer: Writer, names: Mapping[str, Any]) -> list[Piece]:
    """Fill in the prose of a cell. UserError naming the line when it does not hold, or a digit has no address."""
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        text = writer.environment.from_string(_marked(body)).render(names)
    except TemplateSyntaxError as error:
        where = f"line 1: reports/{error.name}, " if error.name else ""
        raise UserError(f"{where}line {error.lineno}: {error.message}") from None
    except (TemplateError, UserError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        kind = FalseClaimError if isinstance(error, FalseClaimError) else UserError
        raise kind(f"line {_line(error.__traceback__)}: {_said(error)}") from None
    found = list(_pieces(_tidied(text, writer), writer))
    for piece in found:
        own = piece if isinstance(piece, str) else "\n".join(getattr(piece, name, "") for name in ("caption", "note"))
        if typed := first_typed(own, body):
            raise UserError(f"line {typed[0]}: {typed[1]}")
    return found


def written(pieces: Sequence[Piece], writer: Writer) -> Markdown:
    """Write pieces as Markdown. No line ends with spaces: two of them would break it."""
    texts = (_ENDS.sub("", writer.resolve(piece)) if isinstance(piece, str) else str(piece) for piece in pieces)
    return Markdown("\n\n".join(text.strip("\n") for text in texts))


def prepare(writer: Writer, functions: Mapping[str, Any], mark: Callable[[str, str], str]) -> None:
    """Offer functions, texts to include, and the sentences of the language to the prose of a writer.

    Each macro of sentences.<language>.md.j2 becomes a function that gives one line; `mark` is told the table, its first
    argument, and gives the line.
    """
    from jinja2 import ChoiceLoader, FunctionLoader

    environment = writer.environment
    environment.loader = ChoiceLoader([FunctionLoader(_included), *filter(None, [environment.loader])])
    environment.globals |= {name: _in_calls(one) if callable(one) else one for name, one in functions.items()}

    def sentence(macro: Callable[..., str]) -> Callable[..., Markdown]:
        def say(table: str, *given: Any, **named: Any) -> Markdown:
            text = " ".join(macro(table, *given, **named).split())
            return Markdown(mark(table, text) if text else "")

        return say

    macros = vars(environment.get_template(f"sentences.{writer.language}.md.j2").make_module()).items()
    environment.globals |= {name: sentence(macro) for name, macro in macros if callable(macro) and name[0] != "_"}


def _in_calls(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function be used in `{% call %}` too: what stands in the call is its `note`."""

    def call(*given: Any, caller: Callable[[], str] | None = None, **named: Any) -> Any:
        if caller is None:
            return function(*given, **named)
        made = function(*given, **named, note=caller())
        return Markdown("" if made is None else made.__html__())

    return call


def _included(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    """Return a text of reports/, such as accessibility.sv.md, for Jinja2 to load. None when it is a phrase."""
    path = REPORTS / Path(name).name
    if path.suffix not in (".md", ".j2"):
        return None
    if not path.is_file():
        raise UserError(f"there is no text reports/{path.name} to include")
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        if typed := first_typed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", text), text):
            raise UserError(f"reports/{path.name}, line {typed[0]}: {typed[1]}")
        text = _marked(text)
    return text, str(path), lambda: True


def one_line(text: object) -> str:
    """Return a caption or note as one line of Markdown; numbers in it are tokens."""
    return " ".join(str(getattr(text, "__html__", text.__str__)()).replace(_PARAGRAPH, " ").split())


def _marked(text: str) -> str:
    """Mark the blank lines of a source: those that only come out empty part no paragraph."""
    return "\n".join(line if line.strip() else _PARAGRAPH for line in text.split("\n"))


def _tidied(text: str, writer: Writer) -> str:
    """Drop lines that came out empty, and part paragraphs where the source has a blank line."""
    paragraphs: list[list[str]] = [[]]
    carried = ""
    for line in text.split("\n"):
        if _PARAGRAPH in line:
            paragraphs.append([])
        elif line.lstrip().startswith("#"):  # a heading stands by itself
            paragraphs += [[carried + line.strip()], []]
            carried = ""
        elif TOKEN.sub(lambda found: "" if isinstance(writer.held(found[0]), Choice) else "x", line).strip():
            paragraphs[-1].append(carried + re.sub(r"(?<=\S)  +", " ", line.rstrip()))
            carried = ""
        else:
            carried += line.strip()
    if carried:
        paragraphs[-1].append(carried)
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _pieces(text: str, writer: Writer) -> Iterator[Piece]:
    """Cut a text at its blocks."""
    start = 0
    for found in TOKEN.finditer(text):
        thing = writer.held(found[0])
        if isinstance(thing, Block):
            if before := text[start : found.start()].strip("\n"):
                yield before
            yield thing
            start = found.end()
    if rest := text[start:].strip("\n"):
        yield rest


def _line(trace: TracebackType | None) -> int:
    """Return the line of the cell that an error comes from: where it says, or calls or includes what says."""
    while trace and trace.tb_frame.f_code.co_filename != _CELL:
        trace = trace.tb_next
    return trace.tb_lineno if trace else 1


def _said(error: Exception) -> str:
    """Return what an error says, by its kind where it is Python's own."""
    message = " ".join(str(error).split())
    is_python = not isinstance(error, UserError) and type(error).__module__ == "builtins"
    return f"{type(error).__name__}: {message}" if is_python else message
