"""The written-out encoder computes what the library's does, without padding and with it."""

from __future__ import annotations

import pytest
import torch
from transformers import RobertaConfig, RobertaModel

from models.batches import Encoded, pad
from models.packed import PackedBert, can_pack, mean_of_texts, one_by_one, padded
from models.tokens import flatten
from tests.unit.models.tiny_bert import LONGEST, encoded, tiny_network


def positions_of(items: list[Encoded]) -> torch.Tensor:
    return torch.cat([torch.arange(len(item)) for item in items])


@pytest.mark.parametrize("pairs", [False, True])
@torch.inference_mode()
def test_packed_texts_are_pooled_as_padded_ones_are(pairs: bool) -> None:
    network, items = tiny_network(), encoded(30, pairs)
    tokens = flatten(items)
    starts = torch.from_numpy(tokens.starts)
    segments = None if tokens.segments is None else torch.from_numpy(tokens.segments)
    bert = PackedBert(network.encoder, one_by_one, LONGEST)
    states = bert(torch.from_numpy(tokens.ids), positions_of(items), segments, starts)
    torch.testing.assert_close(mean_of_texts(states, starts, segments), network.pool(*pad(items)), atol=2e-6, rtol=1e-5)


@torch.inference_mode()
def test_padded_rows_have_the_states_of_the_library() -> None:
    network, items = tiny_network(), encoded(12)
    ids, mask, _ = pad(items)
    bert = PackedBert(network.encoder, padded, LONGEST)
    positions = torch.arange(ids.shape[1]).repeat(len(ids))
    states = bert(ids.flatten(), positions, None, mask.bool()).unflatten(0, ids.shape)
    expected = network.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(states[mask.bool()], expected[mask.bool()], atol=2e-6, rtol=1e-5)


def test_what_is_no_bert_is_not_packed() -> None:
    other = RobertaModel(RobertaConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2))
    assert not can_pack(other)
    with pytest.raises(TypeError, match="RobertaModel"):
        PackedBert(other, one_by_one, LONGEST)
