"""The review edition: what cells show, written once all of it is known, with what there is to look at in it.

The environment's ATERRAPPORT_REVIEW is a JSON file with `tables` (the folder of the year's CSV files), `earlier` (that
of an earlier build, or null), `findings` in words and `fields` (pipeline/letters/__init__.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import duckdb

from pipeline import language
from pipeline.language import UNKNOWN
from pipeline.markdown import escape
from pipeline.report.blocks import Div, Float, TableBlock
from pipeline.report.claims import Claims
from pipeline.report.notes import TEXT, Bearing, Note, Notes, cut
from pipeline.report.prose import Piece
from pipeline.report.writer import Writer
from pipeline.year import Year

_KINDS = {"sv": "gra", "en": "rev"}  # what the ids of the edition's own tables begin with (quarto.yml)
_PLACES = {"place": 48, "findings": 11, "corrections": 14, "small": 9, "printed": 9, "earlier": 10}
_FINDINGS = {"municipality": 14, "field": 20, "message": 30, "stands": 18, "bears": 18}
_CORRECTIONS = {"municipality": 14, "field": 20, "correction": 30, "stands": 18, "bears": 18}
_CLAIMS = {"number": 6, "claim": 48, "figures": 46}
"""Columns of the edition's own tables, with their widths."""
_LONGEST = 160


@dataclass(frozen=True)
class ReviewedFloat:
    """A table or chart of the report: its label, its table, what there is to look at, and the box that says it."""

    label: str
    table: str
    note: Note
    box: Div | None
    is_full: bool
    """False when the box only leads to another one."""


