"""From an executed notebook to finished reports: HTML and PDF, by the built-in renderer or by Quarto."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal

Format = Literal["html", "pdf"]
Renderer = Literal["builtin", "quarto"]


def render(
    notebook: Path,
    targets: Mapping[Format, Path],
    renderer: Renderer = "builtin",
    page: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Render an executed notebook (nbformat 4) to each target file.

    `page` gives what the built-in renderer's HTML holds beside the document (builtin.html). It is asked while the PDF
    is being made; PDF and Quarto do without it.

    All formats are made before the first file is written, and each file is replaced in one step, so a failure leaves
    what was there. Raises UserError for what the notebook's author or the machine's owner must mend.
    """
    # Imported late: neither renderer should cost the other's start-up time.
    if renderer == "builtin":
        from pipeline.render import builtin

        made = builtin.make(notebook, list(targets), page)
    else:
        from pipeline.render import quarto

        made = quarto.make(notebook, list(targets))
    _write({targets[kind]: content for kind, content in made.items()})


def executable() -> str:
    """Find Quarto, before long work that would need it. UserError when it is missing."""
    from pipeline.render.quarto import executable as find

    return find()


def _write(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place first; only then put them all in place."""
    with ExitStack() as undo:
        beside: dict[Path, Path] = {}
        for target, content in files.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as temporary:
                beside[target] = Path(temporary.name)
                undo.callback(beside[target].unlink, missing_ok=True)
                temporary.write(content)
            # A temporary file is private to its owner; a report is not.
            beside[target].chmod(0o644)
        for target, temporary_path in beside.items():
            temporary_path.replace(target)
