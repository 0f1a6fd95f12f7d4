"""Measures near-duplicates against an exact comparison of every pair: `python -m groundswell.measuring_near FOLDER`.

FOLDER holds `news_headlines/*.csv` (date, title) and `stocknet/tweets/*.jsonl.gz`, as they are published.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from core.near import LONG, SAME, SAME_SHORT, Mark, mark, pairs_of

HEADLINES: Final = 10_000
RETWEETS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Found:
    """How the bands did on some texts."""

    texts: int
    compared: int
    """Texts long enough to be compared."""
    exact: int
    """Pairs of near-duplicates, by comparing each with each."""
    right: int
    wrong: int
    """Pairs that the bands name and an exact comparison does not."""
    seconds: float
    """Of the bands."""

    @property
    def recall(self) -> float:
        return self.right / self.exact if self.exact else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


def measure(texts: Sequence[str]) -> Found:
    """Pairs of near-duplicates among texts, found by bands and by comparing each with each."""
    mark.cache_clear()
    began = time.perf_counter()
    by_bands = set(pairs_of(texts))
    seconds = time.perf_counter() - began
    marks = {place: one for place, text in enumerate(texts) if (one := mark(text)) is not None}
    exact = set(exact_pairs(marks))
    return Found(len(texts), len(marks), len(exact), len(by_bands & exact), len(by_bands - exact), seconds)


def exact_pairs(marks: dict[int, Mark]) -> Iterator[tuple[int, int]]:
    """Every pair of near-duplicates, by the overlap of every two; without any band."""
    places = list(marks)
    words = {pair: column for column, pair in enumerate(sorted({p for one in marks.values() for p in one.pairs}))}
    rows = [row for row, place in enumerate(places) for _ in marks[place].pairs]
    columns = [words[pair] for place in places for pair in marks[place].pairs]
    matrix = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(places), len(words)))
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    for start in range(0, len(places), 1_000):
        shared = (matrix[start : start + 1_000] @ matrix.T).tocoo()
        one, other = shared.row + start, shared.col
        overlap = shared.data / (sizes[one] + sizes[other] - shared.data)
        needed = np.where(np.minimum(sizes[one], sizes[other]) >= LONG, SAME, SAME_SHORT)
        for a, b in zip(one[overlap >= needed], other[overlap >= needed], strict=True):
            first, second = places[int(a)], places[int(b)]
            if first < second and marks[first].figures == marks[second].figures:
                yield first, second


def headlines(folder: Path) -> list[str]:
    """The first 10,000 headlines."""
    found: list[str] = []
    for path in sorted((folder / "news_headlines").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row["title"] for row in csv.DictReader(file)]
    return found[:HEADLINES]


def retweets(folder: Path) -> list[str]:
    """The first 5,000 tweets that begin with RT, each once, ticker by ticker."""
    found: dict[str, str] = {}
    for path in sorted((folder / "stocknet" / "tweets").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                tweet = json.loads(line)
                if tweet["text"].startswith(("RT ", "rt ")):
                    found.setdefault(tweet["id"], tweet["text"])
    return list(found.values())[:RETWEETS]


def main(folder: Path) -> None:
    """Print one line a set."""
    for name, texts in (("headlines", headlines(folder)), ("retweets", retweets(folder))):
        found = measure(texts)
        print(
            f"{name}: {found.texts:,} texts, {found.compared:,} compared; {found.exact:,} pairs in all; "
            f"precision {found.precision:.4f}, recall {found.recall:.4f}; bands took {found.seconds:.1f} s"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
