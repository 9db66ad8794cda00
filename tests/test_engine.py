"""The engine on three toy steps: what is due and why, early cut-off, kills, failures, the record."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.files import put_in_place, staged
from pipeline.steps.engine import Job, Plan, Record, Step
from tests.world import cases

ALL = ["store", "table", "page"]


class Toy:
    """A store (never the same bytes), a table of its first line, and a page of the table in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.failing = folder, ""
        self.at_end: Callable[[], None] = lambda: None

    def place(self, name: str) -> Path:
        return self.folder / "made" / name

    def steps(self) -> list[Step]:
        raw, style = {"raw.txt": self.folder / "raw.txt"}, {"style.css": self.folder / "style.css"}
        return [
            Step("store", [], {"code": "1"}, raw, ["store"], self._store, same_bytes=False),
            Step("table", ["store"], {"code": "1"}, {}, ["table"], self._table, {"lang": "sv"}),
            Step("page", ["table"], {}, style, ["page"], self._page, reads=lambda table: table.strip(b"!")),
        ]

    def plan(self, force: bool = False) -> Plan:
        return Plan(self.steps(), self.place, Record(lambda _: self.place(".made.json"), ["store"]), force)

    def build(self, force: bool = False) -> list[str]:
        """Run what is due, and return what was done."""
        with staged(self.folder / "made") as stage:
            plan = self.plan(force)
            failure = plan.run(stage)
            if failure:
                raise failure
            self.at_end()
            names = [name for name in plan.steps if name in plan.finished]
            plan.record.update(dict.fromkeys(names))
            put_in_place({self.place(name): stage / name for name in names})
            plan.record.update({name: plan.finished[name] for name in names})
        return names

    def files(self) -> dict[str, str]:
        found = [path for path in (self.folder / "made").rglob("*") if path.is_file() and ".being" not in str(path)]
        return {path.relative_to(self.folder / "made").as_posix(): path.read_text() for path in found}

    def _store(self, job: Job) -> list[str]:
        raw = (self.folder / "raw.txt").read_text()
        job.new().write_text(f"{raw}\n{os.urandom(8).hex()}")
        return [f"stored {len(raw)}"]

    def _table(self, job: Job) -> None:
        if self.failing:
            raise ValueError(self.failing)
        job.new().write_text(job.where("store").read_text().split("\n")[0])

    def _page(self, job: Job) -> None:
        job.new().mkdir()
        (job.new() / "index.html").write_text(job.where("table").read_text().strip("!"))


def lay_out(folder: Path) -> Toy:
    (folder / "raw.txt").write_text("one\ntwo")
    (folder / "style.css").write_text("p {}")
    return Toy(folder)


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    toy = lay_out(tmp_path)
    assert toy.build() == ALL
    return toy


def test_nothing_changed_nothing_done_whatever_the_dates(toy: Toy) -> None:
    before = toy.files()
    for path in toy.folder.rglob("*"):
        os.utime(path, (0, 0))
    assert toy.plan().lines() == [f"{name}: nothing to do" for name in ALL]
    assert toy.build() == []
    assert toy.files() == before
    assert toy.plan().record.steps["store"]["said"] == ["stored 7"]


CHANGES = cases("engine")


@pytest.mark.parametrize("case", CHANGES)
def test_only_what_changed_is_done_again(case: str, toy: Toy, tmp_path: Path) -> None:
    its = CHANGES[case]
    if its["content"] is False:
        (toy.folder / its["file"]).unlink()
    else:
        (toy.folder / its["file"]).write_text(its["content"])
    assert list(toy.plan().why.values()) == its["why"]
    assert toy.build() == its["done"]
    assert toy.build() == []
    (tmp_path / "anew").mkdir()
    anew = lay_out(tmp_path / "anew")
    shutil.copy(toy.folder / "raw.txt", anew.folder)
    anew.build()
    for made in ("table", "page/index.html"):
        assert toy.files()[made] == anew.files()[made]


def test_forced_everything_is_done(toy: Toy) -> None:
    assert toy.build(force=True) == ALL


@pytest.mark.parametrize("content", [*cases("nasty")["records"], "[" * 10_000])
def test_a_record_that_cannot_be_read_counts_for_nothing(content: str, toy: Toy) -> None:
    (toy.folder / "made" / ".made.json").write_text(content)
    assert set(toy.plan().why.values()) == {"not made yet, or not to the end"}


def test_a_failure_stops_what_needs_it_and_changes_nothing(toy: Toy) -> None:
    (toy.folder / "raw.txt").write_text("uno")
    before, toy.failing = toy.files(), "no table"
    with pytest.raises(ValueError, match="no table"):
        toy.build()
    assert toy.files() == before
    toy.failing = ""
    assert toy.build() == ALL


def test_steps_run_side_by_side_and_an_early_one_waits_by_itself(tmp_path: Path) -> None:
    order: list[str] = []

    def check(job: Job) -> None:
        order.append("check begins")
        job.wait()
        order.append(f"check has {job.where('store').read_text()}")
        job.new().touch()

    def store(job: Job) -> None:
        while "check begins" not in order:
            pass
        order.append("store")
        job.new().write_text("a store")

    steps = [
        Step("store", [], {}, {}, ["store"], store, same_bytes=False),
        Step("check", ["store"], {}, {}, ["check"], check, early=True),
    ]
    plan = Plan(steps, lambda name: tmp_path / "made" / name, Record(lambda _: tmp_path / "made.json", ["store"]))
    (tmp_path / "stage").mkdir()
    assert plan.run(tmp_path / "stage") is None
    assert order == ["check begins", "store", "check has a store"]
