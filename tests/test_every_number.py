"""Every number of the report has an address that explains it, and every sentence is true, whatever the returns say."""

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from pipeline.explain import Explainer
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import Year, read_year
from tests.small_years import scenario, write
from tests.telling import EDITIONS, Page, page_of, paragraphs, plain, store_of, told
from tests.world import RAW, change


@pytest.fixture(scope="module")
def rules() -> Year:
    return read_year(RAW / "2024", "raw/2024")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, rules: Year) -> Callable[[str], Workspace]:
    """The store of a made-up year, built when it is asked for."""
    return cache(lambda name: store_of(write(scenario(name, rules), tmp_path_factory.mktemp("year")), 2023, 2024))


@pytest.fixture(scope="module")
def page(store: Callable[[str], Workspace]) -> Callable[[str, str], Page]:
    return cache(lambda name, language: page_of(store(name), 2024, language))


def test_no_number_is_typed(page: Callable[[str, str], Page]) -> None:
    constants = tomllib.loads((REPORTS / "constants.toml").read_text(encoding="utf-8"))["constant"]
    used: Counter[str] = Counter()
    typed = []
    for language in EDITIONS:
        for piece in page("1", language).pieces:
            if piece.addresses or piece.is_given:
                continue
            left = " ".join(piece.text.split())
            for constant in constants:
                if set(constant["within"]) & set(piece.tags):
                    left, times = re.subn(constant["pattern"], "", left)
                    used[constant["pattern"]] += times
            if re.search(r"\d", left):
                typed.append((language, piece.tags[-2:], piece.text))
    assert typed == []
    assert [each["pattern"] for each in constants if not used[each["pattern"]]] == []
    assert all(each["reason"] for each in constants)


def test_every_address_is_explained(store: Callable[[str], Workspace], page: Callable[[str, str], Page]) -> None:
    """Numbers and the rows' anchors; where municipalities are counted, as many are named as the count says."""
    with open_store(store("1").store) as connection:
        explainer = Explainer(connection, tabulate(connection, 2024, read_declarations(REPORTS)))
        tables = explainer.tables
        addresses: dict[str, list[str]] = {}
        for language in EDITIONS:
            told = page("1", language)
            anchors = [each for each in told.ids if each.partition(".")[0] in tables and "." in each]
            assert len(anchors) > 500
            assert len(told.ids) == len(set(told.ids))
            shown = dict(told.numbers)
            assert len(shown) > 2000
            addresses |= dict.fromkeys([*told.addresses, *anchors])  # type: ignore[arg-type]
        named = 0
        for address in addresses:
            explained = explainer(address)
            assert explained.address == address.replace(".", "/")
            assert explained.definition.sv
            assert explained.definition.en
            table = tables[address.replace(".", "/").partition("/")[0]]
            if explained.of != "cell" or explained.printed or explained.value is None:
                continue
            municipalities = [each.municipality_code for each in explained.municipalities]
            of_ones = {term.role for term in explained.terms} == {"plus"} and all(
                each.value == 1 for each in explained.municipalities
            )
            if explained.unit == "count" and (table.counted or of_ones):
                assert len(municipalities) == len(set(municipalities)) == explained.value, address
                named += 1
        assert named > 1000


COMPARED = {
    "printed": ("Året före, 2023, hade cirka 23 000 personer haft samtal.",
                "The year before, in 2023, about 23,000 people had talks."),
    "returned": ("Året före, 2023, hade en person haft samtal.", "The year before, in 2023, one person had talks."),
}  # fmt: skip
# That they cannot be compared is said by tests/test_editions.py; without a year before: tests/test_true_sentences.py.


@pytest.mark.parametrize("before", COMPARED)
def test_people_are_compared_with_the_year_before(before: str, tmp_path: Path, rules: Year) -> None:
    data = write(scenario("one of each", rules), tmp_path)
    form = data / "raw" / "2024" / "year.toml"
    text = form.read_text(encoding="utf-8")
    change(form, {"comparable = false": "comparable = true"})
    if before == "returned":
        shutil.rmtree(data / "raw" / "2023")
        folder = shutil.copytree(form.parent, data / "raw" / "2023")
        earlier = text.replace("year = 2024", "year = 2023").replace("= 2024-", "= 2023-").replace("= 2025-", "= 2024-")
        (folder / "year.toml").write_text(earlier, encoding="utf-8")
        (folder / "published.toml").unlink()
    workspace = store_of(data, 2023, 2024)
    for language, said in zip(EDITIONS, COMPARED[before], strict=True):
        assert said in " ".join(plain(each) for each in paragraphs(told(workspace, 2024, language)))
