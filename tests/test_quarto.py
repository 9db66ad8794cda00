"""What real Quarto needs of us, as far as it can be held without it; the rest is told in docs/quarto.md.

The renderer that calls it, and the filter on plain Markdown, are held by tests/test_render.py.
"""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pypandoc
import pytest
import yaml

from pipeline.execute import read_qmd
from pipeline.paths import FOLDERS
from pipeline.qmd import parts
from pipeline.render.document import EXTENSION, SETTINGS
from pipeline.render.quarto import FORMATS
from tests.test_render import USAGE, Page
from tests.world import PROJECT

REPORTS = PROJECT / "reports"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_quarto_is_led_to_the_settings() -> None:
    # Quarto reads _quarto.yml only: settings in quarto.yml alone are passed over without a word.
    assert read(PROJECT / "_quarto.yml") == {"metadata-files": [SETTINGS.name]}


def test_settings_hold_keys_of_quarto_only() -> None:
    settings = read(SETTINGS)
    known = {"project", "lang", "execute", "crossref", "language", "format"}
    assert set(settings) == known
    assert set(settings["project"]) == {"render", "output-dir", "execute-dir"}
    assert settings["execute"]["echo"] is False  # or the code would stand in the report
    assert settings["lang"] == "sv-SE"  # `sv` would become sv-US in the PDF
    assert set(settings["crossref"]) == {"title-delim", "custom"}
    for custom in settings["crossref"]["custom"]:
        assert set(custom) == {
            "kind", "key", "reference-prefix", "caption-prefix", "caption-location", "space-before-numbering",
        }  # fmt: skip
        assert custom["kind"] == "float"


def test_what_quarto_empties_before_a_whole_project_holds_nothing_of_ours() -> None:
    emptied = Path(read(SETTINGS)["project"]["output-dir"])
    assert emptied.parent == FOLDERS["--out"]
    assert not emptied.name.isdecimal()  # our folders there are the years


@pytest.mark.parametrize("ending", ["qmd", "ipynb"])
def test_every_report_and_its_notebook_belong_to_the_project(ending: str) -> None:
    # What `project.render` does not match is rendered without the settings, and nothing is said.
    sources = sorted(path.relative_to(PROJECT).with_suffix(f".{ending}") for path in REPORTS.glob("*.qmd"))
    assert sources
    patterns = read(SETTINGS)["project"]["render"]
    for source in sources:
        assert any(fnmatch(source.as_posix(), pattern) for pattern in patterns), source


def test_formats_are_those_of_the_extension() -> None:
    extension = read(EXTENSION / "_extension.yml")
    offered = {f"{EXTENSION.name}-{kind}" for kind in extension["contributes"]["formats"] if kind != "common"}
    assert set(read(SETTINGS)["format"]) == offered == set(FORMATS.values())
    common = extension["contributes"]["formats"]["common"]
    assert common["callout-icon"] is False  # icons have no text alternative, which PDF/A-2a demands
    assert extension["contributes"]["formats"]["html"]["embed-resources"] is True
    assert set(extension["contributes"]["formats"]["typst"]["pdf-standard"]) == {"ua-1", "a-2a"}
    assert extension["quarto-required"] == ">=1.9.0"


def test_both_editions_have_the_same_cells_in_the_same_order() -> None:
    """Cell by cell, the same kinds with the same tags: only words and labels of appendices differ."""
    skeletons = []
    for source in ("uppfoljning.qmd", "uppfoljning.en.qmd"):
        text = (REPORTS / source).read_text(encoding="utf-8")
        assert len(text.splitlines()) < 450
        text = re.sub(r"\bapp([bcd]?)-", r"bil\1-", text)
        words = r'(?:(?<=, )|(?<=note=))"[^"]* [^"]*"'
        found = r"\{% *(if|for|call|set|include)\b|\{\{ *(\w+)\(([^)]*)\)"
        tags = [[part.kind, *re.findall(found, re.sub(words, "", part.content))] for part in parts(text)]
        skeletons.append(tags)
    assert skeletons[0] == skeletons[1]


@pytest.mark.parametrize("source", sorted(REPORTS.glob("*.qmd")), ids=lambda path: path.name)
def test_sources_keep_to_what_both_read(source: Path) -> None:
    notebook = read_qmd(source.read_text(encoding="utf-8"))
    front = yaml.safe_load(notebook.cells[0].source.strip("-\n"))
    assert set(front) <= {"lang", "title", "author", "other-language"}
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert not [part for part in text if "{{<" in part]  # shortcodes: Quarto's alone
    assert not [part for part in text if "```{=" in part]  # raw blocks come from `report`, for both formats


CUSTOM = 'custom="true" custom_context="Block" custom_type'
INSIDE = 'custom_scaffold="true"'
# Markdown has no names that begin with an underscore: Quarto's own are given before our filter runs.
BEFORE = """
function Div(div)
  for name, value in pairs(div.attributes) do
    if name:match '^custom' then div.attributes['__quarto_' .. name], div.attributes[name] = value, nil end
  end
  return div
end
"""
AFTER = """
function Pandoc(document) io.open('after.html', 'w'):write(pandoc.write(document, 'html')):close() end
"""


@pytest.mark.parametrize("to", ["html", "typst"])
def test_filter_keeps_quartos_nodes_as_they_are(tmp_path: Path, to: str) -> None:
    """Quarto makes nodes of its own of floats and callouts before the filter runs: frames around what we wrote."""
    table = USAGE.split(":::\n\n::: {.table-note}")[0].split("\n", 1)[1].rsplit("Användningsgrad bland", 1)[0]
    text = f"""# Ett

:::: {{{CUSTOM}="FloatRefTarget" custom_id="1"}}
::: {{{INSIDE}}}
{table}
:::
::: {{{INSIDE}}}
Användningsgrad bland kommuner som rekvirerat medel
:::
::::

:::: {{{CUSTOM}="Callout" custom_id="2"}}
::: {{{INSIDE}}}
Uppgifterna är preliminära
:::
::: {{{INSIDE}}}
Siffrorna kan ändras.
:::
::::

Se @tbl-usage_degree.
"""
    command = [pypandoc.get_pandoc_path(), "--from", "markdown", "--to", to]
    # Quarto is known by the global it gives filters.
    ours = "quarto = {}\n" + (EXTENSION / "filter.lua").read_text(encoding="utf-8")
    for name, content in (("before.lua", BEFORE), ("ours.lua", ours), ("after.lua", AFTER)):
        (tmp_path / name).write_text(content, encoding="utf-8")
        command += ["--lua-filter", name]
    subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True, cwd=tmp_path)
    page = Page(f"<main>{(tmp_path / 'after.html').read_text(encoding='utf-8')}</main>").root
    nodes = [element for element in page.all("div") if "data-__quarto_custom_type" in element.attributes]
    assert [node.attributes["data-__quarto_custom_type"] for node in nodes] == ["FloatRefTarget", "Callout"]
    assert [node.attributes["data-__quarto_custom_id"] for node in nodes] == ["1", "2"]
    for node in nodes:
        assert [child.attributes.get("data-__quarto_custom_scaffold") for child in node.children] == ["true", "true"]
    assert nodes[0].one("span", data_n="usage_degree/all/count").text == "205"
    assert nodes[0].all("span", id="usage_degree.all")
    assert "Tabell 1" not in page.text
    assert "@tbl-usage_degree" in page.text
