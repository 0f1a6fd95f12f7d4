"""Which posts a shadow scores too, and when it disagrees."""

from __future__ import annotations

import pytest

from core.scoring import EmotionFamily, Sentiment, Unjudged, unscored
from core.shadowing import differing, sample
from tests.builders import make_duplicate, make_post, make_scored, make_scores


@pytest.mark.parametrize(
    ("changes", "heads"),
    [
        ({}, ()),
        ({"topic_p": 0.1, "intent_p": 0.1, "model_version": "other"}, ()),
        ({"topic": "Earnings"}, ("topic",)),
        ({"sentiment": Sentiment.NEUTRAL}, ("sentiment",)),
        ({"family": EmotionFamily.FEAR}, ("emotion",)),
        ({"emotions": (("annoyance", 0.6),)}, ()),
        ({"intent": "exchange_rate", "topic": "Earnings"}, ("topic", "intent")),
    ],
)
def test_heads_disagree_when_their_labels_do(changes: dict[str, object], heads: tuple[str, ...]) -> None:
    assert differing(make_scores(), make_scores(**changes)) == heads


def test_a_sample_is_the_share_it_is_said_to_be_and_the_same_for_whoever_asks() -> None:
    posts = [make_scored(str(number)) for number in range(4_000)]
    found = sample(posts, 0.05)
    assert found == sample(posts, 0.05)
    # 200 are expected; a binomial's five standard deviations are 69
    assert 131 <= len(found) <= 269
    assert set(map(id, found)) <= set(map(id, sample(posts, 0.2)))
    assert sample(posts, 0.0) == []
    assert sample(posts, 1.0) == posts


def test_what_has_no_score_of_its_own_is_not_in_it() -> None:
    first = make_scored("1")
    posts = [first, make_duplicate(first, "2"), unscored(make_post("3", text=""), Unjudged.EMPTY)]
    assert sample(posts, 1.0) == [first]
