from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from core.errors import BrokerUnavailable, DatabaseUnavailable, DataRejected, ModelUnusable
from core.ports import Recorded
from core.posts import Post
from core.replies import DraftRequest
from core.scoring import ScoredPost, Sentiment, Unjudged
from core.wire import encode
from storage.memory import Memory
from stream.pipeline import judge, scored_posts, sort_out
from tests.builders import NOON, ids, make_post, make_posts, make_scored
from tests.fakes import Failing, FakeClassifier, RecordingPublisher
from tests.unit.stream.bench import Bench


class Fussy:
    """A store that refuses some posts, as PostgreSQL refuses a value, and passes on everything else."""

    def __init__(self, memory: Memory, refuses: Callable[[Post], bool], *errors: Any) -> None:
        self._store = memory.posts
        self._refuses = refuses
        self._door = Failing(*errors)
        self.transactions: list[int] = []

    def record(self, posts: Sequence[ScoredPost], requests: Sequence[DraftRequest]) -> Recorded:
        self.transactions.append(len(posts))
        self._door.fail()
        if any(self._refuses(scored.post) for scored in posts):
            raise DataRejected("PostgreSQL refuses a value")
        return self._store.record(posts, requests)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


ANGRY = "I am furious, the app is down again"


def test_a_batch_is_stored_scored_and_published():
    bench = Bench()
    posts = make_posts(3)
    outcome = bench.take(*posts)
    assert (outcome.read, outcome.stored, outcome.letters) == (3, 3, ())
    assert sorted(bench.stored()) == sorted(ids(posts))
    assert sorted(ids(bench.publisher.scored)) == sorted(ids(posts))
    assert bench.memory.verify_rollups() == []


def test_a_batch_of_several_records_is_one_pass_of_the_model():
    bench = Bench()
    bench.work(encode(make_posts(2)), encode(make_posts(3, first=2)))
    assert [len(texts) for texts in bench.classifier.batches] == [5]


def test_a_batch_that_is_delivered_again_changes_nothing_and_is_published_again():
    bench = Bench()
    posts = make_posts(3, text=ANGRY)
    bench.take(*posts)
    before = dict(bench.stored())
    again = bench.take(*posts)
    assert (again.stored, again.repeated, again.drafts) == (0, 3, 0)
    assert bench.stored() == before
    assert bench.memory.verify_rollups() == []
    assert len(bench.publisher.scored) == 6
    assert bench.classifier.batches[1] == []


def test_a_batch_half_of_which_is_known_stores_the_other_half():
    bench = Bench()
    posts = make_posts(4)
    bench.take(*posts[:2])
    outcome = bench.take(*posts)
    assert (outcome.stored, outcome.repeated) == (2, 2)
    assert bench.classifier.batches[1] == [post.text for post in posts[2:]]


def test_a_post_that_stands_twice_in_a_batch_is_stored_once():
    bench = Bench()
    outcome = bench.work(encode([make_post("1")]), encode([make_post("1")]))
    assert (outcome.read, outcome.stored, outcome.repeated) == (2, 1, 1)
    assert len(bench.publisher.scored) == 1


# near-duplicates


def test_a_repost_takes_over_the_scores_of_a_stored_first():
    bench = Bench()
    first, repost = make_post("1", text=ANGRY), make_post("2", text=f"RT @desk: {ANGRY.upper()}!!")
    bench.take(first)
    outcome = bench.take(repost)
    kept = bench.stored()[repost.post_id]
    assert (outcome.duplicates, kept.duplicate_of) == (1, first.post_id)
    assert kept.scores == bench.stored()[first.post_id].scores
    assert bench.classifier.batches[1] == []


def test_a_repost_within_a_batch_takes_over_the_scores_of_the_first():
    bench = Bench()
    posts = [make_post("1", text=ANGRY), make_post("2"), make_post("3", text=ANGRY)]
    assert bench.take(*posts).duplicates == 1
    assert bench.stored()[posts[2].post_id].duplicate_of == posts[0].post_id
    assert bench.classifier.batches == [[posts[0].text, posts[1].text]]


OUTAGE = "Harborline says that its payment app is down for all customers in the north of the country since this morning"


