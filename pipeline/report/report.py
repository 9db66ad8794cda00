"""What the prose of a report may call: numbers, tables, charts, questions about the year (docs/report-source.md)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, Literal

from pipeline.markdown import Markdown, escape, names
from pipeline.model import Language, Model, Text, read_model
from pipeline.paths import REPORTS
from pipeline.protect import Rules
from pipeline.report import figures, prose, sentences, tables
from pipeline.report.blocks import Div, Names
from pipeline.report.writer import PHRASES, Number, Writer
from pipeline.tabulate import Tables


class Statement(Model):
    """What the authority fills in for the statement on accessibility, reports/accessibility.toml.

    A text is Markdown, and empty until somebody has written it.
    """

    authority: Text
    """Who publishes the report and answers for it."""
    assessment: Text
    """How far the report meets the law, who assessed that, how and when."""
    contact: Text
    """Where a reader tells of shortcomings."""


@cache
def statement() -> Statement:
    """Read it once. UserError when the file does not hold."""
    return read_model(REPORTS / "accessibility.toml", Statement, "reports/accessibility.toml")


class Report(Writer):
    """One year in one language. Every public method that stands here is a function of the prose."""

    def __init__(
        self,
        language: Language,
        tables: Tables,
        rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        *,
        rules: Rules | None = None,
        reviewed: bool = False,
    ) -> None:
        """Hold what a report tells.

        `rows` are what else the store holds of the year, by what they are (open.py), `rules` what the tables are
        protected by, if they are; `reviewed`: whether it notes by which figures sentences are chosen.
        """
        super().__init__(tables, language)
        self.year, self.protection, self._reviewed = tables.year, rules, reviewed
        self._rows = defaultdict[str, Sequence[Mapping[str, Any]]](list, rows or {})
        own = [text for text in self._rows["texts"] if text["language"] == language]
        self._texts = {text["name"]: text["markdown"] for text in own}
        self._frame = next(iter(self._rows["publish"]), {})
        self._cells = ""
        """The cells so far."""
        functions = {name: getattr(self, name) for name in vars(Report) if not name.startswith("_")}
        functions |= {"claim": sentences.claim, "small_base": self.declarations.small_base, "protection": rules}
        functions |= {"year": self.year, "language": language, "tables": tables}
        if reviewed:
            from pipeline.report.claims import chosen_by, watch

            watch(self)
            functions.pop("claim")
        mark = partial(chosen_by, self) if reviewed else lambda _, sentence: sentence
        prose.prepare(self, functions, mark)

    def pieces(self, body: str, names: Mapping[str, Any]) -> list[prose.Piece]:
        """Fill in the prose of a cell, in which `names` stand for what they are."""
        self._cells += body
        return prose.pieces_of(body, self, names)

    def prose(self, body: str, names: Mapping[str, Any] | None = None) -> Markdown:
        """Fill in the prose of a cell, as Markdown."""
        return prose.written(self.pieces(body, names or {}), self)

    n = Writer.n
    table, by_year, by_region, key = tables.table, tables.by_year, tables.by_region, tables.key
    bars, bars_by_year, matrix = figures.bars, figures.bars_by_year, figures.matrix
    region_map, dots = figures.region_map, figures.dots
    ranked, answers, extremes = sentences.ranked, sentences.answers, sentences.extremes

    # Numbers ----------------------------------------------------------------------------------------------------------

    def has(self, address: str) -> bool:
        """Return whether there is a number at an address, and it is known."""
        cell = self.tables.find(address)
        return cell is not None and cell.value is not None

    def known(self, address: str) -> Number | None:
        """Return the number at an address; None when there is none, or it is not known."""
        return self.n(address) if self.has(address) else None

    def values(self, table_id: str, column: str) -> list[Any]:
        """Return a column of a table, to compare: plain values."""
        self.look(table_id)
        return [row[column] for row in self.tables[table_id].rows.values()]

    def printed_years(self) -> list[Number]:
        """Return the years whose funds are taken from print."""
        return [self.n(f"funds_by_year/{row['year']}/year") for row in self._rows["printed_years"]]

    # Questions about the year -----------------------------------------------------------------------------------------

    def asks(self, *table_ids: str) -> bool:
        """Return whether this year has all these tables, and somebody in the base of each."""
        return all(table_id in self.tables and not self.tables[table_id].is_empty for table_id in table_ids)

    def synthetic(self, *table_ids: str) -> bool:
        """Return whether one of these tables counts made-up answers; without any named, whether any number does."""
        if not table_ids:
            return any(table.has_synthetic for table in self.tables.values())
        return any(self.tables[name].declared.synthetic for name in table_ids if name in self.tables)

    def change(self, table_id: str, column: str) -> sentences.Change:
        """Say how a column of a table with a row a year has changed: more, fewer, equal, or unknown."""
        rows = self.tables[table_id].rows
        now, then = (rows.get(str(year), {}).get(column) for year in (self.year, self.year - 1))
        return sentences.change(now, then)

    def others(self) -> list[str]:
        """Return the tables of answers, of the whole country, that no cell above has shown."""
        return [name for name in self._answers() if name not in self.displayed]

    def regional(self) -> list[str]:
        """Return the tables of answers to show by region: `by_region` of tables.toml, and what no cell names."""
        listed = [name for name in self.declarations.by_region if self.asks(name)]
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
            title, note = row[f"text_{self.language}"], row[f"note_{self.language}"]
            ended = self.quoted(title if title[-1:] in ".?:" else f"{title}.")
            return {"title": ended, "comparable": row["comparable"], "note": self.quoted(note) if note else None}

        return [one(row) for row in self._rows["questions"]]

    # What sentences are chosen by -------------------------------------------------------------------------------------

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
        small = row["base"] is not None and row["base"] < self.declarations.small_base
        return not small and not sentences.too_few(row["base"], row.get("answered"))

    # Tables, charts, lists --------------------------------------------------------------------------------------------

    def finder(self, amounts: str, absent: str, regions: str) -> Div:
        """Let the reader of the page find one municipality in what the page shows; in print, nothing.

        `amounts` is a table with a row a municipality, `absent` one whose names are listed (`grouped`), `regions` one
        with a row a region: wherever they are shown.
        """
        tables = f'data-amounts="{amounts}" data-absent="{absent}" data-regions="{regions}"'
        return Div(holder=self, attributes=f".finder {tables}", text="")

    def grant(self) -> Markdown:
        """Return what the grant is called."""
        return self.quoted(self._rows["grant"][0][self.language])

    def sender(self) -> Markdown | None:
        """Return who publishes the report; None where year.toml does not say it."""
        told = self._frame.get(f"sender_{self.language}")
        return self.quoted(told) if told else None

    def frame(self) -> list[Markdown]:
        """Return what year.toml says of the report as a publication, a line each; first, if so, that it is made up."""
        given = self._frame
        told = {
            name: given.get(name) or given.get(f"{name}_{self.language}") or given.get("edition") == name
            for name in PHRASES.group("publication")
        } | {"made_up": self.synthetic()}
        lines = [self.plainly(f"publication.{name}", told=one) for name, one in told.items() if one]
        return [self.quoted(line) for line in lines]

    def points(self, kind: str) -> list[Markdown]:
        """Return what year.toml says the grant is for (`purpose`) or not for (`not_for`).

        `repays`: the ground on which unused money is repaid, if the year has it.
        """
        return [self.quoted(row[self.language]) for row in self._rows["points"] if row["list"] == kind]

    def whom(self, question: str) -> Markdown | None:
        """Return whom a question is asked: what its base is called, in the plural."""
        base = self.tables[question].declared.base
        return self.declared(self.declarations.base_words(base)) if base else None

    def key_counts(self) -> Markdown | None:
        """Return whom the distribution key counts, as a part of a sentence; nothing where year.toml does not say it."""
        told = next((row[self.language] for row in self._rows["points"] if row["list"] == "key"), None)
        return self.quoted(told[:1].lower() + told[1:]) if told else None

    def title(self, table_id: str) -> Markdown:
        """Return what a table is called."""
        return self.declared(self.tables[table_id].declared.title)

    def grouped(self, table_id: str, column: str, by: str) -> Names:
        """List the names in a column, one line a group."""
        groups: dict[str, list[str]] = {}
        for key, row in self.tables[table_id].rows.items():
            groups.setdefault(row[by], []).append(f"[{escape(row[column])}]{{#{table_id}.{key}}}")
        return Names(holder=self, lines=[(escape(group), ", ".join(names)) for group, names in groups.items()])

    # Texts of others --------------------------------------------------------------------------------------------------

    def warning(self, *table_ids: str) -> Div | None:
        """Warn that the answers in these tables are made up; nothing when none of them are."""
        if not table_ids or not self.synthetic(*table_ids):
            return None
        text = f"**{self.said('warning.title')}.** {self.said('warning.text')}"
        return Div(holder=self, attributes=".made-up-mark", text=text)

    def own_text(self, name: str) -> Div | None:
        """Put in a text that the analysts wrote (`texts/<name>.sv.md`), marked as theirs; nothing without one."""
        if name not in self._texts:
            return None
        text = f"::: {{.own-mark}}\n{self.said('warning.theirs')}\n:::\n\n{self._texts[name]}"
        return Div(holder=self, attributes=f".own-text data-text={name}", text=text)

    def own_table(self, name: str, label: str, caption: str) -> Div | None:
        """Put in a table that the analysts wrote for the year, as a float; nothing without one."""
        if name not in self._texts:
            return None
        attributes, line = f"#{label} data-text={name}", prose.one_line(caption)
        note = self.said("warning.theirs")
        return Div(holder=self, attributes=attributes, text=self._texts[name], caption=line, note=note)

    def reasons(self) -> list[Markdown]:
        """Say why the public edition shows no fewer, as far as year.toml does."""
        return [self.declared(reason) for reason in self.protection.reasons] if self.protection else []

    def stated(self, name: Literal["authority", "assessment", "contact"], note: str) -> Div | Markdown | None:
        """Put in what the authority says in the statement on accessibility. Until it does, nothing; in the review
        edition, what is given."""
        text: Text = getattr(statement(), name)
        said = text[self.language].strip()
        return Div(holder=self, attributes="", text=said) if said else Markdown(note) if self._reviewed else None

    def new_page(self) -> Div:
        """Begin a new page in print."""
        return Div(holder=self, attributes=".new-page", text="")

    def _answers(self) -> list[str]:
        """Return the tables of answers of the whole country, but for those that are coded by hand."""
        return [
            name
            for name, table in self.tables.items()
            if (table.counted or table.declared.figures) and not table.axis and self.asks(name)
            if not table.declared.every_question and not table.declared.coded
        ]
