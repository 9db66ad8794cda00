"""`aterrapport allocate`: the distribution list, the requisitions set against it, and what is shared out again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.errors import CriticalFindingsError, UserError
from pipeline.files import put_in_place, staged, write_csv
from pipeline.language import amount, day, first, grouped
from pipeline.money.raw_files import name_of, read_counts, read_wanted
from pipeline.money.shares import Allocation, fill, share_out
from pipeline.money.status import say_status_next
from pipeline.money.years import in_store
from pipeline.paths import Workspace
from pipeline.read import YearData, read_folder
from pipeline.register import municipalities
from pipeline.steps.engine import progress
from pipeline.store import query
from pipeline.year import Grant

_SQL = Path(__file__).with_name("requisitions.sql")
_WRONG = """
    SELECT file, row, recipient, coalesce(requisitioned_text, '') AS found FROM requisitions WHERE year = $year
    QUALIFY municipality_code IS NULL OR requisitioned_kr IS NULL OR count(*) OVER (PARTITION BY municipality_code) > 1
    ORDER BY row
"""
"""Rows of recipients.csv that no sum may leave out: no municipality, one twice, or no amount."""


def allocate(year: int, workspace: Workspace) -> None:
    """Write processed/YEAR/allocation.csv, and requisitions.csv and redistribution.csv where the year has them.

    Raise UserError, with nothing written, when the counts cannot be read or the rule gives no list.
    """
    workspace.years(year)
    raw, folder, made_of_year = f"raw/{year}", workspace.raw(year), workspace.made(year)
    with progress("read"):
        data = read_folder(folder, raw)
        counts = read_counts(data, raw)
        wanted = read_wanted(folder / "more.csv", f"{raw}/more.csv") if (folder / "more.csv").is_file() else None
    grant = data.rules.grant
    try:
        made = share_out(counts, grant.available_kr, grant.key.total_count if grant.key else None)
    except UserError as error:
        raise UserError(f"{raw}/allocation.csv: {error}") from None
    rest_kr = {code: made.rest_kr * (code == made.rest_to) for code in counts}
    listed_kr = dict(data.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    amounts = {"key_count": counts, "amount_kr": made.amounts_kr, "rest_kr": rest_kr, "listed_kr": listed_kr}
    frames = {"allocation.csv": _frame(made.amounts_kr, amounts)}
    lines = [*_allocation_lines(data, counts, made), *_comparison_lines(data, made, raw)]
    left_kr = None
    if data.has("requisitions"):
        asked = frames["requisitions.csv"] = _requisitions(data, made)
        left_kr = grant.available_kr - int(asked["requisitioned_kr"].sum())
        lines += _requisition_lines(asked, grant, left_kr)
    else:
        lines.append(f"requisitions: not known; {raw} has no recipients.csv")
    given_kr, said = _redistribution(grant, raw, counts, wanted, left_kr)
    if wanted is not None and given_kr is not None:
        amounts = {"key_count": counts, "wanted_kr": wanted, "given_kr": given_kr}
        frames["redistribution.csv"] = _frame(given_kr, amounts)
    with staged(workspace.processed) as stage:
        for name, frame in frames.items():
            write_csv(frame, stage / name)
        put_in_place({made_of_year / name: stage / name for name in frames})
        for name in {"requisitions.csv", "redistribution.csv"} - set(frames):  # made when the year's files were others
            (made_of_year / name).unlink(missing_ok=True)
    places = [str(made_of_year / name) for name in frames]
    if not any(kr is not None for kr in listed_kr.values()):
        places[0] += f": copy it to {folder / 'allocation.csv'} to make it the year's list"
    print("\n".join([*lines, *said, *places]))
    say_status_next(year, workspace)


def _frame(codes: Iterable[str], columns: Mapping[str, Mapping[str, int | None]]) -> pl.DataFrame:
    """Return a row for each municipality, with whole numbers by its code."""
    rows = [(code, name_of(code), *(column[code] for column in columns.values())) for code in codes]
    text: dict[str, Any] = {"municipality_code": pl.String, "municipality": pl.String}
    return pl.DataFrame(rows, text | dict.fromkeys(columns, pl.Int64), orient="row")


def _allocation_lines(data: YearData, counts: Mapping[str, int], made: Allocation) -> Iterator[str]:
    grant, everybody, counted = data.rules.grant, len(municipalities()), sum(counts.values())
    total = (grant.key and grant.key.total_count) or counted
    key = f"a key of {grouped(total)} persons, {len(counts)} of {everybody} municipalities"
    yield f"allocation: {amount(grant.available_kr)} by {key}"
    if grant.key:
        dated = f", on {day(grant.key.counted_on, 'en')}" if grant.key.counted_on else ""
        yield f"  key: {grant.key.definition.en}{dated}"
    if made.rest_to:
        rest = f"{amount(abs(made.rest_kr))} {'more' if made.rest_kr > 0 else 'less'} than its rounded share"
        takes = f"{name_of(made.rest_to)}, with the largest count, gets {rest}"
        yield f"  sum {amount(made.sum_kr)}; {takes if made.rest_kr else 'rounding left nothing over'}"
        if len(counts) < everybody:
            yield "  the whole amount is shared among these; if the list is partial, give grant.key.total_count"
    else:
        yield f"  known: {amount(made.sum_kr)}, for {grouped(counted)} persons; no rest, for the list is partial"
        others = f"{everybody - len(counts)} others, with {grouped(total - counted)} persons"
        yield f"  not known: the {others} and about {amount(grant.available_kr - made.sum_kr)} together"


def _comparison_lines(data: YearData, made: Allocation, raw: str) -> Iterator[str]:
    rows = data.frames["allocations"].sort("municipality_code")
    compared = rows.drop_nulls("amount_kr").select("municipality_code", "amount_kr").rows()
    unread = len(rows.filter(pl.col("amount_kr").is_null(), pl.col("amount_text").is_not_null()))
    differ = [
        f"{name_of(code)}: computed {amount(made.amounts_kr[code])}, listed {amount(kr)}"
        for code, kr in compared
        if made.amounts_kr[code] != kr
    ]
    if compared:
        yield f"  {len(compared) - len(differ)} of {len(compared)} amounts equal those of {raw}/allocation.csv"
    if unread:
        yield f"  {unread} of the amounts of {raw}/allocation.csv cannot be read: not compared"
    yield from first(differ, "    ", ": column listed_kr of the list")


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


def _requisition_lines(asked: pl.DataFrame, grant: Grant, left_kr: int) -> Iterator[str]:
    did = asked.drop_nulls("requisitioned_kr")
    did_not = asked.filter(pl.col("requisitioned_kr").is_null())
    known, unknown = did_not.drop_nulls("allocation_kr"), did_not.filter(pl.col("allocation_kr").is_null())
    left = f"{amount(left_kr)} not requisitioned" if left_kr >= 0 else f"{amount(-left_kr)} MORE than there is"
    who = f"{len(did)} of {len(asked)} municipalities asked, for {amount(grant.available_kr - left_kr)}"
    yield f"requisitions: {who}; {len(did_not)} did not; {left}"
    yield "  " + ", ".join(f"{count} {state}" for state, count in did.group_by("state").len().sort("state").iter_rows())
    dated, last_day = did["requisitioned_on"].count(), grant.requisition_by
    if last_day is None:
        yield "  the last day to requisition is not stated"
    elif not dated:
        yield f"  last day {day(last_day, 'en')}: the days of the requisitions are not given"
    else:
        late = [
            f"{name}: {day(on, 'en')}" for name, on in did.filter("late")["municipality", "requisitioned_on"].rows()
        ]
        yield f"  last day {day(last_day, 'en')}: {len(late)} of {dated} with a day came after it"
        yield from first(late, "    ", ": column late of requisitions.csv")
    if len(known):
        yield f"  did not ask: {len(known)}, for {amount(int(known['allocation_kr'].sum()))} together"
        yield from (f"    {name}: {amount(kr)}" for name, kr in known["municipality", "allocation_kr"].iter_rows())
    if len(unknown):
        yield f"  did not ask, for how much is not known: {len(unknown)}"
        yield f"    {', '.join(unknown['municipality'])}"


def _redistribution(
    grant: Grant, raw: str, counts: Mapping[str, int], wanted: Mapping[str, int] | None, left_kr: int | None
) -> tuple[Mapping[str, int] | None, list[str]]:
    """Return what each gets that wants more, by code in order (None when nothing can be given), and what to say."""
    if not grant.redistributes:
        why = "is not stated for this year" if "redistributes" in grant.not_stated else "is off this year"
        return None, [f"redistribution: {why}; nothing is shared out again"]
    if left_kr is None:
        return None, ["redistribution: not known what is left without requisitions"]
    if wanted is None:
        return None, [f"redistribution: {raw} has no more.csv (municipality, wanted_kr); {amount(left_kr)} stays"]
    without = [name_of(code) for code in wanted if code not in counts]
    if without:
        raise UserError(f"{raw}/more.csv: {without[0]} has no count in allocation.csv; expected one, to share by")
    left_kr = max(left_kr, 0)
    given_kr = fill(left_kr, {code: counts[code] for code in sorted(wanted)}, wanted)
    sum_kr, many = sum(given_kr.values()), sum(kr > 0 for kr in given_kr.values())
    whom = f"{many} of {len(given_kr)} that want more"
    return given_kr, [
        f"redistribution: {amount(sum_kr)} to {whom}; {amount(left_kr - sum_kr)} stays",
        "  the decision gives no formula: in proportion to the key, to nobody more than it asked for, is ours",
    ]
