"""The hourly look for drift over stored posts: what it makes, what it finds, and what ends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta

import pytest
from typer.testing import CliRunner

from core.posts import Channel
from core.registry import State
from core.scoring import ScoredPost
from dags.drifting import Champion, champion_of, look_for_drift
from groundswell.cli import build
from storage.postgres import Database
from tests.builders import make_scored, make_scores
from tests.contract.test_model_store import make_model
from tests.fakes import FakeClassifier

FIRST = date(2026, 1, 5)
DAY = timedelta(days=1)
POSTS_A_DAY = 25
QUIET_DAYS = 35
WORDS = [a + b for a in ("market", "bank", "share", "app", "card", "rate") for b in "abcdefghijklmno"]


def posts_of(day: date, version: str, new_word: bool = False) -> list[ScoredPost]:
    """Twenty-five posts; with the new word, it stands in every fifth of them."""
    start = datetime.combine(day, time(8), UTC)
    made = []
    for number in range(POSTS_A_DAY):
        at = (day.toordinal() * 31 + number * number) % len(WORDS)
        words = [WORDS[(at + step * 7) % len(WORDS)] for step in range(6)]
        text = " ".join([*words, "glumped"] if new_word and number % 5 == 0 else words)
        scores = make_scores(model_version=version, topic="Macro" if number % 3 else "Earnings")
        made.append(make_scored(f"{day}-{number}", scores, text=text, published_at=start + timedelta(minutes=number)))
    return made


def at(day: date) -> datetime:
    """When the night's look comes after a day."""
    return datetime.combine(day + DAY, time(4), UTC)


@pytest.fixture(scope="module")
def dsn(postgres: Callable[[], str]) -> str:
    """Five quiet weeks, and a week with a new word."""
    made = postgres()
    with closing(Database(made)) as database:
        database.migrate()
        for number in range(QUIET_DAYS + 7):
            database.posts.record(posts_of(FIRST + number * DAY, "m1", number >= QUIET_DAYS), [])
    return made


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    with closing(Database(dsn)) as opened:
        yield opened


def look_at(database: Database, champion: Champion, day: date) -> tuple[int, int, list[str]]:
    """Days sketched, days judged, and what drifts."""
    found = look_for_drift(database.drift, [], champion, FakeClassifier, at(day), lambda _: None)
    assert found is not None
    return found.sketched, found.days, [f"{one.channel} {one.statistic}" for one in found.drifting]


def test_a_new_word_is_found_within_a_week_and_a_new_champion_s_reference_ends_it(database: Database, dsn: str) -> None:
    m1 = Champion("m1", date.min)
    last_quiet = FIRST + (QUIET_DAYS - 1) * DAY
    assert look_at(database, m1, FIRST + 26 * DAY) == (27, 0, [])  # still learning
    assert look_at(database, m1, last_quiet) == (8, 1, [])
    assert look_at(database, m1, last_quiet) == (0, 0, [])

    sketched, days, drifting = look_at(database, m1, last_quiet + 7 * DAY)

    assert (sketched, days) == (7, 7)
    assert "social new_words" in drifting
    (finding,) = (one for one in database.drift.findings() if one.statistic == "new_words")
    assert finding.since is not None
    assert last_quiet < finding.since <= last_quiet + 7 * DAY
    assert finding.note.startswith("“glumped” in 20.0% of the posts, 0.0% before")
    now = at(last_quiet + 7 * DAY)
    assert "new_words" in {one.statistic for one in database.incidents.standing(now).drifting}
    shown = CliRunner().invoke(build(["drift"]), ["drift", "--json", "--dsn", dsn])
    assert shown.exit_code == 0, shown.output
    rows = {(row["channel"], row["statistic"]): row for row in json.loads(shown.stdout)}
    assert rows["social", "new_words"]["since"] == str(finding.since)
    assert rows["news", None]["days"] == 0

    m2 = Champion("m2", last_quiet + 8 * DAY)
    assert look_at(database, m2, last_quiet + 7 * DAY)[2] == []
    assert database.incidents.standing(now).drifting == ()


def test_who_is_champion_and_since_when_is_what_the_registry_says(database: Database) -> None:
    assert champion_of(database) is None
    for version, day in (("v1", 5), ("v2", 9)):
        model, artefact = make_model(version)
        database.models.add(model, artefact, "ada", "trained", at(FIRST))
        database.models.move(version, State.CHAMPION, "ada", "better", datetime(2026, 2, day, 12, tzinfo=UTC))

    assert champion_of(database) == Champion("v2", date(2026, 2, 9))


def test_only_channels_with_posts_are_sketched(database: Database) -> None:
    assert [channel for channel in Channel if database.drift.sketches(channel.value, FIRST)] == [Channel.SOCIAL]
