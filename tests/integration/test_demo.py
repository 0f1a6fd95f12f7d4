"""The demo's sites, scraped over HTTP like any others, into a real broker and a real database."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from standardwebhooks import Webhook

from core import wire
from core.errors import SourceUnavailable
from core.ports import ScrapeRun
from core.posts import Channel, Post, fingerprint
from core.scoring import reason_not_to_judge
from groundswell.demo.server import Demo, DemoServer
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.http import HttpFetch
from ingest.kafka import DEAD, RAW, KafkaPublisher, ensure_topics
from ingest.scrape import scrape
from ingest.sources import demo_sources
from storage.postgres import Database
from tests.contract.test_publisher import ends, read
from tests.fakes import ManualClock

SECRET = "whsec_Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWU="


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def port(clock: ManualClock) -> Iterator[int]:
    with DemoServer(("127.0.0.1", 0), Demo(SECRET, clock)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_whole_day_is_published_once_in_spite_of_a_busy_site_and_malformed_items(
    port: int, clock: ManualClock, kafka: str, postgres: Callable[[], str]
) -> None:
    ensure_topics(kafka)
    start = ends(kafka)
    database = Database(postgres())
    database.migrate()
    runs: list[ScrapeRun] = []
    busy: list[tuple[str, float | None]] = []
    for _ in range(20):
        for source in demo_sources(port):
            try:
                with HttpFetch(timeout_s=10, max_bytes=10_000_000) as fetch:
                    runs.append(
                        scrape(
                            source,
                            store=database.sources,
                            publisher=KafkaPublisher(kafka),
                            fetch=fetch,
                            composer=Composer(read_watchlist(), "key"),
                            now=clock,
                        )
                    )
            except SourceUnavailable as exc:
                busy.append((source.name, exc.retry_after_s))
        clock.advance(20)
    database.close()

    posts = list(chain.from_iterable(wire.decode(record).posts for record in read(kafka, RAW, start[RAW])))
    letters = [wire.decode_letter(record)[0] for record in read(kafka, DEAD, start[DEAD])]
    assert len(busy) >= 2
    assert set(busy) == {("demo-filings", 15.0)}
    assert len({post.post_id for post in posts}) == len(posts) == sum(run.published for run in runs)
    assert len(letters) == sum(run.rejected for run in runs) == 7
    assert all(run.fetched == run.published + run.repeats + run.rejected for run in runs)
    assert len(posts) >= 560
    _holds_what_the_story_promises(posts)


def _holds_what_the_story_promises(posts: list[Post]) -> None:
    everything = " ".join(post.text for post in posts)
    assert "4111" not in everything
    assert "WEST" not in everything
    assert all(word in everything for word in ("[card]", "[iban]", "[email]", "[phone]"))
    firms = {ticker for post in posts for ticker in post.entities}
    assert len(firms) == 10
    assert {post.channel for post in posts} == set(Channel)
    unjudged = [reason_not_to_judge(post) for post in posts]
    assert [unjudged.count(reason) for reason in ("empty", "only links")] == [1, 1]
    assert unjudged.count("another language") == 14
    marks = [mark for post in posts if (mark := fingerprint(post.text))]
    assert len(marks) - len(set(marks)) == 26  # the reposts, and nothing else
    bank = [post for post in posts if "HRBL" in post.entities and post.channel is not Channel.NEWS]
    begin = max(post.fetched_at for post in posts) - timedelta(seconds=380)
    outage = [post for post in bank if timedelta(seconds=30) <= post.published_at - begin <= timedelta(seconds=115)]
    assert len(outage) >= 110
    assert len({post.author_key for post in outage}) >= 60


def test_the_receiver_shows_what_bears_a_valid_signature_and_refuses_the_rest(port: int) -> None:
    body = json.dumps({"status": "firing", "commonAnnotations": {"summary": "Anger at <HRBL>", "examples": "“<b>”"}})
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", moment, body),
    }
    assert _post(port, body, headers) == 200
    assert _post(port, body, headers) == 200
    assert _post(port, body.replace("HRBL", "QLNC"), headers) == 401
    assert _post(port, body, headers | {"webhook-signature": "nonsense"}) == 401
    assert _post(port, body, {}) == 401
    (kept,) = json.loads(_get(port, "/webhooks"))
    assert (kept["id"], kept["times"], kept["payload"]) == ("msg_1", 2, json.loads(body))
    assert b"Anger at &lt;HRBL&gt;" in _get(port, "/")


def _get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        body: bytes = answer.read()
    return body


def _post(port: int, body: str, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks", body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status: int = answer.status
    except urllib.error.HTTPError as exc:
        with exc:
            status = exc.code
    return status
