"""Report sources (.qmd) to executed notebooks: each cell runs once, several sources in one kernel."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from pipeline.errors import UserError
from pipeline.markdown import Part, parts
from pipeline.report.prose import first_typed

_MAKE: dict[str, Any] = {"front": new_raw_cell, "code": new_code_cell, "text": new_markdown_cell}
# Quarto takes a cell's options out before it runs the cell, for a magic must stand first.
_OPTIONS = re.compile(r"\A(?:#\|[^\n]*\n)+")
_LINE = re.compile(r"\Aline (\d+): ")
# What a source defined is gone before the next one runs, its magics too.
_FRESH = "get_ipython().reset(); get_ipython().magics_manager.magics['cell'].pop('prose', None)"
_REVIEW = "%finish_review"
_LONGEST_SOCKET = 100
"""The system takes 103 bytes (macOS) or 107 (Linux) as the path of a socket; the kernel adds a number."""


class Kernel:
    """A kernel for report sources, which several threads may want executed: it runs one after the other.

    It starts with the first, and ends with the context. Sources know nothing of each other.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start nothing yet."""
        self._environment = environment
        self._thread = ThreadPoolExecutor(1)  # a kernel belongs to the thread that has started it
        self._sockets = TemporaryDirectory(ignore_cleanup_errors=True)
        self._manager: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, source: Path, target: Path) -> None:
        """Run a report source, and write the executed notebook.

        UserError naming file and line when a cell fails or gives something else than Markdown, when its text has a
        digit without an address, or when the front matter is not what it must be.
        """
        text = source.read_text(encoding="utf-8")
        sections = parts(text)
        _check_front_matter(sections, source.name)
        for part in sections:
            if part.kind == "text" and (typed := first_typed(part.content, part.content, source.parent)):
                raise UserError(f"{source.name}, line {part.line + typed[0] - 1}: {typed[1]}")
        notebook = read_qmd(text)
        if self._environment.get("ATERRAPPORT_REVIEW"):
            notebook.cells.append(new_code_cell(_REVIEW))
        lines = [part.line for part in sections] + [0]
        self.run_cells(notebook, source, lines)
        _check_outputs(notebook, source.name, lines)
        _write(notebook, target)

    def run_cells(self, notebook: Any, source: Path, lines: Sequence[int] = ()) -> None:
        """Run the cells of a notebook, in the source's folder. They keep their outputs.

        `lines` are those of the source on which the cells begin. UserError when a cell fails, runs too long, or Python
        stops.
        """
        self._thread.submit(self._run_cells, notebook, source, lines).result()

    def close(self) -> None:
        """End the kernel."""
        self._thread.submit(self._end).result()
        self._thread.shutdown()
        self._sockets.cleanup()

    def _run_cells(self, notebook: Any, source: Path, lines: Sequence[int]) -> None:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

        cells = [cell.copy() for cell in notebook.cells]
        options = {at: _OPTIONS.match(cell.source) for at, cell in enumerate(cells) if cell.cell_type == "code"}
        for at, found in options.items():
            cells[at].source = cells[at].source[found.end() if found else 0 :]
        self._manager = self._manager or self._new_manager()
        before = [new_code_cell(_FRESH)] if self._manager.has_kernel else []
        client = NotebookClient(
            new_notebook(cells=[*before, *cells]),
            km=self._manager,
            timeout=300,
            record_timing=False,
            resources={"metadata": {"path": str(source.parent)}},
            extra_arguments=["--HistoryManager.enabled=False", "--log-level=ERROR"],
        )
        ran = client.nb.cells[len(before) :]
        try:
            client.execute(env={**os.environ, **self._environment})
        except CellExecutionError as error:
            failed = max(at for at in options if ran[at].execution_count)
            skipped = options[failed]
            first = lines[failed] + (skipped[0].count("\n") if skipped else 0) if lines else 0
            raise UserError(f"{source.name}{_said(error, first)}") from None
        except CellTimeoutError:
            raise UserError(f"{source.name}: a cell ran for more than five minutes") from None
        except DeadKernelError as error:
            raise UserError(f"{source.name}: Python stopped while the report was made: {error}") from None
        for at in options:
            notebook.cells[at].outputs, notebook.cells[at].execution_count = ran[at].outputs, ran[at].execution_count

    def _new_manager(self) -> Any:
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager

        # The kernel of this very Python: one that a user installed under the same name must not take its place.
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
        sockets = f"{self._sockets.name}/kernel"
        if sys.platform != "win32" and len(os.fsencode(sockets)) < _LONGEST_SOCKET:
            # Sockets in a folder instead of open ports. Its path is whole, for the kernel starts in another folder.
            manager.transport, manager.ip = "ipc", sockets
        return manager

    def _end(self) -> None:
        if self._manager and self._manager.has_kernel:
            from jupyter_core.utils import run_sync

            run_sync(self._manager.shutdown_kernel)(now=True)


def read_qmd(text: str) -> Any:
    """Read a .qmd: its front matter as a raw cell, `{python}` chunks as code cells, the rest as Markdown cells."""
    return new_notebook(cells=[_MAKE[part.kind](part.content) for part in parts(text)])


def _check_front_matter(sections: Sequence[Part], name: str) -> None:
    """Raise UserError unless a source begins with YAML between --- lines, with title and language."""
    if not sections or sections[0].kind != "front":
        raise UserError(f"{name}: front matter is missing; expected YAML between --- lines at the top")
    try:
        front = yaml.safe_load(sections[0].content.strip("-\n"))
    except yaml.YAMLError as error:
        mark, problem = (
            getattr(error, "problem_mark", None),
            getattr(error, "problem", None) or " ".join(str(error).split()),
        )
        raise UserError(f"{name}, line {mark.line + 2 if mark else 1}: front matter is not YAML: {problem}") from None
    for key in ("title", "lang"):
        if not isinstance(front, dict) or not front.get(key):
            raise UserError(f"{name}: front matter has no {key}")


def _check_outputs(notebook: Any, name: str, lines: Sequence[int]) -> None:
    """Raise UserError for output that is not Markdown: one renderer would show it and the other not, and for HTML
    Quarto loads scripts from the net. A plain-text stand-in, which IPython adds by itself, counts for nothing."""
    for cell, line in zip(notebook.cells, lines, strict=False):  # one line more than cells, but in a review
        for output in cell.get("outputs", ()):
            kinds = set(output.get("data", {})) - {"text/plain"}
            if output.get("name") != "stderr" and kinds != {"text/markdown"}:
                found = ", ".join(sorted(kinds)) or ("printed text" if "name" in output else "text/plain")
                expected = "text/markdown only; make it with %%prose"
                raise UserError(f"{name}, line {line}: a cell gives {found}, expected {expected}")


def _write(notebook: Any, target: Path) -> None:
    """Write an executed notebook; the same bytes each time."""
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                output.pop("execution_count", None)
                if "text/markdown" in output.get("data", {}):  # IPython gives every value as plain text too
                    output.data = {"text/markdown": output.data["text/markdown"]}
                    output.output_type = "display_data"
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def _said(error: Any, first: int) -> str:
    """Return what a cell says of its failure, with the line in the source: prose names that in its cell."""
    found = _LINE.match(error.evalue)
    line = f", line {first + (int(found[1]) if found else 0)}" if first else ""
    if found:
        return f"{line}: {error.evalue[found.end() :]}"
    return f"{line}: {error.evalue}" if error.ename.endswith("UserError") else f"{line}: {error.ename}: {error.evalue}"
