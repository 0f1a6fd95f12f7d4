"""Runs token arrays through the network, several passes in flight, so that the device need not wait for Python."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.batches import by_tokens
from models.graphs import Graphs
from models.network import Network
from models.packed import PackedBert, can_pack, has_varlen, mean_of_texts, one_by_one, padded, varlen
from models.tokens import Longs, Tokens, rectangle

Logits = NDArray[np.float32]
IN_FLIGHT: Final = 3
"""Batches handed to the device before the first one's result is waited for."""
WIDTH_STEP: Final = 8
"""Padded widths are multiples of this: the fused kernel reads masks in such steps, and few widths are few shapes."""
ROW_TOKENS: Final = 8
"""A packed pass has at most a text for so many tokens: the captured passes need an upper bound."""
KERNEL_ROWS: Final = 128
"""Queries that one block of the attention kernel takes; a lower limit saves nothing."""


class Variant(NamedTuple):
    """One way to compute the same."""

    layout: Literal["library", "padded", "packed"]
    """`transformers`' own forward pass; ours over padded rows; ours over packed tokens."""
    compiled: bool = False
    graphs: bool = False
    """Launch a whole pass at once, as a captured CUDA graph."""


VARIANTS: Final = {
    "eager": Variant("library"),
    "compiled": Variant("padded", compiled=True),
    "packed": Variant("packed"),
    "packed graphs": Variant("packed", graphs=True),
    "packed compiled": Variant("packed", compiled=True, graphs=True),
}
FASTEST: Final = "eager"
"""On CUDA, until `groundswell bench gpu` has timed the others there."""


def usable(name: str, network: Network) -> bool:
    """Whether this device, torch and encoder can do it; "eager" can be done everywhere."""
    variant, some = VARIANTS[name], next(network.parameters())
    if variant.layout != "library" and not can_pack(network.encoder):
        return False
    if some.device.type != "cuda":
        return not variant.compiled and not variant.graphs
    return variant.layout != "packed" or (has_varlen() and some.dtype != torch.float32)


class _Flight(NamedTuple):
    rows: Longs
    logits: Tensor
    """On the host; complete once `landed`."""
    landed: torch.cuda.Event | None


