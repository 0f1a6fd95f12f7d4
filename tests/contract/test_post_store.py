"""Posts are stored once, and their rollups count just those that were really inserted."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from core.near import mark
from core.posts import Channel
from core.replies import DraftRequest
from core.rollups import Cell, rollups
from core.scoring import EmotionFamily, ScoredPost, Sentiment, Unjudged, unscored
from tests.builders import NOON, ids, make_duplicate, make_post, make_scored, make_scores
from tests.contract.conftest import Stores


def make_request(scored: ScoredPost, priority: float = 0.5) -> DraftRequest:
    return DraftRequest(scored.post.post_id, "an angry customer", priority, NOON)


def test_what_was_recorded_is_read_back_as_it_was(stores: Stores) -> None:
    plain = make_scored("1", entities=("HBR", "ACME"), url="https://example.com/1", masked=2)
    bare = make_scored("2", author_key=None, language=None, scores=make_scores(emotions=()))
    repeat = make_duplicate(plain, "3", channel=Channel.NEWS)
    silent = unscored(make_post("4", text=""), Unjudged.EMPTY)
    kept = [plain, bare, repeat, silent]

    recorded = stores.posts.record(kept, [])

    assert sorted(recorded.inserted) == sorted(ids(kept))
    assert {s.post.post_id: s for s in stores.posts.stored(ids(kept))} == {s.post.post_id: s for s in kept}


def test_a_batch_that_is_delivered_again_changes_nothing(two_workers: tuple[Stores, Stores]) -> None:
    batch = [make_scored(str(n), entities=("HBR",)) for n in range(20)]
    requests = [make_request(scored) for scored in batch[:5]]
    assert two_workers[0].posts.record(batch, requests).drafts_requested == 5

    again = two_workers[1].posts.record(batch, requests)

    assert (again.inserted, again.drafts_requested) == ((), 0)
    assert two_workers[0].verify_rollups() == []


def test_an_id_that_stands_twice_in_a_batch_counts_once_and_the_first_wins(stores: Stores) -> None:
    first = make_scored("1", text="the first of the two with this id")
    second = ScoredPost(make_post("1", text="the other"), make_scores(Sentiment.POSITIVE))

    recorded = stores.posts.record([first, second], [])

    assert recorded.inserted == (first.post.post_id,)
    assert stores.posts.stored(recorded.inserted) == [first]
    assert stores.verify_rollups() == []


def test_a_post_that_is_stored_is_not_written_over(stores: Stores) -> None:
    first = make_scored("1")
    stores.posts.record([first], [])

    stores.posts.record([replace(first, scores=make_scores(Sentiment.POSITIVE))], [make_request(first)])

    assert stores.posts.stored([first.post.post_id]) == [first]
    with stores.drafts.requested(10) as waiting:
        assert list(waiting) == []


def test_an_empty_batch_and_unknown_ids_are_no_error(stores: Stores) -> None:
    assert stores.posts.record([], []).inserted == ()
    assert stores.posts.stored([]) == stores.posts.stored(["f" * 32]) == []
    assert stores.posts.firsts([], NOON) == {}


def test_only_posts_of_the_batch_get_a_draft_request(stores: Stores) -> None:
    stranger = make_scored("99")

    assert stores.posts.record([make_scored("1")], [make_request(stranger)]).drafts_requested == 0


def test_the_first_post_with_a_fingerprint_is_the_earliest_original_since_then(stores: Stores) -> None:
    text = "the app of harbor bank is down again"
    old = make_scored("old", text=text, published_at=NOON - timedelta(hours=49))
    first = make_scored("first", text=text, published_at=NOON, scores=make_scores(topic="first"))
    later = make_scored("later", text=text, published_at=NOON + timedelta(minutes=1))
    repeat = make_duplicate(first, "repeat", published_at=NOON - timedelta(minutes=1))
    stores.posts.record([old, later, repeat, first], [])
    assert first.fingerprint is not None

    found = stores.posts.firsts([first.fingerprint, "0" * 32], NOON - timedelta(hours=48))

    assert found == {first.fingerprint: (first.post.post_id, first.scores)}


def test_a_first_without_scores_is_found_too(stores: Stores) -> None:
    foreign = unscored(make_post("1", text="Die App der Hafenbank ist wieder kaputt"), Unjudged.LANGUAGE)
    stores.posts.record([foreign], [])
    assert foreign.fingerprint is not None

    assert stores.posts.firsts([foreign.fingerprint], NOON) == {foreign.fingerprint: (foreign.post.post_id, None)}


def make_random_post(rng: random.Random, number: int) -> ScoredPost:
    """Some post, always the same for a number."""
    made = make_post(
        str(number),
        published_at=NOON + timedelta(seconds=rng.randrange(-600, 120), microseconds=rng.randrange(1_000_000)),
        author_key=rng.choice(["ann", "bob", "cem", None]),
        channel=rng.choice(list(Channel)),
        source=rng.choice(["demo-news", "demo-social"]),
        entities=tuple(rng.choices(["HBR", "ACME", "ZED"], k=rng.randrange(4))),
    )
    if rng.random() < 0.15:
        return unscored(made, Unjudged.LANGUAGE)
    scores = make_scores(
        rng.choice(list(Sentiment)), topic=rng.choice(["Earnings", "Macro"]), family=rng.choice(list(EmotionFamily))
    )
    return ScoredPost(made, scores, duplicate_of="e" * 32 if rng.random() < 0.2 else None)


@pytest.mark.parametrize("seed", range(3))
def test_rollups_equal_a_count_over_the_posts_after_overlapping_batches_of_two_workers(
    two_workers: tuple[Stores, Stores], seed: int
) -> None:
    rng = random.Random(seed)
    kinds = [make_random_post(rng, number) for number in range(300)]
    # each post in about four batches, in another order each time, so that the two meet on the same rows
    batches = [rng.sample(kinds, k=rng.randint(1, 60)) for _ in range(40)]

    def work(worker: Stores, mine: list[list[ScoredPost]]) -> list[str]:
        return [post_id for batch in mine for post_id in worker.posts.record(batch, []).inserted]

    with ThreadPoolExecutor(2) as threads:
        inserted = list(threads.map(work, two_workers, (batches[::2], batches[1::2])))

    sent = {scored.post.post_id for batch in batches for scored in batch}
    assert sorted(inserted[0] + inserted[1]) == sorted(sent)
    assert two_workers[0].verify_rollups() == []
    counted = rollups(scored for scored in kinds if scored.post.post_id in sent)
    total = sum(counts.posts for cell, counts in counted.items() if cell.dimension == "total")
    assert total == len(sent)


def test_a_repeat_counts_as_a_duplicate_under_the_topic_of_its_first(stores: Stores) -> None:
    first = make_scored("1", scores=make_scores(topic="Macro"), entities=("HBR",))
    stores.posts.record([first, make_duplicate(first, "2", entities=("HBR",))], [])

    assert stores.verify_rollups() == []
    kept = rollups(stores.posts.stored([first.post.post_id, make_post("2").post_id]))
    macro = kept[Cell("topic", "Macro", NOON)]
    assert (macro.posts, macro.negative, macro.duplicates) == (2, 1, 1)


STORY = "Harborline says that its payment app is down for all customers in the north of the country since this morning"


def bands(text: str) -> tuple[int, ...]:
    found = mark(text)
    assert found is not None
    return found.bands


def test_original_posts_that_share_a_band_are_found_within_the_span_oldest_first(stores: Stores) -> None:
    old = make_scored("1", text=STORY, published_at=NOON - timedelta(hours=50))
    first = make_scored("2", text=f"Breaking: {STORY}", published_at=NOON - timedelta(hours=2))
    second = make_scored("3", text=f"{STORY} again", published_at=NOON - timedelta(hours=1))
    others = [
        make_duplicate(first, "4"),
        unscored(make_post("5", text=STORY), Unjudged.LANGUAGE),
        make_scored("6", text="The chairman of Quillon speaks at noon about the results of the year"),
        make_scored("7", text="so angry"),
    ]
    stores.posts.record([second, old, first, *others], [])

    assert stores.posts.near(bands(STORY), NOON - timedelta(hours=48)) == [first, second]
    assert stores.posts.near([1, 2, 3], NOON - timedelta(hours=48)) == []
    assert stores.posts.near([], NOON) == []


def test_among_thousands_of_bands_each_post_is_found_once(stores: Stores) -> None:
    first = make_scored("1", text=STORY)
    stores.posts.record([first], [])
    own, others = bands(STORY), list(range(1_000))

    for before in (0, 290, 300, 310, 1_000):  # in one part of the look-up, in two, and in the last
        assert stores.posts.near([*others[:before], *own, *others[before:]], NOON - timedelta(hours=48)) == [first]
