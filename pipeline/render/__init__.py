"""From an executed notebook to finished reports: HTML and PDF, by the built-in renderer or by Quarto."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pipeline.files import write_bytes

Format = Literal["html", "pdf"]
Renderer = Literal["builtin", "quarto"]


def render(
    notebook: Path,
    targets: Mapping[Format, Path],
    renderer: Renderer = "builtin",
    page: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Render an executed notebook (nbformat 4) to each target file.

    `page` gives what the HTML holds beside the document (builtin.html). The PDF does without it.

    All formats are made before the first file is written, and each file is replaced in one step, so a failure leaves
    what was there. Raises UserError for what the notebook's author or the machine's owner must mend.
    """
    # Imported late: neither renderer should cost the other's start-up time.
    if renderer == "builtin":
        from pipeline.render import builtin

        made = builtin.make(notebook, list(targets), page)
    else:
        from pipeline.render import quarto

        made = quarto.make(notebook, list(targets), page)
    for kind, content in made.items():
        write_bytes(targets[kind], content)
