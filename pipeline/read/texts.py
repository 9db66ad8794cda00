"""What the analysts write for a year, as Markdown files in its folder (`texts/background.sv.md`)."""

import re
import subprocess
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import Any, NamedTuple, NoReturn

from pipeline.errors import UnreadableInputError
from pipeline.markdown import MARKDOWN, PandocError, as_trees, places, prose
from pipeline.mask import mask, visible
from pipeline.model import Language
from pipeline.paths import REPORTS
from pipeline.read.roles import LANGUAGES, find_file

_TOP = re.compile(r"#{1,2}\s")
_UNDERLINE = re.compile(r"(=+|-+)\s*")
_HEADING = re.compile(r"(#{3,6})\s+(.*?)\s*#*\s*(?:\{[^}]*\})?\s*$")
_PICTURE = re.compile(r"!\[[^\]]*\]\(")
_REFERENCE = re.compile(r"(?:((?<![\w.\\])@)|\]\(#)([A-Za-z][\w:.-]*)")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_CODE = re.compile(r"`[^`]*`")
_WORD = re.compile(r"[A-Za-z][\w:-]*")
_MORE_THAN_TEXT = (
    *("raw_attribute", "fenced_divs", "bracketed_spans", "native_divs", "native_spans", "header_attributes"),
    *("link_attributes", "inline_code_attributes", "fenced_code_attributes", "table_attributes", "yaml_metadata_block"),
)
_TEXT_ALONE = "".join([MARKDOWN, *(f"-{name}" for name in _MORE_THAN_TEXT)])
_MORE = "markup that is more than text: a raw block, attributes in braces, a div or metadata"
_TOP_LEVEL = 3  # of the first heading of a text that stands inside a chapter
_SCHEMES = ("https://", "http://", "mailto:", "#")
_IN_TYPEFACE = "letters, digits and signs that the report's typeface has"


class OwnText(NamedTuple):
    """One text: which, in what language, its Markdown, and its file in the year's folder."""

    name: str
    language: Language
    markdown: str
    file: str


def read_texts(folder: Path, shown_as: str) -> list[OwnText]:
    """Read the texts that are there; personal data in them is masked. UnreadableInputError, with the line, for what the
    report could not hold: headings out of place, pictures, references to nothing, markup that is more than text."""
    texts = [
        OwnText(name, language, _read(path, f"{shown_as}/{file}", name), file)
        for name in places()
        for language in LANGUAGES
        if (path := find_file(folder, f"{name}.{language}", shown_as))
        for file in [path.relative_to(folder).as_posix()]
    ]
    plain = tuple(re.sub(r"(?m)^(#{3,6} .*) \{#own-.*\}$", r"\1", text.markdown) for text in texts)
    for own, text, problem in zip(texts, plain, _more_than_text(plain), strict=True):
        if problem:
            (row, found), expected = _where(text), "text, tables, and links to pages"
            raise UnreadableInputError(problem, file=f"{shown_as}/{own.file}", row=row, found=found, expected=expected)
    said = [own for own, text in zip(texts, plain, strict=True) if text.strip()]
    return [own._replace(markdown=mask(own.markdown.strip("\n"))) for own in said]


def check_printable(path: Path, shown_as: str, values: str) -> None:
    """Raise UnreadableInputError naming the row where a file has a character of its `values` that cannot be printed."""
    if letter := _unprintable(visible(values)):
        rows = path.read_text(encoding="utf-8").split("\n")
        row = next((at for at, line in enumerate(rows, start=1) if letter in line), None)
        raise UnreadableInputError(_cannot(letter), file=shown_as, row=row, expected=_IN_TYPEFACE)


def _read(path: Path, shown_as: str, name: str) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableInputError("not UTF-8 text", file=shown_as, todo="save it as UTF-8") from None
    lines, code, level, headings = text.split("\n"), 0, 2, 0

    def refuse(problem: str, at: int, expected: str) -> NoReturn:
        raise UnreadableInputError(problem, file=shown_as, row=at, found=lines[at - 1].strip(), expected=expected)

    for at, line in enumerate(lines, start=1):
        if line.lstrip().startswith("```"):
            code = 0 if code else at
        if letter := _unprintable(line):
            refuse(_cannot(letter), at, _IN_TYPEFACE)
        if code:
            continue
        above, heading = lines[at - 2] if at > 1 else "", _HEADING.match(line)
        is_top = _TOP.match(line) or (_UNDERLINE.fullmatch(line) and above.strip() and "|" not in above)
        skips = heading is not None and len(heading[1]) > level + 1
        for is_wrong, problem, expected in (
            (
                is_top,
                "a heading of the first or second level",
                "headings from ### on: the text stands inside a chapter",
            ),
            (skips, "a heading skips a level", f"at most {'#' * (level + 1)}"),
            (_PICTURE.search(line), "a picture", "text and tables: pictures are not taken along"),
        ):
            if is_wrong:
                refuse(problem, at, expected)
        for at_sign, written in _REFERENCE.findall(_CODE.sub("", line)):
            reference = written.rstrip(".:-")
            if reference not in _labels() or (at_sign and "-" not in reference):  # @tbl-…, @fig-…, @bil-…
                expected = "the label of a table, figure or chapter of the report; a sign that is none is written \\@"
                refuse(f"a reference to nothing: {reference!r}", at, expected)
        if heading:  # an id of its own: that of its words may be one of the page's
            level, headings = len(heading[1]), headings + 1
            lines[at - 1] = f"{heading[1]} {heading[2]} {{#own-{name}-{headings}}}"
        lines[at - 1] = _NOTE.sub(rf"[^{name}-\1]", lines[at - 1])  # a footnote of its own, whatever others call theirs
    if code:
        raise UnreadableInputError("code that is not ended", file=shown_as, row=code, expected="a line ``` after it")
    return "\n".join(lines)


