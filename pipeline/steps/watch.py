"""`aterrapport watch`: build again when a source or a raw file changes, and reload the page that is open.

Every build is a process of its own, so it runs the package as it is now. The page is served with a line of script that
waits for the next build; the file itself has none.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from threading import Condition, Thread
from urllib.parse import parse_qs, unquote, urlsplit

from pipeline.files import files, sum_of
from pipeline.markdown import with_own_scripts
from pipeline.paths import Workspace
from pipeline.steps.inputs import PACKAGE, read_by_cells, read_by_renderers

_PAUSE_S = 0.5
_STILL_THERE_S = 15
_SCRIPT = '<script>new EventSource("/events?since=%d").onmessage = () => location.reload()</script>'
_FORBIDS = "default-src 'none';"
_COMMAND = "from pipeline.cli import main; raise SystemExit(main())"


def watch(year: int, workspace: Workspace) -> None:
    """Build, serve, and build again on every change, until interrupted; an error of a build is shown."""
    workspace.years(year)
    with serving(workspace.out / str(year)) as server:
        print(f"{server.address}/uppfoljning.html  (stop with Ctrl+C)", flush=True)
        for changed in changes(partial(watched, year, workspace), lambda: time.sleep(_PAUSE_S)):
            if changed:
                print(f"changed: {', '.join(changed)}", flush=True)
            if build(year, workspace):
                server.reload()


def build(year: int, workspace: Workspace) -> bool:
    """Build in a new process, which says what it does on this terminal. Return whether it succeeded."""
    places = ["--project", str(workspace.project), "--data", str(workspace.data), "--out", str(workspace.out)]
    return subprocess.run([sys.executable, "-c", _COMMAND, "build", str(year), *places], check=False).returncode == 0


def watched(year: int, workspace: Workspace) -> list[Path]:
    """Return every file that a build depends on: raw data, sources of the reports, their look, the package."""
    reports = workspace.reports
    raw = [path for earlier in workspace.years(year) for path in workspace.raw_files(earlier).values()]
    look = [path for place in read_by_renderers(reports).values() for path in files(place)]
    return [*raw, *read_by_cells(reports).values(), *reports.glob("*.qmd"), *look, *files(PACKAGE)]


def changes(watched: Callable[[], list[Path]], wait: Callable[[], None]) -> Iterator[list[str]]:
    """Yield nothing at first, and then the names of files whose content has changed and is written to the end."""
    # Looked at before the first build: what changes while that runs is seen after it.
    built = before = _sums(watched)
    yield []
    while True:
        wait()
        now = _sums(watched)
        if now == before and now != built:
            changed = sorted(path.name for path in now.keys() | built.keys() if now.get(path) != built.get(path))
            built = now
            yield changed
        before = now


def _sums(watched: Callable[[], list[Path]]) -> dict[Path, str]:
    found: dict[Path, str] = {}
    with suppress(OSError):  # a folder that is gone for a moment: the next look will show
        for path in watched():
            with suppress(OSError):
                found[path] = sum_of(path)
    return found


class Server(ThreadingHTTPServer):
    """The files of one folder, for this machine only, and an address that says when they were made anew."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        """Take any free port."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.made = folder, 0
        self.address = f"http://127.0.0.1:{self.server_port}"
        """Where a browser finds it."""
        self.changed = Condition()

    def reload(self) -> None:
        """Have every open page load itself again."""
        with self.changed:
            self.made += 1
            self.changed.notify_all()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve a folder while the context lasts."""
    server = Server(folder)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        # Only who asks for this very address: another site's name that leads here must not read the findings.
        if self.headers.get("Host") != self.server.address.removeprefix("http://"):
            self.send_error(403)
        elif at.path == "/events":
            with suppress(ConnectionError):
                self._events(int(parse_qs(at.query).get("since", ["0"])[0]))
        else:
            self._file(unquote(at.path).lstrip("/"))

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  the name is the library's
        """Say nothing: the terminal is the build's."""

    def _file(self, name: str) -> None:
        folder = self.server.folder.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            self.send_error(404)
            return
        made = self.server.made  # before the file: one that is made meanwhile is news
        content, kind = path.read_bytes(), guess_type(path.name)[0] or "application/octet-stream"
        if path.suffix == ".html":
            # The page forbids itself every request: the one for news is let through, here only.
            page = content.decode().replace(_FORBIDS, f"{_FORBIDS} connect-src 'self';", 1) + _SCRIPT % made
            page = re.sub(r"script-src [^;\"]*", "script-src 'none'", page, count=1)
            content, kind = with_own_scripts(page).encode(), "text/html; charset=utf-8"
        self._begin(kind, **{"Content-Length": str(len(content))})
        self.wfile.write(content)

    def _events(self, since: int) -> None:
        self._begin("text/event-stream")
        is_new = False
        while not is_new:  # the page that hears of it loads anew, and asks anew
            with self.server.changed:
                is_new = self.server.changed.wait_for(lambda: self.server.made != since, _STILL_THERE_S)
            self.wfile.write(f"data: {self.server.made}\n\n".encode() if is_new else b": still here\n\n")
            self.wfile.flush()

    def _begin(self, kind: str, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
