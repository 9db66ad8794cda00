"""What a cell of a report may call: table, chart, map, number, sentence. Everything it gives is Markdown.

A number is written with its address, `[84]{.n data-n="collaboration/civil_society/count"}`. In sentences it stands as
`{address}`, `{address:words}` (up to twelve as a word), `{address:Words}` (with a capital), `{address:about}`
("cirka 86 miljoner kronor"), and with a noun as `{address:words:kommun|kommuner}`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline import claims, language
from pipeline.errors import UserError
from pipeline.markdown import Markdown, escape, floated, pipe_table, span
from pipeline.paths import REPORTS, Workspace
from pipeline.register import regions
from pipeline.store import open_store, query
from pipeline.tabulate import Cell, Table, Tables, read_declarations, tabulate
from pipeline.year import Language

_PLACEHOLDER = re.compile(r"\{(?P<name>\w[\w/-]*)(?::(?P<style>\w*))?(?::(?P<one>[^{}|]*)\|(?P<many>[^{}|]*))?\}")
_NUMBERS = ("count", "kr", "percent", "year")
_UNKNOWN = "–"
_CHECKSUM_SHOWN = 12


class Report:
    """One year in one language: its tables, and the Markdown that a report is made of."""

    def __init__(
        self, year: int, language: Language, tables: Tables, printed_years: list[int], synthetic: list[str]
    ) -> None:
        """Hold what a report tells.

        `printed_years` are those whose funds come from print, for want of returns; `synthetic` are the ids of the
        questions whose answers are made up.
        """
        self.year = year
        self.language: Language = language
        self.tables = tables
        self.printed_years = printed_years
        self.synthetic = synthetic

    def has(self, address: str) -> bool:
        """Tell whether there is a value at an address."""
        table_id, _, rest = address.partition("/")
        return rest.rpartition("/")[0] in self.tables[table_id].rows and self.value(address) is not None

    def value(self, address: str) -> Any:
        """Give the value at an address, to compare with."""
        return self.tables.cell(address).value

    def n(self, address: str, style: str = "") -> Markdown:
        """Write one number with its address."""
        cell = self.tables.cell(address)
        return Markdown(span(self._shown(cell, style), address))

    def say(self, *variants: str | tuple[bool, str], **words: str) -> Markdown:
        """Write the first sentence that holds, its numbers and words filled in. FalseClaimError when none does."""
        pairs = [(True, each) if isinstance(each, str) else each for each in variants]
        return Markdown(self._fill(claims.choose(*pairs), words))

    def paragraph(self, *sentences: str) -> Markdown:
        """Join sentences to a paragraph; empty ones, said of nothing, fall away."""
        return Markdown(" ".join(sentence for sentence in sentences if sentence))

    def claim(self, holds: bool, sentence: str, **words: str) -> Markdown:
        """Write a sentence that must be true. FalseClaimError, naming it, when it is not."""
        return Markdown(self._fill(claims.claim(holds, sentence), words))

    def table(self, table_id: str, label: str, caption: str, note: str = "") -> Markdown:
        """Write a table as a float with its caption, and the note under it."""
        table = self.tables[table_id]
        columns = table.declared.printed
        rows = [
            [self._printed(table, key, cell, first=at == 0) for at, (_, cell) in enumerate(table.cells(key))]
            for key in table.rows
        ]
        body = pipe_table(
            [escape(column.label[self.language]) for column in columns if column.label],
            [column.width for column in columns],
            [column.kind in ("count", "kr", "percent", "unit") for column in columns],
            rows,
        )
        under = f"\n::: {{.table-note}}\n{self._fill(note, {})}\n:::\n" if note else ""
        return Markdown(floated(label, body, self._fill(caption, {})) + under)

    def bars(self, table_id: str, column: str, label: str, caption: str, alt: str, unit: str) -> Markdown:
        """Write a bar chart of a column, each bar with its number and share. `{rows}` in `alt`: the data in words."""
        from pipeline.draw import bars, to_svg

        table = self.tables[table_id]
        names = [self._words(table, row) for row in table.rows.values()]
        shares = [
            language.percent(row["percent"], self.language) if row["percent"] is not None else _UNKNOWN
            for row in table.rows.values()
        ]
        counts = [language.number(row[column], self.language) for row in table.rows.values()]
        labels = [f"{count} ({share})" for count, share in zip(counts, shares, strict=True)]
        figure = bars(names, [row[column] for row in table.rows.values()], labels, unit_label=unit)
        described = "; ".join(f"{name}: {shown}" for name, shown in zip(names, labels, strict=True))
        return self._figure(label, to_svg(figure, name=label), caption, self._plain(alt, {"rows": described}))

    def region_map(
        self,
        table_id: str,
        column: str,
        label: str,
        caption: str,
        alt: str,
        legend: str,
        classes: list[tuple[int, int]],
    ) -> Markdown:
        """Write a map of the regions by one percentage in `classes`. `{rows}` in `alt` are the data in words."""
        from pipeline.draw import region_map, to_svg

        rows = self.tables[table_id].rows
        shown = {
            key: language.percent(row[column], self.language) for key, row in rows.items() if row[column] is not None
        }
        bounds = [
            (float(low), high + 1.0 if high < 100 else 100.0, f"{low}–{language.percent(high, self.language)}")
            for low, high in classes
        ]
        values = {key: row[column] for key, row in rows.items()}
        names = {key: regions()[key].short_name for key in rows}
        figure = region_map(values, shown, bounds, missing_label=None, legend_title=legend, names=names)
        described = "; ".join(f"{row['region']}: {shown[key]}" for key, row in rows.items() if key in shown)
        return self._figure(label, to_svg(figure, name=label), caption, self._plain(alt, {"rows": described}))

    def names(self, table_id: str, column: str, keys: tuple[str, ...] | None = None) -> Markdown:
        """Write the names in a column (of the rows `keys`) as a sentence lists them: "A, B och C"."""
        rows = self.tables[table_id].rows
        return Markdown(language.listed([escape(rows[key][column]) for key in keys or rows], self.language))

    def grouped(self, table_id: str, column: str, by: str) -> Markdown:
        """Write the names in a column as a list with one line a group."""
        groups: dict[str, list[str]] = {}
        for row in self.tables[table_id].rows.values():
            groups.setdefault(row[by], []).append(escape(row[column]))
        lines = [f"- **{escape(group)}:** {', '.join(names)}" for group, names in groups.items()]
        return Markdown("::: {.names}\n" + "\n".join(lines) + "\n:::\n")

    def front_matter(self, **fields: str) -> Markdown:
        """Write metadata that holds data, as the title with its year: a YAML block, plain text."""
        import yaml

        plain = {key: self._plain(text, {}) for key, text in fields.items()}
        return Markdown(f"---\n{yaml.safe_dump(plain, allow_unicode=True, width=1000)}---\n")

    def _figure(self, label: str, svg: str, caption: str, alt: str) -> Markdown:
        quoted = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
        html = f'```{{=html}}\n<div role="img" aria-label="{quoted}">{svg}</div>\n```'
        typst = f'```{{=typst}}\n#image(bytes({_typst_string(svg)}), format: "svg", alt: {_typst_string(alt)})\n```'
        return Markdown(floated(label, f"{html}\n\n{typst}", self._fill(caption, {})))

    def _fill(self, sentence: str, words: Mapping[str, str]) -> str:
        return self._replace(sentence, words, lambda cell, shown: span(shown, cell.address))

    def _plain(self, sentence: str, words: Mapping[str, str]) -> str:
        return self._replace(sentence, words, lambda _, shown: shown)

    def _replace(self, sentence: str, words: Mapping[str, str], write: Callable[[Cell, str], str]) -> str:
        def put(found: re.Match[str]) -> str:
            name, style, one, many = found["name"], found["style"] or "", found["one"], found["many"]
            if "/" not in name:
                if name not in words:
                    raise UserError(f"{{{name}}} is neither an address nor a word given to the sentence: {sentence}")
                return words[name]
            cell = self.tables.cell(name)
            noun = "" if one is None else language.NBSP + (one if cell.value == 1 else many)
            return write(cell, self._shown(cell, style)) + noun

        return _PLACEHOLDER.sub(put, sentence)

    def _shown(self, cell: Cell, style: str = "") -> str:
        if cell.value is None:
            return _UNKNOWN
        if cell.kind == "date":
            return language.day(date.fromisoformat(cell.value), self.language)
        if cell.kind not in _NUMBERS:
            return escape(str(cell.value))
        if style in ("words", "Words"):
            written = language.words(cell.value, self.language)
            return language.sentence_case(written) if style == "Words" else written
        if style in ("about", "About"):
            written = language.about(cell.value, self.language)
            return language.sentence_case(written) if style == "About" else written
        if style:
            raise UserError(f"there is no way to write a number called {style!r}; there are words, Words, about, About")
        return str(cell.value) if cell.kind == "year" else language.number(cell.value, self.language)

    def _printed(self, table: Table, key: str, cell: Cell, *, first: bool) -> str:
        anchor = f"{table.declared.id}/{key}".replace("/", ".") if first else None
        if cell.kind in _NUMBERS:
            known = cell.kind == "percent" and cell.value is not None
            shown = language.percent(cell.value, self.language) if known else self._shown(cell)
            return span(shown, cell.address, anchor)
        text = self._text(table, table.rows[key], cell)
        return f"[{text}]{{#{anchor}}}" if anchor else text

    def _text(self, table: Table, row: Mapping[str, Any], cell: Cell) -> str:
        if cell.kind == "label":
            return escape(self._words(table, row))
        if cell.kind == "checksum":
            return f"`{str(cell.value)[:_CHECKSUM_SHOWN]}`"
        return _UNKNOWN if cell.value is None else escape(str(cell.value))

    def _words(self, table: Table, row: Mapping[str, Any]) -> str:
        labelled = next(column for column in table.declared.column if column.kind == "label")
        return table.declared.words(row[labelled.of or labelled.id])[self.language]


def open_report(lang: Language) -> Report:
    """Open the report of the year and data folder that the environment names (ATERRAPPORT_YEAR, ATERRAPPORT_DATA).

    Unset, as in a document opened alone, it is the newest year with returns in the project's own data folder.
    """
    data = Path(os.environ.get("ATERRAPPORT_DATA") or REPORTS.parent / "data")
    store = Path(os.environ.get("ATERRAPPORT_STORE") or Workspace(data, REPORTS / "_output").store)
    with open_store(store) as connection:
        newest = query(connection, "SELECT max(year) AS year FROM grant_years WHERE has_returns")["year"][0]
        year = int(os.environ.get("ATERRAPPORT_YEAR") or newest)
        printed = query(
            connection, "SELECT year FROM funds WHERE NOT computed AND year <= $year ORDER BY year", year=year
        )
        synthetic = query(connection, "SELECT unnest(synthetic) AS id FROM grant_years WHERE year = $year", year=year)
        tables = tabulate(connection, year, read_declarations(REPORTS))
        return Report(year, lang, tables, printed["year"].to_list(), synthetic["id"].to_list())


def _typst_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
