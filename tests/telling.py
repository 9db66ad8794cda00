"""A year told in the process: store, cells and page, without a kernel, drawings or Great Expectations."""

import ast
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import lxml.etree
import pytest
import yaml
from nbformat.v4 import new_output

from pipeline.execute import read_qmd
from pipeline.paths import REPORTS, Workspace
from pipeline.read import read_folder
from pipeline.render.builtin import html
from pipeline.render.document import Document
from pipeline.store.build import build_store
from tests.reading import Element, parsed

SOURCES = {"sv": "uppfoljning.qmd", "en": "uppfoljning.en.qmd"}
EDITIONS = [language for language, name in SOURCES.items() if (REPORTS / name).is_file()]
WORDS = {
    "sv": ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}
"""Numbers as each language writes them out."""
DRAWN = ("to_svg", "bars", "bars_by_year", "region_matrix", "region_map", "dots")


@dataclass
class Piece:
    """A stretch of text, and the addresses around it, the nearest last."""

    text: str
    addresses: tuple[str, ...]
    tags: tuple[str, ...]
    is_given: bool
    """Whether the analysts wrote it, or year.toml says it of the report."""


class Page:
    """What a reader of a page gets: its text and alternative texts, the numbers with their addresses, the anchors."""

    def __init__(self, source: str) -> None:
        root = parsed(source)
        self.source, self.pieces = source, list[Piece]()
        self.ids: list[str] = root.xpath("//@id")
        self.addresses: list[str] = root.xpath("//@data-n")
        self.elements = [(each.tag, each.get("id")) for each in root.xpath("//*[not(ancestor::svg)]")]
        """Each element that is not inside a drawing, with its id."""
        self.numbers = list[tuple[str, str]]()
        for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                for spoken in ("aria-label", "alt", "title", "content"):
                    if element.get(spoken) and element.tag not in ("meta", "svg"):
                        self._put(f" {element.get(spoken)} ", element)
                self._put(element.text, element)
                continue
            if element.get("data-n"):
                said = element.xpath(".//text()[not(ancestor::style or ancestor::script or ancestor::svg)]")
                self.numbers.append((element.get("data-n"), "".join(said).strip()))
            if element is not root:
                self._put(element.tail, element.getparent())
        self.text = " ".join("".join(piece.text for piece in self.pieces).split())

    def _put(self, text: str | None, element: Element) -> None:
        chain = [*reversed([*element.iterancestors()]), element] if text else []
        tags = [each.tag for each in chain]
        if not text or {"style", "script", "svg"} & {*tags}:
            return
        around = tuple(each.get("data-n") for each in chain if each.get("data-n"))
        is_given = any(
            "data-text" in each.attrib or {"colophon-lines", "colophon"} & {*each.class_names} for each in chain
        )
        self.pieces.append(Piece(text, around, tuple(tags), is_given))


def store_of(data: Path, *years: int) -> Workspace:
    """Build the store of some years."""
    workspace = Workspace(data, data)
    workspace.processed.mkdir(parents=True, exist_ok=True)
    build_store([read_folder(data / "raw" / str(year), f"raw/{year}") for year in years], workspace.store)
    return workspace


def told(workspace: Workspace, year: int, language: str, *, public: bool = False) -> Document:
    """Run the cells of an edition one after the other, as a kernel would, with empty drawings: of the internal one."""
    told = {"YEAR": year, "DATA": workspace.data, "STORE": workspace.store, "INTERNAL": "" if public else "1"}
    environment = {f"ATERRAPPORT_{name}": str(value) for name, value in told.items()}
    source = REPORTS / SOURCES[language]
    notebook = read_qmd(source.read_text(encoding="utf-8"))
    run_cells_here(notebook, environment)
    front = yaml.safe_load(notebook.cells[0].source.strip().strip("-"))
    return Document(source.name, front, "\n\n".join(shown(cell) for cell in notebook.cells[1:]) + "\n")


