"""What there is to look at in each table: findings, corrections, small bases, what differs; and a box to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipeline import language
from pipeline.declarations import Column
from pipeline.language import UNKNOWN
from pipeline.markdown import Markdown, escape
from pipeline.mask import visible
from pipeline.paths import REPORTS
from pipeline.phrases import Phrases
from pipeline.report.blocks import Div
from pipeline.report.compare import Change, Difference, against_earlier, against_print
from pipeline.report.writer import Writer
from pipeline.store import query
from pipeline.tabulate import COUNTRY, Table, Tables
from pipeline.year import Year

AMOUNTS = frozenset({"requisitioned_kr", "unused_kr", "recipient"})
"""Fields that say who requisitioned, who sent in a return, and who used money."""
TEXT = "key_figures"
"""The table of the figures that stand in the text alone."""
_FILES = {"recipients": {"requisitioned_kr", "recipient"}, "returns": {"unused_kr", "recipient"}}
_OF_SOMEBODY = (["year"], ["municipality_code"])
"""Keys of tables that have a .sql file of their own and count or list recipients; others are about rules and files."""
_ASKED = "SELECT question, asked FROM questions WHERE year = $year"

Bearing = Literal["counted", "base"]


class Bearings:
    """Finds of which fields of the raw files a table is made. A field is a question's id, or an amount's."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
        self._asked: dict[str, str] = dict(query(connection, _ASKED, year=tables.year).iter_rows())
        self._declarations = tables.declarations
        self._measures = {measure.id for measure in tables.declarations.measure}
        self._counted = {name: self._fields(table) for name, table in tables.items()}

    def bears(self, field: str, table: str) -> Bearing | None:
        """Return whether a table counts a field, or has it decide who is in its base."""
        counted = self._counted[table]
        if field in counted:
            return "counted"
        return "base" if field in self._behind(counted) else None

    def _fields(self, table: Table) -> frozenset[str]:
        declared = table.declared
        if table.counted:
            asked = {row.question for row in table.counted}
            return frozenset(asked if asked <= set(self._asked) else AMOUNTS)
        if declared.by == "figure":
            return self._of_measures(measure.id for measure in self._declarations.measure if measure.figure)
        if declared.by is None and declared.key not in _OF_SOMEBODY:
            return frozenset()
        of_columns = self._of_measures(column.measure or column.id for column in declared.column)
        files = {field for need in declared.needs for field in _FILES.get(need, ())}
        # What is asked of somebody is made of amounts through its base alone.
        return of_columns or frozenset(files)

    def _of_measures(self, measures: Iterable[str]) -> frozenset[str]:
        fields: set[str] = set()
        for measure in self._measures & set(measures):
            fields |= set(self._declarations.measure_of(measure).asked) or AMOUNTS
        return frozenset(fields)

    def _behind(self, counted: frozenset[str]) -> set[str]:
        bases = {self._asked[field] for field in counted if field in self._asked}
        behind = {field for base in bases for field in self._declarations.deciding(base)}
        return behind | ({"recipient"} if bases - {"all"} else set())


def small_bases(table: Table, small: int) -> dict[str, int]:
    """Return the rows with fewer than `small` in their base, by key: one for each group of an axis, or for the table.

    In a table of answers the base is the column of that name. In another by an axis it is the first count: of
    municipalities. Other tables have none.
    """
    declared = table.declared
    if declared.counts_answers:
        column = "base"
    elif table.axis:
        column = next(one.id for one in declared.column if one.kind == "count")
    else:
        return {}
    found: dict[str, int] = {}
    groups = set()
    for key, row in table.rows.items():
        group = tuple(row[name] for name in declared.key if name != "option")
        base = row.get(column)
        if group in groups or group == (COUNTRY,) or base is None or base >= small:
            continue
        groups.add(group)
        found[key] = base
    return found


_CORRECTIONS = (Path(__file__).parent / "corrections.sql").read_text(encoding="utf-8")
PHRASES = Phrases(REPORTS / "review.toml", "reports/review.toml")
NOTHING = Difference()
_MOST_NAMED = 6
_LONGEST = 80
_DEFUSED = ("'=", "'+", "'-", "'@")
_KINDS: dict[str, type] = {"percent": int, "count": int, "kr": int, "tenths": float, "checksum": str}


@dataclass(frozen=True)
class Note:
    """What there is to look at in a table. Findings and corrections are named by their place in their lists."""

    counted: Sequence[int] = ()
    """Findings on what the table counts."""
    base: Sequence[int] = ()
    """Findings on who is in its base."""
    corrections: Sequence[int] = ()
    small: Mapping[str, int] = field(default_factory=dict)
    printed: Difference = NOTHING
    earlier: Difference = NOTHING

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """How many findings, corrections, small bases, and differences from print and from the earlier build."""
        findings = len(self.counted) + len(self.base)
        return findings, len(self.corrections), len(self.small), self.printed.count, self.earlier.count


