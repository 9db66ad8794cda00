"""Explain a row of a table of answers, or one number of it: who chose what, who is in the base, who answered."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipeline.declarations import Column, Declarations
from pipeline.explain import sql
from pipeline.explain.addresses import Place
from pipeline.explain.behind import Behind
from pipeline.explain.explanation import Base, Explanation, InconsistentError, Member, Role, Term
from pipeline.explain.words import joined, listed, noted, quoted, same, say, where
from pipeline.model import Text
from pipeline.store.rows import NOT_ANSWERED, USAGE_DEGREE, CountedRow


class AnswerRows:
    """Explains the rows of tables of answers, in the report's year and the years before it."""

    def __init__(self, behind: Behind, declarations: Declarations, year: int) -> None:
        """Keep what stands behind the numbers; `year` is the report's."""
        self.behind, self.declarations, self.year = behind, declarations, year
        self.members = cache(self._members)

    def _members(self, year: int, row: tuple[str, str], group: sql.Group | None, who: sql.Who) -> tuple[Member, ...]:
        """Return who is counted in a row of a table of answers, or who is in its base or has answered."""
        here = self.behind.group(year, group) if group else None
        given = self.behind.given(year).get(row, ())
        wanted = (one.municipality_code for one in given if getattr(one, who))
        return self.behind.members(year, ((code, 1) for code in wanted if code and (here is None or code in here)))

    def __call__(self, place: Place) -> Explanation:
        """Explain a row, or one number of it: a count, its base, how many answered, a share.

        InconsistentError when the municipalities do not give the row.
        """
        row, table, number = place.row, place.table, place.number
        counted = next(one for one in table.counted if one.option == row["option"])
        year, group = int(row.get("year") or self.year), sql.group_of(place)
        asked = self.behind.form(year).questions.get(counted.question)
        notes, comparable = self.behind.remarks(year, [counted.question])
        at = place.group_name or row.get("year")
        at = str(at) if isinstance(at, int) else at
        label = counted.label if at is None else say("row_of", place=at, row=counted.label)
        told: dict[str, Any] = {"address": place.address, "year": year, "table": table.declared.title, "row": label}
        told |= {"comparable": comparable, "note": noted(notes), "sql_file": sql.file_of(sql.SUMS)}
        is_base, is_answered = (number is not None and number.id == name for name in ("base", "answered"))
        of, columns = (table.national, counted.option), [one.id for one in ([number] if number else place.numbers)]
        if asked is None:
            return self._printed(place, counted, told, columns)
        in_base = self.members(year, of, group, "whole")
        answered, chosen = self.members(year, of, group, "answered"), self.members(year, of, group, "part")
        said = (len(chosen), len(in_base), len(answered))
        if said != (row["count"], row["base"], row.get("answered", len(answered))):
            raise InconsistentError(
                f"{place.address}: {len(chosen)} of {len(answered)} of {len(in_base)} municipalities"
            )
        called = self.declarations.base_words(asked["base"])
        is_use = counted.question == USAGE_DEGREE
        of_base: Text | None = None
        who: sql.Who = "part"
        terms = [_counted("counted", counted.option, counted.label, chosen)]
        if is_base:
            definition, who, terms = say("base", base=called), "whole", [_counted("counted", "base", called, in_base)]
        elif is_answered:
            definition, who = say("answered", base=called), "answered"
            terms = [_counted("counted", "answered", say("those_answered"), answered)]
        else:
            definition = self._chosen(place, counted, year, number)
            stays = None if is_use else say("stays", n=len(answered))
            of_base = joined(say("base_of", base=called, n=row["base"]), stays)
        if counted.any_of is None and number and number.id == "answered_percent":
            terms = []  # those who did not answer have no share of those who did
        if year == self.year and table.declared.note:
            told["note"] = table.declared.note
        return Explanation(
            **told,
            definition=joined(definition, of_base, where(place.group_name, year if "year" in row else None)),
            sql=sql.of_answers(of, year, group, columns),
            sql_municipalities=sql.members(of, year, group, who),
            terms=tuple(terms),
            base=Base(asked["base"], called, row["base"], row.get("answered")),
            files=self.behind.files_of(year, {*table.declared.needs, *(["themes"] if asked["coded"] else [])}),
            synthetic=asked["synthetic"] or self.behind.made_up(year, ["unused_kr" if is_use else counted.question]),
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
            sql=sql.of_print((table.national, counted.option), year, columns),
            base=Base("printed", say("as_printed"), place.row["base"]),
            files=self.behind.files_of(year, {"published"}),
            printed=True,
        )

    def _chosen(self, place: Place, counted: CountedRow, year: int, number: Column | None) -> Text:
        """Return in words who is counted in a row, with question and answers as the form of its year has them."""
        share = say(number.id) if number and number.kind == "percent" else None
        form = self.behind.form(year)
        if counted.question == USAGE_DEGREE and counted.any_of:
            declared = next(one for one in self.declarations.table if one.id == place.table.national)
            meaning = joined(*(option.text for option in declared.option if option.id in counted.any_of))
            return joined(say("usage_degree", options=quoted(counted.label), meaning=meaning), share)
        asked, known = form.questions[counted.question], form.options.get(counted.question, {})
        labels = [quoted(known[one][0].label) if one in known else same(one) for one in counted.any_of or ()]
        if counted.any_of is None:
            frame = str(NOT_ANSWERED)
        elif not labels:
            frame = "nobody"
        else:
            frame = "coded" if asked["coded"] else "one" if len(labels) == 1 else "any"
        question = quoted(Text(sv=asked["text_sv"], en=asked["text_en"]))
        return joined(say(frame, options=listed(labels), question=question), share)


def _counted(role: Role, id_: str, label: Text, found: tuple[Member, ...]) -> Term:
    return Term(role, id_, label, "count", len(found), found)
