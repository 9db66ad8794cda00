"""Letters of the settlement in plain text: what a municipality is to repay, why, and how it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language import brief
from pipeline.letters.plain_text import Letter, signature
from pipeline.phrases import Phrases
from pipeline.year import Language, Year

WORDS = Phrases(Path(__file__).with_name("words.toml"), "money/words.toml")


def letter(row: Mapping[str, Any], rules: Year, language: Language) -> Letter:
    """Write to one municipality, by its row of the settlement: a point a ground, unused money first and claims last."""
    grant, claims = rules.grant, row["claims"]
    grounds = {ground.id: brief(ground.text[language]) for ground in grant.ground}
    rest_on: dict[str, str] = {ground.rests_on: ground.id for ground in grant.ground}
    points: list[dict[str, Any]] = []
    for why, what, column in (("unused", "unused", "to_repay_kr"), ("late", "return", "not_in_time_kr")):
        if row[column]:
            points.append({"why": why, "ground": grounds[rest_on[what]], "kr": row[column]})
    for claim in claims:
        said = {"reason": brief(claim.reason), "when": claim.when, "who": brief(claim.who)}
        points.append({"why": "claim", "ground": grounds[claim.ground], "kr": claim.amount_kr, **said})
    kind = ("both" if row["repaid_kr"] else "claim") if claims else "repayment"
    of_whom = {"name": row["municipality"], "year": rules.year, "kind": kind}
    subject = WORDS(language, "letter.subject", **of_whom)
    text = WORDS(
        language,
        "letter.text",
        made_up=row["made_up_answers"],
        subject=subject,
        signature=signature(rules, language),
        **of_whom,
        grant=brief(grant.name[language]),
        requisitioned=row["requisitioned_kr"],
        total=row["total_kr"],
        repayment=row["repaid_kr"],
        claim=row["claim_kr"],
        points=points,
        last_day=row["last_day"],
        first_on=row["first_on"],
        repay_how=grant.repay_how,
        repay_by=grant.repay_by,
    )
    return Letter(row["municipality_code"], subject, f"{text}\n")
