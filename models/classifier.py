"""The classifier: one pass over a batch of texts, four heads, and one more pass for entities where asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.calibration import Calibration, emotion_probabilities, named_emotions, softmax
from core.errors import ModelUnusable
from core.scoring import FAMILY_OF, EmotionFamily, Scores, Sentiment
from models.artefact import load_network, read_description
from models.batches import Encoded, encode
from models.data import SENTIMENTS, TASKS
from models.embedding import SentenceEncoder
from models.encoder import choose_attention, load_tokenizer
from models.inference import Passes, bfloat16_pays, logits_of, side_by_side

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from models.network import Network

CPU_BATCH_TOKENS: Final = 1_024
"""Padded tokens a pass: 471 tweets a CPU second, against 387 with 4,096 and 213 with 16,384, whose activations no
longer fit the cache (one thread, bfloat16)."""
LEAST_TOKENS: Final = 128
"""Padded tokens a pass at least, where a batch is shared out: less costs more in calls than it gains."""
GPU_BATCH_TOKENS: Final = 65_536
"""Not measured yet; large enough that a launch costs little beside its work."""
HEADS: Final = ("topic", "sentiment", "emotion", "intent")
Device = Literal["auto", "cpu", "cuda"]
Dtype = Literal["auto", "float32", "bfloat16"]
Floats = NDArray[np.float64]


class TransformerClassifier:
    """Fulfils `core.ports.Classifier`. One instance serves one thread at a time."""

    def __init__(
        self,
        network: Network,
        tokenizer: Tokenizer,
        labels: dict[str, tuple[str, ...]],
        calibration: Calibration,
        version: str,
        batch_tokens: int = CPU_BATCH_TOKENS,
        threads: int = 1,
    ) -> None:
        """`threads` > 1 takes that many batches at a time, each on one core."""
        self.version = version
        self.labels = labels
        self.calibration = calibration
        self._network = network
        self._tokenizer = tokenizer
        self._batch_tokens = batch_tokens
        self._threads = threads
        self._passes: Passes = map if threads == 1 else side_by_side(threads)

    @property
    def network(self) -> Network:
        """What it computes with, the update merged; for who measures it."""
        return self._network

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        """Scores in the order of `texts`; an empty list for no texts.

        Raises:
            ModelUnusable: the device fails, for instance by running out of memory.
        """
        return self.scores(self.tokenize(texts))

    def tokenize(self, texts: Sequence[str]) -> list[Encoded]:
        """The part of `classify` that needs no device, so that it can overlap with the pass of another batch."""
        return encode(self._tokenizer, texts)

    def scores(self, encoded: Sequence[Encoded]) -> list[Scores]:
        """The other part of `classify`. Raises ModelUnusable."""
        if not encoded:
            return []
        return self._assemble(**self._calibrated(self._logits(encoded, HEADS)))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As `SentenceEncoder.embed`, which is loaded for the first texts: most programs ask for none.

        It shares nothing with the other methods but the tokenizer, so another thread may call it.
        """
        return self._sentences.embed(texts)

    @cached_property
    def _sentences(self) -> SentenceEncoder:
        some = next(self._network.parameters())
        return SentenceEncoder(self._tokenizer, some.device, some.dtype, self._batch_tokens)

    def probabilities(self, task: str, texts: Sequence[str], entities: Sequence[str] | None = None) -> Floats:
        """Calibrated probabilities of one head.

        Args:
            task: topic, sentiment, emotion, intent or entity.
            texts: n texts.
            entities: for "entity", whose sentiment is asked, one a text.

        Returns:
            Shape (n, labels of the task), columns in the order of `labels[task]`.

        Raises:
            ModelUnusable: the device fails.
        """
        return self._calibrated(self._logits(encode(self._tokenizer, texts, entities), [task]))[task]

    def all_probabilities(self, texts: Sequence[str]) -> dict[str, Floats]:
        """As `probabilities`, of every head that needs no entity, in one pass. Raises ModelUnusable."""
        return self._calibrated(self._logits(encode(self._tokenizer, texts), HEADS))

    def _calibrated(self, logits: dict[str, NDArray[np.float32]]) -> dict[str, Floats]:
        cooler = self.calibration.temperatures
        return {
            task: emotion_probabilities(rows, self.calibration) if task == "emotion" else softmax(rows, cooler[task])
            for task, rows in logits.items()
        }

    def classify_entities(self, texts: Sequence[str], entities: Sequence[str]) -> list[tuple[Sentiment, Floats]]:
        """The sentiment toward one entity a text, with the probabilities of negative, neutral and positive.

        Raises:
            ModelUnusable: the device fails.
        """
        if not texts:
            return []
        rows = self.probabilities("entity", texts, entities)
        return [(Sentiment(SENTIMENTS[int(row.argmax())]), row) for row in rows]

    def _logits(self, encoded: Sequence[Encoded], tasks: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        # a small batch is cut further, so that every core has some of it
        a_share = -(-sum(len(item) for item in encoded) // self._threads)
        tokens = min(self._batch_tokens, max(a_share, LEAST_TOKENS))
        try:
            return logits_of(self._network, encoded, tasks, tokens, passes=self._passes)
        except RuntimeError as exc:  # torch's own errors, out of memory among them
            raise ModelUnusable(f"the classifier's device failed: {str(exc).splitlines()[0][:160]}") from exc

    def _assemble(self, *, topic: Floats, sentiment: Floats, emotion: Floats, intent: Floats) -> list[Scores]:
        emotions = named_emotions(emotion, self.calibration.thresholds)
        strongest = emotion.argmax(axis=1)
        names = self.labels
        return [
            Scores(
                model_version=self.version,
                topic=names["topic"][int(topic[row].argmax())],
                topic_p=float(topic[row].max()),
                sentiment=Sentiment(names["sentiment"][int(sentiment[row].argmax())]),
                sentiment_p=(float(sentiment[row, 0]), float(sentiment[row, 1]), float(sentiment[row, 2])),
                emotions=tuple((names["emotion"][column], float(emotion[row, column])) for column in emotions[row]),
                family=FAMILY_OF.get(names["emotion"][int(strongest[row])], EmotionFamily.NEUTRAL),
                intent=names["intent"][int(intent[row].argmax())],
                intent_p=float(intent[row].max()),
            )
            for row in range(len(topic))
        ]


def load_classifier(
    weights: Path,
    *,
    device: Device = "auto",
    threads: int | None = None,
    dtype: Dtype = "auto",
    batch_tokens: int = 0,
) -> TransformerClassifier:
    """Load the shipped or a trained artefact; no network is touched.

    Args:
        weights: an artefact folder.
        device: "auto" takes a GPU where there is one.
        threads: on a CPU, how many batches are computed at a time, each on one core; `None` or 0 is one a core.
        dtype: "auto" computes in bfloat16 where the device multiplies it in hardware, else in float32.
        batch_tokens: padded tokens a pass; 0 takes what suits the device.

    Raises:
        ModelUnusable: weights or encoder are missing, damaged or of another shape, or there is no such device.
    """
    chosen = _device(device)
    side = 1
    if chosen.type == "cpu":
        torch.set_num_threads(1)
        side = threads or os.cpu_count() or 1
    description = read_description(weights)
    lacking = [task for task in TASKS if task not in description.labels]
    if lacking:
        raise ModelUnusable(
            f"the weights in {weights} have no head for {', '.join(lacking)}: they can only teach others"
        )
    network = load_network(weights, description)
    half = dtype == "bfloat16" or (dtype == "auto" and bfloat16_pays(chosen))
    choose_attention(network.encoder, chosen.type)
    network = network.to(device=chosen, dtype=torch.bfloat16 if half else torch.float32)
    tokenizer = load_tokenizer(description.max_tokens, description.encoder)
    tokens = batch_tokens or (CPU_BATCH_TOKENS if chosen.type == "cpu" else GPU_BATCH_TOKENS)
    return TransformerClassifier(
        network, tokenizer, description.labels, description.calibration, description.version, tokens, side
    )


def _device(name: Device) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelUnusable("the device cuda was asked for, but torch finds no GPU; use auto or cpu")
    return torch.device(name)
