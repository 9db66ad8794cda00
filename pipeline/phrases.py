"""Words in both languages: TOML files of `name = { sv = "…", en = "…" }`, filled by Jinja2 in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import RootModel

from pipeline import language
from pipeline.errors import UserError
from pipeline.markdown import Markdown
from pipeline.model import Language, Text, read_model

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment


class _PhrasesFile(RootModel[dict[str, dict[str, Text]]]):
    """A file of words: groups of phrases in both languages."""


class Phrases:
    """The words of one file. `phrases("sv", "note.base", who="alla")` fills one in as plain text."""

    def __init__(self, path: Path, name: str) -> None:
        """Name the file, and what messages call it; it is read when the first phrase is asked for."""
        self._path, self._name = path, name
        self._plain: dict[Language, SandboxedEnvironment] = {}

    @cached_property
    def _words(self) -> Mapping[str, Mapping[str, Text]]:
        return read_model(self._path, _PhrasesFile, self._name).root

    def group(self, name: str) -> Mapping[str, Text]:
        """Return the phrases of a group in both languages, by name. UserError when the file does not hold."""
        return self._words.get(name, {})

    def word(self, lang: Language, name: str) -> str | None:
        """Return a phrase as it stands in the file; None when there is none of this name (`group.phrase`)."""
        group, _, phrase = name.partition(".")
        found = self.group(group).get(phrase)
        return found[lang] if found else None

    def text(self, lang: Language, name: str) -> str:
        """Return a phrase as it stands in the file. UserError when there is none."""
        found = self.word(lang, name)
        if found is None:
            raise UserError(f"{self._name}: there is no phrase {name!r}; add it in both languages")
        return found

    def __call__(self, lang: Language, name: str, /, **words: object) -> str:
        """Return a phrase filled in, as plain text."""
        if lang not in self._plain:
            self._plain[lang] = self.environment(lang)
        return self.fill(self._plain[lang], name, **words)

    def environment(
        self, lang: Language, finalize: Callable[[Any], Any] | None = None, **options: Any
    ) -> SandboxedEnvironment:
        """Return an environment whose templates are these phrases, by name."""
        from jinja2 import FunctionLoader

        return environment(lang, finalize, loader=FunctionLoader(partial(self.text, lang)), **options)

    def fill(self, environment: SandboxedEnvironment, name: str, /, **words: object) -> str:
        """Return a phrase filled in by one of these environments. UserError naming file and phrase when it fails."""
        from jinja2 import TemplateError

        try:
            return environment.get_template(name).render(words)
        except TemplateError as error:
            raise UserError(f"{self._name}: {name}: {error.message}") from None


def environment(lang: Language, finalize: Callable[[Any], Any] | None = None, **options: Any) -> SandboxedEnvironment:
    """Return a sandbox with the house's filters in a language. `finalize` writes what a template puts in: with it the
    result is Markdown, and what has `__html__` is that already; without it, plain text."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    made = SandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=finalize is not None,
        comment_start_string="<#",  # Jinja2's own begins attributes of Markdown: {#label}
        comment_end_string="#>",
        **options,
    )
    made.filters.update(filters(lang, finalize or str))
    return made


def filled(template: Path, lang: Language, more: Mapping[str, Callable[..., Any]], **values: Any) -> str:
    """Return a file of plain text filled in, without the line breaks at its end; `more` are filters besides."""
    return _template(template, lang, tuple(more.items())).render(values).rstrip("\n")


@cache
def _template(path: Path, lang: Language, more: tuple[tuple[str, Callable[..., Any]], ...]) -> Template:
    from jinja2 import FileSystemLoader

    made = environment(lang, loader=FileSystemLoader(path.parent), trim_blocks=True, lstrip_blocks=True)
    made.filters.update(more)
    return made.get_template(path.name)


def filters(lang: Language, write: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    """Return the filters of a language. One of a number keeps what else it carries: anything with `value`, and
    `as_text` to say it."""

    def of_number(way: Callable[[Any, Language], str], given: Any) -> Any:
        if hasattr(given, "as_text"):
            return given if given.value is None else given.as_text(way(given.value, lang))
        return way(given, lang)

    def counted(given: Any, one: str, many: str) -> Any:
        noun = one if given == 1 else many
        if hasattr(given, "as_text"):
            return (given if given.text is not None else of_number(language.words, given)).followed_by(noun)
        return f"{given if isinstance(given, str) else language.words(given, lang)}{language.NBSP}{noun}"

    def about(given: Any) -> Any:
        is_money = getattr(given, "kind", "count") == "kr"
        return of_number(language.about if is_money else language.about_count, given)

    def capital(given: Any) -> Any:
        if hasattr(given, "as_text"):
            return given.as_text(language.sentence_case(given.written))
        return language.sentence_case(given)

    def listed(parts: Iterable[Any]) -> Any:
        texts = [write(part) for part in parts]
        is_markdown = any(hasattr(text, "__html__") for text in texts)
        whole = language.listed([text.__html__() if hasattr(text, "__html__") else str(text) for text in texts], lang)
        return Markdown(whole) if is_markdown else whole

    return {
        "digits": partial(of_number, language.number),
        "words": partial(of_number, language.words),
        "about": about,
        "about_kr": partial(of_number, language.about),
        "percent": partial(of_number, language.percent),
        "day": partial(of_number, language.day),
        "counted": counted,
        "capital": capital,
        "listed": listed,
    }
