"""Every number of the report can be explained, and the explanation gives the number."""

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.cli.standalone import explain as run
from pipeline.errors import UserError
from pipeline.explain import Explainer, Explanation, InconsistentError, as_data
from pipeline.paths import REPORTS, Workspace
from pipeline.store import open_store
from pipeline.tabulate import Table, Tables, read_declarations, tabulate
from tests.telling import store_of
from tests.world import PROJECT, RAW, cases, entry, question, small_data

NUMBERS = ("count", "kr", "percent", "tenths", "unit")


@contextmanager
def explaining(data: Path) -> Iterator[Explainer]:
    """What explains the numbers of the year 2024 of a data folder."""
    with open_store(store_of(data, 2024).store) as connection:
        yield Explainer(connection, tabulate(connection, 2024, read_declarations(REPORTS)))


@pytest.fixture(scope="module")
def every_cell(real_explainer: Explainer) -> list[tuple[Table, Any, Explanation]]:
    """Every column of every row of every table of the real year, explained."""
    columns = [(at, table, column) for at, table in real_explainer.tables.items() for column in table.declared.column]
    return [(of, one, real_explainer(f"{at}/{key}/{one.id}")) for at, of, one in columns for key in of.rows]


def names(explanation: Explanation) -> set[str]:
    return {each.municipality for each in explanation.municipalities}


def half_up(part: int, whole: int, places: str = "1") -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal(places), ROUND_HALF_UP) if whole else None


def test_every_cell_is_answered_with_words_a_file_and_its_value(
    real_explainer: Explainer, every_cell: list[tuple[Table, Any, Explanation]]
) -> None:
    assert len(every_cell) > 18_000
    for table, column, it in every_cell:
        *_, key, last = it.address.split("/")
        row = table.rows["/".join(it.address.split("/")[1:-1])]
        assert it.of == "cell" and last == column.id and key
        assert it.value == row[column.id], it.address
        assert it.definition.sv and it.definition.en and it.row and it.column, it.address
        assert it.files and all(len(file.sha256) == 64 for file in it.files), it.address
        assert (PROJECT / it.sql_file).is_file(), it.sql_file
        for told in (it.definition.sv, it.definition.en):
            assert "{" not in told and told == " ".join(told.split()), it.address


def test_a_count_lists_as_many_municipalities_as_it_says(every_cell: list[tuple[Table, Any, Explanation]]) -> None:
    seen = 0
    for table, column, it in every_cell:
        if not table.counted or column.id not in ("count", "base", "percent") or it.printed:
            continue
        seen += 1
        codes = [each.municipality_code for each in it.municipalities]
        assert len(codes) == len(set(codes)), it.address
        row = table.rows["/".join(it.address.split("/")[1:-1])]
        assert len(codes) == (row["base"] if column.id == "base" else row["count"]), it.address
        assert it.base is not None and it.base.n == row["base"], it.address
        if column.id == "percent":
            assert it.value == half_up(100 * len(codes), row["base"]), it.address
        if "region" in row:
            assert {each.region for each in it.municipalities} <= {row["region"]}, it.address
    assert seen > 5_000


def test_sums_and_shares_come_from_what_municipalities_add(every_cell: list[tuple[Table, Any, Explanation]]) -> None:
    seen = 0
    for table, column, it in every_cell:
        measured = table.declared.by is not None or table.declared.key == ["year"]
        if not measured or column.kind not in NUMBERS or it.printed:
            continue
        seen += 1
        total = {"plus": 0, "minus": 0, "whole": 0}
        for term in it.terms:
            from_rules = term.id in ("available_kr", "year")
            total[term.role] += (
                (term.total or 0) if from_rules else sum(each.value or 0 for each in term.municipalities)
            )
        part = total["plus"] - total["minus"]
        expected: Any = part
        if any(term.role == "whole" for term in it.terms):
            times, places = {"percent": (100, "1"), "tenths": (100, "0.1")}.get(it.unit or "", (1, "1"))
            expected = half_up(times * part, total["whole"], places)
        shown = Decimal(f"{it.value:.1f}") if isinstance(it.value, float) else it.value
        assert shown == expected, it.address
    assert seen > 350


