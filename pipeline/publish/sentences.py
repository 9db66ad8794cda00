"""Sentences that follow the data: most common, higher and lower than the year before, highest and lowest region."""

from __future__ import annotations

from pipeline import language
from pipeline.claims import change, highest, lowest, ranked
from pipeline.markdown import escape
from pipeline.publish.writer import Writer
from pipeline.tabulate import Table


def most_common(writer: Writer, table: Table) -> str:
    """Say which answers are most common and next most common, ties named. Nothing when nobody is in the base.

    Answers that exclude the others and derived rows are no candidates.
    """
    options = [row.option for row in table.counted if row.kind == "option"]
    rows = {option: table.rows[option] for option in options if option in table.rows}
    if not rows or not next(iter(rows.values()))["base"]:
        return ""
    ranks = ranked({option: row["count"] for option, row in rows.items()})
    shares = [writer.n(f"{table.declared.id}/{options[0]}/percent") for _, options in ranks]
    quoted = [writer.quoted(table, options) for _, options in ranks]
    if ranks[0][0] == 0:
        return writer.said("sentence", "none_chosen")
    if len(ranks) == 1 and len(rows) > 1:
        return writer.said("sentence", "all_alike", share=shares[0])
    if len(ranks[0][1]) > 1:
        return writer.said("sentence", "tie", first=quoted[0], share=shares[0])
    if len(ranks) == 1 or ranks[1][0] == 0:
        return writer.said("sentence", "only_one", first=quoted[0], share=shares[0])
    name = "most_common_then_tie" if len(ranks[1][1]) > 1 else "most_common"
    return writer.said("sentence", name, first=quoted[0], share=shares[0], second=quoted[1], next=shares[1])


def compared(writer: Writer, table: Table, option: str, year: int, subject: str) -> str:
    """Say whether a share is higher, lower or the same as the year before. Nothing when either is unknown."""
    now, before = f"{year}/{option}", f"{year - 1}/{option}"
    if now not in table.rows or before not in table.rows:
        return ""
    kind = change(table.rows[now]["percent"], table.rows[before]["percent"])
    if kind == "unknown":
        return ""
    base = table.declared.id
    return writer.said(
        "sentence",
        kind,
        subject=subject,
        year=writer.n(f"{base}/{before}/year"),
        now=writer.n(f"{base}/{now}/percent"),
        before=writer.n(f"{base}/{before}/percent"),
    )


def over_regions(writer: Writer, table: Table, part: str, whole: str, option: str | None, subject: str) -> str:
    """Say in which region a share is highest and lowest, ties named.

    Shares are compared exactly. With an `option`, it is a table of answers, and regions with a small base are left out;
    the sentence says so. Nothing when fewer than two regions are left.
    """
    rows = table.rows
    if option is not None:
        small = writer.declarations.small_base
        rows = {key: row for key, row in rows.items() if key.endswith(f"/{option}") and row[whole] >= small}
    rows = {key: row for key, row in rows.items() if row[whole]}
    high, low = highest(rows, part, whole), lowest(rows, part, whole)
    if high is None or low is None or len(rows) < 2:
        return ""

    def share(key: str) -> str:
        return writer.n(f"{table.declared.id}/{key}/percent")

    def names(keys: tuple[str, ...]) -> str:
        return language.listed([escape(str(rows[key]["region"])) for key in keys], writer.language)

    words = {"subject": subject, "share": share(high.keys[0])}
    if high.value == low.value:
        sentence = writer.said("sentence", "regions_alike", **words)
    elif rows[high.keys[0]]["percent"] == rows[low.keys[0]]["percent"]:
        sentence = writer.said("sentence", "regions_nearly", **words)
    else:
        words |= {"highest": names(high.keys), "lowest": names(low.keys), "low": share(low.keys[0])}
        sentence = writer.said("sentence", "regions_differ", **words)
    if option is None:
        return sentence
    few = language.words(writer.declarations.small_base, writer.language)
    return f"{sentence} {writer.said('sentence', 'among_large', small=few)}"
