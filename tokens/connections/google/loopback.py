"""Waits on this machine for the one return of a consent page to an installed app (RFC 8252 §7.3).

The browser opens `http://127.0.0.1:<port>/?code=…&state=…`. The first such call is taken, answered
once its caller knows how it ended, and every other one is refused.
"""

import threading
from concurrent.futures import Future
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_HOST = "127.0.0.1"
# Seconds that a browser which says nothing, or does not read, is waited for.
_PATIENCE = 5.0
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""


class Arrival:
    """A browser that came back, and waits to be told how it ended."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.page: Future[tuple[int, str, str]] = Future()
        self.written = threading.Event()

    def answer(self, status: int, title: str, text: str) -> None:
        """Show the browser a page, and wait until it has it."""
        self.page.set_result((status, title, text))
        self.written.wait(_PATIENCE)


class Loopback(ThreadingHTTPServer):
    """Listens on `port` of this machine alone; 0 takes a free one.

    Raises:
        OSError: the port is taken, or not ours to take.
    """

    daemon_threads = True
    # Two listeners on one port would share what comes back.
    allow_reuse_address = False

    def __init__(self, port: int = 0) -> None:
        super().__init__((_HOST, port), _Handler)
        self._arrivals: Queue[Arrival] = Queue(maxsize=1)
        self._taken = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """Host and port, as browsers name them."""
        return f"{_HOST}:{self.server_port}"

    @property
    def redirect_uri(self) -> str:
        """Where consent pages return to."""
        return f"http://{self.address}/"

    def wait(self, seconds: float) -> Arrival | None:
        """The browser that comes back within so many seconds, if one does."""
        try:
            return self._arrivals.get(timeout=seconds)
        except Empty:
            return None

    def take(self, arrival: Arrival) -> bool:
        """Let `arrival` be the one, unless there was one before."""
        first = self._taken.acquire(blocking=False)
        if first:
            self._arrivals.put(arrival)
        return first


class _Handler(BaseHTTPRequestHandler):
    server: Loopback
    timeout = _PATIENCE
    server_version = "portal"
    sys_version = ""

    def do_GET(self) -> None:  # the name that http.server calls
        """Take the one return; refuse what is none, and what another site's page sent here."""
        parts = urlsplit(self.path)
        if parts.path != "/" or not parts.query or self.headers["Host"] != self.server.address:
            self._show(404, "Nothing here", "Google returns to another address.")
            return
        arrival = Arrival(parts.query)
        if not self.server.take(arrival):
            self._show(410, "Too late", "The terminal has had its answer from Google already.")
            return
        try:
            self._show(*arrival.page.result())
        finally:
            arrival.written.set()

    def _show(self, status: int, title: str, text: str) -> None:
        body = _PAGE.format(title=escape(title), text=escape(text)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Write nothing: the line would carry the code."""
