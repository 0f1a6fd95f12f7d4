"""What judging again changes."""

from __future__ import annotations

from dataclasses import replace

from core.rescoring import Change, changes, count_heads, moved
from core.rollups import Cell, Counts, rollups
from core.scoring import EmotionFamily, Sentiment, Unjudged, unscored
from tests.builders import NOON, ids, make_duplicate, make_post, make_scored, make_scores

NEW = make_scores(Sentiment.POSITIVE, model_version="m2", topic="Earnings")
FIRST = make_scored("1", entities=("HBR",))
REPEAT = make_duplicate(FIRST, "2")
OTHER = make_scored("3")


def test_a_repeat_takes_over_what_its_first_post_gets() -> None:
    found = changes([FIRST, REPEAT, OTHER], {FIRST.post.post_id: NEW}, "m2")

    assert ids([one.after for one in found]) == ids([FIRST, REPEAT])
    assert [one.after.scores for one in found] == [NEW, NEW]
    assert [one.after.duplicate_of for one in found] == [None, FIRST.post.post_id]


def test_what_the_model_has_judged_already_stays_so_that_an_order_may_come_twice() -> None:
    first_time = changes([FIRST, REPEAT], {FIRST.post.post_id: NEW}, "m2")

    assert changes([one.after for one in first_time], {FIRST.post.post_id: NEW}, "m2") == []


def test_a_repeat_whose_first_is_current_already_follows_it() -> None:
    current = replace(FIRST, scores=NEW)

    (found,) = changes([current, REPEAT], {FIRST.post.post_id: NEW}, "m2")

    assert found == Change(REPEAT, replace(REPEAT, scores=NEW))


def test_a_score_of_another_model_than_the_one_that_was_asked_for_is_refused() -> None:
    assert changes([FIRST], {FIRST.post.post_id: make_scores(model_version="m3")}, "m2") == []


def test_a_post_that_cannot_be_judged_stays_so() -> None:
    empty = unscored(make_post("9", text=""), Unjudged.EMPTY)

    assert changes([empty], {empty.post.post_id: NEW}, "m2") == []


def test_the_rollups_move_by_the_difference_and_nothing_else() -> None:
    changed = changes([FIRST, REPEAT], {FIRST.post.post_id: NEW}, "m2")

    found = moved(changed)

    assert found[Cell("total", "", NOON)] == Counts(negative=-1, positive=1)
    assert found[Cell("topic", "Earnings", NOON)] == Counts(posts=2, positive=1, duplicates=1)
    assert found[Cell("topic", "Company | Product News", NOON)] == Counts(posts=-2, negative=-1, duplicates=-1)
    assert Cell("family", "anger", NOON) in found
    assert Cell("entity_topic", "HBR/Earnings", NOON) in found
    before = rollups([FIRST, REPEAT, OTHER])
    after = rollups([*(one.after for one in changed), OTHER])
    added = {cell: before.get(cell, Counts()) + found.get(cell, Counts()) for cell in before.keys() | found.keys()}
    assert {cell: counts for cell, counts in added.items() if counts != Counts()} == after


def test_cells_that_stay_as_they_were_are_left_out() -> None:
    same = make_scores(model_version="m2", topic_p=0.1)

    assert {cell.dimension for cell in moved(changes([FIRST], {FIRST.post.post_id: same}, "m2"))} == {"model"}


def test_changed_labels_are_counted_by_head() -> None:
    new = make_scores(Sentiment.NEUTRAL, model_version="m2", family=EmotionFamily.NEUTRAL)
    changed = changes([FIRST, REPEAT], {FIRST.post.post_id: new}, "m2")

    assert count_heads(changed) == {"topic": 0, "sentiment": 2, "emotion": 2, "intent": 0}
