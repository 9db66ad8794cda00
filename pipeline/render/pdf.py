"""Typst to PDF: tagged, PDF/UA-1 and PDF/A-2a at once, the same bytes for the same source."""

import base64
import functools
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pikepdf
import typst
from pikepdf import Array, Dictionary, Name, Object

from pipeline.errors import UserError


def compile_typst(source: str, fonts: Path) -> bytes:
    """Set a Typst document as PDF with the fonts of one folder and no others.

    Typst itself refuses what breaks the two standards: a picture without text alternative, a skipped heading level, a
    character no font holds. A warning, such as an unknown font, is an error too. Raises UserError with its words.
    """
    try:
        # Typst may read what lies below its root: a folder with nothing but the document, which holds all it needs.
        with TemporaryDirectory() as root:
            document = Path(root) / "report.typ"
            document.write_text(source, encoding="utf-8")
            pdf, warnings = typst.compile_with_warnings(
                document, root=Path(root), format="pdf", font_paths=_fonts(fonts), pdf_standards=["a-2a", "ua-1"],
                timestamp=0,
            )  # fmt: skip
    except typst.TypstError as error:
        raise UserError(f"PDF: {_line(error)}") from error
    if warnings:
        raise UserError(f"PDF: {_line(warnings[0])}")
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single PDF")
    return finish(pdf)


class Documents:
    """One Typst document, compiled again and again from other data: in hundredths of a second, but for the first."""

    def __init__(self, template: Path, fonts: Path) -> None:
        """Read the document, which finds its data in `sys.inputs`."""
        self._root = TemporaryDirectory()  # with nothing but the document, as above
        document = Path(self._root.name) / "document.typ"
        document.write_bytes(template.read_bytes())
        self._compiler = typst.Compiler(document, root=Path(self._root.name), font_paths=_fonts(fonts))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._root.cleanup()

    def compile(self, **inputs: str) -> tuple[bytes, int]:
        """Return a PDF, as `compile_typst` makes it, and its number of pages."""
        try:
            pdf = self._compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["a-2a", "ua-1"], timestamp=0)
        except typst.TypstError as error:
            raise UserError(f"PDF: {_line(error)}") from error
        if not isinstance(pdf, bytes):
            raise TypeError("typst gave no single PDF")
        with pikepdf.open(io.BytesIO(pdf)) as document:
            pages = len(document.pages)
        return finish(pdf), pages


@functools.cache
def _fonts(folder: Path) -> typst.Fonts:
    """Load the fonts once a process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _line(diagnostic: typst.TypstError | typst.TypstWarning) -> str:
    """Say in one line what Typst found, with its first hint."""
    return "; ".join(" ".join(text.split()) for text in [diagnostic.message, *diagnostic.hints[:1]])


def finish(pdf: bytes) -> bytes:
    """Mark the first cell of every body row as the header of its row, and take out the made-up dates.

    Typst's own row headers (`pdf.header-cell`) stand behind a switch that its Python binding does not have. Typst wants
    a date for PDF/A, the standard does not; a date of today would make every run a different file.
    """
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for element in _children(document.Root.StructTreeRoot):
            _mark(element, in_body=False)
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key in ("/CreationDate", "/ModDate", "xmp:CreateDate", "xmp:ModifyDate", "xmpMM:History"):
                holder = document.docinfo if key.startswith("/") else metadata
                if key in holder:
                    del holder[key]
        _end_streams_clearly(document)
        # Streams go out as they are: written anew they would end by chance again.
        document.save(
            output,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
    return output.getvalue()


def _end_streams_clearly(document: pikepdf.Pdf) -> None:
    """Write streams that happen to end with a carriage return as ASCII.

    A line feed follows every stream. A validator that counts the two as one line end finds the stream a byte short, and
    one compressed stream in 256 ends so: without this a report would fail PDF/A now and then.
    """
    for stream in document.objects:
        if isinstance(stream, pikepdf.Stream) and stream.read_raw_bytes().endswith(b"\r"):
            filters, parameters = (_list(stream.get(key)) for key in ("/Filter", "/DecodeParms"))
            data = base64.a85encode(stream.read_raw_bytes(), adobe=True).removeprefix(b"<~")
            stream.write(data, filter=Array([Name.ASCII85Decode, *filters]))
            if parameters:
                stream.DecodeParms = Array([None, *parameters])


def _list(value: Object | None) -> list[Object]:
    """Objects in an array, one object alone, or none."""
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _children(element: Object) -> list[Object]:
    """Structure elements right below this one."""
    return [child for child in _list(element.get("/K")) if isinstance(child, Dictionary)]


def _mark(element: Object, *, in_body: bool) -> None:
    kind = element.get("/S")
    children = _children(element)
    if kind == Name.TR and in_body and children and children[0].get("/S") == Name.TD:
        cell = children[0]
        of_table = Dictionary(O=Name.Table, Scope=Name.Row)
        others = list[Object]()
        for item in _list(cell.get("/A")):
            if item.get("/O") != Name.Table:
                others.append(item)
            for key in (key for key in ("/RowSpan", "/ColSpan") if item.get("/O") == Name.Table and key in item):
                of_table[key] = item[key]
        cell.S = Name.TH
        cell.A = Array([of_table, *others])
    for child in children:
        _mark(child, in_body=in_body or kind == Name.TBody)
