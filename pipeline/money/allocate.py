"""`aterrapport allocate`: the distribution list, the requisitions set against it, and what is shared out again.

The rule of the list is read off the government's for the first grant year, which it gives to the krona. Largest
remainder and the caps, for money that nobody requisitioned and for a municipality's units, are ours
(docs/allocation.md). All in whole kronor, exact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipeline.errors import CriticalFindingsError, UnreadableInputError, UserError
from pipeline.files import put_in_place, staged, write_csv
from pipeline.language import amount, day
from pipeline.mask import unless_personal
from pipeline.money.years import code_of, in_store, name_of, say_status_next, told
from pipeline.paths import Workspace
from pipeline.read import YearData, find_file, read_folder
from pipeline.read.sheets import read_sheet
from pipeline.read.values import kronor
from pipeline.register import municipalities
from pipeline.steps.engine import progress
from pipeline.store import query

_SQL = Path(__file__).with_name("requisitions.sql")
_WRONG = """
    SELECT file, row, recipient, coalesce(requisitioned_text, '') AS found FROM requisitions WHERE year = $year
    QUALIFY municipality_code IS NULL OR requisitioned_kr IS NULL OR count(*) OVER (PARTITION BY municipality_code) > 1
    ORDER BY row
"""
"""Rows of recipients.csv that no sum may leave out: no municipality, one twice, or no amount."""
_MORE = ("municipality", "wanted_kr")


class Allocation(NamedTuple):
    """A distribution list: kronor by municipality code, in the order of the codes. `rest_kr` is what rounding left over
    (below 0: gave too much), within the amount of `rest_to`; 0 and None when the list is partial."""

    amounts_kr: Mapping[str, int]
    rest_kr: int
    rest_to: str | None

    @property
    def sum_kr(self) -> int:
        """Kronor of all together: the whole amount, unless the list is partial."""
        return sum(self.amounts_kr.values())


def allocate(year: int, workspace: Workspace) -> None:
    """Write processed/YEAR/allocation.csv, requisitions.csv and redistribution.csv; UserError with nothing written."""
    workspace.years(year)
    folder, made = workspace.raw(year), workspace.made(year)
    with progress("read"):
        data = read_folder(folder, f"raw/{year}")
        frames, facts = computed(data, folder)
    with staged(workspace.processed) as stage:
        for name, frame in frames.items():
            write_csv(frame, stage / name)
        put_in_place({made / name: stage / name for name in frames})
        for name in {"requisitions.csv", "redistribution.csv"} - set(frames):  # made of other files
            (made / name).unlink(missing_ok=True)
    places = [str(made / name) for name in frames]
    if not data.frames["allocations"]["amount_kr"].count():
        places[0] += f": copy it to {folder / 'allocation.csv'} to make it the year's list"
    print(told("allocate", name_of=name_of, **facts), *places, sep="\n")
    say_status_next(year, workspace)


def computed(data: YearData, folder: Path) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Return a year's files, by name, and what allocate.txt.j2 says of them. UserError when there is no list."""
    grant, raw = data.rules.grant, f"raw/{data.rules.year}"
    counts, total = _counts(data, f"{raw}/allocation.csv"), grant.key.total_count if grant.key else None
    wanted = _wanted(more, f"{raw}/{more.name}") if (more := find_file(folder, "more", raw)) else None
    try:
        made = share_out(counts, grant.available_kr, total)
    except UserError as error:
        raise UserError(f"{raw}/allocation.csv: {error}") from None
    allocations, rest_kr = data.frames["allocations"], {code: made.rest_kr * (code == made.rest_to) for code in counts}
    listed_kr = dict(allocations.select("municipality_code", "amount_kr").iter_rows())
    amounts = {"key_count": counts, "amount_kr": made.amounts_kr, "rest_kr": rest_kr, "listed_kr": listed_kr}
    frames = {"allocation.csv": _frame(made.amounts_kr, **amounts)}
    listed = {code: kr for code, kr in sorted(listed_kr.items()) if kr is not None}
    facts: dict[str, Any] = {"rules": data.rules, "counts": counts, "total_count": total, "made": made, "asked": None}
    facts |= {"compared": len(listed), "left_kr": 0, "given_kr": None}
    facts["unread"] = len(allocations.filter(pl.col("amount_kr").is_null(), pl.col("amount_text").is_not_null()))
    facts["differ"] = [
        f"{name_of(code)}: computed {amount(made.amounts_kr[code])}, listed {amount(kr)}"
        for code, kr in listed.items()
        if made.amounts_kr[code] != kr
    ]
    if data.has("requisitions"):
        frames["requisitions.csv"] = asked = _requisitions(data, made)
        left_kr = grant.available_kr - int(asked["requisitioned_kr"].sum())
        did, did_not = asked.drop_nulls("requisitioned_kr"), asked.filter(pl.col("requisitioned_kr").is_null())
        facts |= {"left_kr": left_kr, "asked": did, "unasked": did_not, "known": did_not.drop_nulls("allocation_kr")}
        facts["states"] = [f"{n} {state}" for state, n in did.group_by("state").len().sort("state").iter_rows()]
        late = did.filter("late")["municipality", "requisitioned_on"].iter_rows()
        facts["late"] = [f"{name}: {day(on, 'en')}" for name, on in late]
        if grant.redistributes and wanted is not None:
            if without := [name_of(code) for code in wanted if code not in counts]:
                no = f"{without[0]} has no count in allocation.csv"
                raise UserError(f"{raw}/more.csv: {no}; expected one, to share by")
            given_kr = fill(max(left_kr, 0), {code: counts[code] for code in sorted(wanted)}, wanted)
            frames["redistribution.csv"] = _frame(given_kr, key_count=counts, wanted_kr=wanted, given_kr=given_kr)
            facts["given_kr"] = given_kr
    return frames, facts


