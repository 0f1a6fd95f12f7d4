"""A backtest makes the decisions that a live watch makes, minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.alerting import IncidentState
from core.backtest import backtest_stored
from core.rules import Measure, Rule
from core.scoring import ScoredPost, Sentiment
from storage.memory import Memory
from stream.watch import look
from tests.builders import NOON, make_scored, make_scores

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SINCE, UNTIL = NOON - 30 * MINUTE, NOON + 90 * MINUTE


def posts() -> list[ScoredPost]:
    """Three days with a post an hour, every fourth negative; then two surges, an hour apart."""
    feelings = [Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE, Sentiment.NEUTRAL]
    usual = [
        make_scored(f"usual {n}", make_scores(feelings[n % 4]), text=f"As ever, {n}", entities=("HBNK",),
                    published_at=NOON - 3 * DAY + n * timedelta(hours=1))
        for n in range(72)
    ]  # fmt: skip
    surges = [
        make_scored(f"{at} {n}", text=f"App down on payday, case {at} {n}", entities=("HBNK",),
                    published_at=NOON + (at + n // 10) * MINUTE)
        for at in (0, 60)
        for n in range(40)
    ]  # fmt: skip
    return [*usual, *surges]


def live(rules: tuple[Rule, ...] = ()) -> list[tuple[str, str, datetime]]:
    """What a watch opens that looks at the end of each minute, when each post comes in its own minute."""
    store = Memory()
    waiting = sorted(posts(), key=lambda scored: scored.post.published_at)
    opened = []
    now = SINCE - 4 * DAY
    look(store.incidents, now)  # from here on, silence is known to be silence
    while now < UNTIL:
        now = now + DAY if now < SINCE - DAY else now + MINUTE
        store.posts.record([one for one in waiting if now - DAY <= one.post.published_at < now], [])
        if now >= SINCE:
            steps = look(store.incidents, now, rules=rules)
            assert steps is not None
            opened += [
                (one.kind, one.key, one.opened_at)
                for one in steps.incidents
                if one.state is IncidentState.FIRING and one.opened_at == now
            ]
    return opened


def found(rules: tuple[Rule, ...] = ()) -> list[tuple[str, str, datetime]]:
    store = Memory()
    store.posts.record(posts(), [])
    result = backtest_stored(store.incidents, SINCE, UNTIL, rules)
    return [(one.kind, one.key, one.opened_at) for one in result.incidents]


def test_a_backtest_opens_what_a_live_watch_opens() -> None:
    assert found() == live()
    assert [(kind, key) for kind, key, _at in found()] == [("NegativeSurge", "HBNK")] * 2


def test_rules_are_tried_on_what_is_stored() -> None:
    rules = (Rule("Many", Measure.NEGATIVE, above=25, lasting=MINUTE), Rule("Never", Measure.NEGATIVE, above=1_000))

    assert found(rules) == live(rules)
    assert [kind for kind, _key, _at in found(rules)].count("Many") == 2
    assert "Never" not in [kind for kind, _key, _at in found(rules)]


def test_a_backtest_stores_nothing_and_says_how_many_a_week() -> None:
    store = Memory()
    store.posts.record(posts(), [])

    result = backtest_stored(store.incidents, NOON - DAY, NOON + 6 * DAY)

    assert store.tables.incidents == {}
    assert store.tables.states == {}
    assert (result.weeks, result.a_week) == (1.0, 2.0)
    assert all(one.state is IncidentState.RESOLVED for one in result.incidents)
