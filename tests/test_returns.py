"""Returns by the form: every count agrees with one in plain Python."""

from pathlib import Path

import duckdb

from pipeline.cli.standalone import synthesize as make_up
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import read_year
from tests.small_years import listed, plain_count, scenario, write
from tests.telling import store_of
from tests.world import RAW, command, question, read_csv, small_data

RULES = read_year(RAW / "2024", "raw/2024")


def test_the_committed_returns_are_seed_one_and_said_to_be_made_up(tmp_path: Path) -> None:
    make_up(2024, 1, tmp_path / "again.xlsx", Workspace(RAW.parent, tmp_path))
    assert (tmp_path / "again.xlsx").read_bytes() == (RAW / "2024" / "returns.xlsx").read_bytes()
    real = {"recipient", "unused_kr"}
    assert set(RULES.grant.synthetic) == {question.id for question in RULES.question} - real
    assert "made up" in (RAW / "2024" / "SOURCES.md").read_text(encoding="utf-8")


def test_random_returns_agree_with_a_plain_count(tmp_path: Path) -> None:
    made = scenario("1", RULES)
    with open_store(store_of(write(made, tmp_path), 2024).store) as connection:
        tables = tabulate(connection, 2024, read_declarations(REPORTS))
    counts, bases = plain_count(made.recipients, made.rows, RULES)
    assert sum(bases.values()) > 1000
    for asked in filter(listed, RULES.question):
        regional = list(tables[f"{asked.id}_by_region"].rows.values())
        options = {option.id for option in asked.option}
        silent = [row for row in regional if row["option"] == "not_answered"]
        derived = [row for row in regional if row["option"] not in {*options, "not_answered"}]
        regional = [row for row in regional if row["option"] in options]
        assert len(regional) == 21 * len(options)
        assert len(derived) in (0, 21)
        assert [row["base"] - row["answered"] for row in silent] == [row["count"] for row in silent]
        assert len(silent) == 21 and sum(row["count"] for row in silent) > 0
        for row in regional:
            key = (asked.id, row["region_code"])
            assert (row["base"], row["count"]) == (bases[key], counts[*key, row["option"]])
            assert (row["percent"] is None) == (row["base"] == 0)
        for option, row in tables[asked.id].rows.items():
            if option not in options:
                continue
            same = [each for each in regional if each["option"] == option]
            for name in ("count", "base"):
                assert row[name] == sum(each[name] for each in same)


def test_a_question_added_to_the_form_has_its_tables(tmp_path: Path) -> None:
    returns = [("Ale", 0, "Blå; Röd"), ("Aneby", 500, "röd"), ("Malmö", 3000, "Blå")]
    colours = (("red", "Röd"), ("blue", "Blå"), ("green", "Grön"))
    asked = question("favourite_colour", "multi", "used", "Favoritfärg", *colours)
    data = small_data(tmp_path, header=["Favoritfärg"], returns=returns, more=asked)
    command(data, "tables", 2024)
    made = data / "processed" / "2024" / "tables"
    assert read_csv(made / "favourite_colour.csv") == [
        {"option": "red", "label": "Röd", "count": "2", "base": "2", "answered": "2", "percent": "100"},
        {"option": "blue", "label": "Blå", "count": "1", "base": "2", "answered": "2", "percent": "50"},
        {"option": "green", "label": "Grön", "count": "0", "base": "2", "answered": "2", "percent": "0"},
    ]
    regional = read_csv(made / "favourite_colour_by_region.csv")
    assert len(regional) == 63
    west = [row for row in regional if row["region_code"] == "14"][1]
    named = {"region_code": "14", "region": "Västra Götalandsregionen", "option": "blue", "label": "Blå"}
    assert west == named | {"count": "1", "base": "1", "answered": "1", "percent": "100"}
    with duckdb.connect(data / "processed" / "aterrapport.duckdb", read_only=True) as store:
        sql = "SELECT options FROM answers WHERE question = 'favourite_colour' ORDER BY row"
        assert store.sql(sql).fetchall() == [(["red", "blue"],), (["red"],), (["blue"],)]
