"""Explanations from a process of its own: who only looks at pages shall not keep a model in memory.

The child loads a model at the first question for it, and ends after some minutes without one.
"""

from __future__ import annotations

import argparse
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from core.errors import ModelUnusable
from models import apart
from models.apart import Answer, Child

if TYPE_CHECKING:
    from models.classifier import TransformerClassifier

Device = Literal["auto", "cpu", "cuda"]
IDLE_S: Final = 180.0
"""The child keeps some 400 MB; a person who looks at posts asks again within this."""
A_TEXT_S: Final = 120.0
"""Longest wait for one explanation. It takes 0.05 to 1 s of a core, the first one seconds, since it loads the model; a
busy machine has none to spare."""
KEPT: Final = 256
WHAT: Final = "the classifier"


@dataclass(frozen=True, slots=True)
class Word:
    word: str
    weight: float
    """How much of the label's probability is lost without it, -1 to 1."""
    toward: str
    """The label that it speaks for."""


@dataclass(frozen=True, slots=True)
class Head:
    """What one head says of a text, and which words moved it."""

    labels: tuple[tuple[str, float], ...]
    """The most probable labels with their probabilities, the first first."""
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What a model says of one text, with its reasons."""

    model_version: str
    heads: dict[str, Head]
    """By task: topic, sentiment, emotion, intent."""
    entities: dict[str, tuple[float, float, float]]
    """By entity, how probable negative, neutral and positive are toward it."""


class ApartExplainer:
    """Threads may share it; they take turns."""

    def __init__(self, command: Sequence[str]) -> None:
        """`command` starts the child; see `command` below."""
        self._child = Child(command, WHAT)
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str, tuple[str, ...]], Explained] = OrderedDict()

    def explain(self, weights: Path, text: str, entities: Sequence[str] = ()) -> Explained:
        """Explain one text by the model in a folder. Raises ModelUnusable: the child cannot load it, died, or did not
        answer in time."""
        key = (str(weights), text, tuple(entities))
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known
            if not weights.is_dir():
                raise ModelUnusable(f"there is no folder of weights {weights}")
            try:
                answer = self._child.ask(dict(zip(("weights", "text", "entities"), key, strict=True)), A_TEXT_S)
                made = _explained(answer)
            except (OSError, ValueError, KeyError) as exc:
                self._child.close()
                raise ModelUnusable(f"{WHAT}'s process died") from exc
            self._known[key] = made
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return made

    def close(self) -> None:
        """End the child, if there is one."""
        self._child.close()


def _explained(answer: dict[str, Any]) -> Explained:
    heads = {
        task: Head(
            tuple((str(name), float(p)) for name, p in head["labels"]), tuple(Word(**word) for word in head["words"])
        )
        for task, head in answer["heads"].items()
    }
    entities = {name: (float(n), float(o), float(p)) for name, (n, o, p) in answer["entities"].items()}
    return Explained(str(answer["model_version"]), heads, entities)


def command(device: str) -> list[str]:
    """Starts `main` of this module for a device: auto, cpu or cuda."""
    return [sys.executable, "-m", __name__, "--device", device]


def serve(device: Device) -> None:
    """Be the child of an `ApartExplainer`; of the models that it is asked for it keeps the last one."""

    def load() -> Callable[[Answer], Answer]:
        from models.classifier import load_classifier
        from models.explaining import explain_all

        @lru_cache(maxsize=1)
        def of(weights: str) -> TransformerClassifier:
            return load_classifier(Path(weights), device=device, threads=1)

        def answer(request: Answer) -> Answer:
            classifier = of(str(request["weights"]))
            text, entities = str(request["text"]), [str(name) for name in request["entities"]]
            heads = {
                task: {"labels": head.labels, "words": [asdict(word) for word in head.words]}
                for task, head in explain_all(classifier, text).items()
            }
            toward = classifier.classify_entities([text] * len(entities), entities)
            by_name = {name: [float(p) for p in row] for name, (_, row) in zip(entities, toward, strict=True)}
            return {"model_version": classifier.version, "heads": heads, "entities": by_name}

        return answer

    apart.serve(load, IDLE_S)


def main(arguments: Sequence[str] | None = None) -> None:
    """Explain until there is nothing to do for some minutes."""
    parser = argparse.ArgumentParser(description="A classifier that explains its labels, for the dashboard.")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    chosen = parser.parse_args(arguments)
    apart.be_modest(1)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        serve(chosen.device)


if __name__ == "__main__":
    main()
