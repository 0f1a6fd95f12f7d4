"""Runs the network over encoded texts and hands back each head's logits as numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from models.batches import Encoded, by_tokens, pad
from models.network import Network


def logits_of(
    network: Network, encoded: Sequence[Encoded], tasks: Sequence[str], batch_tokens: int, *, autocast: bool = False
) -> dict[str, NDArray[np.float32]]:
    """One pass in length order, all the named heads.

    Args:
        network: in evaluation mode.
        encoded: n token lists; n may be 0.
        tasks: heads to read.
        batch_tokens: padded tokens a batch may hold.
        autocast: compute matrix products in bfloat16 although the weights are float32.

    Returns:
        By task, shape (n, labels of the task), float32, rows in the order of `encoded`.
    """
    device = next(network.parameters()).device
    found: dict[str, list[tuple[list[int], NDArray[np.float32]]]] = {task: [] for task in tasks}
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=autocast):
        for batch in by_tokens([len(item) for item in encoded], batch_tokens):
            ids, mask, segments = pad([encoded[index] for index in batch])
            segments = None if segments is None else segments.to(device)
            pooled = network.pool(ids.to(device), mask.to(device), segments)
            for task in tasks:
                found[task].append((batch, network.heads[task](pooled).float().cpu().numpy()))
    return {task: _in_order(parts, len(encoded), network.label_count(task)) for task, parts in found.items()}


def vectors_of(
    network: Network, encoded: Sequence[Encoded], batch_tokens: int, *, autocast: bool = False
) -> NDArray[np.float32]:
    """Pooled vectors, shape (n, size), float32, in the order of `encoded`; arguments as in `logits_of`."""
    device = next(network.parameters()).device
    vectors = np.zeros((len(encoded), int(network.encoder.config.hidden_size)), dtype=np.float32)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=autocast):
        for batch in by_tokens([len(item) for item in encoded], batch_tokens):
            ids, mask, _ = pad([encoded[index] for index in batch])
            vectors[batch] = network.pool(ids.to(device), mask.to(device)).float().cpu().numpy()
    return vectors


def _in_order(parts: Sequence[tuple[list[int], NDArray[np.float32]]], rows: int, columns: int) -> NDArray[np.float32]:
    ordered = np.zeros((rows, columns), dtype=np.float32)
    for batch, logits in parts:
        ordered[batch] = logits
    return ordered


def bfloat16_pays(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware; elsewhere they are slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    capability = torch.backends.cpu.get_cpu_capability()
    return device.type == "cpu" and capability.startswith("AVX512") and _has_bf16_instructions()


def _has_bf16_instructions() -> bool:
    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
