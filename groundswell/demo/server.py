"""The local web server: routes requests to the story's sites and to the webhook receiver."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Final
from urllib.parse import parse_qs, urlsplit

from groundswell.demo import sites
from groundswell.demo.deliveries import MAX_BODY_BYTES, Deliveries
from groundswell.demo.page import page
from groundswell.demo.story import Showing

BUSY_EVERY: Final = 8
"""Every eighth request for the filings is told to come back later, from the third on."""
BUSY_WAIT_S: Final = 15
MOST_ITEMS: Final = 100
SITE_OF: Final = {"/news/rss.xml": "news", "/filings/atom.xml": "filings", "/api/posts": "social"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to a client."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Demo:
    """The sites and the receiver, without the sockets. The story starts at the first request for any of its feeds."""

    def __init__(self, secret: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._showing: Showing | None = None
        self._asked: Counter[str] = Counter()
        self.deliveries = Deliveries(secret, now)

    def get(self, target: str, headers: Mapping[str, str], site: str) -> Answer:
        """Answer a GET; `site` is our own address as the client knows it, without a slash at the end."""
        parts = urlsplit(target)
        if parts.path in SITE_OF:
            return self._feed(parts.path, parse_qs(parts.query), headers, site)
        if parts.path == "/webhooks":
            return _json(self.deliveries.listed())
        if parts.path == "/health":
            return Answer(200, b"ok\n")
        if parts.path == "/":
            body = page(self.deliveries.listed(), self.deliveries.refused, self._about())
            return Answer(200, body, "text/html; charset=utf-8")
        return Answer(404, b"not here\n")

    def post(self, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a POST; only webhooks are taken."""
        if urlsplit(target).path != "/webhooks":
            return Answer(404, b"not here\n")
        status, said = self.deliveries.receive(body, headers)
        return Answer(status, f"{said}\n".encode())

    def _feed(self, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], site: str) -> Answer:
        now = self._now()
        with self._lock:
            showing = self._showing = self._showing or Showing(now)
            self._asked[path] += 1
            asked = self._asked[path]
        if path == "/filings/atom.xml" and asked % BUSY_EVERY == 3:
            return Answer(429, b"too many requests\n", headers={"Retry-After": str(BUSY_WAIT_S)})
        items = showing.visible(SITE_OF[path], now)
        if path == "/api/posts":
            return _json_page(sites.page(showing, items, query.get("after", [""])[0], _limit(query), site))
        tag = sites.etag(showing, items)
        validators = {"ETag": tag, "Last-Modified": sites.last_modified(items, showing)}
        if headers.get("If-None-Match") == tag:
            return Answer(304, headers=validators)
        if path == "/news/rss.xml":
            return Answer(200, sites.rss(showing, items, site), "application/rss+xml; charset=utf-8", validators)
        return Answer(200, sites.atom(showing, items, site), "application/atom+xml; charset=utf-8", validators)

    def _about(self) -> str:
        showing = self._showing
        if showing is None:
            return "The trading day begins when its feeds are first read."
        minutes, seconds = divmod(int((self._now() - showing.started_at).total_seconds()), 60)
        return f"The trading day has been playing for {minutes}:{seconds:02d} minutes."


def _limit(query: Mapping[str, list[str]]) -> int:
    said = query.get("limit", [""])[0]
    return min(int(said), MOST_ITEMS) if said.isascii() and said.isdigit() and int(said) else MOST_ITEMS


def _json(content: object) -> Answer:
    return _json_page(json.dumps(content, ensure_ascii=False).encode())


def _json_page(body: bytes) -> Answer:
    return Answer(200, body, "application/json; charset=utf-8")


class DemoServer(ThreadingHTTPServer):
    """Serves one `Demo`; `shutdown()` and `server_close()` end it."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], demo: Demo) -> None:
        self.demo = demo
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # a client that connects and says nothing does not keep its thread
    server: DemoServer

    def do_GET(self) -> None:
        site = f"http://{self.headers.get('Host') or '127.0.0.1'}"
        self._answer(self.server.demo.get(self.path, dict(self.headers), site))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._answer(Answer(413, b"a body of known and modest length is needed\n"))
            return
        body = self.rfile.read(int(length))
        self._answer(self.server.demo.post(self.path, dict(self.headers), body))

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        print(f"{self.log_date_time_string()} {format % args}", flush=True)