def _frame(codes: Iterable[str], **columns: Mapping[str, int | None]) -> pl.DataFrame:
    """Return a row for each municipality, with whole numbers by its code."""
    rows = [(code, name_of(code), *(column[code] for column in columns.values())) for code in codes]
    text: dict[str, Any] = {"municipality_code": pl.String, "municipality": pl.String}
    return pl.DataFrame(rows, text | dict.fromkeys(columns, pl.Int64), orient="row")


def _requisitions(data: YearData, made: Allocation) -> pl.DataFrame:
    """Return the columns of requisitions.sql for all; what the raw list does not give is the computed amount."""
    computed = pl.col("municipality_code").replace_strict(made.amounts_kr, return_dtype=pl.Int64)
    given = data.frames["allocations"].with_columns(amount_kr=pl.coalesce("amount_kr", computed))
    with in_store([replace(data, frames={**data.frames, "allocations": given})]) as (_, connection):
        wrong = query(connection, _WRONG, year=data.rules.year)
        if len(wrong):
            expected = "expected a municipality that is known, once, and whole kronor"
            said = "{}, row {}: cannot be counted; found {!r}, {!r}; {}"
            raise CriticalFindingsError("\n".join(said.format(*row, expected) for row in wrong.iter_rows()))
        return query(connection, _SQL.read_text(encoding="utf-8"), year=data.rules.year)


def _counts(data: YearData, file: str) -> dict[str, int]:
    """Return the key's counts by municipality code. UnreadableInputError for the first row that does not count."""
    key = data.rules.grant.key
    if not data.has("allocations"):
        raise UnreadableInputError("file is missing", file=file, todo="add it, with municipality_code and key_count")
    problems = data.frames["problems"].filter(file=file, field="key_count")
    unread: dict[int, str] = dict(problems.select("row", "value").iter_rows())
    rows = data.frames["allocations"].select("row", "written", "municipality_code", "key_count")
    if rows["key_count"].null_count() == len(rows) and not unread:
        expected = "the key's count of each municipality"
        raise UnreadableInputError("there are no counts", file=file, column="key_count", expected=expected)
    counts: dict[str, int] = {}
    for row, written, code, count in rows.iter_rows():
        place: dict[str, Any] = {"file": file, "row": row, "column": "municipality_code", "found": written}
        if code is None:
            raise UnreadableInputError("no municipality code", **place, expected="four digits such as 0114")
        if code in counts:
            raise UnreadableInputError("the municipality stands twice", **place, expected="one row for each")
        if count is None:
            place |= {"column": "key_count", "found": unread.get(row, "")}
            raise UnreadableInputError(f"no count of {name_of(code)}", **place, expected="a whole number, 0 or more")
        counts[code] = count
    if key and key.total_count and len(counts) == len(municipalities()) and sum(counts.values()) != key.total_count:
        place = {"file": file, "column": "key_count", "found": sum(counts.values())}
        expected = f"a sum of {key.total_count}, the total_count in year.toml"
        raise UnreadableInputError("the counts of all municipalities are not the total", **place, expected=expected)
    return counts


