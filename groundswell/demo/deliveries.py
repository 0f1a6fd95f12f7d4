"""Receives webhooks as a careful receiver would: the signature is checked before a word of the body is believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

MOST_KEPT: Final = 500
MAX_BODY_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, however often it arrived."""

    id: str
    received_at: str
    times: int
    """A sender that saw no answer sends again, with the same id."""
    payload: Any


class Deliveries:
    """What arrived, newest last; only what bears a valid signature."""

    def __init__(self, secret: str, now: Callable[[], datetime]) -> None:
        self._webhook = Webhook(secret)
        self._now = now
        self._lock = Lock()
        self._kept: dict[str, Delivery] = {}
        self.refused = 0

    def receive(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Take one request; returns the HTTP status and a sentence."""
        try:
            payload = self._webhook.verify(body, dict(headers))
        except (json.JSONDecodeError, UnicodeDecodeError):
            return 400, "the body is not JSON"
        except (WebhookVerificationError, ValueError) as exc:  # ValueError: a signature that is no base64
            self.refused += 1
            return 401, f"refused: {exc}"
        self._keep({name.lower(): value for name, value in headers.items()}["webhook-id"], payload)
        return 200, "received"

    def _keep(self, message_id: str, payload: Any) -> None:
        with self._lock:
            if (known := self._kept.get(message_id)) is not None:
                self._kept[message_id] = replace(known, times=known.times + 1)
                return
            self._kept[message_id] = Delivery(message_id, self._now().isoformat(), 1, payload)
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def listed(self) -> list[dict[str, Any]]:
        """JSON objects: id, received_at, times, payload."""
        with self._lock:
            return [asdict(delivery) for delivery in self._kept.values()]
