"""No number of the report is typed, whatever the returns say, and people are compared as far as they can be."""

import re
import shutil
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from pipeline.paths import REPORTS
from pipeline.year import Year, read_year
from tests.small_years import scenario, write
from tests.telling import EDITIONS, page_of, paragraphs, plain, store_of, told
from tests.world import RAW, change


@pytest.fixture(scope="module")
def rules() -> Year:
    return read_year(RAW / "2024", "raw/2024")


def test_no_number_is_typed(rules: Year, tmp_path: Path) -> None:
    store = store_of(write(scenario("1", rules), tmp_path), 2023, 2024)
    constants = tomllib.loads((REPORTS / "constants.toml").read_text(encoding="utf-8"))["constant"]
    used: Counter[str] = Counter()
    typed = []
    for language in EDITIONS:
        for piece in page_of(store, 2024, language).pieces:
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
