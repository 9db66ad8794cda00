"""Commands on the money: shared out, looked at closely, asked back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from pipeline.cli.year import say_status_next
from pipeline.errors import UserError
from pipeline.files import put_in_place, staged, write_csv, write_text
from pipeline.language import amount, day, first, grouped, listed, several
from pipeline.money.allocate import Allocation, read_counts
from pipeline.money.allocate import allocate as share_out
from pipeline.money.decisions import read_decisions
from pipeline.money.letters import letters
from pipeline.money.redistribute import OURS, read_wanted, redistribute
from pipeline.money.requisitions import requisitions
from pipeline.money.sample import draw, read_candidates, risks, sample_list, times_met, write_sample_workbook
from pipeline.money.settle import RECIPIENTS, Settlement, no_days, settlement_list, write_settlement_workbook
from pipeline.money.settle import settle as settle_year
from pipeline.money.year_store import in_store, open_year
from pipeline.paths import Workspace
from pipeline.read import YearData, find_file, read_folder
from pipeline.register import municipalities
from pipeline.steps.build import known_findings
from pipeline.steps.engine import progress
from pipeline.year import Grant, Language, Year


def allocate(year: int, workspace: Workspace) -> None:
    """Write processed/YEAR/allocation.csv, and requisitions.csv and redistribution.csv where the year has them.

    Raise UserError, with nothing written, when the counts cannot be read or the rule gives no list.
    """
    workspace.years(year)
    raw = f"raw/{year}"
    with progress("read"):
        data = read_folder(workspace.raw(year), raw)
        counts = read_counts(data, raw)
        more = find_file(workspace.raw(year), "more", raw)
        wanted = read_wanted(more, f"{raw}/{more.name}") if more else None
    grant = data.rules.grant
    try:
        made = share_out(counts, grant.available_kr, grant.key.total_count if grant.key else None)
    except UserError as error:
        raise UserError(f"{raw}/allocation.csv: {error}") from None
    rest_kr = {code: made.rest_kr * (code == made.rest_to) for code in counts}
    listed_kr = dict(data.frames["allocations"].select("municipality_code", "amount_kr").iter_rows())
    frames = {
        "allocation.csv": _frame(
            made.amounts_kr, key_count=counts, amount_kr=made.amounts_kr, rest_kr=rest_kr, listed_kr=listed_kr
        )
    }
    lines = [*_allocation_lines(data, counts, made), *_comparison_lines(data, made, raw)]
    left_kr = None
    if data.has("requisitions"):
        asked = frames["requisitions.csv"] = _requisitions(data, made)
        left_kr = grant.available_kr - int(asked["requisitioned_kr"].sum())
        lines += [*_requisition_lines(asked, grant, left_kr)]
    else:
        lines.append(f"requisitions: not known; {raw} has no recipients.csv")
    redistributed, said = _redistribution(grant, raw, counts, wanted, left_kr)
    if redistributed is not None:
        frames["redistribution.csv"] = redistributed
    with staged(workspace.processed) as stage:
        for name, frame in frames.items():
            write_csv(frame, stage / name)
        put_in_place({workspace.made(year) / name: stage / name for name in frames})
        for name in {"requisitions.csv", "redistribution.csv"} - set(frames):  # made when the year's files were others
            (workspace.made(year) / name).unlink(missing_ok=True)
    places = [str(workspace.made(year) / name) for name in frames]
    if frames["allocation.csv"]["listed_kr"].null_count() == len(counts):
        places[0] += f": copy it to {workspace.raw(year) / 'allocation.csv'} to make it the year's list"
    print("\n".join([*lines, *said, *places]))
    say_status_next(year, workspace)


def _frame(codes: Iterable[str], **columns: Mapping[str, int | None]) -> pl.DataFrame:
    """Return a row for each municipality, with whole numbers by its code."""
    rows = [(code, municipalities()[code].name, *(column[code] for column in columns.values())) for code in codes]
    text: dict[str, Any] = {"municipality_code": pl.String, "municipality": pl.String}
    return pl.DataFrame(rows, text | dict.fromkeys(columns, pl.Int64), orient="row")


def _allocation_lines(data: YearData, counts: Mapping[str, int], made: Allocation) -> Iterator[str]:
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


def _comparison_lines(data: YearData, made: Allocation, raw: str) -> Iterator[str]:
    rows = data.frames["allocations"].sort("municipality_code")
    rows = rows.select("municipality_code", "amount_kr", "amount_text")
    compared = [(code, kr) for code, kr, _ in rows.iter_rows() if kr is not None]
    unread = sum(kr is None and text is not None for _, kr, text in rows.iter_rows())
    differ = [(code, kr) for code, kr in compared if made.amounts_kr[code] != kr]
    if compared:
        yield f"  {len(compared) - len(differ)} of {len(compared)} amounts equal those of {raw}/allocation.csv"
    if unread:
        yield f"  {unread} of the amounts of {raw}/allocation.csv cannot be read: not compared"
    lines = [
        f"{municipalities()[code].name}: computed {amount(made.amounts_kr[code])}, listed {amount(kr)}"
        for code, kr in differ
    ]
    yield from first(lines, "    ", ": column listed_kr of the list")


def _requisitions(data: YearData, made: Allocation) -> pl.DataFrame:
    """Return the requisitions, against the amounts of the raw list, and the computed ones where it has none."""
    given = data.frames["allocations"]
    computed = pl.col("municipality_code").replace_strict(made.amounts_kr, return_dtype=pl.Int64)
    frames = {**data.frames, "allocations": given.with_columns(amount_kr=pl.coalesce("amount_kr", computed))}
    with in_store([replace(data, frames=frames)]) as (_, connection):
        return requisitions(connection, data.rules.year)


def _requisition_lines(asked: pl.DataFrame, grant: Grant, left_kr: int) -> Iterator[str]:
    did = asked.filter(pl.col("requisitioned_kr").is_not_null())
    did_not = asked.filter(pl.col("requisitioned_kr").is_null())
    left = f"{amount(left_kr)} not requisitioned" if left_kr >= 0 else f"{amount(-left_kr)} MORE than there is"
    yield (
        f"requisitions: {len(did)} of {len(asked)} municipalities asked, for {amount(grant.available_kr - left_kr)}; "
        f"{len(did_not)} did not; {left}"
    )
    states = did.group_by("state").len().sort("state").iter_rows()
    yield "  " + ", ".join(f"{count} {state}" for state, count in states)
    dated = did["requisitioned_on"].count()
    if grant.requisition_by is None:
        yield "  the last day to requisition is not stated"
    elif not dated:
        yield f"  last day {day(grant.requisition_by, 'en')}: the days of the requisitions are not given"
    else:
        late = did.filter(pl.col("late"))["municipality", "requisitioned_on"]
        yield f"  last day {day(grant.requisition_by, 'en')}: {len(late)} of {dated} with a day came after it"
        lines = [f"{name}: {day(on, 'en')}" for name, on in late.iter_rows()]
        yield from first(lines, "    ", ": column late of requisitions.csv")
    known = did_not.filter(pl.col("allocation_kr").is_not_null())
    unknown = did_not.filter(pl.col("allocation_kr").is_null())
    if len(known):
        yield f"  did not ask: {len(known)}, for {amount(int(known['allocation_kr'].sum()))} together"
        yield from (f"    {name}: {amount(kr)}" for name, kr in known["municipality", "allocation_kr"].iter_rows())
    if len(unknown):
        yield f"  did not ask, for how much is not known: {len(unknown)}"
        yield f"    {', '.join(unknown['municipality'])}"


def _redistribution(
    grant: Grant, raw: str, counts: Mapping[str, int], wanted: Mapping[str, int] | None, left_kr: int | None
) -> tuple[pl.DataFrame | None, list[str]]:
    """Return what is shared out again, as a frame (None when nothing can be) and as lines."""
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
    given_kr = redistribute(max(left_kr, 0), counts, wanted)
    sum_kr, many = sum(given_kr.values()), sum(kr > 0 for kr in given_kr.values())
    return _frame(given_kr, key_count=counts, wanted_kr=wanted, given_kr=given_kr), [
        f"redistribution: {amount(sum_kr)} to {many} of {len(given_kr)} that want more; "
        f"{amount(max(left_kr, 0) - sum_kr)} stays",
        f"  {OURS}",
    ]


# Among the units of a municipality -----------------------------------------------------------------------------------


def review_sample(year: int, seed: int, size: int | None, workspace: Workspace) -> None:
    """Draw the sample of a year: write the list and the workbook, and print how it was drawn.

    Raise UserError with nothing written. With critical findings the findings are written, and nothing else.
    """
    size = risks().size if size is None else size
    if size < 1:
        raise UserError(f"--size {size}: expected 1 or more")
    with open_year(year, workspace, "the sample") as found:
        with progress("check"):
            findings = found.findings(known_findings(year, workspace))
        rules, candidates = found.rules, read_candidates(found, findings)
    chosen = draw(candidates, seed, size)
    path, workbook = workspace.made(year) / "review_sample.csv", workspace.out / str(year) / "review_sample.xlsx"
    with staged(workspace.processed) as stage:
        write_sample_workbook(chosen, candidates, rules, seed, stage / workbook.name)
        write_csv(sample_list(chosen, rules, seed), stage / path.name)
        put_in_place({workbook: stage / workbook.name, path: stage / path.name})
    print(*_sample_lines(chosen, candidates, rules, seed), path, workbook, sep="\n")
    say_status_next(year, workspace)


def _sample_lines(chosen: pl.DataFrame, candidates: pl.DataFrame, rules: Year, seed: int) -> Iterator[str]:
    by_risk = len(chosen.filter(part="risk"))
    regions, all_regions = chosen["region_code"].n_unique(), candidates["region_code"].n_unique()
    yield (
        f"sample: {len(chosen)} of {len(candidates)} that used money, by seed {seed}: {by_risk} by risk, "
        f"{len(chosen) - by_risk} at random; {regions} of {all_regions} regions"
    )
    for risk in risks().risk:
        known = candidates[risk.measure].count()
        made_up = sorted(set(risk.rests_on) & set(rules.grant.synthetic))
        said = f"{times_met(candidates, risk)} meet it" if known else "not known of anybody"
        yield f"  {risk.id}: {said}" + (f" (MADE-UP ANSWERS: {', '.join(made_up)})" if known and made_up else "")
    if not rules.grant.evidence:
        yield "evidence: the year's rules name none ([[grant.evidence]] in year.toml)"
    ours = [point.id for point in rules.grant.evidence if point.ours]
    if ours:
        yield f"evidence that the year's documents do not name: {', '.join(ours)}"


# The settlement ------------------------------------------------------------------------------------------------------


def settle(year: int, languages: Sequence[Language], workspace: Workspace) -> None:
    """Settle a year: write the list, the workbook and the letters, and print the sums.

    Raise UserError with nothing written. With critical findings the findings are written, and nothing else.
    """
    with open_year(year, workspace, "the settlement") as found:
        decided = read_decisions(workspace.raw(year), f"raw/{year}", found.rules)
        settlement = settle_year(found.rules, found.rows(RECIPIENTS), decided)
        with progress("check"):
            found.findings(known_findings(year, workspace))
    path, target = workspace.made(year) / "settlement.csv", workspace.out / str(year) / "settlement"
    with progress("letters"), staged(workspace.processed) as stage:
        made, csv = stage / "settlement", stage / "settlement.csv"
        (made / "letters").mkdir(parents=True)
        for language in languages:
            for file, text in letters(settlement, language).items():
                write_text(made / "letters" / file, text)
        write_settlement_workbook(settlement, made / "settlement.xlsx")
        write_csv(settlement_list(settlement), csv)
        put_in_place({target: made, path: csv})
    print(*_settlement_lines(settlement), path, target, sep="\n")
    say_status_next(year, workspace)


def _settlement_lines(settlement: Settlement) -> Iterator[str]:
    rows, grant = settlement.rows, settlement.rules.grant
    if settlement.made_up:
        yield f"MADE-UP ANSWERS: amounts rest on {listed(settlement.made_up, 'en')}; no letter is to be sent"
    why = no_days(settlement.rules)
    if why:
        yield f"no return is called late: {why}"

    def asked(column: str) -> int:
        return int((rows[column] > 0).sum())

    whole = len(rows.filter(pl.col("repaid_kr") == pl.col("requisitioned_kr"), pl.col("repaid_kr") > 0))
    who = several(asked("repaid_kr"), "recipient", "recipients")
    yield f"repayments: {amount(settlement.sum('repaid_kr'))} from {who}, {whole} of them everything"
    for ground, column in ((grant.rests_on("unused"), "to_repay_kr"), (grant.rests_on("return"), "not_in_time_kr")):
        if ground:
            yield f"  {ground.id}: {amount(settlement.sum(column))} from {asked(column)}"
    claimed = several(asked("claim_kr"), "recipient", "recipients")
    yield f"claims after review: {amount(settlement.sum('claim_kr'))} from {claimed}"
    unknown = rows.filter(~pl.col("is_known"))
    for name, kr in unknown.select("municipality", "requisitioned_kr").iter_rows():
        yield (
            f"  unknown: {name}, {amount(kr)}: there is no return, and the year's rules "
            "have no ground and day to ask for the money by"
        )
    over = settlement.sum("requisitioned_kr") - grant.available_kr
    yield f"not requisitioned: {amount(settlement.not_requisitioned_kr)}" + (
        f" ({amount(over)} MORE was requisitioned than there was)" if over > 0 else ""
    )
    yield f"to the treasury: {amount(settlement.treasury_kr)}"
