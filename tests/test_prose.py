"""Prose with Jinja2 in it: numbers keep their addresses, and what is false, unknown or typed stops the build."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

from pipeline.declarations import Column, Declaration
from pipeline.errors import UserError
from pipeline.execute import Kernel
from pipeline.language import written
from pipeline.markdown import escape
from pipeline.model import Language, Text
from pipeline.paths import REPORTS, Workspace
from pipeline.phrases import Phrases
from pipeline.report import Report, open_report
from pipeline.report.prose import first_typed
from pipeline.report.report import statement
from pipeline.report.sentences import FalseClaimError, change, extreme
from pipeline.tabulate import Declarations, Table, Tables, read_declarations
from tests.telling import store_of
from tests.world import PROJECT, cases, small_data

NBSP = "\u00a0"
CASES = cases("prose")


def table(*rows: tuple[str, int | None, int]) -> Table:
    kinds: dict[str, Any] = {"region": "key", "used": "count", "all": "kr"}
    words = {"used": Text(sv="Antal", en="Count"), "all": Text(sv="Alla", en="All")}
    columns = [Column(id=name, kind=kind, label=words.get(name)) for name, kind in kinds.items()]
    declared = Declaration(id="t", key=["region"], title=Text(sv="T_7", en="T"), column=columns)
    types = {"region": pl.String, "used": pl.Int64, "all": pl.Int64}
    return Table(declared, pl.DataFrame(rows, schema=types, orient="row"))


@pytest.fixture
def report() -> Report:
    made = table(("a", 1, 85_906_462), ("b", 12, 5), ("c", None, 0), ("d", 0, 2))
    theirs = {"language": "sv", "name": "theirs", "markdown": "| 17 |"}
    tables = Tables({"t": made}, 2024, Declarations(small_base=5, base=[], measure=[], table=[]))
    return Report("sv", tables, {"texts": [theirs]})


def n(shown: str, address: str) -> str:
    return f'[{shown}]{{.n data-n="{address}"}}'


@pytest.mark.parametrize(("prose", "expected"), CASES["gives"])
def test_what_prose_gives(report: Report, prose: str, expected: str) -> None:
    assert report.prose(prose, {"who": "A*b_c <i>\u202e", "nothing": None}) == expected


def test_what_is_no_typed_number_and_what_is_missing(report: Report) -> None:
    shown = report.prose('{% call table("t", "tbl-t", "T") %}\nEtt\n\n{{ n("t/b/used") }}.\n{% endcall %}')
    assert shown.endswith(f"::: {{.table-note}}\nEtt {n('12', 't/b/used')}.\n:::")
    assert report.prose('## {{ title("t") }}') == r"## T\_7"  # what is declared is no number of the text
    assert "17" in report.prose('{{ own_text("theirs") }} {{ own_table("theirs", "tbl-x", "Deras") }}')
    assert [report.has("t/c/used"), report.has("t/d/used"), report.has("t/z/used")] == [False, True, False]
    assert (report.known("t/c/used"), bool(report.known("t/d/used"))) == (None, False)
    assert escape("a*b_[c](d) <i> $x$ `y` @z #q | ~ ^ \\ 'w' --- ...") == (
        r"a\*b\_\[c\](d) \<i\> \$x\$ \`y\` \@z \#q \| \~ \^ \\ \'w\' -\-\- .\.\."
    )
    assert escape("Ale\u202e\u200b\n kommun\x07") == "Ale kommun"


@pytest.mark.parametrize(("value", "kind", "sv", "en"), CASES["written"])
def test_there_is_one_way_from_a_kind_of_value_to_its_text(value: Any, kind: str, sv: str, en: str) -> None:
    value = None if value is False else value
    assert (written(value, kind, "sv"), written(value, kind, "en")) == (sv, en)


def test_phrases_are_filled_and_their_slips_are_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    counted = "{ sv = \"{{ n | counted('kommun', 'kommuner') }} *{{ who }}*\", en = \"{{ n | digits }}\" }"
    path.write_text(f'[a]\nb = {counted}\nbad = {{ sv = "{{{{ nobody }}}}", en = "{{% if %}}" }}\n', encoding="utf-8")
    words = Phrases(path, "words.toml")
    assert (words("sv", "a.b", n=1, who="x_y"), words("en", "a.b", n=1234)) == (f"en{NBSP}kommun *x_y*", "1,234")
    for lang, name in (("sv", "a.bad"), ("en", "a.bad"), ("sv", "a.none")):
        with pytest.raises(UserError, match=rf"words.toml: .*{name}"):
            words(lang, name)  # type: ignore[arg-type]


@pytest.mark.parametrize(("prose", "line", "said"), CASES["stops"])
def test_what_does_not_hold_is_named_with_its_line(report: Report, prose: str, line: int, said: str) -> None:
    with pytest.raises(UserError) as raised:
        report.prose(prose, {})
    assert str(raised.value).startswith(f"line {line}: ") and said in str(raised.value)
    assert len(str(raised.value)) < 500
    assert isinstance(raised.value, FalseClaimError) == ("claim" in prose)


NO_NUMBERS = ["# Bilaga 1. Mottagare {#app-1}", "Filens SHA-256, enligt lagen (2018:1937).", "Tal: \U000f0001."]
NO_NUMBERS += ["Se @tbl-x2 och [sidan](https://a.se/2024) och <https://b.se/3>.", '::: {.callout title="3 saker"}']


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_digits_that_are_no_numbers_may_stand(text: str) -> None:
    assert first_typed(text, text) is None


def test_sources_run_in_one_kernel_and_know_nothing_of_each_other(tmp_path: Path) -> None:
    data = small_data(tmp_path)
    workspace = store_of(data, 2024)
    front = "---\nlang: sv-SE\ntitle: Prov\n---\n\n"
    opened = '```{python}\nfrom pipeline.report import open_report\nreport, mine = open_report("sv"), "min"\n```\n'
    shown = '```{python}\n%%prose\n{{ mine }} {{ n("key_figures/recipients/value") }}\n```\n'
    wrong = "```{python}\n#| label: x\n%%prose\nEtt.\n{{ claim(1 > 2, 'Fler än.') }}\n```\n"
    sources = {
        "one.qmd": opened + shown + "```{python}\nreport.bars('usage_degree', 'fig-x')\n```\n",
        "two.qmd": opened.replace(', "min"', ", 1") + "```{python}\n%%prose\n{{ mine }}\n```\n",
        "three.qmd": "```{python}\n%%prose\nText\n```\n",
        "four.qmd": opened + wrong,
        "five.qmd": "```{python}\n\n1 / 0\n```\n",
        "six.qmd": "Ett.\n\nBara 17 kommuner avstod.\n",
    }
    html = "from IPython.display import HTML, display\n"
    not_markdown = {
        "print('hej')": "printed text", "42": "text/plain", f"{html}HTML('<b>x</b>')": "text/html",
        f"{html}display({{'text/html': 'x', 'text/markdown': 'x'}}, raw=True)": "text/html, text/markdown",
    }  # fmt: skip
    sources |= {f"{at}.qmd": f"Ett.\n\n```{{python}}\n{code}\n```\n" for at, code in enumerate(not_markdown)}
    refused = {
        "two.qmd": r"two.qmd, line 12: a digit has no address: “1”",
        "three.qmd": r"three\.qmd",
        "four.qmd": r"four.qmd, line 14: the data does not bear the sentence: Fler än\.",
        "five.qmd": r"five.qmd, line 8: ZeroDivisionError: division by zero",
        "six.qmd": "six.qmd, line 8: a digit has no address: “Bara 17",
        "no.qmd": "no.qmd: front matter is missing",
        "no_title.qmd": "no_title.qmd: front matter has no title",
        "no_language.qmd": "no_language.qmd: front matter has no lang",
        "no_yaml.qmd": "no_yaml.qmd, line [23]: front matter is not YAML: expected",
    }
    refused |= {
        f"{at}.qmd": rf"{at}.qmd, line 9: a cell gives {said}, " for at, said in enumerate(not_markdown.values())
    }
    for name, text in sources.items():
        (tmp_path / name).write_text(front + text, encoding="utf-8")
    for name, text in (("no", ""), ("no_title", "lang: sv"), ("no_language", "title: A"), ("no_yaml", "title: [A")):
        (tmp_path / f"{name}.qmd").write_text(f"---\n{text}\n---\n\nEtt.\n" if text else "Ett.\n", encoding="utf-8")
    with Kernel({"ATERRAPPORT_DATA": str(data), "ATERRAPPORT_STORE": str(workspace.store)}) as kernel:
        kernel.run(tmp_path / "one.qmd", tmp_path / "one.ipynb")
        for name, said in refused.items():
            with pytest.raises(UserError, match=said):
                kernel.run(tmp_path / name, tmp_path / f"{name}.ipynb")
    code = [cell for cell in nbformat.read(tmp_path / "one.ipynb", 4).cells if cell.cell_type == "code"]
    given = [output.data for cell in code for output in cell.outputs]
    assert [set(data) for data in given] == [{"text/markdown"}] * 2
    assert given[0]["text/markdown"] == "min " + n("3", "key_figures/recipients/value")
    assert given[1]["text/markdown"].startswith('::: {#fig-x}\n\n```{=html}\n<div class="drawing"')


def test_an_open_document_takes_the_newest_year_with_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATERRAPPORT_DATA", str(small_data(tmp_path)))
    monkeypatch.setenv("ATERRAPPORT_STORE", str(store_of(tmp_path / "data", 2024).store))
    assert open_report("sv").year == 2024


def test_a_change_from_or_to_what_is_not_known_is_unknown_and_of_nobody_there_is_no_extreme() -> None:
    assert extreme(table(("D", 0, 0)).rows, "used", "all", max) is None
    assert [change(*pair) for pair in ((None, 1), (1, None), (1, 1))] == ["unknown", "unknown", "equal"]


@pytest.fixture
def filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file that may be written in place of the project's."""
    monkeypatch.setattr("pipeline.report.report.REPORTS", tmp_path)
    statement.cache_clear()
    yield tmp_path / "accessibility.toml"
    statement.cache_clear()


