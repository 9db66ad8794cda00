"""`aterrapport settle`: what each recipient is to repay, and why; what is claimed; what goes back to the treasury.

Repayment (återbetalning) is of unused money, and of the rest where the year's rules say that a return which is missing
or late means so. A claim (återkrav) is what the agency has decided after its review, on one of the year's grounds that
rest on such a decision. Claims stand as decided, and nobody is asked for more than was requisitioned: what is already
claimed is not repaid a second time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

import polars as pl
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pipeline.errors import UnreadableInputError, UserError
from pipeline.files import put_in_place, staged, write_csv, write_text
from pipeline.language import amount, brief
from pipeline.letters import Letter, in_language, signature, write_mailing
from pipeline.mask import mask
from pipeline.model import Identifier, Language, Model, read_model
from pipeline.money.years import WORDS, code_of, name_of, open_year, say_status_next, told
from pipeline.paths import Workspace
from pipeline.read.records import read_records
from pipeline.read.roles import find_file
from pipeline.steps.engine import progress
from pipeline.workbook import write_workbook
from pipeline.year import Year

RECIPIENTS = Path(__file__).with_name("recipients.sql").read_text(encoding="utf-8")
DECISIONS = "decisions"
_LIST = """
    municipality_code municipality recipient requisitioned_kr unused_kr not_in_time_kr repayment_kr claim_kr total_kr
    state grounds reasons returned_on last_day made_up_answers
