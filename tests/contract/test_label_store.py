"""Labels of people: one a person stands, nothing is lost, and a person is asked what nobody else is being asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import LabelRefused
from core.label_queue import QueueItem, Why, wants_second
from core.labels import Label, NewLabel, Task
from core.posts import Channel
from core.registry import State
from core.replies import Draft, DraftRequest, DraftState
from core.reviews import Reason, Rejection, Reviewer
from core.scoring import ScoredPost
from core.shadowing import Shadowed
from storage.connections import Connections
from storage.postgres import Database
from storage.removing import remove
from tests.builders import NOON, make_duplicate, make_scored, make_scores
from tests.contract.test_model_store import add

MINUTE = timedelta(minutes=1)
POST = make_scored("1").post.post_id


def new(value: str = "neutral", by: str = "Ada", post_id: str = POST, **changes: Any) -> NewLabel:
    values: dict[str, Any] = {"task": Task.SENTIMENT, "said": ("negative",), "model_version": "fake-1"}
    return NewLabel(post_id, value=tuple(value.split()), by=by, **(values | changes))


@pytest.fixture
def labelled(database: Database) -> Database:
    """A database that holds the post."""
    database.posts.record([make_scored("1")], [])
    return database


def values(labels: list[Label]) -> list[tuple[str, str, bool]]:
    return [(label.by, " ".join(label.value), label.stands) for label in labels]


def test_a_label_is_kept_with_who_and_when_and_what_the_model_said(labelled: Database) -> None:
    label_id = labelled.labels.add(new(), NOON)

    assert labelled.labels.of_post(POST) == [
        Label(label_id, POST, Task.SENTIMENT, ("neutral",), "Ada", NOON, ("negative",), "fake-1")
    ]


def test_whoever_chooses_again_replaces_what_they_chose_and_it_is_kept(labelled: Database) -> None:
    first = labelled.labels.add(new("neutral"), NOON)
    second = labelled.labels.add(new("positive"), NOON + MINUTE)

    assert first != second
    assert values(labelled.labels.of_post(POST)) == [("Ada", "neutral", False), ("Ada", "positive", True)]
    assert [label.value for label in labelled.labels.standing()] == [("positive",)]


def test_the_same_choice_again_changes_nothing(labelled: Database) -> None:
    first = labelled.labels.add(new(), NOON)

    assert labelled.labels.add(new(), NOON + MINUTE) == first
    assert len(labelled.labels.of_post(POST)) == 1


def test_the_same_choice_of_what_another_model_says_is_a_new_one_with_its_own_time(labelled: Database) -> None:
    first = labelled.labels.add(new(), NOON)
    again = labelled.labels.add(new(model_version="fake-2"), NOON + MINUTE)

    assert first != again
    assert values(labelled.labels.of_post(POST)) == [("Ada", "neutral", False), ("Ada", "neutral", True)]
    (settled,) = labelled.labels.settled(NOON + MINUTE)
    assert (settled.labelled_at, settled.model_version, settled.people) == (NOON + MINUTE, "fake-2", ("Ada",))
    assert labelled.labels.add(new(model_version="fake-2"), NOON + 2 * MINUTE) == again


def test_an_older_choice_of_what_another_model_said_does_not_take_the_newer_ones_place(labelled: Database) -> None:
    newer = labelled.labels.add(new(model_version="fake-2"), NOON + MINUTE)

    assert labelled.labels.add(new(), NOON) == newer
    assert values(labelled.labels.of_post(POST)) == [("Ada", "neutral", True)]


def test_the_same_choice_brought_without_a_model_changes_nothing(labelled: Database) -> None:
    first = labelled.labels.add(new(), NOON)

    (answer,) = labelled.labels.add_all([(new(model_version="", said=()), NOON + MINUTE)], "Cleo", NOON + MINUTE)

    assert (answer.label_id, answer.is_new) == (first, False)


def test_a_label_is_undone_once_and_both_names_are_kept(labelled: Database) -> None:
    label_id = labelled.labels.add(new(), NOON)

    assert labelled.labels.undo(label_id, "Ben", NOON + MINUTE)
    assert not labelled.labels.undo(label_id, "Ada", NOON + 2 * MINUTE)

    (label,) = labelled.labels.of_post(POST)
    assert (label.stands, label.undone_by, label.undone_at) == (False, "Ben", NOON + MINUTE)
    assert labelled.labels.settled() == []
    assert labelled.labels.add(new(), NOON + 3 * MINUTE) != label_id


def test_what_is_no_label_or_no_post_is_refused(labelled: Database) -> None:
    with pytest.raises(LabelRefused, match="no label of sentiment"):
        labelled.labels.add(new("furious"), NOON)
    with pytest.raises(LabelRefused, match="there is no post"):
        labelled.labels.add(new(post_id="f" * 32), NOON)


def test_a_reposts_label_is_its_first_posts(labelled: Database) -> None:
    repost = make_duplicate(make_scored("1"), "2")
    orphan = make_duplicate(make_scored("gone"), "3")
    labelled.posts.record([repost, orphan], [])

    labelled.labels.add(new(post_id=repost.post.post_id), NOON)
    labelled.labels.add(new(post_id=orphan.post.post_id), NOON)

    assert values(labelled.labels.of_post(POST)) == values(labelled.labels.of_post(repost.post.post_id))
    assert {one.post_id for one in labelled.labels.settled()} == {POST, orphan.post.post_id}


def test_two_clicks_at_once_of_one_person_are_one_label(labelled: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        clicks = list(pool.map(lambda n: labelled.labels.add(new(), NOON + n * MINUTE), range(8)))

    assert len(set(clicks)) == 1


def test_of_many_choices_at_once_one_stands(labelled: Database) -> None:
    choices = ["negative", "neutral", "positive"] * 4
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: labelled.labels.add(new(choices[n]), NOON + n * MINUTE), range(12)))

    (stands,) = labelled.labels.standing()
    assert stands.value == ("positive",)  # the newest by its time, in whatever order they came


def test_one_value_a_post_and_task_is_settled_with_the_post_it_is_of(labelled: Database) -> None:
    labelled.labels.add(new("neutral", "Ada"), NOON)
    labelled.labels.add(new("negative", "Ben"), NOON + MINUTE)
    assert labelled.labels.settled() == []

    labelled.labels.add(new("negative", "Cleo"), NOON + 2 * MINUTE)
    labelled.labels.add(new("joy anger", "Ada", task=Task.EMOTION, said=("anger",)), NOON)

    emotion, sentiment = labelled.labels.settled()
    post = make_scored("1").post
    assert (sentiment.value, sentiment.people, sentiment.labelled_at) == (
        ("negative",), ("Ada", "Ben", "Cleo"), NOON + 2 * MINUTE,
    )  # fmt: skip
    assert (sentiment.text, sentiment.channel, sentiment.source, sentiment.language, sentiment.published_at) == (
        post.text, post.channel, post.source, "en", NOON,
    )  # fmt: skip
    assert (sentiment.said, sentiment.model_version) == (("negative",), "fake-1")
    assert (emotion.task, emotion.value) == (Task.EMOTION, ("anger", "joy"))


def test_what_is_settled_since_a_time_counts_every_label_of_it(labelled: Database) -> None:
    labelled.posts.record([make_scored("2")], [])
    labelled.labels.add(new("neutral", post_id=make_scored("2").post.post_id), NOON)
    labelled.labels.add(new("neutral", "Ada"), NOON)
    labelled.labels.add(new("neutral", "Ben"), NOON + MINUTE)

    (one,) = labelled.labels.settled(NOON + MINUTE)
    assert (one.post_id, one.people) == (POST, ("Ada", "Ben"))
    assert labelled.labels.settled(NOON + 2 * MINUTE) == []


def test_labels_brought_again_change_nothing_also_after_they_were_undone_or_replaced(labelled: Database) -> None:
    brought = [(new("neutral", "Ada"), NOON), (new("negative", "Ben"), NOON)]

    first = labelled.labels.add_all(brought, "Cleo", NOON)
    assert [one.is_new for one in first] == [True, True]
    labelled.labels.add(new("positive", "Ada"), NOON + MINUTE)
    assert first[1].label_id is not None
    labelled.labels.undo(first[1].label_id, "Ben", NOON + MINUTE)
    before = labelled.labels.of_post(POST)

    again = labelled.labels.add_all(brought, "Cleo", NOON)
    assert [(one.label_id, one.is_new) for one in again] == [(one.label_id, False) for one in first]
    assert labelled.labels.of_post(POST) == before


def test_a_label_that_is_older_than_what_stands_is_kept_as_replaced(labelled: Database) -> None:
    labelled.labels.add(new("positive"), NOON + MINUTE)

    (answer,) = labelled.labels.add_all([(new("neutral"), NOON)], "Cleo", NOON + 2 * MINUTE)

    assert answer.is_new
    assert values(labelled.labels.of_post(POST)) == [("Ada", "positive", True), ("Ada", "neutral", False)]


def test_of_labels_brought_together_a_bad_one_keeps_no_other_out(labelled: Database) -> None:
    answers = labelled.labels.add_all(
        [(new("furious"), NOON), (new("neutral"), NOON), (new(post_id="f" * 32), NOON), (new("negative"), NOON)],
        "Cleo",
        NOON,
    )

    assert [one.is_new for one in answers] == [False, True, False, False]
    assert "no label of sentiment" in answers[0].refused
    assert "there is no post" in answers[2].refused
    assert "one of them is wrong" in answers[3].refused


def test_pages_hold_every_label_that_stands_once(labelled: Database) -> None:
    for n, by in enumerate(("Ada", "Ben", "Cleo", "Dora", "Emil")):
        gone = labelled.labels.add(new(by=by), NOON + n * MINUTE)
    labelled.labels.undo(gone, "Emil", NOON)

    found, after = [], 0
    while page := labelled.labels.page(after, 3):
        found += [label.by for label, *_ in page]
        after = page[-1][0].label_id
    assert found == ["Ada", "Ben", "Cleo", "Dora"]
    assert labelled.labels.page(0, 1)[0][1:] == (make_scored("1").post.text, "social", "en")


def test_labels_go_with_their_post(labelled: Database, dsn: str) -> None:
    labelled.labels.add(new(), NOON)
    labelled.labels.pass_over(POST, Task.TOPIC, "Ada", NOON)

    with Connections(dsn).transaction() as transaction:
        remove(transaction, [make_scored("1")])

    assert labelled.labels.of_post(POST) == []


# The queue.


def post(name: str, at: datetime = NOON - MINUTE, channel: Channel = Channel.SOCIAL, **scores: Any) -> ScoredPost:
    return make_scored(
        name, make_scores(**scores), text=f"Post number {name} says this", channel=channel, published_at=at
    )


def names(items: list[QueueItem]) -> list[str]:
    return [item.post.post.text.split()[2] for item in items]


def test_the_least_certain_of_what_nobody_labelled_is_asked_first(database: Database) -> None:
    posts = [post(str(n), topic_p=0.3 + n / 20) for n in range(5)]
    database.posts.record(posts, [])
    database.labels.add(new("Macro", "Ben", posts[0].post.post_id, task=Task.TOPIC), NOON - 60 * timedelta(days=1))

    items = database.labels.next("Ada", 3, NOON, [Task.TOPIC])

    assert names(items) == ["1", "2", "3"]
    assert items[0].because == "the model is unsure: Company | Product News 35%"
    assert items[0].post == posts[1]


def test_two_people_are_not_asked_the_same_until_one_goes(database: Database) -> None:
    database.posts.record([post(str(n), topic_p=0.3 + n / 20) for n in range(4)], [])

    assert names(database.labels.next("Ada", 2, NOON, [Task.TOPIC])) == ["0", "1"]
    assert names(database.labels.next("Ben", 2, NOON, [Task.TOPIC])) == ["2", "3"]
    assert names(database.labels.next("Ada", 2, NOON + MINUTE, [Task.TOPIC])) == ["0", "1"]
    assert names(database.labels.next("Ben", 4, NOON + 12 * MINUTE, [Task.TOPIC])) == ["0", "1", "2", "3"]


def test_of_many_who_ask_at_once_each_is_asked_something_else(database: Database) -> None:
    database.posts.record([post(str(n), topic_p=0.3) for n in range(12)], [])

    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda n: names(database.labels.next(f"person {n}", 3, NOON, [Task.TOPIC])), range(4))

    assert sorted(name for items in asked for name in items) == sorted(str(n) for n in range(12))


def test_looking_holds_nothing(database: Database) -> None:
    database.posts.record([post("0")], [])

    assert len(database.labels.next("Ada", 1, NOON, [Task.TOPIC], hold_for=None)) == 1
    assert len(database.labels.next("Ben", 1, NOON, [Task.TOPIC])) == 1
    assert database.labels.next("Ada", 1, NOON, [Task.TOPIC], hold_for=None) == []


def test_what_is_answered_or_passed_over_is_not_asked_again(database: Database) -> None:
    posts = [post("0", topic_p=0.3), post("1", topic_p=0.4)]
    database.posts.record(posts, [])
    database.labels.next("Ada", 2, NOON, [Task.TOPIC])
    database.labels.add(new("Macro", "Ada", posts[0].post.post_id, task=Task.TOPIC), NOON)
    database.labels.pass_over(posts[1].post.post_id, Task.TOPIC, "Ada", NOON)

    assert database.labels.next("Ada", 2, NOON + MINUTE, [Task.TOPIC]) == []
    assert "1" in names(database.labels.next("Ben", 2, NOON + MINUTE, [Task.TOPIC]))


def test_a_third_opinion_comes_before_a_second_and_both_before_all_else(database: Database) -> None:
    posts = [post(str(n), topic_p=0.9) for n in range(40)]
    database.posts.record([*posts, post("unsure", topic_p=0.1)], [])
    sampled = next(one for one in posts if wants_second((one.post.post_id, Task.TOPIC)))
    single = next(one for one in posts if not wants_second((one.post.post_id, Task.TOPIC)))
    disputed = next(one for one in posts if one not in (sampled, single))
    for by, one, value in [
        ("Ben", sampled, "Macro"), ("Ben", single, "Macro"), ("Ben", disputed, "Macro"), ("Cleo", disputed, "Earnings"),
    ]:  # fmt: skip
        database.labels.add(new(value, by, one.post.post_id, task=Task.TOPIC), NOON - MINUTE)

    items = database.labels.next("Ada", 4, NOON, [Task.TOPIC])

    assert [(item.post, item.why) for item in items[:2]] == [(disputed, Why.THIRD), (sampled, Why.SECOND)]
    assert names(items[2:])[0] == "unsure"
    assert single not in [item.post for item in items]
    # nobody gives two opinions on one thing
    assert Why.THIRD not in {item.why for item in database.labels.next("Cleo", 40, NOON, [Task.TOPIC])}


def test_what_three_people_labelled_is_asked_of_nobody(database: Database) -> None:
    database.posts.record([post("0")], [])
    post_id = post("0").post.post_id
    for by, value in [("Ben", "Macro"), ("Cleo", "Earnings"), ("Dora", "IPO")]:
        database.labels.add(new(value, by, post_id, task=Task.TOPIC), NOON - MINUTE)

    assert database.labels.next("Ada", 1, NOON, [Task.TOPIC]) == []


def test_what_another_model_disputes_is_asked_also_when_the_model_is_sure(database: Database) -> None:
    posts = [post(str(n), topic_p=0.3 + n / 20) for n in range(9)]
    database.posts.record(posts, [])

    items = database.labels.next("Ada", 1, NOON, [Task.TOPIC], disputed={(posts[8].post.post_id, Task.TOPIC): "Macro"})

    assert [(item.post, item.why) for item in items] == [(posts[8], Why.DISPUTED)]


def test_what_the_shadow_disputes_is_asked_about(database: Database) -> None:
    posts = [post(str(n), topic_p=0.5 - n / 100) for n in range(9)]
    database.posts.record(posts, [])
    add(database, "shadow")
    database.models.move("shadow", State.SHADOW, "Ada", "try it", NOON)
    said = {1: make_scores(topic="Macro", model_version="shadow"), 2: make_scores(model_version="shadow")}
    shadowed = [Shadowed(posts[n].post.post_id, posts[n].scores or said[n], said[n], NOON - MINUTE) for n in said]
    database.models.record(shadowed)

    first, second = database.labels.next("Ada", 2, NOON, [Task.TOPIC])

    assert (first.post, first.why, second.why) == (posts[1], Why.DISPUTED, Why.UNSURE)
    assert first.because == "this model says Company | Product News, another Macro"


def test_a_draft_that_answered_another_question_asks_for_the_intent(database: Database) -> None:
    ada = Reviewer("Ada", "page")
    messages = [post(str(n), channel=Channel.CUSTOMER, intent_p=0.95) for n in range(3)]
    database.posts.record(messages, [DraftRequest(one.post.post_id, "r", 0.5, NOON) for one in messages])
    with database.drafts.requested(3):
        for one in messages:
            database.drafts.save(Draft(one.post.post_id, DraftState.READY, "Sorry.", "w", "entry", NOON))
    for one, reason in zip(messages, [Reason.TONE, Reason.ENTRY, Reason.OTHER_TEAM], strict=True):
        database.reviews.claim(one.post.post_id, ada, NOON, MINUTE)
        database.reviews.decide(one.post.post_id, Rejection(reason), ada, NOON)

    items = database.labels.next("Ben", 3, NOON, [Task.INTENT])

    assert [(item.post, item.why) for item in items if item.why is Why.REPLY] == [(messages[1], Why.REPLY)]
    assert items[0].why is Why.REPLY
    assert database.labels.of_post(messages[1].post.post_id) == []  # a verdict is no label


def test_reposts_and_posts_of_long_ago_are_not_asked(database: Database) -> None:
    first = post("0")
    database.posts.record([first, make_duplicate(first, "again", published_at=NOON - MINUTE)], [])
    database.posts.record([post("old", at=NOON - timedelta(days=8))], [])

    assert [item.post for item in database.labels.next("Ada", 9, NOON)] == [first]


def test_a_busy_hour_does_not_fill_the_queue(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.label_queue.NEWEST", 5)
    quiet = post("quiet", at=NOON - timedelta(days=3), topic_p=0.1)
    database.posts.record([quiet, *(post(str(n), topic_p=0.9) for n in range(50))], [])

    assert database.labels.next("Ada", 1, NOON, [Task.TOPIC])[0].post == quiet
