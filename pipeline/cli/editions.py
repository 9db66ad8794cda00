"""The editions of the report, side by side: executed, explained, rendered; and their review editions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from pipeline.cli.plan import NOTEBOOK, NUMBERS
from pipeline.cli.progress import step
from pipeline.cli.work import Work
from pipeline.output import write_bytes

if TYPE_CHECKING:
    from pipeline.check import Finding
    from pipeline.explain import PageNumbers
    from pipeline.render import Format


class Editions:
    """The editions that a run is to make."""

    def __init__(self, work: Work) -> None:
        """Hold the work they belong to."""
        self.work, self.plan, self.wanted = work, work.plan, work.wanted
        self._numbers_of: PageNumbers | None = None
        self._one_at_a_time = Lock()

    @property
    def to_review(self) -> list[Path]:
        """The sources whose review edition is to be made, or may have to be."""
        return [source for source in self.wanted.sources if self.plan.due(f"review {source.name}")]

    def make(self) -> None:
        """Bring every edition up to date."""
        _side_by_side(self._make, self.wanted.sources)

    def review(self, findings: Sequence[Finding]) -> None:
        """Bring the review editions up to date, which show the findings."""
        _side_by_side(lambda source: self._review(source, findings), self.to_review)

    def _make(self, source: Path) -> None:
        notebook = self.work.in_year(f"{source.stem}.ipynb")
        name = f"execute {source.name}"
        if self.plan.due(name):
            self._execute(name, source, notebook)
        steps = {kind: f"{kind} {source.name}" for kind in self.wanted.formats}
        for each in steps.values():
            self.plan.now_there(each, NOTEBOOK, self.work.where(notebook))
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
            made = {kind: self.work.stage / target for kind, target in targets.items()}
            render(self.work.where(notebook), made, self.wanted.renderer, page)  # type: ignore[arg-type]
        for kind, target in targets.items():
            self.work.finish(f"{kind} {source.name}", [target])

    def _numbers(self, source: Path, notebook: str) -> str:
        """Explain the numbers of a page, or give the explanations that are there."""
        name, target = f"numbers {source.name}", self.work.in_year(f".{source.stem}.numbers.json")
        if self.plan.due(name):
            with step(f"explain the numbers of {source.stem}"):
                numbers = self._explain(source, self.work.where(notebook))
            write_bytes(self.work.stage / target, numbers.encode())
            self.work.finish(name, [target])
            self.plan.now_there(f"html {source.name}", NUMBERS, self.work.stage / target)
        return self.work.where(target).read_text(encoding="utf-8")

    def _explain(self, source: Path, notebook: Path) -> str:
        from pipeline.explain import PageNumbers

        with self._one_at_a_time:
            if self._numbers_of is None:
                self._numbers_of = PageNumbers(self.work.where(self.work.store), self.wanted.year)
        language = self.wanted.editions[self.wanted.sources.index(source)]
        return self._numbers_of(language, notebook.read_text(encoding="utf-8"))

    def _review(self, source: Path, findings: Sequence[Finding]) -> None:
        """Make the review edition of a report: files of its own, beside those that are delivered."""
        name, executed = f"review {source.name}", self.work.where(self.work.in_year(f"{source.stem}.ipynb"))
        self.plan.now_there(name, NOTEBOOK, executed)
        if not self.plan.due(name):
            return
        from pipeline.render import render
        from pipeline.review import Material, read_earlier, write_review
        from pipeline.year import read_year

        year, wanted = self.wanted.year, self.wanted
        rules = read_year(self.work.workspace.raw(year), f"raw/{year}")
        earlier = read_earlier(wanted.earlier) if wanted.earlier else None
        store, tables = self.work.where(self.work.store), self.work.where(self.work.in_year("tables"))
        notebook = self.work.in_year(f"{source.stem}.review.ipynb")

        def page() -> dict[str, str]:
            if wanted.renderer != "builtin":
                return {}
            numbers = self._explain(source, self.work.stage / notebook)
            others = [f"{other.stem}.review.html" for other in wanted.sources if other != source]
            return {"numbers": numbers, **({"edition": others[0]} if others else {})}

        targets = {kind: f"reports/{source.stem}.review.{kind}" for kind in wanted.formats}
        with step(f"review edition of {source.name}"):
            write_review(executed, self.work.stage / notebook, Material(store, tables, rules, findings, earlier))
            made = {kind: self.work.stage / target for kind, target in targets.items()}
            render(self.work.stage / notebook, made, wanted.renderer, page)  # type: ignore[arg-type]
        self.work.finish(name, [notebook, *targets.values()])

    def _execute(self, name: str, source: Path, notebook: str) -> None:
        from pipeline.execute import execute, put_text

        if self.plan.steps[name].text_only:
            values = self.plan.record.steps[name]["values"]
            with step(f"text of {source.name}"):
                put_text(self.plan.texts[source.name], self.plan.place(notebook), values, self.work.stage / notebook)
        else:
            environment = {
                "ATERRAPPORT_YEAR": str(self.wanted.year),
                "ATERRAPPORT_DATA": str(self.work.workspace.data.resolve()),
                "ATERRAPPORT_STORE": str(self.work.where(self.work.store).resolve()),
            }
            with step(f"execute {source.name}"):
                values = execute(source, self.work.stage / notebook, environment)
        self.work.finish(name, [notebook], values=values)


def _side_by_side(make: Callable[[Path], None], sources: Sequence[Path]) -> None:
    """Most of the work is in other processes: a kernel and pandoc for each edition."""
    with ThreadPoolExecutor(max(len(sources), 1)) as pool:
        for done in [pool.submit(make, source) for source in sources]:
            done.result()
