"""Captures what is launched for one shape as a CUDA graph, and replays it: one launch instead of a hundred."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

WARM_UP: Final = 2
"""Runs before a capture: libraries allocate and choose kernels at the first ones."""


class _Captured(NamedTuple):
    graph: torch.cuda.CUDAGraph
    inputs: Tensor
    found: Tensor


class Graphs:
    """By shape, one captured pass; they share their memory, and each is used before the next one runs."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._captured: dict[Hashable, _Captured] = {}
        self._pool: Any = None

    def run(self, key: Hashable, inputs: Tensor, work: Callable[[Tensor], Tensor]) -> Tensor:
        """What `work` gives for these inputs.

        Args:
            key: of the shapes and of what `work` does.
            inputs: on the host, pinned.
            work: must not wait for the device, and must do the same whatever the values.

        Returns:
            Valid until the next run of the same key.
        """
        if key not in self._captured:
            self._captured[key] = self._capture(inputs, work)
        captured = self._captured[key]
        captured.inputs.copy_(inputs, non_blocking=True)
        captured.graph.replay()
        return captured.found

    def _capture(self, inputs: Tensor, work: Callable[[Tensor], Tensor]) -> _Captured:
        own = inputs.to(self._device)
        side = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        current = torch.cuda.current_stream(self._device)
        side.wait_stream(current)
        with torch.cuda.stream(side):
            for _ in range(WARM_UP):
                work(own)
        current.wait_stream(side)
        torch.cuda.synchronize(self._device)
        graph = torch.cuda.CUDAGraph()
        # other threads may allocate pinned memory meanwhile
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            found = work(own)
        self._pool = self._pool or graph.pool()
        return _Captured(graph, own, found)