@pytest.mark.parametrize("at_once", [True, False])
def test_nearly_the_same_words_are_linked_to_the_first_and_not_judged(at_once):
    bench = Bench()
    first = make_post("1", text=OUTAGE)
    again = make_post("2", text=f"Breaking: {OUTAGE}", published_at=NOON + timedelta(hours=2), source="other")
    third = make_post("3", text=f"Breaking: {OUTAGE}!", published_at=NOON + timedelta(hours=3))
    if at_once:
        outcome = bench.take(first, again, third)
    else:
        bench.take(first)
        outcome = bench.take(again, third)
    assert outcome.duplicates == 2
    kept = bench.stored()
    assert [kept[post.post_id].duplicate_of for post in (again, third)] == [first.post_id] * 2
    assert kept[again.post_id].scores == kept[first.post_id].scores
    assert [text for texts in bench.classifier.batches for text in texts] == [OUTAGE]
    assert bench.memory.verify_rollups() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"text": f"{OUTAGE} 300 wait"},
        {"entities": ("QLNC",)},
        {"published_at": NOON + timedelta(hours=49)},
        {"text": OUTAGE.replace("payment app is down for all customers", "rates rise for everybody who saves")},
    ],
)
def test_other_figures_firms_days_and_words_are_another_story(changes):
    bench = Bench()
    bench.take(make_post("1", text=OUTAGE))
    assert bench.take(make_post("2", **({"text": f"Breaking: {OUTAGE}"} | changes))).duplicates == 0


@pytest.mark.parametrize(("hours", "duplicates"), [(47, 1), (49, 0)])
def test_the_same_words_are_news_again_after_48_hours(hours, duplicates):
    bench = Bench()
    bench.take(make_post("1", text=ANGRY))
    later = NOON + timedelta(hours=hours)
    assert bench.take(make_post("2", text=ANGRY, published_at=later)).duplicates == duplicates


def test_the_same_words_49_hours_apart_within_one_batch_are_two_originals():
    bench = Bench()
    later = NOON + timedelta(hours=49)
    posts = [make_post("1", text=ANGRY), make_post("2", text=ANGRY, published_at=later)]
    assert bench.take(*posts).duplicates == 0
    assert bench.classifier.batches == [[ANGRY, ANGRY]]


def test_an_old_post_in_the_batch_does_not_widen_the_window_of_the_others():
    bench = Bench()
    bench.take(make_post("1", text=ANGRY, published_at=NOON - timedelta(days=30)))
    very_old = make_post("2", published_at=NOON - timedelta(days=90))
    assert bench.take(very_old, make_post("3", text=ANGRY)).duplicates == 0


def test_two_people_who_say_thank_you_are_no_repost():
    bench = Bench()
    assert bench.take(make_post("1", text="Thank you!"), make_post("2", text="thank you")).duplicates == 0


def test_a_first_that_was_not_judged_has_no_scores_to_give():
    bench = Bench()
    bench.take(make_post("1", text=ANGRY, language="es"))
    bench.take(make_post("2", text=ANGRY))
    kept = bench.stored()[make_post("2").post_id]
    assert kept.scores is not None
    assert kept.duplicate_of is None


# posts that are not judged


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": ""}, Unjudged.EMPTY),
        ({"text": "https://example.com/a"}, Unjudged.ONLY_LINKS),
        ({"language": "es"}, Unjudged.LANGUAGE),
    ],
)
def test_a_post_that_the_model_cannot_read_is_stored_with_the_reason(changes, reason):
    bench = Bench()
    post = make_post("1", **changes)
    assert bench.take(post).unjudged == 1
    assert (bench.stored()[post.post_id].scores, bench.stored()[post.post_id].unjudged) == (None, reason)
    assert bench.classifier.batches == [[]]


def test_judged_posts_keep_the_order_they_came_in():
    posts = [make_post("1", text=""), make_post("2", text=ANGRY), make_post("3"), make_post("4", text=ANGRY)]
    new = sort_out(posts, {})
    assert ids(scored_posts(new, judge(new, FakeClassifier()))) == ids(posts)


# drafts


def test_a_draft_is_requested_in_the_transaction_that_stores_the_post():
    bench = Bench()
    assert bench.take(make_post("1", text=ANGRY), make_post("2", text="A great quarter")).drafts == 1
    assert list(bench.memory.tables.requests) == [make_post("1").post_id]


# malformed


def test_a_malformed_post_is_set_aside_and_the_others_of_its_record_are_stored():
    bench = Bench()
    body = json.loads(encode(make_posts(3)))
    body["posts"][1]["masked"] = -1
    outcome = bench.work(json.dumps(body).encode())
    [letter] = outcome.letters
    assert outcome.stored == 2
    assert (letter.origin, letter.error) == ("posts.raw/0/0/1", "MalformedPost")
    assert letter.reason.startswith("masked: ")
    assert json.loads(letter.body) == body["posts"][1]
    assert bench.publisher.dead == [letter]


def test_a_malformed_record_is_set_aside_and_the_others_of_its_batch_are_stored():
    bench = Bench()
    outcome = bench.work(b"\xff\xfe", encode(make_posts(2)), b"")
    assert outcome.stored == 2
    assert [(letter.origin, letter.body) for letter in outcome.letters] == [
        ("posts.raw/0/0", b"\xff\xfe"),
        ("posts.raw/0/2", b""),
    ]
    assert {letter.error for letter in outcome.letters} == {"MalformedRecord"}


