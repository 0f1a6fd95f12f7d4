"""The shadow scores a sample when there is time for it, and what it says is kept beside what the champion said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from core.ports import Reader
from core.registry import State
from core.scoring import ScoredPost
from storage.memory import Memory
from stream.shadows import AT_A_TIME, MOST_WAITING, Shadows
from tests.builders import ids, make_scored
from tests.fakes import ManualClock
from tests.light_models import CONTRARY, OTHER_TOPICS, LightClassifier, check, make_model

MINUTE_S = timedelta(minutes=1).total_seconds()


@dataclass
class Bench:
    folder: Path
    memory: Memory = field(default_factory=Memory)
    clock: ManualClock = field(default_factory=ManualClock)
    behind: Callable[[], bool] = lambda: False
    loaded: list[LightClassifier] = field(default_factory=list)
    compared: list[tuple[int, int]] = field(default_factory=list)

    def shadows(self, share: float = 1.0) -> Shadows:
        return Shadows(
            self.memory.models, self.load, check, self.folder / "scratch", 3, share, lambda: self.behind(), self.clock,
            lambda agreed, differed: self.compared.append((agreed, differed)),
        )  # fmt: skip

    def load(self, folder: Path) -> Reader:
        self.loaded.append(LightClassifier(folder))
        return self.loaded[-1]

    def make_shadow(self, name: str, says: str = OTHER_TOPICS) -> str:
        model, artefact = make_model(self.folder, name, says)
        self.memory.models.add(model, artefact, "ada", "trained")
        self.memory.models.move(model.version, State.SHADOW, "ada", "to compare")
        return model.version

    def stored(self, count: int, first: int = 0) -> list[ScoredPost]:
        posts = [make_scored(str(number)) for number in range(first, first + count)]
        self.memory.posts.record(posts, [])
        return posts

    def kept(self, version: str) -> int:
        return sum(day.posts for day in self.memory.models.shadow_days(version))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def look(shadows: Shadows, *, stopping: bool = False) -> None:
    stop = Event()
    if stopping:
        stop.set()
    shadows.look(stop)


def test_what_the_shadow_says_of_a_batch_is_kept_with_what_differs(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    posts = bench.stored(3)
    shadows.offer(posts)
    look(shadows)

    found = bench.memory.models.disagreements(10)
    assert sorted(one.post_id for one in found) == sorted(ids(posts))
    assert {(one.version, one.against, one.heads, one.shadow.topic) for one in found} == {
        (version, "fake-1", ("topic",), "Earnings")
    }
    assert bench.compared == [(0, 3)]


def test_the_posts_that_are_stored_bear_the_champion_s_scores_alone(bench: Bench) -> None:
    shadows, _ = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    posts = bench.stored(3)
    shadows.offer(posts)
    look(shadows)
    assert sorted(bench.memory.posts.stored(ids(posts)), key=repr) == sorted(posts, key=repr)


def test_without_a_shadow_or_without_a_share_nothing_is_loaded_or_kept(bench: Bench) -> None:
    shadows = bench.shadows()
    look(shadows)
    shadows.offer(bench.stored(3))
    version = bench.make_shadow("b")
    look(bench.shadows(share=0.0))
    assert bench.loaded == []
    look(shadows)
    assert bench.kept(version) == 0


def test_a_share_of_the_posts_is_scored(bench: Bench) -> None:
    shadows, version = bench.shadows(share=0.1), bench.make_shadow("b")
    look(shadows)
    shadows.offer(bench.stored(1_000))
    look(shadows)
    # 100 are expected; five standard deviations of a binomial are 47
    assert 53 <= bench.kept(version) <= 147


def test_posts_that_wait_to_be_classified_go_first(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    shadows.offer(bench.stored(3 * AT_A_TIME))
    asked: list[bool] = []

    def after_one() -> bool:
        asked.append(True)
        return len(asked) > 1

    bench.behind = after_one
    look(shadows)
    assert bench.kept(version) == AT_A_TIME
    bench.behind = lambda: False
    look(shadows)
    assert bench.kept(version) == 3 * AT_A_TIME


def test_a_worker_that_stops_does_not_wait_for_its_shadow(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    shadows.offer(bench.stored(3))
    look(shadows, stopping=True)
    assert bench.kept(version) == 0


def test_of_what_waits_too_long_the_oldest_go(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    posts = bench.stored(MOST_WAITING + 10)
    shadows.offer(posts)
    look(shadows)
    assert bench.kept(version) == MOST_WAITING
    newest = {one.post_id for one in bench.memory.models.disagreements(MOST_WAITING)}
    assert newest == set(ids(posts[10:]))


def test_another_shadow_takes_the_place_and_one_that_is_promoted_scores_no_longer(bench: Bench) -> None:
    shadows, first = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    second = bench.make_shadow("c")
    look(shadows)
    shadows.offer(bench.stored(2))
    look(shadows)
    assert (bench.kept(first), bench.kept(second)) == (0, 2)

    bench.memory.models.move(second, State.CHAMPION, "ada", "better")
    look(shadows)
    shadows.offer(bench.stored(2, first=50))
    look(shadows)
    assert bench.kept(second) == 2


def test_an_unfit_shadow_is_refused_without_an_incident_and_not_tried_at_every_look(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b", CONTRARY)
    for _ in range(3):
        look(shadows)
    assert len(bench.loaded) == 1
    assert [one.worker for one in bench.memory.models.refusals(version)] == [3]
    assert bench.memory.incidents.standing(bench.clock.now).refusals == ()
    bench.clock.advance(11 * MINUTE_S)
    look(shadows)
    assert len(bench.loaded) == 2


def test_a_post_without_a_score_is_nothing_to_compare(bench: Bench) -> None:
    shadows, version = bench.shadows(), bench.make_shadow("b")
    look(shadows)
    nothing: Sequence[ScoredPost] = []
    shadows.offer(nothing)
    look(shadows)
    assert bench.kept(version) == 0