def _where(text: str) -> tuple[int | None, str | None]:
    """Return the row and the first line of the paragraph that is more than text by itself; None when none is."""
    row = 1
    for paragraph in re.split(r"\n(?=[^\S\n]*\n)", text):
        lines = paragraph.split("\n")
        written = [line for line in lines if line.strip()]
        if written and any(_more_than_text((paragraph,))):
            return row + lines.index(written[0]), written[0]
        row += len(lines)
    return None, None


@cache
def _labels() -> set[str]:
    """Every word of the report's sources, the labels among them."""
    return {word for source in prose() for word in _WORD.findall(source.read_text(encoding="utf-8"))}


@cache
def _more_than_text(texts: tuple[str, ...]) -> list[str]:
    """Say of each Markdown what in it is more than text, tables and links; empty when nothing is. It is more when it
    reads otherwise in a div of ours than by itself with nothing but text allowed, whatever way it is written."""
    inside = [(f"::: {{.own-text}}\n\n{text}\n\n:::\n", MARKDOWN) for text in texts]
    try:
        trees = as_trees([*inside, *((text, _TEXT_ALONE) for text in texts)])
    except (PandocError, subprocess.TimeoutExpired, RecursionError) as error:
        if len(texts) > 1:
            return [problem for text in texts for problem in _more_than_text((text,))]
        # Its warnings: a div that is not closed.
        return [_MORE if isinstance(error, PandocError) else "too many brackets or marks one inside the other"]
    return [_problem(*pair) for pair in zip(trees[: len(texts)], trees[len(texts) :], strict=True)]


def _problem(inside: dict[str, Any], alone: dict[str, Any]) -> str:
    if inside["meta"] or [block["c"][1] for block in inside["blocks"] if block["t"] == "Div"] != [alone["blocks"]]:
        return _MORE
    return next(_faults(alone["blocks"]), "")


def _faults(blocks: list[dict[str, Any]]) -> Iterator[str]:
    whole = list(map(id, blocks))
    for node in _nodes(blocks):
        if node["t"] == "Image":
            yield "a picture"
        if node["t"] == "Header" and node["c"][0] < _TOP_LEVEL:
            yield "a heading of the first or second level"
        if node["t"] == "Header" and id(node) not in whole:
            yield "a heading inside a list, a quotation or a table"
        if node["t"] == "Link" and not node["c"][2][0].lower().startswith(_SCHEMES):
            yield "a link to something else than a page, an e-mail address or a place in the report"


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "t" in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)


def _cannot(letter: str) -> str:
    return f"a character that cannot be printed: U+{ord(letter):04X}"


def _unprintable(text: str) -> str | None:
    """Return the first character of a text that cannot be printed; one that joins or divides words need not be."""
    joining = {one for one in text if unicodedata.category(one) == "Cf" and unicodedata.bidirectional(one) == "BN"}
    return next((one for one in text if one not in _printable() and one != "\t" and one not in joining), None)


@cache
def _printable() -> frozenset[str]:
    """Every character that all fonts of the report hold: groups of characters in their table `cmap`, of format 12."""
    held = []
    for path in (REPORTS / "_extensions" / "aterrapport" / "fonts").glob("*.ttf"):
        font = path.read_bytes()
        tables = {font[at : at + 4]: unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * font[5], 16)}
        start = tables[b"cmap"]
        places = [unpack_from(">I", font, at + 4)[0] for at in range(start + 4, start + 4 + 8 * font[start + 3], 8)]
        at = next(start + place for place in places if unpack_from(">H", font, start + place)[0] == 12)
        groups = iter_unpack(">III", font[at + 16 : at + 16 + 12 * unpack_from(">I", font, at + 12)[0]])
        held.append(frozenset(chr(code) for first, last, _ in groups for code in range(first, last + 1)))
    return frozenset[str]().union(*held[:1]).intersection(*held)
