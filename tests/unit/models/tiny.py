"""A language model of a few thousand weights, with one token a character: it knows nothing and is there at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.plans import Plan
from core.writing import plan_reply
from models.writer_model import END, Loaded
from tests.builders import make_post, make_scores
from tests.playbook import PLAYBOOK

MESSAGE = "my card fails"


class CharTokenizer:
    """Printable ASCII, from token 3 on; anything else is a blank."""

    chat_template = ""
    eos_token_id = END

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [ord(sign) - 29 if " " <= sign <= "~" else 3 for sign in text]}

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = False) -> str:
        return "".join(chr(one + 29) if one >= 3 else "" for one in ids)


def tiny_model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=128, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=4096, bos_token_id=1, eos_token_id=END, pad_token_id=END,
        tie_word_embeddings=True,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def tiny_loaded() -> Loaded:
    tokenizer: Any = CharTokenizer()
    return Loaded(tiny_model(), tokenizer, (END,), "tiny", "Reply.")


def tiny_plan(entry: str = "card_not_working") -> Plan:
    post = make_post("1", channel="customer", text=MESSAGE)
    return plan_reply(post, make_scores(), PLAYBOOK.named[entry], (), PLAYBOOK)
