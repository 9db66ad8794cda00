"""status.html: the steps of a year, and who has sent in a return, region by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from pipeline import language
from pipeline.language import brief
from pipeline.markdown import escape, floated, pipe_table
from pipeline.money.letters import WORDS
from pipeline.money.status import Task, YearFiles, state_of
from pipeline.register import regions
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.year import Language

_LANGUAGE: Language = "sv"


def status_page(year: YearFiles, todo: Sequence[Task], following: Task) -> bytes:
    """Return one HTML file that makes no request."""
    grant = escape(brief(year.rules.grant.name[_LANGUAGE]))
    front = {
        "title": _say("title", year=year.year),
        "subtitle": _say("subtitle", on=year.on, grant=grant),
        "description": _say("description"),
        "lang": _say("lang"),
    }
    return html(Document("status.html", front, "\n\n".join([*_steps(todo, following), *_returns(year)]) + "\n"))


def _steps(todo: Sequence[Task], following: Task) -> Iterator[str]:
    yield f"# {_say('steps')} {{#steps}}"
    yield f"{_say('command')} `aterrapport {following.command}`"
    states = {task.id: _say(state_of(task, following).replace(" ", "_")) for task in todo}
    rows = [[escape(language.sentence_case(WORDS(_LANGUAGE, f"task.{id_}"))), state] for id_, state in states.items()]
    table = pipe_table([_say("step"), _say("state")], [60, 40], [False, False], rows)
    yield floated("tbl-steps", table, _say("steps_caption"))


def _returns(year: YearFiles) -> Iterator[str]:
    """Write a table a region: each recipient, and the day that its first return came in."""
    if not year.facts["has_requisitions"]:
        return
    rows = year.recipients
    yield f"# {_say('returns')} {{#returns}}"
    yield _say("returns_of", came=int(rows["returned"].sum()), n=len(rows))
    if "submitted_on" in year.rules.grant.synthetic:
        yield _say("made_up")
    for code, region in regions().items():
        of_region = rows.filter(pl.col("region_code") == code)
        if len(of_region):
            cells = [[escape(row["municipality"]), _day(row, year)] for row in of_region.iter_rows(named=True)]
            table = pipe_table([_say("municipality"), _say("came")], [60, 40], [False, False], cells)
            counted = {"came": int(of_region["returned"].sum()), "n": len(of_region)}
            yield floated(f"tbl-region-{code}", table, _say("region_caption", region=escape(region.name), **counted))


def _day(row: dict[str, Any], year: YearFiles) -> str:
    if not row["returned"]:
        return f"**{_say('is_awaited' if year.is_early else 'is_missing')}**"
    return language.day(row["first_on"], _LANGUAGE) if row["first_on"] else _say("no_day")


def _say(phrase: str, **data: object) -> str:
    return WORDS(_LANGUAGE, f"status.{phrase}", **data)
