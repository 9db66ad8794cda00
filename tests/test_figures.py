"""The real year against the printed report, and small ones against what a reader would count."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipeline.check.suite import check_store
from pipeline.paths import REPORTS, Workspace
from pipeline.read import read_folder
from pipeline.store import open_store
from pipeline.store.build import build_store
from pipeline.tabulate import Tables, read_declarations, tabulate
from tests.world import RAW, small_data


def tables_of(data: Path, years: list[int], store: Path) -> Tables:
    build_store([read_folder(data / "raw" / str(year), f"raw/{year}") for year in years], store)
    with open_store(store) as connection:
        return tabulate(connection, years[-1], read_declarations(REPORTS))


def test_the_real_tables_by_hand(real_tables: Tables) -> None:
    real, got = real_tables, {key: row["value"] for key, row in real_tables["key_figures"].rows.items()}
    assert [got[name] for name in ("all_to_the_krona", "part_to_the_krona", "repaying_all")] == [202, 33, 12]
    assert got["rounded_to_all"] == 3
    rows = real["recipients"].rows
    assert len(rows) == 247
    summed = [sum(row[f"{name}_kr"] for row in rows.values()) for name in ("requisitioned", "allocation", "unused")]
    assert summed == [85_906_462, 85_906_462, 10_026_518]
    # Printed in appendix 1, table 1.
    columns = ("recipient", "requisitioned_kr", "unused_kr", "unused_percent")
    assert [rows["2080"][column] for column in columns[:3]] == ["Falu kommun", 557_756, 0]
    assert [rows["1484"][column] for column in columns[::3]] == ["Lysekils kommun", 79]
    assert rows["1484"]["unused_kr"] == 169_453
    assert [rows["0980"][column] for column in ("recipient", "municipality")] == ["Region Gotland", "Gotland"]
    names = [row["recipient"] for row in real["recipients"].rows.values()]
    places = [names.index(f"{name} kommun") for name in ("Alingsås", "Växjö", "Åsele", "Älvdalens", "Örebro")]
    assert places == sorted(places)
    assert places[0] == 0
    rows = real["region_use"].rows
    assert sum(row["used"] for row in rows.values()) == 235
    whole = {code: (row["used"], row["municipalities"]) for code, row in rows.items() if row["percent"] == 100}
    assert whole == {"12": (33, 33), "09": (1, 1)}
    assert (rows["05"]["used"], rows["05"]["municipalities"], rows["05"]["percent"]) == (7, 13, 54)
    others = {row["municipality"] for row in real["not_requisitioned"].rows.values()}
    assert len(others) == 43
    assert {"Botkyrka", "Arjeplog", "Ödeshög"} <= others
    assert not others & {row["municipality"] for row in real["recipients"].rows.values()}


def test_the_latest_return_of_a_recipient_counts_and_without_one_its_use_is_unknown(tmp_path: Path) -> None:
    returns = [("Ale", 700, "2025-01-20"), ("Malmö", 3000, "2025-01-02"), ("Ale", 300, "2025-01-10")]
    returns += [("Kiruna", 99, "2025-01-01")]  # no recipient
    data = small_data(tmp_path, returns=returns, header=["Inskickad"])
    tables = tables_of(data, [2024], tmp_path / "store.duckdb")
    unused = {row["municipality"]: row["unused_kr"] for row in tables["recipients"].rows.values()}
    assert unused == {"Ale": 700, "Aneby": None, "Malmö": 3000}
    assert tables["funds_by_year"].rows["2024"]["unused_kr"] == 3700
    counts = {key: row["count"] for key, row in tables["usage_degree"].rows.items()}
    assert counts == {"all": 0, "part": 1, "none": 1, "missing": 1}


def test_changing_one_raw_amount_changes_every_table_it_is_in(tmp_path: Path) -> None:
    before = tables_of(small_data(tmp_path / "a"), [2024], tmp_path / "a.duckdb")
    changed = small_data(tmp_path / "b", returns=[("Ale", 1000), ("Aneby", 500), ("Malmö", 3000)])
    after = tables_of(changed, [2024], tmp_path / "b.duckdb")
    differing = {name for name in before if not before[name].frame.equals(after[name].frame)}
    usage = {"usage_degree", "usage_degree_by_region", "usage_degree_by_year"}
    assert differing == usage | {"funds_by_year", "recipients", "region_use", "key_figures", "sources"}


def test_the_real_year_has_nothing_to_look_at(real_store: Workspace) -> None:
    found = check_store(real_store.store, 2024)
    assert [(one.rule, one.severity, one.recipient) for one in found] == [  # both are confirmed (corrections.toml)
        ("value_moves_total", "info", "Stockholms kommun"),
        ("value_moves_total", "info", "Örebro kommun"),
    ]


PRINTED: dict[str, Any] = tomllib.loads((RAW / "2024" / "published.toml").read_text(encoding="utf-8"))
# What print names and the tables hold under another address.
ELSEWHERE = {
    "year": "key_figures/year/value",
    "with_established_method": "method/any/count",
    "independent_provider_all_or_part": "provider/independent_all_or_part/count",
    "unused_percent": "funds_by_year/2024/unused_percent",
    "region_highest_percent": "region_use/12/percent",
    "region_lowest_percent": "region_use/05/percent",
}
NAMED = {"region_highest", "region_lowest", "independent_provider_all_money", "persons_reached_about"}


class Made:
    """The tables and the page of the real year."""

    def __init__(self, tables: Tables, reports: Path) -> None:
        self.page, self.tables = (reports / "uppfoljning.html").read_text(encoding="utf-8"), tables

    def value(self, address: str) -> str:
        """The value of a table at an address."""
        table, _, rest = address.partition("/")
        row, _, column = rest.rpartition("/")
        return str(self.tables[table].rows[row][column])

    def shows(self, address: str) -> bool:
        """Whether the page prints the number at an address."""
        return f'data-n="{address}"' in self.page


@pytest.fixture(scope="module")
def made(real_tables: Tables, real_year: tuple[Path, Path]) -> Made:
    return Made(real_tables, real_year[1])


def test_totals_and_funds_are_reproduced(made: Made) -> None:
    totals = {figure: value for figure, value in PRINTED["totals"].items() if figure not in NAMED}
    assert len(totals) == 21
    for figure, value in totals.items():
        address = ELSEWHERE.get(figure, f"key_figures/{figure}/value")
        assert made.value(address) == str(value), figure
        assert made.shows(address), figure
    persons = int(made.value("key_figures/persons_total/value"))
    assert round(persons, -3) == PRINTED["totals"]["persons_reached_about"]
    assert 'data-n="key_figures/persons_total/value">cirka 21\u00a0000<' in made.page
    compared = 0
    for funds in PRINTED["funds"]:
        for column in ("available_kr", "requisitioned_kr", "recipients", "unused_kr", "unused_percent"):
            address = f"funds_by_year/{funds['year']}/{column}"
            assert made.value(address) == str(funds[column]), address
            assert made.shows(address), address
            compared += 1
    assert compared == 10
    assert made.value("persons_by_year/2023/persons_total") == "23000"
    assert made.shows("persons_by_year/2023/persons_total")


def test_rows_labels_and_regions_are_reproduced(made: Made) -> None:
    compared = 0
    for row in PRINTED["row"]:
        table, option, year = row["table"], row["option"], row["year"]
        pages = [f"{table}/{option}", f"{table}_by_year/{year}/{option}"] if year == 2024 else []
        pages = pages or [f"{table}_by_year/{year}/{option}"]
        for address in pages:
            printed = {"count": row.get("count"), "percent": row["percent"], "base": row["base_n"] or None}
            for column, value in printed.items():
                if value is not None:
                    assert made.value(f"{address}/{column}") == str(value), address
                    compared += 1
        assert any(made.shows(f"{address}/percent") for address in pages), pages
    assert len(PRINTED["row"]) == 77
    assert compared > 400
    # But for one slip in print; derived rows and the running text have our own words.
    in_print = {"target_group", "area_of_use", "collaboration", "profession", "method", "outreach", "referral"}
    in_print.add("follow_up")
    compared = 0
    for row in PRINTED["row"]:
        if row["table"] in in_print and row["year"] == 2024 and row["option"] != "home_65_79":
            assert made.value(f"{row['table']}/{row['option']}/label") == row["label"]
            compared += 1
    assert compared > 50
    assert made.value("target_group/home_65_79/label") == "Personer 65–79 år i eget boende utan nuvarande hemtjänst"
    rows = [*made.tables["region_use"].rows.values()]
    assert [(row["region_code"], row["region"], row["municipalities"]) for row in rows] == [
        (region["code"], region["name"], region["municipalities"]) for region in PRINTED["region"]
    ]
    for region in PRINTED["region"]:
        assert made.shows(f"region_use/{region['code']}/municipalities")
        assert made.shows(f"region_use/{region['code']}/percent")
    highest = {row["region"] for row in rows if row["percent"] == 100}
    assert highest == {*PRINTED["totals"]["region_highest"], "Region Gotland"}
    assert [row["region"] for row in rows if row["percent"] == 54] == PRINTED["totals"]["region_lowest"]
    assert min(row["percent"] for row in rows) == 54
