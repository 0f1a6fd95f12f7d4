"""A web server on this machine that speaks as many sites' formats as it is told, and fails as sites fail."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from core.sources import Kind
from tests.sites import Asked, Said, answer

Fault = Callable[[BaseHTTPRequestHandler, bytes], None]
"""Answers in place of the site; it is given what the site would have said."""

PAGE = b"""<html><head><title>Desk</title><link rel="alternate" type="application/rss+xml" href="rss.xml"></head>
<body>News of the desk</body></html>"""


class SiteServer:
    """One site a kind, each under a path of its own; `faults` are used up one a request of their kind."""

    def __init__(self, said: Mapping[Kind, list[Said]]) -> None:
        self.said = dict(said)
        self.faults: dict[Kind, list[Fault]] = {}
        self.asked: list[tuple[Kind, Asked]] = []
        self.delay_s = 0.0
        self._stop = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._answer(self, is_post=False)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer._answer(self, is_post=True)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """Clients that go away are what is tested; anything else fails the test that waits for an answer."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address(self, kind: Kind) -> str:
        """Where the site of a kind begins."""
        return f"http://127.0.0.1:{self._server.server_port}/{kind.value}"

    def wait(self, seconds: float) -> None:
        """Do nothing for a time, or until the server ends."""
        self._stop.wait(seconds)

    def _answer(self, handler: BaseHTTPRequestHandler, is_post: bool) -> None:
        _, name, path = handler.path.split("/", 2)
        kind = Kind(name)
        asked = Asked.of(f"/{path}", dict(handler.headers), is_post)
        self.asked.append((kind, asked))
        self.wait(self.delay_s)
        status, body = (200, PAGE) if asked.path == "/page.html" else answer(kind, self.said[kind], asked)
        fault = self.faults[kind].pop(0) if self.faults.get(kind) and not is_post else None
        # a client that gave up is what some faults are for
        with suppress(ConnectionError):
            if fault is not None:
                fault(handler, body)
            else:
                reply(handler, status, body)


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
