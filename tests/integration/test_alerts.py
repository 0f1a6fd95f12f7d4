"""From angry posts in a real PostgreSQL to a signed webhook at a real receiver, once."""

from __future__ import annotations

import json
from contextlib import closing

from standardwebhooks.webhooks import Webhook

from storage.postgres import Database
from tests.alerting import SECRET, StartTimers, angry, receiver, utc_now, workers
from tests.receiver import Receiver
from tests.services import wait_until

__all__ = ["receiver", "workers"]  # fixtures


def test_two_workers_send_one_signed_alert_for_one_surge(dsn: str, receiver: Receiver, workers: StartTimers) -> None:
    workers(0.1, 0.1)
    with closing(Database(dsn)) as database:
        database.posts.record(angry("HBNK", 20), [])
        wait_until(lambda: len(receiver.received) > 0, 20)
        database.posts.record(angry("HBNK", 60)[20:], [])
        settled = utc_now()
        wait_until(lambda: (utc_now() - settled).total_seconds() > 1.5, 5)
        (incident,) = database.incidents.open_incidents()

    (request,) = receiver.received
    body = Webhook(SECRET).verify(request.body, request.headers)
    assert body == json.loads(request.body)
    assert request.headers["webhook-id"].startswith("msg_")
    assert [alert["labels"]["incident"] for alert in body["alerts"]] == [incident.incident_id]
    assert (body["status"], body["commonLabels"]["entity"]) == ("firing", "HBNK")
    assert "app down" in body["commonAnnotations"]["terms"]
    assert incident.observed == 60
