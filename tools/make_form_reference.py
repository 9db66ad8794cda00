"""Write docs/year-toml.md, the reference of year.toml, from its model: `python tools/make_form_reference.py`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

from pipeline.model import Model, Text
from pipeline.year import (
    Edition,
    Grant,
    Ground,
    Key,
    Letters,
    Option,
    Point,
    Publication,
    Publish,
    Publisher,
    Question,
    Returns,
    Theme,
    Year,
    meanings,
)

TARGET = Path(__file__).parent.parent / "docs" / "year-toml.md"
TABLES: list[tuple[str, type[Model]]] = [
    ("top", Year),
    ("[grant]", Grant),
    ("[grant.key]", Key),
    ("[[grant.purpose]], [[grant.not_for]], [[grant.evidence]]", Point),
    ("[[grant.ground]]", Ground),
    ("[returns]", Returns),
    ("[letters]", Letters),
    ("[publication]", Publication),
    ("[publish]", Publish),
    ("[publish.publisher]", Publisher),
    ("[[publish.edition]]", Edition),
    ("[[question]]", Question),
    ("[[question.option]]", Option),
    ("[[theme]]", Theme),
]
WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    date: "date",
    Text: "`{ sv = …, en = … }`",
    list[Text]: "list of `{ sv = …, en = … }`",
    dict[str, int | list[str]]: "table",
}


def reference() -> str:
    """The whole page."""
    lines = [
        "# `year.toml`: the rules and the form of a grant year",
        "",
        "Made from the model in `pipeline/year.py` by `tools/make_form_reference.py`; not to be edited. Nothing is",
        "converted: a number in quotation marks is an error, and so is a key that is not here. Each error names",
        "file, key, what was found and what was expected.",
    ]
    for name, model in TABLES:
        lines += [
            "",
            f"## {name}",
            "",
            (model.__doc__ or "").split("\n")[0],
            "",
            "| key | type | needed | meaning |",
            "|---|---|---|---|",
        ]
        lines += _rows(model)
    return "\n".join(lines) + "\n"


def _rows(model: type[Model]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        meaning = meanings(model)[name]
        yield f"| `{name}` | {_type(field.annotation)} | {'yes' if field.is_required() else ''} | {meaning} |"


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        return _type(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is list:
        inner = get_args(annotation)[0]
        return (
            f"list of {'tables, below' if isinstance(inner, type) and issubclass(inner, BaseModel) else _type(inner)}"
        )
    if NoneType in get_args(annotation):
        return _type(next(each for each in get_args(annotation) if each is not NoneType))
    return WORDS.get(annotation, "table, below")


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