class Engine:
    """One network on one device. One instance serves one thread at a time."""

    def __init__(self, network: Network, variant: Variant, pass_tokens: int, max_tokens: int) -> None:
        """
        Args:
            network: in evaluation mode.
            variant: see `usable`.
            pass_tokens: tokens a pass may hold, padding counted in.
            max_tokens: no text has more.
        """
        self._network = network
        self._device = next(network.parameters()).device
        self._on_cuda = self._device.type == "cuda"
        self._layout = variant.layout
        self._pass_tokens = pass_tokens
        self._graphs = Graphs(self._device) if variant.graphs else None
        self._bert: PackedBert | None = None
        if variant.layout != "library":
            kernel = padded if variant.layout == "padded" else varlen if self._on_cuda else one_by_one
            self._bert = PackedBert(network.encoder, kernel, -(-max_tokens // KERNEL_ROWS) * KERNEL_ROWS)
            if variant.compiled:
                for layer in self._bert.layers:
                    layer.compile(dynamic=True)

    def logits(self, batches: Iterable[Tokens], tasks: Sequence[str]) -> Iterator[Logits]:
        """One array a batch, in order: shape (n, labels of all tasks side by side); n may be 0.

        Raises:
            RuntimeError: torch's own, out of memory among them.
        """
        waiting: deque[tuple[int, list[_Flight]]] = deque()
        for tokens in batches:
            waiting.append((len(tokens), self._launch(tokens, tasks)))
            if len(waiting) > IN_FLIGHT:
                yield self._land(*waiting.popleft(), tasks)
        while waiting:
            yield self._land(*waiting.popleft(), tasks)

    def _launch(self, tokens: Tokens, tasks: Sequence[str]) -> list[_Flight]:
        flights = []
        with torch.inference_mode():
            for rows in self._cut(tokens):
                found = (
                    self._packed(tokens, rows, tasks) if self._layout == "packed" else self._rows(tokens, rows, tasks)
                )
                logits = torch.empty(found.shape, dtype=torch.float32, pin_memory=self._on_cuda)
                logits.copy_(found, non_blocking=True)
                landed = None
                if self._on_cuda:
                    landed = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
                    landed.record()
                flights.append(_Flight(rows, logits, landed))
        return flights

    def _land(self, count: int, flights: list[_Flight], tasks: Sequence[str]) -> Logits:
        found = np.empty((count, sum(self._network.label_count(task) for task in tasks)), dtype=np.float32)
        for rows, logits, landed in flights:
            if landed is not None:
                landed.synchronize()
            found[rows] = logits.numpy()
        return found

    def _cut(self, tokens: Tokens) -> Iterator[Longs]:
        """Rows of one pass after another."""
        if self._layout != "packed":
            # as few passes as there can be: a GPU waits for Python at each
            cut = by_tokens(tokens.lengths.tolist(), self._pass_tokens, self._pass_tokens)
            yield from (np.array(rows) for rows in cut)
            return
        starts, first = tokens.starts, 0
        while first < len(tokens):
            last = int(np.searchsorted(starts, starts[first] + self._pass_tokens, side="right")) - 1
            last = max(first + 1, min(last, first + self._pass_tokens // ROW_TOKENS))
            yield np.arange(first, last)
            first = last

    def _rows(self, tokens: Tokens, rows: Longs, tasks: Sequence[str]) -> Tensor:
        multiple = 1 if self._bert is None else WIDTH_STEP
        ids, mask, segments = (self._sent(each) for each in rectangle(tokens, rows, multiple))
        assert ids is not None
        assert mask is not None
        if self._bert is None:
            return self._heads(self._network.pool(ids, mask, segments), tasks)
        positions = torch.arange(ids.shape[1], device=self._device).expand_as(ids).flatten()
        flat = None if segments is None else segments.flatten()
        states = self._bert(ids.flatten(), positions, flat, mask.bool()).unflatten(0, ids.shape)
        chosen = mask if segments is None else torch.where(segments.any(dim=1, keepdim=True), segments, mask)
        weights = chosen.unsqueeze(-1).to(states.dtype)
        return self._heads((states * weights).sum(dim=1, dtype=torch.float32) / chosen.sum(dim=1, keepdim=True), tasks)

    def _packed(self, tokens: Tokens, rows: Longs, tasks: Sequence[str]) -> Tensor:
        part = tokens.part(int(rows[0]), int(rows[-1]) + 1)
        count, texts = len(part.ids), len(part)
        captured = self._graphs is not None and part.segments is None
        room = max(_room(count), _room(texts * ROW_TOKENS)) if captured else count
        slots = room // ROW_TOKENS if captured else texts
        sent = self._buffer(part, room, slots)
        if self._graphs is not None and captured:
            key = (room, slots, *tasks)
            return self._graphs.run(key, sent, lambda inputs: self._forward(inputs, room, None, tasks))[:texts]
        return self._forward(sent.to(self._device, non_blocking=True), room, self._sent(part.segments), tasks)

    def _buffer(self, part: Tokens, room: int, slots: int) -> Tensor:
        """Ids, positions and starts in one piece, so that one copy takes them; what is behind is of no text."""
        buffer = torch.zeros(2 * room + slots + 1, dtype=torch.int32, pin_memory=self._on_cuda)
        filled, starts, count = buffer.numpy(), part.starts, len(part.ids)
        filled[:count] = part.ids
        filled[room : room + count] = np.arange(count) - np.repeat(starts[:-1], part.lengths)
        filled[2 * room :] = count
        filled[2 * room : 2 * room + len(starts)] = starts
        return buffer

    def _forward(self, inputs: Tensor, room: int, segments: Tensor | None, tasks: Sequence[str]) -> Tensor:
        assert self._bert is not None
        ids, positions, starts = inputs[:room], inputs[room : 2 * room], inputs[2 * room :]
        return self._heads(mean_of_texts(self._bert(ids, positions, segments, starts), starts, segments), tasks)

    def _heads(self, pooled: Tensor, tasks: Sequence[str]) -> Tensor:
        """All heads' logits side by side, float32."""
        pooled = pooled.to(next(self._network.heads.parameters()).dtype)
        return torch.cat([self._network.heads[task](pooled) for task in tasks], dim=1).float()

    def _sent(self, values: NDArray[np.int32] | Longs | None) -> Tensor | None:
        if values is None:
            return None
        tensor = torch.from_numpy(np.ascontiguousarray(values))
        return tensor.pin_memory().to(self._device, non_blocking=True) if self._on_cuda else tensor


def _room(count: int) -> int:
    """Rounded up to one of four steps between two powers of two, 256 at least: few shapes are few captures.

    >>> _room(3), _room(4096), _room(4097)
    (256, 4096, 5120)
    """
    step = max(64, 1 << (count - 1).bit_length() >> 3)
    return max(256, -(-count // step) * step)
