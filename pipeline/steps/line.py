"""The line: the one table of the steps of a year, and what each does; a step imports what is slow itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

from pipeline.files import keep_newest, write_text
from pipeline.markdown import places, unnamed
from pipeline.paths import TABLES, Workspace
from pipeline.steps.engine import Job, Step, read_record
from pipeline.steps.inputs import (
    SOURCES,
    Code,
    Files,
    addresses,
    find_source,
    imported,
    read_by_cells,
    read_by_renderers,
    text_gaps,
    text_of,
)

if TYPE_CHECKING:
    from pipeline.check import Finding
    from pipeline.declarations import Declarations
    from pipeline.execute import Kernel
    from pipeline.explain import PageNumbers
    from pipeline.model import Language
    from pipeline.render import Format, Renderer
    from pipeline.tabulate import Tables
    from pipeline.year import Year

OUT = "{out}"
"""In what a step says, stands for the folder of reports, which another run may call otherwise."""
_MOST_DRAWINGS = 200
_STORE = "processed/aterrapport.duckdb"
_SEEN_FROM = "the day it is seen from (--on)"


@dataclass(frozen=True)
class Order:
    """What a command asks for, by the options of cli/commands.py; `goal` is how far to go, and the command's name."""

    goal: Literal["check", "tables", "report", "release", "build"]
    year: int
    formats: Sequence[Format] = ("html", "pdf")
    languages: Sequence[Language] = ("sv",)
    renderer: Renderer = "builtin"
    dry_run: bool = False
    force: bool = False
    review: bool = False
    on: date | None = None
    internal: bool = False
    against: Path | None = None


