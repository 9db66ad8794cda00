"""What a run has to do, and why: each step's declared inputs against the record of the last time. Imports nothing slow.

A step is done again when the checksum of any input differs, and when anything that it made is not as it was made.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.paths import Workspace
from pipeline.qmd import ADDRESS, code
from pipeline.remember import Entry, Record, Sums, checksum, files, libraries, package, rooms, sum_of

if TYPE_CHECKING:
    from pipeline.year import Language

RECORD = ".made.json"
NOTEBOOK = "the executed notebook"
EARLIER = "the earlier build (--against)"
NUMBERS = "the explained numbers"
_SHOWN = 3


@dataclass(frozen=True)
class Wanted:
    """What a run is to end with, in the words of the command line."""

    year: int
    years: tuple[int, ...]
    languages: tuple[str, ...] = ()
    """Of findings pages and letters."""
    tables: bool = False
    sources: tuple[Path, ...] = ()
    """Of the reports."""
    editions: tuple[Language, ...] = ()
    """The languages of these."""
    pages: tuple[str, ...] = ()
    """The editions' pages that will stand side by side when the run has ended: each links to the other."""
    formats: tuple[str, ...] = ()
    renderer: str = "builtin"
    force: bool = False
    review: bool = False
    """Whether the review edition is made besides."""
    earlier: Path | None = None
    """The tables of an earlier build, which it compares with."""

    def others(self, source: Path) -> list[str]:
        """Name the pages of the other editions."""
        return [page for page in self.pages if page != f"{source.stem}.html"]


@dataclass(frozen=True)
class Step:
    """A step: what it is made of, and why it is to be done (empty when it is not)."""

    name: str
    inputs: Sums
    why: str = ""
    text_only: bool = False
    """Of a report's source, nothing that a kernel runs has changed."""
    waits: bool = False
    """Whether it depends on the outcome of steps that are to be done: `inputs` has theirs as they were."""


@dataclass
class Plan:
    """The steps of a run, in order."""

    wanted: Wanted
    workspace: Workspace
    reports: Path
    record: Record
    inputs: dict[str, Sums]
    """Checksums of the inputs, by step: taken before anything is read."""
    texts: dict[str, str]
    """The sources of the reports as they were then, by name."""
    steps: dict[str, Step] = field(default_factory=dict)

    def due(self, name: str) -> bool:
        """Tell whether a step is to be done."""
        return name in self.steps and bool(self.steps[name].why)

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything wanted is there, made of what is there now."""
        return not any(step.why for step in self.steps.values())

    def lines(self) -> Iterator[str]:
        """Say of each step what would be done, and why."""
        for step in self.steps.values():
            how = "only the text is put in, without running it: " if step.text_only else ""
            yield f"{step.name}: {how}{step.why or 'nothing to do'}"

    def look_again(self) -> None:
        """Compare anew with the record and with what is there. What the inputs were stays as it was found."""
        self.record = self.record.again()
        self.steps = {}
        for name, inputs in self.inputs.items():
            self.steps[name] = self._step(name, inputs)

    def now_there(self, name: str, label: str, path: Path) -> None:
        """Keep what a rendering is made of, now that it is there; whether it is to be done may depend on it."""
        step = self.steps[name]
        inputs = {**step.inputs, label: sum_of(path)}
        self.steps[name] = replace(step, inputs=inputs, why=self._why(name, inputs) if step.waits else step.why)

    def changed_meanwhile(self) -> list[str]:
        """Name the inputs that are no longer what they were when the run began."""
        now, _ = _inputs(self.wanted, self.workspace, self.reports)
        return sorted({label for step, sums in self.inputs.items() for label in _different(sums, now[step])})

    def place(self, name: str) -> Path:
        """Give the file or folder that the record names: in processed/, or in the year's folder of reports."""
        room, _, rest = name.partition("/")
        base = self.workspace.processed if room == "processed" else self.workspace.out / str(self.wanted.year)
        return base / rest

    def _step(self, name: str, inputs: Sums) -> Step:
        kind, _, source = name.partition(" ")
        entry = self.record.steps.get(name)
        if kind in ("html", "pdf", "review"):
            makers = {NOTEBOOK: f"execute {source}"}
            if kind == "html" and f"numbers {source}" in self.steps:
                makers[NUMBERS] = f"numbers {source}"
            return self._rendering(Step(name, inputs), makers, entry)
        step = Step(name, inputs, self._why(name, inputs))
        if kind != "execute" or not step.why or self.wanted.force or not entry or self._damaged(entry):
            return step
        return replace(step, text_only=_different(entry["inputs"], inputs) == [_text(source)])

    def _rendering(self, step: Step, makers: dict[str, str], entry: Entry | None) -> Step:
        """Plan a rendering, which is made of what other steps make: `makers` are these, by what they make."""
        inputs = step.inputs.copy()
        for label, maker in makers.items():
            if self.due(maker):  # what it will make is not known yet: what else speaks for rendering?
                inputs[label] = entry["inputs"].get(label, "") if entry else ""
            else:
                (inputs[label],) = self.record.steps[maker]["made"].values()
        due = [maker for maker in makers.values() if self.due(maker)]
        why = self._why(step.name, inputs) or (f"after “{due[0]}”, if that changes anything" if due else "")
        return replace(step, inputs=inputs, why=why, waits=bool(due))

    def _why(self, name: str, inputs: Sums) -> str:
        entry = self.record.steps.get(name)
        if self.wanted.force:
            return "everything is to be made again (--force)"
        if entry is None:
            return "not made yet, or not to the end"
        changed = _different(entry["inputs"], inputs)
        if changed:
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            return f"changed: {', '.join(changed[:_SHOWN])}{more}"
        if inputs.get("renderer") == "quarto":
            return "Quarto itself may have changed"
        damaged = self._damaged(entry)
        return f"no longer as it was made: {damaged}" if damaged else ""

    def _damaged(self, entry: Entry) -> str:
        """Name a file that a step made and that was changed, taken away or put beside since; empty when all is well."""
        there: Sums = {}
        for each in entry["places"]:
            place = self.place(each)
            for path in files(place):
                inside = path.relative_to(place).as_posix()
                there[each if inside == "." else f"{each}/{inside}"] = sum_of(path)
        return next(iter(_different(entry["made"], there)), "")


