"""A worker takes up the champion between batches, and never one that is unfit."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import ModelUnusable
from core.ports import Reader
from core.registry import State
from core.scoring import Scores
from models.registering import describe
from storage.memory import Memory
from stream.champions import Champions, Outcome
from stream.serving import Serving
from tests.fakes import FakeClassifier, ManualClock
from tests.light_models import BROKEN, CONTRARY, LightClassifier, check, make_artefact, make_model


@dataclass
class Worker:
    """One worker's champions, over a registry in memory."""

    folder: Path
    memory: Memory = field(default_factory=Memory)
    clock: ManualClock = field(default_factory=ManualClock)
    told: list[tuple[Outcome, str]] = field(default_factory=list)
    loads: list[Path] = field(default_factory=list)

    def champions(self) -> Champions:
        shipped = self.folder / "shipped"
        if not shipped.is_dir():
            make_artefact(shipped, "shipped")
        return Champions(
            self.memory.models, self.load, check, shipped, self.folder / "scratch", 3, self.clock,
            lambda outcome, version: self.told.append((outcome, version)),
        )  # fmt: skip

    def load(self, folder: Path) -> Reader:
        self.loads.append(folder)
        return LightClassifier(folder)

    def promote(self, name: str, says: str = "") -> str:
        model, artefact = make_model(self.folder, name, says)
        self.memory.models.add(model, artefact, "ada", "trained")
        self.memory.models.move(model.version, State.CHAMPION, "ada", "better")
        return model.version

    def damage(self, version: str) -> None:
        kept = self.memory.tables.models
        kept.artefacts[version] = kept.artefacts[version][:-1] + b"x"


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


def version_of(folder: Path) -> str:
    return describe(folder, ManualClock()())[0].version


def test_the_first_worker_enters_the_shipped_weights_and_serves_them(worker: Worker) -> None:
    serving = worker.champions().first()
    champion = worker.memory.models.champion()
    assert champion is not None
    assert serving.version == champion.version == version_of(worker.folder / "shipped")


