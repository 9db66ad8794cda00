"""Explain a number: what it is, how it is made, from which files, and who is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from pipeline.declarations import UNUSED, Column, Measure
from pipeline.explain import addresses as sql
from pipeline.explain.addresses import Group, Place, Who, find, statements
from pipeline.explain.behind import Behind
from pipeline.explain.explanation import (
    BaseCount,
    Explanation,
    InconsistentError,
    Member,
    Role,
    RowCell,
    Term,
    check_value,
    joined,
    label_of,
    listed,
    noted,
    quoted,
    say,
    where,
)
from pipeline.model import Text
from pipeline.store.rows import MEASURES, NOT_ANSWERED, USAGE_DEGREE, CountedRow, declare_rows
from pipeline.tabulate import Tables


class Explainer:
    """Explains a year's numbers: `explainer("collaboration/civil_society/count")`. One open store serves thousands."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, tables: Tables) -> None:
        """Keep the open store, and the tables of the year as they were computed from it."""
        self.tables, self.year, self.declarations = tables, tables.year, tables.declarations
        # What the connection was told last may be the rows of other tables.
        rows = {table.national: table.counted for table in tables.values() if table.counted and not table.axis}
        declare_rows(connection, rows, self.declarations.measure, temporary=True)
        self.behind = Behind(connection, self.declarations)

    def __call__(self, address: str) -> Explanation:
        """Return the explanation. UserError, naming addresses near; InconsistentError, our fault, for a number."""
        place = find(self.tables, address)
        if place.column:
            told = self._cell(place, place.column)
        else:
            told = self._table(place) if place.key is None else self._row(place)
        return replace(told, sql_uses=sql.uses(told.sql))

    def _row(self, place: Place) -> Explanation:
        return replace(self._told(place), cells=tuple(self._cells(place)))

    def _cell(self, place: Place, column: Column) -> Explanation:
        told, cell = self._told(place), place.table.cell(place.key or "", column.id)
        free_text = self._is_free_text(place, column)
        definition = told.definition
        if place.number:
            if any(term.role in ("counted", "plus") for term in told.terms):
                value = round(cell.value * 10) if column.kind == "tenths" and cell.value is not None else cell.value
                base = (told.base.answered if column.id == "answered_percent" else told.base.n) if told.base else None
                check_value(value, cell.kind, told.terms, base, place.address)
        elif place.table.counted or place.table.declared.by:
            definition = say("named", column=label_of(column), definition=definition)
        definition = joined(definition, say("free_text")) if free_text else definition
        value = None if free_text else cell.value
        return replace(told, of="cell", column=label_of(column), value=value, unit=cell.kind, definition=definition)

    def _table(self, place: Place) -> Explanation:
        """Explain a table: all of its rows; who is in its base, or whom its rows are about, where that is one each."""
        table = place.table
        rows = [self._row(Place(table, key)) for key in table.rows]
        base, terms = self._of_table(place)
        return Explanation(
            address=place.address,
            of="table",
            year=self.year,
            table=table.declared.title,
            definition=say("table", title=table.declared.title, n=len(rows)),
            base=base,
            synthetic=any(row.synthetic for row in rows),
            printed=bool(rows) and all(row.printed for row in rows),
            coded=any(row.coded for row in rows),
            comparable=all(row.comparable for row in rows),
            note=noted(dict.fromkeys(row.note for row in rows if row.note)),
            sql=sql.whole_table(table, self.year),
            sql_file=rows[0].sql_file if rows else sql.file_of(table.declared.id),
            files=tuple(dict.fromkeys(file for row in rows for file in row.files)),
            terms=terms,
            cells=tuple(cell for row in rows for cell in row.cells),
        )

    def _of_table(self, place: Place) -> tuple[BaseCount | None, tuple[Term, ...]]:
        table, declared = place.table, place.table.declared
        if table.counted and declared.base and table.axis != "year":
            found = self.behind.counted(self.year, (table.national, table.counted[0].option), None, "whole")
            label = self.declarations.base_words(declared.base)
            return BaseCount(declared.base, label, len(found)), (_counted("base", declared.base, label, found),)
        codes = dict.fromkeys(row["municipality_code"] for row in table.rows.values() if "municipality_code" in row)
        found = self.behind.members(self.year, ((one, None) for one in codes if one in self.behind.known(self.year)))
        return None, (Term("listed", declared.id, declared.title, "count", None, found),) if codes else ()

    def _told(self, place: Place) -> Explanation:
        """Explain a row, or what is behind one number of it."""
        if place.table.counted:
            return self._answers(place)
        return self._measures(place) if place.table.declared.by else self._own(place)

    def _answers(self, place: Place) -> Explanation:
        """Explain a row of answers, or one number of it. InconsistentError when it is not what they give."""
        row, table, number, group = place.row, place.table, place.number, place.group
        counted = next(one for one in table.counted if one.option == row["option"])
        year, of = int(row.get("year") or self.year), (table.national, counted.option)
        asked = self.behind.form(year).questions.get(counted.question)
        notes, comparable = self.behind.remarks(year, [counted.question])
        at = place.group_name or (str(row["year"]) if "year" in row else None)
        label = counted.label if at is None else say("row_of", place=at, row=counted.label)
        told: dict[str, Any] = {"address": place.address, "year": year, "table": table.declared.title, "row": label}
        told |= {"comparable": comparable, "note": noted(notes), "sql_file": sql.file_of(sql.SUMS)}
        columns = [one.id for one in ([number] if number else place.numbers)]
        if asked is None:
            return self._printed(place, counted, told, columns)
        in_base, answered, chosen = (self.behind.counted(year, of, group, who) for who in ("whole", "answered", "part"))
        said = (len(chosen), len(in_base), len(answered))
        if said != (row["count"], row["base"], row.get("answered", len(answered))):
            raise InconsistentError(
                f"{place.address}: {len(chosen)} of {len(answered)} of {len(in_base)} municipalities"
            )
        called, is_use = self.declarations.base_words(asked["base"]), counted.question == USAGE_DEGREE
        of_base: Text | None = None
        who: Who = "part"
        if number and number.id == "base":
            definition, who, term = say("base", base=called), "whole", _counted("counted", "base", called, in_base)
        elif number and number.id == "answered":
            definition, who = say("answered", base=called), "answered"
            term = _counted("counted", "answered", say("those_answered"), answered)
        else:
            definition, term = self._chosen(place, counted, year), _counted("counted", of[1], counted.label, chosen)
            stays = None if is_use else say("stays", n=len(answered))
            of_base = joined(say("base_of", base=called, n=row["base"]), stays)
        # Those who did not answer have no share of those who did.
        has_share = counted.any_of is not None or not number or number.id != "answered_percent"
        if year == self.year and table.declared.note:
            told["note"] = table.declared.note
        return Explanation(
            **told,
            definition=joined(definition, of_base, where(place.group_name, year if "year" in row else None)),
            sql=statements().of_answers(of, year, group, columns),
            sql_municipalities=statements().members(of, year, group, who),
            terms=(term,) if has_share else (),
            base=BaseCount(asked["base"], called, row["base"], row.get("answered")),
            files=self.behind.files_of(year, {*table.declared.needs, *(["themes"] if asked["coded"] else [])}),
            synthetic=asked["synthetic"] or self.behind.made_up(year, [UNUSED if is_use else counted.question]),
            coded=asked["coded"],
        )

    def _printed(self, place: Place, counted: CountedRow, told: dict[str, Any], columns: list[str]) -> Explanation:
        """Explain a row of a year that is known from print: it does not say which municipalities are in it."""
        year, table, number = told["year"], place.table, place.number
        named = say("row", row=quoted(counted.label), table=quoted(table.declared.title))
        share = say("percent") if number and number.id == "percent" else None
        definition = say("base_in_print") if number and number.id == "base" else joined(named, share)
        return Explanation(
            **told,
            definition=joined(definition, where(None, year), say("printed")),
            sql=statements().of_print((table.national, counted.option), year, columns),
            base=BaseCount("printed", say("as_printed"), place.row["base"]),
            files=self.behind.files_of(year, {"published"}),
            printed=True,
        )

    def _chosen(self, place: Place, counted: CountedRow, year: int) -> Text:
        """Return in words who is counted in a row, with question and answers as the form of its year has them."""
        number, form = place.number, self.behind.form(year)
        share = say(number.id) if number and number.kind == "percent" else None
        if counted.question == USAGE_DEGREE and counted.any_of:
            declared = next(one for one in self.declarations.table if one.id == place.table.national)
            meaning = joined(*(option.text for option in declared.option if option.id in counted.any_of))
            return joined(say("usage_degree", options=quoted(counted.label), meaning=meaning), share)
        asked, known = form.questions[counted.question], form.options.get(counted.question, {})
        labels = [quoted(known[one][0].label) if one in known else Text.same(one) for one in counted.any_of or ()]
        frame = "coded" if asked["coded"] else "one" if len(labels) == 1 else "any"
        frame = str(NOT_ANSWERED) if counted.any_of is None else frame if labels else "nobody"
        question = quoted(Text.both(lambda lang: asked[f"text_{lang}"]))
        return joined(say(frame, options=listed(labels), question=question), share)

    def _measures(self, place: Place) -> Explanation:
        """Explain a row of a table of measures, or one number of it."""
        declared, row = place.table.declared, place.row
        if declared.by == "figure":
            measure = self.declarations.measure_of(row["figure"])
            return self._measure(place, measure, measure.label, declared.needs)
        group, number = place.group, place.number
        label = declared.country if group is None and declared.country else place.group_name or Text.same("")
        columns = [number] if number else place.numbers
        measures = {one.id: self.declarations.measure_of(one.measure or one.id) for one in columns}
        of_group = None if group is None else where(place.group_name, None)
        each = [self._measure(place, one, label, declared.needs) for one in measures.values()]
        each = [replace(one, definition=joined(one.definition, of_group)) for one in each]
        statement = statements().of_measures(
            measures, {one.id for one in columns if one.kind == "tenths"}, self.year, group
        )
        if number:
            return replace(each[0], sql=statement)
        definition = say("row", row=quoted(label), table=quoted(declared.title))
        return replace(self._together(each, group), sql=statement, definition=definition)

    def _measure(
        self, place: Place, measure: Measure, label: Text, needs: Sequence[str], year: int | None = None
    ) -> Explanation:
        """Explain a measure of a year (None: the report's): its terms, and who contributes to each."""
        at, group = year or self.year, place.group
        # The middle of what is contributed is no sum of it.
        roles: list[tuple[Role, str]] = [("listed" if measure.median else "plus", term) for term in measure.terms]
        roles += [("minus", term) for term in measure.minus] + ([("whole", measure.whole)] if measure.whole else [])
        declared = [(role, _called(self.declarations.measure_of(term), group)) for role, term in roles]
        notes, comparable = self.behind.remarks(at, measure.asked)
        share = None
        if measure.whole:
            part = listed([one.label for role, one in declared if role == "plus"])
            share = say("share", part=part, whole=_called(self.declarations.measure_of(measure.whole), group).label)
            share = joined(share, say(f"unit_{measure.unit}"))
        questions = [*measure.asked, *([UNUSED] if self.behind.needs_returns(measure) else [])]
        return Explanation(
            address=place.address,
            table=place.table.declared.title,
            row=label,
            definition=joined(measure.text, share, where(None, year)),
            year=at,
            sql=statements().of_measures({"value": measure}, set(), at, group),
            sql_municipalities=statements().contributors([one.id for _, one in declared], at, group),
            sql_file=sql.file_of(sql.SUMS),
            terms=tuple(self._term(role, one, at, group) for role, one in declared),
            files=self.behind.files_of(at, {*needs, *(role for _, one in declared for role in one.files)}),
            synthetic=self.behind.made_up(at, questions),
            comparable=comparable,
            note=noted(notes),
        )

    def _term(self, role: Role, measure: Measure, year: int, group: Group | None) -> Term:
        codes = self.behind.group(year, group) if group else None
        given = self.behind.given(year).get((MEASURES, measure.id), {})
        here = [(code, one.part) for code, one in given.items() if codes is None or code in codes]
        found = self.behind.members(year, ((code, part) for code, part in here if code))
        return Term(role, measure.id, measure.label, measure.unit, sum(part or 0 for _, part in here), found)

    def _together(self, each: Sequence[Explanation], group: Group | None) -> Explanation:
        """Return several numbers of one row as one: the terms of all of them, each once."""
        terms = {term.id: replace(term, role="listed") for one in each for term in one.terms}
        there = {file for one in each for file in one.files}
        return replace(
            each[0],
            terms=tuple(terms.values()),
            sql_municipalities=statements().contributors(list(terms), each[0].year, group),
            files=tuple(file for file in self.behind.files[each[0].year] if file in there),
            synthetic=any(one.synthetic for one in each),
            comparable=all(one.comparable for one in each),
            note=next((one.note for one in each if one.note), None),
        )

    def _own(self, place: Place) -> Explanation:
        """Explain a row of a table with a .sql file of its own, or a cell of it."""
        declared, column, row, number = place.table.declared, place.column, place.row, place.number
        labelled = next((one for one in declared.column if one.kind == "label"), None)
        named = declared.words(str(row[labelled.of or labelled.id])) if labelled else None
        label = named or Text.same(str(row["municipality"] if "municipality" in row else row[declared.key[0]]))
        parts = {"row": quoted(label), "table": quoted(declared.title)}
        generic = say("cell", column=quoted(label_of(column)), **parts) if column else say("row", **parts)
        columns = [column] if column else declared.column
        year = int(row["year"]) if "year" in row else self.year
        roles = {*declared.needs, *declared.files, *(role for one in columns for role in one.files)}
        # A label stands in tables.toml, not in the store.
        keys, whole = {key: row[key] for key in declared.key}, sql.whole_table(place.table, self.year)
        in_store = [column.id] if column and (column.kind != "label" or column.of is None) else []
        told = Explanation(
            address=place.address,
            table=declared.title,
            row=label,
            definition=(column.text if column else None) or generic,
            year=year,
            sql=statements().of_row(whole, in_store, keys),
            sql_file=sql.file_of(declared.id),
            files=self.behind.files_of(year, roles),
        )
        if declared.key == ["year"]:
            return self._of_year(place, told)
        if code := row.get("municipality_code"):
            value = row[number.id] if number else None
            found: tuple[Member, ...] = (Member(code, code, None, None, value),)
            if code in self.behind.known(self.year):
                found = self.behind.members(self.year, [(code, value)])
            term = Term("listed", code, label, number.kind if number else "count", value, found)
            is_made_up = "returns" in roles and self.behind.made_up(self.year, [UNUSED])
            return replace(told, terms=(term,), synthetic=is_made_up)
        if "sha256" in row:
            return replace(told, files=tuple(file for file in self.behind.files[year] if file.role == row["role"]))
        return told

    def _of_year(self, place: Place, told: Explanation) -> Explanation:
        """Explain a row of a table by year, whose columns are measures: counted, from print, or what the rules say."""
        number, needs = place.number, ("recipients", "returns")
        measures = [self.declarations.measure_of(one.id) for one in ([number] if number else place.numbers)]
        each = [self._measure(place, one, told.row or Text.same(""), needs, told.year) for one in measures]
        together = each[0] if number else self._together(each, None)
        definition = together.definition if number else told.definition
        told = replace(told, definition=definition, note=together.note, comparable=together.comparable)
        if number and all(term.total and not term.municipalities for term in together.terms):
            return replace(told, terms=together.terms, files=self.behind.files_of(told.year, ()))
        if told.year not in self.behind.counted_years:
            files = self.behind.files_of(told.year, {"published"})
            return replace(told, definition=joined(definition, say("printed")), printed=True, files=files)
        kept = ("terms", "sql_municipalities", "files", "synthetic")
        return replace(told, **{name: getattr(together, name) for name in kept})

    def _cells(self, place: Place) -> Iterator[RowCell]:
        """Yield the cells of a row, but for what tells it apart and answers in free text."""
        for column in place.table.declared.column:
            cell = place.table.cell(place.key or "", column.id)
            if column.kind not in ("key", "label"):
                value = None if self._is_free_text(place, column) else cell.value
                yield RowCell(cell.address, label_of(column), value, cell.kind)

    def _is_free_text(self, place: Place, column: Column) -> bool:
        """Return whether a cell holds an answer in free text, which is not shown: one that was corrected."""
        asked = self.behind.questions(self.year).get(place.row.get("field", ""))
        return column.id in ("found", "corrected") and asked is not None and asked["kind"] == "text"


def _counted(role: Role, id_: str, label: Text, found: tuple[Member, ...]) -> Term:
    return Term(role, id_, label, "count", len(found), found)


def _called(measure: Measure, group: Group | None) -> Measure:
    """Return a measure by the name that it has where a row is about a part of the country."""
    return measure.model_copy(update={"label": measure.in_group}) if group and measure.in_group else measure
