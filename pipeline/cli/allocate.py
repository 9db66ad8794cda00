"""`aterrapport allocate`: the distribution list of a year, the requisitions against it, what is shared out again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.cli.progress import step
from pipeline.cli.status import look_again
from pipeline.errors import UserError
from pipeline.grant.allocate import Allocation, allocate, read_counts
from pipeline.grant.opened import stored
from pipeline.grant.redistribute import OURS, read_wanted, redistribute
from pipeline.grant.requisitions import requisitions
from pipeline.grant.screen import amount, grouped
from pipeline.language import day
from pipeline.output import write_csv
from pipeline.paths import Workspace
from pipeline.read import YearData, read_folder
from pipeline.register import municipalities
from pipeline.year import Grant

_SHOWN = 10
_FILES = ("allocation.csv", "requisitions.csv", "redistribution.csv")


def run(year: int, workspace: Workspace) -> None:
    """Write processed/YEAR/allocation.csv, and requisitions.csv and redistribution.csv where the year has them.

    UserError, with nothing written, when the counts cannot be read or the rule gives no list.
    """
    workspace.years(year)
    raw = f"raw/{year}"
    with step("read"):
        data = read_folder(workspace.raw(year), raw)
        counts = read_counts(data, raw)
        more = workspace.raw(year) / "more.csv"
        wanted = read_wanted(more, f"{raw}/more.csv") if more.is_file() else None
    grant = data.rules.grant
    try:
        made = allocate(counts, grant.available_kr, grant.key.total_count if grant.key else None)
    except UserError as error:
        raise UserError(f"{raw}/allocation.csv: {error}") from None
    frames = {"allocation.csv": _list(data, counts, made)}
    lines = [*_told(data, counts, made, raw)]
    left_kr = None
    if data.has("requisitions"):
        asked = frames["requisitions.csv"] = _requisitions(data, made)
        left_kr = grant.available_kr - int(asked["requisitioned_kr"].sum())
        lines += _told_asked(asked, grant, left_kr)
    else:
        lines.append(f"requisitions: not known; {raw} has no recipients.csv")
    given, told = _again(grant, raw, counts, wanted, left_kr)
    if given is not None:
        frames["redistribution.csv"] = given
    for name in _FILES:
        if name in frames:
            write_csv(frames[name], workspace.made(year) / name)
        else:
            (workspace.made(year) / name).unlink(missing_ok=True)  # made when the year's files were others
    places = [str(workspace.made(year) / name) for name in frames]
    if frames["allocation.csv"]["listed_kr"].null_count() == len(counts):
        places[0] += f": copy it to {workspace.raw(year) / 'allocation.csv'} to make it the year's list"
    print("\n".join([*lines, *told, *places]))
    look_again(year, workspace)


def _list(data: YearData, counts: Mapping[str, int], made: Allocation) -> pl.DataFrame:
    """The list as a frame. `listed_kr` is what allocation.csv in the raw data gives, to compare with."""
    listed = dict(data.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    rows: list[tuple[str | int | None, ...]] = [
        (code, municipalities()[code].name, counts[code], kr, made.rest_kr * (code == made.rest_to), listed[code])
        for code, kr in made.amounts_kr.items()
    ]
    return _frame(rows, "key_count", "amount_kr", "rest_kr", "listed_kr")


def _told(data: YearData, counts: Mapping[str, int], made: Allocation, raw: str) -> Iterator[str]:
    grant, everybody = data.rules.grant, len(municipalities())
    counted = sum(counts.values())
    total = (grant.key and grant.key.total_count) or counted
    key = f"a key of {grouped(total)} persons, {len(counts)} of {everybody} municipalities"
    yield f"allocation: {amount(grant.available_kr)} by {key}"
    if grant.key:
        dated = f", on {day(grant.key.counted_on, 'en')}" if grant.key.counted_on else ""
        yield f"  key: {grant.key.definition.en}{dated}"
    if made.rest_to:
        name = municipalities()[made.rest_to].name
        rest = f"{amount(abs(made.rest_kr))} {'more' if made.rest_kr > 0 else 'less'} than its rounded share"
        takes = f"{name}, with the largest count, gets {rest}" if made.rest_kr else "rounding left nothing over"
        yield f"  sum {amount(made.sum_kr)}; {takes}"
        if len(counts) < everybody:
            yield "  the whole amount is shared among these; if the list is partial, give grant.key.total_count"
    else:
        yield f"  known: {amount(made.sum_kr)}, for {grouped(counted)} persons; no rest, for the list is partial"
        yield (
            f"  not known: the {everybody - len(counts)} others, with {grouped(total - counted)} persons and about "
            f"{amount(grant.available_kr - made.sum_kr)} together"
        )
    yield from _told_compared(data, made, raw)


def _told_compared(data: YearData, made: Allocation, raw: str) -> Iterator[str]:
    listed = data.frames["allocations"].sort("municipality_code")
    listed = listed.select("municipality_code", "amount_kr", "amount_text")
    compared = [(code, kr) for code, kr, _ in listed.iter_rows() if kr is not None]
    unread = sum(kr is None and text is not None for _, kr, text in listed.iter_rows())
    differ = [(code, kr) for code, kr in compared if made.amounts_kr[code] != kr]
    if compared:
        yield f"  {len(compared) - len(differ)} of {len(compared)} amounts equal those of {raw}/allocation.csv"
    if unread:
        yield f"  {unread} of the amounts of {raw}/allocation.csv cannot be read: not compared"
    lines = [
        f"{municipalities()[code].name}: computed {amount(made.amounts_kr[code])}, listed {amount(kr)}"
        for code, kr in differ
    ]
    yield from _first(lines, "listed_kr of the list")


def _requisitions(data: YearData, made: Allocation) -> pl.DataFrame:
    """The requisitions, against the amounts that the raw list gives, and the computed ones where it gives none."""
    listed = data.frames["allocations"]
    computed = pl.col("municipality_code").replace_strict(made.amounts_kr, return_dtype=pl.Int64)
    frames = {**data.frames, "allocations": listed.with_columns(amount_kr=pl.coalesce("amount_kr", computed))}
    with stored([replace(data, frames=frames)]) as (_, connection):
        return requisitions(connection, data.rules.year)


def _told_asked(asked: pl.DataFrame, grant: Grant, left_kr: int) -> Iterator[str]:
    did = asked.filter(pl.col("requisitioned_kr").is_not_null())
    did_not = asked.filter(pl.col("requisitioned_kr").is_null())
    left = f"{amount(left_kr)} not requisitioned" if left_kr >= 0 else f"{amount(-left_kr)} MORE than there is"
    yield (
        f"requisitions: {len(did)} of {len(asked)} municipalities asked, for {amount(grant.available_kr - left_kr)}; "
        f"{len(did_not)} did not; {left}"
    )
    states = did.group_by("state").len().sort("state").iter_rows()
    yield "  " + ", ".join(f"{count} {state}" for state, count in states)
    yield from _told_deadline(did, grant)
    known = did_not.filter(pl.col("allocation_kr").is_not_null())
    unknown = did_not.filter(pl.col("allocation_kr").is_null())
    if len(known):
        yield f"  did not ask: {len(known)}, for {amount(int(known['allocation_kr'].sum()))} together"
        yield from (f"    {name}: {amount(kr)}" for name, kr in known["municipality", "allocation_kr"].iter_rows())
    if len(unknown):
        yield f"  did not ask, for how much is not known: {len(unknown)}"
        yield f"    {', '.join(unknown['municipality'])}"


def _told_deadline(did: pl.DataFrame, grant: Grant) -> Iterator[str]:
    if grant.requisition_by is None:
        yield "  the last day to requisition is not stated"
        return
    told, dated = f"  last day {day(grant.requisition_by, 'en')}", did["requisitioned_on"].count()
    if not dated:
        yield f"{told}: the days of the requisitions are not given"
        return
    late = did.filter(pl.col("late"))["municipality", "requisitioned_on"]
    yield f"{told}: {len(late)} of {dated} with a day came after it"
    yield from _first([f"{name}: {day(on, 'en')}" for name, on in late.iter_rows()], "late of requisitions.csv")


def _first(lines: Sequence[str], column: str) -> Iterator[str]:
    """Give the first few lines, and say in which column the others stand."""
    yield from (f"    {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"    … and {len(lines) - _SHOWN} more: column {column}"


def _again(
    grant: Grant, raw: str, counts: Mapping[str, int], wanted: Mapping[str, int] | None, left_kr: int | None
) -> tuple[pl.DataFrame | None, list[str]]:
    """What is shared out again, as a frame (None when nothing can be) and as lines."""
    if not grant.redistributes:
        why = "is not stated for this year" if "redistributes" in grant.not_stated else "is off this year"
        return None, [f"redistribution: {why}; nothing is shared out again"]
    if left_kr is None:
        return None, ["redistribution: not known what is left without requisitions"]
    if wanted is None:
        return None, [f"redistribution: {raw} has no more.csv (municipality, wanted_kr); {amount(left_kr)} stays"]
    without = [municipalities()[code].name for code in wanted if code not in counts]
    if without:
        raise UserError(f"{raw}/more.csv: {without[0]} has no count in allocation.csv; expected one, to share by")
    done = redistribute(max(left_kr, 0), counts, wanted)
    rows: list[tuple[str | int | None, ...]] = [
        (code, municipalities()[code].name, counts[code], wanted[code], kr) for code, kr in done.given_kr.items()
    ]
    frame = _frame(rows, "key_count", "wanted_kr", "given_kr")
    given = [kr for kr in done.given_kr.values() if kr]
    return frame, [
        f"redistribution: {amount(sum(given))} to {len(given)} of {len(rows)} that want more; "
        f"{amount(done.stays_kr)} stays",
        f"  {OURS}",
    ]


def _frame(rows: list[tuple[str | int | None, ...]], *numbers: str) -> pl.DataFrame:
    text: dict[str, Any] = {"municipality_code": pl.String, "municipality": pl.String}
    return pl.DataFrame(rows, text | dict.fromkeys(numbers, pl.Int64), orient="row")
