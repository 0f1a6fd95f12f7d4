"""Messages that wait to be sent, without a server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from core.alerting import Notification
from storage.held import Held


class MemoryWaiting:
    """Fills `core.ports.Outbox`; `storage.sending.Waiting` is what it stands for."""

    def __init__(
        self,
        lock: threading.RLock,
        messages: dict[str, Notification],
        noun: str,
        due: Callable[[datetime], Sequence[Notification]],
    ) -> None:
        """
        Args:
            lock: of the tables.
            messages: by id; what is settled is put back there.
            noun: what a message is called in an error.
            due: those that may leave now, in their order; asked under the lock.
        """
        self._lock = lock
        self._messages = messages
        self._due = due
        self._held: Held[dict[str, Notification]] = Held(noun)

    @contextmanager
    def next_due(self, now: datetime) -> Iterator[Notification | None]:
        settled: dict[str, Notification] = {}
        with self._lock:
            found = [message for message in self._due(now) if message.notification_id not in self._held][:1]
            held = self._held.under((message.notification_id for message in found), settled)
            held.__enter__()
        try:
            yield found[0] if found else None
            with self._lock:
                self._messages.update(settled)
        finally:
            held.__exit__(None, None, None)

    def settle(self, notification: Notification) -> None:
        self._held[notification.notification_id][notification.notification_id] = notification
