"""A table as a PX file, for PxWeb: Swedish and English in one, by the file format that Statistics Sweden publishes.

The key of the table, and the grant year, are its variables; its columns of numbers, and `made_up`, are the contents.
"""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.model import Language, Text
from pipeline.phrases import filled
from pipeline.release.described import MADE_UP, CodeLists, Dataset, both
from pipeline.year import Year

_LINE = 200
_MISSING = '".."'


class Variable(NamedTuple):
    """A variable of the cube: its name, and its values, code by code."""

    column: str
    name: Text
    values: dict[str, Text]

    def labels(self, lang: Language) -> list[str]:
        """Return what its values are called; those called the same have their code with them."""
        told = [text[lang] or code for code, text in self.values.items()]
        return [f"{one} ({code})" if told.count(one) > 1 else one for one, code in zip(told, self.values, strict=True)]


def px_of(table: Dataset, lists: CodeLists, rules: Year) -> str | None:
    """Return a table as a PX file in UTF-8; None where it holds no numbers, or no rows."""
    numbers = [field for field in table.fields if field.is_number and field.id not in table.key]
    if not numbers or table.frame.is_empty():
        return None
    variables = [_variable(table, key, lists) for key in table.key]
    rows = {tuple(str(row[key]) for key in table.key): row for row in table.frame.iter_rows(named=True)}
    if "year" not in table.key:
        year = str(rules.year)
        variables.append(Variable("year", both("px.year"), {year: Text.same(year)}))
        rows = {(*key, year): row for key, row in rows.items()}
    values = {one.id: one.title for one in numbers} | {MADE_UP: both("title.made_up")}
    contents = Variable("contents", both("px.contents"), values)
    units = [*(one.unit for one in numbers), MADE_UP]
    lines, filters = list[str](), {"quoted": _quoted, "listed": _listed, "long": _text}
    for key in product(*(variable.values for variable in variables)):
        row = rows.get(key, {})
        lines.append(" ".join(_cell(row.get(column)) for column in contents.values))
    told = {"table": table, "variables": [*variables, contents], "contents": contents, "units": units, "both": both}
    told |= {"area": rules.grant.name, "source": rules.publish.publisher and rules.publish.publisher.name}
    return "\n".join([filled(Path(__file__).with_name("head.px.txt"), "sv", filters, **told), *lines, ";", ""])


def _variable(table: Dataset, key: str, lists: CodeLists) -> Variable:
    field = next(field for field in table.fields if field.id == key)
    meanings = lists.get(field.codes or "", {})
    codes = [str(code) for code in table.frame[key].unique(maintain_order=True)]
    units = dict(table.frame.select(key, "unit").iter_rows()) if "unit" in table.frame.columns else {}
    values = {code: meanings.get(code) or Text.same(code) for code in codes}
    for code, unit in units.items():
        text, words = values[code], both(f"unit.{unit}")
        values[code] = Text(sv=f"{text.sv} ({words.sv})", en=f"{text.en} ({words.en})")
    return Variable(key, field.title, values)


def _cell(value: Any) -> str:
    return _MISSING if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def _listed(texts: Iterable[str]) -> str:
    return ",\n".join(map(_quoted, texts))


def _text(text: str) -> str:
    """Return a text in as many quoted lines as it needs: none may be longer than the format allows."""
    return "\n".join(_quoted(text[at : at + _LINE]) for at in range(0, len(text), _LINE))
