"""The classifier: one pass over a batch of texts, four heads, and one more pass for entities where asked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.calibration import Calibration, emotion_probabilities, softmax
from core.errors import ModelUnusable
from core.scoring import Scores, Sentiment
from models.artefact import load_network, read_description
from models.assembling import assemble
from models.batches import Encoded, encode
from models.data import SENTIMENTS, TASKS
from models.embedding import SentenceEncoder
from models.encoder import choose_attention, load_tokenizer, tokenizer_file
from models.engine import FASTEST, VARIANTS, Engine, Logits, usable
from models.inference import Passes, bfloat16_pays, logits_of, side_by_side
from models.tokenizing import Processes, Threads
from models.tokens import Tokens, flatten, joined

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from models.network import Network

CPU_BATCH_TOKENS: Final = 1_024
"""Padded tokens a pass: 471 tweets a CPU second, against 387 with 4,096 and 213 with 16,384, whose activations no
longer fit the cache (one thread, bfloat16)."""
LEAST_TOKENS: Final = 128
"""Padded tokens a pass at least, where a batch is shared out: less costs more in calls than it gains."""
PADDED: Final = 1.1
"""Tokens of a pass for one token of its texts, about. Without it, what is shared out among two cores came to three
passes: 12 to 140 posts took 5 to 17 % longer."""
GPU_BATCH_TOKENS: Final = 32_768
"""Tokens a pass: about a thousand posts, some milliseconds of an H100."""
CHUNK_POSTS: Final = 1_024
"""Computed together, where a GPU reads many texts."""
PIECE_POSTS: Final = 256
"""Of a chunk, what one child process tokenises: all of them shall be done at about the same time."""
APART_POSTS: Final = 8_192
"""From so many texts on, child processes tokenise them."""
HEADS: Final = ("topic", "sentiment", "emotion", "intent")
Device = Literal["auto", "cpu", "cuda"]
Dtype = Literal["auto", "float32", "bfloat16"]
Floats = NDArray[np.float64]


class TransformerClassifier:
    """Fulfils `core.ports.Classifier`. Threads may share it: on a CPU their passes take turns in its own threads, on a
    GPU one caller waits for another, each with its texts tokenised; `in_chunks` and what it is made of are for one."""

    def __init__(
        self,
        network: Network,
        tokenizer: Tokenizer,
        labels: dict[str, tuple[str, ...]],
        calibration: Calibration,
        version: str,
        batch_tokens: int = CPU_BATCH_TOKENS,
        threads: int = 1,
        engine: Engine | None = None,
        apart: Processes | None = None,
    ) -> None:
        """
        Args:
            threads: takes that many passes at a time, each on one core.
            engine: of a GPU, which computes in place of the threads.
            apart: what tokenises very many texts for it.
        """
        self.version = version
        self.labels = labels
        self.calibration = calibration
        self._network = network
        self._tokenizer = tokenizer
        self._batch_tokens = batch_tokens
        self._threads = threads
        self._passes: Passes = side_by_side(threads)
        self._engine = engine
        self._turn = Lock()
        self._in_threads = None if engine is None else Threads(tokenizer)
        self._apart = apart

    @property
    def network(self) -> Network:
        """What it computes with, the update merged; for who measures it."""
        return self._network

    def computing(self, variant: str) -> TransformerClassifier:
        """The same weights computed in another way, see `models.engine`; for who measures. Raises KeyError."""
        assert self._tokenizer.truncation is not None
        longest = int(self._tokenizer.truncation["max_length"])
        engine = Engine(self._network, VARIANTS[variant], self._batch_tokens, longest)
        return TransformerClassifier(
            self._network, self._tokenizer, self.labels, self.calibration, self.version, self._batch_tokens,
            self._threads, engine, self._apart,
        )  # fmt: skip

    def classify(self, texts: Sequence[str]) -> list[Scores]:
        """Scores in the order of `texts`; an empty list for no texts.

        Raises:
            ModelUnusable: the device fails, for instance by running out of memory.
        """
        if self._engine is None or len(texts) <= CHUNK_POSTS:
            return self.scores(self.tokenize(texts))
        return [one for rows in self.in_chunks(texts) for one in self._assembled(rows)]

    def close(self) -> None:
        """End the processes that tokenise, if there are any; the next many texts would start them again."""
        if self._apart is not None:
            self._apart.close()

    def tokenize(self, texts: Sequence[str]) -> list[Encoded]:
        """The part of `classify` that needs no device, so that it can overlap with the pass of another batch."""
        return encode(self._tokenizer, texts)

    def scores(self, encoded: Sequence[Encoded]) -> list[Scores]:
        """The other part of `classify`. Raises ModelUnusable."""
        if not encoded:
            return []
        return self._assembled(self._calibrated(self._logits(encoded, HEADS)))

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

    def in_chunks(self, texts: Sequence[str]) -> Iterator[dict[str, Floats]]:
        """As `all_probabilities`, of some texts after another: these are tokenised while those before are computed.

        Raises:
            ModelUnusable: the device fails, or a process that tokenises.
        """
        if self._engine is None:
            yield from (self.all_probabilities(chunk) for chunk in _cut(texts, CHUNK_POSTS))
            return
        yield from (self._calibrated(logits) for logits in self.logits(self.token_chunks(texts)))

    def token_chunks(self, texts: Sequence[str], *, apart: bool = True) -> Iterator[Tokens]:
        """Tokens of `CHUNK_POSTS` texts after another, ahead of who reads them; in child processes if there are many.

        Raises:
            ModelUnusable: a child fails, or there is no engine that reads them.
        """
        if self._in_threads is None:
            raise ModelUnusable("only an engine reads chunks of tokens")
        if apart and self._apart is not None and len(texts) >= APART_POSTS:
            return joined(self._apart(_cut(texts, PIECE_POSTS)), CHUNK_POSTS // PIECE_POSTS)
        return self._in_threads(_cut(texts, CHUNK_POSTS))

    def logits(self, tokens: Iterable[Tokens], tasks: Sequence[str] = HEADS) -> Iterator[dict[str, Logits]]:
        """By task, shape (n, labels of the task), of one batch after another, by the engine. Raises ModelUnusable."""
        assert self._engine is not None
        edges = np.cumsum([self._network.label_count(task) for task in tasks])[:-1].tolist()
        try:
            for rows in self._engine.logits(tokens, tasks):
                yield dict(zip(tasks, np.split(rows, edges, axis=1), strict=True))
        except RuntimeError as exc:  # torch's own errors, out of memory among them
            raise _failed(exc) from exc

    def _calibrated(self, logits: dict[str, Logits]) -> dict[str, Floats]:
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

    def _logits(self, encoded: Sequence[Encoded], tasks: Sequence[str]) -> dict[str, Logits]:
        if self._engine is not None:
            with self._turn:
                return next(self.logits([flatten(encoded)], tasks))
        # a small batch is cut further, so that every core has some of it
        a_share = int(PADDED * sum(len(item) for item in encoded) / self._threads) + 1
        tokens = min(self._batch_tokens, max(a_share, LEAST_TOKENS))
        try:
            return logits_of(self._network, encoded, tasks, tokens, passes=self._passes)
        except RuntimeError as exc:  # torch's own errors, out of memory among them
            raise _failed(exc) from exc

    def _assembled(self, rows: dict[str, Floats]) -> list[Scores]:
        return assemble(rows, self.labels, self.calibration.thresholds, self.version)


def _cut(texts: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    return (texts[start : start + count] for start in range(0, len(texts), count))


def _failed(exc: RuntimeError) -> ModelUnusable:
    return ModelUnusable(f"the classifier's device failed: {str(exc).splitlines()[0][:160]}")


def load_classifier(
    weights: Path,
    *,
    device: Device = "auto",
    threads: int | None = None,
    dtype: Dtype = "auto",
    batch_tokens: int = 0,
    variant: str = FASTEST,
    tokenizers: int | None = None,
) -> TransformerClassifier:
    """Load the shipped or a trained artefact; no network is touched.

    Args:
        weights: an artefact folder.
        device: "auto" takes a GPU where there is one.
        threads: on a CPU, how many batches are computed at a time, each on one core; `None` or 0 is one a core.
        dtype: "auto" computes in bfloat16 where the device multiplies it in hardware, else in float32.
        batch_tokens: padded tokens a pass; 0 takes what suits the device.
        variant: on a GPU, how it computes, see `models.engine.VARIANTS`; "eager" where that cannot be done.
        tokenizers: for a GPU, processes that tokenise very many texts; `None` is one a core but two, 0 none.

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
    engine, apart = None, None
    if chosen.type == "cuda":
        name = variant if usable(variant, network) else "eager"
        engine = Engine(network, VARIANTS[name], tokens, description.max_tokens)
        if count := max(1, (os.cpu_count() or 1) - 2) if tokenizers is None else tokenizers:
            apart = Processes(count, tokenizer_file(description.encoder), description.max_tokens)
    return TransformerClassifier(
        network,
        tokenizer,
        description.labels,
        description.calibration,
        description.version,
        tokens,
        side,
        engine,
        apart,
    )


def _device(name: Device) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelUnusable("the device cuda was asked for, but torch finds no GPU; use auto or cpu")
    return torch.device(name)
