"""A pipeline over fakes, for tests of what becomes of batches."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import Any

from core.posts import Post
from core.replies import DraftRequest
from core.scoring import ScoredPost, Sentiment
from core.wire import encode
from storage.memory import Memory
from stream.pipeline import Outcome, Pipeline, Prepared, Record, Settled, settle
from stream.retrying import retrying
from tests.fakes import FakeClassifier, ManualClock, RecordingPublisher


class Bench:
    """A pipeline over fakes, each within reach."""

    def __init__(self, publisher: RecordingPublisher | None = None, store: Any = None) -> None:
        self.memory = Memory()
        self.store = store or self.memory.posts
        self.classifier = FakeClassifier()
        self.publisher = publisher or RecordingPublisher()
        self.retried: list[Exception] = []
        self.offset = 0
        self.pipeline = Pipeline(
            classifier=self.classifier,
            store=self.store,
            publisher=self.publisher,
            request=request_when_angry,
            now=ManualClock(),
            retry=retrying(NoWait(), self.retried.append),
        )

    def work(self, *values: bytes) -> Outcome:
        return self.pipeline.work([self.record(value) for value in values])

    def take(self, *posts: Post) -> Outcome:
        """One record of posts."""
        return self.work(encode(posts))

    def prepared(self, posts: Sequence[Post], *ahead: Prepared) -> Prepared:
        """A batch of one record, behind others that are not stored."""
        return self.pipeline.prepare([self.record(encode(posts))], ahead)

    def settled(self, *batches: Sequence[Post]) -> list[Settled]:
        """Batches of one record each, none of them stored."""
        prepared: list[Prepared] = []
        for posts in batches:
            prepared.append(self.prepared(posts, *prepared))
        settled: list[Settled] = []
        for one in prepared:
            settled.append(settle(self.pipeline.judge(one), settled))
        return settled

    def record(self, value: bytes) -> Record:
        self.offset += 1
        return Record("posts.raw", 0, self.offset - 1, value)

    def stored(self) -> dict[str, ScoredPost]:
        return self.memory.tables.posts


class NoWait(Event):
    def wait(self, timeout: float | None = None) -> bool:
        return self.is_set()


def request_when_angry(scored: ScoredPost, now: Any) -> DraftRequest | None:
    if scored.scores is None or scored.scores.sentiment is not Sentiment.NEGATIVE or scored.duplicate_of:
        return None
    return DraftRequest(scored.post.post_id, "a complaint", 0.5, now)
