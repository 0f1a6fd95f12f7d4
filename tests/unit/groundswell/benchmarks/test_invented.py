from __future__ import annotations

from groundswell.benchmarks import invented
from tests.builders import NOON


def test_the_same_number_is_the_same_post_whatever_was_made_before() -> None:
    whole = list(invented.posts(NOON, 0, 40))
    later = list(invented.posts(NOON, 20, 40))

    assert [one.post.post_id for one in whole[20:]] == [one.post.post_id for one in later]


def test_more_posts_are_a_longer_past_at_the_same_pace() -> None:
    posts = list(invented.posts(NOON, 0, 7 * 60 + 1))

    assert (posts[0].post.published_at - posts[-1].post.published_at).total_seconds() == 3_600


def test_some_posts_repeat_an_earlier_ones_words_and_are_linked_to_it() -> None:
    posts = list(invented.posts(NOON, 0, 500))
    by_id = {one.post.post_id: one for one in posts}
    repeats = [one for one in posts if one.duplicate_of is not None]

    assert 20 < len(repeats) < 100
    assert all(by_id[one.duplicate_of or ""].post.text == one.post.text for one in repeats)