def make_plan(wanted: Wanted, workspace: Workspace, reports: Path) -> Plan:
    """Take the checksums of all inputs, and compare them. UserError when a source of a report does not hold."""
    record = Record(workspace.made(wanted.year) / RECORD, workspace.processed / RECORD)
    plan = Plan(wanted, workspace, reports, record, *_inputs(wanted, workspace, reports))
    plan.look_again()
    return plan


def sources_of_data(workspace: Workspace, years: Sequence[int]) -> dict[str, Path]:
    """Give every raw file of these years by its name in the data folder. What editors leave lying does not count."""
    found = {}
    for year in years:
        folder = workspace.raw(year)
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith((".", "~$")) and not path.name.endswith("~"):
                found[f"raw/{year}/{path.name}"] = path
    return found


def sources_of_reports(reports: Path) -> dict[str, Path]:
    """Give every file beside the reports' sources that a cell may read, such as tables.toml and phrases.toml."""
    return {
        f"reports/{path.name}": path
        for path in sorted(reports.iterdir())
        if path.is_file() and path.suffix in (".toml", ".py", ".csv", ".json", ".sql")
    }


def look_of_reports(reports: Path) -> dict[str, Path]:
    """Give what the renderers read, and the page of findings."""
    extension = {"reports/_extensions": reports / "_extensions"}
    return extension | {name: reports.parent / name for name in ("_quarto.yml", "quarto.yml")}


def _inputs(wanted: Wanted, workspace: Workspace, reports: Path) -> tuple[dict[str, Sums], dict[str, str]]:
    """The declared inputs of each step, in the order of the line; and the texts of the sources."""
    raw = {name: sum_of(path) for name, path in sources_of_data(workspace, wanted.years).items()}
    common = {"libraries": libraries(), "grant years": ", ".join(map(str, wanted.years))}
    ours = rooms()
    beside = {name: sum_of(path) for name, path in sources_of_reports(reports).items()}
    declared = {"reports/tables.toml": beside["reports/tables.toml"], "reports/tables": sum_of(reports / "tables")}
    checked = {name: sum_ for name, sum_ in beside.items() if name in ("reports/rules.toml", "reports/rules.sql")}
    steps: dict[str, Sums] = {
        "store": common | raw | package("store", ours) | declared,
        "check": common | raw | package("check", ours) | checked,
    }
    look = {name: sum_of(path) for name, path in look_of_reports(reports).items()}
    steps["letters"] = (
        common | raw | package("letters", ours) | checked | look | {"languages": ",".join(wanted.languages)}
    )
    if wanted.tables:
        steps["tables"] = common | raw | package("tables", ours) | declared
    texts = {}
    for source in wanted.sources:
        texts[source.name] = text = _read(source)
        own = {
            _code(source.name): checksum(json.dumps(code(text)).encode()),
            _text(source.name): checksum(text.encode()),
        }
        steps[f"execute {source.name}"] = common | raw | package("execute", ours) | beside | own
        rendered = {"libraries": common["libraries"], "renderer": wanted.renderer} | package("render", ours) | look
        page: Sums = {}
        if "html" in wanted.formats and wanted.renderer == "builtin":
            addresses = {f"the addresses in reports/{source.name}": checksum(repr(ADDRESS.findall(text)).encode())}
            numbers = common | raw | package("numbers", ours) | beside | {_code(source.name): own[_code(source.name)]}
            steps[f"numbers {source.name}"] = numbers | addresses
            page = {"other editions": ", ".join(wanted.others(source))}
        steps |= {f"{kind} {source.name}": rendered | (page if kind == "html" else {}) for kind in wanted.formats}
        if wanted.review:
            shape = {"renderer": wanted.renderer, "formats": ",".join(wanted.formats)}
            shape["editions"] = ", ".join(each.name for each in wanted.sources)
            shape[EARLIER] = sum_of(wanted.earlier) if wanted.earlier else ""
            steps[f"review {source.name}"] = common | raw | package("review", ours) | beside | look | shape
    return steps, texts


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"reports/{source.name}: not UTF-8 text; save it as UTF-8") from None


def _code(source: str) -> str:
    return f"the code in reports/{source}"


def _text(source: str) -> str:
    return f"the text of reports/{source}"


def _different(before: Sums, now: Sums) -> list[str]:
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