class Line:
    """The steps of a year, as an order wants them."""

    def __init__(self, order: Order, workspace: Workspace, editions: Sequence[Language] = ()) -> None:
        """`editions` are the languages of the report. Raise UserError when a source or the earlier build is missing."""
        self.order, self.workspace = order, workspace
        self.sources = {language: find_source(workspace.reports, language) for language in editions}
        self.earlier: Path | None = None
        if order.against:
            from pipeline.report.compare import find_earlier

            own = "reports/release/csv" if order.goal == "release" else self.in_year("tables")
            self.earlier = find_earlier(order.against, self.place(own), order.year)
        self._tabulated: Tables | None = None
        self._page_numbers: dict[bool, PageNumbers] = {}
        self._kernel: Kernel | None = None
        self._lock = Lock()

    def steps(self) -> Iterator[Step]:
        """Yield the table: name, needs, code, files, makes, run; as code and files are now."""
        code, reports, years = Code(), self.workspace.reports, self.workspace.years(self.order.year)
        raw = {name: path for year in years for name, path in self.workspace.raw_files(year).items()}
        raw = {name: it for name, it in raw.items() if it.name.casefold() != TABLES or it.parent == self._folder}
        for_cells, for_pages = read_by_cells(reports), read_by_renderers(reports)
        declared = {f"reports/{name}": reports / name for name in ("tables.toml", "tables")}
        rules = {f"reports/{name}": reports / name for name in ("rules.toml", "rules.sql")}
        of_years = {"grant years": ", ".join(map(str, years)), "texts": ", ".join(places(reports))}
        findings = [self.in_year("findings.csv"), self.in_year(".findings.json")]
        languages = {"languages": ",".join(self.order.languages)}

        yield Step("store", [], code.of("store"), raw | declared, [_STORE], self._store, of_years, same_bytes=False)
        seen = {_SEEN_FROM: str(self.seen_from or "")}
        yield Step("check", ["store"], code.of("check"), rules, findings, self._check, seen, early=True)
        read, made = raw | rules | for_pages, self._letters_made()
        yield Step("letters", ["check"], code.of("letters"), read, made, self._letters, languages)
        if self.order.goal != "check":
            yield Step("tables", ["store"], code.of("tabulate"), {}, [self.in_year("tables")], self._tables)
        if self.order.goal == "release" or (self.order.goal == "build" and self.sources):
            before = self.earlier if self.order.goal == "release" else None
            read = raw | for_cells | ({"the earlier release (--against)": before} if before else {})
            made = ["reports/release", "reports/release.zip"]
            yield Step("release", ["store"], code.of("release"), read, made, partial(self._release, before))
        for language, source in self.sources.items():
            yield from self._edition(language, source, code, for_cells, for_pages)

    def _edition(
        self, language: Language, source: Path, code: Code, for_cells: Files, for_pages: Files
    ) -> Iterator[Step]:
        """Yield the steps of an edition: executed, explained, rendered; and its internal and review editions."""
        formats, name, stem, renderer = self.order.formats, source.name, source.stem, self.order.renderer
        execute, numbers, of_all = f"execute {name}", f"numbers {name}", ", ".join(self.sources)
        notebook, explained = self.in_year(f"{stem}.ipynb"), self.in_year(f".{stem}.numbers.json")
        chosen, always = {"renderer": str(renderer)}, "" if renderer == "builtin" else "Quarto itself may have changed"

        cells, read = code.of("execute", *imported(text_of(source))), {**for_cells, f"reports/{name}": source}
        yield Step(execute, ["store"], cells, read, [notebook], partial(self._execute, language))
        rooms = code.of("render")
        for kind in formats:
            needs, options, others = [execute], chosen, list[str]()
            if kind == "html":
                needs, others = [execute, numbers], [page for page in self._pages() if page != f"{stem}.html"]
                options, run = chosen | {"other editions": ", ".join(others)}, partial(self._numbers, language)
                explain = code.of("explain")
                yield Step(numbers, ["store", execute], explain, for_cells, [explained], run, reads=addresses)
            make = partial(self._render, kind, notebook, explained if kind == "html" else "", others)
            made = [f"reports/{stem}.{kind}"]
            yield Step(f"{kind} {name}", needs, rooms, for_pages, made, make, options, always=always)
        if self.order.internal:
            made, files = [self.in_year(f"{stem}.intern.ipynb"), f"reports/{stem}.intern.html"], {**read, **for_pages}
            options, rooms = chosen | {"editions": of_all}, code.of("execute", "explain", "render")
            make = partial(self._internal, language)
            yield Step(f"internal {name}", ["store", execute], rooms, files, made, make, options, always=always)
        if self.order.review:
            options = chosen | {"formats": ",".join(formats), "editions": of_all}
            before = {"the earlier build (--against)": self.earlier} if self.earlier else {}
            files = {**for_cells, **for_pages, **before}
            made = [self.in_year(f"{stem}.review.ipynb"), *(f"reports/{stem}.review.{kind}" for kind in formats)]
            needs, make = ["store", "check", "tables", execute], partial(self._review, language)
            rooms = code.of("execute", "explain", "letters", "render", "report")
            yield Step(f"review {name}", needs, rooms, files, made, make, options, always=always)

    @cached_property
    def seen_from(self) -> date | None:
        """The day that the check sees the year from: `check` says it, and what comes after keeps that of the last."""
        if self.order.goal == "check":
            return self.order.on
        entry = read_record(self.place(self.in_year(".made.json"))).get("check", {"inputs": {}})
        try:
            return date.fromisoformat(entry["inputs"].get(_SEEN_FROM, ""))
        except ValueError:  # none
            return None

    def _declarations(self) -> Declarations:
        from pipeline.declarations import read_declarations

        return read_declarations(self.workspace.reports, self._folder)

    @property
    def _folder(self) -> Path:
        """The year's folder of raw data."""
        return self.workspace.raw(self.order.year)

    def in_year(self, name: str) -> str:
        """Return the record's name of a file of the year."""
        return f"processed/{self.order.year}/{name}"

    def place(self, name: str) -> Path:
        """Return where a file of the record belongs: in processed/, or in the year's folder of reports."""
        room, _, rest = name.partition("/")
        return (self.workspace.processed if room == "processed" else self.workspace.out / str(self.order.year)) / rest

    def stop_if_critical(self, stage: Path) -> None:
        """Raise CriticalFindingsError when the check of this run has found something critical."""
        from pipeline.check import read_findings, stop_if_critical

        path = stage / self.in_year(".findings.json")
        if path.is_file():
            stop_if_critical(read_findings(path), self.place(self.in_year("findings.csv")), " and run again")

    def _letters_made(self) -> list[str]:
        ends = ["" if language == "sv" else f".{language}" for language in self.order.languages]
        files = ["findings{}.html", "findings{}.xlsx", "corrections{}.xlsx", "letters{}.xlsx"]
        return ["reports/letters", *(f"reports/{file.format(end)}" for file in files for end in ends)]

    def _pages(self) -> Iterator[str]:
        """Yield the pages of the report that will stand side by side: those of this run, and those of another."""
        for language, stem in SOURCES.items():
            is_made = language in self.sources and "html" in self.order.formats
            if is_made or self.place(f"reports/{stem}.html").is_file():
                yield f"{stem}.html"

    # What each step does ---------------------------------------------------------------------------------------------

    def _store(self, job: Job) -> None:
        from pipeline.read import read_folder
        from pipeline.store.build import build_store

        years = self.workspace.years(self.order.year)
        data = [read_folder(self.workspace.raw(year), f"raw/{year}") for year in years]
        build_store(data, job.new(), self._declarations())

    def _check(self, job: Job) -> list[str]:
        from pipeline import check

        with check.start_check(self.order.year, self.seen_from) as checking:
            job.wait()
            findings = checking.findings(job.where(_STORE))
        check.write_findings(findings, job.new())
        write_text(job.new(1), check.as_json(findings))
        return list(check.summary(findings))

    def _letters(self, job: Job) -> list[str]:
        from pipeline.letters import write_all
        from pipeline.read.corrections import read_corrections

        findings, rules = self._findings(job), self._rules()
        made = read_corrections(self.workspace.raw(rules.year), f"raw/{rules.year}", rules)
        page, *_ = write_all(findings, rules, job.new().parent, self.order.languages, made)
        return [f"  in full: {OUT}/{page.name}"] if findings else []

    def _tables(self, job: Job) -> list[str]:
        from pipeline.tabulate import write_tables

        tables = self._year_tables(job)
        write_tables(tables, job.new())
        made_up = sum(table.has_synthetic for table in tables.values())
        counted = f"MADE-UP ANSWERS: {made_up} of {len(tables)} tables count them; tables/README.txt says which"
        said = [f"left out: {table}, which needs {' and '.join(files)}" for table, files in tables.left_out.items()]
        return [counted, *said] if made_up else said

    def _release(self, earlier: Path | None, job: Job) -> list[str]:
        from pipeline.release import write_release
        from pipeline.store import open_store

        tables = self._year_tables(job)
        with open_store(job.where(_STORE)) as connection:
            missing = write_release(connection, self._rules(), tables, job.new(), earlier)
        return [f"the release does not say, for [publish] of year.toml does not: {', '.join(missing)}"] * bool(missing)

    def _execute(self, language: Language, job: Job) -> list[str]:
        from pipeline.execute import Kernel

        source = self.sources[language]
        with self._lock:
            if self._kernel is None:  # what its cells import is imported once for all editions
                self._kernel = Kernel(self._environment(job))
        self._kernel.run(source, job.new())
        notebook = job.new().read_text(encoding="utf-8")
        alone = unnamed(text_of(source), notebook) if language == next(iter(self.sources)) else ()
        said = f"no cell of {source.name} names these, which the report shows by themselves: {', '.join(alone)}"
        raw = self.workspace.raw_files(self.order.year)
        return [said] * bool(alone) + text_gaps(language, source, raw, notebook)

    def close(self) -> None:
        """End what was started for several steps, and throw away old drawings."""
        if self._kernel:
            self._kernel.close()
            keep_newest(self._drawings().parent, 1)
            keep_newest(self._drawings(), _MOST_DRAWINGS)

    def _drawings(self) -> Path:
        """Return the folder that keeps the drawings of the code as it is now."""
        return self.workspace.processed.resolve() / ".drawings" / Code().sum_of("draw")

    def _numbers(self, language: Language, job: Job) -> None:
        notebook = job.where(self.in_year(f"{SOURCES[language]}.ipynb"))
        write_text(job.new(), self._explain(language, notebook, job))

    def _render(self, kind: Format, notebook: str, numbers: str, others: Sequence[str], job: Job) -> None:
        from pipeline.render import render

        page = {"numbers": job.where(numbers).read_text(encoding="utf-8")} if numbers else {}
        page |= {"edition": others[0]} if others else {}
        render(job.where(notebook), {kind: job.new()}, self.order.renderer, lambda: page)

    def _environment(self, job: Job) -> dict[str, str]:
        """Return what the kernel of a report is told."""
        return {
            "ATERRAPPORT_PROJECT": str(self.workspace.project.resolve()),
            "ATERRAPPORT_YEAR": str(self.order.year),
            "ATERRAPPORT_DATA": str(self.workspace.data.resolve()),
            "ATERRAPPORT_STORE": str(job.where(_STORE).resolve()),
            "ATERRAPPORT_DRAWINGS": os.environ.get("ATERRAPPORT_DRAWINGS") or str(self._drawings()),
        }

    def _internal(self, language: Language, job: Job) -> None:
        self._whole_edition("intern", language, {"html": job.new(1)}, {"ATERRAPPORT_INTERNAL": "1"}, job)

    def _review(self, language: Language, job: Job) -> None:
        from pipeline.letters import write_described

        self.stop_if_critical(job.stage)
        material = job.new().with_name(f".{SOURCES[language]}.review.json")
        write_described(self._findings(job), material, job.where(self.in_year("tables")), self.earlier)
        targets = {kind: job.new(at) for at, kind in enumerate(self.order.formats, start=1)}
        self._whole_edition("review", language, targets, {"ATERRAPPORT_REVIEW": str(material.resolve())}, job)

    def _whole_edition(
        self, kind: str, language: Language, targets: Mapping[Format, Path], told: Mapping[str, str], job: Job
    ) -> None:
        """Execute a source once more for an edition with everything, and render it."""
        from pipeline.execute import Kernel
        from pipeline.render import render

        notebook = job.new()
        with Kernel({**self._environment(job), **told}) as kernel:
            kernel.run(self.sources[language], notebook)
        others = [f"{SOURCES[other]}.{kind}.html" for other in self.sources if other != language]
        edition = {"edition": others[0]} if others else {}
        numbers = partial(self._explain, language, notebook, job, internal=True)  # beside the PDF
        render(notebook, targets, self.order.renderer, lambda: {"numbers": numbers()} | edition)

    def _explain(self, language: Language, notebook: Path, job: Job, *, internal: bool = False) -> str:
        from pipeline.explain import PageNumbers

        tables = self._year_tables(job)
        with self._lock:  # what editions have in common is looked up once
            if internal not in self._page_numbers:
                self._page_numbers[internal] = PageNumbers(job.where(_STORE), tables, internal=internal)
        return self._page_numbers[internal](language, notebook.read_text(encoding="utf-8"))

    def _year_tables(self, job: Job) -> Tables:
        """Return the tables of the year, which are computed once."""
        from pipeline.store import open_store
        from pipeline.tabulate import tabulate

        with self._lock:
            if self._tabulated is None:
                with open_store(job.where(_STORE)) as connection:
                    self._tabulated = tabulate(connection, self.order.year, self._declarations())
        return self._tabulated

    def _findings(self, job: Job) -> list[Finding]:
        from pipeline.check import read_findings

        return read_findings(job.where(self.in_year(".findings.json")))

    def _rules(self) -> Year:
        from pipeline.year import read_year

        return read_year(self._folder, f"raw/{self.order.year}")
