"""Returns that come one by one, in a year's folder `returns/`: read as one table, each with its file and row."""

from pathlib import Path
from typing import Any

from pipeline.check.suite import check_store
from pipeline.read import read_folder
from pipeline.store import open_store, query
from pipeline.store.build import build_store
from tests.corpus import BASE
from tests.odd_files import CLEAN, HEADER, REQUISITIONED, ROWS, Case, book, csv_file, option_columns, table
from tests.test_corpus import values
from tests.world import command, entry, read_csv

FILES = {"Ale.csv": csv_file([HEADER, ROWS[0]]), "Malmö.xlsx": book([HEADER, ROWS[2]])}


def lying(cells: Any) -> Any:
    """A table of one return as a form: a question a row, with a number before it and its answer behind."""
    header, row = cells
    return [["Återrapport", None, None], [], *[[at, *pair] for at, pair in enumerate(zip(header, row, strict=True), 1)]]


def year(target: Path, files: dict[str, bytes], export: bytes | None = None) -> Path:
    folder = target / "raw" / "2024"
    Case("", {"returns.csv": export}).write(folder)
    (folder / "returns").mkdir()
    for name, content in files.items():
        (folder / "returns" / name).write_bytes(content)
    return folder


def findings(folder: Path) -> list[tuple[str, str | None, str, int | None]]:
    store = folder.parent.parent / "store.duckdb"
    build_store([read_folder(folder, "raw/2024")], store)
    return [(each.rule, each.recipient, each.file, each.row) for each in check_store(store, 2024)]


def is_clean(folder: Path) -> None:
    """Check that a year folder holds the clean answers, and that no rule finds anything."""
    frames = read_folder(folder, "raw/2024").frames
    sender = {row["row"]: row["recipient"] for row in frames["returns"].iter_rows(named=True)}
    got = {(sender[row], question): value for (row, question), value in values(frames).items() if value is not None}
    assert got == CLEAN
    assert findings(folder) == []


def test_many_files_are_one_table_whether_they_are_tables_or_forms(tmp_path: Path) -> None:
    wide = option_columns("x", None)
    files = {
        "Ale och Malmö.csv": csv_file([["Återrapport"], HEADER, ROWS[0], ROWS[2]]),
        "Aneby.xlsx": book(lying([HEADER, ROWS[1]])),
        "Åmål.csv": csv_file(lying([wide[0], wide[4]])),  # one row an option
        ".~lock.Åmål.csv#": b"x",
    }
    is_clean(year(tmp_path, files))


def test_findings_name_the_file_and_its_row(tmp_path: Path) -> None:
    files = {
        "Ale.csv": csv_file(table((2, "unused_kr", "ca 5"))[:2]),
        "återrapport_Aneby_2024.xlsx": b"PK, but broken",
        "Malmö.csv": csv_file([["Återrapport 2024"], *table((4, "persons_total", "ett 40-tal"))[::3]]),
        "Åmål.pdf": b"%PDF",
    }
    assert findings(year(tmp_path, files, csv_file([HEADER, ROWS[3]]))) == [
        ("unused_unreadable", "Ale kommun", "raw/2024/returns/Ale.csv", 2),
        ("answer_outside_base", "Malmö stad", "raw/2024/returns/Malmö.csv", 3),
        ("answer_unreadable", "Malmö stad", "raw/2024/returns/Malmö.csv", 3),
        ("file_of_other_form", None, "raw/2024/returns/Åmål.pdf", None),
        ("file_unreadable", "Aneby", "raw/2024/returns/återrapport_Aneby_2024.xlsx", None),
        ("return_missing", "Aneby", "raw/2024/recipients.csv", 3),
    ]


def test_the_latest_of_export_and_file_counts(tmp_path: Path) -> None:
    later = [ROWS[1][0], "2025-01-25", 9_000, *ROWS[1][3:]]
    folder = year(tmp_path, {"Aneby igen.csv": csv_file([HEADER, later])}, BASE)
    store = tmp_path / "store.duckdb"
    build_store([read_folder(folder, "raw/2024")], store)
    with open_store(store) as connection:
        rows = query(connection, "SELECT recipient, unused_kr FROM base_recipients ORDER BY ALL").rows()
        files = query(connection, "SELECT file, file_row FROM base_all ORDER BY ALL").rows()
    assert dict(rows) == dict(zip(REQUISITIONED, (0, 9_000, 3_000_000, 0), strict=True))
    assert files == [
        ("raw/2024/returns.csv", 2), ("raw/2024/returns.csv", 4), ("raw/2024/returns.csv", 5),
        ("raw/2024/returns/Aneby igen.csv", 2),
    ]  # fmt: skip


def test_corrections_reach_the_file_of_their_municipality(tmp_path: Path) -> None:
    folder = year(tmp_path, FILES, csv_file([HEADER, ROWS[1], ROWS[3]]))
    salaries = {"Ale": "80000", "Åmål": "300000"}.items()
    to_one = [entry("correction", municipality=m, field="salary_kr", found=kr, corrected="1") for m, kr in salaries]
    (folder / "corrections.toml").write_text("".join(to_one), encoding="utf-8")
    data = read_folder(folder, "raw/2024")
    assert data.frames["answers"].filter(question="salary_kr")["number"].to_list() == [150_000, 1, 1, None]
    assert data.frames["corrections"]["file"].to_list() == ["raw/2024/returns/Ale.csv", "raw/2024/returns.csv"]


def test_tables_are_made_and_every_file_is_a_source(tmp_path: Path) -> None:
    year(tmp_path, {**FILES, "Resten.csv": csv_file([HEADER, ROWS[1], ROWS[3]])})
    data = tmp_path
    command(data, "tables", 2024)
    sources = read_csv(tmp_path / "processed" / "2024" / "tables" / "sources.csv")
    assert [(row["source"], row["file"], row["sheet"]) for row in sources if row["role"] == "returns"] == [
        ("2024-returns-1", "raw/2024/returns/Ale.csv", ""),
        ("2024-returns-2", "raw/2024/returns/Malmö.xlsx", "Sheet"),
        ("2024-returns-3", "raw/2024/returns/Resten.csv", ""),
    ]
    assert "returns: 4 in, 0 missing" in command(data, "status", 2024, "--on", "2025-02-01")
    (tmp_path / "raw" / "2024" / "returns" / "Ale.csv").unlink()
    command(data, "tables", 2024)
    assert len(read_csv(tmp_path / "processed" / "2024" / "tables" / "sources.csv")) == len(sources) - 1
