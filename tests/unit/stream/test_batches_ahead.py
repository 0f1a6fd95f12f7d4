"""Batches behind others that are not stored yet."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import NOON, make_post
from tests.unit.stream.bench import Bench


def test_a_repeat_of_what_the_batch_ahead_holds_is_linked_to_it_though_it_is_not_stored_yet() -> None:
    bench = Bench()
    words = "Harbor Bank app is down again and nobody answers"
    ahead, behind = bench.settled([make_post("1", text=words)], [make_post("2", text=f"RT @desk: {words}!")])
    bench.pipeline.finish(ahead)
    bench.pipeline.finish(behind)

    first, repeat = make_post("1").post_id, make_post("2").post_id
    assert bench.stored()[repeat].duplicate_of == first
    assert bench.stored()[repeat].scores == bench.stored()[first].scores
    assert sum(map(len, bench.classifier.batches)) == 1


def test_a_post_that_the_batch_ahead_holds_too_is_stored_once_and_scored_once() -> None:
    bench = Bench()
    ahead, behind = bench.settled([make_post("1")], [make_post("1"), make_post("2")])
    first, second = bench.pipeline.finish(ahead), bench.pipeline.finish(behind)

    assert (first.stored, second.stored, second.repeated) == (1, 1, 1)
    assert sum(map(len, bench.classifier.batches)) == 2


def test_a_repeat_after_two_days_is_news_again_also_behind_the_batch_ahead() -> None:
    words = "Harbor Bank app is down again and nobody answers"
    later = make_post("2", text=words, published_at=NOON + timedelta(hours=49))

    _, behind = Bench().settled([make_post("1", text=words)], [later])

    assert behind.scored[0].duplicate_of is None


def test_what_either_of_two_batches_ahead_holds_is_no_news_though_neither_is_stored() -> None:
    bench = Bench()
    words = "Harbor Bank says that its app is down again for all customers in the north of the country, and apologises"
    first, nearly = make_post("1", text=words), make_post("3", text=f"{words} today")
    other = make_post("2", text="The weather is fine on the coast and in the hills today")

    _, _, third = bench.settled([first], [other], [nearly, other])

    assert [item.duplicate_of for item in third.scored] == [first.post_id]
    assert third.known.keys() == {other.post_id}
    assert sum(map(len, bench.classifier.batches)) == 2


def test_a_repeat_of_a_repeat_ahead_is_linked_to_the_original() -> None:
    bench = Bench()
    words = "Harbor Bank says that its app is down again for all customers in the north of the country, and apologises"
    said = [make_post(str(n), text=f"{words}{' today' * (n > 0)}") for n in range(3)]

    *_, third = bench.settled(*([post] for post in said))

    assert third.scored[0].duplicate_of == said[0].post_id
