"""What simpler methods score on the same split, so that the classifier's figures can be believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from core.evaluation import Report, membership
from models.data import Example, TrainingData
from models.development import BATCH_TOKENS, cross_fitted
from models.embedding import SentenceEncoder
from models.encoder import load_tokenizer
from models.grouping import group
from models.inference import bfloat16_pays
from models.text import clean

Logits = NDArray[np.float32]
Method = Callable[[str, Sequence[Example], Sequence[Example], int], Logits]

TASKS: Final = ("topic", "sentiment", "emotion", "intent")
MAX_TOKENS: Final = 96


def baselines(data: TrainingData, report: Callable[[str, str, Report, float], None]) -> None:
    """Train and score each baseline on each head's data; `report` gets method, head, figures and seconds as they come.

    Calibration and, for emotion, thresholds are cross-fitted just as for the classifier. Sentiment is measured on
    tweets, as in `models.produce.development_reports`.

    Raises:
        ModelUnusable: the encoder cannot be loaded.
    """
    for task in TASKS:
        train = [example for example in data.train if example.task == task]
        rows = [e for e in data.development if e.task == task and (task != "sentiment" or e.dataset != "sentfin")]
        folds = [int(name, 16) % 2 for name in group([example.text for example in rows])]
        for name, method in methods(task):
            start = time.monotonic()
            logits = method(task, train, rows, len(data.labels[task]))
            report(name, task, cross_fitted(task, rows, logits, folds), time.monotonic() - start)


def methods(task: str) -> Iterator[tuple[str, Method]]:
    """Name and function of each baseline that the task has."""
    if task == "sentiment":
        yield "VADER, no training", lexicon
    yield "TF-IDF, logistic regression", tf_idf
    yield "two LSTM layers, word vectors from scratch", recurrent_classifier
    yield "encoder frozen, linear head", frozen_encoder


def lexicon(task: str, train: Sequence[Example], rows: Sequence[Example], count: int) -> Logits:
    """Of sentiment only; nothing is learnt from `train`. Logits of shape (rows, 3)."""
    from models.lexicon import vader

    return vader(rows)


def recurrent_classifier(task: str, train: Sequence[Example], rows: Sequence[Example], count: int) -> Logits:
    """Logits of shape (rows, count)."""
    from models.recurrent import recurrent

    return recurrent(task, train, rows, count)


def tf_idf(task: str, train: Sequence[Example], rows: Sequence[Example], count: int) -> Logits:
    """Words and pairs of words, sublinear TF-IDF, logistic regression; logits of shape (rows, count)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    features = vectorizer.fit_transform([clean(example.text) for example in train])
    return _regression(task, features, train, vectorizer.transform([clean(e.text) for e in rows]), count, strength=10.0)


def frozen_encoder(task: str, train: Sequence[Example], rows: Sequence[Example], count: int) -> Logits:
    """The encoder as it comes, mean pooling, logistic regression; logits of shape (rows, count)."""
    device = torch.device("cpu")
    dtype = torch.bfloat16 if bfloat16_pays(device) else torch.float32
    sentences = SentenceEncoder(load_tokenizer(MAX_TOKENS), device, dtype, BATCH_TOKENS)
    seen, unseen = (sentences.embed([example.text for example in part]) for part in (train, rows))
    return _regression(task, seen, train, unseen, count, strength=3.0)


def _regression(
    task: str,
    features: NDArray[np.float32],
    train: Sequence[Example],
    unseen: NDArray[np.float32],
    count: int,
    *,
    strength: float,
) -> Logits:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    if task == "emotion":
        model = OneVsRestClassifier(LogisticRegression(C=strength, solver="liblinear"))
        model.fit(features, membership([example.labels for example in train], count).astype(int))
        return np.asarray(model.decision_function(unseen), dtype=np.float32)
    single = LogisticRegression(C=strength, max_iter=500)
    single.fit(features, [example.labels[0] for example in train])
    logits = np.full((unseen.shape[0], count), -30.0, dtype=np.float32)
    logits[:, single.classes_] = single.predict_log_proba(unseen)
    return logits
