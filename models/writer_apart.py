"""A language model in a process of its own, with few threads and low priority: classifying never waits for it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from core.errors import ModelUnusable
from core.plans import Plan, as_json, plan_of
from core.ports import Writer
from models import apart
from models.apart import Answer, Child

A_PLAN_S: Final = 60.0
"""Longest wait for one text. A reply takes seconds; what takes a minute hangs."""
AGAIN_AFTER_S: Final = 60.0
"""A child that failed is not started anew in every round."""


class ApartWriter:
    """Fills `core.ports.Writer` with one that runs in a child; started at the first plan, and anew if it dies."""

    def __init__(self, name: str, command: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            name: of the writer in the child.
            command: starts the child; see `serve`.
        """
        self.name = name
        self._clock = clock
        self._child = Child(command, "the language model")
        self._failed: tuple[float, str] | None = None

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan. Raises ModelUnusable: the child cannot load, died, or did not answer in time."""
        if not plans:
            return []
        if self._failed and self._clock() - self._failed[0] < AGAIN_AFTER_S:
            raise ModelUnusable(self._failed[1])
        request = {"plans": [as_json(plan) for plan in plans], "messages": list(messages)}
        try:
            texts = self._child.ask(request, A_PLAN_S * len(plans))["texts"]
        except (OSError, ValueError, KeyError, ModelUnusable) as exc:
            self.close()
            self._failed = (
                self._clock(),
                str(exc) if isinstance(exc, ModelUnusable) else "the language model's process died",
            )
            raise ModelUnusable(self._failed[1]) from exc
        self._failed = None
        return [str(text) for text in texts]

    def close(self) -> None:
        """End the child, if there is one."""
        self._child.close()


def command(kind: str, adapter: str, device: str, threads: int) -> list[str]:
    """Starts `main` of this module with these values."""
    return [sys.executable, "-m", __name__, kind, "--adapter", adapter, "--device", device, "--threads", str(threads)]


def serve(load: Callable[[], Writer]) -> None:
    """Be the child of an `ApartWriter`."""

    def loaded() -> Callable[[Answer], Answer]:
        writer = load()
        return lambda request: {
            "texts": writer.write([plan_of(plan) for plan in request["plans"]], request["messages"])
        }

    apart.serve(loaded)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the model that the arguments name."""
    parser = argparse.ArgumentParser(description="A language model that words replies, for a worker.")
    parser.add_argument("kind", help="local, or a folder or name of a transformers model")
    parser.add_argument("--adapter", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    apart.be_modest(chosen.threads)

    def load() -> Writer:
        from models.writer import language_writer

        return language_writer(chosen.kind, chosen.adapter, chosen.device, chosen.threads)

    with suppress(KeyboardInterrupt, BrokenPipeError):
        serve(load)


if __name__ == "__main__":
    main()
