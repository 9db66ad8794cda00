"""The tables of the review edition's own chapters: places, findings, corrections, claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline import language
from pipeline.letters import words as of_findings
from pipeline.markdown import escape, floated, pipe_table
from pipeline.review.notes import Boxes, is_free_text
from pipeline.review.shown import Shown, cut
from pipeline.review.words import Speech
from pipeline.tabulate import Table, Tables

if TYPE_CHECKING:
    from pipeline.review.claims import Claim
    from pipeline.review.edition import Place

_COUNTED = ("findings", "corrections", "small", "printed", "earlier")
_LONGEST = 160


def title(table: Table, say: Speech) -> str:
    """What a table is called."""
    return escape(table.declared.title[say.language])


def places(say: Speech, kind: str, found: Sequence[Place], tables: Tables) -> str:
    """Write the tables and charts with something to look at, a row each, with how much of what."""
    rows = [
        [f"@{place.label}. {title(tables[place.table], say)}", *(_count(n, say) for n in place.note.counts)]
        for place in found
    ]
    head = [say("column", "place"), *(say("column", each) for each in _COUNTED)]
    table = pipe_table(head, [48, 11, 14, 9, 9, 10], [False] + [True] * 5, rows)
    return _listing(floated(f"{kind}-places", table, say("edition", "places")))


def findings(boxes: Boxes, label: str, caption: str, bearing: Mapping[int, Sequence[str]]) -> str:
    """Write findings, with what each bears on."""
    say, rows = boxes.say, []
    for at, borne in bearing.items():
        finding = boxes.notes.findings[at]
        who = escape(of_findings.municipality(finding) or "") or say("list", "nothing")
        place = escape(of_findings.plain(finding.file)) + (f", {finding.row}" if finding.row is not None else "")
        rows.append(
            [
                f"[{who}]{{#found-{at + 1}}}",
                escape(cut(boxes.field(finding.field))),
                escape(of_findings.message(finding, say.language)),
                place,
                _borne(borne, say),
            ]
        )
    head = [say("column", each) for each in ("municipality", "field", "message", "stands", "bears")]
    return _wide(floated(label, pipe_table(head, [14, 20, 30, 18, 18], [False] * 5, rows), caption))


def corrections(boxes: Boxes, label: str, bearing: Sequence[Sequence[str]]) -> str:
    """Write the corrections, with what each bears on."""
    say, rows = boxes.say, []
    for at, (each, borne) in enumerate(zip(boxes.notes.corrections, bearing, strict=True)):
        words = {name: escape(cut(str(each[name]), _LONGEST)) for name in ("found", "corrected", "reason", "who")}
        words["day"] = language.day(each["decided_on"], say.language)
        said = say("list", "text_correction" if is_free_text(each) else "correction", None, **words)
        rows.append(
            [
                f"[{escape(each['municipality'])}]{{#corrected-{at + 1}}}",
                escape(cut(boxes.field(each["field"]))),
                said,
                f"{escape(each['file'])}, {each['row']}",
                _borne(borne, say),
            ]
        )
    head = [say("column", each) for each in ("municipality", "field", "correction", "stands", "bears")]
    return _wide(
        floated(label, pipe_table(head, [14, 20, 30, 18, 18], [False] * 5, rows), say("list", "corrections_caption"))
    )


def claims(shown: Shown, label: str, found: Sequence[Claim], tables: Tables) -> str:
    """Write the claims, with the figures that bear each and their addresses."""
    say, rows = shown.speech, []
    for number, claim in enumerate(found, start=1):
        figures = [_figure(shown, address, tables) for address in claim.addresses]
        rows.append([f"[[{number}](#at-claim-{number})]{{#claim-{number}}}", claim.sentence, "; ".join(figures)])
    head = [say("column", each) for each in ("number", "claim", "figures")]
    return _wide(
        floated(label, pipe_table(head, [6, 48, 46], [True, False, False], rows), say("list", "claims_caption"))
    )


def _figure(shown: Shown, address: str, tables: Tables) -> str:
    code = f"`{address}`"
    if "/" not in address:
        return f"{shown.speech('list', 'whole_table')} {code}"
    return f"{shown.cell(tables[address.partition('/')[0]], address)} {code}"


def _borne(borne: Sequence[str], say: Speech) -> str:
    return ", ".join(borne) or say("list", "nothing")


def _count(n: int, say: Speech) -> str:
    return language.number(n, say.language) if n else say("list", "nothing")


def _listing(table: str) -> str:
    """Mark a table that keeps its widths in print, and may break there, however short it is."""
    return table.replace("}", " .listing}", 1)


def _wide(table: str) -> str:
    return f"::::: {{.wide}}\n\n{_listing(table)}\n:::::"
