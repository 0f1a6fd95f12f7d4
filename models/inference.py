"""Runs the network over encoded texts and hands back each head's logits as numpy arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.batches import Encoded, by_tokens, pad
from models.network import Network

Part = tuple[list[int], list[NDArray[np.float32]]]
"""Rows of one batch, and their logits for each task."""


class Passes(Protocol):
    """Runs one function over several batches; `map`, or a pool's, which runs some of them at a time."""

    def __call__(self, function: Callable[[list[int]], Part], batches: Iterable[list[int]], /) -> Iterable[Part]: ...


def logits_of(
    network: Network,
    encoded: Sequence[Encoded],
    tasks: Sequence[str],
    batch_tokens: int,
    *,
    autocast: bool = False,
    passes: Passes = map,
) -> dict[str, NDArray[np.float32]]:
    """One pass in length order, all the named heads.

    Args:
        network: in evaluation mode.
        encoded: n token lists; n may be 0.
        tasks: heads to read.
        batch_tokens: padded tokens a batch may hold.
        autocast: compute matrix products in bfloat16 although the weights are float32.
        passes: how the batches are run.

    Returns:
        By task, shape (n, labels of the task), float32, rows in the order of `encoded`.
    """
    device = next(network.parameters()).device

    def run(batch: list[int]) -> Part:
        # both modes are a thread's own
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            ids, mask, segments = pad([encoded[index] for index in batch])
            segments = None if segments is None else segments.to(device)
            pooled = network.pool(ids.to(device), mask.to(device), segments)
            return batch, [network.heads[task](pooled).float().cpu().numpy() for task in tasks]

    logits = {task: np.zeros((len(encoded), network.label_count(task)), dtype=np.float32) for task in tasks}
    for batch, found in passes(run, by_tokens([len(item) for item in encoded], batch_tokens)):
        for task, rows in zip(tasks, found, strict=True):
            logits[task][batch] = rows
    return logits


def side_by_side(threads: int) -> Passes:
    """A pool in which each thread takes whole batches, each on one core.

    Two threads that share every matrix product meet at a barrier some hundred times a batch; as soon as another
    program takes one of the cores, both wait for it.
    """
    pool = ThreadPoolExecutor(threads, "classifier", initializer=torch.set_num_threads, initargs=(1,))
    return pool.map


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


def bfloat16_pays(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware; elsewhere they are slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    capability = torch.backends.cpu.get_cpu_capability()
    return device.type == "cpu" and capability.startswith("AVX512") and _has_bf16_instructions()


def _has_bf16_instructions() -> bool:
    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
