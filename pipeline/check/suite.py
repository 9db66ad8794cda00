"""Great Expectations on the views of one year, as a process: `python -m pipeline.check.suite YEAR TO DAY`.

Importing it takes seconds. The path of the store is a line of standard input, read when that is done.
"""

import gc
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from pipeline.check import Finding, Rule, as_json, in_order, rules, views
from pipeline.errors import UserError, system_error_line
from pipeline.language import number
from pipeline.mask import visible
from pipeline.model import Language, Text
from pipeline.store import open_store

_CONFIRMED = "SELECT file, row, field FROM corrections WHERE year = ? AND action = 'confirmed'"
_LONGEST = 100
_SUGGESTING: dict[Language, str] = {"en": "; did you mean {}?", "sv": "; menas {}?"}
_OR: dict[Language, str] = {"en": " or ", "sv": " eller "}
_NAMED_IN_ROW = ("figure", "problem_field")  # fields that differ from row to row: the column that names them


def check_store(store: Path, year: int, on: str = "") -> list[Finding]:
    """Check a year in the store, seen from a day (blank: all time is out). What is confirmed is no more than info."""
    findings: list[Finding] = []
    with open_store(store) as connection:
        connection.execute("SET VARIABLE checked_on = ?", [on or None])
        connection.execute(views())
        confirmed = set(connection.execute(_CONFIRMED, [year]).fetchall())
        for view in dict.fromkeys(rule.view for rule in rules()):
            rows = connection.sql(f"SELECT * FROM {view} WHERE year = {year:d} ORDER BY ALL").df()  # noqa: S608
            if len(rows):
                its_rules = {rule.id: rule for rule in rules() if rule.view == view}
                findings.extend(_validate(view, rows.assign(at=range(len(rows))), its_rules))
    grave = {rule.id for rule in rules() if rule.severity == "critical" and not rule.confirmable}
    for at, one in enumerate(findings):
        if (one.file, one.row, one.field) in confirmed and one.rule not in grave:
            said: Any = {"message": f"{one.message}; confirmed", "message_sv": f"{one.message_sv}; bekräftat"}
            findings[at] = replace(one, severity="info", **said)
    return in_order(findings)


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


def _validate(view: str, rows: Any, its_rules: Mapping[str, Rule]) -> Iterable[Finding]:
    batch = _frames().get_batch({"dataframe": rows})
    from great_expectations import ExpectationSuite

    expectations = [
        {"type": rule.expect["type"], "kwargs": {key: value for key, value in rule.expect.items() if key != "type"}}
        | {"severity": rule.severity, "meta": {"rule": rule.id}}
        for rule in its_rules.values()
    ]
    complete: dict[str, Any] = {"result_format": "COMPLETE", "unexpected_index_column_names": ["at"]}
    complete["partial_unexpected_count"] = 1_000_000  # without it lists are cut
    suite = ExpectationSuite(name=view, expectations=expectations)
    for result in batch.validate(suite, result_format=complete).results:
        rule, said = its_rules[result.expectation_config.meta["rule"]], result.exception_info
        if any(info.get("raised_exception") for info in (said, *said.values()) if isinstance(info, dict)):
            raise RuntimeError(f"rule {rule.id} could not be checked: {said}")
        for place in result.result.get("unexpected_index_list") or []:
            yield _finding(rule, rows.iloc[place["at"]].to_dict())


def _finding(rule: Rule, row: dict[str, Any]) -> Finding:
    row = {key: None if value is None or value != value else value for key, value in row.items()}  # noqa: PLR0124  NaN
    row = {key: int(value) if isinstance(value, float) else value for key, value in row.items()}
    value, whose = row.get(rule.value), {name: row.get(name) for name in ("municipality_code", "recipient", "row")}
    field = str(row.get(rule.field, rule.field)) if rule.field in _NAMED_IN_ROW else rule.field
    message, message_sv = _message(rule.message, row, value, "en"), _message(rule.message, row, value, "sv")
    about: dict[str, Any] = {"file": row["file"], "message": message, "message_sv": message_sv, **whose}
    return Finding(rule.id, rule.severity, field=field, value=None if value is None else str(value), **about)


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
    """Read what this process is told, and end it when nobody is there any more to tell or to listen."""
    for line in sys.stdin:
        told.put(line.rstrip("\n"))
    os._exit(1)


if __name__ == "__main__":
    (year, target, on), told = sys.argv[1:], SimpleQueue[str]()
    Thread(target=_listen, args=[told], daemon=True).start()
    gc.disable()  # what is imported stays: to look through it costs a fifth of the time
    _frames()
    gc.enable()
    try:
        Path(target).write_text(as_json(check_store(Path(told.get()), int(year), on)), encoding="utf-8")
    except OSError as error:
        print(system_error_line(error), file=sys.stderr)  # noqa: T201
        sys.exit(UserError.status)
