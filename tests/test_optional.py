"""What is not asked, not there or not stated is not 0, and is told of nowhere: what is left is made."""

import json
import re
import shutil
import tomllib
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from pipeline.explain import PageNumbers
from pipeline.markdown import unnamed
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store
from pipeline.tabulate import Tables, read_declarations, tabulate
from pipeline.year import Grant, read_year
from tests.small_years import scenario, write
from tests.telling import EDITIONS, SOURCES, findings, paragraphs, plain, store_of, told
from tests.world import RAW, cases, read_csv, write_csv

RULES = read_year(RAW / "2024", "raw/2024")
COLUMNS = {question.id: question.column for question in RULES.question if not question.required}
FILES = ("allocation.csv", "published.toml", "texts/activities.sv.md", "recipients.csv", "returns.csv")
OPTIONAL_FILES = FILES[:3]
GONE = [*((each,) for each in (*COLUMNS, *FILES)), ("persons_women", "persons_men"), FILES[3:]]
GONE += [tuple(COLUMNS), OPTIONAL_FILES, (*COLUMNS, *OPTIONAL_FILES)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small year with everything."""
    return write(scenario("one of each", RULES), tmp_path_factory.mktemp("whole"))


def without(whole: Path, target: Path, dropped: Collection[str], questions: Collection[str] = ()) -> Workspace:
    """Build the store of the year without some columns of its returns, files and questions of its form."""
    data = shutil.copytree(whole, target / "data")
    folder = data / "raw" / "2024"
    columns = {question.column for question in RULES.question if question.id in {*dropped, *questions}}
    rows = read_csv(folder / "returns.csv")
    kept = [name for name in rows[0] if name not in columns and name.partition(": ")[0] not in columns]
    write_csv(folder / "returns.csv", kept, [[row[name] for name in kept] for row in rows])
    for name in FILES:
        if name in dropped:
            (folder / name).unlink()
    form = folder / "year.toml"
    head, *asked = form.read_text(encoding="utf-8").split("[[question]]\n")
    left = [each for each in asked if not any(each.startswith(f'id = "{name}"') for name in questions)]
    for name in questions:
        head = head.replace(f'"{name}", ', "").replace(f', "{name}"', "")
    form.write_text("[[question]]\n".join([head, *left]), encoding="utf-8")
    return store_of(data, 2024)


def tables_of(workspace: Workspace) -> Tables:
    with open_store(workspace.store) as connection:
        return tabulate(connection, 2024, read_declarations(REPORTS))


def tell(workspace: Workspace) -> None:
    """Run the report's cells, and explain its numbers: of the internal edition and of the public one."""
    for public in (False, True):
        text = told(workspace, 2024, "sv", public=public).markdown
        assert "data-n=" in text
        PageNumbers(workspace.store, tables_of(workspace), internal=not public)(
            "sv", json.dumps(text, ensure_ascii=False)
        )


@pytest.mark.parametrize("dropped", GONE, ids=" and ".join)
def test_tables_are_made_of_what_is_there(dropped: tuple[str, ...], whole: Path, tmp_path: Path) -> None:
    tables = tables_of(without(whole, tmp_path, dropped))
    is_known = not {"recipients.csv", "returns.csv"} & set(dropped)
    assert ("collaboration" in tables) == ("persons_by_region" in tables) == is_known
    for question in set(dropped) & set(COLUMNS):
        assert question not in tables
    if is_known:
        columns = {column.id for column in tables["persons_by_region"].declared.column}
        by_sex = {"persons_women", "persons_men", "women_percent"}
        assert by_sex & columns == (set() if {"persons_women", "persons_men"} & set(dropped) else by_sex)


@pytest.mark.parametrize("dropped", ["persons_women allocation.csv", "persons_women persons_men unused_reason"])
def test_the_report_is_made_without(dropped: str, whole: Path, tmp_path: Path) -> None:
    tell(without(whole, tmp_path, dropped.split()))


@pytest.mark.parametrize("questions", ["persons_women persons_men", "talks_held", "persons_total"])
def test_the_report_is_made_when_the_form_does_not_ask(questions: str, whole: Path, tmp_path: Path) -> None:
    tell(without(whole, tmp_path, (), questions.split()))


OWN: str = cases("data/forms")["together"]
VISITS: str = cases("data/forms")["visits"]


def test_what_no_cell_names_stands_in_the_report_by_itself(whole: Path, tmp_path: Path) -> None:
    data = shutil.copytree(whole, tmp_path / "data")
    folder = data / "raw" / "2024"
    form, rows = folder / "year.toml", read_csv(folder / "returns.csv")
    form.write_text(
        form.read_text(encoding="utf-8").replace('"equal_offer"', '"same_offer"') + VISITS, encoding="utf-8"
    )
    write_csv(folder / "returns.csv", [*rows[0], "Besök"], [[*row.values(), "3"] for row in rows])
    (folder / "published.toml").unlink()
    (folder / "Tables.toml").write_text(OWN, encoding="utf-8")
    workspace = store_of(data, 2024)
    for language, national, regional in (("sv", "bil", "bilb"), ("en", "app", "appb")):
        text, source = (
            told(workspace, 2024, language).markdown,
            (REPORTS / SOURCES[language]).read_text(encoding="utf-8"),
        )
        alone = ["together", "same_offer", "visits"]
        assert sorted(unnamed(source, text)) == sorted(alone)
        for label in (f"{room}-{name}" for room in (national, regional) for name in alone):
            assert f"::: {{#{label}" in text
        assert f"::: {{#{national}-provider" in text
        assert f"::: {{#{regional}-provider" not in text
        titles = [line for line in text.split("\n") if line.startswith("## ")]
        assert {"sv": "## Besök", "en": "## Visits"}[language] in titles


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
def prose(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], dict[str, str]]:
    """The prose of a year that leaves out keys and lists them in not_stated, by language."""
    everything = write(scenario("one of each", read_year(RAW / "2024", "raw/2024")), tmp_path_factory.mktemp("whole"))
    shutil.rmtree(everything / "raw" / "2024" / "texts", ignore_errors=True)

    @cache
    def tell(keys: Sequence[str]) -> dict[str, str]:
        data = shutil.copytree(everything, tmp_path_factory.mktemp("told") / "data")
        form = data / "raw" / "2024" / "year.toml"
        form.write_text(left_out(form.read_text(encoding="utf-8"), keys), encoding="utf-8")
        assert not {*keys} & read_year(form.parent, "raw/2024").grant.model_fields_set
        workspace, said = store_of(data, 2024), {}
        for language in EDITIONS:
            document = told(workspace, 2024, language, public=True)
            text = [*paragraphs(document), *paragraphs(findings(document)), document.markdown.replace("- ", "")]
            said[language] = " ".join(map(plain, text))
        return said

    return tell


