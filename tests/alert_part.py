"""One part of the alert chain as a process that a test may kill: `python -m tests.alert_part PART …`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from standardwebhooks.webhooks import Webhook

from core.alerting import Incident, IncidentState
from core.errors import Transient
from core.ports import Steps
from core.routing import Routing, route
from core.watched import Series
from storage.postgres import Database
from stream.outbox import send_due
from stream.webhook import WebhookNotifier, make_client

SECRET = "whsec_dGhlIHNlY3JldCBvZiBhIHRlc3QsIG5vdGhpbmcgZWxzZQ=="
LASTS = timedelta(seconds=1.5)
MOST_OPEN = 4


def utc_now() -> datetime:
    return datetime.now(UTC)


def worker(dsn: str, total: int) -> None:
    """Opens incident after incident and ends each a little later, as a detector would; `total` in all."""
    database, routing = Database(dsn), Routing(dashboard_url="http://127.0.0.1:8501")

    def decide(_series: Sequence[Series], still_open: Sequence[Incident]) -> Steps:
        now, opened = utc_now(), opened_so_far(database)
        ended = [
            replace(incident, state=IncidentState.RESOLVED, resolved_at=now, updated_at=now)
            for incident in still_open
            if now - incident.opened_at > LASTS
        ]
        new = [incident_number(opened, now)] if opened < total and len(still_open) < MOST_OPEN else []
        return Steps((*ended, *new))

    while True:
        now = utc_now()
        patiently(lambda now=now: database.incidents.step(decide, now, lambda standing: route(routing, standing, now)))
        time.sleep(0.05)


def opened_so_far(database: Database) -> int:
    return len(database.read("incidents", since=datetime(2000, 1, 1, tzinfo=UTC), count=100_000))


def incident_number(number: int, now: datetime) -> Incident:
    return Incident(
        f"incident-{number}", "entity", f"E{number}", IncidentState.FIRING, now, now, 7, 40, 1.0, 1e-9, 30,
        f"E{number}: 40 negative posts",
    )  # fmt: skip


def sender(dsn: str, url: str) -> None:
    """Sends what is due."""
    database = Database(dsn)
    notifier = WebhookNotifier(url, SECRET, 2.0, make_client(), allow_private=["127.0.0.1"])
    while True:
        patiently(lambda: send_due(database.outbox, notifier, utc_now, Random()))
        time.sleep(0.05)


def patiently(work: Callable[[], object]) -> None:
    """Once, or not at all where PostgreSQL is gone."""
    try:
        work()
    except Transient:
        time.sleep(0.2)


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
        case ["worker", dsn, total]:
            worker(dsn, int(total))
        case ["sender", dsn, url]:
            sender(dsn, url)
        case ["receiver", port, file]:
            receiver(int(port), Path(file))
