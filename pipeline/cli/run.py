"""A run with something to do: the steps of a plan, from raw files to tables; then everything is put in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.editions import Editions
from pipeline.cli.plan import Plan
from pipeline.cli.progress import step
from pipeline.cli.work import OUT, Work, say, say_again
from pipeline.errors import CriticalFindingsError, UserError
from pipeline.stage import put_in_place, staged

if TYPE_CHECKING:
    from pipeline.check import Finding
    from pipeline.check.beside import Checking
    from pipeline.read.folder import YearData


class Run:
    """A run with something to do. Every step makes its files in the stage, under the record's names."""

    def __init__(self, plan: Plan, start_check: Callable[[Path, int, Path], Checking]) -> None:
        """Hold what is to be done."""
        self.plan, self.wanted, self.workspace = plan, plan.wanted, plan.workspace
        self.start_check = start_check
        self.work = Work(plan, Path())
        self.data: Sequence[YearData] = ()

    def go(self) -> list[str]:
        """Do what is to be done, put it in place, and give the steps that were done."""
        with staged(self.workspace.processed) as stage, ExitStack() as stack:
            self.work = Work(self.plan, stage)
            editions = Editions(self.work)
            self.plan.look_again()  # a run that was waited for may have done it, or undone it
            checking = None
            if self.plan.due("check") or self.plan.due("letters") or editions.to_review:
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
                editions.make()
            except Exception as error:  # kept until the findings are known: they may explain it
                failure = error
            if checking:
                with step("check"):
                    findings = checking.findings()
                self._findings(findings, failure)
                if not failure:
                    editions.review(findings)
            else:
                say_again(self.plan, ["check", "letters"])
            if failure:
                raise failure
            done = [name for name in self.plan.steps if name in self.work.finished]
            self._put_in_place(done)
        return done

    def _checking(self) -> Checking:
        """Make ready to check, before there is a store: importing Great Expectations is the longest step."""
        remembered = self.workspace.made(self.wanted.year) / ".findings.json"
        if self.wanted.force:
            remembered.unlink(missing_ok=True)
        store = (self.work.stage / self.work.store) if self.plan.due("store") else self.plan.place(self.work.store)
        return self.start_check(store, self.wanted.year, remembered)

    def _store(self) -> None:
        from pipeline.read import read_folder
        from pipeline.store import build_store

        with step("read"):
            self.data = [read_folder(self.workspace.raw(year), f"raw/{year}") for year in self.wanted.years]
        with step("store"):
            build_store(self.data, self.work.stage / self.work.store)
        self.work.finish("store", [self.work.store])

    def _tables(self) -> None:
        from pipeline.store import open_store
        from pipeline.tabulate import left_out, read_declarations, tabulate, write_tables

        year, place = self.wanted.year, self.work.in_year("tables")
        declarations = read_declarations(self.plan.reports)
        said = []
        with step("tables"), open_store(self.work.where(self.work.store)) as connection:
            tables = tabulate(connection, year, declarations)
            write_tables(tables, self.work.stage / place)
            made_up = sum(table.declared.synthetic for table in tables.values())
            if made_up:
                said = [f"MADE-UP ANSWERS: {made_up} of {len(tables)} tables count them; tables/README.txt says which"]
            for table, missing in left_out(connection, year, declarations).items():
                said.append(f"left out: {table}, which needs {' and '.join(missing)}")
        say(self.plan, said)
        self.work.finish("tables", [place], said)

    def _findings(self, findings: Sequence[Finding], failure: Exception | None) -> None:
        """Write the findings down, for people too, and show them; stop when one is critical, or a step has failed."""
        from pipeline.check import summary, write_findings
        from pipeline.letters import write_all
        from pipeline.year import read_year

        year = self.wanted.year
        path = self.work.in_year("findings.csv")
        if self.plan.due("check"):
            write_findings(findings, self.work.stage / path)
            self.work.finish("check", [path], list(summary(findings)))
            say(self.plan, self.work.finished["check"]["said"])
        else:
            say_again(self.plan, ["check"])
        if self.plan.due("letters"):
            rules = self.data[-1].rules if self.data else read_year(self.workspace.raw(year), f"raw/{year}")
            with step("findings page, letters"):
                written = write_all(findings, rules, self.work.stage / "reports", self.wanted.languages)  # type: ignore[arg-type]
            page = [f"  in full: {OUT}/{written[0].name}"] if findings else []
            self.work.finish("letters", [each.relative_to(self.work.stage).as_posix() for each in written], page)
            say(self.plan, page)
        else:
            say_again(self.plan, ["letters"])
        critical = sum(finding.severity == "critical" for finding in findings)
        if critical or failure:
            self._put_in_place([name for name in ("check", "letters") if name in self.work.finished], is_all=False)
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
        places = [place for name in names for place in self.work.finished[name]["places"]]
        if is_all:
            self.plan.record.forget(names)
        put_in_place({self.plan.place(place): self.work.stage / place for place in places})
        if is_all:
            self.plan.record.add({name: self.work.finished[name] for name in names})
            for name in names:
                if name.partition(" ")[0] in ("store", "tables", "html", "pdf", "review"):
                    made = [each for each in self.work.finished[name]["places"] if not each.endswith(".ipynb")]
                    print(*(self.plan.place(place) for place in made), sep="\n")
