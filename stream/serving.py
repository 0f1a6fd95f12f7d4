"""The model in service, which is exchanged between two batches while the worker goes on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.ports import Reader
from core.scoring import Scores


class Serving:
    """Fills `core.ports.Reader` by whichever model is in service; threads may share it.

    The model is one reference, read once a call: a batch is judged by one model from its first text to its last, and
    what was judged by the model before keeps that one's version. A model that is out of service goes, with its threads
    and its memory, when the last call to it ends.

    Vectors come from the encoder as it was published, whichever model serves: what was embedded before a swap can be
    compared with what is embedded after it.
    """

    def __init__(self, first: Reader) -> None:
        self._current = first

    @property
    def version(self) -> str:
        return self._current.version

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        return self._current.classify(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._current.embed(texts)

    def swap(self, reader: Reader) -> None:
        """From the next call on, `reader` serves."""
        self._current = reader
