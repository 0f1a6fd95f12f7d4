"""One half of the way from approval to helpdesk in a process of its own, to be killed by tests.

`python -m tests.handover_process approve DSN POST_ID` approves and kills itself as soon as that is committed;
`half` kills itself inside the approval's transaction; `send DSN URL SECRET` sends until it is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random

from core.reviews import Approval, Reviewer
from storage import reviews
from storage.postgres import Database
from stream.handover import hand_over
from stream.webhook import WebhookNotifier, make_client


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def now() -> datetime:
    return datetime.now(UTC)


def approve(dsn: str, post_id: str) -> None:
    database, ada = Database(dsn), Reviewer("Ada", "page-1")
    database.reviews.claim(post_id, ada, now(), timedelta(minutes=1))
    database.reviews.decide(post_id, Approval("We are very sorry."), ada, now())
    die()


def half(dsn: str, post_id: str) -> None:
    reviews._Hand._hand_over = die  # type: ignore[method-assign]
    approve(dsn, post_id)


def send(dsn: str, url: str, secret: str) -> None:
    database = Database(dsn)
    notifier = WebhookNotifier(url, secret, 20.0, make_client(), allow_private=("127.0.0.1",))
    while True:
        hand_over(database.handovers, notifier, now, Random())
        time.sleep(0.02)


if __name__ == "__main__":
    {"approve": approve, "half": half, "send": send}[sys.argv[1]](*sys.argv[2:])
