"""Time and memory of reading, storing and counting 290 and 100 000 returns: `python -m benchmarks.returns`."""

from __future__ import annotations

import csv
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parent.parent
SIZES = (290, 100_000)


def write_many(data: Path, size: int) -> None:
    """Repeat the real file's returns until there are enough, each sent at a time of its own."""
    from pipeline.read.sheets import read_sheet
    from pipeline.year import read_year

    folder = data / "raw" / "2024"
    rules = read_year(folder, "raw/2024")
    columns = [question.column for question in rules.question]
    sheet = read_sheet(folder / "returns.xlsx", "returns.xlsx", columns)
    sent = sheet.require(rules.column("submitted_on") or "")
    (folder / "returns.xlsx").unlink()
    with (folder / "returns.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sheet.header)
        for number in range(size):
            cells = list(sheet.rows[number % len(sheet.rows)].cells)
            day, minute = divmod(number, 24 * 60)
            cells[sent] = f"2025-{1 + day // 28:02d}-{1 + day % 28:02d} {minute // 60:02d}:{minute % 60:02d}"
            writer.writerow(cells)


def measure(size: int) -> None:
    """One size, in this process: memory only grows, so each step shows the peak so far."""
    with TemporaryDirectory() as name:
        data = Path(name) / "data"
        shutil.copytree(PROJECT / "data" / "raw", data / "raw")
        write_many(data, size)
        from pipeline.paths import REPORTS
        from pipeline.read import read_folder
        from pipeline.store import open_store
        from pipeline.store.build import build_store
        from pipeline.tabulate import read_declarations, tabulate

        print(f"{size:,} returns, {(data / 'raw/2024/returns.csv').stat().st_size / 1e6:.1f} MB")
        start = time.perf_counter()

        def done(step: str) -> None:
            nonlocal start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  {step:<24} {time.perf_counter() - start:7.2f} s   peak {peak:6.0f} MB", flush=True)
            start = time.perf_counter()

        done("(imports)")
        read = read_folder(data / "raw" / "2024", "raw/2024")
        done("read")
        build_store([read], Path(name) / "store.duckdb")
        done("store")
        with open_store(Path(name) / "store.duckdb") as connection:
            tabulate(connection, 2024, read_declarations(REPORTS))
        done("count every table")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        for each in SIZES:
            subprocess.run([sys.executable, __file__, str(each)], check=True)
