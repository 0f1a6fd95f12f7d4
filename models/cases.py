"""Training texts written for this project, which teach the sentiment head what the data sets seldom show."""

from __future__ import annotations

import random
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from models.data import SENTIMENTS, Example

TEMPLATES: Final = Path(__file__).with_suffix(".toml")
FILLINGS: Final = 4
"""Texts a template: enough that the words around the slot are learnt and not one firm's name."""
FILLINGS_WHO: Final = 16
"""Of those that only change who speaks: they have to be seen with many names to say that the name does not matter."""
ATTEMPTS: Final = 4
"""Draws a filling; a template with few slots runs out of different texts before."""

Words = Mapping[str, Sequence[str]]


def cases(seed: int, intents: Sequence[str] = ()) -> tuple[Example, ...]:
    """Over a thousand labelled texts; the same seed gives the same ones, in the same order.

    Each is an `Example` of the data set "cases" and the task "sentiment", or "intent" for the intents that are
    listed in the order of their ids; for training only.

    >>> examples = cases(0)
    >>> 600 <= len(examples) <= 2000
    True
    """
    content = _read()
    words, rng = content["words"], random.Random(seed)
    found = []
    for group, by_label in content.items():
        if group in ("words", "intents"):
            continue
        count = FILLINGS_WHO if group == "who" else FILLINGS
        for label, templates in by_label.items():
            for template in templates:
                twin = template if group == "who" else None
                for text in _texts(template, words, count, rng):
                    found.append(Example("cases", "sentiment", text, (SENTIMENTS.index(label),), twin=twin))
    for intent, templates in content["intents"].items():
        for template in templates if intent in intents else ():
            for text in _texts(template, words, FILLINGS, rng):
                found.append(Example("cases", "intent", text, (intents.index(intent),)))
    return tuple(found)


def templates() -> Iterator[str]:
    """Every template as it is written, with its slots."""
    for group, by_label in _read().items():
        if group != "words":
            for listed in by_label.values():
                yield from listed


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))


def _texts(template: str, words: Words, count: int, rng: random.Random) -> list[str]:
    """Up to `count` different fillings of one template."""
    slots = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    texts: dict[str, None] = {}
    for _ in range(count * ATTEMPTS):
        values = {name: rng.choice(words[name]) for name in slots if name in words} | _figures(rng)
        text = template.format(**values)
        texts[text[0].upper() + text[1:] if slots[:1] == ["broker"] else text] = None
        if len(texts) == count:
            break
    return list(texts)


def _figures(rng: random.Random) -> dict[str, str]:
    """Figures for a template; each `low` is below its `high`."""
    low = rng.randint(2, 12)
    cents = rng.randint(8, 180)
    return {
        "pct": f"{rng.randint(10, 290) / 10:g}",
        "low": str(low),
        "high": str(low + rng.randint(3, 30)),
        "eps_low": f"{cents / 100:.2f}",
        "eps_high": f"{(cents + rng.randint(4, 60)) / 100:.2f}",
    }
