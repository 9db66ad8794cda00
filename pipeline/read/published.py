"""`published.toml`: figures already printed for a year. Any figure may be missing; an unknown key is an error."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import create_model, model_validator

from pipeline.declarations import Declarations
from pipeline.model import Identifier, Kronor, Model, unique


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


class PrintedStatement(Model):
    """What print says of answers without a number: how many of those who were asked chose each of `options`.

    `mainly`: more than a third, and more than chose any other option; `some`: a quarter at most; `all`: everybody.
    """

    question: Identifier
    options: list[Identifier]
    says: Literal["mainly", "some", "all"]
    source: str


class PrintedRegion(Model):
    """One region as print named it."""

    code: str
    name: str
    municipalities: int | None = None


class Published(Model):
    """Everything the year's report printed. What single figures there are, the project declares: `published_model`."""

    totals: Any = None
    funds: list[Any] = []
    table: list[PrintedTable] = []
    row: list[PrintedRow] = []
    region: list[PrintedRegion] = []
    said: list[PrintedStatement] = []

    @model_validator(mode="after")
    def _each_stands_once(self) -> Self:
        unique([f"{row.table}/{row.option} of {row.year}" for row in self.row], "row")
        unique([str(funds.year) for funds in self.funds], "funds of a year")
        unique([region.code for region in self.region], "region")
        return self


def published_model(declarations: Declarations) -> type[Published]:
    """Return the model of the file: `[totals]` and `[[funds]]` know the declared measures and what else is printed."""
    kronor, number, names, yes = Kronor | None, int | None, list[str] | None, bool | None
    known: dict[str, Any] = {one.id: (kronor if one.unit == "kr" else number, None) for one in declarations.measure}
    known |= dict.fromkeys(declarations.printed_number, (number, None))
    totals: dict[str, Any] = known | {"year": (int, ...)} | dict.fromkeys(declarations.printed_names, (names, None))
    funds: dict[str, Any] = known | {"year": (int, ...), "comparable": (yes, None)}
    of_totals, of_funds = (
        create_model("Totals", __base__=Model, **totals),
        create_model("Funds", __base__=Model, **funds),
    )
    fields: dict[str, Any] = {"totals": (of_totals | None, None), "funds": (list[of_funds], [])}  # type: ignore[valid-type]
    return create_model("Published", __base__=Published, **fields)
