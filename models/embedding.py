"""Sentence vectors, by the encoder as it was published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import ModelUnusable
from models.batches import encode
from models.encoder import choose_attention, load_encoder
from models.inference import vectors_of
from models.network import Network


class SentenceEncoder:
    """Fulfils `core.ports.Embedder`.

    The encoder was published to tell texts apart by meaning. What is fine-tuned for the heads no longer does that as
    well: it draws together all that its heads do not have to tell apart (docs/model.md, "Likeness").
    """

    def __init__(self, tokenizer: Tokenizer, device: torch.device, dtype: torch.dtype, batch_tokens: int) -> None:
        """Load it. Raises ModelUnusable."""
        encoder = load_encoder()
        choose_attention(encoder, device.type)
        self._network = Network(encoder, {}).to(device=device, dtype=dtype).eval()
        self._tokenizer = tokenizer
        self._batch_tokens = batch_tokens

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled vectors of length 1, shape (n, 384); texts that mean the same stand close. n may be 0.

        Raises:
            ModelUnusable: the device fails.
        """
        try:
            vectors = vectors_of(self._network, encode(self._tokenizer, texts), self._batch_tokens)
        except RuntimeError as exc:  # torch raises nothing narrower
            raise ModelUnusable(f"the encoder's device failed: {str(exc).splitlines()[0][:160]}") from exc
        unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit
