"""Which posts the model is not asked about."""

from datetime import UTC, datetime

import pytest

from core.posts import Channel, Post
from core.scoring import FAMILY_OF, Unjudged, reason_not_to_judge

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("Shares fell", "en", None),
        ("Shares fell", None, None),
        ("Las acciones bajan", "es", Unjudged.LANGUAGE),
        (" \n ", "en", Unjudged.EMPTY),
        ("https://a.example @desk", "en", Unjudged.ONLY_LINKS),
        ("https://a.example down again", "en", None),
    ],
)
def test_a_post_the_model_cannot_read_is_marked_with_the_reason(text, language, reason):
    post = Post(
        post_id="0" * 32,
        source="s",
        channel=Channel.SOCIAL,
        text=text,
        published_at=NOW,
        fetched_at=NOW,
        language=language,
    )
    assert reason_not_to_judge(post) is reason


def test_every_emotion_has_a_family():
    assert len(FAMILY_OF) == 28
