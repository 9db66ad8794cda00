"""Sentences follow the data, and a false one stops the build by its words."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipeline import publish
from pipeline.claims import FalseClaimError, change, choose, claim, highest, lowest
from pipeline.cli import main
from pipeline.declarations import Column, Declaration
from pipeline.errors import UserError
from pipeline.markdown import escape
from pipeline.publish import Report
from pipeline.tabulate import Declarations, Table, Tables
from pipeline.year import Text
from tests.lines import small_reports
from tests.world import CheckedHere, small_data


def table(rows: list[dict[str, object]]) -> Table:
    columns = [
        Column(id="region", kind="key"),
        Column(id="used", kind="count", label=Text(sv="Antal", en="Count")),
        Column(id="all", kind="kr", label=Text(sv="Alla", en="All")),
    ]
    declared = Declaration(id="t", key=["region"], title=Text(sv="T", en="T"), column=columns)
    return Table(
        declared, pl.DataFrame(rows, schema={"region": pl.String, "used": pl.Int64, "all": pl.Int64}, orient="row")
    )


def report(*rows: tuple[str, int | None, int]) -> Report:
    made = table([{"region": region, "used": used, "all": whole} for region, used, whole in rows])
    declarations = Declarations(small_base=5, base=[], measure=[], table=[])
    return Report(2024, "sv", Tables({"t": made}), declarations)


def test_change() -> None:
    assert [change(2, 1), change(1, 2), change(1, 1), change(None, 1), change(1, None)] == [
        "more",
        "fewer",
        "equal",
        "unknown",
        "unknown",
    ]


def test_ties_are_named_and_rounding_makes_none() -> None:
    rows = [("A", 33, 49), ("B", 2, 3), ("C", 66, 98), ("D", 0, 0)]
    shares = table([{"region": region, "used": used, "all": whole} for region, used, whole in rows])
    high, low = highest(shares.rows, "used", "all"), lowest(shares.rows, "used", "all")
    assert high is not None
    assert low is not None
    assert (high.keys, low.keys) == (("A", "C"), ("B",))
    assert highest(table([{"region": "D", "used": 0, "all": 0}]).rows, "used", "all") is None


def test_a_false_claim_is_named() -> None:
    assert claim(True, "Så är det.") == "Så är det."
    with pytest.raises(FalseClaimError, match="Flest är i A"):
        claim(False, "Flest är i A.")
    with pytest.raises(FalseClaimError, match="Sista"):
        choose((False, "Första."), (False, "Sista."))


def test_numbers_in_sentences() -> None:
    r = report(("a", 1, 85_906_462), ("b", 12, 5), ("c", None, 0))
    assert r.say("{t/a/used:words:kommun|kommuner}") == '[en]{.n data-n="t/a/used"}\u00a0kommun'
    assert r.say("{t/b/used:Words:kommun|kommuner}") == '[Tolv]{.n data-n="t/b/used"}\u00a0kommuner'
    assert r.say("{t/a/all:about}") == '[cirka 86\u00a0miljoner kronor]{.n data-n="t/a/all"}'
    assert r.say("{t/c/used}") == '[–]{.n data-n="t/c/used"}'
    assert r.say("{who} {t/b/used}", who="A") == 'A [12]{.n data-n="t/b/used"}'
    assert r.paragraph(r.say((False, "x"), (True, "")), "Slut.") == "Slut."


@pytest.mark.parametrize(
    "sentence", ["{t/nowhere/used}", "{nothing/a/used}", "{t/a/nothing}", "{who}", "{t/a/used:loud}"]
)
def test_a_number_that_is_not_there_stops_the_report(sentence: str) -> None:
    with pytest.raises(UserError):
        report(("a", 1, 2)).say(sentence)


def test_a_missing_number_is_told_apart_from_zero() -> None:
    r = report(("a", None, 2), ("b", 0, 2))
    assert [r.has("t/a/used"), r.has("t/b/used"), r.has("t/z/used")] == [False, True, False]


def test_text_from_data_is_text() -> None:
    assert escape("a*b_[c](d) <i> $x$ `y` @z #q | ~ ^ \\ 'w' --- ...") == (
        r"a\*b\_\[c\](d) \<i\> \$x\$ \`y\` \@z \#q \| \~ \^ \\ \'w\' -\-\- .\.\."
    )
    assert escape("Ale\u202e\u200b\n kommun\x07") == "Ale kommun"


def test_a_planted_false_claim_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = small_reports(tmp_path)
    source = sources / "uppfoljning.qmd"
    planted = '\n```{python}\nr.claim(len(r.tables) > 1000, "Fler än hundra kommuner rekvirerade.")\n```\n'
    source.write_text(source.read_text(encoding="utf-8") + planted, encoding="utf-8")
    monkeypatch.chdir(tmp_path)  # a project: its own reports are made
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)
    data = small_data(tmp_path)
    assert main(["build", "2024", "--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert "the data does not bear the sentence: Fler än hundra kommuner rekvirerade." in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("uppfoljning*"))
    assert not (data / "processed" / "aterrapport.duckdb").exists()


def test_an_open_document_takes_the_newest_year_with_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.check.start_check", CheckedHere)
    data = small_data(tmp_path)
    assert main(["tables", "2024", "--data", str(data)]) == 0
    monkeypatch.setenv("ATERRAPPORT_DATA", str(data))
    assert publish.open_report("sv").year == 2024