def test_a_new_champion_is_taken_up_and_nothing_of_it_stays_on_the_disk(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    version = worker.promote("b")
    champions.look(serving)
    assert serving.version == version
    assert serving.classify(["some text"])[0].model_version == version
    assert worker.told[-1] == (Outcome.TAKEN, version)
    assert list((worker.folder / "scratch").iterdir()) == []


def test_a_look_that_finds_nothing_new_loads_nothing(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    for _ in range(3):
        champions.look(serving)
    assert len(worker.loads) == 1


def test_a_roll_back_is_taken_up_as_a_promotion_is(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    first = serving.version
    worker.promote("b")
    champions.look(serving)
    worker.memory.models.rollback("bob", "worse")
    champions.look(serving)
    assert serving.version == first


@pytest.mark.parametrize(
    ("says", "damaged", "why"),
    [
        (CONTRARY, False, "2 of 4 golden texts right"),
        (BROKEN, False, "its weights are damaged"),
        ("", True, "not those that were stored"),
    ],
)
def test_a_champion_that_is_unfit_is_refused_and_the_one_before_stays(
    worker: Worker, says: str, damaged: bool, why: str
) -> None:
    champions = worker.champions()
    serving = champions.first()
    before = serving.version
    version = worker.promote("b", says)
    if damaged:
        worker.damage(version)

    champions.look(serving)

    assert serving.version == before
    (refusal,) = worker.memory.models.refusals(version)
    assert (refusal.worker, refusal.at) == (3, worker.clock.now)
    assert why in refusal.why
    assert why in champions.refused[version][1]
    assert worker.told[-1] == (Outcome.REFUSED, version)


def test_a_refused_champion_is_tried_again_after_a_while_and_not_before(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    version = worker.promote("b")
    kept = worker.memory.tables.models.artefacts[version]
    worker.damage(version)
    champions.look(serving)
    worker.memory.tables.models.artefacts[version] = kept

    worker.clock.advance(timedelta(minutes=9).total_seconds())
    champions.look(serving)
    assert serving.version != version
    worker.clock.advance(timedelta(minutes=2).total_seconds())
    champions.look(serving)

    assert serving.version == version
    assert worker.memory.models.refusals(version) == []
    assert champions.refused == {}


def test_after_a_refusal_another_champion_is_taken_up_at_once(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    worker.promote("b", CONTRARY)
    champions.look(serving)
    good = worker.promote("c")
    champions.look(serving)
    assert serving.version == good


def test_weights_that_make_a_library_raise_are_refused_too(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    before = serving.version
    version = worker.promote("b")

    def load(_folder: Path) -> Reader:
        raise ZeroDivisionError

    champions.load = load
    champions.look(serving)
    assert serving.version == before
    assert worker.memory.models.refusals(version)[0].why == "it cannot be loaded: ZeroDivisionError"


def test_weights_of_another_version_than_the_registry_says_are_refused(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    model, artefact = make_model(worker.folder, "b")
    wrong = replace(model, version="b-renamed")
    worker.memory.models.add(wrong, artefact, "ada", "trained")
    worker.memory.models.move("b-renamed", State.CHAMPION, "ada", "better")
    champions.look(serving)
    assert worker.memory.models.refusals("b-renamed")[0].why == f"its weights are those of {model.version}"


def test_a_champion_that_is_replaced_while_it_is_loaded_does_not_come_into_service(worker: Worker) -> None:
    champions = worker.champions()
    serving = champions.first()
    before = serving.version
    worker.promote("b")

    def load(folder: Path) -> Reader:
        worker.memory.models.rollback("bob", "at once")
        return LightClassifier(folder)

    champions.load = load
    champions.look(serving)
    assert serving.version == before
    assert (Outcome.TAKEN, before) == worker.told[-1]


def test_a_worker_that_starts_under_an_unfit_champion_serves_the_one_before(worker: Worker) -> None:
    first = worker.champions().first().version
    good = worker.promote("b")
    for name in ("c", "d"):
        worker.promote(name, CONTRARY)

    champions = worker.champions()
    serving = champions.first()

    assert serving.version == good != first
    champion = worker.memory.models.champion()
    assert champion is not None
    assert [one.version for one in worker.memory.models.refusals(champion.version)] == [champion.version]


def test_without_any_fit_champion_the_shipped_weights_serve(worker: Worker) -> None:
    champions = worker.champions()
    version = champions.first().version
    worker.damage(version)
    assert worker.champions().first().version == version
    assert len(worker.memory.models.refusals(version)) == 1

    (worker.folder / "shipped" / "labels.json").unlink()
    with pytest.raises(ModelUnusable):
        worker.champions().first()


class Held(FakeClassifier):
    """Judges when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may_end = threading.Event(), threading.Event()

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        self.began.set()
        assert self.may_end.wait(10)
        return super().classify(texts)


class Other(FakeClassifier):
    version = "other"


def test_a_batch_that_is_being_judged_during_a_swap_keeps_the_version_of_who_judges_it() -> None:
    held = Held()
    serving = Serving(held)
    answers: list[Scores] = []
    thread = threading.Thread(target=lambda: answers.extend(serving.classify(["a", "b"])))
    thread.start()
    assert held.began.wait(10)

    serving.swap(Other())
    assert serving.classify(["c"])[0].model_version == "other"
    held.may_end.set()
    thread.join(10)

    assert [scores.model_version for scores in answers] == ["fake-1", "fake-1"]


def test_a_model_out_of_service_is_let_go() -> None:
    first = FakeClassifier()
    serving, gone = Serving(first), weakref.ref(first)
    del first
    serving.swap(Other())
    gc.collect()
    assert gone() is None


def test_vectors_are_the_same_before_and_after_a_swap() -> None:
    serving = Serving(FakeClassifier())
    before = serving.embed(["the card has not arrived"])
    serving.swap(Other())
    assert (serving.embed(["the card has not arrived"]) == before).all()
