"""Behind tables that count answers: who in the base chose an option, or any of several."""

from __future__ import annotations

from pipeline.explain import statements
from pipeline.explain.addresses import Place
from pipeline.explain.explanation import Base, InconsistentError
from pipeline.explain.figure import Figure, Source, number_in, sql_path, sql_text, term, where
from pipeline.explain.words import listed, quoted, same, say, sentences, words
from pipeline.model import Text
from pipeline.tabulate import CountedRow, Table

_COLUMNS = ["count", "base", "percent"]


def of_answers(source: Source, place: Place) -> Figure:
    """A row, or one number of it: a count, its base, its share. InconsistentError when the lists are not so long."""
    row, counted = place.row, _counted(place)
    year, region = int(row.get("year") or source.year), row.get("region_code")
    asked = source.members.form(year).questions.get(counted.question)
    if asked is None:
        return _printed(source, place, counted, year)
    number = number_in(place)
    is_base = number is not None and number.id == "base"
    in_base = source.members.in_row(counted, year, region, base=True)
    chosen = source.members.in_row(counted, year, region)
    if (len(chosen), len(in_base)) != (row["count"], row["base"]):
        raise InconsistentError(
            f"{place.address}: {len(chosen)} of {len(in_base)} municipalities, not {row['count']} of {row['base']}"
        )
    called = source.declarations.base_words(asked["base"])
    found = in_base if is_base else chosen
    counted_as = ("base", called) if is_base else (counted.option, counted.label)
    note, comparable = source.members.remarks(year, [counted.question])
    behind = "unused_kr" if counted.question == "usage_degree" else counted.question
    definition = (
        say("base", base=called) if is_base else _definition(source, counted, year, number.id if number else None)
    )
    stays = None if counted.question == "usage_degree" else say("stays")
    of_base = None if is_base else sentences(say("base_of", base=called, n=row["base"]), stays)
    told_year = year if "year" in row else None
    return Figure(
        row=_label(place, counted),
        definition=sentences(definition, of_base, where(row.get("region"), told_year)),
        year=year,
        sql=statements.among_answers(counted, year, region, [number.id] if number else _COLUMNS),
        sql_municipalities=statements.who_answered(counted, year, region, base=is_base),
        sql_file=sql_path(statements.ANSWERS),
        terms=(term("counted", *counted_as, "count", found, len(found)),),
        base=Base(asked["base"], called, row["base"]),
        roles=frozenset({*place.table.declared.needs, *(["themes"] if asked["coded"] else [])}),
        synthetic=asked["synthetic"] or source.members.made_up(year, [behind]),
        coded=asked["coded"],
        comparable=comparable,
        note=(place.table.declared.note if year == source.year else None) or note,
    )


def table_sql(source: Source, table: Table) -> str:
    """Give the statement that computes a whole table of answers."""
    shown = {row["option"] for row in table.rows.values()}
    wanted = [
        {
            "table_id": _declared_id(table),
            "position": at,
            "option": row.option,
            "question": row.question,
            "any_of": list(row.any_of),
        }
        for at, row in enumerate(each for each in table.counted if each.option in shown)
    ]
    sql = statements.filled(sql_text(statements.ANSWERS), year=source.year, wanted=wanted)
    places = {"region_code": f"year = {source.year} AND place > 0", "year": "place = 0"}
    only = places.get(table.declared.key[0], f"year = {source.year} AND place = 0")
    return f"{statements.of_row(sql, [], {})}\nWHERE {only}"


def _printed(source: Source, place: Place, counted: CountedRow, year: int) -> Figure:
    """A row that was printed for a year without returns: print does not say which municipalities are in it."""
    number = number_in(place)
    is_base = number is not None and number.id == "base"
    keys = {"year": year, "table_id": _declared_id(place.table), "option": counted.option}
    in_print = "SELECT year, table_id, option, count, nullif(base_n, 0) AS base, percent FROM published_rows"
    # Not in the words of the report's form: the year may have asked another question.
    row = say("row", row=quoted(counted.label), table=quoted(place.table.declared.title))
    share = say("percent") if number and number.id == "percent" else None
    definition = say("base_in_print") if is_base else sentences(row, share)
    note, comparable = source.members.remarks(year, [counted.question])
    return Figure(
        row=_label(place, counted),
        definition=sentences(definition, where(None, year), say("printed")),
        year=year,
        sql=statements.of_row(in_print, [number.id] if number else _COLUMNS, keys),
        sql_file=sql_path(statements.ANSWERS),
        base=Base("printed", words().frame["as_printed"], place.row["base"]),
        roles=frozenset({"published"}),
        printed=True,
        comparable=comparable,
        note=note,
    )


def _declared_id(table: Table) -> str:
    """The id of the declaration that a table by region or year comes from."""
    return table.declared.id.removesuffix("_by_year" if "year" in table.declared.key else "_by_region")


def _counted(place: Place) -> CountedRow:
    return next(each for each in place.table.counted if each.option == place.row["option"])


def _label(place: Place, counted: CountedRow) -> Text:
    at = place.row.get("region") or place.row.get("year")
    return counted.label if at is None else say("row_of", place=str(at), row=counted.label)


def _definition(source: Source, counted: CountedRow, year: int, column: str | None) -> Text:
    """Who is counted in a row, in words: question and answers as the form of its year has them."""
    share = say("percent") if column == "percent" else None
    form = source.members.form(year)
    if counted.question == "usage_degree":
        meaning = sentences(*(words().usage_degree[each] for each in counted.any_of))
        return sentences(say("usage_degree", options=quoted(counted.label), meaning=meaning), share)
    asked, known = form.questions[counted.question], form.options.get(counted.question, {})
    labels = [quoted(known[each][0]) if each in known else same(each) for each in counted.any_of]
    frame = "nobody" if not labels else "coded" if asked["coded"] else "one" if len(labels) == 1 else "any"
    question = quoted(Text(sv=asked["text_sv"], en=asked["text_en"]))
    return sentences(say(frame, options=listed(labels), question=question), share)
