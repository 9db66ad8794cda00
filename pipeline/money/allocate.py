"""The distribution list: each municipality's count to whole kronor, in exact integers.

The rule is read off the government's list for the first grant year, which it gives to the krona (docs/allocation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.errors import UnreadableInputError, UserError
from pipeline.read import YearData
from pipeline.register import municipalities


@dataclass(frozen=True)
class Allocation:
    """A distribution list: kronor by municipality code, in the order of the codes.

    `rest_kr` is what rounding left over, below 0 when it gave out too much; it is within the amount of `rest_to`. Both
    are 0 and None when the list is partial: then nobody takes a rest.
    """

    amounts_kr: Mapping[str, int]
    rest_kr: int
    rest_to: str | None

    @property
    def sum_kr(self) -> int:
        """Kronor of all together: the whole amount, unless the list is partial."""
        return sum(self.amounts_kr.values())


def allocate(counts: Mapping[str, int], available_kr: int, total_count: int | None = None) -> Allocation:
    """Share the amount out: `round(count × available / sum of counts)`, half up; the largest count takes the rest.

    Of several with the largest count, the lowest municipality code takes it. With a `total_count` above the sum of the
    counts the list is partial: each gets its share of the total, and there is no rest.

    UserError when a count is below 0 or all are 0, when there are fewer kronor than municipalities, or when the rule
    gives no list: an amount below 0, or more to one with a smaller count than to the one that takes the rest.
    """
    counts = {code: counts[code] for code in sorted(counts)}
    below = [code for code, count in counts.items() if count < 0]
    if below:
        raise UserError(f"count of {_name(below[0])}: found {counts[below[0]]}, expected 0 or more")
    counted, sharing = sum(counts.values()), sum(count > 0 for count in counts.values())
    if not counted:
        raise UserError("counts: all are 0; expected at least one above 0")
    total = counted if total_count is None else total_count
    if total < counted:
        raise UserError(f"total_count: found {total}, expected at least the sum of the counts, {counted}")
    if available_kr < sharing:
        raise UserError(
            f"{available_kr} kr cannot be split among {sharing} municipalities; expected a krona or more each"
        )
    amounts = {code: (2 * count * available_kr + total) // (2 * total) for code, count in counts.items()}
    rest_kr = available_kr - sum(amounts.values())
    if total > counted:
        if rest_kr < 0:
            raise UserError(
                f"{_too_few(available_kr, sharing)}: rounded amounts come to {-rest_kr} kr more than there is"
            )
        return Allocation(amounts, 0, None)
    largest = max(counts, key=lambda code: counts[code])  # the first of several: the codes are in order
    amounts[largest] += rest_kr
    _check(counts, amounts, largest, rest_kr)
    return Allocation(amounts, rest_kr, largest)


def read_counts(data: YearData, shown_as: str) -> dict[str, int]:
    """Return the key's counts of a year folder, named `shown_as`, by municipality code. Its amounts are not looked at.

    UnreadableInputError for the first row without a count, of no municipality, or of one that stands twice, and when
    the counts of all municipalities are there but do not add up to the key's `total_count`.
    """
    file = f"{shown_as}/allocation.csv"
    if not data.has("allocations"):
        raise UnreadableInputError("file is missing", file=file, todo="add it, with municipality_code and key_count")
    problems = data.frames["problems"].select("row", "value", "file", "field").iter_rows()
    unread = {row: value for row, value, where, field in problems if (where, field) == (file, "key_count")}
    counts: dict[str, int] = {}
    rows = data.frames["allocations"].select("row", "written", "municipality_code", "key_count")
    if rows["key_count"].null_count() == len(rows) and not unread:
        raise UnreadableInputError(
            "there are no counts", file=file, column="key_count", expected="the key's count of each municipality"
        )
    for row, written, code, count in rows.iter_rows():
        place = {"file": file, "row": row}
        if code is None or code in counts:
            problem = "no municipality code" if code is None else "the municipality stands twice"
            expected = "four digits such as 0114" if code is None else "one row for each"
            raise UnreadableInputError(problem, **place, column="municipality_code", found=written, expected=expected)
        if count is None:
            problem, found = f"no count of {_name(code)}", unread.get(row, "")
            expected = "a whole number, 0 or more"
            raise UnreadableInputError(problem, **place, column="key_count", found=found, expected=expected)
        counts[code] = count
    key = data.rules.grant.key
    if key and key.total_count and len(counts) == len(municipalities()) and sum(counts.values()) != key.total_count:
        raise UnreadableInputError(
            "the counts of all municipalities are not the total",
            file=file,
            column="key_count",
            found=sum(counts.values()),
            expected=f"a sum of {key.total_count}, the total_count in year.toml",
        )
    return counts


def _check(counts: Mapping[str, int], amounts: Mapping[str, int], largest: str, rest_kr: int) -> None:
    """Raise UserError when the rest makes an amount negative or turns the order round."""
    available_kr, sharing = sum(amounts.values()), sum(count > 0 for count in counts.values())
    why = f"{_too_few(available_kr, sharing)}: rounding leaves {rest_kr} kr to {_name(largest)}, the largest count"
    if amounts[largest] < 0:
        raise UserError(f"{why}, and its amount would be {amounts[largest]} kr")
    passed = [code for code in counts if counts[code] < counts[largest] and amounts[code] > amounts[largest]]
    if passed:
        raise UserError(
            f"{why}, which would get {amounts[largest]} kr; {_name(passed[0])}, with a smaller count, would get "
            f"{amounts[passed[0]]} kr"
        )


def _too_few(available_kr: int, sharing: int) -> str:
    return f"{available_kr} kr are too few for {sharing} municipalities under this rule"


def _name(code: str) -> str:
    """Name of a municipality for a message; a code that is none stays as it is."""
    known = municipalities().get(code)
    return known.name if known else code
