"""A .qmd source to an executed notebook: each cell runs once, and inline values are put into the text."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from pipeline.errors import UserError

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_FENCE = re.compile(r"^(`{3,}|~{3,})\s*(.*?)\s*$")
_PYTHON = re.compile(r"^\{python\b[^}]*\}$")
_INLINE = re.compile(r"(?<!`)`\{python\}\s+([^`]+)`(?!`)")
_INLINE_MIME = "application/x-aterrapport-inline+json"


def execute(source: Path, target: Path, environment: Mapping[str, str]) -> None:
    """Run a report source and write the executed notebook. UserError when a cell fails, with the cell's first line."""
    notebook = read_qmd(source.read_text(encoding="utf-8"))
    _add_inline_cells(notebook)
    with TemporaryDirectory(prefix="kernel-") as sockets:
        _run(notebook, source, environment, sockets)
    _put_inline_values(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                _keep_markdown(output)
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def read_qmd(text: str) -> Any:
    """Read a .qmd: its front matter as a raw cell, `{python}` chunks as code cells, the rest as Markdown cells."""
    cells: list[Any] = []
    front = _FRONT_MATTER.match(text)
    if front:
        cells.append(new_raw_cell(front[0].rstrip("\n")))
        text = text[front.end() :]
    lines: list[str] = []
    fence: str | None = None
    in_chunk = False

    def flush() -> None:
        content = "\n".join(lines).strip("\n")
        if content:
            cells.append(new_code_cell(content) if in_chunk else new_markdown_cell(content))
        lines.clear()

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence is None and mark and _PYTHON.match(mark[2]):
            flush()
            fence, in_chunk = mark[1], True
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2]:
            if in_chunk:
                flush()
                in_chunk = False
            else:
                lines.append(line)
            fence = None
        else:
            if fence is None and mark:
                fence = mark[1]
            lines.append(line)
    if in_chunk:
        raise UserError("a {python} chunk is not closed")
    flush()
    return new_notebook(cells=cells)


def _add_inline_cells(notebook: Any) -> None:
    """Before each Markdown cell with inline expressions, a cell that evaluates them in their place in the order."""
    cells = []
    for cell in notebook.cells:
        expressions = _INLINE.findall(cell.source) if cell.cell_type == "markdown" else []
        if expressions:
            values = ", ".join(f"str({expression})" for expression in expressions)
            show = f"__import__('IPython.display').display.display({{{_INLINE_MIME!r}: [{values}]}}, raw=True)"
            cells.append(new_code_cell(show, metadata={"inline": True}))
        cells.append(cell)
    notebook.cells = cells


def _put_inline_values(notebook: Any) -> None:
    """Put the values where the expressions stood, and take the helping cells away."""
    cells = []
    values: list[str] = []
    for cell in notebook.cells:
        if cell.metadata.get("inline"):
            values = list(cell.outputs[0].data[_INLINE_MIME])
            continue
        if cell.cell_type == "markdown" and values:
            left = iter(values)
            cell.source = _INLINE.sub(lambda _, left=left: next(left), cell.source)  # type: ignore[misc]
            values = []
        cells.append(cell)
    notebook.cells = cells


def _keep_markdown(output: Any) -> None:
    """Leave one MIME type: beside its Markdown, IPython gives every value as plain text too."""
    output.pop("execution_count", None)
    if "text/markdown" in output.get("data", {}):
        output.data = {"text/markdown": output.data["text/markdown"]}
        output.output_type = "display_data"


def _run(notebook: Any, source: Path, environment: Mapping[str, str], sockets: str) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    # The kernel of this very Python: one that a user installed under the same name must not take its place.
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    if sys.platform != "win32":
        # Sockets in a folder instead of open ports. Its path is whole, for the kernel starts in another folder.
        manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
        extra_arguments=["--HistoryManager.enabled=False", "--log-level=ERROR"],
    )
    try:
        client.execute(env={**os.environ, **environment})
    except CellExecutionError as error:
        raise UserError(f"{source.name}: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise UserError(f"{source.name}: a cell ran for more than five minutes") from None
    except DeadKernelError as error:
        raise UserError(f"{source.name}: Python stopped while the report was made: {error}") from None
