"""One worker's share of judging posts again: after new posts, in small parts, and by the model that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from core.rescoring import Order
from core.scoring import ScoredPost, Scores, Unjudged, unscored
from storage.memory import Memory
from stream.rescoring import PART, Rescorer
from tests.builders import ids, make_post, make_scored, make_scores
from tests.fakes import FakeClassifier


class Replacing:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, tuple[str, ...], Mapping[str, Scores], str]] = []

    def replace(self, rescoring_id: int, post_ids: Sequence[str], judged: Mapping[str, Scores], version: str) -> int:
        self.calls.append((rescoring_id, tuple(post_ids), dict(judged), version))
        return len(judged)


def rescorer(
    posts: Sequence[ScoredPost], classifier: FakeClassifier, is_behind: Callable[[], bool] = lambda: False,
    stop: Event | None = None,
) -> tuple[Rescorer, Replacing]:  # fmt: skip
    memory, store = Memory(), Replacing()
    memory.posts.record(posts, [])
    made: Any = Rescorer(memory.posts, store, classifier, is_behind, lambda call: call(), stop or Event())  # type: ignore[arg-type]
    return made, store


def old(count: int) -> list[ScoredPost]:
    return [make_scored(str(number), make_scores(model_version="fake-0")) for number in range(count)]


def test_an_order_is_judged_in_small_parts_and_replaced_at_once() -> None:
    posts, classifier = old(40), FakeClassifier()
    one, store = rescorer(posts, classifier)

    assert one.work(Order(7, "fake-1", tuple(ids(posts)))) == 40

    assert [len(batch) for batch in classifier.batches] == [PART, PART, 8]
    ((rescoring_id, post_ids, judged, version),) = store.calls
    assert (rescoring_id, set(post_ids), version) == (7, set(ids(posts)), "fake-1")
    assert {scores.model_version for scores in judged.values()} == {"fake-1"}


def test_what_is_current_is_not_judged_but_lends_its_scores_to_repeats() -> None:
    posts = [make_scored("1", make_scores(model_version="fake-1")), *old(1), unscored(make_post("u"), Unjudged.EMPTY)]
    classifier = FakeClassifier()
    one, store = rescorer(posts, classifier)

    one.work(Order(7, "fake-1", tuple(ids(posts))))

    assert classifier.batches == [[posts[1].post.text]]
    assert set(store.calls[0][2]) == set(ids(posts[:2]))


def test_nothing_is_judged_while_new_posts_wait() -> None:
    classifier = FakeClassifier()
    waits = iter([False, True, True, True, False, False])
    seen: list[int] = []

    def is_behind() -> bool:
        seen.append(len(classifier.batches))
        return next(waits)

    posts = old(40)
    one, _ = rescorer(posts, classifier, is_behind)

    assert one.work(Order(7, "fake-1", tuple(ids(posts)))) == 40
    assert seen == [0, 1, 1, 1, 1, 2]


def test_a_worker_that_stops_leaves_its_order_undone() -> None:
    stop = Event()
    stop.set()
    for is_behind in (lambda: True, lambda: False):
        one, store = rescorer(old(3), FakeClassifier(), is_behind, stop)
        assert one.work(Order(7, "fake-1", tuple(ids(old(3))))) is None
        assert store.calls == []


def test_an_order_for_a_model_that_does_not_come_is_left() -> None:
    one, store = rescorer(old(3), FakeClassifier())

    assert replace(one, swap_wait_s=0.0).work(Order(7, "fake-9", tuple(ids(old(3))))) == 0
    assert store.calls == []
