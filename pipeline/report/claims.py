"""The claims of a report's text: sentences that state figures, and sentences that were chosen by what figures show.

A sentence with figures has them as tokens. For one without, the writer notes while it fills in prose which figures the
conditions around the sentence looked at.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

from pipeline.markdown import Markdown
from pipeline.report import sentences
from pipeline.report.writer import TOKEN, Choice, Number, Writer

# An abbreviation, "t.ex." or "e.g.", has a full stop shortly before its last.
_END = re.compile(
    "(?<=[.!?])(?<!\\.\\w\\.)(?<!\\.\\w\\w\\.)[\U000f0000-\U0010fffd]*(?=\\s+[A-ZÅÄÖ@\\[”“\U000f0000-\U0010fffd]|\\s*$)"
)
_ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
_REFERENCE = re.compile(r"@[a-z]+-")
_NO_TEXT = ("#", "|", ":::", "```", "---")


@dataclass(frozen=True)
class SupportedSentence:
    """A sentence as Markdown, and the addresses of the figures that bear it: cells, or a table as a whole."""

    sentence: str
    addresses: tuple[str, ...]


class Claims:
    """The claims of a report, numbered as they are found."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.found = writer, list[SupportedSentence]()
        self._choices: list[Choice] = []
        self._told: set[int] = set()
        """How deep the choices lie in which a figure was told: what they say besides claims nothing more."""

    def numbered(self, text: str) -> str:
        """Return a text with a number behind each sentence that claims something: it leads to its row in the list."""
        is_front = False
        parts: list[tuple[bool, list[str]]] = []
        for line in text.split("\n"):
            bare = TOKEN.sub(self._plain, line)
            is_front ^= bare.strip() == "---"
            is_text = bool(bare.strip()) and not is_front and not bare.lstrip().startswith(_NO_TEXT)
            if not is_text or not parts or not parts[-1][0] or _ITEM.match(bare):
                parts.append((is_text, [line]))
            else:
                parts[-1][1].append(line)
        return "\n".join(
            self._marked("\n".join(lines)) if is_text else self._passed(lines[0]) for is_text, lines in parts
        )

    def _passed(self, line: str) -> str:
        """Follow the tokens of a line that claims nothing, such as a heading."""
        self._read(line)
        return line

    def note(self, text: str) -> str:
        """Return the note under a table, its claims numbered: those that say more than whom the table is about."""
        return self._marked(text, aside=("base", "year"))

    def _marked(self, text: str, aside: Sequence[str] = ("year",)) -> str:
        marked, start = "", 0
        for end in _END.finditer(text):
            sentence = text[start : end.end()]
            marked += text[start : end.start()] + self._mark(sentence, aside) + text[end.start() : end.end()]
            start = end.end()
        return marked + text[start:] + self._mark(text[start:], aside)

    def _mark(self, sentence: str, aside: Sequence[str]) -> str:
        """Return the number of a sentence, if it claims something."""
        chosen, numbers = self._read(sentence)
        addresses = [number.cell.address for number in numbers]
        if numbers:
            told = [number for number in numbers if _column(number) not in aside]
            addresses = addresses if told else []
        elif "base" not in aside and not _REFERENCE.search(sentence):
            addresses = list(chosen)
        if not addresses:
            return ""
        words = " ".join(_ITEM.sub("", TOKEN.sub(self._plain, sentence)).split())
        self.found.append(SupportedSentence(words, tuple(dict.fromkeys(addresses))))
        number = len(self.found)
        return f"[]{{#at-claim-{number}}}^[{number}](#claim-{number})^"

    def _read(self, sentence: str) -> tuple[tuple[str, ...], list[Number]]:
        """Follow the tokens of a sentence: by which figures its first word was chosen, and the figures in it."""
        chosen: tuple[str, ...] | None = None
        figures = []
        for letter in sentence:
            thing = self.writer.held(letter) if TOKEN.match(letter) else None
            if isinstance(thing, Choice):
                if thing.opens:
                    self._choices.append(thing)
                elif self._choices:
                    self._choices.pop()
                    self._told.discard(len(self._choices))
            elif chosen is None and letter.strip():
                depth = next((at for at in reversed(range(len(self._choices))) if self._choices[at].addresses), None)
                chosen = () if depth is None or depth in self._told else self._choices[depth].addresses
            if isinstance(thing, Number):
                figures.append(thing)
                self._told |= set(range(len(self._choices)))
        return chosen or (), figures

    def _plain(self, token: re.Match[str]) -> str:
        return "" if isinstance(self.writer.held(token[0]), Choice) else token[0]


def _column(number: Number) -> str:
    """Return the column of a number; of a figure of the text that is a year, "year"."""
    return "year" if number.kind == "year" else number.cell.column.id


def watch(writer: Writer) -> None:
    """Have a writer note what conditions look at: in the prose, around sentences of macros, and in claims."""
    seen: list[tuple[str, ...]] = [()]

    def look(value: Any) -> bool:
        holds = bool(value)
        seen[0] = tuple(dict.fromkeys(writer.looked_at))
        return holds

    def begin() -> Markdown:
        return Markdown(writer.hold(Choice(seen[0], opens=True)))

    def end() -> Markdown:
        return Markdown(writer.hold(Choice()))

    def claim(holds: object, sentence: str) -> Markdown:
        return Markdown(begin() + sentences.claim(holds, sentence) + end())

    writer.environment.code_generator_class = _Watching
    names: dict[str, Callable[..., Any]] = {"_begin": writer.looked_at.clear, "_look": lambda _, value: look(value)}
    writer.environment.globals |= {**names, "_opened": begin, "_closed": end, "claim": claim}


def chosen_by(writer: Writer, table: str, sentence: str) -> str:
    """Note of a sentence that it was chosen by a table as a whole."""
    return writer.hold(Choice((table,), opens=True)) + sentence + writer.hold(Choice())


class _Watching(CodeGenerator):
    """Compiles a template whose conditions tell what they look at, and whose branches say where they begin and end."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        """Change the tree, then compile it."""
        choices = list(node.find_all(nodes.If))
        others = {id(other) for choice in choices for other in choice.elif_}
        for choice in choices:
            choice.test = self._call("_look", self._begin(id(choice) not in others), choice.test)
            choice.body = self._framed(choice.body)
            if choice.else_:
                choice.else_ = self._framed(choice.else_)
        for call in node.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "claim" and call.args:
                call.args[0] = self._call("_look", self._begin(True), call.args[0])
        node.set_environment(self.environment)
        super().visit_Template(node, frame)

    def _begin(self, is_first: bool) -> nodes.Expr:
        return self._call("_begin") if is_first else nodes.Const(None)

    def _framed(self, body: list[nodes.Node]) -> list[nodes.Node]:
        return [nodes.Output([self._call("_opened")]), *body, nodes.Output([self._call("_closed")])]

    def _call(self, name: str, *arguments: Any) -> nodes.Call:
        return nodes.Call(nodes.Name(name, "load"), list(arguments), [], None, None)
