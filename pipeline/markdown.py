"""Pandoc Markdown: written so that data is text and nothing else, read by pandoc, and as sources of reports."""

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

from pipeline.errors import UserError
from pipeline.mask import visible
from pipeline.paths import REPORTS

MARKDOWN = "markdown-raw_html-raw_tex-tex_math_dollars-task_lists"
"""Text must not bring HTML, TeX or formulas of its own. Raw blocks with a format stay: they hold the figures, and the
filter refuses them everywhere else."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|@$^~\"'&!=+])|(?<=[-.])([-.])")
# Pandoc takes paths by the locale; by "C" it finds none with å.
_LOCALE = {"LC_ALL": "C.UTF-8"} if sys.platform == "linux" else {}
_TAB = 4  # columns, as pandoc has it
_SECONDS = 10  # that a text may take: a few brackets that are not closed take hours
ADDRESS = re.compile(r"""\.n(?:\s[^{}]*?)?\sdata-n=\\?"([^"\\]+)""")
"""The address of a number in Markdown, or in a notebook that holds it."""
THEMES = "_themes"  # how the id of a table ends that counts themes of free text
_LABEL = re.compile(r":::+ \{#[a-z]+-([a-z][a-z0-9_]*)[ }]")
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*\n", re.DOTALL)
_BLOCK = re.compile(
    r"^(?P<fence>(?P<mark>[`~])(?P=mark){2,})[^\S\n]*(?P<info>[^\n]*?)[^\S\n]*(?:\n|\Z)"
    r"(?P<body>.*?)(?:(?P<end>^(?P=fence)(?P=mark)*[^\S\n]*$\n?)|\Z)",
    re.DOTALL | re.MULTILINE,
)
_PYTHON = re.compile(r"^\{python\b[^}]*\}$")
_PLACE = re.compile(r'\bown_(?:text|table)\("([a-z][a-z0-9_]*)"')


class Markdown(str):
    """Text that is Markdown already: Jinja2 puts it in as it is, and Jupyter and Quarto show it."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)

    _repr_markdown_ = __html__


def escape(text: str) -> Markdown:
    """Write text so that Pandoc reads it as itself: one line, no markup, no control or direction marks."""
    return Markdown(_SPECIAL.sub(lambda found: "\\" + found[0], visible(text)))


def with_own_scripts(page: str) -> str:
    """Return a page whose content security policy lets the scripts that stand in it now run, by their checksums, and no
    other."""
    scripts = re.findall(r'<script(?: type="module")?>(.*?)</script>', page, re.DOTALL)
    sums = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = "".join(f" 'sha256-{checksum}'" for checksum in dict.fromkeys(sums))
    return page.replace("script-src 'none'", f"script-src{allowed}", 1) if allowed else page


def floated(label: str, body: str, caption: str, classes: str = "") -> str:
    """Write a float: a table or figure with its caption, which references can name."""
    return f"::: {{#{label}{classes and ' .' + classes}}}\n\n{body}\n\n{caption}\n\n:::\n"


Head = tuple[str, int, bool]
"""The head of a column: its text; its width, relative to others; whether what is in it stands to the right."""


def pipe_table(heads: Sequence[Head], rows: Sequence[Sequence[str]]) -> str:
    """Write a pipe table. Pandoc takes the relative column widths from the dashes, in tables with a long line."""
    rule = ["-" * (wide - 1) + ":" if is_right else ":" + "-" * (wide - 1) for _, wide, is_right in heads]
    first, *others = (f"| {' | '.join(row)} |" for row in ([text for text, _, _ in heads], *rows))
    return "\n".join([first, f"|{'|'.join(rule)}|", *others])


class PandocError(Exception):
    """Pandoc stopped; what it wrote to say why."""


def pandoc(content: bytes, options: Mapping[str, Any]) -> bytes:
    """Run the pandoc of the package with options as in its defaults files. PandocError when it stops, also for a
    warning."""
    with TemporaryDirectory() as folder:
        settings = Path(folder) / "defaults.yaml"
        settings.write_text(json.dumps({**options, "fail-if-warnings": True}), encoding="utf-8")
        return _run_pandoc(["--defaults", str(settings)], content, cwd=folder)


def as_trees(texts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Read texts of somebody's own, each in its format and by itself. PandocError, also for a warning;
    subprocess.TimeoutExpired after ten seconds."""
    script = str(Path(__file__).with_suffix(".lua"))
    # The command turns tabs into spaces before it reads; a script must be given them so.
    content = json.dumps([(text.expandtabs(_TAB), way) for text, way in texts]).encode()
    trees = _run_pandoc(["lua", script], content, timeout=_SECONDS)
    return [json.loads(tree) for tree in trees.splitlines()]


def _run_pandoc(arguments: Sequence[str], content: bytes, **how: Any) -> bytes:
    import pypandoc

    executable = Path(pypandoc.__file__).parent / "files" / ("pandoc.exe" if sys.platform == "win32" else "pandoc")
    command, environment = [str(executable), *arguments], {**os.environ, **_LOCALE}
    run = subprocess.run(command, input=content, capture_output=True, check=False, env=environment, **how)
    if run.returncode or (run.stderr and arguments[0] == "lua"):  # which has no way to fail for a warning
        raise PandocError(run.stderr.decode(errors="replace"))
    return bytes(run.stdout)


def prose(reports: Path = REPORTS) -> list[Path]:
    """Return the sources of the report's prose: its documents, and what they include."""
    return [path for path in sorted(reports.iterdir()) if path.suffix in (".qmd", ".md") and path.is_file()]


def places(reports: Path = REPORTS) -> list[str]:
    """Return the names of the analysts' texts that the report has a place for (`own_text`, `own_table`)."""
    found = (_PLACE.findall(path.read_text(encoding="utf-8", errors="replace")) for path in prose(reports))
    return sorted(set(chain.from_iterable(found)))


def names(cells: str, table: str) -> bool:
    """Return whether cells name a table, in an address, a label or a call."""
    return re.search(rf"""(?<=["'@/-]){table}\b""", cells) is not None


def unnamed(cells: str, notebook: str) -> list[str]:
    """Return the tables of answers that an executed notebook shows, and its cells do not name."""
    cells += "".join(path.read_text(encoding="utf-8") for path in prose() if path.suffix == ".md")
    labels = dict.fromkeys(_LABEL.findall(notebook))
    displayed = dict.fromkeys(label.removesuffix("_by_region") for label in labels if not names(cells, label))
    return [name for name in displayed if not names(cells, name) and not name.endswith(THEMES)]


class Part(NamedTuple):
    """A part of a source: what it is, its text (of code, without the fence), and the line on which that begins."""

    kind: Literal["front", "code", "text"]
    content: str
    line: int


def parts(text: str) -> list[Part]:
    """Take a source apart. UserError when a chunk is not closed."""
    front = _FRONT_MATTER.match(text)
    found, at = [Part("front", front[0].rstrip("\n"), 1)] if front else [], front.end() if front else 0

    def add(kind: Literal["code", "text"], start: int, end: int) -> None:
        content = text[start:end]
        begins = text.rfind("\n", start, end - len(content.lstrip())) + 1 or start  # the line of the first letter
        if content.strip():
            found.append(Part(kind, text[begins:end].rstrip(), text.count("\n", 0, begins) + 1))

    for block in _BLOCK.finditer(text, at):
        if _PYTHON.match(block["info"]):
            if block["end"] is None:
                raise UserError("a {python} chunk is not closed")
            add("text", at, block.start())
            add("code", *block.span("body"))
            at = block.end()
    add("text", at, len(text))
    return found
