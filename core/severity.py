"""How bad a surge is, from 1 to 10."""

from __future__ import annotations

import math
from typing import Final

LEAST_LOG10_P: Final = -3.0
MOST_LOG10_P: Final = -27.0
FEWEST: Final = 8
MOST: Final = 800


def severity(log10_p: float, posts: int) -> int:
    """1 to 10: half by how surprising (p from 1e-3 to 1e-27), half by how many (8 to 800 posts, log scale).

    >>> severity(-3, 8), severity(-27, 8), severity(-15, 80), severity(-300, 800)
    (1, 5, 5, 10)
    """
    surprise = (log10_p - LEAST_LOG10_P) / (MOST_LOG10_P - LEAST_LOG10_P)
    size = math.log(max(posts, 1) / FEWEST) / math.log(MOST / FEWEST)
    return 1 + math.floor(4.5 * _unit(surprise) + 4.5 * _unit(size) + 1e-9)


def _unit(x: float) -> float:
    return min(1.0, max(0.0, x))
