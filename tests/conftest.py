"""What tests share: a browser, the real year built, and what gives the same each time done once."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.cli import main
from pipeline.explain import Explainer
from pipeline.paths import REPORTS, Workspace
from pipeline.steps.inputs import Code
from pipeline.store import open_store
from pipeline.tabulate import Tables, read_declarations, tabulate
from tests.telling import store_of
from tests.world import PROJECT, RAW, CheckedHere

# How long an example takes depends on what else the machine does.
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")

# What the same code has drawn before, in this run of the tests or an earlier one, is not drawn again.
os.environ["ATERRAPPORT_DRAWINGS"] = str(PROJECT / ".pytest_cache" / "drawings" / Code().sum_of("draw"))

# The last five keep the browser from asking anything of the net on its own.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


def chromium() -> str:
    """Chromium by the environment's CHROMIUM or on PATH. Missing: skip, but fail where CI is true."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if found is None:
        missing = "browser tests need Chromium: install it, or point CHROMIUM at it"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


# The first of them builds the real year, which the second one and its neighbours need not wait for.
LONGEST = (
    "editions machine corpus true_sentences incremental page corrections optional letters attacker bad_input new_year "
)
LONGEST += "review report release explain new_grant rules reader"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first: then both cores are done at about the same time."""
    place = {f"test_{name}": at for at, name in enumerate(LONGEST.split())}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def looking(browser: Browser, path: Path, anchor: str = "", **options: Any) -> Iterator[Page]:
    """Open a page to look at: it makes no fault, opens no dialog, and asks for nothing but itself."""
    view, address = browser.new_page(**options), path.as_uri()
    wrong: list[str] = []
    own = (address, "data:", "blob:")
    view.on("dialog", lambda dialog: wrong.append(dialog.message))
    view.on("dialog", lambda dialog: dialog.dismiss())
    view.on("pageerror", lambda error: wrong.append(str(error)))
    view.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    view.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
    view.goto(address + anchor)
    yield view
    view.close()
    assert wrong == []


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages to look at, by path and by options of the browser's page."""
    with ExitStack() as opened:
        yield lambda path, anchor="", **options: opened.enter_context(looking(browser, path, anchor, **options))


@pytest.fixture(scope="session", autouse=True)
def _elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run every test in an empty folder: what a command writes by default must not land in the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _done_once() -> Iterator[None]:
    """Great Expectations is imported once, and what it gives for a view, and pandoc for a page of findings, is kept.

    What they give depends on what they are given alone, and many tests give them the same. It is their own answer all
    the same. Its process of its own is that of tests/test_rules.py and of every command in a process of its own.
    """
    from pipeline.check import suite
    from pipeline.letters import page
    from pipeline.render.builtin import html

    validate = suite._validate
    found: dict[tuple[str, ...], list[Any]] = {}
    pages: dict[str, bytes] = {}

    def validate_once(view: str, rows: Any, its_rules: Any) -> list[Any]:
        key = (view, repr(its_rules), repr(list(rows.dtypes.items())), rows.to_json(orient="split", date_format="iso"))
        if key not in found:
            found[key] = list(validate(view, rows, its_rules))
        return list(found[key])

    def html_once(document: Any) -> bytes:
        if repr(document) not in pages:
            pages[repr(document)] = html(document)
        return pages[repr(document)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.check.start_check", CheckedHere)
        patch.setattr("pipeline.money.years.start_check", CheckedHere)
        patch.setattr(suite, "_validate", validate_once)
        patch.setattr(page, "html", html_once)
        yield


def shared(factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all workers of a run have in common."""
    root = factory.getbasetemp()
    return (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / name


@pytest.fixture(scope="session")
def real_store(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The store of the real years, built once a run. Only to read."""
    data = shared(tmp_path_factory, "real_store")
    workspace = Workspace(data, data)
    data.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{data}.lock"):
        if not workspace.store.exists():
            (data / "raw").symlink_to(RAW, target_is_directory=True)
            store_of(data, 2023, 2024)
    return workspace


@pytest.fixture(scope="session")
def real_explainer(real_store: Workspace) -> Iterator[Explainer]:
    """What explains the numbers of the real year 2024."""
    with open_store(real_store.store) as connection:
        yield Explainer(connection, tabulate(connection, 2024, read_declarations(REPORTS)))


@pytest.fixture(scope="session")
def real_tables(real_explainer: Explainer) -> Tables:
    """The tables of the real year 2024."""
    return real_explainer.tables


@pytest.fixture(scope="session")
def real_year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The real year built, in both editions and formats: its data folder and the folder of its reports. Only to read.

    It is built once a run, for all workers: the second one waits for the first and finds nothing left to do.
    """
    root = shared(tmp_path_factory, "real_year")
    data, out = root / "data", root / "out"
    data.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (data / "raw").symlink_to(RAW, target_is_directory=True)
    assert main(["build", "2024", "--data", str(data), "--out", str(out)]) == 0
    return data, out / "2024"
