"""`aterrapport allocate`: the distribution list, the requisitions set against it, and what is shared out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import CriticalFindingsError, UserError
from pipeline.files import put_in_place, staged, write_csv
from pipeline.language import amount, day
from pipeline.money.raw_files import name_of, read_counts, read_wanted
from pipeline.money.screen import say_status_next, told
from pipeline.money.shares import Allocation, fill, share_out
from pipeline.money.years import in_store
from pipeline.paths import Workspace
from pipeline.read import YearData, find_file, read_folder
from pipeline.steps.engine import progress
from pipeline.store import query

_SQL = Path(__file__).with_name("requisitions.sql")
_WRONG = """
    SELECT file, row, recipient, coalesce(requisitioned_text, '') AS found FROM requisitions WHERE year = $year
    QUALIFY municipality_code IS NULL OR requisitioned_kr IS NULL OR count(*) OVER (PARTITION BY municipality_code) > 1
    ORDER BY row
"""
"""Rows of recipients.csv that no sum may leave out: no municipality, one twice, or no amount."""


@dataclass(frozen=True)
class Computed:
    """What the key's counts and the requisitions of a year come to: the files to write, and what is said of them."""

    frames: Mapping[str, pl.DataFrame]
    """allocation.csv, and requisitions.csv and redistribution.csv where the year has them."""
    counts: Mapping[str, int]
    made: Allocation
    asked: pl.DataFrame | None
    left_kr: int
    given_kr: Mapping[str, int] | None


def allocate(year: int, workspace: Workspace) -> None:
    """Write processed/YEAR/allocation.csv, and requisitions.csv and redistribution.csv where the year has them.

    Raise UserError, with nothing written, when the counts cannot be read or the rule gives no list.
    """
    workspace.years(year)
    raw, folder, made_of_year = f"raw/{year}", workspace.raw(year), workspace.made(year)
    with progress("read"):
        data = read_folder(folder, raw)
        it = computed(data, folder)
    with staged(workspace.processed) as stage:
        for name, frame in it.frames.items():
            write_csv(frame, stage / name)
        put_in_place({made_of_year / name: stage / name for name in it.frames})
        for name in {"requisitions.csv", "redistribution.csv"} - set(it.frames):  # made of other files
            (made_of_year / name).unlink(missing_ok=True)
    places = [str(made_of_year / name) for name in it.frames]
    if not data.frames["allocations"]["amount_kr"].count():
        places[0] += f": copy it to {folder / 'allocation.csv'} to make it the year's list"
    key = data.rules.grant.key
    said = told(
        "allocate",
        grant=data.rules.grant,
        raw=raw,
        counts=it.counts,
        counted=sum(it.counts.values()),
        total=(key and key.total_count) or sum(it.counts.values()),
        made=it.made,
        name_of=name_of,
        asked=it.asked,
        left_kr=it.left_kr,
        given_kr=it.given_kr,
        **_compared(data, it.made),
        **({} if it.asked is None else _asked(it.asked)),
    )
    print("\n".join([said, *places]))
    say_status_next(year, workspace)


