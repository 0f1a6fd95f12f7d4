"""What people are asked next, and why."""

from __future__ import annotations

from typing import Any

import pytest

from core.guidelines import Task
from core.label_queue import Candidate, Known, QueueItem, Why, rank, uncertainty, wants_second
from core.posts import Channel
from core.scoring import ScoredPost, Sentiment
from tests.builders import make_duplicate, make_scored, make_scores

NOTHING = Known()


def post(name: str, text: str = "", channel: Channel = Channel.SOCIAL, **scores: Any) -> ScoredPost:
    return make_scored(name, make_scores(**scores), text=text or f"Post number {name} says this", channel=channel)


def asked(items: list[QueueItem]) -> list[tuple[str, Why]]:
    return [(item.post.post.text, item.why) for item in items]


def rows(*posts: ScoredPost) -> list[Candidate]:
    return [Candidate(one) for one in posts]


def test_the_least_certain_comes_first() -> None:
    sure, unsure = post("sure", topic_p=0.9), post("unsure", topic_p=0.3)

    items = rank(rows(sure, unsure), NOTHING, 2, [Task.TOPIC])

    assert [item.post for item in items] == [unsure, sure]
    assert items[0].because == "the model is unsure: Company | Product News 30%"
    assert items[0].said == ("Company | Product News",)


def test_of_sentiment_the_margin_counts() -> None:
    close = make_scores(Sentiment.NEGATIVE, sentiment_p=(0.48, 0.47, 0.05))
    spread = make_scores(Sentiment.NEGATIVE, sentiment_p=(0.46, 0.27, 0.27))

    assert uncertainty(close, Task.SENTIMENT) > uncertainty(spread, Task.SENTIMENT)


@pytest.mark.parametrize(("emotions", "doubt"), [((), 1.0), ((("joy", 0.75), ("love", 0.25)), 0.25)])
def test_of_emotions_the_likeliest_counts_and_none_is_the_greatest_doubt(
    emotions: tuple[tuple[str, float], ...], doubt: float
) -> None:
    assert uncertainty(make_scores(emotions=emotions), Task.EMOTION) == pytest.approx(doubt)


def test_what_another_model_disputes_comes_first_and_says_what_the_other_says() -> None:
    disputed, unsure = post("disputed", topic_p=0.99), post("unsure", topic_p=0.2)
    known = Known(disputed={(disputed.post.post_id, Task.TOPIC): "Earnings"})

    first, second = rank(rows(unsure, disputed), known, 2, [Task.TOPIC])

    assert (first.post, first.why, second.why) == (disputed, Why.DISPUTED, Why.UNSURE)
    assert first.because == "this model says Company | Product News, another Earnings"


def test_what_both_models_say_by_now_is_not_disputed() -> None:
    one = post("one")
    known = Known(disputed={(one.post.post_id, Task.TOPIC): "Company | Product News"})

    assert [item.why for item in rank(rows(one), known, 1, [Task.TOPIC])] == [Why.UNSURE]


def test_a_message_whose_draft_answered_another_question_is_asked_for_its_intent_only() -> None:
    message = post("message", channel=Channel.CUSTOMER, intent_p=0.99)
    known = Known(misread={message.post.post_id})

    assert [item.why for item in rank(rows(message), known, 9, [Task.INTENT])] == [Why.REPLY]
    assert [item.why for item in rank(rows(message), known, 9, [Task.SENTIMENT])] == [Why.UNSURE]


def test_a_label_with_few_examples_takes_turns_with_doubt() -> None:
    common = [post(f"common {n}", topic_p=0.3 + n / 100) for n in range(4)]
    rare = post("rare", topic="Dividend", topic_p=0.9)
    known = Known(counts={(Task.TOPIC, "Company | Product News"): 200, (Task.TOPIC, "Dividend"): 1})

    items = rank(rows(*common, rare), known, 3, [Task.TOPIC])

    assert [(item.post.post.text.split()[2], item.why) for item in items] == [
        ("common", Why.UNSURE), ("rare", Why.RARE), ("common", Why.UNSURE),
    ]  # fmt: skip
    assert items[1].because == "the model says Dividend, of which there are 1 labels"


@pytest.mark.parametrize(("labels", "why"), [(0, Why.UNSURE), (19, Why.UNSURE), (20, Why.RARE)])
def test_with_few_labels_none_is_rare(labels: int, why: Why) -> None:
    known = Known(counts={(Task.TOPIC, "Earnings"): labels})
    surer, unsure = post("surer", topic="Dividend", topic_p=0.9), post("unsure", topic="Earnings", topic_p=0.3)

    assert rank(rows(surer, unsure), known, 2, [Task.TOPIC])[1].why is why


def test_tasks_take_turns_and_a_post_is_asked_about_once() -> None:
    posts = [post(f"{n}", channel=Channel.CUSTOMER) for n in range(6)]

    items = rank(rows(*posts), NOTHING, 6)

    assert sorted(item.task for item in items) == sorted([Task.SENTIMENT, Task.EMOTION, Task.INTENT] * 2)
    assert len({item.post.post.post_id for item in items}) == 6


def test_one_of_a_near_duplicate_group_is_asked_about() -> None:
    first = post("1", "Harbor Bank app is down again today")
    again = post("2", "RT @desk: Harbor Bank app is DOWN again today! https://t.co/x")
    repost = make_duplicate(first, "3")

    assert len(rank(rows(first, again, repost), NOTHING, 9)) == 1


def test_what_is_closed_or_was_not_scored_is_not_asked() -> None:
    unscored = ScoredPost(make_scored("x").post, scores=None)

    assert rank([Candidate(post("a"), [Task.TOPIC]), Candidate(unscored)], NOTHING, 9, [Task.TOPIC]) == []


@pytest.mark.parametrize(
    ("channel", "tasks"),
    [
        (Channel.NEWS, {Task.TOPIC, Task.SENTIMENT}),
        (Channel.SOCIAL, {Task.TOPIC, Task.SENTIMENT, Task.EMOTION}),
        (Channel.CUSTOMER, {Task.SENTIMENT, Task.EMOTION, Task.INTENT}),
    ],
)
def test_only_what_makes_sense_for_a_channel_is_asked(channel: Channel, tasks: set[Task]) -> None:
    posts = [post(f"{n}", channel=channel) for n in range(8)]

    assert {item.task for item in rank(rows(*posts), NOTHING, 8)} == tasks


def test_the_order_of_the_candidates_does_not_matter() -> None:
    posts = [post(f"{n}", topic_p=0.5) for n in range(9)]

    assert asked(rank(rows(*posts), NOTHING, 5)) == asked(rank(rows(*reversed(posts)), NOTHING, 5))


def test_a_fifth_of_all_labels_gets_a_second_opinion_whoever_asks() -> None:
    items = [(f"{n:032x}", task) for n in range(1_000) for task in Task]

    share = sum(map(wants_second, items)) / len(items)

    # of 4,000 with p = 0.2: five standard errors are 0.032
    assert share == pytest.approx(0.2, abs=0.032)