def test_the_sql_gives_the_number_as_it_stands(
    real_store: Workspace, every_cell: list[tuple[Table, Any, Explanation]]
) -> None:
    """Each statement on a copy of the store whose views are tables, which is fast; a sample on the store itself."""
    wanted = {
        it.sql: (it.value, table.declared.id)
        for table, column, it in every_cell
        if column.kind in NUMBERS or not (table.counted or table.declared.by)
        if column.kind != "label" or column.of is None
    }
    with open_store(real_store.store) as store, duckdb.connect(config={"threads": 1}) as fast:
        for macro in ("half_up", "percent"):
            ((definition,),) = store.execute(
                "SELECT macro_definition FROM duckdb_functions() WHERE function_name = ?", [macro]
            ).fetchall()
            fast.execute(f"CREATE MACRO {macro}(part, whole) AS {definition}")
        names = "SELECT view_name FROM duckdb_views() WHERE NOT internal UNION SELECT table_name FROM duckdb_tables()"
        for (name,) in store.execute(names).fetchall():
            fast.from_arrow(store.table(name).pl().to_arrow()).create(name)
        for at, (sql, (value, table_id)) in enumerate(wanted.items()):
            connection = store if at % 500 == 0 else fast
            # Of the tables whose rows are alike, a sample.
            every = 40 if table_id in ("recipients", "not_requisitioned") else 20 if table_id.endswith("_region") else 3
            if at % every == 0:
                assert connection.execute(sql).fetchall() == [
                    (pytest.approx(value) if isinstance(value, float) else value,)
                ], sql
        lists = {it.sql_municipalities: it for *_, it in every_cell if it.sql_municipalities}
        for at, (sql, it) in enumerate(list(lists.items())[::20]):
            rows = (store if at % 200 == 0 else fast).sql(sql or "").pl().filter(pl.col("municipality").is_not_null())
            assert len(rows) == sum(len(term.municipalities) for term in it.terms), sql


def test_rows_and_tables_are_answered_too(real_store: Workspace, real_explainer: Explainer) -> None:
    run_too = {each for each, table in real_explainer.tables.items() if not table.counted} | {
        *("usage_degree", "collaboration", "area_of_use_by_year", "followed_up_and_developed_by_year"),
        *("provider_by_region", "unused_reason"),
    }
    with open_store(real_store.store) as store:
        for table_id, table in real_explainer.tables.items():
            whole = real_explainer(table_id)
            assert (whole.of, whole.value, whole.table) == ("table", None, table.declared.title)
            if table_id in run_too:
                a_row = sum(column.kind in NUMBERS for column in table.declared.column)
                rows = len(table.rows) * (a_row if table.declared.by == "region" else 1)
                assert len(store.execute(whole.sql).fetchall()) == rows, table_id
            for at, key in enumerate(table.rows):
                row = real_explainer(f"{table_id}/{key}")
                assert row.of == "row" and row.definition.sv and row.files
                assert {cell.address for cell in row.cells} <= {cell.address for cell in whole.cells}
                if at == len(table.rows) // 2 and table_id in run_too:
                    assert len(store.execute(row.sql).fetchall()) == 1, row.address