def test_a_batch_without_a_good_post_is_finished_too():
    bench = Bench()
    outcome = bench.work(b"no", b"nor this")
    assert (outcome.read, len(outcome.letters)) == (0, 2)
    assert bench.publisher.calls == ["publish_dead"]


def test_letters_leave_before_the_scored_posts():
    bench = Bench()
    bench.work(b"no", encode(make_posts(1)))
    assert bench.publisher.calls == ["publish_dead", "publish_scored"]


# refused by the database


def test_a_post_that_the_database_refuses_is_found_by_halving_and_alone_set_aside():
    memory = Memory()
    poisonous = make_post("5")
    store = Fussy(memory, lambda post: post.post_id == poisonous.post_id)
    bench = Bench(store=store)
    posts = make_posts(8)
    outcome = bench.take(*posts)
    [letter] = outcome.letters
    assert (outcome.read, outcome.stored, outcome.repeated) == (8, 7, 0)
    assert sorted(memory.tables.posts) == sorted(set(ids(posts)) - {poisonous.post_id})
    assert (letter.error, letter.origin) == ("DataRejected", "posts.raw/0/0/5")
    assert Post.model_validate_json(letter.body).post_id == poisonous.post_id
    assert store.transactions == [8, 4, 4, 2, 1, 1, 2]
    assert poisonous.post_id not in ids(bench.publisher.scored)


def test_the_place_of_a_refused_post_counts_the_malformed_ones_before_it():
    memory = Memory()
    bench = Bench(store=Fussy(memory, lambda post: post.post_id == make_post("2").post_id))
    body = json.loads(encode(make_posts(3)))
    body["posts"][0] = None
    outcome = bench.work(json.dumps(body).encode())
    assert [letter.origin for letter in outcome.letters] == ["posts.raw/0/0/0", "posts.raw/0/0/2"]


# outages


def test_a_database_that_comes_back_is_waited_for():
    memory = Memory()
    store = Fussy(memory, lambda _post: False, DatabaseUnavailable("down"), DatabaseUnavailable("starting"))
    bench = Bench(store=store)
    assert bench.take(*make_posts(2)).stored == 2
    assert len(bench.retried) == 2


def test_posts_whose_commit_was_answered_by_a_broken_connection_are_published():
    memory = Memory()

    class Breaking(Fussy):
        """Commits, and loses the connection before it can say so; once."""

        def record(self, posts: Sequence[ScoredPost], requests: Sequence[DraftRequest]) -> Recorded:
            recorded = super().record(posts, requests)
            if len(self.transactions) == 1:
                raise DatabaseUnavailable("the connection broke during COMMIT")
            return recorded

    bench = Bench(store=Breaking(memory, lambda _post: False))
    posts = make_posts(2)
    bench.take(*posts)
    assert sorted(ids(bench.publisher.scored)) == sorted(ids(posts))


def test_a_broker_that_comes_back_is_waited_for():
    bench = Bench(publisher=RecordingPublisher(BrokerUnavailable("down")))
    bench.take(*make_posts(2))
    assert len(bench.publisher.scored) == 2


def test_a_crash_between_the_commit_and_the_publication_is_made_up_for_by_the_redelivery():
    bench = Bench(publisher=RecordingPublisher(ModelUnusable("stands for a crash")))
    posts = make_posts(2, text=ANGRY)
    with pytest.raises(ModelUnusable):
        bench.take(*posts)
    assert len(bench.stored()) == 2
    outcome = bench.take(*posts)
    assert outcome.repeated == 2
    assert sorted(ids(bench.publisher.scored)) == sorted(ids(posts))
    assert all(scored.scores is not None for scored in bench.publisher.scored)


def test_no_post_is_set_aside_for_a_classifier_that_is_broken():
    bench = Bench()

    def broken(_texts: Sequence[str]) -> Any:
        raise ModelUnusable("weights are damaged")

    bench.classifier.classify = broken  # type: ignore[method-assign]
    with pytest.raises(ModelUnusable):
        bench.take(make_post())
    assert bench.publisher.calls == []


def test_scores_belong_to_their_posts():
    angry, glad = make_post("1", text=ANGRY), make_post("2", text="A great quarter")
    bench = Bench()
    bench.take(angry, glad)
    sentiments = {post_id: kept.scores.sentiment for post_id, kept in bench.stored().items() if kept.scores}
    assert sentiments == {angry.post_id: Sentiment.NEGATIVE, glad.post_id: Sentiment.POSITIVE}


def test_a_score_that_is_missing_is_an_error_and_no_shift():
    class Short(FakeClassifier):
        def classify(self, texts: Sequence[str]) -> list[Any]:
            return super().classify(texts)[1:]

    with pytest.raises(ValueError, match="shorter"):
        judge(sort_out([make_post("1"), make_scored("2").post], {}), Short())
