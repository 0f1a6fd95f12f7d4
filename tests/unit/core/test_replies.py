"""Which posts merit a drafted reply, and how urgently."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.posts import Channel
from core.replies import WEIGHT_DIRECT, WEIGHT_DISTRESS, WEIGHT_MONEY, WEIGHT_NEGATIVE, Why, decide, request
from core.scoring import EmotionFamily, ScoredPost, Scores, Sentiment, Unjudged, unscored
from tests.builders import NOON, make_duplicate, make_post, make_scored, make_scores

CALM = make_scores(Sentiment.NEUTRAL, emotions=(), family=EmotionFamily.NEUTRAL)
GLAD = make_scores(Sentiment.POSITIVE, emotions=(("gratitude", 0.9),), family=EmotionFamily.CARE)


def customer(text: str, scores: Scores | None = None) -> ScoredPost:
    return make_scored("c", scores, channel=Channel.CUSTOMER, text=text)


def social(text: str, scores: Scores | None = None, entities: tuple[str, ...] = ("HBNK",)) -> ScoredPost:
    return make_scored("s", scores, channel=Channel.SOCIAL, text=text, entities=entities)


@pytest.mark.parametrize(
    ("scored", "why"),
    [
        (customer("My card was declined and I am furious"), Why.DISTRESS),
        (customer("My card was declined", make_scores(emotions=(), family=EmotionFamily.NEUTRAL)), Why.COMPLAINT),
        (customer("This is not working", CALM), Why.COMPLAINT),
        (customer("How do I change my PIN?", CALM), Why.QUESTION),
        (customer("I would like to change my address", CALM), Why.QUESTION),
        (customer("On the first of the month " * 5, CALM), Why.QUESTION),
        (social("@harborbank my card was declined again, do something"), Why.DISTRESS),
        (social("Harbor Bank, why is my account locked?", CALM), Why.QUESTION),
        (social("I have been locked out of my account since this morning, Harbor Bank"), Why.DISTRESS),
    ],
    ids=lambda value: value.post.text if isinstance(value, ScoredPost) else "",
)
def test_a_reply_is_drafted_where_someone_needs_one(scored: ScoredPost, why: Why) -> None:
    decision = decide(scored, NOON)

    assert (decision.draft, decision.reason) == (True, why)
    assert 0 < decision.priority < 1


@pytest.mark.parametrize(
    ("scored", "why"),
    [
        (make_scored("n", channel=Channel.NEWS, text="Harbor Bank customers: why was my card declined?"), Why.NEWS),
        (make_duplicate(customer("My card was declined and I am furious"), "d", channel=Channel.CUSTOMER), Why.REPEAT),
        (unscored(make_post("u", channel=Channel.CUSTOMER, text=""), Unjudged.EMPTY), Why.UNJUDGED),
        (customer("All sorted, thank you so much", GLAD), Why.NO_NEED),
        (social("@harborbank my card was declined again", entities=()), Why.NOT_TO_US),
        (social("Harbor Bank shares fall on weak guidance, told you to short it, my account is up"), Why.NOT_TO_US),
        (social("Harbor Bank is in trouble with its regulator"), Why.NOT_TO_US),
        (social("RT @someone: @harborbank my card was declined again"), Why.NOT_TO_US),
        (social("$HBNK puts are printing, what did you expect"), Why.NOT_TO_US),
    ],
    ids=lambda value: value.post.text[:40] if isinstance(value, ScoredPost) else "",
)
def test_no_reply_is_drafted_where_nobody_asked_us(scored: ScoredPost, why: Why) -> None:
    decision = decide(scored, NOON)

    assert (decision.draft, decision.reason, decision.priority) == (False, why, 0.0)


def test_an_old_public_post_is_left_alone_and_an_old_message_to_us_is_not() -> None:
    later = NOON + timedelta(hours=49)

    assert decide(social("@harborbank my card was declined again"), later).reason is Why.STALE
    assert decide(customer("My card was declined again"), later).draft


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself, I cannot pay this",
        "There is no reason to live with this debt",
        "I have no food in the house until you release my wages",
        "I can't feed my kids because you blocked my card",
        "We will be evicted on Friday",
    ],
)
def test_danger_and_hunger_come_before_everything(text: str) -> None:
    decision = decide(customer(text, CALM), NOON)

    assert (decision.draft, decision.reason, decision.priority) == (True, Why.CRISIS, 1.0)


@pytest.mark.parametrize("text", ["This app is killing me", "My battery died", "A hungry market for new loans"])
def test_figures_of_speech_are_not_danger(text: str) -> None:
    assert decide(customer(text), NOON).reason is not Why.CRISIS


def test_money_at_stake_and_stronger_feeling_raise_the_priority() -> None:
    plain = decide(customer("My card was declined"), NOON).priority
    rent = decide(customer("My card was declined and my rent is due"), NOON).priority
    amount = decide(customer("My card was declined over $40"), NOON).priority
    mild = decide(
        customer("My card was declined", make_scores(sentiment_p=(0.5, 0.4, 0.1), emotions=(("annoyance", 0.3),))), NOON
    ).priority

    assert mild < plain < amount < rent


def test_a_message_to_us_comes_before_the_same_words_in_public() -> None:
    text = "@harborbank my card was declined again"

    assert decide(customer(text), NOON).priority > decide(social(text), NOON).priority


def test_the_priority_is_the_sum_of_its_weights() -> None:
    scores = make_scores(sentiment_p=(0.8, 0.1, 0.1), emotions=(("anger", 0.6),))

    parts = WEIGHT_NEGATIVE * 0.8 + WEIGHT_DISTRESS * 0.6 + WEIGHT_MONEY + WEIGHT_DIRECT  # the rent, and to us
    assert decide(customer("my rent bounced", scores), NOON).priority == pytest.approx(parts)


def test_a_request_carries_the_decision() -> None:
    scored = customer("My card was declined and I am furious")

    wanted = request(scored, NOON)

    assert wanted is not None
    assert (wanted.post_id, wanted.reason, wanted.requested_at) == (scored.post.post_id, Why.DISTRESS.value, NOON)
    assert wanted.priority == decide(scored, NOON).priority
    assert request(make_scored("n", channel=Channel.NEWS), NOON) is None
