"""Nothing is told that the documents of a year do not give: for each key of [grant], no sentence that rests on it."""

import re
import shutil
import tomllib
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from pipeline.year import Grant, read_year
from tests.random_year import scenario, write
from tests.telling import EDITIONS, findings, paragraphs, plain, store_of, told
from tests.world import RAW

# What is said of each key, in Swedish and English: words that no sentence may have without the key.
SAID: dict[str, Sequence[tuple[str, str]]] = {
    "requisition_by": [("Sista dag att rekvirera", "deadline for requisitions")],
    "use_from": [("Pengarna fick användas från", "money could be used from")],
    "use_to": [("Pengarna fick användas från", "money could be used from")],
    "return_by": [("skulle lämnas senast", "Returns were due by")],
    "minimum_age": [("år eller äldre. Sista|Samtalen är till för", "talks are for people aged")],
    "redistributes": [
        ("omfördelades|fördelas till kommuner som ville ha mer", "redistribut|given to municipalities that wanted"),
        ("statskassan", "Treasury"),
    ],
    "key": [("fördelningsnyckel, som|äldreomsorgsinsats", "key, which counts|The key counts|care for older")],
    "purpose": [("Bidraget får användas|Starta, förbättra", "grant may be used|Start, improve")],
    "ground": [
        ("ska betala tillbaka|att betala tillbaka|och betalar tillbaka", "must repay|to repay|repays any"),
    ],
}  # fmt: skip
# Of these no sentence tells: what letters, forms and the settlement say of them has tests of its own.
NOT_TOLD = {"not_for", "evidence", "costs_booked_later", "repay_by", "repay_how", "not_stated", "synthetic"}
REQUIRED = {"name", "available_kr"}


@pytest.fixture(scope="module")
def prose(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """The prose of a year that leaves out a key and lists it in not_stated, by language."""
    whole = write(scenario("one of each", read_year(RAW / "2024", "raw/2024")), tmp_path_factory.mktemp("whole"))
    shutil.rmtree(whole / "raw" / "2024" / "texts", ignore_errors=True)

    @cache
    def tell(key: str) -> dict[str, str]:
        data = shutil.copytree(whole, tmp_path_factory.mktemp(key or "everything") / "data")
        form = data / "raw" / "2024" / "year.toml"
        form.write_text(without(form.read_text(encoding="utf-8"), key), encoding="utf-8")
        assert key not in read_year(form.parent, "raw/2024").grant.model_fields_set
        workspace, said = store_of(data, 2024), {}
        for language in EDITIONS:
            document = told(workspace, 2024, language, public=True)
            text = [*paragraphs(document), *paragraphs(findings(document)), document.markdown.replace("- ", "")]
            said[language] = " ".join(map(plain, text))
        return said

    return tell


def without(text: str, key: str) -> str:
    """A year.toml without a key of [grant], which it lists in not_stated."""
    text = re.sub(rf"^{key} = .*\n", "", text, count=1, flags=re.MULTILINE) if key else text
    text = re.sub(rf"^\[\[?grant\.{key}\]\]?\n(?:.+\n)*", "", text, flags=re.MULTILINE) if key else text
    listed = tomllib.loads(text)["grant"]["not_stated"] + ([key] if key else [])
    return re.sub(r"^not_stated = .*$", f"not_stated = {listed}", text, flags=re.MULTILINE)


def test_every_key_is_looked_at(prose: Callable[[str], dict[str, str]]) -> None:
    assert set(SAID) | NOT_TOLD | REQUIRED == set(Grant.model_fields)
    assert not set(SAID) & NOT_TOLD
    assert "Enligt årets villkor omfördelades den inte till andra kommuner." in prose("")["sv"]


@pytest.mark.parametrize("key", SAID)
def test_what_the_documents_do_not_give_is_not_told(key: str, prose: Callable[[str], dict[str, str]]) -> None:
    for words in SAID[key]:
        for language, pattern in zip(EDITIONS, words, strict=True):
            assert re.search(pattern, prose("")[language]), (language, pattern)
            found = re.search(rf"[^.]*(?:{pattern})[^.]*\.", prose(key)[language])
            assert found is None, (language, found and found[0])


@pytest.mark.parametrize("year", [path.parent.name for path in sorted(RAW.glob("*/year.toml"))])
def test_what_a_year_does_not_state_is_not_in_what_it_gives(year: str) -> None:
    given = read_year(RAW / year, f"raw/{year}").grant
    for key in given.not_stated:
        assert getattr(given, key) in (None, []), key
