"""Whether what a writer says agrees with its plan in what is so and what is not: "we cannot advise" is not "we can"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.words import GLUE, stems

SHARED: Final = 3 / 4
"""Of a clause's content words; two clauses that share so many are about the same thing. At two thirds, some pairs of
models/writer_pairs.toml are about something else; at three quarters none is."""
LEAST_SHARED: Final = 2

_NEGATED = re.compile(r"\b(not|never|no|nobody|nothing|none|neither|nor|cannot|cant|without|nowhere|unable|\w+n't)\b")
_LIMITED = re.compile(r"\b(unless|only|hardly|instead|rather than|leav(e|ing) out|avoid\w*|refrain\w*|stop\w*)\b")
"""Says as much as a negation without being one: allowed in place of one, and not found where the plan has none."""
_CLAUSES = re.compile(r"(?<=[.?!])\s+|[,;:]\s+|\s+(?:but|and)\s+")


def reversed_in(planned: Sequence[str], written: Sequence[str]) -> Iterator[str]:
    """The written sentences in which a clause of the plan has lost its negation, or got one that it has not.

    Args:
        planned: the plan's facts, steps and questions.
        written: a writer's own sentences, none of which stands in the plan.

    >>> list(reversed_in(["We cannot say here what to buy."], ["We can say here what to buy or sell."]))
    ['We can say here what to buy or sell.']
    >>> list(reversed_in(["We cannot say here what to buy."], ["What to buy is nothing that we can say here."]))
    []
    """
    clauses = [clause for text in planned for clause in _CLAUSES.split(text)]
    for sentence in written:
        parts = _CLAUSES.split(sentence)
        if any(_loses(clause, part) or _gains(clause, part) for clause in clauses for part in parts):
            yield sentence


def _loses(clause: str, part: str) -> bool:
    return _is_negated(clause) and not _may_be_negated(part) and _is_about(_content(clause), _content(part))


def _gains(clause: str, part: str) -> bool:
    return _is_negated(part) and not _may_be_negated(clause) and _is_about(_content(part), _content(clause))


def _is_about(said: frozenset[str], elsewhere: frozenset[str]) -> bool:
    """Most of what is said in one clause stands in the other."""
    return len(said & elsewhere) >= max(LEAST_SHARED, SHARED * len(said))


def _is_negated(text: str) -> bool:
    return _NEGATED.search(text.lower()) is not None


def _may_be_negated(text: str) -> bool:
    return _is_negated(text) or _LIMITED.search(text.lower()) is not None


def _content(text: str) -> frozenset[str]:
    return frozenset(stems(_NEGATED.sub(" ", text.lower())) - GLUE)
