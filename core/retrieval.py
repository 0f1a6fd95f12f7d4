"""Which entry of the playbook fits a message: by the classifier's intent, by likeness of meaning, and by plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.danger import danger_in
from core.playbook import Entry, Playbook
from core.scoring import Scores

Vectors = NDArray[np.float32]

SHORT_WORDS: Final = 60
"""The intent head is trained on questions of a sentence or two (Banking77: 99 % have at most 60 words); in a longer
story its guess says little."""
INTENT_SHORT: Final = 0.5
INTENT_LONG: Final = 0.15
"""What a certain intent is worth, beside a likeness of at most 1. Chosen on half of Banking77's development part."""
CUE: Final = 0.14
"""What a match of a cue of weight 1 is worth."""
MOST_MATCHES: Final = 3
MOST_CUES: Final = 0.6
"""A long story that repeats a theme must not drown another that is said once."""
LEAST: Final = 0.52
"""An entry with less does not fit: 99.9 % of Banking77's development messages reach it, and 7 % of news headlines
(`groundswell playbook measure`)."""
ALSO: Final = 0.2
ALSO_LEAST: Final = 0.7
"""A second entry that is this near to the first, and this good, is what a long message is about as well."""
MOST_WEIGHT_LONG: Final = 1.5
"""So that even a strong cue needs company in a long story."""
DANGER_LEAST: Final = 0.42
DANGER_AHEAD: Final = 0.02
"""A piece of a message that is this like an example of danger, and by so much more than like any other example, speaks of
it in words that the lexicon does not know. Chosen on tests/adversarial.toml and Banking77; measured on tests/danger.toml."""
CHUNK_WORDS: Final = 45
MOST_CHUNKS: Final = 12
"""The encoder reads 96 tokens; a longer message is read piece by piece."""
BEST_CHUNKS: Final = 2
"""Of a long story, the likeness of its best pieces counts: a story is about what it says twice."""

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Library:
    """A playbook with the vectors of its entries' examples."""

    playbook: Playbook
    owners: NDArray[np.int64]
    """Shape (m,): which entry each example stands for."""
    vectors: Vectors
    """Shape (m, size), rows of length 1."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One entry and why it was found."""

    name: str
    score: float
    likeness: float
    """Cosine of the message and its nearest example, -1 to 1."""
    intent: float
    """Probability that the classifier gives to its intents."""
    cues: int


@dataclass(frozen=True, slots=True)
class Found:
    """The entry that fits, or none and the reason; and what came next."""

    entry: Entry | None
    ranking: tuple[Ranked, ...]
    """Best first, at most five; empty where danger or grief decided."""
    reason: str
    also: Entry | None = None
    """What a long message is about as well."""


def examples(playbook: Playbook) -> tuple[str, ...]:
    """The texts to embed for `library`, in its order."""
    return tuple(text for entry in playbook.entry for text in entry.examples)


def library(playbook: Playbook, vectors: Vectors) -> Library:
    """A playbook ready to be searched; `vectors` are those of `examples(playbook)`, shape (m, size)."""
    owners = [index for index, entry in enumerate(playbook.entry) for _ in entry.examples]
    return Library(playbook, np.asarray(owners, dtype=np.int64), vectors)


def pieces(text: str) -> tuple[str, ...]:
    """A message in pieces that the encoder can read whole: itself, if it is short, else runs of its sentences."""
    words = text.split()
    if len(words) <= SHORT_WORDS:
        return (text,)
    found: list[str] = []
    for sentence in _SENTENCE.split(text):
        part = sentence.split()
        for start in range(0, len(part), CHUNK_WORDS):
            run = " ".join(part[start : start + CHUNK_WORDS])
            if found and len(found[-1].split()) + len(run.split()) <= CHUNK_WORDS // 2:
                found[-1] += " " + run
            else:
                found.append(run)
    # the beginning says what happened, the end what is wanted
    return tuple(found) if len(found) <= MOST_CHUNKS else (*found[: MOST_CHUNKS - 4], *found[-4:])