class Review:
    """The review edition being written."""

    def __init__(self, path: Path, writer: Writer, connection: duckdb.DuckDBPyConnection, rules: Year) -> None:
        self.writer, self.tables = writer, writer.tables
        self.notes = Notes(writer, connection, rules, json.loads(path.read_text(encoding="utf-8")))
        self.say, self.kind = self.notes.say, _KINDS[writer.language]
        self.claims = Claims(writer)
        self.cells: list[list[Piece]] = []

    def finish(self) -> tuple[list[Piece], list[list[Piece]], list[Piece]]:
        """Return the first chapter, the cells with boxes and numbers of claims, and the last chapter."""
        places = list(self._places())
        boxes = {place.label: place.box for place in places}
        cells = [[part for piece in cell for part in self._reviewed(piece, boxes)] for cell in self.cells]
        return list(self._opening(places)), cells, list(self._sources(places))

    def _reviewed(self, piece: Piece, boxes: Mapping[str, Div | None]) -> Iterator[Piece]:
        """Number the claims of a piece, and put the box of a table or chart after it."""
        if isinstance(piece, str):
            yield self.claims.numbered(piece)
        elif isinstance(piece, TableBlock):
            yield replace(piece, note=self.claims.note(piece.note))
        else:
            yield piece
        box = boxes.get(piece.label) if isinstance(piece, Float) else None
        if box:
            yield box

    def _places(self) -> Iterator[ReviewedFloat]:
        """Find the tables and charts, and write their boxes. What is the same for two of them stands at the first.

        A chart that follows its table, or a table its chart, has no box of its own.
        """
        full: dict[str, str] = {}
        families: dict[str, str] = {}
        floats = [
            piece for cell in self.cells for piece in cell if isinstance(piece, Float) and piece.table_id in self.tables
        ]
        for name, together in groupby(floats, lambda piece: str(piece.table_id)):
            label, *also = [piece.label for piece in together]
            if name in full:
                yield ReviewedFloat(label, name, Note(), self.notes.leading(full[name]), is_full=False)
                continue
            note = self.notes.of(name)
            # The tables of a question have the same answers behind them: of the country, by an axis, by year.
            family = self.tables[name].national or name
            common, first = self.notes.common(note), families.get(family)
            if common and first:
                common = [self.say("block.same_family", place=first)]
                note = replace(note, counted=(), base=(), corrections=())
            elif common:
                families[family] = label
            if lines := [*common, *self.notes.own(self.tables[name], note)]:
                full[name] = label
            box = self.notes.box(self.tables[name], lines, also) if lines else None
            yield ReviewedFloat(label, name, note, box, is_full=True)

    def _opening(self, places: Sequence[ReviewedFloat]) -> Iterator[Piece]:
        """Write the first chapter: how much there is to look at, and where."""
        say, notes, printed = self.say, self.notes, self.notes.printed_year
        differing = sum(difference.count for difference in notes.printed.values())
        changes = None if notes.earlier is None else sum(difference.count for difference in notes.earlier.values())
        lines = [
            say("edition.findings", n=len(notes.findings)),
            say("edition.corrections", n=len(notes.corrections)),
            say(f"edition.{'printed' if printed else 'not_printed'}", n=differing, year=str(printed)),
            say(f"edition.{'no_earlier' if changes is None else 'earlier'}", n=changes),
            say("edition.claims", n=len(self.claims.found)),
        ]
        yield f"---\ndraft-mark: {json.dumps(say('edition.mark'), ensure_ascii=False)}\n---"
        yield f"# {say('edition.chapter')} {{#review}}\n\n**{say('edition.mark')}**\n\n{say('edition.intro')}"
        yield _listed(lines)
        concerned = [place for place in places if any(place.note.counts)]
        if not concerned:
            yield say("edition.no_places")
        else:
            names = [f"@{place.label}. {self._title(place.table)}" for place in concerned]
            counts = [[self._count(n) for n in place.note.counts] for place in concerned]
            rows = [[name, *its] for name, its in zip(names, counts, strict=True)]
            yield self._list("places", say("edition.places"), _PLACES, rows, numbers=True)
        if elsewhere := list(self._elsewhere({place.table for place in places})):
            yield f"## {say('edition.unshown')} {{#review-unshown}}\n\n{say('edition.unshown_intro')}"
            yield _listed(elsewhere)

    def _elsewhere(self, places: set[str]) -> Iterator[str]:
        """Say what differs in figures that stand in the text alone, and in tables that the report does not show."""
        for name, table in sorted(self.tables.items(), key=lambda pair: pair[0] != TEXT):
            note = self.notes.of(name)
            count, title = note.printed.count + note.earlier.count, f"**{self._title(name)}**"
            if name in places or not count:
                continue
            if name == TEXT:
                own = Note(printed=note.printed, earlier=note.earlier)
                yield from (f"{title}: {line}" for line in self.notes.own(table, own))
            else:
                yield f"{title} (`{name}`): {self.say('block.differ', n=count)}"
        for how, names in self.notes.missing.items():
            if names:
                yield f"{self.say(f'block.table_{how}')}: {', '.join(f'`{name}`' for name in sorted(names))}"

    def _sources(self, places: Sequence[ReviewedFloat]) -> Iterator[Piece]:
        """Write the last chapter: findings, corrections and claims in full, each with what it bears on."""
        say, notes = self.say, self.notes
        yield f"# {say('edition.sources')} {{#review-sources}}"
        bearing = [self._borne(self.notes.of_finding, at, places) for at in range(len(notes.findings))]
        loose = {at for at, borne in enumerate(bearing) if set(borne) <= {say("list.text")}}
        for name, some in (("findings", set(range(len(bearing))) - loose), ("loose", loose)):
            if some:
                yield f"## {say(f'list.{name}')}" + (f"\n\n{say('list.loose_intro')}" if name == "loose" else "")
                rows = [self._finding(at, bearing[at]) for at in sorted(some)]
                yield self._list(name, say(f"list.{name}_caption"), _FINDINGS, rows)
        if notes.corrections:
            yield f"## {say('list.corrections')}"
            borne = [self._borne(notes.of_correction, at, places) for at in range(len(notes.corrections))]
            rows = [self._correction(at, its) for at, its in enumerate(borne)]
            yield self._list("corrections", say("list.corrections_caption"), _CORRECTIONS, rows)
        if self.claims.found:
            yield f"## {say('list.claims')} {{#review-claims}}\n\n{say('list.claims_intro')}"
            told = [(claim.sentence, "; ".join(map(self._figure, claim.addresses))) for claim in self.claims.found]
            rows = [[f"[[{at}](#at-claim-{at})]{{#claim-{at}}}", *its] for at, its in enumerate(told, start=1)]
            yield self._list("claims", say("list.claims_caption"), _CLAIMS, rows)

    def _borne(self, how: Callable[[int, str], Bearing | None], at: int, places: Sequence[ReviewedFloat]) -> list[str]:
        """Say what something bears on: tables and charts with a box of their own, bases, the figures of the text."""
        full = {place.label: how(at, place.table) for place in places if place.is_full}
        borne = [f"@{label}" for label, bearing in full.items() if bearing == "counted"]
        bases = sum(bearing == "base" for bearing in full.values())
        borne += [self.say("list.base", n=bases)] * bool(bases)
        return [*borne, *[self.say("list.text")] * bool(TEXT in self.tables and how(at, TEXT))]

    def _finding(self, at: int, borne: Sequence[str]) -> list[str]:
        finding = self.notes.findings[at]
        who = f"[{escape(finding['who'] or '') or UNKNOWN}]{{#found-{at + 1}}}"
        field, said = escape(cut(self.notes.field(finding["field"]))), escape(finding["said"][self.writer.language])
        place = escape(finding["file"]) + (f", {finding['row']}" if finding["row"] is not None else "")
        return [who, field, said, place, ", ".join(borne) or UNKNOWN]

    def _correction(self, at: int, borne: Sequence[str]) -> list[str]:
        correction = self.notes.corrections[at]
        given = {name: str(correction[name]) for name in ("found", "corrected", "reason", "who")}
        words: dict[str, str] = {name: escape(cut(text, _LONGEST)) for name, text in given.items()}
        words["day"] = language.day(correction["decided_on"], self.writer.language)
        said = self.say(f"list.{'text_correction' if correction['kind'] == 'text' else 'correction'}", **words)
        who = f"[{escape(correction['municipality'])}]{{#corrected-{at + 1}}}"
        field, place = escape(cut(self.notes.field(correction["field"]))), escape(correction["file"])
        return [who, field, said, f"{place}, {correction['row']}", ", ".join(borne) or UNKNOWN]

    def _figure(self, address: str) -> str:
        if "/" not in address:
            return f"{self.say('list.whole_table')} `{address}`"
        return f"{self.writer.addressed(self.tables.cell(address))} `{address}`"

    def _list(
        self,
        name: str,
        caption: str,
        columns: Mapping[str, int],
        rows: Sequence[Sequence[str]],
        *,
        numbers: bool = False,
    ) -> TableBlock:
        """Return a table of the edition itself. One with `numbers` has them in all columns but the first."""
        heads = [
            (self.say(f"column.{column}"), width, (numbers and at > 0) or column == "number")
            for at, (column, width) in enumerate(columns.items())
        ]
        return TableBlock(
            holder=self.writer, label=f"{self.kind}-{name}", table_id=None, caption=caption, heads=heads, rows=rows,
            listing=True, wide=not numbers,
        )  # fmt: skip

    def _title(self, table: str) -> str:
        return escape(self.tables[table].declared.title[self.writer.language])

    def _count(self, n: int) -> str:
        return language.number(n, self.writer.language) if n else UNKNOWN


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
