"""What is pushed to us: only what is signed, each item once, and an answer when Kafka has it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from core.errors import BrokerUnavailable, SetupError
from core.posts import Channel
from core.sources import Kind, make_source
from groundswell.push import build
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.push import MOST_BYTES, Answer, Door, receive
from storage.memory import Memory
from tests.builders import NOON
from tests.fakes import ManualClock, RecordingPublisher

OLD, NEW = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZA==", "whsec_bmV3LW5ldy1uZXctbmV3LW5ldw=="
DOOR = Door.of(make_source("desk", Kind.PUSH, key="PUSH_SECRET"), f"{OLD} {NEW}")


def item(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "text": f"card 4111 1111 1111 1111 of {number} is refused",
        "created_at": NOON.isoformat(),
    } | changes


def signed(body: bytes, secret: str = NEW, at: datetime | None = None) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body.decode()),
    }


class Bench:
    """One door, with the same store and broker for the next message."""

    def __init__(self, *errors: BrokerUnavailable) -> None:
        self.store, self.publisher = Memory(), RecordingPublisher(*errors)

    def take(self, door: Door, headers: Mapping[str, str], body: bytes) -> Answer:
        composer = Composer(read_watchlist(), "key")
        return receive(
            door,
            headers,
            body,
            store=self.store.sources,
            publisher=self.publisher,
            composer=composer,
            now=ManualClock(),
        )

    def push(self, content: object, **signing: Any) -> Answer:
        body = json.dumps(content).encode()
        return self.take(DOOR, signed(body, **signing), body)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signed_message_is_published_masked_and_as_a_customer_s(secret: str) -> None:
    bench = Bench()
    assert bench.push({"items": [item(1), item(2, channel="news")]}, secret=secret) == Answer(
        202, {"published": 2, "repeats": 0, "rejected": 0}
    )
    first, second = bench.publisher.posts
    assert first.text == "card [card] of 1 is refused"
    assert (first.source, first.channel, second.channel) == ("desk", Channel.CUSTOMER, Channel.NEWS)


@pytest.mark.parametrize("content", [item(1), [item(1)], {"items": [item(1), item(1)]}])
def test_one_item_or_a_list_and_each_once(content: object) -> None:
    bench = Bench()
    bench.push(content)
    bench.push(content)
    assert len(bench.publisher.posts) == 1


def test_an_item_of_the_wrong_form_is_named_and_the_others_stay() -> None:
    bench = Bench()
    answer = bench.push([item(1), {"id": 2}, "no item"])
    assert answer.said == {
        "published": 1,
        "repeats": 0,
        "rejected": 2,
        "reasons": ["the item has no 'text'", "the item is a str, not an object"],
    }
    assert len(bench.publisher.dead) == 2


STRANGERS: list[Callable[[], dict[str, str]]] = [
    dict,
    lambda: signed(b'{"another": "body"}'),
    lambda: signed(b"[]", secret="whsec_YW5vdGhlci1hbm90aGVyLWFub3RoZXI="),
    lambda: signed(b"[]", at=datetime.now(UTC) - timedelta(minutes=6)),
    lambda: signed(b"[]", at=datetime.now(UTC) + timedelta(minutes=6)),
    lambda: {**signed(b"[]"), "webhook-id": "msg_2"},
    lambda: {**signed(b"[]"), "webhook-timestamp": "soon"},
]


@pytest.mark.parametrize("headers", STRANGERS)
def test_what_is_not_signed_by_us_is_not_read(headers: Callable[[], dict[str, str]]) -> None:
    bench = Bench()
    assert bench.take(DOOR, headers(), b"[]").status == 401
    assert bench.publisher.calls == []


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"5", b'{"items": 5}', b"[" * 100_000, json.dumps([{}] * 1_001).encode()]
)
def test_what_is_no_list_of_items_is_refused(body: bytes) -> None:
    assert Bench().take(DOOR, signed(body), body).status == 400


def test_what_kafka_does_not_take_is_not_remembered_and_may_be_sent_again() -> None:
    bench = Bench(BrokerUnavailable("down"))
    assert bench.push([item(1)]).status == 503
    assert bench.push([item(1)]).said["published"] == 1


def test_a_secret_of_another_form_is_refused_at_the_start() -> None:
    for secret in ("whsec_no base64!", "whsec_c2hvcnQ=", "", "whsec_"):
        with pytest.raises(SetupError, match="PUSH_SECRET is not"):
            Door.of(DOOR.source, secret)


async def _over_http(bench: Bench) -> None:
    application = build({"desk": DOOR}, bench.take)
    body, again = (json.dumps([item(number)]).encode() for number in (1, 2))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://push") as client:
        assert (await client.post("/push/desk", content=body, headers=signed(body))).status_code == 202
        assert (await client.post("/push/desk", content=body)).status_code == 401
        assert (await client.post("/push/other", content=body, headers=signed(body))).status_code == 404
        assert (await client.post("/push/desk", content=b"x" * (MOST_BYTES + 1))).status_code == 413
        assert (await client.get("/health")).json() == {"sources": 1}
        bench.publisher = RecordingPublisher(BrokerUnavailable("down"))
        assert (await client.post("/push/desk", content=again, headers=signed(again))).headers["Retry-After"] == "5"


def test_over_http_a_message_is_taken_a_stranger_is_not_and_a_long_one_is_cut_off() -> None:
    asyncio.run(_over_http(Bench()))
