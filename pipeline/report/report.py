"""What the prose of a report may call: numbers, tables, charts, questions about the year (docs/report-source.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.markdown import Markdown, escape, names
from pipeline.protect import Rules
from pipeline.report import figures, prose, sentences, tables
from pipeline.report.blocks import Div, FigureBlock, Names, TableBlock
from pipeline.report.prose import one_line
from pipeline.report.statement import Name, statement
from pipeline.report.writer import PHRASES, Declared, Number, Writer
from pipeline.tabulate import Declarations, Table, Tables
from pipeline.year import Language, Text

if TYPE_CHECKING:
    pass

_REGION_CLASSES = ((0, 49), (50, 69), (70, 79), (80, 89), (90, 100))


class Report:
    """One year in one language. Every public method is a function of the prose."""

    def __init__(
        self,
        year: int,
        language: Language,
        tables: Tables,
        declarations: Declarations,
        printed_years: Sequence[int] = (),
        texts: Mapping[str, str] | None = None,
        grant: str = "",
        asked: Sequence[Mapping[str, Any]] = (),
        *,
        frame: Mapping[str, Any] | None = None,
        points: Sequence[Mapping[str, str]] = (),
        rules: Rules | None = None,
        reviewed: bool = False,
    ) -> None:
        """Hold what a report tells.

        `printed_years` are those whose funds come from print, for want of returns; `texts` are the analysts' own;
        `asked` are the questions of the form as the store has them; `rules` are what the tables are protected by, if
        they are; `frame` is how the report is published, `points` what the grant is for and not for, both as the store
        has them; `reviewed`: whether the writer notes by which figures sentences are chosen.
        """
        self.year = year
        self.language: Language = language
        self.tables = tables
        self.protection = rules
        """The least that is shown of few, in a public edition: `minimum_base`, `minimum_persons`."""
        self._printed_years = printed_years
        self._texts, self._grant, self._asked = texts or {}, grant, asked
        self._frame, self._points = frame or {}, points
        self.writer = Writer(tables, declarations, language)
        self._shown: set[str] = set()
        self._cells = ""
        """The cells so far."""
        self._reviewed = reviewed
        functions = {name: getattr(self, name) for name in dir(self) if not name.startswith("_")}
        functions |= {"claim": sentences.claim, "small_base": declarations.small_base}
        if reviewed:
            from pipeline.report.claims import chosen_by, watch

            watch(self.writer)
            functions.pop("claim")
        mark = partial(chosen_by, self.writer) if reviewed else lambda _, sentence: sentence
        prose.prepare(self.writer, functions, mark)

    def pieces(self, body: str, names: Mapping[str, Any]) -> list[prose.Piece]:
        """Fill in the prose of a cell, in which `names` stand for what they are."""
        self._cells += body
        return prose.pieces_of(body, self.writer, names)

    def prose(self, body: str, names: Mapping[str, Any] | None = None) -> Markdown:
        """Fill in the prose of a cell, as Markdown."""
        return prose.written(self.pieces(body, names or {}), self.writer)

    # Numbers ----------------------------------------------------------------------------------------------------------

    def n(self, address: str) -> Number:
        """Return the number at an address. UserError when there is none."""
        return self.writer.n(address)

    def has(self, address: str) -> bool:
        """Return whether there is a number at an address, and it is known."""
        table_id, _, rest = address.partition("/")
        row, _, column = rest.rpartition("/")
        rows = self.tables[table_id].rows if table_id in self.tables else {}
        return rows.get(row, {}).get(column) is not None

    def known(self, address: str) -> Number | None:
        """Return the number at an address; None when there is none, or it is not known."""
        return self.n(address) if self.has(address) else None

    def values(self, table_id: str, column: str) -> list[Any]:
        """Return a column of a table, to compare: plain values."""
        self.writer.look(table_id)
        return [row[column] for row in self.tables[table_id].rows.values()]

    def printed_years(self) -> list[Number]:
        """Return the years whose funds are taken from print."""
        return [self.n(f"funds_by_year/{year}/year") for year in self._printed_years]

    # Questions about the year -----------------------------------------------------------------------------------------

    def asks(self, *table_ids: str) -> bool:
        """Return whether this year has all these tables, and somebody in the base of each."""
        return all(table_id in self.tables and not self.tables[table_id].is_empty for table_id in table_ids)

    def synthetic(self, *table_ids: str) -> bool:
        """Return whether one of these tables counts made-up answers; without any named, whether any table does."""
        return any(self.tables[name].declared.synthetic for name in table_ids or self.tables if name in self.tables)

    def change(self, table_id: str, column: str) -> sentences.Change:
        """Say how a column of a table with a row a year has changed: more, fewer, equal, or unknown."""
        rows = self.tables[table_id].rows
        now, then = (rows.get(str(year), {}).get(column) for year in (self.year, self.year - 1))
        return sentences.change(now, then)

    def others(self) -> list[str]:
        """Return the tables of answers, of the whole country, that no cell above has shown."""
        return [name for name in self._answers() if name not in self._shown]

    def regional(self) -> list[str]:
        """Return the tables of answers to show by region: `by_region` of tables.toml, and what no cell names."""
        listed = [name for name in self.writer.declarations.by_region if self.asks(name)]
        unnamed = [name for name in self._answers() if not names(self._cells, name)]
        return listed + [name for name in unnamed if name not in listed]

    def coded(self) -> list[str]:
        """Return the tables of themes that somebody read out of free text."""
        return [
            name for name, table in self.tables.items() if table.declared.coded and table.declared.key == ["option"]
        ]

    def remarks(self) -> list[dict[str, Any]]:
        """Return the questions of the form: `title`, `note` or None, whether `comparable` with the year before."""

        def one(row: Mapping[str, Any]) -> dict[str, Any]:
            ended = {
                lang: text if text[-1:] in ".?:" else f"{text}."
                for lang in ("sv", "en")
                if (text := row[f"text_{lang}"])
            }
            title, note = Text(**ended), Text.of(row, "note")
            said = {"title": self.writer.declared(title), "comparable": row["comparable"]}
            return said | {"note": note and self.writer.declared(note)}

        return [one(row) for row in self._asked]

    # What sentences are chosen by -------------------------------------------------------------------------------------

    def ranked(self, question: str) -> list[sentences.Rank]:
        """Return the answers of a question, most chosen first, ties together."""
        return sentences.ranked(self.writer, self.tables[question])

    def before(self, question: str, option: str) -> dict[str, Any]:
        """Return the `change` of an answer's share since the year before; unless unknown, `now`, `before`, `year`.

        It is unknown too where the base of a year is small, or less than nine tenths of it answered.
        """
        table = f"{question}_by_year"
        now, then = (f"{table}/{year}/{option}" for year in (self.year, self.year - 1))
        pair = [self.known(f"{row}/percent") for row in (now, then)]
        if pair[0] is None or pair[1] is None or not all(self._bears_a_trend(table, row) for row in (now, then)):
            return {"change": "unknown"}
        change = sentences.change(pair[0].value, pair[1].value)
        return {"change": change, "now": pair[0], "before": pair[1], "year": self.n(f"{then}/year")}

    def _bears_a_trend(self, table_id: str, address: str) -> bool:
        row = self.tables[table_id].rows[address.partition("/")[2]]
        small = row["base"] is not None and row["base"] < self.writer.declarations.small_base
        return not small and not sentences.too_few(row["base"], row.get("answered"))

    def answers(self, question: str) -> sentences.Answers | None:
        """Say how many answered a question; None when nobody is in its base, or the year does not ask it."""
        return sentences.answers(self.writer, self.tables[question]) if question in self.tables else None

    def extremes(self, table_id: str, part: str, whole: str, option: str | None = None) -> sentences.Regions | None:
        """Return where a share is highest and lowest; with an `option`, where that answer of a question is."""
        table = self._by("region", table_id) if option else self.tables[table_id]
        return sentences.extremes(self.writer, table, part, whole, option)

    # Tables, charts, lists --------------------------------------------------------------------------------------------

    def table(
        self, table_id: str, label: str, caption: str = "", note: str = "", total: Mapping[str, str] | None = None
    ) -> TableBlock:
        """Show a table. Caption and note are those of its declaration, and what is given.

        `total` makes a last row of sums: the address of each, by column.
        """
        return tables.plain(self.writer, self._show(table_id), label, one_line(caption), one_line(note), total)

    def by_year(self, table_id: str, label: str, caption: str = "", note: str = "") -> TableBlock:
        """Show a table with the years side by side."""
        return tables.by_year(self.writer, self._show(f"{table_id}_by_year"), label, one_line(caption), one_line(note))

    def by_region(self, table_id: str, label: str, caption: str = "") -> TableBlock:
        """Show a table with a row a region: how many chose each answer, or the numbers that were answered."""
        table = self._by("region", table_id)
        if not table.counted:
            return tables.plain(self.writer, table, label, one_line(caption), "")
        return tables.by_region(self.writer, table, label, one_line(caption))

    def key(self, table_id: str) -> Names | None:
        """Show what the letters of a table by region stand for; nothing where it has words."""
        table = self._by("region", table_id)
        return tables.key(self.writer, table) if table.counted else None

    def bars(self, table_id: str, label: str, caption: str = "") -> FigureBlock:
        """Draw the counts of a table, each bar with its number and share."""
        return figures.bars(self.writer, self.tables[table_id], label, one_line(caption))

    def bars_by_year(self, table_id: str, label: str, caption: str = "") -> FigureBlock:
        """Draw the shares of a table, one bar a year."""
        return figures.bars_by_year(self.writer, self._by("year", table_id), label, one_line(caption))

    def matrix(self, table_id: str, label: str, caption: str = "") -> FigureBlock | None:
        """Draw the shares of a table by region, regions down and answers across; nothing of answers in numbers."""
        table = self._by("region", table_id)
        return figures.matrix(self.writer, table, label, one_line(caption)) if table.counted else None

    def region_map(
        self,
        table_id: str,
        column: str,
        label: str,
        caption: str = "",
        classes: Sequence[tuple[int, int]] = _REGION_CLASSES,
    ) -> FigureBlock:
        """Draw a map of the regions by one percentage in classes."""
        return figures.region_map(self.writer, self.tables[table_id], column, label, one_line(caption), classes)

    def dots(self, table_id: str, column: str, base: str, label: str, caption: str = "") -> FigureBlock:
        """Draw a dot a region for one figure, beside that of the whole country."""
        return figures.dots(self.writer, self.tables[table_id], column, base, label, one_line(caption))

    def finder(self, amounts: str, absent: str, regions: str) -> Div:
        """Let the reader of the page find one municipality in what the page shows; in print, nothing.

        `amounts` is a table with a row a municipality, `absent` one whose names are listed (`grouped`), `regions` one
        with a row a region: wherever they are shown.
        """
        tables = f'data-amounts="{amounts}" data-absent="{absent}" data-regions="{regions}"'
        return Div(holder=self.writer, attributes=f".finder {tables}", text="")

    def grant(self) -> Markdown:
        """Return what the grant is called."""
        return Markdown(self.writer.hold(Declared(self._grant)))

    def sender(self) -> Markdown | None:
        """Return who publishes the report; None where year.toml does not say it."""
        told = self._frame.get(f"sender_{self.language}")
        return Markdown(self.writer.hold(Declared(told))) if told else None

    def frame(self) -> list[Markdown]:
        """Return what year.toml says of the report as a publication, a line each; first, if so, that it is made up."""
        given = self._frame
        told = {
            name: given.get(name) or given.get(f"{name}_{self.language}") or given.get("edition") == name
            for name in PHRASES.group("publication")
        } | {"made_up": self.synthetic()}
        lines = [self.writer.plainly(f"publication.{name}", told=one) for name, one in told.items() if one]
        return [Markdown(self.writer.hold(Declared(line))) for line in lines]

    def points(self, kind: str) -> list[Markdown]:
        """Return what year.toml says the grant is for (`purpose`) or not for (`not_for`).

        `repays`: the ground on which unused money is repaid, if the year has it.
        """
        return [self.writer.declared(Text(sv=one["sv"], en=one["en"])) for one in self._points if one["list"] == kind]

    def whom(self, question: str) -> Markdown | None:
        """Return whom a question is asked: what its base is called, in the plural."""
        base = self.tables[question].declared.base
        return self.writer.declared(self.writer.declarations.base_words(base)) if base else None

    def key_counts(self) -> Markdown | None:
        """Return whom the distribution key counts, as a part of a sentence; nothing where year.toml does not say it."""
        for one in self._points:
            if one["list"] == "key":
                return self.writer.declared(Text(sv=_lowered(one["sv"]), en=_lowered(one["en"])))
        return None

    def title(self, table_id: str) -> Markdown:
        """Return what a table is called."""
        return self.writer.declared(self.tables[table_id].declared.title)

    def grouped(self, table_id: str, column: str, by: str) -> Names:
        """List the names in a column, one line a group."""
        groups: dict[str, list[str]] = {}
        for key, row in self.tables[table_id].rows.items():
            groups.setdefault(row[by], []).append(f"[{escape(row[column])}]{{#{table_id}.{key}}}")
        return Names(holder=self.writer, lines=[(escape(group), ", ".join(names)) for group, names in groups.items()])

    # Texts of others --------------------------------------------------------------------------------------------------

    def warning(self, *table_ids: str) -> Div | None:
        """Warn that the answers in these tables are made up; nothing when none of them are."""
        if not table_ids or not self.synthetic(*table_ids):
            return None
        text = f"**{self.writer.said('warning.title')}.** {self.writer.said('warning.text')}"
        return Div(holder=self.writer, attributes=".made-up-mark", text=text)

    def own_text(self, name: str) -> Div | None:
        """Put in a text that the analysts wrote (`texts/<name>.sv.md`), marked as theirs; nothing without one."""
        if name not in self._texts:
            return None
        text = f"::: {{.own-mark}}\n{self.writer.said('warning.theirs')}\n:::\n\n{self._texts[name]}"
        return Div(holder=self.writer, attributes=f".own-text data-text={name}", text=text)

    def own_table(self, name: str, label: str, caption: str) -> Div | None:
        """Put in a table that the analysts wrote for the year, as a float; nothing without one."""
        if name not in self._texts:
            return None
        attributes, note = f"#{label} data-text={name}", self.writer.said("warning.theirs")
        return Div(
            holder=self.writer, attributes=attributes, text=self._texts[name], caption=one_line(caption), note=note
        )

    def reasons(self) -> list[Markdown]:
        """Say why the public edition shows no fewer, as far as year.toml does."""
        return [self.writer.declared(reason) for reason in self.protection.reasons] if self.protection else []

    def stated(self, name: Name, note: str) -> Div | Markdown | None:
        """Put in what the authority says in the statement on accessibility. Until it does, nothing; in the review
        edition, what is given."""
        text: Text = getattr(statement(), name)
        said = text[self.language].strip()
        return Div(holder=self.writer, attributes="", text=said) if said else Markdown(note) if self._reviewed else None

    def new_page(self) -> Div:
        """Begin a new page in print."""
        return Div(holder=self.writer, attributes=".new-page", text="")

    def _answers(self) -> list[str]:
        """Return the tables of answers of the whole country, but for those that are coded by hand."""
        return [
            name
            for name, table in self.tables.items()
            if (table.counted or table.declared.figures) and not table.axis and self.asks(name)
            if not table.declared.every_question and not table.declared.coded
        ]

    def _show(self, table_id: str) -> Table:
        table = self.tables[table_id]
        self._shown.add(table.national if table.axis == "year" else table_id)
        return table

    def _by(self, axis: str, table_id: str) -> Table:
        return self.tables[f"{table_id}_by_{axis}"]


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