def test_hand_checked_counts_returns_and_checksums(real_explainer: Explainer) -> None:
    it = real_explainer("collaboration/civil_society/count")
    assert (it.value, len(it.municipalities), it.base and it.base.n) == (84, 84, 235)
    assert "”Ja, samverkar med civilsamhället”" in it.definition.sv
    assert "Samverkar kommunen med andra aktörer" in it.definition.sv and "235" in it.definition.sv
    assert it.synthetic and it.note and "försiktighet" in it.note.sv
    assert names(real_explainer("provider/independent/count")) == {"Lysekil", "Staffanstorp"}
    assert len(names(real_explainer("provider/independent_all_or_part/count"))) == 10
    none = real_explainer("usage_degree/none/count")
    assert len(names(none)) == 12 and {"Avesta", "Jokkmokk", "Örebro"} <= names(none)
    assert not none.synthetic
    assert names(real_explainer("key_figures/rounded_to_all/value")) == {"Bjuv", "Staffanstorp", "Värmdö"}
    parts = (names(real_explainer(f"usage_degree_by_region/05/{part}/count")) for part in ("all", "part"))
    assert names(real_explainer("region_use/05/used")) == set().union(*parts)
    assert len(names(real_explainer("key_figures/not_requisitioned/value"))) == 43
    lysekil, staffanstorp = sorted(
        real_explainer("provider/independent").municipalities, key=lambda each: each.municipality
    )
    raw = pl.read_excel(RAW / "2024" / "returns.xlsx", infer_schema_length=0)
    for each, name in ((lysekil, "Lysekil"), (staffanstorp, "Staffanstorp")):
        assert each.return_file == "raw/2024/returns.xlsx"
        # The header is the first row of the sheet.
        assert name in raw.row((each.return_row or 0) - 2)[0]
        assert each.requisition_file == "raw/2024/recipients.csv"
        lines = (RAW / "2024" / "recipients.csv").read_text(encoding="utf-8-sig").splitlines()
        assert name in lines[(each.requisition_row or 0) - 1]
    for file in real_explainer("collaboration/any").files:
        assert hashlib.sha256((RAW.parent / file.file).read_bytes()).hexdigest() == file.sha256
    assert {file.role for file in real_explainer("persons_by_region/12/persons_per_100").files} >= {"allocation"}
    roles = {file.role for file in real_explainer("recipients/1484/allocation_kr").files}
    assert roles == {"allocation", "recipients", "rules", "corrections"}
    roles = {file.role for file in real_explainer("collaboration/none/count").files}
    assert roles == {"rules", "recipients", "returns", "corrections"}
    for address in ("region_use/12/percent", "key_figures/municipalities/value", "key_figures/not_requisitioned/value"):
        assert "pipeline/municipalities.csv" in {file.file for file in real_explainer(address).files}, address


def test_sums_terms_and_shares_and_what_was_printed(real_explainer: Explainer) -> None:
    persons = real_explainer("key_figures/persons_total/value")
    assert persons.value == sum(each.value or 0 for each in persons.municipalities) > 20_000
    treasury = real_explainer("key_figures/to_treasury_kr/value")
    assert [(term.role, term.id, term.total, len(term.municipalities)) for term in treasury.terms] == [
        ("plus", "available_kr", 95_000_000, 0),
        ("plus", "unused_kr", 10_026_518, 45),
        ("minus", "requisitioned_kr", 85_906_462, 247),
    ]
    share = real_explainer("key_figures/used_percent/value")
    assert [(term.role, term.total) for term in share.terms] == [("plus", 75_879_944), ("whole", 85_906_462)]
    assert share.value == 88 and sum(1 for each in share.municipalities if each.value) == 235
    assert "Täljare: använt belopp" in share.definition.sv
    one = real_explainer("recipients/1484/unused_kr")
    assert [(each.municipality, each.value) for each in one.municipalities] == [("Lysekil", 169_453)]
    start = real_explainer("area_of_use_by_year/2023/start/percent")
    assert (start.value, start.base and start.base.n, start.printed, start.synthetic) == (72, 209, True, False)
    assert start.municipalities == () and "published.toml" in start.definition.sv
    assert {file.role for file in start.files} == {"rules", "published"}
    funds = real_explainer("funds_by_year/2023/unused_kr")
    assert funds.printed and funds.terms == () and funds.year == 2023
    persons = real_explainer("persons_by_year/2023/persons_total")
    assert persons.printed and not persons.comparable and persons.note and "för högt" in persons.note.sv
    assert not real_explainer("funds_by_year/2023/available_kr").printed
    assert not real_explainer("persons_by_year/2024/persons_total").printed
    assert real_explainer("persons_by_year/2024/persons_total").synthetic


