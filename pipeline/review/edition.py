"""The review edition: an executed notebook in, the same with what there is to look at out. No cell is run again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat.v4 import new_markdown_cell

from pipeline.check import Finding
from pipeline.model import Language
from pipeline.paths import REPORTS
from pipeline.publish.writer import Writer
from pipeline.review import lists
from pipeline.review.claims import Claim, claims_of, markdown_of
from pipeline.review.compare import Earlier, Printed, against_earlier, against_print
from pipeline.review.floats import floats, put_after
from pipeline.review.notes import Boxes, Note, Notes
from pipeline.review.rests import TEXT, Bearing, Rests, family
from pipeline.review.shown import Shown
from pipeline.review.source import Source
from pipeline.review.words import Speech
from pipeline.store import open_store, query
from pipeline.tabulate import Tables, read_declarations, tabulate
from pipeline.year import Year

_CORRECTIONS = (Path(__file__).parent / "corrections.sql").read_text(encoding="utf-8")
_KINDS: dict[Language, str] = {"sv": "gra", "en": "rev"}
"""What the ids of the edition's own tables begin with (quarto.yml)."""


@dataclass(frozen=True)
class Material:
    """What a review rests on: the store, the year's tables (a folder) and rules, what was found, an earlier build."""

    store: Path
    tables: Path
    rules: Year
    findings: Sequence[Finding]
    earlier: Earlier | None = None


@dataclass(frozen=True)
class Place:
    """A table or chart of the report: its label, its table, what there is to look at, and the box that says it."""

    label: str
    table: str
    note: Note
    box: str
    is_full: bool
    """False when the box only leads to another one."""


def write_review(executed: Path, target: Path, material: Material) -> None:
    """Write the review edition of an executed notebook, as a notebook that is rendered like any other."""
    notebook = nbformat.read(executed, as_version=4)
    spoken = _language(notebook)
    year = material.rules.year
    declarations = read_declarations(REPORTS)
    with open_store(material.store) as connection:
        tables = tabulate(connection, year, declarations)
        earlier = None if material.earlier is None else against_earlier(material.earlier, tables, material.tables)
        notes = Notes(
            tables,
            Rests(connection, tables, declarations, year),
            declarations.small_base,
            material.findings,
            query(connection, _CORRECTIONS, year=year).to_dicts(),
            against_print(connection, tables, declarations, year),
            earlier,
        )
    speech = Speech(spoken)
    edition = _Edition(notes, Boxes(notes, Shown(Writer(tables, declarations, spoken), speech), material.rules), tables)
    edition.write(notebook, material)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def _language(notebook: Any) -> Language:
    front = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
    return "sv" if str(front["lang"]).startswith("sv") else "en"


