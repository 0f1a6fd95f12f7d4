"""Pieces of pages: whatever a post holds, it is shown as text; figures say what to compare them with."""

from __future__ import annotations

from datetime import UTC, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.plans import Act, Line, Plan
from core.posts import Channel
from core.replies import Why
from dashboard import evidence, pieces, tables
from dashboard.figures import source_health
from tests.builders import NOON

HOSTILE = (
    '</bdi><script>alert(1)</script><img src="x" onerror=alert(2)> ![p](https://a.invalid/p.png) \u202e" onload="x'
)
OURS = {
    "article", "header", "footer", "span", "div", "time", "bdi", "details", "summary", "blockquote", "h3", "p", "b",
    "i", "br", "ol", "ul", "li", "code", "ins", "del", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects the tags and attributes of a page's piece."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def a_post(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "post_id": "p", "published_at": NOON, "source": "demo-social", "channel": "social", "text": "App down",
        "entities": ["HRBL"], "topic": "Markets", "sentiment": "negative", "p_negative": 0.9, "p_neutral": 0.07,
        "p_positive": 0.03, "family": "anger", "intent": "card_not_working", "repeats": 0,
    }  # fmt: skip
    return row | changes


def a_draft(**changes: Any) -> dict[str, Any]:
    return (
        a_post(
            request="anger in a message",
            priority=0.9,
            rank=0.9,
            draft="Sorry",
            writer="seed-1",
            state="ready",
            reason="entry x",
            claimed_by=None,
            note="",
            handover_state=None,
        )
        | changes
    )


def an_incident(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "incident_id": "i", "dimension": "entity", "key": "HRBL", "state": "firing",
        "opened_at": NOON - timedelta(minutes=12), "updated_at": NOON, "resolved_at": None, "severity": 8,
        "observed": 120, "expected": 4.0, "p_value": 1e-9, "authors": 96, "summary": "HRBL: 120 negative posts",
        "cause": {"terms": ["app down"], "excerpts": ["It is down"], "post_ids": []}, "webhook_state": "sent",
        "webhook_sent_at": NOON - timedelta(minutes=11), "webhook_attempts": 1, "webhook_error": None,
    }  # fmt: skip
    return row | changes


def a_message(state: str, error: str | None = None) -> dict[str, Any]:
    return {
        "sent_at": None,
        "due_at": NOON,
        "key": "HRBL",
        "event": "firing",
        "state": state,
        "attempts": 2,
        "last_error": error,
    }


HOSTILE_PIECES = {
    "post": lambda: pieces.post(
        a_post(text=HOSTILE, entities=[HOSTILE], topic=HOSTILE, channel=HOSTILE, family=HOSTILE), NOON, UTC
    ),
    "long post": lambda: pieces.post(a_post(text=HOSTILE + "x" * 10_000), NOON, UTC),
    "message": lambda: pieces.message(
        a_draft(text=HOSTILE, request=HOSTILE, reason=HOSTILE, intent=HOSTILE), NOON, UTC
    ),
    "queued": lambda: pieces.queued(
        a_draft(text=HOSTILE, entities=[HOSTILE], claimed_by=HOSTILE), NOON, UTC, on_desk=False
    ),
    "citations": lambda: evidence.citations(
        Plan("p", HOSTILE, HOSTILE, Channel.SOCIAL, "anger", 0.5, (Line(Act.ASK, HOSTILE, HOSTILE),), 280)
    ),
    "refusals": lambda: evidence.refusals(
        [{"writer": HOSTILE, "text": HOSTILE, "findings": [{"rule": HOSTILE, "quote": HOSTILE}]}]
    ),
    "difference": lambda: evidence.difference("We are sorry. " + HOSTILE, HOSTILE + " no"),
    "reply figures": lambda: tables.reply_figures(
        [{"by": "intent", "intent": HOSTILE, "decided": 1, "accepted": 1.0, "edit_distance": None, "minutes": None}]
    ),
    "incident": lambda: pieces.incident(
        an_incident(summary=HOSTILE, key=HOSTILE, cause={"terms": [HOSTILE], "excerpts": [HOSTILE]}), NOON, UTC
    ),
    "webhook": lambda: pieces.incident(an_incident(webhook_state="dead", webhook_error=HOSTILE), NOON, UTC),
    "headline": lambda: pieces.headline([an_incident(key=HOSTILE)], 1.0),
    "notifications": lambda: tables.notifications([a_message("dead", HOSTILE) | {"key": HOSTILE}], NOON, UTC),
    "decided": lambda: pieces.decided(
        [
            a_draft(text=HOSTILE, state="approved", final_text=HOSTILE, decided_at=NOON, decided_by=HOSTILE, reason=""),
            a_draft(state="rejected", final_text=None, decided_at=NOON, decided_by=None, reason=HOSTILE, note=HOSTILE),
        ],
        NOON,
        UTC,
    ),
    "ended": lambda: tables.ended([an_incident(key=HOSTILE, resolved_at=NOON)], NOON, UTC),
    "sources": lambda: tables.sources_short(
        source_health(
            [{"source": HOSTILE, "last_success": None, "last_error": HOSTILE, "published": 1}], NOON, timedelta(1)
        ),
        NOON,
    ),
}


@pytest.mark.parametrize("name", HOSTILE_PIECES)
def test_markup_from_outside_is_shown_and_never_becomes_markup(name: str) -> None:
    html = Tags(HOSTILE_PIECES[name]())
    assert html.tags <= OURS
    assert html.attributes <= {"class", "dir", "role", "style", "aria-hidden", "tabindex"}
    assert "<script>" in html.words or name == "long post"


