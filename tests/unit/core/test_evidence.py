"""What a look reads of the stored posts: each thing once, and what the store itself would say."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from core import evidence
from core.evidence import StoredPosts, cause_of
from core.ports import IncidentStore
from core.posts import Channel
from core.scoring import ScoredPost
from core.surges import Kind
from storage.memory import Memory
from tests.builders import NOON, make_scored

HOUR = timedelta(hours=1)


def test_what_every_surge_is_compared_with_is_read_once_a_look() -> None:
    asked = []

    class Store:
        def evidence(self, dimension: str, key: str, *_: Any) -> Sequence[ScoredPost]:
            asked.append((dimension, key))
            return []

    posts = StoredPosts(cast("IncidentStore", Store()), NOON)
    for firm in ("AAA", "BBB"):
        posts.voices("entity", firm, Kind.NEGATIVE, NOON - HOUR)
        cause_of(("entity", firm), Kind.NEGATIVE, HOUR, NOON, posts)

    assert asked == [("entity", "AAA"), ("total", ""), ("entity", "BBB")]


def test_what_a_look_read_is_gone_with_it() -> None:
    posts = StoredPosts(Memory().incidents, NOON)
    posts.evidence("total", "", Kind.NEGATIVE, NOON - HOUR)
    gone = weakref.ref(posts)

    gc.disable()
    try:
        del posts
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("limit", [4, 500])
@pytest.mark.parametrize("ago", [0.0, 1.0, 5.5, 7.0, 48.0])
def test_it_is_what_the_store_says_of_any_time_and_however_much_is_read(
    limit: int, ago: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "EVIDENCE_POSTS", limit)
    store = Memory()
    channels = (Channel.SOCIAL, Channel.NEWS, Channel.CUSTOMER)
    store.posts.record(
        [
            make_scored(
                str(n), published_at=NOON - n * 0.75 * HOUR, entities=("HBR",), channel=channels[n % 3],
                author_key=("ann", "bob", None, None)[n % 4],
            )
            for n in range(20)
        ],
        [],
    )  # fmt: skip
    posts, since = StoredPosts(store.incidents, NOON), NOON - ago * HOUR

    for name in (("entity", "HBR"), ("channel", "news"), ("total", "")):
        found = posts.evidence(*name, Kind.NEGATIVE, since)
        assert found == store.incidents.evidence(*name, Kind.NEGATIVE, since, NOON, limit)
        assert posts.voices(*name, Kind.NEGATIVE, since) == store.incidents.voices(*name, Kind.NEGATIVE, since, NOON)
