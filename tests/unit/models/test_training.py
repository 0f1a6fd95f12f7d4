"""A run that is cut off continues as if it had not been, and leaves an artefact that can be loaded."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.errors import ModelUnusable, SetupError
from models import artefact, checkpoint
from models.checkpoint import Position
from models.classifier import load_classifier
from models.data import read_training_data
from models.encoder import load_encoder
from models.network import Network, extract, merge, release, restore
from models.produce import measure_development, produce
from models.settings import TrainingSettings
from models.training import train
from tests.unit.models.folder import write_data_folder

CPU = torch.device("cpu")
SETTINGS = TrainingSettings(epochs=0.25, batch_size=8, max_tokens=24, rank=4)
"""Six steps of eight texts."""


class Quiet:
    """A watcher that counts, and may cut the run off."""

    def __init__(self, cut_at: int | None = None) -> None:
        self.steps: list[int] = []
        self.cut_at = cut_at

    def advanced(self, progress: float, position: Position, losses: dict[str, float], learning_rate: float) -> None:
        self.steps.append(position.step)
        if position.step == self.cut_at:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_folder(tmp_path_factory.mktemp("data") / "sets")


def hours_between_looks() -> Iterator[float]:
    """A clock on which every checkpoint is due."""
    return itertools.count(0.0, 3_600.0)


@pytest.mark.parametrize(("full", "interpolation"), [(True, 1.0), (False, 0.5)])
def test_a_cut_off_run_continues_at_its_checkpoint_to_the_same_weights(
    folder: Path, tmp_path: Path, full: bool, interpolation: float
) -> None:
    settings = replace(SETTINGS, full=full, interpolation=interpolation)
    data = read_training_data(folder)
    _, whole, _ = train(data, settings, tmp_path / "whole", Quiet(), device=CPU)
    clock = hours_between_looks()
    with pytest.raises(KeyboardInterrupt):
        train(data, settings, tmp_path / "cut", Quiet(cut_at=4), device=CPU, clock=lambda: next(clock))
    second = Quiet()
    _, resumed, position = train(data, settings, tmp_path / "cut", second, device=CPU)
    assert second.steps[0] == 4  # three steps were saved
    assert position.step == 6 or position.step == 7
    assert whole.keys() == resumed.keys()
    for name, half in whole.items():
        if name.endswith("lora_B.weight"):
            other = name.replace("lora_B", "lora_A")
            torch.testing.assert_close(
                resumed[name].float() @ resumed[other].float(), half.float() @ whole[other].float()
            )


def test_half_of_the_way_is_the_middle_of_the_first_and_the_last_weights(folder: Path, tmp_path: Path) -> None:
    heads = []
    for share in (0.0, 0.5, 1.0):
        settings = replace(SETTINGS, full=False, interpolation=share)
        network, _, _ = train(read_training_data(folder), settings, tmp_path / str(share), Quiet(), device=CPU)
        heads.append({name: tensor.detach() for name, tensor in network.heads.named_parameters()})
    first, middle, last = heads
    assert any(not torch.equal(first[name], last[name]) for name in first)
    for name, tensor in middle.items():
        torch.testing.assert_close(tensor, (first[name] + last[name]) / 2)


def test_what_is_kept_of_a_full_training_is_its_best_low_rank_update() -> None:
    torch.manual_seed(0)
    encoder = load_encoder()
    before = release(encoder)
    with torch.no_grad():
        for name, layer in encoder.named_modules():
            if name in before:
                rows, columns = layer.weight.shape
                layer.weight += torch.randn(rows, 3) @ torch.randn(3, columns) * 0.01
    trained = {name: layer.weight.detach().clone() for name, layer in encoder.named_modules() if name in before}
    update = extract(encoder, before, rank=3)
    restore(encoder, before)
    merge(encoder, update, scale=1.0)
    for name, layer in encoder.named_modules():
        if name in before:
            torch.testing.assert_close(layer.weight, trained[name], atol=1e-3, rtol=1e-2)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, "one", Position(), {})
    with pytest.raises(SetupError, match="other data or settings"):
        checkpoint.load(tmp_path, "other")


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / checkpoint.FILE).write_bytes(b"no")
    with pytest.raises(SetupError, match="delete it"):
        checkpoint.load(tmp_path, "one")


@pytest.fixture(scope="module")
def weights(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("weights") / "tiny"
    produce(folder, output, SETTINGS, Quiet())
    return output


def test_an_artefact_holds_no_path_and_no_row(weights: Path, folder: Path) -> None:
    small = [path for path in weights.iterdir() if path.suffix in (".json", ".md")]
    assert {path.name for path in small} >= {"labels.json", "calibration.json", "training_record.json", "README.md"}
    for path in small:
        content = path.read_text()
        assert str(folder) not in content
        assert "story" not in content  # the last word of every row
    assert not (weights / checkpoint.FILE).exists()


def test_an_artefact_can_be_loaded_and_measured_again(weights: Path, folder: Path) -> None:
    reports = measure_development(weights, folder)
    recorded = json.loads((weights / artefact.RECORD).read_text())["development"]
    assert reports["emotion"].n == recorded["emotion"]["n"] == 40
    assert load_classifier(weights).classify(["shares rise"])[0].topic in ("Macro", "Markets")


def test_development_figures_are_refused_on_other_data(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="not the data"):
        measure_development(weights, write_data_folder(tmp_path / "other", rows=30))


@pytest.mark.parametrize("full", [True, False])
def test_training_can_start_from_an_artefact(weights: Path, folder: Path, tmp_path: Path, full: bool) -> None:
    produce(folder, tmp_path / "second", replace(SETTINGS, full=full), Quiet(), initial=weights)
    record = json.loads((tmp_path / "second" / artefact.RECORD).read_text())
    assert record["started_from"]["steps"] >= 6


def test_an_artefact_of_another_rank_cannot_be_started_from(weights: Path) -> None:
    from models.encoder import load_encoder
    from models.network import adapt

    encoder = load_encoder()
    adapt(encoder, 8)
    labels = artefact.read_description(weights).labels
    with pytest.raises(ModelUnusable, match="another shape"):
        artefact.continue_from(weights, Network(encoder, {task: len(names) for task, names in labels.items()}))
