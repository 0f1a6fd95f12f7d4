"""Training the writer: it learns, a killed run ends where an unbroken one does, and the record says what was done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import SetupError
from models.checkpoint import Position
from models.writer_adapter import WEIGHTS
from models.writer_model import END
from models.writer_pairs import Pair
from models.writer_training import RECORD, WriterSettings, encode, loss_of, train
from tests.unit.models.tiny import MESSAGE, tiny_loaded, tiny_plan

SETTINGS = WriterSettings(epochs=6.0, batch_size=2, learning_rate=1e-2, rank=2, max_tokens=2_000)
PAIRS = [Pair(tiny_plan(), MESSAGE, reply) for reply in ("I'm sorry.", "We see.", "Where was it?", "Tell us.")]


class Killed(Exception):
    """Stands for a run that was ended from outside."""


class Watch:
    def __init__(self, dies_at: int = 10**9) -> None:
        self.losses: list[float] = []
        self.dies_at = dies_at

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        self.losses.append(losses["reply"])
        if position.step == self.dies_at:
            raise Killed


class Clock:
    """Two and a half minutes a look: a checkpoint after every step."""

    now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 150.0
        return self.now_s


def test_the_loss_falls_and_the_record_says_what_was_done(tmp_path: Path) -> None:
    watch = Watch()

    record = train(PAIRS, tiny_loaded(), replace(SETTINGS, epochs=20.0, learning_rate=0.1), tmp_path, watch)

    assert sum(watch.losses[-4:]) < sum(watch.losses[:4])
    assert (record["pairs"], record["steps"]) == (4, 40)
    assert json.loads((tmp_path / RECORD).read_text()) == record


def test_a_killed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    train(PAIRS, tiny_loaded(), SETTINGS, tmp_path / "whole", Watch(), Clock())
    with pytest.raises(Killed):
        train(PAIRS, tiny_loaded(), SETTINGS, tmp_path / "broken", Watch(dies_at=7), Clock())
    train(PAIRS, tiny_loaded(), SETTINGS, tmp_path / "broken", Watch(), Clock())

    whole, broken = load_file(tmp_path / "whole" / WEIGHTS), load_file(tmp_path / "broken" / WEIGHTS)
    assert all(torch.equal(whole[name], broken[name]) for name in whole)


def test_another_run_s_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(PAIRS, tiny_loaded(), SETTINGS, tmp_path, Watch(dies_at=3), Clock())
    with pytest.raises(SetupError):
        train(PAIRS[:3], tiny_loaded(), SETTINGS, tmp_path, Watch(), Clock())


def test_only_the_reply_is_learnt() -> None:
    loaded = tiny_loaded()
    (one,) = encode(PAIRS[:1], loaded, 2_000)

    assert loaded.tokenizer.decode(one.ids[one.start :]) == PAIRS[0].reply
    assert one.ids[-1] == END
    with torch.no_grad():
        logits = loaded.model(input_ids=torch.tensor([one.ids])).logits[0]
        by_hand = torch.nn.functional.cross_entropy(logits[one.start - 1 : -1], torch.tensor(one.ids[one.start :]))
        assert loss_of(loaded.model, [one]).item() == pytest.approx(by_hand.item(), rel=1e-4)


def test_padding_changes_no_loss() -> None:
    loaded = tiny_loaded()
    first, second = encode([PAIRS[0], PAIRS[2]], loaded, 2_000)
    with torch.no_grad():
        apart = [loss_of(loaded.model, [one]).item() * (len(one.ids) - one.start) for one in (first, second)]
        together = loss_of(loaded.model, [first, second]).item()

    tokens = sum(len(one.ids) - one.start for one in (first, second))
    assert together == pytest.approx(sum(apart) / tokens, rel=1e-4)


def test_a_pair_that_is_too_long_is_left_out() -> None:
    assert encode(PAIRS, tiny_loaded(), 20) == []