class Notes:
    """Finds what there is to look at in the tables of a year, and says it."""

    def __init__(
        self, writer: Writer, connection: duckdb.DuckDBPyConnection, rules: Year, material: Mapping[str, Any]
    ) -> None:
        """Read it: `material` is what pipeline/letters/__init__.py writes."""
        self.writer, self.language, self.rules, self.tables = writer, writer.language, rules, writer.tables
        self.findings: list[Mapping[str, Any]] = material["findings"]
        self.corrections = query(connection, _CORRECTIONS, year=rules.year).to_dicts()
        self.printed_year, self.printed = against_print(connection, self.tables, rules.year)
        self.earlier: dict[str, Difference] | None = None
        self.missing: dict[str, set[str]] = {}
        """Tables that only this build has (`came`), or only the earlier one (`gone`)."""
        if material["earlier"]:
            folder = Path(material["earlier"])
            self.earlier = against_earlier(folder, Path(material["tables"]), self.tables)
            before = {path.stem for path in folder.glob("*.csv")}
            self.missing = {"came": self.tables.keys() - before, "gone": before - self.tables.keys()}
        self._fields = material["fields"] | {question.id: dict(question.text) for question in rules.question}
        self._bearings = Bearings(connection, self.tables)
        self._environment = PHRASES.environment(writer.language, writer.finalize)

    def say(self, name: str, **words: object) -> Markdown:
        """Return a phrase; words are Markdown."""
        given = {key: Markdown(value) if isinstance(value, str) else value for key, value in words.items()}
        return Markdown(PHRASES.fill(self._environment, name, **given))

    def of(self, table: str) -> Note:
        """Return what there is to look at in a table."""
        bearing = [self.of_finding(at, table) for at in range(len(self.findings))]
        return Note(
            [at for at, how in enumerate(bearing) if how == "counted"],
            [at for at, how in enumerate(bearing) if how == "base"],
            [at for at in range(len(self.corrections)) if self.of_correction(at, table)],
            small_bases(self.tables[table], self.writer.declarations.small_base),
            self.printed.get(table, NOTHING),
            (self.earlier or {}).get(table, NOTHING),
        )

    def of_finding(self, at: int, table: str) -> Bearing | None:
        """Return how a finding bears on a table. One on an amount says nothing of who is in a base."""
        finding = self.findings[at]
        if finding["on_print"]:
            address = finding["field"] if "/" in finding["field"] else f"{TEXT}/{finding['field']}"
            return "counted" if address.partition("/")[0] == table else None
        bearing = self._bearings.bears(finding["field"], table)
        return None if bearing == "base" and finding["field"] == "unused_kr" else bearing

    def of_correction(self, at: int, table: str) -> Bearing | None:
        """Return how a correction bears on a table. An amount decides who is in a base when it becomes zero, or was."""
        correction = self.corrections[at]
        bearing = self._bearings.bears(correction["field"], table)
        is_amount = bearing == "base" and correction["field"] in AMOUNTS
        is_zero = {_digits(correction["found"]), _digits(correction["corrected"])} & {"0"}
        return None if is_amount and not is_zero else bearing

    def box(self, table: Table, lines: Sequence[str], also: Sequence[str] = ()) -> Div:
        """Put lines into a box; `also` are the labels of what follows and shows the same table."""
        title = table.declared.title[self.language]
        label = self.say("block.label", title=title).translate(str.maketrans("", "", '"\\'))  # in an attribute
        name = f"**{self.say('block.title')}**"
        if also:
            name += f" {self.say('block.also', places=language.listed([f'@{name}' for name in also], self.language))}"
        return self._div(
            f'.review role="note" aria-label="{label}"', f"{name}\n\n" + "\n".join(f"- {line}" for line in lines)
        )

    def leading(self, place: str) -> Div:
        """Lead to the box under another table or chart, which shows the same table."""
        return self._div(".review", self.say("block.see", place=place))

    def common(self, note: Note) -> list[str]:
        """Say which findings and corrections there are: the same for a table in all its shapes."""
        lines = [self._findings(name, at) for name, at in (("findings", note.counted), ("base", note.base)) if at]
        if note.corrections:
            parts = [self._correction(self.corrections[at], at) for at in note.corrections]
            lines.append(f"{self.say('block.corrections', n=len(parts))}: {self._some(parts)}")
        return lines

    def own(self, table: Table, note: Note) -> list[str]:
        """Say which bases are small, and what differs."""
        lines, earlier = [], note.earlier
        if note.small:
            small = [
                self.say("block.small_row", row=self._row(table, table.rows[key], options=False), count=count)
                for key, count in note.small.items()
            ]
            few = language.words(self.writer.declarations.small_base, self.language)
            lines.append(f"{self.say('block.small', n=len(small), small=few)}: {self._some(small, ', ')}")
        if note.printed.changes:
            lines.append(self._printed(table, note.printed))
        if earlier.changes:
            lines.append(
                f"{self.say('block.changed', n=len(earlier.changes))}: {self._changes(table, earlier.changes)}"
            )
        for name, rows in (("came", [table.rows[key] for key in earlier.came]), ("gone", earlier.gone.values())):
            if names := [self._row(table, row) for row in rows]:
                lines.append(f"{self.say(f'block.{name}', n=len(names))}: {self._some(names)}")
        return lines

    def field(self, field_id: str) -> str:
        """Return what a field is called."""
        return visible(self._fields.get(field_id, {}).get(self.language, field_id))

    def _printed(self, table: Table, difference: Difference) -> str:
        year, same = self.printed_year, self.printed_year == self.rules.year
        said = self.say(f"block.printed_{'same' if same else 'before'}", n=len(difference.changes), year=str(year))
        not_comparable = {question.id for question in self.rules.question if not question.comparable}
        if not same and table.declared.questions & not_comparable:
            said = Markdown(f"{said} {self.say('block.not_comparable')}")
        return f"{said}: {self._changes(table, difference.changes)}"

    def _findings(self, name: str, places: Sequence[int]) -> str:
        by_rule: dict[str, list[str]] = {}
        for at in places:
            finding = self.findings[at]
            who = escape(finding["who"] or self.field(finding["field"]))
            by_rule.setdefault(finding["title"][self.language], []).append(f"[{who}](#found-{at + 1})")
        parts = [f"{escape(title)}: {self._some(who, ', ')}" for title, who in by_rule.items()]
        return f"{self.say(f'block.{name}', n=len(places))}. {'; '.join(parts)}"

    def _correction(self, correction: Mapping[str, Any], at: int) -> str:
        words = {"who": f"[{escape(correction['municipality'])}](#corrected-{at + 1})"}
        words["field"] = escape(self.field(correction["field"]))
        if correction["kind"] == "text":  # free text is not shown
            return self.say("block.text_corrected", **words)
        words |= {name: escape(cut(correction[name])) or UNKNOWN for name in ("found", "corrected")}
        return self.say("block.correction", **words)

    def _changes(self, table: Table, changes: Sequence[Change]) -> str:
        """Write changes, a part a row."""
        columns = {column.id: column for column in table.declared.column}
        parts = []
        for key, together in groupby(changes, lambda change: change.key):
            cells = []
            for change in together:
                column = columns[change.column]
                words = {"column": escape(self._column(column)), "before": self._then(table, column, change)}
                words["now"] = self.writer.addressed(table.cell(key, column.id))
                cells.append(self.say(f"block.{'only_cell' if column.kind == 'unit' else 'cell'}", **words))
            parts.append(self.say("block.row", row=self._row(table, table.rows[key]), cells=", ".join(cells)))
        return self._some(parts)

    def _row(self, table: Table, row: Mapping[str, Any], *, options: bool = True) -> str:
        """Name a row by what tells it apart, in words where it has some; on wish without the answer it counts."""
        parts = [self._key(table, row, key) for key in table.declared.key if options or key != "option"]
        return escape(cut(", ".join(parts))) or self.say("block.whole")

    def _key(self, table: Table, row: Mapping[str, Any], key: str) -> str:
        value = str(row[key])
        if any(column.kind == "label" and column.of == key for column in table.declared.column):
            known = {option.id for option in table.declared.option}
            return self.writer.option(table, value) if value in known else str(row.get("label") or value)
        if value == COUNTRY and table.declared.country:
            return table.declared.country[self.language]
        return str(row.get(key.removesuffix("_code")) or value)

    def _then(self, table: Table, column: Column, change: Change) -> str:
        """Write a value that a CSV file held or print had, as tables write it."""
        kind = str(table.rows[change.key]["unit"]) if column.kind == "unit" else column.kind
        text = change.before[1:] if change.before.startswith(_DEFUSED) else change.before
        try:
            written = language.written(_KINDS.get(kind, str)(text), kind, self.language) if text else UNKNOWN
        except ValueError:
            written = text
        return f"`{written}`" if kind == "checksum" and text else escape(cut(written))

    def _column(self, column: Column) -> str:
        """Return what a column is called: in a word, by its heading, or by the measure that it holds."""
        measure = next((m for m in self.writer.declarations.measure if m.id == (column.measure or column.id)), None)
        label = column.label or (measure.label if measure else None)
        return PHRASES.word(self.language, f"name.{column.id}") or (label[self.language] if label else column.id)

    def _some(self, parts: Sequence[str], between: str = "; ") -> str:
        """Join the first few parts, and say how many more there are."""
        first, left = between.join(parts[:_MOST_NAMED]), len(parts) - _MOST_NAMED
        return f"{first} {self.say('block.more', n=left)}" if left > 0 else first

    def _div(self, attributes: str, text: str) -> Div:
        return Div(holder=self.writer, attributes=attributes, text=text)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Cut a long text with an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _digits(text: str) -> str:
    return "".join(letter for letter in text.partition(",")[0] if letter.isdecimal()).lstrip("0") or "0"
