"""A run with something to do: the steps of a plan, from raw files to reports, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.plan import NOTEBOOK, NUMBERS, Plan
from pipeline.cli.progress import step
from pipeline.errors import CriticalFindingsError, UserError
from pipeline.output import write_bytes
from pipeline.remember import Entry, files, sum_of
from pipeline.stage import put_in_place, staged

if TYPE_CHECKING:
    from pipeline.check import Finding
    from pipeline.check.beside import Checking
    from pipeline.explain import PageNumbers
    from pipeline.read.folder import YearData
    from pipeline.render import Format

OUT = "{out}"
"""Stands in remembered lines for the folder of reports, which another run may call otherwise."""


def say_again(plan: Plan, names: Sequence[str]) -> None:
    """Say what steps said that are not done again: what a reader must know is told each time."""
    for name in names:
        if name in plan.record.steps:
            say(plan, plan.record.steps[name]["said"])


def say(plan: Plan, lines: Sequence[str]) -> None:
    """Print lines, with the folder of reports as this run calls it."""
    for line in lines:
        print(line.replace(OUT, str(plan.place("reports"))))


class Run:
    """A run with something to do. Every step makes its files in the stage, under the record's names."""

    def __init__(self, plan: Plan, start_check: Callable[[Path, int, Path], Checking]) -> None:
        """Hold what is to be done."""
        self.plan, self.wanted, self.workspace = plan, plan.wanted, plan.workspace
        self.start_check = start_check
        self.stage = Path()
        self.finished: dict[str, Entry] = {}
        self.data: Sequence[YearData] = ()

    def go(self) -> list[str]:
        """Do what is to be done, put it in place, and give the steps that were done."""
        with staged(self.workspace.processed) as self.stage, ExitStack() as stack:
            self.plan.look_again()  # a run that was waited for may have done it, or undone it
            checking = None
            if self.plan.due("check") or self.plan.due("letters") or self._reviewing:
                checking = stack.enter_context(self._checking())
            if self.plan.due("store"):
                self._store()
            if checking:
                checking.begin()
            failure: Exception | None = None
            try:
                if self.plan.due("tables"):
                    self._tables()
                else:
                    say_again(self.plan, ["tables"])
                if self.wanted.sources:
                    self._reports()
            except Exception as error:  # kept until the findings are known: they may explain it
                failure = error
            if checking:
                with step("check"):
                    findings = checking.findings()
                self._findings(findings, failure)
                if not failure and self._reviewing:
                    self._side_by_side(lambda source: self._review(source, findings), self._reviewing)
            else:
                say_again(self.plan, ["check", "letters"])
            if failure:
                raise failure
            done = [name for name in self.plan.steps if name in self.finished]
            self._put_in_place(done)
        return done

    def _checking(self) -> Checking:
        """Make ready to check, before there is a store: importing Great Expectations is the longest step."""
        remembered = self.workspace.made(self.wanted.year) / ".findings.json"
        if self.wanted.force:
            remembered.unlink(missing_ok=True)
        store = (self.stage / self._store_name) if self.plan.due("store") else self.plan.place(self._store_name)
        return self.start_check(store, self.wanted.year, remembered)

    @property
    def _reviewing(self) -> list[Path]:
        """The sources whose review edition is to be made, or may have to be."""
        return [source for source in self.wanted.sources if self.plan.due(f"review {source.name}")]

    @property
    def _store_name(self) -> str:
        return f"processed/{self.workspace.store.name}"

    def _in_year(self, name: str) -> str:
        return f"processed/{self.wanted.year}/{name}"

    def _where(self, name: str) -> Path:
        """Where a file is now: in the stage when this run made it, else in its place."""
        return self.stage / name if (self.stage / name).exists() else self.plan.place(name)

    def _finish(self, name: str, places: Sequence[str], said: Sequence[str] = (), values: Sequence[str] = ()) -> None:
        """Note what a step has made in the stage."""
        made = {
            path.relative_to(self.stage).as_posix(): sum_of(path)
            for place in places
            for path in files(self.stage / place)
        }
        self.finished[name] = {
            "inputs": self.plan.steps[name].inputs,
            "made": made,
            "places": list(places),
            "said": list(said),
            "values": list(values),
        }

    def _store(self) -> None:
        from pipeline.read import read_folder
        from pipeline.store import build_store

        with step("read"):
            self.data = [read_folder(self.workspace.raw(year), f"raw/{year}") for year in self.wanted.years]
        with step("store"):
            build_store(self.data, self.stage / self._store_name)
        self._finish("store", [self._store_name])

    def _tables(self) -> None:
        from pipeline.store import open_store
        from pipeline.tabulate import left_out, read_declarations, tabulate, write_tables

        year, place = self.wanted.year, self._in_year("tables")
        declarations = read_declarations(self.plan.reports)
        said = []
        with step("tables"), open_store(self._where(self._store_name)) as connection:
            tables = tabulate(connection, year, declarations)
            write_tables(tables, self.stage / place)
            made_up = sum(table.declared.synthetic for table in tables.values())
            if made_up:
                said = [f"MADE-UP ANSWERS: {made_up} of {len(tables)} tables count them; tables/README.txt says which"]
            for table, missing in left_out(connection, year, declarations).items():
                said.append(f"left out: {table}, which needs {' and '.join(missing)}")
        say(self.plan, said)
        self._finish("tables", [place], said)

    def _reports(self) -> None:
        self._side_by_side(self._report, self.wanted.sources)

    def _side_by_side(self, make: Callable[[Path], None], sources: Sequence[Path]) -> None:
        # Most of the work is in other processes, a kernel and pandoc for each edition.
        with ThreadPoolExecutor(len(sources)) as pool:
            for done in [pool.submit(make, source) for source in sources]:
                done.result()

    def _report(self, source: Path) -> None:
        notebook = self._in_year(f"{source.stem}.ipynb")
        name = f"execute {source.name}"
        if self.plan.due(name):
            self._execute(name, source, notebook)
        steps = {kind: f"{kind} {source.name}" for kind in self.wanted.formats}
        for each in steps.values():
            self.plan.now_there(each, NOTEBOOK, self._where(notebook))
        if not self.plan.due(f"html {source.name}") and self.plan.due(f"numbers {source.name}"):
            self._numbers(source, notebook)  # else they are made beside the PDF
        kinds: list[Format] = [kind for kind, each in steps.items() if self.plan.due(each)]  # type: ignore[misc]
        if kinds:
            self._render(source, notebook, kinds)

    def _render(self, source: Path, notebook: str, kinds: Sequence[Format]) -> None:
        from pipeline.render import render

        def page() -> dict[str, str]:
            """What the page holds beside the report; made beside the PDF, which does without it."""
            if f"numbers {source.name}" not in self.plan.steps:
                return {}
            others = self.wanted.others(source)
            return {"numbers": self._numbers(source, notebook), **({"edition": others[0]} if others else {})}

        targets = {kind: f"reports/{source.stem}.{kind}" for kind in kinds}
        with step(f"render {source.stem}, {' and '.join(kinds)}"):
            made = {kind: self.stage / target for kind, target in targets.items()}
            render(self._where(notebook), made, self.wanted.renderer, page)  # type: ignore[arg-type]
        for kind, target in targets.items():
            self._finish(f"{kind} {source.name}", [target])

    def _numbers(self, source: Path, notebook: str) -> str:
        """Explain the numbers of a page, or give the explanations that are there."""
        name, target = f"numbers {source.name}", self._in_year(f".{source.stem}.numbers.json")
        if self.plan.due(name):
            language = self.wanted.editions[self.wanted.sources.index(source)]
            with step(f"explain the numbers of {source.stem}"):
                numbers = self._explain(language, self._where(notebook).read_text(encoding="utf-8"))
            write_bytes(self.stage / target, numbers.encode())
            self._finish(name, [target])
            self.plan.now_there(f"html {source.name}", NUMBERS, self.stage / target)
        return self._where(target).read_text(encoding="utf-8")

    @cached_property
    def _explain(self) -> PageNumbers:
        from pipeline.explain import PageNumbers

        return PageNumbers(self._where(self._store_name), self.wanted.year)

    def _review(self, source: Path, findings: Sequence[Finding]) -> None:
        """Make the review edition of a report: files of its own, beside those that are delivered."""
        name, executed = f"review {source.name}", self._where(self._in_year(f"{source.stem}.ipynb"))
        self.plan.now_there(name, NOTEBOOK, executed)
        if not self.plan.due(name):
            return
        from pipeline.render import render
        from pipeline.review import Material, read_earlier, write_review
        from pipeline.year import read_year

        year, wanted = self.wanted.year, self.wanted
        rules = read_year(self.workspace.raw(year), f"raw/{year}")
        earlier = read_earlier(wanted.earlier) if wanted.earlier else None
        store, tables = self._where(self._store_name), self._where(self._in_year("tables"))
        notebook = self._in_year(f"{source.stem}.review.ipynb")

        def page() -> dict[str, str]:
            if wanted.renderer != "builtin":
                return {}
            language = wanted.editions[wanted.sources.index(source)]
            numbers = self._explain(language, (self.stage / notebook).read_text(encoding="utf-8"))
            others = [f"{other.stem}.review.html" for other in wanted.sources if other != source]
            return {"numbers": numbers, **({"edition": others[0]} if others else {})}

        targets = {kind: f"reports/{source.stem}.review.{kind}" for kind in wanted.formats}
        with step(f"review edition of {source.name}"):
            write_review(executed, self.stage / notebook, Material(store, tables, rules, findings, earlier))
            made = {kind: self.stage / target for kind, target in targets.items()}
            render(self.stage / notebook, made, wanted.renderer, page)  # type: ignore[arg-type]
        self._finish(name, [notebook, *targets.values()])

    def _execute(self, name: str, source: Path, notebook: str) -> None:
        from pipeline.execute import execute, put_text

        if self.plan.steps[name].text_only:
            values = self.plan.record.steps[name]["values"]
            with step(f"text of {source.name}"):
                put_text(self.plan.texts[source.name], self.plan.place(notebook), values, self.stage / notebook)
        else:
            environment = {
                "ATERRAPPORT_YEAR": str(self.wanted.year),
                "ATERRAPPORT_DATA": str(self.workspace.data.resolve()),
                "ATERRAPPORT_STORE": str(self._where(self._store_name).resolve()),
            }
            with step(f"execute {source.name}"):
                values = execute(source, self.stage / notebook, environment)
        self._finish(name, [notebook], values=values)

    def _findings(self, findings: Sequence[Finding], failure: Exception | None) -> None:
        """Write the findings down, for people too, and show them; stop when one is critical, or a step has failed."""
        from pipeline.check import summary, write_findings
        from pipeline.letters import write_all
        from pipeline.year import read_year

        year = self.wanted.year
        path = self._in_year("findings.csv")
        if self.plan.due("check"):
            write_findings(findings, self.stage / path)
            self._finish("check", [path], list(summary(findings)))
            say(self.plan, self.finished["check"]["said"])
        else:
            say_again(self.plan, ["check"])
        if self.plan.due("letters"):
            rules = self.data[-1].rules if self.data else read_year(self.workspace.raw(year), f"raw/{year}")
            with step("findings page, letters"):
                written = write_all(findings, rules, self.stage / "reports", self.wanted.languages)  # type: ignore[arg-type]
            page = [f"  in full: {OUT}/{written[0].name}"] if findings else []
            self._finish("letters", [each.relative_to(self.stage).as_posix() for each in written], page)
            say(self.plan, page)
        else:
            say_again(self.plan, ["letters"])
        critical = sum(finding.severity == "critical" for finding in findings)
        if critical or failure:
            self._put_in_place([name for name in ("check", "letters") if name in self.finished], is_all=False)
        if critical:
            raise CriticalFindingsError(
                f"{critical} critical finding{'s' if critical > 1 else ''}, all in {self.plan.place(path)}; "
                "nothing else was changed. Mend the raw files and run again"
            )

    def _put_in_place(self, names: Sequence[str], is_all: bool = True) -> None:
        """Move what these steps made to where it belongs; remember them, when all that was wanted is done."""
        changed = self.plan.changed_meanwhile()
        if changed:
            raise UserError(f"{', '.join(changed)}: changed while the run was at work; nothing was changed. Run again")
        places = [place for name in names for place in self.finished[name]["places"]]
        if is_all:
            self.plan.record.forget(names)
        put_in_place({self.plan.place(place): self.stage / place for place in places})
        if is_all:
            self.plan.record.add({name: self.finished[name] for name in names})
            for name in names:
                if name.partition(" ")[0] in ("store", "tables", "html", "pdf", "review"):
                    made = [each for each in self.finished[name]["places"] if not each.endswith(".ipynb")]
                    print(*(self.plan.place(place) for place in made), sep="\n")
