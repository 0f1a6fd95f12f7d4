"""The demo's day, read by the shipped model and watched as the workers watch: one incident, and it is the outage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.alerting import Incident, IncidentState
from core.posts import Channel, Post
from core.scoring import ScoredPost
from groundswell.demo.story import Offered, Showing
from ingest.compose import Composer
from ingest.entities import read_watchlist
from ingest.items import Item
from models.classifier import load_classifier
from storage.memory import Memory
from stream.pipeline import judge, scored_posts, sort_out
from stream.watch import look
from tests.builders import NOON

WEIGHTS = Path(__file__).parents[2] / "models" / "weights"
SITES = {"news": Channel.NEWS, "filings": Channel.NEWS, "social": Channel.SOCIAL}
SCRAPE_EVERY_S, LOOK_EVERY_S, LASTS_S = 20, 5, 40 * 60


def composed(showing: Showing, site: str, found: Offered, composer: Composer) -> Post:
    line = found.line
    channel = Channel(line.channel) if site == "social" else SITES[site]
    text = f"{showing.fill(line.title, found.id)}. {found.text}" if line.title else found.text
    item = Item(found.id, text, found.published_at, channel, author=line.author or None)
    return composer.compose(item, f"demo-{site}", found.published_at + timedelta(seconds=10))


@pytest.fixture(scope="module")
def scored() -> list[ScoredPost]:
    """Every post of the day with its scores, a repost with those of its first, in the order of publication."""
    showing, composer = Showing(NOON), Composer(read_watchlist(), "key")
    end = NOON + timedelta(seconds=LASTS_S)
    offered = [(site, found) for site in SITES for found in showing.visible(site, end)]
    whole = [(site, found) for site, found in offered if not found.line.malformed]
    posts = [composed(showing, site, found, composer) for site, found in whole]
    posts.sort(key=lambda post: (post.published_at, post.post_id))
    new = sort_out(posts, {})
    return scored_posts(new, judge(new, load_classifier(WEIGHTS, device="cpu")))


def showing_of(scored: list[ScoredPost]) -> Iterator[Incident]:
    """What the looks change, as posts come with the scrapes."""
    store, waiting = Memory(), list(scored)
    for second in range(0, LASTS_S, LOOK_EVERY_S):
        now = NOON + timedelta(seconds=second)
        if second % SCRAPE_EVERY_S == 0:
            here = [one for one in waiting if one.post.published_at <= now]
            waiting = waiting[len(here) :]
            store.posts.record(here, [])
        steps = look(store.incidents, now)
        assert steps is not None
        yield from steps.incidents


def test_the_day_has_one_incident_and_it_is_the_outage(scored: list[ScoredPost]) -> None:
    changes = list(showing_of(scored))

    opened = {one.incident_id: one for one in changes if one.state is IncidentState.FIRING}
    assert [(one.dimension, one.key) for one in opened.values()] == [("entity", "HRBL")]
    (incident,) = opened.values()
    assert timedelta(seconds=30) <= incident.opened_at - NOON <= timedelta(seconds=150)
    assert incident.authors >= 5
    assert [one.state for one in changes].count(IncidentState.RESOLVED) == 1
