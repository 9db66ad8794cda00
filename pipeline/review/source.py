"""What a cell's code tells of the sentences that it chose: by which figures. The code is read, not run again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from pipeline.errors import UserError
from pipeline.tabulate import Tables

_ASKS_WHETHER = {"asks", "has", "made_up"}
"""Calls that ask whether a figure is there, not what it is."""
_SAYS = {"say", "claim"}
_FIGURE = re.compile(r"\{[^{}]*/[^{}]*\}")
_COMPARES = {"most_common", "compared", "over_regions", "over_all_regions"}


class Source:
    """The code of a notebook's cells."""

    def __init__(self, cells: Sequence[Any], tables: Tables, year: int) -> None:
        """Read the code: which name holds which text, and from which figures a name's value is made."""
        self._tables = tables
        self._texts: dict[str, Any] = {"r": SimpleNamespace(year=year), "__builtins__": {"str": str}}
        self._names: dict[str, set[str]] = {}
        self._cells: dict[int, tuple[ast.Module, Mapping[str, set[str]]]] = {}
        for at, cell in enumerate(cells):
            if cell.cell_type == "code":
                tree = ast.parse(cell.source)
                for statement in tree.body:
                    if isinstance(statement, ast.Assign):
                        self._assign(statement)
                # A name may be given another value further down.
                self._cells[at] = tree, dict(self._names)

    def behind(self, cell: int, sentence: str) -> list[str]:
        """Give the addresses of the figures by which a cell chose a sentence that holds none; empty when it did not."""
        tree, names = self._cells[cell]
        for call in _calls(tree, _SAYS):
            for conditions, text in _variants(call):
                # Beside figures in the same breath, a sentence without any only goes on from them.
                if sentence in _words_of(text) and not _FIGURE.search(_words_of(text)):
                    found = {each for condition in conditions for each in self._addresses(condition, names)}
                    if found:
                        return sorted(found)
        if any(
            sentence in _words_of(text) for text in ast.walk(tree) if isinstance(text, ast.Constant | ast.JoinedStr)
        ):
            return []
        return sorted({each for call in _calls(tree, _COMPARES) for each in self._addresses(call, names)})

    def _assign(self, statement: ast.Assign) -> None:
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        else:
            pairs = [(target, value)]
        for name, made in pairs:
            if isinstance(name, ast.Name):
                # Which tables there are is no figure.
                only_whether = any(_calls(made, _ASKS_WHETHER))
                self._names[name.id] = set() if only_whether else set(self._addresses(made, self._names))
                text = self._text(made)
                if text is not None:
                    self._texts[name.id] = text

    def _addresses(self, code: ast.AST, names: Mapping[str, set[str]]) -> Iterator[str]:
        """What an expression looks at: texts in it that are addresses or tables, and names made from such."""
        if isinstance(code, ast.Call) and _named(code, _ASKS_WHETHER):
            return
        if isinstance(code, ast.Name):
            yield from names.get(code.id, ())
        if isinstance(code, ast.Constant | ast.JoinedStr):
            text = self._text(code)
            if text and self._is_address(text):
                yield text
            return
        for child in ast.iter_child_nodes(code):
            yield from self._addresses(child, names)

    def _is_address(self, text: str) -> bool:
        if text in self._tables:
            return True
        try:
            return "/" in text and self._tables.cell(text) is not None
        except UserError:
            return False

    def _text(self, code: ast.AST) -> str | None:
        """The text that an expression of texts and the year gives; None when it needs more to be known."""
        if not isinstance(code, ast.Constant | ast.JoinedStr | ast.Name | ast.Call):
            return None
        try:
            value = eval(compile(ast.Expression(code), "source", "eval"), dict(self._texts))  # noqa: S307
        except Exception:  # needs what only a kernel knows
            return None
        return value if isinstance(value, str) else None


def _words_of(text: ast.AST) -> str:
    """The words of a sentence in the code, on one line; what is put in from Python is left out."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return " ".join("".join(str(part.value) for part in parts if isinstance(part, ast.Constant)).split())


def _calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _named(node, names):
            yield node


def _named(call: ast.Call, names: set[str]) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in names


def _variants(call: ast.Call) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """The sentences of a call, each with the conditions that were looked at before it was chosen."""
    if call.args and _named(call, {"claim"}):
        yield [call.args[0]], call.args[1]
        return
    conditions: list[ast.expr] = []
    for variant in call.args:
        if isinstance(variant, ast.Tuple):
            conditions.append(variant.elts[0])
            yield list(conditions), variant.elts[1]
        else:
            yield [], variant
