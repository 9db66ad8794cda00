"""Every figure that the report for 2024 printed, against the tables as CSV and the page, to the unit."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.world import RAW, read_csv

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
KEYS = {"usage_degree": ["option"], "funds_by_year": ["year"], "key_figures": ["figure"], "region_use": ["region_code"]}
KEYS["persons_by_year"] = ["year"]


class Made:
    """The CSV files and the page of the real year."""

    def __init__(self, data: Path, reports: Path) -> None:
        self.page = (reports / "uppfoljning.html").read_text(encoding="utf-8")
        self.folder = data / "processed" / "2024" / "tables"

    def value(self, address: str) -> str:
        """The value of a CSV file at an address."""
        table, *key, column = address.split("/")
        columns = KEYS.get(table) or (["year", "option"] if table.endswith("_by_year") else ["option"])
        (row,) = [row for row in read_csv(self.folder / f"{table}.csv") if [row[each] for each in columns] == key]
        return row[column]

    def shows(self, address: str) -> bool:
        """Whether the page prints the number at an address."""
        return f'data-n="{address}"' in self.page


@pytest.fixture(scope="module")
def made(real_year: tuple[Path, Path]) -> Made:
    return Made(*real_year)


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


def test_every_row_of_every_table_is_reproduced(made: Made) -> None:
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


def test_labels_are_those_printed(made: Made) -> None:
    """But for one slip in print; derived rows and the running text have our own words."""
    in_print = {
        "target_group",
        "area_of_use",
        "collaboration",
        "profession",
        "method",
        "outreach",
        "referral",
        "follow_up",
    }
    compared = 0
    for row in PRINTED["row"]:
        if row["table"] in in_print and row["year"] == 2024 and row["option"] != "home_65_79":
            assert made.value(f"{row['table']}/{row['option']}/label") == row["label"]
            compared += 1
    assert compared > 50
    assert made.value("target_group/home_65_79/label") == "Personer 65–79 år i eget boende utan nuvarande hemtjänst"


def test_regions_and_their_extremes_are_reproduced(made: Made) -> None:
    rows = read_csv(made.folder / "region_use.csv")
    assert [(row["region_code"], row["region"], int(row["municipalities"])) for row in rows] == [
        (region["code"], region["name"], region["municipalities"]) for region in PRINTED["region"]
    ]
    for region in PRINTED["region"]:
        assert made.shows(f"region_use/{region['code']}/municipalities")
        assert made.shows(f"region_use/{region['code']}/percent")
    highest = {row["region"] for row in rows if row["percent"] == "100"}
    assert highest == {*PRINTED["totals"]["region_highest"], "Region Gotland"}
    assert [row["region"] for row in rows if row["percent"] == "54"] == PRINTED["totals"]["region_lowest"]
    assert min(int(row["percent"]) for row in rows) == 54