def test_a_text_in_the_other_direction_does_not_turn_its_neighbours() -> None:
    assert pieces.safe("\u202eabc") == '<bdi dir="auto">\u202eabc</bdi>'


def test_a_long_text_is_folded_and_nothing_of_it_is_lost() -> None:
    text = "word " * 2_000
    html = Tags(pieces.folded(text))
    assert "details" in html.tags
    assert html.words.replace(" … more", "") == text
    assert "details" not in Tags(pieces.folded("short")).tags


def test_a_feeling_is_read_without_its_colour() -> None:
    assert "▼ negative 90%" in pieces.feeling(a_post())
    assert "▲ positive 97%" in pieces.feeling(a_post(sentiment="positive", p_positive=0.97))
    assert "not judged" in pieces.feeling(a_post(sentiment=None))


def test_an_incident_says_how_bad_since_when_how_far_why_and_whether_the_alert_went_out() -> None:
    words = Tags(pieces.incident(an_incident(), NOON, ZoneInfo("Europe/Berlin"))).words
    for part in (
        "Severity 8 of 10",
        "12:48 · 12 min",
        "120",
        "4.0",
        "30×",
        "96",
        "app down",
        "It is down",
        "delivered at 12:49",
    ):
        assert part in words


@pytest.mark.parametrize(
    ("state", "phrase"),
    [
        ("sent", "delivered"),
        ("pending", "waiting, 3 attempts"),
        ("dead", "could not be delivered"),
        (None, "No webhook"),
    ],
)
def test_every_state_of_a_webhook_has_its_phrase(state: str | None, phrase: str) -> None:
    assert phrase in pieces.webhook(an_incident(webhook_state=state, webhook_attempts=3), NOON, UTC)


def test_an_incident_that_is_usually_silent_does_not_divide_by_zero() -> None:
    words = Tags(pieces.incident(an_incident(expected=0.0), NOON, UTC)).words
    assert "usually next to none" in words
    assert "<0.1" in words


def test_the_headline_is_calm_known_or_alarmed() -> None:
    assert "Nothing unusual" in pieces.headline([], 5.0)
    known = Tags(pieces.headline([an_incident(state="acknowledged")], 5.0)).words
    assert "1 open incident, acknowledged: HRBL" in known
    alarmed = Tags(pieces.headline([an_incident(), an_incident(key="QLNC")], 5.0)).words
    assert "about HRBL is surging and 1 more incident" in alarmed


def test_the_headline_does_not_call_silence_calm() -> None:
    assert "Waiting for the first posts" in pieces.headline([], None)
    assert "No new post for 11 min" in pieces.headline([], 660.0)


def test_the_sentence_for_a_lost_database_names_the_age_of_the_figures() -> None:
    assert "from 12:00:00, 35 s ago" in pieces.gone(NOON, NOON + timedelta(seconds=35), UTC)
    assert "nothing could be read yet" in pieces.gone(None, NOON, UTC)


def test_a_line_of_bars_needs_something_to_show() -> None:
    assert pieces.spark([], "--x") == pieces.spark([0, 0], "--x") == ""
    assert pieces.spark([1, 2, 4], "--x").count("<i ") == 3


def test_a_message_from_someone_in_danger_is_marked() -> None:
    assert "▲ urgent" in pieces.message(a_draft(request=Why.CRISIS.value), NOON, UTC)
    assert "urgent" not in pieces.message(a_draft(), NOON, UTC)


def test_a_message_for_which_nothing_was_drafted_says_so_in_the_queue() -> None:
    assert "not drafted" in pieces.queued(a_draft(state="abstained"), NOON, UTC, on_desk=False)


def test_a_difference_shows_what_went_and_what_came_word_for_word() -> None:
    shown = evidence.difference("We are sorry. Call us.", "We are very sorry. Write to us.")
    gone = [part.split("</bdi>")[0] for part in shown.split('<del><bdi dir="auto">')[1:]]
    come = [part.split("</bdi>")[0] for part in shown.split('<ins><bdi dir="auto">')[1:]]
    assert gone == ["Call"]
    assert come == ["very ", "Write to"]


def test_no_difference_is_shown_where_nothing_was_changed_or_drafted() -> None:
    assert evidence.difference("We are sorry.", " We are sorry.\n") == ""
    assert evidence.difference("", "My own words.") == ""


def test_the_queue_says_who_has_a_draft_in_review() -> None:
    assert "in review by" in pieces.queued(a_draft(claimed_by="Ben"), NOON, UTC, on_desk=False)
    assert "in review by" not in pieces.queued(a_draft(claimed_by="me"), NOON, UTC, on_desk=True)


def test_a_verdict_says_how_far_the_reply_got() -> None:
    row = a_draft(state="edited", final_text="Hi", decided_at=NOON, decided_by="Ada", handover_state="sent")
    assert "handed over" in pieces.decided([row], NOON, UTC)
    assert "did not take it" in pieces.decided([row | {"handover_state": "dead"}], NOON, UTC)


def test_a_post_says_how_often_it_was_repeated_and_by_how_many() -> None:
    assert "repeated 12× by 3 authors" in pieces.post(a_post(repeats=12, voices=3), NOON, UTC)
    assert "repeated" not in pieces.post(a_post(), NOON, UTC)


def test_figures_of_all_drafts_together_stand_beside_those_by_writer() -> None:
    figures = {"decided": 4, "accepted": 0.75, "edit_distance": 0.1, "minutes": 5.0}
    shown = tables.reply_figures(
        [
            {"by": "all", "writer": None, "intent": None, **figures},
            {"by": "writer", "writer": "template", "intent": None, **figures},
        ]
    )
    assert "all drafts" in shown
    assert "template" in shown
    assert shown.count("75%") == 2
