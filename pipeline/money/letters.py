"""Letters of the settlement in plain text: what a municipality is to repay, why, and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.language import brief
from pipeline.letters.plain_text import letter_file
from pipeline.money.decisions import Claim
from pipeline.money.settle import Settlement
from pipeline.phrases import Phrases
from pipeline.year import Language, Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "money/words.toml")
_INDENT = "   "
Say = Callable[..., str]


def letters(settlement: Settlement, language: Language) -> dict[str, str]:
    """Return a letter to each municipality that is asked for something, by file name: 1440-ale.txt, 1440-ale.en.txt."""
    return {
        letter_file(row["municipality_code"], language): _letter(row, settlement, language)
        for row in settlement.asked.iter_rows(named=True)
    }


def _letter(row: Mapping[str, Any], settlement: Settlement, language: Language) -> str:
    """Write to one municipality, paragraphs not wrapped: a point a ground, unused money first and claims last."""
    rules, claims = settlement.rules, settlement.claims.get(row["municipality_code"], ())

    def say(phrase: str, **data: object) -> str:
        return WORDS(language, f"letter.{phrase}", **data)

    name, year, requisitioned_kr = row["municipality"], rules.year, row["requisitioned_kr"]
    kind = ("both" if row["repaid_kr"] else "claim") if claims else "repayment"
    whole = "all" if row["total_kr"] == requisitioned_kr else "part"
    asked = say(f"asked_{whole}", name=name, requisitioned=requisitioned_kr, total=row["total_kr"])
    if kind == "both":
        asked += f" {say('of_it', repayment=row['repaid_kr'], claim=row['claim_kr'])}"
    points = _points(row, claims, rules, language, say)
    how = [say("how"), say(f"by_{rules.grant.repay_how or 'unknown'}")]
    if rules.grant.repay_by:
        how.append(say("repay_by", day=rules.grant.repay_by))
    return "\n\n".join(
        [
            *([say("made_up")] if settlement.made_up else []),
            say(f"subject_{kind}", name=name, year=year),
            say("greeting"),
            say("about", grant=brief(rules.grant.name[language]), year=year),
            asked,
            say("why"),
            *(f"{at}. {point}" for at, point in enumerate(points, start=1)),
            "\n".join(how),
            *map(say, ("wrong", "closing")),
            say("signed") + "\n",
        ]
    )


def _points(
    row: Mapping[str, Any], claims: Sequence[Claim], rules: Year, language: Language, say: Say
) -> Iterator[str]:
    def point(ground: Any, amount_kr: int, *lines: str) -> str:
        head = say("point", ground=brief(ground.text[language]), amount=amount_kr)
        return f"\n{_INDENT}".join([head, *lines])

    grant, late_kr = rules.grant, row["not_in_time_kr"]
    if row["to_repay_kr"]:
        yield point(grant.rests_on("unused"), row["to_repay_kr"], say("unused", amount=row["to_repay_kr"]))
    if late_kr:
        phrase = "returned_late" if row["first_on"] else "not_returned"
        said = say(phrase, last_day=row["last_day"], first_on=row["first_on"])
        rest = [say("the_rest")] if late_kr < row["requisitioned_kr"] else []
        phrase = "returned_late" if row["first_on"] else "not_returned"
        said = say(phrase, last_day=row["last_day"], first_on=row["first_on"])
        yield point(grant.rests_on("return"), late_kr, said, *rest)
    for claim in claims:
        decided = say("decided", when=claim.when, who=brief(claim.who))
        reason = say("reason", reason=brief(claim.reason))
        yield point(claim.ground, claim.amount_kr, say("claimed"), reason, decided)
