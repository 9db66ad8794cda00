"""What a report says, read three ways: the executed notebook, the page, and the PDF by its tags."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import lxml.etree
import lxml.html
import pikepdf
from pikepdf import Array, Dictionary, Object

from pipeline.markdown import MARKDOWN, pandoc
from pipeline.render.document import read_document

Table: TypeAlias = tuple[str, list[list[str]]]
OUTSIDE = -1
BLANK = "\u00ad\u200b\u2060"  # where a word may be parted or not, which nobody reads


@dataclass
class Report:
    """A report as its reader gets it. Texts have one space where there is any."""

    headings: list[tuple[int, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    """Caption without its number, and the rows with their cells, the head first."""
    figures: list[tuple[str, str]] = field(default_factory=list)
    """Caption without its number, and the text alternative."""
    numbers: list[tuple[str, str]] = field(default_factory=list)
    """Address and what is shown, in order. The PDF has no addresses."""
    on_page_alone: list[tuple[str, str]] = field(default_factory=list)
    """Figures of the page that print leaves out: shares by region, whose counts stand in a table."""
    text: str = ""
    """Everything but cover, contents and drawings, in reading order."""


def tidy(text: str) -> str:
    return " ".join(text.translate(dict.fromkeys(map(ord, BLANK))).split())


def of_notebook(path: Path) -> Report:
    """Read what the cells gave, as pandoc reads it and before any filter of ours."""
    tree = pandoc(read_document(path).markdown.encode(), {"from": MARKDOWN, "to": "json"})
    report = Report()
    _read_blocks(json.loads(tree)["blocks"], report)
    return report


def _read_blocks(blocks: list[Any], report: Report) -> None:
    report.numbers += _spans(blocks)
    _read_floats(blocks, report)


def _read_floats(blocks: list[Any], report: Report) -> None:
    for block in blocks:
        content = block.get("c")
        match block["t"]:
            case "Div" if "content-visible" in content[0][1]:
                inside = Report()
                _read_floats(content[1], inside)
                report.on_page_alone += inside.figures
            case "Header":
                report.headings.append((content[0], _words(content[2])))
            case "Div" if any(each["t"] in ("Table", "RawBlock") for each in content[1]):
                *inside, caption = content[1]
                for each in inside:
                    if each["t"] == "Table":
                        report.tables.append((_words(caption), list(_rows(each["c"]))))
                    elif each["c"][0] == "typst":
                        (alt,) = re.findall(r'alt: "((?:[^"\\]|\\.)*)"', each["c"][1])
                        report.figures.append((_words(caption), tidy(re.sub(r"\\(.)", r"\1", alt))))
            case "Div":
                _read_floats(content[1], report)


def _rows(table: list[Any]) -> Iterator[list[str]]:
    _, _, _, head, bodies, _ = table
    for row in [*head[1], *(row for body in bodies for row in body[3])]:
        yield [_words(cell[4]) for cell in row[1]]


def _spans(node: Any) -> Iterator[tuple[str, str]]:
    """Addresses and what stands at them, in order."""
    if isinstance(node, dict) and node.get("t") == "Span":
        for key, value in node["c"][0][2]:
            if key == "data-n":
                yield value, _words(node["c"][1])
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from _spans(each)


def _words(node: Any) -> str:
    """The text of inlines, blocks or a list of them."""

    def parts(node: Any) -> Iterator[str]:
        if isinstance(node, list):
            for each in node:
                yield from parts(each)
        elif isinstance(node, dict):
            match node["t"]:
                case "Str":
                    yield node["c"]
                case "Space" | "SoftBreak" | "LineBreak":
                    yield " "
                case "Code":
                    yield node["c"][1]
                case "Link" | "Span":
                    yield from parts(node["c"][1])
                case _:
                    yield from parts(node.get("c"))

    return tidy("".join(parts(node)))


BLOCK = ("p", "li", "div", "h2", "h3", "h4", "h5", "caption", "figcaption", "th", "td", "tr", "table", "figure")


class Element(lxml.html.HtmlElement):  # type: ignore[misc]
    """An element of a page, and what tests ask of one."""

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        """What is in it, of this kind and with these attributes (`_` for `-`)."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}.items()
        inside = (each for each in self.iter(tag) if each is not self or self.getparent() is None)
        return [each for each in inside if wanted <= {*each.attrib.items()}]

    def one(self, tag: str = "*", **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def said(self) -> str:
        return "".join(self.itertext())

    @property
    def class_names(self) -> list[str]:
        return str(self.get("class", "")).split()


def parsed(page: Path | str | bytes) -> Element:
    """Read a page, in which every element ends where it should."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True)
    parser.set_element_class_lookup(lxml.etree.ElementDefaultClassLookup(element=Element))
    content = page.read_bytes() if isinstance(page, Path) else page.encode() if isinstance(page, str) else page
    root: Element = lxml.etree.fromstring(content, parser)
    assert list(parser.error_log) == []
    return root


def of_page(path: Path) -> Report:
    """Read the main part of a page."""
    report, parts, caption, alt, alone = Report(), list[str](), "", "", 0
    main = parsed(path).one("main")
    for unread in main.xpath(".//svg | .//script | .//*[@aria-hidden='true']"):  # the last repeats a drawing
        unread.drop_tree()
    for event, element in lxml.etree.iterwalk(main, events=("start", "end")):
        tag, is_alone = element.tag, element.get("class") == "content-visible"
        if event == "start":
            alone += is_alone
            parts.append(" " * (tag in BLOCK) + (element.text or "") * (not alone))
            alt = tidy(element.get("aria-label")) if element.get("role") == "img" else alt
            continue
        said = tidy(element.said)
        if tag in ("h2", "h3", "h4", "h5"):
            report.headings.append((int(tag[1]) - 1, said))
        elif tag in ("caption", "figcaption"):
            # Quarto has no element for the number, which goes up to the first full stop: "Bilaga 1, tabell 3."
            unlabelled = tidy("".join(element.xpath(".//text()[not(ancestor::*[@class='label'])]")))
            caption = unlabelled if unlabelled != said else said.partition(". ")[2]
        elif tag == "table":
            rows = [[tidy(cell.said) for cell in row.iterchildren("th", "td")] for row in element.iter("tr")]
            report.tables.append((caption, rows))
        elif tag == "figure" and alt:  # Quarto's tables stand in figures too
            (report.on_page_alone if alone else report.figures).append((caption, alt))
            alt = ""
        elif tag == "span" and "data-n" in element.attrib:
            report.numbers.append((element.get("data-n"), said))
        alone -= is_alone
        parts.append(" " * (tag in BLOCK) + (element.tail or "") * (not alone and element is not main))
    report.text = tidy("".join(parts))
    return report


def of_pdf(path: Path) -> Report:
    """Read a PDF as assistive technology does: by its structure, with each piece's text from the page."""
    with pikepdf.open(path) as document:
        reader = Tagged(document)
        (root,) = below(document.Root.StructTreeRoot)
        reader.read(root)
        reader.report.text = tidy("".join(reader.parts))
        return reader.report


def kind(element: Object) -> str:
    """What an element is: H1, P, Table, TD …"""
    return str(element.S).lstrip("/")


def attributes(element: Object) -> list[Any]:
    described = element.get("/A", Array())
    return list(described) if isinstance(described, Array) else [described]


def below(element: Object) -> list[Object]:
    """Structure elements right below this one."""
    return [each for each in _all_below(element) if isinstance(each, Dictionary) and "/S" in each]


def _all_below(element: Object) -> list[Any]:
    inside = element.get("/K", Array())
    return list(inside) if isinstance(inside, Array) else [inside]


class Tagged:
    """The structure of a PDF with the text of its pages."""

    INLINE = ("Span", "Strong", "Em", "Link", "Code", "Reference", "Quote")

    def __init__(self, document: pikepdf.Pdf) -> None:
        self.texts = {page.obj.objgen: pieces(page) for page in document.pages}
        self.report = Report()
        self.parts: list[str] = []

    def read(self, element: Object) -> None:
        what = kind(element)
        if what == "TOC":
            # Cover and contents stand before the report.
            self.report.headings.clear()
            self.parts.clear()
            return
        if what in ("Lbl", "Figure"):
            return
        if re.fullmatch("H[1-6]", what):
            self.report.headings.append((int(what[1]), self.words(element)))
        if what == "Div" and (inside := below(element)) and kind(inside[0]) == "Caption":
            self.float(element, self.words(inside[0]))
        apart = "" if self.is_inline(element) else " "
        self.parts.append(apart)
        for each in _all_below(element):
            if isinstance(each, Dictionary) and "/S" in each:
                self.read(each)
            else:
                self.parts.append(self.text(each, element))
        self.parts.append(apart)

    def float(self, element: Object, caption: str) -> None:
        # The number goes up to the first full stop, as the house writes it: "Bilaga 1, tabell 3."
        caption = caption.partition(". ")[2]
        for each in descendants(element):
            if kind(each) == "Table":
                rows = [row for row in descendants(each) if kind(row) == "TR"]
                self.report.tables.append((caption, [[self.words(cell) for cell in below(row)] for row in rows]))
            elif kind(each) == "Figure":
                self.report.figures.append((caption, tidy(str(each.Alt))))

    def words(self, element: Object) -> str:
        """The text of an element and all that is in it."""
        inner = copy(self)
        inner.report, inner.parts = Report(), []
        for each in _all_below(element):
            if isinstance(each, Dictionary) and "/S" in each:
                inner.read(each)
            else:
                inner.parts.append(self.text(each, element))
        return tidy("".join(inner.parts))

    def own(self, element: Object) -> list[str]:
        """The pieces of text right in an element: one a line, or less where it holds others."""
        return [self.text(each, element) for each in _all_below(element) if isinstance(each, int)]

    def text(self, piece: Any, element: Object) -> str:
        """Text of a piece of marked content; none for a reference to an object, such as a link's."""
        if isinstance(piece, Dictionary):
            return self.texts[piece.Pg.objgen][int(piece.MCID)] if "/MCID" in piece else ""
        return self.texts[element.Pg.objgen][int(piece)]

    def is_inline(self, element: Object) -> bool:
        block = any(each.get("/Placement") == "/Block" for each in attributes(element))
        return kind(element) in self.INLINE and not block


def descendants(element: Object) -> Iterator[Object]:
    for each in below(element):
        yield each
        yield from descendants(each)


def on_pages(element: pikepdf.Object, numbers: dict[tuple[int, int], int]) -> list[int]:
    """The pages that an element stands on, in order."""
    own = [each for each in [element, *descendants(element)] if "/Pg" in each]
    return sorted({numbers[each.Pg.objgen] for each in own})


def pieces(page: pikepdf.Page) -> dict[int, str]:
    """The text of each marked piece of a page, by its number; under OUTSIDE what stands on the page only in print."""
    fonts = {name: _decoder(font) for name, font in page.Resources.get("/Font", Dictionary()).items()}
    said = {OUTSIDE: ""}
    marks: list[tuple[int | None, bool]] = []  # the number of each open piece; whether its text is given otherwise
    decode: Callable[[bytes], str] = bytes.decode
    for instruction in pikepdf.parse_content_stream(page):
        operands, operator = list(instruction.operands), str(instruction.operator)
        number = next((each for each, _ in reversed(marks) if each is not None), OUTSIDE)
        if operator == "Tf":
            decode = fonts[str(operands[0])]
        elif operator in ("BDC", "BMC"):
            given = operands[1] if len(operands) > 1 and isinstance(operands[1], Dictionary) else Dictionary()
            own = int(given["/MCID"]) if "/MCID" in given else None
            if own is not None:
                number, said[own] = own, ""
            said[number] += str(given.get("/ActualText", "" if own is not None else " " * (number == OUTSIDE)))
            marks.append((own, "/ActualText" in given))
        elif operator == "EMC":
            marks.pop()
        elif operator in ("Tj", "TJ") and not any(given for _, given in marks):
            strings = operands[0] if operator == "TJ" else operands
            said[number] += "".join(decode(bytes(each)) for each in strings if isinstance(each, pikepdf.String))
    return said


def _decoder(font: Object) -> Callable[[bytes], str]:
    """From the codes of a font to text, by the table that it brings for this."""
    table = font.ToUnicode.read_bytes().decode()
    known: dict[int, str] = {}

    def text(digits: str) -> str:
        return bytes.fromhex(digits).decode("utf-16-be")

    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        known |= {int(code, 16): text(said) for code, said in re.findall(r"<(\w+)>\s*<(\w+)>", block)}
    assert "beginbfrange" not in table
    return lambda codes: "".join(known[int.from_bytes(codes[at : at + 2])] for at in range(0, len(codes), 2))


def check_pdf(path: Path) -> list[str]:
    """Validate a PDF against the standards that every report keeps: a line a broken rule, none when it keeps them."""
    import page

    return [
        f"{standard} {failure.rule_id}: {failure.message}"
        for standard, profile in {"PDF/UA-1": "ua1", "PDF/A-2a": "2a"}.items()
        for failure in page.validate_pdf(str(path), profile=profile).failures
    ]
