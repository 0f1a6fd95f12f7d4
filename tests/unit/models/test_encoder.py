"""Which attention an encoder is told to take on a device."""

from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, PreTrainedModel

from models.encoder import choose_attention

SMALL = {
    "vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
}  # fmt: skip


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("model", [BertModel(BertConfig(**SMALL)), MPNetModel(MPNetConfig(**SMALL))])
def test_padding_is_never_read_whatever_the_device_prefers(model: PreTrainedModel, device: str) -> None:
    model.eval()
    choose_attention(model, device)
    ids = torch.tensor([[5, 6, 7, 8, 9]])
    mask = torch.tensor([[1, 1, 1, 0, 0]])
    with torch.inference_mode():
        alone = model(input_ids=ids[:, :3], attention_mask=mask[:, :3]).last_hidden_state
        padded = model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :3]
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-4)