def left_out(text: str, keys: Sequence[str]) -> str:
    """A year.toml without keys of [grant], which it lists in not_stated."""
    for key in keys:
        text = re.sub(rf"^{key} = .*\n", "", text, count=1, flags=re.MULTILINE)
        text = re.sub(rf"^\[\[?grant\.{key}\]\]?\n(?:.+\n)*", "", text, flags=re.MULTILINE)
    listed = [*tomllib.loads(text)["grant"]["not_stated"], *keys]
    return re.sub(r"^not_stated = .*$", f"not_stated = {listed}", text, flags=re.MULTILINE)


# Keys that no sentence has together.
APART = [("requisition_by", "use_from", "minimum_age", "key"), ("use_to", "redistributes", "purpose")]
APART.append(("return_by", "ground"))


def test_every_key_is_looked_at(prose: Callable[[Sequence[str]], dict[str, str]]) -> None:
    assert set(SAID) | NOT_TOLD | REQUIRED == set(Grant.model_fields)
    assert not set(SAID) & NOT_TOLD
    assert sorted(SAID) == sorted(chain(*APART))
    assert "Enligt årets villkor omfördelades den inte till andra kommuner." in prose(())["sv"]


@pytest.mark.parametrize("keys", APART, ids=" and ".join)
def test_what_the_documents_do_not_give_is_not_told(
    keys: Sequence[str], prose: Callable[[Sequence[str]], dict[str, str]]
) -> None:
    for words in chain(*(SAID[key] for key in keys)):
        for language, pattern in zip(EDITIONS, words, strict=True):
            assert re.search(pattern, prose(())[language]), (language, pattern)
            found = re.search(rf"[^.]*(?:{pattern})[^.]*\.", prose(keys)[language])
            assert found is None, (language, found and found[0])


@pytest.mark.parametrize("year", [path.parent.name for path in sorted(RAW.glob("*/year.toml"))])
def test_what_a_year_does_not_state_is_not_in_what_it_gives(year: str) -> None:
    given = read_year(RAW / year, f"raw/{year}").grant
    for key in given.not_stated:
        assert getattr(given, key) in (None, []), key
