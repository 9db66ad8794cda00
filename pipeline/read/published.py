"""`published.toml`: figures already printed for a year. Any figure may be missing; an unknown key is an error."""

from __future__ import annotations

from pipeline.year import Identifier, Kronor, Model


class Totals(Model):
    """Single figures of the year's report."""

    year: int
    available_kr: Kronor | None = None
    requisitioned_kr: Kronor | None = None
    not_requisitioned_kr: Kronor | None = None
    used_kr: Kronor | None = None
    unused_kr: Kronor | None = None
    to_treasury_kr: Kronor | None = None
    requisitioned_percent: int | None = None
    used_percent: int | None = None
    unused_percent: int | None = None
    recipients: int | None = None
    used: int | None = None
    repaying: int | None = None
    repaying_all: int | None = None
    salary_percent: int | None = None
    persons_reached_about: int | None = None
    talks_held: int | None = None
    talks_not_held: int | None = None
    with_established_method: int | None = None
    independent_provider_all_or_part: int | None = None
    independent_provider_all_money: list[str] | None = None
    region_highest: list[str] | None = None
    region_highest_percent: int | None = None
    region_lowest: list[str] | None = None
    region_lowest_percent: int | None = None


class Funds(Model):
    """One year's row of the table of funds."""

    year: int
    available_kr: Kronor | None = None
    requisitioned_kr: Kronor | None = None
    recipients: int | None = None
    unused_kr: Kronor | None = None
    unused_percent: int | None = None
    persons_reached_about: int | None = None
    comparable: bool | None = None


class PrintedTable(Model):
    """A table as print numbered and named it."""

    id: Identifier
    printed_as: str | None = None
    title: str | None = None
    note: str | None = None


class PrintedRow(Model):
    """One printed count or percentage."""

    table: Identifier
    option: Identifier
    year: int
    base: str | None = None
    base_n: int | None = None
    count: int | None = None
    percent: int | None = None
    label: str | None = None


class PrintedRegion(Model):
    """One region as print named it."""

    code: str
    name: str
    municipalities: int | None = None


class Published(Model):
    """Everything the year's report printed."""

    totals: Totals | None = None
    funds: list[Funds] = []
    table: list[PrintedTable] = []
    row: list[PrintedRow] = []
    region: list[PrintedRegion] = []