class _Edition:
    """The edition being written, in one language."""

    def __init__(self, notes: Notes, boxes: Boxes, tables: Tables) -> None:
        self.notes, self.boxes, self.tables = notes, boxes, tables
        self.say = boxes.say
        self.kind = _KINDS[self.say.language]

    def write(self, notebook: Any, material: Material) -> None:
        """Put everything into the notebook."""
        cells = notebook.cells
        claims = claims_of(cells, Source(cells, self.tables, material.rules.year), self.tables)
        places = self._places(cells)
        boxes = {place.label: place.box for place in places if place.box}
        number = 0
        for at, cell in enumerate(cells):
            its = claims.get(at, [])
            _edit(cell, lambda markdown: put_after(markdown, boxes), its, number)
            number += len(its)
        listed = [each for its in claims.values() for each in its]
        first = next((at for at, cell in enumerate(cells) if markdown_of(cell).lstrip().startswith("# ")), len(cells))
        opening = self._opening(places, len(listed), material)
        cells.insert(first, new_markdown_cell(opening, id="review-opening"))
        cells.append(new_markdown_cell(self._sources(places, listed), id="review-sources"))
        mark = f"draft-mark: {json.dumps(self.say('edition', 'mark'), ensure_ascii=False)}\n---"
        cells[0].source = re.sub(r"---\s*\Z", lambda _: mark, cells[0].source)

    def _places(self, cells: Sequence[Any]) -> list[Place]:
        """Find the tables and charts, and write their boxes. What is the same for two of them stands at the first.

        A chart that follows its table, or a table its chart, has no box of its own.
        """
        found: list[Place] = []
        full: dict[str, str] = {}
        families: dict[str, str] = {}
        shown = [each for cell in cells for each in floats(markdown_of(cell)) if each.table in self.tables]
        for name, together in groupby(shown, lambda each: str(each.table)):
            label, *also = [each.label for each in together]
            table, note = self.tables[name], self.notes.of(name)
            if name in full:
                found.append(Place(label, name, Note(), self.boxes.leading(full[name]), is_full=False))
                continue
            common = self.boxes.common(note)
            first = families.get(family(name))
            if common and first:
                common = [self.say("block", "same_family", place=first)]
                note = replace(note, counted=(), base=(), corrections=())
            elif common:
                families[family(name)] = label
            lines = [*common, *self.boxes.own(table, note)]
            if lines:
                full[name] = label
            found.append(Place(label, name, note, self.boxes.box(table, lines, also) if lines else "", is_full=True))
        return found

    def _opening(self, places: Sequence[Place], claims: int, material: Material) -> str:
        """Write the first chapter: how much there is to look at, and where."""
        say, printed = self.say, self.notes.printed
        lines = [
            say("edition", "findings", n=len(self.notes.findings)),
            say("edition", "corrections", n=len(self.notes.corrections)),
            say("edition", "printed", n=_differing(printed), year=str(printed.year))
            if printed.year
            else say("edition", "not_printed"),
            say("edition", "no_earlier")
            if self.notes.earlier is None
            else say("edition", "earlier", n=sum(each.count for each in self.notes.earlier.values())),
            say("edition", "claims", n=claims),
        ]
        concerned = [place for place in places if any(place.note.counts)]
        parts = [
            f"# {say('edition', 'chapter')} {{#review}}",
            f"**{say('edition', 'mark')}**",
            say("edition", "intro"),
            "\n".join(f"- {line}" for line in lines),
            lists.places(say, self.kind, concerned, self.tables) if concerned else say("edition", "no_places"),
            *self._unshown({place.table for place in places}, material),
        ]
        return "\n\n".join(parts)

    def _unshown(self, shown: set[str], material: Material) -> list[str]:
        """Write what differs in figures that stand in the text alone, and in tables that the report does not show."""
        say, lines = self.say, []
        for name, table in sorted(self.tables.items(), key=lambda each: each[0] != TEXT):
            note = self.notes.of(name)
            if name in shown or not note.printed.count + note.earlier.count:
                continue
            title = f"**{lists.title(table, say)}**"
            if name == TEXT:
                own = Note(printed=note.printed, earlier=note.earlier)
                lines += [f"{title}: {line}" for line in self.boxes.own(table, own)]
            else:
                lines.append(f"{title} (`{name}`): {say('block', 'differ', n=note.printed.count + note.earlier.count)}")
        if material.earlier:
            for name, there in (
                ("table_came", self.tables.keys() - material.earlier.tables.keys()),
                ("table_gone", material.earlier.tables.keys() - self.tables.keys()),
            ):
                if there:
                    lines.append(f"{say('block', name)}: {', '.join(f'`{each}`' for each in sorted(there))}")
        if not lines:
            return []
        listed = "\n".join(f"- {line}" for line in lines)
        return [f"## {say('edition', 'unshown')} {{#review-unshown}}", say("edition", "unshown_intro"), listed]

    def _sources(self, places: Sequence[Place], claims: Sequence[Claim]) -> str:
        """Write the last chapter: findings, corrections and claims in full, each with what it bears on."""
        say = self.say
        parts = [f"# {say('edition', 'sources')} {{#review-sources}}"]
        bearing = {
            at: self._borne({table: self.notes.of_finding(at, table) for table in self.tables}, places)
            for at in range(len(self.notes.findings))
        }
        loose = [at for at, borne in bearing.items() if set(borne) <= {say("list", "text")}]
        tabled = [at for at in bearing if at not in loose]
        for name, some in (("findings", tabled), ("loose", loose)):
            if some:
                intro = [say("list", "loose_intro")] if name == "loose" else []
                rows = {at: bearing[at] for at in some}
                parts += [f"## {say('list', name)}", *intro]
                parts.append(lists.findings(self.boxes, f"{self.kind}-{name}", say("list", f"{name}_caption"), rows))
        if self.notes.corrections:
            borne = [
                self._borne({table: self.notes.of_correction(at, table) for table in self.tables}, places)
                for at in range(len(self.notes.corrections))
            ]
            parts += [
                f"## {say('list', 'corrections')}",
                lists.corrections(self.boxes, f"{self.kind}-corrections", borne),
            ]
        if claims:
            parts += [f"## {say('list', 'claims')} {{#review-claims}}", say("list", "claims_intro")]
            parts.append(lists.claims(self.boxes.shown, f"{self.kind}-claims", claims, self.tables))
        return "\n\n".join(parts)

    def _borne(self, bearing: Mapping[str, Bearing | None], places: Sequence[Place]) -> list[str]:
        """Write what something bears on: tables and charts with a box of their own, bases, the figures of the text."""
        full = [place for place in places if place.is_full and bearing[place.table]]
        borne = [f"@{place.label}" for place in full if bearing[place.table] == "counted"]
        if len(full) > len(borne):
            borne.append(self.say("list", "base", n=len(full) - len(borne)))
        return [*borne, *([self.say("list", "text")] if bearing.get(TEXT) else [])]


def _differing(printed: Printed) -> int:
    return sum(each.count for each in printed.tables.values())


def _edit(cell: Any, put: Any, claims: Sequence[Claim], number: int) -> None:
    """Put boxes and the numbers of claims into what a cell contributes."""
    left = list(enumerate(claims, start=number + 1))

    def edited(markdown: str) -> str:
        at = 0
        while left:
            count, claim = left[0]
            words = r"\s+".join(re.escape(word) for word in claim.sentence.split())
            found = re.compile(words).search(markdown, at)
            if not found:
                break
            mark = f"[]{{#at-claim-{count}}}^[{count}](#claim-{count})^"
            markdown = markdown[: found.end()] + mark + markdown[found.end() :]
            at = found.end() + len(mark)
            left.pop(0)
        return str(put(markdown))

    if cell.cell_type == "markdown":
        cell.source = edited(cell.source)
    elif cell.cell_type == "code":
        for output in cell.outputs:
            if "text/markdown" in output.get("data", {}):
                output.data["text/markdown"] = edited(output.data["text/markdown"])
