"""An author who asks is forgotten: posts, drafts, quotes, and what was counted; the rest adds up."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest
from typer.testing import CliRunner

from core.alerting import Cause, First, Incident, IncidentState, Notification, NotificationState
from core.ports import Steps
from core.replies import DraftRequest
from groundswell.cli import build
from ingest.authors import author_key
from storage.postgres import Database
from storage.pruning import prune
from storage.removing import erase, erasures
from tests.builders import NOON, ids, make_scored

SECRET = "author-secret"
JO = author_key("jo_lane", "demo-social", SECRET)
WORDS = "I am Jo and my salary is gone again"


@pytest.fixture
def dsn(postgres: Callable[[], str]) -> str:
    """A database with three posts of Jo's, one of them quoted in an alert, and two of others."""
    address = postgres()
    with closing(Database(address)) as database:
        database.migrate()
        own = [make_scored(str(n), author_key=JO, text=f"{WORDS}, {n}", entities=("HRBL",)) for n in range(3)]
        others = [make_scored("other", entities=("HRBL",)), make_scored("nameless", author_key=None)]
        database.posts.record(
            [*own, *others], [DraftRequest(scored.post.post_id, "a complaint", 0.5, NOON) for scored in (*own, *others)]
        )
        quoted = [own[0], others[0]]
        cause = Cause(
            tuple(ids(quoted)), tuple(s.post.text for s in quoted), ("salary",), ("", "https://a.example"),
            first=First(own[0].post.post_id, "demo-social", NOON),
        )  # fmt: skip
        incident = Incident(
            "i" * 32,
            "entity",
            "HRBL",
            IncidentState.FIRING,
            NOON,
            NOON,
            5,
            9,
            1.0,
            0.001,
            5,
            "HRBL: 9 negative posts",
            cause,
        )
        message = Notification(
            "msg_1", incident.incident_id, "firing",
            {"alerts": [{"annotations": {"description": f"Posts: “{WORDS}, 0” and “{others[0].post.text}”"}}]},
            NotificationState.SENT, 1, NOON, sent_at=NOON, incident_ids=(incident.incident_id,),
        )  # fmt: skip
        database.incidents.step(lambda _s, _i: Steps((incident,), (message,)), NOON)
    return address


def everything(dsn: str) -> str:
    """All that PostgreSQL holds, as one text."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name != "erasures"]
        found = []
        for name in tables:
            cursor.execute(f"SELECT to_jsonb(t) FROM {name} AS t")
            found += [json.dumps(row, ensure_ascii=False) for (row,) in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_of_the_author_is_left_and_nothing_else_is_lost(dsn: str) -> None:
    done = erase(dsn, [JO or ""], "Jo, by letter", NOON, timedelta(days=8))
    assert done is not None
    assert done.posts == 3
    left = everything(dsn)
    assert JO not in left
    assert "salary is gone" not in left
    assert not any(make_scored(str(n)).post.post_id in left for n in range(3))
    with closing(Database(dsn)) as database:
        assert database.verify_rollups() == []
        assert len(database.posts.stored(ids([make_scored("other"), make_scored("nameless")]))) == 2
        (incident,) = database.incidents.open_incidents()
        assert incident.cause.post_ids == (make_scored("other").post.post_id,)
        assert incident.cause.links == ("https://a.example",)
        assert incident.cause.first is None
    (record,) = erasures(dsn)
    assert (record["asked_by"], record["posts"], record["kafka_until"]) == (
        "Jo, by letter",
        3,
        NOON + timedelta(days=8),
    )


def test_what_kafka_delivers_again_is_not_stored_again_and_what_comes_later_is(dsn: str) -> None:
    erase(dsn, [JO or ""], "Jo", NOON + timedelta(minutes=1), timedelta(days=8))
    again = make_scored("0", author_key=JO, text=f"{WORDS}, 0")
    later = replace(again, post=make_scored("9", author_key=JO, published_at=NOON + timedelta(hours=1)).post)
    with closing(Database(dsn)) as database:
        assert database.posts.record([again, later], []).inserted == (later.post.post_id,)
        assert database.verify_rollups() == []


def test_the_command_finds_the_author_in_every_source_and_keeps_a_record(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DSN", dsn)
    monkeypatch.setenv("GROUNDSWELL_AUTHOR_KEY", SECRET)
    app = build(["erase"])
    found = CliRunner().invoke(
        app, ["erase", "--author", "@Jo_Lane", "--asked-by", "Jo", "--yes"], catch_exceptions=False
    )
    assert found.output.startswith("3 posts are gone; Kafka's records expire by ")
    shown = CliRunner().invoke(app, ["erase", "--list"], catch_exceptions=False).output
    assert "3 posts  by Jo" in shown


def test_a_channel_may_be_kept_for_a_shorter_time(postgres: Callable[[], str]) -> None:
    address, old = postgres(), NOON - timedelta(days=40)
    with closing(Database(address)) as database:
        database.migrate()
        database.posts.record(
            [
                make_scored("old news", channel="news", published_at=old),
                make_scored("old customer", channel="customer", published_at=old),
                make_scored("new customer", channel="customer", published_at=NOON),
            ],
            [],
        )
        with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("UPDATE posts SET stored_at = published_at")
        removed = prune(address, NOON - timedelta(days=365), {"customer": NOON - timedelta(days=30)})
        assert removed["posts"] == 1
        kept = ids(
            database.posts.stored([make_scored(n).post.post_id for n in ("old news", "old customer", "new customer")])
        )
        assert sorted(kept) == sorted(ids([make_scored("old news"), make_scored("new customer")]))
        assert database.verify_rollups() == []
