"""How long two classifiers take for the same texts, turn by turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from models.classifier import TransformerClassifier

ROUNDS: Final = 7


def time_ratio(
    champion: TransformerClassifier,
    candidate: TransformerClassifier,
    texts: Sequence[str],
    clock: Callable[[], float] = time.process_time,
) -> float:
    """The candidate's time over the champion's, each at its best of several turns.

    They take turns, and CPU time is counted, so that another program slows both or neither; the least of several is
    what the work itself takes.

    Args:
        champion: with one thread.
        candidate: the same.
        texts: one batch or several.
        clock: seconds.

    Raises:
        ModelUnusable: the device fails.
    """
    champion.classify(texts)
    candidate.classify(texts)
    ours = theirs = float("inf")
    for _ in range(ROUNDS):
        ours = min(ours, _seconds(champion, texts, clock))
        theirs = min(theirs, _seconds(candidate, texts, clock))
    return theirs / max(ours, 1e-9)


def _seconds(classifier: TransformerClassifier, texts: Sequence[str], clock: Callable[[], float]) -> float:
    started = clock()
    classifier.classify(texts)
    return clock() - started
