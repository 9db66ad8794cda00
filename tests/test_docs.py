"""What is written down is true: the reference of year.toml, and the commands in the README."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.world import PROJECT
from tools.make_form_reference import TARGET, reference


def test_the_reference_of_year_toml_is_the_model() -> None:
    assert TARGET.read_text(encoding="utf-8") == reference()
    assert "| `minimum_age` | whole number |" in reference()


def test_every_command_and_option_is_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    from pipeline.cli import main

    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    commands = re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE)
    assert {"build", "check", "tables", "report", "synthesize"} <= set(commands)
    assert [command for command in commands if f"aterrapport {command} " not in readme] == []
    for command in commands:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
        assert [option for option in sorted(options) if option not in readme] == [], command


def test_the_code_in_the_readme_runs() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    compile(code, "README.md", "exec")
    assert "data/processed/aterrapport.duckdb" in code


def test_no_year_stands_in_the_package() -> None:
    """What differs between years is data: examples in docstrings and comments aside."""
    script = (
        "import ast, pathlib, re\n"
        "for path in pathlib.Path('pipeline').rglob('*.py'):\n"
        "    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):\n"
        "        if isinstance(node, ast.Constant) and isinstance(node.value, int) and 2020 <= node.value <= 2035:\n"
        "            print(path, node.lineno, node.value)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert run.stdout == ""