def find(text: str, scores: Scores, vectors: Vectors, shelf: Library) -> Found:
    """The entry that fits a message best, or none.

    Danger, then grief, come before everything; the first in the playbook wins a tie.

    Args:
        vectors: of `pieces(text)`, shape (n, size), n at least 1.
    """
    playbook = shelf.playbook
    lower = text.lower().replace("’", "'")
    if danger := danger_in(lower):
        return Found(playbook.for_danger(danger), (), f"the message speaks of danger: {danger.name.lower()}")
    by_piece = _by_piece(vectors, shelf)
    if (meant := _danger_meant(by_piece, shelf)) is not None:
        return Found(meant, (), f"the message is like one of danger: {meant.name}")
    for entry in playbook.entry:
        if entry.urgent and entry.matches(lower):
            return Found(entry, (), "its words come before all others")
    ranking = _rank(lower, scores, by_piece, shelf)
    best = ranking[0]
    if best.score >= LEAST:
        also = _second(text, ranking, playbook)
        return Found(playbook.named[best.name], ranking, f"playbook entry {best.name} ({best.score:.2f})", also)
    return Found(None, ranking, f"no playbook entry fits; nearest: {best.name} ({best.score:.2f})")


def _rank(lower: str, scores: Scores, by_piece: NDArray[np.float64], shelf: Library) -> tuple[Ranked, ...]:
    """The five best entries for a text in lower case."""
    likeness = np.sort(by_piece, axis=0)[-BEST_CHUNKS:].mean(axis=0)
    worth = INTENT_LONG if is_long(lower) else INTENT_SHORT
    ranked = []
    for index, entry in enumerate(shelf.playbook.entry):
        if entry.danger or entry.urgent:
            continue
        intent = scores.intent_p if scores.intent in entry.intents else 0.0
        cues = entry.matches(lower)
        weight = min(entry.weight, MOST_WEIGHT_LONG) if is_long(lower) else entry.weight
        if entry.needs_cue and not cues:
            continue
        alike = float(likeness[index])
        points = alike + worth * intent + min(MOST_CUES, CUE * weight * min(MOST_MATCHES, cues))
        ranked.append(Ranked(entry.name, round(points, 4), round(alike, 4), round(intent, 4), cues))
    return tuple(sorted(ranked, key=lambda one: -one.score)[:5])


def _second(text: str, ranking: Sequence[Ranked], playbook: Playbook) -> Entry | None:
    """The runner-up of a long message, where it is about another trouble and nearly as good."""
    if not is_long(text) or len(ranking) < 2:
        return None
    first, second = ranking[0], ranking[1]
    entry = playbook.named[second.name]
    fits = second.score >= max(ALSO_LEAST, first.score - ALSO) and second.cues and not entry.is_question
    return entry if fits else None


def is_long(text: str) -> bool:
    """Whether a text is a story rather than a question."""
    return len(text.split()) > SHORT_WORDS


def _danger_meant(by_piece: NDArray[np.float64], shelf: Library) -> Entry | None:
    """The entry of the danger that a piece of the message is clearly most like, or none."""
    danger = np.asarray([entry.danger for entry in shelf.playbook.entry])
    if not danger.any() or danger.all():
        return None
    like, unlike = by_piece[:, danger].max(axis=1), by_piece[:, ~danger].max(axis=1)
    sure = np.where(like - unlike >= DANGER_AHEAD, like, 0.0)
    if sure.max(initial=0.0) < DANGER_LEAST:
        return None
    entries = [entry for entry in shelf.playbook.entry if entry.danger]
    return entries[int(by_piece[int(sure.argmax()), danger].argmax())]


def _by_piece(vectors: Vectors, shelf: Library) -> NDArray[np.float64]:
    """Shape (n, entries): each piece's nearest example of each entry; 0 for an entry without one."""
    by_entry = np.zeros((len(vectors), len(shelf.playbook.entry)))
    if len(shelf.owners):
        alike = np.asarray(vectors, dtype=np.float64) @ np.asarray(shelf.vectors, dtype=np.float64).T
        entries, starts = np.unique(shelf.owners, return_index=True)  # an entry's examples stand together
        by_entry[:, entries] = np.maximum.reduceat(alike, starts, axis=1)
    return by_entry
