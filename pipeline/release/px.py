"""A table as a PX file, for PxWeb: Swedish and English in one, by the file format that Statistics Sweden publishes.

The key of the table, and the grant year, are its variables; its columns of numbers, and `made_up`, are the contents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pipeline.model import Language, Text
from pipeline.read.roles import LANGUAGES
from pipeline.release.described import MADE_UP, CodeLists, Dataset, both

_LINE = 200
_MISSING = '".."'


@dataclass(frozen=True)
class Variable:
    """A variable of the cube: its name, and its values, code by code."""

    column: str
    name: Text
    values: dict[str, Text]

    def labels(self, lang: Language) -> list[str]:
        """Return what its values are called; those called the same have their code with them."""
        told = [text[lang] or code for code, text in self.values.items()]
        return [f"{one} ({code})" if told.count(one) > 1 else one for one, code in zip(told, self.values, strict=True)]


def px_of(table: Dataset, lists: CodeLists, year: int, area: Text, source: Text | None) -> str | None:
    """Return a table as a PX file in UTF-8; None where it holds no numbers, or no rows."""
    numbers = [field for field in table.fields if field.is_number and field.id not in table.key]
    if not numbers or table.frame.is_empty():
        return None
    variables = [_variable(table, key, lists) for key in table.key]
    rows = {tuple(str(row[key]) for key in table.key): row for row in table.frame.iter_rows(named=True)}
    if "year" not in table.key:
        variables.append(Variable("year", both("px.year"), {str(year): Text(sv=str(year), en=str(year))}))
        rows = {(*key, str(year)): row for key, row in rows.items()}
    values = {one.id: one.title for one in numbers} | {MADE_UP: both("title.made_up")}
    contents = Variable("contents", both("px.contents"), values)
    units = [*(one.unit for one in numbers), MADE_UP]
    lines = list(_head(table, [*variables, contents], units, area, source))
    for key in product(*(variable.values for variable in variables)):
        row = rows.get(key, {})
        lines.append(" ".join(_cell(row.get(column)) for column in contents.values))
    return "\n".join([*lines, ";", ""])


def _head(
    table: Dataset, variables: Sequence[Variable], units: Sequence[str], area: Text, source: Text | None
) -> Iterator[str]:
    *stub, contents = variables
    yield 'CHARSET="ANSI";'
    yield 'AXIS-VERSION="2013";'
    yield 'CODEPAGE="utf-8";'
    yield 'LANGUAGE="sv";'
    yield 'LANGUAGES="sv","en";'
    decimals = {unit: int(unit == "tenths") for unit in units}
    yield f"DECIMALS={max(decimals.values())};"
    yield "SHOWDECIMALS=0;"
    yield f'MATRIX="{table.id}";'
    yield 'SUBJECT-CODE="-";'
    for lang in LANGUAGES:
        at = "" if lang == "sv" else f"[{lang}]"
        names = [_quoted(variable.name[lang]) for variable in variables]
        what = ", ".join(variable.name[lang].lower() for variable in stub)
        title = both("px.by", title=table.title[lang], what=what)[lang]
        yield f"SUBJECT-AREA{at}={_quoted(area[lang])};"
        yield f"TITLE{at}={_text(title)};"
        yield f"CONTENTS{at}={_text(table.title[lang])};"
        yield f"STUB{at}={','.join(names[:-1])};"
        yield f"HEADING{at}={names[-1]};"
        yield f"CONTVARIABLE{at}={names[-1]};"
        for label, unit in zip(contents.labels(lang), units, strict=True):
            yield f"UNITS{at}({_quoted(label)})={_quoted(both(f'unit.{unit}')[lang])};"
        for variable, name in zip(variables, names, strict=True):
            yield f"VALUES{at}({name})={_listed(variable.labels(lang))};"
            if variable.column == "year":
                yield f"TIMEVAL{at}({name})=TLIST(A1),{_listed(list(variable.values))};"
            yield f"CODES{at}({name})={_listed(list(variable.values))};"
        for label, unit in zip(contents.labels(lang), units, strict=True):
            if decimals[unit]:
                yield f"PRECISION{at}({names[-1]},{_quoted(label)})={decimals[unit]};"
        if source:
            yield f"SOURCE{at}={_text(source[lang])};"
        notes = [both("made_up.warning")[lang]] * table.made_up + ([table.note[lang]] if table.note else [])
        if notes:
            yield f"NOTEX{at}={_text('##'.join(notes))};"
    yield "DATA="


def _variable(table: Dataset, key: str, lists: CodeLists) -> Variable:
    field = next(field for field in table.fields if field.id == key)
    meanings = lists.get(field.codes or "", {})
    codes = [str(code) for code in table.frame[key].unique(maintain_order=True)]
    units = dict(table.frame.select(key, "unit").iter_rows()) if "unit" in table.frame.columns else {}
    values = {code: meanings.get(code) or Text(sv=code, en=code) for code in codes}
    if units:
        values = {code: _with_unit(text, units[code]) for code, text in values.items()}
    return Variable(key, field.title, values)


def _with_unit(text: Text, unit: str) -> Text:
    words = both(f"unit.{unit}")
    return Text(sv=f"{text.sv} ({words.sv})", en=f"{text.en} ({words.en})")


def _cell(value: Any) -> str:
    return _MISSING if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "'") + '"'


def _listed(texts: Sequence[str]) -> str:
    return ",\n".join(map(_quoted, texts))


def _text(text: str) -> str:
    """Return a text in as many quoted lines as it needs: none may be longer than the format allows."""
    return "\n".join(_quoted(text[at : at + _LINE]) for at in range(0, len(text), _LINE))
