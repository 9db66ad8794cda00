"""Every sentence of made-up years, small ones with zeros, ones, ties, blanks, all and none, says what plain counts say.

A reader of its own finds of what kind a sentence is, and a kind says when it is true. A sentence of no kind fails: who
writes a new one tells the reader here when it holds.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from jinja2 import Environment

from pipeline.paths import REPORTS, Workspace
from pipeline.register import regions
from pipeline.report import Report
from pipeline.report.blocks import Div
from pipeline.store import open_store
from pipeline.tabulate import read_declarations, tabulate
from pipeline.year import read_year
from tests.plain_counts import DERIVED, Facts, facts
from tests.small_years import small_years
from tests.telling import EDITIONS, findings, paragraphs, plain, store_of, told
from tests.world import RAW

SEEDS, YEARS = range(int(os.environ.get("SEEDS", "20"))), range(2031, 2037)
DECLARED = read_declarations(REPORTS)
SMALL = DECLARED.small_base
ASKED = {question.id: question.asked for question in read_year(RAW / "2024", "raw/2024").question}
COMPILE, COMPILED = Environment.compile, dict[Any, Any]()
NUMBER = re.compile(r"‹([^|›]*)\|([^›]*)›")
WORDS = {
    "sv": ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}
NOUNS = {
    "sv": {"kommun": "kommuner", "person": "personer", "krona": "kronor"},
    "en": {
        "krona": "kronor",
        "municipality": "municipalities",
        "recipient": "recipients",
        "person": "people",
        "has begun": "have begun",
    },
}
Holds = Callable[[Facts], bool]


def always(_: Facts) -> bool:
    return True


def known(f: Facts, before: str) -> Any:
    return f.values.get(before)


def year_before(f: Facts, name: str) -> Any:
    return f.values.get(f"funds_by_year/{f('year') - 1}/{name}")


def change(f: Facts, name: str) -> int | None:
    """1 for more than the year before, -1 for less; None when nobody knows."""
    now, then = f.values.get(f"funds_by_year/{f('year')}/{name}"), year_before(f, name)
    return None if now is None or then is None else (now > then) - (now < then)


def share_bears_a_trend(f: Facts) -> bool:
    """Whether the returns of this year and the one before are of enough recipients, and of nine tenths of them."""
    years = [(f.values.get(f"funds_by_year/{year}/recipients") or 0, f.values.get(f"funds_by_year/{year}/returned") or 0)
             for year in (f("year"), f("year") - 1)]  # fmt: skip
    return all(recipients >= SMALL and returned * 10 >= recipients * 9 for recipients, returned in years)


def unanswered(f: Facts) -> bool:
    """Whether somebody did not answer a question of a base that they are in, and that is shown."""
    rows = [address.rpartition("/")[0] for address in f.values if re.fullmatch(r"\w+/not_answered/count", address)]
    return any(f.row(row) for row in rows if f.row(row, "base") >= f.least)


# What can be said, in Swedish and English, and when it is so. N is a number, S a share, P whom of a base; [a|b] either.
# What holds without any figure stands in STILL.
KINDS: list[tuple[str, str, Holds]] = [
    # Summary
    ("Under N fanns N att fördela.", "In N, N was available.", always),
    ("Kommunerna rekvirerade N.", "The municipalities requisitioned N.", always),
    ("Alla mottagare har lämnat sin återrapport.", "All recipients have submitted their returns.", lambda f: f("not_returned") == 0),
    ("Återrapporten saknas från N mottagare, och hur den har använt pengarna är okänt.",
     "No return has been received from N recipient, so it is not known how that money was used.", lambda f: f("not_returned") == 1),
    ("Återrapporten saknas från N mottagare, och hur de har använt pengarna är okänt.",
     "No return has been received from N recipients, so it is not known how they used the money.", lambda f: f("not_returned") > 1),
    ("Ingen har medel kvar att betala tillbaka.", "No recipient has any money left to repay.", lambda f: f("repaying") == f("not_returned") == 0),
    ("Ingen av dem som har återrapporterat har medel kvar att betala tillbaka.",
     "None of the recipients that submitted a return has any money left to repay.", lambda f: f("repaying") == 0 < f("not_returned")),
    ("Sammanlagt finns N kvar hos N mottagare, som ska betala tillbaka pengarna.",
     "In total, N remains unused by N [recipient|recipients], which must repay it.", lambda f: f("repaying") > 0),
    ("Den mottagaren har inte använt något av bidraget.", "That recipient used none of the grant.", lambda f: f("repaying") == f("repaying_all") == 1),
    ("Ingen av dem har använt något av bidraget.", "None of them used any of the grant.", lambda f: f("repaying_all") == f("repaying") > 1),
    ("Av de N har N inte använt något av bidraget.", "Of the N, N used none of the grant.", lambda f: 0 < f("repaying_all") < f("repaying")),
    ("Andelen oanvända medel är N procent, lika mycket som N räknat i hela procent.",
     "The unused share is N per cent, the same as in N when rounded to a whole per cent.", lambda f: share_bears_a_trend(f) and change(f, "unused_percent") == 0),
    ("Andelen oanvända medel är N procent, högre än N, då den var N procent.",
     "The unused share is N per cent, higher than in N, when it was N per cent.", lambda f: share_bears_a_trend(f) and change(f, "unused_percent") == 1),
    ("Andelen oanvända medel är N procent, lägre än N, då den var N procent.",
     "The unused share is N per cent, lower than in N, when it was N per cent.", lambda f: share_bears_a_trend(f) and change(f, "unused_percent") == -1),
    ("Kommunerna uppger att de har haft hälsosamtal med N [person|personer].",
     "The municipalities report that they held talks with N [person|people].", lambda f: f("persons_total") > 0),
    ("Den kommun som har använt bidraget har kommit i gång med samtalen.",
     "The municipality that used the grant has begun the talks.", lambda f: f("used") == f("talks_held") == 1),
    ("Båda kommunerna som har använt bidraget har kommit i gång med samtalen.",
     "Both municipalities that used the grant have begun the talks.", lambda f: f("used") == f("talks_held") == 2),
    ("Alla N kommuner som har använt bidraget har kommit i gång med samtalen.",
     "All N municipalities that used the grant have begun the talks.", lambda f: f("used") == f("talks_held") > 2),
    ("Ingen kommun uppger att den har kommit i gång med samtalen.",
     "No municipality reports that it has begun the talks.", lambda f: f("talks_held") == 0 < f("used")),
    ("Av de N kommuner som har använt bidraget har N kommit i gång med samtalen.",
     "Of the N municipalities that used the grant, N [has begun|have begun] the talks.", lambda f: 0 < f("talks_held") < f("used")),
    ("Bidraget får användas till följande.", "The grant may be used for the following purposes.", always),
    # The quality declaration
    ("Populationen är landets kommuner: N.", "The population is the N municipalities in Sweden.", always),
    ("Av dem är N mottagare, som har rekvirerat bidraget och ska återrapportera.",
     "Of these, N are recipients, which requisitioned the grant and must submit a return.", always),
    ("Ingen återrapport är daterad efter sista dagen.", "No return is dated after the deadline.", lambda f: f("late") == 0),
    ("Det finns N [återrapport|återrapporter] med datum efter sista dagen.", "There [is|are] N [return|returns] dated after the deadline.", lambda f: f("late") > 0),
    ("Alla som fick en fråga har svarat på den, se @.", "All questions were answered by every municipality they were put to (@).", lambda f: not unanswered(f)),
    ("Alla har inte svarat på alla frågor.", "Not all questions were answered by every municipality.", unanswered),
    ("Bortfallet för varje fråga visas i @.", "@ shows the non-response for each question.", unanswered),
    ("Inga uppgifter i filerna har rättats.", "No values in the files have been corrected.", always),
    ("Därför räknas N mottagare dit trots att en liten del är oanvänd.",
     "This includes N [recipient|recipients] with a small amount unused.", lambda f: f("rounded_to_all") > 0),
    ("För några frågor behöver läsaren veta mer.", "For some questions there is more that the reader should know.", lambda f: f.noted),
    ("Svaren på de här frågorna går inte att jämföra med året före.",
     "The answers to the following questions cannot be compared with the year before.", lambda f: not f.comparable),
    ("Ingen fråga är utmärkt som omöjlig att jämföra med året före.",
     "No question is marked as impossible to compare with the year before.", lambda f: f.comparable),
    ("Uppgifterna är preliminära.", "The figures are preliminary.", always),
    ("Uppgifterna är kommunernas egna och preliminära.", "The figures are reported by the municipalities and are preliminary.", always),
    ("När Socialstyrelsen har granskat hur medlen har använts kan det bli fråga om återkrav.",
     "When Socialstyrelsen (the National Board of Health and Welfare) has reviewed how the money was used, it may claim money back.", always),
    ("Återkrav är något annat än återbetalning av oanvända medel och ingår inte här.",
     "Such claims are not the same as the repayment of unused money and are not included here.", always),
    ("De ändras om en återrapport rättas eller kommer in sent.", "They will change if a return is corrected or arrives late.", always),
    ("När Socialstyrelsen har granskat hur medlen har använts kan det bli fråga om återkrav, som inte ingår här.",
     "When Socialstyrelsen has reviewed how the money was used, it may claim money back; such claims are not included here.", always),
    # The grant, and how it was used
    ("Alla Sveriges N kommuner kunde rekvirera sin del av N kronor.",
     "All N municipalities in Sweden could requisition a share of N kronor.", always),
    ("Av landets N kommuner rekvirerade N bidraget.", "The grant was requisitioned by N of the country’s N municipalities.", lambda f: change(f, "recipients") is None),
    ("Av landets N kommuner rekvirerade N bidraget, lika många som N.",
     "The grant was requisitioned by N of the country’s N municipalities, the same number as in N.", lambda f: change(f, "recipients") == 0),
    ("Av landets N kommuner rekvirerade N bidraget, fler än N, då antalet var N.",
     "The grant was requisitioned by N of the country’s N municipalities, more than in N, when the number was N.", lambda f: change(f, "recipients") == 1),
    ("Av landets N kommuner rekvirerade N bidraget, färre än N, då antalet var N.",
     "The grant was requisitioned by N of the country’s N municipalities, fewer than in N, when the number was N.", lambda f: change(f, "recipients") == -1),
    *((f"{sv} {rest_sv}", f"{en} requisitioned {rest_en}", lambda f, one=one, sign=sign: (f("recipients") == 1) == one and sign(f("not_requisitioned_kr")))
      for one, sv, en in ((True, "Den rekvirerade", "It"), (False, "Tillsammans rekvirerade de", "Together they"))
      for rest_sv, rest_en, sign in (
          ("N kronor, vilket är N procent av det tillgängliga beloppet.", "N kronor, or N per cent of the amount available.", lambda kr: kr > 0),
          ("hela det tillgängliga beloppet, N kronor.", "the full amount available, N kronor.", lambda kr: kr == 0),
          ("N kronor, mer än det tillgängliga beloppet.", "N kronor, more than the amount available.", lambda kr: kr < 0))),
    ("Återstoden, N [krona|kronor], rekvirerades inte.", "The remaining N [krona|kronor] was not requisitioned.", lambda f: f("not_requisitioned_kr") > 0),
    ("Enligt årets villkor omfördelades den inte till andra kommuner.",
     "Under the rules for the year it was not redistributed to other municipalities.", lambda f: f("not_requisitioned_kr") > 0),
    ("Alla kommuner har rekvirerat bidraget.", "All municipalities requisitioned the grant.", lambda f: f("recipients") == 290),
    ("Bara N kommun har inte rekvirerat bidraget.", "Only N municipality did not requisition the grant.", lambda f: f("recipients") == 289),
    ("Sammanlagt N kommuner har inte rekvirerat bidraget.", "A total of N municipalities did not requisition the grant.", lambda f: f("recipients") < 289),
    ("De står här region för region, från norr till söder.", "They are listed here by region, from north to south.", lambda f: f("recipients") < 289),
    ("De mottagare som har återrapporterat hade rekvirerat N kronor.",
     "The recipients that submitted a return had requisitioned N kronor.", lambda f: f("not_returned") > 0),
    ("Inget av det har använts.", "None of it was used.", lambda f: f("used_kr") == 0 < f("not_returned")),
    ("Inget av det rekvirerade beloppet har använts.",
     "None of the amount requisitioned was used.", lambda f: f("used_kr") == 0 == f("not_returned")),
    ("Allt har använts: N [krona|kronor].", "All of it was used: N [krona|kronor].", lambda f: f("unused_kr") == 0 < f("not_returned")),
    ("Allt som rekvirerades har använts: N [krona|kronor].",
     "All of the amount requisitioned was used: N [krona|kronor].", lambda f: f("unused_kr") == 0 == f("not_returned")),
    ("Av det har de använt N [krona|kronor], N procent.", "Of this they used N [krona|kronor], or N per cent.", lambda f: f("not_returned") > 0 and f("unused_kr") > 0),
    ("Mottagarna har använt N [krona|kronor], vilket är N procent av det rekvirerade beloppet.",
     "The recipients used N [krona|kronor], or N per cent of the amount requisitioned.", lambda f: f("not_returned") == 0 and f("unused_kr") > 0),
    ("Resten, N [krona|kronor], är oanvänd.", "The remaining N [krona|kronor] is unused.", lambda f: f("not_returned") == 0 and f("unused_kr") > 0),
    ("Det som inte rekvirerades och det som hittills har redovisats som oanvänt, tillsammans N [krona|kronor], går tillbaka till statskassan.",
     "Together, the money that was not requisitioned and the money so far reported as unused come to N [krona|kronor], which is returned to the Treasury.",
     lambda f: f("not_returned") > 0 <= f("not_requisitioned_kr") and f("to_treasury_kr") > 0),
    ("Det som inte rekvirerades och det som inte användes, tillsammans N [krona|kronor], går tillbaka till statskassan.",
     "Together, the money that was not requisitioned and the money that was not used come to N [krona|kronor], which is returned to the Treasury.",
     lambda f: f("not_returned") == 0 <= f("not_requisitioned_kr") and f("to_treasury_kr") > 0),
    ("Mottagare som hade medel kvar kunde ange varför.", "Recipients with money left could say why.", lambda f: f.told("unused_reason")),
    # Across the country, and the target group
    ("Ingen kommun har använt bidraget.", "No municipality used the grant.", lambda f: f("used") == 0),
    ("I hela landet har N av N kommuner (N procent) använt bidraget.",
     "In the country as a whole, N of N municipalities (N per cent) used the grant.", lambda f: f("used") > 0 == f("not_returned")),
    ("I hela landet har N av N kommuner (N procent) enligt sin återrapport använt bidraget.",
     "In the country as a whole, N of N municipalities (N per cent) used the grant, according to their returns.", lambda f: f("used") > 0 < f("not_returned")),
    ("I varje region har mer än hälften av kommunerna använt det.",
     "In every region, more than half of the municipalities used it.", lambda f: all(2 * part > whole for part, whole in f.regions["region_use"].values())),
    ("Ingen återrapport saknas.", "No returns are missing.", lambda f: f("not_returned") == 0),
    ("Alla kommuner som har använt bidraget ingår i basen, för alla har kommit i gång.",
     "All municipalities that used the grant are in the base, because all of them have begun the talks.", lambda f: f("used") == f("talks_held") > 1),
    ("Ytterligare N [kommun|kommuner] har använt bidraget men inte kommit i gång med samtalen.",
     "A further N [municipality|municipalities] used the grant but [has|have] not begun the talks.", lambda f: f("talks_not_held") > 0),
    ("För N [kommun|kommuner] saknas uppgift om samtalen har kommit i gång.",
     "For N [municipality|municipalities] it is not known whether the talks have begun.", lambda f: f("talks_unanswered") > 0),
    ("Den ingår inte i basen för frågor om hur samtalen går till.",
     "It is not in the base for questions about how the talks are held.", lambda f: f("used") - f("talks_held") == 1),
    ("De ingår inte i basen för frågor om hur samtalen går till.",
     "They are not in the base for questions about how the talks are held.", lambda f: f("used") - f("talks_held") > 1),
    # What municipalities answered
    ("Lönekostnaderna är N procent av det använda beloppet, räknat på de kommuner som har uppgett dem.",
     "Salary costs make up N per cent of the amount used by the municipalities that reported them.", lambda f: "key_figures/salary_percent/value" in f.shares),
    ("Ingen kommun som har kommit i gång med samtalen uppger att den har låtit bli att arbeta uppsökande.",
     "No municipality that has begun the talks reports that it did no outreach.", lambda f: f.row("outreach/none") == 0 < f("talks_held")),
    ("Inget uppsökande arbete har gjorts i N [kommun|kommuner], enligt svaren.",
     "According to the answers, no outreach was done in N [municipality|municipalities].", lambda f: f.row("outreach/none") > 0),
    ("Ingen kommun har uppgett hur många personer den har haft samtal med.",
     "No municipality has reported how many people it held talks with.", lambda f: f("persons_stated") == 0),
    ("Ingen person har haft något samtal, enligt uppgifter från N [kommun|kommuner].",
     "Nobody had a talk, according to N [municipality|municipalities].", lambda f: f("persons_total") == 0 < f("persons_stated")),
    ("Sammanlagt har N [person|personer] haft minst ett samtal, enligt uppgifter från N [kommun|kommuner].",
     "In total, N [person|people] had at least one talk, according to N [municipality|municipalities].", lambda f: f("persons_total") > 0),
    ("Uppgift saknas från N [kommun|kommuner] som har kommit i gång.",
     "The number is missing for N [municipality|municipalities] where the talks have begun.", lambda f: 0 < f("persons_stated") < f("talks_held")),
    ("Antalet går inte att jämföra med N, då kommunerna uppgav N [person|personer], eftersom antalet då räknades på ett annat sätt.",
     "The number cannot be compared with N, when municipalities reported N [person|people], because people were counted differently that year.", lambda f: f("persons_stated") > 0),
    *((f"I {sv} är {sv_whom}", f"In {en}, {en_whom}", lambda f, one=one, whom=whom: (f("sex_stated") == 1) == one and whom(f))
      for one, sv, en in (
          (True, "N kommun, den enda som har uppgett antal per kön,", "N municipality, the only one that reported the number by sex"),
          (False, "de N kommuner som har uppgett antal per kön", "the N municipalities that reported the number by sex"))
      for sv_whom, en_whom, whom in (
          ("N procent kvinnor.", "N per cent are women.", lambda f: f("persons_women") > 0 < f("persons_men")),
          ("alla män.", "all are men.", lambda f: f("persons_women") == 0 < f("persons_men")),
          ("alla kvinnor.", "all are women.", lambda f: f("persons_men") == 0 < f("persons_women")))),
    ("Hos de kommuner som har uppgett antal personer motsvarar det använda beloppet N [krona|kronor] per person, men beloppet har också gått till annat än själva samtalen.",
     "In the municipalities that reported the number of people, the amount used is equivalent to N [krona|kronor] per person, although the money was also spent on things other than the talks themselves.",
     lambda f: f("persons_total") > 0),
    ("De flesta kommuner uppger att samtalen hålls i egen regi: N av N (S).", "Most municipalities report that they hold the talks themselves: N of N (S).",
     lambda f: f.row("provider/own", "base") < 2 * f.row("provider/own") < 2 * f.row("provider/own", "base")),
    ("Ingen kommun uppger att den har lagt ansvaret på en fristående aktör.",
     "No municipality reports that it has given responsibility to an independent provider.", lambda f: f.row("provider/independent_all_or_part") == 0),
    ("En fristående aktör har en del av ansvaret i N [kommun|kommuner].",
     "An independent provider has part of the responsibility in N [municipality|municipalities].",
     lambda f: f.row("provider/independent") == 0 < f.row("provider/partly_independent")),
    ("En fristående aktör har hela ansvaret i N [kommun|kommuner].",
     "An independent provider has full responsibility in N [municipality|municipalities].",
     lambda f: f.row("provider/partly_independent") == 0 < f.row("provider/independent")),
    ("En fristående aktör har ansvaret i N kommuner, helt i N och delvis i N.",
     "An independent provider is responsible in N municipalities: fully in N and partly in N.",
     lambda f: f.row("provider/partly_independent") > 0 < f.row("provider/independent")),
    ("Ingen har svarat på frågan om vem som håller samtalen.",
     "No municipality answered the question about who holds the talks.", lambda f: f.told("provider") and f.row("provider", "answered") == 0),
    ("Ingen har svarat på frågan om kvinnor och män erbjuds hälsosamtal på lika villkor.",
     "No municipality answered the question about whether women and men are offered talks on equal terms.",
     lambda f: f.told("equal_offer") and f.row("equal_offer", "answered") == 0),
    ("Ingen har svarat på frågan om bidragets syfte har uppnåtts, se @.",
     "No municipality answered the question about whether the purpose of the grant was achieved (@).",
     lambda f: f.told("purpose_reached") and f.row("purpose_reached", "answered") == 0),
    ("Ingen har svarat på frågan om de förväntade resultaten har uppnåtts, se @.",
     "No municipality answered the question about whether the expected results were achieved (@).",
     lambda f: f.told("results_reached") and f.row("results_reached", "answered") == 0),
    ("Antalet personer per hundra i fördelningsnyckeln och kronorna per person går att jämföra mellan regioner men ska tolkas med försiktighet.",
     "The number of people per hundred in the distribution key and the amount in kronor per person can be compared between regions but should be interpreted with caution.",
     lambda f: f("persons_total") > 0),
    ("Kronorna per person går att jämföra mellan regioner men ska tolkas med försiktighet.",
     "The amount in kronor per person can be compared between regions but should be interpreted with caution.", lambda f: f("persons_total") > 0),
    ("Inga uppgifter i filerna har rättats.", "No values in the files have been corrected.", always),
    ("Det är mer än en tiondel, så svaren ska tolkas med försiktighet.",
     "That is more than a tenth, so the answers should be interpreted with caution.", always),
    ("En mottagare utan återrapport har okänd användning.", "It is not known how a recipient without a return used its money.", lambda f: f("not_returned") > 0),
    ("Den ingår i basen, men räknas varken till dem som har använt medel eller till dem som inte har gjort det.",
     "It is included in the base, but is counted neither as having used money nor as not having used any.", lambda f: f("not_returned") > 0),
]  # fmt: skip
# Whom of a base: the rows that each P is of.
PORTIONS: list[tuple[str, str, Sequence[str]]] = [
    ("Någon etablerad metod används i Q, se @ och @.", "An established method is used in Q, as shown in @ and @.", ["method/any"]),
    ("Samverkan med andra förekommer i Q.", "There is collaboration with others in Q.", ["collaboration/any"]),
    ("Samtalen hålls i egen regi i Q.", "The municipality itself holds the talks in Q.", ["provider/own"]),
    ("Enskilda samtal hålls i Q och gruppsamtal i P, se @.", "Individual talks are held in Q and group talks in P, as shown in @.",
     ["talk_form/individual", "talk_form/group"]),
    ("Samtal hålls hemma hos den äldre i P, se @.", "Talks take place in the older person’s home in P, as shown in @.", ["talk_place/home"]),
    ("Bidragets syfte har uppnåtts i hög eller ganska hög utsträckning enligt Q, se @.",
     "The purpose of the grant was achieved to a high or fairly high extent according to Q, as shown in @.", ["purpose_reached/high_or_fairly_high"]),
    ("De förväntade resultaten har uppnåtts i hög eller ganska hög utsträckning enligt P, se @.",
     "The expected results were achieved to a high or fairly high extent according to P, as shown in @.", ["results_reached/high_or_fairly_high"]),
    ("Kvinnor och män erbjuds hälsosamtal på lika villkor i Q, enligt kommunerna själva.",
     "Women and men are offered talks on equal terms in Q, according to the municipalities themselves.", ["equal_offer/yes"]),
]  # fmt: skip
"""Q is P with what the base is called."""
RANKED: tuple[str, ...] = ("unused_reason", "target_group", "area_of_use", "outreach", "collaboration", "profession")
RANKED += ("method", "referral", "follow_up", "development")
SILENT = (
    *RANKED,
    "talks_held",
    "provider",
    "talk_form",
    "talk_place",
    "purpose_reached",
    "results_reached",
    "equal_offer",
)
TRENDS = {"area_of_use": ("start", "expand", "improve"), "followed_up_and_developed": ("followed_up", "developed")}
WHO = {"sv": r"(?:kommuner|mottagare) [^(),.]+", "en": r"(?:municipalities|recipients) [^(),.]+"}
S = {"sv": rf"\x01(?: procent)?(?:(?: av)? de \x01 {WHO['sv']})?(?:, eller \x01 procent av dem som har svarat)?",
     "en": rf"\x01(?: per cent)?(?: of the \x01 {WHO['en']})?(?:, or \x01 per cent of those that answered)?"}  # fmt: skip
RANKS = {
    "sv": {
        "nobody": r"Ingen har svarat på frågan\.", "single": r"Frågan gäller en enda kommun, som har valt svare[tn] (\x02)\.",
        "everything": r"Alla har valt vart och ett av svaren\.", "several": r"Flera av svaren har valts av alla\.", "alike": r"Alla svar är lika vanliga \(vardera §\)\.",
        "many": r"Flera svar är lika vanliga och vanligare än de övriga \(vardera §\)\.", "all": r"Alla har valt svare[tn] (\x02)\.",
        "tie": r"Vanligast är (\x02) \(vardera §\)\.", "only": r"Den enda som har svarat har valt svare[tn] (\x02)\.",
        "answered": r"Alla som har svarat har valt svare[tn] (\x02) \(§\)\.",
        "close": r"Vanligast är (\x02) \(\x01 kommun(?:er)?\), tätt följt av (\x02|flera svar som är lika vanliga) \((vardera )?\x01 kommun(?:er)?\)\.",
        "first": r"Vanligast är (\x02) \(§\), följt av (\x02|flera svar som är lika vanliga) \((vardera )?§\)\.",
    },
    "en": {
        "nobody": r"No municipality answered the question\.", "single": r"The question concerns a single municipality, which chose the answers? (\x02)\.",
        "everything": r"Each of the answers was chosen by all\.", "several": r"Several of the answers were chosen by all\.", "alike": r"All answers are equally common \(each §\)\.",
        "many": r"Several answers are equally common, and more so than the others \(each §\)\.", "all": r"All of them chose the answers? (\x02)\.",
        "tie": r"The most common answers are (\x02) \(each §\)\.", "only": r"The only one that answered chose the answers? (\x02)\.",
        "answered": r"All that answered chose the answers? (\x02) \(§\)\.",
        "close": r"The most common answer is (\x02) \(\x01 municipalit(?:y|ies)\), closely followed by (\x02|several answers that are equally common) \((each )?\x01 municipalit(?:y|ies)\)\.",
        "first": r"The most common answer is (\x02) \(§\), followed by (\x02|several answers that are equally common) \((each )?§\)\.",
    },
}  # fmt: skip
NEXT = {"sv": r"Därefter följer (\x02|flera svar som är lika vanliga) \((vardera )?§\)\.",
        "en": r"Next come(?:s(?! several)(?=.*\x02 \((?!each)))? (\x02|several answers that are equally common) \((each )?§\)\."}  # fmt: skip
CLOSE = {
    "sv": r"I hela procent är andelarna lika stora: §\.",
    "en": r"Rounded to a whole per cent, the shares are the same: §\.",
}
SILENCE = {
    "sv": r"Uppgift saknas från \x01 av \x01 kommun(?:er)?\.",
    "en": r"No answer was received from \x01 of \x01 municipalit(?:y|ies)\.",
}
TREND = {"sv": r".* är (högre|lägre) än \x01: \x01 procent mot \x01 procent\.|.* är i hela procent lika stor som \x01: \x01 procent\.",
         "en": r".* is (higher|lower) than in \x01: \x01 per cent compared with \x01 per cent\.|.* is the same as in \x01, rounded to a whole per cent: \x01 per cent\."}  # fmt: skip
REGIONS = {
    "sv": r"Andelen (kommuner|mottagare) .* är (?:högst i (.*) \(\x01 procent\) och lägst i (.*) \(\x01 procent\)|(nästan )?densamma i alla regioner( som jämförs)?: \x01 procent)\.",
    "en": r"The share of (municipalities|recipients) .* is (?:highest in (.*) \(\x01 per cent\) and lowest in (.*) \(\x01 per cent\)|(nearly )?the same in all regions( compared)?: \x01 per cent)\.",
}
COMPARED = {
    "sv": "Jämförelsen gäller regioner med minst fem kommuner i basen.",
    "en": "The comparison covers regions with at least five municipalities in the base.",
}
MANY_REGIONS = {"sv": ("regioner", "de flesta regioner"), "en": ("regions", "most regions")}


class Reader:
    """Reads the text of a year in one language against its facts, and counts what kinds of sentences it has read."""

    def __init__(self, f: Facts, language: str) -> None:
        self.f, self.language = f, language
        self.read: Counter[str] = Counter()
        """How many sentences of each kind it has read."""
        self.seen: Counter[tuple[str, str]] = Counter()

    def paragraph(self, marked: str) -> None:
        """Read the sentences of a paragraph: numbers and quoted answers are marks, which keep their addresses."""
        held: list[tuple[str, str]] = NUMBER.findall(marked)
        bare = NUMBER.sub(lambda found: "\x02" if found[1].endswith("/label") else "\x01", marked).replace(
            "\u00a0", " "
        )
        joined = re.compile("\x02(?:(?:, \x02)* (?:och|and) \x02)")
        start = 0
        for sentence in re.split(r"(?<=[.!?]) (?=[A-ZÅÄÖ*@\x01])", re.sub(r"@[a-z]+-[\w-]+", "@", bare)):
            size = len(re.findall("[\x01\x02]", sentence))
            mine, start = held[start : start + size], start + size
            self.sentence(joined.sub("\x02", sentence), mine)

    def sentence(self, said: str, held: list[tuple[str, str]]) -> None:
        assert not re.match(r"[\x01\da-zåäö]", said), said
        self.numbers(said, held)
        kind = self.kind(said, held)
        assert kind, f"no reader knows: {plain(said)!r} {held}"
        self.read[kind] += 1

    def numbers(self, said: str, held: list[tuple[str, str]]) -> None:
        """Every number is the plain count, and its noun, where it has one, is of one or of several."""
        after = [text.strip(" ") for text in re.split("[\x01\x02]", said)[1:]]
        numbers = [(address, shown) for address, shown in held if not address.endswith("/label")]
        for address, written in numbers:
            if address.startswith("rules/"):
                continue
            assert address in self.f.values, (said, address)
            value, shown = self.f.values[address], written.replace("\u00a0", " ")
            exact = self.f.shares.get(address)
            if shown in ("mindre än 1", "less than 1"):
                assert exact is not None and 0 < exact < 0.005, (said, address)
            elif shown in ("mer än 99", "more than 99", "nästan alla", "nearly all"):
                assert exact is not None and 0.995 <= exact < 1, (said, address)
            else:
                assert exact is None or value not in (0, 100) or exact in (0, 1), (said, address, exact)
                off = abs(number(shown, self.language) - value)
                assert 20 * off <= value if re.match("cirka|about", shown) else off == 0, (said, address, shown, value)
        if len(numbers) == len(held):
            for (address, _), words in zip(held, after, strict=True):
                for one, many in NOUNS[self.language].items():
                    if re.match(rf"({one}|{many})\b", words) and not address.startswith("rules/"):
                        is_one = re.match(rf"{one}\b", words) is not None
                        assert is_one == (self.f.values[address] == 1), (said, address)

    def kind(self, said: str, held: list[tuple[str, str]]) -> str:
        """Find the kind of a sentence, and hold it to the facts; "" when there is none."""
        for name, pattern in kinds(self.language):
            if re.fullmatch(pattern, said):
                assert dict(HOLDS)[name](self.f), (said, held)
                return name
        for sv, en, rows in PORTIONS:
            text = sv if self.language == "sv" else en
            whole = re.sub(r"\b[PQ]\b", "(.+?)", re.escape(text))
            found = re.fullmatch(whole, said)
            if found:
                put = [shown.replace("\u00a0", " ") for _, shown in held]
                told = [re.sub("\x01", lambda _, put=put: put.pop(0), part) for part in found.groups()]
                named = re.findall(r"\b[PQ]\b", text)
                wanted = [portion(self.f, row, self.language, one == "Q") for row, one in zip(rows, named, strict=True)]
                assert told == wanted, (said, held)
                return sv
        return (
            self.of_answers(said, held)
            or self.of_regions(said, held)
            or ("still" if said in still(self.language) else "")
        )

    def of_answers(self, said: str, held: list[tuple[str, str]]) -> str:
        f, words = self.f, self.language
        question = held[0][0].partition("/")[0] if held else ""
        for name, pattern in RANKS[words].items():
            found = re.fullmatch(pattern.replace("§", S[words]), said)
            if found:
                self.seen[name if not held else question, "rank"] += 1
                if held:
                    self.rank(name, said, held, question, found.groups())
                return f"rank: {name}"
        for name, pattern in (("next", NEXT[words]), ("close", CLOSE[words])):
            found = re.fullmatch(pattern.replace("§", S[words]), said)
            if found:
                places = self.places(question)
                if name == "next":
                    self.second(found[1], found[2], [a for a, _ in held], places)
                else:
                    for column in ("percent", "answered_percent") if f.few(question) else ("percent",):
                        one, other = (f.row(f"{question}/{place[0]}", column) for place in places[:2])
                        assert one == other, said
                return f"rank: {name}"
        if re.fullmatch(SILENCE[words], said):
            self.seen[question, "silence"] += 1
            return "silence"
        found = re.fullmatch(TREND[words], said)
        if found and "_by_year" in question:
            now, then = (
                (address for address, _ in (held[1], held[-1]))
                if len(held) > 2
                else (held[1][0], held[0][0].replace("/year", "/percent"))
            )
            change = f.values[now] - f.values[then]
            assert (change > 0) == (found[1] in ("högre", "higher")), said
            assert (change < 0) == (found[1] in ("lägre", "lower")), said
            self.seen[now.rpartition("/")[0], "trend"] += 1
            return "trend"
        return ""

    def unnumbered(self, question: str) -> str:
        """The kind of what is said of a question without a figure; "" when a figure is given."""
        counts, base = self.f.chosen[question], self.f.row(question, "base")
        everybody = [option for option, count in counts.items() if count == base]
        if self.f.row(question, "answered") == 0:
            return "nobody"
        if base == 1 or len(everybody) <= 1 or (len(everybody) <= 3 and len(everybody) < len(counts)):
            return ""
        return "everything" if len(everybody) == len(counts) else "several"

    def places(self, question: str) -> list[list[str]]:
        """The options of a question, those that as many chose together, most first."""
        counts = self.f.chosen[question]
        return [[one for one in counts if counts[one] == count] for count in sorted(set(counts.values()), reverse=True)]

    def rank(self, name: str, said: str, held: list[tuple[str, str]], question: str, groups: Sequence[Any]) -> None:
        f, places, counts = self.f, self.places(question), self.f.chosen[question]
        base, answered, top = f.row(question, "base"), f.row(question, "answered"), counts[places[0][0]]
        labels = [address.split("/")[1] for address, _ in held if address.endswith("/label")]
        first = labels[: len(places[0])] if len(groups) > 1 else labels
        assert top > 0, said
        assert name in ("alike", "many") or set(first) == set(places[0]), said
        assert name != "many" or (len(places[0]) > 3 and len(places) > 1), said
        assert name != "alike" or (len(places) == 1 and top < base), said
        assert name != "single" or base == 1, said
        assert (name in ("all", "single")) == (top == base), said
        assert name != "tie" or 1 < len(places[0]) <= 3, said
        assert name != "only" or answered == 1 < base, said
        assert name != "answered" or (top == answered > 1 and set(f.chosen[question].values()) == {top, 0}), said
        if name in ("close", "first"):
            assert len(places[0]) == 1, said
            self.second(groups[1], groups[2], [address for address, _ in held][1:], places)
            columns = ("percent", "answered_percent") if f.few(question) else ("percent",)
            rows = [[f.row(f"{question}/{place[0]}", column) for column in columns] for place in places[:2]]
            assert (rows[0] == rows[1]) == (name == "close"), said
        if re.search("procent|per cent|nästan alla|nearly all", said):
            assert bool(re.search("av dem som har svarat|of those that answered", said)) == f.few(question), said

    def second(self, named: str, each: str | None, addresses: list[str], places: list[list[str]]) -> None:
        labels = [address.split("/")[1] for address in addresses if address.endswith("/label")]
        assert set(labels) == set(places[1]) if named == "\x02" else (not labels and len(places[1]) > 3), places
        assert bool(each) == (len(places[1]) > 1), places

    def of_regions(self, said: str, held: list[tuple[str, str]]) -> str:
        if said == COMPARED[self.language]:
            assert any(0 < whole < SMALL for shares in self.f.regions.values() for _, whole in shares.values())
            return "regions compared"
        found = re.fullmatch(REGIONS[self.language], said)
        if not found:
            return ""
        table = "region_use" if found[1] in ("kommuner", "municipalities") else "returns_by_region"
        shares = {code: part / whole for code, (part, whole) in self.f.regions[table].items() if whole >= SMALL}
        assert len(shares) > 1, said
        self.seen[table, "regions"] += 1
        if not found[2]:
            percents = {self.f.values[f"{table}/{code}/percent"] for code in shares}
            assert len(percents) == 1, said
            assert bool(found[4]) == (len(set(shares.values())) > 1), said
            left_out = any(0 < whole < SMALL for _, whole in self.f.regions[table].values())
            assert bool(found[5]) == left_out, said
            return "regions alike"
        for names, pick in ((found[2], max), (found[3], min)):
            extreme = {regions()[code].name for code in shares if shares[code] == pick(shares.values())}
            few, most = MANY_REGIONS[self.language]
            if len(extreme) <= 3:
                assert set(re.split(", | och | and ", names)) == extreme, said
            elif len(extreme) <= 12:
                assert names == f"{WORDS[self.language][len(extreme)]} {few}", said
            else:
                assert names == most, said
                assert 2 * len(extreme) > len(shares), said
        return "regions"

    def whole(self) -> None:
        """What was to be said was said, once."""
        f = self.f
        told = [question for question in RANKED if f.told(question)]
        ranks = {question: times for (question, what), times in self.seen.items() if what == "rank"}
        assert ranks == Counter(self.unnumbered(question) or question for question in told)
        silent = [
            question for question in SILENT if f.row(question, "not_answered/count") and f.row(question, "answered")
        ]
        said = Counter({question: times for (question, what), times in self.seen.items() if what == "silence"})
        assert said == Counter(silent)
        comparable = f("used") and f("not_returned") * 10 <= f("recipients")
        assert comparable or ("region_use", "regions") not in self.seen
        trends = set()
        for table, options in TRENDS.items():
            for option in options:
                rows = [f"{table}_by_year/{year}/{option}" for year in (f("year"), f("year") - 1)]
                if all(f.values.get(f"{row}/percent") is not None for row in rows) and all(
                    f.row(row, "base") >= SMALL and f.row(row, "answered") * 10 >= 9 * f.row(row, "base")
                    for row in rows
                ):
                    trends.add(rows[0])
        assert {row for row, what in self.seen if what == "trend"} == trends


def number(shown: str, language: str) -> float:
    """What a reader takes a number to be: a word, digits in groups, or millions."""
    text = shown.lower().removeprefix("cirka ").removeprefix("about ").removesuffix(" kronor").removesuffix(" krona")
    if text in WORDS[language]:
        return WORDS[language].index(text)
    times = 1_000_000 if "milj" in text or "million" in text else 1
    text = re.sub(r" (miljon(er)?|million)$", "", text)
    text = text.replace(" ", "").replace(",", ".") if language == "sv" else text.replace(",", "")
    return float(text.replace("\u2212", "-")) * times


def portion(f: Facts, row: str, language: str, named: bool) -> str:
    """Whom of a base, in words: none, one, all but one and all have words of their own."""
    count, base, sv = f.row(row), f.row(row, "base"), language == "sv"
    question = DERIVED[row][0] if row in DERIVED else row.partition("/")[0]

    def word(n: int) -> str:
        return WORDS[language][n] if n <= 12 else str(n)

    many, one = ("kommuner", "kommun") if sv else ("municipalities", "municipality")
    who = DECLARED.base_words(ASKED[question])[language] if named else many  # type: ignore[index]
    of = "av" if sv else "of"
    if count == 0:
        nobody = "ingen kommun", "no municipality"
        none_answered = "ingen av de kommuner som har svarat", "none of the municipalities that answered"
        return (none_answered if f.row(question, "answered") < base else nobody)[not sv]
    if base == 1:
        return "den enda kommunen" if sv else "the only municipality"
    if count == base:
        both = "båda kommunerna" if sv else "both municipalities"
        return both if base == 2 else f"{'alla' if sv else 'all'} {word(base)} {who}"
    if count == 1 and not f.few(question):
        return f"{word(1) if sv else 'one'} {of} {word(base)} {many if base > 1 else one}"
    if count == base - 1 and not f.few(question):
        return f"alla {word(base)} kommuner utom en" if sv else f"all {word(base)} municipalities but one"
    per_cent = "procent" if sv else "per cent"
    percent = f.values[f"{row}/percent"]
    shown = percent or ("mindre än 1" if sv else "less than 1")
    share = f"{shown} {per_cent}" if percent < 100 else ("nästan alla" if sv else "nearly all")
    if f.few(question):
        share += (
            f", eller {f.values[f'{row}/answered_percent']} procent av dem som har svarat"
            if sv
            else (f", or {f.values[f'{row}/answered_percent']} per cent of those that answered")
        )
    the = ("de " if sv else "the ") * named
    return f"{count} {of} {the}{base} {who} ({share})"


KINDS += [  # of the public edition
    ("Varken antal per hundra i fördelningsnyckeln eller kronor per person visas för regionerna, så att det inte går att räkna ut vilka kommuner som har svarat.",
     "Neither the number of people per hundred in the distribution key nor the amount in kronor per person is shown by region, so that it is not possible to work out which municipalities have answered.",
     lambda _: True),
    ("Därför står regioner med färre än tre kommuner i basen tillsammans i tabeller och diagram över svaren, vid behov med den närmast större, och på samma sätt i alla tabeller som bygger på samma svar.",
     "Regions with fewer than three municipalities in the base are therefore shown together in tables and charts of the answers, where necessary with the next larger one, and in the same way in all tables based on the same answers.",
     lambda _: True),
    ("Detsamma gäller regioner med färre än fem personer av något kön.", "The same applies to regions with fewer than five people of either sex.", lambda _: True),
    ("En fråga som färre än tre kommuner har fått i hela landet redovisas inte alls.",
     "A question put to fewer than three municipalities in the whole country is not reported at all.", lambda _: True),
    ("Med en eller två kommuner i en grupp går det att se, eller att räkna ut av den som är den andra, vad en namngiven kommun har svarat.",
     "With one or two municipalities in a group, what a named municipality answered can be seen, or worked out by whoever is the other one.", lambda _: True),
    ("Färre än fem kvinnor eller män i en liten kommun kan kännas igen av dem som bor där.",
     "Fewer than five women or men in a small municipality may be recognised by those who live there.", lambda _: True),
]  # fmt: skip
HOLDS = [(sv, holds) for sv, _, holds in KINDS]


@cache
def kinds(language: str) -> list[tuple[str, str]]:
    """The kinds as regular expressions: N a number, [a|b] either."""
    made = []
    for sv, en, _ in KINDS:
        text = re.escape(sv if language == "sv" else en)
        text = re.sub(r"\bN\b", "\x01", text).replace("\\(S\\)", rf"\({S[language]}\)")
        text = re.sub(r"\\\[(.*?)\\\]", lambda found: f"(?:{found[1].replace(chr(92) + '|', '|')})", text)
        made.append((sv, text))
    return made


@cache
def still(language: str) -> frozenset[str]:
    """Sentences of the sources that no figure chooses: they stand outside of any condition but that something is asked or there."""
    neutral = re.compile(
        r"(asks|has|own_text|protection|coded|synthetic|repays|key_counts|persons is not none|persons_by_region|regional|printed_years)\b"
    )
    found: set[str] = set()
    for path in (
        REPORTS / ("uppfoljning.qmd" if language == "sv" else "uppfoljning.en.qmd"),
        *sorted(REPORTS.glob(f"*.{language}.md")),
    ):
        depth: list[bool] = []
        text = ""
        for part in re.split(r"(\{%.*?%\})", path.read_text(encoding="utf-8"), flags=re.DOTALL):
            tag = re.match(r"\{%\s*(\w+)\s*(.*?)\s*%\}", part, flags=re.DOTALL)
            if not tag:
                text += part if not any(depth) else " \n\n"
            elif tag[1] in ("if", "for", "call"):
                depth.append(tag[1] == "if" and not neutral.match(tag[2]))
            elif tag[1] in ("elif", "else") and depth:
                depth[-1] = True
            elif tag[1] in ("endif", "endfor", "endcall"):
                depth.pop()
        text = re.sub(
            r"^(:::|```|%%prose).*$", "", re.sub(r"\{\{.*?\}\}", "\x01", text, flags=re.DOTALL), flags=re.MULTILINE
        )
        for paragraph in re.split(r"\n{2,}", text):
            bare = re.sub(r"@[a-z]+-[\w-]+", "@", " ".join(paragraph.split()))
            found |= {one.strip() for one in re.split(r"(?<=[.!?\x01]) +(?=[A-ZÅÄÖ*@\x01])", bare)}
    return frozenset(found)


def sketched(name: str) -> Callable[..., Div | None]:
    """Return what stands for a function that shows a table or figure, which other tests look at: its label alone."""

    def sketch(report: Report, table_id: str, *given: Any, **_: Any) -> Div | None:
        if name in ("table", "by_year"):
            report.display(table_id if name == "table" else f"{table_id}_by_year")
        if name == "matrix" and not report.tables[f"{table_id}_by_region"].counted:
            return None
        label = next(one for one in given if isinstance(one, str) and re.match("(tbl|fig|bil|app)[a-z]?-", one))
        return Div(holder=report, attributes=f"#{label}", text="Här.")

    return sketch


@contextmanager
def text_alone(workspace: Workspace) -> Iterator[None]:
    """Open the store once, tabulate each year once for both languages, and write neither tables nor figures.

    Each template is compiled once in the whole run.
    """
    tables: dict[int, Any] = {}

    def once(connection: Any, year: int, declarations: Any) -> Any:
        if year not in tables:
            tables[year] = tabulate(connection, year, declarations)
        return tables[year]

    def compile_once(self: Environment, source: Any, name: Any = None, filename: Any = None, *rest: Any) -> Any:
        key = (source, name, filename, self.autoescape, *rest)
        if key not in COMPILED:
            COMPILED[key] = COMPILE(self, source, name, filename, *rest)
        return COMPILED[key]

    with ExitStack() as patched:
        connection = patched.enter_context(open_store(workspace.store))
        patched.enter_context(patch("pipeline.report.open.open_store", lambda _: nullcontext(connection)))
        patched.enter_context(patch("pipeline.report.open.tabulate", once))
        patched.enter_context(patch("pipeline.report.open.read_declarations", lambda *_: DECLARED))
        patched.enter_context(patch.object(Environment, "compile", compile_once))
        for name in ("table", "by_year", "by_region", "bars", "bars_by_year", "matrix", "region_map", "dots"):
            patched.enter_context(patch.object(Report, name, sketched(name)))
        yield


@pytest.mark.parametrize(
    ("seed", "public"), [*((seed, False) for seed in SEEDS), *((seed, True) for seed in SEEDS[::5])]
)
def test_every_sentence_is_true(seed: int, public: bool, tmp_path: Path) -> None:
    years = small_years(seed, YEARS, tmp_path)
    workspace = store_of(tmp_path, *YEARS)
    before: dict[str, Any] = {}
    with text_alone(workspace):
        for one in years:
            f = facts(one.made, one.rules, before)
            before, f.least = f.values, 3 if public else 0
            for language in EDITIONS:
                document = told(workspace, one.year, language, public=public)
                reader = Reader(f, language)
                for paragraph in [*paragraphs(document), *paragraphs(findings(document))]:
                    if paragraph != "Här.":
                        reader.paragraph(paragraph)
                if not public:  # which leaves out what would tell of few
                    reader.whole()
                assert reader.read.total() > (10 if public else 30)
                labels = set(re.findall(r"\{[.\w -]*#([\w-]+)", document.markdown))
                referred = set(re.findall(r"@((?:tbl|fig|bil[bcd]?|app[bcd]?)-\w+)", document.markdown))
                assert referred <= labels, referred - labels
                assert headings_over_nothing(document.markdown) == []


def headings_over_nothing(markdown: str) -> list[str]:
    """Headings with nothing below them but a heading of the same or a higher level."""
    parts = re.split(r"^(#+ .*)$", re.sub(r"::: \{\.new-page\}\n*:::", "", markdown), flags=re.MULTILINE)
    heads = list(zip(parts[1::2], parts[2::2], strict=True))
    levels = [len(head) - len(head.lstrip("#")) for head, _ in heads]
    return [
        head
        for at, (head, below) in enumerate(heads)
        if not below.strip() and (at + 1 == len(heads) or levels[at + 1] <= levels[at])
    ]
