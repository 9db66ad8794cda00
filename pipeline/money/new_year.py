"""`aterrapport new-year`: the folder of a grant year, begun from an earlier one.

What stays is copied. A date or an amount that must be new stands as TO_FILL_IN, which is neither: every command says,
line by line, what is left to fill in. Comments of the earlier year speak of its documents, and are not copied.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel

from pipeline.errors import TO_FILL_IN, UserError
from pipeline.files import staged, write_text
from pipeline.model import Text
from pipeline.money.years import say_next, written
from pipeline.paths import Workspace
from pipeline.year import Grant, Question, Year, meanings, read_year

NEW = ("available_kr", "requisition_by", "use_from", "use_to", "return_by", "repay_by")
"""What is new every year, and never copied."""
# What was said of the earlier year's answers, figures and report.
_OF_ITS_YEAR = {"comparable", "note", "edition", "address", "article_number", "decision", "diary_number", "cite_as"}


def new_year(year: int, source: int, form_only: bool, workspace: Workspace) -> None:
    """Make the folder of a year from an earlier one, whole or not at all, and say what comes next; with `form_only` it
    is there, and its year.toml with the form below is written beside what code makes. The form is that of the source or
    of the latest year before it that has one. UserError when there is nothing to make it from, or it is there."""
    target = workspace.raw(year)
    if target.exists() and not form_only:
        todo = "Choose another year, or go on there"
        raise UserError(f"{target}: the folder exists already; nothing was changed. {todo}")
    if len(str(year)) != 4:
        raise UserError(f"{year}: expected a year of four digits")
    if source >= year:
        raise UserError(f"--from {source}: expected a year before {year}")
    for note in workspace.passed_over(source):
        print(note)
    rules = {other: read_year(workspace.raw(other), f"raw/{other}") for other in workspace.years(source)}
    form_of = next((other for other in sorted(rules, reverse=True) if rules[other].question), None)
    form = rules[form_of].question if form_of else []
    if form_only:
        _bring_form(year, form, form_of, workspace)
        return
    with staged(target.parent) as stage:
        made = stage / target.name
        write_text(made / "year.toml", year_toml(year, rules[source], form, form_of))
        write_text(made / "SOURCES.md", written("new_sources", year=year, source=source) + "\n")
        made.rename(target)
    print(f"{target}: year.toml and SOURCES.md, begun from {source}")
    if form_of is None:
        print("form: no earlier year has one; add its questions to year.toml")
    else:
        without = "" if form_of == source else f", for {source} has none"
        print(f"form: that of {form_of}{without}; compare it with the real one")
    say_next(f"fill in {target / 'year.toml'}; this says what is left:", f"status {year}", workspace)


def _bring_form(year: int, form: Sequence[Question], form_of: int | None, workspace: Workspace) -> None:
    """Write the year's own year.toml, with the form below it, into the folder of what code makes."""
    workspace.years(year)
    raw, made = workspace.raw(year) / "year.toml", workspace.made(year) / "year.toml"
    if form_of is None:
        raise UserError(f"--form-only: no year before {year} has a form; add its questions to {raw}")
    if read_year(workspace.raw(year), f"raw/{year}").question:
        raise UserError(f"--form-only: {raw} has a form already; nothing was changed")
    below = written("new_form", _FILTERS, form=form, form_of=form_of, themes=[])
    write_text(made, f"{raw.read_text(encoding='utf-8').rstrip()}\n\n{below.lstrip()}\n")
    print(f"{made}: {raw} with the form of {form_of} below")
    say_next(f"compare the form with the real one, and copy {made} to {raw}", f"status {year}", workspace)


def year_toml(year: int, source: Year, form: Sequence[Question], form_of: int | None) -> str:
    """Write the year.toml of a new year, by the template in this folder."""
    grant, keys = source.grant, list[tuple[str, Any, str]]()
    for name, meaning in meanings(Grant).items():
        value = getattr(grant, name)
        is_table = isinstance(value, list) or (isinstance(value, BaseModel) and not isinstance(value, Text))
        if name in NEW:
            keys.append((name, TO_FILL_IN, meaning))
        elif name in grant.model_fields_set and not is_table:
            keys.append((name, value, f"as in {source.year}: {meaning}"))
    not_stated = [key for key in grant.not_stated if key not in NEW]
    chosen = {"year": year, "source": source, "form": form, "form_of": form_of, "to_fill_in": TO_FILL_IN}
    chosen["themes"] = source.theme
    return written("new_year", _FILTERS, **chosen, keys=keys, not_stated=not_stated) + "\n"


def _keys(model: BaseModel) -> str:
    """Write the keys of a table that were given, a line each; a list of tables has a line each of them."""
    lines = []
    for name in type(model).model_fields:
        if name in model.model_fields_set and name not in _OF_ITS_YEAR:
            value = getattr(model, name)
            if isinstance(value, list) and value and isinstance(value[0], BaseModel):
                lines += [f"{name} = [", *(f"    {_value(item)}," for item in value), "]"]
            else:
                lines.append(f"{name} = {_value(value)}")
    return "\n".join(lines)


def _value(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, BaseModel):
        given = [name for name in type(value).model_fields if name in value.model_fields_set]
        return "{ " + ", ".join(f"{name} = {_value(getattr(value, name))}" for name in given) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_FILTERS: Mapping[str, Callable[..., str]] = {"toml": _value, "keys": _keys}