def _wanted(path: Path, shown_as: str) -> dict[str, int]:
    """Return the most that each wants beyond what it got, by code. UnreadableInputError for what cannot be read."""
    sheet = read_sheet(path, shown_as, _MORE)
    names, amounts = (sheet.texts(sheet.require(column)) for column in _MORE)
    wanted: dict[str, int] = {}
    for row, name, written in zip(sheet.rows, names, amounts, strict=True):
        place: dict[str, Any] = {"file": sheet.file, "row": row.number, "column": "municipality"}
        code = code_of(name or "", **place)
        if code in wanted:
            raise UnreadableInputError("the municipality stands twice", **place, found=name or "", todo="keep one row")
        kr = unless_personal(kronor, written or "")
        if kr is None:
            place |= {"column": "wanted_kr", "found": written or ""}
            raise UnreadableInputError("cannot be read", **place, expected="whole kronor, 0 or more")
        wanted[code] = kr
    return wanted


def share_out(counts: Mapping[str, int], available_kr: int, total_count: int | None = None) -> Allocation:
    """Share the amount out: `round(count × available / sum of counts)`, half up; the largest count takes the rest, of
    several that with the lowest code. With a `total_count` above the sum of the counts the list is partial: each gets
    its share of the total, and there is no rest. UserError when all counts are 0, when there are fewer kronor than
    municipalities, or when the rule gives no list: an amount below 0, or more to one with a smaller count than to the
    one that takes the rest."""
    counts = dict(sorted(counts.items()))
    counted, sharing = sum(counts.values()), sum(count > 0 for count in counts.values())
    total = counted if total_count is None else total_count
    if not counted:
        raise UserError("counts: all are 0; expected at least one above 0")
    if total < counted:
        raise UserError(f"total_count: found {total}, expected at least the sum of the counts, {counted}")
    if available_kr < sharing:
        whom = f"{sharing} municipalities; expected a krona or more each"
        raise UserError(f"{available_kr} kr cannot be split among {whom}")
    too_few = f"{available_kr} kr are too few for {sharing} municipalities under this rule"
    amounts = {code: (2 * count * available_kr + total) // (2 * total) for code, count in counts.items()}
    rest_kr = available_kr - sum(amounts.values())
    if total > counted:
        if rest_kr < 0:
            raise UserError(f"{too_few}: rounded amounts come to {-rest_kr} kr more than there is")
        return Allocation(amounts, 0, None)
    largest = max(counts, key=lambda code: counts[code])  # the first of several: the codes are in order
    amounts[largest] += rest_kr
    why = f"{too_few}: rounding leaves {rest_kr} kr to {name_of(largest)}, the largest count"
    if amounts[largest] < 0:
        raise UserError(f"{why}, and its amount would be {amounts[largest]} kr")
    for code, kr in amounts.items():
        if counts[code] < counts[largest] and kr > amounts[largest]:
            other = f"{name_of(code)}, with a smaller count, would get {kr} kr"
            raise UserError(f"{why}, which would get {amounts[largest]} kr; {other}")
    return Allocation(amounts, rest_kr, largest)


def largest_remainder(total_kr: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share kronor out by weights (0 or more, some above 0): the proportion rounded down, then by largest remainder.
    One krona more each to those who lost most by rounding; where that is equal, to the larger weight, then to the name
    or code that sorts first. The sum is exact, and nobody with a larger weight gets less."""
    whole = sum(weights.values())
    shares = {name: total_kr * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(total_kr * weights[name] % whole), -weights[name], name))
    for name in order[: total_kr - sum(shares.values())]:
        shares[name] += 1
    return shares


def fill(total_kr: int, weights: Mapping[str, int], caps_kr: Mapping[str, int]) -> dict[str, int]:
    """Share kronor out by weights, to nobody more than its cap; who reaches it leaves what is over to the others. As
    water rises: all get the same for each unit of weight, until they are full; the last level by largest remainder.
    Less than the total goes out only when everybody with a weight is full."""
    shares = dict.fromkeys(weights, 0)
    open_, left_kr = {name: weight for name, weight in weights.items() if weight}, total_kr
    while open_:
        whole = sum(open_.values())
        full = [name for name, weight in open_.items() if caps_kr[name] * whole <= left_kr * weight]
        if not full:  # every proportion is below its cap, which is whole: rounded up it is no higher
            return shares | largest_remainder(left_kr, open_)
        for name in full:
            shares[name] = caps_kr[name]
            left_kr -= caps_kr[name]
            del open_[name]
    return shares
