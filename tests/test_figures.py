"""The real year against the printed report, and made-up years against a count in plain Python."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.check.suite import check_store
from pipeline.paths import REPORTS
from pipeline.read import read_folder
from pipeline.register import municipalities
from pipeline.store import open_store
from pipeline.store.build import build_store
from pipeline.tabulate import Tables, read_declarations, tabulate
from tests.world import RAW, small_data


def tables_of(data: Path, years: list[int], store: Path) -> Tables:
    build_store([read_folder(data / "raw" / str(year), f"raw/{year}") for year in years], store)
    with open_store(store) as connection:
        return tabulate(connection, years[-1], read_declarations(REPORTS))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return tables_of(RAW.parent, [2023, 2024], tmp_path_factory.mktemp("store") / "store.duckdb")


@pytest.fixture(scope="module")
def printed() -> dict[str, Any]:
    return tomllib.loads((RAW / "2024" / "published.toml").read_text(encoding="utf-8"))


def figures(tables: Tables) -> dict[str, int]:
    return {key: row["value"] for key, row in tables["key_figures"].rows.items()}


def test_usage_degree_is_as_printed(real: Tables, printed: dict[str, Any]) -> None:
    expected = {
        row["option"]: (row["count"], row["base_n"], row["percent"])
        for row in printed["row"]
        if row["table"] == "usage_degree"
    }
    rows = real["usage_degree"].rows
    assert {key: (row["count"], row["base"], row["percent"]) for key, row in rows.items()} == expected
    assert expected == {"all": (205, 247, 83), "part": (30, 247, 12), "none": (12, 247, 5)}


def test_to_the_krona_it_is_another_count(real: Tables) -> None:
    got = figures(real)
    assert [got[name] for name in ("all_to_the_krona", "part_to_the_krona", "repaying_all")] == [202, 33, 12]
    assert got["rounded_to_all"] == 3


def test_funds_by_year_are_as_printed(real: Tables, printed: dict[str, Any]) -> None:
    columns = ("available_kr", "requisitioned_kr", "recipients", "unused_kr", "unused_percent")
    rows = real["funds_by_year"].rows
    assert {int(year): [row[column] for column in columns] for year, row in rows.items()} == {
        row["year"]: [row[column] for column in columns] for row in printed["funds"]
    }


def test_totals_are_as_printed(real: Tables, printed: dict[str, Any]) -> None:
    totals = printed["totals"]
    shared = set(figures(real)) & set(totals) - {"year"}
    assert len(shared) >= 11
    assert {name: figures(real)[name] for name in shared} == {name: totals[name] for name in shared}


def test_every_recipient_is_as_printed(real: Tables) -> None:
    rows = real["recipients"].rows
    assert len(rows) == 247
    assert sum(row["requisitioned_kr"] for row in rows.values()) == 85_906_462
    assert sum(row["allocation_kr"] for row in rows.values()) == 85_906_462
    assert sum(row["unused_kr"] for row in rows.values()) == 10_026_518
    # Printed in appendix 1, table 1.
    assert [rows["2080"][column] for column in ("recipient", "requisitioned_kr", "unused_kr")] == [
        "Falu kommun",
        557_756,
        0,
    ]
    assert [rows["1484"][column] for column in ("recipient", "unused_kr", "unused_percent")] == [
        "Lysekils kommun",
        169_453,
        79,
    ]
    assert [rows["0980"][column] for column in ("recipient", "municipality")] == ["Region Gotland", "Gotland"]


def test_recipients_stand_in_the_order_of_the_swedish_alphabet(real: Tables) -> None:
    names = [row["recipient"] for row in real["recipients"].rows.values()]
    places = [names.index(f"{name} kommun") for name in ("Alingsås", "Växjö", "Åsele", "Älvdalens", "Örebro")]
    assert places == sorted(places)
    assert places[0] == 0


def test_regions_are_as_printed(real: Tables, printed: dict[str, Any]) -> None:
    rows = real["region_use"].rows
    assert [(code, row["region"], row["municipalities"]) for code, row in rows.items()] == [
        (region["code"], region["name"], region["municipalities"]) for region in printed["region"]
    ]
    assert sum(row["used"] for row in rows.values()) == 235
    assert {code: (row["used"], row["municipalities"]) for code, row in rows.items() if row["percent"] == 100} == {
        "12": (33, 33),
        "09": (1, 1),
    }
    assert min(rows.values(), key=lambda row: row["percent"])["region"] == "Region Östergötland"
    assert (rows["05"]["used"], rows["05"]["municipalities"], rows["05"]["percent"]) == (7, 13, 54)


def test_those_that_did_not_ask(real: Tables) -> None:
    names = {row["municipality"] for row in real["not_requisitioned"].rows.values()}
    assert len(names) == 43
    assert {"Botkyrka", "Arjeplog", "Ödeshög"} <= names
    assert not names & {row["municipality"] for row in real["recipients"].rows.values()}


def half_up(part: int, whole: int) -> int | None:
    """Round a share by decimal arithmetic, apart from the code under test."""
    from decimal import ROUND_HALF_UP, Decimal

    return int((Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP)) if whole else None


def random_year(seed: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    chance = random.Random(seed)
    recipients, returns = [], []
    for municipality in chance.sample(
        sorted(municipalities().values(), key=lambda each: each.code), chance.randint(40, 290)
    ):
        amount = chance.choice([chance.randint(1, 999), chance.randint(1, 9_000_000), 200])
        recipients.append((f"{municipality.name} kommun", amount))
        if chance.random() < 0.7:
            returns.append((municipality.name, chance.choice([0, 0, amount, amount // 200, chance.randint(0, amount)])))
    chance.shuffle(returns)
    return recipients, returns


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_made_up_years_agree_with_a_plain_count(seed: int, tmp_path: Path) -> None:
    recipients, returns = random_year(seed)
    data = small_data(tmp_path, recipients=recipients, returns=returns, available_kr=10**9)
    tables = tables_of(data, [2024], tmp_path / "store.duckdb")

    names = {f"{each.name} kommun": each for each in municipalities().values()}
    unused = {f"{name} kommun": amount for name, amount in returns}
    degree = {"all": 0, "part": 0, "none": 0, "missing": 0}
    used_in: dict[str, int] = {}
    for name, amount in recipients:
        if name not in unused:
            degree["missing"] += 1
            continue
        if unused[name] < amount:
            used_in[names[name].region_code] = used_in.get(names[name].region_code, 0) + 1
        kind = "none" if unused[name] == amount else ("all" if half_up(unused[name], amount) == 0 else "part")
        degree[kind] += 1
    assert {key: row["count"] for key, row in tables["usage_degree"].rows.items()} == degree
    shares = {key: row["percent"] for key, row in tables["usage_degree"].rows.items()}
    assert shares == {key: half_up(count, len(recipients)) for key, count in degree.items()}

    answered = sum(amount for name, amount in recipients if name in unused)
    funds = tables["funds_by_year"].rows["2024"]
    assert funds["requisitioned_kr"] == sum(amount for _, amount in recipients)
    assert funds["unused_kr"] == sum(unused.values())
    assert funds["unused_percent"] == half_up(sum(unused.values()), answered)

    regions = tables["region_use"].rows
    assert {code: row["used"] for code, row in regions.items() if row["used"]} == used_in
    assert sum(row["used"] for row in regions.values()) == figures(tables)["used"] == sum(used_in.values())
    assert figures(tables)["repaying"] == sum(amount > 0 for amount in unused.values())


def test_a_recipient_without_a_return_has_unknown_use_never_zero(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0), ("Malmö", 3000)])
    tables = tables_of(data, [2024], tmp_path / "store.duckdb")
    assert tables["recipients"].rows["0604"]["unused_kr"] is None
    assert {key: row["count"] for key, row in tables["usage_degree"].rows.items()} == {
        "all": 1,
        "part": 0,
        "none": 1,
        "missing": 1,
    }


def test_returns_of_others_than_recipients_never_count(tmp_path: Path) -> None:
    data = small_data(tmp_path, returns=[("Ale", 0), ("Aneby", 0), ("Malmö", 0), ("Kiruna", 99)])
    tables = tables_of(data, [2024], tmp_path / "store.duckdb")
    assert tables["funds_by_year"].rows["2024"]["unused_kr"] == 0


def test_the_latest_return_counts(tmp_path: Path) -> None:
    returns = [
        ("Ale", 700, "2025-01-20"),
        ("Aneby", 0, "2025-01-02"),
        ("Ale", 300, "2025-01-10"),
        ("Malmö", 0, "2025-01-01"),
    ]
    data = small_data(tmp_path, returns=returns, header=("Mottagare", "Oanvänt belopp (kr)", "Inskickad"))
    tables = tables_of(data, [2024], tmp_path / "store.duckdb")
    assert tables["recipients"].rows["1440"]["unused_kr"] == 700
    findings = check_store(tmp_path / "store.duckdb", 2024)
    assert {(each.rule, each.severity, each.recipient, each.row) for each in findings} == {
        ("return_twice", "warning", "Ale", 2),
        ("return_twice", "warning", "Ale", 4),
    }


def test_changing_one_raw_amount_changes_every_table_it_is_in(tmp_path: Path) -> None:
    before = tables_of(small_data(tmp_path / "a"), [2024], tmp_path / "a.duckdb")
    changed = small_data(tmp_path / "b", returns=[("Ale", 1000), ("Aneby", 500), ("Malmö", 3000)])
    after = tables_of(changed, [2024], tmp_path / "b.duckdb")
    differing = {name for name in before if not before[name].frame.equals(after[name].frame)}
    usage = {"usage_degree", "usage_degree_by_region", "usage_degree_by_year"}
    assert differing == usage | {"funds_by_year", "recipients", "region_use", "key_figures", "sources"}


def test_a_difference_from_print_is_told_and_no_more(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    (data / "raw" / "2024" / "published.toml").write_text(
        "[totals]\nyear = 2024\nrecipients = 4\nused = 2\n", encoding="utf-8"
    )
    tables_of(data, [2024], tmp_path / "store.duckdb")
    (finding,) = check_store(tmp_path / "store.duckdb", 2024)
    assert (finding.rule, finding.severity, finding.field, finding.value) == (
        "differs_from_print",
        "info",
        "recipients",
        "3",
    )


def test_the_real_year_has_nothing_to_look_at(real: Tables, tmp_path: Path) -> None:
    assert isinstance(real["recipients"].frame, pl.DataFrame)
    build_store([read_folder(RAW / "2024", "raw/2024")], tmp_path / "store.duckdb")
    found = check_store(tmp_path / "store.duckdb", 2024)
    assert [(one.rule, one.severity, one.recipient) for one in found] == [  # both are confirmed (corrections.toml)
        ("value_moves_total", "info", "Stockholms kommun"),
        ("value_moves_total", "info", "Örebro kommun"),
    ]
