"""Merging the low-rank update costs nothing and changes nothing."""

from __future__ import annotations

import pytest
import torch

from models.encoder import load_encoder
from models.network import LoraLinear, Network, adapt, adapter_of, merge

IDS = torch.tensor([[101, 2003, 2009, 102], [101, 2009, 102, 0]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])


def adapted_network() -> Network:
    """A network whose updates are not zero, as after training."""
    torch.manual_seed(0)
    encoder = load_encoder()
    adapt(encoder, 4)
    for module in encoder.modules():
        if isinstance(module, LoraLinear):
            torch.nn.init.normal_(module.lora_B, std=0.04)
    return Network(encoder, {"topic": 3}).eval()


def test_a_merged_update_gives_the_same_vectors() -> None:
    adapted = adapted_network()
    plain = load_encoder()
    merge(plain, adapter_of(adapted.encoder), scale=1.0)
    merged = Network(plain, {}).eval()
    with torch.inference_mode():
        torch.testing.assert_close(merged.pool(IDS, MASK), adapted.pool(IDS, MASK), atol=2e-3, rtol=1e-2)
        untouched = Network(load_encoder(), {}).eval().pool(IDS, MASK)
        assert (merged.pool(IDS, MASK) - untouched).abs().max() > 0.05


def test_only_updates_and_heads_are_trained() -> None:
    trained = {name for name, parameter in adapted_network().named_parameters() if parameter.requires_grad}
    assert all("lora_" in name or name.startswith("heads.") for name in trained)


def test_padding_does_not_change_a_vector() -> None:
    network = Network(load_encoder(), {}).eval()
    with torch.inference_mode():
        alone = network.pool(IDS[1:, :3], MASK[1:, :3])
        torch.testing.assert_close(network.pool(IDS, MASK)[1:], alone, atol=1e-5, rtol=1e-4)


def test_an_entity_is_pooled_over_its_own_words() -> None:
    network = Network(load_encoder(), {}).eval()
    segments = torch.tensor([[0, 0, 1, 0], [0, 0, 0, 0]])
    with torch.inference_mode():
        states = network.encoder(input_ids=IDS, attention_mask=MASK, token_type_ids=segments).last_hidden_state
        pooled = network.pool(IDS, MASK, segments)
    torch.testing.assert_close(pooled[0], states[0, 2])
    torch.testing.assert_close(pooled[1], states[1, :3].mean(dim=0))


def test_an_update_for_a_layer_that_is_not_there_is_refused() -> None:
    adapter = {key.replace("layer.0", "layer.9"): value for key, value in adapter_of(adapted_network().encoder).items()}
    with pytest.raises(KeyError):
        merge(load_encoder(), adapter, scale=1.0)
