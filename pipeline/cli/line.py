"""The line: read, store, check, tabulate, execute, render; then everything is put in place at once, or nothing is."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pipeline.check import Finding, start_check, summary, write_findings
from pipeline.cli.progress import step
from pipeline.errors import CriticalFindingsError, UserError
from pipeline.execute import execute
from pipeline.explain import page_numbers
from pipeline.letters import write_all
from pipeline.output import replace_folder, write_bytes
from pipeline.paths import REPORTS, Workspace
from pipeline.read import read_folder
from pipeline.render import Format, Renderer, executable, render
from pipeline.store import build_store, open_store
from pipeline.tabulate import left_out, read_declarations, tabulate, write_tables
from pipeline.year import Language, Year

LANGUAGES: Sequence[Language] = ("sv", "en")
Goal = Literal["check", "tables", "report", "build"]
_REPORT_NEEDS = {"requisitions": "recipients.csv", "returns": "returns.xlsx or returns.csv"}


@dataclass(frozen=True)
class Order:
    """What a command asks for: how far to go, and in which formats, languages and by which renderer."""

    goal: Goal
    year: int
    formats: Sequence[Format] = ("html", "pdf")
    languages: Sequence[Language] = ("sv",)
    renderer: Renderer = "builtin"

    @property
    def editions(self) -> Sequence[Language]:
        """The languages that the report is made in: all of them in a whole build."""
        return LANGUAGES if self.goal == "build" else self.languages


def run(order: Order, workspace: Workspace) -> None:
    """Bring everything up to the goal up to date. UserError leaves what was made before as it was.

    Great Expectations runs beside the steps after the store. Its answer is awaited before anything is put in place:
    critical findings are written down and end the run.
    """
    years = workspace.years(order.year)
    reporting = order.goal in ("report", "build")
    sources = [_source(language) for language in order.editions] if reporting else []
    with step("read"):
        data = [read_folder(workspace.raw(year), f"raw/{year}") for year in years]
    missing = [file for frame, file in _REPORT_NEEDS.items() if not data[-1].has(frame)]
    if missing and order.goal == "report":
        raise UserError(f"{workspace.raw(order.year)}: the report needs {' and '.join(missing)}; add the file")
    if order.renderer == "quarto":
        executable()
    workspace.processed.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=workspace.processed, prefix=".being-made-") as folder:
        stage = Path(folder)
        with step("store"):
            build_store(data, stage / workspace.store.name)
        failure: Exception | None = None
        remembered = workspace.made(order.year) / ".findings.json"
        with start_check(stage / workspace.store.name, order.year, remembered) as checking:
            try:
                if order.goal != "check":
                    _tables(stage, order.year)
                if reporting and not missing:
                    _reports(stage, order, sources, workspace)
            except Exception as error:  # kept until the findings are known: they may explain it
                failure = error
            with step("check"):
                findings = checking.findings()
        _tell(findings, data[-1].rules, order, workspace)
        if failure:
            raise failure
        for line in _put_in_place(stage, order, workspace):
            print(line)
    if missing and order.goal == "build":
        print(f"no report: {workspace.raw(order.year)} has no {' and no '.join(missing)}")


def _source(language: Language) -> Path:
    path = REPORTS / ("uppfoljning.qmd" if language == "sv" else f"uppfoljning.{language}.qmd")
    if not path.is_file():
        raise UserError(f"reports/{path.name}: there is no source for a report in this language (--lang {language})")
    return path


def _tables(stage: Path, year: int) -> None:
    declarations = read_declarations(REPORTS)
    with step("tables"), open_store(stage / "aterrapport.duckdb") as connection:
        tables = tabulate(connection, year, declarations)
        write_tables(tables, stage / "tables")
        made_up = sum(table.declared.synthetic for table in tables.values())
        if made_up:
            print(f"MADE-UP ANSWERS: {made_up} of {len(tables)} tables count them; tables/README.txt says which")
        for table, files in left_out(connection, year, declarations).items():
            print(f"left out: {table}, which needs {' and '.join(files)}")


def _reports(stage: Path, order: Order, sources: Sequence[Path], workspace: Workspace) -> None:
    environment = {
        "ATERRAPPORT_YEAR": str(order.year),
        "ATERRAPPORT_DATA": str(workspace.data.resolve()),
        "ATERRAPPORT_STORE": str((stage / workspace.store.name).resolve()),
    }

    def make(source: Path) -> None:
        notebook = stage / f"{source.stem}.ipynb"
        with step(f"execute {source.name}"):
            execute(source, notebook, environment)
        with step(f"render {source.stem}, {' and '.join(order.formats)}"):
            targets = {kind: stage / "reports" / f"{source.stem}.{kind}" for kind in order.formats}
            render(notebook, targets, order.renderer, page(source, notebook))

    def page(source: Path, notebook: Path) -> dict[str, str]:
        """What the page holds beside the report: its numbers explained, and where its other edition is."""
        if "html" not in order.formats or order.renderer != "builtin":
            return {}
        language = order.editions[sources.index(source)]
        text = notebook.read_text(encoding="utf-8")
        others = [{"edition": f"{other.stem}.html"} for other in sources if other != source]
        numbers = page_numbers(stage / workspace.store.name, order.year, language, text)
        return {"numbers": numbers, **(others[0] if others else {})}

    # Side by side: most of the work is in other processes, a kernel and pandoc for each edition.
    with ThreadPoolExecutor(len(sources)) as pool:
        for done in [pool.submit(make, source) for source in sources]:
            done.result()


def _tell(findings: Sequence[Finding], rules: Year, order: Order, workspace: Workspace) -> None:
    """Write the findings down, for people too, and show them; stop when one is critical."""
    path = workspace.made(order.year) / "findings.csv"
    write_findings(findings, path)
    with step("findings page, letters"):
        written = write_all(findings, rules, workspace.out / str(order.year), order.languages)
    for line in summary(findings):
        print(line)
    if findings:
        print(f"  in full: {written[0]}")
    critical = sum(finding.severity == "critical" for finding in findings)
    if critical:
        raise CriticalFindingsError(
            f"{critical} critical finding{'s' if critical > 1 else ''}, all in {path}; "
            "nothing else was changed. Mend the raw files and run again"
        )


def _put_in_place(stage: Path, order: Order, workspace: Workspace) -> list[str]:
    """Move everything that was made to where it belongs, and say where that is."""
    made, out = workspace.made(order.year), workspace.out / str(order.year)
    (stage / workspace.store.name).replace(workspace.store)
    places = [str(workspace.store)]
    if (stage / "tables").is_dir():
        replace_folder(stage / "tables", made / "tables")
        places.append(str(made / "tables"))
    for notebook in sorted(stage.glob("*.ipynb")):
        shutil.move(notebook, made / notebook.name)
    for report in sorted((stage / "reports").glob("*")):
        write_bytes(out / report.name, report.read_bytes())
        places.append(str(out / report.name))
    return places
