"""A champion is trained further on settled labels: killed, it goes on to the same weights, and reads no test rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import SetupError
from core.snapshots import Row
from models import artefact
from models.continuing import Plan, base_data, continue_training, learnt_until
from models.corrections import examples_of, label_shares
from models.data import Example
from models.pace import time_ratio
from models.produce import produce
from models.replaying import beside, replayed
from models.settings import TrainingSettings
from tests.unit.core.rows import make_row, make_rows
from tests.unit.models.folder import write_data_folder
from tests.unit.models.test_training import Quiet

CHAMPION = TrainingSettings(epochs=0.02, batch_size=8, max_tokens=24, rank=4, joined=0)
PLAN = Plan(epochs=1, replay=16, repeat=1, batch_size=8)
SNAPSHOT = {"id": "0123456789ab", "until": "2026-03-02T12:00:00+00:00"}
ROWS = make_rows(24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("data") / "sets")


@pytest.fixture(scope="module")
def champion(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("champion") / "tiny"
    produce(folder, output, CHAMPION, Quiet())
    return output


def run(folder: Path, champion: Path, output: Path, watcher: Quiet, rows: Sequence[Row] = ROWS) -> Path:
    data = base_data(folder, champion)
    return continue_training(
        data, champion, rows, PLAN, output, watcher, snapshot=SNAPSHOT, device=torch.device("cpu"),
        checkpoint_every_s=0.0,
    )  # fmt: skip


def updates(path: Path) -> dict[str, torch.Tensor]:
    """What the adapter adds to each layer. Its two halves are no measure: where singular values are close, they turn
    with the last bits of what they are made of, and those differed once beside another test run."""
    halves = {name: half.float() for name, half in load_file(path / artefact.ADAPTER).items()}
    return {name: halves[name.replace("lora_A", "lora_B")] @ down for name, down in halves.items() if "lora_A" in name}


def test_a_killed_run_goes_on_to_the_same_weights_and_leaves_a_whole_candidate(
    folder: Path, champion: Path, tmp_path: Path
) -> None:
    whole = run(folder, champion, tmp_path / "whole", Quiet())
    with pytest.raises(KeyboardInterrupt):
        run(folder, champion, tmp_path / "cut", Quiet(cut_at=3))
    assert not (tmp_path / "cut" / "candidate").exists()
    second = Quiet()
    resumed = run(folder, champion, tmp_path / "cut", second)
    assert second.steps[0] == 3  # two steps were saved
    ours, theirs = (updates(path) for path in (whole, resumed))
    largest = max(float(update.abs().max()) for update in ours.values())
    for name, update in ours.items():
        torch.testing.assert_close(theirs[name], update, atol=0.01 * largest, rtol=0.0)
    heads, before = (load_file(path / artefact.HEADS) for path in (resumed, champion))
    # all labels are sentiments: what has nothing to learn stays as it was
    assert {name.split(".")[0] for name in heads if not torch.equal(heads[name], before[name])} == {"sentiment"}
    assert not (resumed.parent / "training").exists()
    # a third try finds it done
    third = Quiet()
    assert run(folder, champion, tmp_path / "cut", third) == resumed
    assert third.steps == []
    record = json.loads((resumed / artefact.RECORD).read_text())
    assert record["snapshot"] == SNAPSHOT | {"rows": sum(not row.held_back for row in ROWS)}
    assert learnt_until(resumed) == SNAPSHOT["until"]
    assert learnt_until(champion) is None
    assert record["rows_train"]["labels/sentiment"] == 16
    # and can be trained further itself
    assert artefact.read_json(resumed, artefact.RECORD)["data_sha256"] == base_data(folder, resumed).files


def test_labels_that_changed_do_not_go_on_with_the_checkpoint_of_others(
    folder: Path, champion: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(folder, champion, tmp_path, Quiet(cut_at=2))
    with pytest.raises(SetupError, match="other data or settings"):
        run(folder, champion, tmp_path, Quiet(), ROWS[:12])


def test_data_that_are_not_the_champions_are_refused(champion: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is not the data that the champion"):
        base_data(write_data_folder(tmp_path / "other", rows=30), champion)
    with pytest.raises(SetupError, match="GROUNDSWELL_TRAINING_DATA"):
        base_data(None, champion)


def test_a_row_becomes_an_example_of_its_task() -> None:
    labels = {"sentiment": ("negative", "neutral", "positive"), "emotion": ("anger", "joy", "love")}
    rows = [make_row(1, "positive"), replace(make_row(2, task="emotion"), value=("joy", "love"))]
    first, second = examples_of(rows, labels)
    assert (first.dataset, first.task, first.labels) == ("labels", "sentiment", (2,))
    assert (second.labels, second.polarity) == ((1, 2), 2)
    with pytest.raises(SetupError, match="none that the model knows"):
        examples_of([make_row(3, "bearish")], labels)
    assert label_shares([first, second], labels)["emotion"] == {"anger": 0.0, "joy": 1.0, "love": 1.0}


def test_every_set_is_replayed_by_its_share_and_each_seed_draws_others() -> None:
    examples = [Example("a", "topic", f"a{n}", (0,)) for n in range(90)]
    examples += [Example("b", "topic", f"b{n}", (0,)) for n in range(10)]
    one, other = replayed(examples, 20, "one"), replayed(examples, 20, "other")
    assert [sum(e.dataset == name for e in one) for name in "ab"] == [18, 2]
    assert one == replayed(examples, 20, "one") != other
    assert replayed(examples, 500, "one") == tuple(examples)


def test_beside_each_new_row_old_ones_of_its_task_are_read() -> None:
    old = [Example("a", task, f"{task} {n}", (0,)) for task in ("topic", "sentiment", "intent") for n in range(50)]
    learnt = [Example("labels", task, task, (0,)) for task in ("sentiment", "sentiment", "intent")]
    found = beside(old, learnt, 3, "one")
    assert Counter(one.task for one in found) == {"sentiment": 6, "intent": 3}
    assert found == beside(old, learnt, 3, "one") != beside(old, learnt, 3, "other")


class Slow:
    """A classifier that takes its time, on a clock of its own."""

    def __init__(self, clock: list[float], seconds: Sequence[float]) -> None:
        self._clock, self._seconds, self._calls = clock, seconds, 0

    def classify(self, texts: Sequence[str]) -> list[object]:
        self._clock[0] += self._seconds[self._calls % len(self._seconds)]
        self._calls += 1
        return []


def test_a_ratio_of_times_is_that_of_the_best_turns() -> None:
    clock = [0.0]
    ours, theirs = Slow(clock, (2.0, 9.0, 3.0)), Slow(clock, (3.0, 7.0))
    assert time_ratio(ours, theirs, ["a"], lambda: clock[0]) == 1.5  # type: ignore[arg-type]