@pytest.mark.parametrize(("address", "same_as"), cases("explain")["anchors"].items())
def test_an_address_may_be_an_anchor(real_explainer: Explainer, address: str, same_as: str) -> None:
    assert real_explainer(address) == real_explainer(same_as)
    assert real_explainer(address).address == same_as


@pytest.mark.parametrize(("address", "near"), cases("explain")["near"].items())
def test_a_wrong_address_names_those_near_it(real_store: Workspace, address: str, near: str) -> None:
    with pytest.raises(UserError) as caught:
        run(2024, address, False, real_store)
    assert caught.value.status == 2
    assert near in str(caught.value)
    assert str(caught.value).isprintable()


def test_without_a_store_or_the_year_it_says_what_to_run(real_store: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run `aterrapport build 2024` first"):
        run(2024, "collaboration", False, Workspace(tmp_path, tmp_path))
    said = r"2025 is not in the store \(there: 2023, 2024\); run `aterrapport build 2025`"
    with pytest.raises(UserError, match=said):
        run(2025, "collaboration", False, real_store)


def test_a_store_of_another_version_says_to_build_it_anew(real_store: Workspace, tmp_path: Path) -> None:
    old = Workspace(tmp_path, tmp_path)
    old.processed.mkdir()
    shutil.copy(real_store.store, old.store)
    for changed in ("UPDATE store_version SET version = 'another'", "DROP TABLE store_version"):
        with duckdb.connect(old.store) as connection:
            connection.execute(changed)
        with pytest.raises(UserError, match="made by another version of aterrapport; run `aterrapport build 2024`"):
            run(2024, "collaboration", False, old)


def test_a_number_that_its_municipalities_do_not_give_is_our_fault(real_store: Workspace) -> None:
    with open_store(real_store.store) as connection:
        right = tabulate(connection, 2024, read_declarations(REPORTS))
        tables = dict(right)
        for table_id, column in (("collaboration", "count"), ("key_figures", "value"), ("region_use", "used")):
            table = tables[table_id]
            tables[table_id] = dataclasses.replace(table, frame=table.frame.with_columns(pl.col(column) + 1))
        wrong = Explainer(connection, Tables(tables, 2024, right.declarations))
        told = ("collaboration/civil_society/count", "collaboration/civil_society")
        for address in (*told, "key_figures/used_kr/value", "region_use/12/used"):
            with pytest.raises(InconsistentError):
                wrong(address)


def test_text_is_readable_and_json_is_whole(real_store: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run(2024, "collaboration/civil_society/percent", False, real_store)
    text = capsys.readouterr().out
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 96
    assert "36 %" in text and "MADE-UP ANSWERS" in text and "Västra Götalandsregionen (" in text
    assert "pipeline/tabulate/sums.sql" in text and "\x1b" not in text

    run(2024, "collaboration/civil_society/percent", True, real_store)
    told = json.loads(capsys.readouterr().out)
    assert [told["value"], told["unit"], told["synthetic"], told["printed"]] == [36, "percent", True, False]
    assert len(told["terms"][0]["municipalities"]) == 84
    documented = (PROJECT / "docs" / "explain.md").read_text(encoding="utf-8")
    keys = {*told, *told["terms"][0], *told["terms"][0]["municipalities"][0], *told["files"][0], *told["base"]}
    assert [key for key in sorted(keys) if f"`{key}`" not in documented] == []


HOSTILE = question(
    "choice_it", "choice", "used", "Val", ("a", "'Ja', {sure} \x1b[31m"), ("b", "no }"),
    text=["'); DROP TABLE returns; -- {0} {x} <b>\u202e", '"quoted" {year}'],
) + question("comments", "text", "all", "Kommentar")  # fmt: skip


def test_hostile_words_stay_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    returns = [("Ale", 0, "'Ja', {sure} \x1b[31m", "hemlig"), ("Aneby", 500, "no }", ""), ("Malmö", 3000, "", "")]
    wrong = entry("correction", municipality="Ale", field="comments", found="hemlig", corrected="hemligare")
    header, files = ("Val", "Kommentar"), {"corrections.toml": wrong}
    data = small_data(tmp_path, returns=returns, header=header, more=HOSTILE, files=files)
    with explaining(data) as explainer:
        with open_store(Workspace(data, data).store) as store:
            for name, table in explainer.tables.items():
                is_hostile = name in ("choice_it", "choice_it_by_year", "corrections")
                keys = [*table.rows] if is_hostile else [*table.rows][:1]
                for address in [name, *(f"{name}/{key}/{one.id}" for key in keys for one in table.declared.column)]:
                    it = explainer(address)
                    if is_hostile:
                        store.execute(it.sql).fetchall()
                    assert "hemlig" not in json.dumps(as_data(it)), address
        assert [names(explainer(f"choice_it/{option}/count")) for option in ("a", "b")] == [{"Ale"}, {"Aneby"}]
        assert "DROP TABLE returns; -- {0} {x}" in explainer("choice_it/a/count").definition.sv
        assert {file.role for file in explainer("choice_it/a/count").files} >= {"corrections"}
    run(2024, "choice_it/a", False, Workspace(data, data))
    text = capsys.readouterr().out
    assert "\x1b" not in text and "\u202e" not in text


def test_those_without_a_return_are_named(tmp_path: Path) -> None:
    with explaining(small_data(tmp_path, returns=[("Ale", 0), ("Malmö", 3000)])) as explainer:
        for address in ("key_figures/not_returned/value", "usage_degree/missing/count"):
            (aneby,) = explainer(address).municipalities
            assert (aneby.municipality, aneby.return_row, aneby.requisition_row) == ("Aneby", None, 3)
        assert names(explainer("usage_degree/all/base")) == {"Ale", "Aneby", "Malmö"}
        assert [term.total for term in explainer("key_figures/unused_percent/value").terms] == [3000, 4000]
        assert names(explainer("returns_by_region/06/not_returned")) == {"Aneby"}
        assert explainer("recipients/0604/unused_kr").value is None


def test_a_year_without_returns_says_what_its_tables_miss(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    (data / "raw" / "2024" / "returns.csv").unlink()
    with explaining(data) as explainer:
        assert names(explainer("recipients/1440/requisitioned_kr")) == {"Ale"}
        with pytest.raises(UserError, match="'key_figures' is left out, as 2024 has no returns"):
            explainer("key_figures/used/value")


THEMES = question("comments", "text", "used", "Kommentar")
THEMES += '[[theme]]\nid = "time"\nquestion = "comments"\ntext = { sv = "Ont om tid", en = "Short of time" }\n'


def test_what_is_coded_by_hand_is_said_to_be(tmp_path: Path) -> None:
    returns = [("Ale", 0, "för lite"), ("Aneby", 500, "bra")]
    files = {"themes.csv": "municipality,question,theme,who\nAle,comments,time,A\n"}
    data = small_data(tmp_path, returns=returns, header=["Kommentar"], more=THEMES, files=files)
    with explaining(data) as explainer:
        it = explainer("comments_themes/time/count")
        assert it.coded and names(it) == {"Ale"} and it.base and it.base.n == 2
        assert "kodat för hand som ”Ont om tid”" in it.definition.sv
        assert "themes" in {file.role for file in it.files}
        assert not explainer("usage_degree/all").coded


def test_made_up_amounts_are_said_of_all_that_rests_on_them(tmp_path: Path) -> None:
    made_up = ("usage_degree/all/count", "key_figures/used_kr/value", "recipients/1440/unused_kr", "region_use/14/used")
    real = ("key_figures/requisitioned_kr/value", "recipients/1440/requisitioned_kr", "region_use/14/municipalities")
    with explaining(small_data(tmp_path, grant='synthetic = ["unused_kr"]\n')) as explainer:
        assert [address for address in made_up if not explainer(address).synthetic] == []
        assert [address for address in real if explainer(address).synthetic] == []