"""
_CLAIMS, _TREASURY = "municipality_code municipality ground claim_kr reason who when", "what recipients to_treasury_kr"
_Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Words = Annotated[_Name, AfterValidator(mask)]
_Kr = Annotated[int, Field(gt=0)]


class _Decision(Model):
    municipality: _Name  # its name or its code
    reason: _Words  # as the municipality is told
    who: _Words
    when: date


class Claim(_Decision):
    """A claim on one municipality: all that was used, or part of it."""

    ground: Identifier  # of the year's, one that rests on the agency
    amount_kr: _Kr


class _Extension(_Decision):
    until: date  # the last day of the municipality to send in its return


class _Decisions(Model):
    decision: list[Claim] = []
    extension: list[_Extension] = []


class _DecisionRow(_Decision):
    """A decision as a row of a table: a claim, with ground and amount, or an extension, with its last day."""

    ground: Identifier | None = None
    amount_kr: _Kr | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.until is None) == (self.ground is None) or (self.ground is None) != (self.amount_kr is None):
            raise ValueError("a row says ground and amount_kr of a claim, or until, the last day of a longer time")
        return self


class Decided(NamedTuple):
    """All decisions of a year, by the code of the municipality; without a file there are none."""

    file: str = ""
    claims: Mapping[str, Sequence[Claim]] = {}
    last_days: Mapping[str, date] = {}


def read_decisions(folder: Path, shown_as: str, rules: Year) -> Decided:
    """Read the decisions of a year folder. UserError when they do not hold."""
    path, grant = find_file(folder, DECISIONS, shown_as), rules.grant
    if path is None:
        return Decided()
    file = f"{shown_as}/{path.name}"
    if path.suffix.lower() == ".toml":
        read = read_model(path, _Decisions, file)
    else:
        columns = ("municipality", "reason", "who", "when"), ("ground", "amount_kr", "until")
        rows = [row.model_dump(exclude_none=True) for _, row in read_records(path, file, _DecisionRow, *columns)]
        claimed, longer = ([row for row in rows if ("until" in row) == is_longer] for is_longer in (False, True))
        read = _Decisions(decision=[Claim(**row) for row in claimed], extension=[_Extension(**row) for row in longer])
    claims: dict[str, list[Claim]] = defaultdict(list)
    last_days: dict[str, date] = {}

    def hold(right: bool, problem: str, found: object, expected: str, todo: str | None = None) -> None:
        if not right:
            raise UnreadableInputError(f"key {problem}", file=file, found=str(found), expected=expected, todo=todo)

    def concerned(decision: _Decision, key: str) -> str:
        code, first = code_of(decision.municipality, f"key {key}.municipality: ", file=file), grant.use_from
        is_after, problem = first is None or decision.when >= first, "decided before the money could be used"
        hold(is_after, f"{key}.when: {problem}", decision.when, f"{first} or later")
        return code

    rests_on = {ground.id: ground.rests_on for ground in grant.ground}
    by_agency = [ground for ground, what in rests_on.items() if what == "agency"]
    there = " or ".join(by_agency) or "a ground in year.toml that rests on the agency; there is none"
    for at, claim in enumerate(read.decision, start=1):
        key, code = f"decision.{at}", concerned(claim, f"decision.{at}")
        follows = "a ground that follows from the return and is not decided"
        problem = follows if claim.ground in rests_on else "no ground of this grant year"
        hold(claim.ground in by_agency, f"{key}.ground: {problem}", claim.ground, there)
        is_first, twice = claim.ground not in [one.ground for one in claims[code]], "a second claim on the same ground"
        whom, expected = f"{claim.municipality}, {claim.ground}", "one claim a municipality and ground"
        hold(is_first, f"{key}: {twice}", whom, expected, "add them up")
        claims[code].append(claim)
    for at, longer_time in enumerate(read.extension, start=1):
        key, code, last = f"extension.{at}", concerned(longer_time, f"extension.{at}"), grant.return_by
        who, twice = longer_time.municipality, "longer time for the same municipality twice"
        hold(code not in last_days, f"{key}: {twice}", who, "one extension a municipality")
        no_day = "longer time, but the year has no last day for returns"
        hold(last is not None, f"{key}: {no_day}", who, "return_by in year.toml")
        is_longer = last is not None and longer_time.until > last
        hold(is_longer, f"{key}.until: no longer time", longer_time.until, f"a day after return_by {last}")
        last_days[code] = longer_time.until
    return Decided(file, claims, last_days)


def listed(rows: Any, columns: str = _LIST) -> pl.DataFrame:
    """Return rows as settlement.csv has them, or as another table with these columns."""
    kinds: dict[str, Any] = dict.fromkeys(columns.split(), pl.String)
    kinds |= {name: pl.Int64 for name in kinds if name.endswith("_kr") or name == "recipients"}
    kinds |= {name: pl.Date for name in kinds if name in ("returned_on", "last_day", "when")}
    return pl.DataFrame(rows, kinds, orient="row")


def settle(year: int, languages: Sequence[Language], workspace: Workspace) -> None:
    """Settle a year: write list, workbook and letters; print the sums. UserError with nothing but findings written."""
    with open_year(year, workspace, "the settlement", RECIPIENTS) as (rules, recipients, findings):
        decided = read_decisions(workspace.raw(year), f"raw/{year}", rules)
        rows = settled(rules, recipients.to_dicts(), decided)
        findings()
    path, target = workspace.made(year) / "settlement.csv", workspace.out / str(year) / "settlement"
    asked = [row for row in rows if row["total_kr"] > 0]
    # What nobody asked for; 0 when more was asked for than there was.
    not_requisitioned_kr = max(0, rules.grant.available_kr - sum(row["requisitioned_kr"] for row in rows))
    with progress("letters"), staged(workspace.processed) as stage:
        made, csv = stage / "settlement", stage / "settlement.csv"
        (made / "letters").mkdir(parents=True)
        for language in languages:
            letters = [_letter(row, rules, language) for row in asked]
            for one in letters:
                write_text(made / "letters" / one.file(language), one.text)
            write_mailing(letters, rules, language, made / in_language(language, "letters.xlsx"))
            book = made / in_language(language, "settlement.xlsx")
            _write_workbook(rows, asked, not_requisitioned_kr, rules, language, book)
        write_csv(listed(rows), csv)
        put_in_place({target: made, path: csv})
    columns = ("requisitioned_kr", "to_repay_kr", "not_in_time_kr", "repaid_kr", "claim_kr", "total_kr")
    kr = {name: [row[name] for row in rows if row[name]] for name in columns}
    whole = sum(row["repaid_kr"] == row["requisitioned_kr"] for row in rows)
    facts = {"rows": rows, "rules": rules, "kr": kr, "whole": whole, "not_requisitioned_kr": not_requisitioned_kr}
    print(told("settle", no_days=_no_days(rules), **facts), path, target, sep="\n")
    say_status_next(year, workspace)


def settled(rules: Year, recipients: Iterable[Mapping[str, Any]], decided: Decided) -> list[Mapping[str, Any]]:
    """Settle the year: a row a recipient, with the columns of settlement.csv, and besides `to_repay_kr` (what is to be
    repaid because it was not used), `repaid_kr` (with what is to be repaid because the return is late), `first_on` (the
    day the first return came in) and `claims`. UserError for rules without grounds, and for a decision that its
    municipality cannot bear."""
    if not rules.grant.ground:
        expected = "the year's grounds for repayment as [[grant.ground]], for nothing can be settled without"
        raise UserError(f"raw/{rules.year}/year.toml: key grant.ground: missing; expected {expected}")
    by_code, file = {row["municipality_code"]: row for row in recipients}, decided.file
    for code in [*decided.claims, *decided.last_days]:
        row, name = by_code.get(code), name_of(code)
        if row is None:
            expected, todo = "a municipality in recipients.csv", "remove the decision, or look at the recipients"
            problem = f"a decision on {name}, which got no money this year"
            raise UnreadableInputError(problem, file=file, found=name, expected=expected, todo=todo)
        claimed, most_kr = _claimed(decided, code), row["requisitioned_kr"] - (row["unused_kr"] or 0)
        if claimed > most_kr:
            problem = f"more is claimed of {name} than it {'requisitioned' if row['unused_kr'] is None else 'used'}"
            raise UnreadableInputError(problem, file=file, found=amount(claimed), expected=f"at most {amount(most_kr)}")
    return [_settled(row, rules, decided) for row in recipients]


def _claimed(decided: Decided, code: str) -> int:
    return sum(claim.amount_kr for claim in decided.claims.get(code, ()))


def _settled(row: Mapping[str, Any], rules: Year, decided: Decided) -> Mapping[str, Any]:
    """Return what a recipient is asked for. State: `nothing` to repay, `part`, `all` of what was requisitioned, or
    `unknown` (no return, and no ground to ask for the money; then `repayment_kr` is empty). `returned_on` is the first
    day that a return came in, empty where it is not known or made up."""
    grant, first_on, code = rules.grant, row["first_on"], row["municipality_code"]
    unused, late, requisitioned_kr = grant.rests_on("unused"), grant.rests_on("return"), row["requisitioned_kr"]
    claims, last_day = decided.claims.get(code, ()), decided.last_days.get(code, grant.return_by)
    claim_kr, to_repay_kr = _claimed(decided, code), (row["unused_kr"] or 0) if unused else 0
    came_late = last_day and first_on and first_on > last_day and _no_days(rules) is None
    is_late = bool(late and last_day and (came_late or not row["returned"]))
    not_in_time_kr = requisitioned_kr - to_repay_kr - claim_kr if is_late else 0
    repaid_kr, is_known = to_repay_kr + not_in_time_kr, row["returned"] or is_late
    total_kr = repaid_kr + claim_kr
    grounds = [ground.id for ground, kr in ((unused, to_repay_kr), (late, not_in_time_kr)) if ground and kr > 0]
    state = "part" if 0 < total_kr < requisitioned_kr else "all" if total_kr else "nothing"
    told = {"repayment_kr": repaid_kr if is_known else None, "state": state if is_known else "unknown"}
    told |= {"to_repay_kr": to_repay_kr, "not_in_time_kr": not_in_time_kr, "repaid_kr": repaid_kr, "claim_kr": claim_kr}
    told |= {"grounds": "; ".join([*grounds, *(claim.ground for claim in claims)]), "total_kr": total_kr}
    told |= {"reasons": "; ".join(brief(claim.reason) for claim in claims), "claims": claims, "last_day": last_day}
    told |= {
        "recipient": brief(row["recipient"]),
        "made_up_answers": "unused_kr" if "unused_kr" in grant.synthetic else "",
    }
    told |= {"returned_on": None if "submitted_on" in grant.synthetic else first_on}
    return {**row, **told}


def _no_days(rules: Year) -> str | None:
    """Return why no return can be called late, where the rules have that ground; None when it can be told."""
    reasons = {
        "the year's last day for returns is not stated": rules.grant.return_by is None,
        "the form has no submitted_on": rules.column("submitted_on") is None,
        "the days in submitted_on are MADE UP": "submitted_on" in rules.grant.synthetic,
    }
    return next((why for why, is_so in reasons.items() if is_so and rules.grant.rests_on("return")), None)


def _letter(row: Mapping[str, Any], rules: Year, language: Language) -> Letter:
    """Write to one municipality, by its row of the settlement: a point a ground, unused money first and claims last."""
    grant, claims = rules.grant, row["claims"]
    ground = {name: brief(one.text[language]) for one in grant.ground for name in (one.id, f"rests on {one.rests_on}")}
    points: list[tuple[str, str, int, Claim | None]] = [
        (what, ground[f"rests on {what}"], row[column], None)
        for what, column in (("unused", "to_repay_kr"), ("return", "not_in_time_kr"))
        if row[column]
    ]
    points += [("agency", ground[claim.ground], claim.amount_kr, claim) for claim in claims]
    kind = ("both" if row["repaid_kr"] else "claim") if claims else "repayment"
    of_whom = {"name": row["municipality"], "year": rules.year, "kind": kind}
    subject, signed = WORDS(language, "letter.subject", **of_whom), signature(rules, language)
    told = {"row": row, "points": points, "how": grant, "grant": brief(grant.name[language]), "brief": brief}
    text = WORDS(language, "letter.text", subject=subject, signature=signed, **of_whom, **told)
    return Letter(row["municipality_code"], subject, f"{text}\n")


def _write_workbook(
    rows: Sequence[Mapping[str, Any]],
    asked: Sequence[Mapping[str, Any]],
    left_kr: int,
    rules: Year,
    language: Language,
    path: Path,
) -> None:
    """Write the workbook: all recipients, those who are asked for something, the claims, and the sums."""
    claims = [
        [row["municipality_code"], row["municipality"], one.ground, one.amount_kr, one.reason, one.who, one.when]
        for row in rows
        for one in row["claims"]
    ]
    sums = [[WORDS(language, "settlement.not_requisitioned"), None, left_kr]]
    for what, column in (("repayments", "repayment_kr"), ("claims", "claim_kr")):
        amounts = [row[column] for row in rows if row[column]]
        sums.append([WORDS(language, f"settlement.{what}"), len(amounts), sum(amounts)])
    sheets = {"recipients": listed(rows), "to_repay": listed(asked), "claims": listed(claims, _CLAIMS)}
    is_made_up = "unused_kr" in rules.grant.synthetic
    title = WORDS(language, "settlement.title", year=rules.year, made_up=is_made_up)
    sheets["treasury"] = listed(sums, _TREASURY)
    write_workbook(path, title, sheets, language, wide=("reasons", "reason", "what"))
