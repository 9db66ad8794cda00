"""Time of checking 290 returns (median of five) and 100 000: `python -m benchmarks.check`."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.returns import PROJECT, write_many
from pipeline.check import start_check
from pipeline.read import read_folder
from pipeline.store.build import build_store


def store_of(folder: Path, size: int) -> Path:
    data = folder / str(size)
    shutil.copytree(PROJECT / "data" / "raw", data / "raw")
    write_many(data, size)
    store = data / "store.duckdb"
    build_store([read_folder(data / "raw" / "2024", "raw/2024")], store)
    return store


def timed(store: Path) -> tuple[float, int]:
    start = time.perf_counter()
    with start_check(2024) as checking:
        found = len(checking.findings(store))
    return time.perf_counter() - start, found


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        small = store_of(folder, 290)
        timed(small)
        runs = [timed(small) for _ in range(5)]
        print(f"    290 returns  {statistics.median(seconds for seconds, _ in runs):7.2f} s   {runs[0][1]} findings")
        seconds, found = timed(store_of(folder, 100_000))
        print(f"100 000 returns  {seconds:7.2f} s   {found} findings")


if __name__ == "__main__":
    main()
