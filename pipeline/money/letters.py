"""Letters of the settlement in plain text: what a municipality is to repay, why, and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.language import brief
from pipeline.letters.plain_text import letter_file
from pipeline.phrases import Phrases
from pipeline.year import Language, Point, Year

__all__ = ["WORDS", "letter", "letter_file"]

WORDS = Phrases(Path(__file__).with_name("words.toml"), "money/words.toml")
Say = Callable[..., str]


def letter(row: Mapping[str, Any], rules: Year, language: Language) -> str:
    """Write to one municipality, paragraphs not wrapped: a point a ground, unused money first and claims last."""
    grant, name, total_kr, requisitioned_kr = rules.grant, row["municipality"], row["total_kr"], row["requisitioned_kr"]

    def say(phrase: str, **data: object) -> str:
        return WORDS(language, f"letter.{phrase}", **data)

    kind = ("both" if row["repaid_kr"] else "claim") if row["claims"] else "repayment"
    whole = "all" if total_kr == requisitioned_kr else "part"
    asked = say(f"asked_{whole}", name=name, requisitioned=requisitioned_kr, total=total_kr)
    if kind == "both":
        asked += f" {say('of_it', repayment=row['repaid_kr'], claim=row['claim_kr'])}"
    how = [say("how"), say(f"by_{grant.repay_how or 'unknown'}")]
    if grant.repay_by:
        how.append(say("repay_by", day=grant.repay_by))
    parts = [
        *([say("made_up")] if row["made_up_answers"] else []),
        say(f"subject_{kind}", name=name, year=rules.year),
        say("greeting"),
        say("about", grant=brief(grant.name[language]), year=rules.year),
        asked,
        say("why"),
        *(f"{at}. {point}" for at, point in enumerate(_points(row, rules, language, say), start=1)),
        "\n".join(how),
        say("wrong"),
        say("closing"),
        say("signed") + "\n",
    ]
    return "\n\n".join(parts)


def _points(row: Mapping[str, Any], rules: Year, language: Language, say: Say) -> Iterator[str]:
    grant, late_kr = rules.grant, row["not_in_time_kr"]
    grounds = {ground.id: ground for ground in grant.ground}

    def point(ground: Point | None, amount_kr: int, *lines: str) -> str:
        head = say("point", ground=brief(ground.text[language]) if ground else "", amount=amount_kr)
        return "\n   ".join([head, *lines])

    if row["to_repay_kr"]:
        yield point(grant.rests_on("unused"), row["to_repay_kr"], say("unused", amount=row["to_repay_kr"]))
    if late_kr:
        phrase = "returned_late" if row["first_on"] else "not_returned"
        rest = [say("the_rest")] if late_kr < row["requisitioned_kr"] else []
        said = say(phrase, last_day=row["last_day"], first_on=row["first_on"])
        yield point(grant.rests_on("return"), late_kr, said, *rest)
    for claim in row["claims"]:
        decided = say("decided", when=claim.when, who=brief(claim.who))
        yield point(
            grounds[claim.ground], claim.amount_kr, say("claimed"), say("reason", reason=brief(claim.reason)), decided
        )
