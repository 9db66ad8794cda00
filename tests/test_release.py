"""The release of the real year, read by the programs that others will read it with."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest
import rdflib
from pyaxis import pyaxis
from rdflib import DCAT, DCTERMS, RDF

from pipeline.model import Language, Text
from pipeline.paths import REPORTS, Workspace
from pipeline.read import read_folder
from pipeline.release import write_release
from pipeline.store import open_store
from pipeline.store.build import build_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import Edition, Publish, Publisher, read_year
from tests.world import RAW, command, contents, refused, small_data

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
CORRECTED = Text(sv="Ett belopp är rättat.", en="An amount was corrected.")
GIVEN = {
    "licence": "CC-BY-4.0",
    "publisher": Publisher(name=Text(sv="Provmyndigheten", en="The Test Agency"), email="fraga@prov.se"),
    "address": "https://prov.se/data/2024",
    "keyword": [Text(sv="statsbidrag", en="state grants")],
    "theme": ["SOCI"],
    "edition": [
        Edition(kind="preliminary", published_on=date(2025, 6, 16)),
        Edition(kind="corrected", published_on=date(2025, 9, 1), note=CORRECTED),
    ],
}
NO_CELL = r'"\.\."'
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def make(real_store: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Make the release of the real year, of the store as it is or of one with GIVEN."""
    before, year = (read_folder(RAW / str(year), f"raw/{year}") for year in (2023, 2024))
    publish = Publish(**{**dict(year.rules.publish), **GIVEN})
    given = replace(year, rules=year.rules.model_copy(update={"publish": publish}))
    store = tmp_path_factory.mktemp("given") / "store.duckdb"
    build_store([before, given], store)

    def one(earlier: Path | None = None, is_given: bool = True) -> Path:
        folder = tmp_path_factory.mktemp("made") / "release"
        with open_store(store if is_given else real_store.store) as connection:
            tables = tabulate(connection, 2024, read_declarations(REPORTS))
            write_release(connection, (given if is_given else year).rules, tables, folder, earlier)
        return folder

    return one


@pytest.fixture(scope="module")
def release(make: Make) -> Path:
    return make(is_given=False)


@pytest.fixture(scope="module")
def published(make: Make) -> Path:
    return make()


