"""Letters of the settlement in plain text: what a municipality is to repay, why, and how it is asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.language import brief, day, number
from pipeline.letters.plain_text import letter_file
from pipeline.money.decisions import Claim
from pipeline.money.settle import Settled, Settlement
from pipeline.year import Ground, Language, Text, Year

_INDENT = "   "


def letters(settlement: Settlement, language: Language) -> dict[str, str]:
    """Give a letter to each municipality that is asked for something, by file name: 1440-ale.txt, 1440-ale.en.txt."""
    return {
        letter_file(each.of.municipality_code, language): letter(each, settlement, language)
        for each in settlement.asked
    }


def letter(settled: Settled, settlement: Settlement, language: Language) -> str:
    """Write to one municipality that is asked for something."""
    return _Letter(settled, settlement, language).text()


@cache
def _phrases() -> dict[str, Text]:
    content = tomllib.loads(Path(__file__).with_name("settlement.toml").read_text(encoding="utf-8"))
    return {key: Text.model_validate(text) for key, text in content.items()}


class _Letter:
    """One letter, its paragraphs not wrapped: a point for each ground, unused money first and claims last."""

    def __init__(self, settled: Settled, settlement: Settlement, language: Language) -> None:
        self.settled, self.language = settled, language
        self.rules: Year = settlement.rules
        self.is_example = bool(settlement.made_up)

    def text(self) -> str:
        """Write the whole letter."""
        settled, year = self.settled, self.rules.year
        name = settled.of.name
        kinds = ("both" if settled.repayment_kr else "claim") if settled.claims else "repayment"
        points = list(self._points())
        return "\n\n".join(
            [
                *([self._say("made_up")] if self.is_example else []),
                self._say(f"subject_{kinds}", name=name, year=year),
                self._say("greeting"),
                self._say("about", grant=brief(self.rules.grant.name[self.language]), year=year),
                self._asked(),
                self._say("why"),
                *(f"{at}. {point}" for at, point in enumerate(points, start=1)),
                "\n".join([self._say("how"), *self._how()]),
                self._say("wrong"),
                self._say("closing"),
                self._say("signed") + "\n",
            ]
        )

    def _asked(self) -> str:
        """Say how much in all and, when both are asked for, how much of it is repayment and how much claims."""
        of, total_kr = self.settled.of, self.settled.total_kr
        whole = "all" if total_kr == of.requisitioned_kr else "part"
        said = self._say(
            f"asked_{whole}", name=of.name, requisitioned=self._n(of.requisitioned_kr), total=self._n(total_kr)
        )
        if not (self.settled.claims and self.settled.repayment_kr):
            return said
        repayment, claim = self._n(self.settled.repayment_kr), self._n(self.settled.claim_kr)
        return f"{said} {self._say('of_it', repayment=repayment, claim=claim)}"

    def _points(self) -> Iterator[str]:
        settled, grant = self.settled, self.rules.grant
        unused, late = grant.rests_on("unused"), grant.rests_on("return")
        if unused and settled.unused_kr:
            amount = self._n(settled.unused_kr)
            yield self._point(unused, settled.unused_kr, self._say("unused", amount=amount))
        if late and settled.last_day and settled.not_in_time_kr:
            last_day = day(settled.last_day, self.language)
            first_on = settled.of.first_on
            said = (
                self._say("returned_late", last_day=last_day, first_on=day(first_on, self.language))
                if first_on
                else self._say("not_returned", last_day=last_day)
            )
            rest = [self._say("the_rest")] if settled.not_in_time_kr < settled.of.requisitioned_kr else []
            yield self._point(late, settled.not_in_time_kr, said, *rest)
        for claim in settled.claims:
            yield self._point(claim.ground, claim.amount_kr, *self._claimed(claim))

    def _claimed(self, claim: Claim) -> list[str]:
        return [
            self._say("claimed"),
            self._say("reason", reason=brief(claim.reason)),
            self._say("decided", when=day(claim.when, self.language), who=brief(claim.who)),
        ]

    def _point(self, ground: Ground, amount_kr: int, *lines: str) -> str:
        head = self._say("point", ground=brief(ground.text[self.language]), amount=self._n(amount_kr))
        return f"\n{_INDENT}".join([head, *lines])

    def _how(self) -> list[str]:
        grant = self.rules.grant
        last = [self._say("repay_by", day=day(grant.repay_by, self.language))] if grant.repay_by else []
        return [self._say(f"by_{grant.repay_how or 'unknown'}"), *last]

    def _n(self, value: int) -> str:
        return number(value, self.language)

    def _say(self, phrase: str, **data: object) -> str:
        return _phrases()[phrase][self.language].format(**data)