def shown(cell: Any) -> str:
    """What a cell adds to the report."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    return "\n\n".join(output.data["text/markdown"] for output in cell.outputs)


def run_cells_here(notebook: Any, environment: Mapping[str, str], drawn: bool = False) -> None:
    """Run the cells of a notebook here, with empty drawings if not `drawn`, in the place of a kernel."""
    shell = Shell()
    with (
        patch.dict(os.environ, environment),
        nullcontext() if drawn else _undrawn(),
        pytest.MonkeyPatch.context() as one,
    ):
        # This module alone: other threads import theirs meanwhile, and patch.dict would take those away again.
        one.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = shell.outputs = []
                shell.run(cell.source)


class Shell:
    """What the report asks of IPython's shell: names, magics, and a place to show things, which may change later."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {"get_ipython": lambda: self}
        self.user_ns_hidden = {"get_ipython"}
        self.display_pub = self
        self.outputs: list[Any] = []
        self._magics: dict[str, Any] = {}
        self._places: dict[str, Any] = {}

    def register_magic_function(self, function: Any, _: str, name: str) -> None:
        self._magics[name] = function

    def publish(self, data: dict[str, str], transient: dict[str, str] | None = None, update: bool = False) -> None:
        place = (transient or {}).get("display_id", "")
        if update:
            self._places[place].data = data
        else:
            self._places[place] = new_output("display_data", data=data)
            self.outputs.append(self._places[place])

    def run(self, cell: str) -> None:
        """Run a cell; what its last line gives is shown."""
        if cell.startswith("%"):
            magic, _, body = cell.lstrip("%").partition("\n")
            self._magics[magic](*(["", body] if body else [""]))
            return
        parsed = ast.parse(cell)
        last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
        exec(compile(parsed, "cell", "exec"), self.user_ns)  # noqa: S102 (our own cells)
        if isinstance(last, ast.Expr):
            eval(compile(ast.Expression(last.value), "cell", "eval"), self.user_ns)._ipython_display_()  # noqa: S307


def page_of(workspace: Workspace, year: int, language: str, *, public: bool = False) -> Page:
    """Tell an edition as a page."""
    return Page(html(told(workspace, year, language, public=public)).decode())


@contextmanager
def _undrawn() -> Iterator[None]:
    with ExitStack() as patched:
        for name in DRAWN:
            patched.enter_context(patch(f"pipeline.draw.{name}", _nothing))
        yield


class _Nothing(str):
    """Stands for a figure, which has areas, and for its drawing."""

    __slots__ = ()
    areas: tuple[str, ...] = ()


def _nothing(*_: object, **__: object) -> _Nothing:
    return _Nothing("<svg></svg>")


def paragraphs(document: Document) -> Iterator[str]:
    """The running text, paragraph by paragraph; what has an address stands as ‹address|what is shown›."""
    lines = (line for line in document.markdown.split("\n") if not line.startswith(":::"))
    for block in re.split(r"\n{2,}", re.sub(r"^(`{3,}).*?^\1$", "", "\n".join(lines), flags=re.DOTALL | re.MULTILINE)):
        if block.strip() and not block.lstrip().startswith(("|", "#", "- ", "---")):
            marked = re.sub(r'\[((?:[^][\\]|\\.)*)\]\{[^}]*data-n="([^"]*)"\}', r"‹\2|\1›", block)
            yield " ".join(re.sub(r"\\(.)", r"\1", marked).split())


def findings(document: Document) -> Document:
    """The key findings of the summary, which are items of a list, as paragraphs."""
    listed = re.search(
        r"^## (?:Det viktigaste|Key findings)\n(.*?)^(?:#|:::)", document.markdown, re.DOTALL | re.MULTILINE
    )
    assert listed
    return replace(document, markdown=re.sub(r"^- ", "\n\n", listed[1], flags=re.MULTILINE))


def plain(marked: str) -> str:
    """Marked text as a reader reads it, with plain spaces."""
    return re.sub(r"‹[^|›]*\|([^›]*)›", r"\1", marked).replace("\u00a0", " ")


def marks_in(page: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """What each drawing of a page tells: the table that it shows, and of each mark row and column, name and figure."""
    drawn = re.findall(r"""data-n="(\w+)" [^>]*?data-marks='([^']*)' data-parts='([^']*)'""", page)
    found = []
    for table, *told in drawn:
        marks, parts = (json.loads(unescape(each)) for each in told)
        found.append((table, [(at, ": ".join(parts[one] for one in name), value) for at, value, *name in marks]))
    return found