def rows_of(path: Path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content[:3] == b"\xef\xbb\xbf", "no mark, so Excel would read å as Ã¥"
    separator = ";" if "excel" in path.parent.name else ","
    return list(csv.DictReader(io.StringIO(content[3:].decode()), delimiter=separator))


def package(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return content


def tables_in(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "csv").iterdir())


def test_every_public_table_is_there_and_every_column_says_what_it_holds(release: Path) -> None:
    tables = set(tables_in(release))
    assert {"recipients", "funds_by_year", "key_figures", "collaboration_by_region", "persons_by_region"} <= tables
    assert "corrections" not in tables
    assert tables == {path.stem for path in (release / "parquet").iterdir()}
    assert tables - {path.stem for path in (release / "px").iterdir()} == {"rules", "sources", "not_requisitioned"}
    fields = [(one["name"], field) for one in package(release)["resources"] for field in one["schema"]["fields"]]
    for name, field in fields:
        assert " / " in field["description"] and field["name"] not in field["description"].split(" / "), (name, field)
    units = {field["name"]: field.get("unit") for _, field in fields}
    assert (units["unused_kr"], units["percent"], units["made_up"]) == ("kronor / SEK", "procent / per cent", None)


def test_frictionless_finds_the_data_package_valid(published: Path) -> None:
    report = frictionless.validate(str(published / "datapackage.json"))
    assert report.valid, report.flatten(["name", "type", "message"])
    assert len(report.tasks) > 90


DAMAGES = {
    "foreign-key": ("collaboration", b"civil_society,", b"civil_sociaty,"),
    "primary-key": ("collaboration", b"none,", b"civil_society,"),
    "type-error": ("funds_by_year", b",247,", b",many,"),
    "constraint-error": ("recipients", b",false", b","),
}


@pytest.mark.parametrize("fault", DAMAGES)
def test_frictionless_finds_what_is_damaged(release: Path, tmp_path: Path, fault: str) -> None:
    name, before, after = DAMAGES[fault]
    shutil.copytree(release, tmp_path / "release")
    path = tmp_path / "release" / "csv" / f"{name}.csv"
    damaged = path.read_bytes().replace(before, after, 1)
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    package = frictionless.Package(str(tmp_path / "release" / "datapackage.json"))
    kept = [one for one in package.resources if one.name == name or one.name.startswith("codes-")]
    for one in kept:
        one.hash, one.bytes = None, None
    found = frictionless.Package(resources=kept, basepath=str(tmp_path / "release")).validate().flatten(["type"])
    assert [fault] in found


def test_all_formats_hold_the_same(release: Path) -> None:
    book = openpyxl.load_workbook(release / "tables.xlsx")
    sheets = {next(iter(sheet.tables)).removeprefix("t_"): sheet for sheet in book if sheet.tables}
    for name in tables_in(release):
        rows = rows_of(release / "csv" / f"{name}.csv")
        for row, same in zip(rows, rows_of(release / "csv-excel" / f"{name}.csv"), strict=True):
            assert {key: re.sub(r"^(\d+),(\d)$", r"\1.\2", value) for key, value in same.items()} == row
        frame = pl.read_parquet(release / "parquet" / f"{name}.parquet")
        shown = [{key: told(value) for key, value in row.items()} for row in frame.iter_rows(named=True)]
        assert shown == rows, name
        (reference,) = (table.ref for table in sheets[name].tables.values())
        head, *cells = [[cell.value for cell in row] for row in sheets[name][reference]]
        assert [{key: told(value) for key, value in zip(head, row, strict=True)} for row in cells] == rows, name
    assert [sheet.title for sheet in book if sheet.merged_cells.ranges] == []
    assert book.sheetnames[:4] == ["Omslag", "Innehåll", "Anmärkningar", "Kolumner"]
    targets = [row[0].hyperlink.location for row in book["Innehåll"].iter_rows(min_row=4)]
    assert [re.findall("'(.+)'!A1", target)[0] for target in targets] == book.sheetnames[4:]


def told(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def px_cells(path: Path, language: str) -> dict[tuple[str, ...], str]:
    """The cells of a PX file by the codes of its variables, as a reader of its own finds them."""
    read = pyaxis.parse(str(path), encoding="utf-8", lang=language, null_values=NO_CELL, sd_values="^$")
    meta, names = read["METADATA"], [*read["METADATA"]["STUB"], *read["METADATA"]["HEADING"]]
    codes = [dict(zip(meta[f"VALUES({name})"], meta[f"CODES({name})"], strict=True)) for name in names]
    rows = read["DATA"][[*names, "DATA"]].itertuples(index=False)
    return {tuple(code[label] for code, label in zip(codes, row[:-1], strict=True)): row[-1] for row in rows}


def test_a_px_reader_gives_the_numbers_back_and_a_file_by_hand(release: Path) -> None:
    keys = {one["name"]: one["schema"]["primaryKey"] for one in package(release)["resources"]}
    for path in sorted((release / "px").iterdir()):
        cells = px_cells(path, "sv")
        rows = rows_of(release / "csv" / f"{path.stem}.csv")
        seen = 0
        for row in rows:
            key = [row[name] for name in keys[path.stem]] + ["2024"] * ("year" not in keys[path.stem])
            for column in {code for *_, code in cells}:
                value = "1" if row[column] == "true" else "0" if row[column] == "false" else row[column]
                found = cells[*key, column]
                assert (str(found) or "nan") == (value or "nan"), (path.name, key, column)
                seen += 1
        assert seen >= 2 * len(rows), path.name
    cells = px_cells(release / "px" / "usage_degree.px", "en")
    assert (cells["all", "2024", "count"], cells["none", "2024", "percent"]) == ("205", "5")
    path = release / "px" / "persons_by_region.px"
    assert px_cells(path, "sv") == px_cells(path, "en")
    text = path.read_text(encoding="utf-8")
    lines = ['LANGUAGES="sv","en";', 'CODEPAGE="utf-8";', 'UNITS[en]("People")="number";', 'TIMEVAL[en]("Grant year")']
    assert [line for line in lines if f"\n{line}" not in text] == []
    assert 'NOTEX[en]="MADE-UP ANSWERS' in text and max(map(len, text.splitlines())) <= 256


def test_made_up_stands_in_every_row_and_parquet_is_described(release: Path) -> None:
    marks = {name: [row["made_up"] for row in rows_of(release / "csv" / f"{name}.csv")] for name in tables_in(release)}
    assert {mark for its in marks.values() for mark in its} == {"true", "false"}
    real = {"recipients", "not_requisitioned", "funds_by_year", "region_use", "usage_degree", "usage_degree_by_region"}
    assert {mark for name in real for mark in marks[name]} == {"false"}
    synthetic = {"collaboration", "method_by_region", "persons_by_region", "purpose_reached", "talks_held_by_year"}
    assert {mark for name in synthetic for mark in marks[name]} == {"true"}
    figures = {row["figure"]: row["made_up"] for row in rows_of(release / "csv" / "key_figures.csv")}
    assert (figures["used_kr"], figures["persons_total"], figures["late"]) == ("false", "true", "true")
    by_year = {row["year"]: row["made_up"] for row in rows_of(release / "csv" / "persons_by_year.csv")}
    assert by_year == {"2023": "false", "2024": "true"}
    schema = pq.read_schema(release / "parquet" / "persons_by_region.parquet")
    words = schema.field("persons_women").metadata
    described = b"The number of women, in the municipalities that reported the number for both sexes."
    assert words[b"description_en"] == described
    assert words[b"unit_sv"] == b"antal" and schema.metadata[b"made_up"] == b"true"
    path = str(release / "parquet" / "recipients.parquet")
    rows = duckdb.execute("SELECT count(*), sum(requisitioned_kr) FROM read_parquet(?)", [path]).fetchall()
    assert rows == [(247, 85_906_462)]


def test_a_turtle_parser_reads_the_record(published: Path) -> None:
    graph = rdflib.Graph().parse(published / "catalog.ttl")
    dataset, *others = graph.subjects(RDF.type, DCAT.Dataset)
    assert not others
    assert str(dataset) == "https://prov.se/data/2024/catalog.ttl#dataset"
    wanted = (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.contactPoint, DCAT.theme, DCAT.keyword)
    for told_of in (*wanted, DCTERMS.temporal, DCTERMS.accrualPeriodicity, DCTERMS.issued):
        assert list(graph.objects(dataset, told_of)), told_of
    distributions = list(graph.objects(dataset, DCAT.distribution))
    assert len(distributions) == 5
    for one in distributions:
        assert [str(licence) for licence in graph.objects(one, DCTERMS.license)] == [LICENCE]
        (address,) = graph.objects(one, DCAT.accessURL)
        name = str(address).removeprefix("https://prov.se/data/").replace("2024/", "release/")
        assert (published.parent / name).exists(), name


def test_what_is_not_given_is_nowhere(release: Path, published: Path) -> None:
    files = [path for path in release.iterdir() if path.suffix != ".xlsx" and path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    for word in ("creativecommons", "publisher>", "prov.se", "dct:license"):
        assert [name for name, text in texts.items() if word in text] == []
    assert "Licens: ingen är angiven" in texts["README.md"] and "edition is given" in texts["CHANGELOG.md"]
    quality = (published / "quality.sv.md").read_text(encoding="utf-8")
    assert "första gången 167 dagar efter årets slut. Uppgifterna är rättade efter en tidigare utgåva" in quality
    assert "Utgåva: rättad, publicerad 2025-09-01." in (published / "README.md").read_text(encoding="utf-8")
    assert "date-released: 2025-09-01" in (published / "CITATION.cff").read_text(encoding="utf-8")


def test_the_declaration_has_five_headings_and_no_gaps(release: Path) -> None:
    headings_of: dict[Language, str] = {"sv": "## Relevans", "en": "## Relevance"}
    for language, first in headings_of.items():
        text = (release / f"quality.{language}.md").read_text(encoding="utf-8")
        headings = re.findall("^## .*$", text, re.MULTILINE)
        assert headings[0] == first and len(headings) == 5
        assert not re.search(r"ifyllt|filled in|data-n|[@{}]", text), text
        assert "247" in text and "`non_response`" in text
        asked = {one.id: one for one in read_year(RAW / "2024", "raw/2024").question}
        listed = [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
        said = {one.id: re.sub(r"(?<![.?:])$", ".", one.text[language]) for one in asked.values()}
        noted = [f"**{said[one.id]}** {one.note[language]}" for one in asked.values() if one.note]
        assert listed == [*noted, *(said[one.id] for one in asked.values() if not one.comparable)]


def test_checksums_and_archive_are_of_these_files(release: Path) -> None:
    files = contents(release)
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    with zipfile.ZipFile(release.with_suffix(".zip")) as archive:
        inside = {name.removeprefix("release/"): archive.read(name) for name in archive.namelist()}
    assert inside == contents(release)


def test_what_changed_since_an_earlier_release_is_told(make: Make, published: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "csv"
    shutil.copytree(published / "csv", earlier)
    path = earlier / "funds_by_year.csv"
    path.write_bytes(path.read_bytes().replace(b",247,", b",246,"))
    text = (make(earlier) / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "### funds_by_year\n\n- `2024/recipients`: 246 → 247" in text and text.count("###") == 1
    assert "## 2025-09-01: rättad / corrected\n\nEtt belopp är rättat." in text
    assert text.index("2025-09-01") < text.index("2025-06-16")


def test_the_command_puts_folder_and_archive_in_place(tmp_path: Path) -> None:
    final = '[[publish.edition]]\nkind = "final"\npublished_on = 2025-01-01\n'
    data = small_data(tmp_path, more=final)
    said = command(data, "release", 2024)
    out = data.parent / "out" / "2024"
    assert str(out / "release.zip") in said and "licence, publisher, address\n" in said
    quality = (out / "release" / "quality.en.md").read_text(encoding="utf-8")
    assert "first published 1 day after" in quality and "The figures are final" in quality
    assert "preliminary" not in quality
    assert {row["recipient"]: row["unused_kr"] for row in rows_of(out / "release" / "csv" / "recipients.csv")} == {
        "Ale": "0", "Aneby": "500", "Malmö": "3000"
    }  # fmt: skip
    assert frictionless.validate(str(out / "release" / "datapackage.json")).valid
    assert "nothing to do" in command(data, "release", 2024)
    refused(data, ["copy 2024/release before you build"], "release", 2024, "--against", out / "release")
    (data / "raw" / "2024" / "returns.csv").unlink()
    refused(data, ["the release needs returns"], "release", 2024)
