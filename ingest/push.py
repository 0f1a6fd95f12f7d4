"""Takes items that somebody sends us: a signed POST in the form of Standard Webhooks, as our own webhooks are.

The body is one item, a list of them, or `{"items": [...]}`; an item is as in `ingest.sites.paged`. The answer comes
when Kafka has them. Sending the same once more changes nothing: an item's id decides.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.errors import SetupError, SourceRefused, Transient
from core.ports import Publisher, SourceStore
from core.sources import Source
from ingest.compose import Composer
from ingest.scrape import take_in
from ingest.sites.fields import read_items
from ingest.sites.paged import read_item

MOST_BYTES: Final = 2_000_000
MOST_ITEMS: Final = 1_000
LEAST_SECRET: Final = 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status of HTTP, and what is said."""

    status: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """One source that is pushed to us."""

    source: Source
    webhooks: tuple[Webhook, ...]
    """One a secret, so that a secret can be changed without a refusal."""

    @classmethod
    def of(cls, source: Source, secrets: str) -> Door:
        """Raises SetupError: a secret is not `whsec_` and base64."""
        try:
            are_long = [
                len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) >= LEAST_SECRET
                for secret in secrets.split()
            ]
        except ValueError:
            are_long = []
        if not are_long or not all(are_long):
            raise SetupError(f"{source.key} is not `whsec_` followed by base64 of {LEAST_SECRET} bytes or more")
        return cls(source, tuple(Webhook(secret) for secret in secrets.split()))

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """By one of our secrets, over id, time and body, in the last five minutes."""
        for webhook in self.webhooks:
            try:
                webhook.verify(body, dict(headers))
            except (json.JSONDecodeError, RecursionError):
                return True  # it reads the body after it has found the signature right
            except (WebhookVerificationError, ValueError):
                continue
            return True
        return False


def receive(
    door: Door,
    headers: Mapping[str, str],
    body: bytes,
    *,
    store: SourceStore,
    publisher: Publisher,
    composer: Composer,
    now: Callable[[], datetime],
) -> Answer:
    """Check a message, publish what is new in it, and say what became of each item."""
    if not door.is_signed(headers, body):
        return Answer(401, {"error": "the signature is not right, or older than five minutes"})
    try:
        offered = _offered(body)
    except SourceRefused as exc:
        return Answer(400, {"error": str(exc)})
    parsed = read_items(offered, lambda raw: read_item(raw, door.source))
    try:
        run = take_in(parsed, door.source, store=store, publisher=publisher, composer=composer, now=now)
    except Transient as exc:
        return Answer(503, {"error": f"not taken, send it again: {type(exc).__name__}"})
    reasons = [one.reason for one in parsed.rejected][:20]
    told = {"published": run.published, "repeats": run.repeats, "rejected": run.rejected}
    return Answer(202, {**told, "reasons": reasons} if reasons else told)


def _offered(body: bytes) -> list[Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise SourceRefused(f"the body is not JSON: {type(exc).__name__}") from exc
    if isinstance(content, dict):
        content = content.get("items", [content])
    if not isinstance(content, list) or len(content) > MOST_ITEMS:
        raise SourceRefused(f"the body is not an item or a list of at most {MOST_ITEMS:,}")
    return content
