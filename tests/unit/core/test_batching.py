import json

import pytest

from core.batching import LONGEST_TOKENS, Closed, Limits, Size, closes, measure, takes
from core.wire import encode
from tests.builders import make_posts

LIMITS = Limits(tokens=8_192, posts=256, wait_s=0.3)


def test_a_record_weighs_its_posts_and_their_tokens():
    posts = [*make_posts(2, text="a" * 40), *make_posts(1, first=2, text="b" * 400)]
    assert measure(encode(posts)) == Size(posts=3, tokens=2 * (40 // 4 + 2) + 400 // 4 + 2)


def test_a_quote_inside_a_text_does_not_end_it():
    record = json.dumps({"schema": 1, "posts": [{"text": 'He said "no" \\ and left ' * 10}]}).encode()
    assert measure(record).posts == 1
    assert measure(record).tokens > 50


def test_a_text_longer_than_the_encoder_reads_costs_no_more():
    assert measure(encode(make_posts(1, text="word " * 4_000))).tokens == LONGEST_TOKENS


@pytest.mark.parametrize("record", [b"", b"\xff\x00", b"[[[[", b'{"schema":1,"posts":[]}', b'"text":"'])
def test_a_record_that_holds_no_posts_counts_as_one_short_post(record):
    assert measure(record) == Size(posts=1, tokens=2)


@pytest.mark.parametrize(
    ("batch", "waited_s", "closed"),
    [
        (Size(255, 2), 0.0, None),
        (Size(256, 2), 0.0, Closed.POSTS),
        (Size(32, 8_191), 0.0, None),
        (Size(32, 8_192), 0.0, Closed.TOKENS),
        (Size(1, 2), 0.299, None),
        (Size(1, 2), 0.3, Closed.WAIT),
    ],
)
def test_a_batch_closes_at_its_posts_its_tokens_or_its_wait(batch, waited_s, closed):
    assert closes(batch, LIMITS, waited_s) is closed


def test_posts_may_overrun_by_one_record():
    assert takes(Size(255, 2_550), Size(100, 1_000), LIMITS)


def test_a_record_that_would_cost_too_much_is_left_for_the_next_batch():
    assert not takes(Size(200, 8_000), Size(1, 200), LIMITS)


def test_an_empty_batch_takes_a_record_of_any_size():
    assert takes(Size(), Size(100, 100 * LONGEST_TOKENS), LIMITS)
