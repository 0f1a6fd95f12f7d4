"""The worker's web port: /health and /metrics, served from a thread.

Not from Faust's own web server: that one lives on the event loop, starts after the classifier is loaded, and is silent
in just the case that a health page is for, a loop that is blocked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from core.errors import SetupError

Page = Callable[[], tuple[int, str, bytes]]
"""Gives a status, a content type and a body."""


def serve(host: str, port: int, pages: Mapping[str, Page]) -> ThreadingHTTPServer:
    """Serve `pages`, by path, until the process ends or `shutdown()` is called; port 0 takes a free one.

    Raises:
        SetupError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, content_type, body = page() if page else (404, "text/plain", b"no such page\n")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """A line a scrape would drown the log."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as exc:
        raise SetupError(f"the worker's web port {host}:{port} cannot be had: {exc.strerror}") from exc
    Thread(target=server.serve_forever, name="web", daemon=True).start()
    return server
