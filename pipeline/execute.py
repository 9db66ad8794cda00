"""A .qmd source to an executed notebook: each cell runs once, and inline values are put into the text."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from pipeline.errors import UserError
from pipeline.qmd import INLINE, parts

_INLINE_MIME = "application/x-aterrapport-inline+json"


def execute(source: Path, target: Path, environment: Mapping[str, str]) -> list[str]:
    """Run a report source and write the executed notebook. UserError when a cell fails, with the cell's first line.

    Gives the values of the inline expressions, in order: `put_text` needs them.
    """
    text = source.read_text(encoding="utf-8")
    notebook = read_qmd(text)
    _add_inline_cells(notebook)
    run_cells(notebook, source, environment)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    values = [value for cell in ran if "inline" in cell.metadata for value in cell.outputs[0].data[_INLINE_MIME]]
    _write(read_qmd(text), [cell.outputs for cell in ran if "inline" not in cell.metadata], values, target)
    return values


def put_text(text: str, executed: Path, values: Sequence[str], target: Path) -> None:
    """Write the notebook that running a source would give, with the outputs and inline values of the last time.

    The caller knows that the source runs the same code as then. ValueError when the executed notebook shows otherwise.
    """
    notebook = read_qmd(text)
    before = [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]
    if [cell.source for cell in before] != [cell.source for cell in notebook.cells if cell.cell_type == "code"]:
        raise ValueError(f"{executed.name} was made by other code")
    _write(notebook, [cell.outputs for cell in before], values, target)


def read_qmd(text: str) -> Any:
    """Read a .qmd: its front matter as a raw cell, `{python}` chunks as code cells, the rest as Markdown cells."""
    make: dict[str, Any] = {"front": new_raw_cell, "code": new_code_cell, "text": new_markdown_cell}
    return new_notebook(cells=[make[part.kind](part.content) for part in parts(text)])


def _write(notebook: Any, outputs: Sequence[Any], values: Sequence[str], target: Path) -> None:
    """Put outputs and inline values where they belong, and write the notebook; the same bytes each time."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, its_outputs in zip(code, outputs, strict=True):
        cell.outputs = its_outputs
        for output in cell.outputs:
            _keep_markdown(output)
    left = iter(values)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "markdown":
            cell.source = INLINE.sub(lambda _: next(left), cell.source)
    if next(left, None) is not None:
        raise ValueError("more inline values than expressions")
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def _add_inline_cells(notebook: Any) -> None:
    """Before each Markdown cell with inline expressions, a cell that evaluates them in their place in the order."""
    cells = []
    for cell in notebook.cells:
        expressions = INLINE.findall(cell.source) if cell.cell_type == "markdown" else []
        if expressions:
            values = ", ".join(f"str({expression})" for expression in expressions)
            show = f"__import__('IPython.display').display.display({{{_INLINE_MIME!r}: [{values}]}}, raw=True)"
            cells.append(new_code_cell(show, metadata={"inline": True}))
        cells.append(cell)
    notebook.cells = cells


def _keep_markdown(output: Any) -> None:
    """Leave one MIME type: beside its Markdown, IPython gives every value as plain text too."""
    output.pop("execution_count", None)
    if "text/markdown" in output.get("data", {}):
        output.data = {"text/markdown": output.data["text/markdown"]}
        output.output_type = "display_data"


def run_cells(notebook: Any, source: Path, environment: Mapping[str, str]) -> None:
    """Run the cells of a notebook in a kernel that starts in the source's folder. They keep their outputs.

    UserError when a cell fails, runs too long, or Python stops.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    # The kernel of this very Python: one that a user installed under the same name must not take its place.
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
        extra_arguments=["--HistoryManager.enabled=False", "--log-level=ERROR"],
    )
    try:
        with TemporaryDirectory(prefix="kernel-") as sockets:
            if sys.platform != "win32":
                # Sockets in a folder instead of open ports. Its path is whole, for the kernel starts in another folder.
                manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
            client.execute(env={**os.environ, **environment})
    except CellExecutionError as error:
        raise UserError(f"{source.name}: {error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise UserError(f"{source.name}: a cell ran for more than five minutes") from None
    except DeadKernelError as error:
        raise UserError(f"{source.name}: Python stopped while the report was made: {error}") from None
