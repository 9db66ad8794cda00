"""What a report is made of besides its text: tables, figures, lists, boxes.

A block is written as Markdown once. Its texts may hold tokens, which stand for numbers (writer.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from pipeline.markdown import Head, floated, pipe_table

if TYPE_CHECKING:
    from pipeline.report.writer import Writer

Mark = tuple[str, tuple[str, ...], str]
"""What a page says of a mark: row and column in the table (or nothing), the parts of its name, its figure."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block. In prose it stands for itself; at the end of a cell it is shown."""

    holder: Writer = field(repr=False, compare=False)

    def written(self) -> str:
        """Return the block as Markdown, tokens still in it."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.holder.resolve(self.written())

    def _ipython_display_(self) -> None:
        self.holder.show(self)

    def __html__(self) -> str:
        return self.holder.hold(self)


@dataclass(frozen=True, kw_only=True)
class Float(Block):
    """A table or figure: its label, the year's table in it (None: none), its caption."""

    label: str
    table_id: str | None
    caption: str


@dataclass(frozen=True, kw_only=True)
class TableBlock(Float):
    """A table with its caption, and a note under it. Cells are Markdown."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[str]]
    note: str = ""
    listing: bool = False
    """Whether it keeps its widths in print, and may break there, however short it is."""
    wide: bool = False

    def written(self) -> str:
        """Return the table as a float, and its note."""
        body = pipe_table(self.heads, self.rows)
        text = floated(self.label, body, self.caption, "listing" if self.listing else "") + under(self.note)
        return f"::::: {{.wide}}\n\n{text}\n:::::" if self.wide else text


@dataclass(frozen=True, kw_only=True)
class FigureBlock(Float):
    """A drawing: SVG for the page, an image for the PDF, both with a text alternative made from the data."""

    svg: str
    said: str
    areas: Sequence[str]
    marks: Sequence[Mark]
    across: int = 1
    """How many marks stand side by side."""
    narrow: str = ""
    """The same drawn for small screens, where it is not only made smaller; and where its marks are."""
    narrow_areas: Sequence[str] = ()
    ranked: Sequence[tuple[str, str]] = ()
    """What the page lists beside the drawing: names and figures of marks."""
    made_up: bool = False

    def image(self, svg: str) -> str:
        """Return a drawing as an element with the role of an image."""
        return f'<div role="img" aria-label="{escape(self.said)}">{svg}</div>'

    @property
    def html(self) -> str:
        """The drawing, and what a page tells of its marks."""
        # Parts of names are told once: in a grid each stands in a whole row or column.
        parts = list(dict.fromkeys(part for _, name, _ in self.marks for part in name))
        marks = [(address, figure, *map(parts.index, name)) for address, name, figure in self.marks]
        areas = f'data-across="{self.across}" data-areas="{"|".join(self.areas)}"'
        areas += f' data-narrow="{"|".join(self.narrow_areas)}"' if self.narrow else ""
        pointed = f"{areas} data-marks='{_attribute(marks)}' data-parts='{_attribute(parts)}'"
        span = '<span class="made-up">' if self.made_up else "<span>"
        listed = "".join(f"<li>{escape(name)} {span}{escape(figure)}</span></li>" for name, figure in self.ranked)
        # It repeats what the image is said to show, and what its marks tell.
        ranking = f'<ul class="ranked" aria-hidden="true">{listed}</ul>' if listed else ""
        narrow = self.narrow.replace('class="chart"', 'class="chart narrow" display="none"', 1)
        stack = f'<div class="stack">{self.image(self.svg + narrow)}</div>'
        return f'<div class="drawing" data-n="{self.table_id}" {pointed}>{stack}{ranking}</div>'

    def written(self) -> str:
        """Return the drawing as a float of two raw blocks."""
        image = f'#image(bytes({_typst(self.svg)}), format: "svg", alt: {_typst(self.said)})'
        return floated(self.label, f"```{{=html}}\n{self.html}\n```\n\n```{{=typst}}\n{image}\n```", self.caption)


@dataclass(frozen=True, kw_only=True)
class Names(Block):
    """A list with a bold word before each line."""

    lines: Sequence[tuple[str, str]]
    classes: str = ".names"

    def written(self) -> str:
        """Return the list in its div."""
        listed = "\n".join(f"- **{name}:** {text}" for name, text in self.lines)
        return f"::: {{{self.classes}}}\n{listed}\n:::\n"


@dataclass(frozen=True, kw_only=True)
class Div(Block):
    """Text in a div: a warning, or what analysts wrote, whose digits are theirs. Caption and note are ours."""

    attributes: str
    text: str
    caption: str = ""
    note: str = ""

    def written(self) -> str:
        """Return the text, in its div where it has attributes."""
        text = f"{self.text}\n\n{self.caption}" if self.caption else self.text
        inside = f"::: {{{self.attributes}}}\n{text}\n:::\n" if self.attributes else text
        return inside + under(self.note)


def under(note: str) -> str:
    """Write a note under a table; nothing for no note."""
    return f"\n::: {{.table-note}}\n{note}\n:::\n" if note else ""


def _attribute(content: object) -> str:
    """Return JSON for an attribute between single quotes."""
    return escape(json.dumps(content, ensure_ascii=False, separators=(",", ":"))).replace("&quot;", '"')


def _typst(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
