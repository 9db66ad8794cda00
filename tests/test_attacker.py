"""The public edition gives nobody away: an attacker who has all of it finds no answer of a single municipality."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipeline.declarations import read_declarations
from pipeline.paths import REPORTS, Workspace
from pipeline.protect import Rules, protect, read_rules
from pipeline.register import municipalities, regions
from pipeline.store import open_store
from pipeline.tabulate import Tables, tabulate
from tests import attacker
from tests.attacker import Attack, Facts, Form, by_region, few_in_base, few_persons, of_tables, recognised
from tests.small_years import small_years
from tests.telling import Page, store_of
from tests.world import RAW

YEARS = range(2031, 2061)
TEXTS = (".csv", ".px", ".md", ".json", ".ttl", ".cff")
SIZES = (2, 4, 10, 24, 24, 60, 60, 60, 120, 120, 290)


class Year:
    """A year: its complete tables, its rules, and what anybody knows of it."""

    def __init__(self, tables: Tables, rules: Rules) -> None:
        self.tables, self.rules, self.truth = tables, rules, of_tables(tables)
        self.public, self.form = protect(tables, rules), Form.of(tables, rules)
        requisitioned, left = by_region(self.truth, "requisitioned_kr"), by_region(self.truth, "unused_kr")
        spent = {code: {who: of[who] - kr for who, kr in left[code].items()} for code, of in requisitioned.items()}
        self.spent = {code: {who: kr for who, kr in of.items() if kr > 0} for code, of in spent.items()}
        codes = [str(row["region_code"]) for row in tables["region_use"].rows.values()]
        used = {code: self.truth[f"region_use/{code}/used"] for code in codes}
        self.open_bases = {"used": used, "unused": {code: sum(kr > 0 for kr in left[code].values()) for code in codes}}

    def found_out(self, facts: Facts) -> list[str]:
        """All that an attacker finds out in published facts."""
        attack = Attack(facts, self.form, self.rules, self.open_bases)
        found = [*attack.found_out(self.truth), *few_persons(facts, self.rules)]
        return [*found, *few_in_base(facts, self.form, self.rules), *recognised(facts, self.spent)]


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> list[Year]:
    """Random years of all sizes, most of them small."""
    folder = tmp_path_factory.mktemp("thirty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.small_years.SIZES", SIZES)
        small_years(15, YEARS, folder)
    declarations = read_declarations(REPORTS)
    with open_store(store_of(folder, *YEARS).store) as connection:
        return [Year(tabulate(connection, year, declarations), read_rules(connection, year)) for year in YEARS]


@pytest.fixture(scope="module")
def real(real_store: Workspace) -> Iterator[Year]:
    with open_store(real_store.store) as connection:
        yield Year(tabulate(connection, 2024, read_declarations(REPORTS)), read_rules(connection, 2024))


def test_nobody_is_found_out_in_thirty_years(thirty: list[Year]) -> None:
    assert [year.found_out(of_tables(year.public)) for year in thirty] == [[]] * 30
    assert sum(bool(table.together) for year in thirty for table in year.public.values()) > 100


@pytest.mark.parametrize(("rows", "is_found"), [({"A-B": 2, "C": 3}, False), ({"A-C": 4, "B": 1}, True)])
def test_rows_that_are_together_otherwise_in_another_table_are_subtracted(rows: dict[str, int], is_found: bool) -> None:
    """Of four municipalities in B and of four in C, as many began as the bases of `method` say: so did the one in A."""
    form = Form(
        counts={"talks_held/yes": "talks_held:yes", "method/kasam": "method:kasam"},
        base={"talks_held/yes": "talks_held", "method/kasam": "method"},
        at_most={("talks_held:yes", "talks_held:answered"), ("method:kasam", "method:answered")},
    )
    rules = Rules(3, 5, {"talks_held": "used", "method": "talks_held"})
    published = (("A-B", "count", 2), ("A-B", "base", 5), ("C", "count", 3), ("C", "base", 4))
    facts = {f"talks_held_by_region/{at}/yes/{column}": n for at, column, n in published}
    for code, n in rows.items():
        facts |= {f"method_by_region/{code}/kasam/count": 0, f"method_by_region/{code}/kasam/base": n}
    attack = Attack(facts, form, rules, {"used": {"A": 1, "B": 4, "C": 4}})
    found = attack.found_out({"talks_held_by_region/A/yes/base": 1})
    assert any(each.startswith("talks_held:yes in A of 1: narrower") for each in found) == is_found


CHANGED = [
    *("persons_by_region", "non_response_by_region", "unused_reason_by_region", "target_group_by_region"),
    *("area_of_use_by_region", "collaboration_by_region", "provider_by_region", "profession_by_region"),
    *("method_by_region", "talk_form_by_region", "talk_place_by_region", "outreach_by_region", "referral_by_region"),
    *("follow_up_by_region", "development_by_region", "followed_up_and_developed_by_region"),
    *("purpose_reached_by_region", "results_reached_by_region", "equal_offer_by_region", "talks_held_by_region"),
]


# One of each kind: of persons, of who is silent, of each base, of one answer and of several.
ONE_OF_EACH = ["persons_by_region", "non_response_by_region", "unused_reason_by_region", "target_group_by_region"]
ONE_OF_EACH += ["method_by_region", "talks_held_by_region"]


@pytest.mark.parametrize("table", ONE_OF_EACH)
def test_without_the_protection_of_any_one_table_somebody_is_found_out(real: Year, table: str) -> None:
    assert real.found_out(of_tables(Tables({**real.public, table: real.tables[table]}, 2024, real.tables.declarations)))


def test_nobody_is_found_out_in_the_real_year_and_these_tables_are_protected(real: Year) -> None:
    assert real.found_out(of_tables(real.public)) == []
    changed = [name for name in real.tables if not real.public[name].frame.equals(real.tables[name].frame)]
    assert sorted(changed) == sorted(CHANGED)


OPEN = {"recipients", "not_requisitioned", "region_use", "returns_by_region", "funds_by_year", "usage_degree"}
OPEN_FIGURES = {
    *("municipalities", "recipients", "not_requisitioned", "requisitioned_kr", "requisitioned_percent", "returned"),
    *("not_requisitioned_kr", "not_returned", "accounted_kr", "used", "used_kr", "used_percent", "unused_kr"),
    *("unused_percent", "repaying", "repaying_all", "all_to_the_krona", "part_to_the_krona", "rounded_to_all"),
    *("to_treasury_kr", "used_of_municipalities", "not_returned_percent"),
}
"""What tells of amounts alone, which are printed with the names of the municipalities."""
EDITIONS = pytest.mark.parametrize("name", ["uppfoljning", "uppfoljning.en"])


@EDITIONS
def test_the_page_says_what_the_protected_tables_say_and_no_more(
    real: Year, real_year: tuple[Path, Path], name: str
) -> None:
    """So does the PDF: tests/test_editions.py."""
    page = real_year[1] / f"{name}.html"
    codes = {region.name: code for code, region in regions().items()}
    for table in real.public.values():
        codes |= {called[language]: code for code, called in table.together.items() for language in ("sv", "en")}
    facts, known = attacker.of_page(page, codes), of_tables(real.public)
    assert {address: value for address, value in facts.items() if str(known.get(address)) != str(value)} == {}
    assert sum("_by_region/09-10/" in address for address in facts) > 100
    assert real.found_out(facts) == []


@EDITIONS
def test_no_municipality_stands_near_a_counted_answer(real_year: tuple[Path, Path], name: str) -> None:
    text = (real_year[1] / f"{name}.html").read_text(encoding="utf-8")
    known = json.loads(re.findall(r'id="page-numbers">(.*?)</script>', text, re.DOTALL)[0])
    named = {
        f"{table}/{row}"
        for table, rows in known["numbers"].items()
        for row, columns in rows.items()
        for told in columns.values()
        for term in known["rest"][told[0]].get("terms", ())
        if known["members"][known["terms"][term]["members"]]
    }
    tables = {address.split("/")[0] for address in named}
    assert tables - {"key_figures", "usage_degree_by_year", "usage_degree_by_region"} <= OPEN
    assert {address.split("/")[1] for address in named if address.startswith("key_figures/")} <= OPEN_FIGURES
    assert {"region_use", "recipients", "key_figures"} <= tables
    places = " ".join(f"{region.name} {region.short_name}" for region in regions().values())
    names = [one.name for one in municipalities().values() if len(one.name) > 8 and one.name not in places]
    files = (RAW / "2024" / "texts").glob(f"*.{'en' if name.endswith('en') else 'sv'}.md")
    theirs = " ".join(path.read_text(encoding="utf-8") for path in files)  # whom the analysts name is theirs
    body = Page(text).text
    times = [len(re.findall(rf"\b{one}", body)) - len(re.findall(rf"\b{one}", theirs)) for one in names]
    assert max(times) == 1
    assert sum(times) > len(names) - 5  # a few are written otherwise


def test_the_release_says_what_the_protected_tables_say_and_no_more(real: Year, real_year: tuple[Path, Path]) -> None:
    """As CSV: that the other formats hold the same, tests/test_release.py says."""
    folder, known = real_year[1] / "release", of_tables(real.public)
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    facts: dict[str, int] = {}
    for one in (one for one in package["resources"] if one["path"].startswith("csv/")):
        text = (folder / one["path"]).read_text(encoding="utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            at = "/".join([one["name"], *(row[name] for name in one["schema"]["primaryKey"])])
            told = {name: value for name, value in row.items() if name != "made_up" and not name.endswith("_code")}
            facts |= {f"{at}/{name}": int(value) for name, value in told.items() if re.fullmatch(r"\d+", value)}
    assert {at: value for at, value in facts.items() if str(known.get(at)) not in (str(value), f"{value:02}")} == {}
    assert sum("_by_region/09-10/" in address for address in facts) > 100
    assert real.found_out({address: known[address] for address in facts}) == []


def test_no_municipality_is_named_in_the_release_but_beside_its_amounts(real_year: tuple[Path, Path]) -> None:
    folder, own = real_year[1] / "release", {"recipients", "not_requisitioned", "municipality"}
    places = " ".join(f"{region.name} {region.short_name}" for region in regions().values())
    names = re.compile("|".join(rf"\b{one.name}\b" for one in municipalities().values() if one.name not in places))
    files = [path for path in folder.rglob("*.*") if path.suffix in TEXTS]
    texts = {f"{path.stem}.{path.parent.name}{path.suffix}": path.read_text(encoding="utf-8-sig") for path in files}
    for path in (folder / "parquet").iterdir():
        texts[f"{path.stem}.parquet"] = str(pl.read_parquet(path).rows())
    for sheet in openpyxl.load_workbook(folder / "tables.xlsx"):
        texts[f"{sheet.title}.xlsx"] = str(list(sheet.values))
    named = {name.split(".")[0] for name, text in texts.items() if names.search(text)}
    assert named == own
