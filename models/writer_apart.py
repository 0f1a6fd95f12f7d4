"""A language model in a process of its own, with few threads and low priority, so that classifying never waits for it.

torch counts its threads for the whole process, so a thread of the worker would not do. The two sides speak in lines of
JSON; the child ends when its standard input does, however the worker went.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from core.errors import ModelUnusable
from core.plans import Plan, as_json, plan_of
from core.ports import Writer

NICE: Final = 10
LOADING_S: Final = 300.0
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
            command: starts the child; see `child`.
        """
        self.name = name
        self._command = list(command)
        self._clock = clock
        self._child: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._failed: tuple[float, str] | None = None

    def write(self, plans: Sequence[Plan], messages: Sequence[str]) -> list[str]:
        """One text a plan. Raises ModelUnusable: the child cannot load, died, or did not answer in time."""
        if not plans:
            return []
        if self._failed and self._clock() - self._failed[0] < AGAIN_AFTER_S:
            raise ModelUnusable(self._failed[1])
        try:
            if self._child is None:
                self._start()
            request = {"plans": [as_json(plan) for plan in plans], "messages": list(messages)}
            texts = self._ask(request, A_PLAN_S * len(plans))["texts"]
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
        child, self._child, self._unread = self._child, None, b""
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    assert pipe is not None
                    pipe.close()

    def _start(self) -> None:
        self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._receive(LOADING_S)

    def _ask(self, request: dict[str, Any], limit_s: float) -> dict[str, Any]:
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(request).encode() + b"\n")
        self._child.stdin.flush()
        return self._receive(limit_s)

    def _receive(self, limit_s: float) -> dict[str, Any]:
        """The next line of the child. Raises ModelUnusable: it says an error, ended, or is silent for too long."""
        assert self._child is not None
        assert self._child.stdout is not None
        descriptor, until = self._child.stdout.fileno(), time.monotonic() + limit_s
        while b"\n" not in self._unread:
            if not select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0]:
                raise ModelUnusable(f"the language model did not answer within {limit_s:g} s")
            part = os.read(descriptor, 65_536)
            if not part:
                raise ModelUnusable("the language model's process ended")
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise ModelUnusable(str(answer["error"]))
        return answer


def command(kind: str, adapter: str, device: str, threads: int) -> list[str]:
    """Starts `main` of this module with these values."""
    return [sys.executable, "-m", __name__, kind, "--adapter", adapter, "--device", device, "--threads", str(threads)]


def serve(load: Callable[[], Writer]) -> None:
    """Be the child: say that the model is there, then answer line by line until the input ends."""
    # whatever a library prints must not stand between the answers
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(answer: dict[str, Any]) -> None:
        out.write(json.dumps(answer) + "\n")
        out.flush()

    try:
        writer = load()
    except ModelUnusable as exc:
        return say({"error": str(exc)})
    say({"ready": writer.name})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say({"texts": writer.write([plan_of(plan) for plan in request["plans"]], request["messages"])})
        except ModelUnusable as exc:
            say({"error": str(exc)})
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the model that the arguments name."""
    parser = argparse.ArgumentParser(description="A language model that words replies, for a worker.")
    parser.add_argument("kind", help="local, or a folder or name of a transformers model")
    parser.add_argument("--adapter", default="")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with suppress(OSError):
        os.nice(NICE)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(chosen.threads or os.cpu_count() or 1)

    def load() -> Writer:
        from models.writer import language_writer

        return language_writer(chosen.kind, chosen.adapter, chosen.device, chosen.threads)

    with suppress(KeyboardInterrupt, BrokenPipeError):
        serve(load)


if __name__ == "__main__":
    main()
