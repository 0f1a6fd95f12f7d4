"""The classic recurrent classifier: word vectors, two LSTM layers, one linear layer; trained from nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from models.batches import by_tokens, shuffled
from models.data import Example
from models.grouping import group
from models.inference import bfloat16_pays
from models.text import clean

Logits = NDArray[np.float32]

VECTOR: Final = 300
UNITS: Final = 128
LAYERS: Final = 2
DROPOUT: Final = 0.3
RARE: Final = 2
"""A word seen less often has no vector of its own."""
MAX_WORDS: Final = 96
BATCH: Final = 64
LEARNING_RATE: Final = 2e-3
MAX_EPOCHS: Final = 10
PATIENCE: Final = 1
"""Epochs without a lower loss on the rows set aside, after which training stops; 2 gained nothing on tweets."""
SET_ASIDE: Final = 12
"""One group of near-duplicates in twelve of the training part decides when to stop; the development part does not."""
UNKNOWN: Final = 1
"""0 is padding."""

_WORD = re.compile(r"[$#@]?[a-z]+(?:'[a-z]+)?|\d+|[^\w\s]")


def words_of(text: str) -> list[str]:
    """Words, cashtags and punctuation in lower case, each digit as 0.

    >>> words_of("$ACME isn't up 12%!")
    ['$acme', "isn't", 'up', '00', '%', '!']
    """
    return [re.sub(r"\d", "0", word) for word in _WORD.findall(clean(text).lower())][:MAX_WORDS]


class Recurrent(nn.Module):
    """The last state of the upper layer is what is judged."""

    def __init__(self, words: int, labels: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, VECTOR, padding_idx=0)
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.lstm = nn.LSTM(VECTOR, UNITS, LAYERS, batch_first=True, dropout=DROPOUT)
        self.dropout = nn.Dropout(DROPOUT)
        self.out = nn.Linear(UNITS, labels)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Args: ids of shape (n, t), int64; lengths of shape (n,), each from 1. Returns logits, shape (n, labels)."""
        packed = pack_padded_sequence(self.dropout(self.vectors(ids)), lengths, batch_first=True, enforce_sorted=False)
        _, (states, _) = self.lstm(packed)
        logits: Tensor = self.out(self.dropout(states[-1]))
        return logits


def recurrent(task: str, train: Sequence[Example], rows: Sequence[Example], count: int, seed: int = 0) -> Logits:
    """Train on `train`, and give the logits of `rows`, shape (rows, count); on the CPU, the same for the same seed."""
    names = group([example.text for example in train])
    aside = np.array([int(name, 16) % SET_ASIDE == 0 for name in names])
    learn, judge = (
        [e for e, held in zip(train, aside, strict=True) if not held],
        [e for e, held in zip(train, aside, strict=True) if held],
    )
    judge = judge or learn  # of a handful of texts, or of one template, none may fall aside
    vocabulary = _vocabulary(learn)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Recurrent(len(vocabulary) + 2, count)
        _fit(network, task, learn, judge, vocabulary, seed)
    return _logits(network, [_ids(example, vocabulary) for example in rows])


def _vocabulary(examples: Sequence[Example]) -> dict[str, int]:
    counts = Counter(word for example in examples for word in words_of(example.text))
    kept = sorted(word for word, seen in counts.items() if seen >= RARE)
    return {word: index for index, word in enumerate(kept, start=UNKNOWN + 1)}


def _ids(example: Example, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary.get(word, UNKNOWN) for word in words_of(example.text)] or [UNKNOWN]


def _fit(
    network: Recurrent,
    task: str,
    learn: Sequence[Example],
    judge: Sequence[Example],
    vocabulary: dict[str, int],
    seed: int,
) -> None:
    """Train until the rows set aside no longer gain, and keep the weights of the best epoch."""
    ids, truth = [_ids(example, vocabulary) for example in learn], _target(task, learn, network.out.out_features)
    unseen, unseen_truth = [_ids(e, vocabulary) for e in judge], _target(task, judge, network.out.out_features)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-4)
    best, best_epoch, half = float("inf"), 0, bfloat16_pays(torch.device("cpu"))
    kept = {name: weight.clone() for name, weight in network.state_dict().items()}
    for epoch in range(MAX_EPOCHS):
        network.train()
        for batch in shuffled([len(row) for row in ids], BATCH, seed, epoch):
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=half):  # halves a step where the hardware has it
                logits = network(*_padded([ids[row] for row in batch]))
            loss = _loss(task, logits.float(), truth[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
        found = float(_loss(task, torch.from_numpy(_logits(network, unseen)), unseen_truth))
        if found < best:
            best, best_epoch = found, epoch
            kept = {name: weight.clone() for name, weight in network.state_dict().items()}
        elif epoch - best_epoch >= PATIENCE:
            break
    network.load_state_dict(kept)


def _target(task: str, examples: Sequence[Example], count: int) -> Tensor:
    if task != "emotion":
        return torch.tensor([example.labels[0] for example in examples])
    table = torch.zeros((len(examples), count))
    for row, example in enumerate(examples):
        table[row, list(example.labels)] = 1.0
    return table


def _loss(task: str, logits: Tensor, truth: Tensor) -> Tensor:
    if task == "emotion":
        return functional.binary_cross_entropy_with_logits(logits, truth, reduction="sum") / len(truth)
    return functional.cross_entropy(logits, truth)


def _padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.zeros((len(rows), int(lengths.max())), dtype=torch.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
    return ids, lengths


def _logits(network: Recurrent, ids: Sequence[Sequence[int]]) -> Logits:
    network.train(False)
    found = np.zeros((len(ids), network.out.out_features), dtype=np.float32)
    with torch.inference_mode():
        for batch in by_tokens([len(row) for row in ids], 4_096):
            found[batch] = network(*_padded([ids[row] for row in batch])).numpy()
    return found
