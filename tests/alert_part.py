"""One part of the alert chain as a process that a test may kill: `python -m tests.alert_part PART …`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from standardwebhooks.webhooks import Webhook

from core.alerting import Incident
from core.errors import Transient
from core.evidence import StoredPosts
from core.incidents import decide
from core.ports import Steps
from core.routing import Routing, route
from core.scoring import ScoredPost
from core.watched import ENTITY, Series
from storage.postgres import Database
from stream.outbox import send_due
from stream.webhook import WebhookNotifier, make_client
from tests.builders import make_scored

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
FASTER = 60
POSTS_A_SURGE = 40
CENTURY = datetime(2000, 1, 1, tzinfo=UTC)


def fast_clock(began: str) -> Callable[[], datetime]:
    """A clock that all parts share, and on which a second is a minute: surges that begin and end within a test."""
    start = datetime.fromisoformat(began)

    def now() -> datetime:
        return start + FASTER * (datetime.now(UTC) - start)

    return now


def feeder(dsn: str, began: str, surges: str) -> None:
    """Stores surge after surge, each about an entity of its own, and each once however often it is killed."""
    database, clock = Database(dsn), fast_clock(began)

    def feed() -> bool:
        number = database.read("feeling", dimension="total", since=CENTURY, count=1)
        fed = number[0]["posts"] // POSTS_A_SURGE if number else 0
        if fed < int(surges):
            database.posts.record(angry(fed, clock()), [])
        return fed >= int(surges)

    while not patiently(feed):
        time.sleep(0.7)
    time.sleep(1_000)


def angry(number: int, now: datetime) -> list[ScoredPost]:
    return [
        make_scored(f"{number}-{n}", text=f"E{number} is down, case {n}", entities=(f"E{number}",), published_at=now)
        for n in range(POSTS_A_SURGE)
    ]


def worker(dsn: str, began: str) -> None:
    """Looks at the entities as a worker does."""
    database, clock, routing = Database(dsn), fast_clock(began), Routing(dashboard_url="http://127.0.0.1:8501")

    def step() -> None:
        now = clock()

        def decided(series: Sequence[Series], known: Sequence[Incident]) -> Steps:
            entities = [one for one in series if one.dimension == ENTITY]
            return decide(entities, known, now, StoredPosts(database.incidents, now))

        database.incidents.step(decided, now, lambda standing: route(routing, standing, now))

    while True:
        patiently(step)
        time.sleep(0.1)


def sender(dsn: str, began: str, url: str) -> None:
    """Sends what is due."""
    database, clock = Database(dsn), fast_clock(began)
    notifier = WebhookNotifier(url, SECRET, 2.0, make_client(), allow_private=["127.0.0.1"])
    while True:
        patiently(lambda: send_due(database.outbox, notifier, clock, Random()))
        time.sleep(0.05)


def patiently(work: Callable[[], object]) -> object:
    """Once, or not at all where PostgreSQL is gone."""
    try:
        return work()
    except Transient:
        time.sleep(0.2)
        return None


def receiver(port: int, file: Path) -> None:
    """As the standard asks of receivers: verify, drop an id that was seen, write down before answering."""
    seen = {json.loads(line)["id"] for line in file.read_text().splitlines()} if file.exists() else set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            payload = Webhook(SECRET).verify(body, {name.lower(): value for name, value in self.headers.items()})
            name = self.headers["webhook-id"]
            again = name in seen
            with file.open("a") as written:
                written.write(json.dumps({"id": name, "again": again, "payload": payload}) + "\n")
                written.flush()
                os.fsync(written.fileno())
            seen.add(name)
            time.sleep(Random().random() * 0.1)  # a kill finds answers that are on their way
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["feeder", dsn, began, surges]:
            feeder(dsn, began, surges)
        case ["worker", dsn, began]:
            worker(dsn, began)
        case ["sender", dsn, began, url]:
            sender(dsn, began, url)
        case ["receiver", port, file]:
            receiver(int(port), Path(file))
