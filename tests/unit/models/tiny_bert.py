"""A BERT of a few thousand random weights with two heads, and token arrays for it."""

from __future__ import annotations

import random

import torch
from transformers import BertConfig, BertModel

from models.batches import Encoded
from models.network import Network

LONGEST = 40
TASKS = ("topic", "entity")


def tiny_network() -> Network:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=60, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=LONGEST, attn_implementation="eager",
    )  # fmt: skip
    network = Network(BertModel(config, add_pooling_layer=False), {"topic": 4, "entity": 3})
    return network.eval()


def encoded(count: int, pairs: bool = False) -> list[Encoded]:
    """Texts of 3 to `LONGEST` tokens; of pairs, every second one has an entity of two tokens."""
    rng = random.Random(count)
    found = []
    for place in range(count):
        length = rng.randint(3, LONGEST)
        marks = [0] * (length - 3) + [1, 1, 0] if pairs and place % 2 else None
        found.append(Encoded([rng.randrange(1, 60) for _ in range(length)], marks))
    return found
