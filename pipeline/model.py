"""What data files in TOML are held to: strict models, and a fault as one line: file, key, found and expected."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipeline.errors import TO_FILL_IN, UnreadableInputError, UserError

Language = Literal["sv", "en"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Kronor = Annotated[int, Field(ge=0)]

LARGEST = 10**15  # no number of a file is larger: sums of all of them fit into 64 bits

ModelT = TypeVar("ModelT", bound=BaseModel)
_FILLED_IN = {"int_type": "a whole number"}
_FILLED_IN["date_type"] = "a date as year-month-day, or the line taken away and the key listed in not_stated"


class Model(BaseModel):
    """Strict: nothing is converted, nothing unknown is let through, nothing changes after reading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Text(Model):
    """The same words in both languages."""

    sv: str
    en: str

    def __getitem__(self, language: Language) -> str:
        """Return the words in one language."""
        return self.sv if language == "sv" else self.en

    @classmethod
    def both(cls, write: Callable[[Language], str]) -> Self:
        """Return what is written in each language."""
        return cls(sv=write("sv"), en=write("en"))

    @classmethod
    def same(cls, text: str) -> Self:
        """Return a name, which is the same in both languages."""
        return cls(sv=text, en=text)

    @classmethod
    def of(cls, row: Mapping[str, Any], name: str) -> Self | None:
        """Return the words that a row of the store has in two columns, `<name>_sv` and `<name>_en`, if it has any."""
        sv, en = row[f"{name}_sv"], row[f"{name}_en"]
        return None if sv is None or en is None else cls(sv=sv, en=en)


def read_model(path: Path, model: type[ModelT], shown_as: str) -> ModelT:
    """Read a TOML file into a model. UserError with one line a fault when it does not hold."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UnreadableInputError("file is missing", file=shown_as, todo="add it") from None
    except IsADirectoryError:
        raise UnreadableInputError("a folder that is called as a file is", file=shown_as, expected="a file") from None
    except UnicodeDecodeError:
        raise UnreadableInputError("not UTF-8 text", file=shown_as, todo="save it as UTF-8") from None
    return parse_model(text, model, shown_as)


def parse_model(text: str, model: type[ModelT], shown_as: str) -> ModelT:
    """Return what a text of TOML holds. UserError with one line a fault when it does not hold."""
    parsed: ModelT = _parsed(text, model, shown_as)
    return parsed


@lru_cache(maxsize=64)  # every step of a build reads the same few files
def _parsed(text: str, model: type[BaseModel], shown_as: str) -> Any:
    try:
        found = tomllib.loads(text)
        for key, number in _numbers(found):
            if abs(number) > LARGEST:
                raise UserError(f"{shown_as}: key {key}: found {number}, expected a number of at most {LARGEST}")
        return model.model_validate(found)
    except tomllib.TOMLDecodeError as error:
        grouped = re.search(r"=\s*(\d{1,3}(?:[ \u00a0\u202f]\d{3})+)\s*(?:#.*)?$", text, re.MULTILINE)
        todo = f"write {_without_quotes(grouped[1])} for {grouped[1]}" if grouped else None
        raise UnreadableInputError(f"not valid TOML: {error}", file=shown_as, todo=todo) from None
    except ValidationError as error:
        faults = [Fault(model, dict(fault), found) for fault in error.errors(include_url=False)]
        meant = {fault.meant for fault in faults}
        lines = [f"{shown_as}: {fault}" for fault in faults if not (fault.is_missing and fault.key in meant)]
        raise UserError(*lines) from None


def _without_quotes(text: str) -> str | None:
    """Return what a date or a number in quotation marks would be without: year-month-day, 90_000_000."""
    digits = re.sub(r"[\s_]", "", text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return text
    return f"{int(digits):_}" if re.fullmatch(r"\d{1,15}", digits, re.ASCII) else None


def _numbers(tree: Any, key: str = "") -> Iterator[tuple[str, int]]:
    """Yield every whole number of a file with its key."""
    if isinstance(tree, int):
        yield key, tree
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree, start=1) if isinstance(tree, list) else ()
    for name, part in inner:
        yield from _numbers(part, f"{key}.{name}".lstrip("."))


class Fault:
    """One fault of a file, as a line: key, found, expected. A misspelt key knows the key that it may have meant."""

    def __init__(self, model: type[BaseModel], fault: dict[str, Any], content: Any = None) -> None:
        """Keep the fault; of the `content` of the file the ids of what it is in, for nobody counts to question 27."""
        self.fault, ids = fault, []
        self.key = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
        with suppress(LookupError, TypeError):  # a place may name a kind of value too, such as list[str]
            for at, part in enumerate(fault["loc"][:-1]):
                content = content[part]
                if isinstance(part, int) and isinstance(content["id"], str):
                    ids.append(f"{fault['loc'][at - 1]} {content['id']!r}")
        self.where = f" ({', '.join(ids)})" if ids else ""
        self.is_missing = fault["type"] == "missing"
        self.meant = None
        if fault["type"] == "extra_forbidden":
            parent, _, misspelt = self.key.rpartition(".")
            near = get_close_matches(misspelt, _keys(model, fault["loc"][:-1]), n=1)
            self.meant = ".".join(part for part in (parent, *near) if part) if near else None

    def __str__(self) -> str:
        return (
            f"key {self.key}{self.where}: {self.problem}" if self.key else self.problem
        )  # no key: the file as a whole

    @property
    def problem(self) -> str:
        """What is wrong, without the key."""
        kind, found = self.fault["type"], self.fault["input"]
        if self.is_missing:
            return "missing; expected a value"
        if kind == "extra_forbidden":
            return "unknown key" + (f"; did you mean {self.meant!r}?" if self.meant else "; remove it")
        if kind == "value_error":
            return str(self.fault["ctx"]["error"])
        if found == TO_FILL_IN and kind in _FILLED_IN:
            return f"to be filled in; expected {_FILLED_IN[kind]}"
        expected = self.fault["msg"].removeprefix("Input should be ")
        if kind in _FILLED_IN and isinstance(found, str) and (meant := _without_quotes(found)):
            expected += f"; write {meant} without quotation marks"
        elif kind == "string_pattern_mismatch":
            expected = "a to z, digits and _, beginning with a letter, such as no_time"
        return f"found {found!r}, expected {expected}"


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Return the keys that are known at a place of the file."""

    def models(kind: Any) -> Iterator[type[BaseModel]]:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        for part in getattr(kind, "__args__", ()):
            yield from models(part)

    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = next(models(model.model_fields[part].annotation), model)
    return list(model.model_fields)


def told_apart(texts: Mapping[str, str], what: str) -> None:
    """Raise ValueError naming two of the texts, given by id, that differ in nothing but case, spaces or a last mark."""
    seen: dict[str, str] = {}
    for id_, text in texts.items():
        read = " ".join(text.casefold().split()).rstrip(" .:,;!?")
        if read in seen:
            raise ValueError(f"{what} of {seen[read]!r} and {id_!r} read alike: {texts[seen[read]]!r} and {text!r}")
        seen[read] = id_


def unique(values: Sequence[str], what: str) -> None:
    """Raise ValueError naming `what` and the first value that stands twice."""
    if twice := sorted({value for value in values if values.count(value) > 1}):
        raise ValueError(f"{what}: {twice[0]!r} stands twice")
