"""`aterrapport settle`: what each recipient is to repay, as a list, a workbook and letters; what the treasury gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.cli.progress import step
from pipeline.cli.status import look_again
from pipeline.grant.decisions import read_decisions
from pipeline.grant.opened import opened
from pipeline.grant.screen import amount, several
from pipeline.grant.settle import Settlement, no_days, read_recipients, settle
from pipeline.grant.settlement_letter import letters
from pipeline.grant.settlement_list import settlement_list, write_settlement_workbook
from pipeline.language import listed
from pipeline.output import replace_folder, write_bytes, write_csv
from pipeline.paths import Workspace
from pipeline.year import Language


def run(year: int, languages: Sequence[Language], workspace: Workspace) -> None:
    """Settle a year: write the list, the workbook and the letters, and print the sums. UserError: nothing is written.

    With critical findings the findings are written, and nothing else.
    """
    with opened(year, workspace, "the settlement") as found:
        decided = read_decisions(workspace.raw(year), f"raw/{year}", found.rules)
        settlement = settle(found.rules, read_recipients(found), decided)
        with step("check"):
            found.findings()
    path = workspace.made(year) / "settlement.csv"
    target = workspace.out / str(year) / "settlement"
    with step("letters"):
        _write(settlement, languages, target)
    write_csv(settlement_list(settlement), path)
    for line in _told(settlement):
        print(line)
    print(path)
    print(target)
    look_again(year, workspace)


def _write(settlement: Settlement, languages: Sequence[Language], target: Path) -> None:
    """Make the folder of workbook and letters whole, then put it in the place of the old one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".settlement-") as folder:
        made = Path(folder) / "settlement"
        (made / "letters").mkdir(parents=True)
        for language in languages:
            for file, text in letters(settlement, language).items():
                write_bytes(made / "letters" / file, text.encode())
        write_settlement_workbook(settlement, made / "settlement.xlsx")
        replace_folder(made, target)


def _told(settlement: Settlement) -> Iterator[str]:
    recipients, grant = settlement.recipients, settlement.rules.grant
    if settlement.made_up:
        yield f"MADE-UP ANSWERS: amounts rest on {listed(settlement.made_up, 'en')}; no letter is to be sent"
    why = no_days(settlement.rules)
    if why:
        yield f"no return is called late: {why}"
    repaying = [each for each in recipients if each.repayment_kr]
    whole = sum(each.repayment_kr == each.of.requisitioned_kr for each in repaying)
    who = several(len(repaying), "recipient", "recipients")
    yield f"repayments: {amount(settlement.repayment_kr)} from {who}, {whole} of them everything"
    for ground, amounts in (
        (grant.rests_on("unused"), [each.unused_kr for each in recipients]),
        (grant.rests_on("return"), [each.not_in_time_kr for each in recipients]),
    ):
        if ground:
            yield f"  {ground.id}: {amount(sum(amounts))} from {sum(amount > 0 for amount in amounts)}"
    claimed = [each for each in recipients if each.claims]
    yield f"claims after review: {amount(settlement.claim_kr)} from {several(len(claimed), 'recipient', 'recipients')}"
    for each in settlement.unknown:
        yield (
            f"  unknown: {each.of.name}, {amount(each.of.requisitioned_kr)}: there is no return, and the year's rules "
            "have no ground and day to ask for the money by"
        )
    over = settlement.requisitioned_kr - grant.available_kr
    yield f"not requisitioned: {amount(settlement.not_requisitioned_kr)}" + (
        f" ({amount(over)} MORE was requisitioned than there was)" if over > 0 else ""
    )
    yield f"to the treasury: {amount(settlement.treasury_kr)}"
