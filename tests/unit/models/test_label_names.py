"""Other people's labels are read where they are clear, and refused where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SetupError
from models.label_names import named_map, read_labels

SENTIMENTS = ("negative", "neutral", "positive")
FILE = Path("somewhere/test.csv")


def read(
    cells: list[object], names: tuple[str, ...] = SENTIMENTS, task: str = "sentiment", path: Path = FILE, **kw: object
):  # type: ignore[no-untyped-def]
    return read_labels(cells, names, task=task, path=path, label_map=kw.get("label_map"))  # type: ignore[arg-type]


def test_names_are_compared_without_case_blanks_and_underscores() -> None:
    assert read([" Company|Product_news "], ("Macro", "Company | Product News"), "topic") == [(1,)]


def test_bearish_and_bullish_are_negative_and_positive() -> None:
    assert read(["Bearish", "bullish", "neutral"]) == [(0,), (2,), (1,)]


def test_several_emotions_stand_between_commas_or_in_a_list() -> None:
    names = ("anger", "joy", "love")
    assert read(["joy,love", ["love", "joy"], "['anger', 'joy']", ""], names, "emotion") == [(1, 2), (1, 2), (0, 1), ()]


def test_emotion_ids_follow_the_published_order() -> None:
    assert read(["0,2", "1"], ("anger", "joy", "love"), "emotion") == [(0, 2), (1,)]


def test_topic_ids_follow_the_published_order_even_as_floats() -> None:
    assert read([1.0, 0.0], ("Macro", "Markets"), "topic") == [(1,), (0,)]


def test_signs_are_sentiments() -> None:
    assert read([-1, 0, 1]) == [(0,), (1,), (2,)]


def test_sentiment_ids_from_zero_could_mean_two_things() -> None:
    with pytest.raises(SetupError, match="--label-map"):
        read([0, 1, 2])


def test_sentiment_ids_are_clear_in_the_folder_of_the_set_that_defines_them() -> None:
    assert read([0, 1, 2], path=Path("x/twitter_financial_sentiment/test.csv")) == [(0,), (2,), (1,)]


def test_intent_ids_could_mean_two_things() -> None:
    with pytest.raises(SetupError, match="two orders"):
        read([0, 1], ("a", "b"), "intent")


def test_a_map_gives_ids_their_meaning_and_leaves_rows_out() -> None:
    mapping = {"0": "negative", "1": "positive", "2": None}
    assert read([0, 1, 2], label_map=mapping) == [(0,), (2,), None]


def test_a_map_need_not_repeat_our_own_names() -> None:
    assert read(["negative", "up"], label_map={"up": "positive"}) == [(0,), (2,)]


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(SetupError, match="'furious'"):
        read(["negative", "furious"])


def test_a_map_to_an_unknown_label_is_refused() -> None:
    with pytest.raises(SetupError, match="none of"):
        read(["up"], label_map={"up": "bullishest"})


def test_an_id_out_of_range_is_refused() -> None:
    with pytest.raises(SetupError, match="'9'"):
        read([0, 9], ("Macro", "Markets"), "topic")


def test_a_published_order_can_be_chosen_by_name() -> None:
    assert read([0, 1, 2], label_map=named_map("twitter_financial_sentiment", SENTIMENTS)) == [(0,), (2,), (1,)]
    assert read([0, 1, 2], label_map=named_map("negative-neutral-positive", SENTIMENTS)) == [(0,), (1,), (2,)]


def test_both_orders_of_intents_can_be_chosen_by_name() -> None:
    names = ("card_arrival", "Refund_not_showing_up", "age_limit")
    for order, found in (("banking77-categories", [(0,), (2,)]), ("banking77-alphabetical", [(2,), (1,)])):
        assert read([0, 2], names, "intent", label_map=named_map(order, names)) == found


def test_an_order_of_another_task_is_none_of_this_one() -> None:
    assert named_map("twitter_financial_sentiment", ("a", "b")) is None
    assert named_map("map.json", SENTIMENTS) is None


def test_an_unknown_label_is_found_by_its_row() -> None:
    with pytest.raises(SetupError, match="row 3"):
        read(["negative", "positive", "furious"])
