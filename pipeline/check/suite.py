"""Great Expectations on the views of one year, as a process: `python -m pipeline.check.suite YEAR TO DAY`.

Importing it takes seconds, so it is imported nowhere else. The path of the store is a line of standard input, read
when the import is done (see `process.py`).
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from pipeline.check.findings import Finding, as_json, in_order
from pipeline.check.rules import Rule, rules, views
from pipeline.errors import UserError, system_error_line
from pipeline.language import number
from pipeline.mask import visible
from pipeline.store import open_store
from pipeline.year import Language, Text

if TYPE_CHECKING:
    import pandas as pd

_CONFIRMED = "SELECT file, row, field FROM corrections WHERE year = ? AND action = 'confirmed'"
_LONGEST = 100
_SUGGESTING: dict[Language, str] = {"en": "; did you mean {}?", "sv": "; menas {}?"}
_OR: dict[Language, str] = {"en": " or ", "sv": " eller "}
_NAMED_IN_ROW = ("figure", "problem_field")  # fields that differ from row to row: the column that names them


def check_store(store: Path, year: int, on: str = "") -> list[Finding]:
    """Check one year in the store against every rule and return the findings, the gravest first.

    `on` is the day that it is seen from, blank when all time is out. What somebody has confirmed is no more than info.
    """
    by_view: dict[str, list[Rule]] = {}
    for rule in rules():
        by_view.setdefault(rule.view, []).append(rule)
    findings: list[Finding] = []
    with open_store(store) as connection:
        connection.execute("SET VARIABLE checked_on = ?", [on or None])
        connection.execute(views())
        confirmed = set(connection.execute(_CONFIRMED, [year]).fetchall())
        for view, its_rules in by_view.items():
            rows = connection.sql(f"SELECT * FROM {view} WHERE year = {year:d} ORDER BY ALL").df()  # noqa: S608
            if len(rows):
                findings.extend(_validate(view, rows.assign(at=range(len(rows))), its_rules))
    grave = {rule.id for rule in rules() if rule.severity == "critical" and not rule.confirmable}
    return in_order(
        [
            replace(
                one, severity="info", message=f"{one.message}; confirmed", message_sv=f"{one.message_sv}; bekräftat"
            )
            if (one.file, one.row, one.field) in confirmed and one.rule not in grave
            else one
            for one in findings
        ]
    )


@cache
def _frames() -> Any:
    """Where Great Expectations takes frames from, made once: it takes as long as checking one."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("store").add_dataframe_asset("view")
    return asset.add_batch_definition_whole_dataframe("all")


def _validate(view: str, rows: pd.DataFrame, its_rules: list[Rule]) -> list[Finding]:
    batch = _frames().get_batch({"dataframe": rows})
    from great_expectations import ExpectationSuite

    expectations = [
        {
            "type": rule.expect["type"],
            "kwargs": {key: value for key, value in rule.expect.items() if key != "type"},
            "severity": rule.severity,
            "meta": {"rule": rule.id},
        }
        for rule in its_rules
    ]
    suite = ExpectationSuite(name=view, expectations=expectations)
    complete = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["at"],
        "partial_unexpected_count": 1_000_000,
    }
    outcome = batch.validate(suite, result_format=complete)
    known = {rule.id: rule for rule in its_rules}
    findings = []
    results: list[Any] = outcome.results
    for result in results:
        rule = known[result.expectation_config.meta["rule"]]
        if result.exception_info.get("raised_exception") or any(
            isinstance(info, dict) and info.get("raised_exception") for info in result.exception_info.values()
        ):
            raise RuntimeError(f"rule {rule.id} could not be checked: {result.exception_info}")
        for place in result.result.get("unexpected_index_list") or []:
            findings.append(_finding(rule, rows.iloc[place["at"]].to_dict()))
    return findings


def _finding(rule: Rule, row: dict[str, Any]) -> Finding:
    row = {key: None if value is None or value != value else value for key, value in row.items()}  # noqa: PLR0124  NaN
    row = {key: int(value) if isinstance(value, float) else value for key, value in row.items()}
    value = row.get(rule.value)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        municipality_code=row.get("municipality_code"),
        recipient=row.get("recipient"),
        field=str(row.get(rule.field, rule.field)) if rule.field in _NAMED_IN_ROW else rule.field,
        value=None if value is None else str(value),
        message=_message(rule.message, row, value, "en"),
        file=row["file"],
        row=row.get("row"),
        message_sv=_message(rule.message, row, value, "sv"),
    )


def _message(template: Text, row: dict[str, Any], value: Any, language: Language) -> str:
    shown = {key: _shown(each, language) for key, each in {**row, "value": value}.items()}
    if row.get("suggestion"):
        shown["suggestion"] = _OR[language].join(row["suggestion"].split("; "))
    suggested = _SUGGESTING[language].format(shown["suggestion"]) if row.get("suggestion") else ""
    return template[language].format_map({**shown, "suggested": suggested})


def _shown(value: Any, language: Language) -> Any:
    """Write a number as text has it, and cut a long text: a message is one line. The finding's value is whole."""
    if isinstance(value, int):
        return number(value, language)
    line = visible(value) if isinstance(value, str) else value
    return f"{line[: _LONGEST - 1]}…" if isinstance(line, str) and len(line) > _LONGEST else line


def _listen(told: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        told.put(line.rstrip("\n"))
    os._exit(1)


if __name__ == "__main__":
    year, target, on = sys.argv[1:]
    # This thread reads what it is told, and ends the process when nobody is there any more to tell or to listen.
    told = SimpleQueue[str]()
    Thread(target=_listen, args=[told], daemon=True).start()
    _frames()
    try:
        Path(target).write_text(as_json(check_store(Path(told.get()), int(year), on)), encoding="utf-8")
    except OSError as error:
        print(system_error_line(error), file=sys.stderr)  # noqa: T201
        sys.exit(UserError.status)
