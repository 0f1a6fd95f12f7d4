"""How long an alert takes, with the timers' real pace: 40 surges over 40 s."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from random import Random
from threading import Event

import pytest

from storage.postgres import Database
from tests.alerting import StartTimers, angry, receiver, utc_now, workers
from tests.receiver import Receiver
from tests.services import wait_until

__all__ = ["receiver", "workers"]  # fixtures


@pytest.mark.slow
@pytest.mark.bench
def test_an_alert_arrives_within_ten_seconds_of_the_post_past_the_line(
    dsn: str, receiver: Receiver, workers: StartTimers
) -> None:
    workers(5.0, 1.0)
    passed_at: dict[str, datetime] = {}
    rng, pause = Random(3), Event()
    with closing(Database(dsn)) as database:
        for n in range(40):
            pause.wait(rng.random() * 2)
            entity = f"BANK{n}"
            database.posts.record(angry(entity, 20), [])
            passed_at[entity] = utc_now()
        wait_until(lambda: len(receiver.received) >= 40, 60)

    waits_s = sorted(
        (request.at - passed_at[json.loads(request.body)["commonLabels"]["entity"]]).total_seconds()
        for request in receiver.received
    )
    print(f"alert latency, n = 40: median {waits_s[20]:.1f} s, p95 {waits_s[37]:.1f} s, longest {waits_s[-1]:.1f} s")
    assert waits_s[37] <= 10
