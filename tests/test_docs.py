"""What is written down is true: the reference of year.toml, and the commands in the README."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.world import PROJECT
from tools import make_store_reference
from tools.licences import licences
from tools.make_form_reference import TARGET, reference


def test_the_references_are_the_model_and_the_comments() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference()
    assert "| `minimum_age` | whole number |" in reference()
    assert make_store_reference.TARGET.read_text(encoding="utf-8") == make_store_reference.reference()


def test_every_command_and_option_is_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli import main

    listed = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    assert {"build", "check", "tables", "report", "synthesize"} <= set(commands)
    assert [command for command in commands if f"aterrapport {command} " not in listed] == []
    for command in commands:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
        assert [option for option in sorted(options) if option not in listed] == [], command


def test_the_code_in_the_readme_runs() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    compile(code, "README.md", "exec")
    assert "data/processed/aterrapport.duckdb" in code


def said_by(path: Path) -> Iterator[tuple[int, str]]:
    """What a file of the package does or says, line by line: without comments and docstrings, which give examples."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            for part in [] if is_docstring else ast.iter_child_nodes(node):
                if isinstance(part, ast.Constant):
                    yield part.lineno, str(part.value)
    else:
        mark = "--" if path.suffix == ".sql" else "#"
        yield from ((at, line) for at, line in enumerate(text.splitlines(), 1) if not line.lstrip().startswith(mark))


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        # A whole day is an example of how one is written.
        ("a grant year", r"(?<![\d.])20(?:2\d|3[0-5])(?!-\d\d-\d\d)(?!\d)"),
        ("a grant", r"hälsosamtal|ofrivillig|lonel"),
    ],
)
def test_what_differs_between_years_and_grants_is_no_part_of_the_package(what: str, pattern: str) -> None:
    kinds = {".py", ".sql", ".toml", ".qmd"}
    paths = [path for path in (PROJECT / "pipeline").rglob("*.*") if path.suffix in kinds]
    found = [
        f"{path.relative_to(PROJECT)}, line {line}: {text.strip()[:80]}"
        for path in paths
        for line, text in said_by(path)
        if re.search(pattern, text, re.IGNORECASE)
    ]
    assert found == [], what
    assert len(paths) > 80


def test_every_locked_package_declares_a_licence() -> None:
    found = licences(PROJECT / "requirements-dev.lock")
    assert found["pikepdf " + version("pikepdf")] == "MPL-2.0"
    assert [package for package, its in found.items() if not its] == []