def computed(data: YearData, folder: Path) -> Computed:
    """Compute the list of a year, the requisitions against it and what is shared out again.

    UserError when the counts cannot be read, the rule gives no list, or a requisition cannot be counted.
    """
    grant, raw = data.rules.grant, f"raw/{data.rules.year}"
    counts = read_counts(data, raw)
    more = find_file(folder, "more", raw)
    wanted = read_wanted(more, f"{raw}/{more.name}") if more else None
    try:
        made = share_out(counts, grant.available_kr, grant.key.total_count if grant.key else None)
    except UserError as error:
        raise UserError(f"{raw}/allocation.csv: {error}") from None
    rest_kr = {code: made.rest_kr * (code == made.rest_to) for code in counts}
    listed_kr = dict(data.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    amounts = {"key_count": counts, "amount_kr": made.amounts_kr, "rest_kr": rest_kr, "listed_kr": listed_kr}
    frames = {"allocation.csv": _frame(made.amounts_kr, amounts)}
    asked, left_kr = _requisitions(data, made) if data.has("requisitions") else None, 0
    if asked is not None:
        frames["requisitions.csv"] = asked
        left_kr = grant.available_kr - int(asked["requisitioned_kr"].sum())
    given_kr = None
    if grant.redistributes and asked is not None and wanted is not None:
        without = [name_of(code) for code in wanted if code not in counts]
        if without:
            expected = "expected one, to share by"
            raise UserError(f"{raw}/more.csv: {without[0]} has no count in allocation.csv; {expected}")
        given_kr = fill(max(left_kr, 0), {code: counts[code] for code in sorted(wanted)}, wanted)
        amounts = {"key_count": counts, "wanted_kr": wanted, "given_kr": given_kr}
        frames["redistribution.csv"] = _frame(given_kr, amounts)
    return Computed(frames, counts, made, asked, left_kr, given_kr)


def _frame(codes: Iterable[str], columns: Mapping[str, Mapping[str, int | None]]) -> pl.DataFrame:
    """Return a row for each municipality, with whole numbers by its code."""
    rows = [(code, name_of(code), *(column[code] for column in columns.values())) for code in codes]
    text: dict[str, Any] = {"municipality_code": pl.String, "municipality": pl.String}
    return pl.DataFrame(rows, text | dict.fromkeys(columns, pl.Int64), orient="row")


def _compared(data: YearData, made: Allocation) -> dict[str, Any]:
    """Return how many amounts of the raw list are compared, which differ, and how many cannot be read."""
    rows = data.frames["allocations"].sort("municipality_code")
    listed = rows.drop_nulls("amount_kr").select("municipality_code", "amount_kr").rows()
    computed = made.amounts_kr
    differ = [
        f"{name_of(code)}: computed {amount(computed[code])}, listed {amount(kr)}"
        for code, kr in listed
        if computed[code] != kr
    ]
    unread = rows.filter(pl.col("amount_kr").is_null(), pl.col("amount_text").is_not_null())
    return {"compared": len(listed), "differ": differ, "unread": len(unread)}


def _asked(rows: pl.DataFrame) -> dict[str, Any]:
    """Return who asked, in which state and how late; and who did not, for how much where that is known."""
    did, did_not = rows.drop_nulls("requisitioned_kr"), rows.filter(pl.col("requisitioned_kr").is_null())
    states = did.group_by("state").len().sort("state").iter_rows()
    late = did.filter("late")["municipality", "requisitioned_on"].iter_rows()
    return {
        "did": len(did),
        "states": [f"{count} {state}" for state, count in states],
        "dated": did["requisitioned_on"].count(),
        "late": [f"{name}: {day(on, 'en')}" for name, on in late],
        "known": dict(did_not.drop_nulls("allocation_kr")["municipality", "allocation_kr"].iter_rows()),
        "unknown": did_not.filter(pl.col("allocation_kr").is_null())["municipality"].to_list(),
    }


def _requisitions(data: YearData, made: Allocation) -> pl.DataFrame:
    """Return a row a municipality, also for those that have not asked: the columns of requisitions.sql.

    What the raw list does not give is the computed amount. CriticalFindingsError when a row of recipients.csv cannot be
    counted.
    """
    given = data.frames["allocations"]
    computed = pl.col("municipality_code").replace_strict(made.amounts_kr, return_dtype=pl.Int64)
    frames = {**data.frames, "allocations": given.with_columns(amount_kr=pl.coalesce("amount_kr", computed))}
    with in_store([replace(data, frames=frames)]) as (_, connection):
        wrong = query(connection, _WRONG, year=data.rules.year)
        if len(wrong):
            expected = "expected a municipality that is known, once, and whole kronor"
            raise CriticalFindingsError(
                "\n".join(
                    f"{file}, row {row}: cannot be counted; found {recipient!r}, {found!r}; {expected}"
                    for file, row, recipient, found in wrong.iter_rows()
                )
            )
        return query(connection, _SQL.read_text(encoding="utf-8"), year=data.rules.year)
