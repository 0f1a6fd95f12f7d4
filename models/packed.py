"""A BERT encoder written out over rows of tokens: where the attention allows it, no arithmetic is spent on padding."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel, PreTrainedModel

varlen_attn: Any
try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:  # torch before 2.10
    varlen_attn = None

Attention = Callable[[Tensor, Tensor, Tensor, Tensor, int], Tensor]
"""From queries, keys and values, each of shape (t, heads, d), where the texts lie, and the longest one's tokens at
most; gives shape (t, heads, d)."""


def can_pack(encoder: PreTrainedModel) -> bool:
    """Whether this is a BERT that `PackedBert` computes as it is."""
    config = encoder.config
    return (
        type(encoder) is BertModel
        and config.hidden_act == "gelu"
        and getattr(config, "position_embedding_type", "absolute") == "absolute"
        and not config.is_decoder
    )


def has_varlen() -> bool:
    """Whether torch has attention over texts of different lengths, which came with 2.10, and the GPU can do it."""
    return varlen_attn is not None and torch.cuda.is_available() and torch.cuda.get_device_capability() >= (8, 0)


def varlen(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, longest: int) -> Tensor:
    """Flash attention within each text; `starts` of shape (n + 1,), int32. CUDA, half precision only."""
    found: Tensor = varlen_attn(q, k, v, starts, starts, longest, longest)
    return found


def one_by_one(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, longest: int) -> Tensor:
    """The same, text by text, on any device: slow, and what the kernel is held against."""
    found = torch.empty_like(q)
    edges = starts.tolist()
    for begin, end in pairwise(edges):
        if end > begin:
            asked, keys, values = [each[begin:end].transpose(0, 1) for each in (q, k, v)]
            found[begin:end] = functional.scaled_dot_product_attention(asked, keys, values).transpose(0, 1)
    return found


def padded(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, longest: int) -> Tensor:
    """Attention within rows of one width; `mask` of shape (n, width), true for a token, at least one a row."""
    n, width = mask.shape
    q, k, v = [each.view(n, width, *each.shape[1:]).transpose(1, 2) for each in (q, k, v)]
    found = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
    return found.transpose(1, 2).flatten(0, 1)


class PackedLayer(nn.Module):
    """One layer: attention and the two linear layers behind it, each with its residual and its norm."""

    def __init__(self, layer: Any, heads: int, attention: Attention, longest: int) -> None:
        super().__init__()
        own, behind = layer.attention.self, layer.attention.output
        parts = (own.query, own.key, own.value)
        self.qkv = _linear(torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts]))
        self.out, self.up, self.down = behind.dense, layer.intermediate.dense, layer.output.dense
        self.norm_attention, self.norm_out = behind.LayerNorm, layer.output.LayerNorm
        self._heads, self._attention, self._longest = heads, attention, longest

    def forward(self, x: Tensor, where: Tensor) -> Tensor:
        size = x.shape[1]
        q, k, v = self.qkv(x).unflatten(1, (3, self._heads, size // self._heads)).unbind(1)
        found = self._attention(q, k, v, where, self._longest).flatten(1)
        x = self.norm_attention(x + self.out(found))
        seen: Tensor = self.norm_out(x + self.down(functional.gelu(self.up(x))))
        return seen


class PackedBert(nn.Module):
    """The loaded encoder's weights, which it shares but for the joined queries, keys and values."""

    def __init__(self, encoder: PreTrainedModel, attention: Attention, longest: int) -> None:
        """
        Args:
            encoder: in evaluation mode, on its device and in its format.
            attention: for the layout of the rows.
            longest: no text has more tokens.

        Raises:
            TypeError: `can_pack` says no.
        """
        super().__init__()
        if not can_pack(encoder):
            raise TypeError(f"{type(encoder).__name__} is not a BERT of the usual form")
        model: Any = encoder
        config, tables = model.config, model.embeddings
        self.words, self.positions = tables.word_embeddings, tables.position_embeddings
        self.kinds, self.norm = tables.token_type_embeddings, tables.LayerNorm
        self.layers = nn.ModuleList(
            PackedLayer(layer, config.num_attention_heads, attention, longest) for layer in model.encoder.layer
        )

    def forward(self, ids: Tensor, positions: Tensor, segments: Tensor | None, where: Tensor) -> Tensor:
        """The last layer's states.

        Args:
            ids: shape (t,), int32 or int64.
            positions: of each token in its own text, shape (t,).
            segments: token types, shape (t,); `None` for zeros.
            where: `starts` or `mask`, as the attention reads it.

        Returns:
            Shape (t, size). Rows of tokens that belong to no text are undefined.
        """
        kinds = self.kinds.weight[0] if segments is None else self.kinds(segments)
        x: Tensor = self.norm(self.words(ids) + kinds + self.positions(positions))
        for layer in self.layers:
            x = layer(x, where)
        return x


def mean_of_texts(states: Tensor, starts: Tensor, segments: Tensor | None = None) -> Tensor:
    """Mean over each text's tokens, or over its entity's where it has some.

    Args:
        states: shape (t, size).
        starts: shape (n + 1,), int32.
        segments: shape (t,), 1 on an entity's tokens; `None` when no text is a pair.

    Returns:
        Shape (n, size), float32; NaN for a text without tokens.
    """
    states = states.float()
    if segments is None:
        return torch.segment_reduce(states, "mean", offsets=starts, unsafe=True)
    marked = torch.segment_reduce(segments.float(), "sum", offsets=starts, unsafe=True) > 0
    lengths = (starts[1:] - starts[:-1]).long()
    counted = torch.where(marked.repeat_interleave(lengths, output_size=len(states)), segments, 1).float()
    sums = torch.segment_reduce(states * counted[:, None], "sum", offsets=starts, unsafe=True)
    return sums / torch.segment_reduce(counted, "sum", offsets=starts, unsafe=True)[:, None]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight = nn.Parameter(weight.detach(), requires_grad=False)
    layer.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return layer