@pytest.mark.parametrize(("language", "said"), [("sv", "Skriv till <prov@kommun.se>."), ("en", "")])
def test_what_is_filled_in_stands_there_and_what_is_not_the_review_edition_says(
    filled_in: Path, language: Language, said: str
) -> None:
    texts = {"authority": "", "assessment": " ", "contact": "Skriv till <prov@kommun.se>."}
    lines = [f'{name} = {{ sv = "{text}", en = "" }}\n' for name, text in texts.items()]
    filled_in.write_text("".join(lines), encoding="utf-8")
    for reviewed in (False, True):
        report = Report(language, Tables({}, 2024, read_declarations(REPORTS)), reviewed=reviewed)
        nobody = "*Nobody* knows." if reviewed else ""
        contact = said if language == "sv" else nobody
        for name, expected in (("contact", contact), ("authority", nobody), ("assessment", nobody)):
            assert report.prose(f'{{% call stated("{name}") %}}*Nobody* knows.{{% endcall %}}') == expected


def test_a_slip_in_the_file_is_one_clear_line(filled_in: Path) -> None:
    filled_in.write_text('authority = { sv = "", en = "" }\ncontakt = { sv = "", en = "" }\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"reports/accessibility.toml: key contakt: .*did you mean 'contact'"):
        statement()


GUIDE = (PROJECT / "docs" / "report-source.md").read_text(encoding="utf-8")


def test_the_guide_names_every_function_and_filter() -> None:
    functions = {name for name in vars(Report) if name[0] != "_"}
    macros = set(re.findall(r"macro ([a-z]\w*)\(", (REPORTS / "sentences.sv.md.j2").read_text(encoding="utf-8")))
    filters = {"digits", "words", "about", "about_kr", "percent", "day", "counted", "capital", "listed", "plain"}
    missing = {name for name in functions | macros | {"claim"} if f"`{name}(" not in GUIDE}
    missing |= {name for name in filters if f"`{name}" not in GUIDE}
    assert missing - {"pieces", "prose"} == set()


def test_the_examples_of_the_guide_run(real_store: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATERRAPPORT_DATA", str(real_store.data))
    monkeypatch.setenv("ATERRAPPORT_STORE", str(real_store.store))
    monkeypatch.setenv("ATERRAPPORT_YEAR", "2024")
    report = open_report("sv")
    examples = re.findall(r"^```jinja\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    cells = [re.split(r"(?<!\\)\|", line) for line in GUIDE.split("\n") if line.startswith("| `")]
    rows = [row[3].strip().strip("`") for row in cells]
    assert len(examples) + len(rows) > 30
    for example in [*examples, *rows]:
        report.prose(example.replace("\\|", "|"), {})
