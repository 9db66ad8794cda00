"""What a cell of a report may call: table, chart, map, number, sentence. Everything it gives is Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline import claims, language
from pipeline.markdown import Markdown, escape, floated
from pipeline.publish import figures, grid, sentences
from pipeline.publish.writer import Writer
from pipeline.tabulate import Declarations, Table, Tables
from pipeline.year import Language

BY_REGION, BY_YEAR = "_by_region", "_by_year"


class Report:
    """One year in one language: its tables, and the Markdown that a report is made of.

    Sentences are written as pipeline/publish/writer.py says.
    """

    def __init__(
        self,
        year: int,
        language: Language,
        tables: Tables,
        declarations: Declarations,
        printed_years: Sequence[int] = (),
        texts: dict[str, str] | None = None,
    ) -> None:
        """Hold what a report tells.

        `printed_years` are those whose funds come from print, for want of returns; `texts` are the analysts' own.
        """
        self.year = year
        self.language: Language = language
        self.tables = tables
        self.printed_years = printed_years
        self.texts = texts or {}
        self.writer = Writer(tables, declarations, language)
        self._shown: set[str] = set()

    def has(self, address: str) -> bool:
        """Tell whether there is a value at an address."""
        table_id, _, rest = address.partition("/")
        if table_id not in self.tables:
            return False
        return rest.rpartition("/")[0] in self.tables[table_id].rows and self.value(address) is not None

    def asks(self, *table_ids: str) -> bool:
        """Tell whether this year has all these tables."""
        return all(table_id in self.tables for table_id in table_ids)

    def value(self, address: str) -> Any:
        """Give the value at an address, to compare with."""
        return self.tables.cell(address).value

    def n(self, address: str, style: str = "") -> Markdown:
        """Write one number with its address."""
        return Markdown(self.writer.n(address, style))

    def say(self, *variants: str | tuple[bool, str], **words: str) -> Markdown:
        """Write the first sentence that holds, its numbers and words filled in. FalseClaimError when none does."""
        pairs = [(True, each) if isinstance(each, str) else each for each in variants]
        return Markdown(self.writer.fill(claims.choose(*pairs), words))

    def paragraph(self, *parts: str) -> Markdown:
        """Join sentences to a paragraph; empty ones, said of nothing, fall away."""
        return Markdown(" ".join(part for part in parts if part))

    def blocks(self, *parts: str) -> Markdown:
        """Put tables, figures and paragraphs one below the other."""
        return Markdown("\n\n".join(part for part in parts if part))

    def claim(self, holds: bool, sentence: str, **words: str) -> Markdown:
        """Write a sentence that must be true. FalseClaimError, naming it, when it is not."""
        return Markdown(self.writer.fill(claims.claim(holds, sentence), words))

    def most_common(self, table_id: str) -> Markdown:
        """Say which answers are most common and next most common, ties named."""
        return Markdown(sentences.most_common(self.writer, self.tables[table_id]))

    def compared(self, table_id: str, option: str, subject: str) -> Markdown:
        """Say whether a share is higher, lower or the same as the year before; nothing when that is not known."""
        table = self.tables[table_id + BY_YEAR]
        return Markdown(sentences.compared(self.writer, table, option, self.year, subject))

    def over_regions(self, table_id: str, option: str, subject: str) -> Markdown:
        """Say where the share of an answer is highest and lowest, among regions whose base is not small."""
        table = self.tables[table_id + BY_REGION]
        return Markdown(sentences.over_regions(self.writer, table, "count", "base", option, subject))

    def over_all_regions(self, table_id: str, part: str, whole: str, subject: str) -> Markdown:
        """Say where a share of a table by region is highest and lowest."""
        return Markdown(sentences.over_regions(self.writer, self.tables[table_id], part, whole, None, subject))

    def table(self, table_id: str, label: str, caption: str = "", note: str | None = None) -> Markdown:
        """Write a table as a float. Caption and note are those of its declaration unless they are given."""
        table = self._shows(table_id)
        return Markdown(
            grid.plain(self.writer, table, label, self._caption(table, caption), self._note(table, note, based=True))
        )

    def by_year(self, table_id: str, label: str, caption: str = "", note: str | None = None) -> Markdown:
        """Write a table with the years side by side."""
        table = self._shows(table_id + BY_YEAR)
        return Markdown(
            grid.by_year(
                self.writer, table, label, self._caption(table, caption, "over_years"), self._note(table, note)
            )
        )

    def by_region(self, table_id: str, table_label: str, figure_label: str, level: int = 2) -> Markdown:
        """Write everything about a table by region: heading, the key to its letters, the matrix, the counts."""
        table = self._shows(table_id + BY_REGION)
        title = escape(table.declared.title[self.language])
        caption = self._caption(table, "", "by_region")
        note = self._note(table, self.writer.said("note", "region_counts"))
        if any(row["base"] < self.writer.declarations.small_base for row in table.rows.values()):
            few = language.words(self.writer.declarations.small_base, self.language)
            note += " " + self.writer.said("note", "small", small=few).replace("*", r"\*")
        return Markdown(
            f"::: {{.new-page}}\n:::\n\n{'#' * level} {title}\n\n"
            + grid.key(self.writer, table)
            + figures.matrix(self.writer, table, figure_label, caption)
            + "\n"
            + grid.by_region(self.writer, table, table_label, caption, note)
        )

    def bars(self, table_id: str, label: str, caption: str = "") -> Markdown:
        """Write a bar chart of a table's counts, each bar with its number and share."""
        table = self.tables[table_id]
        return Markdown(figures.bars(self.writer, table, label, self._caption(table, caption)))

    def bars_by_year(self, table_id: str, label: str, caption: str = "") -> Markdown:
        """Write a bar chart of a table's shares, one bar a year."""
        table = self.tables[table_id + BY_YEAR]
        return Markdown(figures.bars_by_year(self.writer, table, label, self._caption(table, caption, "over_years")))

    def region_map(self, table_id: str, column: str, label: str, classes: list[tuple[int, int]]) -> Markdown:
        """Write a map of the regions by one percentage in `classes`."""
        table = self.tables[table_id]
        return Markdown(figures.region_map(self.writer, table, column, label, self._caption(table, ""), classes))

    def dots(self, table_id: str, column: str, base: str, label: str, caption: str) -> Markdown:
        """Write a dot a region for one figure, beside that of the whole country."""
        table = self.tables[table_id]
        return Markdown(figures.dots(self.writer, table, column, base, label, self._caption(table, caption)))

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

    def made_up(self, *table_ids: str) -> Markdown:
        """Warn that the answers in these tables are made up; nothing when none of them are."""
        if not any(self.tables[each].declared.synthetic for each in table_ids if each in self.tables):
            return Markdown("")
        title, text = self.writer.phrase("warning", "title"), self.writer.said("warning", "text")
        return Markdown(f'\n\n::: {{.callout-warning title="{title}"}}\n{text}\n:::\n\n')

    def own_text(self, name: str) -> Markdown:
        """Put in a text that the analysts wrote for the year (`<name>.sv.md` in its folder); nothing without one."""
        return Markdown(f"\n\n::: {{.own-text}}\n{self.texts[name]}\n:::\n\n" if name in self.texts else "")

    def own_table(self, name: str, label: str, caption: str) -> Markdown:
        """Put in a table that the analysts wrote for the year, as a float; nothing without one."""
        if name not in self.texts:
            return Markdown("")
        note = self.writer.phrase("warning", "theirs")
        return Markdown(floated(label, self.texts[name], self.writer.fill(caption, {})) + grid.under(note))

    def others(self) -> list[str]:
        """Give the declared tables of answers that no cell above has shown, in their order."""
        shown = {each.removesuffix(BY_YEAR) for each in self._shown}
        declared = [each.id for each in self.writer.declarations.table if each.counts_answers]
        return [each for each in declared if each in self.tables and each not in shown]

    def front_matter(self, **fields: str) -> Markdown:
        """Write metadata that holds data, as the title with its year: a YAML block, plain text."""
        import yaml

        plain = {key: self.writer.plain(text, {}) for key, text in fields.items()}
        return Markdown(f"---\n{yaml.safe_dump(plain, allow_unicode=True, width=1000)}---\n")

    def _shows(self, table_id: str) -> Table:
        self._shown.add(table_id)
        return self.tables[table_id]

    def _caption(self, table: Table, caption: str, otherwise: str = "of_year") -> str:
        if caption:
            return self.writer.fill(caption, {})
        if "year" in table.declared.key:
            otherwise = "over_years"
        title = escape(table.declared.title[self.language])
        if otherwise == "by_region":
            title = self.writer.said("head", "by_region", title=title)
            otherwise = "of_year"
        return self.writer.said("head", otherwise, title=title)

    def _note(self, table: Table, note: str | None, *, based: bool = False) -> str:
        """Write base, remarks and source of a table of answers around what is given."""
        said, declared = self.writer.said, table.declared
        parts = [self.writer.fill(note, {})] if note else []
        if not declared.counts_answers:
            return " ".join(parts + [said("note", "made_up")] * declared.synthetic)
        if based and table.rows:
            who = escape(self.writer.declarations.base_words(declared.base or "all")[self.language])
            address = f"{declared.id}/{next(iter(table.rows))}/base"
            parts.insert(0, said("note", "base", n=self.writer.n(address), who=who))
        parts += [said("note", "several")] * declared.several
        parts += [escape(declared.note[self.language])] if declared.note else []
        parts += [said("note", "coded")] * declared.coded + [said("note", "made_up")] * declared.synthetic
        if BY_YEAR in declared.id:
            first = {row["year"]: key for key, row in reversed(list(table.rows.items()))}
            printed = [self.writer.n(f"{declared.id}/{first[year]}/year") for year in sorted(table.printed_years)]
            parts += [said("note", "printed", years=language.listed(printed, self.language))] * bool(printed)
        return " ".join([*parts, said("note", "source")])
