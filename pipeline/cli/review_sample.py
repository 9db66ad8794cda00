"""`aterrapport review-sample`: whom to look at more closely, why, and what to ask them for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.cli.progress import step
from pipeline.cli.status import look_again
from pipeline.grant.opened import opened
from pipeline.grant.sample import Candidate, Chosen, draw, read_candidates, risks
from pipeline.grant.sample_list import sample_list, write_sample_workbook
from pipeline.output import write_csv
from pipeline.paths import Workspace
from pipeline.year import Year


def run(year: int, seed: int, size: int | None, workspace: Workspace) -> None:
    """Draw the sample of a year: write the list and the workbook, and print how it was drawn.

    UserError: nothing is written. With critical findings the findings are written, and nothing else.
    """
    with opened(year, workspace, "the sample") as found:
        draw((), seed, risks().size if size is None else size)  # a size that cannot be, before the slow part
        with step("check"):
            findings = found.findings()
        rules, candidates = found.rules, read_candidates(found, findings)
    chosen = draw(candidates, seed, risks().size if size is None else size)
    path = workspace.made(year) / "review_sample.csv"
    workbook = workspace.out / str(year) / "review_sample.xlsx"
    write_sample_workbook(chosen, candidates, rules, seed, workbook)
    write_csv(sample_list(chosen, rules, seed), path)
    for line in _told(chosen, candidates, rules, seed):
        print(line)
    print(path)
    print(workbook)
    look_again(year, workspace)


def _told(chosen: Sequence[Chosen], candidates: Sequence[Candidate], rules: Year, seed: int) -> Iterator[str]:
    by_risk = sum(each.part == "risk" for each in chosen)
    regions, all_regions = ({each.region_code for each in group} for group in ([c.of for c in chosen], candidates))
    yield (
        f"sample: {len(chosen)} of {len(candidates)} that used money, by seed {seed}: {by_risk} by risk, "
        f"{len(chosen) - by_risk} at random; {len(regions)} of {len(all_regions)} regions"
    )
    for risk in risks().risk:
        known = sum(each.row[risk.measure] is not None for each in candidates)
        met = sum(reason.risk is risk for each in candidates for reason in each.reasons)
        made_up = sorted(set(risk.rests_on) & set(rules.grant.synthetic))
        told = f"{met} meet it" if known else "not known of anybody"
        yield f"  {risk.id}: {told}" + (f" (MADE-UP ANSWERS: {', '.join(made_up)})" if known and made_up else "")
    if not rules.grant.evidence:
        yield "evidence: the year's rules name none ([[grant.evidence]] in year.toml)"
    ours = [point.id for point in rules.grant.evidence if point.ours]
    if ours:
        yield f"evidence that the year's documents do not name: {', '.join(ours)}"
