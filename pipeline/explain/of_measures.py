"""Behind measures: what each municipality adds to the terms of a figure, in the country or a region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.explain import statements
from pipeline.explain.addresses import Place
from pipeline.explain.explanation import Role, Term
from pipeline.explain.figure import Figure, Source, number_in, numbers_of, sql_path, sql_text, term, where
from pipeline.explain.words import listed, quoted, same, say, sentences, words
from pipeline.model import Text
from pipeline.tabulate import Measure, Table
from pipeline.tabulate.declare import Column
from pipeline.tabulate.measures import COUNTRY


def of_measures(source: Source, place: Place) -> Figure:
    """A row of a table of measures, or one number of it."""
    declared, row = place.table.declared, place.row
    if declared.by == "figure":
        measure = source.declarations.measure_of(row["figure"])
        return of_measure(source, measure, measure.label, declared.needs)
    region = None if row["region_code"] == COUNTRY else row["region_code"]
    label = declared.country if region is None and declared.country else same(row["region"])
    number = number_in(place)
    shown = {one.id: _measure_of(source, one) for one in ([number] if number else numbers_of(place.table))}
    decimal = {one.id for one in numbers_of(place.table) if one.kind == "tenths"}
    each = [of_measure(source, one, label, declared.needs, region=region) for one in shown.values()]
    if region is not None:
        each = [replace(one, definition=sentences(one.definition, where(row["region"], None))) for one in each]
    sql = statements.summed(shown, decimal, source.year, region)
    if number:
        return replace(each[0], sql=sql)
    definition = say("row", row=quoted(label), table=quoted(declared.title))
    return replace(together(each, source.year, region), sql=sql, definition=definition)


def of_measure(
    source: Source,
    measure: Measure,
    label: Text,
    needs: Sequence[str],
    *,
    year: int | None = None,
    region: str | None = None,
) -> Figure:
    """A measure of a year (None: the report's): its terms, and who adds to each. `label` is what its row is called."""
    at = source.year if year is None else year
    terms = tuple(_terms(source, measure, at, region))
    note, comparable = source.members.remarks(at, measure.asked)
    rests_on = [*measure.asked, *([] if measure.id in words().before_returns else ["unused_kr"])]
    return Figure(
        row=label,
        definition=sentences(measure.text, _share(source, measure), where(None, year)),
        year=at,
        sql=statements.summed({"value": measure}, set(), at, region),
        sql_municipalities=statements.who_adds([each.id for each in terms], at, region),
        sql_file=sql_path(statements.MEASURES),
        terms=terms,
        roles=frozenset({*needs, *(role for each in terms for role in words().files.get(each.id, ()))}),
        synthetic=source.members.made_up(at, rests_on),
        comparable=comparable,
        note=note,
    )


def together(each: Sequence[Figure], year: int, region: str | None) -> Figure:
    """Several figures of one row as one: the terms of all of them, each once."""
    terms = {one.id: replace(one, role="listed") for figure in each for one in figure.terms}
    return replace(
        each[0],
        terms=tuple(terms.values()),
        sql_municipalities=statements.who_adds(list(terms), year, region),
        roles=frozenset().union(*(figure.roles for figure in each)),
        synthetic=any(figure.synthetic for figure in each),
        comparable=all(figure.comparable for figure in each),
        note=next((figure.note for figure in each if figure.note), None),
    )


def table_sql(source: Source, table: Table) -> str:
    """Give the statement that computes a whole table of measures."""
    if table.declared.by == "figure":
        measures, only = [source.declarations.measure_of(key) for key in table.rows], "place = 0"
    else:
        measures = [_measure_of(source, column) for column in numbers_of(table)]
        only = "true" if table.declared.whole_country else "place > 0"
    wanted = [
        {
            "measure": each.id,
            "position": at,
            "unit": each.unit,
            "plus": each.terms,
            "minus": each.minus,
            "whole": each.whole,
        }
        for at, each in enumerate(measures)
    ]
    sql = statements.filled(sql_text(statements.MEASURES), year=source.year, wanted=wanted)
    return f"{statements.of_row(sql, [], {})}\nWHERE {only}"


def _measure_of(source: Source, column: Column) -> Measure:
    return source.declarations.measure_of(column.measure or column.id)


def _share(source: Source, measure: Measure) -> Text | None:
    if measure.whole is None:
        return None
    part = listed([source.declarations.measure_of(each).label for each in measure.terms])
    whole = source.declarations.measure_of(measure.whole).label
    return sentences(say("share", part=part, whole=whole), say(f"unit_{measure.unit}"))


def _terms(source: Source, measure: Measure, year: int, region: str | None) -> Iterator[Term]:
    roles: list[tuple[Role, str]] = [("plus", each) for each in measure.terms]
    roles += [("minus", each) for each in measure.minus]
    roles += [("whole", measure.whole)] if measure.whole else []
    for role, each in roles:
        declared = source.declarations.measure_of(each)
        total, found = source.members.adding(each, year, region)
        yield term(role, each, declared.label, declared.unit, found, total)
