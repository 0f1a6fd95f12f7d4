"""A low-rank update of a language model: put on, stored, and merged again, it says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.errors import ModelUnusable
from models.writer_adapter import CONFIG, WEIGHTS, adapt, adapter_of, merge, save
from tests.unit.models.tiny import tiny_model

IDS = torch.tensor([[5, 9, 12, 40, 7]])


def logits(model: nn.Module) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(input_ids=IDS).logits
    return found


def taught(folder: Path) -> nn.Module:
    model = tiny_model()
    trained = adapt(model, rank=2, scale=0.5)
    with torch.no_grad():
        for parameter in trained:
            parameter.copy_(torch.randn_like(parameter).half())
    save(folder, adapter_of(model), 2, 0.5, "tiny")
    return model


def test_a_fresh_update_changes_nothing() -> None:
    plain, adapted = tiny_model(), tiny_model()
    adapt(adapted, rank=2, scale=1.0)

    assert torch.equal(logits(plain), logits(adapted))


def test_only_the_upper_layers_updates_are_trained() -> None:
    model = tiny_model()
    adapt(model, rank=2, scale=1.0)

    names = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert names
    assert all(".layers.1." in name and name.endswith((".down", ".up")) for name in names)


def test_merged_into_a_plain_model_it_says_the_same(tmp_path: Path) -> None:
    model, plain = taught(tmp_path), tiny_model()
    before = logits(plain)
    merge(plain, tmp_path)

    assert torch.allclose(logits(plain), logits(model), atol=1e-4)
    assert not torch.allclose(before, logits(plain), atol=1e-2)


def test_peft_reads_what_is_stored(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    model = taught(tmp_path)

    theirs = peft.PeftModel.from_pretrained(tiny_model(), str(tmp_path))

    assert torch.allclose(logits(theirs), logits(model), atol=1e-4)


@pytest.mark.parametrize("fault", ["nothing", "no config", "damaged", "another model"])
def test_an_adapter_that_does_not_fit_is_told(tmp_path: Path, fault: str) -> None:
    if fault != "nothing":
        taught(tmp_path)
    if fault == "no config":
        (tmp_path / CONFIG).unlink()
    if fault == "damaged":
        (tmp_path / WEIGHTS).write_bytes(b"\0" * 40)
    model: nn.Module = nn.Sequential(nn.Linear(2, 2)) if fault == "another model" else tiny_model()

    with pytest.raises(ModelUnusable, match="adapter"):
        merge(model, tmp_path)


def test_the_config_says_what_was_adapted(tmp_path: Path) -> None:
    taught(tmp_path)

    config = json.loads((tmp_path / CONFIG).read_text())
    assert (config["r"], config["lora_alpha"], config["layers_to_transform"]) == (2, 1.0, [1])
