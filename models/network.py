"""The network: one encoder with low-rank adapters, mean pooling, and one head a task."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel


class LoraLinear(nn.Module):
    """A frozen linear layer plus a low-rank update: W x + B A x.

    The scale alpha / rank is 1: with 2 and a learning rate of 1e-3 nothing was learnt.

    Source: Hu et al. 2021, LoRA, sec. 4.1; parameters are named as in PEFT, which can read the saved adapter.
    """

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base_layer = base
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.lora_A, a=5**0.5)

    def forward(self, x: Tensor) -> Tensor:
        low = functional.linear(functional.linear(x, self.lora_A), self.lora_B)
        out: Tensor = self.base_layer(x) + low
        return out


class Head(nn.Module):
    """From the pooled vector to one task's logits: scaled to unit variance, one residual hidden layer, one linear."""

    def __init__(self, size: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.dense = nn.Linear(size, size)
        self.out = nn.Linear(size, labels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pooled: Tensor) -> Tensor:
        scaled = functional.layer_norm(pooled, pooled.shape[-1:])
        hidden = scaled + functional.gelu(self.dense(self.dropout(scaled)))
        logits: Tensor = self.out(self.dropout(hidden))
        return logits


class Network(nn.Module):
    """One pass, all heads."""

    def __init__(self, encoder: PreTrainedModel, label_counts: Mapping[str, int], dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self._reads_segments = "token_type_ids" in inspect.signature(encoder.forward).parameters
        size = int(encoder.config.hidden_size)
        self.heads = nn.ModuleDict({task: Head(size, count, dropout) for task, count in label_counts.items()})

    def label_count(self, task: str) -> int:
        """How many labels the task's head knows."""
        head = self.heads[task]
        assert isinstance(head, Head)
        return head.out.out_features

    def pool(self, ids: Tensor, mask: Tensor, segments: Tensor | None = None) -> Tensor:
        """Mean of the last layer over the tokens that stand for the text.

        Args:
            ids: token ids, shape (n, t), int64.
            mask: 1 for a token, 0 for padding, shape (n, t), int64.
            segments: shape (n, t), int64; 1 marks an entity's tokens in the pair (text, entity). Where a row has
                any, the mean runs over those only. `None` when no row is a pair.

        Returns:
            Shape (n, size).
        """
        pair = {"token_type_ids": segments} if self._reads_segments else {}
        states = self.encoder(input_ids=ids, attention_mask=mask, **pair).last_hidden_state
        chosen = mask
        if segments is not None:
            chosen = torch.where(segments.any(dim=1, keepdim=True), segments, mask)
        weights = chosen.to(states.dtype).unsqueeze(-1)
        pooled: Tensor = (states * weights).sum(dim=1) / weights.sum(dim=1)
        return pooled


def adapt(encoder: PreTrainedModel, rank: int) -> None:
    """Freeze the encoder and give each of its linear layers a low-rank update, in place."""
    encoder.requires_grad_(False)
    for parent in list(encoder.modules()):
        for name, child in list(parent.named_children()):
            if _adaptable(child):
                setattr(parent, name, LoraLinear(child, rank))


def layer_of(name: str) -> int:
    """Which of the encoder's layers a weight belongs to, from 0; 0 too for what is in none.

    >>> layer_of("encoder.encoder.layer.5.attention.self.query.weight")
    5
    """
    found = re.search(r"\.layers?\.(\d+)\.", name)
    return int(found[1]) if found else 0


def release(encoder: PreTrainedModel, frozen_layers: int = 0) -> dict[str, Tensor]:
    """Let the weights of the encoder's linear layers be trained, and nothing else of it.

    Embeddings, biases and layer norms stay: training them too was worth nothing, and a low-rank update cannot say it.

    Args:
        encoder: changed in place.
        frozen_layers: as many of the lowest layers stay as well, and cost no backward pass.

    Returns:
        A copy of those weights as they are now, by layer, to tell later what training changed.
    """
    encoder.requires_grad_(False)
    layers = {
        name: layer
        for name, layer in encoder.named_modules()
        if _adaptable(layer) and layer_of(f"{name}.") >= frozen_layers
    }
    for layer in layers.values():
        layer.weight.requires_grad_(True)
    return {name: layer.weight.detach().clone() for name, layer in layers.items()}


def _adaptable(layer: nn.Module) -> TypeGuard[nn.Linear]:
    return isinstance(layer, nn.Linear)


def extract(encoder: PreTrainedModel, before: Mapping[str, Tensor], rank: int) -> dict[str, Tensor]:
    """What training changed in the encoder's linear layers, as low-rank updates: the best of this rank there is.

    Args:
        encoder: after training.
        before: the plain encoder's weights by layer.
        rank: of each update; its scale is 1.

    Returns:
        The same as `adapter_of`: float16, by PEFT's names.

    Source: Eckart & Young 1936; the singular values are shared between both halves.
    """
    found: dict[str, Tensor] = {}
    for name, layer in encoder.named_modules():
        if name in before and isinstance(layer, nn.Linear):
            change = (layer.weight.detach() - before[name].to(layer.weight.device)).float()
            left, values, right = torch.linalg.svd(change, full_matrices=False)
            root = values[:rank].sqrt()
            found[f"base_model.model.{name}.lora_A.weight"] = (root[:, None] * right[:rank]).half().contiguous()
            found[f"base_model.model.{name}.lora_B.weight"] = (left[:, :rank] * root).half().contiguous()
    return found


def restore(encoder: PreTrainedModel, before: Mapping[str, Tensor]) -> None:
    """Put the plain encoder's weights back, in place."""
    layers = dict(encoder.named_modules())
    with torch.no_grad():
        for name, weight in before.items():
            layer = layers[name]
            assert isinstance(layer, nn.Linear)
            layer.weight.copy_(weight)


def strip(encoder: PreTrainedModel) -> None:
    """Take the low-rank updates away again, in place."""
    for parent in list(encoder.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, LoraLinear):
                setattr(parent, name, child.base_layer)


def adapter_of(encoder: PreTrainedModel) -> dict[str, Tensor]:
    """The low-rank updates alone, by PEFT's names, in float16."""
    found: dict[str, Tensor] = {}
    for name, module in encoder.named_modules():
        if isinstance(module, LoraLinear):
            found[f"base_model.model.{name}.lora_A.weight"] = module.lora_A.detach().half().contiguous()
            found[f"base_model.model.{name}.lora_B.weight"] = module.lora_B.detach().half().contiguous()
    return found


def merge(encoder: PreTrainedModel, adapter: Mapping[str, Tensor], scale: float) -> None:
    """Add the low-rank updates to the plain encoder's weights, in place: no cost is left at inference.

    Raises:
        KeyError: the adapter names a layer that the encoder lacks, or one half of an update.
        ValueError: a shape does not fit, or the adapter is empty.
    """
    layers = dict(encoder.named_modules())
    names = {key.removeprefix("base_model.model.").rsplit(".lora_", 1)[0] for key in adapter}
    if not names:
        raise ValueError("the adapter is empty")
    with torch.no_grad():
        for name in names:
            layer = layers[name]
            down = adapter[f"base_model.model.{name}.lora_A.weight"].float()
            up = adapter[f"base_model.model.{name}.lora_B.weight"].float()
            if not isinstance(layer, nn.Linear) or layer.weight.shape != (up.shape[0], down.shape[1]):
                raise ValueError(f"the update of {name} does not fit its layer")
            layer.weight += scale * (up @ down)
